//! What a server prefers of all that partners offer in TLS 1.2, and how long its messages are: some hang up on it,
//! though they would be served with what else there is.

use crate::stage::{ALL_PASS, Outcome, Stage, demanding};
use crate::world::server::Tls;
use crate::world::{Old, Server, by_suite};

const DHE_RSA_AES_GCM: u16 = 0x009e;
const WARNED: &str = "pass pass pass pass pass warn";
const FAILED: &str = "pass pass pass pass pass fail";

/// A server that prefers DHE to all else; how often it was met, too.
fn preferring(stage: &Stage, other: fn(Tls) -> Tls, dhe: impl Fn(Old) -> Old) -> (Outcome, usize) {
    let identity = stage.identity();
    let dhe = dhe(Server::old(identity.clone(), 0x0303, &[DHE_RSA_AES_GCM])).start();
    let other = other(demanding(identity)).start();
    let server = by_suite(DHE_RSA_AES_GCM, &dhe, &other);
    let outcome = stage.meets(&server);
    (outcome, server.connections())
}

fn tls12(server: Tls) -> Tls {
    server.tls12()
}

fn both(server: Tls) -> Tls {
    server
}

/// As OpenSSL 3.0 on Debian ("dh key too small"), Windows, GnuTLS and Java do.
#[test]
fn the_prime_is_short() {
    let stage = Stage::new();
    for (bits, versions, who, severity, stands) in [
        (
            512,
            both as fn(Tls) -> Tls,
            "windows",
            "fail",
            (FAILED, "not-ready", 1),
        ),
        (1016, tls12, "all", "fail", (FAILED, "not-ready", 1)),
        (
            1024,
            tls12,
            "some",
            "warn",
            (WARNED, "ready-with-warnings", 0),
        ),
        (
            2040,
            tls12,
            "some",
            "warn",
            (WARNED, "ready-with-warnings", 0),
        ),
    ] {
        let (outcome, met) = preferring(&stage, versions, |old| old.prime(bits));
        outcome
            .shows("federation", "tls-short-prime", severity)
            .lacks("tls-unsteady")
            .lacks("tls-worse-for-windows")
            .stands(stands.0, stands.1, stands.2);
        let args = &outcome.finding("federation", "tls-short-prime")["args"];
        assert_eq!(args["who"], who, "{outcome}");
        assert_eq!(args["bits"], bits, "{outcome}");
        assert_eq!(args["cipher"], "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256");
        // What is behind was not seen with DHE.
        assert_eq!(met, 4, "{outcome}");
    }
}

/// Whoever knows TLS 1.3 meets no prime, and Windows bears one of 1024 bits.
#[test]
fn the_prime_is_long_enough() {
    let stage = Stage::new();
    for (bits, versions) in [(1024, both as fn(Tls) -> Tls), (2048, both), (2048, tls12)] {
        let (outcome, _) = preferring(&stage, versions, |old| old.prime(bits));
        outcome.stands(ALL_PASS, "ready", 0);
    }
}

/// Windows reads 32 KiB of it, unless it was told to read more, and so does Java.
#[test]
fn the_demand_for_a_certificate_is_long() {
    let stage = Stage::new();
    // 30 and 34 KiB.
    for (count, is_long) in [(300, false), (340, true)] {
        let (outcome, _) = preferring(&stage, both, |old| old.authorities(authorities(count)));
        if is_long {
            outcome.shows("federation", "tls-message-too-long", "warn");
            outcome.stands(WARNED, "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "tls-message-too-long")["args"];
            assert_eq!(args["what"], "authorities", "{outcome}");
        } else {
            outcome.stands(ALL_PASS, "ready", 0);
        }
    }
}

/// Names of 100 bytes each: CN=…, in DER.
fn authorities(count: usize) -> Vec<Vec<u8>> {
    let tagged = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).expect("short");
        [&[tag, length][..], content].concat()
    };
    let name = |number: usize| {
        let text = format!("Authority {number:04} {}", "x".repeat(72));
        let attribute = [&[6, 3, 0x55, 4, 3][..], &tagged(12, text.as_bytes())].concat();
        tagged(0x30, &tagged(0x31, &tagged(0x30, &attribute)))
    };
    (0..count).map(name).collect()
}

/// The same with the certificates: Java bears ten of them, and GnuTLS 16.
#[test]
fn the_certificates_are_many_or_long() {
    let stage = Stage::new();
    let whole = stage.identity();
    let with = |more: usize, versions: fn(Tls) -> Tls| {
        let mut identity = whole.clone();
        let issuer = identity.chain[1].clone();
        identity.chain.extend(std::iter::repeat_n(issuer, more));
        let size: usize = identity.chain.iter().map(|der| der.len() + 3).sum();
        let server = versions(demanding(identity)).start();
        (stage.meets(&server), size + 3)
    };
    let (outcome, _) = with(8, both);
    outcome
        .lacks("cert-refused-by-some")
        .stands(ALL_PASS, "ready", 0);
    let (outcome, _) = with(9, both);
    outcome.shows("certificate", "cert-refused-by-some", "warn");
    let args = &outcome.finding("certificate", "cert-refused-by-some")["args"];
    assert_eq!(
        (&args["by"], &args["detail"]),
        (&"Java".into(), &"11".into())
    );
    let (_, size) = with(0, both);
    let (_, more) = with(1, both);
    let fits = (0x8000 - size) / (more - size);
    for versions in [both as fn(Tls) -> Tls, tls12] {
        let (outcome, size) = with(fits, versions);
        assert!(size <= 0x8000);
        outcome.lacks("tls-message-too-long");
        let (outcome, size) = with(fits + 1, versions);
        assert!(size > 0x8000);
        outcome.shows("federation", "tls-message-too-long", "warn");
        let args = &outcome.finding("federation", "tls-message-too-long")["args"];
        assert_eq!(args["what"], "certificates", "{outcome}");
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
    }
}
