//! A client's hello, read beside the TLS library, which does not say what was offered.

use super::suites::{GROUPS, MODERN_GROUPS, MODERN_SUITES, SUITES, name_in};
use super::write::kind;
use super::{MAJOR, MESSAGE_HEADER, RECORD_HEADER, content, handshake, is_foreign, version};
use crate::facts::{CallHello, TlsVersion};

/// A hello is no larger than this with all its records, in bytes; those of browsers have some 2000.
const MOST: usize = 16 * 1024;
/// A server name of the kind "host name" (RFC 6066 §3).
const HOST_NAME: u8 = 0;
/// Names in DNS are no longer than this.
const LONGEST_NAME: usize = 255;
/// So many cipher suites and groups are kept.
const MAX_OFFERED: usize = 100;
/// What stands among the cipher suites and is none (RFC 5746 §3.3, RFC 7507 §3).
const SIGNALS: [u16; 2] = [super::suites::RENEGOTIATION_SCSV, 0x5600];

/// What the first bytes of a client are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeted {
    /// Not all of a hello has come.
    Incomplete,
    /// A hello.
    Hello(CallHello),
    /// Records of TLS without a hello that can be read.
    Unreadable,
    /// Not TLS.
    Foreign,
}

/// Reads the first bytes of a client.
pub fn greeting(bytes: &[u8]) -> Greeted {
    if is_foreign(bytes) {
        return Greeted::Foreign;
    }
    let mut message = Vec::new();
    let mut records = bytes;
    loop {
        if let Some(hello) = whole(&message) {
            return hello;
        }
        let Some((&[kind, major, _, high, low], rest)) =
            records.split_first_chunk::<RECORD_HEADER>()
        else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if kind != content::HANDSHAKE || major != MAJOR || length == 0 {
            return Greeted::Unreadable;
        }
        let part = rest.get(..length).unwrap_or(rest);
        message.extend_from_slice(part);
        if part.len() < length {
            break;
        }
        records = &rest[length..];
    }
    whole(&message).unwrap_or(if bytes.len() > MOST {
        Greeted::Unreadable
    } else {
        Greeted::Incomplete
    })
}

/// The hello, once all of it is here.
fn whole(message: &[u8]) -> Option<Greeted> {
    let (&[kind, high, middle, low], rest) = message.split_first_chunk::<MESSAGE_HEADER>()?;
    let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    if kind != handshake::CLIENT_HELLO || length > MOST {
        return Some(Greeted::Unreadable);
    }
    let body = rest.get(..length)?;
    Some(read(body).map_or(Greeted::Unreadable, Greeted::Hello))
}

fn read(body: &[u8]) -> Option<CallHello> {
    let (legacy, rest) = be16(body)?;
    let rest = rest.get(32..)?;
    let (_session, rest) = sized8(rest)?;
    let (suites, rest) = sized16(rest)?;
    let (_compressions, rest) = sized8(rest)?;
    let mut offered: Option<Vec<u16>> = None;
    let mut server_name = None;
    let mut groups = Vec::new();
    // A hello of before TLS 1.2 may end here.
    let mut extensions = sized16(rest).map_or(&[][..], |(extensions, _)| extensions);
    while let Some((kind, rest)) = be16(extensions) {
        let (data, rest) = sized16(rest)?;
        match kind {
            kind::SERVER_NAME => server_name = name(data),
            kind::SUPPORTED_VERSIONS => {
                let (list, _) = sized8(data)?;
                offered = Some(numbers(list).collect());
            }
            kind::SUPPORTED_GROUPS => {
                let (list, _) = sized16(data)?;
                groups = names(list, &[&GROUPS, &MODERN_GROUPS]);
            }
            _ => {}
        }
        extensions = rest;
    }
    // Without the list: this version, and any older one.
    let mut versions: Vec<TlsVersion> = match offered {
        Some(offered) => offered.into_iter().filter_map(known).collect(),
        None => known(legacy.min(version::TLS_1_2)).into_iter().collect(),
    };
    versions.sort_unstable();
    versions.dedup();
    versions.reverse();
    Some(CallHello {
        versions,
        server_name,
        suites: names(suites, &[&SUITES, &MODERN_SUITES]),
        groups,
    })
}

/// The extensions of a hello in one record, by their IANA numbers; none where that is no whole one.
pub fn asked_for(record: &[u8]) -> Vec<u16> {
    extensions_of(record).unwrap_or_default()
}

