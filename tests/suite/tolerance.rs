//! Handshakes that some libraries bear and others do not: each is told as what it is, and weighs as
//! much as those that are shut out.

use serde_json::json;

use crate::stage::{ALL_PASS, Outcome, Run, Stage};
use crate::world::{
    Edit, Harm, Methods, Refused, Server, between, by_version, edited, without_tls13,
};

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

/// Whether it would have answered after our time is over, nobody knows.
#[test]
fn a_server_that_is_silent_to_tls_13() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    let outcome = met(&stage, &without_tls13(&server, Refused::Silence));
    outcome
        .shows("federation", "tls-refuses-modern", "unknown")
        .lacks("tls-unsteady")
        .stands("pass pass pass pass pass unknown", "inconclusive", 3);
    let finding = outcome.finding("federation", "tls-refuses-modern");
    assert_eq!(finding["args"]["what"], "late", "{outcome}");
    let message = finding["message"].to_string();
    assert!(
        message.contains("800ms") && message.contains("--timeout"),
        "{message}"
    );
}

/// It is not the offer: the server chooses TLS 1.3 itself, and then has no signature for it.
#[test]
fn a_server_without_pss_that_knows_tls_13() {
    let stage = Stage::new();
    let what = |outcome: &Outcome| {
        outcome
            .shows("federation", "tls-refuses-modern", "fail")
            .shows("federation", "mtls-enforced", "info")
            .lacks("tls-handshake-failed")
            .stands(FAILED, "not-ready", 1);
        let finding = outcome.finding("federation", "tls-refuses-modern").clone();
        let is_key = finding["fix"].to_string().contains("Key Storage Provider");
        assert_eq!(is_key, finding["args"]["what"] == "pss", "{finding}");
        finding["args"]["what"].as_str().map(str::to_owned)
    };
    let lacking = || stage.server().only(Methods::Pkcs1);
    // As OpenSSL does it, who finds no signature before the first answer.
    let server = lacking().start();
    let outcome = met(&stage, &without_tls13(&server, Refused::Alert(40)));
    assert_eq!(what(&outcome).as_deref(), Some("pss"), "{outcome}");
    // As rustls does it, behind its ServerHello.
    let outcome = met(&stage, &server);
    assert_eq!(what(&outcome).as_deref(), Some("pss"), "{outcome}");
    // One that knows no TLS 1.3, as on Windows Server 2016, and one that has both: somebody stands before it.
    for server in [lacking().tls12(), stage.server()] {
        let server = server.start();
        for refusal in [Refused::Alert(40), Refused::Close] {
            let outcome = met(&stage, &without_tls13(&server, refusal));
            assert_eq!(what(&outcome).as_deref(), Some("offer"), "{outcome}");
        }
    }
}

