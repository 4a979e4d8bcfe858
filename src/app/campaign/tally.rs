//! What a campaign has come to so far, in numbers: for the summary at its end, and for whoever
//! watches it by `--stats`.

use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Serialize;
use tempfile::NamedTempFile;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::error::Error;
use super::intake::Counts;
use crate::model::finding::Severity;
use crate::report::{Report, Verdict};

/// The most of each list that are told of.
const TOLD: usize = 10;

/// The most name servers whose times are kept: those of a few hosters, many times over.
const SERVERS: usize = 4096;

/// Fewer answers than this say nothing of a name server.
const ENOUGH: u64 = 3;

/// Numbers that grow with every report.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    pub(super) verdicts: Verdicts,
    codes: HashMap<&'static str, usize>,
    servers: HashMap<IpAddr, Times>,
}

/// How many of each verdict, in the order of [`Verdict::ALL`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdicts([usize; Verdict::ALL.len()]);

/// How long a name server took in all, for so many answers.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    answers: u64,
    all_us: u64,
}

impl Times {
    fn mean(self) -> Duration {
        Duration::from_micros(self.all_us / self.answers.max(1))
    }
}

impl Verdicts {
    pub(super) fn add(&mut self, verdict: Verdict) {
        let place = Verdict::ALL.iter().position(|known| *known == verdict);
        self.0[place.expect("these are all")] += 1;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Verdict, usize)> {
        Verdict::ALL.into_iter().zip(self.0)
    }
}

impl Tally {
    /// Goes on with these, of an earlier run.
    pub(super) fn behind(verdicts: Verdicts) -> Self {
        Self {
            began: Instant::now(),
            verdicts,
            codes: HashMap::new(),
            servers: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, report: &Report) {
        self.verdicts.add(report.verdict());
        let findings = report.findings();
        let matter = findings.filter(|finding| finding.severity > Severity::Info);
        let mut codes: Vec<&'static str> = matter.map(|finding| finding.rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            *self.codes.entry(code).or_default() += 1;
        }
        for lookup in report.facts().lookups() {
            let of_zone = lookup.authority.iter();
            let of_zone = of_zone.map(|answer| (answer.server.address.ip(), answer.elapsed_us));
            let of_views = lookup.answers.iter();
            let of_views =
                of_views.filter_map(|answer| Some((answer.server?.ip(), answer.elapsed_us)));
            for (server, elapsed_us) in of_zone.chain(of_views) {
                self.time(server, elapsed_us);
            }
        }
    }

    fn time(&mut self, server: IpAddr, elapsed_us: u64) {
        if self.servers.len() >= SERVERS && !self.servers.contains_key(&server) {
            return;
        }
        let times = self.servers.entry(server).or_default();
        times.answers += 1;
        times.all_us += elapsed_us;
    }

    /// The findings that most reports have, the most frequent first.
    pub(super) fn codes(&self) -> Vec<(&'static str, usize)> {
        let mut codes: Vec<_> = self
            .codes
            .iter()
            .map(|(code, count)| (*code, *count))
            .collect();
        codes.sort_unstable_by_key(|(code, count)| (usize::MAX - count, *code));
        codes.truncate(TOLD);
        codes
    }

    /// The name servers that take longest for an answer or a failure, the slowest first.
    pub(super) fn slowest(&self) -> Vec<(IpAddr, Duration)> {
        let often = self
            .servers
            .iter()
            .filter(|(_, times)| times.answers >= ENOUGH);
        let mut servers: Vec<_> = often
            .map(|(server, times)| (*server, times.mean()))
            .collect();
        servers.sort_unstable_by_key(|(server, mean)| (std::cmp::Reverse(*mean), *server));
        servers.truncate(TOLD);
        servers
    }
}

/// What `--stats` writes.
#[derive(Serialize)]
struct Stats<'a> {
    schema: u32,
    /// RFC 3339.
    at: String,
    ended: bool,
    elapsed_s: u64,
    /// Targets in all; `null` where a pipe gives them.
    total: Option<usize>,
    read: usize,
    written: usize,
    resumed: usize,
    repeated: usize,
    elsewhere: usize,
    refused: usize,
    under_way: usize,
    to_be_retried: usize,
    /// Reports in a second, since the beginning.
    rate: f64,
    /// Until all are done, at this rate.
    left_s: Option<u64>,
    verdicts: HashMap<&'static str, usize>,
    codes: Vec<(&'a str, usize)>,
    /// Name servers with the mean time of an answer, in milliseconds.
    slowest: Vec<(IpAddr, u128)>,
}

impl Tally {
    /// Replaces a file by what there is to say now: whoever reads it sees all of it.
    pub(super) fn write(
        &self,
        file: &Path,
        counts: &Counts,
        total: Option<usize>,
        ended: bool,
    ) -> Result<(), Error> {
        let get = |of: &std::sync::atomic::AtomicUsize| of.load(Ordering::Relaxed);
        let elapsed = self.began.elapsed();
        let written = u32::try_from(get(&counts.written)).unwrap_or(u32::MAX);
        let left = total.map(|total| total.saturating_sub(counts.settled()));
        let left = left.and_then(|left| u32::try_from(left).ok());
        let each = elapsed.checked_div(written);
        let now = OffsetDateTime::now_utc();
        let stats = Stats {
            schema: 1,
            at: now.format(&Rfc3339).unwrap_or_default(),
            ended,
            elapsed_s: elapsed.as_secs(),
            total,
            read: get(&counts.read),
            written: get(&counts.written),
            resumed: get(&counts.known),
            repeated: get(&counts.repeated),
            elsewhere: get(&counts.elsewhere),
            refused: get(&counts.refused),
            under_way: get(&counts.under_way),
            to_be_retried: get(&counts.waiting),
            rate: each.map_or(0.0, |each| (10.0 / each.as_secs_f64()).round() / 10.0),
            left_s: left.zip(each).map(|(left, each)| (each * left).as_secs()),
            verdicts: self
                .verdicts
                .iter()
                .map(|(verdict, count)| (verdict.id(), count))
                .collect(),
            codes: self.codes(),
            slowest: self
                .slowest()
                .into_iter()
                .map(|(server, mean)| (server, mean.as_millis()))
                .collect(),
        };
        let write = || {
            let folder = file
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let mut whole = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            serde_json::to_writer(&mut whole, &stats)?;
            writeln!(whole)?;
            whole.persist(file)?;
            Ok(())
        };
        write().map_err(|error| Error::WriteFile(file.to_owned(), error))
    }
}
