//! `xfed plan --zone`: judges a zone file before it is published.

use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use super::console::Console;
use super::error::Error;
use super::file_names::Subject;
use super::publish::Publisher;
use crate::config::setup::SetupOptions;
use crate::config::zone::{ZoneCheck, read};
use crate::config::{CommandLine, Configuration, Target};
use crate::engine;
use crate::judge::STEPS;
use crate::text::Texts;

pub(super) fn run(
    path: &Path,
    targets: &[Target],
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let check = read(path, targets, command, file, OffsetDateTime::now_utc())?;
    let ZoneCheck {
        plan,
        shared,
        output,
        is_origin_assumed,
    } = check;
    console.announce_configuration(file, None, texts)?;
    console.announce_left_out(file, texts)?;
    let domain = plan.terms.domain.as_str();
    if !output.quiet {
        console.announce_domain(&plan.input, domain, texts)?;
        if is_origin_assumed {
            console.announce_origin(path, domain, texts)?;
        }
    }
    let about = [Subject {
        domain: &plan.terms.domain,
        labels: &plan.labels,
    }];
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &about)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let judging = engine::run(&STEPS, Arc::new(plan), Arc::new(shared));
    publisher.take(0, runtime.block_on(judging));
    publisher.finish()
}
