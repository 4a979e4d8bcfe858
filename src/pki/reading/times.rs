//! Dates as GnuTLS 3.7 reads them: that a day does not exist is nothing to it, and seconds may be missing.

use crate::pki::ber::Element;
use crate::pki::der;

pub(super) fn is_read_by_gnutls(date: Element<'_>) -> bool {
    let Some(digits) = date.content.strip_suffix(b"Z") else {
        return false;
    };
    let after_year = if date.tag == der::UTC_TIME { 2 } else { 4 };
    let Some(rest) = digits.get(after_year..) else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) || ![8, 10].contains(&rest.len()) {
        return false;
    }
    let most = [1..=12, 1..=31, 0..=23, 0..=59, 0..=60];
    let pairs = rest.chunks_exact(2);
    let numbers = pairs.map(|pair| (pair[0] - b'0') * 10 + (pair[1] - b'0'));
    numbers
        .zip(most)
        .all(|(number, range)| range.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::ber;

    #[test]
    fn dates_as_they_are_written() {
        for (tag, written, is_read) in [
            (der::UTC_TIME, "260101000000Z", true),
            (der::UTC_TIME, "2601010000Z", true),
            (der::UTC_TIME, "260230235960Z", true),
            (der::GENERALIZED_TIME, "20260101000000Z", true),
            (der::GENERALIZED_TIME, "202601010000Z", true),
            (der::UTC_TIME, "", false),
            (der::UTC_TIME, "Z", false),
            (der::UTC_TIME, "26010100Z", false),
            (der::UTC_TIME, "260101000000", false),
            (der::UTC_TIME, "260101000000+0100", false),
            (der::UTC_TIME, "26ab01000000Z", false),
            (der::UTC_TIME, "261301000000Z", false),
            (der::UTC_TIME, "260100000000Z", false),
            (der::UTC_TIME, "260101250000Z", false),
            (der::GENERALIZED_TIME, "20260101000000.5Z", false),
        ] {
            let element = der::element(tag, written.as_bytes());
            let (date, _) = ber::next(&element).expect("an element");
            assert_eq!(is_read_by_gnutls(date), is_read, "{written}");
        }
    }
}
