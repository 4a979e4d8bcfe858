//! `xfed pair`: looks at two domains as strangers do, and judges each direction between them.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join;
use time::{Duration, OffsetDateTime};
use tokio::runtime::Builder;

use super::console::{Console, users_own};
use super::error::Error;
use super::file_names::Subject;
use super::interrupt::Interruption;
use super::progress::Line;
use super::publish::Publisher;
use super::via;
use crate::config::pair::{PairOptions, Pairing, read};
use crate::config::{CommandLine, Configuration, Content, SiteKeys, resolve};
use crate::engine;
use crate::facts::{CallerFacts, Facts, FactsOnTerms};
use crate::judge::pair::is_of_teams;
use crate::model::plan::{Plan, Scope, Terms};
use crate::model::vantage::Vantage;
use crate::probe::shared::Shared;
use crate::report::saved::Unreadable;
use crate::report::{SavedCheck, saved};
use crate::text::Texts;

pub(super) fn run(
    sides: [&str; 2],
    command: &CommandLine<PairOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let pairing = read(sides, command, file, OffsetDateTime::now_utc())?;
    let evidence = Evidence::read(&pairing)?;
    let wants_quiet = resolve(command, None, users_own(file)).output.quiet;
    console.announce_configuration(file, wants_quiet, texts)?;
    let Pairing {
        plans,
        shared,
        via,
        keys,
        one_by_one,
        evidence: _,
        output,
    } = pairing;
    for plan in plans.iter().filter(|_| !output.quiet) {
        console.announce_domain(&plan.input, plan.terms.domain.as_str(), texts)?;
    }
    // A direction goes by the domain that is to be reached.
    let [one, other] = &plans;
    let about = [other, one].map(|plan| Subject {
        domain: &plan.terms.domain,
        labels: &plan.labels,
    });
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &about)?;
    let watched = console.watched.filter(|_| !output.quiet);
    let line = watched.map(|signs| Line::start(&plans, false, signs, texts));
    // Where that cannot be done, Ctrl-C ends everything, as ever.
    let interruption = Interruption::listen().unwrap_or_default();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let eyes = Eyes {
        places: via,
        keys,
        shared: Arc::new(shared),
    };
    let seen = runtime.block_on(async {
        let looking = async {
            if one_by_one {
                let one = eyes.look(one).await;
                (one, eyes.look(other).await)
            } else {
                join(eyes.look(one), eyes.look(other)).await
            }
        };
        tokio::select! {
            both = looking => Some(both),
            () = interruption.come() => None,
        }
    });
    // A certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    if let Some(line) = line {
        line.end();
    }
    let Some((one, other)) = seen else {
        let code = publisher.finish_part(0, 2)?;
        console.announce_interruption(0, 2, texts)?;
        let by = interruption.by().map(super::interrupt::Signal::exit_code);
        return Ok(code.or(by).unwrap_or(3));
    };
    for (place, check) in evidence.directions(&one, &other).into_iter().enumerate() {
        publisher.take(place, engine::replay(check));
    }
    publisher.finish()
}

/// Where it is looked from.
struct Eyes {
    /// This machine alone where none was named.
    places: Vec<Vantage>,
    keys: SiteKeys,
    shared: Arc<Shared>,
}

impl Eyes {
    /// What is seen of a domain. Of one in the Microsoft cloud only the partner view sees a server.
    async fn look(&self, plan: &Plan) -> SavedCheck {
        let check = self.look_once(plan).await;
        if !is_of_teams(&check.facts, &check.terms) {
            return check;
        }
        let as_partner = Plan {
            terms: Terms {
                partner: true,
                ..plan.terms.clone()
            },
            ..plan.clone()
        };
        self.look_once(&as_partner).await
    }

    async fn look_once(&self, plan: &Plan) -> SavedCheck {
        if self.places.is_empty() {
            return engine::gather(Arc::new(plan.clone()), Arc::clone(&self.shared)).await;
        }
        let places = via::from_all(&self.places, plan, &self.shared, &self.keys).await;
        via::settled(plan, places, false)
    }
}

/// What test partners heard of either side, the latest first.
struct Evidence([Vec<FactsOnTerms>; 2]);

/// The clocks of two machines may differ by so much.
const CLOCKS: Duration = Duration::minutes(10);

impl Evidence {
    fn read(pairing: &Pairing) -> Result<Self, Error> {
        let mut heard = Self([Vec::new(), Vec::new()]);
        for file in &pairing.evidence {
            heard.take(file, &pairing.plans)?;
        }
        for side in &mut heard.0 {
            side.sort_by_key(|known| Reverse(known.terms.made_at));
            side.dedup();
        }
        Ok(heard)
    }

    /// Takes the reports in a file that are on one of the two. A test partner that several have called
    /// has a report on each.
    fn take(&mut self, file: &Path, plans: &[Plan; 2]) -> Result<(), Error> {
        let domains = plans.each_ref().map(|plan| &plan.terms.domain);
        let mut foreign = None;
        let mut is_of_use = false;
        for check in listened(file)? {
            let domain = &check.terms.domain;
            // Where nobody is known to have called, the report is on the test partner itself.
            let mut calls = check.facts.calls.iter();
            let is_nobodys = calls.any(|calls| calls.partner.domain == *domain);
            let mut sides = domains.iter();
            let Some(side) = sides.position(|side| *side == domain && !is_nobodys) else {
                foreign = foreign.or(Some(domain.to_string()));
                continue;
            };
            let made_at = check.terms.made_at;
            if made_at > plans[side].terms.now + CLOCKS {
                return Err(Error::FutureEvidence(file.to_owned(), made_at));
            }
            is_of_use = true;
            self.0[side].push(FactsOnTerms {
                terms: check.terms,
                facts: check.facts,
            });
        }
        match foreign.filter(|_| !is_of_use) {
            Some(domain) => Err(Error::OtherEvidence {
                file: file.to_owned(),
                domain,
                pair: domains.map(ToString::to_string),
            }),
            None => Ok(()),
        }
    }

    /// Who reaches whom: the first the second, and the other way round.
    fn directions(self, one: &SavedCheck, other: &SavedCheck) -> [SavedCheck; 2] {
        let Self([of_one, of_other]) = self;
        [
            direction(one, of_one, other),
            direction(other, of_other, one),
        ]
    }
}

/// The reports of a test partner in a file.
fn listened(file: &Path) -> Result<Vec<SavedCheck>, Error> {
    let bytes = Content::Reports.read_or_stdin(file)?;
    let checks = saved::read(&bytes).map_err(|error| match error {
        // What it is instead is known of these.
        Unreadable::Newer { .. } | Unreadable::Damaged(_) => Error::Report(file.to_owned(), error),
        _ => Error::NoEvidence(file.to_owned()),
    })?;
    let is_of_partner = |check: &SavedCheck| check.terms.scope == Scope::Outbound;
    if checks.is_empty() || !checks.iter().all(is_of_partner) {
        return Err(Error::NoEvidence(file.to_owned()));
    }
    Ok(checks)
}

fn direction(from: &SavedCheck, evidence: Vec<FactsOnTerms>, to: &SavedCheck) -> SavedCheck {
    let caller = CallerFacts {
        own: FactsOnTerms {
            terms: from.terms.clone(),
            facts: from.facts.clone(),
        },
        evidence,
    };
    let to = to.clone();
    SavedCheck {
        terms: Terms {
            scope: Scope::Pair,
            caller: Some(from.terms.domain.clone()),
            ..to.terms
        },
        facts: Facts {
            caller: Some(Box::new(caller)),
            ..to.facts
        },
        ..to
    }
}
