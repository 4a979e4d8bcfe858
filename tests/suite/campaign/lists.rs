//! Lists that come through a pipe, that never end, and in parts.

use serde_json::Value;

use super::{check, lines, list, out, results, verdicts};
use crate::stage::{Folder, Run, file};
use crate::world::Dns;

/// A list is looked through before anything is probed; a pipe may never end.
#[test]
fn what_is_no_domain_costs_its_own_line_of_a_pipe() {
    let dns = Dns::empty();
    let folder = Folder::new();
    let wrong = "d0.example\nnot a domain\nd1.example fqdn=x\nd2.example\n";
    let targets = file(wrong);
    let results = results(&folder);
    let run = out(check(&dns), &results)
        .arg("--targets")
        .arg(targets.path());
    let (code, _, stderr) = run.text();
    assert_eq!((code, stderr.lines().count()), (2, 2), "{stderr}");
    assert_eq!(dns.questions(), []);
    assert!(!results.exists());

    for resume in [false, true] {
        let run = out(check(&dns), &results)
            .args(&["-"])
            .fed(wrong.as_bytes());
        let run = if resume { run.arg("--resume") } else { run };
        let (code, _, stderr) = run.text();
        assert_eq!(code, 1, "{stderr}");
        let says = if resume {
            "4 there already"
        } else {
            "2 not domains"
        };
        assert!(stderr.contains(says), "{stderr}");
        let lines = lines(&results);
        let (refused, reports): (Vec<Value>, Vec<Value>) =
            lines.into_iter().partition(|line| line["report"].is_null());
        assert_eq!(verdicts(&reports).len(), 2);
        let refused: Vec<&str> = refused
            .iter()
            .map(|line| line["refused"]["line"].as_str().expect("what stood there"))
            .collect();
        assert_eq!(refused, ["not a domain", "d1.example fqdn=x"]);
        // Judged again, it is no report; compared, neither.
        let replayed = Run::new("replay").arg(&results).arg("--format=jsonl");
        let (code, stdout, stderr) = replayed.text();
        assert_eq!((code, stdout.lines().count()), (1, 2), "{stderr}");
        let compared = Run::new("diff").arg(&results).arg(&results);
        let (code, _, stderr) = compared.text();
        assert_eq!(code, 0, "{stderr}");
    }
    // All that could be tested is well, and yet not all could be.
    let (code, stdout, _) = check(&dns)
        .args(&["-", "--format=jsonl"])
        .fed(b"a b\n")
        .text();
    assert_eq!((code, stdout.lines().count()), (3, 1));
    assert!(stdout.contains("-:1"), "{stdout}");
    // Nothing at all is a mistake.
    let (code, _, stderr) = check(&dns).args(&["-", "--format=jsonl"]).text();
    assert_eq!(code, 2, "{stderr}");
}

/// Each report comes as soon as its check has ended, while the list goes on.
#[test]
fn a_list_without_an_end() {
    let dns = Dns::empty();
    let mut running = check(&dns).args(&["-", "--format=jsonl"]).start();
    for n in 0..20 {
        running.feed(format!("d{n}.example\n").as_bytes());
        let line = running.line();
        assert!(line.contains(&format!("\"d{n}.example\"")), "{line}");
    }
}

#[test]
fn parts_make_up_the_whole() {
    let dns = Dns::empty();
    let mut all = Vec::new();
    let targets = list(40);
    for part in 1..=3 {
        // Whatever the order.
        let mut lines: Vec<&str> = targets.lines().collect();
        lines.rotate_left(part * 5);
        let folder = Folder::new();
        let results = results(&folder);
        let run = out(check(&dns), &results).args(&["-", "--shard", &format!("{part}/3")]);
        let (code, _, stderr) = run.fed(lines.join("\n").as_bytes()).text();
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains(" in other parts"), "{stderr}");
        all.extend(self::lines(&results));
    }
    assert_eq!(verdicts(&all).len(), 40);
    for wrong in ["0/3", "4/3", "3"] {
        let run = check(&dns).args(&["d0.example", "--format=jsonl", "--shard", wrong]);
        let (code, _, stderr) = run.text();
        assert_eq!(code, 2);
        assert!(stderr.contains("such as 3/16"), "{stderr}");
    }
}
