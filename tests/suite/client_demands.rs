//! What a server takes as a client certificate, and whether a partner has a key that it can be shown with: RSA,
//! or ECDSA on a curve of NIST, as public CAs certify them. Where whoever shows none is turned away, nobody
//! gets in who cannot.

use crate::stage::{ALL_PASS, Outcome, Stage};
use crate::world::{Edit, Server, by_version, edited};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";

/// DSA, GOST, MD5, rsa_pss_pss, and two kinds that no public CA certifies.
const FOR_NOBODY: [&[u16]; 5] = [
    &[0x0402, 0x0202],
    &[0xeeee],
    &[0x0101],
    &[0x0809],
    &[0x0402, 0x0807],
];

fn what(outcome: &Outcome) -> &serde_json::Value {
    &outcome.finding("federation", "mtls-unanswerable")["args"]["what"]
}

fn message(outcome: &Outcome) -> &str {
    let finding = outcome.finding("federation", "mtls-unanswerable");
    finding["message"].as_str().expect("a text")
}

/// One of TLS 1.2 that turns away whoever shows no certificate.
fn old(stage: &Stage, schemes: &[u16]) -> Server {
    let old = Server::old(stage.identity(), 0x0303, &[0xc02f]);
    old.accepting(schemes).ends_with(40).start()
}

#[test]
fn schemes_that_no_partner_signs_in() {
    let stage = Stage::new();
    for schemes in FOR_NOBODY {
        let outcome = stage.meets(&old(&stage, schemes));
        outcome
            .shows("federation", "mtls-unanswerable", "fail")
            .shows("federation", "mtls-enforced", "info")
            .stands(FAILED, "not-ready", 1);
        assert_eq!(what(&outcome), "unusable", "{outcome}");
    }
    let outcome = stage.meets(&old(&stage, &[0x0402]));
    assert!(message(&outcome).contains("dsa_sha256"), "{outcome}");
}

/// In TLS 1.3, where SHA-1, PKCS #1 and DSA are gone as well.
#[test]
fn schemes_that_no_partner_signs_in_with_tls_13() {
    let stage = Stage::new();
    for schemes in [&[0xeeee][..], &[0x0809], &[0x081a]] {
        let outcome = stage.meets(&stage.server().accepting(schemes).start());
        outcome
            .shows("federation", "mtls-unanswerable", "fail")
            .stands(FAILED, "not-ready", 1);
        assert_eq!(what(&outcome), "unusable", "{outcome}");
        // Nobody is turned away there for showing none.
        let optional = Server::tls(stage.identity()).accepting(schemes).tls13();
        let outcome = stage.meets(&optional.start());
        outcome.shows("federation", "mtls-unanswerable", "warn");
    }
    // xfed's library gives up there, and sees in TLS 1.2 what happens to those that show none.
    for schemes in [&[0x0401][..], &[0x0201, 0x0203]] {
        let outcome = stage.meets(&stage.server().accepting(schemes).start());
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .shows("federation", "mtls-enforced", "info")
            .stands(FAILED, "not-ready", 1);
        let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
        assert_eq!(args["detail"], "no-client-scheme", "{outcome}");
        assert_eq!(args["excuse"], "enforced", "{outcome}");
    }
}

/// Names this scheme instead of Ed25519: whoever shows no certificate is turned away before anybody compares
/// what was said.
fn instead<const SCHEME: u16>(_: usize, mut record: Vec<u8>) -> Vec<u8> {
    let list = [0, 2, 8, 7, 0, 0];
    if let Some(at) = record.windows(list.len()).position(|bytes| bytes == list) {
        record[at + 2..at + 4].copy_from_slice(&SCHEME.to_be_bytes());
    }
    record
}

/// Most partners know nothing newer than TLS 1.2.
#[test]
fn schemes_that_no_partner_signs_in_with_tls_12() {
    let stage = Stage::new();
    let two_faced = |old: &Server| {
        let new = stage.server().start();
        stage.meets(&by_version(&new, old))
    };
    let newer = |schemes: &[u16]| stage.server().accepting(schemes).tls12().start();
    let eddsa = newer(&[0x0807]);
    for edit in [
        instead::<0x0402> as Edit,
        instead::<0xeeee>,
        instead::<0x0101>,
    ] {
        two_faced(&edited(&eddsa, edit))
            .shows("federation", "tls-worse-for-windows", "fail")
            .lacks("tls-unsteady")
            .stands(FAILED, "not-ready", 1);
    }
    for schemes in [&[0x0403][..], &[0x0201], &[0x0804]] {
        two_faced(&newer(schemes))
            .shows("federation", "tls-worse-for-windows", "warn")
            .stands(WARNED, "ready-with-warnings", 0);
    }
    two_faced(&newer(&[0x0401])).stands(ALL_PASS, "ready", 0);
}

/// Windows has no SHA-224 at all, and PSS only since Windows Server 2019.
#[test]
fn schemes_that_windows_does_not_sign_in() {
    let stage = Stage::new();
    for (schemes, named, severity) in [
        (&[0x0301, 0x0303][..], "sha224", "fail"),
        (&[0x0804, 0x0805], "pss", "warn"),
        (&[0x0804, 0x0403], "pss", "warn"),
    ] {
        let outcome = stage.meets(&old(&stage, schemes));
        outcome.shows("federation", "mtls-unanswerable", severity);
        assert_eq!(what(&outcome), named, "{outcome}");
    }
    let server = stage.server().accepting(&[0x0804, 0x0403]).tls12();
    stage
        .meets(&server.start())
        .shows("federation", "mtls-unanswerable", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// What some partners can sign in stays a warning: one kind of key, or SHA-1.
#[test]
fn schemes_that_some_partners_sign_in() {
    let stage = Stage::new();
    for (schemes, named) in [
        (&[0x0403, 0x0402][..], "no-rsa"),
        (&[0x0503, 0x0807], "no-rsa"),
        (&[0x0201, 0x0202], "old"),
        (&[0x0203, 0x0303], "old"),
    ] {
        let outcome = stage.meets(&old(&stage, schemes));
        outcome.shows("federation", "mtls-unanswerable", "warn");
        assert_eq!(what(&outcome), named, "{outcome}");
    }
    stage
        .meets(&stage.server().accepting(&[0x0402, 0x0601]).tls12().start())
        .lacks("mtls-unanswerable")
        .stands(ALL_PASS, "ready", 0);
}

/// By the types Java chooses, and OpenSSL shows what it has: some get in.
#[test]
fn types_that_no_partner_has() {
    let stage = Stage::new();
    let old = || Server::old(stage.identity(), 0x0303, &[0xc02f]).ends_with(40);
    for (types, named, told) in [
        (
            &[64][..],
            "types",
            "only certificates of the type ecdsa_sign.",
        ),
        (
            &[67, 68],
            "types-neither",
            "only certificates of the type 67, 68.",
        ),
        (
            &[3, 2],
            "types-neither",
            "of the type rsa_fixed_dh, dss_sign.",
        ),
        (
            &[],
            "types-neither",
            "accepts certificates of no type at all.",
        ),
    ] {
        let outcome = stage.meets(&old().types(types).start());
        outcome.shows("federation", "mtls-unanswerable", "warn");
        assert_eq!(what(&outcome), named, "{outcome}");
        assert!(message(&outcome).contains(told), "{outcome}");
    }
    let nameless = old().authorities(vec![vec![0x30, 0]]).start();
    let outcome = stage.meets(&nameless);
    assert_eq!(what(&outcome), "authorities", "{outcome}");
    assert!(
        message(&outcome).contains("only those of an empty name, which"),
        "{outcome}"
    );
}
