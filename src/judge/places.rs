//! What several places together show that none shows alone: another DNS inside, a port that is not
//! forwarded, a firewall without a way back in, a device that inspects TLS, a way out that is closed.
//!
//! The steps are judged by the facts of one place, the verdict's own. What is found here explains
//! the difference, beside the step that it is about.

use crate::facts::{
    Data, DnsOutcome, EndpointFacts, Facts, Lookup, Outlook, Sight, SrvFacts, TcpOutcome,
};
use crate::model::finding::{Finding, Rule, Severity, StepId, rules};
use crate::model::plan::Terms;
use crate::model::vantage::Vantage;
use crate::pki::x509::Certificate;

rules! {
    PLACE_FAILED = "place-failed", Unknown, [], [];
    PLACE_DNS_DIFFERS = "place-dns-differs", Info, [DnsAdmin] (as partner: DnsAdmin), [];
    PLACE_OPEN_HERE_ONLY = "place-open-here-only", Fail, [Network], [TestPort];
    PLACE_NO_WAY_BACK_IN = "place-no-way-back-in", Info, [Network], [];
    PLACE_NO_WAY_OUT = "place-no-way-out", Warn, [Network] (as partner: Network), [TestPort];
    PLACE_SHUT_OUT = "place-shut-out", Warn (as partner: Info), [Network], [TestPort];
    PLACE_CERT_DIFFERS = "place-cert-differs", Warn, [Network] (as partner: Network), [ShowCertificate];
}

/// What was found across the places, each with the step that it is about.
pub(crate) fn judge(
    facts: &Facts,
    terms: &Terms,
    place: &Outlook,
    beside: &[Sight],
) -> Vec<(StepId, Finding)> {
    let own = View {
        at: &place.at,
        facts,
    };
    let mut findings: Vec<(StepId, Finding)> = Vec::new();
    for sight in beside {
        findings.extend(failure(&sight.place).map(|finding| (StepId::Domain, finding)));
        let Some(facts) = &sight.facts else { continue };
        let other = View {
            at: &sight.place.at,
            facts,
        };
        if place.failure.is_none() {
            findings.extend(judge_pair(&own, &other, terms));
        }
    }
    findings
}

/// That a place could not look, where it could not.
pub(crate) fn failure(place: &Outlook) -> Option<Finding> {
    let failure = place.failure.as_ref()?;
    let finding = Finding::new(&PLACE_FAILED)
        .with("place", place.at.to_string())
        .with("why", failure.why.id());
    Some(finding.with("detail", failure.detail.as_str()))
}

/// What was seen from where.
struct View<'a> {
    at: &'a Vantage,
    facts: &'a Facts,
}

impl<'a> View<'a> {
    fn endpoints(&self) -> impl Iterator<Item = &'a EndpointFacts> {
        self.facts.endpoints.iter().flatten()
    }

    /// Whether the host that is known to answer did not.
    fn has_no_way_out(&self) -> bool {
        let control = self.facts.control.as_ref();
        control.is_some_and(|control| control.shows_closed_way_out(self.endpoints()))
    }
}

fn judge_pair(own: &View<'_>, other: &View<'_>, terms: &Terms) -> Vec<(StepId, Finding)> {
    let mut findings = Vec::new();
    findings.extend(judge_srv(own, other, terms).map(|finding| (StepId::Srv, finding)));
    let of_addresses = judge_addresses(own, other, terms).into_iter();
    findings.extend(of_addresses.map(|finding| (StepId::Address, finding)));
    for one in own.endpoints().filter(|one| one.published.is_some()) {
        let same = |two: &&EndpointFacts| two.fqdn == one.fqdn && two.published == one.published;
        let two = other.endpoints().find(same);
        let tcp = judge_tcp(own, other, one, two, terms);
        findings.extend(tcp.map(|finding| (StepId::Tcp, finding)));
        let certificate = two.and_then(|two| judge_certificate(own, other, one, two));
        findings.extend(certificate.map(|finding| (StepId::Certificate, finding)));
    }
    findings
}

/// Named for both places: `there` is the one that the verdict rests on.
fn between(rule: &'static Rule, own: &View<'_>, other: &View<'_>) -> Finding {
    let finding = Finding::new(rule).with("there", own.at.to_string());
    finding.with("place", other.at.to_string())
}

fn judge_srv(own: &View<'_>, other: &View<'_>, terms: &Terms) -> Option<Finding> {
    let lookup = |view: &View<'_>| -> Option<Said> {
        let SrvFacts { lookup, .. } = view.facts.srv.as_ref()?;
        Said::of(lookup, view.at)
    };
    differing(own, other, lookup(own)?, lookup(other)?, terms)
}

fn judge_addresses(own: &View<'_>, other: &View<'_>, terms: &Terms) -> Vec<Finding> {
    let hosts = own.facts.addresses.iter().flatten();
    let differs = hosts.filter_map(|host| {
        let mut others = other.facts.addresses.iter().flatten();
        let same = others.find(|other| other.fqdn == host.fqdn)?;
        let (one, two) = (Said::of(&host.a, own.at)?, Said::of(&same.a, other.at)?);
        differing(own, other, one, two, terms)
    });
    differs.collect()
}

/// What DNS says at a place to whoever asks its resolver.
struct Said {
    name: String,
    record: &'static str,
    values: Vec<String>,
}

