//! However much comes, and from however many.

use std::io::{Read, Write};

use super::{ALL_PASS, Post, SECRET, request, text};
use crate::world::Server;
use crate::world::caller::{Caller, plain};

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

/// However many come and go, nothing of them stays.
#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_connections_need_no_more_memory_than_five_hundred() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let half_hello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
    let come_and_go = |count: usize| {
        for number in 0..count {
            let mut stream = plain(listening.to).expect("it is open");
            // What is refused at once is closed from there, what is half from here.
            let said = match number % 4 {
                0 => &b"GET / HTTP/1.1\r\n\r\n"[..],
                1 => &[0; 300][..],
                2 => &half_hello[..],
                _ => &[][..],
            };
            let _ = stream.write_all(said);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    };
    come_and_go(500);
    let few = listening.running.most_memory();
    come_and_go(9500);
    let many = listening.running.most_memory();
    assert!(many * 4 <= few * 5, "{few} KiB, then {many} KiB");
    // Whoever is meant is still heard.
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let outcome = listening.end();
    outcome.stands(ALL_PASS, "ready", 0);
    let strangers = outcome.finding("outbound-connection", "call-strangers");
    assert_eq!(strangers["args"]["count"], 10_000);
}

/// One connection says more than anybody would: it is ended, and what was said is counted.
#[test]
fn a_flood_of_messages_comes_to_an_end() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    let mut answered = 0;
    for number in 1..5000 {
        if !caller.try_to_say(&request("OPTIONS", "echo.example", number, "", "")) {
            break;
        }
        match caller.hear() {
            Some(_) => answered += 1,
            None => break,
        }
    }
    assert_eq!(answered, 2000);
    let mut other = listening.called_by(&post);
    other.ask(&text(&user, 1));
    let outcome = listening.end();
    outcome.stands(ALL_PASS, "ready", 0);
    let calls = &outcome.report()["facts"]["calls"]["calls"];
    assert_eq!(
        calls[0]["sip"]["exchanges"].as_array().map(Vec::len),
        Some(64)
    );
    assert_eq!(calls[0]["sip"]["more"], 2000 - 64);
}

/// Byte by byte, or only half: it is read as it comes, and what is missing is said.
#[test]
fn slow_bytes_and_half_messages() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    let user = listening.user().to_owned();
    for letter in text(&user, 1).replace('\n', "\r\n").bytes() {
        caller.say_bytes(&[letter]);
    }
    let answer = caller.hear().expect("it is whole");
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    listening.end().stands(ALL_PASS, "ready", 0);

    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    let half = text(listening.user(), 1);
    caller.say(&half[..half.len() / 2]);
    caller.finish();
    let outcome = listening.end();
    let finding = outcome.finding("outbound-sip", "call-no-sip");
    assert_eq!(finding["args"]["how"], "unfinished");
}

/// A sender counts letters instead of bytes, so that the end of a text looks like the next message. It
/// is not kept either.
#[test]
fn the_rest_of_a_text_whose_length_is_wrong_is_kept_nowhere() {
    let post = Post::new();
    for rest in [
        "Wurzelbehandlung\n\n",
        "Wurzelbehandlung",
        "Wurzelbehandlung \u{fc}ber sip:a@b SIP/2.0\n\n",
    ] {
        let listening = post.listen(&["--transcript", "said.txt"]);
        let user = listening.user().to_owned();
        let mut caller = listening.called_by(&post);
        caller.ask(&text(&user, 1));
        let next = request("OPTIONS", "echo.example", 2, "", "");
        caller.say(&format!("{rest}{next}"));
        caller.finish();
        let (_, stdout, _) = {
            listening.running.signal(rustix::process::Signal::INT);
            listening.running.end()
        };
        let said = std::fs::read_to_string(post.folder.file("said.txt")).expect("it was written");
        for shown in [&stdout, &said] {
            assert!(!shown.contains(SECRET), "{rest}: {shown}");
            assert!(!shown.contains("behandlung"), "{rest}: {shown}");
        }
        let bytes: Vec<String> = b"Wurz".iter().map(u8::to_string).collect();
        let compact: String = stdout.split_whitespace().collect();
        assert!(!compact.contains(&bytes.join(",")), "as numbers: {stdout}");
    }
}

/// What is for somebody else goes to nobody, whatever route it brings.
#[test]
fn nothing_is_forwarded() {
    let post = Post::new();
    let other = Server::tls(post.xphone()).start();
    let address = other.address().to_string();
    let listening = post.listen_beside(&address, &["--echo"]);
    let mut caller = listening.called_by(&post);
    let elsewhere = other.address();
    let route = format!("Route: <sip:{elsewhere};transport=tls;lr>\n");
    for (to, more) in [
        (format!("test@{elsewhere}"), ""),
        ("somebody@zahnfee.de".to_owned(), route.as_str()),
        ("somebody@echo.example".to_owned(), route.as_str()),
    ] {
        let more = format!("{more}Content-Type: text/plain\n");
        let answer = caller.ask(&request("MESSAGE", &to, 1, &more, SECRET));
        assert!(answer.starts_with("SIP/2.0 404 "), "{to}: {answer}");
    }
    let refer = "Refer-To: <sip:ann@zahnfee.de>\n";
    let user = listening.user().to_owned();
    let answer = caller.ask(&request("REFER", &user, 2, refer, ""));
    assert!(answer.starts_with("SIP/2.0 405 "), "{answer}");
    let outcome = listening.end();
    assert_eq!(other.connections(), 0);
    outcome.finding("outbound-chat", "call-wrong-address");
}
