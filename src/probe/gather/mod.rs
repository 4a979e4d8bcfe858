//! Gathers the facts of one check: the order of the network work is decided here.
//!
//! Everything is asked as early as it can be. What the views see leads straight to the endpoints;
//! what the zone's own servers publish is asked for beside it, and adds what the views did not show.

mod cell;
mod control;
mod file;
mod host;
mod internal;
mod renewal;
mod survey;
mod unheard;
mod zone;

use std::iter::successors;
use std::sync::Arc;

use futures_util::future::{OptionFuture, join_all};
use tokio::sync::OnceCell;

use super::dns::entitled::Entitled;
use super::dns::servers::authority::Found;
use super::dns::servers::located::Care;
use super::{Context, dns};
use crate::facts::near_misses;
use crate::facts::{
    AddressFacts, ControlFacts, DnsOutcome, EndpointFacts, Facts, Lookup, NearMissFacts,
    RecordType, RenewalFacts, SrvFacts, ZoneFacts,
};
use crate::model::names::SRV_PREFIX;
use crate::model::plan::Federation;
pub(crate) use cell::{Cell, Crashed};
use host::Host;
use internal::Signs;
pub(crate) use survey::survey;

/// Near misses are many questions: a zone's first servers will do.
const MAX_ASKED_FOR_NEAR_MISSES: usize = 2;
/// What may be kept no longer than this, in seconds, may be given by turns.
const BRIEF: u32 = 60;
/// How often the servers of a zone are then asked for what else they give.
const MORE_TURNS: usize = 4;
/// How often they are asked again for what they deny.
const MORE_DENIALS: usize = 2;
/// No more names above another are asked for than these.
const MAX_ABOVE: usize = 4;

/// All facts of one check, on their way.
pub(crate) struct Cells {
    pub(crate) zone: Cell<Arc<ZoneFacts>>,
    pub(crate) srv: Cell<Arc<SrvFacts>>,
    pub(crate) addresses: Cell<Arc<Vec<AddressFacts>>>,
    /// The endpoints as they were met.
    pub(crate) met: Cell<Arc<Vec<EndpointFacts>>>,
    /// The endpoints as they count, beside the control host.
    pub(crate) endpoints: Cell<Arc<Vec<EndpointFacts>>>,
    pub(crate) control: Cell<Option<Arc<ControlFacts>>>,
    pub(crate) renewal: Cell<Option<Arc<RenewalFacts>>>,
}

impl Cells {
    /// Starts gathering all of them.
    pub(crate) fn start(cx: &Arc<Context>) -> Self {
        let gatherer = Gatherer::start(cx);
        let seen = Cell::spawn({
            let cx = Arc::clone(cx);
            async move {
                let name = cx.plan.terms.domain.srv_name();
                Ok(Arc::new(dns::look_up(&cx, &name, RecordType::Srv).await))
            }
        });
        let srv = Cell::spawn(gatherer.clone().srv(seen.clone()));
        // A given FQDN does not wait for the SRV record.
        let given = cx
            .plan
            .terms
            .fqdn
            .clone()
            .map(|fqdn| Host::start(&gatherer, fqdn));
        let hosts = Cell::spawn(gatherer.clone().hosts(
            given.into_iter().collect(),
            seen,
            srv.clone(),
        ));
        let met = Cell::spawn(endpoints(hosts.clone()));
        let control = match &cx.plan.control {
            None => Cell::ready(Some(None)),
            Some((host, port)) => Cell::spawn({
                let (cx, host, port) = (Arc::clone(cx), host.clone(), *port);
                async move { Ok(Some(Arc::new(control::meet(&cx, host, port).await))) }
            }),
        };
        Self {
            renewal: if cx.plan.renewal {
                Cell::spawn(renewal::look_at(gatherer.clone(), hosts.clone()))
            } else {
                Cell::ready(Some(None))
            },
            zone: Cell::spawn(zone::zone(gatherer, srv.clone(), hosts.clone())),
            srv,
            addresses: Cell::spawn(addresses(hosts)),
            endpoints: Cell::spawn(beside(met.clone(), control.clone())),
            met,
            control,
        }
    }