/// It would take TLS 1.3, and with another suite or group than anybody offers.
#[test]
fn a_server_that_wants_another_suite_in_tls_13() {
    const AES_128_CCM: u16 = 0x1304;
    const AES_128_GCM: u16 = 0x1301;
    const SECP521R1: u16 = 25;
    let stage = Stage::new();
    let old = stage.server().tls12().start();
    for (suite, group, expected, words) in [
        (AES_128_CCM, 29, "modern-suite", "TLS_AES_256_GCM_SHA384"),
        (AES_128_GCM, SECP521R1, "modern-group", "ECC Curve Order"),
    ] {
        let new = Server::old(stage.identity(), 0x0304, &[suite]).group(group);
        let outcome = met(&stage, &by_version(&new.start(), &old));
        outcome
            .shows("federation", "tls-no-common-cipher", "fail")
            .shows("federation", "mtls-enforced", "info")
            .lacks("tls-refuses-modern")
            .stands(FAILED, "not-ready", 1);
        let finding = outcome.finding("federation", "tls-no-common-cipher");
        assert_eq!(finding["args"]["what"], expected, "{outcome}");
        assert_eq!(finding["args"]["reach"], "older", "{outcome}");
        assert!(finding["fix"].to_string().contains(words), "{finding}");
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
        // encrypt_then_mac and record_size_limit, for which others ask.
        (old().extension(22), "unknown-extension"),
        (old().extension(28), "unknown-extension"),
        // truncated_hmac, cert_type and heartbeat, which nobody has any more.
        (old().extension(4), "unknown-extension"),
        (old().extension(9), "unknown-extension"),
        (old().extension(15), "unknown-extension"),
        // status_request_v2, which OpenSSL and GnuTLS never had.
        (old().extension(17), "unknown-extension"),
        (old().requests_first(), "hello-request"),
    ] {
        let outcome = met(&stage, &server.start());
        assert_eq!(failed(&outcome)["args"]["detail"], breach, "{outcome}");
        outcome
            .shows("federation", "tls-handshake-failed", "warn")
            .lacks("tls-key-unproven")
            .stands(WARNED, "ready-with-warnings", 0);
    }
    // Between its messages, and in a record of its own that is empty.
    let server = Server::tls(stage.identity()).tls12().start();
    for (edit, breach) in [
        (requested as Edit, "hello-request"),
        (with_an_empty_record, "empty-record"),
    ] {
        let outcome = met(&stage, &edited(&server, edit));
        assert_eq!(failed(&outcome)["args"]["detail"], breach, "{outcome}");
        outcome
            .shows("federation", "tls-handshake-failed", "warn")
            .stands(WARNED, "ready-with-warnings", 0);
    }
    // One that everybody knows was not asked for: everybody hangs up.
    let outcome = met(&stage, &old().extension(16).start());
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .stands(FAILED, "not-ready", 1);
}

/// A HelloRequest behind the ServerHello.
fn requested(number: usize, record: Vec<u8>) -> Vec<u8> {
    if number != 1 {
        return record;
    }
    let (hello, rest) = record.split_at(9 + usize::from(record[8]));
    let own = |messages: &[u8]| {
        if messages.is_empty() {
            return Vec::new();
        }
        let [_, _, high, low] = u32::try_from(messages.len()).expect("few").to_be_bytes();
        [&[22, 3, 3, high, low][..], messages].concat()
    };
    [
        own(&hello[5..]),
        vec![22, 3, 3, 0, 4, 0, 0, 0, 0],
        own(rest),
    ]
    .concat()
}

fn with_an_empty_record(number: usize, record: Vec<u8>) -> Vec<u8> {
    if number == 1 {
        [&[22, 3, 3, 0, 0][..], &record].concat()
    } else {
        record
    }
}

/// OpenSSL and GnuTLS hang up on a refusal to negotiate anew that nobody asked for, in each version.
#[test]
fn a_refusal_of_what_nobody_asked_for() {
    let stage = Stage::new();
    let refused: Edit = |number, record| {
        let refusal: &[u8] = if number == 1 {
            &[21, 3, 3, 0, 2, 1, 100]
        } else {
            &[]
        };
        [refusal, &record].concat()
    };
    let server = stage.server().start();
    met(&stage, &edited(&server, refused))
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("tls-worse-for-windows")
        .stands(FAILED, "not-ready", 1);
}

/// A server that serves each second connection, or each third, or all but the first two, is no server
/// that refuses what those had in common that it did not serve.
#[test]
fn who_is_served_by_turns_only() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).start();
    let each_second: fn(usize) -> bool = |number| number % 2 == 1;
    let each_third: fn(usize) -> bool = |number| number % 3 != 0;
    let but_two: fn(usize) -> bool = |number| number < 3;
    for harm in [
        Harm::Stall(0),
        Harm::Reset(0),
        Harm::Close(0),
        Harm::Alert(40),
    ] {
        for which in [each_second, each_third, but_two] {
            let outcome = met(&stage, &between(&server, which, harm));
            outcome
                .shows("federation", "tls-unsteady", "warn")
                .shows("federation", "sip-answered", "info")
                .lacks("tls-refuses-modern")
                .lacks("tls-silent")
                .lacks("tls-closed")
                .stands(WARNED, "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "tls-unsteady")["args"];
            let how = match harm {
                Harm::Alert(_) => "refused",
                Harm::Stall(_) => "late",
                _ => "mute",
            };
            assert_eq!(args["how"], how, "{outcome}");
            assert!(args["lost"].as_u64() > Some(0), "{outcome}");
        }
    }
}

