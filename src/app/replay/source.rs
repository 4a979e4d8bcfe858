//! Where saved reports are read from: a file, as often as it takes, or a pipe, once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use super::documents::{Document, Documents};
use crate::app::error::Error;
use crate::config::{self, Content};
use crate::report::SavedCheck;
use crate::report::saved;
use crate::wire::encoding::Lines;

const MIB: usize = 1024 * 1024;

/// A file with reports, or standard input.
pub(super) struct Source {
    name: PathBuf,
    bytes: Bytes,
    is_lines: bool,
}

enum Bytes {
    /// What is appended later is not read: both times it is the same.
    File { file: File, length: u64 },
    /// What was read of it already comes first.
    Pipe(Box<dyn BufRead>),
}

impl Source {
    /// Opens a file, and looks at what stands first.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it cannot be read.
    pub(super) fn open(name: &Path) -> Result<Self, Error> {
        let open = || match name {
            _ if name == Path::new("-") => of_pipe(io::stdin()),
            _ => {
                let file = File::open(name)?;
                let found = file.metadata()?;
                if !found.is_file() {
                    return of_pipe(file);
                }
                let is_lines = begins_with_report(BufReader::new(&file))?;
                let length = found.len();
                Ok((Bytes::File { file, length }, is_lines))
            }
        };
        let (bytes, is_lines) = open().map_err(|error| cannot_read(name, error))?;
        Ok(Self {
            name: name.to_owned(),
            bytes,
            is_lines,
        })
    }

    /// Whether it holds one report after the other, rather than one document in a form of somebody
    /// else's.
    pub(super) fn is_lines(&self) -> bool {
        self.is_lines
    }

    /// Whether it is a file.
    pub(super) fn can_be_read_twice(&self) -> bool {
        matches!(self.bytes, Bytes::File { .. })
    }

    /// What stands in it, one document after the other. A pipe has them once.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it cannot be read.
    pub(super) fn documents(&mut self) -> Result<Reading<'_>, Error> {
        let name = &self.name;
        let source = self.bytes.rewound();
        let source = source.map_err(|error| cannot_read(name, error))?;
        Ok(Reading {
            documents: Documents::new(source),
            name,
        })
    }

    /// The reports of a document in any form, which has to be read as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::Report`] if there are none, [`Error::Config`] if it cannot be read or does not end.
    pub(super) fn read_whole(mut self) -> Result<Vec<SavedCheck>, Error> {
        let most = Content::Reports.most();
        let room = usize::try_from(most).map_or(usize::MAX, |most| most * MIB);
        let mut text = Vec::new();
        let read = self.bytes.rewound();
        let read = read.and_then(|bytes| Lines::new(bytes).append_rest_to(&mut text, room));
        let fits = read.map_err(|error| cannot_read(&self.name, error))?;
        let file = self.name;
        if !fits {
            return Err(config::Error::TooLarge { file, most }.into());
        }
        saved::read(&text).map_err(|error| Error::Report(file, error))
    }
}

impl Bytes {
    fn rewound(&mut self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(match self {
            Self::File { file, length } => {
                file.rewind()?;
                Box::new(BufReader::new(file.take(*length)))
            }
            Self::Pipe(pipe) => Box::new(pipe),
        })
    }
}

/// The documents of a source.
pub(super) struct Reading<'a> {
    documents: Documents<Box<dyn BufRead + 'a>>,
    name: &'a Path,
}

impl Iterator for Reading<'_> {
    type Item = Result<Document, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let document = self.documents.document().transpose()?;
        Some(document.map_err(|error| cannot_read(self.name, error)))
    }
}

fn cannot_read(name: &Path, error: io::Error) -> Error {
    config::Error::ReadFile(name.to_owned(), error).into()
}

fn of_pipe(pipe: impl Read + 'static) -> io::Result<(Bytes, bool)> {
    let mut source = BufReader::new(pipe);
    let mut begun = Vec::new();
    let is_lines = begins_with_report(Noting {
        source: &mut source,
        read: &mut begun,
    })?;
    let whole = Cursor::new(begun).chain(source);
    Ok((Bytes::Pipe(Box::new(whole)), is_lines))
}

/// Whether the first document is a report, or the second: the first may be the end of a torn line.
fn begins_with_report(source: impl BufRead) -> io::Result<bool> {
    let mut documents = Documents::new(source);
    for _ in 0..2 {
        match documents.document()? {
            Some(document) if document.is_of_campaign() => return Ok(true),
            // Nor does it look for the end of what may have none.
            Some(document) if document.is_too_long() => break,
            Some(_) => {}
            None => break,
        }
    }
    Ok(false)
}

/// Keeps what was read.
struct Noting<'a, R> {
    source: &'a mut R,
    read: &'a mut Vec<u8>,
}

impl<R: BufRead> Read for Noting<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.read.extend_from_slice(&into[..count]);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Noting<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // It is there: whoever consumes it has seen it.
        if let Ok(buffered) = self.source.fill_buf() {
            self.read.extend_from_slice(&buffered[..count]);
        }
        self.source.consume(count);
    }
}