    /// Cells for saved facts. An absent fact means that its probe crashed, and is treated so again.
    pub(crate) fn of(facts: &Facts) -> Self {
        let counting = match (&facts.endpoints, &facts.control) {
            (Some(met), Some(control)) => Some(control.beside(met)),
            (met, _) => met.clone(),
        };
        Self {
            zone: Cell::ready(facts.zone.clone().map(Arc::new)),
            srv: Cell::ready(facts.srv.clone().map(Arc::new)),
            addresses: Cell::ready(facts.addresses.clone().map(Arc::new)),
            met: Cell::ready(facts.endpoints.clone().map(Arc::new)),
            endpoints: Cell::ready(counting.map(Arc::new)),
            control: Cell::ready(Some(facts.control.clone().map(Arc::new))),
            renewal: Cell::ready(Some(facts.renewal.clone().map(Arc::new))),
        }
    }

    /// The facts, without those of crashed probes.
    pub(crate) async fn collect(self) -> Facts {
        let (zone, srv, addresses, endpoints, control, renewal) = tokio::join!(
            self.zone.get(),
            self.srv.get(),
            self.addresses.get(),
            self.met.get(),
            self.control.get(),
            self.renewal.get()
        );
        Facts {
            zone: zone.ok().map(Arc::unwrap_or_clone),
            srv: srv.ok().map(Arc::unwrap_or_clone),
            addresses: addresses.ok().map(Arc::unwrap_or_clone),
            endpoints: endpoints.ok().map(Arc::unwrap_or_clone),
            control: control.ok().flatten().map(Arc::unwrap_or_clone),
            renewal: renewal.ok().flatten().map(Arc::unwrap_or_clone),
            calls: None,
            caller: None,
            questions: None,
            here: None,
        }
    }
}

/// By which way a name is asked for.
#[derive(Clone, Copy)]
enum Asker {
    /// At once.
    Direct,
    /// By the names above it.
    Partner,
}

/// What the tasks of one check share.
#[derive(Clone)]
struct Gatherer {
    cx: Arc<Context>,
    /// The zone's own servers, as the resolver names them.
    named: Cell<Arc<Found>>,
    /// Those of them that count by what the zones above say, and others.
    authority: Cell<Arc<Found>>,
    /// The same, looked at more closely; only where servers disagree of which some may be elsewhere.
    proven: Arc<OnceCell<Arc<Found>>>,
    /// A of a random name below the domain.
    wildcard: Cell<Arc<Lookup>>,
    /// What shows that a view stands before an internal zone.
    signs: Arc<Signs>,
}

impl Gatherer {
    /// Starts looking for the servers of the domain's zone, and for what a wildcard in it gives.
    fn start(cx: &Arc<Context>) -> Self {
        let named = Cell::spawn({
            let cx = Arc::clone(cx);
            async move { Ok(Arc::new(dns::servers::authority::find(&cx).await)) }
        });
        let authority = Cell::spawn(verified(Arc::clone(cx), named.clone(), Care::Some));
        let wildcard = Cell::spawn(zone::wildcard(Arc::clone(cx), authority.clone()));
        Self {
            cx: Arc::clone(cx),
            named,
            authority,
            proven: Arc::default(),
            wildcard,
            signs: Arc::default(),
        }
    }

