//! Long lists: results that are written as they come, and gone on with where they ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stage::{Folder, Run};
use crate::world::Dns;

mod exceptions;
mod gone_on;
mod lists;
mod results;
mod waiting;

/// Domains of which none is there, one a line.
fn list(count: usize) -> String {
    let lines = (0..count).map(|n| format!("d{n}.example\n"));
    lines.collect::<Vec<_>>().concat()
}

fn check(dns: &Dns) -> Run {
    let run = Run::new("check").nowhere();
    // What a slow machine may take is not the question here.
    run.args(&["--no-authority", "--timeout=1h", "--deadline=1h"])
        .arg("--resolver")
        .arg(dns.address().to_string())
}

fn out(run: Run, results: &Path) -> Run {
    run.arg("--out").arg(results)
}

fn lines(results: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(results).expect("it was written");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a whole line"))
        .collect()
}

/// What a run of any length has to say of each domain, which is there once.
#[track_caller]
fn verdicts(lines: &[Value]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in lines {
        let report = &line["report"];
        let steps: Vec<String> = report["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .flat_map(|step| step["findings"].as_array().expect("findings"))
            .map(|finding| finding["code"].to_string())
            .collect();
        let domain = report["domain"].as_str().expect("a domain").to_owned();
        let verdict = format!("{} {steps:?}", report["verdict"]);
        assert_eq!(all.insert(domain.clone(), verdict), None, "{domain} twice");
    }
    all
}

fn results(folder: &Folder) -> PathBuf {
    folder.file("results.jsonl")
}
