//! Value parsers: what people type, as addresses, resolvers, names, durations, moments. One for
//! each form, for every source; the error says what form was expected.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use tokio_rustls::rustls::pki_types::ServerName;

use super::fault::Expected;
use crate::model::limits::{DNS_PORT, FEDERATION_PORT};
use crate::model::names::{Domain, Fqdn, InputError};
use crate::model::plan::{Rate, Redirect, View};
use crate::model::vantage::Vantage;

/// With less than this, every server would seem dead.
const SHORTEST_LIMIT: Duration = Duration::from_millis(100);

/// No operation of a check is worth waiting longer for; a week of `--wait` outlasts any change of a
/// delegation.
const LONGEST_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Looking more often than this would burden the servers.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Nobody is to be visited more often, in a second or a minute.
const MOST_VISITS: u32 = 100_000;

/// Where a resolver takes questions by HTTPS by default (RFC 8484 §4.1.1).
const DNS_PATH: &str = "/dns-query";

/// `system`, `IP[:PORT]`, `tls://IP[:PORT][#NAME]`, `https://HOST[:PORT][/PATH]`
pub(super) fn resolver(value: &str) -> Result<View, Expected> {
    view(value).ok_or(Expected::Form("resolver"))
}

fn view(value: &str) -> Option<View> {
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
        address => socket_address(address, DNS_PORT).map(View::Resolver),
    }
}

/// `HOST`, `HOST:PORT`, `[ADDR]`, `[ADDR]:PORT`, or an IPv6 address alone.
pub(super) fn host_and_port(value: &str) -> Option<(&str, Option<u16>)> {
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
    let name = ServerName::try_from(value).ok()?;
    Some(name.to_str().into_owned())
}

/// `[IP=]ADDR[:PORT]`
pub(super) fn redirect(value: &str) -> Result<Redirect, Expected> {
    let parse = || {
        let (published, to) = match value.split_once('=') {
            Some((published, to)) => (Some(published.parse().ok()?), to),
            None => (None, value),
        };
        let to = socket_address(to, FEDERATION_PORT)?;
        Some(Redirect { published, to })
    };
    parse().ok_or(Expected::Form("connect-to"))
}

/// A host, by name or address, and the port to ask it on: `HOST[:PORT]`.
pub(super) fn control(value: &str) -> Result<(String, u16), Expected> {
    if let Some(address) = socket_address(value, FEDERATION_PORT) {
        return Ok((address.ip().to_string(), address.port()));
    }
    let parse = || {
        let (host, port) = match value.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (value, FEDERATION_PORT),
        };
        Some((Fqdn::parse(host).ok()?.to_string(), port))
    };
    parse().ok_or(Expected::Form("control"))
}

/// A place to look from: `here` or `ssh://[USER@]HOST[:PORT]`.
pub(super) fn via(value: &str) -> Result<Vantage, Expected> {
    Vantage::parse(value).ok_or(Expected::Form("via"))
}

/// A name server: `IP[:PORT]`.
pub(super) fn name_server(value: &str) -> Result<SocketAddr, Expected> {
    socket_address(value, DNS_PORT).ok_or(Expected::Form("authority"))
}

/// An address of this machine: `IP[:PORT]`.
pub(super) fn bind(value: &str) -> Result<SocketAddr, Expected> {
    socket_address(value, FEDERATION_PORT).ok_or(Expected::Form("bind"))
}

/// A domain.
pub(super) fn domain(value: &str) -> Result<Domain, Expected> {
    Domain::parse(value).map_err(|_| Expected::Form("domain"))
}

/// The full name of a server.
pub(super) fn fqdn(value: &str) -> Result<Fqdn, Expected> {
    Fqdn::parse(value).map_err(|_| Expected::Form("fqdn"))
}

/// A domain, and its server where it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The domain.
    pub domain: Domain,
    /// Its server.
    pub fqdn: Option<Fqdn>,
}