    async fn srv(self, seen: Cell<Arc<Lookup>>) -> Result<Arc<SrvFacts>, Crashed> {
        let terms = &self.cx.plan.terms;
        let name = terms.domain.srv_name();
        let asker = match terms.federation {
            Federation::Open => Asker::Partner,
            Federation::Direct => Asker::Direct,
        };
        let (seen, published, suffixed) = tokio::join!(
            seen.get(),
            self.published_to(asker, &name, RecordType::Srv),
            dns::suffixes::ask(&self.cx, &name, RecordType::Srv)
        );
        let lookup = published?.beside(Arc::unwrap_or_clone(seen?));
        let lookup = self.by_turns(lookup).await?;
        let lookup = self.heard(lookup).await?;
        let mut lookup = self.marked(lookup, None).await?;
        lookup.suffixed = suffixed;
        lookup.above = self.above(&lookup).await?;
        let near_misses = match terms.federation {
            _ if !lookup.answer().is_no() => None,
            Federation::Open => Some(self.near_misses(&lookup).await?),
            Federation::Direct => self.parent_only().await?,
        };
        Ok(Arc::new(SrvFacts {
            lookup,
            near_misses,
        }))
    }

    /// Asks for the record of the domain above alone: it tells whether the name of the server was
    /// given for that of the domain.
    async fn parent_only(&self) -> Result<Option<NearMissFacts>, Crashed> {
        let Some(parent) = self.cx.plan.terms.domain.parent() else {
            return Ok(None);
        };
        let found = self.authority.get().await?;
        let authority = found.authority.as_ref();
        let ask = |(name, record): near_misses::Question| {
            let cx = &*self.cx;
            async move { dns::look_up_everywhere(cx, authority, &name, record).await }
        };
        let parent = ask((parent.srv_name(), RecordType::Srv)).await;
        let controls = near_misses::controls([&parent].into_iter(), &random_label(&self.cx));
        Ok(Some(NearMissFacts {
            lookups: Vec::new(),
            controls: join_all(controls.into_iter().map(ask)).await,
            parent: Some(parent),
        }))
    }

    /// Asks for every near miss of a missing SRV record, all at once, and then whether a wildcard
    /// answered.
    async fn near_misses(&self, missing: &Lookup) -> Result<NearMissFacts, Crashed> {
        let terms = &self.cx.plan.terms;
        let mut authority = self.authority.get().await?.authority.clone();
        if let Some(authority) = &mut authority {
            authority.servers.truncate(MAX_ASKED_FOR_NEAR_MISSES);
        }
        let ask = |(name, record): near_misses::Question| {
            let (cx, authority) = (&*self.cx, authority.as_ref());
            async move { dns::look_up_everywhere(cx, authority, &name, record).await }
        };
        let parent = terms.domain.parent();
        let parent = parent.map(|parent| (parent.srv_name(), RecordType::Srv));
        let mut questions = near_misses::questions(terms);
        // A file can be searched for what nobody would think of asking for.
        if let Some(file) = &self.cx.shared.zone_file {
            let service = SRV_PREFIX.trim_end_matches('.');
            let slips = file.srv_named_like(service, terms.domain.as_str());
            let slips = slips.into_iter().map(|name| (name, RecordType::Srv));
            let slips: Vec<_> = slips.filter(|slip| !questions.contains(slip)).collect();
            questions.extend(slips);
        }
        let (lookups, parent) = tokio::join!(
            join_all(questions.into_iter().map(ask)),
            OptionFuture::from(parent.map(ask))
        );
        let found = lookups.iter().chain(&parent).chain([missing]);
        let controls = near_misses::controls(found, &random_label(&self.cx));
        Ok(NearMissFacts {
            controls: join_all(controls.into_iter().map(ask)).await,
            lookups,
            parent,
        })
    }

    /// Where a view denies what is published: the names between it and the apex, at its servers. A
    /// resolver that believes their denial of one of these denies all below it (RFC 8020).
    async fn above(&self, lookup: &Lookup) -> Result<Vec<Lookup>, Crashed> {
        if !lookup.is_denied_by_a_view() {
            return Ok(Vec::new());
        }
        let found = self.authority.get().await?;
        let Some(authority) = &found.authority else {
            return Ok(Vec::new());
        };
        let (cx, record) = (&*self.cx, lookup.record);
        let above = successors(lookup.name.split_once('.'), |(_, rest)| {
            rest.split_once('.')
        })
        .map(|(_, name)| name)
        .take_while(|name| authority.speaks_for(name) && *name != authority.apex)
        .take(MAX_ABOVE);
        let asking = above.map(|name| async move {
            let entitled = dns::entitled::ask(cx, Some(authority), name, record);
            entitled.await.beside(Lookup::of(name, record))
        });
        Ok(join_all(asking).await)
    }

