//! Whether a server knows secure renegotiation (RFC 5746), as its ServerHello shows: a client that
//! says so itself gets the extension back.

/// renegotiation_info.
const EXTENSION: [u8; 2] = [0xff, 0x01];
/// Of a ServerHello record up to its session identifier: the headers of record and message, the
/// version, the random number.
const BEFORE_SESSION: usize = 5 + 4 + 2 + 32;

/// What the first bytes of a server's answer say; `None` where they are no whole ServerHello.
pub(crate) fn is_secure(start: &[u8]) -> Option<bool> {
    if !matches!(start, [0x16, 0x03, _, _, _, 0x02, ..]) {
        return None;
    }
    let message = usize::from(u16::from_be_bytes([*start.get(7)?, *start.get(8)?]));
    let end = 5 + 4 + message;
    let session = usize::from(*start.get(BEFORE_SESSION)?);
    // Behind the identifier: the cipher suite and the compression.
    let extensions = BEFORE_SESSION + 1 + session + 3;
    if extensions >= end {
        return Some(false);
    }
    let mut rest = start.get(extensions + 2..end)?;
    while let [kind @ .., _, _] = rest.get(..4)? {
        if kind == EXTENSION {
            return Some(true);
        }
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        rest = rest.get(4 + length..)?;
        if rest.is_empty() {
            return Some(false);
        }
    }
    None
}

#[cfg(test)]
mod tests {
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
        let renegotiation = [0xff, 1, 0, 1, 0];
        assert_eq!(is_secure(&hello(&[])), Some(false));
        assert_eq!(is_secure(&hello(&points)), Some(false));
        assert_eq!(is_secure(&hello(&renegotiation)), Some(true));
        let both = [&points[..], &renegotiation].concat();
        assert_eq!(is_secure(&hello(&both)), Some(true));
        // What follows in the same flight is not looked at.
        let flight = [hello(&points), renegotiation.to_vec()].concat();
        assert_eq!(is_secure(&flight), Some(false));
    }

    #[test]
    fn what_is_no_whole_hello_says_nothing() {
        let whole = hello(&[0xff, 1, 0, 1, 0]);
        for end in 0..whole.len() {
            assert_eq!(is_secure(&whole[..end]), None, "{end}");
        }
        assert_eq!(is_secure(b"\x15\x03\x03\x00\x02\x02\x28"), None);
    }
}
