//! Step 5, how strong the certificate is: its key, its signature, and whether it can be read at all.

use crate::certificate::{FAILS, met, met_with};
use crate::stage::{ALL_PASS, FQDN, Outcome, Stage};

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
pub(crate) fn fixture(name: &str) -> Vec<u8> {
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

/// Keys that hardly anybody can use, by the names that people know.
#[test]
fn keys_of_other_kinds_are_named() {
    for (name, key) in [
        ("brainpool.pem", "brainpoolP256r1"),
        ("secp256k1.pem", "secp256k1"),
        ("ed448.pem", "Ed448"),
    ] {
        let outcome = met_with_fixture(name);
        outcome.shows("certificate", "cert-key-unsupported", "fail");
        let finding = outcome.finding("certificate", "cert-key-unsupported");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(key), "{message}");
        outcome.lacks("cert-weak-key").lacks("cert-ecdsa");
        assert_eq!(outcome.code, 1);
    }
}

/// One bit less than the rules for public CAs ask for.
#[test]
fn a_key_of_2047_bits() {
    let outcome = met_with_fixture("rsa-2047.pem");
    outcome.shows("certificate", "cert-weak-key", "fail");
    let finding = outcome.finding("certificate", "cert-weak-key");
    assert_eq!(finding["args"]["key"], "RSA 2047");
    assert_eq!(outcome.code, 1);
}