    /// What those who are entitled to answer say. Whether the resolver names the right ones is found
    /// out meanwhile, and hardly ever makes another look necessary.
    async fn published(&self, name: &str, record: RecordType) -> Result<Entitled, Crashed> {
        self.published_to(Asker::Direct, name, record).await
    }

    /// The same by the way of whoever asks.
    async fn published_to(
        &self,
        asker: Asker,
        name: &str,
        record: RecordType,
    ) -> Result<Entitled, Crashed> {
        let named = self.named.get().await?;
        let ask = |found: Arc<Found>| async move {
            let (cx, servers) = (&*self.cx, found.authority.as_ref());
            match asker {
                Asker::Direct => dns::entitled::ask(cx, servers, name, record).await,
                Asker::Partner => dns::entitled::ask_minimised(cx, servers, name, record).await,
            }
        };
        let (said, found) = tokio::join!(ask(Arc::clone(&named)), self.authority.get());
        let found = found?;
        if found.redirected {
            return Ok(said.redirected());
        }
        let said = if found.authority == named.authority {
            said
        } else {
            ask(Arc::clone(&found)).await
        };
        if !said.rests_on(&found.unproven) {
            return Ok(said);
        }
        let proven = self.proven().await?;
        if proven.authority == found.authority {
            return Ok(said);
        }
        Ok(ask(proven).await)
    }

    /// The servers that count, each of them where whoever remembers nothing finds it.
    async fn proven(&self) -> Result<Arc<Found>, Crashed> {
        let verifying = || verified(Arc::clone(&self.cx), self.named.clone(), Care::All);
        self.proven.get_or_try_init(verifying).await.cloned()
    }

    /// The servers that count, as far as it mattered where they are; asked for when all else is there.
    async fn counting(&self) -> Result<Arc<Found>, Crashed> {
        match self.proven.get() {
            Some(proven) => Ok(Arc::clone(proven)),
            None => self.authority.get().await,
        }
    }

    /// The same look-up with what the servers of the zone give in turn, where they may. Where nothing
    /// points to it, one of them is asked once more: it then gives something else.
    async fn by_turns(&self, mut lookup: Lookup) -> Result<Lookup, Crashed> {
        self.ask_again_for_what_is_denied(&mut lookup).await?;
        let mut alternates = may_alternate(&lookup);
        if !alternates {
            let found = self.authority.get().await?;
            let authority = found.authority.as_ref();
            alternates =
                dns::exchange::turns::ask_once_more(&self.cx, authority, &mut lookup).await;
        }
        if alternates {
            for _ in 0..MORE_TURNS {
                self.ask_again(&mut lookup).await?;
            }
        }
        Ok(lookup)
    }

    /// A server that denies a record now may give it the next time, as one of several behind its address
    /// lags behind.
    async fn ask_again_for_what_is_denied(&self, lookup: &mut Lookup) -> Result<(), Crashed> {
        let matters = lookup.record != RecordType::Aaaa;
        for _ in 0..MORE_DENIALS {
            let is_denied = lookup.published().is_some_and(DnsOutcome::is_no);
            if !matters || !is_denied {
                break;
            }
            self.ask_again(lookup).await?;
        }
        Ok(())
    }

    /// Puts the same question by the same way, and adds what is new.
    async fn ask_again(&self, lookup: &mut Lookup) -> Result<(), Crashed> {
        let asker = if lookup.handovers.is_empty() {
            Asker::Direct
        } else {
            Asker::Partner
        };
        let again = Box::pin(self.published_to(asker, &lookup.name, lookup.record)).await?;
        again.add_to(lookup);
        Ok(())
    }

