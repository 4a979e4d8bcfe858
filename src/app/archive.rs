//! Saved reports, found by domain. Of a file with a report a line no more is kept than where each of
//! them begins, so that a campaign of a million domains can be compared with another.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::Error;
use crate::config::{self, Content};
use crate::engine;
use crate::engine::WayOut;
use crate::model::plan::{Federation, Terms};
use crate::report::saved::{self, Unreadable};
use crate::report::{Report, SavedCheck};
use crate::wire::encoding::Lines;

/// A line that is longer holds no report.
const LONGEST_LINE: usize = 64 * MIB;

const MIB: usize = 1024 * 1024;

/// Reports of a file, or of standard input.
pub(super) struct Archive {
    file: PathBuf,
    source: Source,
    /// What each report is about, and where it stands; in order, and the last of several alike counts.
    places: Vec<(u64, u64)>,
    /// The same by the domain alone, for one that was checked in another way.
    by_domain: Vec<(u64, u64)>,
    way_out: WayOut,
}

enum Source {
    /// Read as a whole.
    Whole(Vec<SavedCheck>),
    /// A report a line.
    Lines(BufReader<File>),
}

impl Archive {
    /// Reads what there is to know about a file.
    pub(super) fn open(file: &Path) -> Result<Self, Error> {
        let cannot_read = |error| Error::Config(config::Error::ReadFile(file.to_owned(), error));
        let mut archive = Self {
            file: file.to_owned(),
            source: Source::Whole(Vec::new()),
            places: Vec::new(),
            by_domain: Vec::new(),
            way_out: WayOut::default(),
        };
        if file == Path::new("-") {
            archive.take(io::stdin().lock())?;
        } else {
            let opened = File::open(file).map_err(cannot_read)?;
            archive.take(opened)?;
        }
        archive.places.sort_unstable();
        archive.by_domain.sort_unstable();
        Ok(archive)
    }

    /// The first line tells what it is: a report by itself, or the beginning of one.
    fn take(&mut self, source: impl Read) -> Result<(), Error> {
        let file = self.file.clone();
        let cannot_read = |error| Error::Config(config::Error::ReadFile(file.clone(), error));
        let mut lines = Lines::new(BufReader::new(source));
        let mut first = Vec::new();
        lines
            .append_to(&mut first, LONGEST_LINE + 1)
            .map_err(cannot_read)?;
        if Line::read(&first).is_none() && !is_refused(&first) {
            let most = Content::Reports.most();
            let room = usize::try_from(most).map_or(usize::MAX, |most| most * MIB);
            let whole = lines.append_rest_to(&mut first, room);
            if !whole.map_err(cannot_read)? {
                let file = self.file.clone();
                return Err(config::Error::TooLarge { file, most }.into());
            }
            let checks = saved::read(&first).map_err(|error| self.unreadable(error))?;
            for (at, check) in checks.iter().enumerate() {
                self.index(&Keys::of(&check.terms), at as u64);
                self.note(check.clone());
            }
            self.source = Source::Whole(checks);
            return Ok(());
        }
        // A pipe can be read once only, and a file that somebody goes on writing stands still here.
        let mut copy = tempfile::tempfile()?;
        let mut at = 0;
        let mut line = first;
        let mut number = 1;
        while !line.is_empty() {
            if let Some(read) = Line::read(&line) {
                let keys = read.report.as_ref().map(Head::keys);
                if let Some(keys) = &keys {
                    self.index(keys, at);
                }
                if keys.is_some() && !self.way_out.is_known() {
                    let check = self.check_of(&line)?;
                    self.note(check);
                }
            } else if !line.trim_ascii().is_empty() && !is_refused(&line) {
                return Err(self.bad_line(number, &line));
            }
            copy.write_all(&line)?;
            at += line.len() as u64;
            number += 1;
            line.clear();
            lines
                .append_to(&mut line, LONGEST_LINE)
                .map_err(cannot_read)?;
        }
        self.source = Source::Lines(BufReader::new(copy));
        Ok(())
    }

    fn index(&mut self, keys: &Keys, at: u64) {
        self.places.push((keys.whole, at));
        self.by_domain.push((keys.domain, at));
    }

    fn note(&mut self, check: SavedCheck) {
        if !self.way_out.is_known() {
            self.way_out.note(&engine::replay(check));
        }
    }

