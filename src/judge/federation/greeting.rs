//! Services that greet, or answer, in plain text: which one it is.

use super::TLS_NOT_SPOKEN;
use crate::model::finding::Finding;
use crate::model::limits::clipped;

/// Names the service by the first bytes it sent in plain text.
pub(super) fn not_tls(start: &[u8]) -> Finding {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches(['\r', '\n']);
    let service = by_bytes(start).unwrap_or_else(|| by_text(text));
    let (form, start) = quoted(start);
    Finding::new(&TLS_NOT_SPOKEN)
        .with("service", service)
        .with("form", form)
        .with("start", start)
}

/// Whether these bytes are text, and how a message quotes them: the first line of a text, of others the
/// first bytes in hexadecimal digits.
pub(super) fn quoted(start: &[u8]) -> (&'static str, String) {
    /// Enough to tell one protocol from another.
    const BYTES: usize = 16;
    let shown = start.trim_ascii_start();
    if shown.is_empty() {
        return ("text", start.escape_ascii().to_string());
    }
    // The last character may be cut.
    let text = match std::str::from_utf8(shown) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&shown[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let line = text.map(|text| text.lines().next().unwrap_or_default());
    match line {
        Some(line) if !line.chars().any(|char| char.is_control() && char != '\t') => {
            ("text", clipped(line, 60))
        }
        _ => {
            let bytes = start.iter().take(BYTES);
            let digits: Vec<String> = bytes.map(|byte| format!("{byte:02x}")).collect();
            let more = if start.len() > BYTES { " …" } else { "" };
            ("binary", format!("{}{more}", digits.join(" ")))
        }
    }
}

fn by_bytes(start: &[u8]) -> Option<&'static str> {
    match start {
        // TPKT, as Remote Desktop wraps its messages (RFC 1006 §6).
        [3, 0, ..] => Some("RDP"),
        // IAC and WILL, WONT, DO or DONT (RFC 854).
        [255, 251..=254, ..] => Some("Telnet"),
        // The length of the packet, its number, the version of the protocol.
        [_, _, 0, 0, 10, ..] => Some("MySQL"),
        // A message of a few bytes, its number, what the server answers (RFC 4511 §4.1.1).
        [0x30, 0..=0x7f, 2, 1, _, 0x61 | 0x78, ..] => Some("LDAP"),
        // A version, and the choice of a method (RFC 1928 §3).
        [5, 0..=2 | 255] => Some("SOCKS"),
        // Refuses TLS in a letter.
        b"N" => Some("PostgreSQL"),
        // A handshake of TLS for datagrams (RFC 6347 §4.1).
        [22, 254, 253 | 255, ..] => Some("DTLS"),
        _ => None,
    }
}

fn by_text(text: &str) -> &'static str {
    let upper = text.to_ascii_uppercase();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|start| upper.starts_with(start));
    let first_line = upper.lines().next().unwrap_or_default();
    let greets = begins(&["220", "421", "530"]);
    if begins(&["SIP/2.0"]) || first_line.ends_with(" SIP/2.0") {
        "SIP"
    } else if begins(&["HTTP/", "<!DOCTYPE HTML", "<HTML"]) {
        "HTTP"
    } else if begins(&["<STREAM:", "<?XML"]) && upper.contains("STREAM") {
        "XMPP"
    } else if begins(&["SSH-"]) {
        "SSH"
    } else if greets && (upper.contains("FTP") || upper.contains("FILEZILLA")) {
        "FTP"
    } else if greets || begins(&["554 "]) {
        "SMTP"
    } else if begins(&["* OK", "* PREAUTH", "* BYE"]) {
        "IMAP"
    } else if begins(&["+OK"]) {
        "POP3"
    } else if begins(&["RTSP/"]) {
        "RTSP"
    } else if begins(&["RFB 0"]) {
        "VNC"
    } else {
        "unknown"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_not_quoted_as_one() {
        for (start, form, expected) in [
            (&b"HTTP/1.1 400\r\nServer: x"[..], "text", "HTTP/1.1 400"),
            (b"\r\n220 mail\r\n", "text", "220 mail"),
            (b"\r\n", "text", "\\r\\n"),
            ("gr\u{fc}\u{df}".as_bytes(), "text", "gr\u{fc}\u{df}"),
            (b"gr\xc3", "text", "gr"),
            (b"\0", "binary", "00"),
            (b"0\x0c\x02\x01", "binary", "30 0c 02 01"),
            (
                &[0xff; 17],
                "binary",
                &format!("{}\u{2026}", "ff ".repeat(16)),
            ),
        ] {
            assert_eq!(quoted(start), (form, expected.to_owned()), "{start:?}");
        }
    }

    #[test]
    fn services_are_known_by_how_they_greet() {
        for (start, service) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "HTTP"),
            (b"<!doctype html><p>", "HTTP"),
            (b"<html><h1>400</h1>", "HTTP"),
            (
                b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'>",
                "XMPP",
            ),
            (b"<stream:stream id='1'>", "XMPP"),
            (b"<?xml version='1.0'?><error/>", "unknown"),
            (b"SIP/2.0 400 Bad Request", "SIP"),
            (b"\r\nOPTIONS sip:a@b SIP/2.0\r\n", "SIP"),
            (b"SSH-2.0-OpenSSH_9.2", "SSH"),
            (b"220 mail ESMTP", "SMTP"),
            (b"220 ProFTPD Server ready", "FTP"),
            (b"* OK [CAPABILITY IMAP4rev1] ready", "IMAP"),
            (b"+OK POP3 ready", "POP3"),
            (b"RTSP/1.0 400 Bad Request", "RTSP"),
            (b"RFB 003.008\n", "VNC"),
            (b"\xff\xfd\x18", "Telnet"),
            (b"\x4a\0\0\0\x0a8.0.36\0", "MySQL"),
            (b"\x03\0\0\x13\x0e\xd0", "RDP"),
            (b"0\x0c\x02\x01\x01a\x07\x0a", "LDAP"),
            (b"\x05\xff", "SOCKS"),
            (b"N", "PostgreSQL"),
            (b"\x16\xfe\xfd\0\0", "DTLS"),
            (b"HELLO", "unknown"),
            (b"\0\x01", "unknown"),
        ] {
            let finding = not_tls(start);
            let named = finding.args.iter().find(|(name, _)| *name == "service");
            assert_eq!(
                named.map(|(_, value)| value),
                Some(&service.into()),
                "{start:?}"
            );
        }
    }
}
