//! How a pair is written.

use super::{OTHER, World, ways};
use crate::stage::{FQDN, Folder, Run, file};

/// zahnfee.de with a certificate that has expired, in this format.
fn written(world: &World, args: &[&str]) -> (i32, String) {
    let (code, stdout, _) = world.pair().args(args).text();
    (code, stdout)
}

fn faulty() -> World {
    World::showing(|ca| ca.certificate(FQDN).rsa().valid(-100, -10).issue())
}

#[test]
fn both_directions_stand_first_and_last() {
    let (code, text) = written(&faulty(), &["--format=table"]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = text.lines().collect();
    let both = [
        "✘ zahnfee.de → toothfairy.uk: not ready: the client is refused: the certificate",
        "  has expired (XPhone admin of zahnfee.de)",
        "✘ toothfairy.uk → zahnfee.de: not ready: the certificate has expired (XPhone",
        "  admin of zahnfee.de)",
    ];
    assert_eq!(lines[..4], both, "{text}");
    assert_eq!(lines[lines.len() - 5..lines.len() - 1], both, "{text}");
    assert_eq!(lines[lines.len() - 1], "2 directions: 2 not ready");
    assert!(text.contains("XPhone admin of zahnfee.de"));
}

#[test]
fn in_german() {
    let (_, text) = written(&faulty(), &["--format=table", "--lang", "de"]);
    let first = "✘ zahnfee.de → toothfairy.uk: nicht bereit: Client abgelehnt: Zertifikat ist\n  abgelaufen (XPhone-Admin von zahnfee.de)\n";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("Client-Zertifikat"));
    assert!(text.ends_with("2 Richtungen: 2 nicht bereit\n"), "{text}");
}

/// Nothing but what is there to be copied is longer than the terminal.
#[test]
fn on_narrow_terminals() {
    for width in [80, 40] {
        let run = World::new().pair().args(&["--format=table", "-v"]);
        let run = run.env("COLUMNS", &width.to_string());
        let (_, text, _) = run.text();
        let long = text
            .lines()
            .filter(|line| line.chars().count() > width.max(40));
        let is_copied = |line: &&str| {
            ["nslookup", "xfed ", "http", "Test-Net", "SHA-", "ssh"]
                .iter()
                .any(|word| line.contains(word))
        };
        let long: Vec<&str> = long.filter(|line| !is_copied(line)).collect();
        assert!(width == 40 || long.is_empty(), "{width}: {long:#?}");
    }
}

