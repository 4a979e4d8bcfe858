//! Servers that do not bear what hellos of partners have: the hellos of this program have it, too.

use crate::stage::{ALL_PASS, Outcome, Stage};
use crate::world::{
    ClientAuth, Harm, HelloPart, Methods, Raw, Refused, Server, Sip, between, leading_away,
    turning_away,
};

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

/// OpenSSL 3.5 and later, whose hello has 1556 bytes, get no handshake; those with a shorter one do. Where
/// nothing of the kind is wrong, two connections are enough.
#[test]
fn it_has_to_be_in_one_segment() {
    let stage = Stage::new();
    for (refusal, how) in [
        (Refused::Alert(50), "alert"),
        (Refused::Close, "closed"),
        (Refused::Reset, "closed"),
        (Refused::Silence, "silent"),
    ] {
        let outcome = met(&stage, HelloPart::SecondSegment, refusal);
        outcome
            .shows("federation", "tls-refuses-long-hello", "warn")
            .shows("federation", "mtls-enforced", "info")
            .lacks("tls-unsteady")
            .lacks("tls-worse-for-windows")
            .stands(WARNED, "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "tls-refuses-long-hello")["args"];
        assert_eq!(args["how"], how, "{outcome}");
    }
    let server = stage.server().start();
    stage.meets(&server).stands(ALL_PASS, "ready", 0);
    assert_eq!(server.connections(), 3);
}

/// Only the hello that comes first of its kind is lost: that is chance, and no matter of its length.
#[test]
fn a_lost_connection_is_no_matter_of_length() {
    let stage = Stage::new();
    let server = stage.server().start();
    for lost in [
        |number| number == 2,
        |number: usize| number.is_multiple_of(2),
    ] {
        let between = between(&server, lost, Harm::Close(0));
        let run = stage.check().connect_to(&between);
        run.args(&["--timeout", "800ms"])
            .run()
            .shows("federation", "tls-unsteady", "warn")
            .lacks("tls-refuses-long-hello");
    }
}

/// As whoever knows TLS 1.3 does, OpenSSL 3 and GnuTLS among them; older Windows is served.
#[test]
fn the_versions_are_named_in_an_extension() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    for refusal in REFUSALS {
        let between = turning_away(&server, HelloPart::SupportedVersions, refusal);
        let run = stage.check().connect_to(&between);
        let outcome = run.args(&["--timeout", "1600ms"]).run();
        named(&outcome, "supported-versions", "fail");
        outcome.stands(FAILED, "not-ready", 1);
        assert!(between.connections() <= 14, "{outcome}");
    }
}

/// Windows Server 2016 has no signatures with PSS; later ones, OpenSSL and GnuTLS get no handshake.
#[test]
fn more_than_windows_2016_has_is_turned_away() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    for refusal in [Refused::Alert(40), Refused::Close, Refused::Reset] {
        let between = turning_away(&server, HelloPart::Pss, refusal);
        let outcome = stage.meets(&between);
        named(&outcome, "newer", "fail");
        outcome.stands(FAILED, "not-ready", 1);
        assert!(between.connections() <= 14, "{outcome}");
    }
}

