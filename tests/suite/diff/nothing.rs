//! What is no change: the same report, and what differs between two checks of the same thing.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{diff, facts_of, situation};
use crate::stage::{Run, Stage, ZONE};

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/reports");
    let mut files = Vec::new();
    for folder in [folder.clone(), folder.join("situations")] {
        let entries = std::fs::read_dir(folder).expect("the kept reports");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "json")));
    }
    assert!(files.len() >= 15, "{files:?}");
    files
}

#[test]
fn a_report_against_itself_is_silent() {
    for path in kept() {
        let name = path.display().to_string();
        for args in [
            &[][..],
            &["--fail-on", "any"],
            &["--redact", "--lang", "de"],
        ] {
            let run = Run::new("diff").arg(&path).arg(&path).args(args);
            let (code, out, err) = run.arg("--format=json").text();
            assert_eq!((code, err.as_str()), (0, ""), "{name}");
            let json: Value = serde_json::from_str(&out).expect("JSON");
            let (summary, differences) = (&json["summary"], &json["differences"]);
            assert_eq!(summary["same"], summary["compared"], "{name}: {out}");
            for difference in differences.as_array().expect("a list") {
                assert_eq!(difference["outcome"], "same", "{name}");
                assert_eq!(difference["facts"], json!([]), "{name}");
                assert_eq!(difference["findings"], json!([]), "{name}");
                assert_eq!(difference["before"], difference["after"], "{name}");
            }
        }
    }
}

/// A report with everything in it that differs between two checks of the same thing.
fn passing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "elapsed_us" | "elapsed_ms" | "ttl" | "negative_ttl" | "connected"
                    | "questions" => {
                        let number = value.as_u64();
                        *value = number.map_or(Value::Null, |number| json!(number / 2 + 7));
                    }
                    "soa" if value.is_array() => value[1] = json!(2_026_112_999_u32),
                    "authority" | "answers" | "endpoints" | "records" if value.is_array() => {
                        let items = value.as_array_mut().expect("a list");
                        items.reverse();
                        items.iter_mut().for_each(passing);
                    }
                    _ => passing(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(passing),
        _ => {}
    }
}

#[test]
fn what_passes_is_no_change() {
    for name in [
        "ready",
        "srv-missing",
        "servers-refuse",
        "partly-open",
        "umlauts",
    ] {
        let old = situation(name);
        let mut new = old.clone();
        passing(facts_of(&mut new));
        assert_ne!(old, new);
        let (code, json) = diff(&old, &new);
        assert_eq!(code, 0, "{name}: {json:#}");
        let difference = &json["differences"][0];
        assert_eq!(difference["facts"], json!([]), "{name}: {json:#}");
        assert_eq!(difference["findings"], json!([]), "{name}: {json:#}");
    }
}

/// Two checks of one world, one after the other, made-up names and all.
#[test]
fn two_checks_of_one_world_are_the_same() {
    for zone in ["* A 81.2.3.4\n", ""] {
        let stage = Stage::with_zone(&format!("{ZONE}{zone}"));
        let server = stage.server().start();
        let (first, second) = (stage.meets(&server), stage.meets(&server));
        let (code, json) = diff(&first.json, &second.json);
        assert_eq!(code, 0, "{json:#}");
        assert_eq!(json["differences"][0]["outcome"], "same", "{json:#}");
    }
}
