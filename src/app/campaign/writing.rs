//! What becomes of each report: judged in the light of those before it, written, counted, forgotten.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::error::Error;
use super::super::progress::Line;
use super::super::reader::Reader;
use super::intake::{Came, Counts};
use super::results::{Earlier, Results};
use super::tally::Tally;
use crate::config::{self, Fingerprint};
use crate::engine::CrossCheck;
use crate::render::json::InCampaign;
use crate::render::json::lines::{write_line, write_refused};
use crate::render::overview::summary_of;
use crate::report::{Convention, Report};
use crate::text::Texts;

/// The output of a campaign.
pub(super) struct Writing<'a> {
    setting: Setting<'a>,
    results: Results<'a>,
    cross_check: CrossCheck,
    /// Whose the reports are that are held back.
    keys: HashMap<usize, Fingerprint>,
    /// How many reports have come.
    come: usize,
    tally: Tally,
    code: Option<u8>,
    reader: Reader,
}

/// What is fixed from the beginning, and what others count.
pub(super) struct Setting<'a> {
    pub(super) texts: &'a Texts,
    pub(super) convention: Convention,
    pub(super) options: Fingerprint,
    pub(super) counts: Arc<Counts>,
    /// How many targets there are, where that is known.
    pub(super) all: Option<usize>,
    pub(super) line: Option<Line>,
    pub(super) stats: Option<&'a Path>,
}

impl<'a> Writing<'a> {
    /// # Errors
    ///
    /// [`Error`] for a file of `--stats` that cannot be written.
    pub(super) fn begin(
        setting: Setting<'a>,
        results: Results<'a>,
        earlier: &Earlier,
    ) -> Result<Self, Error> {
        let writing = Self {
            setting,
            results,
            cross_check: CrossCheck::streamed(),
            keys: HashMap::new(),
            come: 0,
            tally: Tally::behind(earlier.verdicts),
            code: earlier.code,
            reader: Reader::new(),
        };
        writing.tell(false)?;
        Ok(writing)
    }

    /// Whether a further report would go anywhere.
    pub(super) fn is_wanted(&self) -> bool {
        self.reader.wants_more()
    }

    pub(super) fn take(&mut self, came: Came) -> Result<(), Error> {
        match came {
            Came::Report { report, key, place } => {
                let number = self.come;
                self.come += 1;
                self.keys.insert(number, key);
                let settled = self.cross_check.take(number, *report);
                // Those that are held back take nobody's place.
                drop(place);
                self.write_all(settled)
            }
            Came::Refused {
                text,
                why,
                place: _place,
            } => self.refuse(&text, &why),
        }
    }

    fn write_all(&mut self, settled: Vec<(usize, Report)>) -> Result<(), Error> {
        for (number, report) in settled {
            let target = self
                .keys
                .remove(&number)
                .expect("each has come with its key");
            let campaign = InCampaign {
                options: self.setting.options.to_string(),
                target: target.to_string(),
            };
            let (results, texts) = (&mut self.results, self.setting.texts);
            let write = || write_line(&report, campaign, texts, results);
            let written = match &self.setting.line {
                Some(line) => line.aside(write),
                None => write(),
            };
            self.note(written)?;
            self.setting.counts.written.fetch_add(1, Ordering::Relaxed);
            self.tally.take(&report);
            self.add(
                self.setting
                    .convention
                    .exit_code(std::slice::from_ref(&report)),
            );
            if let Some(line) = &mut self.setting.line {
                line.count(&report);
            }
        }
        Ok(())
    }

    /// A line that is no target has one of its own among the results.
    fn refuse(&mut self, text: &str, why: &config::Error) -> Result<(), Error> {
        let campaign = InCampaign {
            options: self.setting.options.to_string(),
            target: Fingerprint::of_refused(text).to_string(),
        };
        let why = why.describe(self.setting.texts);
        let written = write_refused(text, &why, campaign, &mut self.results);
        self.note(written)?;
        self.setting.counts.refused.fetch_add(1, Ordering::Relaxed);
        // It could not be tested.
        self.add(3);
        Ok(())
    }

    fn add(&mut self, code: u8) {
        let known = self.code.unwrap_or(code);
        self.code = Some(self.setting.convention.worse(known, code));
    }

