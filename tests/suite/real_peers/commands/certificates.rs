//! What shows certificates, and each line of openssl.

use std::collections::BTreeSet;

use super::machine::Machine;
use super::{check, explained, run};
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{FQDN, Run, demanding};
use crate::world::{Identity, Page, Server};

/// A world whose server shows a revoked certificate, and where its revocation list is to be had.
fn with_revocation_list() -> (Internet, [Server; 2]) {
    const URL: &str = "http://crl.zahnfee.de/issuing.crl";
    let world = Internet::without_server(&zone_with("MX", "crl A 81.2.3.99\n"));
    let identity = world.authority.certificate(FQDN).rsa().crl(URL).issue();
    let list = world.authority.crl().for_url(URL).revoking(&identity, None);
    let list = Server::web_at(([81, 2, 3, 99], 80).into(), Page::Length(list.der()));
    let server = demanding(identity).listen("81.2.3.4:5061").start();
    (world, [list, server])
}

/// A code, the certificate that has it, and what of it is to be shown.
type Case<'a> = (&'a str, Identity, &'a [&'a str]);

#[test]
fn what_shows_certificates() {
    internet(|| {
        let line = "xfed cert xphone.zahnfee.de";
        let world = Internet::without_server(ZONE);
        let issued = || world.authority.certificate(FQDN).rsa();
        let wildcard = world.authority.certificate("*.zahnfee.de").rsa();
        let cases: [Case<'_>; 5] = [
            (
                "cert-wildcard",
                wildcard.issue(),
                &["Names       *.zahnfee.de", "covered by a wildcard only"],
            ),
            (
                "cert-expired",
                issued().valid(-90, -11).issue(),
                &["expired 11 days ago"],
            ),
            (
                "cert-no-client-auth",
                issued().server_auth_only().issue(),
                &["server (serverAuth) only"],
            ),
            (
                "cert-chain-incomplete",
                issued()
                    .aia("http://ca.zahnfee.de/issuing.der")
                    .without_intermediate()
                    .issue(),
                &[
                    "the server did not send CN=Tooth Fairy Root CA - Issuing",
                    "it can be had at http://ca.zahnfee.de/issuing.der",
                ],
            ),
            (
                "cert-self-signed",
                issued().self_signed().issue(),
                &["the last certificate is signed by itself"],
            ),
        ];
        for (code, identity, shows) in cases {
            let _server = demanding(identity).listen("81.2.3.4:5061").start();
            let outcome = world.check().run();
            check(&world, &outcome, ("certificate", code), &[(line, shows)]);
        }

        let mut reversed = issued().issue();
        reversed.chain.reverse();
        let server = demanding(reversed).listen("81.2.3.4:5061").start();
        let outcome = world.check().run();
        let shows: &[&str] = &["the certificate of the server stands at 2"];
        let wrong = ("certificate", "cert-wrong-order");
        check(&world, &outcome, wrong, &[(line, shows)]);
        drop(server);

        drop(world);
        let (world, _servers) = with_revocation_list();
        let outcome = world.check().run();
        let shows: &[&str] = &["list http://crl.zahnfee.de/issuing.crl: revoked on"];
        let revoked = ("certificate", "cert-revoked");
        check(&world, &outcome, revoked, &[(line, shows)]);
        let by_openssl = explained(revoked.1);
        run(&Machine::new(&world), &by_openssl, &["certificate revoked"]);
    });
}

/// Where servers differ there is a command for each; where a connection went elsewhere, it names
/// that.
#[test]
fn what_shows_the_certificate_of_one_server() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("MX", "xphone A 81.2.3.5\n"));
        let old = world
            .authority
            .certificate(FQDN)
            .rsa()
            .valid(-90, 3)
            .issue();
        let second = demanding(old).listen("81.2.3.5:5061").start();
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("certificate", "cert-differs-by-endpoint"),
            &[
                (
                    "xfed cert 81.2.3.4 --name xphone.zahnfee.de",
                    &["days left"],
                ),
                (
                    "xfed cert 81.2.3.5 --name xphone.zahnfee.de",
                    &["2 days left"],
                ),
            ],
        );
        check(
            &world,
            &outcome,
            ("certificate", "cert-expires-soon"),
            &[(
                "xfed cert 81.2.3.5 --name xphone.zahnfee.de",
                &["2 days left"],
            )],
        );
        drop(second);

        drop(world);
        let world = Internet::new();
        let wildcard = world.authority.certificate("*.zahnfee.de").rsa().issue();
        let server = demanding(wildcard).listen("127.0.0.9").start();
        let to = server.address().to_string();
        let outcome = world.check().arg("--connect-to").arg(&to).run();
        let line = format!("xfed cert {to} --name xphone.zahnfee.de");
        check(
            &world,
            &outcome,
            ("certificate", "cert-wildcard"),
            &[(&line, &["covered by a wildcard only"])],
        );
    });
}

/// Every line of openssl that there is ends by itself, and shows what it is for.
#[test]
fn what_openssl_shows() {
    internet(|| {
        let (world, _servers) = with_revocation_list();
        let machine = Machine::new(&world);
        let mut lines = BTreeSet::new();
        for (_, rule) in xfed::internals::all_rules() {
            let (_, text, _) = Run::new("explain").arg(rule.code).text();
            if text.contains("\n  echo Q | openssl") {
                lines.insert(explained(rule.code));
            }
        }
        assert_eq!(lines.len(), 5, "{lines:?}");
        for line in &lines {
            let shows: &[&str] = match line {
                line if line.contains("x509") => &[
                    "subject=CN = xphone.zahnfee.de",
                    "issuer=CN = Tooth Fairy Root CA - Issuing",
                    "notAfter=",
                    "DNS:xphone.zahnfee.de",
                    "TLS Web Server Authentication, TLS Web Client Authentication",
                ],
                line if line.contains("-showcerts") => &["-----BEGIN CERTIFICATE-----", " 1 s:"],
                line if line.contains("-crl_check") => &["(certificate revoked)"],
                line if line.contains("SECLEVEL") => &["TLSv1.2"],
                _ => &["TLSv1.3", "No client certificate CA names sent"],
            };
            run(&machine, line, shows);
        }
    });
}
