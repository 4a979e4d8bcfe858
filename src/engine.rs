//! Runs the checklist: six independent tasks over facts that are gathered once and shared.
//!
//! A step awaits the facts it needs and calls its judge; whatever happens to it, hangs or panics,
//! costs its own row only. Limits live in the probes: dropping a step would cancel work that the
//! others wait for. Facts that were gathered earlier are judged on the same way, only that nobody
//! has to wait for them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture, OptionFuture, join_all};
use tokio::time::Instant;

use crate::facts::near_misses::{self, Question};
use crate::facts::{
    AddressFacts, AuthorityFacts, ControlFacts, EndpointFacts, Facts, Lookup, NearMissFacts,
    Published, RecordType, ServerAnswer, SrvFacts, ZoneFacts,
};
use crate::judge::{Judge, STEP_CRASHED, STEPS, Step};
use crate::model::finding::{Finding, Judged, Note};
use crate::model::names::Fqdn;
use crate::model::plan::{Federation, Plan, Terms};
use crate::probe::shared::Shared;
use crate::probe::{Destination, Prober, elapsed_us};
use crate::report::{Report, Row, SavedCheck};

/// Near misses are many questions: a zone's first servers will do.
const MAX_ASKED_FOR_NEAR_MISSES: usize = 2;

/// A fact that is gathered once, by a task of its own, for everybody who asks.
type Cell<T> = future::Shared<BoxFuture<'static, Result<Arc<T>, Crashed>>>;

/// The task that owed a fact or a row panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Crashed;

/// Checks one domain by these steps, normally [`crate::judge::STEPS`].
pub async fn run(steps: &'static [Step], plan: Arc<Plan>, shared: Arc<Shared>) -> Report {
    let start = Instant::now();
    let prober = Prober::new(Arc::clone(&plan), shared);
    let cells = Cells::start(&prober, &plan);
    let rows = rows(steps, &cells, &plan.terms).await;
    let mut facts = cells.collect().await;
    facts.questions = Some(prober.questions());
    let fqdns = names(&facts);
    let check = SavedCheck {
        input: plan.input.clone(),
        terms: plan.terms.clone(),
        elapsed_us: elapsed_us(start),
        redacted: false,
        facts,
    };
    Report::new(check, fqdns, rows)
}

/// The report of facts that were gathered earlier, by today's rules.
///
/// # Panics
///
/// Never: nothing is waited for.
pub fn replay(check: SavedCheck) -> Report {
    let cells = Cells::of(&check.facts);
    let rows = rows(&STEPS, &cells, &check.terms)
        .now_or_never()
        .expect("facts that are there are not waited for");
    let fqdns = names(&check.facts);
    Report::new(check, fqdns, rows)
}

fn names(facts: &Facts) -> Vec<Fqdn> {
    let hosts = facts.addresses.iter().flatten();
    hosts.map(|host| host.fqdn.clone()).collect()
}

async fn rows(steps: &[Step], cells: &Cells, terms: &Terms) -> Vec<Row> {
    join_all(steps.iter().map(|step| row(step, cells, terms))).await
}

/// The row of one step, even if the judge or a probe of its facts panics.
async fn row(step: &Step, cells: &Cells, terms: &Terms) -> Row {
    // A judge that panics leaves nothing half done: it only reads.
    let judging = AssertUnwindSafe(judge(step.judge, cells, terms)).catch_unwind();
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
    } = cells.clone();
    // Optional: if its probe crashed, the judges do without it.
    let control = async { control.await.ok().and_then(Arc::unwrap_or_clone) };
    Ok(match judge {
        Judge::Domain(judge) => judge(&*zone.await?, &*srv.await?, &addresses.await?, terms),
        Judge::Srv(judge) => judge(&*zone.await?, &*srv.await?, terms),
        Judge::Address(judge) => {
            // Optional here: if their probe crashed, the addresses are judged without them.
            let endpoints = endpoints.await.unwrap_or_default();
            let (control, srv, addresses) = (control.await, srv.await?, addresses.await?);
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, control.as_ref(), terms)
        }
        Judge::Tcp(judge) => {
            let (control, srv, addresses) = (control.await, srv.await?, addresses.await?);
            let endpoints = endpoints.await?;
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, control.as_ref(), terms)
        }
        Judge::Endpoints(judge) => {
            let (srv, addresses, endpoints) = (srv.await?, addresses.await?, endpoints.await?);
            let published = Published::among(&srv, &addresses, &endpoints, terms);
            judge(&published, terms)
        }
    })
}

