//! What stands in a zone file that some name servers load, and others refuse the whole file for.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// No more lines of one kind are named.
const MAX_LINES: usize = 8;

/// Something of one kind that not every name server loads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What it is.
    pub what: Refused,
    /// The first lines with such a thing, from 1.
    pub lines: Vec<usize>,
    /// How many lines there are beyond these.
    #[serde(default)]
    pub more: usize,
    /// The type of the first such record; empty where it is not about one.
    #[serde(default)]
    pub record: String,
    /// The name that stands there first; empty where it is not about one.
    #[serde(default)]
    pub name: String,
    /// A name that could stand there instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// What some name servers refuse. Found with BIND 9.18, NSD 4.6 and Knot 3.2 as they are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Refused {
    /// The owner of an address or an MX record is no host name (BIND: `check-names`).
    Owner,
    /// What a record leads to is no host name (the same).
    Target,
    /// Something beyond letters, digits, hyphens and underscores stands in a name or a text as it is,
    /// and not behind a backslash.
    Characters,
    /// A DS record at the top of the zone: it belongs to the zone above.
    ApexDs,
    /// A mark in front says how the file is encoded.
    Mark,
    /// Lines end as in Windows.
    WindowsLines,
    /// A line ends with a carriage return alone.
    OldMacLines,
    /// Behind a comment that ends so something follows: that is a part of the comment.
    LostLine,
    /// A type that only a hosting service, or PowerDNS, makes an address of.
    Type,
    /// A fingerprint is shorter or longer than its algorithm makes it.
    Digest,
    /// What has to be quoted is not, or the other way round.
    Quotes,
    /// A name outside of the zone.
    Outside,
    /// A name below a DNAME: nobody gets there.
    BelowSubtree,
    /// Parentheses within parentheses.
    Nested,
    /// The SOA record stands there twice, as in a transfer.
    SoaTwice,
}

impl Refused {
    /// The key of its words in the texts.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name servers that do not load a file with it.
    pub fn by(self) -> &'static [&'static str] {
        match self {
            Self::Owner | Self::Target | Self::ApexDs | Self::Digest | Self::Quotes => &["BIND"],
            Self::Characters | Self::WindowsLines | Self::OldMacLines | Self::LostLine => &["Knot"],
            Self::Mark | Self::Type => &["BIND", "NSD", "Knot"],
            Self::Outside | Self::SoaTwice => &["NSD"],
            Self::BelowSubtree | Self::Nested => &["NSD", "Knot"],
        }
    }

    /// About this name in a record of this type.
    pub fn of(self, record: &str, name: impl Into<String>) -> Refusal {
        Refusal {
            what: self,
            lines: Vec::new(),
            more: 0,
            record: record.to_owned(),
            name: name.into(),
            instead: None,
        }
    }
}

impl Refusal {
    /// The same with a name that could stand there.
    #[must_use]
    pub fn or_rather(self, instead: Option<String>) -> Self {
        Self { instead, ..self }
    }

    /// Adds it to others, as seen in this line: each kind is told of once.
    pub fn join(self, others: &mut Vec<Self>, line: usize) {
        match others.iter_mut().find(|other| other.what == self.what) {
            Some(known) if known.lines.len() < MAX_LINES => known.lines.push(line),
            Some(known) => known.more += 1,
            None => others.push(Self {
                lines: vec![line],
                ..self
            }),
        }
    }
}
