//! Why a handshake failed: told only where it is proven, in the words of what was seen, and with a fix
//! that follows from it.

use std::time::Duration;

use crate::stage::{ALL_PASS, Outcome, Run, Stage, demanding, file};
use crate::world::server::Tls;
use crate::world::{Act, ClientAuth, Harm, Identity, Old, Raw, Server, Sip, between};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const OPEN: &str = "pass pass pass pass pass unknown";
const NO_CERTIFICATE: &str = "pass pass pass pass skip fail";

const ECDHE_RSA_AES_GCM: u16 = 0xc02f;
const ECDHE_ECDSA_AES_GCM: u16 = 0xc02b;
const AES_128_CCM: u16 = 0x1304;
const AES_128_GCM: u16 = 0x1301;
const SECP521R1: u16 = 25;

fn check(stage: &Stage, server: &Server) -> Run {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "800ms"])
}

fn met(stage: &Stage, server: &Server) -> Outcome {
    check(stage, server).run()
}

fn failed(outcome: &Outcome) -> &serde_json::Value {
    outcome.finding("federation", "tls-handshake-failed")
}

fn message(finding: &serde_json::Value) -> &str {
    finding["message"].as_str().expect("it says something")
}

fn fix(finding: &serde_json::Value) -> &str {
    finding["fix"].as_str().expect("there is something to do")
}

/// No word of what was not seen, and no advice that nothing asks for.
#[track_caller]
fn says_nothing_of_suites(outcome: &Outcome) {
    let steps = outcome.report()["steps"].to_string();
    for untrue in ["TLS_ECDHE", "TLS 1.2 in Windows", "SSL Cipher Suite Order"] {
        assert!(!steps.contains(untrue), "{untrue}: {outcome}");
    }
}

#[test]
fn a_server_that_answers_only_some_connections() {
    let stage = Stage::new();
    let good = || Server::tls(stage.identity());
    for harm in [Harm::Reset(0), Harm::Close(0)] {
        for which in [(|number| number == 1) as fn(usize) -> bool, |number| {
            number % 2 == 1
        }] {
            let server = good().start();
            let between = between(&server, which, harm);
            let outcome = met(&stage, &between);
            outcome
                .shows("federation", "tls-unsteady", "warn")
                .shows("federation", "sip-answered", "info")
                .lacks("tls-no-common-cipher")
                .stands(WARNED, "ready-with-warnings", 0);
            says_nothing_of_suites(&outcome);
            assert!(between.connections() <= 5, "{outcome}");
        }
    }
}

/// Where no handshake came to its end, nobody knows.
#[test]
fn a_server_that_answers_the_wrong_connections() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    for harm in [Harm::Close(0), Harm::Stall(0)] {
        let between = between(&server, |number| number == 1 || number > 3, harm);
        let outcome = met(&stage, &between);
        outcome
            .shows("federation", "tls-unsteady", "unknown")
            .lacks("tls-no-common-cipher")
            .stands(OPEN, "inconclusive", 3);
        says_nothing_of_suites(&outcome);
    }
}

/// One that always hangs up is no unsteady one.
#[test]
fn a_server_that_always_hangs_up_is_closed() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    let between = between(&server, |_| true, Harm::Close(0));
    met(&stage, &between)
        .shows("federation", "tls-closed", "fail")
        .lacks("tls-unsteady")
        .stands(NO_CERTIFICATE, "not-ready", 1);
}

