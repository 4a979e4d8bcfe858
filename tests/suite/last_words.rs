//! What a server said counts, whatever the connection does after it: a reset, a close, silence, a
//! limit of ours. And what it did not say does not.

use crate::stage::{ALL_PASS, Outcome, Stage};
use crate::world::server::Tls;
use crate::world::{Act, ClientAuth, Server, Sip};

const WARNED: &str = "pass pass pass pass pass warn";
const FAILED: &str = "pass pass pass pass pass fail";

const HTTP: &str = "HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";
const OK: &str = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
const UNAVAILABLE: &str = "SIP/2.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const TRYING: &str = "SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n";

/// The server of the field: it asks for a certificate, and does this with OPTIONS.
fn doing(stage: &Stage, acts: &[Act]) -> Tls {
    Server::tls(stage.identity()).sip(Sip::Acts(acts.to_vec()))
}

fn met(stage: &Stage, server: Tls) -> Outcome {
    let server = server.start();
    let run = stage.check().connect_to(&server);
    run.args(&["--timeout", "1200ms"]).run()
}

/// In TLS 1.2 and 1.3, with tickets and without.
fn everywhere(stage: &Stage, acts: &[Act]) -> Vec<Outcome> {
    let servers = [
        doing(stage, acts),
        doing(stage, acts).tickets(0),
        doing(stage, acts).tls12(),
    ];
    servers.map(|server| met(stage, server)).into()
}

/// Every way in which a server may let a connection end after its answer.
fn endings(answer: &str) -> Vec<Vec<Act>> {
    let mut all = Vec::new();
    for pause in [None, Some(Act::wait(100))] {
        for end in [
            Some(Act::Reset),
            Some(Act::Close),
            Some(Act::CloseNotify),
            None,
        ] {
            let said = [Act::say(answer)];
            all.push(said.into_iter().chain(pause.clone()).chain(end).collect());
        }
    }
    all
}

#[test]
fn a_web_server_is_none_however_it_hangs_up() {
    let stage = Stage::new();
    for acts in endings(HTTP) {
        for outcome in everywhere(&stage, &acts) {
            outcome
                .shows("federation", "sip-not-sip", "fail")
                .lacks("mtls-enforced")
                .stands(FAILED, "not-ready", 1);
        }
    }
}

#[test]
fn an_answer_is_one_however_it_ends() {
    let stage = Stage::new();
    for acts in endings(OK) {
        for outcome in everywhere(&stage, &acts) {
            outcome
                .shows("federation", "sip-answered", "info")
                .lacks("mtls-enforced")
                .stands(ALL_PASS, "ready", 0);
        }
    }
    for acts in endings(UNAVAILABLE) {
        met(&stage, doing(&stage, &acts)).shows("federation", "sip-unavailable", "warn");
    }
}

/// The same where nothing was asked of the client.
#[test]
fn an_answer_without_mtls_is_one_too() {
    let stage = Stage::new();
    for (answer, code, severity) in [(HTTP, "sip-not-sip", "fail"), (OK, "sip-answered", "info")] {
        let server = doing(&stage, &[Act::say(answer), Act::Reset]);
        let outcome = met(&stage, server.client_auth(ClientAuth::Off));
        outcome.shows("federation", code, severity);
        // What is not SIP need not demand a client certificate.
        if code == "sip-not-sip" {
            outcome.lacks("mtls-not-requested");
        } else {
            outcome.shows("federation", "mtls-not-requested", "warn");
        }
    }
}

/// 16 MB of headers: it is we who stop, and the status was the first thing that came.
#[test]
fn our_own_limit_is_no_refusal() {
    let stage = Stage::new();
    let line = format!("X-Fill: {}\r\n", "a".repeat(8000));
    for (status, code, severity) in [
        ("SIP/2.0 200 OK\r\n", "sip-answered", "info"),
        (
            "SIP/2.0 503 Service Unavailable\r\n",
            "sip-unavailable",
            "warn",
        ),
        ("", "sip-not-sip", "fail"),
    ] {
        let acts = [Act::say(status), Act::Say(line.repeat(2000).into())];
        met(&stage, doing(&stage, &acts))
            .shows("federation", code, severity)
            .lacks("mtls-enforced");
    }
    // Requests of its own without end are SIP, and no answer.
    let request = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n".repeat(3000);
    let acts = [Act::say(&request), Act::Close];
    let outcome = met(&stage, doing(&stage, &acts));
    outcome
        .shows("federation", "sip-not-answered", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
}

#[test]
fn more_than_is_read_without_an_answer_could_not_be_tested() {
    let stage = Stage::new();
    // Line ends keep a connection alive (RFC 5626), but not like this.
    let acts = [Act::say(&"\r\n".repeat(5000)), Act::Repeat];
    let outcome = met(&stage, doing(&stage, &acts));
    let finding = outcome.finding("federation", "tls-over-limit");
    assert!(
        finding["message"].to_string().contains("256 KiB"),
        "{finding}"
    );
    outcome
        .shows("federation", "tls-over-limit", "unknown")
        .lacks("mtls-enforced")
        .stands("pass pass pass pass pass unknown", "inconclusive", 3);
}

#[test]
fn the_final_status_counts() {
    let stage = Stage::new();
    let (trying, wait) = (Act::say(TRYING), Act::wait(400));
    let progress = "SIP/2.0 183 Session Progress\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    for (acts, code, severity, status) in [
        (
            vec![trying.clone(), wait.clone(), Act::say(UNAVAILABLE)],
            "sip-unavailable",
            "warn",
            503,
        ),
        (
            vec![trying.clone(), wait.clone(), Act::say(OK)],
            "sip-answered",
            "info",
            200,
        ),
        (
            vec![
                trying.clone(),
                Act::say(progress),
                wait.clone(),
                Act::say(UNAVAILABLE),
                Act::Reset,
            ],
            "sip-unavailable",
            "warn",
            503,
        ),
        (vec![trying.clone()], "sip-answered", "info", 100),
        (
            vec![trying.clone(), wait, Act::Close],
            "sip-answered",
            "info",
            100,
        ),
        (
            vec![Act::say(&format!("{TRYING}{UNAVAILABLE}"))],
            "sip-unavailable",
            "warn",
            503,
        ),
    ] {
        let outcome = met(&stage, doing(&stage, &acts));
        outcome.shows("federation", code, severity);
        let args = &outcome.finding("federation", code)["args"];
        assert_eq!(args["status"], status, "{acts:?}");
    }
}

