//! Handshakes that some libraries bear and others do not: each is told as what it is, and weighs as
//! much as those that are shut out.

use serde_json::json;

use crate::stage::{Outcome, Run, Stage};
use crate::world::{Harm, Refused, Server, between, without_tls13};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";

const ECDHE_RSA_AES_GCM: u16 = 0xc02f;

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

fn failed(outcome: &Outcome) -> &serde_json::Value {
    outcome.finding("federation", "tls-handshake-failed")
}

/// No server of this suite fills the fields of TLS 1.3 in wrong: what was seen is written into a report.
#[test]
fn fields_that_only_some_libraries_look_at() {
    let stage = Stage::new();
    let seen = met(&stage, &stage.server().start());
    for (oddity, who) in [
        ("other-session", "OpenSSL"),
        ("legacy-version", "GnuTLS"),
        ("named-request", "OpenSSL"),
        ("unreadable-authority", "OpenSSL"),
        ("empty-authorities", "GnuTLS"),
    ] {
        let mut document = seen.json.clone();
        document["reports"][0]["facts"]["endpoints"][0]["tls"]["oddities"] = json!([oddity]);
        let run = Run::new("replay").args(&["-", "--format=json"]);
        let outcome = run.fed(document.to_string().as_bytes()).run();
        outcome
            .shows("federation", "tls-refused-by-some", "warn")
            .stands(WARNED, "ready-with-warnings", 0);
        let message = outcome.finding("federation", "tls-refused-by-some")["message"].to_string();
        assert!(message.contains(who), "{message}");
    }
}

/// Who offers TLS 1.3 is refused, each time: that is no chance, and no want of suites.
#[test]
fn a_server_that_refuses_tls_13() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    for (refusal, how) in [
        (Refused::Alert(70), "alert"),
        (Refused::Alert(40), "alert"),
        (Refused::Alert(47), "alert"),
        (Refused::Close, "closed"),
        (Refused::Reset, "closed"),
        (Refused::Silence, "silent"),
    ] {
        let outcome = met(&stage, &without_tls13(&server, refusal));
        outcome
            .shows("federation", "tls-refuses-modern", "fail")
            .shows("federation", "mtls-enforced", "info")
            .lacks("tls-unsteady")
            .lacks("tls-handshake-failed")
            .stands(FAILED, "not-ready", 1);
        let finding = outcome.finding("federation", "tls-refuses-modern");
        assert_eq!(finding["args"]["how"], how, "{outcome}");
    }
}

/// What the first connection meets, or each second one, is no answer to the offer of TLS 1.3.
#[test]
fn an_alert_now_and_then() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    for which in [(|number| number == 1) as fn(usize) -> bool, |number| {
        number % 2 == 1
    }] {
        for code in [40, 80] {
            let outcome = met(&stage, &between(&server, which, Harm::Alert(code)));
            outcome
                .shows("federation", "tls-unsteady", "warn")
                .shows("federation", "sip-answered", "info")
                .lacks("tls-refuses-modern")
                .lacks("tls-handshake-failed")
                .stands(WARNED, "ready-with-warnings", 0);
        }
    }
}

/// A silent server may be one of several.
#[test]
fn silence_at_the_first_connection_only() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    let outcome = met(
        &stage,
        &between(&server, |number| number == 1, Harm::Stall(0)),
    );
    outcome
        .shows("federation", "tls-unsteady", "warn")
        .shows("federation", "sip-answered", "info")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// Other libraries go on with what ends the handshake of ours.
#[test]
fn what_only_our_library_does_not_bear() {
    let stage = Stage::new();
    let old = || Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]);
    for (server, breach) in [
        (old().extension(0x1234), "unknown-extension"),
        (old().requests_first(), "hello-request"),
    ] {
        let outcome = met(&stage, &server.start());
        assert_eq!(failed(&outcome)["args"]["detail"], breach, "{outcome}");
        outcome
            .shows("federation", "tls-handshake-failed", "warn")
            .lacks("tls-key-unproven")
            .stands(WARNED, "ready-with-warnings", 0);
    }
    // One that everybody knows was not asked for: everybody hangs up.
    let outcome = met(&stage, &old().extension(16).start());
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .stands(FAILED, "not-ready", 1);
}

/// Bytes came all the time: it is our patience that ended, and no packet was lost.
#[test]
fn a_handshake_that_is_slow_is_no_lost_packet() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    let outcome = met(&stage, &between(&server, |_| true, Harm::Trickle));
    let finding = failed(&outcome);
    assert_eq!(finding["args"]["how"], "slow", "{outcome}");
    assert!(!finding["fix"].to_string().contains("MSS"), "{finding}");
    outcome.shows("federation", "tls-handshake-failed", "unknown");
    assert_eq!(outcome.code, 3, "{outcome}");
}