    /// The servers that the views name, and those that only the authority does.
    async fn hosts(
        self,
        given: Vec<Host>,
        seen: Cell<Arc<Lookup>>,
        srv: Cell<Arc<SrvFacts>>,
    ) -> Result<Arc<Vec<Host>>, Crashed> {
        let mut hosts = given;
        let seen = seen.get().await.ok().map(|lookup| SrvFacts {
            lookup: Arc::unwrap_or_clone(lookup),
            near_misses: None,
        });
        self.add_hosts(&mut hosts, seen.as_ref());
        let published = srv.get().await.ok();
        self.add_hosts(&mut hosts, published.as_deref());
        Ok(Arc::new(hosts))
    }

    fn add_hosts(&self, hosts: &mut Vec<Host>, srv: Option<&SrvFacts>) {
        let servers = srv.map(|srv| srv.servers(&self.cx.plan.terms));
        for fqdn in servers.unwrap_or_default() {
            if hosts.iter().all(|host| host.fqdn != fqdn) {
                hosts.push(Host::start(self, fqdn));
            }
        }
    }
}

/// The servers that count, beside those that the resolver names.
async fn verified(
    cx: Arc<Context>,
    named: Cell<Arc<Found>>,
    care: Care,
) -> Result<Arc<Found>, Crashed> {
    let named = async { named.get().await.ok().map(Arc::unwrap_or_clone) };
    let found = dns::servers::authority::verify(&cx, named, care).await;
    found.map(Arc::new).ok_or(Crashed)
}

/// Whether there is a sign that the servers of the zone give this by turns: they do not give the
/// same, a view has had something else from them, or resolvers are told to ask anew soon.
fn may_alternate(lookup: &Lookup) -> bool {
    let outcomes = lookup.authority.iter().map(|answer| &answer.outcome);
    let given: Vec<&DnsOutcome> = outcomes
        .filter(|outcome| !outcome.records().is_empty())
        .collect();
    let differ = given.windows(2).any(|two| !two[0].agrees_with(two[1]));
    let mut records = given.iter().flat_map(|outcome| outcome.records());
    let is_brief = records.any(|record| record.ttl <= BRIEF);
    let differing = lookup.differing();
    let has_others = differing.iter().any(|it| !it.outcome.records().is_empty());
    !given.is_empty() && (differ || is_brief || has_others)
}

/// A label that no zone has; another one each time.
fn random_label(cx: &Context) -> String {
    format!("xfed-{:016x}", u64::from_be_bytes(cx.shared.random()))
}

async fn addresses(hosts: Cell<Arc<Vec<Host>>>) -> Result<Arc<Vec<AddressFacts>>, Crashed> {
    let hosts = hosts.get().await?;
    let found = join_all(hosts.iter().map(|host| host.addresses.get())).await;
    let found: Result<Vec<_>, Crashed> = found.into_iter().collect();
    Ok(Arc::new(
        found?.into_iter().map(Arc::unwrap_or_clone).collect(),
    ))
}

async fn endpoints(hosts: Cell<Arc<Vec<Host>>>) -> Result<Arc<Vec<EndpointFacts>>, Crashed> {
    let hosts = hosts.get().await?;
    let found = join_all(hosts.iter().map(|host| host.endpoints.get())).await;
    let found: Result<Vec<_>, Crashed> = found.into_iter().collect();
    Ok(Arc::new(
        found?.into_iter().flat_map(Arc::unwrap_or_clone).collect(),
    ))
}

/// What was met, as it counts beside the control host. If the probe of that crashed, as it was met.
async fn beside(
    met: Cell<Arc<Vec<EndpointFacts>>>,
    control: Cell<Option<Arc<ControlFacts>>>,
) -> Result<Arc<Vec<EndpointFacts>>, Crashed> {
    let (met, control) = tokio::join!(met.get(), control.get());
    let met = met?;
    Ok(match control.ok().flatten() {
        Some(control) => Arc::new(control.beside(&met)),
        None => met,
    })
}
