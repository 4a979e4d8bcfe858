//! The options of `xfed cert`, and what they mean.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use time::OffsetDateTime;

use super::command_line::CommandLine;
use super::error::Error;
use super::file::Configuration;
use super::options::limits;
use super::pem::read_roots;
use super::resolve::resolve;
use super::values::{fqdn, host_and_port, limit, resolver};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::{Domain, Fqdn};
use crate::model::peer::{Host, Peer};
use crate::model::plan::{Plan, View};
use crate::probe::shared::Shared;

/// The options of `xfed cert`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct CertOptions {
    /// Name to ask the server for (SNI), where HOST is an address or another name
    #[arg(long, value_name = "FQDN", value_parser = fqdn)]
    pub name: Option<Fqdn>,
    /// Trust these roots instead of the public ones
    #[arg(long, value_name = "PEM", env = "XFED_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Do not fetch the revocation list (CRL) that the certificate names
    #[arg(long, env = "XFED_NO_REVOCATION")]
    pub no_revocation: Option<bool>,
    /// Whom to ask for names, repeatable [default: system]
    #[arg(
        long,
        value_name = "system|IP[:PORT]|tls://IP[:PORT][#NAME]|https://HOST[:PORT]/dns-query",
        env = "XFED_RESOLVER",
        value_delimiter = ',',
        value_parser = resolver
    )]
    pub resolver: Vec<View>,
    /// Longest time for a single operation [default: DNS 3s, connect 5s, TLS 5s, CRL 2s at most]
    #[arg(long, value_name = "DURATION", env = "XFED_TIMEOUT", value_parser = limit)]
    pub timeout: Option<Duration>,
}

/// What is looked at, and how.
#[derive(Debug)]
pub struct Inspection {
    /// The server.
    pub peer: Peer,
    /// The limits, and whom to ask.
    pub plan: Plan,
    /// The roots.
    pub shared: Shared,
}

/// Resolves the options of `xfed cert`.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anything is asked.
pub fn read(
    input: &str,
    command: &CommandLine<CertOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<Inspection, Error> {
    let options = resolve(command, None, file);
    let bad = || Error::Server(input.to_owned());
    let (host, port) = server(input.trim()).ok_or_else(bad)?;
    let peer = Peer {
        host,
        port,
        name: options.name,
    };
    let roots = options.ca_file.as_deref().map(read_roots).transpose()?;
    let mut plan = Plan::new(domain_of(&peer), now);
    plan.terms.own_roots = roots.is_some();
    plan.revocation = !options.no_revocation.unwrap_or_default();
    plan.limits = limits(options.timeout);
    if !options.resolver.is_empty() {
        plan.views = options.resolver;
    }
    Ok(Inspection {
        peer,
        plan,
        shared: Shared::new(roots, None),
    })
}

/// `HOST[:PORT]`
fn server(typed: &str) -> Option<(Host, u16)> {
    let (host, port) = host_and_port(typed)?;
    let port = port.unwrap_or(FEDERATION_PORT);
    let host = match host.parse::<IpAddr>() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(Fqdn::parse(host).ok()?),
    };
    (port > 0).then_some((host, port))
}

/// Every plan has a domain. This one is asked about nothing but by a server that speaks SIP in plain
/// text, where it says whom is meant.
fn domain_of(peer: &Peer) -> Domain {
    let name = peer.server_name().map_or("server.invalid", Fqdn::as_str);
    Domain::parse(name).expect("the full name of a server is one, too")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_or_an_address_with_a_port_or_without() {
        for (typed, understood) in [
            ("xphone.zahnfee.de", "xphone.zahnfee.de:5061"),
            ("XPhone.Zahnfee.de.:443", "xphone.zahnfee.de:443"),
            ("zähne.de:1", "xn--zhne-loa.de:1"),
            ("81.2.3.4", "81.2.3.4:5061"),
            ("81.2.3.4:65535", "81.2.3.4:65535"),
            ("2001:db8::1", "[2001:db8::1]:5061"),
            ("[2001:db8::1]", "[2001:db8::1]:5061"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ] {
            let (host, port) = server(typed).expect(typed);
            let name = None;
            assert_eq!(Peer { host, port, name }.to_string(), understood, "{typed}");
        }
        for refused in [
            "",
            ":443",
            "srv01",
            "xphone.zahnfee.de:0",
            "xphone.zahnfee.de:65536",
            "xphone.zahnfee.de:",
            "https://xphone.zahnfee.de",
            "81.2.3",
            "[81.2.3.4]:443",
            "[2001:db8::1",
            "-h.de",
        ] {
            assert!(server(refused).is_none(), "{refused}");
        }
    }
}
