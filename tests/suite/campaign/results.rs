//! Results in a file, and numbers for whoever watches.

use serde_json::Value;

use super::{check, lines, list, out, results, verdicts};
use crate::stage::{Folder, file};
use crate::world::{Behaviour, Dns, RecordType};

/// What is written is what would have been printed, and stderr has the sum of it.
#[test]
fn results_go_to_a_file() {
    let dns = Dns::empty().on("d3.example", RecordType::ANY, Behaviour::Servfail);
    let folder = Folder::new();
    let results = results(&folder);
    let targets = file(&format!("{}d1.example # again\n", list(5)));
    for (lang, says) in [
        (
            "en",
            [
                "of 6 listed: 5 checked",
                "1 listed twice",
                "4 not ready, 1 undecided",
                "domain-not-found 4",
            ],
        ),
        (
            "de",
            [
                "von 6 in der Liste: 5 geprüft",
                "1 doppelt",
                "4 nicht bereit, 1 ",
                "domain-not-found 4",
            ],
        ),
    ] {
        let _ = std::fs::remove_file(&results);
        let run = out(check(&dns), &results)
            .arg("--targets")
            .arg(targets.path());
        let (code, stdout, stderr) = run.args(&["--lang", lang]).text();
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        for words in says {
            assert!(stderr.contains(words), "{words}: {stderr}");
        }
        assert_eq!(verdicts(&lines(&results)).len(), 5);
    }
    let run = check(&dns).args(&["--format=jsonl", "--targets"]);
    let (code, printed, _) = run.arg(targets.path()).text();
    assert_eq!(code, 1);
    let printed: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    assert_eq!(verdicts(&printed), verdicts(&lines(&results)));
    // What there is none of is not spoken of.
    let run = out(check(&dns), &folder.file("one.jsonl")).arg("d1.example");
    let (_, _, stderr) = run.text();
    assert!(
        stderr.starts_with("xfed: of 1 listed: 1 checked"),
        "{stderr}"
    );
    assert!(!stderr.contains(" 0 "), "{stderr}");
    let quiet = out(check(&dns), &folder.file("other.jsonl")).args(&["-q", "d1.example"]);
    assert_eq!(quiet.text(), (1, String::new(), String::new()));
}

#[test]
fn what_is_there_is_not_written_over() {
    let dns = Dns::empty();
    let folder = Folder::new();
    let results = results(&folder);
    let run = || {
        out(check(&dns), &results)
            .arg("d0.example")
            .arg("d1.example")
    };
    assert_eq!(run().text().0, 1);
    let before = std::fs::read(&results).expect("it was written");
    let (code, _, stderr) = run().text();
    assert_eq!(code, 2);
    assert!(stderr.contains("--resume"), "{stderr}");
    // Other options that a verdict can depend on.
    let (code, _, stderr) = run().args(&["--resume", "--partner"]).text();
    assert_eq!(code, 2);
    assert!(
        stderr.contains("line 1") && stderr.contains("other options"),
        "{stderr}"
    );
    assert_eq!(std::fs::read(&results).expect("it is there"), before);
    // Others that none depends on; what is there counts.
    let (code, _, stderr) = run().args(&["--resume", "--jobs=2", "--lang=de"]).text();
    assert_eq!(code, 1);
    assert!(stderr.contains("2 dort schon enthalten"), "{stderr}");
    assert_eq!(std::fs::read(&results).expect("it is there"), before);
    // What is no result of xfed is nobody's to go on with.
    let list = file("d0.example\n");
    let (code, _, stderr) = out(check(&dns), list.path())
        .args(&["--resume", "d0.example"])
        .text();
    assert_eq!(code, 2);
    assert!(
        stderr.contains("line 1: expected what xfed check --out writes"),
        "{stderr}"
    );
    let kept = std::fs::read_to_string(list.path()).expect("it is there");
    assert_eq!(kept, "d0.example\n");
    // Nor is it a line that was torn.
    for content in ["d0.example", "{\"tool\": 1"] {
        let list = file(content);
        let run = out(check(&dns), list.path());
        let (code, _, stderr) = run.args(&["--resume", "d0.example"]).text();
        assert_eq!(code, 2);
        assert!(stderr.contains("line 1: expected"), "{stderr}");
        let kept = std::fs::read_to_string(list.path()).expect("it is there");
        assert_eq!(kept, content);
    }
}

/// Numbers for whoever watches.
#[test]
fn how_far_it_is_stands_in_a_file() {
    let dns = Dns::empty().on("d3.example", RecordType::ANY, Behaviour::Servfail);
    let folder = Folder::new();
    let stats = folder.file("stats.json");
    let targets = file(&format!("{}d1.example\n", list(10)));
    let run = out(check(&dns), &results(&folder))
        .arg("--targets")
        .arg(targets.path());
    let (code, _, _) = run.args(&["-q", "--retry=1", "--stats"]).arg(&stats).text();
    assert_eq!(code, 1);
    let stats = std::fs::read(stats).expect("it was written");
    let stats: Value = serde_json::from_slice(&stats).expect("JSON");
    for (name, number) in [
        ("total", 11),
        ("read", 11),
        ("written", 10),
        ("repeated", 1),
        ("refused", 0),
        ("under_way", 0),
        ("to_be_retried", 0),
    ] {
        assert_eq!(stats[name], number, "{name}: {stats}");
    }
    assert_eq!(stats["verdicts"]["not-ready"], 9);
    assert_eq!(stats["codes"][0][0], "domain-not-found");
    assert_eq!(stats["ended"], true);
}

#[test]
fn options_that_need_all_reports_at_once() {
    let dns = Dns::empty();
    for (args, says) in [
        (vec!["--out=x.jsonl", "--format=json"], "--format jsonl"),
        (vec!["--shard=1/2"], "--format jsonl"),
        (vec!["--out=x.jsonl", "--report=html=x.html"], "xfed replay"),
        (vec!["--retry=1", "--format=jsonl", "--wait=1m"], "--wait"),
        (vec!["--resume", "--format=jsonl"], "--out"),
    ] {
        let run = check(&dns).arg("d0.example").args(&args);
        let (code, _, stderr) = run.text();
        assert_eq!(code, 2, "{args:?}");
        assert!(stderr.contains(says), "{stderr}");
    }
}
