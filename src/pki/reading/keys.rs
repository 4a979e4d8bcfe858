//! Public keys that GnuTLS 3.7 reads.

use crate::pki::ber::{self, Element};
use crate::pki::der;

/// Whether it reads a key of this algorithm with these parameters. Whether the key is any good is not
/// asked.
pub(super) fn is_read_by_gnutls(oid: &str, parameters: Option<Element<'_>>, key: &[u8]) -> bool {
    let has_tag = |tag| parameters.is_some_and(|parameters| parameters.tag == tag);
    match oid {
        "1.2.840.113549.1.1.1" => is_modulus_and_exponent(key),
        "1.2.840.113549.1.1.10" => {
            (parameters.is_none() || has_tag(der::SEQUENCE)) && is_modulus_and_exponent(key)
        }
        "1.2.840.10045.2.1" => {
            let is_point = key.first() == Some(&4) && key.len() % 2 == 1;
            has_tag(der::OID) && parameters.is_some_and(is_known_curve) && is_point
        }
        "1.2.840.10040.4.1" => has_tag(der::SEQUENCE) && is_number(key),
        // X25519, X448, Ed25519, Ed448
        "1.3.101.110" | "1.3.101.112" => key.len() == 32,
        "1.3.101.111" => key.len() == 56,
        "1.3.101.113" => key.len() == 57,
        _ => oid.starts_with("1.2.643."),
    }
}

fn is_number(bytes: &[u8]) -> bool {
    matches!(ber::next(bytes), Some((one, [])) if one.tag == der::INTEGER)
}

fn is_modulus_and_exponent(key: &[u8]) -> bool {
    let Some((outer, [])) = ber::next(key) else {
        return false;
    };
    let Some((modulus, rest)) = ber::next(outer.content) else {
        return false;
    };
    outer.tag == der::SEQUENCE && modulus.tag == der::INTEGER && is_number(rest)
}

/// P-192 to P-521.
fn is_known_curve(parameters: Element<'_>) -> bool {
    let names = [
        "1.2.840.10045.3.1.1",
        "1.3.132.0.33",
        "1.2.840.10045.3.1.7",
        "1.3.132.0.34",
        "1.3.132.0.35",
    ];
    names.contains(&super::dotted(parameters.content).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_kinds() {
        let rsa = [0x30, 6, 2, 1, 5, 2, 1, 3];
        let p256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let secp256k1 = [6, 5, 0x2b, 0x81, 4, 0, 10];
        let point = |first: u8, length: usize| [vec![first], vec![5; length]].concat();
        for (oid, parameters, key, is_read) in [
            ("1.2.840.113549.1.1.1", &[5, 0][..], rsa.to_vec(), true),
            ("1.2.840.113549.1.1.1", &[], rsa.to_vec(), true),
            ("1.2.840.113549.1.1.1", &[5, 0], b"abc".to_vec(), false),
            ("1.2.840.113549.1.1.10", &[], rsa.to_vec(), true),
            ("1.2.840.113549.1.1.10", &[2, 1, 5], rsa.to_vec(), false),
            ("1.2.840.10045.2.1", &p256, point(4, 64), true),
            ("1.2.840.10045.2.1", &p256, point(4, 63), false),
            ("1.2.840.10045.2.1", &p256, point(3, 32), false),
            ("1.2.840.10045.2.1", &p256, point(6, 64), false),
            ("1.2.840.10045.2.1", &secp256k1, point(4, 64), false),
            ("1.2.840.10045.2.1", &[0x30, 0], point(4, 64), false),
            ("1.2.840.10045.2.1", &[], point(4, 64), false),
            ("1.3.101.112", &[], vec![5; 32], true),
            ("1.3.101.112", &[], vec![5; 3], false),
            ("1.3.101.113", &[], vec![5; 57], true),
            ("1.2.840.10040.4.1", &[], vec![2, 1, 5], false),
            ("2.16.840.1.101.3.4.3.17", &[], vec![5; 1312], false),
            ("1.2.3.4", &[], b"abc".to_vec(), false),
        ] {
            let parameters = ber::next(parameters).map(|(parameters, _)| parameters);
            assert_eq!(is_read_by_gnutls(oid, parameters, &key), is_read, "{oid}");
        }
    }
}
