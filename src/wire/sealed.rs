//! The first messages that a server encrypts in TLS 1.3 (RFC 8446 §5.2 and §7.3): the TLS library
//! passes over extensions in them for which others hang up.

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce,
    UnboundKey,
};
use ring::hkdf::{HKDF_SHA256, HKDF_SHA384, KeyType, Prk};

use super::hello::{RECORD_HEADER, content};
use super::server_hello::first_unasked;

/// The messages that are looked at, and the extensions.
const ENCRYPTED_EXTENSIONS: u8 = 8;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_NAME: u16 = 0;
const SIGNATURE_ALGORITHMS: u16 = 13;
const CERTIFICATE_AUTHORITIES: u16 = 47;

/// Extensions that only a client sends, or that belong to a certificate: status_request, the signature
/// schemes, the modes of resumption. Both OpenSSL and GnuTLS hang up on them here.
const MISPLACED: [u16; 3] = [5, 13, 45];

/// What is wrong in these messages, for some partners or for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// EncryptedExtensions has one that has no place there.
    pub(crate) misplaced: bool,
    /// The one in there that was not asked for.
    pub(crate) unasked: Option<u16>,
    /// CertificateRequest has no signature schemes, which it must have (RFC 8446 §4.3.2).
    pub(crate) no_schemes: bool,
    /// CertificateRequest has a server name, which OpenSSL does not bear.
    pub(crate) named_request: bool,
    /// CertificateRequest has an empty list of authorities, which GnuTLS does not bear.
    pub(crate) empty_authorities: bool,
}

/// Reads the messages in these records, with the server's secret for the handshake, where these extensions were
/// asked for.
pub(crate) fn faults(suite: u16, secret: &[u8], records: &[u8], asked: &[u16]) -> Faults {
    let messages = open(suite, secret, records).unwrap_or_default();
    let mut faults = Faults::default();
    let mut rest = messages.as_slice();
    while let Some((kind, body)) = message(&mut rest) {
        match kind {
            ENCRYPTED_EXTENSIONS => {
                let found = extensions(body).unwrap_or_default();
                let is_misplaced = |(kind, _): &(u16, &[u8])| MISPLACED.contains(kind);
                faults.misplaced = found.iter().any(is_misplaced);
                faults.unasked = first_unasked(found.iter().map(|(kind, _)| *kind), asked);
            }
            CERTIFICATE_REQUEST => {
                // Behind the context, which is empty in a handshake.
                let found = body.get(1..).and_then(extensions).unwrap_or_default();
                let is_schemes = |(kind, _): &(u16, &[u8])| *kind == SIGNATURE_ALGORITHMS;
                faults.no_schemes = !found.iter().any(is_schemes);
                faults.named_request = found.iter().any(|(kind, _)| *kind == SERVER_NAME);
                faults.empty_authorities = found.contains(&(CERTIFICATE_AUTHORITIES, &[0, 0]));
            }
            _ => {}
        }
    }
    faults
}

/// What is in the records, as far as they are whole and of the handshake.
fn open(suite: u16, secret: &[u8], mut records: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, hash): (&'static Algorithm, _) = match suite {
        0x1301 => (&AES_128_GCM, HKDF_SHA256),
        0x1302 => (&AES_256_GCM, HKDF_SHA384),
        0x1303 => (&CHACHA20_POLY1305, HKDF_SHA256),
        _ => return None,
    };
    let secret = Prk::new_less_safe(hash, secret);
    let key = UnboundKey::new(
        algorithm,
        &expanded(&secret, b"tls13 key", algorithm.key_len())?,
    );
    let key = LessSafeKey::new(key.ok()?);
    let iv = expanded(&secret, b"tls13 iv", NONCE_LEN)?;
    let mut opened = Vec::new();
    let mut number = 0_u64;
    while let Some((header, rest)) = records.split_first_chunk::<RECORD_HEADER>() {
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let Some((sealed, rest)) = rest.split_at_checked(length) else {
            break;
        };
        let mut nonce: [u8; NONCE_LEN] = iv.as_slice().try_into().ok()?;
        for (byte, more) in nonce[NONCE_LEN - 8..].iter_mut().zip(number.to_be_bytes()) {
            *byte ^= more;
        }
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let Ok(inner) = key.open_in_place(nonce, Aad::from(header), &mut sealed) else {
            break;
        };
        // The last byte that is not zero says what it is.
        let end = inner.iter().rposition(|byte| *byte != 0)?;
        if inner[end] != content::HANDSHAKE {
            break;
        }
        opened.extend_from_slice(&inner[..end]);
        number += 1;
        records = rest;
    }
    Some(opened)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
