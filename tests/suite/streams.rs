//! Reports that are written as they come: the run ends when nobody takes them any more.

use std::io;

use crate::stage::{Folder, Run, Stage, file};
use crate::world::{Behaviour, Dns, RecordType};

/// The first domain is checked at once. The second has no answer to anything, and all the time of
/// the world: a run that waits for it does not end.
fn world() -> Dns {
    Dns::zone("first.example", "").on("second.example", RecordType::ANY, Behaviour::Silent)
}

fn check(dns: &Dns, format: &str) -> Run {
    let run = Run::new("check").nowhere();
    run.args(&["first.example", "second.example", "third.example"])
        .args(&["--jobs=1", "--timeout=1h", "--deadline=2h"])
        .arg("--resolver")
        .arg(dns.address().to_string())
        .arg(format!("--format={format}"))
}

fn closed_pipe() -> io::PipeWriter {
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    writer
}

fn nobody_asked_for(domain: &str, dns: &Dns) {
    let questions = dns.questions();
    assert!(
        !questions.iter().any(|(name, _)| name.ends_with(domain)),
        "{questions:?}"
    );
}

/// What was not checked may be anything, so the run is no success.
#[test]
fn the_run_ends_with_its_reader() {
    let dns = world();
    let (code, stderr) = check(&dns, "jsonl").text_into(closed_pipe());
    assert_eq!((code, stderr.as_str()), (1, ""), "the first is not ready");
    nobody_asked_for("third.example", &dns);
    let dns = Dns::empty()
        .on("first.example", RecordType::ANY, Behaviour::Servfail)
        .on("second.example", RecordType::ANY, Behaviour::Silent);
    let (code, _) = check(&dns, "jsonl").text_into(closed_pipe());
    assert_eq!(code, 3);
    nobody_asked_for("third.example", &dns);
}

/// All that were checked before the reader went are ready, and yet the run is not.
#[test]
fn part_of_the_domains_is_not_all_of_them() {
    let stage = Stage::new();
    let server = stage.server().start();
    let resolver = stage.dns.address().to_string();
    stage
        .dns
        .now("second.example", RecordType::ANY, Behaviour::Silent);
    let server = server.address().to_string();
    let list = file(&format!("zahnfee.de connect-to={server}\nsecond.example\n"));
    let run = Run::new("check")
        .nowhere()
        .arg("--targets")
        .arg(list.path());
    let run = run
        .args(&[
            "--jobs=1",
            "--timeout=1h",
            "--deadline=2h",
            "--format=jsonl",
        ])
        .args(&["--resolver", &resolver])
        .arg("--ca-file")
        .arg(stage.roots());
    assert_eq!(run.text_into(closed_pipe()).0, 3);
}

#[cfg(target_os = "linux")]
#[test]
fn the_run_ends_with_the_disk() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let dns = world();
    let (code, stderr) = check(&dns, "jsonl").text_into(full.expect("a device of Linux"));
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot write the output"), "{stderr}");
    nobody_asked_for("third.example", &dns);
}

/// A report in a file is still wanted.
#[test]
fn a_file_is_written_whoever_reads_the_rest() {
    let dns = Dns::zone("first.example", "");
    let folder = Folder::new();
    let report = folder.file("report.json");
    let run = check(&dns, "jsonl").arg(format!("--report=json={}", report.display()));
    let (code, stderr) = run.text_into(closed_pipe());
    assert_eq!((code, stderr.as_str()), (1, ""));
    let report = std::fs::read_to_string(report).expect("it was written");
    for domain in ["first.example", "second.example", "third.example"] {
        assert!(report.contains(domain), "{domain}");
    }
}