#[test]
fn what_is_not_in_common_in_tls_13_is_told() {
    let stage = Stage::new();
    for (suite, group, what, words) in [
        (AES_128_GCM, SECP521R1, "modern-group", "ECC Curve Order"),
        (AES_128_CCM, 29, "modern-suite", "TLS_AES_256_GCM_SHA384"),
        (
            AES_128_CCM,
            SECP521R1,
            "modern-both",
            "SSL Cipher Suite Order",
        ),
    ] {
        let server = Server::old(stage.identity(), 0x0304, &[suite]).group(group);
        let server = server.start();
        let outcome = met(&stage, &server);
        let finding = outcome.finding("federation", "tls-no-common-cipher");
        assert_eq!(finding["args"]["what"], what, "{outcome}");
        assert_eq!(finding["args"]["version"], "TLS 1.3");
        assert!(!fix(finding).contains("switch on TLS 1.2"), "{finding}");
        let _ = words;
        outcome
            .lacks("mtls-not-requested")
            .stands(NO_CERTIFICATE, "not-ready", 1);
        let seen = outcome.step("federation")["summary"].to_string();
        assert!(!seen.contains("no client certificate"), "{seen}");
        assert!(server.connections() <= 4);
    }
}

/// What the server would take is what it was offered: then its alert stands for itself.
#[test]
fn an_alert_without_a_difference_is_told_as_itself() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = Server::old(identity, 0x0304, &[AES_128_GCM]).start();
    // It wants a key that it was given: our own side refuses that.
    let outcome = met(&stage, &server);
    outcome
        .lacks("tls-no-common-cipher")
        .shows("federation", "tls-handshake-failed", "fail")
        .stands(NO_CERTIFICATE, "not-ready", 1);
    assert_eq!(failed(&outcome)["args"]["how"], "misbehaved", "{outcome}");
    says_nothing_of_suites(&outcome);
}

/// The fix for a group speaks of groups: the suite is in use already.
#[test]
fn a_group_is_no_suite() {
    let stage = Stage::new();
    let server = Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]).group(SECP521R1);
    let outcome = met(&stage, &server.start());
    let finding = outcome.finding("federation", "tls-no-common-cipher");
    assert_eq!(finding["args"]["what"], "group");
    assert!(fix(finding).contains("ECC Curve Order"), "{finding}");
    assert!(!fix(finding).contains("TLS_ECDHE"), "{finding}");
}

/// Every alert of RFC 8446 has words and a fix of its own, in both languages, and none switches on
/// what nobody has seen to be off.
#[test]
fn each_alert_has_its_own_words_and_fix() {
    let stage = Stage::new();
    let alerts = [
        10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 90, 109, 110, 112,
        113, 115, 116, 120,
    ];
    let mut seen = std::collections::BTreeSet::new();
    for alert in alerts {
        let server = Server::raw(Raw::Alert(2, alert));
        let outcome = met(&stage, &server);
        outcome.stands(NO_CERTIFICATE, "not-ready", 1);
        let finding = failed(&outcome);
        let words = message(finding)
            .split(',')
            .nth(1)
            .expect("words")
            .to_owned();
        assert!(seen.insert(words), "{alert}: {}", message(finding));
        assert!(
            seen.insert(fix(finding).to_owned()),
            "{alert}: {}",
            fix(finding)
        );
        let switches_on = fix(finding).contains("switch on TLS 1.2");
        assert_eq!(switches_on, alert == 70, "{}", fix(finding));
    }
    let german = check(&stage, &Server::raw(Raw::Alert(2, 112)))
        .args(&["--lang", "de"])
        .run();
    assert!(message(failed(&german)).contains("Servernamen"), "{german}");
}

/// Those of other standards are named as those name them, and what nobody registered by its number.
#[test]
fn an_alert_of_another_standard_has_its_name() {
    let stage = Stage::new();
    for (alert, name) in [
        (21, "decryption_failed (21)"),
        (30, "decompression_failure (30)"),
        (60, "export_restriction (60)"),
        (100, "no_renegotiation (100)"),
        (111, "certificate_unobtainable (111)"),
        (114, "bad_certificate_hash_value (114)"),
        (121, "ech_required (121)"),
        (99, "alert 99,"),
        (255, "alert 255,"),
    ] {
        let outcome = met(&stage, &Server::raw(Raw::Alert(2, alert)));
        let told = message(failed(&outcome));
        assert!(told.contains(name), "{told}");
        assert!(
            !told.contains("registered") && !told.contains("unassigned"),
            "{told}"
        );
    }
}

