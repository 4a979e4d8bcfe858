//! Numbers that hold for every check, whatever its plan: ports, and how much is read of a stranger.

use std::time::Duration;

/// The port of SIP federation over mutual TLS; always this one (guide, chapter 4).
pub const FEDERATION_PORT: u16 = 5061;
/// The port that name servers answer on.
pub const DNS_PORT: u16 = 53;

/// No message of SIP or of a handshake is read beyond this, in bytes.
pub const MAX_ANSWER: usize = 64 * 1024;

/// The servers of SRV records that are looked at, in the order in which partners try them. Each costs
/// two questions to every resolver and every server of its zone.
pub const MAX_TARGETS: usize = 8;

/// The extended errors kept of one DNS answer.
pub const MAX_EXTENDED_ERRORS: usize = 4;

/// So many aliases in a row are followed, within an answer and from zone to zone. Resolvers give up
/// at some ten or more.
pub const MAX_ALIASES: usize = 11;

/// What a stranger says in words is kept up to this many characters.
pub const MAX_WORDS: usize = 200;

/// As much is kept of a TXT record, in characters: more than anything in it that is read.
pub const MAX_TEXT: usize = 1000;

/// A text, cut behind so many characters.
pub fn clipped(words: &str, most: usize) -> String {
    // No text has more characters than bytes.
    if words.len() <= most {
        return words.to_owned();
    }
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// No more is read of one TLS connection, in bytes: several messages that are just within their limit, or
/// hundreds of provisional answers to OPTIONS.
pub const MAX_CONNECTION: usize = 256 * 1024;

/// Longer chains of certificates are cut here.
pub const MAX_CHAIN: usize = 160;

/// A span of time for people: seconds, then minutes. The units are the same in all languages.
pub fn span(time: Duration) -> String {
    let seconds = (time.as_millis() + 500) / 1000;
    match seconds {
        0 => "1 s".to_owned(),
        1..120 => format!("{seconds} s"),
        _ => format!("{} min", (seconds + 30) / 60),
    }
}