    /// Where the reports stand of which each is the last of its kind, in the order of the file.
    pub(super) fn in_order(&self) -> Vec<u64> {
        let mut places: Vec<u64> = self.last_of_each().map(|(_, at)| at).collect();
        places.sort_unstable();
        places
    }

    fn last_of_each(&self) -> impl Iterator<Item = (u64, u64)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, (key, at))| {
            let next = self.places.get(index + 1).map(|(key, _)| key);
            (next != Some(key)).then_some((*key, *at))
        })
    }

    /// How many of these the other one lacks.
    pub(super) fn count_missing_in(&self, other: &Self) -> usize {
        let domains = |archive: &Self| {
            let mut keys: Vec<u64> = archive.by_domain.iter().map(|(key, _)| *key).collect();
            keys.dedup();
            keys
        };
        let others = domains(other);
        let own = domains(self).into_iter();
        own.filter(|key| others.binary_search(key).is_err()).count()
    }

    /// The report that stands there.
    pub(super) fn read(&mut self, at: u64) -> Result<SavedCheck, Error> {
        match &mut self.source {
            Source::Whole(checks) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                Ok(checks.get(at).expect("it is in the index").clone())
            }
            Source::Lines(lines) => {
                let mut line = Vec::new();
                lines.seek(SeekFrom::Start(at))?;
                lines.read_until(b'\n', &mut line)?;
                self.check_of(&line)
            }
        }
    }

    /// The last report on the same thing, else the last on the same domain.
    pub(super) fn find(&mut self, terms: &Terms) -> Result<Option<SavedCheck>, Error> {
        let keys = Keys::of(terms);
        let last = |places: &[(u64, u64)], key: u64| {
            let end = places.partition_point(|(other, _)| *other <= key);
            let (found, at) = *places.get(end.checked_sub(1)?)?;
            (found == key).then_some(at)
        };
        let at = last(&self.places, keys.whole).or_else(|| last(&self.by_domain, keys.domain));
        let Some(at) = at else {
            return Ok(None);
        };
        let check = self.read(at)?;
        // Two domains may have one key.
        Ok((check.terms.domain == terms.domain).then_some(check))
    }

    /// A report as it is judged today, in the light of the others of its file.
    pub(super) fn judged(&self, check: SavedCheck) -> Report {
        self.way_out.judged(engine::replay(check))
    }

    fn check_of(&self, line: &[u8]) -> Result<SavedCheck, Error> {
        let mut checks = saved::read(line).map_err(|error| self.unreadable(error))?;
        checks
            .pop()
            .ok_or_else(|| self.unreadable(Unreadable::Foreign))
    }

    fn unreadable(&self, error: Unreadable) -> Error {
        Error::Report(self.file.clone(), error)
    }

    fn bad_line(&self, number: usize, line: &[u8]) -> Error {
        let why = serde_json::from_slice::<IgnoredAny>(line).err();
        let why = why.map_or_else(|| "?".to_owned(), |why| why.to_string());
        self.unreadable(Unreadable::BadLine { number, why })
    }
}

/// What a campaign writes of a line of its list that was no domain: nothing to compare.
fn is_refused(line: &[u8]) -> bool {
    matches!(saved::read(line), Err(Unreadable::Refused { .. }))
}

/// As much of a line as tells what it is about.
#[derive(Deserialize)]
struct Line {
    report: Option<Head>,
    /// It stands for a line of a list that is no domain.
    refused: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Head {
    domain: String,
    mode: String,
    direct: bool,
}

impl Line {
    fn read(line: &[u8]) -> Option<Self> {
        let line: Self = serde_json::from_slice(line).ok()?;
        (line.report.is_some() || line.refused.is_some()).then_some(line)
    }
}

impl Head {
    fn keys(&self) -> Keys {
        let Self {
            domain,
            mode,
            direct,
        } = self;
        Keys::new(domain, mode == "partner", *direct)
    }
}

/// What a report is about, in short.
struct Keys {
    whole: u64,
    domain: u64,
}

impl Keys {
    fn of(terms: &Terms) -> Self {
        let is_direct = terms.federation == Federation::Direct;
        Self::new(terms.domain.as_str(), terms.partner, is_direct)
    }

    fn new(domain: &str, partner: bool, direct: bool) -> Self {
        Self {
            whole: hash(&(domain, partner, direct)),
            domain: hash(&domain),
        }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
