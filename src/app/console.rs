//! The writers of a command, and what is said around its output.

use std::io::{self, Write};
use std::path::Path;

use super::error::Error;
use crate::config::Configuration;
use crate::render::{Look, Signs};
use crate::text::{Texts, printable};

/// The writers of a command, and what the terminal behind them can do.
pub struct Console<'a> {
    /// Takes data.
    pub out: &'a mut dyn Write,
    /// Takes everything else.
    pub err: &'a mut dyn Write,
    /// What `out` can show.
    pub look: Look,
    /// Somebody watches `err`, which shows these signs: show that work is going on.
    pub watched: Option<Signs>,
}

impl Console<'_> {
    /// Announces a configuration file that was found rather than named, unless the user wants quiet.
    pub(super) fn announce_configuration(
        &mut self,
        file: Option<&Configuration>,
        quiet: Option<bool>,
        texts: &Texts,
    ) -> Result<(), Error> {
        if let Some(file) = file.filter(|file| file.found && quiet != Some(true)) {
            let name = file.file.display().to_string();
            let taken = texts.say("configuration-taken", &[("file", &name)]);
            writeln!(self.err, "xfed: {taken}")?;
        }
        Ok(())
    }

    /// Says what was left out of a file that may be somebody else's, however quiet the user wants it:
    /// the check is another one than the file says.
    pub(super) fn announce_left_out(
        &mut self,
        file: Option<&Configuration>,
        texts: &Texts,
    ) -> Result<(), Error> {
        if let Some(file) = file.filter(|file| !file.left_out.is_empty()) {
            let name = file.file.display().to_string();
            let keys = file.left_out.join(", ");
            let args = [("file", name.as_str()), ("keys", &keys)];
            let left_out = texts.say("configuration-left-out", &args);
            writeln!(self.err, "xfed: {left_out}")?;
        }
        Ok(())
    }

    /// Says that fewer domains are checked at a time than was asked for.
    pub(super) fn announce_few_files(
        &mut self,
        jobs: usize,
        limit: u64,
        texts: &Texts,
    ) -> Result<(), Error> {
        let (jobs, limit) = (jobs.to_string(), limit.to_string());
        let few = texts.say("few-open-files", &[("jobs", &jobs), ("limit", &limit)]);
        writeln!(self.err, "xfed: {few}")?;
        Ok(())
    }

    /// Says how far an interrupted run came: an error, so even to whoever wants quiet.
    pub(super) fn announce_interruption(
        &mut self,
        done: usize,
        all: usize,
        texts: &Texts,
    ) -> Result<(), Error> {
        let interrupted = Error::Interrupted { done, all }.describe(texts);
        writeln!(self.err, "xfed: {interrupted}")?;
        Ok(())
    }

    /// Says a line of what there is to know about the run.
    pub(super) fn announce(&mut self, line: &str) -> Result<(), Error> {
        writeln!(self.err, "xfed: {line}")?;
        Ok(())
    }

    /// Says what domain was understood, where that is not what was typed.
    pub(super) fn announce_domain(
        &mut self,
        input: &str,
        domain: &str,
        texts: &Texts,
    ) -> Result<(), Error> {
        if input != domain {
            let taken = texts.say("input-taken", &[("input", input), ("domain", domain)]);
            writeln!(self.err, "xfed: {taken}")?;
        }
        Ok(())
    }

    /// Says which zone a file was taken to be of, where it does not say so itself.
    pub(super) fn announce_origin(
        &mut self,
        file: &Path,
        zone: &str,
        texts: &Texts,
    ) -> Result<(), Error> {
        let file = printable(&file.display().to_string());
        let taken = texts.say("zone-taken", &[("file", &file), ("zone", zone)]);
        writeln!(self.err, "xfed: {taken}")?;
        Ok(())
    }

    /// Prints a command's whole output.
    pub(super) fn print(&mut self, output: &[u8]) -> Result<u8, Error> {
        self.out.write_all(output).or_else(ignore_closed_pipe)?;
        Ok(0)
    }
}

/// The configuration, unless it was found in the working directory: then it may have come with
/// somebody else's project, and cannot ask not to be announced.
pub(super) fn users_own(file: Option<&Configuration>) -> Option<&Configuration> {
    file.filter(|file| !file.is_here())
}

/// A reader that has seen enough is not an error; the verdict stands.
pub(super) fn ignore_closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}
