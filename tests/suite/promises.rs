//! The promises of `tests/fuzz`, held to its corpus and to what little changes make of it: a target that
//! would fail at once fails here.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::arbitrary::{change, changed, run_cases};

#[path = "../fuzz/promises/configuration.rs"]
mod configuration;
#[path = "../fuzz/promises/dns.rs"]
mod dns;
#[path = "../fuzz/promises/http.rs"]
mod http;
#[path = "../fuzz/promises/path.rs"]
mod path;
#[path = "../fuzz/promises/sip-stream.rs"]
mod sip_stream;
#[path = "../fuzz/promises/targets.rs"]
mod targets;

/// What is kept of this target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let files = std::fs::read_dir(fuzz.join(target)).expect("it is kept");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let file = entry.expect("an entry").path();
        std::fs::read(file).expect("a file")
    };
    files.map(read).collect()
}

/// Holds the corpus of this target, and so many changes of it, to its promise.
fn hold(target: &str, cases: u32, holds: impl Fn(&[u8])) {
    let whole = corpus(target);
    for seed in &whole {
        holds(seed);
    }
    let changes = (any::<Index>(), vec(change(), 1..6));
    run_cases(cases, changes, |(which, changes)| {
        holds(&changed(&whole[which.index(whole.len())], &changes));
    });
}

fn as_text(holds: impl Fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| holds(&String::from_utf8_lossy(bytes))
}

#[test]
fn answers_of_dns_become_facts() {
    hold("dns", 500, dns::holds);
}

#[test]
fn chains_lists_and_staples_are_judged() {
    hold("path", 300, path::holds);
}

#[test]
fn responses_are_the_same_in_pieces() {
    hold("http", 2000, http::holds);
}

#[test]
fn callers_are_answered_the_same_in_pieces() {
    hold("sip-stream", 1000, sip_stream::holds);
}

#[test]
fn configurations_are_read_or_refused() {
    hold("configuration", 200, as_text(configuration::holds));
}

#[test]
fn lists_of_targets_are_read_or_refused() {
    hold("targets", 300, targets::holds);
}

/// Every target is built, described and run.
#[test]
fn no_target_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(root.join(file)).expect("it is kept");
    let files = std::fs::read_dir(root.join("tests/fuzz/targets")).expect("it is kept");
    let names = files.map(|entry| entry.expect("an entry").path());
    let names = names.map(|path| path.file_stem().expect("a name").display().to_string());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let manifest = read("tests/fuzz/Cargo.toml");
    let described = read("tests/fuzz/README.md");
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(described.contains(&format!("| `{name}` |")), "{name}");
    }
    // What is published of the sources is without the workflows.
    let Ok(workflow) = std::fs::read_to_string(root.join(".github/workflows/fuzz.yml")) else {
        return;
    };
    assert!(workflow.contains(&format!("target: [{}]", names.join(", "))));
}
