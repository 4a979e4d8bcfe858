//! `xfed about`: which version this is, and what there is to say on its origin.

use super::console::Console;
use super::error::Error;
use super::explain;
use crate::render::explain::Form;
use crate::text::Texts;

/// The name of the subject that says it.
const SUBJECT: &str = "about";

pub(super) fn run(texts: &Texts, console: &mut Console<'_>) -> Result<u8, Error> {
    let version = concat!("xfed ", env!("CARGO_PKG_VERSION"), "\n\n");
    console.print(version.as_bytes())?;
    explain::run(Some(SUBJECT), Form::default(), texts, console)
}