#[test]
fn a_warning_that_nothing_follows_is_named() {
    let stage = Stage::new();
    let warning = Raw::Bytes(vec![21, 3, 3, 0, 2, 1, 112]);
    let outcome = met(&stage, &Server::raw(warning));
    let finding = failed(&outcome);
    assert_eq!(finding["args"]["how"], "warned", "{outcome}");
    assert!(
        message(finding).contains("unrecognized_name (112)"),
        "{finding}"
    );
    outcome
        .lacks("tls-silent")
        .stands(NO_CERTIFICATE, "not-ready", 1);
}

/// Before the server's certificate was whole: the network, or what stands in between.
#[test]
fn words_that_break_off_have_their_own_fix() {
    let stage = Stage::new();
    for (server, at) in [(stage.server().tls12(), 700), (stage.server(), 1000)] {
        let server = server.start();
        let stalled = met(&stage, &between(&server, |_| true, Harm::Stall(at)));
        let finding = failed(&stalled);
        assert!(fix(finding).contains("MSS"), "{finding}");
        assert!(
            message(finding).contains(&format!("{at} bytes")),
            "{finding}"
        );
        let closed = met(&stage, &between(&server, |_| true, Harm::Close(at)));
        for outcome in [&stalled, &closed] {
            says_nothing_of_suites(outcome);
            assert!(!fix(failed(outcome)).contains("TLS 1.2"), "{outcome}");
            outcome.lacks("mtls-enforced").lacks("tls-no-common-cipher");
            assert_eq!(outcome.code, 1);
        }
    }
}

/// A limit in seconds is named, and how to wait longer.
#[test]
fn our_patience_is_named() {
    let stage = Stage::new();
    let outcome = met(&stage, &Server::raw(Raw::Silent));
    let finding = outcome.finding("federation", "tls-silent");
    assert!(message(finding).contains("800ms"), "{finding}");
    assert!(fix(finding).contains("--timeout"), "{finding}");
    let server = Server::tls(stage.identity()).sip(Sip::Silent).start();
    let outcome = met(&stage, &server);
    let finding = outcome.finding("federation", "sip-not-answered");
    assert!(message(finding).contains("--timeout"), "{finding}");
}

/// Seven seconds are more than the five that are waited for, and less than ten.
#[test]
fn a_slow_server_is_waited_for_where_that_is_wanted() {
    let stage = Stage::new();
    let server = || {
        let tls = demanding(stage.identity()).tls12();
        tls.delay(Duration::from_secs(7)).start()
    };
    let outcome = {
        let server = server();
        stage.check().connect_to(&server).run()
    };
    let finding = outcome.finding("federation", "tls-silent");
    assert!(message(finding).contains("for 5s"), "{finding}");
    assert!(fix(finding).contains("--timeout"), "{finding}");
    assert_eq!(outcome.code, 1);
    let server = server();
    let run = stage.check().connect_to(&server);
    let outcome = run.args(&["--timeout", "10s", "--deadline", "60s"]).run();
    outcome.lacks("tls-silent");
    outcome.shows("federation", "mtls-enforced", "info");
    assert_eq!(outcome.code, 0, "{outcome}");
}

/// A chain of more than 64 KiB: our own limit, which is no fault of the server's.
#[test]
fn what_is_too_long_for_us_could_not_be_tested() {
    let stage = Stage::new();
    let mut identity = stage.identity();
    let issuer = identity.chain[1].clone();
    identity.chain.extend(std::iter::repeat_n(issuer, 180));
    let long_chain = |server: Tls| server.start();
    for server in [
        long_chain(Server::tls(identity.clone())),
        long_chain(Server::tls(identity).tls12()),
    ] {
        let outcome = met(&stage, &server);
        outcome
            .shows("federation", "tls-over-limit", "unknown")
            .lacks("tls-handshake-failed")
            .lacks("tls-no-common-cipher");
        let finding = outcome.finding("federation", "tls-over-limit");
        assert_eq!(finding["args"]["what"], "certificates", "{outcome}");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // The certificate was read by hand.
        assert_ne!(outcome.step("certificate")["status"], "skip", "{outcome}");
    }
}

