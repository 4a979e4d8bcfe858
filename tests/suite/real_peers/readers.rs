//! Formats, given to the programs that they are written for.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{left_out, path};
use crate::formats::{shown, shown_hostile};

/// What the program says of this on its standard input. It is there, and content.
#[track_caller]
pub fn read_by(program: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .env("PATH", path())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is not installed: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("it reads all");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}\n{input}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn jq_reads_lines() {
    if left_out() {
        return;
    }
    let filter = "[.report.domain, .report.verdict, (.report.steps | length)] | @tsv";
    let table = read_by("jq", &["-r", filter], &shown("jsonl", &[]));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines,
        [
            "zahnfee.de\tnot-ready\t6",
            "elhada.es\tready-with-warnings\t6",
            "toothfairy.uk\tready\t6"
        ]
    );
    read_by("jq", &["-e", "."], &shown_hostile("jsonl"));
}

#[test]
fn xmllint_finds_the_junit_schema_kept() {
    if left_out() {
        return;
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/junit.xsd");
    for xml in [shown("junit", &["-v", "--lang=de"]), shown_hostile("junit")] {
        read_by("xmllint", &["--noout", "--schema", schema, "-"], &xml);
    }
}

#[test]
fn promtool_has_nothing_to_say() {
    if left_out() {
        return;
    }
    for metrics in [shown("prometheus", &[]), shown_hostile("prometheus")] {
        let said = read_by("promtool", &["check", "metrics"], &metrics);
        assert_eq!(said, "");
    }
}

/// What a calendar is to Python's library: every event whole, by the days that it is on.
#[test]
fn python_reads_the_calendar() {
    if left_out() {
        return;
    }
    let script = "\
import sys
from icalendar import Calendar
calendar = Calendar.from_ical(sys.stdin.buffer.read())
assert not calendar.errors, calendar.errors
for event in calendar.walk('VEVENT'):
    assert not event.errors, event.errors
    assert event['SUMMARY'] and event['DESCRIPTION'] and event['DTSTAMP'].dt.tzinfo
    print(event['UID'], event['DTSTART'].dt.isoformat(), (event['DTEND'].dt - event['DTSTART'].dt).days)
";
    for text in [shown("ics", &["--lang=de"]), shown_hostile("ics")] {
        let said = read_by("/usr/bin/python3", &["-c", script], &text);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 4, "{said}");
        assert_eq!(lines[2], "xfed-ends-chat.elhada.es@elhada.es 2026-12-13 1");
    }
}

#[test]
fn python_reads_the_table() {
    if left_out() {
        return;
    }
    let script = "\
import csv, sys, io
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8-sig', newline='')
rows = list(csv.DictReader(text, delimiter=sys.argv[1], strict=True))
for row in rows:
    assert None not in row and None not in row.values()
    print(row['domain'], row['verdict'])
";
    for (separator, text) in [
        (";", shown("csv", &["--lang=de"])),
        (",", shown_hostile("csv")),
    ] {
        let said = read_by("/usr/bin/python3", &["-c", script, separator], &text);
        assert_eq!(said.lines().count(), 3, "{said}");
        assert!(said.starts_with("zahnfee.de not-ready\n"), "{said}");
    }
}
