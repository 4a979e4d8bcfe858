//! `xfed check --via`: has places look, chooses the one that the verdict rests on, and judges here
//! what all of them saw.

mod answer;
mod https;
mod ssh;

use std::io;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use tokio::runtime::Builder;

use super::asked::Asked;
use super::console::Console;
use super::error::Error;
use super::file_names::Subject;
use super::here;
use super::interrupt::{Interruption, Signal};
use super::progress::Line;
use super::publish::Publisher;
use crate::config::{SiteKeys, Target, resolve};
use crate::engine;
use crate::facts::{Facts, Outlook, Sight};
use crate::model::plan::{Plan, Terms};
use crate::model::vantage::Vantage;
use crate::probe::shared::Shared;
use crate::report::SavedCheck;

pub(super) fn run(
    targets: &[Target],
    asked: Asked<'_>,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let mut plans = asked.settings.planner.plans(targets)?;
    resolve(asked.command, None, None).fit_places(&asked.settings.via)?;
    let keys = SiteKeys::read(&asked.settings.via, asked.command, asked.file)?;
    let since = asked.older()?;
    asked.announce(console)?;
    let Asked {
        settings, texts, ..
    } = asked;
    let output = settings.output;
    if !output.quiet {
        let plan = &plans[0];
        console.announce_domain(&plan.input, plan.terms.domain.as_str(), texts)?;
    }
    let about = [Subject {
        domain: &plans[0].terms.domain.clone(),
        labels: &plans[0].labels.clone(),
    }];
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &about)?;
    if let Some((archive, wanted)) = since {
        publisher.compare_with(archive, wanted);
    }
    let watched = console.watched.filter(|_| !output.quiet);
    let line = watched.map(|signs| Line::start(&plans, false, signs, texts));
    let plan = plans.pop().expect("--via goes with one domain");
    let seen = look(&settings.via, &plan, settings.shared, &keys)?;
    if let Some(line) = line {
        line.end();
    }
    match seen {
        Ok(sights) => {
            let check = settled(&plan, sights, plan.terms.partner);
            publisher.take(0, engine::replay(check));
            publisher.finish()
        }
        Err(signal) => {
            let code = publisher.finish_part(0, 1)?;
            console.announce_interruption(0, 1, texts)?;
            Ok(code.unwrap_or(signal.exit_code()))
        }
    }
}

/// What each place saw, unless somebody wanted the end before.
fn look(
    places: &[Vantage],
    plan: &Plan,
    shared: Shared,
    keys: &SiteKeys,
) -> io::Result<Result<Vec<Looked>, Signal>> {
    // Where that cannot be done, Ctrl-C ends everything, as ever.
    let interruption = Interruption::listen().unwrap_or_default();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let shared = Arc::new(shared);
    let sights = runtime.block_on(async {
        tokio::select! {
            sights = from_all(places, plan, &shared, keys) => Ok(sights),
            () = interruption.come() => Err(interruption.by().unwrap_or(Signal::Interrupt)),
        }
    });
    // A certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    Ok(sights)
}

/// What each place sees.
pub(super) async fn from_all(
    places: &[Vantage],
    plan: &Plan,
    shared: &Arc<Shared>,
    keys: &SiteKeys,
) -> Vec<Looked> {
    let looks = places.iter().map(|place| -> BoxFuture<'_, Looked> {
        match place {
            Vantage::Here => from_here(plan, Arc::clone(shared)).boxed(),
            Vantage::Ssh(login) => ssh::look(login, plan).boxed(),
            Vantage::Https(site) => https::look(site, plan, shared, keys).boxed(),
        }
    });
    join_all(looks).await
}

/// A place, and what was seen there, if it could look.
pub(super) struct Looked {
    place: Outlook,
    seen: Option<Seen>,
}

struct Seen {
    terms: Terms,
    elapsed_us: u64,
    facts: Facts,
}

async fn from_here(plan: &Plan, shared: Arc<Shared>) -> Looked {
    let mut plan = plan.clone();
    if plan.terms.partner {
        plan.here = Some(here::look());
    }
    let check = engine::gather(Arc::new(plan), shared).await;
    Looked {
        place: Outlook {
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..Outlook::at(Vantage::Here)
        },
        seen: Some(Seen {
            terms: check.terms,
            elapsed_us: check.elapsed_us,
            facts: check.facts,
        }),
    }
}

/// The place that the verdict rests on, by its number. Partners come from outside: the first place
/// elsewhere that could look, else the first that could not. Whether our server reaches a partner
/// shows from here.
fn decisive(places: &[Looked], partner: bool) -> usize {
    let first = |is_such: &dyn Fn(&Looked) -> bool| places.iter().position(is_such);
    let is_elsewhere = |looked: &Looked| looked.place.at.is_elsewhere();
    let here = || first(&|looked| !is_elsewhere(looked));
    let outside = || {
        let seen = first(&|looked| is_elsewhere(looked) && looked.seen.is_some());
        seen.or_else(|| first(&is_elsewhere))
    };
    let chosen = if partner {
        here().or_else(outside)
    } else {
        outside().or_else(here)
    };
    chosen.unwrap_or_default()
}

/// What is judged: by the terms of this machine, and by what the decisive place says of its own ways.
/// Where it is about whom we reach ourselves, that is this machine.
pub(super) fn settled(plan: &Plan, mut places: Vec<Looked>, about_us: bool) -> SavedCheck {
    let own = places.remove(decisive(&places, about_us));
    let (terms, elapsed_us, facts) = match own.seen {
        Some(seen) => (seen.terms, seen.elapsed_us, seen.facts),
        None => (plan.terms.clone(), 0, Facts::default()),
    };
    let beside = places.into_iter().map(|looked| {
        let seen = looked.seen.map(|seen| (seen.terms, seen.facts));
        let (terms, facts) = seen.unzip();
        Sight {
            place: looked.place,
            terms,
            facts,
        }
    });
    SavedCheck {
        input: plan.input.clone(),
        labels: plan.labels.clone(),
        terms,
        elapsed_us,
        redacted: false,
        place: Some(own.place),
        beside: beside.collect(),
        facts,
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::model::names::Domain;

    #[test]
    fn the_outside_view_decides_and_for_partners_ours() {
        let looked = |at: &str, sees: bool| {
            let place = Outlook::at(Vantage::parse(at).expect("a place"));
            let domain = Domain::parse("zahnfee.de").expect("a domain");
            let terms = Terms::new(domain, OffsetDateTime::UNIX_EPOCH);
            let seen = sees.then(|| Seen {
                terms,
                elapsed_us: 1,
                facts: Facts::default(),
            });
            Looked { place, seen }
        };
        for (places, own, partner) in [
            (&[("here", true)][..], 0, 0),
            (&[("here", true), ("ssh://a", true)], 1, 0),
            (&[("ssh://a", true), ("here", true)], 0, 1),
            (
                &[("here", true), ("ssh://a", false), ("ssh://b", true)],
                2,
                0,
            ),
            (&[("here", true), ("ssh://a", false)], 1, 0),
            (&[("ssh://a", false), ("ssh://b", false)], 0, 0),
        ] {
            let places: Vec<Looked> = places.iter().map(|(at, sees)| looked(at, *sees)).collect();
            assert_eq!(decisive(&places, false), own);
            assert_eq!(decisive(&places, true), partner);
        }
    }
}
