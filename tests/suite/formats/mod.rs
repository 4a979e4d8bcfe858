//! Every format on the report that holds every status, read by its own kind of reader.

pub mod calendar;
pub mod csv;
mod github;
pub mod html;
mod jsonl;
mod junit;
mod markdown;
mod nagios;
mod prometheus;
pub mod prtg;
mod todo;

use serde_json::{Value, json};

use crate::derived::assert_snapshot;
use crate::output::EVERY_STATUS;
use crate::stage::Run;

/// What a stranger might put where a name is expected.
pub const HOSTILE: &str = "a|b`c*d*<img src=x>[l](http://evil.example/)@octocat #1 !2 %0A::error::x\
    \n::error::y\"&lt;\u{1b}[31m\u{202e}]]> www.evil.example https://evil.example/ '\\";

/// The report that holds every status, in this format.
pub fn shown(format: &str, args: &[&str]) -> String {
    let run = Run::new("replay").args(&[EVERY_STATUS, "--format", format]);
    let (_, stdout, stderr) = run.args(args).text();
    assert_eq!(stderr, "");
    stdout
}

fn document() -> Value {
    let document = std::fs::read_to_string(EVERY_STATUS).expect("it is kept");
    serde_json::from_str(&document).expect("JSON")
}

/// The same, with that in every place where a stranger writes what they like.
pub fn shown_hostile(format: &str) -> String {
    let mut document = document();
    let mut changed = 0;
    for report in document["reports"].as_array_mut().expect("reports") {
        let facts = &mut report["facts"];
        for (place, value) in [
            (
                "/zone/mx/answers/0/outcome/records/records/0/data/mx/1",
                HOSTILE,
            ),
            (
                "/srv/lookup/answers/0/outcome/records/records/0/data/srv/target",
                HOSTILE,
            ),
            ("/endpoints/0/sip/outcome/answered/reason", HOSTILE),
        ] {
            if let Some(found) = facts.pointer_mut(place) {
                *found = json!(value);
                changed += 1;
            }
        }
    }
    assert_eq!(changed, 7, "the places are where they were");
    let run = Run::new("replay").args(&["-", "--lang=en", "-v", "--format", format]);
    let (_, stdout, stderr) = run.fed(document.to_string().as_bytes()).text();
    assert_eq!(stderr, "");
    // The lines of some end as RFCs have it, and spreadsheets want a mark in front.
    let text = stdout.replace("\r\n", "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let harmful = |character| character != '\n' && xfed::internals::is_harmful(character);
    assert!(!text.contains(harmful), "{stdout:?}");
    stdout
}

/// How each format looks; one file each, so that a change is read where it belongs.
#[test]
fn every_format_for_people_in_both_languages() {
    for format in [
        "table", "todo", "markdown", "github", "nagios", "junit", "csv", "ics", "prtg",
    ] {
        for lang in ["en", "de"] {
            let name = format!("{format}-{lang}");
            // However a file of the repository ends its lines.
            let text = shown(format, &["--lang", lang]).replace("\r\n", "\n");
            assert_snapshot!(name, text);
        }
    }
    assert_snapshot!("prometheus", shown("prometheus", &[]));
}

/// What was seen is kept as it came and has a version of its own; this is what is made of it.
#[test]
fn the_document_for_programs() {
    let mut document: Value = serde_json::from_str(&shown("json", &["--lang=en"])).expect("JSON");
    for report in document["reports"].as_array_mut().expect("reports") {
        let report = report.as_object_mut().expect("a report");
        assert!(report["facts"].take().is_object());
    }
    assert_snapshot!("json", format!("{document:#}"));
}

#[test]
fn metrics_say_the_same_in_every_language() {
    let [english, german] = ["en", "de"].map(|lang| shown("prometheus", &["--lang", lang]));
    assert_eq!(english, german);
}

/// With -v the remarks are there, too; without, nobody is bothered with them.
#[test]
fn remarks_are_for_those_who_ask() {
    for format in ["table", "github", "junit"] {
        assert!(!shown(format, &[]).contains("sip-answered"), "{format}");
        assert!(shown(format, &["-v"]).contains("sip-answered"), "{format}");
    }
}
