//! The hello of the TLS library, made what partners on Windows send, and as long as it can get.
//!
//! The library offers what it can finish a handshake with, and no more; but which cipher suite a server
//! chooses is decided by all that a partner offers. And it asks for a stapled OCSP answer, as OpenSSL does not
//! unless it is told to, nor do programs on Windows that leave revocation alone: who sends one unasked is met
//! without it.

use super::suites::RENEGOTIATION_SCSV;
use super::write::{LARGE, kind, pad, sized};
use super::{MESSAGE_HEADER, RECORD_HEADER, handshake};
use crate::known::windows;

/// What stands before the session identifier: the version and the random number.
const BEFORE_SESSION: usize = 2 + 32;

/// The record of such a hello.
pub fn record_of_partner(record: &[u8]) -> Vec<u8> {
    match record.split_at_checked(RECORD_HEADER) {
        Some((header, message)) => [&header[..3], &sized(&of_partner(message))].concat(),
        None => record.to_vec(),
    }
}

/// The random number of the hello in this record.
pub fn random(record: &[u8]) -> Option<[u8; 32]> {
    let random = record.get(RECORD_HEADER + MESSAGE_HEADER + 2..)?;
    random.first_chunk().copied()
}

/// These messages of a handshake, with the hello that is sent instead of the first one: with all cipher suites
/// of Windows, and longer than any TCP segment. Anything else stays as it is.
pub fn of_partner(messages: &[u8]) -> Vec<u8> {
    rewritten(messages).unwrap_or_else(|| messages.to_vec())
}

fn rewritten(messages: &[u8]) -> Option<Vec<u8>> {
    let (&[kind, high, middle, low], rest) = messages.split_first_chunk::<MESSAGE_HEADER>()?;
    let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    let (body, others) = rest.split_at_checked(length)?;
    if kind != handshake::CLIENT_HELLO {
        return None;
    }
    let session = usize::from(*body.get(BEFORE_SESSION)?);
    let (before, rest) = body.split_at_checked(BEFORE_SESSION + 1 + session)?;
    let (offered, rest) = sized16(rest)?;
    let compressions = 1 + usize::from(*rest.first()?);
    let (compressions, rest) = rest.split_at_checked(compressions)?;
    let (extensions, []) = sized16(rest)? else {
        return None;
    };
    let mut suites = windows::SUITES.to_vec();
    // It is no suite, and says what an extension would.
    let is_signal = |two: &[u8]| two == RENEGOTIATION_SCSV.to_be_bytes();
    if offered.chunks_exact(2).any(is_signal) {
        suites.push(RENEGOTIATION_SCSV);
    }
    let suites: Vec<u8> = suites.into_iter().flat_map(u16::to_be_bytes).collect();
    let mut body = [before, &sized(&suites), compressions].concat();
    let mut extensions = without(extensions, kind::STATUS_REQUEST)?;
    pad(&mut extensions, MESSAGE_HEADER + body.len() + 2, LARGE);
    body.extend(sized(&extensions));
    let [_, high, middle, low] = super::write::be32(body.len());
    let header = [handshake::CLIENT_HELLO, high, middle, low];
    Some([&header, body.as_slice(), others].concat())
}

/// These extensions without the one of this kind.
fn without(mut extensions: &[u8], kind: u16) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    while !extensions.is_empty() {
        let ([high, low, ..], _) = extensions.split_first_chunk::<MESSAGE_HEADER>()?;
        let (data, rest) = sized16(&extensions[2..])?;
        let (extension, _) = extensions.split_at(MESSAGE_HEADER + data.len());
        if u16::from_be_bytes([*high, *low]) != kind {
            kept.extend_from_slice(extension);
        }
        extensions = rest;
    }
    Some(kept)
}

fn sized16(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::super::{Greeted, Hello, asked_for, greeting};
    use super::*;
    use crate::facts::HelloPart;

    #[test]
    fn it_is_longer_and_offers_what_windows_offers() {
        let record = Hello::Old.to_record("fed.echo.example", [7; 32]);
        assert_eq!(random(&record), Some([7; 32]));
        let longer = record_of_partner(&record);
        assert!(longer.len() > LARGE);
        let (Greeted::Hello(seen), Greeted::Hello(whole)) = (greeting(&longer), greeting(&record))
        else {
            panic!("both can be read");
        };
        assert_eq!(seen.suites.len(), windows::SUITES.len(), "{seen:?}");
        assert_eq!(seen.suites[0], "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
        assert_eq!(seen.server_name, whole.server_name);
        assert_eq!(seen.groups, whole.groups);
        let suites: Vec<u8> = windows::SUITES
            .into_iter()
            .flat_map(u16::to_be_bytes)
            .collect();
        let signal = [&suites[..], &RENEGOTIATION_SCSV.to_be_bytes()].concat();
        assert!(longer.windows(signal.len()).any(|part| part == signal));
    }

    /// Some servers send a stapled answer unasked.
    #[test]
    fn it_asks_for_no_staple() {
        let hello = Hello::With(HelloPart::StatusRequest);
        let record = hello.to_record("fed.echo.example", [7; 32]);
        let mut asked = asked_for(&record);
        assert!(asked.contains(&kind::STATUS_REQUEST), "{asked:?}");
        asked.retain(|kind| *kind != kind::STATUS_REQUEST);
        asked.retain(|kind| *kind != kind::PADDING);
        let mut longer = asked_for(&record_of_partner(&record));
        longer.retain(|kind| *kind != kind::PADDING);
        assert_eq!(longer, asked);
        assert!(asked_for(&record[..record.len() - 1]).is_empty());
    }

    /// The transcript of a handshake holds other messages, too, and a server's may come in any form.
    #[test]
    fn nothing_else_is_changed() {
        let record = Hello::Old.to_record("fed.echo.example", [7; 32]);
        let message = &record[RECORD_HEADER..];
        for end in 0..message.len() {
            assert_eq!(of_partner(&message[..end]), &message[..end], "{end}");
        }
        for other in [&[2, 0, 0, 0][..], b"OPTIONS sip:a SIP/2.0\r\n"] {
            assert_eq!(of_partner(other), other);
            let all = [message, other].concat();
            assert_eq!(of_partner(&all), [&of_partner(message), other].concat());
        }
    }
}
