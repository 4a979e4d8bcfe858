//! Reads tables of TOML key by key. Whatever is wrong is named by its line, and whatever nobody
//! asked for is unknown.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Expected, Fault, Wrong, nearest};
use crate::Error;

/// A file with its text, so that places become lines.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// Something wrong at this byte.
    pub(super) fn fault(&self, at: usize, wrong: Wrong) -> Error {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let file = self.file.to_owned();
        Error::Config(Box::new(Fault { file, line, wrong }))
    }
}

/// Makes something of a value, or says what belongs there.
pub(super) type Reading<T> = fn(&DeValue<'_>) -> Result<T, Expected>;

/// A table that is being read.
pub(super) struct Table<'a> {
    source: Source<'a>,
    entries: &'a DeTable<'a>,
    /// Where it begins.
    pub(super) at: usize,
    /// The keys that were asked for.
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, entries: &'a DeTable<'a>, at: usize) -> Self {
        Self {
            source,
            entries,
            at,
            known: Vec::new(),
        }
    }

    /// The value of a key, and where it stands.
    pub(super) fn find(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, usize)> {
        self.known.push(key);
        let value: &Spanned<DeValue<'_>> = self.entries.get(key)?;
        Some((value.get_ref(), value.span().start))
    }

    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        reading: Reading<T>,
    ) -> Result<Option<T>, Error> {
        let Some((value, at)) = self.find(key) else {
            return Ok(None);
        };
        let read = reading(value).map_err(|expected| self.wrong(key, at, expected))?;
        Ok(Some(read))
    }

    /// The same, where it must be there.
    pub(super) fn demand<T>(
        &mut self,
        table: &'static str,
        key: &'static str,
        reading: Reading<T>,
    ) -> Result<T, Error> {
        let missing = self.source.fault(self.at, Wrong::Missing { table, key });
        self.read(key, reading)?.ok_or(missing)
    }

    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        reading: Reading<T>,
    ) -> Result<Vec<T>, Error> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let Some(values) = value.as_array() else {
            return Err(self.wrong(key, at, Expected::Kind("list")));
        };
        let read = |value: &Spanned<DeValue<'_>>| {
            let at = value.span().start;
            reading(value.get_ref()).map_err(|expected| self.wrong(key, at, expected))
        };
        values.iter().map(read).collect()
    }

    /// The tables below `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Table<'a>>, Error> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let Some(values) = value.as_array() else {
            return Err(self.wrong(key, at, Expected::Kind("tables")));
        };
        let read = |value: &'a Spanned<DeValue<'a>>| {
            let at = value.span().start;
            let table = value.get_ref().as_table();
            let table = table.ok_or_else(|| self.wrong(key, at, Expected::Kind("tables")))?;
            Ok(Table::new(self.source, table, at))
        };
        values.iter().map(read).collect()
    }

    /// Every key with its value, where the keys are no fixed ones: name, value, place.
    pub(super) fn entries(
        &mut self,
        key: &'static str,
    ) -> Result<Vec<(&'a str, &'a DeValue<'a>, usize)>, Error> {
        let Some((value, at)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let table = value.as_table();
        let table = table.ok_or_else(|| self.wrong(key, at, Expected::Kind("table")))?;
        let entries = table.iter().map(|(name, value)| {
            let at = name.span().start;
            (name.get_ref().as_ref(), value.get_ref(), at)
        });
        Ok(entries.collect())
    }

    pub(super) fn wrong(&self, key: &str, at: usize, expected: Expected) -> Error {
        let key = key.to_owned();
        self.source.fault(at, Wrong::Value { key, expected })
    }

    pub(super) fn fault(&self, at: usize, wrong: Wrong) -> Error {
        self.source.fault(at, wrong)
    }

    /// Of two switches only one may be on, as on the command line.
    pub(super) fn exclude(
        &mut self,
        (key, is_on): (&'static str, Option<bool>),
        (other, other_is_on): (&'static str, Option<bool>),
    ) -> Result<(), Error> {
        if is_on != Some(true) || other_is_on != Some(true) {
            return Ok(());
        }
        let places = [self.find(key), self.find(other)];
        let places = places.into_iter().flatten().map(|(_, at)| at);
        let at = places.max().unwrap_or(self.at);
        Err(self.fault(at, Wrong::Together(key, other)))
    }

    /// Nothing may be left that nobody asked for. `elsewhere` are keys that have their place in
    /// the table of a domain.
    pub(super) fn finish(self, elsewhere: &[&str]) -> Result<(), Error> {
        let unknown = self.entries.iter().map(|(key, _)| key);
        let mut unknown: Vec<_> = unknown
            .filter(|key| !self.known.contains(&key.get_ref().as_ref()))
            .collect();
        unknown.sort_by_key(|key| key.span().start);
        let Some(first) = unknown.first() else {
            return Ok(());
        };
        let key = first.get_ref().to_string();
        let wrong = if elsewhere.contains(&key.as_str()) {
            Wrong::OfDomain(key)
        } else {
            let nearest = nearest(&key, self.known.iter().copied());
            Wrong::Key { key, nearest }
        };
        Err(self.source.fault(first.span().start, wrong))
    }
}
