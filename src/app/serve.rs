//! `xfed serve`: opens the sockets, sees that they are fit for strangers, and serves until somebody
//! wants the end.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::console::Console;
use super::crew::threads_for;
use super::error::Error;
use super::interrupt::Interruption;
use super::open_files;
use crate::config::{self, CommandLine, Configuration, Options, ServeOptions, WebConfig, resolve};
use crate::serve::{self, Beginning, Current, News, Sockets, Store};
use crate::text::Texts;

/// The most checks at a time, as far as this machine has room for them: most of them only wait.
const JOBS: usize = 256;

pub(super) fn run(
    options: &ServeOptions,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let current = current(file, options)?;
    let chosen = resolve(&CommandLine::<Options>::default(), None, file);
    console.announce_configuration(file, chosen.output.quiet, texts)?;
    console.announce_left_out(file, texts)?;
    let runtime = threads_for(None)?;
    let file_of_store = options.store.as_deref();
    let store = Store::open(file_of_store).map_err(|error| {
        let file = file_of_store.unwrap_or(Path::new("")).to_owned();
        Error::Store(file, error)
    })?;
    let listen = options.listen.clone().unwrap_or_default();
    let exposed_error = config::Error::exposed(options.public);
    let is_open = options.insecure_listen || current.is_guarded(options.public);
    if listen.is_exposed() && !is_open {
        return Err(exposed_error(listen.to_string()).into());
    }
    let failed = |error| Error::Listen(listen.to_string(), error);
    let sockets = runtime.block_on(Sockets::open(&listen)).map_err(failed)?;
    let exposed = sockets.exposed().filter(|_| !options.insecure_listen);
    let exposed = exposed.map(|at| at.to_string());
    // What systemd hands over is seen only now.
    if let Some(listen) = exposed.clone().filter(|_| !is_open) {
        return Err(exposed_error(listen).into());
    }
    let places = sockets.places(current.has_tls()).join(", ");
    let said = chosen.limits.jobs.map(usize::from);
    let beginning = Beginning {
        load: load(file, options),
        current,
        exposed,
        store,
        has_pages: options.ui || options.public,
        is_public: options.public,
        jobs: open_files::make(said.unwrap_or(JOBS), 0).jobs,
        lang: texts.lang(),
    };
    let interruption = Interruption::listen().unwrap_or_default();
    let mut say = |news: News| {
        let said = match news {
            News::Listening => texts.say("serve-listening", &[("places", &places)]),
            News::Reloaded => texts.plain("serve-reloaded"),
            News::NotReloaded(error) => {
                let why = error.describe(texts);
                texts.say("serve-not-reloaded", &[("why", &why)])
            }
        };
        writeln!(console.err, "xfed: {said}")
    };
    let served = runtime.block_on(serve::run(
        beginning,
        sockets,
        interruption.come(),
        &mut say,
    ));
    // A certificate store that hangs must not hold up the end.
    runtime.shutdown_background();
    served?;
    Ok(0)
}

fn current(file: Option<&Configuration>, options: &ServeOptions) -> Result<Current, config::Error> {
    let web = WebConfig::read(options.web_config.as_deref())?;
    let current = Current::new(file, web, OffsetDateTime::now_utc())?;
    if options.public && current.allows_private() {
        return Err(config::Error::PublicPrivate);
    }
    Ok(current)
}

/// Reads again what was read at the beginning: the file that was named, or the one that is found.
fn load(file: Option<&Configuration>, options: &ServeOptions) -> serve::Load {
    let named: Option<PathBuf> = file
        .filter(|file| !file.found)
        .map(|file| file.file.clone());
    let options = options.clone();
    Box::new(move || {
        let file = Configuration::find(named.as_deref())?;
        current(file.as_ref(), &options)
    })
}
