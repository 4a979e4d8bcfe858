//! The command line: subcommands and their arguments, as clap reads them.

pub mod completions;
mod help;
pub mod manual;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::config::{Options, ReplayOptions};
use crate::planning::PlanOptions;
use crate::render::explain::Form;
use crate::text::Lang;

/// Federation readiness checker for XPhone Connect Server
#[derive(Debug, Parser)]
#[command(name = "xfed", version, after_help = help::text("xfed"), arg_required_else_help = true)]
pub struct Cli {
    /// Language of the texts [default: that of the system, else English]
    #[arg(long, global = true, value_enum, env = "XFED_LANG")]
    pub lang: Option<LangChoice>,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        env = "XFED_COLOR"
    )]
    pub color: ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the checklist for a domain
    #[command(
        after_help = help::text("check"),
        // An alias may say one thing, and the command line another.
        args_override_self = true
    )]
    Check {
        /// XPhone domain, or an IM address in it
        #[arg(required = true, value_name = "DOMAIN")]
        domains: Vec<String>,
        /// How to check.
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Before the set-up: which domain, and exactly what to enter in DNS, firewall and XPhone
    #[command(after_help = help::text("plan"), args_override_self = true)]
    Plan {
        /// Domain that XPhone is to chat under, usually the e-mail domain
        #[arg(value_name = "DOMAIN")]
        domain: String,
        /// What is decided already, and how DNS is asked.
        #[command(flatten)]
        options: Box<PlanOptions>,
    },
    /// Judge the facts of a saved report again, offline, by the rules of this version
    #[command(
        after_help = help::text("replay"),
        args_override_self = true
    )]
    Replay {
        /// What `check --format json` wrote; - reads standard input
        #[arg(value_name = "REPORT.json|-")]
        report: PathBuf,
        /// How to judge.
        #[command(flatten)]
        options: ReplayOptions,
    },
    /// Explain a finding, a step of the checklist, or an ms-diagnostics number
    #[command(after_help = help::text("explain"))]
    Explain {
        /// Such as srv-missing, certificate or 1009
        #[arg(value_name = "CODE|STEP|NUMBER", required_unless_present = "all")]
        topic: Option<String>,
        /// Explain everything there is, in the order of the checklist
        #[arg(long, conflicts_with = "topic")]
        all: bool,
        /// How to write it
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: Form,
    },
    /// Print the JSON Schema of `check --format json`
    #[command(after_help = help::text("schema"))]
    Schema,
    /// Print the completions for a shell
    #[command(after_help = help::text("completions"))]
    Completions {
        /// The shell
        #[arg(
            value_enum,
            ignore_case = true,
            value_name = "bash|zsh|fish|powershell|elvish"
        )]
        shell: Shell,
    },
    /// Print a page of the manual, for man(1)
    #[command(after_help = help::text("man"))]
    Man {
        /// Command that the page is about [default: the program]
        #[arg(value_name = "COMMAND", default_value = "xfed", hide_default_value = true, value_parser = manual::Page::parse)]
        page: Box<manual::Page>,
        /// Write all pages into this directory instead, which is made if need be
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "page")]
        dir: Option<PathBuf>,
    },
}

/// The choices of `--lang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LangChoice {
    /// English
    En,
    /// Deutsch
    De,
}

impl From<LangChoice> for Lang {
    fn from(choice: LangChoice) -> Self {
        match choice {
            LangChoice::En => Self::En,
            LangChoice::De => Self::De,
        }
    }
}

/// The choices of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
