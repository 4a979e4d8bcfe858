//! What is checked: domains, each with what goes with it alone, from the command line, from a list
//! of targets, or from the configuration file.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::command_line::CommandLine;
use super::domain::{Target, as_options};
use super::error::Error;
use super::fault::{Faults, Wrong};
use super::file::Configuration;
use super::input::Content;
use super::label::{Known, wrong_label};
use super::layer::Layer;
use super::options::Options;
use super::resolve::resolve;
use super::setup::LineOptions;
use super::toml::text;
use crate::model::labels::Labels;
use crate::model::names::{Domain, InputError};

/// Where the targets of a run stand.
#[derive(Debug)]
pub struct Sources {
    /// On the command line, or in the configuration file.
    pub(super) named: Vec<Target>,
    /// In these lists, `-` for standard input.
    pub(super) lists: Vec<PathBuf>,
}

impl Sources {
    /// The domains that were named, and the lists; without any, the domains of the configuration file.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for the first that is not a domain.
    pub fn of(
        domains: &[String],
        list: Option<&Path>,
        file: Option<&Configuration>,
    ) -> Result<Self, Error> {
        let stdin = Path::new("-");
        let (dashes, named): (Vec<&String>, Vec<_>) =
            domains.iter().partition(|input| *input == "-");
        let named = named.into_iter().map(|input| {
            let target = Target::parse(input);
            target.map_err(|error| Error::Input(input.clone(), error))
        });
        let mut named = named.collect::<Result<Vec<_>, _>>()?;
        // Standard input can be read once, however often it is named.
        let from_stdin = (!dashes.is_empty()).then_some(stdin);
        let lists = from_stdin
            .into_iter()
            .chain(list.filter(|list| Some(*list) != from_stdin));
        let lists: Vec<PathBuf> = lists.map(Path::to_owned).collect();
        if named.is_empty() && lists.is_empty() {
            let tables = file.iter().flat_map(|file| &file.domain);
            named.extend(tables.map(|table| Target {
                input: table.name.to_string(),
                domain: table.name.clone(),
                line: Layer::default(),
                labels: Labels::default(),
            }));
        }
        Ok(Self { named, lists })
    }

    /// Those that stand in no list.
    pub fn named(&self) -> &[Target] {
        &self.named
    }

    /// All of them, each once.
    ///
    /// # Errors
    ///
    /// [`Error`] for the lines of a list that cannot be used.
    pub fn read(self, file: Option<&Configuration>) -> Result<Vec<Target>, Error> {
        let mut targets = self.named;
        for list in self.lists {
            targets.extend(read_list(&list)?);
        }
        Ok(without_repeats(targets, file))
    }
}

/// The domains that were named, each once; without any, those of the configuration file.
///
/// # Errors
///
/// [`Error`] for what is not a domain, and for the lines of a list that cannot be used.
pub fn targets(
    domains: &[String],
    list: Option<&Path>,
    file: Option<&Configuration>,
) -> Result<Vec<Target>, Error> {
    Sources::of(domains, list, file)?.read(file)
}

/// The domains that a plan was asked for, each once.
///
/// # Errors
///
/// As [`targets`].
pub fn plan_targets(domains: &[String], list: Option<&Path>) -> Result<Vec<Target>, Error> {
    let mut targets: Vec<Target> = Vec::new();
    for input in domains {
        let target = Target::parse(input);
        targets.push(target.map_err(|error| Error::Input(input.clone(), error))?);
    }
    if let Some(list) = list {
        let text = text(list, &Content::Targets.read_or_stdin(list)?)?;
        targets.extend(parse_list(list, &text, &Known::of::<LineOptions>())?);
    }
    let mut distinct: Vec<Target> = Vec::new();
    for target in targets {
        let is_same = |other: &Target| {
            other.domain == target.domain
                && other.line == target.line
                && other.labels == target.labels
        };
        if !distinct.iter().any(is_same) {
            distinct.push(target);
        }
    }
    Ok(distinct)
}

/// The same domain with other options is another check, and so is one that goes by other labels:
/// each customer has a report of its own. Labels that add to each other go together.
fn without_repeats(targets: Vec<Target>, file: Option<&Configuration>) -> Vec<Target> {
    let mut seen: HashMap<Domain, Vec<(Options, usize)>> = HashMap::new();
    let mut kept: Vec<Target> = Vec::new();
    for target in targets {
        let options = resolve(&CommandLine::default(), Some(&target), file);
        let seen = seen.entry(target.domain.clone()).or_default();
        let same = seen.iter().find(|(known, place)| {
            *known == options && kept[*place].labels.agrees_with(&target.labels)
        });
        if let Some((_, place)) = same {
            let labels = &mut kept[*place].labels;
            *labels = labels.or(&target.labels);
        } else {
            seen.push((options, kept.len()));
            kept.push(target);
        }
    }
    kept
}

