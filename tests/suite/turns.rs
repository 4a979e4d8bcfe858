//! Several servers that take turns behind one address: one connection sees one of them, and partners
//! meet them all.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::{ClientAuth, Identity, Raw, Server, Sip, balancer};

const CERTIFICATE: &str = "pass pass pass pass fail pass";
const FEDERATION: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";

/// A right server has the first turn.
fn met(stage: &Stage, second: &Server) -> Outcome {
    let first = stage.server().start();
    in_turns(stage, &[&first, second])
}

fn in_turns(stage: &Stage, servers: &[&Server]) -> Outcome {
    let between = balancer(servers);
    let run = stage.check().connect_to(&between);
    run.args(&["--timeout", "900ms"]).run()
}

fn showing(stage: &Stage, identity: Identity) -> Outcome {
    met(stage, &demanding(identity).start())
}

#[track_caller]
fn differs(outcome: &Outcome, what: &str, severity: &str) {
    outcome.shows("certificate", "cert-differs-by-connection", severity);
    let args = &outcome.finding("certificate", "cert-differs-by-connection")["args"];
    assert_eq!(args["what"], what, "{outcome}");
    // The second is the first once more.
    assert_eq!((&args["lost"], &args["made"]), (&1.into(), &3.into()));
}

#[test]
fn the_second_one_was_forgotten() {
    let stage = Stage::new();
    let certificate = |name| stage.authority.certificate(name).rsa();
    let stranger = Stage::new();
    let expired = certificate(FQDN).valid(-100, -3).issue();
    for (identity, what) in [
        (expired.clone(), "expired"),
        (certificate("www.zahnfee.de").issue(), "name"),
        (stranger.identity(), "untrusted"),
        (
            certificate(FQDN).without_intermediate().issue(),
            "incomplete",
        ),
    ] {
        let outcome = showing(&stage, identity);
        differs(&outcome, what, "fail");
        outcome.stands(CERTIFICATE, "not-ready", 1);
    }
    // Both are right today; one of them will be forgotten next.
    let outcome = showing(&stage, stage.identity());
    differs(&outcome, "both", "warn");
    outcome.stands("pass pass pass pass warn pass", "ready-with-warnings", 0);
    // The first one is at fault, and a right one is there.
    let (first, second) = (demanding(expired).start(), stage.server().start());
    let outcome = in_turns(&stage, &[&first, &second]);
    differs(&outcome, "right", "warn");
    outcome
        .shows("certificate", "cert-expired", "fail")
        .stands(CERTIFICATE, "not-ready", 1);
}

#[test]
fn the_second_one_is_another_program() {
    let stage = Stage::new();
    let identity = stage.identity();
    let first = || demanding(identity.clone()).start();
    let web = Server::tls(identity.clone()).sip(Sip::Http).start();
    let plain = Server::raw(Raw::BytesThenClose(
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ));
    let old = Server::old(identity.clone(), 0x0301, &[0xc013]).start();
    for (second, code) in [
        (&web, "sip-not-sip"),
        (&plain, "tls-not-spoken"),
        (&old, "tls-handshake-failed"),
    ] {
        let outcome = in_turns(&stage, &[&first(), second]);
        outcome
            .shows("federation", "tls-unsteady", "fail")
            .shows("federation", "mtls-enforced", "info")
            .stands(FEDERATION, "not-ready", 1);
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!(args["how"], "worse", "{outcome}");
        assert_eq!(args["codes"], serde_json::json!([code]), "{outcome}");
    }
}

#[test]
fn the_second_one_says_nothing_or_less() {
    let stage = Stage::new();
    for (raw, how) in [
        (Raw::Close, "mute"),
        (Raw::Reset, "mute"),
        (Raw::Silent, "late"),
    ] {
        let outcome = met(&stage, &Server::raw(raw));
        outcome.shows("federation", "tls-unsteady", "warn").stands(
            WARNED,
            "ready-with-warnings",
            0,
        );
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!(args["how"], how, "{outcome}");
    }
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let busy = server()
        .sip(Sip::Status(503, "Service Unavailable"))
        .start();
    let open = server().client_auth(ClientAuth::Off).start();
    for (second, code) in [(busy, "sip-unavailable"), (open, "mtls-not-requested")] {
        let outcome = in_turns(&stage, &[&server().start(), &second]);
        outcome.shows("federation", "tls-unsteady", "warn").stands(
            WARNED,
            "ready-with-warnings",
            0,
        );
        let args = &outcome.finding("federation", "tls-unsteady")["args"];
        assert_eq!(args["codes"], serde_json::json!([code]), "{outcome}");
    }
}

/// Two that are alike, and one that serves a single client at a time, are nothing to tell.
#[test]
fn what_is_alike_is_ready() {
    let stage = Stage::new();
    let identity = stage.identity();
    let (one, other) = (
        demanding(identity.clone()).start(),
        demanding(identity).start(),
    );
    let outcome = in_turns(&stage, &[&one, &other]);
    outcome
        .lacks("tls-unsteady")
        .lacks("cert-differs-by-connection")
        .stands(ALL_PASS, "ready", 0);
    assert_eq!((one.connections(), other.connections()), (2, 1));
}

