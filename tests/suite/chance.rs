//! What looks like chance and is none, or the other way round.

use crate::stage::{Outcome, Stage};
use crate::world::{ClientAuth, Edit, Harm, Server, Sip, between, by_version, edited};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const CHANGE: &[u8] = &[20, 3, 3, 0, 1, 1];

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

/// Whoever offers TLS 1.3 is led to another program, each time: that is said of the first connection, and
/// nothing of it is chance.
#[test]
fn what_is_wrong_in_tls_13_only_is_no_chance() {
    let stage = Stage::new();
    let identity = stage.identity();
    let old = Server::tls(identity.clone()).tls12().start();
    let web = Server::tls(identity).sip(Sip::Http).start();
    met(&stage, &by_version(&web, &old))
        .shows("federation", "sip-not-sip", "fail")
        .lacks("tls-unsteady")
        .lacks("tls-worse-for-windows")
        .stands(FAILED, "not-ready", 1);
}

/// ChangeCipherSpec comes from a server that has taken what we said: it refuses nobody any more, and OpenSSL
/// and GnuTLS miss the end of the handshake, too.
#[test]
fn an_end_after_our_turn_was_taken() {
    let stage = Stage::new();
    let server = stage.server().tls12().client_auth(ClientAuth::Optional);
    let server = server.start();
    let end: Edit = |_, record| {
        // Finished, by AES-GCM or ChaCha20.
        let is_finished = record[0] == 22 && matches!(record.len(), 45 | 37);
        if is_finished { Vec::new() } else { record }
    };
    let outcome = met(&stage, &edited(&server, end));
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("mtls-enforced")
        .stands(FAILED, "not-ready", 1);
}

/// Before the server's own ChangeCipherSpec, when our turn is over: OpenSSL and GnuTLS hang up, whether
/// they show a certificate or not.
#[test]
fn a_farewell_and_then_more() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).tls12().start();
    let leave: Edit = |_, record| {
        if record == CHANGE {
            [&[21, 3, 3, 0, 2, 1, 0][..], CHANGE].concat()
        } else {
            record
        }
    };
    let outcome = met(&stage, &edited(&server, leave));
    let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
    assert_eq!(args["detail"], "close-notify", "{outcome}");
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("mtls-enforced")
        .stands(FAILED, "not-ready", 1);
    // Where nothing follows, it is the refusal that it says.
    let end: Edit = |_, record| {
        let is_change = record == CHANGE;
        if is_change {
            vec![21, 3, 3, 0, 2, 1, 0]
        } else {
            record
        }
    };
    let refusing = stage.server().tls12().start();
    met(&stage, &edited(&refusing, end)).lacks("tls-handshake-failed");
}

/// The first few connections are reset, whatever is said; the next ones are served.
#[test]
fn resets_at_the_first_few_connections_only() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    for harm in [Harm::Reset(0), Harm::Close(0)] {
        for which in [(|number| number <= 3) as fn(usize) -> bool, |number| {
            number <= 4
        }] {
            met(&stage, &between(&server, which, harm))
                .shows("federation", "tls-unsteady", "warn")
                .shows("federation", "sip-answered", "info")
                .lacks("tls-closed")
                .stands(WARNED, "ready-with-warnings", 0);
        }
    }
}