/// The labels of a target: those of its line, and those of its table that the line does not give.
pub(super) fn labels(target: &Target, file: Option<&Configuration>) -> Labels {
    let table = file.and_then(|file| file.table(&target.domain));
    let of_table = table.map(|table| &table.labels);
    of_table.map_or_else(|| target.labels.clone(), |table| target.labels.or(table))
}

fn read_list(file: &Path) -> Result<Vec<Target>, Error> {
    parse_targets(file, &Content::Targets.read_or_stdin(file)?)
}

/// Reads these bytes as the content of this list.
///
/// # Errors
///
/// [`Error::Faults`] for the lines that cannot be used.
pub fn parse_targets(file: &Path, bytes: &[u8]) -> Result<Vec<Target>, Error> {
    Ok(parse_list(file, &text(file, bytes)?, &Known::new())?)
}

/// One domain per line.
fn parse_list(file: &Path, text: &str, known: &Known) -> Result<Vec<Target>, Faults> {
    let mut faults = Faults::default();
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let target = parse_line(line, known);
        let target = target.map_err(|wrong| Faults::at(file, index + 1, wrong));
        targets.extend(faults.sift(target));
    }
    if targets.is_empty() && faults.is_empty() {
        let last = text.lines().count().max(1);
        return Err(Faults::at(file, last, Wrong::Empty));
    }
    faults.end(targets)
}

/// `DOMAIN [KEY=VALUE]... [LABEL=VALUE]... [# comment]`
pub(super) fn parse_line(line: &str, known: &Known) -> Result<Option<Target>, Wrong> {
    let words = words(line)?;
    let Some((input, pairs)) = words.split_first() else {
        return Ok(None);
    };
    let target = Target::parse(input);
    let target = target.map_err(|error| match error {
        InputError::Character(separator @ (',' | ';')) => {
            Wrong::Separated((*input).to_owned(), separator)
        }
        error => Wrong::Domain((*input).to_owned(), error),
    })?;
    let mut given = Layer::default();
    let mut labels = Labels::default();
    for word in pairs {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Wrong::NoPair((*word).to_owned()));
        };
        let value = unquoted(value);
        let repeated = || Wrong::Repeated(name.to_owned());
        let Some(key) = known.keys.iter().find(|key| key.name() == name) else {
            known.refuse_as_label(name, value)?;
            if labels.get(name).is_some() {
                return Err(repeated());
            }
            let added = labels.add(name, value);
            added.map_err(|no_label| wrong_label(name, no_label))?;
            continue;
        };
        if given.chooses(key.id()) {
            return Err(repeated());
        }
        let values = if key.is_list() {
            value.split(',').collect()
        } else {
            vec![value]
        };
        let values = values.into_iter().map(OsStr::new);
        if let Some(expected) = values.clone().find_map(|value| key.check(value).err()) {
            let key = name.to_owned();
            return Err(Wrong::Value { key, expected });
        }
        given.set(key, values.map(OsStr::to_owned).collect());
    }
    let line = as_options(input, given)?;
    Ok(Some(Target {
        line,
        labels,
        ..target
    }))
}

/// The words of a line up to its comment. Behind `=`, a value in quotes may hold blanks.
fn words(line: &str) -> Result<Vec<&str>, Wrong> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let end = match rest.find("=\"") {
            Some(equals) if equals < blank => {
                let from = equals + 2;
                let closing = rest[from..].find('"').map(|at| from + at + 1);
                let closed = closing.filter(|end| {
                    let behind = rest[*end..].chars().next();
                    behind.is_none_or(char::is_whitespace)
                });
                closed.ok_or_else(|| Wrong::Unclosed(rest[..equals].to_owned()))?
            }
            _ => blank,
        };
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    Ok(words)
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"');
    let inner = inner.and_then(|value| value.strip_suffix('"'));
    inner.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_a_value_together() {
        for (line, expected) in [
            ("a.de kunde=1 # x", Some(vec!["a.de", "kunde=1"])),
            (
                "a.de k=\"Praxis Dr. #1\" b=2",
                Some(vec!["a.de", "k=\"Praxis Dr. #1\"", "b=2"]),
            ),
            ("a.de k=\"x", None),
            ("a.de k=\"x\"y", None),
            ("  # k=\"x", Some(vec![])),
            ("a.de # k=\"x", Some(vec!["a.de"])),
        ] {
            assert_eq!(words(line).ok(), expected, "{line}");
        }
    }
}
