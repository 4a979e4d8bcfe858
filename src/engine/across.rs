//! What only several reports together show. Where all servers of a run are lost in the same way, the way
//! out of here is closed, and no domain is at fault. What is accepted for all domains may be found at
//! one of them only.

use std::collections::BTreeSet;
use std::mem;
use std::net::IpAddr;

use super::replay;
use crate::facts::{AddressFacts, EndpointFacts, Facts, Loss, TcpOutcome};
use crate::known::ranges;
use crate::model::policy::{Acceptance, AcceptanceState};
use crate::report::Report;

/// The reports of a run, each in the light of the others.
pub fn across(reports: Vec<Report>) -> Vec<Report> {
    let mut cross_check = CrossCheck::default();
    let mut settled = Vec::new();
    for (place, report) in reports.into_iter().enumerate() {
        settled.extend(cross_check.take(place, report));
    }
    settled.extend(cross_check.finish());
    settled.sort_by_key(|(place, _)| *place);
    settled.into_iter().map(|(_, report)| report).collect()
}

/// Reports of one run, each with its place in it. Those that another could still change are held
/// back until it is known that none does.
#[derive(Debug)]
pub struct CrossCheck {
    held: Vec<(usize, Report)>,
    /// The most that are held back.
    most: usize,
    way: Way,
    /// What became of the acceptances of the reports that were let go, each once.
    seen: Vec<(Acceptance, AcceptanceState)>,
}

impl Default for CrossCheck {
    fn default() -> Self {
        Self::bounded(usize::MAX)
    }
}

impl CrossCheck {
    /// So many reports are held back of a run of which nobody keeps them.
    const HELD: usize = 64;

    /// For a run of which nobody keeps the reports: holds few of them back. What comes after those
    /// changes them no more, so that too many lost domains at the beginning have a closed way out,
    /// until somebody judges all of them again.
    pub fn streamed() -> Self {
        Self::bounded(Self::HELD)
    }

    fn bounded(most: usize) -> Self {
        Self {
            held: Vec::new(),
            most,
            way: Way::default(),
            seen: Vec::new(),
        }
    }

    /// Takes one more report, and returns those that nothing can change any more.
    pub fn take(&mut self, place: usize, report: Report) -> Vec<(usize, Report)> {
        self.way.note(&report);
        self.held.push((place, report));
        if self.held.len() > self.most {
            return self.let_go(Known::Part);
        }
        let is_open = self.way.is_open;
        let waits = |report: &Report| {
            let rests_on_way = !is_open && matches!(met(report.facts()), Met::Lost { .. });
            rests_on_way || waits_for_others(report)
        };
        let held = mem::take(&mut self.held).into_iter();
        let (held, settled): (Vec<_>, Vec<_>) = held.partition(|(_, report)| waits(report));
        self.held = held;
        for (_, report) in &settled {
            remember(&mut self.seen, report);
        }
        settled
    }

    /// Returns the rest when there are no more to come.
    pub fn finish(mut self) -> Vec<(usize, Report)> {
        self.let_go(Known::All)
    }

    /// The same where others belong to the run that are not seen here: it ended early, or this is a
    /// part of it.
    pub fn finish_part(mut self) -> Vec<(usize, Report)> {
        self.let_go(Known::Part)
    }

    /// Those that are held, as they are judged by what is known now.
    fn let_go(&mut self, known: Known) -> Vec<(usize, Report)> {
        let held = mem::take(&mut self.held).into_iter();
        let mut held: Vec<_> = if self.way.is_closed() {
            let taken_back = |(place, report)| (place, take_back(report));
            held.map(taken_back).collect()
        } else {
            held.collect()
        };
        for (_, report) in &held {
            remember(&mut self.seen, report);
        }
        for (_, report) in &mut held {
            settle_among(report, &self.seen, known);
        }
        held
    }
}

/// What the reports of a run show of the way out of here.
#[derive(Debug, Default)]
struct Way {
    /// Something answered, or they were not all lost in one way.
    is_open: bool,
    /// The way in which they were lost.
    loss: Option<Loss>,
    /// The networks that each of them was lost in, each set once. Two domains on one dead server prove
    /// nothing, nor does one domain with two of them.
    places: BTreeSet<BTreeSet<IpAddr>>,
}

impl Way {
    fn note(&mut self, report: &Report) {
        match met(report.facts()) {
            _ if self.is_open => {}
            Met::Nothing => {}
            Met::Lost { loss, networks } => {
                let same = self.loss.map_or(Some(loss), |known| known.with(loss));
                self.is_open = same.is_none();
                self.loss = same;
                if self.places.len() < ENOUGH {
                    self.places.insert(networks);
                }
            }
            Met::Somebody => self.is_open = true,
        }
    }

