//! Probes: everything that touches the network, turned into facts.
//!
//! Each operation is bounded by its own limit and by the deadline of the whole check; running into
//! either is a fact, not an error. No probe judges.

pub mod compare;
pub mod crl;
pub mod dns;
pub mod issuer;
pub mod second_look;
pub mod shared;
pub mod sip;
pub mod survey;
pub mod tap;
pub mod tcp;
pub mod tls;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{OptionFuture, join_all};
use tokio::time::Instant;

use crate::facts::{
    AddressFacts, AuthorityFacts, ControlFacts, EndpointFacts, Lookup, RecordType, SecondLookFacts,
    ServerAnswer, TcpOutcome, ZoneFacts,
};
use crate::known::ranges;
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::{Federation, Plan};
use shared::Shared;

/// One run connects to no more endpoints of a domain than this: a zone may list hundreds of
/// addresses, and they may be anybody's.
const MAX_ENDPOINTS: usize = 32;
/// Names that Microsoft's clients look for below their domain: mail, and chat.
const SERVICES: [&str; 2] = ["autodiscover", "lyncdiscover"];

/// The probes of one check.
#[derive(Clone, Debug)]
pub struct Prober {
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    deadline: Instant,
    endpoints: Arc<AtomicUsize>,
    /// The DNS questions sent so far.
    questions: Arc<AtomicU32>,
    /// The revocation lists asked for so far, by the request for them.
    crls: Arc<Mutex<HashMap<String, crl::Fetched>>>,
}

/// Which limit an operation ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Its own.
    Limit,
    /// That of the whole check.
    Deadline,
}

/// Where a connection goes, and which published address it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// What DNS publishes.
    pub published: Option<IpAddr>,
    /// Where to connect.
    pub address: SocketAddr,
}

impl Prober {
    /// Probes for one plan; its deadline runs from now.
    pub fn new(plan: Arc<Plan>, shared: Arc<Shared>) -> Self {
        let deadline = Instant::now() + plan.limits.deadline;
        Self {
            plan,
            shared,
            deadline,
            endpoints: Arc::default(),
            questions: Arc::default(),
            crls: Arc::default(),
        }
    }

    /// Finds the servers that speak for the domain's zone.
    pub async fn authority(&self) -> Option<AuthorityFacts> {
        dns::authority::find(self).await
    }

    /// Looks at the domain itself.
    pub async fn zone(&self) -> ZoneFacts {
        let domain = self.plan.terms.domain.as_str();
        let (soa, mx, (txt, services)) = tokio::join!(
            self.look_up(domain, RecordType::Soa),
            self.look_up(domain, RecordType::Mx),
            self.hints()
        );
        ZoneFacts {
            soa,
            mx,
            txt,
            services,
            wildcard: None,
            authority: None,
        }
    }

    /// Looks for traces of Microsoft 365, where an SRV record says who answers chat.
    async fn hints(&self) -> (Option<Lookup>, Vec<Lookup>) {
        if self.plan.terms.federation == Federation::Direct {
            return (None, Vec::new());
        }
        let domain = &self.plan.terms.domain;
        let names = SERVICES.map(|service| format!("{service}.{domain}"));
        let (txt, services) = tokio::join!(
            self.look_up(domain.as_str(), RecordType::Txt),
            join_all(names.iter().map(|name| self.look_up(name, RecordType::A)))
        );
        (Some(txt), services)
    }

    /// A label that no zone has; another one each time.
    pub fn random_label(&self) -> String {
        let mut random = [0; 8];
        // Without randomness the label is a known one, and still one that nobody made.
        let _ = self.shared.provider.secure_random.fill(&mut random);
        format!("xfed-{:016x}", u64::from_be_bytes(random))
    }

    /// Looks for the federation's SRV record, as the views see it.
    pub async fn srv(&self) -> Lookup {
        self.look_up(&self.plan.terms.domain.srv_name(), RecordType::Srv)
            .await
    }

    /// Looks for the addresses of an FQDN, as the views see them.
    pub async fn addresses(&self, fqdn: Fqdn) -> AddressFacts {
        let (a, aaaa) = tokio::join!(
            self.look_up(fqdn.as_str(), RecordType::A),
            self.look_up(fqdn.as_str(), RecordType::Aaaa)
        );
        AddressFacts {
            fqdn,
            a,
            aaaa,
            below: None,
        }
    }

    /// Connects to the host that is known to answer, where one was named.
    pub async fn control(&self) -> Option<ControlFacts> {
        let (host, port) = self.plan.control.clone()?;
        let address = match host.parse() {
            Ok(address) => Some(address),
            Err(_) => self.look_up(&host, RecordType::A).await.addresses().next(),
        };
        let address = address.map(|address| SocketAddr::new(address, port));
        let tcp = match address {
            Some(address) => tcp::connect(self, address).await.0,
            None => TcpOutcome::NotAttempted,
        };
        Some(ControlFacts { host, address, tcp })
    }

