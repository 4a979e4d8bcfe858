//! Files of a test.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// Where the files of tests are: below the target directory.
pub const FILES: &str = env!("CARGO_TARGET_TMPDIR");

/// A file of this content; it goes with its test.
pub fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new_in(FILES).expect("the target directory is writable");
    let written = file.write_all(content.as_bytes());
    written.expect("the target directory is writable");
    file
}

/// A folder that goes with its test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        // The default begins with a dot, and hidden folders are special to some programs.
        builder.prefix("folder-");
        // For programs that give up their rights before they read it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
        Self(
            builder
                .tempdir_in(FILES)
                .expect("the target directory is writable"),
        )
    }

    /// With a file of this content; folders on the way to it are made.
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.file(name);
        let folder = path.parent().expect("it is in this folder");
        std::fs::create_dir_all(folder).expect("the target directory is writable");
        std::fs::write(&path, content).expect("the target directory is writable");
        self
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What is in it, in order.
    #[cfg(unix)]
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("it is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            let name = entry.expect("it stays there").file_name();
            name.to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}
