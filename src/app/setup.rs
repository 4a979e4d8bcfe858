//! `xfed plan`: ask DNS, advise, print.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{Console, ignore_closed_pipe, name_configuration};
use crate::Error;
use crate::config::setup::{PlanOptions, read};
use crate::config::{Configuration, Settings};
use crate::facts::Survey;
use crate::probe::Prober;
use crate::render::setup;
use crate::setup::{Wish, advise};
use crate::text::Texts;

/// Always ends well: what DNS does not say, the plan says so.
pub(super) fn run(
    input: &str,
    options: PlanOptions,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let (wish, settings) = read(input, options, file, OffsetDateTime::now_utc())?;
    name_configuration(file, Some(false), texts, console)?;
    if input != wish.domain.as_str() {
        let taken = texts.say(
            "input-taken",
            &[("input", input), ("domain", wish.domain.as_str())],
        );
        writeln!(console.err, "xfed: {taken}")?;
    }
    let survey = survey(&wish, settings)?;
    let advice = advise(&wish, &survey);
    setup::write(&wish, &advice, texts, console.look, console.out)
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    Ok(0)
}

fn survey(wish: &Wish, settings: Settings) -> Result<Survey, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let plan = settings.plans.into_iter().next().ok_or(Error::NoDomain)?;
    let survey = runtime.block_on(async {
        // The deadline runs from here.
        let prober = Prober::new(Arc::new(plan), Arc::new(settings.shared));
        prober.survey(wish).await
    });
    // A resolver library that hangs must not hold up the result.
    runtime.shutdown_background();
    Ok(survey)
}
