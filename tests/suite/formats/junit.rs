//! JUnit XML, read by the parser of quick-junit.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use super::{shown, shown_hostile};
use crate::stage::Run;

fn parsed(xml: &str) -> Report {
    Report::deserialize_from_str(xml).expect("JUnit XML")
}

fn kind(status: &TestCaseStatus) -> &'static str {
    match status {
        TestCaseStatus::Success { .. } => "pass",
        TestCaseStatus::Skipped { .. } => "skip",
        TestCaseStatus::NonSuccess { kind, .. } => match kind {
            NonSuccessKind::Failure => "fail",
            NonSuccessKind::Error => "unknown",
        },
    }
}

#[test]
fn a_suite_per_domain_and_a_case_per_step() {
    let [english, german] = ["en", "de"].map(|lang| parsed(&shown("junit", &["--lang", lang])));
    assert_eq!(
        (
            english.tests,
            english.failures,
            english.errors,
            english.skipped
        ),
        (18, 1, 1, 2)
    );
    for report in [&english, &german] {
        let suites: Vec<&str> = report
            .test_suites
            .iter()
            .map(|suite| suite.name.as_str())
            .collect();
        assert_eq!(suites, ["zahnfee.de", "elhada.es", "toothfairy.uk"]);
        let cases = report.test_suites[0].test_cases.iter();
        // Never in words: a case is followed over time, and in any language.
        let cases: Vec<_> = cases
            .map(|case| (case.name.as_str(), kind(&case.status)))
            .collect();
        assert_eq!(
            cases,
            [
                ("1 domain", "pass"),
                ("2 address", "pass"),
                ("3 srv", "fail"),
                ("4 tcp", "unknown"),
                ("5 certificate", "skip"),
                ("6 federation", "skip"),
            ]
        );
    }
}

#[test]
fn a_failure_says_what_to_do() {
    let report = parsed(&shown("junit", &["--lang=en"]));
    let TestCaseStatus::NonSuccess {
        ty, description, ..
    } = &report.test_suites[0].test_cases[2].status
    else {
        panic!("step 3 fails");
    };
    assert_eq!(
        ty.as_ref().map(|code| code.as_str()),
        Some("srv-wrong-port")
    );
    let text = description.as_ref().expect("a text").as_str();
    for part in [
        "Fix: Change the port",
        "Owner: DNS admin",
        "Check: nslookup",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let warned = &report.test_suites[1].test_cases[4];
    let said = warned.system_out.as_ref().expect("a warning").as_str();
    assert!(said.contains("[cert-expires-soon]"), "{said}");
}

#[test]
fn strangers_write_no_xml() {
    let report = parsed(&shown_hostile("junit"));
    let said = report.test_suites[2].test_cases[0].system_out.as_ref();
    let said = said.expect("what was seen").as_str();
    assert!(
        said.contains("<img src=x>") && said.contains("]]>"),
        "{said}"
    );
    assert_eq!(report.tests, 18);
}

/// Viewers go by the names, and show what cases say rather than what suites say.
#[test]
fn no_case_hides_another_and_reservations_are_seen() {
    /// Two reports on one domain.
    const TWICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/reports/1.json");
    let run = Run::new("replay").args(&[TWICE, "--format=junit", "--lang=en"]);
    let report = parsed(&run.text().1);
    let suites = report.test_suites.iter();
    let named: Vec<&str> = suites.map(|suite| suite.name.as_str()).collect();
    assert_eq!(named, ["zahnfee.de", "zahnfee.de #2"]);
    for suite in &report.test_suites {
        let [.., case] = suite.test_cases.as_slice() else {
            panic!("six cases");
        };
        let class = case.classname.as_ref().map(|name| name.as_str());
        assert_eq!(class, Some(suite.name.as_str()));
        let said = case.system_out.as_ref().expect("what was seen").as_str();
        assert!(
            said.contains("The way from outside was not tested"),
            "{said}"
        );
    }
}
