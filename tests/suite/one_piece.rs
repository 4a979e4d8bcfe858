//! What a server says right behind its last words of the handshake means the same, whether it arrives with
//! them or later.

use std::time::Duration;

use crate::stage::{ALL_PASS, Outcome, Run, Stage, file};
use crate::world::server::{Farewell, Tls};
use crate::world::{ClientAuth, Server, by_version};

const WARNED: &str = "pass pass pass pass pass warn";

const CLOSE_NOTIFY: [u8; 2] = [1, 0];

/// To whoever shows no certificate, at once and later.
fn farewells(alert: [u8; 2]) -> [Farewell; 2] {
    [Duration::ZERO, Duration::from_millis(300)].map(|after| Farewell {
        alert,
        after,
        to_all: false,
    })
}

fn server(stage: &Stage) -> Tls {
    Server::tls(stage.identity())
}

fn check(stage: &Stage, server: &Server) -> Run {
    stage.check().connect_to(server)
}

fn with_certificate(run: Run, stage: &Stage) -> Outcome {
    let client = stage.authority.certificate("client.example").issue();
    let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
    let run = run.arg("--client-cert").arg(certificate.path());
    run.arg("--client-key").arg(key.path()).run()
}

/// How the client was turned away, as the finding has it.
fn how(outcome: &Outcome, code: &str) -> String {
    let how = &outcome.finding("federation", code)["args"]["how"];
    how.as_str().expect("a name").to_owned()
}

/// So do nginx as a TCP proxy, HAProxy and Node.js in TLS 1.2, and all servers in TLS 1.3.
#[test]
fn whoever_shows_no_certificate_is_turned_away_for_that() {
    let stage = Stage::new();
    for (alert, expected) in [
        (CLOSE_NOTIFY, "closed"),
        ([2, 40], "handshake_failure (40)"),
        ([2, 42], "bad_certificate (42)"),
        ([2, 48], "unknown_ca (48)"),
        ([2, 116], "certificate_required (116)"),
    ] {
        for farewell in farewells(alert) {
            for server in [server(&stage).tls12(), server(&stage)] {
                let server = server.farewell(farewell).start();
                let outcome = check(&stage, &server).run();
                outcome
                    .shows("federation", "mtls-enforced", "info")
                    .lacks("tls-unsteady")
                    .stands(ALL_PASS, "ready", 0);
                assert_eq!(how(&outcome, "mtls-enforced"), expected, "{farewell:?}");
            }
        }
    }
}

/// And whoever shows one is served by the same server.
#[test]
fn a_certificate_that_is_taken() {
    let stage = Stage::new();
    for alert in [CLOSE_NOTIFY, [2, 42], [2, 116]] {
        let [at_once, _] = farewells(alert);
        for server in [server(&stage).tls12(), server(&stage)] {
            let server = server.farewell(at_once).start();
            with_certificate(check(&stage, &server), &stage)
                .shows("federation", "sip-answered", "info")
                .stands(ALL_PASS, "ready", 0);
        }
    }
}

#[test]
fn a_certificate_that_is_refused() {
    let stage = Stage::new();
    for (alert, expected) in [
        ([2, 40], "handshake_failure (40)"),
        ([2, 42], "bad_certificate (42)"),
        ([2, 48], "unknown_ca (48)"),
    ] {
        for farewell in farewells(alert) {
            for server in [server(&stage).tls12(), server(&stage)] {
                let to_all = true;
                let farewell = Farewell { to_all, ..farewell };
                let server = server.farewell(farewell).start();
                let outcome = with_certificate(check(&stage, &server), &stage);
                outcome
                    .shows("federation", "mtls-certificate-refused", "warn")
                    .lacks("tls-unsteady")
                    .lacks("tls-worse-for-windows")
                    .stands(WARNED, "ready-with-warnings", 0);
                let told = how(&outcome, "mtls-certificate-refused");
                assert_eq!(told, expected, "{farewell:?}");
            }
        }
    }
}

/// A proxy that ends TLS, and nobody behind it.
#[test]
fn a_dead_service_behind_a_proxy() {
    let stage = Stage::new();
    for farewell in farewells(CLOSE_NOTIFY) {
        for server in [server(&stage).tls12(), server(&stage)] {
            let server = server.client_auth(ClientAuth::Off).farewell(farewell);
            let outcome = check(&stage, &server.start()).run();
            outcome
                .shows("federation", "sip-not-answered", "warn")
                .shows("federation", "mtls-not-requested", "warn")
                .stands(WARNED, "ready-with-warnings", 0);
            assert_eq!(how(&outcome, "sip-not-answered"), "closed", "{farewell:?}");
        }
    }
}

/// Whoever comes in TLS 1.3 is answered without a certificate: what TLS 1.2 ends for is not known.
#[test]
fn an_end_in_tls12_only() {
    let stage = Stage::new();
    let new = server(&stage).start();
    for farewell in farewells(CLOSE_NOTIFY) {
        let old = server(&stage).tls12().farewell(farewell).start();
        let outcome = check(&stage, &by_version(&new, &old)).run();
        outcome
            .shows("federation", "tls-worse-for-windows", "unknown")
            .lacks("tls-unsteady")
            .stands("pass pass pass pass pass unknown", "inconclusive", 3);
        assert_eq!(how(&outcome, "tls-worse-for-windows"), "undecided");
    }
}
