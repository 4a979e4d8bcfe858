//! Step 5 at servers that have two certificates, one on a curve and one with an RSA key, and show the one
//! that the client can use.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::Identity;
use crate::world::certificates::Request;

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
