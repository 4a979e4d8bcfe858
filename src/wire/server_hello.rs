//! What a ServerHello shows that the TLS library does not tell, or does not look at: whether the
//! server knows secure renegotiation (RFC 5746), and the marks that forbid to go on.

/// renegotiation_info. A client that says so itself gets it back.
const EXTENSION: [u8; 2] = [0xff, 0x01];
/// Of a ServerHello record up to its session identifier: the headers of record and message, the
/// version, the random number.
const BEFORE_SESSION: usize = 5 + 4 + 2 + 32;

/// How the random number of a server ends that could speak TLS 1.3 or TLS 1.2, and was made to speak
/// less (RFC 8446 §4.1.3).
const DOWNGRADED: [&[u8; 8]; 2] = [b"DOWNGRD\x01", b"DOWNGRD\x00"];

/// What the ServerHello says of renegotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renegotiation {
    /// Nothing.
    Unknown,
    /// That it is secure.
    Secure,
    /// That this handshake is one, which the first is not: a client must hang up (RFC 5746 §3.4).
    Underway,
}

/// Whether the first bytes of a server's answer are those of one that was made to speak an older
/// version than both sides have, if they choose TLS 1.2.
pub(crate) fn is_downgraded(start: &[u8]) -> bool {
    let random = start.get(BEFORE_SESSION - 32..BEFORE_SESSION);
    is_hello(start)
        && random.is_some_and(|random| DOWNGRADED.iter().any(|mark| random.ends_with(*mark)))
}

fn is_hello(start: &[u8]) -> bool {
    matches!(start, [0x16, 0x03, _, _, _, 0x02, ..])
}

/// What the first bytes of a server's answer say; `None` where they are no whole ServerHello.
pub(crate) fn renegotiation(start: &[u8]) -> Option<Renegotiation> {
    if !is_hello(start) {
        return None;
    }
    let message = usize::from(u16::from_be_bytes([*start.get(7)?, *start.get(8)?]));
    let end = 5 + 4 + message;
    let session = usize::from(*start.get(BEFORE_SESSION)?);
    // Behind the identifier: the cipher suite and the compression.
    let extensions = BEFORE_SESSION + 1 + session + 3;
    if extensions >= end {
        return Some(Renegotiation::Unknown);
    }
    let mut rest = start.get(extensions + 2..end)?;
    while let [kind @ .., _, _] = rest.get(..4)? {
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if kind == EXTENSION {
            // One byte says how long the proof of the earlier handshake is.
            return Some(match rest.get(4..4 + length)? {
                [0] => Renegotiation::Secure,
                _ => Renegotiation::Underway,
            });
        }
        rest = rest.get(4 + length..)?;
        if rest.is_empty() {
            return Some(Renegotiation::Unknown);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Renegotiation::{Secure, Underway, Unknown};
    use super::*;

    /// A ServerHello of TLS 1.2 with a session identifier and these extensions.
    fn hello(extensions: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.push(4);
        body.extend([9; 4]);
        body.extend([0xc0, 0x2f, 0]);
        if !extensions.is_empty() {
            body.extend(length(extensions));
            body.extend(extensions);
        }
        let message = [&[2, 0][..], &length(&body), &body].concat();
        [&[0x16, 3, 3][..], &length(&message), &message].concat()
    }

    #[test]
    fn the_extension_is_found_or_missed() {
        let points = [0, 11, 0, 2, 1, 0];
        let info = [0xff, 1, 0, 1, 0];
        assert_eq!(renegotiation(&hello(&[])), Some(Unknown));
        assert_eq!(renegotiation(&hello(&points)), Some(Unknown));
        assert_eq!(renegotiation(&hello(&info)), Some(Secure));
        let both = [&points[..], &info].concat();
        assert_eq!(renegotiation(&hello(&both)), Some(Secure));
        for underway in [
            &[0xff, 1, 0, 2, 1, 97][..],
            &[0xff, 1, 0, 0],
            &[0xff, 1, 0, 1, 1],
        ] {
            assert_eq!(renegotiation(&hello(underway)), Some(Underway));
        }
        // What follows in the same flight is not looked at.
        let flight = [hello(&points), info.to_vec()].concat();
        assert_eq!(renegotiation(&flight), Some(Unknown));
    }

    #[test]
    fn what_is_no_whole_hello_says_nothing() {
        let whole = hello(&[0xff, 1, 0, 1, 0]);
        for end in 0..whole.len() {
            assert_eq!(renegotiation(&whole[..end]), None, "{end}");
        }
        assert_eq!(renegotiation(b"\x15\x03\x03\x00\x02\x02\x28"), None);
    }

    #[test]
    fn both_marks_of_a_downgrade_are_seen() {
        for (end, expected) in [
            (*b"DOWNGRD\x01", true),
            (*b"DOWNGRD\x00", true),
            (*b"DOWNGRD\x02", false),
        ] {
            let mut hello = hello(&[]);
            hello[BEFORE_SESSION - 8..BEFORE_SESSION].copy_from_slice(&end);
            assert_eq!(is_downgraded(&hello), expected);
            assert!(!is_downgraded(&hello[..BEFORE_SESSION - 1]));
        }
    }
}
