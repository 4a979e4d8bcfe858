//! The command line: subcommands and their arguments, as clap reads them.

pub mod completions;
pub mod environment;
mod forgiving;
mod help;
pub mod manual;
pub mod refusal;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use self::help::HelpPage;
use crate::config::cert::CertOptions;
use crate::config::listen::ListenOptions;
use crate::config::pair::PairOptions;
use crate::config::setup::SetupOptions;
use crate::config::{
    CampaignOptions, CommandLine, DiffOptions, GENERAL, GlobalOptions, Options, Quota,
    ReplayOptions, ServeOptions,
};
use crate::render::Format;
use crate::render::diff::DiffFormat;
use crate::render::exhibit::ExhibitFormat;
use crate::render::explain::Form;
use crate::report::{Convention, FailOn};

/// Federation readiness checker for XPhone Connect Server
#[derive(Debug, Parser)]
#[command(
    name = "xfed",
    version,
    after_help = HelpPage::Program.text(),
    arg_required_else_help = true,
    disable_help_flag = true
)]
pub struct Cli {
    /// What goes with every command.
    #[command(flatten)]
    pub global: CommandLine<GlobalOptions>,
    /// Print help: -h the essentials, --help all of it
    #[arg(short, long, action = ArgAction::Help, global = true, help_heading = GENERAL)]
    help: Option<bool>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the checklist for a domain
    #[command(
        after_help = HelpPage::Check.brief(),
        after_long_help = HelpPage::Check.text(),
        // An alias may say one thing, and the command line another.
        args_override_self = true
    )]
    Check {
        /// XPhone domain or IM address; - reads a list from standard input
        ///
        /// Without one: the domains of the configuration file.
        #[arg(value_name = "DOMAIN")]
        domains: Vec<String>,
        /// Also check the domains of this list; - reads standard input
        #[arg(
            long,
            value_name = "FILE",
            env = "XFED_TARGETS",
            help_heading = "What is checked"
        )]
        targets: Option<PathBuf>,
        /// Show what changed since this saved report, which may hold many domains
        ///
        /// Instead of the report, which --report writes as ever. Formats and exit codes are those of
        /// xfed diff.
        #[arg(
            long,
            value_name = "OLD.json",
            env = "XFED_SINCE",
            hide_short_help = true,
            help_heading = "Output"
        )]
        since: Option<PathBuf>,
        /// How to work off a long list.
        #[command(flatten)]
        campaign: CampaignOptions,
        /// How to check.
        #[command(flatten)]
        options: CommandLine<Options>,
    },
    /// Before the set-up: which domain, and exactly what to enter in DNS, firewall and XPhone
    #[command(after_help = HelpPage::Plan.text(), args_override_self = true)]
    Plan {
        /// Domain that XPhone is to chat under, usually the e-mail domain
        #[arg(value_name = "DOMAIN", required_unless_present_any = ["targets", "zone"])]
        domains: Vec<String>,
        /// Also plan for the domains of this list; - reads standard input
        #[arg(long, value_name = "FILE", conflicts_with = "zone")]
        targets: Option<PathBuf>,
        /// What is decided already, and how DNS is asked.
        #[command(flatten)]
        options: CommandLine<SetupOptions>,
    },
    /// Show what a server presents, or judge the certificates of files before one is chosen
    #[command(after_help = HelpPage::Cert.text(), args_override_self = true)]
    Cert {
        /// Name or address of the server [default port: 5061], or files of certificates: PEM, DER,
        /// PFX; - reads standard input
        #[arg(value_name = "HOST[:PORT]|FILE", required_unless_present = "store")]
        inputs: Vec<String>,
        /// How to write it
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: ExhibitFormat,
        /// What to ask it for, and what to trust.
        #[command(flatten)]
        options: CommandLine<CertOptions>,
    },
    /// Be a partner for a test: judge what a server that calls does, and with which certificate
    ///
    /// The other direction: whether the XPhone server gets out. Nothing of a message is kept.
    #[command(after_help = HelpPage::Listen.text(), args_override_self = true)]
    Listen {
        /// Who listens, and to whom.
        #[command(flatten)]
        options: CommandLine<ListenOptions>,
    },
    /// Both directions between two domains: who reaches whom, and which side has to act
    ///
    /// What only one side can show is named.
    #[command(after_help = HelpPage::Pair.text(), args_override_self = true)]
    Pair {
        /// One domain, or an IM address; behind = the public name of its server
        #[arg(value_name = "DOMAIN[=FQDN]")]
        one: String,
        /// The other
        #[arg(value_name = "DOMAIN[=FQDN]")]
        other: String,
        /// How to look at them.
        #[command(flatten)]
        options: CommandLine<PairOptions>,
    },
    /// Judge the facts of a saved report again, offline, by the rules of this version
    #[command(
        after_help = HelpPage::Replay.text(),
        args_override_self = true
    )]
    Replay {
        /// What `check` wrote as json or jsonl; - reads standard input
        #[arg(value_name = "REPORT.json|-")]
        saved: PathBuf,
        /// How to judge.
        #[command(flatten)]
        options: CommandLine<ReplayOptions>,
    },
    /// What changed between two saved reports: findings, and the facts behind them
    #[command(after_help = HelpPage::Diff.text(), args_override_self = true)]
    Diff {
        /// The older: what `check` wrote as json or jsonl, on one domain or many; - reads standard
        /// input
        #[arg(value_name = "OLD.json|-")]
        old: PathBuf,
        /// The newer
        #[arg(value_name = "NEW.json|-")]
        new: PathBuf,
        /// How to write it
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: DiffFormat,
        /// What becomes of the result.
        #[command(flatten)]
        options: CommandLine<DiffOptions>,
    },
    /// Look from this machine for an xfed in another place, which judges
    ///
    /// How this machine looks, its own xfed.toml alone says: a request names a domain, how it
    /// federates and its server.
    #[command(after_help = HelpPage::Probe.text())]
    Probe {
        /// Read requests from standard input, one a line, and answer each with facts, in JSON
        #[arg(
            long,
            required_unless_present = "authorized_key",
            conflicts_with = "authorized_key"
        )]
        stdio: bool,
        /// Print the line of ~/.ssh/authorized_keys that lets this key do that, and nothing else;
        /// - reads standard input
        #[arg(long, value_name = "KEY.pub")]
        authorized_key: Option<PathBuf>,
        /// Domains that are looked at for all keys of this account together, by the second (s), minute
        /// (m), hour (h) or day (d)
        #[arg(long, value_name = "N/h", default_value = "50/h", value_parser = Quota::parse)]
        max_domains: Quota,
    },
    /// Check for colleagues without a terminal, and for Prometheus: by HTTP, until it is ended
    ///
    /// How targets are checked, xfed.toml alone says: a request names a domain and one of its modules.
    #[command(after_help = HelpPage::Serve.text())]
    Serve {
        /// Where it is reached, and by whom.
        #[command(flatten)]
        options: ServeOptions,
    },
    /// Explain a finding, a step, a SIP or ms-diagnostics number, or what is seen in XPhone
    #[command(after_help = HelpPage::Explain.text())]
    Explain {
        /// Code, step, number or any word of the report, such as srv-missing, certificate, 1009, port
        /// or nslookup [default: list all there is]
        #[arg(value_name = "TOPIC")]
        topic: Vec<String>,
        /// Explain everything there is, in the order of the checklist
        #[arg(long, conflicts_with = "topic")]
        all: bool,
        /// How to write it
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: Form,
    },
    /// Print a JSON Schema: of what `check`, `plan` or `diff` print with `--format json`, or of the
    /// configuration file
    #[command(after_help = HelpPage::Schema.text())]
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t)]
        what: SchemaChoice,
    },
    /// Print the completions for a shell
    #[command(after_help = HelpPage::Completions.text())]
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
    #[command(after_help = HelpPage::Man.text())]
    Man {
        /// Command that the page is about [default: the program]
        #[arg(value_name = "COMMAND", default_value = "xfed", hide_default_value = true, value_parser = manual::Page::parse)]
        page: Box<manual::Page>,
        /// Write all pages into this directory instead, which is made if need be
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "page")]
        dir: Option<PathBuf>,
    },
    /// Say which version this is, who made xfed and the guide, and whom to ask about XPhone
    #[command(after_help = HelpPage::About.text())]
    About,
}

