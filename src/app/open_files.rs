//! How many files and sockets this process may have open, and how many domains can be checked at a
//! time with that many.

/// What a check of one domain has open at a time: a question to each of the zone's servers and each
/// resolver, for each name and type, and the connections. Most need a third of it.
const PER_DOMAIN: u64 = 64;

/// What one has open that only waits for a silent peer.
const PER_WAITING: u64 = 4;

/// What the process has open besides: its streams, the reports, the event queue.
const BESIDES: u64 = 32;

/// The limit asked for where a system has one of its own above that of the process (macOS).
#[cfg(unix)]
const SYSTEMS_OWN: u64 = 10_240;

/// Room for the domains that were to be checked at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// How many there is room for, at least one.
    pub(super) jobs: usize,
    /// How many more of those that only wait.
    pub(super) waiting: usize,
    /// The limit that leaves no room for more; `None` where there is room for all.
    pub(super) limit: Option<u64>,
}

/// Makes room for so many domains at a time, and for so many more that only wait, as far as the system
/// lets us.
pub(super) fn make(jobs: usize, waiting: usize) -> Room {
    let wanted = BESIDES + PER_DOMAIN * jobs as u64 + PER_WAITING * waiting as u64;
    fitting(raise(wanted).unwrap_or(wanted), jobs, waiting)
}

/// What fits below a limit.
fn fitting(limit: u64, jobs: usize, waiting: usize) -> Room {
    let room = limit.saturating_sub(BESIDES);
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    match room.checked_sub(PER_DOMAIN * jobs as u64) {
        Some(rest) => Room {
            jobs,
            waiting: count(rest / PER_WAITING).min(waiting),
            limit: None,
        },
        None => Room {
            jobs: count(room / PER_DOMAIN).max(1),
            waiting: 0,
            limit: Some(limit),
        },
    }
}

/// Raises the soft limit to what is wanted, at most to the hard one. Returns what it is now; `None`
/// where there is none.
#[cfg(unix)]
fn raise(wanted: u64) -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current.filter(|current| *current < wanted)?;
    let most = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    for limit in [most, most.min(SYSTEMS_OWN)] {
        let raised = Rlimit {
            current: Some(limit),
            maximum,
        };
        if limit > current && setrlimit(Resource::Nofile, raised).is_ok() {
            return Some(limit);
        }
    }
    Some(current)
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn raise(_wanted: u64) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_below_a_limit() {
        for (limit, jobs, waiting) in [
            (0, 1, 0),
            (64, 1, 0),
            (159, 1, 0),
            (160, 2, 0),
            (1024, 15, 0),
            (2079, 31, 0),
            (2080, 32, 0),
            (2480, 32, 100),
            (6048, 32, 992),
            (16_352, 32, 992),
        ] {
            let room = fitting(limit, 32, 992);
            assert_eq!((room.jobs, room.waiting), (jobs, waiting), "{limit}");
            assert_eq!(room.limit, (jobs < 32).then_some(limit));
        }
    }
}
