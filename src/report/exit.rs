//! Exit codes: the one place that makes them of reports.

use super::{Report, Verdict};
use crate::model::finding::{Finding, Severity};

/// From which verdict on a run counts as failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Not ready.
    #[default]
    Fail,
    /// Ready with warnings, too.
    Warn,
}

/// What exit codes mean to who reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// 0 ready, 1 not ready, 2 could not run, 3 inconclusive.
    Own(FailOn),
    /// That of monitoring plugins, see [`PluginState`].
    Plugin,
}

/// The states of a monitoring plugin, the worst last: what is not known may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluginState {
    /// Ready.
    Ok,
    /// Ready with warnings.
    Warning,
    /// Inconclusive, or could not run.
    Unknown,
    /// Not ready.
    Critical,
}

impl PluginState {
    /// The state of the worst report.
    pub fn of(reports: &[Report]) -> Self {
        let states = reports.iter().map(|report| match report.verdict() {
            Verdict::Ready => Self::Ok,
            Verdict::ReadyWithWarnings => Self::Warning,
            Verdict::Inconclusive => Self::Unknown,
            Verdict::NotReady => Self::Critical,
        });
        states.max().unwrap_or(Self::Ok)
    }

    /// As plugins write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Unknown => "UNKNOWN",
            Self::Critical => "CRITICAL",
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

impl Convention {
    /// The exit code of a run: that of its worst report, "not ready" before "inconclusive".
    pub fn exit_code(self, reports: &[Report]) -> u8 {
        let fail_on = match self {
            Self::Plugin => return PluginState::of(reports).code(),
            Self::Own(fail_on) => fail_on,
        };
        let codes = reports
            .iter()
            .map(|report| match (report.verdict(), fail_on) {
                (Verdict::NotReady, _) => 1,
                (Verdict::ReadyWithWarnings, FailOn::Warn) => u8::from(warns(report)),
                (Verdict::Inconclusive, _) => 3,
                (Verdict::Ready, _) | (Verdict::ReadyWithWarnings, FailOn::Fail) => 0,
            });
        codes
            .min_by_key(|code| [1, 3, 0].iter().position(|known| known == code))
            .unwrap_or(0)
    }

    /// The exit code of a run that could not begin, or whose result could not be written.
    pub fn of_error(self) -> u8 {
        match self {
            Self::Own(_) => 2,
            Self::Plugin => PluginState::Unknown.code(),
        }
    }
}

/// Whether a warning stands that is not accepted. An accepted failure is one: it counts as a
/// warning, and not as less.
fn warns(report: &Report) -> bool {
    let is_tolerated = |finding: &Finding| {
        let accepted = finding.accepted();
        accepted.is_some_and(|accepted| accepted.instead_of <= Severity::Warn)
    };
    let mut warnings = report
        .findings()
        .filter(|finding| finding.severity == Severity::Warn);
    warnings.any(|finding| !is_tolerated(finding))
}
