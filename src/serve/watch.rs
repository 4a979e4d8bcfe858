//! The domains of `xfed.toml`, checked by themselves so often as `[serve]` says: what `/metrics` tells of
//! them is never older than that, or says how old it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::render::{Numbers, write_numbers};

/// At the beginning, one domain follows the other so fast, if the interval leaves time for that.
const APART: Duration = Duration::from_secs(1);
/// Where nothing is due, it is looked after whether something is.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// The domains, by their names.
#[derive(Default)]
pub(super) struct Watch(Mutex<BTreeMap<String, Watched>>);

/// A domain that is checked by itself.
struct Watched {
    /// Since when it is in the file.
    since: Instant,
    /// When it is to be checked next.
    due: Instant,
    /// From the second check to the others: so that they do not all come at once for ever.
    shift: Option<Duration>,
    is_under_way: bool,
    last: Option<(Instant, Arc<Numbers>)>,
}

impl Watch {
    fn domains(&self) -> MutexGuard<'_, BTreeMap<String, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by this list from now on. What is known of those that stay is kept.
    pub(super) fn settle(&self, names: &[String], interval: Duration, now: Instant) {
        let mut domains = self.domains();
        domains.retain(|name, _| names.contains(name));
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX).max(1);
        let apart = (interval / count).min(APART);
        let mut new = 0;
        for (index, name) in (1..).zip(names) {
            let watched = domains.entry(name.clone()).or_insert_with(|| {
                new += 1;
                Watched {
                    since: now,
                    due: now + apart * (new - 1),
                    shift: Some(interval / count * index),
                    is_under_way: false,
                    last: None,
                }
            });
            // An interval that was shortened counts at once.
            watched.due = watched.due.min(now + interval);
        }
    }

    /// Those that are due, which are under way from now on; and when the next one is.
    pub(super) fn due(&self, interval: Duration, now: Instant) -> (Vec<String>, Instant) {
        let mut due = Vec::new();
        let mut next = now + LONGEST;
        for (name, watched) in self.domains().iter_mut() {
            if watched.due <= now {
                // Where it took longer than the interval, one is left out.
                if !watched.is_under_way {
                    watched.is_under_way = true;
                    due.push(name.clone());
                }
                watched.due = now + watched.shift.take().unwrap_or(interval);
            }
            next = next.min(watched.due);
        }
        (due, next)
    }

    /// What came of it; nothing where there was no time, which leaves it as old as it is.
    pub(super) fn note(&self, name: &str, numbers: Option<Numbers>, now: Instant) {
        if let Some(watched) = self.domains().get_mut(name) {
            watched.is_under_way = false;
            if let Some(numbers) = numbers {
                watched.last = Some((now, Arc::new(numbers)));
            }
        }
    }

    /// All that is known, in Prometheus' text format; nothing where nothing is watched.
    pub(super) fn text(&self, interval: Option<Duration>, now: Instant) -> String {
        let Some(interval) = interval else {
            return String::new();
        };
        let mut ages = Vec::new();
        let mut known = Vec::new();
        for (name, watched) in self.domains().iter() {
            let since = watched.last.as_ref().map_or(watched.since, |(at, _)| *at);
            ages.push((name.clone(), now.saturating_duration_since(since).as_secs()));
            known.extend(watched.last.iter().map(|(_, numbers)| Arc::clone(numbers)));
        }
        let mut text = String::new();
        let name = "xfed_serve_watch_interval_seconds";
        let _ = writeln!(
            text,
            "# HELP {name} How often the domains of xfed.toml are checked.\n# TYPE {name} gauge\n\
             {name} {}",
            interval.as_secs()
        );
        let name = "xfed_serve_watch_age_seconds";
        let _ = writeln!(
            text,
            "# HELP {name} How long ago the domain was checked; before the first time, how long it has \
             waited.\n# TYPE {name} gauge"
        );
        for (domain, age) in ages {
            let _ = writeln!(text, "{name}{{domain=\"{domain}\"}} {age}");
        }
        let mut numbers = Vec::new();
        // A text in memory takes all there is.
        let _ = write_numbers(&known, &mut numbers);
        text + &String::from_utf8_lossy(&numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// When each is begun, in seconds, as long as every check takes no time.
    fn begun(watch: &Watch, interval: Duration, from: Instant, until: u64) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        let mut now = from;
        loop {
            let (due, next) = watch.due(interval, now);
            for name in due {
                watch.note(&name, None, now);
                all.push(((now - from).as_secs(), name));
            }
            now = next;
            if now > from + Duration::from_secs(until) {
                return all;
            }
        }
    }

    #[test]
    fn all_at_the_beginning_and_then_spread_over_the_interval() {
        let (watch, now) = (Watch::default(), Instant::now());
        let three = names(&["a.de", "b.de", "c.de"]);
        watch.settle(&three, 3 * MINUTE, now);
        let begun = begun(&watch, 3 * MINUTE, now, 420);
        let told: Vec<String> = begun
            .iter()
            .map(|(at, name)| format!("{at} {name}"))
            .collect();
        assert_eq!(
            told,
            [
                "0 a.de", "1 b.de", "2 c.de", "60 a.de", "121 b.de", "182 c.de", "240 a.de",
                "301 b.de", "362 c.de", "420 a.de"
            ]
        );
    }

    #[test]
    fn another_list_keeps_what_is_known_of_those_that_stay() {
        let (watch, now) = (Watch::default(), Instant::now());
        watch.settle(&names(&["a.de", "b.de"]), 60 * MINUTE, now);
        begun(&watch, 60 * MINUTE, now, 10);
        let later = now + 10 * MINUTE;
        watch.settle(&names(&["b.de", "c.de"]), MINUTE, later);
        let text = watch.text(Some(MINUTE), later + MINUTE);
        assert!(!text.contains("a.de"), "{text}");
        assert!(
            text.contains("age_seconds{domain=\"b.de\"} 660\n"),
            "{text}"
        );
        assert!(text.contains("age_seconds{domain=\"c.de\"} 60\n"), "{text}");
        // The new one at once, and nobody later than the new interval says.
        let begun = begun(&watch, MINUTE, later, 60);
        assert_eq!(begun[0], (0, "c.de".to_owned()));
        assert!(begun.contains(&(60, "b.de".to_owned())), "{begun:?}");
        assert_eq!(watch.text(None, later), "");
    }

    #[test]
    fn one_that_takes_longer_than_the_interval_is_not_made_twice_at_once() {
        let (watch, now) = (Watch::default(), Instant::now());
        watch.settle(&names(&["a.de"]), MINUTE, now);
        assert_eq!(watch.due(MINUTE, now).0, ["a.de"]);
        let (due, next) = watch.due(MINUTE, now + MINUTE);
        assert!(due.is_empty() && next == now + 2 * MINUTE);
        watch.note("a.de", None, now + MINUTE);
        assert_eq!(watch.due(MINUTE, next).0, ["a.de"]);
    }
}
