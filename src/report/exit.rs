//! Exit codes: the one place that turns reports into them.

use strum::IntoStaticStr;

use super::{Report, Verdict};
use crate::facts::{Exhibit, TlsOutcome};
use crate::model::finding::{Finding, Severity};

/// The mildest verdict that makes a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Not ready.
    #[default]
    Fail,
    /// Ready with warnings.
    Warn,
}

/// Exit code conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// 0 ready, 1 not ready, 2 could not run, 3 inconclusive.
    Own(FailOn),
    /// The convention of monitoring plugins, see [`PluginState`].
    Plugin,
}

/// The states of a monitoring plugin, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
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

    /// The state as plugins write it.
    pub fn word(self) -> &'static str {
        self.into()
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

/// The exit code of what was shown: 0 where every address showed a certificate, 1 where one answered
/// and showed none, 3 where one could not be reached, or there is none.
pub fn of_exhibit(exhibit: &Exhibit) -> u8 {
    let codes = exhibit.servers.iter().map(|server| match &server.tls {
        _ if server.shown().is_some() => 0,
        Some(tls) if !matches!(tls.outcome, TlsOutcome::Deadline) => 1,
        _ => 3,
    });
    worst(codes).unwrap_or(3)
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
        worst(codes).unwrap_or(0)
    }

    /// The exit code of a run with two parts that have these.
    pub fn worse(self, one: u8, other: u8) -> u8 {
        match self {
            Self::Own(_) => worst([one, other].into_iter()).unwrap_or(one),
            Self::Plugin => one.max(other),
        }
    }

    /// The exit code of a run that ended before everything was checked: what is missing could not be
    /// tested.
    pub fn exit_code_of_part(self, reports: &[Report]) -> u8 {
        match self {
            Self::Plugin => PluginState::of(reports).max(PluginState::Unknown).code(),
            Self::Own(_) => match self.exit_code(reports) {
                0 => 3,
                code => code,
            },
        }
    }

    /// The exit code of a run that could not begin, or whose result could not be written.
    pub fn of_error(self) -> u8 {
        match self {
            Self::Own(_) => 2,
            Self::Plugin => PluginState::Unknown.code(),
        }
    }
}

/// 1 before 3 before 0.
fn worst(codes: impl Iterator<Item = u8>) -> Option<u8> {
    codes.min_by_key(|code| [1, 3, 0].iter().position(|candidate| candidate == code))
}

/// True if there is a warning that is not accepted. An accepted failure is such a warning: it counts
/// as one, and not as less.
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

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::model::finding::{Skip, StepId};
    use crate::report::tests;

    #[test]
    fn verdict_and_exit_code_follow_the_rows() {
        use Severity::{Fail, Info, Unknown, Warn};
        let waits = Some(Skip::Needs(StepId::Srv));
        let not_applicable = Some(Skip::NotApplicable);
        for (rows, verdict, lenient, strict) in [
            (vec![(None, None)], Verdict::Ready, 0, 0),
            (vec![(Some(Info), None)], Verdict::Ready, 0, 0),
            (vec![(None, not_applicable)], Verdict::Ready, 0, 0),
            (vec![(Some(Info), not_applicable)], Verdict::Ready, 0, 0),
            (
                vec![(Some(Warn), not_applicable)],
                Verdict::ReadyWithWarnings,
                0,
                1,
            ),
            (vec![(Some(Warn), None)], Verdict::ReadyWithWarnings, 0, 1),
            (vec![(None, waits)], Verdict::Inconclusive, 3, 3),
            (
                vec![(Some(Warn), None), (None, waits)],
                Verdict::Inconclusive,
                3,
                3,
            ),
            (vec![(Some(Warn), waits)], Verdict::Inconclusive, 3, 3),
            (vec![(Some(Unknown), None)], Verdict::Inconclusive, 3, 3),
            (
                vec![(Some(Unknown), None), (Some(Fail), None)],
                Verdict::NotReady,
                1,
                1,
            ),
            (
                vec![(None, waits), (Some(Fail), None)],
                Verdict::NotReady,
                1,
                1,
            ),
        ] {
            let rows = rows
                .into_iter()
                .map(|(severity, skip)| tests::row(StepId::Tcp, severity, skip))
                .collect();
            let report = Report::of_rows(rows);
            assert_eq!(report.verdict(), verdict, "{report:?}");
            let codes = [FailOn::Fail, FailOn::Warn]
                .map(|on| Convention::Own(on).exit_code(slice::from_ref(&report)));
            assert_eq!(codes, [lenient, strict], "{report:?}");
            let plugin = match verdict {
                Verdict::Ready => 0,
                Verdict::ReadyWithWarnings => 1,
                Verdict::NotReady => 2,
                Verdict::Inconclusive => 3,
            };
            let code = Convention::Plugin.exit_code(slice::from_ref(&report));
            assert_eq!(code, plugin, "{report:?}");
        }
    }

    #[test]
    fn the_worst_report_counts() {
        let of = |severity| Report::of_rows(vec![tests::row(StepId::Tcp, severity, None)]);
        let (ready, warned) = (of(None), of(Some(Severity::Warn)));
        let (failed, unknown) = (of(Some(Severity::Fail)), of(Some(Severity::Unknown)));
        for (reports, code, plugin) in [
            (vec![], 0, 0),
            (vec![ready.clone(), ready.clone()], 0, 0),
            (vec![warned.clone(), ready.clone()], 0, 1),
            (vec![ready.clone(), unknown.clone()], 3, 3),
            (vec![warned.clone(), unknown.clone()], 3, 3),
            (vec![unknown.clone(), failed.clone(), ready.clone()], 1, 2),
            (vec![failed, unknown, warned, ready], 1, 2),
        ] {
            assert_eq!(Convention::Own(FailOn::Fail).exit_code(&reports), code);
            assert_eq!(Convention::Plugin.exit_code(&reports), plugin);
        }
    }
}