const CHANGE: &[u8] = &[20, 3, 3, 0, 1, 1];

/// In TLS 1.3 the second record is ChangeCipherSpec; in TLS 1.2 it is none here, the records being small.
fn with_changes(number: usize, record: Vec<u8>, more: &[u8]) -> Vec<u8> {
    if number == 2 && record == CHANGE {
        [more, &record].concat()
    } else {
        record
    }
}

/// RFC 8446 has it dropped as often as it comes; our library gives up at the third, which is nothing of
/// the server's.
#[test]
fn changes_that_are_to_be_dropped() {
    let stage = Stage::new();
    let server = stage.server().fragment(512).start();
    let once: Edit = |number, record| with_changes(number, record, CHANGE);
    met(&stage, &edited(&server, once)).stands(ALL_PASS, "ready", 0);
    let often: [Edit; 2] = [
        |number, record| with_changes(number, record, &CHANGE.repeat(2)),
        |number, record| with_changes(number, record, &CHANGE.repeat(20)),
    ];
    for edit in often {
        let outcome = met(&stage, &edited(&server, edit));
        assert_eq!(failed(&outcome)["args"]["detail"], "spare-changes");
        outcome
            .shows("federation", "tls-handshake-failed", "unknown")
            .stands("pass pass pass pass pass unknown", "inconclusive", 3);
    }
    // One that is not as it should be ends the handshake for everybody.
    let wrong: Edit = |number, record| with_changes(number, record, &[20, 3, 3, 0, 1, 2]);
    let outcome = met(&stage, &edited(&server, wrong));
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .stands(FAILED, "not-ready", 1);
}

/// Adds an extension to a ServerHello of TLS 1.3, which is in a record by itself.
fn with_extension(mut record: Vec<u8>, extension: &[u8]) -> Vec<u8> {
    const CHOOSES_TLS_13: [u8; 6] = [0, 43, 0, 2, 3, 4];
    let is_hello = record[0] == 22 && record.windows(6).any(|part| part == CHOOSES_TLS_13);
    if !is_hello {
        return record;
    }
    // Behind the identifier of the session: the cipher suite and the compression.
    let list = 44 + usize::from(record[43]) + 3;
    for length in [3, 7, list] {
        let bytes = [record[length], record[length + 1]];
        let more = u16::try_from(extension.len()).expect("short");
        let longer = u16::from_be_bytes(bytes) + more;
        record[length..length + 2].copy_from_slice(&longer.to_be_bytes());
    }
    record.extend_from_slice(extension);
    record
}