/// A server that takes one connection at a time serves whoever comes one after the other: that is told, and
/// it is not for want of a server name.
#[test]
fn a_second_connection_at_a_time_is_cut_off() {
    let stage = Stage::new();
    let server = stage.server().start();
    for harm in [Harm::Reset(0), Harm::Close(0)] {
        let outcome = met(&stage, &between(&server, |number| number == 2, harm));
        outcome
            .shows("federation", "tls-unsteady", "warn")
            .lacks("tls-needs-server-name")
            .stands(WARNED, "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!((&args["how"], &args["made"]), (&"beside".into(), &4.into()));
    }
}

/// Those that were lost did not name the server: by chance, for others that did not were served, or others
/// that did were lost, too.
#[test]
fn chance_is_not_taken_for_a_choice_by_name() {
    let stage = Stage::new();
    let server = stage.server().start();
    let which: [fn(usize) -> bool; 3] = [
        |number| matches!(number, 2 | 3),
        |number| matches!(number, 2 | 3 | 5),
        |number| matches!(number, 2 | 3 | 5 | 6),
    ];
    for which in which {
        let between = between(&server, which, Harm::Reset(0));
        met(&stage, &between)
            .shows("federation", "tls-unsteady", "warn")
            .lacks("tls-needs-server-name")
            .stands(WARNED, "ready-with-warnings", 0);
        assert!(between.connections() <= 7);
    }
}

/// Some are reset so soon that the client sees it when it connects: they were accepted all the same.
#[test]
fn a_reset_before_a_word_is_no_closed_port() {
    let stage = Stage::new();
    let server = stage.server().start();
    for _ in 0..8 {
        let first = between(&server, |number| number == 1, Harm::ResetAtOnce);
        met(&stage, &first)
            .shows("federation", "tls-unsteady", "warn")
            .lacks("tcp-refused")
            .stands(WARNED, "ready-with-warnings", 0);
        met(&stage, &between(&server, |_| true, Harm::ResetAtOnce))
            .shows("federation", "tls-closed", "fail")
            .lacks("tcp-refused");
    }
}

/// An alert before anything else is no more than a reset.
#[test]
fn a_second_connection_is_refused_with_an_alert() {
    let stage = Stage::new();
    let server = stage.server().start();
    for alert in [40, 80] {
        let one = between(&server, |number| number == 2, Harm::Alert(alert));
        let outcome = met(&stage, &one);
        outcome.shows("federation", "tls-unsteady", "warn").stands(
            WARNED,
            "ready-with-warnings",
            0,
        );
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!(args["how"], "beside", "{outcome}");
        let two = between(
            &server,
            |number| matches!(number, 2 | 3),
            Harm::Alert(alert),
        );
        let outcome = met(&stage, &two);
        outcome.shows("federation", "tls-unsteady", "warn").stands(
            WARNED,
            "ready-with-warnings",
            0,
        );
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!(args["how"], "refused", "{outcome}");
    }
}

/// The first few TLS connections get no answer, and the one in plain text is cut off: whether the server is
/// silent to everybody is seen by one more.
#[test]
fn only_the_first_few_get_no_answer() {
    let stage = Stage::new();
    let server = stage.server().start();
    let fourth = between(&server, |number| number == 4, Harm::Close(0));
    let outcome = met(
        &stage,
        &between(&fourth, |number| number < 4, Harm::Stall(0)),
    );
    outcome
        .shows("federation", "tls-unsteady", "warn")
        .lacks("tls-silent")
        .stands(WARNED, "ready-with-warnings", 0);
    met(&stage, &between(&server, |_| true, Harm::Stall(0)))
        .shows("federation", "tls-silent", "fail")
        .lacks("tls-unsteady");
}

/// One client at a time is served when the other has gone; whoever is silent long after that is not kept
/// waiting.
#[test]
fn a_second_connection_that_is_silent_to_its_end() {
    let stage = Stage::new();
    let server = stage.server().start();
    let between = between(&server, |number| number == 2, Harm::Stall(0));
    let run = stage.check().connect_to(&between);
    run.args(&["--timeout", "3s"])
        .run()
        .shows("federation", "tls-unsteady", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// What those that were lost had in common is no cause, where one like them is served afterwards.
#[test]
fn chance_is_not_taken_for_a_want_of_curves() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = met(
        &stage,
        &between(&server, |number| (2..=4).contains(&number), Harm::Reset(0)),
    );
    outcome
        .shows("federation", "tls-unsteady", "warn")
        .lacks("tls-worse-for-windows")
        .stands(WARNED, "ready-with-warnings", 0);
    let silent = between(&server, |number| matches!(number, 2 | 3), Harm::Stall(0));
    met(&stage, &silent)
        .lacks("tls-needs-server-name")
        .lacks("tls-worse-for-windows");
}

/// Each that was lost is counted, one that was asked again as well.
#[test]
fn all_that_were_lost_are_counted() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = met(
        &stage,
        &between(&server, |number| number <= 2, Harm::Reset(0)),
    );
    let args = &outcome.finding("federation", "tls-unsteady")["args"];
    assert_eq!(args["lost"], 2, "{outcome}");
}
