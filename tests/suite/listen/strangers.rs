//! Who is not taken for the other side, and what is not taken for SIP.

use std::io::{Read, Write};

use super::{ALL_PASS, Post, request, text};
use crate::world::caller::{Call, plain};

#[test]
fn scanners_are_counted_and_not_judged() {
    let post = Post::new();
    let listening = post.listen(&["--for", "3s"]);
    // One says nothing, one half of something, one speaks HTTP, one looks for certificates.
    let silent = plain(listening.to).expect("it is open");
    let mut half = plain(listening.to).expect("it is open");
    half.write_all(&[22, 3, 1, 2, 0, 1, 0]).expect("it listens");
    let mut web = plain(listening.to).expect("it is open");
    web.write_all(b"GET / HTTP/1.1\r\n\r\n")
        .expect("it listens");
    let mut rest = Vec::new();
    let _ = web.read_to_end(&mut rest);
    let _ = Call::new(listening.to, "other.example").connect();
    let outcome = listening.report();
    drop((silent, half));
    let finding = outcome.finding("outbound-connection", "call-nothing-came");
    assert_eq!(finding["severity"], "unknown");
    let strangers = outcome.finding("outbound-connection", "call-strangers");
    assert_eq!(strangers["args"]["count"], 4);
    outcome.stands("unknown skip skip skip skip skip skip", "inconclusive", 3);
}

#[test]
fn who_writes_from_another_domain_is_refused() {
    let post = Post::new();
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let mut caller = listening.called_by(&post);
    let other = text(listening.user(), 1).replace("ann@zahnfee.de", "ann@zahnfee.local");
    let answer = caller.ask(&other);
    assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
    let outcome = listening.end();
    let finding = outcome.finding("outbound-sip", "call-wrong-domain");
    assert_eq!(finding["args"]["from"], "zahnfee.local");
    outcome.stands(
        "pass pass pass pass unknown unknown skip",
        "inconclusive",
        3,
    );
}

#[test]
fn what_is_no_sip_is_said_to_be_none() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    caller.say("GET / HTTP/1.1\nHost: fed.echo.example\n\n");
    assert_eq!(caller.hear(), None, "nothing after it can be read");
    let outcome = listening.end();
    outcome.finding("outbound-sip", "call-not-sip");
    assert_eq!(outcome.report()["verdict"], "not-ready");
}

/// Partners ask DNS for the domain of the sender: this leads to no server, or to their own.
#[test]
fn a_sender_that_leads_nowhere_does_not_fit_the_certificate() {
    let post = Post::new();
    for from in ["10.0.0.1", "[2001:db8::1]", "localhost", "echo.example"] {
        let listening = post.listen(&[]);
        let mut caller = listening.called_by(&post);
        let sender = format!("ann@{from}");
        caller.ask(&text(listening.user(), 1).replace("ann@zahnfee.de", &sender));
        let outcome = listening.end();
        assert_eq!(outcome.report()["domain"], "zahnfee.de", "{from}");
        let finding = outcome.finding("outbound-sip", "call-wrong-domain");
        assert_eq!(finding["severity"], "fail");
        assert_eq!(finding["args"]["from"], from);
        assert_eq!(finding["args"]["expected"], "zahnfee.de");
        outcome.stands("pass pass pass pass fail pass skip", "not-ready", 1);
    }
    // A server that asks whether anybody is there says so by its address.
    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let options = request("OPTIONS", "echo.example", 2, "", "");
    caller.ask(&options.replace("ann@zahnfee.de", "10.0.0.1"));
    listening.end().stands(ALL_PASS, "ready", 0);
}

/// A name in the hello is read from any certificate log: without a certificate or SIP it is no caller.
#[test]
fn who_finds_the_name_and_speaks_http_is_a_scanner() {
    let post = Post::new();
    for args in [&["--for", "3s"][..], &["--expect", "zahnfee.de"]] {
        let listening = post.listen(args);
        let mut scanner = listening.call().connect().expect("TLS");
        scanner.say("GET / HTTP/1.1\nHost: fed.echo.example\n\n");
        assert_eq!(scanner.hear(), None, "nothing after it can be read");
        listening.call().connect().expect("TLS").finish();
        let outcome = listening.end();
        let strangers = outcome.finding("outbound-connection", "call-strangers");
        assert_eq!(strangers["args"]["count"], 2);
        outcome.stands("unknown skip skip skip skip skip skip", "inconclusive", 3);
    }
}

/// It shows whose it is before it says anything, also where the server bears the name of the domain.
#[test]
fn a_certificate_alone_names_the_domain() {
    let post = Post::new();
    for (name, domain) in [
        ("xphone.zahnfee.de", "zahnfee.de"),
        ("zahnfee.de", "zahnfee.de"),
        ("xphone.zahnfee.co.uk", "zahnfee.co.uk"),
        ("zahnfee.co.uk", "zahnfee.co.uk"),
        ("zahnfee.or.at", "zahnfee.or.at"),
    ] {
        let listening = post.listen(&[]);
        let identity = post.authority.certificate(name).issue();
        let caller = listening.call().presenting(identity).connect();
        caller.expect("TLS").finish();
        let outcome = listening.end();
        assert_eq!(outcome.report()["domain"], domain, "{name}");
        outcome.shows("outbound-sip", "call-no-sip", "unknown");
        outcome.lacks("call-nothing-came");
    }
}
