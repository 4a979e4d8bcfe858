//! Name constraints (RFC 5280 §4.2.1.10): which names the certificates below a CA may have.

mod form;
mod hosts;
mod ranges;

use x509_parser::extensions::{GeneralName, NameConstraints};
use x509_parser::prelude::{FromDer, X509Name};

use crate::facts::{Disputed, Partner};
use crate::pki::der::{self, Reader};
use crate::pki::names::Name;
use crate::pki::x509;
use form::{Form, kind_of};
use ranges::{is_address, is_range};

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
