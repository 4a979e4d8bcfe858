//! Certificates that are not written as everybody writes them, through the binary: the server's own, and
//! such as no path needs. TLS libraries read all of the message before they ask what they need.

use rcgen::{KeyPair, PublicKeyData};
use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::path_world::{Told, WARNS, World, is_ready, met, met_at};
use crate::stage::{Outcome, demanding};
use crate::world::Identity;
use crate::world::encodings::{self, KEY, Readers, SERIAL, VERSION};
use crate::world::made::{self, Draft, Key};

/// The certificate is refused by this library only.
#[track_caller]
fn is_refused_by(outcome: &Outcome, by: &str, words: &[&str]) {
    outcome.warns("certificate", "cert-refused-by-some", words);
    let finding = outcome.finding("certificate", "cert-refused-by-some");
    assert_eq!(finding["args"]["by"], by, "{finding}");
}

#[test]
fn certificates_that_no_path_needs() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    for written in encodings::all(world.now) {
        let outcome = world.met_showing(&[&leaf, &issuing, &written.der]);
        let by = match written.readers {
            Readers::All => {
                is_ready(&outcome);
                continue;
            }
            Readers::Nobody => {
                outcome.fails(
                    "certificate",
                    "cert-malformed",
                    &["number 3", written.words],
                );
                continue;
            }
            Readers::OpenSsl => "GnuTLS",
            Readers::GnuTls => "OpenSSL",
        };
        is_refused_by(
            &outcome,
            by,
            &["number 3", "which no path needs", written.words],
        );
        let finding = outcome.finding("certificate", "cert-refused-by-some");
        let fix = finding["fix"].as_str().expect("a fix");
        assert!(fix.starts_with("Nothing has to be ordered"), "{fix}");
    }
}

/// It is named by what people see of it.
#[test]
fn a_certificate_to_be_left_out_is_named() {
    let world = World::new();
    let stranger = encodings::all(world.now).swap_remove(7);
    let outcome = world.met_showing(&[&world.leaf_der(), &stranger.der, &world.issuing_der()]);
    let words = ["number 2", "(CN=Nobody Needs It)"];
    is_refused_by(&outcome, "OpenSSL", &words);
}

#[test]
fn lengths_with_more_bytes_than_needed_are_read_by_both() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let long = encodings::with_long_length(&leaf);
    let outcome = world.met_showing(&[&long, &issuing]);
    outcome.warns("certificate", "cert-malformed", &["BER instead of DER"]);
    let long = encodings::with_long_length(&issuing);
    let outcome = world.met_showing(&[&leaf, &long]);
    outcome.warns("certificate", "cert-malformed", &["BER instead of DER"]);
    let outcome = world.met_showing(&[&leaf, &issuing, &long]);
    let words = ["number 3", "BER instead of DER"];
    outcome.warns("certificate", "cert-malformed", &words);
    // Also where the signature is over such bytes.
    let serial = encodings::with_one(&leaf, &world.issuing_key, SERIAL, &[2, 0x81, 1, 7]);
    let outcome = world.met_showing(&[&serial, &issuing]);
    outcome.warns("certificate", "cert-malformed", &["BER instead of DER"]);
}

#[test]
fn a_leaf_that_one_of_them_cannot_read() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let open = encodings::with_open_length(&leaf);
    let outcome = world.met_showing(&[&open, &issuing]);
    is_refused_by(&outcome, "GnuTLS", &["open lengths"]);
    let key = &world.issuing_key;
    let empty = encodings::with_one(&leaf, key, SERIAL, &[2, 0]);
    let outcome = world.met_showing(&[&empty, &issuing]);
    is_refused_by(&outcome, "OpenSSL", &["without any digit"]);
    let padded = encodings::with_one(&leaf, key, SERIAL, &[2, 3, 0, 0, 5]);
    let outcome = world.met_showing(&[&padded, &issuing]);
    is_refused_by(&outcome, "OpenSSL", &["more bytes than it needs"]);
    let old = encodings::with_one(&leaf, key, VERSION, &[]);
    let outcome = world.met_showing(&[&old, &issuing]);
    is_refused_by(&outcome, "GnuTLS", &["version 1 or 2"]);
}

/// OpenSSL and GnuTLS go on, and nobody has said what a fourth version is.
#[test]
fn a_version_that_does_not_exist() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let fourth = encodings::with_one(&leaf, &world.issuing_key, VERSION, &[0xa0, 3, 2, 1, 3]);
    let outcome = world.met_showing(&[&fourth, &issuing]);
    outcome.warns("certificate", "cert-malformed", &["version 4"]);
}

/// The server holds the key, and signs with it: that nobody takes it is another matter.
#[test]
fn a_key_with_its_curve_written_out() {
    let world = World::new();
    let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("ring makes them");
    let key = encodings::explicit_key(pair.der_bytes());
    let leaf = encodings::with_one(&world.leaf_der(), &world.issuing_key, KEY, &key);
    let chain = [leaf, world.issuing_der()].map(CertificateDer::from);
    let identity = Identity {
        chain: chain.to_vec(),
        key: PrivatePkcs8KeyDer::from(pair.serialize_der()).into(),
    };
    let outcome = met(identity, &[&world.root_der()]);
    let words = ["whose parameters are written out instead of named"];
    outcome.says("certificate", "cert-key-unsupported", "fail", &words);
    outcome.lacks("tls-handshake-failed");
    let message = outcome.finding("certificate", "cert-key-unsupported")["message"].to_string();
    assert!(!message.contains("2a 86 48"), "{message}");
}

/// In TLS 1.2 GnuTLS wants to read every key that it is sent.
#[test]
fn a_key_that_no_path_needs() {
    let world = World::new();
    let stranger = Draft::authority("CN=Nobody Needs It", OffsetDateTime::now_utc());
    let stranger = stranger.self_signed(&Key::compressed(9));
    let chain = [world.leaf_der(), world.issuing_der(), stranger];
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    is_ready(&world.met_showing(&chain));
    let server = demanding(made::identity(&chain, &world.leaf_key));
    let server = server.tls12().start();
    let outcome = met_at(&server, &[&world.root_der()], |run| run);
    let words = ["number 3", "has a key that GnuTLS does not read"];
    outcome.says("certificate", "cert-refused-by-some", "warn", &words);
    outcome.stands(WARNS, "ready-with-warnings", 0);
}
