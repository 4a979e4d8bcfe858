//! What people and programs read.

use crate::derived::assert_snapshot;
use crate::stage::{Folder, Run, Stage, demanding, file};
use crate::world::Dns;

#[test]
fn the_verdict_comes_first_and_lines_fit() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    for lang in ["en", "de"] {
        let run = stage
            .check()
            .connect_to(&server)
            .args(&["--format=table", "-v", "--lang", lang]);
        let (code, stdout, stderr) = run.text();
        assert_eq!((code, stderr.as_str()), (1, ""));
        assert!(
            stdout
                .lines()
                .next()
                .is_some_and(|line| line.starts_with("zahnfee.de")),
            "{stdout}"
        );
        // Commands are there to be copied, so they are never wrapped.
        let prose = stdout.lines().filter(|line| {
            !["openssl", "nslookup", "Test-"]
                .iter()
                .any(|tool| line.contains(tool))
        });
        for line in prose {
            assert!(line.chars().count() <= 80, "{lang}: {line:?}");
        }
        assert!(stdout.contains("srv-wrong-port"), "{stdout}");
        assert!(!stdout.contains('\u{1b}'), "no colours into a pipe");
    }
}

/// By the locale; Windows is not asked for one.
#[cfg(not(windows))]
#[test]
fn ascii_where_nothing_else_is_understood() {
    let stage = Stage::with_srv("");
    for lang in ["en", "de"] {
        let run = stage
            .check()
            .nowhere()
            .args(&["--format=table", "--lang", lang])
            .env("LANG", "C");
        let (_, stdout, _) = run.text();
        assert!(stdout.is_ascii(), "{stdout}");
        assert!(stdout.contains("x "), "{stdout}");
    }
}

/// The columns of the lines that begin with a step's number, and of the line above them.
fn status_columns(table: &str) -> Vec<usize> {
    let rows = table.lines().filter(|line| {
        let is_row = |start: char| start == '#' || start.is_ascii_digit();
        line.starts_with(is_row) && line.get(1..3) == Some("  ")
    });
    let column = |row: &str| {
        let name = row[3..].find("  ").expect("a gap behind the name");
        let behind = &row[3 + name..];
        let status = behind.find(|character| character != ' ');
        row[..3 + name].chars().count() + status.expect("a status")
    };
    rows.map(column).collect()
}

#[test]
fn columns_stay_columns_in_every_alphabet() {
    for (name, value) in [("TERM", "dumb"), ("LANG", "C"), ("LANG", "de_DE.UTF-8")] {
        for lang in ["en", "de"] {
            let run = Run::new("replay").args(&[EVERY_STATUS, "--lang", lang, "--format=table"]);
            let (_, table, _) = run.env(name, value).text();
            let columns = status_columns(&table);
            assert_eq!(columns.len() % 7, 0, "a head and six rows: {table}");
            let first = columns[0];
            assert!(columns.iter().all(|column| *column == first), "{table}");
        }
    }
}

/// The commands with output for people, on a domain that nothing is known about.
fn for_people(dns: &Dns) -> Vec<Run> {
    let resolver = dns.address().to_string();
    let on_network = |command| {
        let run = Run::new(command).nowhere().arg("zahnärzte.de");
        run.args(&["--lang=de", "--no-authority", "--resolver", &resolver])
    };
    let mut runs = vec![on_network("plan")];
    for format in ["table", "markdown", "todo"] {
        runs.push(on_network("check").args(&["--format", format]));
    }
    for format in ["table", "markdown"] {
        let replay = Run::new("replay").args(&[EVERY_STATUS, "--lang=de", "-v"]);
        runs.push(replay.args(&["--format", format]));
    }
    for args in [&["srv-missing"][..], &["zertifikat"], &["--all"]] {
        for format in ["text", "markdown"] {
            let explain = Run::new("explain").args(args);
            runs.push(explain.args(&["--lang=de", "--format", format]));
        }
    }
    runs
}

#[test]
fn ascii_and_nothing_else_where_it_is_wanted() {
    let dns = Dns::empty();
    for run in for_people(&dns) {
        let (_, stdout, _) = run.arg("--ascii").text();
        assert!(stdout.is_ascii(), "{stdout}");
        assert!(!stdout.contains("zahnaerzte"), "another domain: {stdout}");
    }
    for run in for_people(&dns) {
        let (_, stdout, _) = run.env("XFED_ASCII", "true").text();
        assert!(stdout.is_ascii(), "{stdout}");
    }
    let configuration = file("ascii = true");
    for run in for_people(&dns) {
        let (_, stdout, _) = run.arg("--config").arg(configuration.path()).text();
        assert!(stdout.is_ascii(), "{stdout}");
    }
    for run in for_people(&dns) {
        let (_, stdout, _) = run.arg("--ascii=false").env("LANG", "C").text();
        assert!(stdout.contains('ü'), "{stdout}");
    }
}

/// What programs read stays what it is.
#[test]
fn ascii_changes_no_data() {
    for format in [
        "json",
        "jsonl",
        "junit",
        "html",
        "nagios",
        "prometheus",
        "github",
    ] {
        let replay = || {
            let run = Run::new("replay").args(&[EVERY_STATUS, "--lang=de"]);
            run.args(&["--format", format]).text()
        };
        assert_eq!(replay(), {
            let run = Run::new("replay").args(&[EVERY_STATUS, "--lang=de"]);
            run.args(&["--format", format, "--ascii"]).text()
        });
    }
}

