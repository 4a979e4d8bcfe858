//! The results that can be looked up again: frozen facts, in one file of SQLite, or in memory where no
//! file is named. What a result says is judged from its facts whenever it is shown.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, OptionalExtension, Row, params};
use time::OffsetDateTime;

/// "xfed", as SQLite keeps it in the head of the file: whose it is.
const APPLICATION: i64 = 0x7866_6564;
/// The version of the table.
const VERSION: i64 = 1;
/// So many results at a time make room for a new one.
const SWEPT_AT_ONCE: u32 = 16;

const TABLE: &str = "
    CREATE TABLE result (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        domain TEXT NOT NULL,
        module TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        report BLOB NOT NULL
    );
    CREATE INDEX of_domain ON result (domain, module);
    CREATE INDEX by_age ON result (made_at);
";

/// The name of a result. Whoever does not know it does not guess it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id([u8; 16]);

impl Id {
    /// One that nobody else has.
    pub(super) fn unused() -> Result<Self, Unspecified> {
        let mut id = [0; 16];
        SystemRandom::new().fill(&mut id)?;
        Ok(Self(id))
    }

    /// As [`Display`](fmt::Display) writes it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        if text.len() != 32 || !text.as_bytes().iter().all(is_lower) {
            return None;
        }
        let number = u128::from_str_radix(text, 16).ok()?;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of another program.
    #[error("not a store of xfed")]
    Foreign,
    /// Made by a newer version, in a form that this one does not know.
    #[error("made by a newer version of xfed")]
    Newer,
    /// The thread that asked was ended.
    #[error("interrupted")]
    Crashed,
    /// What SQLite says.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// A result as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) domain: String,
    /// The module of the configuration that it was made by; empty for the one without a name.
    pub(super) module: String,
    pub(super) made_at: OffsetDateTime,
    /// The verdict of that time.
    pub(super) verdict: String,
    /// The report, as a line of `jsonl`.
    pub(super) report: Vec<u8>,
}

/// A result without its facts, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) made_at: OffsetDateTime,
    /// The verdict of that time.
    pub(super) verdict: String,
}

/// How long results are kept, and how much of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) age: Duration,
    /// Of all reports together.
    pub(super) bytes: u64,
}

/// The results. Calls wait for the disk.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
    is_in_memory: bool,
}

impl Store {
    /// Opens this file, or makes it; without one, the results are gone with the process.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it is another program's, a newer version's, or cannot be written.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, StoreError> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(5))?;
        prepare(&connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
            is_in_memory: file.is_none(),
        })
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.is_in_memory
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // SQLite leaves nothing half done.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a result, and lets go of those that there is no room for.
    pub(super) fn keep(&self, id: Id, kept: &Kept, limits: Limits) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let work = connection.transaction()?;
        work.prepare_cached("INSERT INTO result VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                &id.0[..],
                kept.domain,
                kept.module,
                kept.made_at.unix_timestamp(),
                kept.verdict,
                kept.report,
            ])?;
        sweep(&work, kept.made_at, limits)?;
        work.commit()?;
        connection.execute_batch("PRAGMA incremental_vacuum")?;
        Ok(())
    }

    /// The result of this name.
    pub(super) fn find(&self, id: Id) -> Result<Option<Kept>, StoreError> {
        let connection = self.connection();
        let mut find = connection.prepare_cached(
            "SELECT domain, module, made_at, verdict, report FROM result WHERE id = ?1",
        )?;
        let found = find.query_row([&id.0[..]], |row| {
            Ok(Kept {
                domain: row.get(0)?,
                module: row.get(1)?,
                made_at: moment(row, 2)?,
                verdict: row.get(3)?,
                report: row.get(4)?,
            })
        });
        Ok(found.optional()?)
    }

    /// The newest results of a domain by a module, the last one first.
    pub(super) fn of_domain(
        &self,
        domain: &str,
        module: &str,
        most: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let connection = self.connection();
        let mut find = connection.prepare_cached(
            "SELECT id, made_at, verdict FROM result WHERE domain = ?1 AND module = ?2
             ORDER BY number DESC LIMIT ?3",
        )?;
        let entries = find.query_map(params![domain, module, most], |row| {
            Ok(Entry {
                id: Id(row.get(0)?),
                made_at: moment(row, 1)?,
                verdict: row.get(2)?,
            })
        })?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<OffsetDateTime> {
    let seconds = row.get(column)?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, seconds))
}

/// Makes the table in a file that is new; refuses one that is not ours.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version) {
        (APPLICATION, VERSION) => {}
        (APPLICATION, _) => return Err(StoreError::Newer),
        (0, 0) if tables == 0 => {
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            connection.execute_batch(TABLE)?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        _ => return Err(StoreError::Foreign),
    }
    // Readers do not wait for whoever writes; in memory there is no such mode, and no need.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(())
}

