//! `xfed check`: echoes the domain it understood, runs the checks (repeatedly with `--wait`) and
//! publishes the reports.

use std::cell::RefCell;
use std::io::{self, Write};
use std::panic;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::{StreamExt, stream};
use tokio::sync::Notify;

use super::asked::Asked;
use super::console::Console;
use super::crew::{Crew, Jobs, threads_for};
use super::error::Error;
use super::file_names::Subject;
use super::here;
use super::interrupt::{Interruption, Signal};
use super::progress::Line;
use super::publish::Publisher;
use super::wait;
use crate::config::{Target, Wait};
use crate::engine;
use crate::judge::STEPS;
use crate::model::plan::Plan;
use crate::probe::shared::Shared;
use crate::report::Report;

pub(super) fn run(
    targets: &[Target],
    asked: Asked<'_>,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let mut plans = asked.settings.planner.plans(targets)?;
    let since = asked.older()?;
    asked.announce(console)?;
    let Asked {
        settings, texts, ..
    } = asked;
    let quiet = settings.output.quiet;
    for plan in plans.iter().filter(|_| !quiet) {
        console.announce_domain(&plan.input, plan.terms.domain.as_str(), texts)?;
    }
    let jobs = Jobs::new(settings.jobs, Some(plans.len()));
    if let Some(limit) = jobs.limit.filter(|_| !quiet) {
        console.announce_few_files(jobs.first, limit, texts)?;
    }
    // Whose way out it is matters only where that is the question.
    for plan in plans.iter_mut().filter(|plan| plan.terms.partner) {
        plan.here = Some(here::look());
    }
    let output = &settings.output;
    let about = plans.iter().map(|plan| Subject {
        domain: &plan.terms.domain,
        labels: &plan.labels,
    });
    let about: Vec<Subject<'_>> = about.collect();
    let mut publisher = Publisher::new(output, texts, console.look, console.out, &about)?;
    if let Some((archive, wanted)) = since {
        publisher.compare_with(archive, wanted);
    }
    let watched = console.watched.filter(|_| !quiet);
    let line = watched.map(|signs| Line::start(&plans, settings.wait.is_some(), signs, texts));
    let mut silence = io::sink();
    let err: &mut dyn Write = if quiet { &mut silence } else { console.err };
    let mut run = Run {
        // Where that cannot be done, Ctrl-C ends everything, as ever.
        interruption: Interruption::listen().unwrap_or_default(),
        waiting: wait::Progress::new(texts, err, line.as_ref()),
        line: line.clone(),
    };
    let all = plans.len();
    let checks = Checks {
        plans,
        shared: Arc::new(settings.shared),
        jobs,
    };
    let ended = match settings.wait {
        None => once(checks, &mut run, &mut publisher)?,
        Some(wait) => until_ready(checks, wait, &mut run, &mut publisher)?,
    };
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

/// What is to be checked.
struct Checks {
    plans: Vec<Plan>,
    shared: Arc<Shared>,
    jobs: Jobs,
}

/// Runs the checks on a thread of their own: a slow reader of the output must not hold them up, or
/// their limits would run out meanwhile. Once nobody takes the reports any more, or somebody wants
/// the end, nothing further is checked.
fn once(checks: Checks, run: &mut Run<'_>, publisher: &mut Publisher<'_>) -> Result<Ended, Error> {
    let all = checks.plans.len();
    let runtime = threads_for(Some(all))?;
    let (done, taken) = mpsc::channel();
    let enough = &Notify::new();
    let interruption = &run.interruption;
    let mut count = 0;
    thread::scope(|scope| {
        let running = &runtime;
        scope.spawn(move || {
            let checking = async {
                let mut crew = Crew::new(checks.shared, checks.jobs);
                tokio::select! {
                    () = each(checks.plans, &mut crew, done) => {}
                    () = enough.notified() => {}
                    () = interruption.come() => {}
                }
                crew.abandon().await;
            };
            running.block_on(checking);
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
    // A resolver library or a certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    if count < all {
        publisher.cut_short();
    }
    Ok(Ended::of(&run.interruption, count, all))
}

/// Hands over each report with its place, in the order in which the checks end.
async fn each(plans: Vec<Plan>, crew: &mut Crew, done: mpsc::Sender<(usize, Report)>) {
    for (place, plan) in plans.into_iter().enumerate() {
        crew.room().await;
        let done = done.clone();
        crew.start(&plan, move |report, _| {
            // Fails when the rest is not wanted: then this ends anyway.
            let _ = done.send((place, report));
        });
    }
    crew.finish().await;
}

fn until_ready(
    checks: Checks,
    wait: Wait,
    run: &mut Run<'_>,
    publisher: &mut Publisher<'_>,
) -> Result<Ended, Error> {
    let Checks {
        plans,
        shared,
        jobs,
    } = checks;
    let runtime = threads_for(Some(plans.len()))?;
    let look = |now| {
        let plans = plans.iter().enumerate();
        let shared = &shared;
        let checks = plans.map(move |(place, plan)| {
            let check = engine::run(&STEPS, Arc::new(plan.at(now)), Arc::clone(shared));
            async move { (place, on_any_thread(check).await) }
        });
        stream::iter(checks).buffer_unordered(jobs.first)
    };
    // Filled as the checks of a look end, so that it holds what there is at any time.
    let done = RefCell::new(Vec::new());
    let look = async |now| {
        done.borrow_mut().clear();
        let keep = async |report| done.borrow_mut().push(report);
        look(now).for_each(keep).await;
        in_order(done.borrow().clone())
    };
    let convention = publisher.convention();
    let (interruption, waiting) = (&run.interruption, &mut run.waiting);
    let waited = wait::until_ready(wait, convention, look, interruption, waiting);
    let last = runtime.block_on(waited);
    runtime.shutdown_background();
    let reports = last?.unwrap_or_else(|| in_order(done.take()));
    let count = reports.len();
    for (place, report) in reports.into_iter().enumerate() {
        publisher.take(place, report);
    }
    Ok(match run.interruption.by() {
        Some(signal) => Ended::By {
            signal,
            done: count,
        },
        None => Ended::ByItself,
    })
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
