//! The commands behind the command line, on the writers they are given.

mod fault;
mod files;
mod manual;
mod plan;
mod publish;
mod wait;

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use indicatif::ProgressBar;
use time::OffsetDateTime;
use tokio::runtime::Runtime;

use crate::cli::{Cli, Command, SchemaChoice, completions};
use crate::config::{self, Configuration, Options, Output, ReplayOptions, Settings, Target};
use crate::render::explain::{Form, Topic, write_all};
use crate::render::{Look, json};
use crate::report::Report;
use crate::saved::{self, Unreadable};
use crate::text::{Texts, printable};
use crate::{Error, check};
use publish::Publisher;
use wait::News;

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
            run_check(targets, *options, file, texts, console)
        }
        Command::Plan { domain, options } => plan::run(&domain, *options, file, texts, console),
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
        } => manual::write(&folder),
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

fn run_check(
    mut targets: Vec<Target>,
    options: Options,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    for target in &mut targets {
        target.options = options.clone().or(std::mem::take(&mut target.options));
    }
    let (common, policy) = file.map_or_else(Default::default, |file| {
        (file.options.clone(), file.policy.clone())
    });
    let asked_for_quiet = options.output.quiet;
    let options = options.or(common);
    let settings = Settings::new(&targets, &options, &policy, OffsetDateTime::now_utc())?;
    let quiet = settings.output.quiet;
    name_configuration(file, asked_for_quiet, texts, console)?;
    for plan in settings.plans.iter().filter(|_| !quiet) {
        if plan.input != plan.terms.domain.as_str() {
            let taken = texts.say(
                "input-taken",
                &[
                    ("input", &plan.input),
                    ("domain", plan.terms.domain.as_str()),
                ],
            );
            writeln!(console.err, "xfed: {taken}")?;
        }
    }
    let output = settings.output.clone();
    let mut publisher = Publisher::new(&output, texts, console.look, console.out)?;
    // A line of a report must not end up in the middle of the spinner's.
    let still = quiet || (output.format.is_streamed() && settings.wait.is_none());
    let spinner = (console.watched && !still).then(|| spinner(texts, &settings));
    let mut silence = std::io::sink();
    let err: &mut dyn Write = if quiet { &mut silence } else { console.err };
    let mut news = News::new(texts, err, spinner.as_ref());
    gather(settings, &mut news, &mut publisher)?;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    publisher.finish()
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
    let mut past = saved::read(&document).map_err(|error| Error::Report(file.to_owned(), error))?;
    if let Some(now) = options.now {
        for past in &mut past {
            past.terms.now = now;
        }
    }
    name_configuration(configuration, asked_for_quiet, texts, console)?;
    let mut publisher = Publisher::new(&output, texts, console.look, console.out)?;
    for (place, past) in past.into_iter().enumerate() {
        publisher.take(place, Report::again(past));
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

/// One thread is faster than many for a handful of round trips; crypto is a millisecond a domain.
fn gather(
    settings: Settings,
    news: &mut News<'_>,
    publisher: &mut Publisher<'_>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let equipment = &Arc::new(settings.equipment);
    // Each report with its place, in the order in which the checks end.
    let look = |now| {
        let plans = settings.plans.iter().enumerate();
        let checks = plans.map(move |(place, plan)| {
            check(plan.at(now), Arc::clone(equipment)).map(move |report| (place, report))
        });
        stream::iter(checks).buffer_unordered(settings.jobs)
    };
    let gathered = match settings.wait {
        None => {
            let reports = || look(OffsetDateTime::now_utc());
            publish_as_done(&runtime, reports, publisher);
            Ok(())
        }
        Some(wait) => {
            let look = async |now| {
                let mut reports: Vec<_> = look(now).collect().await;
                reports.sort_by_key(|(place, _)| *place);
                reports.into_iter().map(|(_, report)| report).collect()
            };
            let convention = settings.output.convention();
            let last = runtime.block_on(wait::until_ready(wait, convention, look, news));
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

/// On a thread of their own, because a reader that is slow to take what is written must not hold up
/// the checks that are under way: their limits would run out meanwhile.
fn publish_as_done<S: Stream<Item = (usize, Report)>>(
    runtime: &Runtime,
    reports: impl FnOnce() -> S + Send,
    publisher: &mut Publisher<'_>,
) {
    let (done, taken) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            runtime.block_on(reports().for_each(async |report| {
                // Somebody takes it for as long as there may be more.
                let _ = done.send(report);
            }));
        });
        for (place, report) in taken {
            publisher.take(place, report);
        }
    });
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

impl Error {
    /// The error in the user's language: one line that names the flag or file.
    #[must_use]
    pub fn describe(&self, texts: &Texts) -> String {
        let path = |path: &std::path::Path| printable(&path.display().to_string());
        match self {
            Self::Input(input, error) => {
                let shown: String = input.chars().take(60).collect();
                texts.say(
                    error.code(),
                    &[("input", &shown), ("detail", &error.detail())],
                )
            }
            Self::NoDomain => texts.plain("error-no-domain"),
            Self::DirectNeedsFqdn => texts.plain("error-direct-needs-fqdn"),
            Self::OneDomainOnly(option) => {
                texts.say("error-one-domain-only", &[("option", option)])
            }
            Self::ConnectTo(value) => texts.say("error-connect-to", &[("value", value)]),
            Self::Resolver(value) => texts.say("error-resolver", &[("value", value)]),
            Self::Fqdn(value, _) => texts.say("error-fqdn", &[("value", value)]),
            Self::Authority(value) => texts.say("error-authority", &[("value", value)]),
            Self::Control(value) => texts.say("error-control", &[("value", value)]),
            Self::Config(fault) => fault::describe(fault, texts),
            Self::ReadFile(file, error) => texts.say(
                "error-read-file",
                &[("file", &path(file)), ("reason", &error.to_string())],
            ),
            Self::WriteFile(file, error) => texts.say(
                "error-write-file",
                &[("file", &path(file)), ("reason", &error.to_string())],
            ),
            Self::Pem { file, expected } => texts.say(
                "error-pem",
                &[("file", &path(file)), ("expected", expected)],
            ),
            Self::ClientPair => texts.plain("error-client-pair"),
            Self::ClientMismatch(reason) => {
                texts.say("error-client-mismatch", &[("reason", reason)])
            }
            Self::Report(file, error) => {
                let (id, detail) = match error {
                    Unreadable::NotJson(reason) => ("error-report-not-json", reason.as_str()),
                    Unreadable::Foreign => ("error-report-foreign", ""),
                    Unreadable::Newer { writer } => ("error-report-newer", writer.as_str()),
                    Unreadable::Damaged(reason) => ("error-report-damaged", reason.as_str()),
                };
                let detail: String = detail.chars().take(200).collect();
                texts.say(id, &[("file", &path(file)), ("detail", &detail)])
            }
            Self::UnknownTopic(topic, Some(suggestion)) => texts.say(
                "error-explain-unknown",
                &[("topic", topic), ("suggestion", suggestion)],
            ),
            Self::UnknownTopic(topic, None) => {
                texts.say("error-explain-unknown-plain", &[("topic", topic)])
            }
            Self::ReportOption(value) => texts.say("error-report-option", &[("value", value)]),
            Self::ReportFormat { value, known } => texts.say(
                "error-report-format",
                &[("value", value), ("known", &known.join(", "))],
            ),
            Self::ReportTwice(value) => texts.say("error-report-twice", &[("value", value)]),
            Self::ReportFile(value, error) => texts.say(
                "error-report-file",
                &[("value", value), ("reason", &error.to_string())],
            ),
            Self::Output(error) => error.to_string(),
        }
    }
}