/// An unfinished first line is no other protocol, as long as it could become SIP.
#[test]
fn an_unfinished_line_is_waited_for() {
    let stage = Stage::new();
    let outcome = met(&stage, doing(&stage, &[Act::say("SIP/2.0 2")]));
    let finding = outcome.finding("federation", "sip-not-answered");
    assert!(
        finding["message"].to_string().contains("SIP/2.0 2"),
        "{finding}"
    );
    outcome
        .shows("federation", "sip-not-answered", "warn")
        .lacks("sip-not-sip")
        .stands(WARNED, "ready-with-warnings", 0);
    for pieces in [
        ["OPTIONS sip:a@b SI", "P/2.0\r\nContent-Length: 0\r\n\r\n"],
        ["O", "PTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"],
        ["NOTIFY im:a@b", " SIP/2.0\r\nl: 0\r\n\r\n"],
        ["\r\n\r\nS", "IP/2.0 100 Trying\r\n\r\n"],
    ] {
        let [one, other] = pieces;
        let acts = [Act::say(one), Act::wait(300), Act::say(other), Act::say(OK)];
        for outcome in everywhere(&stage, &acts) {
            outcome
                .shows("federation", "sip-answered", "info")
                .stands(ALL_PASS, "ready", 0);
        }
    }
    // Nobody who began to speak refuses us by hanging up.
    for begun in ["SIP/2.0 2", "OPTIONS sip:a@b SI", "HTT"] {
        for end in [Act::Reset, Act::CloseNotify] {
            met(&stage, doing(&stage, &[Act::say(begun), end]))
                .shows("federation", "sip-not-answered", "warn")
                .lacks("mtls-enforced");
        }
    }
}

/// What cannot become SIP any more is known at once.
#[test]
fn another_protocol_is_one_by_its_first_bytes() {
    let stage = Stage::new();
    for begun in [
        "HTTP/",
        "<html>",
        "220 mail ESMTP",
        "SIP/3.0 ",
        "SIP/2.0 999",
        "\u{1}\u{2}",
    ] {
        for acts in [vec![Act::say(begun)], vec![Act::say(begun), Act::Reset]] {
            met(&stage, doing(&stage, &acts))
                .shows("federation", "sip-not-sip", "fail")
                .stands(FAILED, "not-ready", 1);
        }
    }
}

/// A request of its own makes no SIP of what a web server answers.
#[test]
fn http_behind_a_request_of_the_server() {
    let stage = Stage::new();
    let request = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let both = [request, answer].concat();
    for acts in [
        vec![Act::say(&both)],
        vec![Act::say(&both), Act::Reset],
        vec![Act::say(request), Act::wait(300), Act::say(answer)],
    ] {
        let outcome = met(&stage, doing(&stage, &acts));
        let finding = outcome.finding("federation", "sip-not-sip");
        let message = finding["message"].to_string();
        assert!(message.contains("HTTP/1.1 400"), "{message}");
        outcome
            .shows("federation", "sip-not-sip", "fail")
            .stands(FAILED, "not-ready", 1);
    }
    // Its answer may still come, and what it asks may carry anything.
    let notify = "NOTIFY sip:a@b SIP/2.0\r\nContent-Length: 8\r\n\r\nHTTP/1.1";
    let outcome = met(&stage, doing(&stage, &[Act::say(notify), Act::say(OK)]));
    outcome.stands(ALL_PASS, "ready", 0);
}

