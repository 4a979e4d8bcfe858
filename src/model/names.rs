//! Names as admins type them and as DNS knows them: the XPhone domain and the server's FQDN.
//!
//! Parsed once, here; everything behind works with lower-case A-labels without a trailing dot.
//! Nothing in this file asks the network.

use std::fmt;
use std::net::IpAddr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

/// Service and protocol of the federation's SRV record (guide, chapter 4).
pub const SRV_PREFIX: &str = "_sipfederationtls._tcp.";

/// The longest name DNS can carry in presentation form, in characters (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;

/// The XPhone domain (namespace): the part after `@` in an IM address. At least two labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// The public name of an XPhone server: an SRV target, or what `--fqdn` says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fqdn(String);

/// Why an input is no domain name. The texts for people stand in the message catalogue under
/// [`InputError::code`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// Nothing was given, or nothing was left after `@`, scheme and dots.
    Empty,
    /// More characters than a DNS name can have (253).
    TooLong(usize),
    /// An IP address where a name is expected.
    Address(IpAddr),
    /// One label only: a machine name, not a domain.
    OneLabel(String),
    /// A character that no host name has.
    Character(char),
    /// Two dots in a row, a leading dot or hyphen, a label over 63 characters.
    Label(String),
    /// A label that IDNA does not allow: broken punycode, or letters that make no name.
    Idn(String),
}

impl InputError {
    /// The message of this error in the catalogue of texts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "input-empty",
            Self::TooLong(_) => "input-too-long",
            Self::Address(_) => "input-address",
            Self::OneLabel(_) => "input-one-label",
            Self::Character(_) => "input-character",
            Self::Label(_) => "input-label",
            Self::Idn(_) => "input-idn",
        }
    }

    /// What the message names: the offending part, escaped for a terminal.
    pub fn detail(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::TooLong(length) => length.to_string(),
            Self::Address(address) => address.to_string(),
            Self::OneLabel(name) | Self::Label(name) | Self::Idn(name) => {
                name.escape_debug().to_string()
            }
            Self::Character(' ') => "' '".to_owned(),
            Self::Character(character) => format!("'{}'", character.escape_debug()),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.detail())
    }
}

impl std::error::Error for InputError {}

impl Domain {
    /// Reads a domain as people type it: an e-mail or IM address, a URL, the name of the SRV
    /// record itself, with a trailing dot, in capitals, with umlauts (IDNA 2008, RFC 5890).
    ///
    /// # Errors
    ///
    /// [`InputError`] when no domain of at least two labels can be read from it.
    pub fn parse(input: &str) -> Result<Self, InputError> {
        let name = ascii_name(strip_srv_prefix(host_part(input.trim())))?;
        if !name.contains('.') {
            return Err(InputError::OneLabel(name));
        }
        Ok(Self(name))
    }

    /// The domain as lower-case A-labels without a trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain above, where it is one that somebody can have: no top-level domain.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_once('.')?;
        Self::parse(above).ok()
    }

    /// How many labels stand before another domain: 0 for that one itself, `None` when this is not at
    /// or below it.
    pub fn below(&self, other: &Self) -> Option<usize> {
        Fqdn(self.0.clone()).labels_below(other)
    }

    /// The domain, and every domain above it that can be a zone of somebody's own, each without a
    /// trailing dot.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| {
            let (_, above) = name.split_once('.')?;
            above.contains('.').then_some(above)
        })
    }

    /// The owner name of the federation's SRV record, without a trailing dot.
    pub fn srv_name(&self) -> String {
        format!("{SRV_PREFIX}{}", self.0)
    }
}

impl Fqdn {
    /// Reads a host name of at least two labels. A trailing dot, capitals and umlauts are understood.
    ///
    /// # Errors
    ///
    /// [`InputError`] when it is an address, one label, or no host name (RFC 1123 §2.1).
    pub fn parse(input: &str) -> Result<Self, InputError> {
        let name = ascii_name(input.trim())?;
        if !name.contains('.') {
            return Err(InputError::OneLabel(name));
        }
        Ok(Self(name))
    }

