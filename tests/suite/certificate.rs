//! Step 5, the certificate.

use crate::stage::{ALL_PASS, FQDN, Folder, Outcome, Stage, demanding, file};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::world::Purpose;
use crate::world::certificates::Request;
use crate::world::{Identity, Page, Server};

const FAILS: &str = "pass pass pass pass fail pass";
const WARNS: &str = "pass pass pass pass warn pass";

/// A check of a server with this certificate, under TLS 1.2 or 1.3 in turn.
fn met_with(change: impl Fn(Request<'_>) -> Request<'_>) -> Outcome {
    let stage = Stage::new();
    let identity = change(stage.authority.certificate(FQDN).rsa()).issue();
    met(&stage, identity)
}

fn met(stage: &Stage, identity: Identity) -> Outcome {
    let (tls12, tls13) = (
        demanding(identity.clone()).tls12().start(),
        demanding(identity).tls13().start(),
    );
    let (one, other) = (stage.meets(&tls12), stage.meets(&tls13));
    assert_eq!(
        one.codes(),
        other.codes(),
        "the version makes no difference"
    );
    other
}

#[test]
fn cert_name_mismatch() {
    let outcome = met_with(|request| {
        request
            .common_name("srvxp01.ad.local")
            .names(&["srvxp01.ad.local", "10.0.0.5"])
    });
    assert_eq!(
        outcome.finding("certificate", "cert-name-mismatch")["args"]["names"],
        serde_json::json!(["srvxp01.ad.local"])
    );
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .lacks("cert-subject-differs")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_wildcard() {
    let only = met_with(|request| {
        request
            .common_name("*.zahnfee.de")
            .names(&["*.zahnfee.de", "zahnfee.de"])
    });
    only.shows("certificate", "cert-wildcard", "fail")
        .lacks("cert-name-mismatch")
        .stands(FAILS, "not-ready", 1);
    // The guide's list goes by subject: a wildcard there is one, whatever else the certificate names.
    let subject = met_with(|request| {
        request
            .common_name("*.zahnfee.de")
            .names(&["*.zahnfee.de", FQDN])
    });
    subject
        .shows("certificate", "cert-wildcard", "fail")
        .lacks("cert-extra-wildcard")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn a_wildcard_covers_one_label_only() {
    let outcome = met_with(|request| {
        request
            .common_name("other.example")
            .names(&["*.de", "*.b.zahnfee.de"])
    });
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .lacks("cert-wildcard");
}

#[test]
fn a_partners_wildcard_is_a_warning() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("*.zahnfee.de").rsa().issue();
    let server = demanding(identity).start();
    let outcome = stage.check().connect_to(&server).arg("--partner").run();
    assert_eq!(
        outcome.finding("certificate", "cert-wildcard")["owners"],
        serde_json::json!(["partner"])
    );
    outcome
        .shows("certificate", "cert-wildcard", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn cert_extra_wildcard() {
    let outcome = met_with(|request| request.names(&[FQDN, "*.zahnfee.de"]));
    outcome
        .shows("certificate", "cert-extra-wildcard", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn cert_no_san() {
    let outcome = met_with(|request| request.no_names());
    outcome
        .shows("certificate", "cert-no-san", "fail")
        .lacks("cert-name-mismatch")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_subject_differs() {
    let outcome = met_with(|request| {
        request
            .common_name("zahnfee.de")
            .names(&["zahnfee.de", FQDN])
    });
    outcome
        .shows("certificate", "cert-subject-differs", "fail")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_no_subject() {
    let outcome = met_with(|request| request.no_common_name());
    outcome
        .shows("certificate", "cert-no-subject", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn names_differ_by_case_only() {
    let outcome = met_with(|request| {
        request
            .common_name("XPhone.Zahnfee.de")
            .names(&["XPHONE.zahnfee.de"])
    });
    outcome.stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_expired() {
    let outcome = met_with(|request| request.valid(-91, -1));
    assert_eq!(
        outcome.finding("certificate", "cert-expired")["args"]["days"],
        1
    );
    outcome
        .shows("certificate", "cert-expired", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_not_yet_valid() {
    let outcome = met_with(|request| request.valid(2, 90));
    outcome
        .shows("certificate", "cert-not-yet-valid", "fail")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_expires_soon() {
    for (from, until, soon) in [
        (-61, 29, true),   // 29 of 90 days: less than a third, less than 30
        (-59, 31, false),  // 31 of 90 days
        (-30, 20, false),  // 20 of 50 days: more than a third
        (-35, 14, true),   // 14 of 49 days
        (-5, 1, true),     // 1 of 6 days
        (-3, 3, false),    // 3 of 6 days
        (-160, 40, false), // 40 of 200 days
    ] {
        let outcome = met_with(|request| request.valid(from, until));
        if soon {
            outcome
                .shows("certificate", "cert-expires-soon", "warn")
                .stands(WARNS, "ready-with-warnings", 0);
        } else {
            outcome
                .lacks("cert-expires-soon")
                .stands(ALL_PASS, "ready", 0);
        }
    }
}

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
}

#[test]
fn a_missing_intermediate_breaks_the_chain() {
    let outcome = met_with(|request| request.without_intermediate());
    assert_eq!(
        outcome.finding("certificate", "cert-untrusted-issuer")["args"]["sent"],
        1
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
fn cert_no_server_auth() {
    let outcome = met_with(|request| request.client_auth_only());
    outcome
        .shows("certificate", "cert-no-server-auth", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_no_client_auth() {
    let outcome = met_with(|request| request.server_auth_only());
    outcome
        .shows("certificate", "cert-no-client-auth", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn without_extended_key_usage_everything_is_allowed() {
    met_with(|request| request.no_eku()).stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_malformed() {
    for der in [
        b"this is no certificate".to_vec(),
        vec![0x30, 0x03, 0x02, 0x01],
        Vec::new(),
    ] {
        let outcome = met_with(|request| request.raw_der(der.clone()));
        outcome
            .shows("certificate", "cert-malformed", "fail")
            .stands(FAILS, "not-ready", 1);
    }
}

/// A leaf that a test keeps as a file, because no library makes its like.
fn fixture(name: &str) -> Vec<u8> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let pem = std::fs::read_to_string(file).expect("the fixture is committed");
    pem::parse(pem).expect("it is PEM").into_contents()
}

/// Several of them, leaf first.
pub(crate) fn fixture_chain(name: &str) -> Vec<Vec<u8>> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let text = std::fs::read_to_string(file).expect("the fixture is committed");
    let blocks = pem::parse_many(text).expect("it is PEM").into_iter();
    blocks.map(|block| block.into_contents()).collect()
}

fn met_with_fixture(name: &str) -> Outcome {
    met_with(|request| request.raw_der(fixture(name)))
}

#[test]
fn cert_weak_key() {
    let outcome = met_with_fixture("rsa-1024.pem");
    outcome.shows("certificate", "cert-weak-key", "fail");
    assert_eq!(
        outcome.finding("certificate", "cert-weak-key")["args"]["key"],
        "RSA 1024"
    );
    assert_eq!(outcome.code, 1);
    for sound in ["sha1.pem", "p521.pem"] {
        met_with_fixture(sound).lacks("cert-weak-key");
    }
}

#[test]
fn cert_weak_signature() {
    for (name, hash) in [("sha1.pem", "SHA-1"), ("md5.pem", "MD5")] {
        let outcome = met_with_fixture(name);
        outcome.shows("certificate", "cert-weak-signature", "fail");
        assert_eq!(
            outcome.finding("certificate", "cert-weak-signature")["args"]["hash"],
            hash
        );
    }
    met_with_fixture("rsa-1024.pem").lacks("cert-weak-signature");
}

#[test]
fn cert_pss() {
    met_with_fixture("pss.pem").shows("certificate", "cert-pss", "warn");
    met_with_fixture("sha1.pem").lacks("cert-pss");
}

#[test]
fn cert_no_crl() {
    let outcome = met_with(|request| request.no_crl());
    outcome
        .shows("certificate", "cert-no-crl", "info")
        .stands(ALL_PASS, "ready", 0);
    met_with(|request| request).lacks("cert-no-crl");
}

#[test]
fn cert_ecdsa() {
    let stage = Stage::new();
    let outcome = met(&stage, stage.authority.certificate(FQDN).issue());
    assert_eq!(
        outcome.finding("certificate", "cert-ecdsa")["args"]["key"],
        "EC 256"
    );
    outcome
        .shows("certificate", "cert-ecdsa", "info")
        .stands(ALL_PASS, "ready", 0);
    let outcome = met_with_fixture("p521.pem");
    outcome.lacks("cert-ecdsa");
    let finding = outcome.finding("certificate", "cert-key-unusual");
    assert_eq!(finding["args"]["key"], "EC 521 (P-521)");
}

/// The longest life depends on the day of issue; these are short and long on any day.
#[test]
fn cert_too_long() {
    for (from, until, long) in [(-1, 40, false), (-1, 900, true), (-400, 0, true)] {
        let outcome = met_with(|request| request.valid(from, until));
        if long {
            outcome.shows("certificate", "cert-too-long", "info");
        } else {
            outcome.lacks("cert-too-long");
        }
    }
}

#[test]
fn cert_no_sip_domain() {
    let outcome = met_with(|request| request);
    outcome
        .shows("certificate", "cert-no-sip-domain", "info")
        .stands(ALL_PASS, "ready", 0);
    let outcome = met_with(|request| request.names(&[FQDN, "Zahnfee.de"]));
    outcome
        .lacks("cert-no-sip-domain")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_differs_by_endpoint() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let (one, other) = (stage.server().start(), stage.server().start());
    let run = stage
        .check()
        .connect("81.2.3.4", one.address())
        .connect("81.2.3.6", other.address());
    let outcome = run.run();
    outcome
        .shows("certificate", "cert-differs-by-endpoint", "warn")
        .stands("pass warn pass pass warn pass", "ready-with-warnings", 0);
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

/// A server that chooses by name may choose wrong, and have the right one all the same.
#[test]
fn a_second_look_without_a_name() {
    let stage = Stage::new();
    let wrong = stage.authority.certificate("www.zahnfee.de").rsa().issue();
    for (nameless, told) in [(stage.identity(), "right"), (wrong.clone(), "none")] {
        let server = demanding(wrong.clone()).without_sni(nameless).start();
        let outcome = stage.meets(&server);
        assert_eq!(
            outcome.finding("certificate", "cert-name-mismatch")["args"]["without_sni"],
            told
        );
        assert_eq!(
            server.connections(),
            2,
            "one more, and only where the first is wrong"
        );
        outcome.stands(FAILS, "not-ready", 1);
    }
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
            .aia("http://ca.zahnfee.de/ca.crt")
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
    let outcome = fetched(stage.authority.intermediate_der().to_vec());
    let args = &outcome.finding("certificate", "cert-chain-incomplete")["args"];
    assert_eq!(args["sure"], "proven");
    assert_eq!(args["missing"], "CN=Tooth Fairy Root CA - Issuing");
    outcome.stands(FAILS, "not-ready", 1);
    // An issuer that leads nowhere is a private one; noise proves nothing either way.
    let stranger = crate::world::Authority::new("Caries Root CA");
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

#[test]
fn endpoints_are_judged_each_on_its_own() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let good = stage.server().start();
    let bad = demanding(
        stage
            .authority
            .certificate(FQDN)
            .rsa()
            .valid(-91, -1)
            .issue(),
    )
    .start();
    let run = stage
        .check()
        .connect("81.2.3.4", good.address())
        .connect("81.2.3.6", bad.address());
    let outcome = run.run();
    assert_eq!(
        outcome.finding("certificate", "cert-expired")["endpoint"],
        bad.address().to_string()
    );
    outcome.stands("pass warn pass pass fail pass", "not-ready", 1);
}

/// A server that refuses us still shows its certificate; one that never speaks TLS has none.
#[test]
fn no_certificate_was_shown() {
    let stage = Stage::new();
    let server = Server::raw(crate::world::Raw::Close);
    let outcome = stage.meets(&server);
    assert_eq!(outcome.step("certificate")["needs"], "federation");
    outcome.stands("pass pass pass pass skip fail", "not-ready", 1);
}
