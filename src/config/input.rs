//! Files that the user names, read up to a bound: what never ends, a device or a list that some
//! program writes forever, must not end this machine's memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::Error;

const MIB: u64 = 1024 * 1024;

/// What a file holds; it says how large such a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// `xfed.toml`.
    Configuration,
    /// A list of targets: more than a hundred thousand domains.
    Targets,
    /// A zone file: more than a hundred thousand records.
    Zone,
    /// Certificates or a key. The public roots of the world together are a quarter of a megabyte.
    Pem,
    /// A public key of SSH.
    Key,
    /// Saved reports: a thousand domains and more.
    Reports,
}

impl Content {
    /// The most that is read, in MiB.
    pub const fn most(self) -> u64 {
        match self {
            Self::Configuration | Self::Key => 1,
            Self::Targets => 4,
            Self::Pem | Self::Zone => 16,
            Self::Reports => 64,
        }
    }

    /// Reads a file whole.
    ///
    /// # Errors
    ///
    /// [`Error::ReadFile`], and [`Error::TooLarge`] for one that goes on past the bound.
    pub fn read(self, file: &Path) -> Result<Vec<u8>, Error> {
        self.take(file, File::open(file))
    }

    /// The same, with `-` for standard input.
    ///
    /// # Errors
    ///
    /// As [`Content::read`].
    pub fn read_or_stdin(self, file: &Path) -> Result<Vec<u8>, Error> {
        if file == Path::new("-") {
            self.take(file, Ok(io::stdin().lock()))
        } else {
            self.read(file)
        }
    }

    fn take(self, file: &Path, source: io::Result<impl Read>) -> Result<Vec<u8>, Error> {
        let most = self.most() * MIB;
        let mut bytes = Vec::new();
        let read = source.and_then(|source| source.take(most + 1).read_to_end(&mut bytes));
        match read {
            Err(error) => Err(Error::ReadFile(file.to_owned(), error)),
            Ok(count) if count as u64 > most => Err(Error::TooLarge {
                file: file.to_owned(),
                most: self.most(),
            }),
            Ok(_) => Ok(bytes),
        }
    }
}
