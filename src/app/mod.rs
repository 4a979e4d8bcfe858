//! The commands behind the command line, one file each, on the writers they are given.

mod check;
mod process;
mod error;
mod explain;
mod files;
mod man;
mod publish;
mod replay;
mod schema;
mod setup;
mod wait;

use std::io::{self, Write};

use crate::cli::{Cli, Command, completions};
use crate::config::{self, Configuration, resolve};
use crate::render::Look;
use crate::text::Texts;
pub use process::main;
pub use error::Error;

/// The writers of a command, and what the terminal behind them can do.
pub struct Console<'a> {
    /// Takes data.
    pub out: &'a mut dyn Write,
    /// Takes everything else.
    pub err: &'a mut dyn Write,
    /// What `out` can show.
    pub look: Look,
    /// Somebody watches `err`: show that work is going on.
    pub watched: bool,
}

/// The configuration file that this command obeys, if there is one.
///
/// # Errors
///
/// [`config::Error`] when it cannot be read or used.
pub fn configuration(cli: &Cli) -> Result<Option<Configuration>, config::Error> {
    if !cli.command.obeys_configuration() {
        return Ok(None);
    }
    Configuration::find(resolve(&cli.global, None, None).config.as_deref())
}

/// Runs a command; the exit code is that of its result.
///
/// # Errors
///
/// [`Error`] when it cannot begin, or its output cannot be written.
pub fn run(
    command: Command,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    match command {
        Command::Check {
            domains,
            targets,
            options,
        } => {
            let targets = config::targets(&domains, targets.as_deref(), file)?;
            check::run(&targets, &options, file, texts, console)
        }
        Command::Plan { domain, options } => setup::run(&domain, &options, file, texts, console),
        Command::Replay { saved, options } => replay::run(&saved, &options, file, texts, console),
        Command::Explain { topic, format, .. } => {
            explain::run(topic.as_deref(), format, texts, console)
        }
        Command::Schema { what } => schema::run(what, console),
        Command::Completions { shell } => print(&completions::script(shell), console),
        Command::Man { page, dir } => man::run(&page, dir.as_deref(), console),
    }
}

/// Announces a configuration file that was found rather than named, unless the user wants quiet.
fn announce_configuration(
    file: Option<&Configuration>,
    quiet: Option<bool>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<(), Error> {
    if let Some(file) = file.filter(|file| file.found && quiet != Some(true)) {
        let name = file.file.display().to_string();
        let taken = texts.say("configuration-taken", &[("file", &name)]);
        writeln!(console.err, "xfed: {taken}")?;
    }
    Ok(())
}

/// The configuration, unless it was found in the working directory: then it may have come with
/// somebody else's project, and cannot ask not to be announced.
fn users_own(file: Option<&Configuration>) -> Option<&Configuration> {
    file.filter(|file| !file.is_here())
}

/// Says what domain was understood, where that is not what was typed.
fn announce_domain(
    input: &str,
    domain: &str,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<(), Error> {
    if input != domain {
        let taken = texts.say("input-taken", &[("input", input), ("domain", domain)]);
        writeln!(console.err, "xfed: {taken}")?;
    }
    Ok(())
}

/// A reader that has seen enough is not an error; the verdict stands.
fn ignore_closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}

fn print(output: &[u8], console: &mut Console<'_>) -> Result<u8, Error> {
    console.out.write_all(output).or_else(ignore_closed_pipe)?;
    Ok(0)
}
