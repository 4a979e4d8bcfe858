//! What became of a certificate: renewed, reissued by somebody else, or an older one than before.

use crate::facts::Der;
use crate::pki::prints::Prints;
use crate::pki::x509::{self, Certificate};

/// A certificate as it is compared.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What stands in it; `None` where it cannot be read.
    pub read: Option<Certificate>,
    /// Its serial number.
    pub serial: String,
    /// Its SHA-256.
    pub fingerprint: String,
    /// The public key in it, in DER.
    public_key: Option<Vec<u8>>,
}

impl Leaf {
    pub(super) fn of(der: &Der) -> Self {
        let Prints { serial, sha256, .. } = Prints::of(&der.0);
        Self {
            read: Certificate::parse(&der.0).ok(),
            serial,
            fingerprint: sha256,
            public_key: x509::public_key(&der.0),
        }
    }

    /// Its subject and serial number.
    pub(super) fn name(&self) -> String {
        let read = self.read.as_ref();
        let subject = read.map_or("?", |certificate| certificate.subject.as_str());
        format!("{subject} ({})", self.serial)
    }
}

/// One thing that is different about a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is older than the one before and ends sooner: an old one was chosen again.
    Backwards,
    /// It certifies the same key.
    SameKey,
    /// It certifies another key.
    NewKey,
    /// Somebody else issued it.
    OtherIssuer {
        /// Who did before.
        before: String,
        /// Who does now.
        after: String,
    },
    /// It is for other names.
    Names {
        /// Those that are gone.
        lost: Vec<String>,
        /// Those that are new.
        gained: Vec<String>,
    },
    /// It no longer serves these purposes.
    PurposesLost(Vec<&'static str>),
    /// It serves these purposes, which the one before did not.
    PurposesGained(Vec<&'static str>),
    /// One of the two cannot be read.
    Unreadable,
}

impl Turn {
    /// Its name in the machine formats, and the one that texts select by.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Backwards => "went-backwards",
            Self::SameKey => "renewed-with-same-key",
            Self::NewKey => "new-key",
            Self::OtherIssuer { .. } => "other-issuer",
            Self::Names { .. } => "other-names",
            Self::PurposesLost(_) => "eku-lost",
            Self::PurposesGained(_) => "eku-gained",
            Self::Unreadable => "unreadable",
        }
    }
}

/// All that is different between two certificates that are not the same, the gravest first.
pub(super) fn turns(old: &Leaf, new: &Leaf) -> Vec<Turn> {
    let (Some(before), Some(after)) = (&old.read, &new.read) else {
        return vec![Turn::Unreadable];
    };
    let mut turns = Vec::new();
    // One that begins earlier and lasts longer comes of another order, and is no step back.
    if after.not_before < before.not_before && after.not_after <= before.not_after {
        turns.push(Turn::Backwards);
    }
    turns.extend(purposes(before, after));
    turns.extend(names(before, after));
    if before.issuer != after.issuer {
        turns.push(Turn::OtherIssuer {
            before: before.issuer_name.clone(),
            after: after.issuer_name.clone(),
        });
    }
    turns.push(if old.public_key == new.public_key {
        Turn::SameKey
    } else {
        Turn::NewKey
    });
    turns
}

fn names(before: &Certificate, after: &Certificate) -> Option<Turn> {
    let of = |certificate: &Certificate| -> Vec<String> {
        let names = certificate.dns_names().iter();
        let mut names: Vec<String> = names.map(|name| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let (before, after) = (of(before), of(after));
    let without = |names: &[String], others: &[String]| -> Vec<String> {
        let names = names.iter().filter(|name| !others.contains(name));
        names.cloned().collect()
    };
    let (lost, gained) = (without(&before, &after), without(&after, &before));
    (!lost.is_empty() || !gained.is_empty()).then_some(Turn::Names { lost, gained })
}

/// Without the extension a certificate serves every purpose.
fn purposes(before: &Certificate, after: &Certificate) -> Vec<Turn> {
    let serves = |certificate: &Certificate| {
        let purposes = certificate.purposes;
        [
            ("serverAuth", purposes.is_none_or(|held| held.server_auth)),
            ("clientAuth", purposes.is_none_or(|held| held.client_auth)),
        ]
    };
    let both = serves(before).into_iter().zip(serves(after));
    let both: Vec<_> = both
        .map(|((name, before), (_, after))| (name, before, after))
        .collect();
    let of = |was: bool| -> Vec<&'static str> {
        let changed = both.iter();
        let changed = changed.filter(|(_, before, after)| *before == was && *after != was);
        changed.map(|(name, ..)| *name).collect()
    };
    let (lost, gained) = (of(true), of(false));
    let lost = (!lost.is_empty()).then_some(Turn::PurposesLost(lost));
    let gained = (!gained.is_empty()).then_some(Turn::PurposesGained(gained));
    lost.into_iter().chain(gained).collect()
}
