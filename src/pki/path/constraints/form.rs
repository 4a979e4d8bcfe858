//! The forms of names that can be constrained, and whether a name is within a constraint.

use x509_parser::extensions::GeneralName;

use super::hosts::{host_is_within, host_of, is_below, mail_is_within};
use super::ranges::{address_is_within, address_text, is_prefix, is_range, mask_of, range_text};
use crate::facts::Disputed;
use crate::pki::names::Name;
use crate::pki::x509;

/// A name in one of the forms that can be constrained, or a constraint on it.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Dns(String),
    Mail(String),
    Uri(String),
    /// An address; as a constraint, followed by a mask.
    Address(Vec<u8>),
    Directory(Name, String),
    /// A form of this kind that is not compared here.
    Other(&'static str),
}

impl Form {
    pub(super) fn of(name: &GeneralName<'_>) -> Self {
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
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dNSName",
            Self::Mail(_) => "rfc822Name",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Address(_) => "iPAddress",
            Self::Directory(..) => "directoryName",
            Self::Other(kind) => kind,
        }
    }

    pub(super) fn text(&self) -> String {
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
    pub(super) fn unusable(&self) -> Option<Disputed> {
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
    pub(super) fn is_written_within(&self, constraint: &Self) -> bool {
        let dotted = matches!(constraint, Self::Dns(base) if base.ends_with('.'));
        !dotted && self.is_within(constraint)
    }

    /// Whether this name is one that the constraint is about.
    pub(super) fn is_within(&self, constraint: &Self) -> bool {
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
pub(super) fn kind_of(number: u8) -> &'static str {
    match number {
        1 => "rfc822Name",
        2 => "dNSName",
        4 => "directoryName",
        6 => "uniformResourceIdentifier",
        7 => "iPAddress",
        _ => "GeneralName",
    }
}
