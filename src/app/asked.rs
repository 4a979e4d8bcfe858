//! A check as it was asked for: what it needs whichever way it goes, at once, through a long list or
//! from other places.

use std::path::Path;

use super::archive::Archive;
use super::console::{Console, users_own};
use super::error::Error;
use crate::config::{CommandLine, Comparison, Configuration, Options, Settings, resolve};
use crate::text::Texts;

pub(super) struct Asked<'a> {
    pub(super) settings: Settings<'a>,
    /// Show what changed since these reports.
    pub(super) since: Option<&'a Path>,
    pub(super) command: &'a CommandLine<Options>,
    pub(super) file: Option<&'a Configuration>,
    pub(super) texts: &'a Texts,
}

impl Asked<'_> {
    /// What is compared with, read before anything is probed.
    pub(super) fn older(&self) -> Result<Option<(Archive, Comparison)>, Error> {
        let Some(since) = self.since else {
            return Ok(None);
        };
        let options = resolve(self.command, None, self.file);
        let wanted = Comparison::of_check(&options.output)?;
        Ok(Some((Archive::open(since)?, wanted)))
    }

    /// Says whose configuration counts, and what of it does not.
    pub(super) fn announce(&self, console: &mut Console<'_>) -> Result<(), Error> {
        let own = resolve(self.command, None, users_own(self.file));
        console.announce_configuration(self.file, own.output.quiet, self.texts)?;
        console.announce_left_out(self.file, self.texts)
    }
}