    /// Hands out what there is.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.results.flush();
        self.note(flushed)
    }

    fn note(&mut self, written: io::Result<()>) -> Result<(), Error> {
        self.reader.note(written);
        let written = self.reader.failure();
        written.map_err(|error| self.results.cannot_write(error))
    }

    /// Says how far it is.
    pub(super) fn tick(&mut self) -> Result<(), Error> {
        if let Some(line) = &self.setting.line {
            line.settled(self.setting.counts.settled());
        }
        self.tell(false)
    }

    fn tell(&self, ended: bool) -> Result<(), Error> {
        let file = self.setting.stats.map(|file| {
            self.tally
                .write(file, &self.setting.counts, self.setting.all, ended)
        });
        file.unwrap_or(Ok(()))
    }

    /// Writes what was held back, of a run that was interrupted or not. Returns the exit code of all of
    /// it, the lines of earlier runs included.
    ///
    /// # Errors
    ///
    /// [`Error`] for what cannot be written.
    pub(super) fn finish(&mut self, is_interrupted: bool) -> Result<u8, Error> {
        let cross_check = std::mem::take(&mut self.cross_check);
        let rest = if !is_interrupted && self.has_all() {
            cross_check.finish()
        } else {
            cross_check.finish_part()
        };
        self.write_all(rest)?;
        self.flush()?;
        if let Some(line) = &self.setting.line {
            line.end();
        }
        self.setting.counts.under_way.store(0, Ordering::Relaxed);
        self.tell(true)?;
        let code = self.code.unwrap_or_default();
        // What was read and not written could not be tested.
        Ok(if self.is_whole() {
            code
        } else {
            self.setting.convention.worse(code, 3)
        })
    }

    /// Whether all reports on the list have come here: none is of an earlier run, nor of another part.
    fn has_all(&self) -> bool {
        let counts = &self.setting.counts;
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let others = count(&counts.known) + count(&counts.elsewhere);
        let read = count(&counts.read);
        others == 0
            && counts.settled() + self.keys.len() == read
            && self.setting.all.is_none_or(|all| all == read)
    }

    /// Whether something became of everything that was read, and nothing was left unread.
    pub(super) fn is_whole(&self) -> bool {
        let settled = self.setting.counts.settled();
        let read = self.setting.counts.read.load(Ordering::Relaxed);
        settled == read && self.setting.all.is_none_or(|all| all == read)
    }

    /// How many targets there are, where that is known.
    pub(super) fn all(&self) -> Option<usize> {
        self.setting.all
    }

    /// How many targets were read.
    pub(super) fn read(&self) -> usize {
        self.setting.counts.read.load(Ordering::Relaxed)
    }

    /// How many reports were written.
    pub(super) fn written(&self) -> usize {
        self.setting.counts.written.load(Ordering::Relaxed)
    }

    /// What there is to say at the end, a line each.
    pub(super) fn summary(&self, out: &Path) -> Vec<String> {
        let texts = self.setting.texts;
        let counts = &self.setting.counts;
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let all = self.setting.all.unwrap_or_else(|| self.read());
        let parts = [
            ("campaign-written", count(&counts.written)),
            ("campaign-known", count(&counts.known)),
            ("campaign-repeated", count(&counts.repeated)),
            ("campaign-elsewhere", count(&counts.elsewhere)),
            ("campaign-refused", count(&counts.refused)),
            ("campaign-left", all.saturating_sub(counts.settled())),
        ];
        let file = out.display().to_string();
        let said = parts
            .iter()
            .filter(|(id, count)| *count > 0 || *id == "campaign-written");
        let said = said.map(|(id, count)| {
            let count = count.to_string();
            texts.say(id, &[("count", &count), ("file", &file)])
        });
        let said = said.collect::<Vec<_>>().join(", ");
        let all = all.to_string();
        let balance = [("all", all.as_str()), ("parts", &said)];
        let mut lines = vec![texts.say("campaign-balance", &balance)];
        let verdicts: Vec<_> = self.tally.verdicts.iter().collect();
        lines.push(summary_of(&verdicts, 0, texts));
        let codes = self.tally.codes();
        if !codes.is_empty() {
            let codes: Vec<String> = codes
                .iter()
                .map(|(code, count)| format!("{code} {count}"))
                .collect();
            lines.push(texts.say("campaign-codes", &[("codes", &codes.join(", "))]));
        }
        let slowest = self.tally.slowest();
        if !slowest.is_empty() {
            let servers = slowest
                .iter()
                .map(|(server, mean)| format!("{server} {} ms", mean.as_millis()));
            let servers: Vec<String> = servers.collect();
            lines.push(texts.say("campaign-slowest", &[("servers", &servers.join(", "))]));
        }
        lines
    }
}
