//! `xfed replay`: judges the facts of a saved report again, offline.

use std::path::Path;

use super::console::{Console, users_own};
use super::error::Error;
use super::file_names::Subject;
use super::publish::Publisher;
use crate::config::{CommandLine, Configuration, Content, Output, ReplayOptions, resolve};
use crate::engine;
use crate::report::saved;
use crate::text::Texts;

pub(super) fn run(
    file: &Path,
    command: &CommandLine<ReplayOptions>,
    configuration: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let options = resolve(command, None, configuration);
    let output = Output::new(options.output);
    let document = Content::Reports.read_or_stdin(file)?;
    let mut checks =
        saved::read(&document).map_err(|error| Error::Report(file.to_owned(), error))?;
    if let Some(now) = options.now {
        for check in &mut checks {
            check.terms.now = now;
        }
    }
    let wants_quiet = resolve(command, None, users_own(configuration))
        .output
        .quiet;
    console.announce_configuration(configuration, wants_quiet, texts)?;
    let about = checks.iter().map(|check| Subject {
        domain: &check.terms.domain,
        labels: &check.labels,
    });
    let about: Vec<Subject<'_>> = about.collect();
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &about)?;
    for (place, check) in checks.into_iter().enumerate() {
        publisher.take(place, engine::replay(check));
    }
    publisher.finish()
}
