//! Long lists: results that are written as they come, and gone on with where they ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stage::{Folder, Run, Stage, file};
#[cfg(target_os = "linux")]
use crate::world::Port;
use crate::world::{Behaviour, Dns, RecordType};

/// Domains of which none is there, one a line.
fn list(count: usize) -> String {
    let lines = (0..count).map(|n| format!("d{n}.example\n"));
    lines.collect::<Vec<_>>().concat()
}

fn check(dns: &Dns) -> Run {
    let run = Run::new("check").nowhere();
    // What a slow machine may take is not the question here.
    run.args(&["--no-authority", "--timeout=1h", "--deadline=1h"])
        .arg("--resolver")
        .arg(dns.address().to_string())
}

fn out(run: Run, results: &Path) -> Run {
    run.arg("--out").arg(results)
}

fn lines(results: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(results).expect("it was written");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a whole line"))
        .collect()
}

/// What a run of any length has to say of each domain, which is there once.
#[track_caller]
fn verdicts(lines: &[Value]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in lines {
        let report = &line["report"];
        let steps: Vec<String> = report["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .flat_map(|step| step["findings"].as_array().expect("findings"))
            .map(|finding| finding["code"].to_string())
            .collect();
        let domain = report["domain"].as_str().expect("a domain").to_owned();
        let verdict = format!("{} {steps:?}", report["verdict"]);
        assert_eq!(all.insert(domain.clone(), verdict), None, "{domain} twice");
    }
    all
}

fn results(folder: &Folder) -> PathBuf {
    folder.file("results.jsonl")
}

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

/// What failed at first is asked for again, once the list is through.
#[cfg(unix)]
#[test]
fn what_could_not_be_tested_is_tested_again() {
    for retry in [0, 1] {
        let dns = Dns::empty().on("d0.example", RecordType::ANY, Behaviour::Servfail);
        let run = check(&dns).args(&["-", "--format=jsonl", "--jobs=1"]);
        let mut running = run.arg(format!("--retry={retry}")).start();
        running.feed(b"d0.example\nd1.example\n");
        let first = running.line();
        let is_first = |domain: &str| first.contains(&format!("\"domain\":\"{domain}\""));
        assert!(
            is_first(if retry == 0 {
                "d0.example"
            } else {
                "d1.example"
            }),
            "{first}"
        );
        if retry == 1 {
            dns.now("d0.example", RecordType::ANY, Behaviour::Normal);
        }
        running.end_of_input();
        let (code, rest, stderr) = running.end();
        assert_eq!(code, 1, "{stderr}");
        assert_eq!(rest.lines().count(), 1);
        let is_known =
            rest.contains("\"domain\":\"d0.example\"") && rest.contains("domain-not-found");
        assert_eq!(is_known, retry == 1, "{rest}");
    }
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

/// As many as are checked at a time have no answer to anything, and all the time of the world.
#[test]
fn silent_domains_hold_nobody_up() {
    let dns = Dns::empty().on("silent.example", RecordType::ANY, Behaviour::Silent);
    let silent = (0..16).map(|n| format!("s{n}.silent.example\n"));
    let silent = silent.collect::<Vec<_>>().concat();
    let mut running = check(&dns)
        .args(&["-", "--format=jsonl", "--jobs=4"])
        .start();
    running.feed(silent.as_bytes());
    running.feed(list(50).as_bytes());
    let found: Vec<String> = (0..50).map(|_| running.line()).collect();
    assert!(
        found.iter().all(|line| line.contains("domain-not-found")),
        "{found:?}"
    );
}

/// Many times as many as are checked at a time wait for a connection that never comes: whoever is
/// behind them in the list has been told of before the first of these.
#[cfg(target_os = "linux")]
#[test]
fn silent_addresses_hold_nobody_up() {
    let stage = Stage::new();
    let filtered = Port::filtered();
    let mut running = check(&stage.dns)
        .args(&["-", "--format=jsonl", "--jobs=4"])
        .start();
    for n in 0..100 {
        let silent = format!("zahnfee.de kunde={n} connect-to={}\n", filtered.address());
        running.feed(silent.as_bytes());
    }
    let names = (0..20).map(|n| format!("nobody{n}.zahnfee.de\n"));
    running.feed(names.collect::<Vec<_>>().concat().as_bytes());
    let found: Vec<String> = (0..20).map(|_| running.line()).collect();
    let is_other = |line: &String| line.contains(r#""domain":"nobody"#);
    assert!(found.iter().all(is_other), "{found:?}");
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

/// A list of a domain that is ready and one that is not, both with labels.
#[test]
fn a_domain_that_is_ready() {
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = Folder::new();
    let results = results(&folder);
    let list = format!("zahnfee.de connect-to={} kunde=7\n", server.address());
    let run = || {
        let run = Run::new("check")
            .nowhere()
            .arg("--ca-file")
            .arg(stage.roots());
        let run = run.arg("--resolver").arg(stage.dns.address().to_string());
        out(run, &results).arg("-").fed(list.as_bytes())
    };
    let (code, _, stderr) = run().text();
    assert_eq!(code, 0, "{stderr}");
    let lines = lines(&results);
    assert_eq!(lines[0]["report"]["verdict"], "ready");
    assert_eq!(lines[0]["report"]["labels"]["kunde"], "7");
    let (code, _, stderr) = run().arg("--resume").text();
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("1 there already"), "{stderr}");
}

/// Of a list that is read as it is worked off nobody knows what is still to come.
#[test]
fn an_exception_is_unused_only_when_all_are_checked() {
    let stage = Stage::new();
    let folder = Folder::new().with(
        "xfed.toml",
        "[[accept]]\ncode = \"srv-wrong-port\"\nreason = \"ticket 4711\"\nuntil = 2999-12-31\n",
    );
    let results = results(&folder);
    let run = |list: &str| {
        let run = check(&stage.dns).args(&["-", "--resume", "--config"]);
        let run = out(run.arg(folder.file("xfed.toml")), &results);
        let (code, _, stderr) = run.fed(list.as_bytes()).text();
        assert_eq!(code, 1, "{stderr}");
    };
    let found = |state: &str| {
        let lines = lines(&results).into_iter();
        let states = lines.map(|line| line["report"]["acceptances"][0]["state"].clone());
        states.filter(|found| found == state).count()
    };
    let several = (0..70).map(|n| format!("zahnfee.de kunde={n}\n"));
    let several = several.collect::<Vec<_>>().concat();
    run(&several);
    let (untested, unused) = (found("untested"), found("unused"));
    assert!(untested > 0 && unused > 0, "{untested}, {unused}");
    assert_eq!(untested + unused, 70);
    // What stands there already was not looked at again.
    run(&format!("{several}zahnfee.de kunde=70\n"));
    assert_eq!((found("untested"), found("unused")), (untested + 1, unused));
}