/// Lets go of what is too old, and then of the oldest until there is room. The last one stays, however
/// large it is.
fn sweep(connection: &Connection, now: OffsetDateTime, limits: Limits) -> rusqlite::Result<()> {
    let age = i64::try_from(limits.age.as_secs()).unwrap_or(i64::MAX);
    let since = now.unix_timestamp().saturating_sub(age);
    connection
        .prepare_cached("DELETE FROM result WHERE made_at < ?1")?
        .execute([since])?;
    let most = i64::try_from(limits.bytes).unwrap_or(i64::MAX);
    let mut size = connection
        .prepare_cached("SELECT count(*), coalesce(sum(length(report)), 0) FROM result")?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM result
         WHERE number IN (SELECT number FROM result ORDER BY number LIMIT ?1)",
    )?;
    loop {
        let (count, bytes) =
            size.query_row([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))?;
        if bytes <= most || count <= 1 {
            return Ok(());
        }
        delete.execute([SWEPT_AT_ONCE.min(count - 1)])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMY: Limits = Limits {
        age: Duration::from_secs(3600),
        bytes: 1 << 20,
    };

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).expect("a moment")
    }

    fn kept(domain: &str, made_at: i64) -> Kept {
        Kept {
            domain: domain.into(),
            module: String::new(),
            made_at: at(made_at),
            verdict: "ready".into(),
            report: vec![b'x'; 1000],
        }
    }

    fn id(number: u8) -> Id {
        Id([number; 16])
    }

    #[test]
    fn names_are_written_and_read() {
        let id = Id::unused().expect("there is chance");
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_eq!(Id::parse(&"0f".repeat(16)), Some(Id([15; 16])));
        for bad in [
            "",
            "0f",
            &"0F".repeat(16),
            &"+f".repeat(16),
            &"0g".repeat(16),
        ] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_is_found_the_newest_first() -> Result<(), StoreError> {
        let store = Store::open(None)?;
        for (number, domain) in [(1, "a.de"), (2, "b.de"), (3, "a.de")] {
            let kept = kept(domain, number.into());
            store.keep(id(number), &kept, ROOMY)?;
        }
        assert_eq!(store.find(id(2))?, Some(kept("b.de", 2)));
        assert_eq!(store.find(id(9))?, None);
        let of = |domain, module, most| {
            let entries = store.of_domain(domain, module, most)?;
            Ok::<_, StoreError>(entries.iter().map(|entry| entry.id).collect::<Vec<_>>())
        };
        assert_eq!(of("a.de", "", 9)?, [id(3), id(1)]);
        assert_eq!(of("a.de", "", 1)?, [id(3)]);
        assert_eq!(of("a.de", "direct", 9)?, []);
        Ok(())
    }

    #[test]
    fn what_is_old_goes_and_then_what_is_too_much() -> Result<(), StoreError> {
        let store = Store::open(None)?;
        let small = Limits {
            bytes: 2500,
            ..ROOMY
        };
        store.keep(id(1), &kept("a.de", 0), ROOMY)?;
        store.keep(id(2), &kept("a.de", 3600), ROOMY)?;
        assert!(store.find(id(1))?.is_some(), "an hour old, and not more");
        store.keep(id(3), &kept("a.de", 3601), ROOMY)?;
        assert!(store.find(id(1))?.is_none());
        store.keep(id(4), &kept("a.de", 3602), small)?;
        assert!(store.find(id(2))?.is_none() && store.find(id(4))?.is_some());
        // One that is larger than all the room is kept alone.
        store.keep(id(5), &kept("a.de", 3603), Limits { bytes: 1, ..ROOMY })?;
        let left = store.of_domain("a.de", "", 9)?;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, id(5));
        Ok(())
    }

    #[test]
    fn a_file_is_opened_again_unless_it_is_not_ours() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("results.sqlite");
        Store::open(Some(&file))?.keep(id(1), &kept("a.de", 7), ROOMY)?;
        assert_eq!(
            Store::open(Some(&file))?.find(id(1))?,
            Some(kept("a.de", 7))
        );
        let change = |pragma: &str| -> Result<(), Box<dyn std::error::Error>> {
            let connection = Connection::open(&file)?;
            connection.execute_batch(pragma)?;
            Ok(())
        };
        change("PRAGMA user_version = 2")?;
        assert!(matches!(Store::open(Some(&file)), Err(StoreError::Newer)));
        change("PRAGMA application_id = 7")?;
        assert!(matches!(Store::open(Some(&file)), Err(StoreError::Foreign)));
        std::fs::write(&file, "a letter, and no store of anything")?;
        assert!(matches!(
            Store::open(Some(&file)),
            Err(StoreError::Sqlite(_))
        ));
        Ok(())
    }
}