impl Said {
    /// Outside, what the zone publishes counts. On this machine, what its resolver says does: that
    /// is what makes an inside.
    fn of(lookup: &Lookup, at: &Vantage) -> Option<Self> {
        let by_resolver = || {
            let answers = lookup.answers.iter().map(|answer| &answer.outcome);
            let mut conclusive = answers.filter(|outcome| outcome.is_conclusive());
            conclusive.next().map(DnsOutcome::records)
        };
        let records: Vec<&Data> = if at.is_elsewhere() {
            let counts = lookup.records();
            let is_known = !counts.is_empty() || lookup.answer().is_conclusive();
            is_known.then(|| counts.into_iter().map(|record| &record.data).collect())?
        } else {
            by_resolver()?.iter().map(|record| &record.data).collect()
        };
        let value = |data: &Data| match data {
            Data::Srv(srv) => Some(srv.to_string().to_ascii_lowercase()),
            Data::Address(address) => Some(address.to_string()),
            _ => None,
        };
        let mut values: Vec<String> = records.into_iter().filter_map(value).collect();
        values.sort_unstable();
        values.dedup();
        Some(Self {
            name: lookup.name.clone(),
            record: lookup.record.name(),
            values,
        })
    }
}

fn differing(
    own: &View<'_>,
    other: &View<'_>,
    one: Said,
    two: Said,
    terms: &Terms,
) -> Option<Finding> {
    if one.values == two.values {
        return None;
    }
    let finding = between(&PLACE_DNS_DIFFERS, own, other)
        .with("record", one.record)
        .with("name", one.name)
        .with("says_there", one.values)
        .with("says_here", two.values);
    // What our own resolver says of a partner is what our server goes by.
    Some(
        if terms.partner && own.at.is_elsewhere() != other.at.is_elsewhere() {
            finding.weighing(Severity::Warn)
        } else {
            finding
        },
    )
}

/// Whether a connect was turned away or lost on the way, rather than not made.
fn is_closed(endpoint: &EndpointFacts) -> bool {
    matches!(
        endpoint.tcp,
        TcpOutcome::Refused | TcpOutcome::TimedOut(_) | TcpOutcome::Unreachable
    )
}

fn judge_tcp(
    own: &View<'_>,
    other: &View<'_>,
    one: &EndpointFacts,
    two: Option<&EndpointFacts>,
    terms: &Terms,
) -> Option<Finding> {
    let about = |rule| {
        let finding = between(rule, own, other)
            .with("fqdn", one.fqdn.as_str())
            .with("address", one.address.ip().to_string());
        finding.with("port", one.address.port()).at(one.address)
    };
    let is_across = own.at.is_elsewhere() != other.at.is_elsewhere();
    let inside = if own.at.is_elsewhere() { other } else { own };
    // The server may be reached inside by another address than the published one.
    let same_server = |endpoint: &&EndpointFacts| endpoint.fqdn == one.fqdn && endpoint.is_open();
    let open_beside = two
        .filter(|two| two.is_open())
        .or_else(|| other.endpoints().filter(|_| is_across).find(same_server));
    let closed_beside = two.filter(|two| is_closed(two));
    if is_closed(one) && !own.has_no_way_out() {
        let open = open_beside?;
        return Some(match (is_across, terms.partner) {
            (true, false) if own.at.is_elsewhere() => {
                about(&PLACE_OPEN_HERE_ONLY).with("open", open.address.to_string())
            }
            (true, true) if !own.at.is_elsewhere() => about(&PLACE_NO_WAY_OUT),
            _ => about(&PLACE_SHUT_OUT).with("closed", "there"),
        });
    }
    if one.is_open() {
        closed_beside?;
        return Some(match (is_across, terms.partner) {
            (true, false) if inside.has_no_way_out() => about(&PLACE_NO_WAY_OUT),
            (true, false) if own.at.is_elsewhere() => about(&PLACE_NO_WAY_BACK_IN),
            (true, true) if own.at.is_elsewhere() => about(&PLACE_NO_WAY_OUT),
            _ => about(&PLACE_SHUT_OUT).with("closed", "place"),
        });
    }
    None
}

fn judge_certificate(
    own: &View<'_>,
    other: &View<'_>,
    one: &EndpointFacts,
    two: &EndpointFacts,
) -> Option<Finding> {
    // Two machines have two certificates.
    if one.address != two.address {
        return None;
    }
    let (leaf, other_leaf) = (one.shown()?.chain.first()?, two.shown()?.chain.first()?);
    if leaf == other_leaf {
        return None;
    }
    let issuer = |der: &crate::facts::Der| {
        let read = Certificate::parse(&der.0);
        read.map(|certificate| certificate.issuer)
            .unwrap_or_default()
    };
    let kind = if own.at.is_elsewhere() == other.at.is_elsewhere() {
        "outside"
    } else {
        "inside"
    };
    let finding = between(&PLACE_CERT_DIFFERS, own, other)
        .with("fqdn", one.fqdn.as_str())
        .with("address", one.address.ip().to_string())
        .with("port", one.address.port())
        .with("kind", kind)
        .with("issuer_there", issuer(leaf))
        .with("issuer_here", issuer(other_leaf));
    Some(finding.at(one.address))
}
