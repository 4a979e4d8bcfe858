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
    /// An `xfed serve` that answers by HTTPS.
    Https(Site),
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

/// Where an `xfed serve` answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// Name or address; an IPv6 address without brackets.
    pub host: String,
    /// The port; without one, that of HTTPS.
    pub port: Option<u16>,
}

impl Vantage {
    /// Reads `here`, `ssh://[USER@]HOST[:PORT]` or `https://HOST[:PORT]`.
    pub fn parse(value: &str) -> Option<Self> {
        if let Some(rest) = value.strip_prefix("ssh://") {
            return Login::parse(rest).map(Self::Ssh);
        }
        if let Some(rest) = value.strip_prefix("https://") {
            return Site::parse(rest).map(Self::Https);
        }
        (value == "here").then_some(Self::Here)
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
        let (host, port) = host_and_port(rest)?;
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

impl Site {
    /// As browsers show it, with a slash at its end. No account: a password in it would be read by
    /// everybody who lists the processes.
    fn parse(value: &str) -> Option<Self> {
        let (host, port) = host_and_port(value.strip_suffix('/').unwrap_or(value))?;
        let is_dotted = host.split('.').all(|label| !label.is_empty());
        is_dotted.then_some(())?;
        Some(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// `HOST[:PORT]`, an IPv6 address in brackets.
fn host_and_port(value: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = value.strip_prefix('[') {
        let (host, behind) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        match behind {
            "" => (host, None),
            port => (host, Some(port.strip_prefix(':')?)),
        }
    } else {
        let split = value.split_once(':');
        let (host, port) = split.map_or((value, None), |(host, port)| (host, Some(port)));
        is_word(host).then_some((host, port))?
    };
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
        None => None,
    };
    Some((host, port))
}

/// Letters, digits and what names of hosts and accounts hold beside them; no option.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 253 && !text.starts_with('-') && text.bytes().all(is_plain)
}

/// As it is typed.
impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = match self {
            Self::Here => return f.write_str("here"),
            Self::Ssh(Login { user, host, port }) => {
                f.write_str("ssh://")?;
                user.iter().try_for_each(|user| write!(f, "{user}@"))?;
                (host, port)
            }
            Self::Https(Site { host, port }) => {
                f.write_str("https://")?;
                (host, port)
            }
        };
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
            "https://xfed.vps.example",
            "https://vps.example:9533",
            "https://192.0.2.9",
            "https://[2001:db8::9]:9533",
        ] {
            let place = Vantage::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(place.to_string(), typed);
            assert_eq!(place.is_elsewhere(), typed != "here");
        }
        let place = Vantage::parse("https://xfed.vps.example/").expect("as browsers show it");
        assert_eq!(place.to_string(), "https://xfed.vps.example");
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
            "http://vps.example",
            "https://",
            "https://probe:secret@vps.example",
            "https://vps.example/xfed",
            "https://vps.example//",
            "https://vps..example",
            "https://vps.example?x",
            "https://vps.example:",
            "https://vps example",
            "https://vps.example\r\nHost: other",
        ] {
            assert_eq!(Vantage::parse(other), None, "{other}");
        }
    }
}
