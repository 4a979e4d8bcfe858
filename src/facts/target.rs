//! The target of an SRV record, as far as its text tells what it is.

use std::net::IpAddr;

use crate::known::microsoft::Cloud;
use crate::model::names::{Domain, Fqdn};
use crate::model::presentation::labels;

/// Before the owner of the record, what Cloudflare puts in the place of a target whose address
/// record is behind its web proxy.
const PROXIED: &str = "_dc-srv.";

/// What an SRV target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `.`: the service is decidedly not offered (RFC 2782).
    None,
    /// An IP address, with or without the zone appended.
    Address(IpAddr),
    /// A name of the provider's own making, in the place of one behind its web proxy.
    Proxied,
    /// A complete name to which a form appended the zone, the domain, or the record's own name.
    Doubled(Fqdn),
    /// A name as people write it, with letters that DNS has only in another form (RFC 5891).
    Unencoded(Fqdn),
    /// An edge of the Microsoft cloud to which a form appended the zone, for want of the final dot.
    Unfinished(Fqdn),
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
        // What may have been appended: the record's own name, the domain, a zone above it.
        let owner = domain.srv_name();
        let appended = || [owner.as_str()].into_iter().chain(domain.zones());
        let typed = || appended().filter_map(|end| without(&lower, end));
        if let Some(address) = [lower.as_str()]
            .into_iter()
            .chain(typed())
            .find_map(address)
        {
            return Self::Address(address);
        }
        if lower.starts_with(PROXIED) {
            return Self::Proxied;
        }
        // A name is complete if it ends in the domain or in a zone above it.
        let is_complete = |name: &&str| domain.zones().any(|zone| ends_in(name, zone));
        let mut complete = typed().filter(is_complete);
        if let Some(fqdn) = complete.find_map(|name| Fqdn::parse(name).ok()) {
            return Self::Doubled(fqdn);
        }
        let edge = |name: &str| Fqdn::parse(name).ok().filter(|it| Cloud::of(it).is_some());
        if let Some(edge) = typed().find_map(edge) {
            return Self::Unfinished(edge);
        }
        match Fqdn::parse(target) {
            Ok(fqdn) if Cloud::of(&fqdn).is_some() => Self::Microsoft(fqdn),
            // The machine's name with the zone appended is a sound name; alone it is not.
            Ok(fqdn) => Self::Host(fqdn),
            Err(_) => match as_typed(target).and_then(|name| Fqdn::parse(&name).ok()) {
                Some(fqdn) => Self::Unencoded(fqdn),
                None => Self::Malformed,
            },
        }
    }

    /// True for an edge of the Microsoft cloud.
    pub fn is_microsoft(&self) -> bool {
        matches!(self, Self::Microsoft(_))
    }

    /// True for an edge of the Microsoft cloud, be it complete or not.
    pub fn is_meant_for_microsoft(&self) -> bool {
        matches!(self, Self::Microsoft(_) | Self::Unfinished(_))
    }

    /// True for a host name outside the Microsoft cloud.
    pub fn is_host(&self) -> bool {
        self.meant().is_some()
    }

    /// The server that the record was meant to lead to, outside the Microsoft cloud.
    pub fn meant(&self) -> Option<&Fqdn> {
        match self {
            Self::Host(fqdn) | Self::Doubled(fqdn) => Some(fqdn),
            Self::Microsoft(_)
            | Self::None
            | Self::Address(_)
            | Self::Proxied
            | Self::Unencoded(_)
            | Self::Unfinished(_)
            | Self::Malformed => None,
        }
    }
}

/// A name with bytes beyond ASCII: what somebody typed, in UTF-8 or in Latin-1. `None` where it has no
/// such bytes.
fn as_typed(name: &str) -> Option<String> {
    let labels = labels(name);
    let latin = |label: &[u8]| label.iter().copied().map(char::from).collect();
    let read = |label: &Vec<u8>| {
        let text = str::from_utf8(label).map(str::to_owned);
        text.unwrap_or_else(|_| latin(label))
    };
    let is_foreign = labels.iter().any(|label| !label.is_ascii());
    is_foreign.then(|| labels.iter().map(read).collect::<Vec<_>>().join("."))
}

/// What stands before this end of a name.
fn without<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    name.strip_suffix(end)?.strip_suffix('.')
}

fn ends_in(name: &str, zone: &str) -> bool {
    name == zone || without(name, zone).is_some()
}

/// An address as it gets into a field for names: bare, in brackets, or with the dot at its end.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_end_matches('.');
    let bare = bare
        .strip_prefix('[')
        .and_then(|bare| bare.strip_suffix(']'))
        .unwrap_or(bare);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_its_text_says() {
        let domain = Domain::parse("chat.zahnfee.de").expect("a domain");
        let fqdn = |name| Fqdn::parse(name).expect("a name");
        let v4 = Target::Address([81, 2, 3, 4].into());
        let v6 = Target::Address("2a02:1:2::3".parse().expect("an address"));
        let doubled = Target::Doubled(fqdn("xphone.chat.zahnfee.de"));
        for (text, expected) in [
            (".", Target::None),
            ("81.2.3.4", v4.clone()),
            ("81.2.3.4.chat.Zahnfee.de", v4.clone()),
            ("81.2.3.4.zahnfee.de", v4),
            ("2a02:1:2::3", v6.clone()),
            ("2A02:1:2::3.zahnfee.de", v6.clone()),
            ("[2a02:1:2::3]", v6),
            ("xphone", Target::Malformed),
            ("https://xphone.zahnfee.de", Target::Malformed),
            ("_sipfederationtls._tcp.chat.zahnfee.de", Target::Malformed),
            (
                "xphone.chat.zahnfee.de",
                Target::Host(fqdn("xphone.chat.zahnfee.de")),
            ),
            ("xphone.zahnfee.de", Target::Host(fqdn("xphone.zahnfee.de"))),
            ("xphone.hoster.net", Target::Host(fqdn("xphone.hoster.net"))),
            ("xphone.chat.zahnfee.de.chat.zahnfee.de", doubled.clone()),
            ("xphone.chat.zahnfee.de.zahnfee.de", doubled.clone()),
            (
                "xphone.chat.zahnfee.de._sipfederationtls._tcp.chat.zahnfee.de",
                doubled,
            ),
            (
                "xphone.zahnfee.de.chat.zahnfee.de",
                Target::Doubled(fqdn("xphone.zahnfee.de")),
            ),
            (
                "chat.zahnfee.de.zahnfee.de",
                Target::Doubled(fqdn("chat.zahnfee.de")),
            ),
            (
                r"xphone.zahn\195\164rzte.de",
                Target::Unencoded(fqdn("xphone.zahnärzte.de")),
            ),
            (
                r"b\252ro.zahnfee.de",
                Target::Unencoded(fqdn("xn--bro-hoa.zahnfee.de")),
            ),
            (r"\252", Target::Malformed),
            (r"a\046b\032c.zahnfee.de", Target::Malformed),
            (
                "_dc-srv.2f3b._sipfederationtls._tcp.chat.zahnfee.de",
                Target::Proxied,
            ),
            (
                "sipfed.online.lync.com",
                Target::Microsoft(fqdn("sipfed.online.lync.com")),
            ),
        ] {
            assert_eq!(Target::parse(text, &domain), expected, "{text}");
        }
    }
}
