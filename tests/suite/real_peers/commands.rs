//! The commands that findings print, run by the tools that they are for: BIND's nslookup, openssl, and
//! xfed itself. They run where the check ran, on a machine that asks the same resolver, so what they
//! show is what was found. PowerShell cannot be had here: of its one command the form is tested, and
//! that the address in it is the one that was tried.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::path;
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{FQDN, Folder, Outcome, Run, demanding};
use crate::world::{Behaviour, Dns, Identity, Page, Raw, RecordType, Server};

/// A command that has not ended by then never will, in seconds.
const LONGEST: &str = "60";

/// A shell on a machine of the small internet.
pub(super) struct Machine {
    folder: Folder,
    roots: std::path::PathBuf,
}

impl Machine {
    fn new(world: &Internet) -> Self {
        Self::configured(world, "nameserver 127.0.0.53\n")
    }

    /// One with this `/etc/resolv.conf`.
    pub(super) fn configured(world: &Internet, resolv_conf: &str) -> Self {
        let folder = Folder::new().with("resolv.conf", resolv_conf);
        let bin = folder.file("bin");
        std::fs::create_dir(&bin).expect("a new directory");
        let program = Path::new(env!("CARGO_BIN_EXE_xfed"));
        std::os::unix::fs::symlink(program, bin.join("xfed")).expect("a new link");
        Self {
            folder,
            roots: world.roots().to_owned(),
        }
    }

