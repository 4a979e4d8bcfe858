//! The options of `xfed plan`, and what they mean.

use std::net::Ipv4Addr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use crate::Error;
use crate::config::{AskOptions, Configuration, Options, Settings, limit};
use crate::model::names::{Domain, Fqdn};
use crate::model::policy::Policy;
use crate::setup::{Variant, Wish};

/// The options of `xfed plan`; those that `xfed check` has too mean the same.
#[derive(Args, Clone, Debug, Default)]
pub struct PlanOptions {
    /// Public name that the XPhone server is to have [default: "xphone" below the domain]
    #[arg(long, value_name = "FQDN", env = "XFED_FQDN")]
    pub fqdn: Option<String>,
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
    #[arg(long, value_name = "DURATION", env = "XFED_TIMEOUT", value_parser = limit)]
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

/// Reads what is wished for, and how DNS is asked about it.
///
/// # Errors
///
/// [`Error`] for the first thing that cannot be used, before anything is asked.
pub fn read(
    input: &str,
    options: PlanOptions,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<(Wish, Settings), Error> {
    let domain = Domain::parse(input).map_err(|error| Error::Input(input.to_owned(), error))?;
    let asking = Options {
        fqdn: options.fqdn,
        ask: options.ask,
        timeout: options.timeout,
        ..Options::default()
    };
    let about = file.map(|file| file.about(&domain).or(file.options.clone()));
    let asking = asking.or(about.unwrap_or_default());
    let fqdn = match asking.fqdn {
        Some(fqdn) => Some(Fqdn::parse(&fqdn).map_err(|error| Error::Fqdn(fqdn, error))?),
        None => None,
    };
    let wish = Wish {
        domain,
        fqdn,
        ip: options.ip,
        variant: options.variant.map(Variant::from),
    };
    // Name servers are asked, and nobody else.
    let asking = Options {
        ask: asking.ask,
        timeout: asking.timeout,
        ..Options::default()
    };
    let settings = Settings::new(&[input.into()], &asking, &Policy::default(), now)?;
    Ok((wish, settings))
}
