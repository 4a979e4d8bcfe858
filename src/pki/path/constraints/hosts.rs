//! Whether a host name, a mail address or the host of a URI is within a constraint.

/// A dNSName is within a constraint that it equals, or that ends it at a label.
pub(super) fn is_below(name: &str, base: &str) -> bool {
    if base == "." {
        return false;
    }
    let name = name.trim_end_matches('.');
    let base = base.trim_end_matches('.');
    let Some(at) = name.len().checked_sub(base.len()) else {
        return false;
    };
    let Some((before, end)) = name.split_at_checked(at) else {
        return false;
    };
    let at_label = before.is_empty() || before.ends_with('.') || base.starts_with('.');
    base.is_empty() || at_label && end.eq_ignore_ascii_case(base)
}

/// A constraint on mail addresses is one address, one host, or with a leading dot all hosts below.
pub(super) fn mail_is_within(mail: &str, base: &str) -> bool {
    let Some((local, host)) = mail.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            base_local == local && base_host.eq_ignore_ascii_case(host)
        }
        None => host_is_within(host, base),
    }
}

/// A constraint on hosts of URIs is one host, or with a leading dot all hosts below.
pub(super) fn host_is_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') {
        host.len() > base.len() && is_below(host, base)
    } else {
        base.is_empty() || host.eq_ignore_ascii_case(base)
    }
}

pub(super) fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://").or_else(|| uri.split_once(':'))?;
    let authority = rest.split(['/', '?', '#', ';']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.split(':').next().unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (name, base, within) in [
            ("xphone.zahnfee.de", "zahnfee.de", true),
            ("zahnfee.de", "Zahnfee.DE", true),
            ("xphone.zahnfee.de", ".zahnfee.de", true),
            ("zahnfee.de", ".zahnfee.de", false),
            ("mollyzahnfee.de", "zahnfee.de", false),
            ("zahnfee.de", "", true),
            ("de", "zahnfee.de", false),
        ] {
            assert_eq!(is_below(name, base), within, "{name} {base}");
        }
    }

    #[test]
    fn mail_and_uris() {
        for (mail, base, within) in [
            ("a@zahnfee.de", "zahnfee.de", true),
            ("a@b.zahnfee.de", "zahnfee.de", false),
            ("a@b.zahnfee.de", ".zahnfee.de", true),
            ("a@zahnfee.de", "a@ZAHNFEE.de", true),
            ("A@zahnfee.de", "a@zahnfee.de", false),
        ] {
            assert_eq!(mail_is_within(mail, base), within, "{mail} {base}");
        }
        for (uri, host) in [
            ("sip:xphone.zahnfee.de", "xphone.zahnfee.de"),
            ("https://a@b.example:8443/c?d", "b.example"),
            ("sip:user@zahnfee.de;transport=tls", "zahnfee.de"),
        ] {
            assert_eq!(host_of(uri), Some(host));
        }
    }
}
