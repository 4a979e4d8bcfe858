//! What a validator makes of the schemas: that of the configuration file, as an editor reads it, and
//! that of the reports.

use serde_json::Value;

use super::left_out;
use super::readers::read_by;
use crate::configuration::uncommented;
use crate::formats::{shown, shown_hostile};
use crate::stage::Run;

/// Debian's own Python, whichever comes first on the path: its package has the validator.
const PYTHON: &str = "/usr/bin/python3";

/// Reads a schema and an instance from standard input, a zero byte between them; says what is wrong,
/// one line per place.
const VALIDATE: &str = r"
import datetime, json, sys, tomllib
from jsonschema import Draft202012Validator
schema, text = sys.stdin.read().split('\0')
schema = json.loads(schema)
Draft202012Validator.check_schema(schema)
try:
    plain = json.loads(text)
except json.JSONDecodeError:
    plain = json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))
for error in Draft202012Validator(schema).iter_errors(plain):
    print('/'.join(map(str, error.absolute_path)), error.message)
";

/// What is wrong with this, JSON or TOML.
#[track_caller]
fn complaints(schema: &str, instance: &str) -> String {
    read_by(PYTHON, &["-c", VALIDATE], &format!("{schema}\0{instance}"))
}

fn schema(of: &str) -> String {
    let (code, schema, _) = Run::new("schema").arg(of).text();
    assert_eq!(code, 0);
    schema
}

#[test]
fn reports_are_what_their_schema_promises() {
    if left_out() {
        return;
    }
    let whole = schema("report");
    for document in [shown("json", &["--lang=de", "-v"]), shown_hostile("json")] {
        assert_eq!(complaints(&whole, &document), "");
        // A validator that takes everything shows nothing.
        let broken = document.replace("\"not-ready\"", "\"ready-ish\"");
        assert!(complaints(&whole, &broken).contains("ready-ish"));
    }
    // A line has a schema of its own, among the definitions.
    let mut of_a_line: Value = serde_json::from_str(&whole).expect("JSON");
    let definitions = of_a_line["$defs"].take();
    let of_a_line = serde_json::json!({ "$ref": "#/$defs/JsonLine", "$defs": definitions });
    for line in shown("jsonl", &[]).lines() {
        assert_eq!(complaints(&of_a_line.to_string(), line), "");
        let broken = line.replace("\"steps\"", "\"stairs\"");
        assert!(complaints(&of_a_line.to_string(), &broken).contains("steps"));
    }
}

#[test]
fn plans_are_what_their_schema_promises() {
    if left_out() {
        return;
    }
    let schema = schema("plan");
    let document = crate::plan_formats::document();
    assert_eq!(complaints(&schema, &document), "");
    for (promised, broken) in [("\"new\"", "\"elsewhere\""), ("\"copy\"", "\"kopie\"")] {
        let document = document.replace(promised, broken);
        assert_ne!(complaints(&schema, &document), "", "{broken}");
    }
}

#[test]
fn an_editor_takes_the_example_and_sees_what_is_wrong() {
    if left_out() {
        return;
    }
    let schema = schema("config");
    assert_eq!(complaints(&schema, &uncommented(true)), "");
    for (text, says) in [
        ("timeuot = '5s'", "timeuot"),
        ("lang = 'fr'", "lang"),
        ("fqdn = 'xphone.zahnfee.de'", "fqdn"),
        ("no-compare = 'yes'", "no-compare"),
        ("[[domain]]\nfqdn = 'xphone.zahnfee.de'", "name"),
        ("[[domain]]\nname = 'zahnfee.de'\nmode = 'closed'", "mode"),
        ("[severity]\nstep-crashed = 'info'", "step-crashed"),
        ("[severity]\ncert-wildcard = 'unknown'", "cert-wildcard"),
        ("[[accept]]\ncode = 'cert-wildcard'\nreason = 'r'", "until"),
    ] {
        let complaints = complaints(&schema, text);
        assert!(complaints.contains(says), "{text}: {complaints:?}");
    }
}
