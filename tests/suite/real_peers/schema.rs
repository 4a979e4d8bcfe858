//! The schema of the configuration file, as an editor's validator reads it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::left_out;
use crate::configuration::uncommented;
use crate::stage::Run;

/// Reads schema and configuration from standard input, a zero byte between them; says what is
/// wrong, one line per key.
const VALIDATE: &str = r"
import datetime, json, sys, tomllib
from jsonschema import Draft202012Validator
schema, text = sys.stdin.read().split('\0')
schema = json.loads(schema)
Draft202012Validator.check_schema(schema)
plain = json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))
for error in Draft202012Validator(schema).iter_errors(plain):
    print('/'.join(map(str, error.absolute_path)), error.message)
";

fn complaints(text: &str) -> String {
    let (_, schema, _) = Run::new("schema").arg("config").text();
    let mut python = Command::new("python3")
        .args(["-c", VALIDATE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    let mut stdin = python.stdin.take().expect("piped");
    write!(stdin, "{schema}\0{text}").expect("it reads all of it");
    drop(stdin);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success(), "python3-jsonschema is installed");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn an_editor_takes_the_example_and_sees_what_is_wrong() {
    if left_out() {
        return;
    }
    assert_eq!(complaints(&uncommented(true)), "");
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
        let complaints = complaints(text);
        assert!(complaints.contains(says), "{text}: {complaints:?}");
    }
}
