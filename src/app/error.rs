//! What went wrong with a run, in the user's language. What is wrong with a server is never an
//! error: that is the result.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::config;
use crate::report::saved::Unreadable;
use crate::serve::StoreError;
use crate::text::{Lang, Precision, Texts, printable, time_of_day};

/// A run that cannot begin, or whose result cannot be written.
#[derive(Debug)]
pub enum Error {
    /// The options or the configuration file cannot be used.
    Config(config::Error),
    /// A file is not a report that can be judged again.
    Report(PathBuf, Unreadable),
    /// What begins in this line of a file is not one.
    ReportOfLine {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Why.
        error: Unreadable,
    },
    /// Whoever wrote this line was ended in the middle.
    TornReport {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// This line is longer than a report can be.
    LongReport {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// More reports than can be held.
    ManyReports {
        /// The file.
        file: PathBuf,
        /// The most that is read of it, in MiB.
        most: u64,
    },
    /// What is to be the evidence for a pair is no report of a test partner.
    NoEvidence(PathBuf),
    /// It was made at this moment, which is still to come.
    FutureEvidence(PathBuf, OffsetDateTime),
    /// It is about a domain that is neither of the two.
    OtherEvidence {
        /// The file.
        file: PathBuf,
        /// The domain that called, or that was to call.
        domain: String,
        /// The two, as a text has them.
        pair: [String; 2],
    },
    /// Nothing of this name can be explained; the nearest name that can.
    UnknownTopic(String, Option<String>),
    /// A file, or the directory for it, cannot be written.
    WriteFile(PathBuf, io::Error),
    /// Two times `--report` into one file.
    ReportTwice(String),
    /// The name of a report holds a label that a domain lacks.
    ReportLabel {
        /// The argument of `--report`.
        value: String,
        /// The domain.
        domain: String,
        /// The label.
        label: String,
    },
    /// Where a report made of a pattern would go, there is a link.
    ReportLink(String),
    /// A file for a report cannot be written.
    ReportFile(String, io::Error),
    /// The file that results are to be added to holds something, and nobody said to go on.
    ResultsThere(PathBuf),
    /// A line of that file is of a run with other options.
    OtherOptions(PathBuf, usize),
    /// A line of that file is none that a run can go on behind.
    NoResult(PathBuf, usize),
    /// The file of `--store` cannot be used.
    Store(PathBuf, StoreError),
    /// Nothing can be listened to there.
    Listen(String, io::Error),
    /// A test partner cannot listen there.
    Bind(SocketAddr, io::Error),
    /// The output cannot be written.
    Output(io::Error),
    /// The run was ended when so many of so many domains were done.
    Interrupted {
        /// Those that were checked.
        done: usize,
        /// All of them.
        all: usize,
    },
}

impl Error {
    /// One line in the user's language that names the option or file.
    pub fn describe(&self, texts: &Texts) -> String {
        match self {
            Self::Config(error) => error.describe(texts),
            Self::Report(file, error) => describe_unreadable(&shown(file), error, texts),
            Self::ReportOfLine { file, line, error } => {
                describe_unreadable(&place(file, *line, texts), error, texts)
            }
            Self::TornReport { file, line } => {
                texts.say("error-report-torn", &[("file", &place(file, *line, texts))])
            }
            Self::LongReport { file, line } => {
                texts.say("error-report-long", &[("file", &place(file, *line, texts))])
            }
            Self::ManyReports { file, most } => texts.say(
                "error-reports-too-many",
                &[("file", &shown(file)), ("most", &most.to_string())],
            ),
            Self::NoEvidence(file) => texts.say("error-no-evidence", &[("file", &shown(file))]),
            Self::FutureEvidence(file, made_at) => texts.say(
                "error-future-evidence",
                &[
                    ("file", &shown(file)),
                    ("date", &texts.date(*made_at)),
                    ("time", &time_of_day(*made_at, Precision::Minutes)),
                ],
            ),
            Self::OtherEvidence { file, domain, pair } => {
                let [one, other] = pair;
                let file = shown(file);
                texts.say(
                    "error-other-evidence",
                    &[
                        ("file", &file),
                        ("domain", domain),
                        ("one", one),
                        ("other", other),
                    ],
                )
            }
            Self::UnknownTopic(topic, Some(suggestion)) => texts.say(
                "error-explain-unknown",
                &[("topic", topic), ("suggestion", suggestion)],
            ),
            Self::UnknownTopic(topic, None) => {
                texts.say("error-explain-unknown-plain", &[("topic", topic)])
            }
            Self::WriteFile(file, error) => texts.say(
                "error-write-file",
                &[("file", &shown(file)), ("reason", &error.to_string())],
            ),
            Self::ReportTwice(value) => texts.say("error-report-twice", &[("value", value)]),
            Self::ReportLabel {
                value,
                domain,
                label,
            } => texts.say(
                "error-report-label",
                &[("value", value), ("domain", domain), ("label", label)],
            ),
            Self::ReportLink(value) => texts.say("error-report-link", &[("value", value)]),
            Self::ReportFile(value, error) => texts.say(
                "error-report-file",
                &[("value", value), ("reason", &error.to_string())],
            ),
            Self::ResultsThere(file) => texts.say("error-results-there", &[("file", &shown(file))]),
            Self::OtherOptions(file, line) => {
                describe_line("error-other-options", file, *line, texts)
            }
            Self::NoResult(file, line) => describe_line("error-no-result", file, *line, texts),
            Self::Interrupted { done, all } => describe_interruption(*done, *all, texts),
            Self::Store(file, error) => {
                let why = match error {
                    StoreError::Foreign => "foreign",
                    StoreError::Newer => "newer",
                    StoreError::Sqlite(_) | StoreError::Crashed => "other",
                };
                let (file, detail) = (shown(file), error.to_string());
                texts.say(
                    "error-store-open",
                    &[("file", &file), ("why", why), ("detail", &detail)],
                )
            }
            Self::Listen(listen, error) => match error.kind() {
                io::ErrorKind::NotConnected => texts.plain("error-listen-systemd"),
                _ => texts.say(
                    "error-listen",
                    &[("listen", listen), ("reason", &error.to_string())],
                ),
            },
            Self::Bind(address, error) => texts.say(
                "error-bind",
                &[
                    ("address", &address.to_string()),
                    ("reason", &error.to_string()),
                ],
            ),
            Self::Output(error) => texts.say("error-output", &[("reason", &error.to_string())]),
        }
    }
}

fn describe_interruption(done: usize, all: usize, texts: &Texts) -> String {
    let id = match done {
        0 => "interrupted-at-once",
        _ if done == all => "interrupted-waiting",
        _ => "interrupted",
    };
    let (done, all) = (done.to_string(), all.to_string());
    texts.say(id, &[("done", &done), ("all", &all)])
}

fn describe_line(id: &str, file: &Path, line: usize, texts: &Texts) -> String {
    let line = line.to_string();
    texts.say(id, &[("file", &shown(file)), ("line", &line)])
}

fn place(file: &Path, line: usize, texts: &Texts) -> String {
    describe_line("error-report-place", file, line, texts)
}

fn describe_unreadable(file: &str, error: &Unreadable, texts: &Texts) -> String {
    let (id, detail) = match error {
        Unreadable::BadLine { number, why } => {
            let number = number.to_string();
            let why: String = why.chars().take(200).collect();
            return texts.say(
                "error-report-line",
                &[("file", file), ("line", &number), ("detail", &why)],
            );
        }
        Unreadable::Refused { line, why } => {
            let (line, why) = (printable(line), printable(why));
            let args = [("file", file), ("text", &line), ("why", &why)];
            return texts.say("error-report-refused", &args);
        }
        Unreadable::NotJson(reason) => ("error-report-not-json", reason.as_str()),
        Unreadable::Foreign => ("error-report-foreign", ""),
        Unreadable::Newer { writer } => ("error-report-newer", writer.as_str()),
        Unreadable::Damaged(reason) => ("error-report-damaged", reason.as_str()),
    };
    let detail: String = detail.chars().take(200).collect();
    texts.say(id, &[("file", file), ("detail", &detail)])
}

fn shown(file: &Path) -> String {
    printable(&file.display().to_string())
}

impl From<config::Error> for Error {
    fn from(error: config::Error) -> Self {
        Self::Config(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// In English.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(&Texts::new(Lang::En)))
    }
}

impl std::error::Error for Error {}
