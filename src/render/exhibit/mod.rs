//! What a server shows (`xfed cert`): for people, for machines, and the certificates themselves. It
//! shows facts; whether they are good or bad is for `xfed check` to say.

mod contract;
mod facts;
mod offers;
mod page;
mod sections;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use time::OffsetDateTime;

use self::facts::document;
pub(crate) use self::offers::Selection;
use self::page::Page;
use super::Look;
use super::json::harmless::{self, Layout};
use crate::facts::Exhibit;
use crate::model::peer::Peer;
use crate::text::Texts;

/// How an exhibit is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExhibitFormat {
    /// For people.
    #[default]
    Table,
    /// One object with everything that was seen.
    Json,
    /// The certificates as sent, for other programs.
    Pem,
}

/// What was looked at, and under which terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) exhibit: &'a Exhibit,
    /// When.
    pub(crate) now: OffsetDateTime,
    /// `--ca-file` replaced the public roots.
    pub(crate) own_roots: bool,
}

impl ExhibitFormat {
    /// Writes what was seen.
    pub(crate) fn write(
        self,
        visit: &Visit<'_>,
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Table => Page::new(visit, texts, look).write(out),
            Self::Json => as_json(&document(visit), out),
            Self::Pem => write_pem(visit, out),
        }
    }
}

/// Version of the contract.
const SCHEMA: u32 = 1;

fn as_json(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    harmless::write(document, Layout::Indented, out)?;
    writeln!(out)
}

/// Each chain once, in the order of the addresses.
fn write_pem(visit: &Visit<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut written = Vec::new();
    for server in &visit.exhibit.servers {
        let Some(shown) = server.shown() else {
            continue;
        };
        if !written.contains(&shown.chain) {
            for certificate in shown.chain {
                write!(out, "{}", String::from(certificate.clone()))?;
            }
            written.push(shown.chain);
        }
    }
    Ok(())
}
