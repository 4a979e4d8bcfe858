//! What the reports of a run say of each other.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::*;
use crate::facts::{
    AddressFacts, ControlFacts, EndpointFacts, Facts, Lookup, Loss, Micros, Millis, RecordType,
    SrvFacts, TlsFacts, TlsOutcome,
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
        in_hosts_file: Vec::new(),
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
