//! Partners that do not name the server (SNI), at servers that choose by the name: the second connection
//! to each address is made like theirs.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::{ClientAuth, Raw, Refused, Server, Sip, balancer, by_name, router};

const WARNED: &str = "pass pass pass pass pass warn";
const FAILED: &str = "pass pass pass pass pass fail";

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

#[track_caller]
fn warned<'a>(outcome: &'a Outcome, how: &str) -> &'a serde_json::Value {
    outcome
        .shows("federation", "tls-needs-server-name", "warn")
        .lacks("tls-unsteady")
        .lacks("tls-worse-for-windows")
        .lacks("cert-differs-by-connection")
        .lacks("cert-other-for-windows")
        .stands(WARNED, "ready-with-warnings", 0);
    let args = &outcome.finding("federation", "tls-needs-server-name")["args"];
    assert_eq!(args["how"], how, "{outcome}");
    args
}

#[test]
fn without_the_name_it_is_refused() {
    let stage = Stage::new();
    for server in [stage.server(), stage.server().tls12()] {
        let server = server.start();
        for (refusal, how) in [
            (Refused::Alert(112), "alert"),
            (Refused::Alert(40), "alert"),
            (Refused::Close, "closed"),
            (Refused::Reset, "closed"),
            (Refused::Silence, "silent"),
        ] {
            warned(&met(&stage, &by_name(Some(&server), None, refusal)), how);
        }
    }
    let server = stage.server().start();
    let web = Server::raw(Raw::BytesThenClose(
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ));
    let args = met(&stage, &by_name(Some(&server), Some(&web), Refused::Close));
    assert_eq!(warned(&args, "plain")["detail"], "HTTP/1.1 400 Bad Request");
}

#[test]
fn without_the_name_another_certificate_is_shown() {
    let stage = Stage::new();
    let stranger = Stage::new();
    let certificate = |name| stage.authority.certificate(name).rsa();
    for (identity, code) in [
        (certificate("www.zahnfee.de").issue(), "cert-name-mismatch"),
        (certificate(FQDN).valid(-100, -3).issue(), "cert-expired"),
        (stranger.identity(), "cert-chain-incomplete"),
    ] {
        let server = stage.server().without_sni(identity).start();
        let outcome = met(&stage, &server);
        let codes = &warned(&outcome, "other")["codes"];
        let codes = codes.as_array().expect("a list");
        assert!(codes.contains(&code.into()), "{codes:?}");
    }
    // One that is right as well is nothing to tell.
    let server = stage.server().without_sni(stage.identity()).start();
    met(&stage, &server).stands(ALL_PASS, "ready", 0);
}

#[test]
fn without_the_name_another_program_answers() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    for (other, code) in [
        (server().sip(Sip::Http), "sip-not-sip"),
        (server().client_auth(ClientAuth::Off), "mtls-not-requested"),
    ] {
        let (named, other) = (server().start(), other.start());
        let outcome = met(&stage, &by_name(Some(&named), Some(&other), Refused::Close));
        assert_eq!(
            warned(&outcome, "other")["codes"],
            serde_json::json!([code]),
            "{outcome}"
        );
    }
}

/// Windows names the server, so it does not get in: that is a failure, whatever others meet.
#[test]
fn with_the_name_it_is_refused() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = met(&stage, &by_name(None, Some(&server), Refused::Alert(112)));
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("tls-needs-server-name");
}

/// Turns are turns, and cost no more connections than before.
#[test]
fn turns_are_not_taken_for_a_choice_by_name() {
    let stage = Stage::new();
    let expired = stage.authority.certificate(FQDN).rsa().valid(-100, -3);
    let (first, second) = (stage.server().start(), demanding(expired.issue()).start());
    let between = balancer(&[&first, &second]);
    let outcome = met(&stage, &between);
    outcome
        .shows("certificate", "cert-differs-by-connection", "fail")
        .lacks("tls-needs-server-name");
    assert_eq!(between.connections(), 3, "{outcome}");
}

/// Nobody gets in who names the server, and so hardly any partner.
#[test]
fn whoever_names_it_is_cut_off() {
    let stage = Stage::new();
    let server = stage.server().start();
    for refusal in [Refused::Close, Refused::Reset] {
        let outcome = met(&stage, &by_name(None, Some(&server), refusal));
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .lacks("tls-closed")
            .lacks("tls-unsteady")
            .stands(FAILED, "not-ready", 1);
        let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
        assert_eq!(
            (&args["how"], &args["detail"]),
            (&"unborne".into(), &"server-name".into()),
            "{outcome}"
        );
    }
}

/// A router by name has nothing for this name, or what it leads to is dead: no certificate is at fault.
#[test]
fn only_another_name_is_served() {
    let stage = Stage::new();
    let other = "xphone.caries.de";
    let server = demanding(stage.authority.certificate(other).rsa().issue()).start();
    let outcome = met(&stage, &router(&[(other.to_owned(), &server)]));
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("cert-name-mismatch")
        .stands("pass pass pass pass skip fail", "not-ready", 1);
    let finding = outcome.finding("federation", "tls-handshake-failed");
    assert_eq!(finding["args"]["how"], "unserved", "{outcome}");
    let fix = finding["fix"].to_string();
    assert!(fix.contains("On the load balancer or proxy"), "{fix}");
    assert!(!fix.contains("Order"), "{fix}");
}

/// Who names it is shown another one now and then, and who does not as well.
#[test]
fn turns_are_not_taken_for_a_wrong_choice() {
    let stage = Stage::new();
    let other = stage.authority.certificate("www.zahnfee.de").rsa();
    let (other, right) = (demanding(other.issue()).start(), stage.server().start());
    let outcome = met(&stage, &balancer(&[&other, &right]));
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .lacks("tls-needs-server-name");
    let args = &outcome.finding("certificate", "cert-name-mismatch")["args"];
    assert_ne!(args["without_sni"], "right", "{outcome}");
}
