//! Addresses and ranges of addresses, as name constraints have them: the bytes of an address, followed by
//! those of a mask.

use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn address_is_within(address: &[u8], range: &[u8]) -> bool {
    let (base, mask) = range.split_at(range.len() / 2);
    base.len() == address.len()
        && mask.len() == address.len()
        && address
            .iter()
            .zip(base)
            .zip(mask)
            .all(|((address, base), mask)| address & mask == base & mask)
}

/// Four bytes are an IPv4 address, sixteen an IPv6 address.
pub(super) fn is_address(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 4 | 16)
}

/// The same, with as long a mask.
pub(super) fn is_range(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 8 | 32)
}

pub(super) fn mask_of(range: &[u8]) -> &[u8] {
    &range[range.len() / 2..]
}

/// Whether all ones of a mask stand before its zeros.
pub(super) fn is_prefix(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let mut leading = 0;
    for byte in mask {
        leading += byte.leading_ones();
        if *byte != u8::MAX {
            break;
        }
    }
    ones == leading
}

/// A range with its mask written out, for masks that are no prefix.
pub(super) fn range_text(range: &[u8]) -> String {
    let (base, mask) = range.split_at(range.len() / 2);
    format!("{}/{}", address_text(base), address_text(mask))
}

/// An address, or an address and its mask.
pub(super) fn address_text(bytes: &[u8]) -> String {
    let one = |bytes: &[u8]| match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(bytes), _) => Some(Ipv4Addr::from(bytes).to_string()),
        (_, Ok(bytes)) => Some(Ipv6Addr::from(bytes).to_string()),
        _ => None,
    };
    let half = bytes.len() / 2;
    let ones = |mask: &[u8]| mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
    let range = || {
        let (base, mask) = bytes.split_at_checked(half)?;
        Some(format!("{}/{}", one(base)?, ones(mask)))
    };
    // Sixteen bytes are an IPv6 address, eight an IPv4 address and its mask.
    one(bytes).or_else(range).unwrap_or_else(|| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        for (mask, prefix) in [
            (&[255, 255, 0, 0][..], true),
            (&[255, 128, 0, 0], true),
            (&[0; 4], true),
            (&[255; 16], true),
            (&[255, 0, 255, 0], false),
            (&[0, 255, 0, 0], false),
            (&[1, 0, 0, 0], false),
        ] {
            assert_eq!(is_prefix(mask), prefix, "{mask:?}");
        }
        assert_eq!(
            range_text(&[10, 0, 0, 0, 255, 0, 255, 0]),
            "10.0.0.0/255.0.255.0"
        );
    }

    #[test]
    fn addresses() {
        let address = [10, 1, 2, 3];
        assert!(address_is_within(&address, &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!address_is_within(&address, &[11, 0, 0, 0, 255, 0, 0, 0]));
        assert!(address_is_within(&address, &[0; 8]));
        assert!(!address_is_within(&address, &[0; 32]));
        assert_eq!(address_text(&[10, 0, 0, 0, 255, 0, 0, 0]), "10.0.0.0/8");
        assert_eq!(address_text(&[0; 32]), "::/0");
        assert_eq!(address_text(&[1]), "?");
    }
}
