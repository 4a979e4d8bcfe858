//! Runs the checklist: six independent tasks over facts that are gathered once and shared.
//!
//! A step awaits the facts it needs and calls its judge; whatever happens to it, hangs or panics,
//! costs its own row only. Limits live in the probes: dropping a step would cancel work that the
//! others wait for. Facts that were gathered earlier are judged on the same way, only that nobody
//! has to wait for them.

mod across;
mod way;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::facts::{CallerFacts, Facts, Published, Sight};
use crate::judge::domain::DOMAIN_MICROSOFT_TENANT;
use crate::judge::outbound::{Heard, OUTBOUND};
use crate::judge::pair;
use crate::judge::{self, Judge, STEP_CRASHED, STEPS, Step, places};
use crate::model::finding::{Finding, Judged, Note, Skip, StepId};
use crate::model::names::Fqdn;
use crate::model::plan::{Plan, Scope, Terms};
use crate::probe::gather::{Cells, Crashed};
use crate::probe::shared::Shared;
use crate::probe::{Context, elapsed_us};
use crate::report::{Report, Row, SavedCheck, Status};
pub use across::{CrossCheck, WayOut, across};

/// Checks one domain by these steps, normally [`crate::judge::STEPS`].
pub async fn run(steps: &'static [Step], plan: Arc<Plan>, shared: Arc<Shared>) -> Report {
    watched(steps, plan, shared, &|_| {}).await
}

/// The same for somebody who watches: told is each step that has all it needs. What it says may still
/// change with what the others find.
pub async fn watched(
    steps: &'static [Step],
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    tell: &(dyn Fn(StepId) + Sync),
) -> Report {
    let start = Instant::now();
    let cx = Context::new(Arc::clone(&plan), shared);
    let cells = Cells::start(&cx);
    let rows = rows(steps, &cells, &plan.terms, Vec::new(), tell).await;
    let renewal = renewal(&cells, &plan.terms).await;
    let check = saved(&plan, &cx, cells, start).await;
    let fqdns = names(&check.facts);
    Report {
        renewal,
        ..Report::new(check, fqdns, rows)
    }
}

/// Looks at one domain, for somebody else to judge.
pub async fn gather(plan: Arc<Plan>, shared: Arc<Shared>) -> SavedCheck {
    let start = Instant::now();
    let cx = Context::new(Arc::clone(&plan), shared);
    let cells = Cells::start(&cx);
    saved(&plan, &cx, cells, start).await
}

async fn saved(plan: &Plan, cx: &Context, cells: Cells, start: Instant) -> SavedCheck {
    let mut facts = cells.collect().await;
    facts.questions = Some(cx.questions());
    facts.here.clone_from(&plan.here);
    SavedCheck {
        input: plan.input.clone(),
        labels: plan.labels.clone(),
        terms: plan.terms.clone(),
        elapsed_us: elapsed_us(start),
        redacted: false,
        place: None,
        beside: Vec::new(),
        facts,
    }
}

/// The report of facts that were gathered earlier, by today's rules.
///
/// # Panics
///
/// Never: nothing is waited for.
pub fn replay(check: SavedCheck) -> Report {
    let cells = Cells::of(&check.facts);
    let across = match &check.place {
        Some(place) => places::judge(&check.facts, &check.terms, place, &check.beside),
        None => Vec::new(),
    };
    let failed = check.place.as_ref().and_then(places::failure);
    let judging = async {
        let rows = match failed {
            Some(failed) => untested(failed, across),
            None if check.terms.scope == Scope::Outbound => outbound(&check.facts, &check.terms),
            None => rows(&STEPS, &cells, &check.terms, across, &|_| {}).await,
        };
        let rows = match &check.facts.caller {
            Some(caller) if check.terms.scope == Scope::Pair => {
                with_caller(rows, caller, &check.facts, &check.terms).await
            }
            _ => rows,
        };
        let mut beside = Vec::new();
        for sight in &check.beside {
            beside.push(seen_from(sight).await);
        }
        (rows, beside, renewal(&cells, &check.terms).await)
    };
    let (rows, beside, renewal) = judging
        .now_or_never()
        .expect("facts that are there are not waited for");
    let fqdns = names(&check.facts);
    Report {
        beside,
        renewal,
        ..Report::new(check, fqdns, rows)
    }
}

