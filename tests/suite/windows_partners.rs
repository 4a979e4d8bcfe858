//! What partners on Windows Server 2016 meet, who are most of the field: TLS 1.2 with AES, the curves of
//! NIST and signatures without PSS. The second connection to each address is made like theirs.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::{
    Act, ClientAuth, Edit, Harm, Identity, Methods, Raw, Refused, Server, Sip, balancer, between,
    by_version, edited, without_resumption, without_tls12,
};

const FEDERATION: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const OPEN: &str = "pass pass pass pass pass unknown";
const CERTIFICATE: &str = "pass pass pass pass fail pass";

const REFUSALS: [(Refused, &str); 5] = [
    (Refused::Alert(70), "alert"),
    (Refused::Alert(40), "alert"),
    (Refused::Close, "closed"),
    (Refused::Reset, "closed"),
    (Refused::Silence, "silent"),
];

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"]).run()
}

#[track_caller]
fn turned_away(outcome: &Outcome, how: &str, what: &str) {
    outcome
        .shows("federation", "tls-worse-for-windows", "fail")
        .lacks("tls-unsteady")
        .lacks("cert-differs-by-connection")
        .stands(FEDERATION, "not-ready", 1);
    let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
    assert_eq!(
        (&args["how"], &args["what"]),
        (&how.into(), &what.into()),
        "{outcome}"
    );
}

#[test]
fn a_server_of_tls_13_only() {
    let stage = Stage::new();
    turned_away(
        &met(&stage, &stage.server().tls13().start()),
        "alert",
        "version",
    );
    let open = Server::tls(stage.identity()).tls13();
    turned_away(&met(&stage, &open.start()), "alert", "version");
}

/// A load balancer or an inspection in front that does not bear TLS 1.2.
#[test]
fn a_hello_in_tls_12_is_refused() {
    let stage = Stage::new();
    let server = stage.server().start();
    for (refusal, how) in REFUSALS {
        turned_away(
            &met(&stage, &without_tls12(&server, refusal)),
            how,
            "version",
        );
    }
}

