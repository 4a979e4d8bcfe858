//! `xfed cert`: connect, or read files; look, print.

mod files;

use std::io;
use std::sync::Arc;

use time::OffsetDateTime;

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use crate::config::cert::{CertOptions, Inspection, Subject, read};
use crate::config::{CommandLine, Configuration};
use crate::facts::Exhibit;
use crate::model::peer::Peer;
use crate::model::plan::Plan;
use crate::probe;
use crate::probe::shared::Shared;
use crate::render::Look;
use crate::render::exhibit::{ExhibitFormat, Visit};
use crate::report;
use crate::text::Texts;

pub(super) fn run(
    inputs: &[String],
    format: ExhibitFormat,
    command: &CommandLine<CertOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let inspection = read(inputs, command, file, OffsetDateTime::now_utc())?;
    console.announce_configuration(file, None, texts)?;
    console.announce_left_out(file, texts)?;
    let Inspection {
        subject,
        plan,
        shared,
    } = inspection;
    let peer = match subject {
        Subject::Server(peer) => peer,
        Subject::Files(files) => {
            return files::run(&files, format, plan, shared, texts, console);
        }
    };
    let (now, own_roots) = (plan.terms.now, plan.terms.own_roots);
    let exhibit = look_at(&peer, plan, shared)?;
    let visit = Visit {
        peer: &peer,
        exhibit: &exhibit,
        now,
        own_roots,
    };
    format
        .write(&visit, texts, console.look, console.out)
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    let code = report::of_exhibit(&exhibit);
    if code != 0 && format == ExhibitFormat::Pem {
        // There is no place for it in PEM.
        let plain = Look {
            colour: false,
            ..console.look
        };
        ExhibitFormat::Table.write(&visit, texts, plain, console.err)?;
    }
    Ok(code)
}

fn look_at(peer: &Peer, plan: Plan, shared: Shared) -> io::Result<Exhibit> {
    in_context(plan, shared, async |cx| {
        probe::exhibit::look_at(cx, peer).await
    })
}

/// Runs a probe by itself.
fn in_context<T>(
    plan: Plan,
    shared: Shared,
    probe: impl AsyncFnOnce(&probe::Context) -> T,
) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let seen = runtime.block_on(async {
        // The deadline runs from here.
        let cx = probe::Context::new(Arc::new(plan), Arc::new(shared));
        probe(&cx).await
    });
    // A resolver library that hangs must not hold up the result.
    runtime.shutdown_background();
    Ok(seen)
}
