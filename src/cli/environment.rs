//! Values that are refused, whether typed or taken from a variable, and variables that nothing reads.

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, CommandFactory};

use super::{Cli, value_of};
use crate::config::cert::PASSWORD;
use crate::config::{Expected, TOKEN, expected_form, likeness, nearest};
use crate::text::Texts;

/// What the names of all our variables begin with.
const PREFIX: &str = "XFED_";

/// A name less like the one that is set than this is no suggestion.
const ALIKE: f64 = 0.8;

/// A value that an option does not take.
pub struct BadValue {
    /// The option as on the command line, or the variable that stands in for it.
    source: Source,
    value: String,
    /// What belongs there.
    expected: Expected,
}

enum Source {
    /// What stands without an option.
    Word,
    Option(String),
    Variable(String),
}

impl BadValue {
    /// The value that was refused, unless none was given: that is told by clap, like all its other
    /// errors.
    pub fn of(error: &clap::Error, args: &[OsString]) -> Option<Self> {
        let (Some(ContextValue::String(option)), Some(ContextValue::String(value))) = (
            error.get(ContextKind::InvalidArg),
            error.get(ContextKind::InvalidValue),
        ) else {
            return None;
        };
        if option.starts_with(['<', '[']) && !value.is_empty() {
            let expected = expected_form(error).cloned();
            return Some(Self {
                source: Source::Word,
                value: value.clone(),
                expected: expected.or_else(|| one_of_clap(error, value))?,
            });
        }
        // Behind the name, clap shows the form of the value.
        let option = option.split([' ', '=', '[']).next()?;
        let arg = arg_of(option)?;
        let is_typed = value_of(option, args.iter().cloned()).is_some();
        // A typed value wins, so the variable was not even looked at.
        let variable = arg.get_env().filter(|_| !is_typed);
        let variable = variable.filter(|variable| std::env::var_os(variable).is_some());
        if value.is_empty() && variable.is_none() {
            return None;
        }
        let source = match variable {
            Some(variable) => Source::Variable(variable.to_string_lossy().into_owned()),
            None => Source::Option(option.to_owned()),
        };
        let own = expected_form(error).cloned();
        let expected = own.or_else(|| of_clap(error, &arg, value))?;
        let value = value.clone();
        Some(Self {
            source,
            value,
            expected,
        })
    }

    /// One line: the option or variable, what it was given, what was expected.
    pub fn describe(&self, texts: &Texts) -> String {
        let Self {
            value, expected, ..
        } = self;
        match &self.source {
            Source::Word => expected.describe_value(value, texts),
            Source::Option(option) => expected.describe_value(&format!("{option} {value}"), texts),
            Source::Variable(name) => expected.describe_value(&format!("{name}={value}"), texts),
        }
    }
}

/// What a parser of clap's own expected.
fn of_clap(error: &clap::Error, arg: &Arg, value: &str) -> Option<Expected> {
    if arg.get_value_parser().type_id() == TypeId::of::<bool>() {
        return Some(Expected::Form("switch"));
    }
    one_of_clap(error, value)
}

fn one_of_clap(error: &clap::Error, value: &str) -> Option<Expected> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if !words.is_empty() => {
            Some(Expected::one_of(words.clone(), value))
        }
        _ => None,
    }
}

/// A variable that looks like ours and is not.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    name: String,
    meant: Option<String>,
}

impl Unknown {
    /// All of them among these names.
    pub fn among(names: impl IntoIterator<Item = OsString>) -> Vec<Self> {
        let names = names.into_iter().filter_map(|name| name.into_string().ok());
        let ours = names.filter(|name| name.starts_with(PREFIX));
        let known = variables();
        let mut unknown: Vec<Self> = ours
            .filter(|name| !known.contains(name))
            .map(|name| Self::new(name, &known))
            .collect();
        unknown.sort_by(|one, other| one.name.cmp(&other.name));
        unknown
    }

    fn new(name: String, known: &[String]) -> Self {
        let lower = |name: &str| name.trim_start_matches(PREFIX).to_ascii_lowercase();
        let nearest = nearest(&lower(&name), known.iter().map(|known| lower(known)));
        let nearest = nearest.filter(|nearest| likeness(nearest, &lower(&name)) > ALIKE);
        let meant = nearest.map(|nearest| format!("{PREFIX}{}", nearest.to_ascii_uppercase()));
        Self { name, meant }
    }

    /// One line.
    pub fn describe(&self, texts: &Texts) -> String {
        let name = self.name.as_str();
        match &self.meant {
            Some(meant) => texts.say(
                "variable-unknown",
                &[("variable", name), ("nearest", meant)],
            ),
            None => texts.say("variable-unknown-plain", &[("variable", name)]),
        }
    }
}

/// Every option of every command.
fn options(command: &Command) -> Vec<Arg> {
    let below = command.get_subcommands().flat_map(options);
    command.get_arguments().cloned().chain(below).collect()
}

fn variables() -> Vec<String> {
    let options = options(&Cli::command());
    let variables = options.iter().filter_map(Arg::get_env);
    variables
        .map(|name| name.to_string_lossy().into_owned())
        // No options stand for them: those would show to everybody on this machine.
        .chain([PASSWORD, TOKEN].map(str::to_owned))
        .collect()
}

/// The option of this name, of whichever command.
fn arg_of(option: &str) -> Option<Arg> {
    let long = option.strip_prefix("--")?;
    let mut options = options(&Cli::command()).into_iter();
    options.find(|arg| arg.get_long() == Some(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_nothing_reads_is_found_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("XFED_FIAL_ON", Some("XFED_FAIL_ON")),
            ("XFED_RESOLVERS", Some("XFED_RESOLVER")),
            ("XFED_LANGUAGE", Some("XFED_LANG")),
            ("XFED_QQQ", None),
            ("XFED_", None),
        ] {
            let expected = Unknown {
                name: name.to_owned(),
                meant: meant.map(str::to_owned),
            };
            assert_eq!(Unknown::among([name.into()]), [expected]);
        }
        for name in ["XFED_FAIL_ON", "XFED_TOKEN", "XFED_NOW", "XFED", "LANG"] {
            assert_eq!(Unknown::among([name.into()]), [], "{name}");
        }
    }
}
