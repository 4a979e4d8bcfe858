//! `--wait`: looks again until the exit code would be 0, or the time is up.
//!
//! Never waits for a cache: every look asks the zone's own servers, and what they publish counts.
//! Where caches do count – no authority can be asked, or warnings must go as well – it is known when
//! they forget, and the next look waits no longer than that.

use std::io::Write;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::error::Error;
use super::interrupt::Interruption;
use super::progress::Line;
use crate::config::{SHORTEST_INTERVAL, Wait};
use crate::engine::across;
use crate::model::finding::{Finding, Note, Severity};
use crate::render::overview::summary;
use crate::report::{Convention, Report, Verdict};
use crate::text::{Context, Precision, Texts, time_of_day};

/// Looks until the exit code would be 0 or the time is up. Returns the reports of the last look;
/// `None` if somebody wanted the end before there was a whole one.
///
/// # Errors
///
/// [`Error::Output`] when a change cannot be written.
pub(super) async fn until_ready(
    wait: Wait,
    convention: Convention,
    look: impl AsyncFn(OffsetDateTime) -> Vec<Report>,
    interruption: &Interruption,
    progress: &mut Progress<'_>,
) -> Result<Option<Vec<Report>>, Error> {
    let mut last = None;
    let start = Instant::now();
    let end = OffsetDateTime::now_utc().saturating_add(signed(wait.longest));
    loop {
        let reports = tokio::select! {
            reports = look(OffsetDateTime::now_utc()) => across(reports),
            () = interruption.come() => return Ok(last),
        };
        let now = OffsetDateTime::now_utc();
        let ready = convention.exit_code(&reports) == 0;
        // After a single look, the report itself says it all.
        if !ready || progress.has_told() {
            progress.tell(&reports, now)?;
        }
        let left = wait.longest.saturating_sub(start.elapsed());
        if ready || left.is_zero() {
            return Ok(Some(reports));
        }
        let pause = pause(wait.interval, &reports, now).min(left);
        progress.announce(now.saturating_add(signed(pause)), end);
        tokio::select! {
            () = sleep(pause) => last = Some(reports),
            () = interruption.come() => return Ok(Some(reports)),
        }
    }
}

fn signed(duration: Duration) -> time::Duration {
    duration.try_into().unwrap_or(time::Duration::MAX)
}

/// The time until something can have changed: the interval, or less where a cache forgets sooner.
fn pause(interval: Duration, reports: &[Report], now: OffsetDateTime) -> Duration {
    let forgotten_in = reports
        .iter()
        .flat_map(Report::findings)
        .filter_map(Finding::cached_until)
        .filter_map(|until| Duration::try_from(until - now).ok())
        .filter(|left| !left.is_zero())
        .min();
    forgotten_in.map_or(interval, |left| {
        left.clamp(SHORTEST_INTERVAL.min(interval), interval)
    })
}

/// The state of one domain at the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    verdict: Verdict,
    /// The codes of its failures and warnings. Remarks come and go.
    codes: Vec<&'static str>,
}

impl State {
    fn of(report: &Report) -> Self {
        let mut codes: Vec<&str> = report
            .findings()
            .filter(|finding| finding.severity > Severity::Info)
            .map(|finding| finding.rule.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        Self {
            verdict: report.verdict(),
            codes,
        }
    }
}

/// Tells whoever waits what changes: a live line on a terminal, else one line per change.
pub(super) struct Progress<'a> {
    texts: &'a Texts,
    err: &'a mut dyn Write,
    live: Option<&'a Line>,
    /// The states told last, one per domain.
    told: Vec<State>,
    /// The states told last, in words.
    words: Vec<String>,
    /// All of them in one line.
    summary: String,
}

impl<'a> Progress<'a> {
    pub(super) fn new(texts: &'a Texts, err: &'a mut dyn Write, live: Option<&'a Line>) -> Self {
        Self {
            texts,
            err,
            live,
            told: Vec::new(),
            words: Vec::new(),
            summary: String::new(),
        }
    }

    fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    fn tell(&mut self, reports: &[Report], now: OffsetDateTime) -> Result<(), Error> {
        let states: Vec<State> = reports.iter().map(State::of).collect();
        self.words = reports
            .iter()
            .zip(&states)
            .map(|(report, state)| self.in_words(report, state))
            .collect();
        for (at, state) in states.iter().enumerate() {
            if self.told.get(at) != Some(state) && self.live.is_none() {
                writeln!(
                    self.err,
                    "xfed: {} {}",
                    time_of_day(now, Precision::Seconds),
                    self.words[at]
                )?;
            }
        }
        self.summary = match self.words.as_slice() {
            [one] => one.clone(),
            _ => summary(reports, 0, self.texts),
        };
        self.told = states;
        Ok(())
    }

    fn in_words(&self, report: &Report, state: &State) -> String {
        let codes: Vec<String> = state.codes.iter().map(|code| (*code).to_owned()).collect();
        let note = Note::new("waiting-state")
            .with("verdict", state.verdict.id())
            .with("codes", codes);
        self.texts.note(&note, &Context::of(report))
    }

    /// When the next look is due, and the last.
    fn announce(&self, next: OffsetDateTime, end: OffsetDateTime) {
        if let Some(live) = self.live {
            live.tell(self.texts.say(
                "waiting-live",
                &[
                    ("state", &self.summary),
                    ("next", &time_of_day(next, Precision::Seconds)),
                    ("end", &time_of_day(end, Precision::Seconds)),
                ],
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::srv;
    use crate::model::finding::{StepId, Value};
    use crate::report::{Row, Status};

    fn remembering(until: Option<OffsetDateTime>) -> Report {
        let finding = Finding::new(&srv::SRV_STALE);
        let finding = match until {
            Some(until) => finding.with("until", Value::Time(until)),
            None => finding,
        };
        Report::of_rows(vec![Row {
            step: StepId::Srv,
            status: Status::Warn,
            seen: Note::new("seen-nothing"),
            needs: None,
            folded: Vec::new(),
            findings: vec![finding],
        }])
    }

    #[test]
    fn the_next_look_is_when_a_cache_forgets_but_never_later_than_the_interval() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let interval = Duration::from_secs(15);
        for (seconds, expected) in [
            (None, 15_000),
            (Some(7.0), 7_000),
            (Some(14.9), 14_900),
            (Some(15.0), 15_000),
            (Some(300.0), 15_000),
            // At most one look a second; a time that has passed says nothing.
            (Some(0.2), 1_000),
            (Some(0.0), 15_000),
            (Some(-3.0), 15_000),
        ] {
            let until = seconds.map(|seconds| now + time::Duration::seconds_f64(seconds));
            let reports = [remembering(None), remembering(until)];
            let pause = pause(interval, &reports, now);
            assert_eq!(pause, Duration::from_millis(expected), "{seconds:?}");
        }
    }
}
