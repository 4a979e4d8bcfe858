//! One report a line, as the domains are done.

use serde_json::Value;

use super::{document, shown};
use crate::stage::{Run, Stage};
use crate::world::{Behaviour, Dns, RecordType};

fn lines(text: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).expect("every line is complete");
    text.lines().map(line).collect()
}

#[test]
fn a_line_says_what_the_document_says() {
    let document: Value = serde_json::from_str(&shown("json", &[])).expect("JSON");
    let lines = lines(&shown("jsonl", &[]));
    let reports = document["reports"].as_array().expect("reports");
    assert_eq!(lines.len(), reports.len());
    for (line, report) in lines.iter().zip(reports) {
        assert_eq!(line["report"], *report);
        for head in ["schema", "tool"] {
            assert_eq!(line[head], document[head]);
        }
    }
    let (_, schema, _) = Run::new("schema").text();
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let described = schema["$defs"]["JsonLine"]["properties"].as_object();
    let described = described.expect("a line is in the schema").keys();
    let described: Vec<&str> = described.map(String::as_str).collect();
    // Judged again, a line is of no run that could be gone on with.
    let own = lines[0].as_object().expect("an object").keys();
    let own = ["campaign"].into_iter().chain(own.map(String::as_str));
    assert_eq!(described, own.collect::<Vec<_>>());
}

#[test]
fn lines_are_judged_again() {
    let text = shown("jsonl", &[]);
    let document = shown("json", &[]);
    let again = |saved: &str| {
        let run = Run::new("replay").args(&["-", "--format=json"]);
        run.fed(saved.as_bytes()).text()
    };
    assert_eq!(again(&text), (1, document.clone(), String::new()));
    // Some of the lines; with line ends of Windows; documents and lines after each other.
    let first = text.lines().next().expect("a line");
    assert_eq!(again(&format!("{first}\r\n\r\n")).0, 1);
    let several: Value =
        serde_json::from_str(&again(&format!("{document}{first}")).1).expect("JSON");
    assert_eq!(several["reports"].as_array().map(Vec::len), Some(4));
    let cut = &text[..text.len() - 100];
    let (code, _, stderr) = again(cut);
    assert!(code == 1 && stderr.contains("is torn"), "{stderr}");
}

#[test]
fn a_domain_that_is_done_waits_for_no_other() {
    let dns = Dns::zone("zahnfee.de", "@ MX 10 mail").on(
        "molar.example",
        RecordType::ANY,
        Behaviour::Silent,
    );
    let run = Run::new("check")
        .nowhere()
        .args(&["molar.example", "zahnfee.de"]);
    let run = run.arg("--resolver").arg(dns.address().to_string());
    let mut running = run
        .args(&[
            "--format=jsonl",
            "--no-authority",
            "--timeout=5m",
            "--deadline=5m",
        ])
        .start();
    let line = running.line();
    assert_eq!(lines(&line)[0]["report"]["domain"], "zahnfee.de");
    assert!(!running.has_ended(), "the other domain is not done");
}

#[test]
fn of_a_run_that_waits_only_the_last_look_is_written() {
    let stage = Stage::with_srv("");
    let run = stage.check().nowhere();
    let run = run.args(&["--format=jsonl", "--wait=1s", "--interval=10s"]);
    let (code, stdout, _) = run.text();
    assert_eq!((code, lines(&stdout).len()), (1, 1), "{stdout}");
}

/// Only the end tells whether all are silent, and it is the way out of here.
#[test]
fn what_another_domain_can_change_is_not_written_before() {
    let document = document();
    let mut silent = document["reports"][0].clone();
    silent["facts"]["control"] = Value::Null;
    let elsewhere = silent.to_string().replace("81.2.3.4", "93.5.6.7");
    let elsewhere: Value = serde_json::from_str(&elsewhere).expect("JSON");
    let ready = &document["reports"][2];
    for (reports, code) in [
        (vec![&silent, &elsewhere], "tcp-egress-blocked"),
        (vec![&silent, &silent], "tcp-filtered"),
        (vec![&silent, ready], "tcp-filtered"),
        (vec![&silent, &silent, ready], "tcp-filtered"),
    ] {
        let mut saved = document.clone();
        saved["reports"] = reports.into_iter().cloned().collect();
        let run = Run::new("replay").args(&["-", "--format=jsonl"]);
        let (_, stdout, _) = run.fed(saved.to_string().as_bytes()).text();
        for line in lines(&stdout) {
            let findings = &line["report"]["steps"][3]["findings"];
            let is_ready = line["report"]["verdict"] == "ready";
            assert!(is_ready || findings[0]["code"] == code, "{findings}");
        }
    }
}