fn extensions_of(record: &[u8]) -> Option<Vec<u16>> {
    let rest = record.get(RECORD_HEADER + MESSAGE_HEADER + 2 + 32..)?;
    let (_session, rest) = sized8(rest)?;
    let (_suites, rest) = sized16(rest)?;
    let (_compressions, rest) = sized8(rest)?;
    let (mut extensions, _) = sized16(rest)?;
    let mut kinds = Vec::new();
    while let Some((kind, rest)) = be16(extensions) {
        let (_data, rest) = sized16(rest)?;
        kinds.push(kind);
        extensions = rest;
    }
    Some(kinds)
}

fn numbers(list: &[u8]) -> impl Iterator<Item = u16> {
    let pairs = list.chunks_exact(2);
    pairs.map(|two| u16::from_be_bytes([two[0], two[1]]))
}

/// What is offered, in its order, without what only keeps servers from being too strict (RFC 8701).
fn names(list: &[u8], tables: &[&[(u16, &str)]]) -> Vec<String> {
    let is_filler = |code: u16| code & 0x0f0f == 0x0a0a && code >> 8 == code & 0xff;
    let offered = numbers(list).filter(|code| !is_filler(*code) && !SIGNALS.contains(code));
    let all = tables.concat();
    offered
        .take(MAX_OFFERED)
        .map(|code| name_in(&all, code))
        .collect()
}

fn known(code: u16) -> Option<TlsVersion> {
    Some(match code {
        version::SSL_3_0 => TlsVersion::Ssl30,
        version::TLS_1_0 => TlsVersion::Tls10,
        version::TLS_1_1 => TlsVersion::Tls11,
        version::TLS_1_2 => TlsVersion::Tls12,
        version::TLS_1_3 => TlsVersion::Tls13,
        _ => return None,
    })
}

fn name(data: &[u8]) -> Option<String> {
    let (list, _) = sized16(data)?;
    let (&[HOST_NAME], rest) = list.split_first_chunk::<1>()? else {
        return None;
    };
    let (name, _) = sized16(rest)?;
    let is_name = name.len() <= LONGEST_NAME && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

fn be16(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (two, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*two), rest))
}

fn sized8(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

fn sized16(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = be16(bytes)?;
    rest.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::super::Hello;
    use super::*;

    fn hello(newest: Hello) -> Vec<u8> {
        newest.to_record("fed.echo.example", [7; 32])
    }

    #[test]
    fn what_was_offered_is_read() {
        for (said, version, suite, group) in [
            (
                Hello::Old,
                TlsVersion::Tls10,
                "TLS_RSA_WITH_RC4_128_MD5",
                "secp521r1",
            ),
            (
                Hello::Wide,
                TlsVersion::Tls12,
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                "x25519",
            ),
            (
                Hello::Modern,
                TlsVersion::Tls13,
                "TLS_CHACHA20_POLY1305_SHA256",
                "X25519MLKEM768",
            ),
        ] {
            let Greeted::Hello(seen) = greeting(&hello(said)) else {
                panic!("{version:?}");
            };
            assert_eq!(seen.versions, [version]);
            assert_eq!(seen.server_name.as_deref(), Some("fed.echo.example"));
            assert!(seen.suites.iter().any(|known| known == suite), "{seen:?}");
            assert!(seen.groups.iter().any(|known| known == group), "{seen:?}");
        }
    }

    /// What has no name is told by its number; what is none is passed over.
    #[test]
    fn what_is_offered_has_names() {
        let list = [0x00, 0xff, 0x1a, 0x1a, 0xc0, 0x2f, 0x56, 0x00, 0x12, 0x34];
        assert_eq!(
            names(&list, &[&SUITES]),
            ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "0x1234"]
        );
    }

    /// However it is cut into records, and wherever it ends.
    #[test]
    fn a_hello_is_whole_or_it_is_not() {
        let record = hello(Hello::Wide);
        for end in 0..record.len() {
            assert_eq!(greeting(&record[..end]), Greeted::Incomplete, "{end}");
        }
        let mut cut = Vec::new();
        for part in record[RECORD_HEADER..].chunks(3) {
            let length = u8::try_from(part.len()).expect("three at most");
            cut.extend([content::HANDSHAKE, MAJOR, 1, 0, length]);
            cut.extend(part);
        }
        assert_eq!(greeting(&cut), greeting(&record));
    }

    #[test]
    fn what_is_no_hello_is_none() {
        for (bytes, expected) in [
            (&b""[..], Greeted::Incomplete),
            (b"OPTIONS sip:a SIP/2.0\r\n", Greeted::Foreign),
            (b"\x16\x03\x01\x00\x00", Greeted::Unreadable),
            (b"\x15\x03\x01\x00\x02\x02\x28", Greeted::Unreadable),
            (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", Greeted::Unreadable),
            (
                b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
                Greeted::Unreadable,
            ),
            (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", Greeted::Unreadable),
        ] {
            assert_eq!(greeting(bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}
