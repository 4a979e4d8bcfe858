//! What is said: presence, chats, texts, and what is refused.

use super::{ALL_PASS, Listening, Post, SECRET, request, text};
use crate::world::caller::Call;

#[test]
fn presence_and_a_message_by_itself() {
    let post = Post::new();
    let listening = post.listen(&[
        "--once",
        "--expect",
        "zahnfee.de",
        "--transcript",
        "said.txt",
    ]);
    let mut caller = listening.called_by(&post);
    let user = listening.user().to_owned();
    let subscribe = request("SUBSCRIBE", &user, 1, "Event: presence\nExpires: 600\n", "");
    let accepted = caller.ask(&subscribe);
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    assert!(accepted.contains("\r\nExpires: 600\r\n"), "{accepted}");
    let notify = caller.hear().expect("what was asked for");
    assert!(notify.starts_with("NOTIFY sip:xphone.zahnfee.de:5061;transport=tls SIP/2.0\r\n"));
    assert!(notify.contains("<basic>open</basic>"), "{notify}");
    assert!(notify.contains("\r\nSubscription-State: active;expires=3600\r\n"));
    let answer = caller.ask(&text(&user, 2));
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    assert!(!answer.contains("Contact:"), "RFC 3428 §7");
    let outcome = listening.report();
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(outcome.report()["scope"], "outbound");
    outcome.shows("outbound-connection", "call-other-source", "info");
    outcome.shows("outbound-acceptance", "call-accepted-by", "info");
    let transcript = std::fs::read_to_string(post.folder.file("said.txt")).expect("it was written");
    assert!(transcript.contains("MESSAGE sip:#"), "{transcript}");
    for hidden in [SECRET, "ann@", "Ann", user.as_str()] {
        assert!(!transcript.contains(hidden), "{hidden}: {transcript}");
        let facts = outcome.report()["facts"].to_string();
        assert!(!facts.contains(hidden), "{hidden}: {facts}");
    }
}

/// As a Skype for Business server does it: compression first, Vias without branches and not side by
/// side, the text on another connection than the chat, blank lines in between.
#[test]
fn a_chat_opened_first() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let user = listening.user().to_owned();
    let connect = || {
        listening
            .call()
            .presenting(post.xphone())
            .connect()
            .expect("TLS")
    };
    let mut first = connect();
    let refused = first.ask(
        "NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\n\
         Via: SIP/2.0/TLS 192.0.2.7:2616\n\
         CSeq: 1 NEGOTIATE\n\
         Call-ID: 8d8b20f8\n\
         From: <sip:xphone.zahnfee.de>;tag=f1\n\
         To: <sip:127.0.0.1:5061>\n\
         Compression: LZ77-8K\n\
         Max-Forwards: 0\n\
         Content-Length:     0\n\n",
    );
    assert!(refused.starts_with("SIP/2.0 405 "), "{refused}");
    assert!(!refused.contains("Compression"), "{refused}");
    assert!(refused.contains(";received=127.0.0.1\r\n"), "{refused}");
    let sdp = "v=0\no=- 0 0 IN IP4 10.0.0.5\ns=session\nc=IN IP4 10.0.0.5\nt=0 0\n\
               m=x-ms-message 5060 sip null\na=accept-types:text/plain\n";
    let more = "Record-Route: <sip:sip.zahnfee.de:5061;transport=tls;lr;ms-route-sig=abc>;tag=9C\n\
                Via: SIP/2.0/TLS 10.0.0.5:49152;ms-received-port=49152;ms-received-cid=1A\n\
                Supported: timer\nSession-Expires: 1800\n\
                ms-text-format: text/plain; charset=UTF-8; ms-body=V3VyemVsYmVoYW5kbHVuZw==\n\
                Content-Type: application/sdp\n";
    let invite = request("INVITE", &user, 7, more, sdp);
    let accepted = first.ask(&format!("\n\n\n\n{invite}"));
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    let routes: Vec<&str> = accepted
        .lines()
        .filter_map(|line| line.strip_prefix("Record-Route: "))
        .collect();
    assert_eq!(routes[0], "<sip:fed.echo.example:5061;transport=tls;lr>");
    assert!(
        routes[1].ends_with(";lr;ms-route-sig=abc>;tag=9C"),
        "{accepted}"
    );
    assert!(accepted.contains(";ms-received-port=49152;ms-received-cid=1A\r\n"));
    let line = format!("m=x-ms-message 5061 sip sip:{user}\r\n");
    assert!(accepted.contains(&line), "{accepted}");
    assert!(accepted.contains("\r\nSession-Expires: 1800;refresher=uac\r\n"));
    assert!(
        !accepted.contains("ms-text-format"),
        "so that the text comes"
    );
    let tag = accepted
        .lines()
        .find_map(|line| line.strip_prefix("To: ")?.split(";tag=").nth(1))
        .expect("a tag");
    let within = |message: String| {
        let message = message.replace(
            &format!("To: <sip:{user}>"),
            &format!("To: <sip:{user}>;tag={tag}"),
        );
        message.replace("Call-ID: call-MESSAGE", "Call-ID: call-INVITE")
    };
    first.say(&within(
        request("ACK", &user, 7, "", "").replace("call-ACK", "call-INVITE"),
    ));
    let typing = "<KeyboardActivity><status status=\"type\"/></KeyboardActivity>";
    let info = request("INFO", &user, 8, "Content-Type: application/xml\n", typing);
    let answer = first.ask(&within(info.replace("call-INFO", "call-INVITE")));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let lost = first.ask(&within(text(&user, 9)).replace(tag, "unknown"));
    assert!(lost.starts_with("SIP/2.0 481 "), "{lost}");
    assert!(
        lost.contains("\r\nms-diagnostics-public: 61481;reason=\"xfed: "),
        "{lost}"
    );
    let mut second = connect();
    let answer = second.ask(&within(text(&user, 9)));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let outcome = listening.report();
    outcome.stands(ALL_PASS, "ready", 0);
    let chat = &outcome.step("outbound-chat")["summary"];
    assert!(
        chat.as_str().is_some_and(|chat| chat.contains("opened")),
        "{chat}"
    );
}

