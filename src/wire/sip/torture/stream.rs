//! Several in a row, parts of them, bodies, and what stays of them.

use std::time::Duration;

use super::{FIRST, line, message, options, partner, reactions, status};
use crate::facts::What;
use crate::wire::sip::framer::{Framed, Framer};

/// §3.1.1.12, §3.1.1.13, §3.1.2.5, §3.1.2.19, §3.3.10: what is no answer to anything of ours is none, whatever it says.
#[test]
fn answers_to_nothing_are_borne() {
    let via = "Via: SIP/2.0/TLS a.example;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 8 INVITE\r\nContent-Length: 0\r\n\r\n";
    for first in [
        "SIP/2.0 4294967301 better not break the receiver",
        "SIP/2.0 200 ",
        "SIP/2.0 100 = 2**3 * 5**2 \u{43d}\u{43e}",
    ] {
        let reactions = reactions(format!("{first}\r\n{via}").as_bytes());
        assert_eq!(reactions.len(), 1, "{first}");
        assert!(
            reactions[0].send.is_empty() && reactions[0].exchange.is_none(),
            "{first}"
        );
    }
}

/// §3.1.1.8: several in a row, each as it ends, wherever the bytes are cut.
#[test]
fn messages_end_where_they_end() {
    let one = options(FIRST, &[("Content-Length", "5")]);
    let stream = [
        &one[..],
        b"hallo",
        b"\r\n\r\n",
        &one,
        b"12345",
        &options(FIRST, &[]),
    ]
    .concat();
    assert_eq!(reactions(&stream).len(), 3);
    for size in [1, 7, 100] {
        let mut framer = Framer::default();
        let mut count = 0;
        for part in stream.chunks(size) {
            framer.take(part);
            while let Framed::Message(_) = framer.read() {
                count += 1;
            }
        }
        assert_eq!(count, 3, "{size}");
        assert_eq!(framer.blank_lines(), 2);
        assert!(!framer.is_within_message());
    }
}

/// §3.1.1.11, §3.3.6: bodies of several parts, of bytes, and of what nobody knows.
#[test]
fn bodies_are_what_they_are_said_to_be() {
    let parts = b"--7a9cbec02ceef655\r\n\r\nHi\r\n--7a9cbec02ceef655\r\n\r\n\x00\xff\n\r\n--7a9cbec02ceef655--";
    for (method, content, body, expected) in [
        (
            "MESSAGE",
            "multipart/mixed;boundary=7a9cbec02ceef655",
            &parts[..],
            200,
        ),
        ("MESSAGE", "text/plain", &b"\xfc\x00\r\n\r\n"[..], 200),
        ("MESSAGE", "application/unknownformat", &b"<x/>"[..], 415),
        ("INVITE", "application/unknownformat", &b"<x/>"[..], 415),
    ] {
        let length = body.len().to_string();
        let sequence = format!("8392 {method}");
        let changes = [
            ("CSeq", sequence.as_str()),
            ("Contact", "<sip:a.example>"),
            ("Content-Type", content),
            ("Content-Length", &length),
        ];
        let head = options(&format!("{method} sip:test@echo.example SIP/2.0"), &changes);
        let bytes = [&head[..], body].concat();
        assert_eq!(status(&bytes), expected, "{method} {content}");
    }
}

/// §3.1.2.2: of what is not whole nothing is said, however long that lasts.
#[test]
fn a_length_beyond_what_has_come_is_waited_for() {
    let bytes = options(FIRST, &[("Content-Length", "9999")]);
    let mut framer = Framer::default();
    framer.take(&bytes);
    assert_eq!(framer.read(), Framed::Incomplete);
    framer.take(&[b'x'; 9998]);
    assert_eq!(framer.read(), Framed::Incomplete);
    assert!(framer.is_within_message());
    framer.take(b"x");
    assert!(matches!(framer.read(), Framed::Message(message) if message.body.len() == 9999));
}

/// No answer holds anything that the other side could take for a header of ours.
#[test]
fn nothing_is_smuggled_into_an_answer() {
    let bytes = options(
        FIRST,
        &[("From", "<sip:ann@a.example>;tag=1\rX-Injected: b")],
    );
    let answer = &reactions(&bytes)[0].send[0];
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    assert!(!answer.contains("\rX-Injected"), "{answer}");
}