    /// What the zone's own servers answer; nothing where they do not speak for the name.
    pub async fn published(
        &self,
        authority: Option<&AuthorityFacts>,
        name: &str,
        record: RecordType,
    ) -> Vec<ServerAnswer> {
        match authority {
            Some(authority) if authority.speaks_for(name) => {
                dns::ask_authority(self, authority, name, record).await
            }
            _ => Vec::new(),
        }
    }

    /// One connection to one endpoint, as far as it gets: TCP, TLS, SIP; beside it, what else there
    /// is to know of the certificate. Only a handshake that ends before it has begun makes for
    /// further ones.
    pub async fn endpoint(&self, fqdn: Fqdn, destination: Destination) -> EndpointFacts {
        let Destination { published, address } = destination;
        let mut facts = EndpointFacts::new(fqdn, published, address, TcpOutcome::OverLimit);
        if self.endpoints.fetch_add(1, Ordering::Relaxed) >= MAX_ENDPOINTS {
            return facts;
        }
        let comparing = compare::start(self, &facts.fqdn, destination);
        let (outcome, stream) = tcp::connect(self, address).await;
        facts.tcp = outcome;
        if let Some(stream) = stream {
            let (mut tls, session) = tls::handshake(self, &facts.fqdn, stream).await;
            // Trust is judged while OPTIONS is on its way; the store it may need is slow to read, and
            // a list of revoked certificates may be slow to come.
            let asking = OptionFuture::from(session.map(|session| sip::ask(self, session)));
            let second_look = second_look::take(self, &facts.fqdn, address, &tls).await;
            let by_hand = second_look.as_ref().and_then(SecondLookFacts::chain);
            let chain = by_hand.unwrap_or(&tls.chain);
            let judging = async {
                let trust = tls::trust_of(self, chain).await;
                let revocation = crl::ask(self, chain, trust.as_ref()).await;
                let issuer = issuer::fetch(self, chain, trust.as_ref()).await;
                (trust, revocation, issuer)
            };
            // One more connection at most, and none beside those that explain.
            let anonymous = tls::without_sni(self, &facts.fqdn, address, &tls.chain);
            let (sip, (trust, revocation, issuer), without_sni) =
                tokio::join!(asking, Box::pin(judging), Box::pin(anonymous));
            if let Some(comparing) = comparing.filter(|_| !chain.is_empty()) {
                facts.compared = Some(comparing.finish().await);
            }
            (facts.sip, tls.trust, facts.second_look) = (sip, trust, second_look);
            (facts.revocation, facts.issuer) = (revocation, issuer);
            facts.without_sni = without_sni;
            facts.tls = Some(tls);
        }
        facts
    }

    /// Where to connect for this FQDN: every published public address, or what `--connect-to` says.
    pub fn destinations(&self, host: &AddressFacts) -> Vec<Destination> {
        destinations(host, &self.plan)
    }

    /// How many DNS questions were sent so far: each counts once for each server that was asked it,
    /// however many packets that took, and again where it was put differently.
    pub fn questions(&self) -> u32 {
        self.questions.load(Ordering::Relaxed)
    }

    pub(crate) fn count_question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks one question of every view.
    pub async fn look_up(&self, name: &str, record: RecordType) -> Lookup {
        dns::look_up(self, name, record).await
    }

    /// Runs an operation before the deadline; `None` when that came first.
    pub(crate) async fn in_time<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.deadline, operation).await.ok()
    }

    /// Runs an operation within its limit and the deadline.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        operation: impl Future<Output = T>,
    ) -> Result<T, Cut> {
        let end = Instant::now() + limit;
        let (end, cut) = if self.deadline < end {
            (self.deadline, Cut::Deadline)
        } else {
            (end, Cut::Limit)
        };
        tokio::time::timeout_at(end, operation)
            .await
            .map_err(|_elapsed| cut)
    }
}

fn destinations(host: &AddressFacts, plan: &Plan) -> Vec<Destination> {
    let everywhere: Vec<Destination> = plan
        .redirects
        .iter()
        .filter(|redirect| redirect.published.is_none())
        .map(|redirect| Destination {
            published: None,
            address: redirect.to,
        })
        .collect();
    let mut found = Vec::new();
    for published in host.a.addresses().chain(host.aaaa.addresses()) {
        if let Some(address) = plan.redirect(published) {
            found.push(Destination {
                published: Some(published),
                address,
            });
        } else if everywhere.is_empty()
            && plan.terms.family.includes(published)
            && (plan.terms.allow_private || ranges::special(published).is_none())
        {
            let address = SocketAddr::new(published, FEDERATION_PORT);
            found.push(Destination {
                published: Some(published),
                address,
            });
        }
    }
    found.extend(everywhere);
    let mut known = HashSet::new();
    found.retain(|destination| known.insert(*destination));
    found
}

/// Microseconds since then.
pub(crate) fn elapsed_us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