/// `DOMAIN` or `DOMAIN=FQDN`.
pub(super) fn peer(value: &str) -> Result<Peer, Expected> {
    let (name, server) = match value.split_once('=') {
        Some((name, server)) => (name, Some(server)),
        None => (value, None),
    };
    let refused = |_: InputError| Expected::Form("peer");
    Ok(Peer {
        domain: Domain::parse(name).map_err(refused)?,
        fqdn: server.map(Fqdn::parse).transpose().map_err(refused)?,
    })
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]`, `[ADDR]:PORT`
fn socket_address(value: &str, default_port: u16) -> Option<SocketAddr> {
    let bare = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    let address = bare
        .parse::<IpAddr>()
        .map(|address| SocketAddr::new(address, default_port));
    address.ok().or_else(|| value.parse().ok())
}

/// A duration that a peer can answer in.
pub(super) fn limit(value: &str) -> Result<Duration, Expected> {
    duration(value, SHORTEST_LIMIT, LONGEST_LIMIT).ok_or(Expected::Form("duration"))
}

/// How long `--wait` goes on.
pub(super) fn wait(value: &str) -> Result<Duration, Expected> {
    duration(value, SHORTEST_LIMIT, LONGEST_WAIT).ok_or(Expected::Form("wait"))
}

/// The time between two looks of `--wait`.
pub(super) fn interval(value: &str) -> Result<Duration, Expected> {
    duration(value, SHORTEST_INTERVAL, LONGEST_LIMIT).ok_or(Expected::Form("interval"))
}

fn duration(value: &str, shortest: Duration, longest: Duration) -> Option<Duration> {
    let duration = humantime::parse_duration(value).ok();
    duration.filter(|duration| (shortest..=longest).contains(duration))
}

/// More at a time than this is a burden for name servers, and no gain.
const MOST_JOBS: u16 = 1024;

/// How many domains are checked at the same time.
pub(super) fn count(value: &str) -> Result<u16, Expected> {
    let count = value
        .parse()
        .ok()
        .filter(|count| (1..=MOST_JOBS).contains(count));
    count.ok_or(Expected::Form("count"))
}

/// So many a second or a minute: `20/s`, `6/m`.
pub(super) fn rate(value: &str) -> Result<Rate, Expected> {
    let parse = || {
        let (count, unit) = value.split_once('/')?;
        let per = match unit {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            _ => return None,
        };
        let count: NonZeroU32 = count.parse().ok()?;
        (count.get() <= MOST_VISITS).then(|| Rate::new(count, per))
    };
    parse().ok_or(Expected::Form("per-server"))
}

/// A port that can be connected to.
pub(super) fn port(value: &str) -> Result<u16, Expected> {
    let port = value.parse().ok().filter(|port| *port > 0);
    port.ok_or(Expected::Form("port"))
}

/// A SIP URI for a header. Nothing in it may end the header, or a server that answers everybody
/// else would not answer us.
pub(super) fn sender(value: &str) -> Result<String, Expected> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
    let is_sip = |scheme: &str| {
        let schemes = ["sip", "sips"];
        schemes.iter().any(|sip| scheme.eq_ignore_ascii_case(sip))
    };
    match value.split_once(':') {
        Some((scheme, rest)) if is_sip(scheme) && !rest.is_empty() && rest.bytes().all(fits) => {
            Ok(value.to_owned())
        }
        _ => Err(Expected::Form("from")),
    }
}

/// A date, or date and time (RFC 3339 §5.6).
pub(super) fn moment(value: &str) -> Result<OffsetDateTime, Expected> {
    let date = Date::parse(value, format_description!("[year]-[month]-[day]"));
    date.map(|date| date.midnight().assume_utc())
        .or_else(|_| OffsetDateTime::parse(value, &Rfc3339))
        .map_err(|_| Expected::Form("moment"))
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
            assert_eq!(sender(uri), Ok(uri.to_owned()));
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
