//! Reports in files: proven to be writable before anything is probed, written whole or not at all.
//!
//! A pattern stands for a file for each of its values, see [`super::file_names`].
//!
//! A report is written beside its target and renamed over it once it is complete, so a reader of
//! the target never sees half a report. A terminal, a FIFO or `/dev/stderr` cannot be replaced: it
//! is opened at once and written directly.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::Error;
use super::file_names::{Subject, named};
use crate::config::ReportFile;
use crate::render::Format;
use crate::report::Report;

/// The longest chain of symbolic links to follow, as on Linux.
const HOPS: usize = 40;

/// The files that reports are written to.
#[derive(Default)]
pub(super) struct Files(Vec<Planned>);

/// One of them.
struct Planned {
    file: ReportFile,
    target: Target,
    /// The places of the reports that it holds, in order; `None` for all.
    own: Option<Vec<usize>>,
}

/// Where the bytes of a report go.
enum Target {
    /// A regular file, there already or not, by its real path.
    Regular(PathBuf),
    /// Anything else, opened.
    Special(File),
}

impl Files {
    /// Proves that every file can be written. `subjects` are what the reports will be about, by
    /// their places.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first that cannot be written, or that two reports would go to.
    pub(super) fn open(wanted: &[ReportFile], subjects: &[Subject<'_>]) -> Result<Self, Error> {
        let mut taken: HashSet<PathBuf> = HashSet::new();
        let mut open = Vec::new();
        for file in wanted {
            let Some(named) = named(file, subjects)? else {
                open.push(Planned::open(file.clone(), None, &mut taken)?);
                continue;
            };
            for named in named {
                let file = ReportFile {
                    value: file.value_for(&named.path),
                    path: named.path,
                    ..file.clone()
                };
                // A name that nobody typed leads nowhere else: not even to where a link of a
                // stranger's folder points.
                let mut own = file.path.ancestors().take(named.own_parts);
                if own.any(Path::is_symlink) {
                    return Err(Error::ReportLink(file.value));
                }
                open.push(Planned::open(file, Some(named.places), &mut taken)?);
            }
        }
        Ok(Self(open))
    }

    /// Writes every file, even if another one fails. Those whose reports are all missing stay as
    /// they are. `places` are those of the reports, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::ReportFile`] for the first that could not be written.
    pub(super) fn write(
        self,
        places: &[usize],
        reports: &[Report],
        render: impl Fn(&Part<'_>, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        for Planned { file, target, own } in self.0 {
            let of_own = own.as_ref().map(|own| {
                let all = places.iter().zip(reports);
                let some = all.filter(|(place, _)| own.binary_search(place).is_ok());
                some.map(|(_, report)| report.clone()).collect::<Vec<_>>()
            });
            if of_own.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let part = Part {
                format: file.format,
                is_whole: of_own.is_none(),
                reports: of_own.as_deref().unwrap_or(reports),
            };
            let written = target.write(|out| render(&part, out));
            let named = written.map_err(|error| Error::ReportFile(file.value, error));
            result = result.and(named);
        }
        result
    }
}

/// What goes into one file.
pub(super) struct Part<'a> {
    pub(super) format: Format,
    pub(super) reports: &'a [Report],
    /// Those are all that there are.
    pub(super) is_whole: bool,
}

impl Planned {
    fn open(
        file: ReportFile,
        own: Option<Vec<usize>>,
        taken: &mut HashSet<PathBuf>,
    ) -> Result<Self, Error> {
        let failed = |error| Error::ReportFile(file.value.clone(), error);
        let target = Target::find(&file.path).map_err(failed)?;
        if let Target::Regular(path) = &target {
            if !taken.insert(path.clone()) {
                return Err(Error::ReportTwice(file.value));
            }
            rehearse(path).map_err(failed)?;
        }
        Ok(Self { file, target, own })
    }
}

impl Target {
    fn find(path: &Path) -> io::Result<Self> {
        let path = without_links(path)?;
        let special = is_device_name(&path)
            || fs::metadata(&path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if special {
            // Append: /dev/stderr may lead to a file that other programs write to as well.
            return OpenOptions::new()
                .append(true)
                .open(path)
                .map(Self::Special);
        }
        Ok(Self::Regular(path))
    }

    fn write(self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Special(file) => {
                let mut out = BufWriter::new(file);
                render(&mut out)?;
                out.flush()
            }
            Self::Regular(path) => {
                let mut out = BufWriter::new(beside(&path)?);
                render(&mut out)?;
                let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(path)?;
                Ok(())
            }
        }
    }
}

/// Where a path leads. The file need not exist yet.
fn without_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..HOPS {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        if is_device_name(&path) {
            return Ok(path);
        }
        let folder = folder(&path).canonicalize()?;
        path = folder.join(name);
        match fs::read_link(&path) {
            Ok(next) if !is_device_name(&path) => path = folder.join(next),
            _ => return Ok(path),
        }
    }
    // As the system puts it: too many levels of symbolic links.
    fs::metadata(&path).map(|_| path)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Names for what is open already. Links among them do not lead to a file that could be replaced.
fn is_device_name(path: &Path) -> bool {
    if cfg!(windows) {
        return path
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case("NUL"));
    }
    ["/proc", "/dev/fd"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Tries to write, and leaves nothing behind: a run that is interrupted later has touched nothing.
fn rehearse(path: &Path) -> io::Result<()> {
    // Windows would only say that access is denied.
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if fs::exists(path)? {
        // A file that may be replaced but not written is meant to stay.
        OpenOptions::new().append(true).open(path)?;
    }
    beside(path)?.close()
}

/// A file in the same directory, with the permissions of the one it will replace. Those of a new
/// one are left to the umask, since other programs may read it.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".xfed-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder(path))?;
    #[cfg(unix)]
    if let Ok(old) = fs::metadata(path) {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only root can give files away. For everybody else the file stays their own.
        let _ = fchown(file.as_file(), Some(old.uid()), Some(old.gid()));
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}