    /// What a command says, on standard output and standard error.
    pub(super) fn says(&self, line: &str) -> String {
        let mut programs = self.folder.file("bin").into_os_string();
        programs.push(":");
        programs.push(path());
        let asks_our_resolver = "mount --bind \"$0\" /etc/resolv.conf && eval \"$1\" 2>&1";
        let output = Command::new("unshare")
            .args([
                "--mount",
                "timeout",
                LONGEST,
                "bash",
                "-c",
                asks_our_resolver,
            ])
            .arg(self.folder.file("resolv.conf"))
            .arg(line)
            .env_clear()
            .env("PATH", programs)
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("XFED_CA_FILE", &self.roots)
            .env("SSL_CERT_FILE", &self.roots)
            // Nobody types anything: what waits for it would never end.
            .stdin(Stdio::null())
            .output()
            .expect("unshare (util-linux)");
        assert_ne!(output.status.code(), Some(124), "{line} does not end");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The commands of a finding.
fn commands(outcome: &Outcome, step: &str, code: &str) -> Vec<String> {
    let lines = outcome.finding(step, code)["verify"].as_array();
    let lines = lines.expect("a list").iter();
    lines
        .map(|line| line.as_str().expect("text").to_owned())
        .collect()
}

/// Runs what a finding prints, which has to be these commands, and looks for what each is to show.
#[track_caller]
fn check(
    world: &Internet,
    outcome: &Outcome,
    (step, code): (&str, &str),
    expected: &[(&str, &[&str])],
) {
    let printed = commands(outcome, step, code);
    let wanted: Vec<&str> = expected.iter().map(|(line, _)| *line).collect();
    assert_eq!(printed, wanted, "{code}");
    let machine = Machine::new(world);
    for (line, shows) in expected {
        run(&machine, line, shows);
    }
}

#[track_caller]
fn run(machine: &Machine, line: &str, shows: &[&str]) {
    if let Some(rest) = line.strip_prefix("Test-NetConnection ") {
        let (host, port) = rest.split_once(" -Port ").expect("host and port");
        let address = SocketAddr::new(
            host.parse().expect("an address"),
            port.parse().expect("a port"),
        );
        let open = TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok();
        assert_eq!(shows, [if open { "open" } else { "closed" }], "{line}");
        return;
    }
    let said = machine.says(line);
    for wanted in shows {
        assert!(said.contains(wanted), "{line}\nno {wanted:?} in\n{said}");
    }
    for complaint in [
        "nvalid option",
        "nknown option",
        "usage:",
        "not found",
        "-help for",
    ] {
        assert!(!said.contains(complaint), "{line}\n{said}");
    }
}

/// A new kind of command is run in here, or it is not printed.
#[test]
fn every_kind_of_command_is_run() {
    let source = include_str!("commands.rs");
    let mut kinds: BTreeMap<String, bool> = BTreeMap::new();
    for (_, rule) in xfed::internals::all_rules() {
        let is_run = source.contains(&format!("\"{}\"),", rule.code))
            || source.contains(&format!("\"{}\");", rule.code));
        for kind in rule.verify {
            *kinds.entry(format!("{kind:?}")).or_default() |= is_run;
        }
    }
    let left: Vec<&String> = kinds
        .iter()
        .filter(|(_, run)| !**run)
        .map(|(kind, _)| kind)
        .collect();
    assert!(left.is_empty(), "not run: {left:?}");
}

#[test]
fn what_shows_records() {
    internet(|| {
        let srv = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de.";

        let world = Internet::with_zone(&zone_with("SRV", ""));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("srv", "srv-missing"),
            &[(srv, &["NXDOMAIN"])],
        );

        let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let shown = "service = 0 0 5060 xphone.zahnfee.de.";
        check(
            &world,
            &outcome,
            ("srv", "srv-wrong-port"),
            &[(srv, &[shown])],
        );

        let record = "_sipfederationtls._udp SRV 0 0 5061 xphone\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let near = "nslookup -nosearch -type=SRV _sipfederationtls._udp.zahnfee.de.";
        check(
            &world,
            &outcome,
            ("srv", "srv-name-typo"),
            &[
                (near, &["0 0 5061 xphone.zahnfee.de."]),
                (srv, &["NXDOMAIN"]),
            ],
        );

        drop(world);
        let world = Internet::with_zone(&zone_with("xphone A", ""));
        let outcome = world.check().run();
        let address = "nslookup -nosearch -type=A xphone.zahnfee.de.";
        let missing = ("address", "fqdn-not-found");
        check(&world, &outcome, missing, &[(address, &["NXDOMAIN"])]);

        let alias = "xphone CNAME srv01\nsrv01 A 81.2.3.4\n";
        drop(world);
        let world = Internet::with_zone(&zone_with("xphone A", alias));
        let outcome = world.check().run();
        let line = "nslookup -nosearch -type=CNAME xphone.zahnfee.de.";
        let shown: &[&str] = &["canonical name = srv01.zahnfee.de."];
        check(
            &world,
            &outcome,
            ("address", "address-alias"),
            &[(line, shown)],
        );
    });
}

#[test]
fn what_shows_the_domain() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5061 ns1.provider.net.\n";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = world.check().run();
        let srv = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de.";
        let foreign = ("address", "fqdn-foreign-domain");
        check(
            &world,
            &outcome,
            foreign,
            &[(srv, &["0 0 5061 ns1.provider.net."])],
        );
        let direct = ["--direct", "--fqdn", "ns1.provider.net"];
        let outcome = world.check().args(&direct).run();
        let line = "nslookup -nosearch -type=A ns1.provider.net.";
        check(&world, &outcome, foreign, &[(line, &["81.2.3.53"])]);
        drop(world);
        let teams = "@ MX 0 zahnfee-de.mail.protection.outlook.com.\n@ TXT MS=ms12345678\n";
        let world = Internet::with_zone(&zone_with("MX", teams));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("domain", "domain-microsoft-tenant"),
            &[
                (
                    "nslookup -nosearch -type=MX zahnfee.de.",
                    &["mail.protection.outlook.com"],
                ),
                (
                    "nslookup -nosearch -type=TXT zahnfee.de.",
                    &["MS=ms12345678"],
                ),
            ],
        );

        drop(world);
        let world = Internet::without_server("");
        let outcome = world.check_domain("zahnfee-gibtsnicht.de").run();
        let line = "nslookup -nosearch -type=SOA zahnfee-gibtsnicht.de.";
        let missing = ("domain", "domain-not-found");
        check(&world, &outcome, missing, &[(line, &["NXDOMAIN"])]);

        drop(world);
        let world = Internet::new();
        world
            .ns2
            .replace("zahnfee.de", &ZONE.replace("81.2.3.4", "81.2.3.5"));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("domain", "domain-servers-disagree"),
            &[
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.53",
                    &["Address: 81.2.3.4"],
                ),
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.54",
                    &["Address: 81.2.3.5"],
                ),
            ],
        );
    });
}

