//! Ends behind the client's turn in TLS 1.2, where TLS 1.3 takes whoever comes: they are not for want of a
//! certificate for certain.

use crate::stage::{Outcome, Stage, file};
use crate::world::{Act, Authority, Edit, Refusal, Server, Sip, balancer, by_version, edited};

const FEDERATION: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const OPEN: &str = "pass pass pass pass pass unknown";

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

/// With a certificate that the server of TLS 1.3 takes.
fn met_with_certificate(stage: &Stage, old: &Server) -> Outcome {
    let client = stage.authority.certificate("client.example").issue();
    let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
    let new = stage.server().trusting(&stage.authority).start();
    let server = by_version(&new, old);
    let run = stage.check().connect_to(&server);
    let run = run.args(&["--timeout", "800ms", "--client-cert"]);
    let run = run.arg(certificate.path()).arg("--client-key");
    run.arg(key.path()).run()
}

fn open(stage: &Stage) -> Server {
    Server::tls(stage.identity()).start()
}

fn open_in_tls12(stage: &Stage) -> Server {
    Server::tls(stage.identity()).tls12().start()
}

/// Upon the client's turn in TLS 1.2, in place of NewSessionTicket and ChangeCipherSpec.
fn is_after_our_turn(record: &[u8]) -> bool {
    matches!(record, [22, _, _, _, _, 4, ..] | [20, ..])
}

fn ends(_: usize, record: Vec<u8>) -> Vec<u8> {
    if is_after_our_turn(&record) {
        Vec::new()
    } else {
        record
    }
}

fn ends_with<const ALERT: u8>(_: usize, record: Vec<u8>) -> Vec<u8> {
    match record[..] {
        _ if is_after_our_turn(&record) => vec![21, 3, 3, 0, 2, 2, ALERT],
        // Finished, by AES-GCM or ChaCha20.
        [22, _, _, 0, 40 | 32, ..] => Vec::new(),
        _ => record,
    }
}

fn how(outcome: &Outcome) -> &serde_json::Value {
    &outcome.finding("federation", "tls-worse-for-windows")["args"]["how"]
}

/// The server answers in TLS 1.3 without a certificate: that it wants one in TLS 1.2 only is not known.
#[test]
fn no_end_is_a_demand_where_none_is_needed() {
    let stage = Stage::new();
    let (new, old) = (open(&stage), open_in_tls12(&stage));
    let closes = Server::tls(stage.identity()).tls12().sip(Sip::Close);
    for old in [
        edited(&old, ends as Edit),
        edited(&old, ends_with::<46>),
        edited(&old, ends_with::<40>),
        edited(&old, ends_with::<80>),
        // After the handshake.
        closes.start(),
    ] {
        let outcome = met(&stage, &by_version(&new, &old));
        outcome
            .shows("federation", "tls-worse-for-windows", "unknown")
            .shows("federation", "sip-answered", "info")
            .lacks("tls-unsteady")
            .stands(OPEN, "inconclusive", 3);
        assert_eq!(how(&outcome), "undecided", "{outcome}");
        let finding = outcome.finding("federation", "tls-worse-for-windows");
        assert_eq!(finding["args"]["taken"], "yes", "{outcome}");
        assert!(finding["fix"].to_string().contains("--client-cert"));
    }
}

/// Only now and then, others are served without one: it is not for want of it.
#[test]
fn an_end_by_chance_is_no_demand() {
    let stage = Stage::new();
    let server = open(&stage);
    let ending = edited(&server, ends);
    let in_turns = balancer(&[&server, &ending, &server, &server]);
    met(&stage, &in_turns)
        .shows("federation", "tls-unsteady", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// What the server says to whoever shows a certificate, it says to who shows none: so it is not for the
/// certificate, whatever the alert says.
#[test]
fn the_same_end_with_a_certificate_and_without() {
    let stage = Stage::new();
    let old = open_in_tls12(&stage);
    let after = |alert| {
        let acts = vec![Act::Record(21, vec![2, alert])];
        let server = Server::tls(stage.identity()).tls12();
        server.sip(Sip::Acts(acts)).start()
    };
    let closes = Server::tls(stage.identity()).tls12().sip(Sip::Close);
    for old in [
        edited(&old, ends as Edit),
        edited(&old, ends_with::<51>),
        edited(&old, ends_with::<46>),
        after(42),
        after(80),
        closes.start(),
    ] {
        let outcome = met_with_certificate(&stage, &old);
        outcome
            .shows("federation", "tls-worse-for-windows", "fail")
            .shows("federation", "sip-answered", "info")
            .stands(FEDERATION, "not-ready", 1);
        assert_eq!(how(&outcome), "either", "{outcome}");
    }
}

/// Who shows none is told so, and whoever shows the certificate is told of that: partners may show others.
#[test]
fn a_certificate_that_is_taken_in_tls_13_only() {
    let stage = Stage::new();
    let other = Authority::new("Another Root CA");
    let old = Server::tls(stage.identity()).tls12().trusting(&other);
    let outcome = met_with_certificate(&stage, &old.refuse(Refusal::Alert).start());
    outcome
        .shows("federation", "tls-worse-for-windows", "unknown")
        .shows("federation", "sip-answered", "info")
        .stands(OPEN, "inconclusive", 3);
    assert_eq!(how(&outcome), "shown", "{outcome}");
}

/// An alert that nobody sends for want of a certificate is a failure without one as well.
#[test]
fn an_alert_that_is_not_about_a_certificate() {
    let stage = Stage::new();
    let (new, old) = (open(&stage), open_in_tls12(&stage));
    let outcome = met(&stage, &by_version(&new, &edited(&old, ends_with::<51>)));
    outcome
        .shows("federation", "tls-worse-for-windows", "fail")
        .stands(FEDERATION, "not-ready", 1);
    assert_eq!(how(&outcome), "broken", "{outcome}");
}
