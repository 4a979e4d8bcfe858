//! Certificates that come in a message without a signature and without content (certs-only, RFC 5652 §5.1,
//! `.p7c`), as an issuer's may (RFC 5280 §4.2.2.1).

use super::der::{INTEGER, OID, Reader, SEQUENCE};
use crate::facts::Der;

/// id-signedData (RFC 5652 §5.1), in DER.
pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

const SET: u8 = 0x31;
/// The content of a message, and the certificates in it.
const TAGGED_0: u8 = 0xa0;

/// The certificates of such a message in DER, in its order; `None` where it is no such message.
pub fn certificates(bytes: &[u8]) -> Option<Vec<Der>> {
    let mut message = Reader(bytes).enter(SEQUENCE)?;
    if message.content(OID) != Some(SIGNED_DATA) {
        return None;
    }
    let mut signed = message.enter(TAGGED_0)?.enter(SEQUENCE)?;
    signed.take(INTEGER)?;
    signed.take(SET)?;
    signed.take(SEQUENCE)?;
    let mut choices = signed.enter(TAGGED_0)?;
    let mut certificates = Vec::new();
    while let Some(choice) = choices.next() {
        // The others are attribute certificates.
        if choice.tag == SEQUENCE {
            certificates.push(Der(choice.whole.to_vec()));
        }
    }
    Some(certificates)
}
