//! Runs the checklist: six independent tasks over facts that are gathered once and shared.
//!
//! A step awaits the facts it needs and calls its judge; whatever happens to it, hangs or panics,
//! costs its own row only. Limits live in the probes: dropping a step would cancel work that the
//! others wait for.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::catalogue::{Finding, Judged, Note};
use crate::checks::{Counting, Judge, STEP_CRASHED, Step, srv};
use crate::facts::{
    AddressFacts, AuthorityFacts, ControlFacts, EndpointFacts, Facts, Lookup, RecordType,
    ServerAnswer, SrvFacts, ZoneFacts,
};
use crate::names::Fqdn;
use crate::plan::Plan;
use crate::probe::equipment::Equipment;
use crate::probe::{Destination, Prober, elapsed_us};
use crate::report::{Report, Row};

/// A fact that is gathered once, by a task of its own, for everybody who asks.
type Cell<T> = Shared<BoxFuture<'static, Result<Arc<T>, Crashed>>>;

/// The task that owed a fact or a row panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Crashed;

/// Checks one domain with these steps, normally [`crate::checks::STEPS`].
pub async fn run(steps: &'static [Step], plan: Arc<Plan>, equipment: Arc<Equipment>) -> Report {
    let start = Instant::now();
    let prober = Prober::new(Arc::clone(&plan), equipment);
    let cells = Cells::start(&prober, &plan);
    let rows = join_all(
        steps
            .iter()
            .map(|step| row(step, cells.clone(), Arc::clone(&plan))),
    )
    .await;
    let mut facts = cells.collect().await;
    facts.questions = Some(prober.questions());
    Report {
        input: plan.input.clone(),
        domain: plan.domain.clone(),
        federation: plan.federation,
        partner: plan.partner,
        fqdns: facts
            .addresses
            .iter()
            .map(|host| host.fqdn.clone())
            .collect(),
        made_at: plan
            .now
            .replace_nanosecond(0)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        elapsed_us: elapsed_us(start),
        rows,
        facts,
    }
}

/// One row, come what may.
async fn row(step: &'static Step, cells: Cells, plan: Arc<Plan>) -> Row {
    let judging = tokio::spawn({
        let plan = Arc::clone(&plan);
        async move { judge(step.judge, &cells, &plan).await }
    });
    // Not judged because the task panicked, or because one that it needed a fact of did.
    let judged = if let Ok(Ok(judged)) = judging.await {
        judged
    } else {
        let finding = Finding::new(&STEP_CRASHED).with("step", step.id.id());
        Judged::new(Note::new("seen-nothing"), vec![finding])
    };
    Row::new(step.id, judged, &plan)
}

/// Joins judges with the facts they need. A new kind of judge does not compile until it is here.
async fn judge(judge: Judge, cells: &Cells, plan: &Plan) -> Result<Judged, Crashed> {
    let Cells {
        zone,
        srv,
        addresses,
        endpoints,
        control,
    } = cells.clone();
    Ok(match judge {
        Judge::Domain(judge) => judge(&*zone.await?, &*srv.await?, &addresses.await?, plan),
        Judge::Address(judge) => {
            let counting = Counting::among(&*srv.await?, &addresses.await?, &[], plan);
            judge(&counting.addresses, plan)
        }
        Judge::Srv(judge) => judge(&*zone.await?, &*srv.await?, plan),
        Judge::Tcp(judge) => {
            let control = control.await?;
            let counting =
                Counting::among(&*srv.await?, &addresses.await?, &endpoints.await?, plan);
            judge(
                &counting.addresses,
                &counting.endpoints,
                control.as_ref().as_ref(),
                plan,
            )
        }
        Judge::Endpoints(judge) => {
            let counting =
                Counting::among(&*srv.await?, &addresses.await?, &endpoints.await?, plan);
            judge(&counting.addresses, &counting.endpoints, plan)
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
        let gatherer = Gatherer {
            prober: prober.clone(),
            plan: Arc::clone(plan),
            authority,
        };
        let seen = spawned({
            let prober = prober.clone();
            async move { Ok(prober.srv().await) }
        });
        let srv = spawned(gatherer.clone().srv(seen.clone()));
        // A given FQDN does not wait for the SRV record.
        let given: Vec<Host> = plan
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
            addresses: addresses.map(Arc::unwrap_or_clone).unwrap_or_default(),
            endpoints: endpoints.map(Arc::unwrap_or_clone).unwrap_or_default(),
            control: control.map(Arc::unwrap_or_clone).unwrap_or_default(),
            questions: None,
        }
    }
}

impl Gatherer {
    async fn zone(self) -> Result<ZoneFacts, Crashed> {
        let domain = self.plan.domain.as_str();
        let (mut zone, published) =
            tokio::join!(self.prober.zone(), self.published(domain, RecordType::Soa));
        zone.soa.authority = published?;
        zone.authority = Arc::unwrap_or_clone(self.authority.clone().await?);
        Ok(zone)
    }

    async fn srv(self, seen: Cell<Lookup>) -> Result<SrvFacts, Crashed> {
        let name = self.plan.domain.srv_name();
        let (seen, published) = tokio::join!(seen, self.published(&name, RecordType::Srv));
        Ok(SrvFacts {
            lookup: Lookup {
                authority: published?,
                ..Arc::unwrap_or_clone(seen?)
            },
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
        });
        self.add_hosts(&mut hosts, seen.as_ref());
        let published = srv.await.ok();
        self.add_hosts(&mut hosts, published.as_deref());
        Ok(hosts)
    }

    fn add_hosts(&self, hosts: &mut Vec<Host>, srv: Option<&SrvFacts>) {
        for fqdn in srv::fqdns(srv, &self.plan) {
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
        let addresses = spawned(self.clone().addresses(fqdn.clone(), seen.clone()));
        let endpoints = spawned(self.clone().endpoints(seen, addresses.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Severity, StepId};
    use crate::checks::STEPS;
    use crate::names::Domain;
    use crate::plan::{Authority, Family, Federation, Limits, View};
    use crate::report::{Status, Verdict};

    /// A plan whose only resolver is a closed port on this machine.
    fn plan() -> Plan {
        Plan {
            input: "zahnfee.de".to_owned(),
            domain: Domain::understand("zahnfee.de").expect("a domain"),
            federation: Federation::Open,
            partner: false,
            fqdn: None,
            now: OffsetDateTime::UNIX_EPOCH,
            views: vec![View::Resolver(([127, 0, 0, 1], 1).into())],
            authority: Authority::Published,
            redirects: Vec::new(),
            control: None,
            fetch_issuer: false,
            family: Family::Both,
            allow_private: false,
            own_roots: false,
            revocation: true,
            compare: None,
            client_certificate: false,
            from: "sip:xfed@anonymous.invalid".to_owned(),
            limits: Limits::default(),
        }
    }

    async fn report(steps: &'static [Step]) -> Report {
        run(
            steps,
            Arc::new(plan()),
            Arc::new(Equipment::new(None, None)),
        )
        .await
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
}
