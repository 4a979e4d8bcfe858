//! Runs the checklist: six independent tasks over facts that are gathered once and shared.
//!
//! A step awaits the facts it needs and calls its judge; whatever happens to it, hangs or panics,
//! costs its own row only. Limits live in the probes: dropping a step would cancel work that the
//! others wait for. Facts that were gathered earlier are judged on the same way, only that nobody
//! has to wait for them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::facts::Facts;
use crate::judge::{Counting, Judge, STEP_CRASHED, STEPS, Step};
use crate::model::finding::{Finding, Judged, Note};
use crate::model::names::Fqdn;
use crate::model::plan::{Plan, Terms};
use crate::probe::gather::{Cells, Crashed};
use crate::probe::shared::Shared;
use crate::probe::{Context, elapsed_us};
use crate::report::redact::redact;
use crate::report::{Report, Row, SavedCheck};

/// Checks one domain with these steps, normally [`crate::judge::STEPS`].
pub async fn run(steps: &'static [Step], plan: Arc<Plan>, shared: Arc<Shared>) -> Report {
    let start = Instant::now();
    let cx = Context::new(Arc::clone(&plan), shared);
    let cells = Cells::start(&cx);
    let rows = rows(steps, &cells, &plan.terms).await;
    let mut facts = cells.collect().await;
    facts.questions = Some(cx.questions());
    let fqdns = names(&facts);
    let past = SavedCheck {
        input: plan.input.clone(),
        terms: plan.terms.clone(),
        elapsed_us: elapsed_us(start),
        redacted: false,
        facts,
    };
    Report::new(past, fqdns, rows)
}

impl Report {
    /// The report of facts that were gathered earlier, by today's rules.
    ///
    /// # Panics
    ///
    /// Never: nothing is waited for.
    pub fn again(past: SavedCheck) -> Self {
        let cells = Cells::of(&past.facts);
        let rows = rows(&STEPS, &cells, &past.terms)
            .now_or_never()
            .expect("facts that are there are not waited for");
        let fqdns = names(&past.facts);
        Self::new(past, fqdns, rows)
    }

    /// The same report without what is local to the machine that made it.
    pub fn redacted(self) -> Self {
        Self::again(SavedCheck {
            input: self.terms.domain.to_string(),
            terms: Terms {
                policy: self.terms.policy.clone().redacted(),
                ..self.terms
            },
            elapsed_us: self.elapsed_us,
            redacted: true,
            facts: redact(&self.facts),
        })
    }
}

fn names(facts: &Facts) -> Vec<Fqdn> {
    let hosts = facts.addresses.iter().flatten();
    hosts.map(|host| host.fqdn.clone()).collect()
}

async fn rows(steps: &[Step], cells: &Cells, terms: &Terms) -> Vec<Row> {
    join_all(steps.iter().map(|step| row(step, cells, terms))).await
}

/// Always returns a row, even if the judge panics.
async fn row(step: &Step, cells: &Cells, terms: &Terms) -> Row {
    // A judge that panics leaves nothing half done: it only reads.
    let judging = AssertUnwindSafe(judge(step.judge, cells, terms)).catch_unwind();
    // Not judged because the judge panicked, or because a probe that it needs the facts of did.
    let judged = if let Ok(Ok(judged)) = judging.await {
        judged
    } else {
        let finding = Finding::new(&STEP_CRASHED).with("step", step.id.id());
        Judged::new(Note::new("seen-nothing"), vec![finding])
    };
    Row::new(step.id, judged, terms)
}

/// Joins judges with the facts they need. A new kind of judge does not compile until it is here.
async fn judge(judge: Judge, cells: &Cells, terms: &Terms) -> Result<Judged, Crashed> {
    let Cells {
        zone,
        srv,
        addresses,
        endpoints,
        control,
    } = cells;
    // Optional facts: if their probe crashed, judge without them.
    let control = async || control.get().await.ok().flatten();
    Ok(match judge {
        Judge::Domain(judge) => {
            let (zone, srv) = (zone.get().await?, srv.get().await?);
            judge(&zone, &srv, &addresses.get().await?, terms)
        }
        Judge::Address(judge) => {
            let endpoints = endpoints.get().await.unwrap_or_default();
            let control = control().await;
            let (srv, addresses) = (srv.get().await?, addresses.get().await?);
            let counting = Counting::among(&srv, &addresses, &endpoints, terms);
            let control = control.as_deref();
            judge(&counting.addresses, &counting.endpoints, control, terms)
        }
        Judge::Srv(judge) => judge(&*zone.get().await?, &*srv.get().await?, terms),
        Judge::Tcp(judge) => {
            let control = control().await;
            let (srv, addresses) = (srv.get().await?, addresses.get().await?);
            let counting = Counting::among(&srv, &addresses, &endpoints.get().await?, terms);
            let control = control.as_deref();
            judge(&counting.addresses, &counting.endpoints, control, terms)
        }
        Judge::Endpoints(judge) => {
            let (srv, addresses) = (srv.get().await?, addresses.get().await?);
            let counting = Counting::among(&srv, &addresses, &endpoints.get().await?, terms);
            judge(&counting.addresses, &counting.endpoints, terms)
        }
    })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::model::finding::{Severity, StepId};
    use crate::model::names::Domain;
    use crate::model::plan::{Authority, Limits, View};
    use crate::report::{Status, Verdict};

    /// A plan whose only resolver is a closed port on this machine.
    fn plan() -> Plan {
        Plan {
            input: "zahnfee.de".to_owned(),
            terms: Terms::new(
                Domain::parse("zahnfee.de").expect("a domain"),
                OffsetDateTime::UNIX_EPOCH,
            ),
            views: vec![View::Resolver(([127, 0, 0, 1], 1).into())],
            authority: Authority::Published,
            redirects: Vec::new(),
            control: None,
            fetch_issuer: false,
            revocation: true,
            compare: None,
            from: "sip:xfed@anonymous.invalid".to_owned(),
            limits: Limits::default(),
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
        let facts = report(&STEPS).await.facts;
        let json = serde_json::to_string(&facts).expect("facts are JSON");
        assert_eq!(
            serde_json::from_str::<Facts>(&json).expect("what was written"),
            facts
        );
    }

    fn past(report: &Report) -> SavedCheck {
        SavedCheck {
            input: report.input.clone(),
            terms: report.terms.clone(),
            elapsed_us: report.elapsed_us,
            redacted: report.redacted,
            facts: report.facts.clone(),
        }
    }

    #[tokio::test]
    async fn the_same_facts_are_judged_the_same_again() {
        let report = report(&STEPS).await;
        assert_eq!(Report::again(past(&report)), report);
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
            let mut past = past(&report);
            lose(&mut past.facts);
            let again = Report::again(past);
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