    /// Whether that is proof that nobody gets out of here.
    fn is_closed(&self) -> bool {
        let enough = self.loss.map(|loss| match loss {
            Loss::Silent => ENOUGH_SILENT,
            Loss::Refused | Loss::Unreachable | Loss::Mute | Loss::Ended => ENOUGH,
        });
        !self.is_open && enough.is_some_and(|enough| self.places.len() >= enough)
    }
}

/// So many silent domains are as good as all.
const ENOUGH_SILENT: usize = 2;
/// A rejection may well be the server's own: of those it takes more.
const ENOUGH: usize = 3;

/// What one domain shows of the way out of here.
#[derive(Debug)]
enum Met {
    /// There was nobody to be met.
    Nothing,
    /// Somebody answered, or not all were lost in one way.
    Somebody,
    /// All servers that were to be met were lost like this.
    Lost {
        loss: Loss,
        networks: BTreeSet<IpAddr>,
    },
}

fn met(facts: &Facts) -> Met {
    let endpoints = || facts.endpoints.iter().flatten();
    let control = facts.control.as_ref();
    let reaches_control = control.is_some_and(|control| match control.tcp {
        TcpOutcome::Connected(_) => control.tls.is_none(),
        _ => false,
    });
    if reaches_control || endpoints().any(EndpointFacts::is_met) {
        return Met::Somebody;
    }
    let hosts = facts.addresses.iter().flatten();
    let inside: Vec<&AddressFacts> = hosts.filter(|host| host.is_seen_from_inside()).collect();
    // Many firewalls do not let a connection from inside reach their own public address.
    let counts = |endpoint: &&EndpointFacts| {
        let is_inside = inside.iter().any(|host| host.fqdn == endpoint.fqdn);
        endpoint.loss().is_some() && !(is_inside && endpoint.published.is_some())
    };
    // IPv6 is not to be had everywhere, and lost in ways of its own.
    let has_ipv4 = endpoints().any(|endpoint| endpoint.address.is_ipv4());
    let of_family = endpoints().filter(|endpoint| endpoint.address.is_ipv4() == has_ipv4);
    let lost: Vec<&EndpointFacts> = of_family.filter(counts).collect();
    let mut losses = lost.iter().filter_map(|endpoint| endpoint.loss());
    let Some(first) = losses.next() else {
        return Met::Nothing;
    };
    let Some(common) = losses.try_fold(first, Loss::with) else {
        return Met::Somebody;
    };
    let networks = lost.iter().map(|it| ranges::network(it.address.ip()));
    Met::Lost {
        loss: common,
        networks: networks.collect(),
    }
}

/// The report where nobody gets out of here: whoever was lost was not tested.
fn take_back(report: Report) -> Report {
    let mut check = report.check;
    let met = check.facts.endpoints.clone();
    for endpoint in check.facts.endpoints.iter_mut().flatten() {
        if let Some(loss) = endpoint.loss() {
            *endpoint = endpoint.untested(TcpOutcome::AllLost(loss));
        }
    }
    let mut judged = replay(check);
    judged.check.facts.endpoints = met;
    judged
}

/// How many of the reports of a run are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    All,
    /// The others may be anything.
    Part,
}

/// What the reports of a run together say about each of them, for whoever reads them one at a time,
/// twice, and keeps none.
#[derive(Debug, Default)]
pub struct WayOut {
    way: Way,
    /// What became of what is accepted for all domains, each once.
    seen: Vec<(Acceptance, AcceptanceState)>,
    /// The same, should the way out be closed.
    seen_if_closed: Vec<(Acceptance, AcceptanceState)>,
    known: Known,
}

impl WayOut {
    /// Whether further reports change nothing about the way out.
    pub fn is_known(&self) -> bool {
        self.way.is_open
    }

    /// Takes note that there was a report that cannot be read.
    pub fn miss(&mut self) {
        self.known = Known::Part;
    }

    /// Takes note of a report.
    pub fn note(&mut self, report: &Report) {
        remember(&mut self.seen, report);
        self.way.note(report);
        if !self.way.is_open {
            remember(&mut self.seen_if_closed, &take_back(report.clone()));
        }
    }

    /// A report in the light of the others.
    pub fn judged(&self, report: Report) -> Report {
        let is_closed = self.way.is_closed();
        let (mut report, seen) = if is_closed {
            (take_back(report), &self.seen_if_closed)
        } else {
            (report, &self.seen)
        };
        settle_among(&mut report, seen, self.known);
        report
    }
}

