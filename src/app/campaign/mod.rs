//! `xfed check` over a list that nobody wants to keep in memory: targets are read as they are worked
//! off, each report is written as soon as its check has ended, and then forgotten.
//!
//! Three threads, joined by channels that hold little: one reads the targets, one begins the checks,
//! and this one writes what comes of them. A slow reader of the output slows the reading of the list.

mod intake;
mod results;
mod tally;
mod writing;

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use self::intake::{Came, Counts, Intake};
use self::results::Results;
use self::writing::{Setting, Writing};
use super::asked::Asked;
use super::console::Console;
use super::crew::{Jobs, threads_for};
use super::error::Error;
use super::interrupt::Interruption;
use super::progress::Line;
use crate::config::{self, CampaignOptions, Sources};

/// How often it is said how far it is, and the longest that a line waits to be written.
const TICK: Duration = Duration::from_secs(1);

/// The exit code of a run that somebody ended, and that can be gone on with.
const INTERRUPTED: u8 = 3;

pub(super) fn run(
    sources: Sources,
    options: &CampaignOptions,
    asked: Asked<'_>,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let planner = &asked.settings.planner;
    let all = sources.look_through(|target| planner.plan(target).map(drop))?;
    match all {
        Some(0) => return Err(config::Error::NoDomain.into()),
        Some(1) => {}
        _ => planner.fit_several_domains()?,
    }
    asked.announce(console)?;
    let Asked {
        settings, texts, ..
    } = asked;
    let planner = &settings.planner;
    let quiet = settings.output.quiet;
    for target in sources.named().iter().filter(|_| !quiet) {
        console.announce_domain(&target.input, target.domain.as_str(), texts)?;
    }
    let jobs = Jobs::new(settings.jobs, all);
    if let Some(limit) = jobs.limit.filter(|_| !quiet) {
        console.announce_few_files(jobs.first, limit, texts)?;
    }
    let convention = settings.output.convention();
    let fingerprint = planner.fingerprint()?;
    let mut results = match &options.out {
        None => Results::to(console.out),
        Some(out) => Results::of_file(out, options.resume, fingerprint, convention)?,
    };
    let (known, earlier) = results.take_earlier();
    // Where that cannot be done, Ctrl-C ends everything, as ever.
    let interruption = &Interruption::listen().unwrap_or_default();
    let counts = Arc::new(Counts::default());
    let watched = console.watched.filter(|_| !quiet);
    let line = watched.map(|signs| Line::counting(all, signs, texts));
    let setting = Setting {
        texts,
        convention,
        options: fingerprint,
        counts: Arc::clone(&counts),
        all,
        line,
        stats: options.stats.as_deref(),
    };
    let mut writing = Writing::begin(setting, results, &earlier)?;
    let intake = Intake {
        planner,
        shared: Arc::new(settings.shared),
        jobs,
        shard: options.shard,
        retry: options.retry.unwrap_or_default(),
        known,
        redact: settings.output.redact,
        counts,
        // What a file holds is gone on with; on a pipe whoever reads it wants the end.
        drains: options.out.is_some(),
    };
    let read = work_off(sources, intake, interruption, &mut writing);
    let signal = interruption.by();
    let ended = writing.finish(signal.is_some());
    read?;
    let code = ended?;
    let is_whole = writing.is_whole();
    if writing.read() == 0 && signal.is_none() && is_whole {
        return Err(config::Error::NoDomain.into());
    }
    let (done, all) = (writing.written(), all.unwrap_or_else(|| writing.read()));
    let summary = options.out.as_ref().map(|out| writing.summary(out));
    drop(writing);
    let Some(summary) = summary else {
        return match signal {
            Some(signal) if !is_whole => {
                console.announce_interruption(done, all, texts)?;
                Ok(signal.exit_code())
            }
            _ => Ok(code),
        };
    };
    for line in summary.iter().filter(|_| !quiet) {
        console.announce(line)?;
    }
    if signal.is_some() {
        console.announce(&texts.plain("campaign-interrupted"))?;
        return Ok(INTERRUPTED);
    }
    Ok(code)
}

/// Has all targets checked, and writes here what comes of them.
fn work_off(
    sources: Sources,
    intake: Intake<'_>,
    interruption: &Interruption,
    writing: &mut Writing<'_>,
) -> Result<(), Error> {
    let runtime = threads_for(writing.all())?;
    let (sender, came) = mpsc::channel();
    let enough = &Notify::new();
    let ended = thread::scope(|scope| {
        let running = &runtime;
        let working = scope.spawn(move || {
            running.block_on(async {
                tokio::select! {
                    read = intake.work_off(sources.stream(), interruption, sender) => read,
                    () = enough.notified() => Ok(()),
                }
            })
        });
        let written = write(&came, writing);
        drop(came);
        enough.notify_one();
        let read = working
            .join()
            .expect("a check that panics has ended the program");
        written.and(read)
    });
    // A resolver library or a certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    ended
}

/// Writes what comes, until nothing more does or nobody wants it.
fn write(came: &mpsc::Receiver<Came>, writing: &mut Writing<'_>) -> Result<(), Error> {
    let mut ticked = Instant::now();
    loop {
        let next = match came.try_recv() {
            Ok(came) => Ok(came),
            Err(mpsc::TryRecvError::Disconnected) => return Ok(()),
            // Nothing more for now: what there is goes out.
            Err(mpsc::TryRecvError::Empty) => {
                writing.flush()?;
                came.recv_timeout(TICK.saturating_sub(ticked.elapsed()))
            }
        };
        match next {
            Ok(came) => writing.take(came)?,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if ticked.elapsed() >= TICK {
            writing.flush()?;
            writing.tick()?;
            ticked = Instant::now();
        }
        if !writing.is_wanted() {
            return Ok(());
        }
    }
}
