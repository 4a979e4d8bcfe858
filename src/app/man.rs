//! `xfed man --dir`: the whole manual, in files.

use std::path::Path;

use crate::Error;
use crate::cli::manual::Page;

/// Writes all pages into this directory.
pub(super) fn write(folder: &Path) -> Result<u8, Error> {
    let named = |file: &Path, error| Error::WriteFile(file.to_owned(), error);
    std::fs::create_dir_all(folder).map_err(|error| named(folder, error))?;
    for page in Page::all() {
        let file = folder.join(page.file_name());
        std::fs::write(&file, page.source()?).map_err(|error| named(&file, error))?;
    }
    Ok(0)
}
