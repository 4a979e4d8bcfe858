//! `xfed check`: echoes the domain it understood, runs the checks (repeatedly with `--wait`) and
//! publishes the reports.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::{Stream, StreamExt, stream};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use super::archive::Archive;
use super::console::{Console, users_own};
use super::error::Error;
use super::file_names::Subject;
use super::here;
use super::interrupt::{Interruption, Signal};
use super::open_files;
use super::progress::Line;
use super::publish::Publisher;
use super::wait;
use crate::config::{CommandLine, Comparison, Configuration, Options, Settings, Target, resolve};
use crate::engine;
use crate::judge::STEPS;
use crate::report::Report;
use crate::text::Texts;

pub(super) fn run(
    targets: &[Target],
    since: Option<&Path>,
    command: &CommandLine<Options>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let settings = Settings::new(targets, command, file, OffsetDateTime::now_utc())?;
    let quiet = settings.output.quiet;
    let since = since.map(|since| older(since, command, file)).transpose()?;
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
    let mut settings = Settings {
        jobs: room.jobs,
        ..settings
    };
    // Whose way out it is matters only where that is the question.
    for plan in settings.plans.iter_mut().filter(|plan| plan.terms.partner) {
        plan.here = Some(here::look());
    }
    let output = settings.output.clone();
    let about = settings.plans.iter().map(|plan| Subject {
        domain: &plan.terms.domain,
        labels: &plan.labels,
    });
    let about: Vec<Subject<'_>> = about.collect();
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &about)?;
    if let Some((archive, wanted)) = since {
        publisher.compare_with(archive, wanted);
    }
    let watched = console.watched.filter(|_| !quiet);
    let line =
        watched.map(|signs| Line::start(&settings.plans, settings.wait.is_some(), signs, texts));
    let mut silence = io::sink();
    let err: &mut dyn Write = if quiet { &mut silence } else { console.err };
    let mut run = Run {
        // Where that cannot be done, Ctrl-C ends everything, as ever.
        interruption: Interruption::listen().unwrap_or_default(),
        waiting: wait::Progress::new(texts, err, line.as_ref()),
        line: line.clone(),
    };
    let all = settings.plans.len();
    let ended = gather(settings, &mut run, &mut publisher)?;
    if let Some(line) = line {
        line.end();
    }
    match ended {
        Ended::ByItself => publisher.finish(),
        Ended::By { signal, done } => {
            let code = publisher.finish_part(done, all)?;
            console.announce_interruption(done, all, texts)?;
            Ok(code.unwrap_or(signal.exit_code()))
        }
    }
}

/// What is compared with, read before anything is probed.
fn older(
    since: &Path,
    command: &CommandLine<Options>,
    file: Option<&Configuration>,
) -> Result<(Archive, Comparison), Error> {
    let wanted = Comparison::of_check(&resolve(command, None, file).output)?;
    Ok((Archive::open(since)?, wanted))
}

/// What goes on beside the checks.
struct Run<'a> {
    interruption: Interruption,
    waiting: wait::Progress<'a>,
    line: Option<Line>,
}

/// How the checks ended.
enum Ended {
    ByItself,
    /// Somebody wanted the end, when so many domains were done.
    By {
        signal: Signal,
        done: usize,
    },
}

impl Ended {
    fn of(interruption: &Interruption, done: usize, all: usize) -> Self {
        match interruption.by() {
            Some(signal) if done < all => Self::By { signal, done },
            _ => Self::ByItself,
        }
    }
}

/// One thread is faster than many for a handful of round trips. From so many domains on the others pay:
/// crypto is most of a millisecond a domain.
const MANY: usize = 16;

fn threads_for(domains: usize) -> io::Result<Runtime> {
    let mut builder = if domains < MANY {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    builder.enable_all().build()
}

fn gather(
    settings: Settings,
    run: &mut Run<'_>,
    publisher: &mut Publisher<'_>,
) -> Result<Ended, Error> {
    let runtime = threads_for(settings.plans.len())?;
    let shared = &Arc::new(settings.shared);
    let all = settings.plans.len();
    // Each report with its place, in the order in which the checks end.
    let look = |now| {
        let plans = settings.plans.iter().enumerate();
        let checks = plans.map(move |(place, plan)| {
            let check = engine::run(&STEPS, Arc::new(plan.at(now)), Arc::clone(shared));
            async move { (place, on_any_thread(check).await) }
        });
        stream::iter(checks).buffer_unordered(settings.jobs)
    };
    let gathered = match settings.wait {
        None => {
            let reports = || look(OffsetDateTime::now_utc());
            let done = publish_as_done(&runtime, reports, run, publisher);
            if done < all {
                publisher.cut_short();
            }
            Ok(Ended::of(&run.interruption, done, all))
        }
        Some(wait) => {
            // Filled as the checks of a look end, so that it holds what there is at any time.
            let done = RefCell::new(Vec::new());
            let look = async |now| {
                done.borrow_mut().clear();
                let keep = async |report| done.borrow_mut().push(report);
                look(now).for_each(keep).await;
                in_order(done.borrow().clone())
            };
            let convention = settings.output.convention();
            let (interruption, waiting) = (&run.interruption, &mut run.waiting);
            let waited = wait::until_ready(wait, convention, look, interruption, waiting);
            runtime.block_on(waited).map(|last| {
                let reports = last.unwrap_or_else(|| in_order(done.take()));
                let count = reports.len();
                for (place, report) in reports.into_iter().enumerate() {
                    publisher.take(place, report);
                }
                match run.interruption.by() {
                    Some(signal) => Ended::By {
                        signal,
                        done: count,
                    },
                    None => Ended::ByItself,
                }
            })
        }
    };
    // A resolver library or a certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    gathered
}

/// Left alone, all checks would take turns on one thread.
async fn on_any_thread(check: impl Future<Output = Report> + Send + 'static) -> Report {
    match tokio::spawn(check).await {
        Ok(report) => report,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

fn in_order(mut reports: Vec<(usize, Report)>) -> Vec<Report> {
    reports.sort_by_key(|(place, _)| *place);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// Runs the checks on a thread of their own: a slow reader of the output must not hold them up, or
/// their limits would run out meanwhile. Once nobody takes the reports any more, or somebody wants
/// the end, nothing further is checked. Returns how many were taken.
fn publish_as_done<S: Stream<Item = (usize, Report)>>(
    runtime: &Runtime,
    reports: impl FnOnce() -> S + Send,
    run: &mut Run<'_>,
    publisher: &mut Publisher<'_>,
) -> usize {
    let (done, taken) = mpsc::channel();
    let enough = &Notify::new();
    let interruption = &run.interruption;
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
                    () = interruption.come() => {}
                }
            };
            runtime.block_on(checking);
        });
        for (place, report) in taken {
            match &mut run.line {
                Some(line) => {
                    line.count(&report);
                    line.aside(|| publisher.take(place, report));
                }
                None => publisher.take(place, report),
            }
            count += 1;
            if !publisher.wants_more() {
                enough.notify_one();
                break;
            }
        }
    });
    count
}
