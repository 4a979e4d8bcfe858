//! The commands behind the command line, on the writers they are given.

mod check;
mod console;
mod error;
mod fault;
mod files;
mod man;
mod publish;
mod setup;
mod wait;

use std::io::{Read, Write};
use std::path::Path;

use crate::Error;
use crate::cli::{Cli, Command, SchemaChoice, completions};
use crate::config::{self, Configuration, Output, ReplayOptions};
use crate::engine;
use crate::render::explain::{Form, Topic, write_all};
use crate::render::{Look, json};
use crate::report::saved;
use crate::text::Texts;
pub use console::main;
use publish::Publisher;

/// Where a command's words go.
pub struct Console<'a> {
    /// Data.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// What the data's reader can show.
    pub look: Look,
    /// Somebody watches `err`: show that work is going on.
    pub watched: bool,
}

/// The configuration file that this command obeys, if there is one.
///
/// # Errors
///
/// [`Error`] when it cannot be read or used.
pub fn configuration(cli: &Cli) -> Result<Option<Configuration>, Error> {
    let obeys = match cli.command {
        Command::Check { .. }
        | Command::Plan { .. }
        | Command::Replay { .. }
        | Command::Explain { .. } => true,
        Command::Schema { .. } | Command::Completions { .. } | Command::Man { .. } => false,
    };
    if !obeys {
        return Ok(None);
    }
    Configuration::find(cli.global.config.as_deref())
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
            check::run(targets, *options, file, texts, console)
        }
        Command::Plan { domain, options } => setup::run(&domain, *options, file, texts, console),
        Command::Replay { saved, options } => replay(&saved, options, file, texts, console),
        Command::Explain { topic, format, .. } => explain(topic.as_deref(), format, texts, console),
        Command::Schema { what } => {
            let written = match what {
                SchemaChoice::Report => json::write_schema(console.out),
                SchemaChoice::Config => config::write_schema(console.out),
            };
            written
                .and_then(|()| console.out.flush())
                .or_else(ignore_closed_pipe)?;
            Ok(0)
        }
        Command::Completions { shell } => put(&completions::script(shell), console),
        Command::Man {
            dir: Some(folder), ..
        } => man::write(&folder),
        Command::Man { page, dir: None } => put(&page.source()?, console),
    }
}

/// A file that nobody named is not obeyed in silence, unless whoever runs xfed asks for that; one
/// that came with somebody else's project cannot ask for it.
fn name_configuration(
    file: Option<&Configuration>,
    asked_for_quiet: Option<bool>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<(), Error> {
    let is_quiet = |file: &Configuration| {
        let says = file.options.output.quiet.filter(|_| !file.is_here());
        asked_for_quiet.or(says).unwrap_or_default()
    };
    if let Some(file) = file.filter(|file| file.found && !is_quiet(file)) {
        let name = file.file.display().to_string();
        let taken = texts.say("configuration-taken", &[("file", &name)]);
        writeln!(console.err, "xfed: {taken}")?;
    }
    Ok(())
}

fn replay(
    file: &Path,
    options: ReplayOptions,
    configuration: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let asked_for_quiet = options.output.quiet;
    let common = configuration.map(|file| file.options.output.clone());
    let output = Output::new(&options.output.or(common.unwrap_or_default()))?;
    let document = read(file).map_err(|error| Error::ReadFile(file.to_owned(), error))?;
    let mut checks =
        saved::read(&document).map_err(|error| Error::Report(file.to_owned(), error))?;
    if let Some(now) = options.now {
        for check in &mut checks {
            check.terms.now = now;
        }
    }
    name_configuration(configuration, asked_for_quiet, texts, console)?;
    let mut publisher = Publisher::new(&output, texts, console.look, console.out)?;
    for (place, check) in checks.into_iter().enumerate() {
        publisher.take(place, engine::replay(check));
    }
    publisher.finish()
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut document = Vec::new();
    std::io::stdin().lock().read_to_end(&mut document)?;
    Ok(document)
}

/// A reader that has seen enough is no error; the verdict stands.
fn ignore_closed_pipe(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}

fn put(output: &[u8], console: &mut Console<'_>) -> Result<u8, Error> {
    console.out.write_all(output).or_else(ignore_closed_pipe)?;
    Ok(0)
}

/// Explains this topic; without one, everything.
fn explain(
    name: Option<&str>,
    form: Form,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let written = match name {
        Some(name) => Topic::find(name)
            .ok_or_else(|| Error::UnknownTopic(name.to_owned(), nearest(name)))?
            .write(form, texts, console.look, console.out),
        None => write_all(form, texts, console.look, console.out),
    };
    written
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    Ok(0)
}

fn nearest(name: &str) -> Option<String> {
    let likeness = |known: &String| strsim::jaro_winkler(known, &name.to_ascii_lowercase());
    let best = Topic::names().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(&best) > 0.8).then_some(best)
}
