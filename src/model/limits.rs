//! Numbers that hold for every check, whatever its plan: ports, and how much is read of a stranger.

/// The port of SIP federation over mutual TLS; always this one (guide, chapter 4).
pub const FEDERATION_PORT: u16 = 5061;
/// The port that name servers answer on.
pub const DNS_PORT: u16 = 53;

/// No SIP answer and no message of a handshake is read beyond this, in bytes.
pub const MAX_ANSWER: usize = 64 * 1024;

/// No more is read of one TLS connection, in bytes: several messages that are just within their limit.
pub const MAX_CONNECTION: usize = 256 * 1024;

/// Longer chains of certificates are cut here.
pub const MAX_CHAIN: usize = 160;
