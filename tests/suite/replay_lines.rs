//! `xfed replay` of a campaign: a report a line, judged one at a time, whatever else stands in the
//! file.

use std::path::Path;

use serde_json::{Value, json};

use crate::diff::campaigns::line;
use crate::stage::{Folder, Run, file};

fn ready(domain: &str) -> String {
    line(domain, "ready") + "\n"
}

/// A domain whose server at this address says nothing.
fn silent(domain: &str, address: &str) -> String {
    let refused = line(domain, "nobody-listens").replace("81.2.3.4", address);
    with(&refused, |report| {
        report["facts"]["endpoints"][0]["tcp"] = json!({"timed-out": 5000});
    })
}

/// The line of a report in which something is different.
fn with(line: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(line).expect("JSON");
    change(&mut document["report"]);
    document.to_string() + "\n"
}

fn replay(file: &Path, args: &[&str]) -> (i32, String, String) {
    Run::new("replay").arg(file).args(args).text()
}

fn piped(text: &str, args: &[&str]) -> (i32, String, String) {
    let run = Run::new("replay").arg("-").args(args);
    run.fed(text.as_bytes()).text()
}

/// Domains and verdicts, in their order.
fn verdicts(lines: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let reports = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("each line by itself is JSON");
        let report = &line["report"];
        (text(&report["domain"]), text(&report["verdict"]))
    });
    reports.collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(domain, verdict): &(&str, &str)| ((*domain).to_owned(), (*verdict).to_owned());
    expected.iter().map(owned).collect()
}

const LINES: &[&str] = &["--format=jsonl"];

#[test]
fn each_report_is_written_before_the_next_is_there() {
    let mut running = Run::new("replay").args(&["-", "--format=jsonl"]).start();
    for index in 0..3 {
        running.feed(ready(&format!("d{index}.de")).as_bytes());
        let expected = [(&*format!("d{index}.de"), "ready")];
        assert_eq!(verdicts(&running.line()), pairs(&expected));
    }
    running.end_of_input();
    assert_eq!(running.line(), "");
}

/// Of the reports themselves, and of all that they are judged in the light of.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_lines() {
    let mut running = Run::new("replay").args(&["-", "--format=jsonl"]).start();
    let line = ready("zahnfee.de");
    let mut most = Vec::new();
    for _ in 0..2 {
        for _ in 0..400 {
            running.feed(line.as_bytes());
            assert!(!running.line().is_empty());
        }
        most.push(running.most_memory());
    }
    // 400 reports are more than 10 MB.
    assert!(most[1] < most[0] + 2_000, "{most:?} KiB");
}

/// What was written before somebody ended it is judged, and what is missing is said.
#[test]
fn a_torn_line_is_named_and_the_rest_is_judged() {
    let text = ready("a.de") + &ready("b.de") + &ready("c.de");
    let torn = &text[..text.len() - 1000];
    let a_and_b = pairs(&[("a.de", "ready"), ("b.de", "ready")]);
    for (lang, says, sum) in [
        ("--lang=en", "line 3 is torn", "2 judged"),
        ("--lang=de", "Zeile 3 ist abgerissen", "2 beurteilt"),
    ] {
        let saved = file(torn);
        let (code, out, err) = replay(saved.path(), &["--format=jsonl", lang]);
        assert_eq!((code, verdicts(&out)), (3, a_and_b.clone()));
        assert_eq!(err.lines().count(), 2, "{err}");
        let name = saved.path().display().to_string();
        assert!(
            err.contains(says) && err.contains(sum) && err.contains(&name),
            "{err}"
        );
        assert_eq!(piped(torn, &["--format=jsonl", lang]).0, 3);
    }
    // In every other format, too; and a failure is worse than what is missing.
    for format in ["table", "json", "csv", "junit", "markdown"] {
        let (code, out, err) = piped(torn, &["--format", format]);
        assert!(
            out.contains("b.de") && !out.contains("c.de"),
            "{format}: {out}"
        );
        assert_eq!((code, err.lines().count()), (3, 2), "{format}: {err}");
    }
    let failing = line("d.de", "srv-missing") + "\n" + torn;
    assert_eq!(piped(&failing, LINES).0, 1);
    // Whole, but for the end of its line.
    assert_eq!(piped(text.trim_end(), LINES).0, 0);
}

