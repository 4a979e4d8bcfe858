//! Servers that choose by the name of the server (SNI), and lose some connections: what only those met that
//! did not name it is told as that, and what is lost as lost.

use crate::stage::{FQDN, Outcome, Stage, demanding};
use crate::world::{
    ClientAuth, Harm, Identity, Refused, Server, Sip, balancer, between, by_name, by_version,
    without_tls12,
};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const OPEN: &str = "pass pass pass pass pass unknown";

const EVEN: fn(usize) -> bool = |number| number.is_multiple_of(2);
const FOURTH: fn(usize) -> bool = |number| number == 4;

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

/// What whoever does not name the server may be shown, and why it is wrong.
fn others(stage: &Stage) -> [(Identity, &'static str); 3] {
    let certificate = |name| stage.authority.certificate(name).rsa();
    [
        (certificate("www.zahnfee.de").issue(), "cert-name-mismatch"),
        (certificate(FQDN).valid(-100, -3).issue(), "cert-expired"),
        (certificate(FQDN).self_signed().issue(), "cert-self-signed"),
    ]
}

/// It is by the name, and by nothing else.
#[track_caller]
fn by_the_name(outcome: &Outcome, how: &str, unsteady: &str) -> Vec<String> {
    outcome
        .shows("federation", "tls-needs-server-name", "warn")
        .shows("federation", "tls-unsteady", unsteady)
        .lacks("cert-differs-by-connection")
        .lacks("cert-other-for-windows")
        .lacks("tls-worse-for-windows")
        .lacks("tls-handshake-failed");
    match unsteady {
        "warn" => outcome.stands(WARNED, "ready-with-warnings", 0),
        _ => outcome.stands(OPEN, "inconclusive", 3),
    };
    let args = &outcome.finding("federation", "tls-needs-server-name")["args"];
    assert_eq!(args["how"], how, "{outcome}");
    let unsteady = &outcome.finding("federation", "tls-unsteady")["args"];
    for code in unsteady["codes"].as_array().expect("a list") {
        assert!(["tls-closed", "tls-silent"].contains(&code.as_str().expect("a code")));
    }
    let codes = args["codes"].as_array().expect("a list").iter();
    codes
        .map(|code| code.as_str().expect("a code").to_owned())
        .collect()
}

/// Nobody who names it was seen again: what becomes of partners is not known.
#[test]
fn the_first_few_are_served() {
    let stage = Stage::new();
    let most: [fn(usize) -> bool; 2] = [|number| number > 2, |number| number > 3];
    for (other, code) in others(&stage) {
        let server = stage.server().without_sni(other).start();
        for which in most {
            for harm in [Harm::Reset(0), Harm::Close(0), Harm::Stall(0)] {
                let outcome = met(&stage, &between(&server, which, harm));
                let codes = by_the_name(&outcome, "other", "unknown");
                assert!(codes.contains(&code.to_owned()), "{codes:?}");
            }
        }
    }
}

/// Those that are served show that the name makes the difference.
#[test]
fn every_second_one_or_a_single_one_is_lost() {
    let stage = Stage::new();
    for (other, code) in others(&stage) {
        let server = stage.server().without_sni(other).start();
        for which in [EVEN, FOURTH] {
            for harm in [Harm::Reset(0), Harm::Close(0), Harm::Stall(0)] {
                let outcome = met(&stage, &between(&server, which, harm));
                let codes = by_the_name(&outcome, "other", "warn");
                assert!(codes.contains(&code.to_owned()), "{codes:?}");
            }
        }
    }
}

#[test]
fn another_program_answers_without_the_name() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let named = server().start();
    for (other, code) in [
        (server().sip(Sip::Http), "sip-not-sip"),
        (server().client_auth(ClientAuth::Off), "mtls-not-requested"),
    ] {
        let other = other.start();
        let chosen = by_name(Some(&named), Some(&other), Refused::Close);
        for (which, unsteady, is_even) in [
            ((|number| number > 2) as fn(usize) -> bool, "unknown", false),
            (|number| number > 3, "unknown", false),
            (EVEN, "warn", true),
            (FOURTH, "warn", false),
        ] {
            let outcome = met(&stage, &between(&chosen, which, Harm::Reset(0)));
            // OPTIONS is not asked again where the first one without the name was lost.
            if is_even && code == "sip-not-sip" {
                outcome.shows("federation", "tls-unsteady", "warn").stands(
                    WARNED,
                    "ready-with-warnings",
                    0,
                );
                continue;
            }
            assert_eq!(by_the_name(&outcome, "other", unsteady), [code]);
        }
    }
}

#[test]
fn it_is_refused_without_the_name() {
    let stage = Stage::new();
    let server = stage.server().start();
    let chosen = by_name(Some(&server), None, Refused::Alert(112));
    for (which, unsteady) in [
        ((|number| number > 2) as fn(usize) -> bool, "unknown"),
        (|number| number > 3, "unknown"),
        (|number| number > 4, "warn"),
        (EVEN, "warn"),
        (FOURTH, "warn"),
        (|number| number == 5, "warn"),
    ] {
        let outcome = met(&stage, &between(&chosen, which, Harm::Reset(0)));
        by_the_name(&outcome, "alert", unsteady);
    }
}

/// What is lost each time is no loss: whoever names it as Windows does is turned away.
#[test]
fn windows_is_turned_away_beside_it() {
    let stage = Stage::new();
    let other = stage.authority.certificate("www.zahnfee.de").rsa();
    let (server, other) = (stage.server().start(), demanding(other.issue()).start());
    let named = without_tls12(&server, Refused::Reset);
    let outcome = met(&stage, &by_name(Some(&named), Some(&other), Refused::Close));
    outcome
        .shows("federation", "tls-worse-for-windows", "fail")
        .shows("federation", "tls-needs-server-name", "warn")
        .lacks("cert-other-for-windows")
        .stands(FAILED, "not-ready", 1);
}

/// By the version, though the one connection that would have shown it was lost.
#[test]
fn a_choice_by_the_version_is_not_taken_for_one_by_the_name() {
    let stage = Stage::new();
    let other = stage.authority.certificate("www.zahnfee.de").rsa();
    let (server, other) = (stage.server().start(), demanding(other.issue()).start());
    let outcome = met(
        &stage,
        &between(&by_version(&server, &other), FOURTH, Harm::Reset(0)),
    );
    outcome
        .shows("certificate", "cert-other-for-windows", "fail")
        .lacks("tls-needs-server-name");
}

/// Three that take turns: a dead one, and one with the wrong certificate.
#[test]
fn turns_with_a_dead_one_are_not_taken_for_a_choice_by_name() {
    let stage = Stage::new();
    let other = stage.authority.certificate("www.zahnfee.de").rsa();
    let (right, wrong) = (stage.server().start(), demanding(other.issue()).start());
    let dead = between(&right, |_| true, Harm::Reset(0));
    for turns in [[&right, &dead, &wrong], [&right, &wrong, &dead]] {
        met(&stage, &balancer(&turns))
            .shows("certificate", "cert-differs-by-connection", "fail")
            .lacks("tls-needs-server-name");
    }
}