/// A provisional answer makes no SIP of what a web server says next, …
#[test]
fn http_behind_a_provisional_answer() {
    let stage = Stage::new();
    let both = [TRYING, HTTP].concat();
    for acts in [
        vec![Act::say(&both)],
        vec![Act::say(TRYING), Act::wait(300), Act::say(HTTP), Act::Close],
    ] {
        let outcome = met(&stage, doing(&stage, &acts));
        let finding = outcome.finding("federation", "sip-not-sip");
        let message = finding["message"].to_string();
        assert!(message.contains("HTTP/1.1 400"), "{message}");
        outcome.stands(FAILED, "not-ready", 1);
    }
    // What is final is final.
    let both = [OK, HTTP].concat();
    let outcome = met(&stage, doing(&stage, &[Act::say(&both)]));
    outcome.stands(ALL_PASS, "ready", 0);
}

/// … and what is no message behind messages of SIP is no silence, with a demand for a certificate or not.
#[test]
fn what_is_no_message_behind_messages_of_sip() {
    let stage = Stage::new();
    let junk = [TRYING, "\u{1}\u{2}junk\r\n"].concat();
    // Its length reaches into the answer.
    let long = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 40\r\n\r\n";
    let long = [long, UNAVAILABLE].concat();
    for said in [junk, long] {
        for acts in [
            vec![Act::say(&said)],
            vec![Act::say(&said), Act::CloseNotify],
        ] {
            let outcome = met(&stage, doing(&stage, &acts));
            outcome
                .shows("federation", "sip-not-answered", "warn")
                .lacks("sip-answered")
                .lacks("mtls-enforced")
                .stands(WARNED, "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "sip-not-answered")["args"];
            assert_eq!(args["how"], "unfinished", "{outcome}");
        }
    }
}

/// IIS and HTTP.sys ask for the certificate in a second handshake, which xfed does not follow.
#[test]
fn a_demand_by_renegotiation_is_told_as_one() {
    const HANDSHAKE: u8 = 22;
    let stage = Stage::new();
    let request = Act::Record(HANDSHAKE, vec![0; 4]);
    for acts in [
        vec![request.clone()],
        vec![request.clone(), Act::wait(50), Act::Close],
        vec![request, Act::Reset],
    ] {
        let server = doing(&stage, &acts).client_auth(ClientAuth::Off).tls12();
        let outcome = met(&stage, server);
        let finding = outcome.finding("federation", "mtls-not-requested");
        assert_eq!(finding["args"]["how"], "later", "{outcome}");
        let finding = outcome.finding("federation", "sip-not-answered");
        assert_eq!(finding["args"]["excused"], "renegotiation", "{outcome}");
        outcome.stands(WARNED, "ready-with-warnings", 0);
    }
}

/// What has ended and was not becoming SIP is something else; what was, is an answer cut short.
#[test]
fn a_line_without_end_is_no_sip_once_it_is_over() {
    let stage = Stage::new();
    for text in ["Bad Request", "hello world"] {
        let outcome = met(&stage, doing(&stage, &[Act::say(text), Act::Close]));
        outcome
            .shows("federation", "sip-not-sip", "fail")
            .stands(FAILED, "not-ready", 1);
    }
    for text in ["SIP/2.0 2", "OPTIONS sip:zahnf"] {
        let outcome = met(&stage, doing(&stage, &[Act::say(text), Act::Close]));
        outcome
            .shows("federation", "sip-not-answered", "warn")
            .lacks("sip-not-sip");
    }
}

/// An answer to the request of somebody else says nothing of ours: a proxy may mix them up.
#[test]
fn an_answer_to_another_request_is_none() {
    const FOREIGN: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK77\r\n\
        Call-ID: 4711@a.example\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    let stage = Stage::new();
    let both = [Act::say(FOREIGN), Act::say(UNAVAILABLE)];
    met(&stage, doing(&stage, &both))
        .shows("federation", "sip-unavailable", "warn")
        .stands(WARNED, "ready-with-warnings", 0);
    met(&stage, doing(&stage, &[Act::say(FOREIGN)])).lacks("sip-answered");
    // It was whole, and for somebody else.
    let outcome = met(&stage, doing(&stage, &[Act::say(FOREIGN), Act::Close]));
    outcome
        .shows("federation", "sip-not-answered", "warn")
        .lacks("sip-answered");
    let args = &outcome.finding("federation", "sip-not-answered")["args"];
    assert_eq!(args["how"], "unrelated", "{outcome}");
}

/// Bytes that are no text are not shown as one.
#[test]
fn an_answer_in_bytes_is_quoted_in_digits() {
    let stage = Stage::new();
    for (bytes, digits) in [
        (&[0xff, 0xfe, 0xfd][..], "ff fe fd"),
        (&[0], "00"),
        (&[0x30, 0x0c, 2, 1, 1, 0x61, 7], "30 0c 02 01 01 61 07"),
    ] {
        let acts = [Act::Say(bytes.to_vec()), Act::Close];
        let outcome = met(&stage, doing(&stage, &acts));
        let finding = outcome.finding("federation", "sip-not-sip");
        let message = finding["message"].to_string();
        assert!(message.contains(&format!("bytes {digits}.")), "{message}");
    }
}