const REFUSED: &str = r#"{"schema":1,"tool":{"name":"xfed","version":"0.1.0"},"refused":{"line":"zahn fee.de","why":"expected name=value"},"campaign":{"options":"0","target":"0"}}"#;

/// Nothing but what could not be checked is no report, and no error either.
#[test]
fn a_campaign_without_a_domain_could_not_be_tested() {
    let (code, out, err) = piped(&format!("{REFUSED}\n{REFUSED}\n"), LINES);
    assert_eq!((code, out.as_str()), (3, ""), "{err}");
    assert!(err.contains("line 2: not checked"), "{err}");
    // Nor does it keep two campaigns from being compared.
    let campaign = format!("{REFUSED}\n{}{REFUSED}\n{}", ready("a.de"), ready("b.de"));
    let saved = file(&campaign);
    let run = Run::new("diff").arg(saved.path()).arg(saved.path());
    let (code, _, err) = run.text();
    assert_eq!((code, err.as_str()), (0, ""));
}

/// Wherever it stands, and whatever it is.
#[test]
fn what_is_no_report_is_named_and_left_out() {
    let good = ready("a.de");
    let newer = with(&good, |report| report["facts_schema"] = json!(99));
    let damaged = with(&good, |report| report["facts"] = json!(4711));
    for (stranger, says) in [
        ("xfed: zahnfee.de: ready\n".to_owned(), "not an xfed report"),
        ("{\"a\": 1}\n".to_owned(), "no report of xfed"),
        (newer, "or later to read it"),
        (damaged, "incomplete or changed"),
        // What a campaign says of a line of its list.
        (
            REFUSED.to_owned() + "\n",
            "no domain: zahn fee.de (expected name=value)",
        ),
        // Somebody went on behind a torn line.
        (good[..2000].to_owned() + &good, "not an xfed report"),
        // The head of a document over several lines, and no more of it.
        ("{\n  \"schema\": 1,\n".to_owned(), "not an xfed report"),
        ("{\n".to_owned(), "not an xfed report"),
    ] {
        let before = stranger.clone() + &good + &ready("b.de");
        let between = good.clone() + &stranger + &ready("b.de");
        let behind = good.clone() + &ready("b.de") + &stranger;
        for (text, number) in [(before, 1), (between, 2), (behind, 3)] {
            let saved = file(&text);
            let (code, out, err) = replay(saved.path(), LINES);
            let expected = pairs(&[("a.de", "ready"), ("b.de", "ready")]);
            assert_eq!((code, verdicts(&out)), (3, expected), "{err}");
            let place = format!("line {number}");
            assert!(err.contains(&place) && err.contains(says), "{says}: {err}");
            assert_eq!(piped(&text, LINES).1, out);
        }
    }
}

/// A file of something else that holds a report by chance.
#[test]
fn ten_lines_are_named_and_all_are_counted() {
    let text = ready("a.de") + &"?\n".repeat(2000);
    let (code, out, err) = piped(&text, LINES);
    assert_eq!((code, verdicts(&out).len()), (3, 1));
    assert_eq!(err.lines().count(), 11, "{err}");
    assert!(
        err.contains("line 11:") || err.contains("line 11 "),
        "{err}"
    );
    assert!(
        err.ends_with("2000 left out (see above); the result is not complete\n"),
        "{err}"
    );
}

/// A plugin prints one thing: the result, or that it could not do its work.
#[test]
fn for_a_plugin_a_torn_line_is_an_error() {
    let text = ready("a.de") + &ready("b.de");
    assert_eq!(piped(&text, &["--format=nagios"]).0, 0);
    let (code, out, err) = piped(&text[..text.len() - 9], &["--format=nagios"]);
    assert_eq!((code, err.as_str()), (3, ""));
    assert!(out.contains("UNKNOWN") && out.contains("line 2"), "{out}");
}

