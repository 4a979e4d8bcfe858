//! What is checked: domains, each with what goes with it alone, from the command line, from a list
//! of targets, or from the configuration file.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use super::command_line::CommandLine;
use super::domain::{DomainOptions, Target, as_options, unknown_key};
use super::error::Error;
use super::fault::{Faults, Wrong};
use super::file::Configuration;
use super::input::Content;
use super::layer::{Key, Layer};
use super::options::Options;
use super::resolve::resolve;
use super::setup::LineOptions;
use super::toml::text;
use crate::model::names::{Domain, InputError};

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
    let stdin = Path::new("-");
    let (dashes, named): (Vec<&String>, Vec<_>) = domains.iter().partition(|input| *input == "-");
    let mut targets = Vec::new();
    for input in named {
        let target = Target::parse(input);
        targets.push(target.map_err(|error| Error::Input(input.clone(), error))?);
    }
    // Standard input can be read once, however often it is named.
    let from_stdin = (!dashes.is_empty()).then_some(stdin);
    for list in from_stdin
        .into_iter()
        .chain(list.filter(|list| Some(*list) != from_stdin))
    {
        targets.extend(read_list(list)?);
    }
    if targets.is_empty() {
        let tables = file.iter().flat_map(|file| &file.domain);
        targets.extend(tables.map(|table| Target {
            input: table.name.to_string(),
            domain: table.name.clone(),
            line: Layer::default(),
        }));
    }
    Ok(without_repeats(targets, file))
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
        targets.extend(parse_list(list, &text, &Key::all::<LineOptions>())?);
    }
    let mut distinct: Vec<Target> = Vec::new();
    for target in targets {
        let is_same = |other: &Target| other.domain == target.domain && other.line == target.line;
        if !distinct.iter().any(is_same) {
            distinct.push(target);
        }
    }
    Ok(distinct)
}

/// The same domain with other options is another check.
fn without_repeats(targets: Vec<Target>, file: Option<&Configuration>) -> Vec<Target> {
    let mut seen: HashMap<Domain, Vec<Options>> = HashMap::new();
    let is_new = |target: &Target| {
        let options = resolve(&CommandLine::default(), Some(target), file);
        let seen = seen.entry(target.domain.clone()).or_default();
        let is_new = !seen.contains(&options);
        seen.extend(is_new.then_some(options));
        is_new
    };
    targets.into_iter().filter(is_new).collect()
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
    let keys = Key::all::<DomainOptions>();
    Ok(parse_list(file, &text(file, bytes)?, &keys)?)
}

/// One domain per line.
fn parse_list(file: &Path, text: &str, keys: &[Key]) -> Result<Vec<Target>, Faults> {
    let mut faults = Faults::default();
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let target = parse_line(line, keys);
        let target = target.map_err(|wrong| Faults::at(file, index + 1, wrong));
        targets.extend(faults.sift(target));
    }
    if targets.is_empty() && faults.is_empty() {
        let last = text.lines().count().max(1);
        return Err(Faults::at(file, last, Wrong::Empty));
    }
    faults.end(targets)
}

/// `DOMAIN [KEY=VALUE]... [# comment]`
fn parse_line(line: &str, keys: &[Key]) -> Result<Option<Target>, Wrong> {
    let words = line.split_whitespace();
    let mut words = words.take_while(|word| !word.starts_with('#'));
    let Some(input) = words.next() else {
        return Ok(None);
    };
    let target = Target::parse(input);
    let target = target.map_err(|error| match error {
        InputError::Character(separator @ (',' | ';')) => {
            Wrong::Separated(input.to_owned(), separator)
        }
        error => Wrong::Domain(input.to_owned(), error),
    })?;
    let mut given = Layer::default();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Wrong::NoPair(word.to_owned()));
        };
        let Some(key) = keys.iter().find(|key| key.name() == name) else {
            let known: Vec<String> = keys.iter().map(Key::name).collect();
            return Err(unknown_key(name, &known));
        };
        if given.chooses(key.id()) {
            return Err(Wrong::Repeated(name.to_owned()));
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
    Ok(Some(Target { line, ..target }))
}
