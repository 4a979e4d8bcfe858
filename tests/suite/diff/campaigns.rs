//! Campaigns, compared line by line, and files that are none.

use std::path::Path;

use serde_json::{Value, json};

use super::situation;
use crate::stage::{FILES, Folder, Run, file};

/// The line of a report on this domain, in this situation, as `check --format jsonl` writes it.
pub fn line(domain: &str, name: &str) -> String {
    let document = situation(name);
    let report = document["reports"][0].to_string();
    let mut report: Value =
        serde_json::from_str(&report.replace("zahnfee.de", domain)).expect("JSON");
    // The certificates are still those of zahnfee.de.
    report["terms"]["policy"] = json!({
        "severity": {"cert-name-mismatch": "info", "cert-subject-differs": "info"},
        "accept": [],
    });
    json!({"schema": 1, "tool": document["tool"], "report": report}).to_string()
}

fn lines(reports: &[(&str, &str)]) -> String {
    let lines = reports
        .iter()
        .map(|(domain, name)| line(domain, name) + "\n");
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn campaigns_are_compared_line_by_line() {
    let old = lines(&[
        ("a.de", "srv-missing"),
        ("b.de", "ready"),
        ("c.de", "ready"),
        ("gone.de", "ready"),
        ("a.de", "ready"),
    ]);
    let new = lines(&[
        ("new.de", "nobody-listens"),
        ("c.de", "ready"),
        ("b.de", "nobody-listens"),
        ("a.de", "ready"),
    ]);
    let old = file(&old);
    let run = |args: &[&str]| {
        let run = Run::new("diff").arg(old.path()).arg("-").args(args);
        run.fed(new.as_bytes()).text()
    };
    let (code, out, err) = run(&["--format=json"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let json: Value = serde_json::from_str(&out).expect("JSON");
    let domains: Vec<&str> = json["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|difference| difference["domain"].as_str().expect("a domain"))
        .collect();
    // Those that are the same are only counted; the last report on a.de is the one that counts.
    assert_eq!(domains, ["new.de", "b.de"]);
    let summary = &json["summary"];
    for (name, count) in [
        ("compared", 3),
        ("worse", 1),
        ("same", 2),
        ("only_old", 1),
        ("only_new", 1),
        ("not_comparable", 0),
    ] {
        assert_eq!(summary[name], count, "{name}: {summary}");
    }
    assert_eq!(
        summary["transitions"],
        json!([
            {"before": "ready", "after": "ready", "count": 2},
            {"before": "ready", "after": "not-ready", "count": 1},
        ])
    );
    let (_, table, _) = run(&[]);
    assert!(
        table.contains("3 domains compared: 1 worse, 2 the same"),
        "{table}"
    );
    assert!(
        table.ends_with("Worse\n  b.de: ready → not ready\n"),
        "{table}"
    );
    let (_, markdown, _) = run(&["--format=markdown", "--lang=de"]);
    assert!(
        markdown.contains("| bereit | 2 | 0 | 0 | 1 |"),
        "{markdown}"
    );
}

/// A domain that is missing this time may be anything; one that is new is no news.
#[test]
fn a_domain_that_is_missing_is_not_fine() {
    let two = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let three = lines(&[("a.de", "ready"), ("b.de", "ready"), ("c.de", "ready")]);
    for (old, new, expected) in [(&three, &two, 3), (&two, &three, 0), (&two, &two, 0)] {
        let old = file(old);
        let run = Run::new("diff").arg(old.path()).arg("-");
        assert_eq!(run.fed(new.as_bytes()).text().0, expected);
    }
    // One domain alone asks for that one.
    let (old, one) = (file(&three), lines(&[("b.de", "ready")]));
    let run = Run::new("diff").arg(old.path()).arg("-");
    assert_eq!(run.fed(one.as_bytes()).text().0, 0);
}

/// Windows PowerShell writes UTF-16 where the output of a command is redirected: a line is a line there,
/// too, and is named by its number.
#[test]
fn campaigns_as_windows_saves_them() {
    let text = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let plain = file(&text);
    let torn = text[..text.len() - 9].to_owned();
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let saved = |text: &str| {
            let text = text.replace('\n', "\r\n");
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            let bytes: Vec<u8> = units.flat_map(to_bytes).collect();
            Folder::new().with("saved.jsonl", &bytes)
        };
        let (whole, torn) = (saved(&text), saved(&torn));
        let diff = |old: &Folder| {
            let run = Run::new("diff").arg(old.file("saved.jsonl"));
            run.arg(plain.path()).args(&["--format=json"]).text()
        };
        let (code, out, err) = diff(&whole);
        assert_eq!((code, err.as_str()), (0, ""));
        let json: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(json["summary"]["same"], 2);
        let (code, _, err) = diff(&torn);
        assert_eq!(code, 2);
        assert!(err.contains("line 2"), "{err}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let good = file(&situation("ready").to_string());
    let lines = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let torn = file(&lines[..lines.len() - 9]);
    let foreign = file("{}");
    let long = Path::new(FILES).join("no-such-report.json");
    for (old, words) in [
        (torn.path(), "line 2"),
        (foreign.path(), "no report of xfed"),
        (long.as_path(), "no-such-report.json"),
    ] {
        for run in [
            Run::new("diff").arg(old).arg(good.path()),
            Run::new("diff").arg(good.path()).arg(old),
            Run::new("check")
                .args(&["zahnfee.de", "--since"])
                .arg(old)
                .nowhere(),
        ] {
            let (code, out, err) = run.text();
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            assert!(err.contains(words), "{err}");
        }
    }
    let (code, _, err) = Run::new("diff").args(&["-", "-"]).text();
    assert_eq!(code, 2);
    assert!(err.contains("stands for both"), "{err}");
}