fn names(facts: &Facts) -> Vec<Fqdn> {
    let hosts = facts.addresses.iter().flatten();
    hosts.map(|host| host.fqdn.clone()).collect()
}

/// The checklist as a place beside the verdict's own saw it; nothing, where it could not look.
async fn seen_from(sight: &Sight) -> Vec<Row> {
    match (&sight.facts, &sight.terms) {
        (Some(facts), Some(terms)) => {
            rows(&STEPS, &Cells::of(facts), terms, Vec::new(), &|_| {}).await
        }
        _ => Vec::new(),
    }
}

/// The rows where the place that the verdict rests on could not look: the first says so, and the
/// others wait.
fn untested(failed: Finding, across: Vec<(StepId, Finding)>) -> Vec<Row> {
    let mut findings = vec![failed];
    findings.extend(across.into_iter().map(|(_, finding)| finding));
    let rows = StepId::ALL.map(|step| {
        let judged = if step == StepId::Domain {
            Judged::new(Note::new("seen-nothing"), std::mem::take(&mut findings))
        } else {
            let first = i64::from(StepId::Domain.number());
            Judged {
                skip: Some(Skip::Needs(StepId::Domain)),
                ..Judged::new(Note::new("needs-step").with("number", first), Vec::new())
            }
        };
        Row::new(step, judged)
    });
    rows.to_vec()
}

/// The checklist of the other direction. A judge that panics costs its own row.
fn outbound(facts: &Facts, terms: &Terms) -> Vec<Row> {
    let heard = Heard::among(facts, terms);
    let rows = OUTBOUND.iter().map(|step| {
        let judging = || heard.as_ref().map(|heard| step.judge(heard));
        let judged = catch_unwind(AssertUnwindSafe(judging)).ok().flatten();
        let mut judged = judged.unwrap_or_else(|| crashed(step.id));
        terms.weigh(&mut judged.findings);
        Row::new(step.id, judged)
    });
    rows.collect()
}

/// The checklist of a domain that another one is to reach, and what else that takes. The other one's
/// own server is judged first, at the same moment.
async fn with_caller(
    mut rows: Vec<Row>,
    caller: &CallerFacts,
    facts: &Facts,
    terms: &Terms,
) -> Vec<Row> {
    let at = |terms_then: &Terms| Terms {
        now: terms.now,
        ..terms_then.clone()
    };
    let CallerFacts { own, evidence } = caller;
    // Where the place that decides could not look, there is nothing to be judged.
    let own = if own.facts.zone.is_none() && own.facts.srv.is_none() {
        Vec::new()
    } else {
        let cells = Cells::of(&own.facts);
        self::rows(&STEPS, &cells, &at(&own.terms), Vec::new(), &|_| {}).await
    };
    // What is said in SIP then has nothing to do with whom it is said to.
    let heard = evidence.iter().map(|heard| {
        let rows = outbound(&heard.facts, &at(&heard.terms)).into_iter();
        rows.take(4).collect()
    });
    let heard: Vec<Vec<Row>> = heard.collect();
    let direction = pair::Direction {
        terms,
        facts,
        caller,
        own: own.iter().map(judged_before).collect(),
        heard: std::iter::zip(evidence, &heard)
            .map(|(evidence, rows)| pair::Hearing {
                evidence,
                steps: rows.iter().map(judged_before).collect(),
            })
            .collect(),
    };
    if !direction.is_from_teams() {
        // Only Teams goes by its own list of domains.
        for row in &mut rows {
            row.lower(&DOMAIN_MICROSOFT_TENANT);
        }
    }
    rows.extend(pair::PAIR.iter().map(|step| {
        let judging = || (step.judge)(&direction);
        let judged = catch_unwind(AssertUnwindSafe(judging)).ok();
        let mut judged = judged.unwrap_or_else(|| crashed(step.id));
        terms.weigh(&mut judged.findings);
        Row::new(step.id, judged)
    }));
    rows
}

