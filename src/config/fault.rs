//! What is wrong in a file that people write by hand: where, and what was expected.

use std::fmt;
use std::path::PathBuf;

use crate::model::names::InputError;

/// Something in a configuration file or a list of targets that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file as the user named it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No TOML, in the parser's words.
    Syntax(String),
    /// Not UTF-8, nor UTF-16 with its mark.
    Encoding,
    /// A key that there is not, and the nearest that there is.
    Key {
        /// What stands there.
        key: String,
        /// What may have been meant.
        nearest: String,
    },
    /// A key that goes with a domain.
    OfDomain(String),
    /// A key that is missing in a table.
    Missing {
        /// The table.
        table: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value that is none.
    Value {
        /// Its key.
        key: String,
        /// What belongs there.
        expected: Expected,
    },
    /// No domain.
    Domain(String, InputError),
    /// No code of a finding, and the nearest.
    Code {
        /// What stands there.
        code: String,
        /// What may have been meant.
        nearest: String,
    },
    /// The code of what could not be tested: it can be neither weighed nor accepted.
    Immune(String),
    /// A domain that stands there already.
    Twice(String),
    /// A key that stands there already.
    Repeated(String),
    /// Two keys that exclude each other.
    Together(&'static str, &'static str),
    /// Direct federation without the server's name.
    DirectNeedsFqdn(String),
    /// Behind a domain, something that is no `key=value`.
    NoPair(String),
    /// A list without a domain.
    Empty,
}

/// What belongs in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// What the text `expected-…` says.
    Kind(&'static str),
    /// One of these words.
    OneOf(Vec<String>),
}

/// For those who develop; users read the texts.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, wrong } = self;
        write!(f, "{}:{line}: {wrong:?}", file.display())
    }
}

impl std::error::Error for Fault {}

/// The name that is most like this one.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    // Options of the command line that are choices of one key here.
    if ["direct", "partner"].contains(&name) && known.contains(&"mode") {
        return "mode".to_owned();
    }
    let likeness = |known: &str| strsim::jaro_winkler(known, &name.to_ascii_lowercase());
    let best = known
        .into_iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    best.unwrap_or_default().to_owned()
}