#[test]
fn a_long_list_of_authorities_is_cut() {
    let stage = Stage::new();
    // CN=…, in DER.
    let name = |number: usize| {
        let text = format!(
            "Authority number {number}, named at great length {}",
            "x".repeat(70)
        );
        let length = |length: usize| u8::try_from(length).expect("short");
        let tagged = |tag, content: &[u8]| [&[tag, length(content.len())][..], content].concat();
        let attribute = [&[6, 3, 0x55, 4, 3][..], &tagged(12, text.as_bytes())].concat();
        tagged(0x30, &tagged(0x31, &tagged(0x30, &attribute)))
    };
    let asking = |count| {
        let names = (0..count).map(name).collect();
        let server = Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]).ends_with(40);
        met(&stage, &server.authorities(names).start())
    };
    let outcome = asking(181);
    let finding = outcome.finding("federation", "mtls-enforced");
    assert_eq!(finding["args"]["more"], 178, "{outcome}");
    assert!(message(finding).len() < 1000, "{finding}");
    // As many as a message can hold are too many for our library, and that is our limit.
    let outcome = asking(500);
    outcome
        .shows("federation", "tls-over-limit", "unknown")
        .stands(OPEN, "inconclusive", 3);
    let finding = outcome.finding("federation", "tls-over-limit");
    assert_eq!(finding["args"]["what"], "authorities", "{outcome}");
}

/// Where a client certificate was demanded and xfed has none, an alert that gives no reason may mean
/// that: partners show one. One that says what is wrong with what was sent does not, and neither does
/// any where none was demanded.
#[test]
fn an_alert_without_a_reason_proves_nothing_without_a_client_certificate() {
    let stage = Stage::new();
    let old = || Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]);
    let after = |alert| {
        let acts = vec![Act::Record(21, vec![2, alert])];
        Server::tls(stage.identity()).sip(Sip::Acts(acts))
    };
    for (alert, name) in [(80, "internal_error"), (71, "insufficient_security")] {
        // In the handshake, and after it.
        let outcome = met(&stage, &old().ends_with(alert).start());
        outcome.shows("federation", "tls-handshake-failed", "unknown");
        for server in [after(alert).start(), after(alert).tls12().start()] {
            let outcome = met(&stage, &server);
            outcome
                .shows("federation", "tls-handshake-failed", "unknown")
                .stands(OPEN, "inconclusive", 3);
            let finding = failed(&outcome);
            let (says, mends) = (message(finding), fix(finding));
            assert!(says.contains(name), "{finding}");
            assert!(says.contains("no client certificate"), "{finding}");
            assert!(mends.contains("--client-cert"), "{finding}");
        }
        for server in [
            old().no_client_auth().ends_with(alert).start(),
            after(alert).client_auth(ClientAuth::Off).start(),
        ] {
            let outcome = met(&stage, &server);
            outcome.shows("federation", "tls-handshake-failed", "fail");
            assert_eq!(outcome.code, 1, "{outcome}");
            assert!(!fix(failed(&outcome)).contains("--client-cert"));
        }
    }
    for alert in [10, 20, 47, 51] {
        for server in [old().ends_with(alert).start(), after(alert).start()] {
            let outcome = met(&stage, &server);
            outcome.shows("federation", "tls-handshake-failed", "fail");
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    }
}