fn judged_before(row: &Row) -> pair::Beside<'_> {
    pair::Beside {
        step: row.step,
        findings: &row.findings,
        is_judged: row.status != Status::Skip,
    }
}

/// What is left of a step whose judge panicked, or whose facts are not there.
fn crashed(step: StepId) -> Judged {
    let finding = Finding::new(&STEP_CRASHED).with("step", step.id());
    Judged::new(Note::new("seen-nothing"), vec![finding])
}

/// `across` is what several places together show, each beside its step.
async fn rows(
    steps: &[Step],
    cells: &Cells,
    terms: &Terms,
    across: Vec<(StepId, Finding)>,
    tell: &(dyn Fn(StepId) + Sync),
) -> Vec<Row> {
    let judging = steps.iter().map(async |step| {
        let judged = judge_step(step, cells, terms).await;
        tell(step.id);
        judged
    });
    let mut judged = join_all(judging).await;
    for (about, finding) in across {
        let of_step = judged.iter_mut().find(|(step, _)| *step == about);
        if let Some((_, judged)) = of_step {
            judged.findings.push(finding);
        }
    }
    settle(&mut judged, cells, terms).await;
    let rows = judged.into_iter();
    rows.map(|(step, judged)| Row::new(step, judged)).collect()
}

/// What was found about the renewal, where that was asked for. Beside the steps: what crashes here is
/// missing, and costs nothing else.
async fn renewal(cells: &Cells, terms: &Terms) -> Option<Vec<Finding>> {
    let judging = async {
        let facts = cells.renewal.get().await.ok().flatten()?;
        let addresses = cells.addresses.get().await.unwrap_or_default();
        let endpoints = cells.endpoints.get().await.unwrap_or_default();
        Some(judge::renewal::judge(&facts, &addresses, &endpoints, terms))
    };
    AssertUnwindSafe(judging)
        .catch_unwind()
        .await
        .ok()
        .flatten()
}

/// Weighs the findings of all steps, and tells causes from consequences.
async fn settle(judged: &mut [(StepId, Judged)], cells: &Cells, terms: &Terms) {
    for (_, judged) in judged.iter_mut() {
        terms.weigh(&mut judged.findings);
    }
    let (srv, addresses) = (cells.srv.get().await, cells.addresses.get().await);
    let endpoints = cells.endpoints.get().await.unwrap_or_default();
    // Where a probe crashed, nothing is known of the places that findings were made at.
    if let (Ok(srv), Ok(addresses)) = (srv, addresses) {
        let published = Published::among(&srv, &addresses, &endpoints, terms);
        judge::settle(judged, &published);
    }
}

/// The judgement on one step, even if the judge or a probe of its facts panics.
async fn judge_step(step: &Step, cells: &Cells, terms: &Terms) -> (StepId, Judged) {
    // A judge that panics leaves nothing half done: it only reads.
    let judging = AssertUnwindSafe(judge(step.judge, cells, terms)).catch_unwind();
    let judged = if let Ok(Ok(judged)) = judging.await {
        judged
    } else {
        crashed(step.id)
    };
    (step.id, judged)
}

