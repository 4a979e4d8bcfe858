//! `xfed replay`: judges the facts of saved reports again, offline. Of a file with a report a line no
//! more is held than one of them, so that a campaign of a million domains can be judged again, too.

mod documents;
mod left_out;
mod source;
mod stream;

use std::path::Path;

use time::OffsetDateTime;

use self::left_out::LeftOut;
use self::source::Source;
use super::console::{Console, users_own};
use super::error::Error;
use super::file_names::Subject;
use super::publish::Publisher;
use crate::config::{CommandLine, Configuration, Content, Output, ReplayOptions, resolve};
use crate::engine;
use crate::report::{Convention, SavedCheck};
use crate::text::Texts;

const MIB: u64 = 1024 * 1024;

pub(super) fn run(
    file: &Path,
    command: &CommandLine<ReplayOptions>,
    configuration: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let options = resolve(command, None, configuration);
    let now = options.now;
    let output = Output::new(options.output);
    let mut source = Source::open(file)?;
    let wants_quiet = resolve(command, None, users_own(configuration))
        .output
        .quiet;
    console.announce_configuration(configuration, wants_quiet, texts)?;
    let mut left_out = LeftOut::new(file);
    if stream::can(&source, &output) {
        let redact = output.redact;
        let again = stream::Again { now, redact };
        return stream::run(source, again, &output, left_out, texts, console);
    }
    let checks = if source.is_lines() {
        all_at_once(file, &mut source, &output, &mut left_out, texts, console)?
    } else {
        source.read_whole()?
    };
    publish(checks, now, &output, &left_out, texts, console)
}

/// The reports of a file with a report a line, as far as their lines can be read.
fn all_at_once(
    file: &Path,
    source: &mut Source,
    output: &Output,
    left_out: &mut LeftOut<'_>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<Vec<SavedCheck>, Error> {
    let most = Content::Reports.most();
    let (mut checks, mut held) = (Vec::new(), 0);
    for document in source.documents()? {
        let document = document?;
        held += document.text.len() as u64;
        if held > most * MIB {
            let file = file.to_owned();
            return Err(Error::ManyReports { file, most });
        }
        match document.read() {
            Ok(read) => checks.extend(read),
            // A plugin prints one thing: the result, or that it could not do its work.
            Err(fault) if output.convention() == Convention::Plugin => {
                return Err(left_out.error(document.line, fault));
            }
            Err(fault) => left_out.take(document.line, fault, texts, console.err)?,
        }
    }
    Ok(checks)
}

fn publish(
    mut checks: Vec<SavedCheck>,
    now: Option<OffsetDateTime>,
    output: &Output,
    left_out: &LeftOut<'_>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    if let Some(now) = now {
        for check in &mut checks {
            check.terms.now = now;
        }
    }
    let about = checks.iter().map(|check| Subject {
        domain: &check.terms.domain,
        labels: &check.labels,
    });
    let about: Vec<Subject<'_>> = about.collect();
    let mut publisher = Publisher::new(output, texts, console.look, console.out, &about)?;
    if left_out.any() {
        publisher.cut_short();
    }
    let count = checks.len();
    for (place, check) in checks.into_iter().enumerate() {
        publisher.take(place, engine::replay(check));
    }
    let code = publisher.finish()?;
    left_out.end(count, texts, console.err)?;
    Ok(code)
}
