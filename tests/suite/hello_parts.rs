//! Servers that do not bear what hellos of partners have: the hellos of this program have it, too.

use crate::stage::{ALL_PASS, Outcome, Stage};
use crate::world::{HelloPart, Methods, Refused, Server, turning_away};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";

const REFUSALS: [Refused; 4] = [
    Refused::Alert(40),
    Refused::Close,
    Refused::Reset,
    Refused::Silence,
];

fn met(stage: &Stage, part: HelloPart, refusal: Refused) -> Outcome {
    let server = stage.server().start();
    let between = turning_away(&server, part, refusal);
    let run = stage.check().connect_to(&between);
    run.args(&["--timeout", "800ms"]).run()
}

#[track_caller]
fn named(outcome: &Outcome, part: &str, severity: &str) {
    outcome
        .shows("federation", "tls-handshake-failed", severity)
        .lacks("tls-unsteady")
        .lacks("tls-closed")
        .lacks("tls-refuses-modern");
    let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
    assert_eq!(
        (&args["how"], &args["detail"]),
        (&"unborne".into(), &part.into()),
        "{outcome}"
    );
}

/// OpenSSL 3.0 and GnuTLS 3.7 get no handshake either, and Windows sends the same.
#[test]
fn a_ticket_is_asked_for() {
    let stage = Stage::new();
    for refusal in REFUSALS {
        let outcome = met(&stage, HelloPart::SessionTicket, refusal);
        named(&outcome, "session-ticket", "fail");
        outcome.stands(FAILED, "not-ready", 1);
    }
}

/// OpenSSL gets in, GnuTLS does not.
#[test]
fn a_staple_is_asked_for() {
    let stage = Stage::new();
    for refusal in REFUSALS {
        let outcome = met(&stage, HelloPart::StatusRequest, refusal);
        named(&outcome, "status-request", "warn");
        outcome.stands(WARNED, "ready-with-warnings", 0);
    }
}

/// OpenSSL (318 bytes) and GnuTLS (394) get no handshake; in TLS 1.2 their hellos are shorter, and served.
#[test]
fn the_length_is_one_that_old_devices_hang_on() {
    let stage = Stage::new();
    for refusal in REFUSALS {
        let outcome = met(&stage, HelloPart::Length, refusal);
        named(&outcome, "length", "fail");
        outcome
            .shows("federation", "mtls-enforced", "info")
            .stands(FAILED, "not-ready", 1);
    }
}

/// A server that takes the second key share is served with it, and one that takes neither asks for another
/// (RFC 8446 §4.1.4).
#[test]
fn any_key_share_is_one() {
    let stage = Stage::new();
    for curve in [Methods::P256, Methods::P384] {
        let server = Server::tls(stage.identity()).only(curve).start();
        stage
            .check()
            .connect_to(&server)
            .run()
            .shows("federation", "sip-answered", "info")
            .stands(ALL_PASS, "ready", 0);
    }
}
