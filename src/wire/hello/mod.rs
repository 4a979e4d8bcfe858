//! Hand-made ClientHellos for servers that the TLS library cannot talk to, and a reader of the
//! plain text that a server answers before anything is encrypted.
//!
//! A pure codec: bytes in, facts out. It never finishes a handshake and holds no key. Whatever a
//! server sends is an answer, at worst [`HelloOutcome::Malformed`], and bounded in every direction.
//!
//! [`HelloOutcome::Malformed`]: crate::facts::HelloOutcome::Malformed

mod client;
mod partner;
mod read;
mod suites;
mod write;

#[cfg(test)]
mod tests;

pub use client::{Greeted, asked_for, greeting};
pub use partner::{of_partner, random, record_of_partner};
pub use read::Reader;
pub use write::Hello;

pub(super) const RECORD_HEADER: usize = 5;
pub(super) const MESSAGE_HEADER: usize = 4;

/// The major version of every record since SSL 3.0.
pub(super) const MAJOR: u8 = 3;

/// The level of an alert that does not end a connection (RFC 5246 §7.2).
pub(super) const WARNING: u8 = 1;

/// The content of a record (RFC 8446 §5.1).
pub(super) mod content {
    pub(in crate::wire) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(in crate::wire) const ALERT: u8 = 21;
    pub(in crate::wire) const HANDSHAKE: u8 = 22;
    pub(in crate::wire) const APPLICATION_DATA: u8 = 23;
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
    pub(super) const TLS_1_3: u16 = 0x0304;
}

/// The name of a message of the server's first flight.
pub(super) fn handshake_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        handshake::SERVER_HELLO => "ServerHello",
        handshake::CERTIFICATE => "Certificate",
        handshake::SERVER_KEY_EXCHANGE => "ServerKeyExchange",
        handshake::CERTIFICATE_REQUEST => "CertificateRequest",
        handshake::SERVER_HELLO_DONE => "ServerHelloDone",
        handshake::CERTIFICATE_STATUS => "CertificateStatus",
        _ => return None,
    })
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
