//! `xfed diff` and `check --since`: what is worse, what is mended, which fact is behind it, and what
//! cannot be compared.

use std::path::Path;

use serde_json::Value;

use crate::stage::{FQDN, Run, file};

mod at_once;
pub mod campaigns;
mod facts;
mod fates;
mod nothing;
mod words;

fn situation(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/reports/situations");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("it is kept");
    serde_json::from_str(&text).expect("a document")
}

/// Exit code and what the comparison of these two documents says.
fn diff(old: &Value, new: &Value) -> (i32, Value) {
    diff_with(old, new, &[])
}

fn diff_with(old: &Value, new: &Value, args: &[&str]) -> (i32, Value) {
    let (code, text) = said(old, new, &[&["--format=json"], args].concat());
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (code, json)
}

fn said(old: &Value, new: &Value, args: &[&str]) -> (i32, String) {
    let old = file(&old.to_string());
    let run = Run::new("diff").arg(old.path()).arg("-").args(args);
    let (code, out, err) = run.fed(new.to_string().as_bytes()).text();
    assert_eq!(err, "");
    (code, out)
}

/// The fates of findings by their codes.
fn fates(json: &Value) -> Vec<(String, String)> {
    let findings = json["differences"][0]["findings"].as_array();
    let findings = findings.expect("findings").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    findings
        .filter(|finding| finding["fate"] != "remark")
        .map(|finding| (text(&finding["code"]), text(&finding["fate"])))
        .collect()
}

fn finding<'a>(json: &'a Value, code: &str) -> &'a Value {
    let findings = json["differences"][0]["findings"].as_array();
    let mut findings = findings.expect("findings").iter();
    findings
        .find(|finding| finding["code"] == code)
        .unwrap_or_else(|| panic!("{code} in {json:#}"))
}

/// The kinds of the facts that are behind a finding.
fn behind(json: &Value, code: &str) -> Vec<String> {
    let causes = finding(json, code)["causes"].as_array().expect("causes");
    let kind = |cause: &Value| match cause["fact"].as_u64() {
        Some(at) => {
            let at = usize::try_from(at).expect("a place");
            json["differences"][0]["facts"][at]["kind"].clone()
        }
        None => cause["kind"].clone(),
    };
    let kinds = causes.iter().map(kind);
    kinds
        .map(|kind| kind.as_str().expect("text").to_owned())
        .collect()
}

fn fact<'a>(json: &'a Value, kind: &str, about: &str) -> &'a Value {
    let facts = json["differences"][0]["facts"].as_array().expect("facts");
    let mut facts = facts.iter();
    facts
        .find(|fact| fact["kind"] == kind && fact["name"].as_str().is_none_or(|it| it == about))
        .unwrap_or_else(|| panic!("{kind} of {about} in {json:#}"))
}

fn facts_of(report: &mut Value) -> &mut Value {
    &mut report["reports"][0]["facts"]
}

fn turns(json: &Value) -> Vec<&str> {
    let turns = fact(json, "certificate", FQDN)["certificate"].as_array();
    let turns = turns.expect("a list").iter();
    turns.map(|turn| turn.as_str().expect("text")).collect()
}