/// Servers of a zone on a port of their own, as a test of a new provider may have.
#[test]
fn what_asks_a_server_on_another_port() {
    internet(|| {
        let world = Internet::new();
        let other = Dns::zone("zahnfee.de", &ZONE.replace("81.2.3.4", "81.2.3.5")).authoritative();
        let own = world.ns1.address().to_string();
        let run = world.check().arg("--authority").arg(own);
        let outcome = run
            .arg("--authority")
            .arg(other.address().to_string())
            .run();
        let port = other.address().port();
        check(
            &world,
            &outcome,
            ("domain", "domain-servers-disagree"),
            &[
                (
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.53",
                    &["Address: 81.2.3.4"],
                ),
                (
                    &format!(
                        "nslookup -port={port} -nosearch -type=A xphone.zahnfee.de. 127.0.0.1"
                    ),
                    &["Address: 81.2.3.5"],
                ),
            ],
        );
    });
}

#[test]
fn what_shows_ports() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let outcome = world.check().run();
        let line = "Test-NetConnection 81.2.3.4 -Port 5061";
        check(
            &world,
            &outcome,
            ("tcp", "tcp-refused"),
            &[(line, &["closed"])],
        );

        // The tested address, not the published one: there, nothing is wrong.
        drop(world);
        let world = Internet::new();
        let outcome = world.check().args(&["--connect-to", "81.2.3.5:5061"]).run();
        let line = "Test-NetConnection 81.2.3.5 -Port 5061";
        check(
            &world,
            &outcome,
            ("tcp", "tcp-refused"),
            &[(line, &["closed"])],
        );

        drop(world);
        let world = Internet::with_zone(&zone_with("MX", "xphone A 81.2.3.5\n"));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("tcp", "tcp-partly-open"),
            &[(line, &["closed"])],
        );
    });
}

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

#[test]
fn what_shows_handshakes() {
    internet(|| {
        let line = "xfed cert xphone.zahnfee.de";
        let world = Internet::without_server(ZONE);
        let old = Server::old(
            world.authority.certificate(FQDN).rsa().issue(),
            0x0301,
            &[0x002f],
        );
        let server = old.start_at("81.2.3.4:5061");
        let outcome = world.check().run();
        let shows: &[&str] = &["TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA"];
        check(
            &world,
            &outcome,
            ("federation", "tls-too-old"),
            &[(line, shows)],
        );
        drop(server);

        let banner = Raw::Banner(b"220 mail.zahnfee.de ESMTP\r\n".to_vec());
        let server = Server::raw_on("81.2.3.4:5061", banner);
        let outcome = world.check().run();
        let shows: &[&str] = &["220 mail.zahnfee.de ESMTP"];
        check(
            &world,
            &outcome,
            ("federation", "tls-not-spoken"),
            &[(line, shows)],
        );
        drop(server);

        let open = Server::tls(world.authority.certificate(FQDN).rsa().issue());
        let open = open.client_auth(crate::world::ClientAuth::Off);
        let _server = open.listen("81.2.3.4:5061").start();
        let outcome = world.check().run();
        let shows: &[&str] = &["is not asked for a certificate"];
        check(
            &world,
            &outcome,
            ("federation", "mtls-not-requested"),
            &[(line, shows)],
        );
    });
}

