//! Step 5, whether the certificate leads to a root, and if not, why.

use crate::certificate::{FAILS, met, met_with};
use crate::certificate_strength::fixture;
use crate::stage::{ALL_PASS, FQDN, Folder, Stage, demanding, file};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::world::{ClientAuth, Dns, Identity, Page, Purpose, Server, Sip};

#[test]
fn cert_self_signed() {
    let server = met_with(|request| request.self_signed());
    // As `openssl req -x509` makes them: a CA that shows itself.
    let authority = met_with(|request| request.ca().self_signed());
    for outcome in [server, authority] {
        outcome
            .shows("certificate", "cert-self-signed", "fail")
            .lacks("cert-untrusted-issuer")
            .stands(FAILS, "not-ready", 1);
    }
}

#[test]
fn cert_untrusted_issuer() {
    let stage = Stage::new();
    let stranger = crate::world::Authority::new("Caries Root CA");
    let outcome = met(&stage, stranger.certificate(FQDN).rsa().with_root().issue());
    outcome
        .shows("certificate", "cert-untrusted-issuer", "fail")
        .stands(FAILS, "not-ready", 1);
    let finding = outcome.finding("certificate", "cert-untrusted-issuer");
    let message = finding["message"].as_str().expect("a message");
    let expected = "The chain ends in CN=Caries Root CA, which was sent along and is no root";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn a_missing_intermediate_breaks_the_chain() {
    let outcome = met_with(|request| request.without_intermediate());
    let finding = outcome.finding("certificate", "cert-untrusted-issuer");
    assert_eq!(finding["args"]["sent"], 1);
    // What is seen: it is not there. That it is not trusted is not known.
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains("was not sent along"), "{message}");
    assert_eq!(
        finding["headline"],
        "the issuer is neither sent along nor trusted itself"
    );
    outcome.stands(FAILS, "not-ready", 1);
}

/// Without `--ca-file` the public roots count, and the world's authority is not among them.
#[test]
fn the_public_roots_do_not_know_the_embedded_world() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage
        .check_without_roots("zahnfee.de")
        .connect_to(&server)
        .run();
    outcome
        .shows("certificate", "cert-untrusted-issuer", "fail")
        .stands(FAILS, "not-ready", 1);
}

/// Such issuers are named for what they are: an intermediate is not what is missing there.
#[test]
fn issuers_that_nobody_trusts_by_design() {
    let stage = Stage::new();
    for (issuer, kind, named) in [
        (
            "(STAGING) Pretend Pear X1",
            "staging",
            "Let's Encrypt (STAGING)",
        ),
        (
            "Cloudflare Origin SSL Certificate Authority",
            "origin",
            "Cloudflare's Origin CA",
        ),
    ] {
        let authority = crate::world::Authority::new(issuer);
        let request = || {
            authority
                .certificate(FQDN)
                .rsa()
                .aia("http://x.example/r.crt")
        };
        for identity in [request().issue(), request().without_intermediate().issue()] {
            let server = demanding(identity).start();
            let run = stage.check_without_roots("zahnfee.de");
            let outcome = run.connect_to(&server).run();
            outcome
                .shows("certificate", "cert-untrusted-issuer", "fail")
                .lacks("cert-chain-incomplete")
                .stands(FAILS, "not-ready", 1);
            let finding = outcome.finding("certificate", "cert-untrusted-issuer");
            assert_eq!(finding["args"]["kind"], kind, "{finding}");
            let message = finding["message"].as_str().expect("a message");
            assert!(message.contains(named), "{message}");
        }
    }
}

/// A private authority in this machine's own store is not a public one.
#[cfg(target_os = "linux")]
#[test]
fn cert_locally_trusted_only() {
    let stage = Stage::new();
    let server = stage.server().start();
    let store = file(&stage.authority.root_pem());
    let run = stage.check_without_roots("zahnfee.de").connect_to(&server);
    let outcome = run
        .env("SSL_CERT_FILE", &store.path().to_string_lossy())
        .run();
    outcome
        .shows("certificate", "cert-locally-trusted-only", "fail")
        .stands(FAILS, "not-ready", 1);
}