/// The choices of `xfed schema`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaChoice {
    /// What `check --format json` prints
    #[default]
    Report,
    /// What `plan --format json` prints
    Plan,
    /// What `diff --format json` prints
    Diff,
    /// The configuration file, for editors
    Config,
}

impl Command {
    /// Whether the configuration file has a say in it.
    pub fn obeys_configuration(&self) -> bool {
        match self {
            Self::Check { .. }
            | Self::Plan { .. }
            | Self::Cert { .. }
            | Self::Listen { .. }
            | Self::Pair { .. }
            | Self::Replay { .. }
            | Self::Diff { .. }
            | Self::Probe { .. }
            | Self::Serve { .. }
            | Self::Explain { .. }
            | Self::About => true,
            // What is broken in the file must not stop whoever asks for its schema.
            Self::Schema { .. } | Self::Completions { .. } | Self::Man { .. } => false,
        }
    }
}

/// The value of an option, as far as it can be told without understanding the rest of the command
/// line: for a run that cannot even begin.
pub fn value_of(option: &str, args: impl IntoIterator<Item = OsString>) -> Option<OsString> {
    let mut given = None;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let assigned = arg.to_str().and_then(|arg| arg.strip_prefix(option));
        if arg == option {
            given = args.next();
        } else if let Some(value) = assigned.and_then(|rest| rest.strip_prefix('=')) {
            given = Some(value.into());
        }
    }
    given
}

/// How a run that cannot even begin is to end: by the convention of the format that was asked for.
pub fn convention(
    args: impl IntoIterator<Item = OsString>,
    environment: Option<OsString>,
) -> Convention {
    let format = value_of("--format", args).or(environment);
    let plugin = Format::Nagios.to_possible_value();
    if plugin.is_some_and(|plugin| format.is_some_and(|format| format == plugin.get_name())) {
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
            let convention = convention(args, environment.map(OsString::from));
            assert_eq!(convention, expected, "{line}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
