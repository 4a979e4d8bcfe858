//! A server by itself, without a domain behind it: `HOST[:PORT]`.

use std::fmt;
use std::net::IpAddr;

use super::names::Fqdn;

/// A server, and the port to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name or address.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// The name to ask it for, where that is another one.
    pub name: Option<Fqdn>,
}

/// What a server is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// By its name.
    Name(Fqdn),
    /// By its address.
    Address(IpAddr),
}

impl Peer {
    /// The name that the certificate should be issued to, and that is sent as SNI; a server that is
    /// called by its address alone has none.
    pub fn server_name(&self) -> Option<&Fqdn> {
        match (&self.name, &self.host) {
            (Some(name), _) | (None, Host::Name(name)) => Some(name),
            (None, Host::Address(_)) => None,
        }
    }
}

/// As it is typed, brackets and all.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{port}"),
            Host::Address(address) => write!(f, "{address}:{port}"),
            Host::Name(name) => write!(f, "{name}:{port}"),
        }
    }
}
