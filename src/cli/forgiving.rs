//! What a command line means that is not quite one: a domain without `check` in front of it, a
//! mistyped subcommand, and `-h`, which shows less than `--help`.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::Cli;
use crate::config::{likeness, nearest};

/// A subcommand less like the one typed than this is no suggestion.
const ALIKE: f64 = 0.75;

impl Cli {
    /// Reads a command line, the name of the program included. `xfed zahnfee.de` is
    /// `xfed check zahnfee.de`.
    ///
    /// # Errors
    ///
    /// What clap has to say: also the help and the version that were asked for.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut args: Vec<OsString> = args.into_iter().collect();
        if asks_for_the_version_alone(&args) {
            let bare = clap::Command::new(env!("CARGO_PKG_NAME"));
            let bare = bare.version(env!("CARGO_PKG_VERSION"));
            bare.try_get_matches_from(&args)?;
        }
        let mut read = Self::try_parse_from(&args);
        if read.as_ref().is_err_and(|error| means_check(error, &args)) {
            args.insert(1, "check".into());
            read = Self::try_parse_from(&args);
        }
        read.map_err(|error| {
            if error.kind() == ErrorKind::DisplayHelp && !args.iter().any(|arg| arg == "--help") {
                let short = brief(Self::command()).try_get_matches_from(&args).err();
                let short = short.filter(|short| short.kind() == ErrorKind::DisplayHelp);
                return short.unwrap_or(error);
            }
            with_one_suggestion(error)
        })
    }
}

/// To set up all commands with their options takes longer than all else that this needs.
fn asks_for_the_version_alone(args: &[OsString]) -> bool {
    matches!(args, [_, only] if only == "--version" || only == "-V")
}

/// Whether this refused command line would be one with `check` in front of it.
fn means_check(error: &clap::Error, args: &[OsString]) -> bool {
    match error.kind() {
        ErrorKind::InvalidSubcommand => match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(typed)) => looks_like_a_domain(OsStr::new(typed)),
            _ => false,
        },
        // An option of check stands before the domain.
        ErrorKind::UnknownArgument => {
            let words = args.get(1..).unwrap_or_default();
            !words.iter().any(|word| is_subcommand(word))
                && words.iter().any(|word| looks_like_a_domain(word))
        }
        _ => false,
    }
}

/// No subcommand has a dot in it. Whether it is a domain is for `check` to say.
fn looks_like_a_domain(word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    !word.starts_with('-') && word.contains(['.', '@'])
}

pub(super) fn is_subcommand(word: &OsStr) -> bool {
    let command = Cli::command();
    let mut names = command.get_subcommands().map(Command::get_name);
    word == "help" || names.any(|name| word == name)
}

/// clap suggests every subcommand that is somewhat alike, the best of them last.
fn with_one_suggestion(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let command = Cli::command();
    let names = command.get_subcommands().map(Command::get_name);
    let nearest = nearest(typed, names);
    let nearest = nearest.filter(|nearest| likeness(nearest, typed) > ALIKE);
    let suggestion = nearest.map(|nearest| ContextValue::Strings(vec![nearest.to_owned()]));
    error.remove(ContextKind::SuggestedSubcommand);
    if let Some(suggestion) = suggestion {
        error.insert(ContextKind::SuggestedSubcommand, suggestion);
    }
    error
}

/// For `-h`: `--help` says what variables stand in, which forms a value has, and that a switch can
/// be switched off.
fn brief(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let is_switch = arg.get_value_parser().type_id() == TypeId::of::<bool>();
        let arg = arg.hide_env(true);
        if is_switch {
            let nothing: [&str; 0] = [];
            return arg.num_args(0).require_equals(false).value_names(nothing);
        }
        match arg.get_value_names() {
            Some([form]) => {
                let name = name_of_value(form, arg.get_id().as_str());
                arg.value_name(name)
            }
            _ => arg,
        }
    });
    command.mut_subcommands(brief)
}

/// The form of a value without what may be left out; where there are several forms, the option's
/// own name.
fn name_of_value(form: &str, id: &str) -> String {
    if form.contains('|') {
        return id.to_ascii_uppercase();
    }
    let mut depth = 0;
    let kept = form.chars().filter(|character| {
        let was_inside = depth > 0;
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        !was_inside && depth == 0
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_alone_is_told_as_clap_tells_it() {
        for asked in ["--version", "-V"] {
            let args = ["xfed", asked].map(OsString::from);
            let told = Cli::read(args.clone()).expect_err("it is no command");
            let by_clap = Cli::try_parse_from(args).expect_err("it is no command");
            assert_eq!(told.kind(), by_clap.kind());
            assert_eq!(told.to_string(), by_clap.to_string());
            assert!(!told.use_stderr());
        }
        let more = ["xfed", "--version", "check"].map(OsString::from);
        let more = Cli::read(more).expect_err("it is no command");
        assert_eq!(more.kind(), ErrorKind::DisplayVersion);
    }
}