/// All facts of one check, on their way.
#[derive(Clone)]
struct Cells {
    zone: Cell<ZoneFacts>,
    srv: Cell<SrvFacts>,
    addresses: Cell<Vec<AddressFacts>>,
    endpoints: Cell<Vec<EndpointFacts>>,
    control: Cell<Option<ControlFacts>>,
}

/// Gathers the facts of one check. What the views see leads straight to the endpoints; what the
/// authority publishes is asked for beside it, and adds what the views did not show.
#[derive(Clone)]
struct Gatherer {
    prober: Prober,
    plan: Arc<Plan>,
    authority: Cell<Option<AuthorityFacts>>,
    wildcard: Cell<Lookup>,
}

/// The facts about one FQDN, on their way.
#[derive(Clone)]
struct Host {
    fqdn: Fqdn,
    addresses: Cell<AddressFacts>,
    endpoints: Cell<Vec<EndpointFacts>>,
}

impl Cells {
    fn start(prober: &Prober, plan: &Arc<Plan>) -> Self {
        let authority = spawned({
            let prober = prober.clone();
            async move { Ok(prober.authority().await) }
        });
        let wildcard = spawned(wildcard(
            prober.clone(),
            plan.terms.domain.to_string(),
            authority.clone(),
        ));
        let gatherer = Gatherer {
            prober: prober.clone(),
            plan: Arc::clone(plan),
            authority,
            wildcard,
        };
        let seen = spawned({
            let prober = prober.clone();
            async move { Ok(prober.srv().await) }
        });
        let srv = spawned(gatherer.clone().srv(seen.clone()));
        // A given FQDN does not wait for the SRV record.
        let given: Vec<Host> = plan
            .terms
            .fqdn
            .iter()
            .map(|fqdn| gatherer.host(fqdn.clone()))
            .collect();
        let hosts = spawned(gatherer.clone().hosts(given, seen, srv.clone()));
        Self {
            zone: spawned(gatherer.zone()),
            srv,
            addresses: spawned(addresses(hosts.clone())),
            endpoints: spawned(endpoints(hosts)),
            control: spawned({
                let prober = prober.clone();
                async move { Ok(prober.control().await) }
            }),
        }
    }

    /// Facts that are there already; what is absent crashed then, and counts as crashed now.
    fn of(facts: &Facts) -> Self {
        Self {
            zone: ready(facts.zone.clone()),
            srv: ready(facts.srv.clone()),
            addresses: ready(facts.addresses.clone()),
            endpoints: ready(facts.endpoints.clone()),
            control: ready(Some(facts.control.clone())),
        }
    }

    /// The facts as far as there are any.
    async fn collect(self) -> Facts {
        let (zone, srv, addresses, endpoints, control) = tokio::join!(
            self.zone,
            self.srv,
            self.addresses,
            self.endpoints,
            self.control
        );
        Facts {
            zone: zone.ok().map(Arc::unwrap_or_clone),
            srv: srv.ok().map(Arc::unwrap_or_clone),
            addresses: addresses.ok().map(Arc::unwrap_or_clone),
            endpoints: endpoints.ok().map(Arc::unwrap_or_clone),
            control: control.map(Arc::unwrap_or_clone).unwrap_or_default(),
            questions: None,
        }
    }
}

impl Gatherer {
    async fn zone(self) -> Result<ZoneFacts, Crashed> {
        let domain = self.plan.terms.domain.as_str();
        let (mut zone, published, wildcard) = tokio::join!(
            self.prober.zone(),
            self.published(domain, RecordType::Soa),
            self.wildcard.clone()
        );
        zone.soa.authority = published?;
        // Worth a remark, and missed where it is not to be had.
        zone.wildcard = wildcard.ok().map(Arc::unwrap_or_clone);
        zone.authority = Arc::unwrap_or_clone(self.authority.clone().await?);
        Ok(zone)
    }

