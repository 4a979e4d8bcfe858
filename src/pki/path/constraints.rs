//! Name constraints (RFC 5280 §4.2.1.10): which names the certificates below a CA may have.

use std::net::{Ipv4Addr, Ipv6Addr};

use x509_parser::extensions::{GeneralName, NameConstraints};
use x509_parser::prelude::{FromDer, X509Name};

use crate::facts::{Disputed, Partner};
use crate::pki::der::{self, Reader};
use crate::pki::names::Name;
use crate::pki::x509;

/// The constraints of one certificate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraints {
    permitted: Vec<Form>,
    excluded: Vec<Form>,
    /// The tags of the names among them that have a minimum or a maximum (RFC 5280 §4.2.1.10).
    distant: Vec<u8>,
}

/// The names of one certificate, as constraints look at them.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject(Vec<Form>);

/// A name in one of the forms that can be constrained, or a constraint on it.
#[derive(Clone, Debug)]
enum Form {
    Dns(String),
    Mail(String),
    Uri(String),
    /// An address; as a constraint, followed by a mask.
    Address(Vec<u8>),
    Directory(Name, String),
    /// A form of this kind that is not compared here.
    Other(&'static str),
}

/// How a name fares under constraints.
pub(super) enum Refusal {
    NotPermitted {
        name: String,
        permitted: Vec<String>,
    },
    Excluded {
        name: String,
        excluded: String,
    },
    /// A name of this kind is constrained, which is beyond this program.
    Unable(&'static str),
}

impl Constraints {
    /// From what was read, and from the same in DER.
    pub(super) fn of(read: &NameConstraints<'_>, der: &[u8]) -> Self {
        let forms = |trees: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            let trees = trees.iter().flatten();
            trees.map(|tree| Form::of(&tree.base)).collect()
        };
        Self {
            permitted: forms(&read.permitted_subtrees),
            excluded: forms(&read.excluded_subtrees),
            distant: distant(der),
        }
    }

    /// Reads the content of a NameConstraints in DER.
    pub(crate) fn parse(content: &[u8]) -> Option<Self> {
        let whole = super::sequence(content)?;
        let (_, read) = NameConstraints::from_der(&whole).ok()?;
        Some(Self::of(&read, &whole))
    }

    /// How many comparisons these names ask for at most.
    pub(super) fn cost(&self, names: &Subject) -> usize {
        names.0.len() * (self.permitted.len() + self.excluded.len())
    }

    /// Whether one of these names is of a kind that a minimum or a maximum is set for.
    pub(super) fn has_distance_for(&self, names: &Subject) -> bool {
        let mut kinds = names.0.iter().map(Form::kind);
        !self.distant.is_empty()
            && kinds.any(|kind| self.distant.iter().any(|tag| kind_of(*tag) == kind))
    }

    /// What of these constraints GnuTLS refuses whatever the names below are, measured with 3.7.
    pub(super) fn unusable(&self) -> Option<Disputed> {
        let mut all = self.permitted.iter().chain(&self.excluded);
        all.find_map(Form::unusable)
    }

    /// An address that OpenSSL refuses to compare with these constraints, by its length.
    pub(super) fn incomparable(&self, names: &Subject) -> Option<Disputed> {
        let mut names = names.0.iter();
        names.find_map(|name| match name {
            Form::Address(bytes) if !is_address(bytes) && self.has_addresses() => {
                Some(Disputed::AddressName(bytes.len()))
            }
            _ => None,
        })
    }

    /// An address that GnuTLS lets through where only ranges of the other family are permitted, and
    /// OpenSSL does not, measured with 3.7 and 3.0.
    pub(super) fn other_family(&self, names: &Subject) -> Option<Disputed> {
        let mut addresses = names.0.iter();
        let other = addresses.find(|name| self.permits_other_family_only(name))?;
        Some(Disputed::OtherFamily(other.text()))
    }

    fn permits_other_family_only(&self, name: &Form) -> bool {
        let Form::Address(address) = name else {
            return false;
        };
        let mut ranges = self.permitted.iter().filter_map(|form| match form {
            Form::Address(range) if is_range(range) => Some(range.len()),
            _ => None,
        });
        is_address(address)
            && ranges.clone().next().is_some()
            && ranges.all(|length| length != 2 * address.len())
    }

    /// One of these names is an address, and a range among the constraints has no possible length:
    /// neither OpenSSL nor GnuTLS lets that through.
    pub(super) fn is_broken_for(&self, names: &Subject) -> bool {
        let mut all = self.permitted.iter().chain(&self.excluded);
        let broken = all.any(|form| matches!(form, Form::Address(range) if !is_range(range)));
        let is_address = |form: &Form| matches!(form, Form::Address(_));
        broken && names.0.iter().any(is_address)
    }