/// The first lines are judged in the light of the last.
#[test]
fn whether_the_way_out_was_closed_is_decided_over_all_lines() {
    let silent = |count: u8| -> String {
        let each =
            (1..=count).map(|index| silent(&format!("s{index}.de"), &format!("81.2.{index}.4")));
        each.collect()
    };
    for (text, verdict, code) in [
        (silent(3), "inconclusive", 3),
        (silent(1), "not-ready", 1),
        (silent(3) + &ready("a.de"), "not-ready", 1),
        (ready("a.de") + &silent(3), "not-ready", 1),
    ] {
        let saved = file(&text);
        for (got, out, err) in [replay(saved.path(), LINES), piped(&text, LINES)] {
            assert_eq!((got, err.as_str()), (code, ""));
            for (domain, its) in verdicts(&out) {
                let expected = if domain == "a.de" { "ready" } else { verdict };
                assert_eq!(its, expected, "{domain}");
            }
        }
        // As it is where all reports are held.
        let whole = replay(saved.path(), &["--format=json"]).1;
        let whole: Value = serde_json::from_str(&whole).expect("JSON");
        let lines = replay(saved.path(), LINES).1;
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["report"].clone())
            .collect();
        assert_eq!(whole["reports"], Value::Array(lines));
    }
}

/// What is accepted for all domains has an effect when one of them needs it.
#[test]
fn an_exception_that_another_line_needs_is_not_unused() {
    let accept = |line: &str, code: &str| {
        with(line, |report| {
            report["terms"]["policy"]["accept"] =
                json!([{"code": code, "reason": "ticket 4711", "until": "2999-01-31"}]);
        })
    };
    let state = |text: &str, index: usize| {
        let saved = file(text);
        let (_, out, _) = replay(saved.path(), LINES);
        let line = out.lines().nth(index).expect("a line");
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["report"]["acceptances"][0]["state"].clone()
    };
    let needs = line("n.de", "wrong-port-and-expired");
    let (a, b) = (ready("a.de"), ready("b.de"));
    let code = "srv-wrong-port";
    let all = accept(&a, code) + &b + &accept(&needs, code);
    assert_eq!(
        (state(&all, 0), state(&all, 2)),
        (json!("elsewhere"), json!("applied"))
    );
    assert_eq!(state(&(accept(&a, code) + &b), 0), "unused");
}

