//! Reports of test partners come from others: whatever is in them, they are judged, and no judge
//! crashes. `tests/fuzz` goes on from here (`facts`).

use proptest::collection::vec;
use time::macros::datetime;
use xfed::internals::{
    Call, CallFacts, CallHello, CallOutcome, CallTls, CallerFacts, Demand, Der, Domain, Exchange,
    Facts, FactsOnTerms, Fqdn, Labels, Millis, SavedCheck, Talk, Terms, TestPartner, TlsVersion,
    What, replay,
};

use crate::arbitrary::{change, changed, run_cases};
use crate::world::Authority;

fn terms(domain: &str, scope: &str) -> Terms {
    let domain = Domain::parse(domain).expect("a domain");
    let terms = Terms::new(domain, datetime!(2026-11-22 12:00 UTC));
    let mut terms = serde_json::to_value(terms).expect("terms are JSON");
    terms["scope"] = scope.into();
    serde_json::from_value(terms).expect("what was written")
}

/// What a test partner writes down of a server that calls with its certificate and sends a text.
fn heard() -> Facts {
    let authority = Authority::new("Tooth Fairy Root CA");
    let chain = authority.certificate("xphone.zahnfee.de").issue().chain;
    let call = Call {
        from: ([81, 2, 3, 4], 40_000).into(),
        after: Millis(700),
        hello: Some(CallHello {
            versions: vec![TlsVersion::Tls13, TlsVersion::Tls12],
            server_name: Some("fed.echo.example".to_owned()),
            suites: vec!["TLS_AES_128_GCM_SHA256".to_owned()],
            groups: vec!["x25519".to_owned()],
        }),
        tls: CallTls {
            version: Some(TlsVersion::Tls13),
            chain: chain.iter().map(|der| Der(der.to_vec())).collect(),
            key_proven: Some(true),
            ..CallTls::ended(CallOutcome::Finished)
        },
        sip: Some(Talk {
            exchanges: vec![Exchange {
                method: "MESSAGE".to_owned(),
                status: Some(200),
                what: What::Chat,
                content: Some("text/plain".to_owned()),
            }],
            from_domain: Some("zahnfee.de".to_owned()),
            ..Talk::default()
        }),
    };
    Facts {
        calls: Some(CallFacts {
            partner: TestPartner {
                fqdn: Fqdn::parse("fed.echo.example").expect("a name"),
                domain: Domain::parse("echo.example").expect("a domain"),
                port: 5061,
                expected: Some(Domain::parse("zahnfee.de").expect("a domain")),
                demand: Demand::Ask,
                named_authorities: false,
                echoes: false,
                own_faults: vec!["cert-expired".to_owned()],
            },
            listened: Millis(900_000),
            calls: vec![call.clone(), call],
            strangers: 2,
        }),
        ..Facts::default()
    }
}

fn pair() -> String {
    let own = FactsOnTerms {
        terms: terms("zahnfee.de", "whole"),
        facts: Facts::default(),
    };
    let evidence = FactsOnTerms {
        terms: terms("zahnfee.de", "outbound"),
        facts: heard(),
    };
    let caller = CallerFacts {
        own,
        evidence: vec![evidence.clone(), evidence],
    };
    serde_json::to_string(&caller).expect("facts are JSON")
}

fn judged(caller: CallerFacts) {
    let report = replay(SavedCheck {
        place: None,
        beside: Vec::new(),
        input: "toothfairy.uk".to_owned(),
        labels: Labels::default(),
        terms: Terms {
            caller: Domain::parse("zahnfee.de").ok(),
            ..terms("toothfairy.uk", "pair")
        },
        elapsed_us: 0,
        redacted: false,
        facts: Facts {
            caller: Some(Box::new(caller)),
            ..Facts::default()
        },
    });
    // What is not there of the server that is called is said to be missing in the same way.
    for row in report.rows.iter().skip(6) {
        for finding in &row.findings {
            assert_ne!(finding.rule.code, "step-crashed", "{:?}", row.step);
        }
    }
    let verdict = report.verdict();
    assert_eq!(replay(report.check.redacted()).verdict(), verdict);
}

#[test]
fn evidence_is_judged_whatever_was_done_to_it() {
    let whole = pair();
    let read = serde_json::from_str::<CallerFacts>(&whole).expect("what was written");
    judged(read);
    run_cases(300, vec(change(), 1..6), |changes| {
        let bytes = changed(whole.as_bytes(), &changes);
        if let Ok(caller) = serde_json::from_slice::<CallerFacts>(&bytes) {
            judged(caller);
        }
    });
}

/// One report, without the brackets, as it was written at first.
#[test]
fn evidence_of_before_is_read() {
    let mut written: serde_json::Value = serde_json::from_str(&pair()).expect("JSON");
    let first = written["evidence"][0].clone();
    written["evidence"] = first;
    let read: CallerFacts = serde_json::from_value(written).expect("it is still read");
    assert_eq!(read.evidence.len(), 1);
}