    fn has_addresses(&self) -> bool {
        let mut all = self.permitted.iter().chain(&self.excluded);
        all.any(|form| matches!(form, Form::Address(_)))
    }

    /// A host name with a final dot that OpenSSL and GnuTLS read differently for one of these names.
    pub(super) fn final_dot(&self, names: &Subject) -> Option<(Disputed, Partner)> {
        let hosts = names.0.iter().filter(|name| matches!(name, Form::Dns(_)));
        for name in hosts {
            let meant = |forms: &[Form]| forms.iter().find(|form| name.is_within(form)).cloned();
            let literal = |forms: &[Form]| forms.iter().any(|form| name.is_written_within(form));
            let lists = [
                (&self.permitted, Partner::OpenSsl),
                (&self.excluded, Partner::GnuTls),
            ];
            for (list, by) in lists {
                if let Some(form) = meant(list).filter(|_| !literal(list)) {
                    return Some((Disputed::ConstraintDot(form.text()), by));
                }
            }
        }
        None
    }

    /// The first of these names that these constraints do not let through.
    pub(super) fn refusal(&self, names: &Subject) -> Option<Refusal> {
        names.0.iter().find_map(|name| self.refusal_of(name))
    }

    fn refusal_of(&self, name: &Form) -> Option<Refusal> {
        let same_kind = |form: &&Form| form.kind() == name.kind();
        let excluded: Vec<&Form> = self.excluded.iter().filter(same_kind).collect();
        let permitted: Vec<&Form> = self.permitted.iter().filter(same_kind).collect();
        if let Form::Other(kind) = name {
            let constrained = !excluded.is_empty() || !permitted.is_empty();
            return constrained.then_some(Refusal::Unable(kind));
        }
        // GnuTLS says nothing against it; what OpenSSL says is told by itself.
        if matches!(name, Form::Address(bytes) if !is_address(bytes)) {
            return None;
        }
        if let Some(excluded) = excluded.iter().find(|form| name.is_written_within(form)) {
            return Some(Refusal::Excluded {
                name: name.text(),
                excluded: excluded.text(),
            });
        }
        if self.permits_other_family_only(name) {
            return None;
        }
        let is_permitted =
            permitted.is_empty() || permitted.iter().any(|form| name.is_within(form));
        (!is_permitted).then(|| Refusal::NotPermitted {
            name: name.text(),
            permitted: permitted.iter().map(|form| form.text()).collect(),
        })
    }
}

impl Subject {
    pub(super) fn of(name: &X509Name<'_>) -> Self {
        let comparable = Name::of(name);
        let mut forms = Vec::new();
        if !comparable.is_empty() {
            let text = x509::read_name(name.as_raw()).unwrap_or_default();
            forms.push(Form::Directory(comparable, text));
        }
        // RFC 5280 §4.2.1.10: constraints on mail addresses hold for those in the subject, too.
        let mails = name.iter_email().filter_map(|mail| mail.as_str().ok());
        forms.extend(mails.map(|mail| Form::Mail(mail.to_owned())));
        Self(forms)
    }

    pub(super) fn alternatives(&mut self, names: &[GeneralName<'_>]) {
        self.0.extend(names.iter().map(Form::of));
    }

    /// A name that GnuTLS cannot read, and then not the certificate either, measured with 3.7.
    pub(super) fn unreadable(&self) -> Option<Disputed> {
        self.0.iter().find_map(|name| match name {
            Form::Dns(text) | Form::Mail(text) | Form::Uri(text) if text.is_empty() => {
                Some(Disputed::EmptyName(name.kind().to_owned()))
            }
            Form::Address(bytes) if bytes.is_empty() => {
                Some(Disputed::EmptyName(name.kind().to_owned()))
            }
            Form::Other(kind @ ("x400Address" | "ediPartyName")) => {
                Some(Disputed::NameForm((*kind).to_owned()))
            }
            _ => None,
        })
    }
}

impl Form {
    fn of(name: &GeneralName<'_>) -> Self {
        match name {
            GeneralName::DNSName(name) => Self::Dns((*name).to_owned()),
            GeneralName::RFC822Name(name) => Self::Mail((*name).to_owned()),
            GeneralName::URI(uri) => Self::Uri((*uri).to_owned()),
            GeneralName::IPAddress(address) => Self::Address(address.to_vec()),
            GeneralName::DirectoryName(name) => Self::Directory(
                Name::of(name),
                x509::read_name(name.as_raw()).unwrap_or_default(),
            ),
            GeneralName::OtherName(..) => Self::Other("otherName"),
            GeneralName::X400Address(_) => Self::Other("x400Address"),
            GeneralName::EDIPartyName(_) => Self::Other("ediPartyName"),
            GeneralName::RegisteredID(_) => Self::Other("registeredID"),
            // In the wrong encoding.
            GeneralName::Invalid(tag, bytes) => {
                let text = || String::from_utf8_lossy(bytes).into_owned();
                match u8::try_from(tag.0).unwrap_or(u8::MAX) {
                    1 => Self::Mail(text()),
                    2 => Self::Dns(text()),
                    6 => Self::Uri(text()),
                    other => Self::Other(kind_of(other)),
                }
            }
        }
    }

