//! The messages of RFC 4475, written anew from what it says about them, and what else a stranger may
//! send: the right ones are read, the wrong ones refused with the status that it names.

mod messages;
mod refused;
mod stream;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::framer::{Framed, Framer};
use super::message::Message;
use super::partner::{Identity, Line, Partner, Reaction};

/// What it is, the first line, the changed headers, the status.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    u16,
);

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
