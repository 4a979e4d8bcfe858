//! Hand-made ClientHellos for servers that the TLS library cannot talk to, and a reader of the
//! plain text that a server up to TLS 1.2 answers before anything is encrypted.
//!
//! A pure codec: bytes in, facts out. It never finishes a handshake and holds no key. Whatever a
//! server sends is an answer, at worst [`HelloOutcome::Malformed`], and bounded in every direction.
//!
//! [`HelloOutcome::Malformed`]: crate::facts::HelloOutcome::Malformed

mod read;
mod suites;
mod write;

#[cfg(test)]
mod tests;

use crate::facts::Alert;

pub use read::Reader;
pub use write::Hello;

const RECORD_HEADER: usize = 5;
const MESSAGE_HEADER: usize = 4;

/// The major version of every record since SSL 3.0.
const MAJOR: u8 = 3;

/// The content of a record (RFC 8446 §5.1).
mod content {
    pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(super) const ALERT: u8 = 21;
    pub(super) const HANDSHAKE: u8 = 22;
    pub(super) const APPLICATION_DATA: u8 = 23;
}

/// A handshake message (RFC 5246 §7.4, RFC 6066 §8, RFC 4680 §4).
mod handshake {
    pub(super) const HELLO_REQUEST: u8 = 0;
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const CERTIFICATE: u8 = 11;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const SERVER_HELLO_DONE: u8 = 14;
    pub(super) const CERTIFICATE_STATUS: u8 = 22;
    pub(super) const SUPPLEMENTAL_DATA: u8 = 23;
}

/// A version as hellos name it.
mod version {
    pub(super) const SSL_3_0: u16 = 0x0300;
    pub(super) const TLS_1_0: u16 = 0x0301;
    pub(super) const TLS_1_1: u16 = 0x0302;
    pub(super) const TLS_1_2: u16 = 0x0303;
}

/// The length of a record that holds an alert in the clear.
pub(crate) const ALERT_RECORD: usize = RECORD_HEADER + 2;

/// The alert in a record that is not encrypted (RFC 8446 §6).
pub(crate) fn plain_alert(record: [u8; ALERT_RECORD]) -> Option<Alert> {
    match record {
        [content::ALERT, MAJOR, _, 0, 2, _level, description] => Some(Alert(description)),
        _ => None,
    }
}

/// Whether the first record is a handshake that begins with a ServerHello (RFC 8446 §5.1).
pub(crate) fn is_server_hello(start: &[u8]) -> bool {
    matches!(
        start,
        [
            content::HANDSHAKE,
            MAJOR,
            _,
            _,
            _,
            handshake::SERVER_HELLO,
            ..
        ]
    )
}

/// Whether this is not the beginning of a TLS record.
pub fn is_foreign(start: &[u8]) -> bool {
    let is_content =
        |kind: u8| (content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA).contains(&kind);
    match *start {
        [] => false,
        [kind] => !is_content(kind),
        [kind, major, ..] => !is_content(kind) || major != MAJOR,
    }
}
