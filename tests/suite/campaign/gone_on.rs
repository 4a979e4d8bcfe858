//! Runs that were ended, and go on.

use std::path::Path;

use super::{check, lines, list, out, results, verdicts};
#[cfg(unix)]
use crate::stage::Run;
use crate::stage::{Folder, file};
use crate::world::{Behaviour, Dns, RecordType};

/// Killed ten times, wherever it is: then every domain is there once, as if nothing had happened.
#[test]
fn a_run_that_was_killed_goes_on() {
    const COUNT: usize = 120;
    const KILLS: usize = 10;
    let dns = Dns::empty().on("d7.example", RecordType::ANY, Behaviour::Servfail);
    let folder = Folder::new();
    let whole = folder.file("whole.jsonl");
    let targets = file(&list(COUNT));
    let run = |results: &Path| {
        let run = out(check(&dns), results)
            .arg("--targets")
            .arg(targets.path());
        run.arg("--jobs=4")
    };
    assert_eq!(run(&whole).text().0, 1);
    let size = std::fs::metadata(&whole).expect("it was written").len();
    let results = results(&folder);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut kills = 0;
    for part in 1..=KILLS as u64 {
        // Somewhere in the next eleventh of what there is to write.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let enough = (part - 1) * size / 11 + random % (size / 11);
        let mut running = run(&results).arg("--resume").start();
        let written = || std::fs::metadata(&results).map_or(0, |about| about.len());
        while written() <= enough && !running.has_ended() {
            std::thread::yield_now();
        }
        kills += usize::from(!running.has_ended());
        drop(running);
    }
    assert!(kills >= KILLS / 2, "{kills}");
    // A torn line, if none of the ten has left one.
    let mut torn = std::fs::read(&results).expect("it was written");
    torn.extend(br#"{"schema":1,"tool":{"na"#);
    std::fs::write(&results, torn).expect("a file");
    let (code, _, stderr) = run(&results).arg("--resume").text();
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("there already"), "{stderr}");
    let found = verdicts(&lines(&results));
    assert_eq!(found.len(), COUNT);
    assert_eq!(found, verdicts(&lines(&whole)));
}

/// The first signal lets what is under way end; nothing further begins.
#[cfg(unix)]
#[test]
fn an_interrupted_run_can_be_gone_on_with() {
    let dns = Dns::empty().on("d2.example", RecordType::ANY, Behaviour::Silent);
    let folder = Folder::new();
    let results = results(&folder);
    let run = || {
        let run = Run::new("check")
            .nowhere()
            .args(&["--no-authority", "--timeout=2s"]);
        let run = run.arg("--resolver").arg(dns.address().to_string());
        out(run, &results).args(&["--jobs=1", "-"])
    };
    for (lang, says) in [
        ("en", "the same command with --resume"),
        ("de", "derselbe Befehl mit --resume"),
    ] {
        let _ = std::fs::remove_file(&results);
        let mut running = run().args(&["--lang", lang]).start();
        running.feed(list(100).as_bytes());
        let asked = dns.times_asked("d2.example", RecordType::SOA);
        dns.await_question("d2.example", RecordType::SOA, asked + 1);
        running.signal(rustix::process::Signal::INT);
        let (code, stdout, stderr) = running.end();
        assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
        assert!(stderr.contains(says), "{stderr}");
        let found = verdicts(&lines(&results));
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["d0.example", "d1.example", "d2.example"]
        );
    }
    // Of a file it is known how much is left.
    let targets = file(&list(10));
    let other = folder.file("other.jsonl");
    let run_of_file = Run::new("check")
        .nowhere()
        .args(&["--no-authority", "--jobs=1"]);
    let run_of_file = run_of_file.args(&["--timeout=2s", "--resolver", &dns.address().to_string()]);
    let run_of_file = out(run_of_file, &other)
        .arg("--targets")
        .arg(targets.path());
    let asked = dns.times_asked("d2.example", RecordType::SOA);
    let running = run_of_file.start();
    dns.await_question("d2.example", RecordType::SOA, asked + 1);
    running.signal(rustix::process::Signal::TERM);
    let (code, _, stderr) = running.end();
    assert_eq!(code, 3, "{stderr}");
    for words in ["of 10 listed: 3 checked", "7 not checked"] {
        assert!(stderr.contains(words), "{stderr}");
    }
    dns.now("d2.example", RecordType::ANY, Behaviour::Normal);
    let (code, _, stderr) = run().arg("--resume").fed(list(10).as_bytes()).text();
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("7 checked") && stderr.contains("3 there already"),
        "{stderr}"
    );
    assert_eq!(verdicts(&lines(&results)).len(), 10);
}
