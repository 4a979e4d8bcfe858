//! Reads tables of TOML key by key. Faults are named by their line, and a key that nobody asked
//! for is unknown.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::ValueEnum;
use time::Date;
use time::macros::format_description;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::domain::{misplaced_key, unknown_key};
use super::fault::{Expected, Faults, Wrong};
use super::layer::{Key, Kind, Layer};
use crate::model::names::Domain;
use crate::wire::encoding::decoded;

/// A file with its text, to turn byte offsets into lines.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Source<'a> {
    /// What it says, key by key.
    pub(super) fn entries(self) -> Result<Spanned<DeTable<'a>>, Faults> {
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(at, Wrong::Syntax(error.message().to_owned()))
        })
    }

    /// Something wrong at this byte.
    pub(super) fn fault(&self, at: usize, wrong: Wrong) -> Faults {
        let before = self.text.get(..at).unwrap_or_default();
        Faults::at(self.file, before.matches('\n').count() + 1, wrong)
    }
}

/// The text of a file that people wrote.
pub(super) fn text(file: &Path, bytes: &[u8]) -> Result<String, Faults> {
    let bytes = decoded(bytes).into_owned();
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let text = &String::from_utf8_lossy(valid);
        Source { file, text }.fault(text.len(), Wrong::Encoding)
    })
}

/// Parses one TOML value, or returns what was expected instead.
pub(super) type Reading<T> = fn(&DeValue<'_>) -> Result<T, Expected>;

/// A table that is being read.
pub(super) struct Table<'a> {
    source: Source<'a>,
    entries: &'a DeTable<'a>,
    /// The byte at which it begins.
    pub(super) at: usize,
    /// The keys that were asked for.
    asked: Vec<String>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, entries: &'a DeTable<'a>, at: usize) -> Self {
        Self {
            source,
            entries,
            at,
            asked: Vec::new(),
        }
    }

    /// The value of a key, and the byte at which it begins.
    pub(super) fn find(&mut self, key: &str) -> Option<(&'a DeValue<'a>, usize)> {
        self.asked.push(key.to_owned());
        let value: &Spanned<DeValue<'_>> = self.entries.get(key)?;
        Some((value.get_ref(), value.span().start))
    }

    /// The byte at which the value of a key begins; without the key, the table.
    pub(super) fn place(&mut self, key: &str) -> usize {
        self.find(key).map_or(self.at, |(_, at)| at)
    }

    pub(super) fn read<T>(&mut self, key: &str, reading: Reading<T>) -> Result<Option<T>, Faults> {
        let Some((value, at)) = self.find(key) else {
            return Ok(None);
        };
        let read = reading(value).map_err(|expected| self.wrong(key, at, expected))?;
        Ok(Some(read))
    }

    /// Reads a key that must be there.
    pub(super) fn demand<T>(
        &mut self,
        table: &'static str,
        key: &'static str,
        reading: Reading<T>,
    ) -> Result<T, Faults> {
        let missing = self.source.fault(self.at, Wrong::Missing { table, key });
        self.read(key, reading)?.ok_or(missing)
    }

    /// Reads these options.
    pub(super) fn options(&mut self, keys: &[Key]) -> Result<Layer, Faults> {
        let mut layer = Layer::default();
        let mut faults = Faults::default();
        for key in keys {
            let Some((value, at)) = self.find(&key.name()) else {
                continue;
            };
            let read = |value, at| argument(key, value).map_err(|wrong| self.fault(at, wrong));
            let values = match value.as_array() {
                Some(list) if key.is_list() => list
                    .iter()
                    .map(|item| read(item.get_ref(), item.span().start))
                    .collect(),
                _ if key.is_list() => {
                    vec![Err(self.wrong(&key.name(), at, Expected::Form("list")))]
                }
                _ => vec![read(value, at)],
            };
            let values = values.into_iter().map(|value| faults.sift(value));
            layer.set(key, values.collect());
        }
        faults.end(layer)
    }

    /// The tables below `[[key]]`.
    pub(super) fn tables(&mut self, key: &str) -> Result<Vec<Table<'a>>, Faults> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let expected = |at| self.wrong(key, at, Expected::Form("tables"));
        let tables = value.as_array().ok_or_else(|| expected(at))?.iter();
        let read = |value: &'a Spanned<DeValue<'a>>| {
            let at = value.span().start;
            let table = value.get_ref().as_table().ok_or_else(|| expected(at))?;
            Ok(Table::new(self.source, table, at))
        };
        tables.map(read).collect()
    }

    /// The tables below `[key.NAME]`, each with its name.
    pub(super) fn named(&mut self, key: &str) -> Result<Vec<(&'a str, Table<'a>)>, Faults> {
        let entries = self.entries(key)?.into_iter();
        let read = |(name, value, at): (&'a str, &'a DeValue<'a>, usize)| {
            let table = value.as_table();
            let table = table.ok_or_else(|| self.wrong(key, at, Expected::Form("table")))?;
            Ok((name, Table::new(self.source, table, at)))
        };
        entries.map(read).collect()
    }

    /// The table below `[key]`.
    pub(super) fn table(&mut self, key: &str) -> Result<Option<Table<'a>>, Faults> {
        let Some((value, at)) = self.find(key) else {
            return Ok(None);
        };
        let table = value.as_table();
        let table = table.ok_or_else(|| self.wrong(key, at, Expected::Form("table")))?;
        Ok(Some(Table::new(self.source, table, at)))
    }

    /// The items of a list; none where the key is absent.
    pub(super) fn list<T>(&mut self, key: &str, reading: Reading<T>) -> Result<Vec<T>, Faults> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let list = value.as_array();
        let list = list.ok_or_else(|| self.wrong(key, at, Expected::Form("list")))?;
        let mut faults = Faults::default();
        let items = list.iter().map(|item| {
            let read = reading(item.get_ref()).map(Some);
            let at = item.span().start;
            faults.sift(read.map_err(|expected| self.wrong(key, at, expected)))
        });
        let items: Vec<Option<T>> = items.collect();
        faults.end(items.into_iter().flatten().collect())
    }

    /// The entries of a table whose keys are not fixed: name, value, byte.
    pub(super) fn entries(
        &mut self,
        key: &str,
    ) -> Result<Vec<(&'a str, &'a DeValue<'a>, usize)>, Faults> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let table = value.as_table();
        let table = table.ok_or_else(|| self.wrong(key, at, Expected::Form("table")))?;
        let entries = table.iter().map(|(name, value)| {
            let at = name.span().start;
            (name.get_ref().as_ref(), value.get_ref(), at)
        });
        Ok(entries.collect())
    }

    pub(super) fn wrong(&self, key: &str, at: usize, expected: Expected) -> Faults {
        let key = key.to_owned();
        self.fault(at, Wrong::Value { key, expected })
    }

    pub(super) fn fault(&self, at: usize, wrong: Wrong) -> Faults {
        self.source.fault(at, wrong)
    }

    /// Ends the reading: a key that nobody asked for is a fault. `elsewhere` are keys that belong
    /// in the table of a domain.
    pub(super) fn finish(self, elsewhere: &[&str]) -> Result<(), Faults> {
        let is_unknown = |key: &&Spanned<_>| !self.asked.iter().any(|asked| asked == key.get_ref());
        let mut faults = Faults::default();
        for key in self.entries.iter().map(|(key, _)| key).filter(is_unknown) {
            let name = key.get_ref().to_string();
            let wrong = if elsewhere.contains(&name.as_str()) {
                misplaced_key(&name)
            } else {
                unknown_key(&name, &self.asked)
            };
            faults.sift(Err::<(), _>(self.fault(key.span().start, wrong)));
        }
        faults.end(())
    }
}

