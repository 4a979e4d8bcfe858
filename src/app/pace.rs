//! How many checks there should be at a time. Mostly they wait for the network, so more of them are
//! faster, until the machine or whatever is behind it has enough to do.

use std::time::Duration;

/// A number of checks that is raised while that is of use.
#[derive(Debug)]
pub(super) struct Pace {
    least: usize,
    most: usize,
    jobs: usize,
    /// What the last look saw.
    before: Seen,
    /// The number was raised then, from this one.
    raised_from: Option<usize>,
    /// Looks to be sat out, after raising it was of no use.
    rest: u32,
}

/// What there is to be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// One more check would have to wait.
    pub(super) is_full: bool,
    /// Checks that have ended, in all.
    pub(super) done: usize,
    /// How long the workers were busy, in all.
    pub(super) busy: Duration,
    pub(super) workers: usize,
    /// Since the last look.
    pub(super) elapsed: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    done: usize,
    busy: Duration,
    rate: f64,
}

impl Pace {
    /// From one look to the next: long enough for checks to end meanwhile.
    pub(super) const INTERVAL: Duration = Duration::from_millis(200);
    /// Busier than this, the machine has enough.
    const BUSY: f64 = 0.8;
    /// The rate should rise by this part of what the number was raised by, at least.
    const GAIN: f64 = 0.2;
    const REST: u32 = 20;

    pub(super) fn new(first: usize, most: usize) -> Self {
        Self {
            least: first,
            most,
            jobs: first,
            before: Seen::default(),
            raised_from: None,
            rest: 0,
        }
    }

    pub(super) fn jobs(&self) -> usize {
        self.jobs
    }

    /// What the rate should be at least, after the number was raised from this one.
    fn expected(&self, fewer: usize, rate: f64) -> f64 {
        let raised_by = number(self.jobs) / number(fewer) - 1.0;
        rate * (1.0 + raised_by * Self::GAIN)
    }

    /// Takes note of how it goes, after [`Pace::INTERVAL`].
    pub(super) fn adjust(&mut self, sight: Sight) {
        let before = self.before;
        let seconds = sight.elapsed.as_secs_f64();
        let rate = number(sight.done - before.done) / seconds;
        let busy = sight.busy.saturating_sub(before.busy).as_secs_f64();
        let busy = busy / seconds / number(sight.workers.max(1));
        self.before = Seen {
            done: sight.done,
            busy: sight.busy,
            rate,
        };
        let raised_from = self.raised_from.take();
        if busy > Self::BUSY {
            self.jobs = (self.jobs * 3 / 4).max(self.least);
        } else if let Some(fewer) =
            raised_from.filter(|fewer| rate < self.expected(*fewer, before.rate))
        {
            self.jobs = fewer;
            self.rest = Self::REST;
        } else if self.rest > 0 {
            self.rest -= 1;
        } else if sight.is_full && self.jobs < self.most {
            self.raised_from = Some(self.jobs);
            self.jobs = (self.jobs + self.jobs.div_ceil(2)).min(self.most);
        }
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many looks at checks of which `rate` end in a second, which keep the machine so busy.
    fn after(
        looks: u32,
        most: usize,
        rate: impl Fn(usize) -> f64,
        busy: impl Fn(usize) -> f64,
    ) -> usize {
        let mut pace = Pace::new(8, most);
        let (mut done, mut worked) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..looks {
            // As seconds, which count as well as anything.
            done += Pace::INTERVAL.mul_f64(rate(pace.jobs()));
            worked += Pace::INTERVAL.mul_f64(2.0 * busy(pace.jobs()));
            pace.adjust(Sight {
                is_full: true,
                done: usize::try_from(done.as_secs()).expect("few"),
                busy: worked,
                workers: 2,
                elapsed: Pace::INTERVAL,
            });
        }
        pace.jobs()
    }

    #[test]
    fn more_while_they_only_wait() {
        let waiting = |jobs| number(jobs) / 0.1;
        assert_eq!(after(30, 256, waiting, |_| 0.1), 256);
        assert_eq!(after(30, 64, waiting, |_| 0.1), 64);
        assert_eq!(after(30, 8, waiting, |_| 0.1), 8);
    }

    /// The machine, or what it asks: name servers that give no more answers than this.
    #[test]
    fn no_more_where_that_is_of_no_use() {
        let served = |jobs: usize| (number(jobs) * 10.0).min(400.0);
        let jobs = after(100, 256, served, |_| 0.1);
        assert!((27..=61).contains(&jobs), "{jobs}");
        let jobs = after(
            100,
            256,
            |jobs| number(jobs) * 10.0,
            |jobs| number(jobs) / 50.0,
        );
        assert!((20..=61).contains(&jobs), "{jobs}");
    }
}
