//! Federation readiness for XPhone Connect Server: the vendor's six-step checklist as independent
//! probes, judged, explained, and right.
//!
//! Data flows one way. [`config`] turns options into a `Plan`; the probes in [`probe`] turn
//! the network into [`facts`]; the judges in [`judge`] turn facts into findings, as pure functions;
//! [`engine`] runs them side by side; [`report`] holds rows, verdict and exit code; [`text`] and
//! [`render`] make something of it that people and machines can read.
//!
//! The program is all there is to use: nothing in here is promised to other crates. What the test
//! suite, the example and the fuzz targets look at is in `internals`.

pub(crate) mod app;
pub(crate) mod cli;
pub(crate) mod config;
pub(crate) mod engine;
pub(crate) mod facts;
pub(crate) mod judge;
pub(crate) mod known;
pub(crate) mod model;
pub(crate) mod pki;
pub(crate) mod probe;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod setup;
pub(crate) mod text;
pub(crate) mod wire;

pub use app::main;

/// What the test suite, the example and the fuzz targets use of the inside.
#[doc(hidden)]
pub mod internals {
    pub use crate::app::{Console, run};
    pub use crate::cli::Cli;
    pub use crate::config::{ColorChoice, Configuration, Options, Settings};
    pub use crate::facts::*;
    pub use crate::judge::{Judge, STEPS, all_rules};
    pub use crate::known::ms_diagnostics::DIAGNOSTICS;
    pub use crate::model::finding::{NOT_JUDGED, StepId};
    pub use crate::model::names::{Domain, Fqdn};
    pub use crate::model::plan::{FEDERATION_PORT, Terms};
    pub use crate::model::policy::Policy;
    pub use crate::pki::ocsp::judge as judge_staple;
    pub use crate::pki::roots::Roots;
    pub use crate::pki::x509::{Certificate, read_name};
    pub use crate::render::Look;
    pub use crate::report::{Report, Row, SavedCheck, saved};
    pub use crate::text::{Lang, Texts, is_harmful, printable};
    pub use crate::wire::hello;
    pub use crate::wire::sip::{Received, read_headers, read_response};
}

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use config::Fault;
use model::names::InputError;
use model::plan::Plan;
use probe::shared::Shared;
use report::Report;
use report::saved::Unreadable;

/// A run that cannot begin or whose result cannot be written. What is wrong with a server is never
/// an error: that is the result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This input is no domain or host name.
    #[error("{0:?} is no domain: {1}")]
    Input(String, #[source] InputError),
    /// No domain was given.
    #[error("no domain given")]
    NoDomain,
    /// `--direct` without `--fqdn`.
    #[error("--direct needs --fqdn")]
    DirectNeedsFqdn,
    /// An option that goes with one domain only.
    #[error("{0} goes with one domain only")]
    OneDomainOnly(&'static str),
    /// `--connect-to` is not `[IP=]ADDR[:PORT]`.
    #[error("--connect-to {0:?}: expected [IP=]ADDR[:PORT]")]
    ConnectTo(String),
    /// `--resolver` is neither `system` nor an address, nor one of the URLs.
    #[error(
        "--resolver {0:?}: expected system, IP[:PORT], tls://IP[:PORT][#NAME] or https://HOST[:PORT]/dns-query"
    )]
    Resolver(String),
    /// `--fqdn` is no host name of at least two labels.
    #[error("--fqdn {0:?}: {1}")]
    Fqdn(String, #[source] InputError),
    /// `--authority` is not `IP[:PORT]`.
    #[error("--authority {0:?}: expected IP[:PORT]")]
    Authority(String),
    /// `--control` is not `HOST[:PORT]`.
    #[error("--control {0:?}: expected HOST[:PORT]")]
    Control(String),
    /// Something in the configuration file or in a list of targets.
    #[error(transparent)]
    Config(Box<Fault>),
    /// A file cannot be read.
    #[error("cannot read {}", .0.display())]
    ReadFile(PathBuf, #[source] io::Error),
    /// A file holds no certificate, or no private key, in PEM.
    #[error("no {expected} in PEM in {}", .file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// `certificate` or `key`.
        expected: &'static str,
    },
    /// `--client-cert` without `--client-key`, or the other way round.
    #[error("--client-cert and --client-key belong together")]
    ClientPair,
    /// Client certificate and key do not fit each other.
    #[error("--client-cert and --client-key do not fit: {0}")]
    ClientMismatch(String),
    /// A file is no report that can be judged again.
    #[error("cannot judge {}", .0.display())]
    Report(PathBuf, #[source] Unreadable),
    /// Nothing of this name can be explained; the nearest that can.
    #[error("nothing known about {0:?}")]
    UnknownTopic(String, Option<String>),
    /// A file, or the directory for it, cannot be written.
    #[error("cannot write {}", .0.display())]
    WriteFile(PathBuf, #[source] io::Error),
    /// `--report` is not `FORMAT=FILE`.
    #[error("--report {0:?}: expected FORMAT=FILE")]
    ReportOption(String),
    /// `--report` names no format that there is.
    #[error("--report {value:?}: expected one of the formats {}", .known.join(", "))]
    ReportFormat {
        /// As given.
        value: String,
        /// The formats that there are, the most likely one first.
        known: Vec<String>,
    },
    /// Two times `--report` into one file.
    #[error("--report {0:?}: another report goes to the same file")]
    ReportTwice(String),
    /// A file for a report cannot be written.
    #[error("--report {0:?}: cannot write")]
    ReportFile(String, #[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[from] io::Error),
}

/// Checks one domain by the guide's checklist.
///
/// Needs a tokio runtime with I/O and time enabled. Always yields a report with all six rows,
/// within the deadline of the plan.
pub async fn check(plan: Plan, shared: Arc<Shared>) -> Report {
    engine::run(&judge::STEPS, Arc::new(plan), shared).await
}