/// The line of openssl that `xfed explain` prints for a code, with the name of this world's server.
fn explained(code: &str) -> String {
    let (_, text, _) = Run::new("explain").arg(code).text();
    let mut lines = text
        .lines()
        .filter(|line| line.contains("openssl s_client"));
    // Prose that speaks of it may be wrapped to begin like it.
    let line = lines.next_back();
    let line = line.unwrap_or_else(|| panic!("{code}: {text}"));
    line.trim().replace("<FQDN>", FQDN)
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

/// The plan that a fix names orders what the fix orders.
#[test]
fn what_prints_everything_to_enter() {
    internet(|| {
        let srv = "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.";
        let missing = zone_with("SRV", "");
        let with = |record: &str| zone_with("SRV", record);
        let worlds: [(&str, &str, String, &[&str], &str); 11] = [
            ("srv", "srv-missing", missing.clone(), &[], srv),
            (
                "srv",
                "srv-missing",
                missing,
                &["--fqdn", "chat.zahnfee.de"],
                "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 chat.zahnfee.de.",
            ),
            (
                "srv",
                "srv-wrong-port",
                with("_sipfederationtls._tcp SRV 0 0 5060 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-fields-swapped",
                with("_sipfederationtls._tcp SRV 5061 0 0 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-name-typo",
                with("_sipfederationtls._udp SRV 0 0 5061 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-owner-doubled",
                with("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-wrong-type",
                with("_sipfederationtls._tcp TXT \"0 0 5061 xphone.zahnfee.de.\""),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-service-disabled",
                with("_sipfederationtls._tcp SRV 0 0 5061 ."),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-target-is-address",
                with("_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4."),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-points-to-microsoft",
                with("_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com."),
                &[],
                "_sipfederationtls._tcp.xphone.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
            ),
            (
                "address",
                "fqdn-not-found",
                zone_with("xphone A", ""),
                &[],
                "xphone.zahnfee.de. 3600 IN A <public IPv4>",
            ),
        ];
        for (step, code, zone, given, wanted) in worlds {
            let world = Internet::with_zone(&zone);
            let outcome = world.check().args(given).run();
            let entries = outcome.finding(step, code)["enter"].as_array();
            let command = entries.and_then(|entries| entries.last()?.as_str());
            let command = command.unwrap_or_else(|| panic!("{code}: {outcome}"));
            assert!(command.starts_with("xfed plan zahnfee.de"), "{command}");
            run(&Machine::new(&world), command, &[wanted]);
        }
        // Nothing is to be entered here for somebody else's domain, or without the record.
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let outcome = world.check().arg("--partner").run();
        let enter = outcome.finding("srv", "srv-missing")["enter"].to_string();
        assert!(!enter.contains("xfed plan"), "{enter}");
    });
}

/// A domain whose servers are all silent: what asks them is printed, and ends in their silence.
#[test]
fn what_asks_silent_servers() {
    internet(|| {
        let world = Internet::new();
        world.servers(|dns| dns.now("zahnfee.de", RecordType::ANY, Behaviour::Refused));
        let outcome = world.check().run();
        let machine = Machine::new(&world);
        let lines = commands(&outcome, "domain", "domain-dns-broken");
        assert!(!lines.is_empty());
        for line in lines {
            run(&machine, &line, &["REFUSED"]);
        }
    });
}

/// What is found of the renewal stands beside the steps.
#[test]
fn what_shows_the_renewal() {
    internet(|| {
        let record = "@ CAA 0 issue \"digicert.com\"\n";
        let world = Internet::with_zone(&format!("{ZONE}{record}"));
        let page = Page::Length(b"<html>".to_vec());
        let _web = Server::web_at("81.2.3.4:80".parse().expect("an address"), page);
        let outcome = world.check().arg("--renewal").run();
        let machine = Machine::new(&world);
        let found = outcome.report()["renewal"].as_array().expect("findings");
        let line = |code: &str| {
            let finding = found.iter().find(|finding| finding["code"] == code);
            let lines = finding.expect(code)["verify"].as_array().expect("a list");
            lines[0].as_str().expect("a command").to_owned()
        };
        let caa = line("renewal-caa-forbids");
        assert_eq!(caa, "nslookup -nosearch -type=257 zahnfee.de.");
        run(&machine, &caa, &["257"]);
        // Windows has curl by this name; PowerShell has another program by the other.
        let challenge = line("renewal-answers-anything");
        let challenge = challenge.strip_prefix("curl.exe ").expect(&challenge);
        run(
            &machine,
            &format!("curl -s {challenge}"),
            &["200 OK", "<html>"],
        );
    });
}
