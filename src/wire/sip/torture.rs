//! The messages of RFC 4475, written anew from what it says about them, and what else a stranger may
//! send: the right ones are read, the wrong ones refused with the status that it names.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::framer::{Framed, Framer};
use super::message::Message;
use super::partner::{Identity, Line, Partner, Reaction};
use crate::facts::What;

fn partner() -> Partner {
    let identity = Identity {
        fqdn: "fed.echo.example".to_owned(),
        domain: "echo.example".to_owned(),
        user: "test".to_owned(),
        port: 5061,
        expected: None,
        echo: None,
    };
    Partner::new(identity, 7)
}

fn line() -> Line {
    Line {
        from: ([192, 0, 2, 1], 5061).into(),
        to: IpAddr::V4(Ipv4Addr::LOCALHOST),
        number: 0,
        at: Duration::ZERO,
    }
}

/// What becomes of these bytes, message by message.
fn reactions(bytes: &[u8]) -> Vec<Reaction> {
    let (mut framer, mut partner) = (Framer::default(), partner());
    framer.take(bytes);
    let mut reactions = Vec::new();
    loop {
        match framer.read() {
            Framed::Message(message) => reactions.push(partner.receive(&message, line())),
            Framed::Refused(refused) => {
                reactions.push(partner.refuse(&refused, line()));
                if refused.is_last {
                    return reactions;
                }
            }
            Framed::Incomplete | Framed::NotSip(_) => return reactions,
        }
    }
}

/// The status of the first answer; 0 for none.
fn status(bytes: &[u8]) -> u16 {
    let reactions = reactions(bytes);
    let answer = reactions.first().and_then(|reaction| reaction.send.first());
    let code = answer.and_then(|answer| answer.get(8..11)?.parse().ok());
    code.unwrap_or_default()
}

