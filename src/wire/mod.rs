//! Codecs: bytes to facts and back, without a socket. Whatever they read may come from a stranger,
//! so everything is bounded.

pub(crate) mod dns;
pub mod encoding;
pub mod hello;
pub mod http;
pub(crate) mod records;
pub(crate) mod sealed;
pub(crate) mod server_hello;
pub mod sip;
pub(crate) mod vantage;
pub mod zone_file;
