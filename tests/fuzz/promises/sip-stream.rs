//! What a caller says to a test partner: whole or in pieces, it is answered the same. What is answered
//! is SIP, no more is held than a message, and no text is written down.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use xfed::internals::{Framed, Framer, Line, Partner, PartnerIdentity, Reaction, Start, shown};

/// Of what people write to each other, in the seeds.
const TEXT: &str = "Wurzelbehandlung";
/// No answer is longer than what it answers and this.
const ROOM: usize = 4096;

fn partner() -> Partner {
    let identity = PartnerIdentity {
        fqdn: "fed.echo.example".to_owned(),
        domain: "echo.example".to_owned(),
        user: "test".to_owned(),
        port: 5061,
        expected: None,
        echo: Some("heard".to_owned()),
    };
    Partner::new(identity, 7)
}

/// What is sent back on the connection, and for how many requests of our own there is a reason.
fn answers<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<String>, usize) {
    let (mut framer, mut partner) = (Framer::default(), partner());
    let line = Line {
        from: ([192, 0, 2, 1], 5061).into(),
        to: IpAddr::V4(Ipv4Addr::LOCALHOST),
        number: 1,
        at: Duration::ZERO,
    };
    let (mut said, mut own) = (Vec::new(), 0);
    for piece in pieces {
        framer.take(piece);
        loop {
            let (reaction, is_last) = match framer.read() {
                Framed::Incomplete => break,
                Framed::NotSip(start) => {
                    assert!(start.len() <= 64);
                    return (said, own);
                }
                Framed::Message(message) => {
                    let text = shown(&message, b"salt");
                    let uri = match &message.start {
                        Start::Request { uri, .. } => Some(uri),
                        Start::Response { .. } => None,
                    };
                    let mut values = message.headers.iter().map(|(_, value)| value).chain(uri);
                    // What stands as one word in a header, or in the URI of a request, is an identifier of the
                    // caller's, as far as anybody can tell.
                    let is_identifier = values.any(|value| value.contains(TEXT));
                    // Nor is there more to a response than its reason.
                    let mut lines = text.lines().filter(|line| !line.starts_with("SIP/2.0 "));
                    let is_shown = lines.any(|line| line.contains(TEXT));
                    assert!(is_identifier || !is_shown, "{text}");
                    (partner.receive(&message, line), false)
                }
                Framed::Refused(refused) => (partner.refuse(&refused, line), refused.is_last),
            };
            own += reaction.errands.len();
            for errand in &reaction.errands {
                let composed = partner.compose(errand).expect("it has just come up");
                is_sip(&composed.text);
                partner.give_up(&composed);
                partner.done(errand);
            }
            said.extend(taken(reaction));
            if is_last {
                return (said, own);
            }
        }
    }
    (said, own)
}

/// The answers as they are compared: of what is cut off because it is too large, only the status.
fn taken(reaction: Reaction) -> impl Iterator<Item = String> {
    reaction.send.into_iter().map(|text| {
        is_sip(&text);
        match text.strip_prefix("SIP/2.0 513 ") {
            Some(_) => "513".to_owned(),
            None => text,
        }
    })
}

/// What is said is one message that others can take out of the stream.
fn is_sip(text: &str) {
    let mut framer = Framer::default();
    framer.take(text.as_bytes());
    // What was wrong in a request is wrong where it is copied, too, and ends nowhere else.
    let read = framer.read();
    assert!(
        matches!(read, Framed::Message(_) | Framed::Refused(_)),
        "{read:?}: {text}"
    );
    assert!(!framer.is_within_message(), "{text}");
}

/// The first byte says how large the pieces are.
pub fn holds(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let whole = answers([stream].into_iter());
    let length: usize = whole.0.iter().map(String::len).sum();
    assert!(length <= (stream.len() + ROOM) * 16, "{length}");
    let pieces = stream.chunks(usize::from(*size).max(1));
    assert_eq!(answers(pieces), whole);
}
