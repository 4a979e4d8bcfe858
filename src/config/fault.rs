//! What is wrong in a file that people write by hand: where, and what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

use super::nearest::{likeness, nearest};
use crate::model::names::InputError;
use crate::text::{Texts, printable};
use crate::wire::zone_file::WrongInZone;

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

/// What is wrong in files, all of it: whoever mends a list of thousands wants no round for each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    list: Vec<Fault>,
    /// Beyond those that are kept.
    more: usize,
}

/// The most faults that are kept.
const KEPT: usize = 1000;

/// The most that are told of: a screenful.
const TOLD: usize = 10;

impl Faults {
    /// One, in this line of a file, counted from 1.
    pub(super) fn at(file: &Path, line: usize, wrong: Wrong) -> Self {
        let file = file.to_owned();
        Self {
            list: vec![Fault { file, line, wrong }],
            more: 0,
        }
    }

    /// Adds one, in this line of a file.
    pub(super) fn add(&mut self, file: &Path, line: usize, wrong: Wrong) {
        self.sift::<()>(Err(Self::at(file, line, wrong)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What was read; where that failed, nothing, and the faults are kept for the end.
    pub(super) fn sift<T: Default>(&mut self, read: Result<T, Self>) -> T {
        read.unwrap_or_else(|faults| {
            self.more += faults.more;
            for fault in faults.list {
                if self.list.len() < KEPT {
                    self.list.push(fault);
                } else {
                    self.more += 1;
                }
            }
            T::default()
        })
    }

    /// The whole, if nothing is wrong with any part of it.
    pub(super) fn end<T>(self, whole: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(whole)
        } else {
            Err(self.in_order())
        }
    }

    fn in_order(mut self) -> Self {
        self.list.sort_by_key(|fault| fault.line);
        self
    }

    /// All of them that are kept, in the order of their lines.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.list.iter()
    }

    /// One line for each, in the user's language; of many, how many more there are.
    pub fn describe(&self, texts: &Texts) -> String {
        let told = self.list.iter().take(TOLD);
        let mut lines: Vec<String> = told.map(|fault| fault.describe(texts)).collect();
        let more = self.more + self.list.len() - lines.len();
        if more > 0 {
            lines.push(texts.say("fault-more", &[("count", &more.to_string())]));
        }
        lines.join("\n")
    }
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Not TOML, in the parser's words.
    Syntax(String),
    /// Neither UTF-8 nor UTF-16 with its byte order mark.
    Encoding,
    /// An unknown key.
    Key {
        /// The key as written.
        key: String,
        /// The known key that is most like it.
        nearest: String,
    },
    /// A key that belongs in a `[[domain]]` table.
    OfDomain {
        /// The key as written.
        key: String,
        /// Its name in the table.
        in_table: String,
    },
    /// A table lacks a key.
    Missing {
        /// The table.
        table: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of the wrong type or form.
    Value {
        /// Its key.
        key: String,
        /// What belongs there.
        expected: Expected,
    },
    /// A value that needs quotes.
    Unquoted {
        /// Its key.
        key: String,
        /// What belongs between the quotes.
        expected: Expected,
    },
    /// Not a domain.
    Domain(String, InputError),
    /// Several domains in one line, or a table with more than one column.
    Separated(String, char),
    /// An unknown finding code.
    Code {
        /// The code as written.
        code: String,
        /// The known code that is most like it.
        nearest: String,
    },
    /// The code of something that could not be tested: it can be neither weighed nor accepted.
    NotWeighable(String),
    /// A domain that already has a table.
    Twice(String),
    /// A key that appears twice.
    Repeated(String),
    /// Two keys that exclude each other.
    Together(String, String),
    /// Direct federation without the server's name.
    DirectNeedsFqdn(String),
    /// A word behind a domain that is not `key=value`.
    NoPair(String),
    /// A value without its closing quote.
    Unclosed(String),
    /// A name that no label can have.
    LabelName(String),
    /// An option that holds for all domains, behind one of them.
    OptionOfAll(String),
    /// A list without a domain.
    Empty,
    /// A line that is longer than any domain with its options.
    TooLong,
    /// What no name server would load, or xfed does not read.
    Zone(WrongInZone),
}

/// The form a value must have. Value parsers return it as their error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A form described by the text `expected-…`.
    Form(&'static str),
    /// One of these words; the one that was probably meant.
    OneOf(Vec<String>, Option<String>),
    /// One of these formats, before a file; the one that was probably meant.
    Format(Vec<String>, Option<String>),
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::at(&fault.file, fault.line, fault.wrong)
    }
}

impl Fault {
    /// One line in the user's language: file, line, what is wrong and what was expected.
    pub fn describe(&self, texts: &Texts) -> String {
        let place = format!("{}:{}", self.file.display(), self.line);
        let what = self.wrong.describe(texts);
        texts.say("fault", &[("place", &place), ("what", &what)])
    }
}

impl Wrong {
    fn describe(&self, texts: &Texts) -> String {
        match self {
            Self::Syntax(detail) => texts.say("fault-syntax", &[("detail", detail)]),
            Self::Encoding => texts.plain("fault-encoding"),
            Self::Key { key, nearest } => {
                texts.say("fault-key", &[("key", key), ("nearest", nearest)])
            }
            Self::OfDomain { key, in_table } => {
                texts.say("fault-of-domain", &[("key", key), ("own", in_table)])
            }
            Self::Missing { table, key } => {
                texts.say("fault-missing", &[("table", table), ("key", key)])
            }
            Self::Value { key, expected } => expected.describe_for("fault-value", key, texts),
            Self::Unquoted { key, expected } => expected.describe_for("fault-unquoted", key, texts),
            Self::Domain(input, error) => describe_input(input, error, texts),
            Self::Separated(input, separator) => {
                let shown: String = input.chars().take(60).collect();
                let separator = format!("'{}'", separator.escape_debug());
                let args = [("input", shown.as_str()), ("separator", &separator)];
                texts.say("fault-separated", &args)
            }
            Self::Code { code, nearest } => {
                texts.say("fault-code", &[("code", code), ("nearest", nearest)])
            }
            Self::NotWeighable(code) => texts.say("fault-immune", &[("code", code)]),
            Self::Twice(name) => texts.say("fault-twice", &[("name", name)]),
            Self::Repeated(key) => texts.say("fault-repeated", &[("key", key)]),
            Self::Together(key, rival) => {
                texts.say("fault-together", &[("key", key), ("other", rival)])
            }
            Self::DirectNeedsFqdn(name) => texts.say("fault-direct-needs-fqdn", &[("name", name)]),
            Self::NoPair(word) => texts.say("fault-no-pair", &[("word", word)]),
            Self::Unclosed(key) => texts.say("fault-unclosed", &[("key", key)]),
            Self::LabelName(key) => texts.say("fault-label-name", &[("key", key)]),
            Self::OptionOfAll(key) => texts.say("fault-option-of-all", &[("key", key)]),
            Self::Empty => texts.plain("fault-empty"),
            Self::TooLong => texts.plain("fault-too-long"),
            Self::Zone(wrong) => describe_zone(wrong, texts),
        }
    }
}

fn describe_zone(wrong: &WrongInZone, texts: &Texts) -> String {
    let say = |id, text: &str| texts.say(id, &[("text", &printable(text))]);
    match wrong {
        WrongInZone::Elsewhere(directive) => say("fault-zone-elsewhere", directive),
        WrongInZone::Directive(directive) => say("fault-zone-directive", directive),
        WrongInZone::Parenthesis => texts.plain("fault-zone-parenthesis"),
        WrongInZone::Quote => texts.plain("fault-zone-quote"),
        WrongInZone::Blank(odd) => {
            let code = format!("U+{:04X}", u32::from(*odd));
            texts.say("fault-zone-blank", &[("code", &code)])
        }
        WrongInZone::DoubledSoa(name) => say("fault-zone-doubled-soa", name),
        WrongInZone::Name(name) => say("fault-zone-name", name),
        WrongInZone::NoOrigin => texts.plain("fault-zone-no-origin"),
        WrongInZone::NoOwner => texts.plain("fault-zone-no-owner"),
        WrongInZone::NoType(text) => say("fault-zone-no-type", text),
        WrongInZone::Ttl(text) => say("fault-zone-ttl", text),
        WrongInZone::Content(record, text) => {
            let text = printable(text);
            texts.say("fault-zone-content", &[("record", record), ("text", &text)])
        }
        WrongInZone::BesideAlias(name) => say("fault-zone-beside-alias", name),
        WrongInZone::UnknownType(text) => say("fault-zone-unknown-type", text),
        WrongInZone::Class(text) => say("fault-zone-class", text),
        WrongInZone::LongString => texts.plain("fault-zone-long-string"),
        WrongInZone::SecondSubtree(name) => say("fault-zone-second-subtree", name),
        WrongInZone::NoServers(zone) => say("fault-zone-no-servers", zone),
        WrongInZone::ServerIsAlias(server) => say("fault-zone-server-is-alias", server),
        WrongInZone::ServerWithoutAddress(server) => {
            say("fault-zone-server-without-address", server)
        }
        WrongInZone::WildcardHandsOn(name) => say("fault-zone-wildcard-hands-on", name),
        WrongInZone::SecondSoa => texts.plain("fault-zone-second-soa"),
    }
}

/// What was taken for a domain, and why it is not one.
pub(super) fn describe_input(input: &str, error: &InputError, texts: &Texts) -> String {
    let shown: String = input.chars().take(60).collect();
    let detail = error.detail();
    texts.say(error.code(), &[("input", &shown), ("detail", &detail)])
}

/// A word less like the one given than this is no suggestion.
const ALIKE: f64 = 0.75;

impl Expected {
    /// One of these words instead of the one given.
    pub fn one_of(words: Vec<String>, given: &str) -> Self {
        let meant = meant(&words, given);
        Self::OneOf(words, meant)
    }

