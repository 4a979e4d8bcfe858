//! Step 5 at servers that have two certificates, one on a curve and one with an RSA key, and show the one
//! that the client can use.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::certificates::Request;
use crate::world::{ClientAuth, Edit, Identity, Server, Sip, by_suite, edited};

/// Who can use RSA keys only does not offer it.
const ECDHE_ECDSA_AES_GCM: u16 = 0xc02b;
const ECDHE_RSA_AES_GCM: u16 = 0xc02f;

const FAILS: &str = "pass pass pass pass fail pass";

/// The one on the curve is right.
fn met(stage: &Stage, for_rsa: Option<Identity>) -> Outcome {
    let server = demanding(stage.authority.certificate(FQDN).issue());
    let server = match for_rsa {
        Some(identity) => server.for_rsa(identity),
        None => server,
    };
    stage.meets(&server.start())
}

fn rsa<'a>(stage: &'a Stage, fqdn: &str) -> Request<'a> {
    stage.authority.certificate(fqdn).rsa()
}

#[test]
fn the_other_one_was_not_renewed() {
    let stage = Stage::new();
    let outcome = met(&stage, Some(rsa(&stage, FQDN).valid(-100, -3).issue()));
    outcome
        .shows("certificate", "cert-other-for-rsa", "fail")
        .lacks("cert-expired")
        .stands(FAILS, "not-ready", 1);
    let args = &outcome.finding("certificate", "cert-other-for-rsa")["args"];
    assert_eq!(args["what"], "expired");
}

#[test]
fn the_other_one_is_for_another_name() {
    let stage = Stage::new();
    let outcome = met(&stage, Some(rsa(&stage, "www.zahnfee.de").issue()));
    let args = &outcome.finding("certificate", "cert-other-for-rsa")["args"];
    assert_eq!(args["what"], "name");
    let codes = args["codes"].as_array().expect("a list");
    assert!(codes.contains(&"cert-name-mismatch".into()), "{codes:?}");
}

#[test]
fn the_other_one_leads_nowhere() {
    let stage = Stage::new();
    let stranger = Stage::new();
    let outcome = met(&stage, Some(rsa(&stranger, FQDN).issue()));
    let args = &outcome.finding("certificate", "cert-other-for-rsa")["args"];
    assert_eq!(args["what"], "untrusted");
}

/// The server has the intermediate, and sends it with the one on the curve only.
#[test]
fn the_other_one_lacks_its_intermediate() {
    let stage = Stage::new();
    let other = rsa(&stage, FQDN).without_intermediate().issue();
    let outcome = met(&stage, Some(other));
    outcome
        .shows("certificate", "cert-other-for-rsa", "fail")
        .stands(FAILS, "not-ready", 1);
    let finding = outcome.finding("certificate", "cert-other-for-rsa");
    let args = &finding["args"];
    assert_eq!(args["what"], "incomplete", "{outcome}");
    assert_eq!(args["codes"], serde_json::json!(["cert-chain-incomplete"]));
    let missing = args["missing"].as_str().expect("a name");
    assert!(missing.contains("Issuing"), "{missing}");
    assert!(finding["fix"].to_string().contains(missing), "{finding}");
    // Where the first one is wrong as well, nothing tells that it belongs to a root.
    let stranger = Stage::new();
    let server = demanding(stranger.authority.certificate(FQDN).issue());
    let other = rsa(&stranger, FQDN).without_intermediate().issue();
    let outcome = stage.meets(&server.for_rsa(other).start());
    let args = &outcome.finding("certificate", "cert-other-for-rsa")["args"];
    assert_eq!(args["what"], "untrusted", "{outcome}");
}

#[test]
fn a_right_one_or_none_is_nothing_to_tell() {
    let stage = Stage::new();
    for other in [Some(rsa(&stage, FQDN).issue()), None] {
        let outcome = met(&stage, other);
        outcome
            .shows("certificate", "cert-ecdsa", "info")
            .lacks("cert-other-for-rsa")
            .stands(ALL_PASS, "ready", 0);
    }
}

/// Who can use RSA keys only gets to this server.
fn led_to(stage: &Stage, for_rsa: &Server) -> (Outcome, usize) {
    let own = Server::tls(stage.authority.certificate(FQDN).issue()).start();
    let both = by_suite(ECDHE_ECDSA_AES_GCM, &own, for_rsa);
    let outcome = stage.meets(&both);
    let connections = both.connections();
    (outcome, connections)
}

/// An extension that nobody asked for, at the end of a ServerHello of TLS 1.2.
pub(crate) fn with_alpn(number: usize, mut record: Vec<u8>) -> Vec<u8> {
    let extension = [0, 16, 0, 5, 0, 3, 2, b'h', b'2'];
    if number > 1 {
        return record;
    }
    let size = |record: &[u8], at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
    let end = 9 + usize::from(size(&record, 7));
    record.splice(end..end, extension);
    for at in [3, 7, 44 + usize::from(record[43]) + 3] {
        let [high, low] = (size(&record, at) + 9).to_be_bytes();
        record[at..at + 2].copy_from_slice(&[high, low]);
    }
    record
}

/// Its certificate is right, and what comes with it or behind it is not.
#[test]
fn what_comes_with_the_other_one_is_compared() {
    const WARNED: &str = "pass pass pass pass pass warn";
    const FAILED: &str = "pass pass pass pass pass fail";
    let stage = Stage::new();
    let right = || Server::tls(rsa(&stage, FQDN).issue());
    let (outcome, connections) = led_to(&stage, &right().start());
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(connections, 4, "{outcome}");
    let broken = right().start();
    let unproven = Server::old(rsa(&stage, FQDN).issue(), 0x0303, &[ECDHE_RSA_AES_GCM]);
    let unproven = unproven.claims(0x0401).ends_with(42);
    for (server, what, code, severity) in [
        (
            edited(&broken, with_alpn as Edit),
            "breach",
            "tls-handshake-failed",
            "fail",
        ),
        (unproven.start(), "key", "tls-handshake-failed", "fail"),
        (
            right().sip(Sip::Http).start(),
            "other",
            "sip-not-sip",
            "fail",
        ),
        (
            right().client_auth(ClientAuth::Off).start(),
            "other",
            "mtls-not-requested",
            "warn",
        ),
    ] {
        let (outcome, connections) = led_to(&stage, &server);
        outcome
            .shows("certificate", "cert-ecdsa", "info")
            .lacks("cert-other-for-rsa")
            .lacks("tls-unsteady");
        let finding = outcome.finding("federation", "tls-worse-for-windows");
        let args = &finding["args"];
        assert_eq!(
            (&args["how"], &args["what"]),
            (&"rsa".into(), &what.into()),
            "{outcome}"
        );
        assert_eq!(args["codes"], serde_json::json!([code]), "{outcome}");
        if severity == "fail" {
            outcome.stands(FAILED, "not-ready", 1);
        } else {
            outcome.stands(WARNED, "ready-with-warnings", 0);
        }
        assert_eq!(connections, 5, "once more, as it may be chance: {outcome}");
    }
}
