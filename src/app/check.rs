//! `xfed check`: echoes the domain it understood, runs the checks (repeatedly with `--wait`) and
//! publishes the reports.

use std::io::Write;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use indicatif::ProgressBar;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::console::{Console, users_own};
use super::error::Error;
use super::open_files;
use super::publish::Publisher;
use super::wait::{self, Progress};
use crate::config::{CommandLine, Configuration, Options, Settings, Target, resolve};
use crate::engine;
use crate::judge::STEPS;
use crate::report::Report;
use crate::text::Texts;

pub(super) fn run(
    targets: &[Target],
    command: &CommandLine<Options>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let settings = Settings::new(targets, command, file, OffsetDateTime::now_utc())?;
    let quiet = settings.output.quiet;
    let wants_quiet = resolve(command, None, users_own(file)).output.quiet;
    console.announce_configuration(file, wants_quiet, texts)?;
    console.announce_left_out(file, texts)?;
    for plan in settings.plans.iter().filter(|_| !quiet) {
        console.announce_domain(&plan.input, plan.terms.domain.as_str(), texts)?;
    }
    let room = open_files::make(settings.jobs.min(settings.plans.len()));
    if let Some(limit) = room.limit.filter(|_| room.jobs < settings.jobs && !quiet) {
        console.announce_few_files(room.jobs, limit, texts)?;
    }
    let settings = Settings {
        jobs: room.jobs,
        ..settings
    };
    let output = settings.output.clone();
    let mut publisher = Publisher::new(&output, texts, console.look, console.out)?;
    // A line of a report must not end up in the middle of the spinner's.
    let no_spinner = quiet || (output.format.is_streamed() && settings.wait.is_none());
    let spinner = (console.watched && !no_spinner).then(|| spinner(texts, &settings));
    let mut silence = std::io::sink();
    let err: &mut dyn Write = if quiet { &mut silence } else { console.err };
    let mut progress = Progress::new(texts, err, spinner.as_ref());
    gather(settings, &mut progress, &mut publisher)?;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    publisher.finish()
}

/// One thread is faster than many for a handful of round trips; crypto is a millisecond a domain.
fn gather(
    settings: Settings,
    progress: &mut Progress<'_>,
    publisher: &mut Publisher<'_>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let shared = &Arc::new(settings.shared);
    // Each report with its place, in the order in which the checks end.
    let look = |now| {
        let plans = settings.plans.iter().enumerate();
        let checks = plans.map(move |(place, plan)| {
            let check = engine::run(&STEPS, Arc::new(plan.at(now)), Arc::clone(shared));
            check.map(move |report| (place, report))
        });
        stream::iter(checks).buffer_unordered(settings.jobs)
    };
    let gathered = match settings.wait {
        None => {
            let reports = || look(OffsetDateTime::now_utc());
            let count = publish_as_done(&runtime, reports, publisher);
            if count < settings.plans.len() {
                publisher.cut_short();
            }
            Ok(())
        }
        Some(wait) => {
            let look = async |now| {
                let mut reports: Vec<_> = look(now).collect().await;
                reports.sort_by_key(|(place, _)| *place);
                reports.into_iter().map(|(_, report)| report).collect()
            };
            let convention = settings.output.convention();
            let last = runtime.block_on(wait::until_ready(wait, convention, look, progress));
            last.map(|reports| {
                for (place, report) in reports.into_iter().enumerate() {
                    publisher.take(place, report);
                }
            })
        }
    };
    // A resolver library or a certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    gathered
}

/// Runs the checks on a thread of their own: a slow reader of the output must not hold them up, or
/// their limits would run out meanwhile. Once nobody takes the reports any more, nothing further is
/// checked. Returns how many were taken.
fn publish_as_done<S: Stream<Item = (usize, Report)>>(
    runtime: &Runtime,
    reports: impl FnOnce() -> S + Send,
    publisher: &mut Publisher<'_>,
) -> usize {
    let (done, taken) = mpsc::channel();
    let enough = &Notify::new();
    let mut count = 0;
    thread::scope(|scope| {
        scope.spawn(move || {
            let checking = async {
                let checks = reports().for_each(async |report| {
                    // Fails when the rest is not wanted: then this ends anyway.
                    let _ = done.send(report);
                });
                tokio::select! {
                    () = checks => {}
                    () = enough.notified() => {}
                }
            };
            runtime.block_on(checking);
        });
        for (place, report) in taken {
            publisher.take(place, report);
            count += 1;
            if !publisher.wants_more() {
                enough.notify_one();
                break;
            }
        }
    });
    count
}

fn spinner(texts: &Texts, settings: &Settings) -> ProgressBar {
    let domains: Vec<&str> = settings
        .plans
        .iter()
        .map(|plan| plan.terms.domain.as_str())
        .collect();
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(texts.say("progress-checking", &[("domain", &domains.join(", "))]));
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    spinner
}