/// The session is ended in time: before its half where we should refresh it, before its end where they
/// should and do not.
#[test]
fn a_session_is_over_when_nobody_refreshes_it() {
    for (header, seconds) in [
        ("1800;refresher=uas", 810),
        ("1800;refresher=uac", 1768),
        ("1800", 1768),
        ("90", 60),
    ] {
        let mut partner = partner();
        let body = "v=0\r\nm=message 5060 sip null\r\n";
        let length = body.len().to_string();
        let invite = options(
            "INVITE sip:test@echo.example SIP/2.0",
            &[
                ("CSeq", "1 INVITE"),
                ("Contact", "<sip:a.example;transport=tls>"),
                ("Content-Type", "application/sdp"),
                ("Session-Expires", header),
                ("Content-Length", &length),
            ],
        );
        let mut framer = Framer::default();
        framer.take(&invite);
        framer.take(body.as_bytes());
        let Framed::Message(invite) = framer.read() else {
            panic!("it is whole");
        };
        let accepted = partner.receive(&invite, line()).send.remove(0);
        assert!(accepted.starts_with("SIP/2.0 200 "), "{accepted}");
        let at = Duration::from_secs;
        assert!(partner.due(at(seconds - 1)).is_empty(), "{header}");
        let due = partner.due(at(seconds));
        assert_eq!(due.len(), 1, "{header}");
        let bye = partner.compose(&due[0]).expect("the dialog is there");
        assert!(
            bye.text
                .starts_with("BYE sip:a.example;transport=tls SIP/2.0\r\n")
        );
        partner.done(&due[0]);
        assert!(!partner.has_dialogs());
    }
}

#[test]
fn what_is_no_sip_is_none_as_soon_as_that_can_be_known() {
    for (bytes, is_sip) in [
        (&b"GET / HTTP/1.1\r\n"[..], false),
        (b"EHLO mail.example\r\n", false),
        (b"\x16\x03\x01\x02\x00", false),
        (b"<?xml version=\"1.0\"?>\n", false),
        (b"OPTIONS sip:a@b SIP/2.0\r\n", true),
        (b"OPT", true),
    ] {
        let mut framer = Framer::default();
        framer.take(bytes);
        let is_foreign = matches!(framer.read(), Framed::NotSip(_));
        assert_eq!(is_foreign, !is_sip, "{}", bytes.escape_ascii());
    }
}

/// However much comes, no more is held than a message.
#[test]
fn too_much_is_refused_before_it_is_held() {
    let mut framer = Framer::default();
    let start = [&options(FIRST, &[])[..FIRST.len() + 2], b"X: "].concat();
    framer.take(&start);
    let mut taken = 0;
    let refused = loop {
        match framer.read() {
            Framed::Incomplete => framer.take(&[b'x'; 8192]),
            Framed::Refused(refused) => break refused,
            other => panic!("{other:?}"),
        }
        taken += 8192;
    };
    assert_eq!((refused.status, refused.is_last), (513, true));
    assert!(taken <= 128 * 1024, "{taken}");
}

/// No ACK is answered, and no refusal makes a dialog.
#[test]
fn an_ack_is_never_answered() {
    for changes in [&[][..], &[("From", "")], &[("CSeq", "x ACK")]] {
        let mut changes = changes.to_vec();
        if !changes.iter().any(|(name, _)| *name == "CSeq") {
            changes.push(("CSeq", "1 ACK"));
        }
        let reactions = reactions(&options("ACK sip:test@echo.example SIP/2.0", &changes));
        assert!(reactions.iter().all(|reaction| reaction.send.is_empty()));
    }
}

/// Dialogs are bounded, and the refusal beyond them is said.
#[test]
fn dialogs_are_bounded() {
    let mut partner = partner();
    let mut refused = 0;
    for number in 0..300 {
        let text = options(
            "SUBSCRIBE sip:test@echo.example SIP/2.0",
            &[
                ("CSeq", "1 SUBSCRIBE"),
                ("Event", "presence"),
                ("Contact", "<sip:a.example>"),
                ("Call-ID", &format!("c{number}")),
            ],
        );
        let text = String::from_utf8(text).expect("text").replace('\r', "");
        let reaction = partner.receive(&message(&text), line());
        assert_eq!(
            reaction.exchange.map(|seen| seen.what),
            Some(What::Presence)
        );
        refused += u32::from(reaction.send[0].starts_with("SIP/2.0 480 "));
    }
    assert_eq!(refused, 300 - 256);
}
