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
    is_hello(start) && random.is_some_and(is_marked)
}

/// Whether a server's random number bears that mark.
pub(crate) fn is_marked(random: &[u8]) -> bool {
    DOWNGRADED.iter().any(|mark| random.ends_with(*mark))
}

/// The extensions that have a meaning, by their IANA numbers. Without truncated_hmac, cert_type and heartbeat (4, 9
/// and 15), which mean nothing any more to the libraries of today, and status_request_v2 (17), which never meant
/// anything to OpenSSL and GnuTLS: they pass over them.
const KNOWN: [u16; 29] = [
    0, 1, 2, 3, 5, 10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22, 23, 27, 28, 35, 41, 42, 43, 44, 45,
    47, 51, 13172, 0xff01,
];

/// Those whose answer others bear in TLS 1.2, since they ask for them: encrypt_then_mac,
/// record_size_limit.
const ASKED_BY_OTHERS: [u16; 2] = [22, 28];

/// What needs not to be asked for: a cookie (RFC 8446 §4.2.2), and what a cipher suite asks for as well (RFC 5746
/// §3.3).
const UNBIDDEN: [u16; 2] = [44, 0xff01];

/// All that have a place in a ServerHello of TLS 1.3, or in a HelloRetryRequest (RFC 8446 §4.2).
const OF_MODERN_HELLOS: [u16; 4] = [41, 43, 44, 51];

/// Those that TLS 1.3 brought, which are refused in a ServerHello of TLS 1.2, with the signature
/// schemes, which only clients name. OpenSSL and GnuTLS hang up on each of them.
const MISPLACED: [u16; 5] = [13, 41, 43, 45, 51];

/// The versions that TLS 1.3 names, and the key of the server.
const SUPPORTED_VERSIONS: u16 = 43;
const OF_TLS_13: [u8; 2] = [3, 4];

/// The session identifier of a hello, of either side.
pub(crate) fn session(start: &[u8]) -> Option<&[u8]> {
    let length = usize::from(*start.get(BEFORE_SESSION)?);
    start.get(BEFORE_SESSION + 1..)?.get(..length)
}

/// The version by which a ServerHello calls itself, which is not the one agreed on in TLS 1.3.
pub(crate) fn legacy_version(start: &[u8]) -> Option<u16> {
    let version = start.get(9..11)?;
    is_hello(start).then(|| u16::from_be_bytes([version[0], version[1]]))
}

/// Whether this ServerHello chooses TLS 1.3.
pub(crate) fn is_tls13(start: &[u8]) -> bool {
    let found = extensions(start).unwrap_or_default();
    found.contains(&(SUPPORTED_VERSIONS, OF_TLS_13.as_slice()))
}

/// Whether this ServerHello of TLS 1.2 has an extension that belongs elsewhere.
pub(crate) fn has_misplaced(start: &[u8]) -> bool {
    let found = extensions(start).unwrap_or_default();
    found.iter().any(|(kind, _)| MISPLACED.contains(kind))
}

/// Whether this ServerHello of TLS 1.3 has an extension that everybody knows from elsewhere.
pub(crate) fn has_misplaced_in_tls13(start: &[u8]) -> bool {
    let found = extensions(start).unwrap_or_default();
    let is_misplaced = |kind| KNOWN.contains(kind) && !OF_MODERN_HELLOS.contains(kind);
    is_tls13(start) && found.iter().any(|(kind, _)| is_misplaced(kind))
}

/// Whether what nobody asked for in this ServerHello is what nobody knows, or what others ask for.
pub(crate) fn has_unknown_only(start: &[u8]) -> bool {
    /// What a client of today may ask for, and gets an answer to here.
    const ANSWERS: [u16; 7] = [0, 5, 10, 11, 23, 35, 0xff01];
    let found = extensions(start).unwrap_or_default();
    let is_modern = is_tls13(start);
    let answers = if is_modern {
        OF_MODERN_HELLOS.as_slice()
    } else {
        &ANSWERS
    };
    let is_known = |kind| KNOWN.contains(kind) && (is_modern || !ASKED_BY_OTHERS.contains(kind));
    let mut others = found.iter().filter(|(kind, _)| !answers.contains(kind));
    others.clone().next().is_some() && others.all(|(kind, _)| !is_known(kind))
}

