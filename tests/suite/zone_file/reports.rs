//! What is said about a file, in every format, and what it cannot know.

use super::*;

/// The formats of `check`, for the pipeline that runs before the merge; in both languages.
#[test]
fn a_pipeline_gets_the_formats_of_a_check() {
    let file =
        format!("{KNOT}$ORIGIN zahnfee.de.\n{HOST}_sipfederationtls._tcp SRV 0 0 5060 xphone\n");
    let folder = Folder::new().with("zone", &file);
    let run = |args: &[&str]| {
        let run = Run::new("plan").within(folder.path()).arg("--zone=zone");
        run.args(args).text()
    };
    let (code, out, _) = run(&[
        "--format=junit",
        "--report=markdown=summary.md",
        "--lang=en",
    ]);
    assert_eq!(code, 1);
    assert!(out.contains("srv-wrong-port"), "{out}");
    let summary = std::fs::read_to_string(folder.file("summary.md")).expect("it was written");
    assert!(summary.contains("this zone file is wrong"), "{summary}");
    let (code, out, _) = run(&["--format=github", "--lang=de"]);
    assert_eq!(code, 1);
    assert!(out.contains("Diese Zonendatei ist falsch"), "{out}");
    let (code, out, _) = run(&["--format=nagios"]);
    assert_eq!(code, 2, "{out}");
    for (lang, first, rest, nobody) in [
        (
            "en",
            "this zone file is wrong",
            "the zone file says nothing of it",
            "no server was asked",
        ),
        (
            "de",
            "Diese Zonendatei ist falsch",
            "darüber sagt die Zonendatei nichts",
            "gefragt wurde kein Server",
        ),
    ] {
        let (_, out, _) = run(&["--lang", lang]);
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [first, rest, nobody] {
            assert!(flat.contains(wanted), "no {wanted:?} in {out}");
        }
        assert!(!out.contains("Test-NetConnection"), "{out}");
        // A command would ask DNS, which does not have it yet.
        assert!(!out.contains("nslookup"), "{out}");
    }
    // A warning fails where it is wanted.
    let warned = format!("{KNOT}$ORIGIN zahnfee.de.\n{RECORD}xphone CNAME mail\n");
    let folder = Folder::new().with("zone", &warned);
    for (args, expected) in [(&[][..], 0), (&["--fail-on", "warn"], 1)] {
        let run = Run::new("plan").within(folder.path()).arg("--zone=zone");
        let (code, out, _) = run.args(args).text();
        assert_eq!(code, expected, "{out}");
    }
}

/// A report of a file is judged the same again, and the file comes from a pipe, too.
#[test]
fn a_report_is_judged_the_same_again() {
    for lines in [
        format!("{HOST}{RECORD}"),
        RECORD.to_owned(),
        HOST.to_owned(),
    ] {
        let file = format!("{KNOT}$ORIGIN zahnfee.de.\n{lines}");
        let run = Run::new("plan").args(&["--zone=-", "--format=json", "--lang=en"]);
        let (code, report, _) = run.fed(file.as_bytes()).text();
        let run = Run::new("replay").args(&["-", "--format=json", "--lang=en"]);
        let (again, replayed, stderr) = run.fed(report.as_bytes()).text();
        assert_eq!(again, code, "{stderr}");
        let steps = |text: &str| {
            let json: Value = serde_json::from_str(text).expect("a report");
            let report = &json["reports"][0];
            (report["steps"].clone(), report["headline"].clone())
        };
        assert_eq!(steps(&replayed), steps(&report));
    }
}

/// What the file does not know is neither right nor wrong, and the finding says where it leads.
#[test]
fn what_the_file_does_not_know_is_open() {
    let outcome = |lines: &str| {
        let file = format!("{KNOT}$ORIGIN zahnfee.de.\n{RECORD}{lines}");
        let run = Run::new("plan").args(&["--zone=-", "--format=json"]);
        run.fed(file.as_bytes()).run()
    };
    for (lines, why, target) in [
        (
            "xphone CNAME lb.hoster.example.\n",
            "alias",
            "lb.hoster.example",
        ),
        (
            "xphone NS ns1.hoster.example.\n",
            "delegated",
            "xphone.zahnfee.de",
        ),
        (
            "xphone ALIAS lb.hoster.example.\n",
            "outside",
            "xphone.zahnfee.de",
        ),
    ] {
        let outcome = outcome(lines);
        outcome.shows("address", "zone-file-incomplete", "unknown");
        let args = &outcome.finding("address", "zone-file-incomplete")["args"];
        assert_eq!(
            (args["why"].as_str(), args["beyond"].as_str()),
            (Some(why), Some(target))
        );
        let first = if lines.contains("ALIAS") {
            "warn"
        } else {
            "pass"
        };
        let statuses = format!("{first} unknown pass skip skip skip");
        outcome.stands(&statuses, "inconclusive", 3);
    }
    // The record itself may lie elsewhere.
    let file = format!(
        "{KNOT}$ORIGIN zahnfee.de.\n{HOST}_sipfederationtls._tcp CNAME s.hoster.example.\n"
    );
    let run = Run::new("plan").args(&["--zone=-", "--format=json"]);
    let outcome = run.fed(file.as_bytes()).run();
    outcome.shows("srv", "zone-file-incomplete", "unknown");
    // So may all of the domain.
    let file = format!("{KNOT}$ORIGIN zahnfee.de.\nchat NS ns1.hoster.example.\n");
    let run = Run::new("plan").args(&["chat.zahnfee.de", "--zone=-", "--format=json"]);
    let outcome = run.fed(file.as_bytes()).run();
    outcome.shows("domain", "zone-file-incomplete", "unknown");
}
