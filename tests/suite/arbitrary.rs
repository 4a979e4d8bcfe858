//! What strangers send is read without a panic, whatever it is. `tests/fuzz` goes on from here.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use xfed::internals::{
    Certificate, Der, Domain, Facts, Fqdn, Received, is_harmful, printable, read_headers,
    read_name, read_response,
};

use crate::world::Authority;

/// One change to bytes that mean something.
#[derive(Clone, Debug)]
pub enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Set(at, byte) => bytes[at.index(length)] = *byte,
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
        }
    }
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), vec(any::<u8>(), 1..9)).prop_map(|(at, more)| Change::Insert(at, more)),
        (any::<Index>(), 1..9_usize).prop_map(|(at, count)| Change::Remove(at, count)),
    ]
}

pub fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        change.apply(&mut bytes);
    }
    bytes
}

/// Certificates of every kind that the world makes, and the odd ones kept as files.
fn certificates() -> Vec<Vec<u8>> {
    let authority = Authority::new("Tooth Fairy Root CA");
    let name = "xphone.zahnfee.de";
    let issued = [
        authority.certificate(name).rsa(),
        authority.certificate("*.zahnfee.de").no_eku(),
        authority.certificate(name).no_names().no_crl(),
        authority
            .certificate(name)
            .names(&[name, "10.0.0.5", "sip:zahnfee.de"]),
        authority.certificate(name).aia("http://ca.example/i.cer"),
        authority.certificate(name).no_common_name().self_signed(),
    ];
    let chains = issued.into_iter().flat_map(|one| one.issue().chain);
    let mut all: Vec<Vec<u8>> = chains.map(|der| der.to_vec()).collect();
    all.push(authority.root_der().to_vec());
    all
}

/// A strategy runs for hundreds of cases; certificates are made once for all of them.
fn run<S: Strategy>(strategy: S, test: impl Fn(S::Value)) {
    run_cases(1000, strategy, test);
}

pub fn run_cases<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value)) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        // Nothing is written into the tree: a failure prints the smallest case.
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    });
    let outcome = runner.run(&strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..600)
}

#[test]
fn certificates_are_read_whatever_was_done_to_them() {
    let whole = certificates();
    for der in &whole {
        assert!(Certificate::parse(der).is_ok(), "a good one to begin with");
    }
    run((any::<Index>(), vec(change(), 1..6)), |(which, changes)| {
        let der = changed(&whole[which.index(whole.len())], &changes);
        let _ = Certificate::parse(&der);
        // Names stand anywhere in there.
        let _ = read_name(&der);
        for start in (0..der.len()).step_by(7) {
            let _ = read_name(&der[start..]);
        }
    });
    run(bytes(), |der| {
        let _ = Certificate::parse(&der);
        let _ = read_name(&der);
    });
}

#[test]
fn a_certificate_of_any_bytes_survives_a_report() {
    run(bytes(), |bytes| {
        let der = Der(bytes);
        let json = serde_json::to_string(&der).expect("text");
        assert_eq!(serde_json::from_str::<Der>(&json).expect("read back"), der);
    });
}

#[test]
fn sip_answers_are_read_whatever_they_are() {
    const ANSWER: &[u8] = b"\r\nSIP/2.0 403 Forbidden\r\nServer: XPhone\r\n\
        ms-diagnostics: 1009;reason=\"No match\"\r\nContent-Length: 0\r\n\r\n";
    assert!(matches!(read_response(ANSWER, ""), Received::Response(_)));
    let check = |bytes: Vec<u8>| {
        let whole = read_response(&bytes, "");
        let _ = read_headers(&String::from_utf8_lossy(&bytes));
        if let Received::Response(answer) = &whole {
            assert!((100..=699).contains(&answer.status), "{answer:?}");
        }
        // What has begun well is not given up before its end.
        for end in 0..bytes.len() {
            if read_response(&bytes[..end], "") == Received::Other {
                assert_eq!(whole, Received::Other, "{end}");
            }
        }
    };
    run(vec(change(), 0..6), |changes| {
        check(changed(ANSWER, &changes));
    });
    run(vec(any::<u8>(), 0..200), check);
}

#[test]
fn names_are_read_whatever_was_typed() {
    let parts = prop_oneof![
        4 => "[a-zäß0-9-]{1,8}",
        2 => Just(".".to_owned()),
        1 => "\\PC",
        1 => any::<char>().prop_map(String::from),
        1 => prop::sample::select(vec![
            "@", ":5061", "sip:", "https://", "_sipfederationtls._tcp.", "[", "]", "xn--", "/", "。", "\u{ad}",
        ]).prop_map(str::to_owned),
    ];
    let typed = prop_oneof![
        vec(parts, 0..10).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[a-z.]{0,300}",
    ];
    run(typed, |typed| {
        // What is understood is understood the same again: reports are read back this way.
        if let Ok(domain) = Domain::parse(&typed) {
            let again = Domain::parse(domain.as_str());
            assert_eq!(again.as_ref(), Ok(&domain), "{typed:?}");
            assert!(domain.as_str().is_ascii() && domain.as_str().len() <= 253);
        }
        if let Ok(fqdn) = Fqdn::parse(&typed) {
            assert_eq!(Fqdn::parse(fqdn.as_str()).as_ref(), Ok(&fqdn), "{typed:?}");
        }
    });
}

#[test]
fn nothing_harmful_is_printable() {
    run(any::<String>(), |text| {
        let safe = printable(&text);
        assert!(!safe.contains(is_harmful), "{safe:?}");
        assert_eq!(printable(&safe), safe);
    });
}

/// Reports come from customers: whatever stands in one, it is refused or judged, redacted too.
#[test]
fn changed_reports_are_refused_or_judged() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/reports/1.json");
    let kept = std::fs::read(kept).expect("it is kept");
    // Fewer: each parses and judges two whole reports.
    run_cases(200, vec(change(), 1..4), |changes| {
        let Ok(past) = xfed::internals::saved::read(&changed(&kept, &changes)) else {
            return;
        };
        for past in past {
            let report = xfed::internals::replay(past);
            let crashed = report.findings().any(|one| one.rule.code == "step-crashed");
            assert!(!crashed || is_partial(report.facts()), "{changes:?}");
            let redacted = xfed::internals::replay(report.check.clone().redacted());
            assert_eq!(redacted.verdict(), report.verdict());
            let twice = xfed::internals::replay(redacted.check.clone().redacted());
            assert_eq!(twice.facts(), redacted.facts());
        }
    });
}

fn is_partial(facts: &Facts) -> bool {
    facts.zone.is_none()
        || facts.srv.is_none()
        || facts.addresses.is_none()
        || facts.endpoints.is_none()
}
