//! Who is not taken for the other side, and what is not taken for SIP.

use std::io::{Read, Write};

use super::{Post, text};
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