/// Four or five right ones but for this one, which has the third turn: its repeat is right.
fn with_a_third(stage: &Stage, third: &Server) -> [Outcome; 2] {
    let right = stage.server().start();
    [vec![&right; 3], vec![&right; 4]].map(|mut servers| {
        servers.insert(2, third);
        in_turns(stage, &servers)
    })
}

#[test]
fn the_third_one_was_forgotten() {
    let stage = Stage::new();
    let certificate = |name| stage.authority.certificate(name).rsa();
    for (identity, what) in [
        (certificate(FQDN).valid(-100, -3).issue(), "expired"),
        (certificate("www.zahnfee.de").issue(), "name"),
        (
            certificate(FQDN).without_intermediate().issue(),
            "incomplete",
        ),
    ] {
        for outcome in with_a_third(&stage, &demanding(identity).start()) {
            outcome
                .shows("certificate", "cert-differs-by-connection", "fail")
                .lacks("cert-other-for-windows")
                .lacks("tls-refuses-long-hello")
                .stands(CERTIFICATE, "not-ready", 1);
            let args = &outcome.finding("certificate", "cert-differs-by-connection")["args"];
            assert_eq!(
                (&args["what"], &args["lost"], &args["made"]),
                (&what.into(), &1.into(), &5.into())
            );
        }
    }
}

#[test]
fn the_third_one_is_another_program() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let web = server().sip(Sip::Http).start();
    let plain = Server::raw(Raw::BytesThenClose(
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ));
    let busy = server()
        .sip(Sip::Status(503, "Service Unavailable"))
        .start();
    let open = server().client_auth(ClientAuth::Off).start();
    for (third, code, severity) in [
        (web, "sip-not-sip", "fail"),
        (plain, "tls-not-spoken", "fail"),
        (busy, "sip-unavailable", "warn"),
        (open, "mtls-not-requested", "warn"),
    ] {
        let right = server().start();
        let outcome = in_turns(&stage, &[&right, &right, &third, &right]);
        outcome
            .shows("federation", "tls-unsteady", severity)
            .lacks("tls-worse-for-windows")
            .lacks("tls-refuses-long-hello");
        if severity == "fail" {
            outcome.stands(FEDERATION, "not-ready", 1);
        } else {
            outcome.stands(WARNED, "ready-with-warnings", 0);
        }
        let codes = outcome.finding("federation", "tls-unsteady")["args"]["codes"].to_string();
        assert!(codes.contains(code), "{outcome}");
    }
}

/// Of three or more, each third connection is lost: that is no matter of the length of its hello.
#[test]
fn the_third_one_is_dead() {
    let stage = Stage::new();
    let right = stage.server().start();
    for (raw, how) in [
        (Raw::Close, "mute"),
        (Raw::Reset, "mute"),
        (Raw::Silent, "late"),
    ] {
        let dead = Server::raw(raw);
        for mut servers in [vec![&right; 2], vec![&right; 3], vec![&right; 4]] {
            servers.insert(2, &dead);
            let outcome = in_turns(&stage, &servers);
            outcome
                .shows("federation", "tls-unsteady", "warn")
                .lacks("tls-refuses-long-hello")
                .lacks("tls-worse-for-windows")
                .stands(WARNED, "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "tls-unsteady")["args"];
            assert_eq!(args["how"], how, "{outcome}");
        }
    }
}

/// The second and the third of four to six: those two connections do not name the server, and the one after
/// them does.
#[test]
fn two_neighbours_are_not_taken_for_a_choice_by_name() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let certificate = |name| stage.authority.certificate(name).rsa();
    let expired = Server::tls(certificate(FQDN).valid(-100, -3).issue()).start();
    let other = Server::tls(certificate("www.zahnfee.de").issue()).start();
    let (differs, unsteady) = ("cert-differs-by-connection", "tls-unsteady");
    let (certificate, federation) = ("certificate", "federation");
    let right = server().start();
    for (wrong, step, code, severity) in [
        (expired, certificate, differs, "fail"),
        (other, certificate, differs, "fail"),
        (
            server().sip(Sip::Http).start(),
            federation,
            unsteady,
            "fail",
        ),
        (
            server().client_auth(ClientAuth::Off).start(),
            federation,
            unsteady,
            "warn",
        ),
        (Server::raw(Raw::Reset), federation, unsteady, "warn"),
        (Server::raw(Raw::Silent), federation, unsteady, "warn"),
    ] {
        for more in 1..=3 {
            let mut servers = vec![&right, &wrong, &wrong];
            servers.extend(vec![&right; more]);
            in_turns(&stage, &servers)
                .shows(step, code, severity)
                .lacks("tls-needs-server-name");
        }
    }
}
