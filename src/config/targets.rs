//! What is checked: domains, each with what goes with it alone, from the command line, from a list
//! of targets, or from the configuration file.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use clap::ValueEnum;
use schemars::JsonSchema;
use toml::de::DeValue;

use super::fault::{Expected, Fault, Wrong, nearest};
use super::file::{Configuration, text};
use super::options::{AskOptions, Options};
use super::readings::{connect_to, expected_choice, fqdn, server};
use crate::Error;
use crate::model::names::Domain;

/// The keys that may follow a domain in a list.
const KEYS: [&str; 4] = ["fqdn", "mode", "connect-to", "authority"];

/// A domain, as somebody named it.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What was typed.
    pub input: String,
    /// What goes with it, and wins over what holds for all.
    pub options: Options,
}

impl From<&str> for Target {
    fn from(input: &str) -> Self {
        Self {
            input: input.to_owned(),
            options: Options::default(),
        }
    }
}

/// What goes with one domain only.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct Own {
    /// Public name of the XPhone server
    pub fqdn: Option<String>,
    /// How partners find the server, and whether it is a partner's [default: open]
    pub mode: Option<Mode>,
    /// Connect here instead of to the published address, as --connect-to
    #[schemars(default)]
    pub connect_to: Vec<String>,
    /// Take this for one of the zone's own servers, as --authority
    #[schemars(default)]
    pub authority: Vec<String>,
}

/// The choices of `mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Mode {
    /// Open federation: by the SRV record
    Open,
    /// Direct federation: by a route entered by hand
    Direct,
    /// The domain is a partner's, in open federation
    Partner,
    /// The domain is a partner's, in direct federation
    #[value(name = "direct+partner")]
    #[schemars(rename = "direct+partner")]
    DirectPartner,
}

impl Own {
    /// The same as options.
    pub(super) fn options(&self) -> Options {
        let Self {
            fqdn,
            mode,
            connect_to,
            authority,
        } = self.clone();
        let is = |modes: [Mode; 2]| mode.map(|mode| modes.contains(&mode));
        Options {
            fqdn,
            direct: is([Mode::Direct, Mode::DirectPartner]),
            partner: is([Mode::Partner, Mode::DirectPartner]),
            connect_to,
            ask: AskOptions {
                authority,
                ..AskOptions::default()
            },
            ..Options::default()
        }
    }

    /// Direct federation has no SRV record that names the server.
    pub(super) fn lacks_fqdn(&self) -> bool {
        let direct = matches!(self.mode, Some(Mode::Direct | Mode::DirectPartner));
        direct && self.fqdn.is_none()
    }
}

/// The domains that were named, each once; else those of the configuration file.
///
/// # Errors
///
/// [`Error`] for what is no domain, and for the first line of a list that cannot be used.
pub fn targets(
    domains: &[String],
    list: Option<&Path>,
    configuration: Option<&Configuration>,
) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    // Standard input can be read once, however often it is named.
    let stdin = Path::new("-");
    let is_list = |domain: &&String| domain.as_str() == "-";
    let mut lists: Vec<&Path> = domains
        .iter()
        .find(is_list)
        .map(|_| stdin)
        .into_iter()
        .collect();
    lists.extend(list.filter(|list| !lists.contains(list)));
    let named = domains.iter().filter(|domain| !is_list(domain));
    targets.extend(named.map(|domain| Target::from(domain.as_str())));
    for list in &lists {
        targets.extend(read_list(list)?);
    }
    if targets.is_empty() {
        let tables = configuration.iter().flat_map(|file| &file.domain);
        targets.extend(tables.map(|table| Target::from(table.name.as_str())));
    }
    let mut known = Vec::new();
    for target in targets {
        let domain = Domain::parse(&target.input);
        let domain = domain.map_err(|error| Error::Input(target.input.clone(), error))?;
        let about = configuration.map(|file| file.about(&domain));
        let options = target.options.or(about.unwrap_or_default());
        let input = target.input;
        let target = Target { input, options };
        let is_it =
            |(other, known): &(Domain, Target)| *other == domain && known.options == target.options;
        if !known.iter().any(is_it) {
            known.push((domain, target));
        }
    }
    Ok(known.into_iter().map(|(_, target)| target).collect())
}

fn read_list(file: &Path) -> Result<Vec<Target>, Error> {
    let unreadable = |error| Error::ReadFile(file.to_owned(), error);
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(unreadable)?
    } else {
        std::fs::read(file).map_err(unreadable)?
    };
    list_of(file, &text(file, &bytes)?)
}

/// One domain per line.
fn list_of(file: &Path, text: &str) -> Result<Vec<Target>, Error> {
    let fault = |line, wrong| {
        let file = file.to_owned();
        Error::Config(Box::new(Fault { file, line, wrong }))
    };
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let target = target(line).map_err(|wrong| fault(index + 1, wrong))?;
        targets.extend(target);
    }
    if targets.is_empty() {
        return Err(fault(text.lines().count().max(1), Wrong::Empty));
    }
    Ok(targets)
}

/// `DOMAIN [KEY=VALUE]... [# comment]`
fn target(line: &str) -> Result<Option<Target>, Wrong> {
    let words = line.split_whitespace();
    let mut words = words.take_while(|word| !word.starts_with('#'));
    let Some(input) = words.next() else {
        return Ok(None);
    };
    Domain::parse(input).map_err(|error| Wrong::Domain(input.to_owned(), error))?;
    let mut own = Own::default();
    let mut known = Vec::new();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            return Err(Wrong::NoPair(word.to_owned()));
        };
        if known.contains(&key) {
            return Err(Wrong::Repeated(key.to_owned()));
        }
        known.push(key);
        let wrong = |expected| Wrong::Value {
            key: key.to_owned(),
            expected,
        };
        let text = |value: &str| DeValue::String(Cow::Owned(value.to_owned()));
        let list = |reading: fn(&DeValue<'_>) -> Result<String, Expected>| {
            let values = value.split(',').map(|value| reading(&text(value)));
            values.collect::<Result<Vec<_>, _>>().map_err(wrong)
        };
        match key {
            "fqdn" => own.fqdn = Some(fqdn(&text(value)).map_err(wrong)?),
            "mode" => {
                let mode = Mode::from_str(value, false);
                own.mode = Some(mode.map_err(|_| wrong(expected_choice::<Mode>()))?);
            }
            "connect-to" => own.connect_to = list(connect_to)?,
            "authority" => own.authority = list(server)?,
            other => {
                return Err(Wrong::Key {
                    key: other.to_owned(),
                    nearest: nearest(other, KEYS),
                });
            }
        }
    }
    if own.lacks_fqdn() {
        return Err(Wrong::DirectNeedsFqdn(input.to_owned()));
    }
    Ok(Some(Target {
        input: input.to_owned(),
        options: own.options(),
    }))
}
