//! Places to look from.

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

/// A place to look from. In JSON, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Vantage {
    /// This machine.
    Here,
    /// A machine that `ssh` logs in to.
    Ssh(Login),
}

/// Where `ssh` logs in. Nothing in it can be taken for an option of `ssh`, nor for two words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login {
    /// The account; without one, `ssh` knows.
    pub user: Option<String>,
    /// Name, alias of the user's `ssh` configuration, or address; an IPv6 address without brackets.
    pub host: String,
    /// The port; without one, `ssh` knows.
    pub port: Option<u16>,
}

impl Vantage {
    /// Reads `here` or `ssh://[USER@]HOST[:PORT]`.
    pub fn parse(value: &str) -> Option<Self> {
        match value.strip_prefix("ssh://") {
            None => (value == "here").then_some(Self::Here),
            Some(rest) => Login::parse(rest).map(Self::Ssh),
        }
    }

    /// Whether it lies outside, as far as anybody knows: it is not this machine.
    pub fn is_elsewhere(&self) -> bool {
        *self != Self::Here
    }
}

impl Login {
    fn parse(value: &str) -> Option<Self> {
        let (user, rest) = match value.split_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, value),
        };
        let (host, port) = if let Some(rest) = rest.strip_prefix('[') {
            let (host, behind) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            match behind {
                "" => (host, None),
                port => (host, Some(port.strip_prefix(':')?)),
            }
        } else {
            let split = rest.split_once(':');
            let (host, port) = split.map_or((rest, None), |(host, port)| (host, Some(port)));
            is_word(host).then_some((host, port))?
        };
        let port = match port {
            Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
            None => None,
        };
        if user.is_some_and(|user| !is_word(user)) {
            return None;
        }
        Some(Self {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        })
    }
}

/// Letters, digits and what names of hosts and accounts hold beside them; no option.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 253 && !text.starts_with('-') && text.bytes().all(is_plain)
}

/// As it is typed.
impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Ssh(Login { user, host, port }) = self else {
            return f.write_str("here");
        };
        f.write_str("ssh://")?;
        user.iter().try_for_each(|user| write!(f, "{user}@"))?;
        if host.contains(':') {
            write!(f, "[{host}]")?;
        } else {
            f.write_str(host)?;
        }
        port.iter().try_for_each(|port| write!(f, ":{port}"))
    }
}

impl TryFrom<String> for Vantage {
    type Error = String;
    fn try_from(value: String) -> Result<Self, String> {
        let read = Self::parse(&value);
        read.ok_or_else(|| format!("{value:?} is no place to look from"))
    }
}

impl From<Vantage> for String {
    fn from(vantage: Vantage) -> Self {
        vantage.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_called_what_they_were_typed_as() {
        for typed in [
            "here",
            "ssh://vps",
            "ssh://vps.example:2222",
            "ssh://probe@vps.example",
            "ssh://xfed-probe@81.2.3.9:22",
            "ssh://[2001:db8::9]",
            "ssh://probe@[2001:db8::9]:2222",
        ] {
            let place = Vantage::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(place.to_string(), typed);
            assert_eq!(place.is_elsewhere(), typed != "here");
        }
    }

    #[test]
    fn nothing_is_taken_for_an_option_of_ssh() {
        for other in [
            "",
            "vps",
            "ssh://",
            "ssh://-oProxyCommand=sh",
            "ssh://-oProxyCommand=sh@vps",
            "ssh://probe@-vps",
            "ssh://@vps",
            "ssh://a@b@c",
            "ssh://vps example",
            "ssh://vps;reboot",
            "ssh://vps/path",
            "ssh://vps:0",
            "ssh://vps:65536",
            "ssh://vps:22x",
            "ssh://vps:",
            "ssh://2001:db8::9",
            "ssh://[vps]",
            "ssh://[2001:db8::9]22",
            "ssh://zähne.example",
            "ssh://vps\n",
            "telnet://vps",
        ] {
            assert_eq!(Vantage::parse(other), None, "{other}");
        }
    }
}
