//! `xfed schema`: the JSON Schemas.

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use crate::cli::SchemaChoice;
use crate::config;
use crate::render::{diff, json};

pub(super) fn run(what: SchemaChoice, console: &mut Console<'_>) -> Result<u8, Error> {
    let written = match what {
        SchemaChoice::Report => json::write_schema(console.out),
        SchemaChoice::Diff => diff::write_schema(console.out),
        SchemaChoice::Config => config::write_schema(console.out),
    };
    written
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    Ok(0)
}