    /// One of these formats instead of the one given.
    pub(super) fn format(names: Vec<String>, given: &str) -> Self {
        let meant = meant(&names, given);
        Self::Format(names, meant)
    }

    /// A value that does not have this form, in one line that begins with what gave it.
    pub fn describe_value(&self, given: &str, texts: &Texts) -> String {
        self.describe_for("fault-value", given, texts)
    }

    fn describe_for(&self, id: &str, key: &str, texts: &Texts) -> String {
        let words = |id, words: &[String]| texts.say(id, &[("words", &words.join(", "))]);
        let (expected, meant) = match self {
            Self::Form(form) => (texts.plain(&format!("expected-{form}")), None),
            Self::OneOf(all, meant) => (words("expected-one-of", all), meant.as_deref()),
            Self::Format(all, meant) => (words("expected-format", all), meant.as_deref()),
        };
        let described = texts.say(id, &[("key", key), ("expected", &expected)]);
        match meant {
            Some(nearest) => {
                texts.say("fault-meant", &[("what", &described), ("nearest", nearest)])
            }
            None => described,
        }
    }
}

fn meant(words: &[String], given: &str) -> Option<String> {
    let nearest = nearest(given, words)?;
    (likeness(nearest, given) > ALIKE).then(|| nearest.clone())
}

/// For developers; users read [`Expected::describe_value`].
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => write!(f, "expected {form}"),
            Self::OneOf(words, _) | Self::Format(words, _) => {
                write!(f, "expected one of {}", words.join(", "))
            }
        }
    }
}

impl std::error::Error for Expected {}
