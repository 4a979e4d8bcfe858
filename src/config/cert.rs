//! The options of `xfed cert`, and what they mean.

use std::ffi::OsStr;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use time::OffsetDateTime;

use super::command_line::CommandLine;
use super::error::Error;
use super::file::Configuration;
use super::input::Content;
use super::options::limits;
use super::pem::read_roots;
use super::resolve::resolve;
use super::values::{fqdn, host_and_port, limit, resolver};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::{Domain, Fqdn};
use crate::model::peer::{Host, Peer};
use crate::model::plan::{Plan, View};
use crate::probe::shared::Shared;
use crate::wire::encoding::decoded;

/// The options of `xfed cert`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct CertOptions {
    /// Name of the XPhone server: what files are judged for, and what HOST is asked for (SNI)
    ///
    /// With HOST needed only where that is an address or another name.
    #[arg(long, visible_alias = "fqdn", value_name = "FQDN", value_parser = fqdn)]
    pub name: Option<Fqdn>,
    /// Read the password of PFX files from the first line of this file
    ///
    /// Without it the variable XFED_PASSWORD is taken; without that too, xfed asks.
    #[arg(long, value_name = "FILE", env = "XFED_PASSWORD_FILE")]
    pub password_file: Option<PathBuf>,
    /// Also judge the certificates of this store of the machine, such as My (Windows)
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
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

/// What is looked at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// What this server shows.
    Server(Peer),
    /// What lies in files and stores, for the server of this name.
    Files(Files),
}

/// Certificates that lie somewhere.
#[derive(Clone, Debug)]
pub struct Files {
    /// The files; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The store of this machine.
    pub store: Option<String>,
    /// What they are judged for.
    pub fqdn: Fqdn,
    /// The password of PFX files, where it was given.
    pub password: Option<Password>,
}

/// A password, which is never printed.
#[derive(Clone)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// What is looked at, and how.
#[derive(Debug)]
pub struct Inspection {
    /// A server, or files.
    pub subject: Subject,
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
    inputs: &[String],
    command: &CommandLine<CertOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<Inspection, Error> {
    let options = resolve(command, None, file);
    let subject = subject(inputs, &options)?;
    let roots = options.ca_file.as_deref().map(read_roots).transpose()?;
    let mut plan = Plan::new(domain_of(&subject), now);
    plan.terms.own_roots = roots.is_some();
    plan.revocation = !options.no_revocation.unwrap_or_default();
    plan.limits = limits(options.timeout);
    if !options.resolver.is_empty() {
        plan.views = options.resolver;
    }
    Ok(Inspection {
        subject,
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
fn domain_of(subject: &Subject) -> Domain {
    let name = match subject {
        Subject::Server(peer) => peer.server_name().map_or("server.invalid", Fqdn::as_str),
        // The server's name is the domain's and one label in front.
        Subject::Files(files) => {
            let name = files.fqdn.as_str();
            let above = name.split_once('.').map(|(_, above)| above);
            above.filter(|above| above.contains('.')).unwrap_or(name)
        }
    };
    Domain::parse(name).expect("the full name of a server is one, too")
}

/// What the arguments name: one server, or files.
fn subject(inputs: &[String], options: &CertOptions) -> Result<Subject, Error> {
    let files: Vec<&String> = inputs.iter().filter(|input| is_file(input)).collect();
    if files.is_empty() && options.store.is_none() {
        let [input] = inputs else {
            return Err(Error::Mixed);
        };
        let (host, port) = server(input.trim()).ok_or_else(|| Error::Server(input.to_owned()))?;
        let name = options.name.clone();
        return Ok(Subject::Server(Peer { host, port, name }));
    }
    if files.len() < inputs.len() {
        return Err(Error::Mixed);
    }
    let password = match &options.password_file {
        Some(file) => Some(password(file)?),
        None => std::env::var(PASSWORD).ok().map(Password),
    };
    Ok(Subject::Files(Files {
        paths: files.into_iter().map(PathBuf::from).collect(),
        store: options.store.clone(),
        fqdn: options.name.clone().ok_or(Error::NoName)?,
        password,
    }))
}

/// A variable and no option: options are seen by everybody who lists the processes.
pub(crate) const PASSWORD: &str = "XFED_PASSWORD";

fn password(file: &Path) -> Result<Password, Error> {
    let bytes = Content::Pem.read(file)?;
    let text = decoded(&bytes).into_owned();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or_default();
    Ok(Password(line.to_owned()))
}

/// Whether this names a file. A path does, and so does what ends as files of certificates do, whether
/// it is there or not; what can be a server is one, and of the rest what is there as a file.
fn is_file(typed: &str) -> bool {
    const ENDINGS: [&str; 17] = [
        "pem", "crt", "cer", "der", "pfx", "p12", "p7b", "p7c", "key", "txt", "bundle", "csr",
        "req", "p10", "jks", "jceks", "keystore",
    ];
    let path = Path::new(typed);
    let ending = path.extension().and_then(OsStr::to_str);
    let is_known = |ending: &str| ENDINGS.iter().any(|one| one.eq_ignore_ascii_case(ending));
    typed == "-"
        || typed.contains(['/', '\\']) && !typed.contains("://")
        || ending.is_some_and(is_known)
        || server(typed.trim()).is_none() && path.is_file()
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
