//! Values as people type them: addresses, resolvers, durations, moments.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use tokio_rustls::rustls::pki_types::ServerName;

use crate::Error;
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::{Redirect, View};

/// Nobody waits less than this for a network: every server would seem dead.
const SHORTEST_LIMIT: Duration = Duration::from_millis(100);

/// More often than this would be a burden to those who are asked.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Where a resolver takes questions by HTTPS, when nobody says otherwise (RFC 8484 §4.1.1).
const DNS_PATH: &str = "/dns-query";

/// `system`, `IP[:PORT]`, `tls://IP[:PORT][#NAME]`, `https://HOST[:PORT][/PATH]`
pub(super) fn view(value: &str) -> Option<View> {
    if let Some(rest) = value.strip_prefix("tls://") {
        let (at, name) = match rest.split_once('#') {
            Some((at, name)) => (at, Some(host_name(name)?)),
            None => (rest, None),
        };
        let (address, port) = host_and_port(at)?;
        return Some(View::Tls {
            address: address.parse().ok()?,
            port,
            name,
        });
    }
    if let Some(rest) = value.strip_prefix("https://") {
        let (at, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(at)?;
        let path = if path.len() > 1 { path } else { DNS_PATH };
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
        return plain.then_some(View::Https {
            host: host_name(host)?,
            port,
            path: path.to_owned(),
        });
    }
    match value {
        "system" => Some(View::System),
        address => socket_address(address, 53).map(View::Resolver),
    }
}

/// `HOST`, `HOST:PORT`, `[ADDR]`, `[ADDR]:PORT`, or an IPv6 address alone.
fn host_and_port(value: &str) -> Option<(&str, Option<u16>)> {
    if value.parse::<IpAddr>().is_ok() {
        return Some((value, None));
    }
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (value, None),
    };
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| (address, port)),
        None => (!host.contains(':')).then_some((host, port)),
    }
}

/// A name or an address that a certificate can be issued to.
fn host_name(value: &str) -> Option<String> {
    if let Ok(fqdn) = Fqdn::parse(value) {
        return Some(fqdn.to_string());
    }
    let known = ServerName::try_from(value).ok()?;
    Some(known.to_str().into_owned())
}

/// `[IP=]ADDR[:PORT]`
pub(super) fn redirect(value: &str) -> Result<Redirect, Error> {
    let error = || Error::ConnectTo(value.to_owned());
    let (published, to) = match value.split_once('=') {
        Some((published, to)) => (Some(published.parse().map_err(|_| error())?), to),
        None => (None, value),
    };
    let to = socket_address(to, FEDERATION_PORT).ok_or_else(error)?;
    Ok(Redirect { published, to })
}

/// `HOST`, `HOST:PORT`, or an address in the same way
pub(super) fn control(value: &str) -> Result<(String, u16), Error> {
    if let Some(address) = socket_address(value, FEDERATION_PORT) {
        return Ok((address.ip().to_string(), address.port()));
    }
    let error = || Error::Control(value.to_owned());
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| error())?),
        None => (value, FEDERATION_PORT),
    };
    let host = Fqdn::parse(host).map_err(|_| error())?;
    Ok((host.to_string(), port))
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]`, `[ADDR]:PORT`
pub(super) fn socket_address(value: &str, default_port: u16) -> Option<SocketAddr> {
    let bare = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    let address = bare
        .parse::<IpAddr>()
        .map(|address| SocketAddr::new(address, default_port));
    address.ok().or_else(|| value.parse().ok())
}

pub(crate) fn limit(value: &str) -> Result<Duration, String> {
    match humantime::parse_duration(value) {
        Ok(limit) if limit < SHORTEST_LIMIT => {
            Err("shorter than 100ms, nobody can answer in that time".to_owned())
        }
        Ok(limit) => Ok(limit),
        Err(_) => Err("expected a number with its unit, such as 500ms, 3s or 1m".to_owned()),
    }
}

pub(super) fn interval(value: &str) -> Result<Duration, String> {
    match limit(value)? {
        interval if interval < SHORTEST_INTERVAL => {
            Err("shorter than 1s, a burden to those who are asked".to_owned())
        }
        interval => Ok(interval),
    }
}

/// A SIP URI that can stand in a header: nothing in it may end that, or a server that answers
/// everybody else would not answer us.
pub(super) fn sender(value: &str) -> Result<String, String> {
    let expected = "expected a SIP URI such as sip:info@zahnfee.de";
    let (scheme, rest) = value.split_once(':').ok_or(expected)?;
    let is_sip = ["sip", "sips"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
    if !is_sip || rest.is_empty() || !rest.bytes().all(fits) {
        return Err(expected.to_owned());
    }
    Ok(value.to_owned())
}

/// A date, or date and time (RFC 3339).
pub(super) fn moment(value: &str) -> Result<OffsetDateTime, String> {
    let date = Date::parse(value, format_description!("[year]-[month]-[day]"));
    date.map(|date| date.midnight().assume_utc())
        .or_else(|_| OffsetDateTime::parse(value, &Rfc3339))
        .map_err(|_| {
            "expected a date such as 2026-12-24, or 2026-12-24T10:00:00Z with the time".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_sip_uri_and_nothing_behind_it() {
        for uri in [
            "sip:xfed@anonymous.invalid",
            "SIPS:zahnfee.de",
            "sip:info@[2001:db8::1]:5061;transport=tls?a=b",
        ] {
            assert_eq!(sender(uri).as_deref(), Ok(uri));
        }
        for other in [
            "",
            "sip:",
            "info@zahnfee.de",
            "mailto:info@zahnfee.de",
            "<sip:info@zahnfee.de>",
            "sip:info@zahnfee.de>;tag=1",
            "sip:info@zahnfee.de\r\nVia: SIP/2.0/TLS zahnfee.de",
            "sip:in fo@zahnfee.de",
            "sip:info@zähne.de",
        ] {
            assert!(sender(other).is_err(), "{other}");
        }
    }

    #[test]
    fn resolvers_are_called_what_they_were_typed_as() {
        for (typed, called) in [
            ("system", "system"),
            ("9.9.9.9", "9.9.9.9:53"),
            ("[2620:fe::fe]:5353", "[2620:fe::fe]:5353"),
            ("tls://9.9.9.9", "tls://9.9.9.9"),
            ("tls://9.9.9.9:853", "tls://9.9.9.9:853"),
            ("tls://9.9.9.9#dns.quad9.net", "tls://9.9.9.9#dns.quad9.net"),
            ("tls://2620:fe::fe", "tls://2620:fe::fe"),
            (
                "tls://[2620:fe::fe]:853#dns.quad9.net",
                "tls://[2620:fe::fe]:853#dns.quad9.net",
            ),
            ("tls://[2620:fe::fe]", "tls://2620:fe::fe"),
            (
                "https://dns.quad9.net/dns-query",
                "https://dns.quad9.net/dns-query",
            ),
            (
                "https://dns.quad9.net:8443/",
                "https://dns.quad9.net:8443/dns-query",
            ),
            (
                "https://[2620:fe::fe]/own/path",
                "https://[2620:fe::fe]/own/path",
            ),
            ("https://9.9.9.9:443", "https://9.9.9.9:443/dns-query"),
        ] {
            let view = view(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(view.to_string(), called);
            let json = serde_json::to_string(&view).expect("a view is JSON");
            let read: View = serde_json::from_str(&json).expect("what was written");
            assert_eq!(read, view, "{json}");
        }
    }
}