/// A ticket shows all signs, whatever the terminal does.
#[test]
fn files_are_in_ascii_only_where_that_is_wanted() {
    let folder = Folder::new();
    let write = |name: &str, wanted: &[&str]| {
        let mut run = Run::new("replay").args(&[EVERY_STATUS, "--lang=de"]);
        for format in ["table", "markdown"] {
            let path = folder.file(&format!("{name}.{format}"));
            run = run
                .arg("--report")
                .arg(format!("{format}={}", path.display()));
        }
        run.args(wanted).env("LANG", "C").text();
        ["table", "markdown"].map(|format| {
            let path = folder.file(&format!("{name}.{format}"));
            std::fs::read_to_string(path).expect("it was written")
        })
    };
    for text in write("plain", &[]) {
        assert!(text.contains('✔') && text.contains('ü'), "{text}");
    }
    for text in write("ascii", &["--ascii"]) {
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn colour_is_a_second_signal_only() {
    let stage = Stage::with_srv("");
    let run = || {
        stage
            .check()
            .nowhere()
            .args(&["--format=table", "--lang=en"])
    };
    let (_, plain, _) = run().arg("--color=never").text();
    let (_, coloured, _) = run().arg("--color=always").text();
    let stripped: String = {
        let parts = coloured.split("\u{1b}[").enumerate();
        parts
            .map(|(index, part)| {
                if index == 0 {
                    part
                } else {
                    part.split_once('m').map_or("", |(_, rest)| rest)
                }
            })
            .collect()
    };
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_ne!(plain, coloured);
    assert_eq!(
        words(&plain),
        words(&stripped),
        "the same words, in the same order"
    );
}

/// Windows and macOS have other places for it.
#[cfg(target_os = "linux")]
#[test]
fn the_locale_chooses_the_language() {
    let stage = Stage::with_srv("");
    let run = |lang: &str| {
        stage
            .check()
            .nowhere()
            .arg("--format=table")
            .env("LANG", lang)
            .text()
            .1
    };
    assert!(run("de_AT.UTF-8").contains("XPhone-Domäne"));
    assert!(run("en_GB.UTF-8").contains("XPhone domain"));
    assert!(run("fr_FR.UTF-8").contains("XPhone domain"));
    let chosen = stage
        .check()
        .nowhere()
        .args(&["--format=table", "--lang=de"])
        .env("LANG", "en_US.UTF-8")
        .text()
        .1;
    assert!(chosen.contains("XPhone-Domäne"), "the command line wins");
}

#[test]
fn explain_knows_every_code_step_and_number() {
    for lang in ["en", "de"] {
        for topic in [
            "srv-missing",
            "SRV-Missing",
            "certificate",
            "5",
            "1009",
            "step-crashed",
        ] {
            let (code, stdout, stderr) = Run::new("explain").args(&[topic, "--lang", lang]).text();
            assert_eq!((code, stderr.as_str()), (0, ""), "{topic}");
            assert!(stdout.lines().count() > 5, "{stdout}");
        }
    }
    let (code, stdout, stderr) = Run::new("explain").arg("srv-mising").text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("srv-missing"), "a suggestion: {stderr}");
    let (code, _, _) = Run::new("explain").arg("quux").text();
    assert_eq!(code, 2);
}

#[test]
fn help_documents_the_exit_codes() {
    for args in [&["--help"][..], &["check", "--help"]] {
        let (code, stdout, _) = Run::new(args[0]).nowhere().args(&args[1..]).text();
        assert_eq!(code, 0);
        assert!(
            stdout.contains("Exit codes:") && stdout.contains("inconclusive"),
            "{stdout}"
        );
    }
}

#[test]
fn fail_on_warn() {
    let stage = Stage::new();
    let identity = stage
        .authority
        .certificate("xphone.zahnfee.de")
        .rsa()
        .server_auth_only()
        .issue();
    let server = demanding(identity).start();
    let statuses = "pass pass pass pass warn pass";
    stage
        .meets(&server)
        .stands(statuses, "ready-with-warnings", 0);
    let strict = stage
        .check()
        .connect_to(&server)
        .args(&["--fail-on", "warn"])
        .run();
    strict.stands(statuses, "ready-with-warnings", 1);
}

/// Every report is valid by the schema that the program prints, as far as a test can say without a
/// validator of its own: the required fields are there.
#[test]
fn the_schema_names_every_field() {
    let (code, schema, _) = Run::new("schema").text();
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let stage = Stage::with_srv("");
    let outcome = stage.check().nowhere().run();
    let check = |value: &serde_json::Value, schema: &serde_json::Value| {
        let own: Vec<&String> = value.as_object().expect("an object").keys().collect();
        for name in &own {
            assert!(
                schema["properties"].get(name.as_str()).is_some(),
                "{name} is not in the schema"
            );
        }
        for name in schema["required"].as_array().expect("required fields") {
            assert!(own.iter().any(|own| *own == name), "{name} is missing");
        }
    };
    check(&outcome.json, &schema);
    check(outcome.report(), &schema["$defs"]["JsonReport"]);
    check(outcome.step("srv"), &schema["$defs"]["JsonStep"]);
    check(
        outcome.finding("srv", "srv-missing"),
        &schema["$defs"]["JsonFinding"],
    );
    assert_snapshot!("schema", format!("{schema:#}"));
}

/// The report that every format is shown on: three domains, every status among their steps.
pub const EVERY_STATUS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/suite/reports/every-status.json"
);

#[test]
fn the_report_that_formats_are_shown_on_holds_every_status_and_severity() {
    let outcome = Run::new("replay")
        .args(&[EVERY_STATUS, "--format=json", "--lang=en"])
        .run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
    let said = outcome.json.to_string();
    for status in ["pass", "warn", "fail", "skip", "unknown"] {
        assert!(
            said.contains(&format!(r#""status":"{status}""#)),
            "{status}"
        );
    }
    for severity in ["fail", "warn", "info", "unknown"] {
        let shown = format!(r#""severity":"{severity}""#);
        assert!(said.contains(&shown), "{severity}");
    }
}