/// Remembers what became of each acceptance that is for all domains.
fn remember(seen: &mut Vec<(Acceptance, AcceptanceState)>, report: &Report) {
    let all = report.check.terms.policy.accept.iter();
    let states = all.zip(&report.acceptances);
    for (acceptance, state) in states.filter(|(acceptance, _)| acceptance.domain.is_none()) {
        let is_it =
            |(known, its): &(Acceptance, AcceptanceState)| known == acceptance && its == state;
        if !seen.iter().any(is_it) {
            seen.push((acceptance.clone(), *state));
        }
    }
}

/// True if something is accepted for all domains that another domain may need.
fn waits_for_others(report: &Report) -> bool {
    let mut all = report
        .check
        .terms
        .policy
        .accept
        .iter()
        .zip(&report.acceptances);
    all.any(|(acceptance, state)| acceptance.domain.is_none() && is_open(*state))
}

fn is_open(state: AcceptanceState) -> bool {
    matches!(state, AcceptanceState::Unused | AcceptanceState::Untested)
}

/// An acceptance for all domains has an effect when one of them needs it, and has none only when
/// none does.
fn settle_among(report: &mut Report, seen: &[(Acceptance, AcceptanceState)], known: Known) {
    let all = report.check.terms.policy.accept.iter();
    let for_all = |(acceptance, state): &(&Acceptance, &mut AcceptanceState)| {
        acceptance.domain.is_none() && is_open(**state)
    };
    for (acceptance, state) in all.zip(&mut report.acceptances).filter(for_all) {
        let is_somewhere = |state| seen.contains(&(acceptance.clone(), state));
        if is_somewhere(AcceptanceState::Applied) {
            *state = AcceptanceState::Elsewhere;
        } else if known == Known::Part || is_somewhere(AcceptanceState::Untested) {
            *state = AcceptanceState::Untested;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::facts::{
        AddressFacts, ControlFacts, Lookup, Micros, Millis, RecordType, SrvFacts, TlsFacts,
        TlsOutcome,
    };
    use crate::model::finding::StepId;
    use crate::model::labels::Labels;
    use crate::model::names::{Domain, Fqdn};
    use crate::model::plan::{Federation, Terms};
    use crate::model::policy::{Policy, Weight};
    use crate::report::{SavedCheck, Status};

    const SILENT: Outcome = Outcome::Tcp(TcpOutcome::TimedOut(Millis(5000)));
    const REFUSED: Outcome = Outcome::Tcp(TcpOutcome::Refused);
    const ENDED: Outcome = Outcome::Tls(TlsOutcome::Closed);
    const MUTE: Outcome = Outcome::Tls(TlsOutcome::Silent);
    const MET: Outcome = Outcome::Tls(TlsOutcome::TooMuch);

    #[derive(Clone)]
    enum Outcome {
        Tcp(TcpOutcome),
        Tls(TlsOutcome),
    }

    fn fqdn() -> Fqdn {
        Fqdn::parse("xphone.zahnfee.de").expect("a name")
    }

    fn endpoint(address: &str, outcome: &Outcome) -> EndpointFacts {
        let address: IpAddr = address.parse().expect(address);
        let at = |tcp| EndpointFacts::new(fqdn(), None, (address, 5061).into(), tcp);
        match outcome {
            Outcome::Tcp(tcp) => at(*tcp),
            Outcome::Tls(outcome) => EndpointFacts {
                tls: Some(TlsFacts::begun(outcome.clone())),
                ..at(TcpOutcome::Connected(Micros(1)))
            },
        }
    }

    fn check(endpoints: Vec<EndpointFacts>) -> SavedCheck {
        let domain = Domain::parse("zahnfee.de").expect("a domain");
        let srv = SrvFacts {
            lookup: Lookup::of("_sipfederationtls._tcp.zahnfee.de.", RecordType::Srv),
            near_misses: None,
        };
        let host = AddressFacts {
            fqdn: fqdn(),
            a: Lookup::of("xphone.zahnfee.de.", RecordType::A),
            aaaa: Lookup::of("xphone.zahnfee.de.", RecordType::Aaaa),
            below: None,
            beside: None,
            near: Vec::new(),
            stand_in: false,
        };
        SavedCheck {
            input: domain.to_string(),
            labels: Labels::default(),
            terms: Terms {
                fqdn: Some(fqdn()),
                federation: Federation::Direct,
                ..Terms::new(domain, OffsetDateTime::UNIX_EPOCH)
            },
            elapsed_us: 0,
            redacted: false,
            place: None,
            beside: Vec::new(),
            facts: Facts {
                srv: Some(srv),
                addresses: Some(vec![host]),
                endpoints: Some(endpoints),
                ..Facts::default()
            },
        }
    }

    /// The report on a domain whose servers are met like this, each at its address.
    fn with(endpoints: &[(&str, Outcome)]) -> Report {
        let endpoints = endpoints.iter();
        replay(check(
            endpoints.map(|(at, how)| endpoint(at, how)).collect(),
        ))
    }

    fn silent() -> Report {
        with(&[("81.2.3.4", SILENT)])
    }

    fn elsewhere() -> Report {
        with(&[("93.5.6.7", SILENT)])
    }

    fn well() -> Report {
        with(&[("81.2.3.4", MET)])
    }

    fn without_servers() -> Report {
        with(&[])
    }

    fn beside_control(report: Report, tls: Option<Loss>) -> Report {
        let mut check = report.check;
        check.facts.control = Some(ControlFacts {
            host: "sip.example.com".to_owned(),
            address: None,
            tcp: TcpOutcome::Connected(Micros(1)),
            tls,
        });
        replay(check)
    }

    /// A policy on what was seen, which does not hold for what turns out not to be known.
    fn lowered(report: Report) -> Report {
        let mut check = report.check;
        check.terms.policy = Policy {
            severity: [("tcp-filtered".to_owned(), Weight::Info)].into(),
            accept: Vec::new(),
        };
        replay(check)
    }

    /// What was found at the servers that were lost.
    fn codes(report: &Report) -> Vec<&'static str> {
        const OF_LOST: [&str; 7] = [
            BLOCKED,
            FILTERED,
            "tcp-refused",
            "tcp-unreachable",
            "tls-closed",
            "tls-silent",
            "address-behind-cdn",
        ];
        let codes = report.findings().map(|finding| finding.rule.code);
        codes.filter(|code| OF_LOST.contains(code)).collect()
    }

    fn of_all(reports: &[Report]) -> Vec<&'static str> {
        reports.iter().flat_map(codes).collect()
    }

    const BLOCKED: &str = "tcp-egress-blocked";
    const FILTERED: &str = "tcp-filtered";

    #[test]
    fn where_every_domain_is_silent_the_way_out_is_closed() {
        for (reports, expected) in [
            (vec![silent()], vec![FILTERED]),
            (vec![silent(), elsewhere()], vec![BLOCKED; 2]),
            (
                vec![lowered(silent()), lowered(elsewhere())],
                vec![BLOCKED; 2],
            ),
            // One without a server shows nothing of the way.
            (
                vec![silent(), without_servers(), elsewhere()],
                vec![BLOCKED; 2],
            ),
            // One domain with two dead servers.
            (
                vec![with(&[("81.2.3.4", SILENT), ("93.5.6.7", SILENT)])],
                vec![FILTERED; 2],
            ),
            // Two domains on one dead server, and in one dead network.
            (vec![silent(), silent()], vec![FILTERED; 2]),
            (
                vec![silent(), with(&[("81.2.3.5", SILENT)])],
                vec![FILTERED; 2],
            ),
            (
                vec![silent(), with(&[("93.5.6.7", REFUSED)])],
                vec![FILTERED, "tcp-refused"],
            ),
            (
                vec![beside_control(silent(), None), elsewhere()],
                vec![FILTERED; 2],
            ),
            (vec![silent(), elsewhere(), well()], vec![FILTERED; 2]),
            // What is silent by IPv6 as well shows no more than IPv4 does.
            (
                vec![
                    with(&[("81.2.3.4", SILENT), ("2a01::1", REFUSED)]),
                    elsewhere(),
                ],
                vec![BLOCKED; 3],
            ),
            // A proxy for the web in front of a closed port follows from it.
            (
                vec![silent(), with(&[("104.16.1.2", SILENT)])],
                vec![BLOCKED; 2],
            ),
        ] {
            let reports = across(reports);
            assert_eq!(of_all(&reports), expected);
            if expected.contains(&BLOCKED) {
                let mut rows = reports[0].rows.iter();
                let tcp = rows.find(|row| row.step == StepId::Tcp).expect("the step");
                assert_eq!(tcp.status, Status::Unknown);
            }
        }
    }

    /// Whoever rejects may do so himself: of those it takes three.
    #[test]
    fn where_every_domain_is_rejected_in_one_way_the_way_out_is_closed() {
        for (outcome, code) in [
            (REFUSED, "tcp-refused"),
            (Outcome::Tcp(TcpOutcome::Unreachable), "tcp-unreachable"),
            (ENDED, "tls-closed"),
            (Outcome::Tls(TlsOutcome::Reset), "tls-closed"),
            (MUTE, "tls-silent"),
        ] {
            let at = |address| with(&[(address, outcome.clone())]);
            let two = || vec![at("81.2.3.4"), at("93.5.6.7")];
            let with_a_third = |third| two().into_iter().chain([third]).collect::<Vec<_>>();
            assert_eq!(of_all(&across(two())), [code; 2]);
            assert_eq!(of_all(&across(with_a_third(at("93.5.6.8")))), [code; 3]);
            let all = across(with_a_third(at("145.9.8.7")));
            assert_eq!(of_all(&all), [BLOCKED; 3]);
            // What was met then is kept.
            assert_eq!(all[2].check, at("145.9.8.7").check);
            let mixed = of_all(&across(with_a_third(with(&[("145.9.8.7", SILENT)]))));
            if code == "tcp-unreachable" {
                // Of many that are sent back, routers tell only so many in some time.
                assert_eq!(mixed, [BLOCKED; 3]);
            } else {
                assert_eq!(mixed, [code, code, FILTERED]);
            }
            let more = [at("145.9.8.7"), well()].into_iter();
            let one_is_met = across(two().into_iter().chain(more).collect());
            assert_eq!(of_all(&one_is_met), [code; 3]);
        }
    }

    /// A control host that is known to answer is one more that is lost, or the one that is met.
    #[test]
    fn a_control_host_is_met_as_far_as_the_endpoint_was() {
        let ended = || with(&[("81.2.3.4", ENDED)]);
        for (report, expected) in [
            (beside_control(ended(), None), "tls-closed"),
            (beside_control(ended(), Some(Loss::Mute)), "tls-closed"),
            (beside_control(ended(), Some(Loss::Ended)), BLOCKED),
            (beside_control(silent(), Some(Loss::Ended)), FILTERED),
        ] {
            assert_eq!(codes(&report), [expected]);
            let any_fails = report.rows.iter().any(|row| row.status == Status::Fail);
            assert_eq!(any_fails, expected != BLOCKED);
        }
    }

    /// What is let go stays as it was judged then.
    #[test]
    fn no_more_are_held_back_than_there_is_room_for() {
        let mut cross_check = CrossCheck::bounded(2);
        let mut let_go = Vec::new();
        let reports = vec![silent(), elsewhere(), silent(), silent(), well(), silent()];
        for (place, report) in reports.into_iter().enumerate() {
            let settled = cross_check.take(place, report);
            assert!(cross_check.held.len() <= 2);
            let_go.extend(settled);
        }
        let_go.extend(cross_check.finish());
        let codes: Vec<&str> = let_go
            .iter()
            .filter(|(place, _)| *place != 4)
            .flat_map(|(_, report)| codes(report))
            .collect();
        assert_eq!(codes, [BLOCKED, BLOCKED, BLOCKED, FILTERED, FILTERED]);
    }

    /// Which places are let go after each report, and at the end.
    #[test]
    fn what_another_could_change_is_held_back_and_nothing_else() {
        for (reports, expected) in [
            (vec![], vec![vec![]]),
            (vec![well()], vec![vec![0], vec![]]),
            (vec![silent()], vec![vec![], vec![0]]),
            (
                vec![silent(), elsewhere()],
                vec![vec![], vec![], vec![0, 1]],
            ),
            // One without a server waits for nobody.
            (
                vec![silent(), without_servers()],
                vec![vec![], vec![1], vec![0]],
            ),
            (
                vec![silent(), elsewhere(), well(), silent()],
                vec![vec![], vec![], vec![0, 1, 2], vec![3], vec![]],
            ),
            (
                vec![well(), silent(), elsewhere()],
                vec![vec![0], vec![1], vec![2], vec![]],
            ),
            (
                vec![silent(), beside_control(silent(), None)],
                vec![vec![], vec![0, 1], vec![]],
            ),
        ] {
            let places =
                |let_go: Vec<(usize, Report)>| let_go.into_iter().map(|(place, _)| place).collect();
            let mut cross_check = CrossCheck::default();
            let mut own: Vec<Vec<usize>> = reports
                .into_iter()
                .enumerate()
                .map(|(place, report)| places(cross_check.take(place, report)))
                .collect();
            own.push(places(cross_check.finish()));
            assert_eq!(own, expected);
        }
    }
}