/// Joins judges with the facts they need. A new kind of judge does not compile until it is here.
async fn judge(judge: Judge, cells: &Cells, terms: &Terms) -> Result<Judged, Crashed> {
    let Cells {
        zone,
        srv,
        addresses,
        endpoints,
        control,
        met: _,
        renewal: _,
    } = cells;
    Ok(match judge {
        Judge::Domain(judge) => {
            let (zone, srv) = (zone.get().await?, srv.get().await?);
            judge(&zone, &srv, &addresses.get().await?, terms)
        }
        // A file says nothing of the server.
        Judge::Tcp(_) | Judge::Endpoints(_) if terms.scope == Scope::ZoneFile => Judged {
            skip: Some(Skip::NotApplicable),
            ..Judged::new(Note::new("seen-zone-file-only"), Vec::new())
        },
        Judge::Srv(judge) => judge(&*zone.get().await?, &*srv.get().await?, terms),
        Judge::Address(judge) => {
            // Optional here: if their probe crashed, the addresses are judged without them.
            let endpoints = endpoints.get().await.unwrap_or_default();
            let (srv, addresses) = (srv.get().await?, addresses.get().await?);
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, terms)
        }
        Judge::Tcp(judge) => {
            // Optional: if its probe crashed, the judge does without it.
            let control = control.get().await.ok().flatten();
            let srv = srv.get().await?;
            let (addresses, endpoints) = (addresses.get().await?, endpoints.get().await?);
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, control.as_deref(), terms)
        }
        Judge::Endpoints(judge) => {
            let (srv, addresses) = (srv.get().await?, addresses.get().await?);
            let endpoints = endpoints.get().await?;
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, terms)
        }
    })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::model::finding::Severity;
    use crate::model::names::Domain;
    use crate::model::plan::View;
    use crate::report::Verdict;

    /// A plan whose only resolver is a closed port on this machine.
    fn plan() -> Plan {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        Plan {
            views: vec![View::Resolver(([127, 0, 0, 1], 1).into())],
            compare: None,
            ..Plan::new(domain, OffsetDateTime::UNIX_EPOCH)
        }
    }

    async fn report(steps: &'static [Step]) -> Report {
        run(steps, Arc::new(plan()), Arc::new(Shared::new(None, None))).await
    }

    #[tokio::test]
    async fn a_panicking_judge_costs_its_own_row() {
        static CRASHING: [Step; 3] = [
            Step {
                id: StepId::Domain,
                rules: &[],
                judge: STEPS[0].judge,
            },
            Step {
                id: StepId::Srv,
                rules: &[],
                judge: Judge::Srv(|_, _, _| panic!("a bug in this test")),
            },
            Step {
                id: StepId::Tcp,
                rules: &[],
                judge: STEPS[3].judge,
            },
        ];
        let (report, healthy) = tokio::join!(report(&CRASHING), report(&STEPS));
        let crashed = &report.rows[1];
        assert_eq!(
            (crashed.step, crashed.status),
            (StepId::Srv, Status::Unknown)
        );
        assert_eq!(crashed.findings[0].rule, &STEP_CRASHED);
        assert_eq!(crashed.findings[0].severity, Severity::Unknown);
        assert_eq!(
            (&report.rows[0], &report.rows[2]),
            (&healthy.rows[0], &healthy.rows[3])
        );
        assert_eq!(report.verdict(), Verdict::Inconclusive);
    }

    #[tokio::test]
    async fn facts_survive_being_written_and_read() {
        let facts = report(&STEPS).await.check.facts;
        let json = serde_json::to_string(&facts).expect("facts are JSON");
        assert_eq!(
            serde_json::from_str::<Facts>(&json).expect("what was written"),
            facts
        );
    }

    #[tokio::test]
    async fn the_same_facts_are_judged_the_same_again() {
        let report = report(&STEPS).await;
        assert_eq!(replay(report.check.clone()), report);
    }

    /// What a crashed probe owed then is owed still: no row takes "absent" for "none".
    #[tokio::test]
    async fn absent_facts_are_unknown_again() {
        type Lose = fn(&mut Facts);
        let report = report(&STEPS).await;
        let losses: [(Lose, &[usize]); 4] = [
            (|facts| facts.zone = None, &[0, 2]),
            (|facts| facts.srv = None, &[0, 1, 2, 3, 4, 5]),
            (|facts| facts.addresses = None, &[0, 1, 3, 4, 5]),
            (|facts| facts.endpoints = None, &[3, 4, 5]),
        ];
        for (lose, lost) in losses {
            let mut check = report.check.clone();
            lose(&mut check.facts);
            let again = replay(check);
            for (index, row) in again.rows.iter().enumerate() {
                if lost.contains(&index) {
                    assert_eq!(row.status, Status::Unknown, "{:?}", row.step);
                    assert_eq!(row.findings[0].rule, &STEP_CRASHED);
                } else {
                    assert_eq!(row, &report.rows[index]);
                }
            }
            assert_eq!(again.verdict(), Verdict::Inconclusive);
        }
    }
}