    /// The name of its kind in RFC 5280 §4.2.1.6.
    fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dNSName",
            Self::Mail(_) => "rfc822Name",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Address(_) => "iPAddress",
            Self::Directory(..) => "directoryName",
            Self::Other(kind) => kind,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Dns(text) | Self::Mail(text) | Self::Uri(text) | Self::Directory(_, text) => {
                text.clone()
            }
            Self::Address(range) if is_range(range) && !is_prefix(mask_of(range)) => {
                range_text(range)
            }
            Self::Address(bytes) => address_text(bytes),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }

    /// Why GnuTLS refuses a constraint of this form, if it does.
    fn unusable(&self) -> Option<Disputed> {
        let form = |text: String| Some(Disputed::ConstraintForm(text));
        match self {
            Self::Address(range) if !is_range(range) => {
                Some(Disputed::ConstraintAddress(range.len()))
            }
            Self::Address(range) if !is_prefix(mask_of(range)) => {
                form(format!("iPAddress {}", range_text(range)))
            }
            Self::Mail(base) | Self::Dns(base) if base == "." => {
                form(format!("{} {base}", self.kind()))
            }
            // It goes on with these: Windows hierarchies constrain user principal names.
            Self::Other("otherName") => None,
            Self::Other(kind) => form((*kind).to_owned()),
            _ => None,
        }
    }

    /// Whether this name is within the constraint as it is written, final dot and all.
    fn is_written_within(&self, constraint: &Self) -> bool {
        let dotted = matches!(constraint, Self::Dns(base) if base.ends_with('.'));
        !dotted && self.is_within(constraint)
    }

    /// Whether this name is one that the constraint is about.
    fn is_within(&self, constraint: &Self) -> bool {
        match (self, constraint) {
            (Self::Dns(name), Self::Dns(base)) => is_below(name, base),
            (Self::Mail(mail), Self::Mail(base)) => mail_is_within(mail, base),
            (Self::Uri(uri), Self::Uri(base)) => {
                host_of(uri).is_some_and(|host| host_is_within(host, base))
            }
            (Self::Address(address), Self::Address(range)) => address_is_within(address, range),
            (Self::Directory(name, _), Self::Directory(base, _)) => name.is_within(base),
            _ => false,
        }
    }
}

/// The kind of a GeneralName by the number of its tag.
fn kind_of(number: u8) -> &'static str {
    match number {
        1 => "rfc822Name",
        2 => "dNSName",
        4 => "directoryName",
        6 => "uniformResourceIdentifier",
        7 => "iPAddress",
        _ => "GeneralName",
    }
}

/// The numbers of the names in a NameConstraints that have another minimum than 0, or a maximum.
fn distant(der: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut lists = Reader(der).enter(der::SEQUENCE).unwrap_or(Reader(&[]));
    while let Some(list) = lists.next() {
        let mut trees = Reader(list.content);
        while let Some(mut tree) = trees.enter(der::SEQUENCE) {
            let Some(base) = tree.next() else { continue };
            let minimum = tree.content(0x80).unwrap_or_default();
            if minimum.iter().any(|byte| *byte != 0) || tree.take(0x81).is_some() {
                found.push(base.tag & 0x1f);
            }
        }
    }
    found
}

/// A dNSName is within a constraint that it equals, or that ends it at a label.
fn is_below(name: &str, base: &str) -> bool {
    if base == "." {
        return false;
    }
    let name = name.trim_end_matches('.');
    let base = base.trim_end_matches('.');
    let Some(at) = name.len().checked_sub(base.len()) else {
        return false;
    };
    let Some((before, end)) = name.split_at_checked(at) else {
        return false;
    };
    let at_label = before.is_empty() || before.ends_with('.') || base.starts_with('.');
    base.is_empty() || at_label && end.eq_ignore_ascii_case(base)
}

/// A constraint on mail addresses is one address, one host, or with a leading dot all hosts below.
fn mail_is_within(mail: &str, base: &str) -> bool {
    let Some((local, host)) = mail.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            base_local == local && base_host.eq_ignore_ascii_case(host)
        }
        None => host_is_within(host, base),
    }
}

/// A constraint on hosts of URIs is one host, or with a leading dot all hosts below.
fn host_is_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') {
        host.len() > base.len() && is_below(host, base)
    } else {
        base.is_empty() || host.eq_ignore_ascii_case(base)
    }
}

fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://").or_else(|| uri.split_once(':'))?;
    let authority = rest.split(['/', '?', '#', ';']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.split(':').next().unwrap_or(host))
}

fn address_is_within(address: &[u8], range: &[u8]) -> bool {
    let (base, mask) = range.split_at(range.len() / 2);
    base.len() == address.len()
        && mask.len() == address.len()
        && address
            .iter()
            .zip(base)
            .zip(mask)
            .all(|((address, base), mask)| address & mask == base & mask)
}

/// Four bytes are an IPv4 address, sixteen an IPv6 address.
fn is_address(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 4 | 16)
}

/// The same, with as long a mask.
fn is_range(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 8 | 32)
}

fn mask_of(range: &[u8]) -> &[u8] {
    &range[range.len() / 2..]
}

/// Whether all ones of a mask stand before its zeros.
fn is_prefix(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let mut leading = 0;
    for byte in mask {
        leading += byte.leading_ones();
        if *byte != u8::MAX {
            break;
        }
    }
    ones == leading
}

/// A range with its mask written out, for masks that are no prefix.
fn range_text(range: &[u8]) -> String {
    let (base, mask) = range.split_at(range.len() / 2);
    format!("{}/{}", address_text(base), address_text(mask))
}

/// An address, or an address and its mask.
fn address_text(bytes: &[u8]) -> String {
    let one = |bytes: &[u8]| match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(bytes), _) => Some(Ipv4Addr::from(bytes).to_string()),
        (_, Ok(bytes)) => Some(Ipv6Addr::from(bytes).to_string()),
        _ => None,
    };
    let half = bytes.len() / 2;
    let ones = |mask: &[u8]| mask.iter().map(|byte| byte.count_ones()).sum::<u32>();
    let range = || {
        let (base, mask) = bytes.split_at_checked(half)?;
        Some(format!("{}/{}", one(base)?, ones(mask)))
    };
    // Sixteen bytes are an IPv6 address, eight an IPv4 address and its mask.
    one(bytes).or_else(range).unwrap_or_else(|| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (name, base, within) in [
            ("xphone.zahnfee.de", "zahnfee.de", true),
            ("zahnfee.de", "Zahnfee.DE", true),
            ("xphone.zahnfee.de", ".zahnfee.de", true),
            ("zahnfee.de", ".zahnfee.de", false),
            ("mollyzahnfee.de", "zahnfee.de", false),
            ("zahnfee.de", "", true),
            ("de", "zahnfee.de", false),
        ] {
            assert_eq!(is_below(name, base), within, "{name} {base}");
        }
    }

    #[test]
    fn mail_and_uris() {
        for (mail, base, within) in [
            ("a@zahnfee.de", "zahnfee.de", true),
            ("a@b.zahnfee.de", "zahnfee.de", false),
            ("a@b.zahnfee.de", ".zahnfee.de", true),
            ("a@zahnfee.de", "a@ZAHNFEE.de", true),
            ("A@zahnfee.de", "a@zahnfee.de", false),
        ] {
            assert_eq!(mail_is_within(mail, base), within, "{mail} {base}");
        }
        for (uri, host) in [
            ("sip:xphone.zahnfee.de", "xphone.zahnfee.de"),
            ("https://a@b.example:8443/c?d", "b.example"),
            ("sip:user@zahnfee.de;transport=tls", "zahnfee.de"),
        ] {
            assert_eq!(host_of(uri), Some(host));
        }
    }

    #[test]
    fn masks() {
        for (mask, prefix) in [
            (&[255, 255, 0, 0][..], true),
            (&[255, 128, 0, 0], true),
            (&[0; 4], true),
            (&[255; 16], true),
            (&[255, 0, 255, 0], false),
            (&[0, 255, 0, 0], false),
            (&[1, 0, 0, 0], false),
        ] {
            assert_eq!(is_prefix(mask), prefix, "{mask:?}");
        }
        assert_eq!(
            range_text(&[10, 0, 0, 0, 255, 0, 255, 0]),
            "10.0.0.0/255.0.255.0"
        );
    }

    #[test]
    fn addresses() {
        let address = [10, 1, 2, 3];
        assert!(address_is_within(&address, &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!address_is_within(&address, &[11, 0, 0, 0, 255, 0, 0, 0]));
        assert!(address_is_within(&address, &[0; 8]));
        assert!(!address_is_within(&address, &[0; 32]));
        assert_eq!(address_text(&[10, 0, 0, 0, 255, 0, 0, 0]), "10.0.0.0/8");
        assert_eq!(address_text(&[0; 32]), "::/0");
        assert_eq!(address_text(&[1]), "?");
    }
}
