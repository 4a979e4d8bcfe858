//! Services that greet, or answer, in plain text: which one it is.

use super::TLS_NOT_SPOKEN;
use crate::model::finding::Finding;
use crate::model::limits::clipped;

/// Names the service by the first bytes it sent in plain text.
pub(super) fn not_tls(start: &[u8]) -> Finding {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches(['\r', '\n']);
    let upper = text.to_ascii_uppercase();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|start| upper.starts_with(start));
    let greets = begins(&["220", "421", "530"]);
    let service = if begins(&["SIP/2.0"]) {
        "SIP"
    } else if begins(&["HTTP/", "<"]) {
        "HTTP"
    } else if begins(&["SSH-"]) {
        "SSH"
    } else if greets && (upper.contains("FTP") || upper.contains("FILEZILLA")) {
        "FTP"
    } else if greets || begins(&["554"]) {
        "SMTP"
    } else if start.starts_with(&[3, 0]) {
        // TPKT, as Remote Desktop wraps its messages (RFC 1006 §6).
        "RDP"
    } else {
        "unknown"
    };
    Finding::new(&TLS_NOT_SPOKEN)
        .with("service", service)
        .with("start", first_line(text))
}

/// The first line, cut to what a message can carry.
pub(super) fn first_line(text: &str) -> String {
    clipped(text.lines().next().unwrap_or_default(), 60)
}
