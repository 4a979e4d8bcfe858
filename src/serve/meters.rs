//! What the service says of itself, for Prometheus: `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use time::OffsetDateTime;

use super::runs::{Outcome, Runs};
use crate::report::Verdict;

/// Counts of what happened since it began.
#[derive(Debug)]
pub(super) struct Meters {
    began: OffsetDateTime,
    connections: AtomicUsize,
    /// By path and status; the paths are those of the routes.
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    /// By what came of them.
    checks: Mutex<BTreeMap<&'static str, u64>>,
    shared: AtomicU64,
    is_reloaded: AtomicU64,
    reloaded_at: AtomicI64,
}

impl Meters {
    pub(super) fn new(began: OffsetDateTime) -> Self {
        let outcomes = Verdict::ALL.map(Verdict::id);
        let outcomes = outcomes.into_iter().chain(["late", "crashed"]);
        Self {
            began,
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
            checks: Mutex::new(outcomes.map(|id| (id, 0)).collect()),
            shared: AtomicU64::new(0),
            is_reloaded: AtomicU64::new(1),
            reloaded_at: AtomicI64::new(began.unix_timestamp()),
        }
    }

    /// Counts a connection until it is dropped.
    pub(super) fn connection(&self) -> Counted<'_> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Counted(&self.connections)
    }

    pub(super) fn note_request(&self, path: &str, status: StatusCode) {
        let key = (path.to_owned(), status.as_u16());
        *locked(&self.requests).entry(key).or_default() += 1;
    }

    pub(super) fn note_check(&self, outcome: &Outcome) {
        let id = match outcome {
            Outcome::Done(report) => report.verdict().id(),
            Outcome::Late => "late",
            Outcome::Crashed => "crashed",
        };
        *locked(&self.checks).entry(id).or_default() += 1;
    }

    /// Counts one that was under way already when it was asked for.
    pub(super) fn note_shared(&self) {
        self.shared.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_reload(&self, is_good: bool, at: OffsetDateTime) {
        self.is_reloaded.store(is_good.into(), Ordering::Relaxed);
        if is_good {
            let at = at.unix_timestamp();
            self.reloaded_at.store(at, Ordering::Relaxed);
        }
    }

    /// All of them, in Prometheus' text format.
    pub(super) fn text(&self, runs: &Runs) -> String {
        let mut page = Page(String::new());
        page.family("xfed_build_info", "gauge", "Which xfed this is: always 1.");
        let version = env!("CARGO_PKG_VERSION");
        page.sample(&format!("xfed_build_info{{version=\"{version}\"}}"), 1);
        let began = self.began.unix_timestamp();
        page.one(
            ["process_start_time_seconds", "gauge", "When it began."],
            began,
        );
        page.one(
            [
                "xfed_serve_connections",
                "gauge",
                "Connections that are open.",
            ],
            self.connections.load(Ordering::Relaxed),
        );
        let name = "xfed_serve_requests_total";
        page.family(name, "counter", "Requests, by path and status.");
        for ((path, status), count) in &*locked(&self.requests) {
            let labels = format!("{name}{{path=\"{path}\",code=\"{status}\"}}");
            page.sample(&labels, count);
        }
        let name = "xfed_serve_checks_total";
        page.family(name, "counter", "Checks, by what came of them.");
        for (outcome, count) in &*locked(&self.checks) {
            page.sample(&format!("{name}{{outcome=\"{outcome}\"}}"), count);
        }
        page.one(
            [
                "xfed_serve_checks_shared_total",
                "counter",
                "Requests for a check that was under way already.",
            ],
            self.shared.load(Ordering::Relaxed),
        );
        page.one(
            [
                "xfed_serve_checks_working",
                "gauge",
                "Checks that are being made.",
            ],
            runs.working(),
        );
        page.one(
            [
                "xfed_serve_checks_waiting",
                "gauge",
                "Checks that wait for their turn.",
            ],
            runs.waiting(),
        );
        self.reload(&mut page);
        page.0
    }

    fn reload(&self, page: &mut Page) {
        page.one(
            [
                "xfed_serve_config_last_reload_successful",
                "gauge",
                "Whether the configuration could be used when it was last read.",
            ],
            self.is_reloaded.load(Ordering::Relaxed),
        );
        page.one(
            [
                "xfed_serve_config_last_reload_success_timestamp_seconds",
                "gauge",
                "When the configuration was read that holds.",
            ],
            self.reloaded_at.load(Ordering::Relaxed),
        );
    }
}

/// A connection that is open.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn locked<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text as it grows.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// A family of one sample.
    fn one(&mut self, [name, kind, help]: [&str; 3], value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, value);
    }
}