/// A value as the command line would have it.
fn argument(key: &Key, value: &DeValue<'_>) -> Result<OsString, Wrong> {
    let text = match key.kind() {
        Kind::Switch => value.as_bool().map(|is_on| is_on.to_string()),
        Kind::Number => decimal_of(value),
        Kind::Text => value.as_str().map(str::to_owned),
    };
    let accepted = match &text {
        Some(text) => key.check(OsStr::new(text)),
        None => Err(key.expected()),
    };
    // "Text in quotes" says it already.
    let lacks_quotes = |expected: &Expected| {
        text.is_none() && key.kind() == Kind::Text && *expected != Expected::Form("words")
    };
    match accepted {
        Ok(()) => Ok(text.unwrap_or_default().into()),
        Err(expected) if lacks_quotes(&expected) => Err(Wrong::Unquoted {
            key: key.name(),
            expected,
        }),
        Err(expected) => Err(Wrong::Value {
            key: key.name(),
            expected,
        }),
    }
}

/// An integer in any notation of TOML, in decimal digits.
pub(super) fn decimal_of(value: &DeValue<'_>) -> Option<String> {
    let number = value.as_integer()?;
    let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
    Some(number.to_string())
}

pub(super) fn words(value: &DeValue<'_>) -> Result<String, Expected> {
    let words = value.as_str().filter(|words| !words.trim().is_empty());
    words.map(str::to_owned).ok_or(Expected::Form("words"))
}

/// Text in quotes, or a number: of a customer, say.
pub(super) fn label_value(value: &DeValue<'_>) -> Result<String, Expected> {
    let text = value.as_str().map(str::to_owned);
    text.or_else(|| decimal_of(value))
        .ok_or(Expected::Form("label"))
}

/// A word of a closed list, as the command line knows it.
pub(super) fn choice<T: ValueEnum>(value: &DeValue<'_>) -> Result<T, Expected> {
    let word = value.as_str().unwrap_or_default();
    T::from_str(word, false).map_err(|_| {
        let words = T::value_variants().iter();
        let words = words.filter_map(ValueEnum::to_possible_value);
        let words = words.map(|known| known.get_name().to_owned()).collect();
        Expected::one_of(words, word)
    })
}

pub(super) fn domain(value: &DeValue<'_>) -> Result<Domain, Expected> {
    let domain = value.as_str().map(Domain::parse);
    domain.and_then(Result::ok).ok_or(Expected::Form("domain"))
}

/// A date of TOML, or one in quotes.
pub(super) fn date(value: &DeValue<'_>) -> Result<Date, Expected> {
    let quoted = value.as_str().map(str::to_owned);
    let text = quoted.or_else(|| value.as_datetime().map(ToString::to_string));
    let format = format_description!("[year]-[month]-[day]");
    let date = text.and_then(|text| Date::parse(&text, format).ok());
    date.ok_or(Expected::Form("date"))
}
