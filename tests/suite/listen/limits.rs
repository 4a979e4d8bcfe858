//! However much comes, and from however many.

use super::{ALL_PASS, Post, request, text};
use crate::world::caller::Caller;

/// Nothing is dropped without a word, and nothing grows.
#[test]
fn what_is_too_large_is_refused() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    for large in [
        request("MESSAGE", &user, 1, "Content-Type: text/plain\n", "")
            .replace("Content-Length: 0", "Content-Length: 5000000"),
        request(
            "MESSAGE",
            &user,
            1,
            &format!("X: {}\n", "x".repeat(70_000)),
            "",
        ),
    ] {
        let mut caller = listening
            .call()
            .presenting(post.xphone())
            .connect()
            .expect("TLS");
        let answer = caller.ask(&large);
        assert!(answer.starts_with("SIP/2.0 513 "), "{answer}");
        assert!(answer.contains("\r\nCall-ID: call-MESSAGE\r\n"), "{answer}");
        assert_eq!(caller.hear(), None);
    }
    let outcome = listening.end();
    outcome.finding("outbound-sip", "call-unreadable");
}

#[test]
fn an_address_has_so_many_connections_and_no_more() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let callers: Vec<Caller> = (0..8)
        .map(|_| {
            listening
                .call()
                .presenting(post.xphone())
                .connect()
                .expect("TLS")
        })
        .collect();
    let ninth = listening.call().presenting(post.xphone()).connect();
    assert!(ninth.is_err(), "eight are enough for any partner");
    let mut callers = callers.into_iter();
    let mut first = callers.next().expect("eight");
    drop(callers);
    first.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    outcome.finding("outbound-connection", "call-strangers");
    outcome.stands(ALL_PASS, "ready", 0);
}
