//! The options of `xfed serve`, and where it listens.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use super::fault::Expected;

/// The port of [`Listen::default`].
const PORT: u16 = 9533;

/// How `xfed serve` is reached. For one run only: no file gives these.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeOptions {
    /// Where to listen [default: 127.0.0.1:9533]
    ///
    /// An address of this machine, a socket in the file system, or what systemd hands over. An address
    /// that other machines reach needs a certificate and a token in --web-config.
    #[arg(long, value_name = "IP:PORT|unix:FILE|systemd", env = "XFED_LISTEN", value_parser = listen)]
    pub listen: Option<Listen>,
    /// File with the certificate, the tokens and the host names that this service answers to
    #[arg(long, value_name = "FILE", env = "XFED_WEB_CONFIG")]
    pub web_config: Option<PathBuf>,
    /// File that keeps the results; without it they are gone with the process
    #[arg(long, value_name = "FILE", env = "XFED_STORE")]
    pub store: Option<PathBuf>,
    /// With pages for colleagues: one field, the check as it goes on, and its result
    #[arg(long)]
    pub ui: bool,
    /// For strangers: the pages, and what they need, without a token; all else with one only
    ///
    /// With pages, as --ui. An address that other machines reach still needs a certificate.
    #[arg(long)]
    pub public: bool,
    /// Do without certificate and token on an address that other machines reach
    #[arg(long)]
    pub insecure_listen: bool,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// On an address.
    Tcp(SocketAddr),
    /// On a socket in the file system.
    Unix(PathBuf),
    /// On the sockets that systemd hands over.
    Systemd,
}

impl Listen {
    /// Whether other machines reach it, as far as that is said.
    pub fn is_exposed(&self) -> bool {
        matches!(self, Self::Tcp(address) if !address.ip().is_loopback())
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self::Tcp((Ipv4Addr::LOCALHOST, PORT).into())
    }
}

/// As it is typed.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(file) => write!(f, "unix:{}", file.display()),
            Self::Systemd => f.write_str("systemd"),
        }
    }
}

/// `IP:PORT`, `unix:FILE` or `systemd`
fn listen(value: &str) -> Result<Listen, Expected> {
    if value == "systemd" {
        return Ok(Listen::Systemd);
    }
    let file = value.strip_prefix("unix:");
    if let Some(file) = file.filter(|file| cfg!(unix) && !file.is_empty()) {
        return Ok(Listen::Unix(file.into()));
    }
    let address = value.parse();
    address
        .map(Listen::Tcp)
        .map_err(|_| Expected::Form("listen"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_called_what_they_were_typed_as() {
        for typed in ["127.0.0.1:9533", "[::1]:80", "0.0.0.0:0", "systemd"] {
            let read = listen(typed).map(|listen| listen.to_string());
            assert_eq!(read, Ok(typed.to_owned()));
        }
        for other in ["", "9533", ":9533", "localhost:9533", "127.0.0.1", "unix:"] {
            assert!(listen(other).is_err(), "{other}");
        }
        assert_eq!(Listen::default().to_string(), "127.0.0.1:9533");
    }
}
