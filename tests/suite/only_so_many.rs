//! Servers that serve so many connections of one address and no more: what those that came too late meet is
//! no property of the server.

use crate::stage::{Outcome, Stage};
use crate::world::server::{Methods, Tls};
use crate::world::{Harm, Raw, Refused, Server, between, without_tls12};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const OPEN: &str = "pass pass pass pass pass unknown";

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

/// The finding's arguments.
fn args<'a>(outcome: &'a Outcome, code: &str) -> &'a serde_json::Value {
    &outcome.finding("federation", code)["args"]
}

fn x25519(stage: &Stage) -> Tls {
    Server::tls(stage.identity()).tls12().only(Methods::X25519)
}

/// Served alone, with a warning: it has one curve.
#[test]
fn a_curve_that_takes_more_looks() {
    let stage = Stage::new();
    let server = x25519(&stage).start();
    let alone = met(&stage, &server);
    alone.stands(WARNED, "ready-with-warnings", 0);
    assert_eq!(args(&alone, "tls-worse-for-windows")["how"], "curve");
    let most: [fn(usize) -> bool; 5] = [
        |number| number > 1,
        |number| number > 2,
        |number| number > 3,
        |number| number > 4,
        |number| number > 5,
    ];
    for (at, which) in most.into_iter().enumerate() {
        for harm in [Harm::Reset(0), Harm::Close(0)] {
            let outcome = met(&stage, &between(&server, which, harm));
            outcome
                .shows("federation", "tls-unsteady", "warn")
                .shows("federation", "sip-answered", "info")
                .lacks("tls-worse-for-windows")
                .lacks("tls-needs-server-name")
                .stands(WARNED, "ready-with-warnings", 0);
            assert!(
                ["mute", "refused"].contains(
                    &args(&outcome, "tls-unsteady")["how"]
                        .as_str()
                        .expect("a key")
                ),
                "{} served: {outcome}",
                at + 1
            );
        }
    }
}

/// Whoever was served in TLS 1.2 is not told to switch it on.
#[test]
fn what_was_served_in_tls12_speaks_it() {
    let stage = Stage::new();
    for (server, what) in [
        (Server::tls(stage.identity()).tls12(), "unknown"),
        (Server::tls(stage.identity()).tls13(), "version"),
    ] {
        // Serves whoever offers TLS 1.3 as well, and nobody else.
        let server = server.start();
        let outcome = met(&stage, &without_tls12(&server, Refused::Alert(70)));
        outcome
            .shows("federation", "tls-worse-for-windows", "fail")
            .stands(FAILED, "not-ready", 1);
        assert_eq!(args(&outcome, "tls-worse-for-windows")["what"], what);
    }
}

/// Served once in TLS 1.3: nobody knows whether TLS 1.2 is spoken, as most partners need it.
#[test]
fn one_connection_in_tls13() {
    let stage = Stage::new();
    for server in [
        Server::tls(stage.identity()),
        Server::tls(stage.identity()).tls13(),
    ] {
        let server = server.start();
        for harm in [Harm::Reset(0), Harm::Close(0), Harm::Stall(0)] {
            let outcome = met(&stage, &between(&server, |number| number > 1, harm));
            outcome
                .shows("federation", "tls-unsteady", "unknown")
                .stands(OPEN, "inconclusive", 3);
        }
    }
    // In TLS 1.2 it is as most partners come.
    let server = Server::tls(stage.identity()).tls12().start();
    let limited = between(&server, |number| number > 1, Harm::Reset(0));
    met(&stage, &limited)
        .shows("federation", "tls-unsteady", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// Served in TLS 1.2, with what Windows has not: nothing that it could use was seen.
#[test]
fn one_connection_with_chacha20() {
    let stage = Stage::new();
    for server in [Server::tls(stage.identity()), stage.server()] {
        served_with_chacha20(&stage, &server.tls12().only(Methods::ChaCha).start());
    }
}

fn served_with_chacha20(stage: &Stage, server: &Server) {
    met(stage, server)
        .shows("federation", "tls-worse-for-windows", "fail")
        .stands(FAILED, "not-ready", 1);
    let most: [fn(usize) -> bool; 4] = [
        |number| number > 1,
        |number| number > 2,
        |number| number > 3,
        |number| number > 4,
    ];
    for which in most {
        for harm in [Harm::Reset(0), Harm::Close(0), Harm::Stall(0)] {
            let outcome = met(stage, &between(server, which, harm));
            outcome.shows("federation", "tls-unsteady", "unknown");
            outcome.stands(OPEN, "inconclusive", 3);
        }
    }
}

/// The first connection is refused for what it lacks, and what that is cannot be asked any more.
#[test]
fn a_refusal_that_cannot_be_looked_into() {
    const ECDHE_WITH_CBC: u16 = 0xc027;
    let stage = Stage::new();
    let server = Server::old(stage.identity(), 0x0303, &[ECDHE_WITH_CBC]).start();
    met(&stage, &server).shows("federation", "tls-no-common-cipher", "warn");
    for harm in [Harm::Reset(0), Harm::Close(0), Harm::Stall(0)] {
        let outcome = met(&stage, &between(&server, |number| number > 1, harm));
        outcome
            .shows("federation", "tls-unsteady", "unknown")
            .lacks("tls-handshake-failed");
        assert_eq!(args(&outcome, "tls-unsteady")["how"], "over", "{outcome}");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    }
    // Whoever is refused each time is refused.
    let server = Server::raw(Raw::Alert(2, 40));
    met(&stage, &server)
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("tls-unsteady");
}

/// A service that had been asleep: our own limit ended the first connection.
#[test]
fn a_first_connection_that_is_late() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = met(
        &stage,
        &between(&server, |number| number == 1, Harm::Stall(0)),
    );
    outcome
        .shows("federation", "tls-unsteady", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
    let finding = outcome.finding("federation", "tls-unsteady");
    assert_eq!(finding["args"]["how"], "late", "{outcome}");
    assert_eq!(finding["args"]["limit"], "800ms", "{outcome}");
    assert!(
        finding["message"].to_string().contains("800ms"),
        "{finding}"
    );
    assert!(
        finding["fix"].to_string().contains("--timeout"),
        "{finding}"
    );
}
