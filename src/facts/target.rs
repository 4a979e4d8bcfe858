//! The target of an SRV record, as far as its text tells what it is.

use std::net::Ipv4Addr;

use crate::known::microsoft::Cloud;
use crate::model::names::{Domain, Fqdn};

/// What an SRV target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `.`: the service is decidedly not offered (RFC 2782).
    None,
    /// An IP address, with or without the zone appended.
    Address(Ipv4Addr),
    /// No host name: a URL, a port, one label, the name of the SRV record itself.
    Malformed,
    /// An edge of the Microsoft cloud.
    Microsoft(Fqdn),
    /// A host name.
    Host(Fqdn),
}

impl Target {
    /// Parses the target of an SRV record of this domain.
    pub fn parse(target: &str, domain: &Domain) -> Self {
        if target == "." {
            return Self::None;
        }
        let lower = target.to_ascii_lowercase();
        let bare = lower
            .strip_suffix(domain.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .unwrap_or(&lower);
        if let Ok(address) = bare.parse() {
            return Self::Address(address);
        }
        match Fqdn::parse(target) {
            Ok(fqdn) if Cloud::of(&fqdn).is_some() => Self::Microsoft(fqdn),
            // The machine's name with the zone appended is a sound name; alone it is not.
            Ok(fqdn) => Self::Host(fqdn),
            Err(_) => Self::Malformed,
        }
    }

    /// True for an edge of the Microsoft cloud.
    pub fn is_microsoft(&self) -> bool {
        matches!(self, Self::Microsoft(_))
    }

    /// True for a host name outside the Microsoft cloud.
    pub fn is_host(&self) -> bool {
        matches!(self, Self::Host(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_its_text_says() {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let fqdn = |name| Fqdn::parse(name).expect("a name");
        for (text, expected) in [
            (".", Target::None),
            ("81.2.3.4", Target::Address([81, 2, 3, 4].into())),
            ("81.2.3.4.Zahnfee.de", Target::Address([81, 2, 3, 4].into())),
            ("xphone", Target::Malformed),
            ("https://xphone.zahnfee.de", Target::Malformed),
            ("xphone.zahnfee.de", Target::Host(fqdn("xphone.zahnfee.de"))),
            (
                "sipfed.online.lync.com",
                Target::Microsoft(fqdn("sipfed.online.lync.com")),
            ),
        ] {
            assert_eq!(Target::parse(text, &domain), expected, "{text}");
        }
    }
}