fn message(text: &str) -> Message {
    let mut framer = Framer::default();
    framer.take(text.replace('\n', "\r\n").as_bytes());
    match framer.read() {
        Framed::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

/// OPTIONS with these lines in the place of its own of the same names.
fn options(first: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let headers = [
        ("Via", "SIP/2.0/TLS a.example;branch=z9hG4bK1"),
        ("Max-Forwards", "70"),
        ("From", "<sip:ann@a.example>;tag=1"),
        ("To", "<sip:test@echo.example>"),
        ("Call-ID", "c1"),
        ("CSeq", "1 OPTIONS"),
        ("Content-Length", "0"),
    ];
    let mut text = format!("{first}\r\n");
    for (name, value) in headers {
        let mut instead = changes.iter().filter(|(own, _)| *own == name).peekable();
        if instead.peek().is_none() {
            text.extend([
                name, ": ", value, "
",
            ]);
        }
        for (_, value) in instead.filter(|(_, value)| !value.is_empty()) {
            text.extend([
                name, ": ", value, "
",
            ]);
        }
    }
    for (name, value) in changes {
        if !headers.iter().any(|(own, _)| own == name) {
            text.extend([
                name, ": ", value, "
",
            ]);
        }
    }
    (text + "\r\n").into_bytes()
}

const FIRST: &str = "OPTIONS sip:test@echo.example SIP/2.0";

/// §3.1.1.1: short names, folded lines, odd case, blanks, unknown headers, quotes in names.
#[test]
fn a_short_tortuous_invite() {
    let text = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\n\
        TO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\n\
        from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\n\
        MaX-fOrWaRdS: 0068\n\
        Call-ID: wsinv.ndaksdj@192.0.2.1\n\
        Content-Length   : 3\n\
        cseq: 0009\n  INVITE\n\
        Via  : SIP  /   2.0\n /UDP\n    192.0.2.2;branch=390skdjuw\n\
        s :\n\
        NewFangledHeader:   newfangled value\n continued newfangled value\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\n\
        Content-Type: application/sdp\n\
        Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n\
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8\n\
        m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\n      newvalue\n\n\
        v=0";
    let read = message(text);
    assert_eq!(read.method(), Some("INVITE"));
    assert_eq!(read.all("Via").count(), 2);
    assert_eq!(read.sequence(), Some((9, "INVITE")));
    assert_eq!(read.header("Subject"), Some(""));
    assert_eq!(read.body, b"v=0");
    // It is within a dialog that nobody here knows.
    assert_eq!(status(text.replace('\n', "\r\n").as_bytes()), 481);
}

#[test]
fn what_is_right_is_answered() {
    for (what, bytes) in [
        ("as ever", options(FIRST, &[])),
        (
            "§3.1.1.2: every sign of a token",
            options(
                "!interesting-Method0123456789_*+`.%indeed'~ sip:test@echo.example SIP/2.0",
                &[("CSeq", "1 !interesting-Method0123456789_*+`.%indeed'~")],
            ),
        ),
        (
            "§3.1.1.3: escaped signs",
            options(
                "OPTIONS sip:sips%3Auser%40example.com@echo.example SIP/2.0",
                &[],
            ),
        ),
        (
            "§3.1.1.9: semicolon in the user",
            options(
                "OPTIONS sip:user;par=u%40example.net@echo.example SIP/2.0",
                &[],
            ),
        ),
        (
            "§3.1.1.4: escaped zeros",
            options(
                "OPTIONS sip:null-%00-null@echo.example SIP/2.0",
                &[
                    ("To", "<sip:%00@echo.example>"),
                    ("From", "sip:null-%00-null@a.example;tag=1"),
                ],
            ),
        ),
        (
            "§3.1.1.5: an escape in a method is none",
            options(
                "RE%47IST%45R sip:registrar.echo.example SIP/2.0",
                &[("CSeq", "29344 RE%47IST%45R")],
            ),
        ),
        (
            "§3.1.1.6: no blank before the bracket",
            options(FIRST, &[("From", "caller<sip:caller@a.example>;tag=323")]),
        ),
        (
            "§3.1.1.7: long values",
            options(
                FIRST,
                &[
                    (
                        "To",
                        &format!(
                            "\"I have {} name\" <sip:{}@echo.example:6000;unknownparam={}>",
                            "a user ".repeat(200),
                            "amazinglylong".repeat(90),
                            "very".repeat(300)
                        ),
                    ),
                    (
                        "From",
                        &format!("sip:a@a.example;tag={}", "12982424".repeat(100)),
                    ),
                    (
                        "Call-ID",
                        &format!("{}@a.example", "longreq.one".repeat(90)),
                    ),
                    ("Unknown-Header", &"long ".repeat(2000)),
                    ("Via", &["SIP/2.0/TCP sip33.example.com"; 34].join(", ")),
                ],
            ),
        ),
        (
            "§3.1.1.10: ways that nobody knows",
            options(
                FIRST,
                &[
                    ("Via", "SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw"),
                    ("Via", "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf"),
                    ("Via", "SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj"),
                    (
                        "Via",
                        "SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
                    ),
                    ("Via", "SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee"),
                ],
            ),
        ),
        (
            "§3.1.2.11: headers in the URI are not looked at",
            options(
                "OPTIONS sip:test@echo.example?Route=%3Csip:example.com%3E SIP/2.0",
                &[],
            ),
        ),
        (
            "§3.1.2.14: blanks around a URI are borne",
            options(
                FIRST,
                &[("To", "\"Watson, Thomas\" < sip:test@echo.example >")],
            ),
        ),
        (
            "§3.1.2.15: a comma in a name is borne",
            options(
                FIRST,
                &[("From", "Bell, Alexander <sip:a.g.bell@a.example>;tag=43")],
            ),
        ),
        (
            "§3.2.1: a branch that says nothing",
            options(FIRST, &[("Via", "SIP/2.0/TLS a.example;branch=z9hG4bK")]),
        ),
        (
            "§3.3.4: unknown schemes in headers",
            options(
                FIRST,
                &[
                    ("To", "isbn:2983792873"),
                    ("From", "<http://www.example.com>;tag=3234233"),
                    ("Contact", "<name:John_Smith>"),
                ],
            ),
        ),
        (
            "commas in quotes",
            options(
                FIRST,
                &[(
                    "Via",
                    "SIP/2.0/TLS a.example;ms-internal-info=\"a,,b;;\";branch=z9hG4bK1",
                )],
            ),
        ),
        (
            "blanks at the end of Via",
            options(FIRST, &[("Via", "SIP/2.0/TLS a.example;branch=z9hG4bK1  ")]),
        ),
        (
            "§3.3.11: Max-Forwards 0",
            options(FIRST, &[("Max-Forwards", "0")]),
        ),
        (
            "§3.4.1: of before RFC 3261, no branch",
            options(
                FIRST,
                &[
                    ("Via", "SIP/2.0/UDP a.example"),
                    ("From", "<sip:ann@a.example>"),
                ],
            ),
        ),
        (
            "§3.1.2.12: a date that is none",
            options(FIRST, &[("Date", "Fri, 01 Jan 2010 16:00:00 EST")]),
        ),
        ("no Max-Forwards", options(FIRST, &[("Max-Forwards", "")])),
        (
            "no Content-Length",
            options(FIRST, &[("Content-Length", "")]),
        ),
        (
            "the same length twice",
            options(FIRST, &[("Content-Length", "0"), ("Content-Length", "0")]),
        ),
        (
            "keep-alives before it",
            [b"\r\n\r\n\r\n".as_slice(), &options(FIRST, &[])].concat(),
        ),
        (
            "bare line feeds",
            String::from_utf8(options(FIRST, &[]))
                .expect("text")
                .replace('\r', "")
                .into_bytes(),
        ),
        (
            "not UTF-8",
            [&options(FIRST, &[])[..], b""]
                .concat()
                .into_iter()
                .map(|byte| if byte == b'n' { 0xf6 } else { byte })
                .collect(),
        ),
    ] {
        let expected = match what {
            "§3.1.1.2: every sign of a token" | "§3.1.1.5: an escape in a method is none" => 501,
            // An n is no token then, where it stands in a name.
            "not UTF-8" => 400,
            _ => 200,
        };
        assert_eq!(status(&bytes), expected, "{what}");
    }
}

/// What it is, the first line, the changed headers, the status.
type Wrong = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    u16,
);

const WRONG: &[Wrong] = &[
    (
        "§3.1.2.1: separators of nothing",
        FIRST,
        &[("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,")],
        400,
    ),
    (
        "§3.1.2.13: a registration, its contact without brackets",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "2 REGISTER"),
            (
                "Contact",
                "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
            ),
        ],
        405,
    ),
    (
        "§3.3.7: a registration, its authorization unknown",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9338 REGISTER"),
            ("Authorization", "NoOneKnowsThisScheme opaque-data=here"),
        ],
        405,
    ),
    (
        "§3.3.12 to 14: a registration with parameters and headers",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9338 REGISTER"),
            (
                "Contact",
                "<sip:+19725552222@gw1.example.net;unknownparam?Route=%3Csip:a%3E>;q=0.2",
            ),
        ],
        405,
    ),
    (
        "§3.3.15: an answer that nobody can give",
        "INVITE sip:test@echo.example SIP/2.0",
        &[
            ("CSeq", "14 INVITE"),
            ("Contact", "<sip:a.example>"),
            ("Accept", "text/nobodyKnowsThis"),
        ],
        406,
    ),
    (
        "a line that ends within",
        FIRST,
        &[("Subject", "a\rX-Injected: b")],
        400,
    ),
    (
        "§3.1.2.3: a negative length",
        FIRST,
        &[("Content-Length", "-999")],
        400,
    ),
    (
        "§3.3.9: two lengths",
        FIRST,
        &[("Content-Length", "0"), ("Content-Length", "5")],
        400,
    ),
    (
        "§3.1.2.4: numbers beyond all bounds",
        FIRST,
        &[("CSeq", "36893488147419103232 OPTIONS")],
        400,
    ),
    (
        "§3.1.2.4: too many hops",
        FIRST,
        &[("Max-Forwards", "300")],
        400,
    ),
    (
        "§3.1.2.6: quotes that do not close",
        FIRST,
        &[("To", "\"Mr. J. User <sip:test@echo.example>")],
        400,
    ),
    (
        "§3.1.2.7: URI in brackets",
        "OPTIONS <sip:test@echo.example> SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.8: blanks in the URI",
        "OPTIONS sip:test@echo.example; lr SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.9: blanks too many",
        "OPTIONS  sip:test@echo.example  SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.10: blanks behind it",
        "OPTIONS sip:test@echo.example SIP/2.0  ",
        &[],
        400,
    ),
    (
        "§3.1.2.16: another version",
        "OPTIONS sip:test@echo.example SIP/7.0",
        &[],
        505,
    ),
    (
        "§3.1.2.17: another method",
        FIRST,
        &[("CSeq", "1 INVITE")],
        400,
    ),
    (
        "§3.1.2.18: another, unknown",
        "NEWMETHOD sip:test@echo.example SIP/2.0",
        &[],
        400,
    ),
    ("§3.3.1: headers are missing", FIRST, &[("From", "")], 400),
    (
        "§3.3.1: headers are missing",
        FIRST,
        &[("Call-ID", "")],
        400,
    ),
    ("§3.3.1: headers are missing", FIRST, &[("Via", "")], 400),
    (
        "§3.3.2: an unknown scheme",
        "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0",
        &[],
        416,
    ),
    (
        "§3.3.3: one that is known elsewhere",
        "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0",
        &[],
        416,
    ),
    (
        "§3.3.8: headers that may come once",
        FIRST,
        &[("CSeq", "5 OPTIONS"), ("CSeq", "1 OPTIONS")],
        400,
    ),
    (
        "§3.3.8: headers that may come once",
        FIRST,
        &[("To", "<sip:a@b>"), ("To", "<sip:c@d>")],
        400,
    ),
    ("a URI without a host", "OPTIONS sip: SIP/2.0", &[], 400),
    (
        "a header that is none",
        FIRST,
        &[("Not a header", "x")],
        400,
    ),
];

#[test]
fn what_is_wrong_is_refused() {
    for (what, first, changes, expected) in WRONG {
        assert_eq!(status(&options(first, changes)), *expected, "{what}");
    }
    let extension = options(
        "OPTIONS sip:test@echo.example SIP/2.0",
        &[("Require", "nothingSupportsThis, nothingSupportsThisEither")],
    );
    let answer = &reactions(&extension)[0].send[0];
    assert!(answer.starts_with("SIP/2.0 420 "), "§3.3.5: {answer}");
    assert!(answer.contains("\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"));
}

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