    /// The name as lower-case A-labels without a trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many labels stand before the domain: 0 for the domain itself, 1 for `xphone.zahnfee.de`
    /// under `zahnfee.de`; `None` when the name is not at or below the domain. Compares label by
    /// label, so `xphone.evilzahnfee.de` is not below `zahnfee.de`.
    pub fn labels_below(&self, domain: &Domain) -> Option<usize> {
        if self.0 == domain.0 {
            return Some(0);
        }
        let prefix = self.0.strip_suffix(&domain.0)?.strip_suffix('.')?;
        Some(prefix.split('.').count())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Fqdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = InputError;
    fn try_from(name: String) -> Result<Self, InputError> {
        Self::parse(&name)
    }
}

impl TryFrom<String> for Fqdn {
    type Error = InputError;
    fn try_from(name: String) -> Result<Self, InputError> {
        Self::parse(&name)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl From<Fqdn> for String {
    fn from(fqdn: Fqdn) -> Self {
        fqdn.0
    }
}

/// Cuts scheme, user, port and path away: `sip:info@zahnfee.de:5061;transport=tls` is `zahnfee.de`.
fn host_part(input: &str) -> &str {
    let rest = input.split_once("://").map_or(input, |(_, rest)| rest);
    let rest = ["sip:", "sips:", "mailto:", "im:", "xmpp:"]
        .iter()
        .find_map(|scheme| {
            let (head, tail) = rest.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(tail)
        })
        .unwrap_or(rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if let Some(separator) = another(rest) {
        return separator;
    }
    let rest = rest.split(';').next().unwrap_or(rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.trim_start_matches('[');
    let host = host.split_once(']').map_or(host, |(address, _)| address);
    match host.split_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Where several names stand in a row, from what stands between them on: none is dropped. Behind a
/// semicolon there may be parameters, whose names have neither dot nor user.
fn another(names: &str) -> Option<&str> {
    let (at, between) = names
        .char_indices()
        .find(|(_, one)| matches!(one, ';' | ',') || one.is_whitespace())?;
    let from = &names[at..];
    let is_parameter = |one: &str| {
        let name = one.split_once('=').map_or(one, |(name, _)| name);
        !name.contains(['.', '@'])
    };
    (between != ';' || !from.split(';').all(is_parameter)).then_some(from)
}

fn strip_srv_prefix(name: &str) -> &str {
    match name.split_at_checked(SRV_PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(SRV_PREFIX) => rest,
        _ => name,
    }
}

/// One or more labels of letters, digits and hyphens, as lower-case A-labels.
fn ascii_name(name: &str) -> Result<String, InputError> {
    // Keyboards for other scripts have dots of their own (UTS #46).
    let name = &name.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        return Err(InputError::Empty);
    }
    if let Ok(address) = name.parse() {
        return Err(InputError::Address(address));
    }
    if name.chars().count() > MAX_NAME {
        return Err(InputError::TooLong(name.chars().count()));
    }
    // Combining marks are letters to IDNA though not to `is_alphanumeric`: a decomposed ä is fine.
    let foreign =
        |c: &char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '\u{300}'..='\u{36f}'));
    if let Some(character) = name.chars().find(foreign) {
        return Err(InputError::Character(character));
    }
    let ascii = to_ascii(name).ok_or_else(|| {
        let idn = name.split('.').find(|label| is_broken_idn(label));
        match idn {
            Some(label) => InputError::Idn(label.to_owned()),
            None => InputError::Label(name.to_owned()),
        }
    })?;
    if ascii.len() > MAX_NAME {
        return Err(InputError::TooLong(ascii.len()));
    }
    let top = ascii.rsplit('.').next().unwrap_or(&ascii);
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InputError::Label(name.to_owned()));
    }
    Ok(ascii)
}

/// Hyphens in the third and fourth place are allowed: there are such hosts, whatever registries take.
fn to_ascii(name: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(
        name.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    ascii.ok().map(Into::into)
}

/// The name as people write it, if that is another than the one in DNS (RFC 5890, U-labels).
pub(crate) fn as_written(name: &str) -> Option<String> {
    let (written, outcome) = Uts46::new().to_unicode(
        name.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
    );
    outcome.ok()?;
    (written != name).then(|| written.into_owned())
}

fn is_broken_idn(label: &str) -> bool {
    let prefix = label.get(..4).unwrap_or_default();
    let is_idn = prefix.eq_ignore_ascii_case("xn--") || !label.is_ascii();
    is_idn && to_ascii(label).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_domains_in_many_ways() {
        for (typed, meant) in [
            ("zahnfee.de", "zahnfee.de"),
            ("  ZahnFee.DE. ", "zahnfee.de"),
            ("info@zahnfee.de", "zahnfee.de"),
            ("info@zahnfee\u{3002}de", "zahnfee.de"),
            ("zahnfee\u{ff0e}de\u{ff61}", "zahnfee.de"),
            ("sip:info@zahnfee.de:5061;transport=tls", "zahnfee.de"),
            ("SIP:info@zahnfee.de", "zahnfee.de"),
            ("sip:zahnfee.de;lr;maddr=192.0.2.1", "zahnfee.de"),
            ("zahnfee.de;", "zahnfee.de"),
            ("https://zahnfee.de/", "zahnfee.de"),
            ("https://user@zahnfee.de:8443/a?b#c", "zahnfee.de"),
            ("_sipfederationtls._tcp.zahnfee.de", "zahnfee.de"),
            ("_SIPfederationTLS._TCP.zahnfee.de.", "zahnfee.de"),
            ("zähnfee.de", "xn--zhnfee-bua.de"),
            ("za\u{308}hnfee.de", "xn--zhnfee-bua.de"),
            ("xn--zhnfee-bua.de", "xn--zhnfee-bua.de"),
            ("XN--zhnfee-BUA.de", "xn--zhnfee-bua.de"),
            ("r3---sn.zahnfee.de", "r3---sn.zahnfee.de"),
        ] {
            assert_eq!(
                Domain::parse(typed).as_ref().map(Domain::as_str),
                Ok(meant),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_domain_is_named() {
        let long = format!("{}.de", "a".repeat(300));
        for (typed, code) in [
            ("", "input-empty"),
            (".", "input-empty"),
            ("info@", "input-empty"),
            ("zahn fee.de", "input-character"),
            ("zahn\u{1b}[31m.de", "input-character"),
            ("_sip.zahnfee.de", "input-character"),
            ("zahnfee", "input-one-label"),
            ("192.0.2.1", "input-address"),
            ("https://[2001:db8::1]:5061/", "input-address"),
            ("2001:db8::1", "input-address"),
            ("1.2.3", "input-label"),
            ("zahnfee..de", "input-label"),
            ("-zahnfee.de", "input-label"),
            (long.as_str(), "input-too-long"),
            ("xn--zhnfee-bu!.de", "input-character"),
            ("xn--zhnfee-999999999.de", "input-idn"),
            ("xn--.de", "input-idn"),
            ("XN--a.de", "input-idn"),
            ("www.xn--zahnfee-.de", "input-idn"),
            ("\u{308}zahn.de", "input-idn"),
            ("-xn--a.de", "input-label"),
        ] {
            assert_eq!(
                Domain::parse(typed).map_err(|error| error.code()),
                Err(code),
                "{typed}"
            );
        }
        let label = format!("{}.de", "a".repeat(64));
        assert_eq!(
            Domain::parse(&label).map_err(|error| error.code()),
            Err("input-label")
        );
    }

    #[test]
    fn the_domain_is_compared_label_by_label() {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        for (name, below) in [
            ("zahnfee.de", Some(0)),
            ("XPhone.Zahnfee.de.", Some(1)),
            ("a.b.zahnfee.de", Some(2)),
            ("evilzahnfee.de", None),
            ("xphone.evilzahnfee.de", None),
            ("zahnfee.de.evil.com", None),
        ] {
            assert_eq!(
                Fqdn::parse(name).expect(name).labels_below(&domain),
                below,
                "{name}"
            );
        }
    }

    #[test]
    fn the_domain_above_has_two_labels_at_least() {
        let above = |name| Domain::parse(name).expect(name).parent();
        let parent = above("a.xphone.zahnfee.de");
        assert_eq!(
            parent.as_ref().map(Domain::as_str),
            Some("xphone.zahnfee.de")
        );
        assert_eq!(above("zahnfee.de"), None);
    }

    #[test]
    fn a_domain_lies_in_zones() {
        let domain = Domain::parse("a.chat.zahnfee.de").expect("a domain");
        let zones: Vec<&str> = domain.zones().collect();
        assert_eq!(
            zones,
            ["a.chat.zahnfee.de", "chat.zahnfee.de", "zahnfee.de"]
        );
    }
}
