//! The kept reports of the suite against themselves, with one thing changed at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::walk::walk;
use crate::facts::Facts;
use crate::report::saved;

/// What may differ between any two checks, by its path in the facts; `*` stands for a place in a list.
const PASSING: [&str; 12] = [
    ".questions",
    ".elapsed_us",
    ".limit",
    ".ttl",
    ".negative_ttl",
    ".connected",
    ".timed-out",
    ".received",
    ".other_attempts",
    // Which server of a system's resolvers answered, and the serial number of a zone.
    ".answers.*.server",
    ".soa.1",
    // A zone says no in its own name, whichever it is; who it is is said where it is asked.
    ".zone",
];

/// What follows from something else that is compared.
const DERIVED: [&str; 5] = [
    // The path is that of the certificates.
    ".trust.path.path.",
    // What only some answers say is passed over where the answer that counts is the same.
    ".answers.",
    ".authority.",
    // What is asked for follows from the domain and its servers.
    ".name",
    ".guards.",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/reports")
}

fn kept() -> Vec<(String, Facts)> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in [folder(), folder().join("situations")] {
        let entries = std::fs::read_dir(folder).expect("the kept reports");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "json")));
    }
    files.sort();
    assert!(files.len() >= 15, "{files:?}");
    let mut all = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a kept report");
        let checks = saved::read(&bytes).expect("it can be read");
        for check in checks {
            all.push((file.display().to_string(), check.facts));
        }
    }
    all
}

/// Every single value below this one, by its path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, &format!("{path}/{at}"), found);
            }
        }
        Value::Null => {}
        _ => found.push(path.to_owned()),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Bool(is) => json!(!is),
        Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
        // A certificate is another one only as a whole.
        Value::String(text) if text.contains("BEGIN CERTIFICATE") => {
            json!("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
        }
        Value::String(text) => match text.parse::<std::net::SocketAddr>() {
            Ok(at) => json!(std::net::SocketAddr::new([9, 9, 9, 9].into(), at.port()).to_string()),
            Err(_) if text.parse::<std::net::IpAddr>().is_ok() => json!("9.9.9.9"),
            Err(_) => json!(format!("x{text}")),
        },
        other => other.clone(),
    }
}

/// The path with `*` in the place of numbers in it that stand for places in lists.
fn generic(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.collect();
    let is_pair = |at: usize| at > 0 && matches!(parts[at - 1], "soa" | "mx" | "extended");
    let parts = parts.iter().enumerate().map(|(at, part)| {
        let is_place = part.parse::<usize>().is_ok() && !is_pair(at);
        if is_place {
            ".*".to_owned()
        } else {
            format!(".{part}")
        }
    });
    parts.collect()
}

fn is_passing(path: &str) -> bool {
    let path = generic(path);
    PASSING.iter().any(|passing| path.ends_with(passing))
}

fn is_derived(path: &str) -> bool {
    let path = generic(path);
    DERIVED.iter().any(|derived| path.contains(derived))
}

#[test]
fn a_report_against_itself_is_silent() {
    for (file, facts) in kept() {
        let walk = walk(&facts, &facts);
        assert!(walk.changes.is_empty(), "{file}: {:?}", walk.changes);
        assert!(walk.unchanged > 10, "{file}: {}", walk.unchanged);
    }
}

/// Whatever changes in the facts is seen, unless it is known to pass; and what passes is not.
#[test]
fn every_value_that_changes_is_seen_unless_it_passes() {
    let (mut seen, mut passed, mut missed) = (0, 0, Vec::new());
    let mut tried: HashMap<String, usize> = HashMap::new();
    for (file, facts) in kept() {
        let whole = serde_json::to_value(&facts).expect("facts are JSON");
        let mut paths = Vec::new();
        leaves(&whole, "", &mut paths);
        for path in paths {
            // Of many alike, some are enough.
            let times = tried.entry(generic(&path)).or_default();
            *times += 1;
            if *times > 2 {
                continue;
            }
            let mut changed = whole.clone();
            let at = changed.pointer_mut(&path).expect("it is there");
            *at = other(at);
            // What cannot be read as facts is no report.
            let Ok(changed) = serde_json::from_value::<Facts>(changed) else {
                continue;
            };
            let is_seen = !walk(&facts, &changed).changes.is_empty();
            match (is_seen, is_passing(&path)) {
                (true, true) => panic!("{file}: {path} passes, and was taken for a fact"),
                (true, false) => seen += 1,
                (false, true) => passed += 1,
                (false, false) if is_derived(&path) => {}
                (false, false) => missed.push(generic(&path)),
            }
        }
    }
    missed.sort();
    missed.dedup();
    assert_eq!(missed, Vec::<String>::new());
    assert!(seen > 60 && passed > 15, "{seen} {passed}");
}

/// The order in which servers, records and certificates' authorities came is chance.
#[test]
fn order_is_no_fact() {
    for (file, facts) in kept() {
        let mut turned = facts.clone();
        if let Some(zone) = &mut turned.zone {
            zone.services.reverse();
            for lookup in [&mut zone.soa, &mut zone.mx] {
                lookup.authority.reverse();
            }
            if let Some(authority) = &mut zone.authority {
                authority.servers.reverse();
            }
        }
        if let Some(srv) = &mut turned.srv {
            srv.lookup.authority.reverse();
        }
        if let Some(list) = &mut turned.endpoints {
            list.reverse();
        }
        if let Some(list) = &mut turned.addresses {
            list.reverse();
            for host in list {
                host.a.authority.reverse();
            }
        }
        let walk = walk(&facts, &turned);
        assert!(walk.changes.is_empty(), "{file}: {:?}", walk.changes);
    }
}

/// A fact of a kind that nobody has classified is compared as it stands.
#[test]
fn what_is_not_known_counts() {
    let old = json!({"apex": "zahnfee.de", "colour": "red"});
    let new = json!({"apex": "zahnfee.de", "colour": "blue"});
    let changes = super::walk::of_shape(&old, &new, &super::shapes::AUTHORITY);
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((change.label, change.path.as_str()), ("", "colour"));
}
