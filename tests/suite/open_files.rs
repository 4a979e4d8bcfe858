//! Many domains at a time on a machine that lets a process open few files.

use crate::stage::{Run, Stage, file};
use crate::world::Dns;

/// As many domains, none of which is there.
fn list(count: usize) -> tempfile::NamedTempFile {
    let lines: Vec<String> = (0..count).map(|n| format!("d{n}.example\n")).collect();
    file(&lines.concat())
}

fn check(dns: &Dns, list: &std::path::Path) -> Run {
    let run = Run::new("check").nowhere().arg("--jobs=255");
    run.args(&["--no-authority", "--format=jsonl"])
        // What a slow machine may take is not the question here.
        .args(&["--timeout=1h", "--deadline=1h"])
        .arg("--resolver")
        .arg(dns.address().to_string())
        .arg("--targets")
        .arg(list)
}

/// Reports of domains that DNS does not know, without one that could not be asked for.
#[track_caller]
fn all_are_found_missing(stdout: &str, count: usize) {
    let lines = stdout.lines();
    let missing = lines.filter(|line| line.contains(r#""code":"domain-not-found""#));
    assert_eq!(missing.count(), count);
    assert!(!stdout.contains("too-many-files") && !stdout.contains("dns-unreachable"));
}

/// The soft limit is only a default: it is raised.
#[test]
fn the_soft_limit_is_raised() {
    let dns = Dns::empty();
    let list = list(300);
    let run = check(&dns, list.path()).after("ulimit -Sn 100");
    let (code, stdout, stderr) = run.text();
    assert_eq!(stderr, "");
    all_are_found_missing(&stdout, 300);
    assert_eq!(code, 1);
}

/// Below the hard limit fewer are checked at a time, and that is said.
#[test]
fn below_the_hard_limit_fewer_are_checked_at_a_time() {
    let dns = Dns::empty();
    let list = list(60);
    let run = || check(&dns, list.path()).after("ulimit -n 160");
    let (code, stdout, stderr) = run().text();
    let says = "xfed: domains checked at a time: 2, since this machine allows xfed 160 open files";
    assert!(stderr.starts_with(says), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    all_are_found_missing(&stdout, 60);
    assert_eq!(code, 1);
    let (_, _, stderr) = run().arg("-q").text();
    assert_eq!(stderr, "");
    // Nothing is said where all have room.
    let two = file("a.example\nb.example\n");
    let run = check(&dns, two.path()).after("ulimit -n 160");
    assert_eq!(run.text().2, "");
}

/// Where there is no room for one, nobody is blamed but this machine.
#[test]
fn a_machine_that_allows_too_little_is_named() {
    let stage = Stage::new();
    let server = stage.server().start();
    for limit in [12, 13, 14, 15, 16, 18, 20, 24] {
        let run = stage.check().connect_to(&server);
        let (code, stdout, stderr) = run.after(&format!("ulimit -n {limit}")).text();
        if stdout.is_empty() {
            assert_eq!(code, 2, "{limit}: {stderr}");
            continue;
        }
        let verdict = stdout.lines().find(|line| line.contains(r#""verdict""#));
        let verdict = verdict.expect("a report");
        let ready = verdict.contains("ready") && !verdict.contains("not-ready");
        assert!(
            ready || verdict.contains("inconclusive"),
            "{limit}: {stdout}\n{stderr}"
        );
        if !ready {
            assert!(stdout.contains("limit of open files"), "{limit}: {stdout}");
        }
    }
}
