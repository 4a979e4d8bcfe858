//! DNS records: the types xfed asks for, and their content.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::facts::Caa;

/// The record types xfed asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the DNS names say it")]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Mx,
    Ns,
    Soa,
    Srv,
    Txt,
}

impl RecordType {
    /// The type as DNS tools write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

/// A CNAME on the way to an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The name that is an alias.
    pub name: String,
    /// What it stands for.
    pub target: String,
    /// The record from which it follows, where that is a DNAME of a name above (RFC 6672).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtree: Option<Subtree>,
    /// What further CNAME records of the same name name, where there may be one (RFC 2181 §10.1). The first
    /// was followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// A DNAME record: all names below its owner stand for those below its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtree {
    /// Its owner.
    pub name: String,
    /// What the names below it are below of instead.
    pub target: String,
}

/// Whether the last of these aliases leads back to one of them.
pub fn is_loop(aliases: &[Alias]) -> bool {
    aliases.last().is_some_and(|last| {
        let mut names = aliases.iter().map(|alias| &alias.name);
        names.any(|name| name.eq_ignore_ascii_case(&last.target))
    })
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// Its content.
    pub data: Data,
}

/// The content of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// CAA.
    Caa(Caa),
    /// MX: preference and exchange.
    Mx(u16, String),
    /// NS: the server's name.
    Ns(String),
    /// SOA: primary server and serial.
    Soa(String, u32),
    /// SRV.
    Srv(Srv),
    /// TXT: its strings joined.
    Txt(String),
}

/// As master files write it, with absolute names.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Caa(caa) => write!(f, "{caa}"),
            Self::Mx(preference, exchange) => write!(f, "{preference} {exchange}."),
            Self::Ns(server) => write!(f, "{server}."),
            Self::Soa(primary, serial) => write!(f, "{primary}. {serial}"),
            Self::Srv(srv) => write!(f, "{srv}"),
            Self::Txt(text) => {
                let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{quoted}\"")
            }
        }
    }
}

/// As zone files and nslookup's readers know it: `0 0 5061 xphone.zahnfee.de.`
impl fmt::Display for Srv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            priority,
            weight,
            port,
            target,
        } = self;
        let dot = if target == "." { "" } else { "." };
        write!(f, "{priority} {weight} {port} {target}{dot}")
    }
}

impl Data {
    /// The same content with names in lower case, as DNS compares them (RFC 4343).
    pub fn lowercase(&self) -> Self {
        match self {
            Self::Address(address) => Self::Address(*address),
            Self::Caa(caa) => Self::Caa(caa.clone()),
            Self::Txt(text) => Self::Txt(text.clone()),
            Self::Mx(preference, exchange) => Self::Mx(*preference, exchange.to_ascii_lowercase()),
            Self::Ns(server) => Self::Ns(server.to_ascii_lowercase()),
            Self::Soa(primary, serial) => Self::Soa(primary.to_ascii_lowercase(), *serial),
            Self::Srv(srv) => Self::Srv(Srv {
                target: srv.target.to_ascii_lowercase(),
                ..srv.clone()
            }),
        }
    }
}

/// The content of an SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// Must be 5061.
    pub port: u16,
    /// The FQDN of the server, as published.
    pub target: String,
}
