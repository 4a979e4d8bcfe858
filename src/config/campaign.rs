//! The options of `xfed check` for lists that are too long to be kept: where the reports go, what of
//! the list is checked, and how far it is.

use std::path::PathBuf;

use clap::Args;

use super::error::Error;
use super::fault::Expected;
use super::{Output, Settings};

/// The heading of these options.
const MANY: &str = "Many domains";

/// How a long list is worked off. For one run only: neither a file nor a list gives these.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = MANY)]
pub struct CampaignOptions {
    /// Add the reports to this file as they come, a line of JSON each
    ///
    /// Instead of printing them. What is in it is safe when the run ends early.
    #[arg(long, value_name = "FILE", env = "XFED_OUT", hide_short_help = true)]
    pub out: Option<PathBuf>,
    /// Check only what the file of --out does not hold yet
    #[arg(long, requires = "out", hide_short_help = true)]
    pub resume: bool,
    /// Check one part of N, the same domains wherever they stand in the list
    #[arg(long, value_name = "I/N", env = "XFED_SHARD", value_parser = shard, hide_short_help = true)]
    pub shard: Option<Shard>,
    /// At the end, check again what could not be tested, so many times [default: 0]
    #[arg(long, value_name = "N", env = "XFED_RETRY", value_parser = clap::value_parser!(u8).range(..=9), hide_short_help = true)]
    pub retry: Option<u8>,
    /// Write how far it is to this file as JSON, every second
    #[arg(long, value_name = "FILE", env = "XFED_STATS", hide_short_help = true)]
    pub stats: Option<PathBuf>,
}

/// One part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

impl CampaignOptions {
    /// Whether reports are written as they come and then forgotten.
    ///
    /// # Errors
    ///
    /// [`Error`] for one of these options beside something that needs all reports at once.
    pub fn is_wanted(&self, settings: &Settings<'_>, since: bool) -> Result<bool, Error> {
        let Output { format, files, .. } = &settings.output;
        let given = settings.planner.options.output.format;
        // What --out writes is no matter of choice.
        let is_streamed = format.is_streamed() || (given.is_none() && self.out.is_some());
        let collects = [
            (!is_streamed, "format"),
            (!files.is_empty(), "report"),
            (settings.wait.is_some(), "wait"),
            (since, "since"),
        ];
        let collects = collects.into_iter().find(|(collects, _)| *collects);
        match (self.first(), collects) {
            (Some(option), Some((_, rival))) => Err(Error::OnlyStreamed { option, rival }),
            (_, collects) => Ok(collects.is_none()),
        }
    }

    /// The first of these options that was given.
    pub fn first(&self) -> Option<&'static str> {
        let given = [
            (self.out.is_some(), "--out"),
            (self.shard.is_some(), "--shard"),
            (self.retry.is_some(), "--retry"),
            (self.stats.is_some(), "--stats"),
        ];
        let given = given.into_iter().find(|(is_given, _)| *is_given);
        given.map(|(_, option)| option)
    }
}

/// `I/N`
fn shard(value: &str) -> Result<Shard, Expected> {
    let parse = || {
        let (part, of) = value.split_once('/')?;
        let shard = Shard {
            part: part.parse().ok()?,
            of: of.parse().ok()?,
        };
        (1..=shard.of).contains(&shard.part).then_some(shard)
    };
    parse().ok_or(Expected::Form("shard"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_its_number() {
        for (value, expected) in [
            ("1/1", Some((1, 1))),
            ("3/16", Some((3, 16))),
            ("16/16", Some((16, 16))),
            ("0/16", None),
            ("17/16", None),
            ("0/0", None),
            ("3", None),
            ("3/", None),
            ("-1/2", None),
            ("1/4294967296", None),
        ] {
            let read = shard(value).ok().map(|Shard { part, of }| (part, of));
            assert_eq!(read, expected, "{value}");
        }
    }
}
