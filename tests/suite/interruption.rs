//! Ctrl-C and SIGTERM: what is done is reported, and it is said how much that is.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::stage::{Folder, Run, Running, Stage, zone_without};
use crate::world::{Behaviour, Dns, RecordType};

/// Of three domains, this one has no answer to anything, and all the time of the world.
fn world(silent: &str) -> Dns {
    Dns::zone("first.example", "").on(silent, RecordType::ANY, Behaviour::Silent)
}

fn check(dns: &Dns) -> Run {
    let run = Run::new("check").nowhere();
    run.args(&["first.example", "second.example", "third.example"])
        .args(&[
            "--jobs=1",
            "--timeout=1h",
            "--deadline=2h",
            "--no-authority",
        ])
        .arg("--resolver")
        .arg(dns.address().to_string())
}

/// The check, once it hangs at this domain.
fn hanging(run: Run, dns: &Dns, silent: &str) -> Running {
    let running = run.start();
    dns.await_question(silent, RecordType::SOA, 1);
    running
}

#[test]
fn reports_hold_what_is_done() {
    for (lang, says, counts) in [
        (
            "en",
            "xfed: interrupted: 1 of 3 domains, reports hold these\n",
            "3 domains: 1 not ready, 2 not checked (interrupted)",
        ),
        (
            "de",
            "xfed: abgebrochen: 1 von 3 Domänen geprüft, die Berichte enthalten diese\n",
            "3 Domänen: 1 nicht bereit, 2 nicht geprüft (abgebrochen)",
        ),
    ] {
        for (signal, ends) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let dns = world("second.example");
            let folder = Folder::new();
            let report = |format: &str| {
                let file = folder.file(format).display().to_string();
                format!("--report={format}={file}")
            };
            let run = check(&dns).args(&["--lang", lang]);
            let run = ["json", "junit", "markdown", "html"]
                .iter()
                .fold(run, |run, format| run.arg(report(format)));
            let running = hanging(run, &dns, "second.example");
            running.signal(signal);
            let (code, stdout, stderr) = running.end();
            assert_eq!((code, stderr.as_str()), (ends, says), "{stdout}");
            assert!(
                stdout.starts_with(counts) && stdout.trim_end().ends_with(counts),
                "{stdout}"
            );
            let file = |name| std::fs::read_to_string(folder.file(name)).expect("it was written");
            let json: serde_json::Value = serde_json::from_str(&file("json")).expect("it is whole");
            let reports = json["reports"].as_array().expect("reports");
            assert_eq!(reports.len(), 1);
            assert_eq!(reports[0]["domain"], "first.example");
            assert_eq!(file("junit").matches("<testsuite ").count(), 1);
            assert!(file("junit").trim_end().ends_with("</testsuites>"));
            assert!(file("markdown").contains("first.example"));
            assert!(
                file("markdown")
                    .lines()
                    .next()
                    .is_some_and(|line| line.starts_with("# 3 "))
            );
            assert!(file("html").trim_end().ends_with("</html>"));
        }
    }
}

#[test]
fn streamed_reports_end_with_a_whole_line() {
    let dns = world("second.example");
    let mut running = check(&dns).arg("--format=jsonl").start();
    let line = running.line();
    assert!(line.contains("first.example"), "{line}");
    dns.await_question("second.example", RecordType::SOA, 1);
    running.signal(Signal::INT);
    let (code, rest, stderr) = running.end();
    assert_eq!((code, rest.as_str()), (130, ""));
    assert!(stderr.contains("1 of 3 domains"), "{stderr}");
}

/// A report on nothing would take the place of an older one.
#[test]
fn where_nothing_is_done_no_report_is_written() {
    let dns = world("first.example");
    let folder = Folder::new().with("old.json", "what was known");
    let old = folder.file("old.json").display().to_string();
    let new = folder.file("new.json").display().to_string();
    let run = check(&dns).args(&["-q", "--format=json"]);
    let run = run.arg(format!("--report=json={old}"));
    let run = run.arg(format!("--report=jsonl={new}"));
    let running = hanging(run, &dns, "first.example");
    running.signal(Signal::INT);
    let (code, stdout, stderr) = running.end();
    assert_eq!((code, stdout.as_str()), (130, ""));
    assert_eq!(
        stderr,
        "xfed: interrupted: 0 of 3 domains, no report written\n"
    );
    let kept = std::fs::read_to_string(old).expect("it is still there");
    assert_eq!(kept, "what was known");
    assert_eq!(folder.names(), ["old.json"]);
}

/// Monitoring reads one line, and takes no code of a shell.
#[test]
fn a_plugin_does_not_say_that_part_is_all() {
    let dns = world("second.example");
    let running = hanging(check(&dns).arg("--format=nagios"), &dns, "second.example");
    running.signal(Signal::TERM);
    let (code, stdout, _) = running.end();
    assert_eq!(code, 3, "{stdout}");
    assert!(
        stdout.contains("UNKNOWN") && stdout.contains("1 of 3 domains"),
        "{stdout}"
    );
}

/// Nobody reads the output, so the first signal cannot bring it to an end.
#[test]
fn the_second_ends_it_at_once() {
    let dns = Dns::empty();
    let domains: Vec<String> = (0..100).map(|index| format!("d{index}.example")).collect();
    let run = domains.iter().fold(Run::new("check").nowhere(), Run::arg);
    let run = run.args(&["--format=jsonl", "--jobs=4", "--no-authority", "--resolver"]);
    let mut running = run.arg(dns.address().to_string()).start();
    // Nothing piles up behind a reader that does not read.
    dns.await_question("d20.example", RecordType::SOA, 1);
    let start = Instant::now();
    while !running.has_ended() {
        // Two signals that wait for the program at the same time are one.
        running.signal(Signal::INT);
        std::thread::yield_now();
        assert!(start.elapsed() < Duration::from_secs(60), "it ends");
    }
    assert_eq!(running.end().0, 130);
}

#[test]
fn waiting_ends_with_the_last_look() {
    for (lang, says) in [
        ("en", "interrupted while waiting"),
        ("de", "beim Warten abgebrochen"),
    ] {
        let stage = Stage::with_zone(&zone_without("SRV"));
        let run = stage.check().nowhere().args(&["--lang", lang]);
        let mut running = run.args(&["--wait=1h", "--interval=30m"]).start();
        let look = running.message();
        assert!(look.contains("srv-missing"), "{look}");
        running.signal(Signal::INT);
        let (code, stdout, stderr) = running.end();
        assert_eq!(code, 130);
        assert!(stderr.starts_with(&format!("xfed: {says}")), "{stderr}");
        let json: serde_json::Value = serde_json::from_str(&stdout).expect("a report");
        assert_eq!(json["reports"][0]["verdict"], "not-ready");
    }
}

#[test]
fn waiting_that_never_came_to_a_look_reports_what_there_is() {
    let dns = world("second.example");
    let run = check(&dns).args(&["--wait=1h", "--format=json"]);
    let running = hanging(run, &dns, "second.example");
    running.signal(Signal::TERM);
    let (code, stdout, stderr) = running.end();
    assert_eq!(code, 143);
    assert_eq!(
        stderr,
        "xfed: interrupted: 1 of 3 domains, reports hold these\n"
    );
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("a report");
    assert_eq!(json["reports"].as_array().map(Vec::len), Some(1));
}
