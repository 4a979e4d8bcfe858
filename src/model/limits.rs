//! Numbers that hold for every check, whatever its plan: ports, and how much is read of a stranger.

/// The port of SIP federation over mutual TLS; always this one (guide, chapter 4).
pub const FEDERATION_PORT: u16 = 5061;
/// The port that name servers answer on.
pub const DNS_PORT: u16 = 53;

/// No TLS handshake and no SIP answer that xfed asks for is larger, in bytes.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Longer chains of certificates are cut here.
pub const MAX_CHAIN: usize = 160;
