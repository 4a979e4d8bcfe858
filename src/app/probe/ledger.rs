//! When this account looked at domains, so that it does not look at more than it may. Every login is
//! a process of its own, so the count is kept in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::config::Quota;
use crate::wire::vantage::Refusal;

/// Seconds since 1970 take no more characters than these, with their end.
const LONGEST_LINE: u64 = 21;

/// The file, and how much it may fill up.
pub(super) struct Ledger {
    /// `None` where this account has no place for it.
    file: Option<PathBuf>,
    quota: Quota,
}

impl Ledger {
    /// One for all keys and logins of the account.
    pub(super) fn of_this_account(quota: Quota) -> Self {
        let folders = etcetera::choose_base_strategy().ok();
        let folder = folders.map(|folders| folders.state_dir().unwrap_or(folders.data_dir()));
        Self {
            file: folder.map(|folder| folder.join("xfed").join("probed")),
            quota,
        }
    }

    /// Enters a domain at this moment, in seconds since 1970, unless there were as many as there
    /// may be. What cannot be counted is refused.
    pub(super) fn take(&self, now: i64) -> Result<(), Refusal> {
        let file = self.file.as_deref().ok_or(Refusal::Uncounted)?;
        let taken = enter(file, self.quota, now);
        match taken.map_err(|_| Refusal::Uncounted)? {
            None => Ok(()),
            Some(wait) => Err(Refusal::TooOften(wait)),
        }
    }
}

/// `Some` seconds to wait where there is no room.
fn enter(file: &Path, quota: Quota, now: i64) -> io::Result<Option<u64>> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = open_alone(file)?;
    let mut text = String::new();
    let most = u64::from(quota.count).saturating_mul(LONGEST_LINE);
    (&file).take(most).read_to_string(&mut text)?;
    let period = i64::try_from(quota.seconds).unwrap_or(i64::MAX);
    let entries = text.lines().filter_map(|line| line.parse::<i64>().ok());
    // A clock that was ahead must not lock anybody out until it is right.
    let entries = entries.map(|at| at.min(now));
    let mut recent: Vec<i64> = entries.filter(|at| now - at < period).collect();
    recent.sort_unstable();
    if recent.len() >= quota.count as usize {
        let first_to_go = recent[recent.len() - quota.count as usize];
        return Ok(Some(u64::try_from(first_to_go + period - now).unwrap_or(1)));
    }
    recent.push(now);
    let lines: Vec<String> = recent.iter().map(|at| format!("{at}\n")).collect();
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(lines.concat().as_bytes())?;
    Ok(None)
}

/// Opens a file that no other process then has open in this way.
#[cfg(unix)]
fn open_alone(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(file)
}

#[cfg(windows)]
fn open_alone(file: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;

    /// `ERROR_SHARING_VIOLATION`.
    const IN_USE: i32 = 32;
    for _ in 0..100 {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        match options.share_mode(0).open(file) {
            Err(error) if error.raw_os_error() == Some(IN_USE) => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            opened => return opened,
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_a_period_and_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new").join("probed");
        let quota = Quota {
            count: 2,
            seconds: 60,
        };
        let take = |now| enter(&file, quota, now).expect("it can be written");
        assert_eq!(take(1000), None);
        assert_eq!(take(1010), None);
        assert_eq!(take(1020), Some(40));
        assert_eq!(take(1059), Some(1));
        assert_eq!(take(1060), None, "the first is forgotten");
        assert_eq!(take(1061), Some(9));
        // The clock was put back: what was entered counts from now on.
        assert_eq!(take(500), Some(60));
        assert_eq!(take(1500), None);
    }

    #[test]
    fn what_is_no_entry_counts_for_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("probed");
        std::fs::write(&file, "x\n\n-\n").expect("it can be written");
        let quota = Quota {
            count: 1,
            seconds: 60,
        };
        assert_eq!(enter(&file, quota, 1000).expect("readable"), None);
        assert_eq!(enter(&file, quota, 1000).expect("readable"), Some(60));
    }

    #[test]
    fn without_a_place_for_the_count_nothing_is_looked_at() {
        let quota = Quota {
            count: 1,
            seconds: 60,
        };
        let file = tempfile::NamedTempFile::new().expect("a file");
        for file in [None, Some(file.path().join("probed"))] {
            let ledger = Ledger { file, quota };
            assert_eq!(ledger.take(1000), Err(Refusal::Uncounted));
        }
    }
}