/// Notepad puts a mark in front, and Windows PowerShell redirects in UTF-16.
#[test]
fn files_of_certificates_are_text_in_any_encoding() {
    let stage = Stage::new();
    let server = stage.server().start();
    let pem = stage.authority.root_pem();
    let in_utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(pem.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let with_mark = format!("\u{feff}{}", pem.replace('\n', "\r\n"));
    for content in [pem.into_bytes(), with_mark.into_bytes(), in_utf16] {
        let folder = Folder::new().with("root.pem", content);
        let run = stage.check_without_roots("zahnfee.de").arg("--ca-file");
        let run = run.arg(folder.file("root.pem")).connect_to(&server);
        run.run().stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn a_pinned_certificate_is_trusted() {
    let stage = Stage::new();
    let identity = stage
        .authority
        .certificate(FQDN)
        .rsa()
        .self_signed()
        .issue();
    let pinned = file(&identity.chain_pem());
    let server = demanding(identity).start();
    let run = stage
        .check_without_roots("zahnfee.de")
        .connect_to(&server)
        .arg("--ca-file")
        .arg(pinned.path());
    run.run().stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_chain_incomplete() {
    // An address where the issuer can be had makes a missing intermediate likely …
    let outcome = met_with(|request| {
        request
            .without_intermediate()
            .aia("http://ca.toothfairy.example/issuing.crt")
    });
    let finding = outcome.finding("certificate", "cert-chain-incomplete");
    assert_eq!(finding["args"]["sure"], "no");
    assert_eq!(
        finding["args"]["missing"],
        "CN=Tooth Fairy Root CA - Issuing"
    );
    outcome
        .shows("certificate", "cert-chain-incomplete", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
    // … and a stranger's certificate sent in its place does not help.
    let stranger = crate::world::Authority::new("Caries Root CA");
    let stage = Stage::new();
    let mut identity = stage
        .authority
        .certificate(FQDN)
        .rsa()
        .without_intermediate()
        .aia("http://ca.example/a.crt")
        .issue();
    identity.chain.push(stranger.intermediate_der());
    met(&stage, identity).shows("certificate", "cert-chain-incomplete", "fail");
}

#[test]
fn cert_intercepted() {
    let firewall = crate::world::Authority::new("Fortinet FG100F Untrusted CA");
    let stage = Stage::new();
    let server = demanding(firewall.certificate(FQDN).rsa().issue()).start();
    // Firewalls are judged against the public roots: with --ca-file somebody has chosen his own.
    let outcome = stage
        .check_without_roots("zahnfee.de")
        .connect_to(&server)
        .run();
    outcome
        .shows("certificate", "cert-intercepted", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
}

/// The certificate that a device makes for itself: it answers, and nothing has to be ordered.
#[test]
fn the_own_certificate_of_a_device() {
    let stage = Stage::new();
    let met = |names: &[&str]| {
        let request = stage.authority.certificate(FQDN).rsa().self_signed();
        let request = request.common_name(names[0]).names(names);
        let server = demanding(request.issue()).start();
        let run = stage.check_without_roots("zahnfee.de");
        run.connect_to(&server).run()
    };
    let outcome = met(&["abc123.myfritz.net", "fritz.box", "fritz.nas"]);
    outcome
        .shows("certificate", "cert-intercepted", "fail")
        .lacks("cert-self-signed")
        .stands(FAILS, "not-ready", 1);
    let finding = outcome.finding("certificate", "cert-intercepted");
    assert_eq!(finding["args"]["device"], "FRITZ!Box");
    let said = finding["message"].as_str().expect("a message");
    assert!(said.contains("this device answers"), "{said}");
    let fix = finding["fix"].to_string();
    assert!(fix.contains("add a port forward of TCP 5061"), "{fix}");
    let outcome = met(&["localhost"]);
    outcome.shows("certificate", "cert-self-signed", "fail");
    let finding = outcome.finding("certificate", "cert-self-signed");
    assert_eq!(finding["args"]["program"], "IIS Express / ASP.NET");
}

/// Its web interface answers, and the certificate may be by a public CA: nothing that it lacks is told, and
/// no certificate has to be ordered.
#[test]
fn the_web_interface_of_a_router() {
    let stage = Stage::new();
    for name in [
        "abc123.myfritz.net",
        "zahnfee.drayddns.com",
        "zahnfee.asuscomm.com",
    ] {
        let request = stage.authority.certificate(name).rsa();
        let router = Server::tls(request.issue()).client_auth(ClientAuth::Off);
        let router = router.sip(Sip::Http).start();
        let outcome = stage.meets(&router);
        outcome
            .shows("certificate", "cert-intercepted", "fail")
            .lacks("cert-name-mismatch")
            .lacks("sip-not-sip")
            .lacks("mtls-not-requested")
            .stands("pass pass pass pass fail skip", "not-ready", 1);
        let fix = outcome.finding("certificate", "cert-intercepted")["fix"].to_string();
        assert!(fix.contains("add a port forward of TCP 5061"), "{fix}");
    }
    // Who runs a server under such a name has chosen it.
    let stage = Stage::with_dns(Dns::zone("zahnfee.myfritz.net", crate::stage::ZONE));
    let request = stage.authority.certificate("xphone.zahnfee.myfritz.net");
    let server = demanding(request.rsa().issue()).start();
    let run = stage.check_domain("zahnfee.myfritz.net");
    run.connect_to(&server).run().lacks("cert-intercepted");
}

/// IPv6 forwards no port: the AAAA record is the router's, and the server itself is all right.
#[test]
fn an_aaaa_record_of_the_router() {
    let zone = format!("{}\nxphone AAAA 2003:e1::1", crate::stage::ZONE);
    let stage = Stage::with_zone(&zone);
    let server = stage.server().start();
    let names = ["abc123.myfritz.net", "fritz.box"];
    let request = stage.authority.certificate(names[0]).rsa().self_signed();
    let router = Server::tls(request.names(&names).issue()).client_auth(ClientAuth::Off);
    let router = router.sip(Sip::Http).start();
    let run = stage.check().connect("81.2.3.4", server.address());
    let outcome = run.connect("2003:e1::1", router.address()).run();
    outcome
        .shows("certificate", "cert-intercepted", "fail")
        .lacks("cert-name-mismatch")
        .lacks("cert-differs-by-endpoint")
        .lacks("sip-not-sip");
    let finding = outcome.finding("certificate", "cert-intercepted");
    assert_eq!(finding["args"]["family"], "v6", "{outcome}");
    let fix = finding["fix"].to_string();
    assert!(fix.contains("AAAA record of xphone.zahnfee.de"), "{fix}");
    assert!(!fix.contains("add a port forward"), "{fix}");
}

#[test]
fn fetch_issuer_proves_what_is_missing() {
    let stage = Stage::with_zone(&format!("{}\nca A 81.2.3.9", crate::stage::ZONE));
    let request = || {
        stage
            .authority
            .certificate(FQDN)
            .rsa()
            .without_intermediate()
            .aia_of(&["ldap:///CN=Issuing,CN=AIA", "http://ca.zahnfee.de/ca.crt"])
    };
    let server = demanding(request().issue()).start();
    let fetched = |body: Vec<u8>| {
        let web = Server::web(Page::Length(body));
        let run = stage
            .check()
            .connect("81.2.3.4", server.address())
            .connect("81.2.3.9", web.address());
        run.args(&["--fetch-issuer", "--no-revocation"]).run()
    };
    let stranger = crate::world::Authority::new("Caries Root CA");
    let issuer = stage.authority.intermediate_der().to_vec();
    let others = [stranger.intermediate_der().to_vec(), issuer.clone()];
    for body in [issuer, certs_only(&others)] {
        let outcome = fetched(body);
        let args = &outcome.finding("certificate", "cert-chain-incomplete")["args"];
        assert_eq!(args["sure"], "proven");
        assert_eq!(args["missing"], "CN=Tooth Fairy Root CA - Issuing");
        outcome.stands(FAILS, "not-ready", 1);
    }
    // An issuer that leads nowhere is a private one; noise proves nothing either way.
    let outcome = fetched(stranger.intermediate_der().to_vec());
    outcome
        .shows("certificate", "cert-untrusted-issuer", "fail")
        .lacks("cert-chain-incomplete");
    let outcome = fetched(b"noise".to_vec());
    assert_eq!(
        outcome.finding("certificate", "cert-chain-incomplete")["args"]["sure"],
        "no"
    );
}

/// A message of certificates only (RFC 5652), as OpenSSL's crl2pkcs7 writes it.
fn certs_only(certificates: &[Vec<u8>]) -> Vec<u8> {
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const NONE: &[u8] = &[0x31, 0];
    use crate::world::made::der;
    let certificates = der(0xa0, &certificates.concat());
    let signed = [&[2, 1, 1], NONE, &der(0x30, DATA), &certificates, NONE].concat();
    let content = der(0xa0, &der(0x30, &signed));
    der(0x30, &[SIGNED_DATA, &content].concat())
}

/// A certificate that was sent for no reason neither helps nor harms.
#[test]
fn a_foreign_certificate_in_the_chain_is_passed_over() {
    let stage = Stage::new();
    let mut identity = stage.identity();
    identity.chain.push(fixture("sha1.pem").into());
    let outcome = met(&stage, identity);
    outcome
        .lacks("cert-weak-signature")
        .stands(ALL_PASS, "ready", 0);
}

/// An issuer that may issue for mail only binds everything below it (RFC 5280 §4.2.1.12, as CAs
/// and partners read it).
#[test]
fn an_issuer_for_other_purposes_is_no_issuer() {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let key = || KeyPair::generate().expect("ring makes keys");
    let root = CertifiedIssuer::self_signed(authority("Mail Root"), key()).expect("a root");
    let mut params = authority("Mail Issuing");
    params.extended_key_usages = vec![Purpose::EmailProtection, Purpose::ClientAuth];
    let issuing = CertifiedIssuer::signed_by(params, key(), &root).expect("an intermediate");
    let mut params = CertificateParams::new(vec![FQDN.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, FQDN);
    params.extended_key_usages = vec![Purpose::ServerAuth, Purpose::ClientAuth];
    let own = key();
    let leaf = params.signed_by(&own, &issuing).expect("a leaf");
    let identity = Identity {
        chain: vec![leaf.into(), issuing.der().clone()],
        key: PrivatePkcs8KeyDer::from(own.serialize_der()).into(),
    };
    let stage = Stage::new();
    let roots = file(&root.pem());
    let server = demanding(identity).start();
    let run = stage.check_without_roots("zahnfee.de").connect_to(&server);
    let outcome = run.arg("--ca-file").arg(roots.path()).run();
    outcome
        .shows("certificate", "cert-no-server-auth", "fail")
        .stands(FAILS, "not-ready", 1);
}

/// Nothing hides behind the first error.
#[test]
fn an_old_certificate_for_another_name_by_a_stranger() {
    let stage = Stage::new();
    let stranger = crate::world::Authority::new("Caries Root CA");
    let identity = stranger
        .certificate("other.example")
        .rsa()
        .valid(-100, -10)
        .server_auth_only()
        .issue();
    let outcome = met(&stage, identity);
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .shows("certificate", "cert-expired", "fail");
    outcome
        .shows("certificate", "cert-untrusted-issuer", "fail")
        .shows("certificate", "cert-no-client-auth", "warn")
        .stands(FAILS, "not-ready", 1);
}