#[test]
fn what_is_no_chat_is_refused() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    let audio = "v=0\nm=audio 5060 RTP/AVP 0\n";
    let sdp = "Content-Type: application/sdp\n";
    for (request, status) in [
        (request("OPTIONS", "echo.example", 1, "", ""), 200),
        (request("INVITE", &user, 2, sdp, audio), 488),
        (
            request(
                "INVITE",
                &user,
                3,
                "Content-Type: application/ms-conf-invite+xml\n",
                "<x/>",
            ),
            488,
        ),
        (
            request(
                "INVITE",
                &user,
                4,
                "Require: com.microsoft.rtc-multiparty\n",
                "",
            ),
            420,
        ),
        (request("SUBSCRIBE", &user, 5, "Event: dialog\n", ""), 489),
        (
            request(
                "SUBSCRIBE",
                &user,
                6,
                "Event: presence\nAccept: text/xml+msrtc.pidf\n",
                "",
            ),
            406,
        ),
        (
            request("MESSAGE", &user, 7, "Content-Type: image/png\n", "x"),
            415,
        ),
        (
            request(
                "MESSAGE",
                &user,
                8,
                "Content-Type: application/im-iscomposing+xml\n",
                "<x/>",
            ),
            200,
        ),
        (request("BYE", &user, 9, "", ""), 481),
        (request("CANCEL", &user, 10, "", ""), 200),
        (request("PUBLISH", &user, 11, "", ""), 405),
        (request("DANCE", &user, 12, "", ""), 501),
        (text("somebody@echo.example", 13), 404),
        (text("test@zahnfee.de", 14), 404),
        (
            request(
                "INVITE",
                &user,
                15,
                "Session-Expires: 30\nContent-Type: application/sdp\n",
                "v=0\nm=message 5060 sip null\n",
            ),
            422,
        ),
    ] {
        let answer = caller.ask(&request);
        let expected = format!("SIP/2.0 {status} ");
        assert!(answer.starts_with(&expected), "{request}\n{answer}");
    }
    let outcome = listening.end();
    outcome.finding("outbound-chat", "call-wrong-address");
    outcome.stands("pass pass pass pass pass unknown skip", "inconclusive", 3);
}

#[test]
fn what_is_said_may_be_too_little() {
    let post = Post::new();
    let connect = |listening: &Listening| {
        let call = Call::new(listening.to, "127.0.0.1").presenting(post.xphone());
        call.connect().expect("TLS")
    };
    let listening = post.listen(&[]);
    connect(&listening).finish();
    let outcome = listening.end();
    outcome.shows("outbound-sip", "call-no-sip", "unknown");
    outcome.shows("outbound-tls", "call-no-sni", "info");
    outcome.stands("pass pass pass pass unknown skip skip", "inconclusive", 3);

    let listening = post.listen(&[]);
    let mut caller = connect(&listening);
    caller.ask(&request("OPTIONS", "echo.example", 1, "", ""));
    let outcome = listening.end();
    outcome.shows("outbound-chat", "call-no-chat", "unknown");
    outcome.stands("pass pass pass pass pass unknown skip", "inconclusive", 3);

    let listening = post.listen(&[]);
    let mut caller = connect(&listening);
    let sdp = "v=0\nc=IN IP4 10.0.0.5\nm=message 5060 sip null\n";
    let more = "Content-Type: application/sdp\n";
    caller.ask(&request("INVITE", listening.user(), 1, more, sdp));
    let outcome = listening.end();
    let finding = outcome.finding("outbound-chat", "call-chat-not-sent");
    assert_eq!(finding["args"]["confirmed"], "no");
    outcome.stands("pass pass pass pass pass unknown skip", "inconclusive", 3);
}