    async fn srv(self, seen: Cell<Lookup>) -> Result<SrvFacts, Crashed> {
        let name = self.plan.terms.domain.srv_name();
        let (seen, published) = tokio::join!(seen, self.published(&name, RecordType::Srv));
        let lookup = Lookup {
            authority: published?,
            ..Arc::unwrap_or_clone(seen?)
        };
        let near_misses =
            if lookup.answer().is_no() && self.plan.terms.federation == Federation::Open {
                Some(self.near_misses().await?)
            } else {
                None
            };
        Ok(SrvFacts {
            lookup,
            near_misses,
        })
    }

    /// Asks for every near miss of a missing SRV record, all at once.
    async fn near_misses(&self) -> Result<NearMissFacts, Crashed> {
        let domain = &self.plan.terms.domain;
        let mut authority = Option::clone(&*self.authority.clone().await?);
        if let Some(authority) = &mut authority {
            authority.servers.truncate(MAX_ASKED_FOR_NEAR_MISSES);
        }
        let ask = |(name, record): Question| {
            let authority = authority.as_ref();
            async move { ask(&self.prober, authority, &name, record).await }
        };
        let parent = domain
            .parent()
            .map(|parent| (parent.srv_name(), RecordType::Srv));
        let controls = near_misses::controls(domain, &self.prober.random_label());
        let (lookups, controls, parent) = tokio::join!(
            join_all(near_misses::questions(domain).into_iter().map(ask)),
            join_all(controls.into_iter().map(ask)),
            OptionFuture::from(parent.map(ask))
        );
        Ok(NearMissFacts {
            lookups,
            controls,
            parent,
        })
    }

    async fn published(
        &self,
        name: &str,
        record: RecordType,
    ) -> Result<Vec<ServerAnswer>, Crashed> {
        let authority = self.authority.clone().await?;
        Ok(self
            .prober
            .published(authority.as_ref().as_ref(), name, record)
            .await)
    }

    /// The servers that the views name, and those that only the authority does.
    async fn hosts(
        self,
        given: Vec<Host>,
        seen: Cell<Lookup>,
        srv: Cell<SrvFacts>,
    ) -> Result<Vec<Host>, Crashed> {
        let mut hosts = given;
        let seen = seen.await.ok().map(|lookup| SrvFacts {
            lookup: Lookup::clone(&lookup),
            near_misses: None,
        });
        self.add_hosts(&mut hosts, seen.as_ref());
        let published = srv.await.ok();
        self.add_hosts(&mut hosts, published.as_deref());
        Ok(hosts)
    }

    fn add_hosts(&self, hosts: &mut Vec<Host>, srv: Option<&SrvFacts>) {
        let servers = srv.map(|srv| srv.servers(&self.plan.terms));
        for fqdn in servers.unwrap_or_default() {
            if hosts.iter().all(|host| host.fqdn != fqdn) {
                hosts.push(self.host(fqdn));
            }
        }
    }

    fn host(&self, fqdn: Fqdn) -> Host {
        let seen = spawned({
            let (prober, fqdn) = (self.prober.clone(), fqdn.clone());
            async move { Ok(prober.addresses(fqdn).await) }
        });
        let published = spawned(self.clone().addresses(fqdn.clone(), seen.clone()));
        let endpoints = spawned(self.clone().endpoints(seen, published.clone()));
        // Beside the connections, which do not wait for it.
        let addresses = spawned(self.clone().with_below(published));
        Host {
            fqdn,
            addresses,
            endpoints,
        }
    }

    async fn addresses(
        self,
        fqdn: Fqdn,
        seen: Cell<AddressFacts>,
    ) -> Result<AddressFacts, Crashed> {
        let (seen, a, aaaa) = tokio::join!(
            seen,
            self.published(fqdn.as_str(), RecordType::A),
            self.published(fqdn.as_str(), RecordType::Aaaa)
        );
        let mut facts = Arc::unwrap_or_clone(seen?);
        facts.a.authority = a?;
        facts.aaaa.authority = aaaa?;
        Ok(facts)
    }

