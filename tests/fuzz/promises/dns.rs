//! An answer of a resolver or of a server of the zone: an outcome, whatever it is, within its bounds, the
//! same when a report is read again, and judged without a difference when it is redacted.

use serde_json::{Value, json};
use time::macros::datetime;
use xfed::internals::{
    DnsOutcome, Domain, Facts, Labels, RecordType, Report, SavedCheck, Terms, read_answer, replay,
};

const RECORDS: [RecordType; 7] = [
    RecordType::A,
    RecordType::Aaaa,
    RecordType::Mx,
    RecordType::Ns,
    RecordType::Soa,
    RecordType::Srv,
    RecordType::Txt,
];

const NAMES: [&str; 2] = ["_sipfederationtls._tcp.zahnfee.de", "zahnfee.de"];

/// The first byte says what was asked, and of whom.
pub fn holds(bytes: &[u8]) {
    let Some((what, message)) = bytes.split_first() else {
        return;
    };
    let record = RECORDS[usize::from(*what) % RECORDS.len()];
    let name = NAMES[usize::from(*what >> 3) % NAMES.len()];
    let of_zone = what & 0x80 != 0;
    let Some(outcome) = read_answer(message, name, record, of_zone) else {
        return;
    };
    is_bounded(&outcome);
    let resolver = if what & 0x40 == 0 {
        "9.9.9.9:53"
    } else {
        "10.0.0.53:53"
    };
    let lookup = lookup(&outcome, name, record, (!of_zone).then_some(resolver));
    let facts = facts(&lookup);
    let written = serde_json::to_string(&facts).expect("facts are JSON");
    let read: Facts = serde_json::from_str(&written).expect("what was written");
    assert_eq!(read, facts);
    let domain = Domain::parse("zahnfee.de").expect("a domain");
    let report = replay(SavedCheck {
        place: None,
        beside: Vec::new(),
        input: "zahnfee.de".to_owned(),
        labels: Labels::default(),
        terms: Terms::new(domain, datetime!(2026-11-22 12:00 UTC)),
        elapsed_us: 0,
        redacted: false,
        facts,
    });
    let redacted = replay(report.check.clone().redacted());
    assert_eq!(codes(&redacted), codes(&report));
    let twice = replay(redacted.check.clone().redacted());
    assert_eq!(twice.facts(), redacted.facts());
}

fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<&str> = report.findings().map(|one| one.rule.code).collect();
    codes.sort_unstable();
    codes
}

fn is_bounded(outcome: &DnsOutcome) {
    assert!(outcome.records().len() <= 64);
    assert!(outcome.aliases().len() <= 8);
    if let DnsOutcome::Failed { extended, .. } = outcome {
        assert!(extended.len() <= 4);
        for error in extended {
            assert!(error.text.chars().count() <= 201);
        }
    }
}

/// One question, and this answer of a resolver; without one, of a server of the zone.
fn lookup(outcome: &DnsOutcome, name: &str, record: RecordType, resolver: Option<&str>) -> Value {
    let answer = resolver.map(|resolver| {
        json!({
            "view": {"resolver": resolver}, "server": resolver, "outcome": outcome, "elapsed_us": 1,
        })
    });
    let server = json!({
        "server": {"name": "ns1.zahnfee.de", "address": "81.2.3.53:53"},
        "outcome": outcome, "elapsed_us": 1,
    });
    let authority = if resolver.is_none() {
        vec![server]
    } else {
        vec![]
    };
    let answers: Vec<Value> = answer.into_iter().collect();
    json!({"name": name, "record": record, "answers": answers, "authority": authority})
}

/// A check in which this was said to every question.
fn facts(lookup: &Value) -> Facts {
    let facts = json!({
        "zone": {"soa": lookup, "mx": lookup, "txt": lookup, "services": [lookup], "wildcard": lookup},
        "srv": {"lookup": lookup},
        "addresses": [{"fqdn": "xphone.zahnfee.de", "a": lookup, "aaaa": lookup}],
        "endpoints": [],
    });
    serde_json::from_value(facts).expect("facts")
}
