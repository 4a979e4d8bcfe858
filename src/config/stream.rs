//! Targets one at a time, as their lists are read: a list of millions need not fit into memory, and a
//! pipe need never end.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::vec;

use super::domain::Target;
use super::error::Error;
use super::fault::{Fault, Faults, Wrong};
use super::label::Known;
use super::targets::{Sources, parse_line};
use crate::wire::encoding::{Ended, Lines};

/// A line that is longer is no domain with its options.
const LONGEST_LINE: usize = 64 * 1024;

/// Something to be checked, as it stands in a list or on the command line.
#[derive(Debug)]
pub struct Listed {
    /// What stands there.
    pub text: String,
    /// What it means.
    pub target: Result<Target, Fault>,
}

/// Targets in their order: first those that were named, then the lists.
pub struct Stream {
    named: vec::IntoIter<Target>,
    lists: vec::IntoIter<PathBuf>,
    list: Option<List>,
    known: Known,
}

impl Sources {
    /// The targets, one at a time.
    pub fn stream(self) -> Stream {
        Stream {
            named: self.named.into_iter(),
            lists: self.lists.into_iter(),
            list: None,
            known: Known::new(),
        }
    }

    /// Reads the files among the lists once, for what is wrong with them. Returns how many targets
    /// there are in all, where that can be known beforehand.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file that cannot be read or holds nothing, and for all its lines that cannot be
    /// used, by `accepts` too.
    pub fn look_through(
        &self,
        accepts: impl Fn(&Target) -> Result<(), Error>,
    ) -> Result<Option<usize>, Error> {
        let mut all = self.named.len();
        let mut is_known = true;
        let known = Known::new();
        for target in &self.named {
            accepts(target)?;
        }
        for file in &self.lists {
            if !can_be_read_twice(file) {
                is_known = false;
                continue;
            }
            let mut list = List::open(file)?;
            let (mut faults, mut count) = (Faults::default(), 0);
            while let Some(listed) = list.next(&known).transpose()? {
                match listed.target {
                    Ok(target) => {
                        accepts(&target)?;
                        count += 1;
                    }
                    Err(fault) => faults.add(&fault.file, fault.line, fault.wrong),
                }
            }
            if count == 0 && faults.is_empty() {
                faults.add(file, list.number.max(1), Wrong::Empty);
            }
            all += faults.end(count)?;
        }
        Ok(is_known.then_some(all))
    }
}

/// Not what a pipe gives, nor what another process is writing to one.
fn can_be_read_twice(file: &Path) -> bool {
    // What is not there is opened, so that its error is told before anything is probed.
    file != Path::new("-") && file.metadata().map_or(true, |about| about.is_file())
}

impl Iterator for Stream {
    type Item = Result<Listed, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(target) = self.named.next() {
            return Some(Ok(Listed {
                text: target.input.clone(),
                target: Ok(target),
            }));
        }
        loop {
            if let Some(list) = &mut self.list
                && let Some(listed) = list.next(&self.known)
            {
                return Some(listed);
            }
            match List::open(&self.lists.next()?) {
                Ok(list) => self.list = Some(list),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A list that is being read.
struct List {
    file: PathBuf,
    lines: Lines<Box<dyn BufRead + Send>>,
    /// Of the line that was read last, from 1.
    number: usize,
}

impl List {
    fn open(file: &Path) -> Result<Self, Error> {
        let source: Box<dyn BufRead + Send> = if file == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let opened = File::open(file);
            Box::new(BufReader::new(
                opened.map_err(|error| Error::ReadFile(file.to_owned(), error))?,
            ))
        };
        Ok(Self {
            file: file.to_owned(),
            lines: Lines::new(source),
            number: 0,
        })
    }

    /// The next line that is not empty.
    fn next(&mut self, known: &Known) -> Option<Result<Listed, Error>> {
        loop {
            let line = match self.line().transpose()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let text = line.as_ref().map_or("", |line| line.trim()).to_owned();
            let target = match line.and_then(|line| parse_line(&line, known)) {
                Ok(None) => continue,
                Ok(Some(target)) => Ok(target),
                Err(wrong) => Err(Fault {
                    file: self.file.clone(),
                    line: self.number,
                    wrong,
                }),
            };
            return Some(Ok(Listed { text, target }));
        }
    }

    /// `None` at the end.
    fn line(&mut self) -> Result<Option<Result<String, Wrong>>, Error> {
        let mut line = Vec::new();
        let read = self.lines.append_to(&mut line, LONGEST_LINE);
        let ended = read.map_err(|error| Error::ReadFile(self.file.clone(), error))?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if ended == Ended::TooLong {
            return Ok(Some(Err(Wrong::TooLong)));
        }
        let text = String::from_utf8(line).map_err(|_| Wrong::Encoding);
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<Result<String, (usize, Wrong)>> {
        let mut list = List {
            file: "list".into(),
            lines: Lines::new(Box::new(Cursor::new(bytes.to_vec()))),
            number: 0,
        };
        let known = Known::new();
        let lines = std::iter::from_fn(|| list.next(&known));
        let listed = lines.map(|listed| listed.expect("it can be read"));
        let targets = listed.map(|listed| match listed.target {
            Ok(target) => Ok(target.domain.to_string()),
            Err(fault) => Err((fault.line, fault.wrong)),
        });
        targets.collect()
    }

    #[test]
    fn lines_are_read_as_a_whole_list_is() {
        let utf_16 = |order: fn(u16) -> [u8; 2]| {
            let text = "\u{feff}a.de\r\nzahnfée.de\n";
            text.encode_utf16().flat_map(order).collect::<Vec<u8>>()
        };
        let both = || vec![Ok("a.de".to_owned()), Ok("xn--zahnfe-fva.de".to_owned())];
        assert_eq!(read("a.de\nzahnfée.de".as_bytes()), both());
        assert_eq!(
            read("\u{feff}a.de\r\n\r\n# x\nzahnfée.de\n".as_bytes()),
            both()
        );
        assert_eq!(read(&utf_16(u16::to_le_bytes)), both());
        assert_eq!(read(&utf_16(u16::to_be_bytes)), both());
        assert_eq!(read(b""), []);
    }

    /// What cannot be used costs its own line.
    #[test]
    fn the_lines_behind_a_wrong_one_are_read() {
        let long = "x".repeat(3 * 64 * 1024);
        let list = [b"a.de\n\xff.de\n", long.as_bytes(), b"\nb.de kunde\nc.de"].concat();
        let wrong = |line, wrong| Err((line, wrong));
        assert_eq!(
            read(&list),
            [
                Ok("a.de".to_owned()),
                wrong(2, Wrong::Encoding),
                wrong(3, Wrong::TooLong),
                wrong(4, Wrong::NoPair("kunde".to_owned())),
                Ok("c.de".to_owned()),
            ]
        );
    }
}
