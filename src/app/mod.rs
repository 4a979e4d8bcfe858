//! The commands behind the command line, one file each, on the writers they are given.

mod about;
mod archive;
mod asked;
mod campaign;
mod cert;
mod check;
mod console;
mod crew;
mod diff;
mod error;
mod explain;
mod file_names;
mod files;
mod here;
mod interrupt;
mod listen;
mod man;
mod open_files;
mod pace;
mod pair;
mod probe;
pub(crate) mod process;
mod progress;
mod publish;
mod reader;
mod replay;
mod schema;
mod serve;
mod setup;
mod terminal;
mod via;
mod wait;
mod zone;

use time::OffsetDateTime;

use self::asked::Asked;
use crate::cli::{Cli, Command, completions};
use crate::config::{self, Configuration, Settings, Sources, resolve};
use crate::text::Texts;
pub use console::Console;
pub use error::Error;

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
            since,
            campaign,
            options,
        } => {
            let sources = Sources::of(&domains, targets.as_deref(), file)?;
            let settings = Settings::new(&options, file, OffsetDateTime::now_utc())?;
            let in_places = !settings.via.is_empty();
            if let Some(option) = campaign.first().filter(|_| in_places) {
                let id = option.trim_start_matches('-');
                return Err(config::Error::NotWithVia(id).into());
            }
            let is_streamed = !in_places && campaign.is_wanted(&settings, since.is_some())?;
            let asked = Asked {
                settings,
                since: since.as_deref(),
                command: &options,
                file,
                texts,
            };
            if is_streamed {
                return campaign::run(sources, &campaign, asked, console);
            }
            let targets = sources.read(file)?;
            if in_places {
                via::run(&targets, asked, console)
            } else {
                check::run(&targets, asked, console)
            }
        }
        Command::Plan {
            domains,
            targets,
            options,
        } => {
            let targets = config::plan_targets(&domains, targets.as_deref())?;
            match options.zone() {
                Some(zone) => zone::run(&zone, &targets, &options, file, texts, console),
                None => setup::run(&targets, &options, file, texts, console),
            }
        }
        Command::Cert {
            inputs,
            format,
            options,
        } => cert::run(&inputs, format, &options, file, texts, console),
        Command::Listen { options } => listen::run(&options, file, texts, console),
        Command::Pair {
            one,
            other,
            options,
        } => pair::run([&one, &other], &options, file, texts, console),
        Command::Replay { saved, options } => replay::run(&saved, &options, file, texts, console),
        Command::Diff {
            old,
            new,
            format,
            options,
        } => diff::run([&old, &new], format, &options, file, texts, console),
        Command::Probe {
            authorized_key: Some(key),
            max_domains,
            ..
        } => probe::authorize(&key, max_domains, console),
        Command::Probe { max_domains, .. } => probe::run(max_domains, file, console),
        Command::Serve { options } => serve::run(&options, file, texts, console),
        Command::Explain { topic, all, format } => {
            let topic = (!all).then(|| topic.join(" "));
            explain::run(topic.as_deref(), format, texts, console)
        }
        Command::Schema { what } => schema::run(what, console),
        Command::Completions { shell } => console.print(&completions::script(shell)),
        Command::Man { page, dir } => man::run(&page, dir.as_deref(), console),
        Command::About => about::run(texts, console),
    }
}
