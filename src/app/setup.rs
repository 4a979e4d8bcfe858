//! `xfed plan`: ask DNS, advise, print.

use std::io;
use std::sync::Arc;

use time::OffsetDateTime;

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use crate::config::setup::{SetupOptions, read};
use crate::config::{CommandLine, Configuration};
use crate::facts::Survey;
use crate::model::plan::Plan;
use crate::probe;
use crate::probe::shared::Shared;
use crate::render::setup::Page;
use crate::setup::{Wish, advise};
use crate::text::Texts;

/// Never fails on DNS: the plan lists what could not be looked up.
pub(super) fn run(
    input: &str,
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let (wish, plan) = read(input, command, file, OffsetDateTime::now_utc())?;
    console.announce_configuration(file, None, texts)?;
    console.announce_left_out(file, texts)?;
    console.announce_domain(input, wish.domain.as_str(), texts)?;
    let survey = survey(&wish, plan)?;
    let advice = advise(&wish, &survey);
    Page::new(&wish, &advice, texts, console.look)
        .write(console.out)
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    Ok(0)
}

fn survey(wish: &Wish, plan: Plan) -> io::Result<Survey> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let survey = runtime.block_on(async {
        // The deadline runs from here.
        let shared = Arc::new(Shared::new(None, None));
        let cx = probe::Context::new(Arc::new(plan), shared);
        probe::survey::survey(&cx, wish).await
    });
    // A resolver library that hangs must not hold up the result.
    runtime.shutdown_background();
    Ok(survey)
}