/// What has its place elsewhere, or in TLS 1.2: OpenSSL and GnuTLS hang up.
#[test]
fn extensions_that_have_no_place_in_tls_13() {
    let stage = Stage::new();
    let server = stage.server().start();
    let edits: [Edit; 3] = [
        |_, record| with_extension(record, &[0, 22, 0, 0]),
        |_, record| with_extension(record, &[0, 10, 0, 4, 0, 2, 0, 29]),
        |_, record| with_extension(record, &[0, 23, 0, 0]),
    ];
    for edit in edits {
        let outcome = met(&stage, &edited(&server, edit));
        assert_eq!(failed(&outcome)["args"]["detail"], "extension-out-of-place");
        outcome.shows("federation", "tls-handshake-failed", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
    }
    let unknown: Edit = |_, record| with_extension(record, &[0x12, 0x34, 0, 0]);
    let outcome = met(&stage, &edited(&server, unknown));
    assert_eq!(failed(&outcome)["args"]["detail"], "unknown-extension");
    outcome.shows("federation", "tls-handshake-failed", "warn");
}

/// No server of this suite leaves the list away: what was seen is written into a report.
#[test]
fn a_demand_without_any_signature_schemes() {
    let stage = Stage::new();
    let mut document = met(&stage, &stage.server().start()).json;
    let facts = &mut document["reports"][0]["facts"]["endpoints"][0];
    facts["tls"]["outcome"] = json!({ "misbehaved": "no-scheme-list" });
    facts["sip"] = json!(null);
    facts["again"] = json!([]);
    let run = Run::new("replay").args(&["-", "--format=json"]);
    let outcome = run.fed(document.to_string().as_bytes()).run();
    outcome.shows("federation", "tls-handshake-failed", "fail");
    let message = failed(&outcome)["message"].to_string();
    assert!(
        message.contains("signature schemes") && !message.contains("OpenSSL"),
        "{message}"
    );
}

/// Before the first record of a server in TLS 1.2, which is all that it says before our turn.
fn before_the_first(number: usize, record: Vec<u8>, more: &[u8]) -> Vec<u8> {
    if number == 1 {
        [more, &record].concat()
    } else {
        record
    }
}

/// In TLS 1.2 our library goes on where OpenSSL and GnuTLS hang up.
#[test]
fn what_everybody_else_hangs_up_for_in_tls_12() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    let leave: Edit = |number, record| before_the_first(number, record, &[21, 3, 3, 0, 2, 1, 0]);
    let refusal: Edit =
        |number, record| before_the_first(number, record, &[21, 3, 3, 0, 2, 1, 100]);
    let name: Edit = |number, record| before_the_first(number, record, &[21, 3, 3, 0, 2, 1, 112]);
    for (edit, how, detail) in [
        (leave, "closed", ""),
        (refusal, "misbehaved", "out-of-place"),
    ] {
        let outcome = met(&stage, &edited(&server, edit));
        let args = &failed(&outcome)["args"];
        assert_eq!(
            (&args["how"], &args["detail"]),
            (&how.into(), &detail.into())
        );
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .lacks("mtls-enforced")
            .stands(FAILED, "not-ready", 1);
    }
    met(&stage, &edited(&server, name)).stands(ALL_PASS, "ready", 0);
}

/// A flight of 20 KB and more, in records of this size.
fn in_records_of(stage: &Stage, size: usize) -> Outcome {
    let old = Server::old(stage.identity(), 0x0303, &[ECDHE_RSA_AES_GCM]).ends_with(40);
    // O=…, in DER.
    let name = |number: u8| {
        let mut name = vec![0x30, 113, 0x31, 111, 0x30, 109, 6, 3, 0x55, 4, 10, 12, 102];
        name.extend([b'a' + number % 26; 102]);
        name
    };
    let names = (0..170).map(name).collect();
    met(stage, &old.authorities(names).fragment(size).start())
}

#[test]
fn records_that_are_too_long() {
    let stage = Stage::new();
    for size in [16_385, 17_000, 18_432] {
        let outcome = in_records_of(&stage, size);
        assert_eq!(
            failed(&outcome)["args"]["detail"],
            "long-record",
            "{outcome}"
        );
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .lacks("mtls-enforced")
            .stands(FAILED, "not-ready", 1);
    }
    in_records_of(&stage, 16_384)
        .lacks("tls-handshake-failed")
        .shows("federation", "mtls-enforced", "info");
}

/// What is left over in a record begins a message, and makes it claim any length: that is not ours.
#[test]
fn a_stray_byte_is_no_limit_of_ours() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    let stray: Edit = |number, mut record| {
        if number == 1 {
            let behind_hello = 9 + usize::from(u16::from_be_bytes([record[7], record[8]]));
            record.insert(behind_hello, 0);
            let length = u16::from_be_bytes([record[3], record[4]]) + 1;
            record[3..5].copy_from_slice(&length.to_be_bytes());
        }
        record
    };
    let outcome = met(&stage, &edited(&server, stray));
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("tls-over-limit");
    assert_eq!(outcome.code, 1, "{outcome}");
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