#[test]
fn quiet_is_two_lines() {
    let (code, text) = written(&World::new(), &["--format=table", "-q"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("→")).collect();
    assert_eq!(
        lines,
        [
            "zahnfee.de → toothfairy.uk: ready",
            "toothfairy.uk → zahnfee.de: ready"
        ]
    );
    assert!(!text.contains("directions"), "{text}");
}

/// Each of them has the other's name in it, and who has to act by the domain.
#[test]
fn in_every_format() {
    let world = faulty();
    for (format, words) in [
        (
            "todo",
            &["XPhone admin of zahnfee.de", "[pair-caller-refused]"][..],
        ),
        (
            "markdown",
            &["zahnfee.de → toothfairy.uk", "pair-caller-refused"],
        ),
        (
            "html",
            &["zahnfee.de → toothfairy.uk", "One direction of a pair"],
        ),
        ("junit", &["7 pair-caller", "9 pair-route"]),
        ("github", &["::error ", "pair-caller-refused"]),
        ("nagios", &["XFED CRITICAL", "zahnfee.de → toothfairy.uk"]),
        (
            "prometheus",
            &[
                "domain=\"toothfairy.uk\",caller=\"zahnfee.de\"",
                "domain=\"zahnfee.de\",caller=\"toothfairy.uk\"",
            ],
        ),
        ("prtg", &["zahnfee.de"]),
        (
            "csv",
            &["pair-caller-refused", "XPhone admin of zahnfee.de"],
        ),
        ("ics", &["BEGIN:VCALENDAR"]),
        ("jsonl", &["\"caller\":\"zahnfee.de\""]),
    ] {
        let (code, text) = written(&world, &["--format", format]);
        assert_eq!(code, if format == "nagios" { 2 } else { 1 }, "{format}");
        for word in words {
            assert!(text.contains(word), "{format}, {word}: {text}");
        }
    }
}

/// A list for each owner of each side, without the same thing twice.
#[test]
fn the_to_do_list_names_the_sides() {
    let mut world = World::new();
    let closed = crate::world::Port::closed();
    world.other = closed.address();
    let (_, text) = written(&world, &["--format=todo", "--lang", "de"]);
    assert!(text.contains("Interne IT von toothfairy.uk"), "{text}");
    assert!(text.contains("XPhone-Admin von toothfairy.uk"), "{text}");
    assert!(!text.contains("von zahnfee.de"), "{text}");
}

#[test]
fn files_for_both_labels_and_policy() {
    let folder = Folder::new();
    let config = file(&format!(
        "[[domain]]\nname = \"{OTHER}\"\n[domain.labels]\ncustomer = \"4711\"\n\
         [severity]\n\"pair-caller-doubtful\" = \"fail\"\n"
    ));
    let world = World::showing(|ca| ca.certificate(FQDN).rsa().server_auth_only().issue());
    let run = world.pair().within(folder.path()).arg("--config");
    let run = run
        .arg(config.path())
        .args(&["--report", "json={domain}.json"]);
    let outcome = run.run();
    assert_eq!(outcome.code, 1, "the weight is set");
    let [there, back] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-doubtful",
        "fail",
        Some("zahnfee.de"),
    );
    assert_eq!(there.report["labels"]["customer"], "4711");
    assert_eq!(back.report["labels"], serde_json::json!({}));
    for name in [OTHER, "zahnfee.de"] {
        assert!(folder.file(&format!("{name}.json")).is_file(), "{name}");
    }
}

#[test]
fn a_pair_is_judged_again_and_compared() {
    let folder = Folder::new();
    let mut world = World::new();
    let (_, before) = written(&world, &[]);
    let closed = crate::world::Port::closed();
    world.other = closed.address();
    let (_, after) = written(&world, &[]);
    std::fs::write(folder.file("before.json"), before).expect("writable");
    std::fs::write(folder.file("after.json"), after).expect("writable");
    let replay = |args: &[&str]| {
        let run = Run::new("replay").within(folder.path());
        run.arg("before.json").args(args).text()
    };
    let (code, text, _) = replay(&["--lang", "de", "-q"]);
    assert_eq!(code, 0);
    assert!(
        text.starts_with("zahnfee.de → toothfairy.uk: bereit\n"),
        "{text}"
    );
    // The caller's certificate is judged at that moment, too.
    let (code, text, _) = replay(&["--now", "2090-01-01", "--format=json"]);
    assert_eq!(code, 1);
    assert!(text.contains("pair-caller-refused"), "{text}");
    let diff = Run::new("diff").within(folder.path());
    let (code, text, _) = diff.args(&["before.json", "after.json"]).text();
    assert_eq!(code, 1);
    for code in ["tcp-refused", "pair-caller-unknown"] {
        assert!(text.contains(code), "{text}");
    }
}

/// What is local to whoever looked is in no part of it: not in the caller's facts either.
#[test]
fn nothing_local_is_left_when_it_is_redacted() {
    let (_, text) = written(&World::new(), &["--redact"]);
    assert!(!text.contains("127.0.0.1"), "{text}");
    assert!(text.contains("\"caller\""));
}

#[test]
fn a_program_can_read_it() {
    let (_, text) = written(&World::new(), &[]);
    let Ok(mut jq) = std::process::Command::new("jq")
        .args([
            "-r",
            ".reports[] | \"\\(.caller) \\(.domain) \\(.verdict)\"",
        ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
    else {
        return crate::stage::say_left_out("there is no jq");
    };
    std::io::Write::write_all(&mut jq.stdin.take().expect("piped"), text.as_bytes())
        .expect("it reads");
    let said = jq.wait_with_output().expect("it ends").stdout;
    let said = String::from_utf8(said).expect("UTF-8");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "zahnfee.de toothfairy.uk ready",
            "toothfairy.uk zahnfee.de ready"
        ]
    );
}