fn expanded(secret: &Prk, label: &[u8], length: usize) -> Option<Vec<u8>> {
    let sizes = [
        0,
        u8::try_from(length).ok()?,
        u8::try_from(label.len()).ok()?,
    ];
    let info = [&sizes[..], label, &[0]];
    let mut bytes = vec![0; length];
    secret
        .expand(&info, Length(length))
        .ok()?
        .fill(&mut bytes)
        .ok()?;
    Some(bytes)
}

fn message<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let ([kind, high, middle, low], behind) = rest.split_first_chunk()?;
    let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
    let (body, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some((*kind, body))
}

fn extensions(list: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let (length, rest) = list.split_first_chunk::<2>()?;
    let mut rest = rest.get(..u16::from_be_bytes(*length).into())?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let ([a, b, high, low], behind) = rest.split_first_chunk()?;
        let (body, behind) = behind.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
        found.push((u16::from_be_bytes([*a, *b]), body));
        rest = behind;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8448 §3: the server's secret for the handshake, and what follows from it.
    #[test]
    fn keys_are_those_of_the_standard() {
        let secret = hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let secret = Prk::new_less_safe(HKDF_SHA256, &secret);
        assert_eq!(
            expanded(&secret, b"tls13 key", 16),
            Some(hex("3fce516009c21727d0f2e4e86ee403bc"))
        );
        assert_eq!(
            expanded(&secret, b"tls13 iv", 12),
            Some(hex("5d313eb2671276ee13000b30"))
        );
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        digits.map(|pair| byte(pair).expect("hex")).collect()
    }

    /// Seals as a server does, and reads it again.
    #[test]
    fn extensions_out_of_place_are_seen() {
        let secret = [7; 32];
        let schemes = [0, 13, 0, 4, 0, 2, 4, 3];
        let with = |misplaced, named_request, empty_authorities| Faults {
            misplaced,
            unasked: None,
            no_schemes: false,
            named_request,
            empty_authorities,
        };
        for (extensions, request, expected) in [
            (&[][..], &[][..], with(false, false, false)),
            (&[0, 0, 0, 0], &[], with(false, false, false)),
            (&schemes, &[], with(true, false, false)),
            (&[0, 5, 0, 0], &[], with(true, false, false)),
            (&[], &[0, 0, 0, 0], with(false, true, false)),
            (&[], &[0, 47, 0, 2, 0, 0], with(false, false, true)),
            (
                &[],
                &[0, 47, 0, 4, 0, 2, 0x30, 0],
                Faults {
                    no_schemes: true,
                    ..Faults::default()
                },
            ),
            (
                &[0x12, 0x34, 0, 0, 0, 16, 0, 0],
                &[],
                Faults {
                    unasked: Some(16),
                    ..Faults::default()
                },
            ),
        ] {
            let sized = |bytes: &[u8]| {
                let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
                [&length[..], bytes].concat()
            };
            let message = |kind: u8, body: &[u8]| [&[kind, 0], sized(body).as_slice()].concat();
            let request = if expected.no_schemes {
                request.to_vec()
            } else {
                [&schemes[..], request].concat()
            };
            let inner = [
                message(ENCRYPTED_EXTENSIONS, &sized(extensions)),
                message(
                    CERTIFICATE_REQUEST,
                    &[&[0], sized(&request).as_slice()].concat(),
                ),
                vec![content::HANDSHAKE, 0, 0],
            ];
            let inner = inner.concat();
            let key = Prk::new_less_safe(HKDF_SHA256, &secret);
            let iv = expanded(&key, b"tls13 iv", NONCE_LEN).expect("short");
            let bytes = expanded(&key, b"tls13 key", 16).expect("short");
            let sealing = UnboundKey::new(&AES_128_GCM, &bytes).expect("a key");
            let [high, low] = u16::try_from(inner.len() + 16)
                .expect("short")
                .to_be_bytes();
            let header = [content::APPLICATION_DATA, 3, 3, high, low];
            let mut sealed = inner;
            let nonce = Nonce::try_assume_unique_for_key(&iv).expect("as long as that");
            LessSafeKey::new(sealing)
                .seal_in_place_append_tag(nonce, Aad::from(header), &mut sealed)
                .expect("it seals");
            let record = [&header[..], &sealed].concat();
            assert_eq!(
                faults(0x1301, &secret, &record, &[0, 5, 13]),
                expected,
                "{extensions:?} {request:?}"
            );
            assert_eq!(faults(0x1301, &[8; 32], &record, &[]), Faults::default());
        }
    }
}
