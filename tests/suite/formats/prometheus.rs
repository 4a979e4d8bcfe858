//! Metrics in the text exposition format, read line by line.

use std::collections::HashSet;

use super::{document, shown, shown_hostile};
use crate::stage::Run;

/// Every sample with its name, labels and value, by the rules of the format.
fn samples(text: &str) -> Vec<(&str, &str, f64)> {
    let mut families = HashSet::new();
    let mut current = "";
    let mut samples = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            (current, _) = rest.split_once(' ').expect("a name and a help");
            assert!(families.insert(current), "{current} is in one piece");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{current} gauge"));
        } else {
            let (name, rest) = line.split_once('{').expect("labels");
            assert_eq!(name, current, "each stands below its own head");
            let (labels, value) = rest.rsplit_once("} ").expect("a value");
            assert!(labels.starts_with("domain=\""), "{labels}");
            samples.push((name, labels, value.parse().expect("a number")));
        }
    }
    let unique: HashSet<_> = samples
        .iter()
        .map(|(name, labels, _)| (name, labels))
        .collect();
    assert_eq!(unique.len(), samples.len(), "no sample twice");
    samples
}

#[test]
fn exactly_one_state_holds() {
    let text = shown("prometheus", &[]);
    let samples = samples(&text);
    let sum = |name, part: &str| -> f64 {
        let own = samples
            .iter()
            .filter(|one| one.0 == name && one.1.contains(part));
        own.map(|(_, _, value)| value).sum()
    };
    for domain in ["zahnfee.de", "elhada.es", "toothfairy.uk"] {
        let domain = format!("domain=\"{domain}\"");
        assert!((sum("xfed_verdict", &domain) - 1.0).abs() < 1e-9);
        assert!((sum("xfed_step_status", &domain) - 6.0).abs() < 1e-9);
    }
    for line in [
        r#"xfed_verdict{domain="zahnfee.de",verdict="not-ready"} 1"#,
        r#"xfed_step_status{domain="zahnfee.de",step="srv",status="fail"} 1"#,
        r#"xfed_findings{domain="zahnfee.de",step="tcp",code="tcp-egress-blocked",severity="unknown"} 2"#,
        r#"xfed_check_duration_seconds{domain="zahnfee.de"} 1.011000"#,
        r#"xfed_check_timestamp_seconds{domain="zahnfee.de"} 1795424400"#,
    ] {
        assert!(text.lines().any(|own| own == line), "{line}");
    }
}

#[test]
fn strangers_and_repetitions_spoil_no_file() {
    samples(&shown_hostile("prometheus"));
    // The same domain twice, and alike: the second report counts.
    let mut document = document();
    let mut again = document["reports"][0].clone();
    again["elapsed_ms"] = 7.into();
    document["reports"]
        .as_array_mut()
        .expect("reports")
        .push(again);
    let run = Run::new("replay").args(&["-", "--format=prometheus"]);
    let (_, text, _) = run.fed(document.to_string().as_bytes()).text();
    samples(&text);
    let counts = r#"xfed_check_duration_seconds{domain="zahnfee.de"} 0.007000"#;
    assert!(text.contains(counts), "{text}");
}

/// A domain that is checked in several ways is not "ready" because the last of them is.
#[test]
fn of_several_reports_the_worst_counts() {
    let mut document = document();
    let reports = document["reports"].as_array_mut().expect("reports");
    let mut ready = reports[2].clone();
    for place in ["/domain", "/input", "/terms/domain"] {
        if let Some(name) = ready.pointer_mut(place) {
            *name = "zahnfee.de".into();
        }
    }
    reports.push(ready);
    let run = Run::new("replay").args(&["-", "--format=prometheus"]);
    let (_, text, _) = run.fed(document.to_string().as_bytes()).text();
    samples(&text);
    let counts = r#"xfed_verdict{domain="zahnfee.de",verdict="not-ready"} 1"#;
    assert!(text.contains(counts), "{text}");
}

#[test]
fn what_a_verdict_does_not_cover_is_measured() {
    let text = shown("prometheus", &[]);
    let line = r#"xfed_reservation{domain="elhada.es",reservation="sip-unseen"} 1"#;
    assert!(text.lines().any(|own| own == line), "{text}");
}