/// Nor does one call it so that does not know all of them: a pipe is judged as it comes, and a line
/// that cannot be read may need it.
#[test]
fn an_exception_is_unused_only_where_all_lines_are_known() {
    let accepting = |domain: &str, from: &str| {
        with(&line(domain, from), |report| {
            report["terms"]["policy"]["accept"] =
                json!([{"code": "srv-wrong-port", "reason": "", "until": "2999-01-31"}]);
        })
    };
    let states = |out: &str| -> Vec<String> {
        let states = out.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["report"]["acceptances"][0]["state"].to_string()
        });
        states.collect()
    };
    let others: String = (0..80)
        .map(|n| accepting(&format!("d{n}.de"), "ready"))
        .collect();
    let needs = accepting("n.de", "wrong-port-and-expired");
    let found = states(&piped(&(others.clone() + &needs), LINES).1);
    let count = |state: &str| found.iter().filter(|found| *found == state).count();
    assert_eq!(found.len(), 81);
    assert_eq!(count(r#""applied""#), 1);
    assert!(
        count(r#""elsewhere""#) > 0 && count(r#""unused""#) == 0,
        "{found:?}"
    );
    let saved = file(&(others + &needs));
    let found = states(&replay(saved.path(), LINES).1);
    assert_eq!(
        found
            .iter()
            .filter(|found| *found == r#""elsewhere""#)
            .count(),
        80
    );
    for (text, state) in [
        (accepting("a.de", "ready"), r#""unused""#),
        (accepting("a.de", "ready") + "torn\n", r#""untested""#),
    ] {
        let saved = file(&text);
        for out in [piped(&text, LINES).1, replay(saved.path(), LINES).1] {
            assert_eq!(states(&out), [state], "{out}");
        }
    }
}

/// Every label of any line is a column, so a file is read twice for it.
#[test]
fn a_spreadsheet_has_the_labels_of_all_lines() {
    let labelled = |domain: &str, name: &str| {
        with(&ready(domain), |report| {
            report["labels"] = json!({name: "4711"});
        })
    };
    let text = labelled("a.de", "customer") + "torn\n" + &labelled("b.de", "team");
    let saved = file(&text);
    let (code, out, _) = replay(saved.path(), &["--format=csv"]);
    assert_eq!(code, 3);
    let mut lines = out.lines();
    let head = lines.next().expect("a head");
    assert!(head.ends_with(",label_customer,label_team"), "{head}");
    let ends: Vec<&str> = lines.map(|line| &line[line.len() - 5..]).collect();
    assert_eq!(ends, ["4711,", ",4711"]);
    // The same as where all reports are held.
    assert_eq!(piped(&text, &["--format=csv"]).1, out);
    let redacted = replay(saved.path(), &["--format=csv", "--redact"]).1;
    assert!(
        !redacted.contains("label_") && !redacted.contains("4711"),
        "{redacted}"
    );
}

/// Windows PowerShell writes UTF-16 where the output of a command is redirected.
#[test]
fn lines_as_windows_saves_them() {
    let text = (ready("a.de") + &ready("b.de")).replace('\n', "\r\n");
    let utf16 = || std::iter::once(0xfeff).chain(text.encode_utf16());
    let little: Vec<u8> = utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = utf16().flat_map(u16::to_be_bytes).collect();
    let torn = little[..little.len() - 501].to_vec();
    let folder = Folder::new().with("saved", &little);
    let (code, expected, _) = replay(&folder.file("saved"), LINES);
    assert_eq!((code, verdicts(&expected).len()), (0, 2));
    for (document, code, count) in [(little, 0, 2), (big, 0, 2), (torn, 3, 1)] {
        let run = Run::new("replay").args(&["-", "--format=jsonl"]);
        let (got, out, err) = run.fed(&document).text();
        assert_eq!((got, verdicts(&out).len()), (code, count), "{err}");
        assert!(expected.starts_with(&out));
    }
}

/// In any order, and each of any number of reports.
#[test]
fn documents_over_several_lines_go_with_lines() {
    let pretty = piped(&(ready("a.de") + &ready("b.de")), &["--format=json"]).1;
    let text = pretty.clone() + &ready("c.de") + &pretty;
    let (code, out, err) = piped(&text, LINES);
    assert_eq!((code, err.as_str()), (0, ""));
    let domains: Vec<String> = verdicts(&out)
        .into_iter()
        .map(|(domain, _)| domain)
        .collect();
    assert_eq!(domains, ["a.de", "b.de", "c.de", "a.de", "b.de"]);
}

#[test]
fn lines_at_another_time_and_redacted() {
    let saved = file(&(ready("a.de") + &ready("b.de")));
    let (code, out, _) = replay(
        saved.path(),
        &["--format=jsonl", "--now=2999-12-24", "--redact"],
    );
    assert_eq!(code, 1);
    for line in out.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["report"]["terms"]["now"], "2999-12-24T00:00:00Z");
        assert_eq!(line["report"]["redacted"], true);
    }
}

#[cfg(target_os = "linux")]
mod streams {
    use super::*;

    /// What was not judged may be anything.
    #[test]
    fn it_ends_with_its_reader_and_with_the_disk() {
        let saved = file(&(ready("a.de") + &ready("b.de")));
        let run = || Run::new("replay").arg(saved.path()).args(LINES);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        assert_eq!(run().text_into(writer), (3, String::new()));
        let full = std::fs::File::options().write(true).open("/dev/full");
        let (code, err) = run().text_into(full.expect("a device of Linux"));
        assert!(
            code == 2 && err.contains("cannot write the output"),
            "{err}"
        );
    }

    /// What is appended while it is read was not there.
    #[test]
    fn what_never_ends_is_judged_as_it_comes() {
        let run = Run::new("replay").args(&["/dev/zero", "--format=jsonl"]);
        let (code, _, err) = run.text();
        assert!(code == 2 && err.contains("64 MiB"), "{err}");
    }

    /// More than can be held: the advice says how it goes, and it goes.
    #[test]
    fn what_cannot_be_held_is_judged_line_by_line() {
        let line = with(&ready("a.de"), |report| {
            report["input"] = json!("x".repeat(40_000_000));
        });
        let saved = file(&(line.clone() + &line));
        let (code, out, err) = replay(saved.path(), &[]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("--format jsonl"), "{err}");
        let (code, out, err) = replay(saved.path(), &["--format=csv"]);
        assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 3));
    }
}