/// An extension in this ServerHello that is none of those asked for: one that everybody knows, if there is one.
pub(crate) fn unasked(start: &[u8], asked: &[u16]) -> Option<u16> {
    let found = extensions(start)?.into_iter().map(|(kind, _)| kind);
    first_unasked(found, asked)
}

/// The same of these extensions.
pub(crate) fn first_unasked(found: impl Iterator<Item = u16>, asked: &[u16]) -> Option<u16> {
    let others = found.filter(|kind| !asked.contains(kind) && !UNBIDDEN.contains(kind));
    others.min_by_key(|kind| !is_refused_by_all(*kind))
}

/// Whether everybody hangs up on this extension who has not asked for it: others are passed over by those who do
/// not know them, or asked for.
pub(crate) fn is_refused_by_all(kind: u16) -> bool {
    KNOWN.contains(&kind) && !ASKED_BY_OTHERS.contains(&kind)
}

/// The extensions of a ServerHello; `None` where it is no whole one.
fn extensions(start: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    if !is_hello(start) {
        return None;
    }
    let message = usize::from(u16::from_be_bytes([*start.get(7)?, *start.get(8)?]));
    let session = usize::from(*start.get(BEFORE_SESSION)?);
    let mut rest = start.get(BEFORE_SESSION + 1 + session + 3 + 2..5 + 4 + message)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let kind = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
        let length = usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
        found.push((kind, rest.get(4..4 + length)?));
        rest = &rest[4 + length..];
    }
    Some(found)
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
    fn extensions_that_are_out_of_place_or_unknown() {
        let info = [0xff, 1, 0, 1, 0];
        let key = [0, 51, 0, 2, 1, 0];
        let alpn = [0, 16, 0, 0];
        let unknown = [0x12, 0x34, 0, 0];
        for (extensions, misplaced, unknown_only) in [
            (&[][..], false, false),
            (&[&info[..]], false, false),
            (&[&info, &key], true, false),
            (&[&unknown], false, true),
            (&[&info, &unknown], false, true),
            (&[&unknown, &alpn], false, false),
            (&[&[0, 28, 0, 2, 64, 1]], false, true),
            (&[&[0, 22, 0, 0]], false, true),
            (&[&[0, 4, 0, 0]], false, true),
            (&[&[0, 9, 0, 1, 0], &info], false, true),
            (&[&[0, 15, 0, 1, 1]], false, true),
            (&[&[0, 17, 0, 0], &info], false, true),
        ] {
            let hello = hello(&extensions.concat());
            assert_eq!(has_misplaced(&hello), misplaced, "{extensions:?}");
            assert_eq!(has_unknown_only(&hello), unknown_only, "{extensions:?}");
        }
        let modern = [0, 43, 0, 2, 3, 4];
        for (more, misplaced, unknown_only) in [
            (&key[..], false, false),
            (&unknown, false, true),
            (&[0, 4, 0, 0], false, true),
            (&[0, 15, 0, 1, 1], false, true),
            (&[0, 22, 0, 0], true, false),
            (&[0, 10, 0, 4, 0, 2, 0, 29], true, false),
            (&[0, 23, 0, 0], true, false),
        ] {
            let hello = hello(&[&modern[..], more].concat());
            assert_eq!(has_misplaced_in_tls13(&hello), misplaced, "{more:?}");
            assert_eq!(has_unknown_only(&hello), unknown_only, "{more:?}");
        }
        let hello = hello(&modern);
        assert!(is_tls13(&hello) && !has_misplaced_in_tls13(&hello));
        assert_eq!(session(&hello), Some(&[9; 4][..]));
        assert_eq!(legacy_version(&hello), Some(0x0303));
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