/// Windows has no more than twenty suites and three curves, and CBC among them: it gets in, where neither
/// the widest hello nor one without CBC does.
#[test]
fn windows_gets_in_with_a_shorter_hello() {
    let stage = Stage::new();
    let server = Server::old(stage.identity(), 0x0303, &[0xc027]).start();
    for part in [HelloPart::Suites, HelloPart::P521] {
        for refusal in [Refused::Alert(40), Refused::Close, Refused::Reset] {
            let outcome = stage.meets(&turning_away(&server, part, refusal));
            outcome
                .shows("federation", "tls-no-common-cipher", "warn")
                .lacks("tls-handshake-failed")
                .lacks("tls-closed")
                .stands(WARNED, "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
            assert_eq!(args["reach"], "some", "{outcome}");
        }
    }
    // The program's own hello has neither.
    for part in [HelloPart::Suites, HelloPart::P521] {
        met(&stage, part, Refused::Close).stands(ALL_PASS, "ready", 0);
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

/// OpenSSL up to version 3 has it, Windows and GnuTLS have an extension for the same.
#[test]
fn the_signal_for_secure_renegotiation_is_turned_away() {
    let stage = Stage::new();
    for refusal in [Refused::Alert(40), Refused::Close, Refused::Reset] {
        let outcome = met(&stage, HelloPart::Signal, refusal);
        named(&outcome, "renegotiation-signal", "warn");
        outcome.stands(WARNED, "ready-with-warnings", 0);
    }
}

/// Whoever has it offers TLS 1.3; others are served.
#[test]
fn a_suite_of_tls_13_is_turned_away() {
    let stage = Stage::new();
    for refusal in [Refused::Alert(40), Refused::Close, Refused::Reset] {
        let outcome = met(&stage, HelloPart::ModernSuite, refusal);
        outcome
            .shows("federation", "tls-refuses-modern", "fail")
            .lacks("tls-unsteady")
            .stands(FAILED, "not-ready", 1);
    }
}

/// Tunnels that lose packets of full size, and the ICMP that would tell of it. The hellos of the first two
/// connections are short.
#[test]
fn packets_of_full_size_are_lost() {
    let stage = Stage::new();
    for server in [stage.server(), stage.server().tls12()] {
        let server = server.start();
        let between = turning_away(&server, HelloPart::FullPacket, Refused::Silence);
        let run = stage.check().connect_to(&between);
        let outcome = run.args(&["--timeout", "800ms"]).run();
        outcome
            .shows("federation", "tls-refuses-long-hello", "unknown")
            .lacks("tls-unsteady")
            .lacks("tls-worse-for-windows")
            .stands("pass pass pass pass pass unknown", "inconclusive", 3);
        let args = &outcome.finding("federation", "tls-refuses-long-hello")["args"];
        assert_eq!(args["how"], "full-size", "{outcome}");
    }
}

/// Whoever hangs up on a long hello loses no packet.
#[test]
fn a_long_hello_is_cut_off_where_it_comes_at_once() {
    let stage = Stage::new();
    for (refusal, how) in [(Refused::Alert(50), "alert"), (Refused::Close, "closed")] {
        let outcome = met(&stage, HelloPart::FullPacket, refusal);
        outcome
            .shows("federation", "tls-refuses-long-hello", "warn")
            .stands(WARNED, "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "tls-refuses-long-hello")["args"];
        assert_eq!(args["how"], how, "{outcome}");
    }
}

/// Windows offers suites that the program's own hello has not, as it could not go on with them. A server that
/// chooses one and fails with it turns nearly everybody away: OpenSSL and GnuTLS offer DHE, too. That is no
/// matter of the length in which they come.
#[test]
fn a_suite_of_windows_makes_the_server_fail() {
    let stage = Stage::new();
    let server = stage.server().start();
    for (part, what) in [(HelloPart::Dhe, "dhe"), (HelloPart::Cbc, "suites")] {
        for (refusal, detail) in [
            (Refused::Alert(80), "internal_error (80)"),
            (Refused::Alert(40), "handshake_failure (40)"),
            (Refused::Close, "none"),
        ] {
            let outcome = stage.meets(&turning_away(&server, part, refusal));
            outcome
                .shows("federation", "tls-worse-for-windows", "fail")
                .shows("federation", "mtls-enforced", "info")
                .lacks("tls-refuses-long-hello")
                .lacks("tls-unsteady")
                .stands(FAILED, "not-ready", 1);
            let finding = outcome.finding("federation", "tls-worse-for-windows");
            let args = &finding["args"];
            assert_eq!(
                (&args["how"], &args["what"], &args["detail"]),
                (&"offer".into(), &what.into(), &detail.into()),
                "{outcome}"
            );
            assert!(finding["fix"].to_string().contains("TLS_DHE_"), "{finding}");
        }
    }
}

/// A router by server name that reads the first packet only, and leads what is longer to its default.
#[test]
fn a_long_hello_is_led_to_somebody_else() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = Server::tls(identity.clone()).start();
    let certificate = |name| stage.authority.certificate(name).rsa();
    let other = "www.zahnfee.de";
    let open = |identity| Server::tls(identity).client_auth(ClientAuth::Off).start();
    for (default, certified, code) in [
        (
            open(certificate(other).issue()),
            Some(other),
            "cert-name-mismatch",
        ),
        (
            open(certificate("lb01").self_signed().issue()),
            Some("lb01"),
            "cert-self-signed",
        ),
        (
            Server::tls(identity.clone()).sip(Sip::Http).start(),
            None,
            "sip-not-sip",
        ),
    ] {
        let outcome = stage.meets(&leading_away(&server, HelloPart::FullPacket, &default));
        outcome
            .shows("federation", "tls-refuses-long-hello", "warn")
            .lacks("cert-differs-by-connection")
            .lacks("tls-unsteady")
            .lacks("tls-worse-for-windows")
            .stands(WARNED, "ready-with-warnings", 0);
        let finding = outcome.finding("federation", "tls-refuses-long-hello");
        let args = &finding["args"];
        assert_eq!(args["how"], "other", "{outcome}");
        let named = Vec::from_iter(certified);
        assert_eq!(args["certified"], serde_json::json!(named), "{outcome}");
        assert!(args["codes"].to_string().contains(code), "{outcome}");
        let message = finding["message"].to_string();
        assert!(
            message.contains(certified.unwrap_or("the same")),
            "{message}"
        );
    }
    let plain = Server::raw(Raw::BytesThenClose(
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ));
    let outcome = stage.meets(&leading_away(&server, HelloPart::FullPacket, &plain));
    outcome.stands(WARNED, "ready-with-warnings", 0);
    let args = &outcome.finding("federation", "tls-refuses-long-hello")["args"];
    assert_eq!(args["how"], "plain", "{outcome}");
    // One that is right as well is nothing to tell.
    let right = Server::tls(stage.identity()).start();
    stage
        .meets(&leading_away(&server, HelloPart::FullPacket, &right))
        .stands(ALL_PASS, "ready", 0);
}

/// Once is chance, and no matter of what it offers or how long it is.
#[test]
fn a_long_hello_that_is_lost_once_is_chance() {
    let stage = Stage::new();
    let server = stage.server().start();
    let between = between(&server, |number| number == 3, Harm::Alert(80));
    stage
        .meets(&between)
        .shows("federation", "tls-unsteady", "warn")
        .lacks("tls-refuses-long-hello")
        .lacks("tls-worse-for-windows")
        .stands(WARNED, "ready-with-warnings", 0);
}
