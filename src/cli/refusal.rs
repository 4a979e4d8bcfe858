//! What a command line lacks or has too much of, in the user's language. clap says it in English only.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::forgiving::is_subcommand;
use crate::text::Texts;

/// Why a command line cannot be parsed.
pub struct Refusal {
    why: Why,
    /// The command whose help says what there is.
    help: String,
}

enum Why {
    /// No such command; the one that was probably meant.
    Command(String, Option<String>),
    NoCommand,
    /// No such option, or a word too many; the option that was probably meant.
    Argument(String, Option<String>),
    /// An option without its value.
    NoValue(String),
    /// What has to be there.
    Missing(Vec<String>),
    /// Two that exclude each other.
    Together(String, String),
}

impl Refusal {
    /// What clap found; `None` for what it rarely finds, and for values, which are told elsewhere.
    pub fn of(error: &clap::Error, args: &[OsString]) -> Option<Self> {
        let why = match error.kind() {
            ErrorKind::InvalidSubcommand => Why::Command(
                one(error, ContextKind::InvalidSubcommand)?,
                one(error, ContextKind::SuggestedSubcommand),
            ),
            ErrorKind::MissingSubcommand => Why::NoCommand,
            ErrorKind::UnknownArgument => Why::Argument(
                one(error, ContextKind::InvalidArg)?,
                one(error, ContextKind::SuggestedArg),
            ),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation
                if one(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) =>
            {
                Why::NoValue(one(error, ContextKind::InvalidArg)?)
            }
            ErrorKind::MissingRequiredArgument => Why::Missing(all(error, ContextKind::InvalidArg)),
            ErrorKind::ArgumentConflict => Why::Together(
                one(error, ContextKind::InvalidArg)?,
                one(error, ContextKind::PriorArg)?,
            ),
            _ => return None,
        };
        let command = match &why {
            Why::Command(..) | Why::NoCommand => None,
            _ => args.iter().skip(1).find(|word| is_subcommand(word)),
        };
        let help = match command {
            Some(command) => format!("xfed {} --help", command.to_string_lossy()),
            None => "xfed --help".to_owned(),
        };
        Some(Self { why, help })
    }

    /// One line.
    pub fn describe(&self, texts: &Texts) -> String {
        let help = ("help", self.help.as_str());
        match &self.why {
            Why::Command(typed, Some(meant)) => texts.say(
                "usage-command-meant",
                &[("typed", typed), ("nearest", meant), help],
            ),
            Why::Command(typed, None) => texts.say("usage-command", &[("typed", typed), help]),
            Why::NoCommand => texts.say("usage-no-command", &[help]),
            Why::Argument(typed, Some(meant)) => texts.say(
                "usage-argument-meant",
                &[("typed", typed), ("nearest", meant), help],
            ),
            Why::Argument(typed, None) => texts.say("usage-argument", &[("typed", typed), help]),
            Why::NoValue(option) => texts.say("usage-no-value", &[("option", option), help]),
            Why::Missing(what) => texts.say("usage-missing", &[("what", &what.join(" ")), help]),
            Why::Together(one, other) => texts.say(
                "fault-together",
                &[("key", name_of(one)), ("other", name_of(other))],
            ),
        }
    }
}

/// An option without the form of its value; what stands without an option has only its form.
fn name_of(option: &str) -> &str {
    let name = option.split([' ', '=', '[']).next();
    name.filter(|name| !name.is_empty()).unwrap_or(option)
}

fn one(error: &clap::Error, kind: ContextKind) -> Option<String> {
    all(error, kind).into_iter().next()
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => vec![word.clone()],
        Some(ContextValue::Strings(words)) => words.clone(),
        _ => Vec::new(),
    }
}
