//! What somebody sees at a terminal while many domains are checked, and at its end.

use std::process::{Command, Stdio};

use crate::stage::{Run, Stage, say_left_out};
use crate::world::Dns;

const XFED: &str = env!("CARGO_BIN_EXE_xfed");

/// What a terminal of this size gets to see of a check; `None` where there is no `script` to make
/// one.
fn at_a_terminal(size: (u16, u16), line: &str) -> Option<String> {
    let (rows, columns) = size;
    let line = format!("stty rows {rows} cols {columns}; exec {XFED} check {line}");
    let script = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .envs([("TERM", "xterm"), ("LANG", "C.UTF-8"), ("SHELL", "/bin/sh")])
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(output) = script else {
        say_left_out("there is no script(1)");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn domains(count: usize) -> String {
    let domains = (0..count).map(|index| format!("domain-number-{index}.example"));
    domains.collect::<Vec<_>>().join(" ")
}

/// Sixty names would fill the terminal six times over.
#[test]
fn many_domains_are_counted_in_one_line() {
    let dns = Dns::empty();
    let options = format!("--no-authority --resolver {}", dns.address());
    for (lang, counted, left) in [("en", "/60 · ", " left"), ("de", "/60 · ", "noch ")] {
        for format in ["table", "jsonl", "jsonl > /dev/null", "json > /dev/null"] {
            let line = format!("{} {options} --lang {lang} --format {format}", domains(60));
            let Some(seen) = at_a_terminal((6, 60), &line) else {
                return;
            };
            let frames = seen.matches(counted).count();
            assert!(frames > 2, "{format}: {frames} frames\n{seen}");
            assert!(seen.contains(left), "{format}: {seen}");
        }
    }
}

#[test]
fn a_long_name_stays_in_its_line() {
    let dns = Dns::empty();
    let name = format!("{}.example", ["a".repeat(60), "b".repeat(60)].join("."));
    let line = format!(
        "{name} --no-authority --resolver {} --format json > /dev/null",
        dns.address()
    );
    let Some(seen) = at_a_terminal((4, 40), &line) else {
        return;
    };
    assert!(seen.contains("Checking aaaa"), "{seen}");
    assert!(!seen.contains("bbbb"), "{seen}");
}

#[test]
fn quiet_shows_nothing_of_it() {
    let dns = Dns::empty();
    let line = format!(
        "{} -q --no-authority --resolver {}",
        domains(9),
        dns.address()
    );
    let Some(seen) = at_a_terminal((24, 80), &line) else {
        return;
    };
    assert!(!seen.contains("/9"), "{seen}");
}

#[test]
fn several_domains_begin_and_end_with_an_overview() {
    let stage = Stage::new();
    let server = stage.server().start();
    let run = |format: &str, lang: &str| {
        let list = format!(
            "zahnfee.de connect-to={}\nfirst.example\nsecond.example\n",
            server.address()
        );
        let run = stage.check_domain("-").nowhere().fed(list.as_bytes());
        let run = run.args(&["--lang", lang]);
        run.arg(format!("--format={format}")).text().1
    };
    for (lang, summary) in [
        ("en", "3 domains: 1 ready, 2 not ready"),
        ("de", "3 Domänen: 1 bereit, 2 nicht bereit"),
    ] {
        let table = run("table", lang);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            (lines.first(), lines.last()),
            (Some(&summary), Some(&summary))
        );
        let [one, two, three] = &lines[lines.len() - 4..lines.len() - 1] else {
            unreachable!("three lines");
        };
        assert!(one.starts_with("✔ zahnfee.de "), "{table}");
        assert!(two.starts_with("✘ first.example "), "{table}");
        assert!(three.starts_with("✘ second.example "), "{table}");
        let markdown = run("markdown", lang);
        assert!(
            markdown.starts_with(&format!("# {summary}\n\n- ✔ zahnfee.de")),
            "{markdown}"
        );
    }
}

#[test]
fn one_domain_needs_no_overview() {
    let stage = Stage::with_srv("");
    for format in ["table", "markdown"] {
        let run: Run = stage.check().nowhere().arg(format!("--format={format}"));
        let (_, stdout, _) = run.text();
        assert!(!stdout.contains("domains:"), "{stdout}");
    }
}