    /// Where a random name beside the FQDN has the same addresses, asks for one below it: a wildcard
    /// answers there only if the FQDN itself does not exist (RFC 4592 §2.2.1).
    async fn with_below(self, published: Cell<AddressFacts>) -> Result<AddressFacts, Crashed> {
        let mut facts = Arc::unwrap_or_clone(published.await?);
        let is_below = facts
            .fqdn
            .labels_below(&self.plan.terms.domain)
            .is_some_and(|labels| labels > 0);
        if !is_below {
            return Ok(facts);
        }
        let Ok(wildcard) = self.wildcard.clone().await else {
            return Ok(facts);
        };
        if wildcard.addresses().next().is_some() && wildcard.answer().agrees_with(facts.a.answer())
        {
            let authority = self.authority.clone().await?;
            let name = format!("{}.{}", self.prober.random_label(), facts.fqdn);
            let authority = authority.as_ref().as_ref();
            facts.below = Some(ask(&self.prober, authority, &name, RecordType::A).await);
        }
        Ok(facts)
    }

    /// Connects to what the views see at once, and then to what only the authority publishes.
    async fn endpoints(
        self,
        seen: Cell<AddressFacts>,
        published: Cell<AddressFacts>,
    ) -> Result<Vec<EndpointFacts>, Crashed> {
        let seen = seen.await?;
        let first = self.prober.destinations(&seen);
        let early = tokio::spawn(self.clone().probe(seen.fqdn.clone(), first.clone()));
        let published = published.await?;
        let more = self.prober.destinations(&published);
        let more = more
            .into_iter()
            .filter(|destination| !first.contains(destination))
            .collect();
        let late = self.probe(published.fqdn.clone(), more).await;
        let mut facts = early.await.map_err(|_| Crashed)?;
        facts.extend(late);
        Ok(facts)
    }

    async fn probe(self, fqdn: Fqdn, destinations: Vec<Destination>) -> Vec<EndpointFacts> {
        join_all(
            destinations
                .into_iter()
                .map(|destination| self.prober.endpoint(fqdn.clone(), destination)),
        )
        .await
    }
}

/// A of a random name below the domain.
async fn wildcard(
    prober: Prober,
    domain: String,
    authority: Cell<Option<AuthorityFacts>>,
) -> Result<Lookup, Crashed> {
    let name = format!("{}.{domain}", prober.random_label());
    let published = async {
        let authority = authority.await?;
        let authority = authority.as_ref().as_ref();
        Ok(prober.published(authority, &name, RecordType::A).await)
    };
    let (seen, published) = tokio::join!(prober.look_up(&name, RecordType::A), published);
    Ok(Lookup {
        authority: published?,
        ..seen
    })
}

/// Asks the views and the zone's own servers, at once.
async fn ask(
    prober: &Prober,
    authority: Option<&AuthorityFacts>,
    name: &str,
    record: RecordType,
) -> Lookup {
    let (seen, authority) = tokio::join!(
        prober.look_up(name, record),
        prober.published(authority, name, record)
    );
    Lookup { authority, ..seen }
}

async fn addresses(hosts: Cell<Vec<Host>>) -> Result<Vec<AddressFacts>, Crashed> {
    let found = join_all(hosts.await?.iter().map(|host| host.addresses.clone())).await;
    found
        .into_iter()
        .map(|one| one.map(Arc::unwrap_or_clone))
        .collect()
}

async fn endpoints(hosts: Cell<Vec<Host>>) -> Result<Vec<EndpointFacts>, Crashed> {
    let found = join_all(hosts.await?.iter().map(|host| host.endpoints.clone())).await;
    let found: Result<Vec<_>, Crashed> = found
        .into_iter()
        .map(|one| one.map(Arc::unwrap_or_clone))
        .collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Starts gathering at once, in a task of its own, so that a panic stays there.
fn spawned<T, F>(gather: F) -> Cell<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, Crashed>> + Send + 'static,
{
    let task = tokio::spawn(gather);
    async move { task.await.map_err(|_| Crashed)?.map(Arc::new) }
        .boxed()
        .shared()
}

fn ready<T: Send + Sync + 'static>(fact: Option<T>) -> Cell<T> {
    future::ready(fact.map(Arc::new).ok_or(Crashed))
        .boxed()
        .shared()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::model::finding::{Severity, StepId};
    use crate::model::names::Domain;
    use crate::model::plan::View;
    use crate::report::{Status, Verdict};

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
