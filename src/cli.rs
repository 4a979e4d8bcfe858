//! The command line: subcommands and their arguments, as clap reads them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::config::{Options, ReplayOptions};
use crate::planning::PlanOptions;
use crate::render::Format;
use crate::render::explain::Form;
use crate::report::{Convention, FailOn};
use crate::text::Lang;

const EXIT_CODES: &str = "\
Exit codes:
  0  ready, or ready with warnings
  1  not ready (with --fail-on warn: or ready with warnings)
  2  usage, configuration, or output that cannot be written
  3  inconclusive: something could not be tested
Over several domains the worst counts: 1 before 3 before 0.
With --format nagios, those of a monitoring plugin: 0 ready, 1 ready with warnings,
2 not ready, 3 inconclusive or anything else; 2 before 3 before 1 before 0.";

const CHECK_EXAMPLES: &str = "\
Examples:
  xfed check zahnfee.de
  xfed check info@zahnfee.de --lang de
  xfed check zahnfee.de --direct --fqdn xphone.zahnfee.de
  xfed check toothfairy.uk --partner
  xfed check zahnfee.de --connect-to 10.0.0.5
  xfed check zahnfee.de --resolver tls://9.9.9.9#dns.quad9.net
  xfed check zahnfee.de --wait 15m
  xfed check zahnfee.de --report junit=xfed.xml --report markdown=summary.md
  xfed check zahnfee.de --resolver 9.9.9.9 --format json | jq '.reports[].verdict'";

const PLAN_HELP: &str = "\
Examples:
  xfed plan zahnfee.de
  xfed plan zahnfee.de --fqdn chat.zahnfee.de --ip 81.2.3.4
  xfed plan zahnfee.de --variant 3 --lang de

Exit codes:
  0  the plan is printed; what DNS did not say is named in it
  2  usage, or output that cannot be written";

const REPLAY_EXAMPLES: &str = "\
Examples:
  xfed replay report.json
  xfed replay report.json --lang de -v
  xfed replay report.json --now 2026-12-24
  xfed check zahnfee.de --format json | xfed replay - --redact --format json > report.json";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  xfed explain srv-missing
  xfed explain certificate --lang de
  xfed explain 1009 --format markdown
  xfed explain --all --format markdown > reference.md";

const REDACTION: &str = "\
What a report in JSON holds (its field \"holds\" says which of it):
  the domain as typed, names and records in DNS, the addresses connected to, the
  resolvers asked, the certificates and answers of the servers; never a private key.
With --redact it lacks what is local to the machine that made it:
  what was typed, except for the domain; the resolvers it is configured with; and
  where they are not public, the addresses of resolvers and servers that were given,
  and those that only its own DNS names. Documentation addresses (192.0.2.x,
  2001:db8::x) take their place. What public DNS says stays.
  It is judged as before.";

/// Federation readiness checker for XPhone Connect Server
#[derive(Debug, Parser)]
#[command(name = "xfed", version, after_help = EXIT_CODES, arg_required_else_help = true)]
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
        after_help = format!("{CHECK_EXAMPLES}\n\n{REDACTION}\n\n{EXIT_CODES}"),
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
    #[command(after_help = PLAN_HELP, args_override_self = true)]
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
        after_help = format!("{REPLAY_EXAMPLES}\n\n{REDACTION}\n\n{EXIT_CODES}"),
        args_override_self = true
    )]
    Replay {
        /// What `check` wrote as json or jsonl; - reads standard input
        #[arg(value_name = "REPORT.json|-")]
        saved: PathBuf,
        /// How to judge.
        #[command(flatten)]
        options: ReplayOptions,
    },
    /// Explain a finding, a step of the checklist, or an ms-diagnostics number
    #[command(after_help = EXPLAIN_EXAMPLES)]
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
    Schema,
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

/// How a run that does not even begin is to end: by the convention of the format that was asked for,
/// as far as that can be told without understanding the rest of the command line.
pub fn convention(
    args: impl IntoIterator<Item = OsString>,
    environment: Option<OsString>,
) -> Convention {
    let mut format = environment;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--format" {
            format = args.next();
        } else if let Some(value) = arg.to_str().and_then(|arg| arg.strip_prefix("--format=")) {
            format = Some(value.into());
        }
    }
    let name = Format::Nagios.to_possible_value();
    if name.is_some_and(|name| format.is_some_and(|format| format == name.get_name())) {
        Convention::Plugin
    } else {
        Convention::Own(FailOn::default())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_plugin_is_known_by_its_format_whatever_else_is_wrong() {
        let plugin = Convention::Plugin;
        let own = Convention::Own(FailOn::Fail);
        for (line, environment, expected) in [
            ("check --format nagios --wiat", None, plugin),
            ("check --format=nagios", Some("json"), plugin),
            ("check --format json --format nagios", None, plugin),
            ("check --wiat", Some("nagios"), plugin),
            ("check --format json", Some("nagios"), own),
            ("check --format", None, own),
            ("check --report nagios=x", None, own),
        ] {
            let args = line.split(' ').map(OsString::from);
            let known = convention(args, environment.map(OsString::from));
            assert_eq!(known, expected, "{line}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
