//! The options of `xfed plan`, and what they mean.

use std::net::Ipv4Addr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::command_line::CommandLine;
use super::domain::Target;
use super::error::Error;
use super::file::Configuration;
use super::options::{AskOptions, limits};
use super::resolve::resolve;
use super::values::{fqdn, limit};
use crate::model::names::Fqdn;
use crate::model::plan::Plan;
use crate::setup::{Variant, Wish};

/// The options of `xfed plan`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct SetupOptions {
    /// Public name that the XPhone server is to have [default: "xphone" below the domain]
    #[arg(long, value_name = "FQDN", env = "XFED_FQDN", value_parser = fqdn)]
    pub fqdn: Option<Fqdn>,
    /// Public IPv4 address that leads to the server; a private one is taken for the server's own
    #[arg(long, value_name = "IPv4", env = "XFED_IP")]
    pub ip: Option<Ipv4Addr>,
    /// The plan for this variant of the domain choice, instead of the one that fits what DNS shows
    #[arg(long, value_enum, value_name = "VARIANT")]
    pub variant: Option<VariantChoice>,
    /// Whom to ask for names.
    #[command(flatten)]
    pub ask: AskOptions,
    /// Longest time for one DNS question [default: 3s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "XFED_TIMEOUT",
        value_parser = limit,
        help_heading = None::<&'static str>
    )]
    pub timeout: Option<Duration>,
}

/// The choices of `--variant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VariantChoice {
    /// No other chat server: the e-mail domain itself
    Email,
    /// XPhone without federation
    #[value(name = "1")]
    Without,
    /// XPhone takes over from Teams
    #[value(name = "2")]
    TakeOver,
    /// A domain of its own beside Teams
    #[value(name = "3")]
    Own,
}

impl From<VariantChoice> for Variant {
    fn from(choice: VariantChoice) -> Self {
        match choice {
            VariantChoice::Email => Self::Email,
            VariantChoice::Without => Self::Without,
            VariantChoice::TakeOver => Self::TakeOver,
            VariantChoice::Own => Self::Own,
        }
    }
}

/// Resolves the options of `xfed plan` into a wish, and a plan that asks DNS only.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anything is asked.
pub fn read(
    input: &str,
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<(Wish, Plan), Error> {
    let target = Target::parse(input).map_err(|error| Error::Input(input.to_owned(), error))?;
    let options = resolve(command, Some(&target), file);
    let plan = Plan {
        input: target.input,
        views: options.ask.views(),
        authority: options.ask.authority(),
        limits: limits(options.timeout),
        ..Plan::new(target.domain.clone(), now)
    };
    let wish = Wish {
        domain: target.domain,
        fqdn: options.fqdn,
        ip: options.ip,
        variant: options.variant.map(Variant::from),
    };
    Ok((wish, plan))
}