/// Somebody else's certificate, with a signature that its key cannot make, or with none that fits.
#[test]
fn a_proof_that_was_not_given_is_none() {
    let stage = Stage::new();
    let rsa = stage.identity();
    let ec = stage.authority.certificate("xphone.zahnfee.de").issue();
    let old = |identity: &Identity, suite| -> Old {
        Server::old(identity.clone(), 0x0303, &[suite]).ends_with(42)
    };
    // The suite that fits the signature, and the certificate that does not.
    for (server, scheme) in [
        (old(&ec, ECDHE_RSA_AES_GCM), 0x0804),
        (old(&ec, ECDHE_RSA_AES_GCM), 0x0401),
        (old(&ec, ECDHE_ECDSA_AES_GCM), 0x0403),
        (old(&rsa, ECDHE_RSA_AES_GCM), 0x0804),
        (old(&rsa, ECDHE_ECDSA_AES_GCM), 0x0403),
        (old(&rsa, ECDHE_ECDSA_AES_GCM), 0x0807),
    ] {
        let outcome = met(&stage, &server.claims(scheme).start());
        outcome.shows("federation", "tls-handshake-failed", "fail");
        assert_eq!(failed(&outcome)["args"]["how"], "key", "{outcome}");
        outcome.stands(FAILED, "not-ready", 1);
    }
    // With the proof, the same refusal is what is expected.
    let outcome = met(&stage, &old(&rsa, ECDHE_RSA_AES_GCM).start());
    outcome
        .shows("federation", "mtls-enforced", "info")
        .lacks("tls-handshake-failed")
        .lacks("tls-key-unproven");
}

/// Also where the handshake is only seen by hand: TLS 1.2 with what Windows offers.
#[test]
fn a_proof_by_hand_counts_and_its_absence_too() {
    const ECDHE_RSA_AES_CBC: u16 = 0xc027;
    let stage = Stage::new();
    let old = || Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_CBC]);
    met(&stage, &old().start())
        .shows("federation", "tls-no-common-cipher", "warn")
        .lacks("tls-key-unproven")
        .stands(WARNED, "ready-with-warnings", 0);
    let outcome = met(&stage, &old().claims(0x0804).start());
    assert_eq!(failed(&outcome)["args"]["how"], "key", "{outcome}");
    // A scheme that nobody here knows.
    met(&stage, &old().claims(0x0a0a).start())
        .shows("federation", "tls-key-unproven", "unknown")
        .stands(OPEN, "inconclusive", 3);
}

#[test]
fn a_healthy_server_is_still_ready() {
    let stage = Stage::new();
    for server in [
        stage.server().tls12(),
        stage.server(),
        Server::tls(stage.identity()),
    ] {
        met(&stage, &server.start()).stands(ALL_PASS, "ready", 0);
    }
}

/// A client certificate was shown: alerts about it say that it is refused, those without a reason leave it
/// open, and all others are about something else.
#[test]
fn an_alert_upon_a_client_certificate_is_about_it_or_not() {
    let stage = Stage::new();
    let client = stage.authority.certificate("client.example").rsa().issue();
    let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
    let after = |alert| {
        let acts = vec![Act::Record(21, vec![2, alert])];
        Server::tls(stage.identity()).sip(Sip::Acts(acts))
    };
    for (alert, code, severity, exit) in [
        (42, "mtls-certificate-refused", "warn", 0),
        (48, "mtls-certificate-refused", "warn", 0),
        (51, "mtls-certificate-refused", "warn", 0),
        (80, "tls-handshake-failed", "unknown", 3),
        (71, "tls-handshake-failed", "unknown", 3),
        (10, "tls-handshake-failed", "fail", 1),
        (20, "tls-handshake-failed", "fail", 1),
        (47, "tls-handshake-failed", "fail", 1),
        (110, "tls-handshake-failed", "fail", 1),
    ] {
        let met = |server: &Server| {
            let run = check(&stage, server).arg("--client-cert");
            let run = run.arg(certificate.path()).arg("--client-key");
            run.arg(key.path()).run()
        };
        // In the handshake, and after it.
        let old = Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]);
        met(&old.ends_with(alert).start()).shows("federation", code, severity);
        for server in [after(alert).tls12().start(), after(alert).start()] {
            let outcome = met(&server);
            outcome.shows("federation", code, severity);
            assert_eq!(outcome.code, exit, "{alert}: {outcome}");
            if exit == 3 {
                let finding = failed(&outcome);
                assert_eq!(finding["args"]["excuse"], "certificate", "{finding}");
                assert!(fix(finding).contains("another client certificate"));
            }
        }
    }
}