/// Our own server may be newer than that.
#[test]
fn to_one_partner_it_is_a_warning() {
    let stage = Stage::new();
    let server = stage.server().tls13().start();
    stage
        .check()
        .connect_to(&server)
        .arg("--partner")
        .run()
        .shows("federation", "tls-worse-for-windows", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

fn two_faced(stage: &Stage, old: &Server) -> Outcome {
    let new = stage.server().start();
    met(stage, &by_version(&new, old))
}

#[test]
fn another_certificate_in_tls_12() {
    let stage = Stage::new();
    let stranger = Stage::new();
    let certificate = |name| stage.authority.certificate(name).rsa();
    let showing = |identity: Identity| {
        let old = demanding(identity).start();
        two_faced(&stage, &old)
    };
    for (identity, what) in [
        (certificate(FQDN).valid(-100, -3).issue(), "expired"),
        (certificate("www.zahnfee.de").issue(), "name"),
        (stranger.identity(), "untrusted"),
        (
            certificate(FQDN).without_intermediate().issue(),
            "incomplete",
        ),
    ] {
        let outcome = showing(identity);
        outcome
            .shows("certificate", "cert-other-for-windows", "fail")
            .lacks("cert-differs-by-connection")
            .lacks("tls-unsteady")
            .stands(CERTIFICATE, "not-ready", 1);
        let args = &outcome.finding("certificate", "cert-other-for-windows")["args"];
        assert_eq!(args["what"], what, "{outcome}");
    }
    // One that is right as well is nothing to tell.
    showing(stage.identity())
        .lacks("cert-differs-by-connection")
        .stands(ALL_PASS, "ready", 0);
}

/// Java and others send a warning about the name before they answer: they are met twice as well.
#[test]
fn a_warning_before_the_answer_hides_nothing() {
    let stage = Stage::new();
    let warned: Edit = |number, record| {
        let warning: &[u8] = if number == 1 {
            &[21, 3, 3, 0, 2, 1, 112]
        } else {
            &[]
        };
        [warning, &record].concat()
    };
    for server in [stage.server(), stage.server().tls12()] {
        let server = server.start();
        let between = edited(&server, warned);
        met(&stage, &between).stands(ALL_PASS, "ready", 0);
        assert_eq!(between.connections(), 3);
    }
    let expired = stage.authority.certificate(FQDN).rsa().valid(-100, -3);
    let old = demanding(expired.issue()).tls12().start();
    let new = stage.server().start();
    let outcome = met(&stage, &by_version(&edited(&new, warned), &old));
    outcome
        .shows("certificate", "cert-other-for-windows", "fail")
        .stands(CERTIFICATE, "not-ready", 1);
}

#[test]
fn another_program_in_tls_12() {
    let stage = Stage::new();
    let server = || Server::tls(stage.identity());
    for (old, code, severity) in [
        (server().sip(Sip::Http), "sip-not-sip", "fail"),
        (
            server().client_auth(ClientAuth::Off),
            "mtls-not-requested",
            "warn",
        ),
    ] {
        let outcome = met(&stage, &by_version(&server().start(), &old.start()));
        outcome
            .shows("federation", "tls-worse-for-windows", severity)
            .lacks("tls-unsteady");
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert_eq!(args["how"], "other", "{outcome}");
        assert_eq!(args["codes"], serde_json::json!([code]), "{outcome}");
    }
}

/// What was chosen in TLS 1.2 is named, and weighs by who has it.
#[test]
fn methods_that_windows_2016_has_not() {
    let stage = Stage::new();
    for (methods, what, severity) in [
        (Methods::ChaCha, "suite", "fail"),
        (Methods::X25519, "curve", "warn"),
        (Methods::Pss, "signature", "warn"),
    ] {
        for server in [stage.server(), stage.server().tls12()] {
            let outcome = met(&stage, &server.only(methods).start());
            outcome.shows("federation", "tls-worse-for-windows", severity);
            let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
            assert_eq!(args["what"], what, "{outcome}");
        }
    }
}

/// One rule for what is left of TLS 1.2, whether there is TLS 1.3 beside it (here) or not (`old_tls`):
/// what every Windows Server offers last gets those in.
#[test]
fn what_windows_offers_last_is_a_warning() {
    let stage = Stage::new();
    for (suite, how, what, severity) in [
        // RSA key exchange with AES-CBC and AES-GCM, DHE with AES-GCM.
        (0x002f, "last", "last", "warn"),
        (0x009d, "last", "last", "warn"),
        (0x009e, "last", "last", "warn"),
        // DHE with AES-CBC, and 3DES.
        (0x0033, "alert", "suite", "fail"),
        (0x000a, "alert", "suite", "fail"),
    ] {
        let old = Server::old(stage.identity(), 0x0303, &[suite]).start();
        let outcome = two_faced(&stage, &old);
        outcome
            .shows("federation", "tls-worse-for-windows", severity)
            .lacks("tls-no-common-cipher");
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert_eq!((&args["how"], &args["what"]), (&how.into(), &what.into()));
    }
}

/// Windows has it behind AES-GCM, and GnuTLS and others no more: as where there is no TLS 1.3 beside it.
#[test]
fn cbc_only_in_tls_12_is_a_warning() {
    let stage = Stage::new();
    for suite in [0xc013, 0xc014, 0xc027] {
        let old = Server::old(stage.identity(), 0x0303, &[suite]).start();
        let outcome = two_faced(&stage, &old);
        outcome
            .shows("federation", "tls-worse-for-windows", "warn")
            .lacks("tls-unsteady")
            .stands(WARNED, "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert_eq!(args["how"], "cbc", "{outcome}");
    }
}

/// In TLS 1.2 the server asks for a client certificate, and fails for having none: it may be so for each,
/// or not. A refusal for want of one is no matter, and neither is one by chance.
#[test]
fn an_error_without_a_reason_in_tls_12() {
    let stage = Stage::new();
    let open = Server::tls(stage.identity()).tls12().start();
    let after = |alert| {
        let acts = vec![Act::Record(21, vec![2, alert])];
        let server = Server::tls(stage.identity()).tls12();
        server.sip(Sip::Acts(acts)).start()
    };
    for (alert, turns_away, name) in [
        (80, ends_with::<80> as Edit, "internal_error (80)"),
        (71, ends_with::<71>, "insufficient_security (71)"),
    ] {
        for old in [edited(&open, turns_away), after(alert)] {
            let outcome = two_faced(&stage, &old);
            outcome
                .shows("federation", "tls-worse-for-windows", "unknown")
                .lacks("tls-unsteady")
                .stands(OPEN, "inconclusive", 3);
            let finding = outcome.finding("federation", "tls-worse-for-windows");
            assert_eq!(finding["args"]["how"], "undecided", "{outcome}");
            assert_eq!(finding["args"]["detail"], name, "{outcome}");
            assert!(finding["fix"].to_string().contains("--client-cert"));
        }
    }
    two_faced(&stage, &edited(&open, ends_with::<40>)).stands(ALL_PASS, "ready", 0);
    let broken = edited(&open, ends_with::<80>);
    let once = balancer(&[&broken, &open, &open, &open]);
    two_faced(&stage, &once).stands(ALL_PASS, "ready", 0);
}

/// Upon the client's turn in TLS 1.2, in place of NewSessionTicket and ChangeCipherSpec.
fn ends_with<const ALERT: u8>(_: usize, record: Vec<u8>) -> Vec<u8> {
    match record[..] {
        [22, _, _, _, _, 4, ..] | [20, ..] => vec![21, 3, 3, 0, 2, 2, ALERT],
        // Finished, by AES-GCM or ChaCha20.
        [22, _, _, 0, 40 | 32, ..] => Vec::new(),
        _ => record,
    }
}

/// What says that something else is wrong is a failure, each time; so is silence.
#[test]
fn a_handshake_that_breaks_in_tls_12() {
    let stage = Stage::new();
    let open = Server::tls(stage.identity()).tls12().start();
    let refuses = edited(&open, ends_with::<51>);
    let stalls = between(&open, |_| true, Harm::Stall(100));
    for old in [&refuses, &stalls] {
        two_faced(&stage, old)
            .shows("federation", "tls-worse-for-windows", "fail")
            .lacks("tls-unsteady")
            .stands(FEDERATION, "not-ready", 1);
    }
}

/// What only comes slowly comes, and a longer limit would show it.
#[test]
fn a_handshake_that_is_slow_in_tls_12() {
    let stage = Stage::new();
    let open = Server::tls(stage.identity()).tls12().start();
    let slow = between(&open, |_| true, Harm::Trickle);
    let outcome = two_faced(&stage, &slow);
    outcome
        .shows("federation", "tls-worse-for-windows", "unknown")
        .stands(OPEN, "inconclusive", 3);
    let finding = outcome.finding("federation", "tls-worse-for-windows");
    assert_eq!(finding["args"]["how"], "slow", "{outcome}");
    assert!(finding["fix"].to_string().contains("--timeout"));
}

/// So is an answer that begins late: the limit is ours.
#[test]
fn an_answer_that_is_late_in_tls_12() {
    let stage = Stage::new();
    let late = Server::tls(stage.identity()).tls12();
    let late = late.delay(std::time::Duration::from_millis(2400)).start();
    let prompt = stage.server().start();
    let server = by_version(&prompt, &late);
    let run = stage.check().connect_to(&server);
    let outcome = run.args(&["--timeout", "2s"]).run();
    outcome
        .shows("federation", "tls-worse-for-windows", "unknown")
        .stands(OPEN, "inconclusive", 3);
    let finding = outcome.finding("federation", "tls-worse-for-windows");
    assert_eq!(finding["args"]["how"], "slow", "{outcome}");
    assert!(finding["fix"].to_string().contains("--timeout"));
}

#[test]
fn a_short_prime_in_tls_12() {
    let stage = Stage::new();
    for (bits, how, what, severity) in [
        (768, "alert", "prime", "fail"),
        (1024, "last", "last", "warn"),
    ] {
        let old = Server::old(stage.identity(), 0x0303, &[0x009e]).prime(bits);
        let outcome = two_faced(&stage, &old.start());
        outcome.shows("federation", "tls-worse-for-windows", severity);
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert_eq!((&args["how"], &args["what"]), (&how.into(), &what.into()));
    }
}

/// What came is said, not that nothing did.
#[test]
fn plain_text_for_an_offer_in_tls_12() {
    let stage = Stage::new();
    let web = Raw::BytesThenClose(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let outcome = two_faced(&stage, &Server::raw(web));
    turned_away(&outcome, "plain", "version");
    let message = &outcome.finding("federation", "tls-worse-for-windows")["message"];
    assert!(message.to_string().contains("HTTP/1.1 400"), "{message}");
}

/// A server that resets at once may take its answer back; another connection has heard it.
#[test]
fn an_answer_that_a_reset_took_away() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let reset = || server().sip(Sip::Reset).start();
    for (sip, code, severity) in [
        (Sip::Http, "sip-not-sip", "fail"),
        (
            Sip::Status(503, "Service Unavailable"),
            "sip-unavailable",
            "warn",
        ),
    ] {
        for is_old_reset in [false, true] {
            let answering = server().sip(sip.clone()).start();
            let outcome = if is_old_reset {
                met(&stage, &by_version(&answering, &reset()))
            } else {
                met(&stage, &by_version(&reset(), &answering))
            };
            outcome
                .shows("federation", code, severity)
                .lacks("mtls-enforced")
                .lacks("tls-unsteady")
                .lacks("tls-worse-for-windows");
        }
    }
    // What was said well takes nothing back.
    let answering = server().start();
    met(&stage, &by_version(&reset(), &answering)).stands(ALL_PASS, "ready", 0);
}

/// Some servers ask for the client certificate only after the handshake of TLS 1.3.
#[test]
fn a_demand_in_tls_12_only() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = || Server::tls(identity.clone());
    let old = server().start();
    for (sip, excused) in [
        (Sip::Close, Some("later")),
        (Sip::Reset, Some("later")),
        (Sip::Ok, None),
    ] {
        let new = server().client_auth(ClientAuth::Off).sip(sip);
        let outcome = met(&stage, &by_version(&new.start(), &old));
        outcome
            .shows("federation", "mtls-not-requested", "warn")
            .lacks("tls-unsteady")
            .lacks("tls-worse-for-windows")
            .stands(WARNED, "ready-with-warnings", 0);
        let finding = outcome.finding("federation", "mtls-not-requested");
        assert_eq!(finding["args"]["how"], "tls12", "{outcome}");
        let Some(excused) = excused else {
            outcome.lacks("sip-not-answered");
            continue;
        };
        let finding = outcome.finding("federation", "sip-not-answered");
        assert_eq!(finding["args"]["excused"], excused, "{outcome}");
    }
}

/// AES-GCM with the curves of NIST and PKCS #1 is all that it takes; nothing else is asked.
#[test]
fn a_healthy_server_is_met_three_times() {
    let stage = Stage::new();
    for server in [stage.server(), stage.server().tls12()] {
        let server = server.start();
        met(&stage, &server).stands(ALL_PASS, "ready", 0);
        assert_eq!(server.connections(), 3);
    }
}

/// Nothing is carried over from one connection to the next: how a server fares with sessions that it has
/// forgotten is no matter of this.
#[test]
fn no_session_is_taken_up_again() {
    let stage = Stage::new();
    for server in [
        stage.server(),
        stage.server().tls12(),
        Server::tls(stage.identity()),
    ] {
        let server = server.start();
        met(&stage, &without_resumption(&server)).stands(ALL_PASS, "ready", 0);
    }
}

/// What another program lacks in TLS 1.2 is no matter.
#[test]
fn a_web_server_in_tls_13_is_one() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).tls13().sip(Sip::Http);
    met(&stage, &server.start())
        .shows("federation", "sip-not-sip", "fail")
        .lacks("tls-worse-for-windows")
        .stands(FEDERATION, "not-ready", 1);
}

/// That SIP says it is out of service is no reason why TLS 1.2 is turned away.
#[test]
fn a_refusal_stands_beside_another_fault() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).sip(Sip::Status(503, "Service Unavailable"));
    let server = server.start();
    for refusal in [
        Refused::Alert(40),
        Refused::Alert(80),
        Refused::Close,
        Refused::Reset,
    ] {
        met(&stage, &without_tls12(&server, refusal))
            .shows("federation", "sip-unavailable", "warn")
            .shows("federation", "tls-worse-for-windows", "fail")
            .lacks("tls-unsteady")
            .stands("pass pass pass pass pass fail", "not-ready", 1);
    }
}
