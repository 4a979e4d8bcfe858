//! Whether a signature fits the records that it is made for, as far as that is verified here.

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, PublicKey, TBS, Verifier};
use hickory_resolver::proto::rr::{self, DNSClass, Name, RData, Record};
use hickory_resolver::proto::serialize::binary::BinEncodable;

use time::{Duration, OffsetDateTime};

use super::record::subtree;

/// The shortest and the longest RSA keys that are verified, in bits. Others verify shorter ones.
const SHORTEST_RSA: usize = 1024;
const LONGEST_RSA: usize = 8192;
/// The longest exponent of theirs.
const LONGEST_EXPONENT: usize = 33;

/// When a signature begins or ends: of all the moments that the number may stand for, the one nearest to
/// now (RFC 4034 §3.1.5). So an end that lies more than 68 years ahead is one that has long been.
pub(super) fn moment(seconds: u32, now: OffsetDateTime) -> OffsetDateTime {
    const ROUND: i64 = 1 << 32;
    let ahead = (i64::from(seconds) - now.unix_timestamp()).rem_euclid(ROUND);
    let ahead = if ahead < ROUND / 2 {
        ahead
    } else {
        ahead - ROUND
    };
    now.replace_nanosecond(0).unwrap_or(now) + Duration::seconds(ahead)
}

/// What the signature of a key by this algorithm is made with, where it is not verified here; others
/// may.
pub(super) fn beyond_us(key: &DNSKEY) -> Option<String> {
    let algorithm = key.algorithm();
    let number = u8::from(algorithm);
    #[expect(deprecated, reason = "resolvers still know them")]
    let is_rsa = matches!(
        algorithm,
        Algorithm::RSASHA1
            | Algorithm::RSASHA1NSEC3SHA1
            | Algorithm::RSASHA256
            | Algorithm::RSASHA512
    );
    if is_rsa {
        let (bits, exponent) = rsa(key.public_key().public_bytes())?;
        return if !(SHORTEST_RSA..=LONGEST_RSA).contains(&bits) {
            Some(format!("RSA {bits} ({number})"))
        } else if exponent > LONGEST_EXPONENT {
            Some(format!("RSA {bits}, e = 2^{} ({number})", exponent - 1))
        } else {
            None
        };
    }
    let name = match number {
        16 => "Ed448 (16)".to_owned(),
        _ => number.to_string(),
    };
    (!algorithm.is_supported()).then_some(name)
}

/// How long the modulus and the exponent are, in bits (RFC 3110 §2); `None` for what is no such key.
fn rsa(key: &[u8]) -> Option<(usize, usize)> {
    let (length, rest) = match key {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    Some((bits(modulus)?, bits(exponent)?))
}

fn bits(number: &[u8]) -> Option<usize> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros)?;
    let unused = usize::try_from(first.leading_zeros()).ok()?;
    Some((number.len() - zeros) * 8 - unused)
}

/// Whether the signature of a key that can be verified fits the records.
pub(super) fn fits(key: &DNSKEY, signature: &RRSIG, owner: &Name, set: &[&Record]) -> bool {
    let verified = || {
        let signed = to_be_signed(signature, owner, set)?;
        key.verify(&signed, signature.sig()).ok()
    };
    verified().is_some()
}

/// What is signed: the records in their canonical order, each once (RFC 4034 §3.1.8.1, §6.3). Hickory's own
/// order is another one.
fn to_be_signed(signature: &RRSIG, owner: &Name, set: &[&Record]) -> Option<Vec<u8>> {
    let encoded = |records: &[&Record]| {
        let records = records.iter().copied();
        TBS::from_input(owner, DNSClass::IN, signature.input(), records).ok()
    };
    let head = encoded(&[])?.as_ref().to_vec();
    let made_at = usize::from(signature.input().num_labels);
    let name = owner.trim_to(made_at).to_bytes().ok()?.len();
    let is_expanded = made_at < owner.num_labels().into();
    // The name, with a "*" before it; type, class, time to live and length.
    let before_data = name + if is_expanded { 2 } else { 0 } + 10;
    let mut records = Vec::new();
    for record in set {
        // A DNAME record, which hickory does not know, keeps the case of its target.
        let lowered = subtree(&record.data).and_then(|target| {
            let bytes = target.to_lowercase().to_bytes().ok()?;
            let data = RData::Unknown {
                code: record.record_type(),
                rdata: rr::rdata::NULL::with(bytes),
            };
            Some(Record::from_rdata(record.name.clone(), record.ttl, data))
        });
        let whole = encoded(&[lowered.as_ref().unwrap_or(record)])?;
        records.push(whole.as_ref().get(head.len()..)?.to_vec());
    }
    records.sort_by(|one, other| one.get(before_data..).cmp(&other.get(before_data..)));
    records.dedup();
    Some([head, records.concat()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_nearest() {
        let at = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).expect("a moment");
        let now = at(1_795_000_000);
        for (seconds, expected) in [
            (1_795_000_000, 1_795_000_000),
            (1_700_000_000, 1_700_000_000),
            (1_795_000_000 + (1 << 31) - 1, 1_795_000_000 + (1 << 31) - 1),
            (u32::MAX, -1),
            (0, 0),
        ] {
            assert_eq!(moment(seconds, now), at(expected), "{seconds}");
        }
        let later = at((1 << 32) - 10);
        assert_eq!(moment(20, later), at((1 << 32) + 20), "after 2106");
    }

    #[test]
    fn the_length_of_an_rsa_key() {
        let of = |exponent: &[u8], modulus: &[u8]| {
            let length = u8::try_from(exponent.len()).expect("a short one");
            rsa(&[&[length], exponent, modulus].concat())
        };
        assert_eq!(of(&[1, 0, 1], &[0x80; 128]), Some((1024, 17)));
        assert_eq!(of(&[3], &[0x7f; 128]), Some((1023, 2)));
        assert_eq!(of(&[0, 1, 0, 1], &[0, 0x80, 1]), Some((16, 17)));
        assert_eq!(rsa(&[0, 0, 1, 3, 0x80]), Some((8, 2)), "a long exponent");
        for wrong in [&[][..], &[0], &[5, 1], &[1, 3], &[1, 0, 0x80]] {
            assert_eq!(rsa(wrong), None, "{wrong:?}");
        }
    }
}
