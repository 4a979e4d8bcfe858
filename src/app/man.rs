//! `xfed man`: a page of the manual, or all of it in files.

use std::path::Path;

use super::console::Console;
use super::error::Error;
use crate::cli::manual::Page;

pub(super) fn run(
    page: &Page,
    folder: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    match folder {
        Some(folder) => write_all(folder),
        None => console.print(&page.source()?),
    }
}

/// Writes all pages into this directory.
fn write_all(folder: &Path) -> Result<u8, Error> {
    let failed = |file: &Path, error| Error::WriteFile(file.to_owned(), error);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for page in Page::all() {
        let file = folder.join(page.file_name());
        std::fs::write(&file, page.source()?).map_err(|error| failed(&file, error))?;
    }
    Ok(0)
}
