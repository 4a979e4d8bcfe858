//! Saved reports, judged again. That each report of this suite says the same again, plain and
//! redacted, is tested wherever one is made: `stage::a_replay_judges_the_same`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::stage::{ALL_PASS, Outcome, Run, Stage, a_replay_judges_the_same, demanding, file};

/// Reports as former versions wrote them, a ready domain and one that is not; never rewritten.
fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite/reports")
        .join(name)
}

fn replay(report: &Path) -> Run {
    Run::new("replay").arg(report).arg("--format=json")
}

/// Runs the replay of this document as it stands.
fn replay_of(document: &Value) -> Run {
    let run = Run::new("replay").args(&["-", "--format=json"]);
    run.fed(document.to_string().as_bytes())
}

fn kept_document(name: &str) -> Value {
    let text = std::fs::read_to_string(kept(name)).expect("it is kept");
    serde_json::from_str(&text).expect("a document")
}

fn codes(report: &Value) -> Vec<&str> {
    let steps = report["steps"].as_array().expect("steps").iter();
    let findings = steps.flat_map(|step| step["findings"].as_array().expect("findings"));
    findings
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

/// Rules change, and then this test says so: what a kept report said is its own business.
#[test]
fn old_versions_stay_readable() {
    for name in ["1.json", "1-without-terms.json"] {
        let outcome = replay(&kept(name)).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""), "{name}");
        let reports = outcome.json["reports"].as_array().expect("reports");
        let [ready, failing] = reports.as_slice() else {
            panic!("two reports: {outcome}");
        };
        assert_eq!(ready["verdict"], "ready", "{name}");
        assert_eq!(failing["verdict"], "not-ready", "{name}");
        assert_eq!(failing["input"], "info@zahnfee.de");
        for code in [
            "fqdn-not-found",
            "srv-wrong-port",
            "srv-differs-from-fqdn",
            "cert-wildcard",
            "mtls-enforced",
        ] {
            assert!(codes(failing).contains(&code), "{name}: {code}");
        }
        // Refused for want of a certificate before the version was settled.
        let seen = &failing["steps"][5]["summary"];
        assert_eq!(seen, "client certificate demanded (MTLS)");
        let terms = &failing["terms"];
        assert_eq!(terms["fqdn"], "server.zahnfee.de", "given then");
        assert_eq!(terms["now"], terms["made_at"]);
        assert_eq!(ready["terms"]["fqdn"], Value::Null, "not given then");
    }
}

/// A check, its report, and the report as the replays are given it.
fn replayed(change: impl FnOnce(&mut Value)) {
    let stage = Stage::new();
    let wildcard = stage.authority.certificate("*.zahnfee.de").rsa();
    let server = demanding(wildcard.server_auth_only().issue()).start();
    let check = || {
        let run = stage.check_domain("info@zahnfee.de").connect_to(&server);
        run.args(&["--fail-on", "warn", "--lang", "de"])
    };
    let outcome = check().run();
    outcome.shows("certificate", "cert-wildcard", "fail").shows(
        "certificate",
        "cert-no-client-auth",
        "warn",
    );
    let mut report = outcome.json.clone();
    change(&mut report);
    let replays = check().replays().expect("a check");
    a_replay_judges_the_same(&outcome, report.to_string().as_bytes(), replays);
}

/// The clock of the machine said a year too little: neither "ready" follows, nor that the certificate is not
/// valid yet.
#[test]
fn a_clock_that_says_what_cannot_be() {
    let stage = Stage::new();
    let outcome = stage.meets(&stage.server().start());
    outcome.stands(ALL_PASS, "ready", 0);
    let mut document = outcome.json.clone();
    for moment in ["made_at", "now"] {
        document["reports"][0]["terms"][moment] = json!("2025-11-30T08:00:00Z");
    }
    let again = replay_of(&document).run();
    again
        .shows("domain", "clock-wrong", "unknown")
        .lacks("cert-not-yet-valid");
    assert_eq!(again.report()["verdict"], "inconclusive", "{again}");
    assert_eq!(
        again.finding("domain", "clock-wrong")["args"]["why"],
        "before"
    );
}

/// In the language, with the exit code and by the terms of the check.
#[test]
fn a_replay_says_what_the_check_said() {
    replayed(|_| {});
}

/// The invariant is one: a replay that judges otherwise does not pass.
#[test]
#[should_panic(expected = "judged again")]
fn a_replay_that_judges_otherwise_is_noticed() {
    replayed(|report| {
        report["reports"][0]["terms"]["now"] = json!("2999-12-24T00:00:00Z");
    });
}

#[test]
fn terms_are_found_in_reports_that_do_not_state_them() {
    let stage = Stage::with_srv("");
    let fqdn = ["--fqdn", "xphone.zahnfee.de"];
    let stranger = crate::world::Authority::new("Caries Root CA");
    let identity = stranger.certificate("xphone.zahnfee.de").rsa().issue();
    let server = demanding(identity).start();
    for args in [&[][..], &["--direct"], &["--partner"]] {
        let run = stage.check().connect_to(&server).args(&fqdn).args(args);
        let outcome = run.run();
        let mut document = outcome.json.clone();
        let report = document["reports"][0].as_object_mut().expect("a report");
        report.remove("terms");
        let again = replay_of(&document).run();
        let (one, other) = (outcome.report(), again.report());
        assert_eq!(one["steps"], other["steps"], "{args:?}");
        for term in ["domain", "federation", "partner", "fqdn", "own_roots"] {
            assert_eq!(one["terms"][term], other["terms"][term], "{args:?}");
        }
    }
}

#[test]
fn at_another_time() {
    let stage = Stage::new();
    let server = stage.server().start();
    let report = file(&stage.meets(&server).json.to_string());
    let outcome = replay(report.path()).args(&["--now", "2999-12-24"]).run();
    outcome.shows("certificate", "cert-expired", "fail");
    assert_eq!(outcome.report()["terms"]["now"], "2999-12-24T00:00:00Z");
    assert_ne!(outcome.report()["made_at"], "2999-12-24T00:00:00Z");
    let reservations = outcome.report()["reservations"].to_string();
    assert!(reservations.contains("2999-12-24"), "{reservations}");
    outcome.stands("pass pass pass pass fail pass", "not-ready", 1);
    // What was judged at another time is judged at that time again.
    let again = replay_of(&outcome.json).run();
    assert_eq!(again.json, outcome.json);
    let before = replay(report.path()).args(&["--now", "1999-12-24T10:00:00+01:00"]);
    before
        .run()
        .shows("certificate", "cert-not-yet-valid", "fail");
}

#[test]
fn in_another_language_and_format() {
    let german = Run::new("replay")
        .arg(kept("1.json"))
        .args(&["--lang=de", "-v"]);
    let (code, stdout, stderr) = german.text();
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert!(stdout.contains("XPhone-Domäne"), "{stdout}");
    assert!(stdout.contains("[mtls-enforced]"), "{stdout}");
    assert!(!stdout.contains("Beurteilt zum"), "at its own time");
}

#[test]
fn the_exit_code_is_that_of_a_check() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("xphone.zahnfee.de");
    let server = demanding(identity.rsa().server_auth_only().issue()).start();
    let document = stage.meets(&server).json;
    assert_eq!(replay_of(&document).run().code, 0);
    let strict = replay_of(&document).args(&["--fail-on", "warn"]);
    assert_eq!(strict.run().code, 1);
}

/// Windows PowerShell writes UTF-16 with a mark where the output of a command is redirected.
#[test]
fn as_windows_saves_it() {
    let text = std::fs::read_to_string(kept("1.json")).expect("it is kept");
    let utf16 = || std::iter::once(0xfeff).chain(text.encode_utf16());
    let little: Vec<u8> = utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = utf16().flat_map(u16::to_be_bytes).collect();
    let marked = format!("\u{feff}{text}").into_bytes();
    for document in [little, big, marked] {
        let run = Run::new("replay").args(&["-", "--format=json"]);
        assert_eq!(run.fed(&document).run().code, 1);
    }
}

#[test]
fn a_file_that_is_no_report_is_named_in_one_line() {
    let whole = kept_document("1.json");
    let with = |change: fn(&mut Value)| {
        let mut document = whole.clone();
        change(&mut document);
        document.to_string()
    };
    for (document, english, german) in [
        (String::new(), "not an xfed report: EOF", "kein Bericht"),
        (
            "zahnfee.de".to_owned(),
            "not an xfed report: ",
            "kein Bericht",
        ),
        (
            json!({"schema": 1}).to_string(),
            "no report of xfed",
            "kein Bericht von xfed",
        ),
        (json!([1]).to_string(), "no report of xfed", "kein Bericht"),
        (
            with(|document| document["tool"]["name"] = json!("xfer")),
            "no report of xfed",
            "kein Bericht von xfed",
        ),
        (
            with(|document| {
                document["tool"]["version"] = json!("7.1.0");
                document["reports"][1]["facts_schema"] = json!(2);
                document["reports"][1]["facts"] = json!("who knows");
            }),
            "expected xfed 7.1.0 or later",
            "xfed 7.1.0 oder neuer",
        ),
        (
            with(|document| {
                document["schema"] = json!(2);
                document["reports"] = json!({});
            }),
            "or later",
            "oder neuer",
        ),
        (
            with(|document| document["reports"][0]["facts"]["endpoints"] = json!("\u{1b}[31m")),
            "incomplete or changed: ",
            "unvollständig oder verändert: ",
        ),
        (
            with(|document| {
                let facts = document["reports"][0]["facts"].as_object_mut();
                facts.expect("facts").remove("endpoints");
            }),
            "missing field `endpoints`",
            "unvollständig oder verändert: ",
        ),
        (
            with(|document| document["reports"][0]["facts"]["endpoints"][0]["tls"] = json!(5)),
            "invalid type: integer `5`, expected an object\n",
            "unvollständig oder verändert: ",
        ),
        (
            with(|document| document["reports"] = json!([])),
            "no reports",
            "no reports",
        ),
    ] {
        for (lang, says) in [("en", english), ("de", german)] {
            let file = file(&document);
            let run = Run::new("replay").arg(file.path()).args(&["--lang", lang]);
            let (code, stdout, stderr) = run.text();
            assert_eq!((code, stdout.as_str()), (2, ""), "{document:.60}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
            let name = file.path().display().to_string();
            assert!(
                stderr.starts_with("xfed: ") && stderr.contains(says) && stderr.contains(&name),
                "{stderr}"
            );
        }
    }
    let (code, _, stderr) = replay(Path::new("/no/such.json")).text();
    assert!(code == 2 && stderr.contains("/no/such.json"), "{stderr}");
    let now = replay(&kept("1.json")).args(&["--now", "tomorrow"]);
    let (code, _, stderr) = now.text();
    assert!(code == 2 && stderr.contains("2026-12-24"), "{stderr}");
}

/// The facts of this check, redacted by the check itself.
fn redacted(run: Run) -> Outcome {
    run.arg("--redact").run()
}

#[test]
fn redaction_leaves_out_what_is_local() {
    let stage = Stage::new();
    let server = stage.server().start();
    let run = |typed: &str| stage.check_domain(typed).connect_to(&server);
    let whole = run("tooth.fairy@zahnfee.de").run();
    let local = json!("local");
    let holds = |outcome: &Outcome| {
        let holds = outcome.report()["holds"].as_array().expect("kinds");
        holds.contains(&local)
    };
    assert!(holds(&whole), "{}", whole.report()["holds"]);
    assert_eq!(whole.report()["redacted"], false);

    let outcome = redacted(run("tooth.fairy@zahnfee.de"));
    let text = outcome.json.to_string();
    for secret in ["tooth.fairy", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}: {outcome}");
    }
    assert!(!holds(&outcome), "{}", outcome.report()["holds"]);
    assert_eq!(outcome.report()["input"], "zahnfee.de");
    assert!(text.contains("81.2.3.4"), "what is published stays");
    assert!(text.contains("BEGIN CERTIFICATE"), "certificates stay");
    outcome.stands(ALL_PASS, "ready", 0);

    let table = run("zahnfee.de").args(&["--format=table", "-v", "--redact"]);
    let (_, stdout, _) = table.text();
    assert!(stdout.contains("192.0.2."), "{stdout}");
    assert!(!stdout.contains("127.0.0.1"), "{stdout}");
}

#[test]
fn redacted_endpoints_stay_apart() {
    let stage = Stage::with_zone(
        "
        _sipfederationtls._tcp SRV 0 0 5061 xphone
        xphone A 81.2.3.4
        xphone A 81.2.3.5
        ",
    );
    let server = stage.server().start();
    let closed = crate::world::Port::closed();
    let run = stage.check().connect("81.2.3.4", server.address());
    let outcome = redacted(run.connect("81.2.3.5", closed.address()));
    outcome.shows("tcp", "tcp-partly-open", "fail");
    let args = &outcome.finding("tcp", "tcp-partly-open")["args"];
    assert_ne!(args["open"][0], args["refused"][0]);
}

#[test]
fn help_says_what_a_report_holds() {
    for command in ["check", "replay"] {
        let (code, stdout, _) = Run::new(command).nowhere().arg("--help").text();
        assert_eq!(code, 0);
        assert!(
            stdout.contains("--redact") && stdout.contains("private key"),
            "{stdout}"
        );
    }
}

/// A check saves only what is about its domain; a hand may have put more there.
#[test]
fn what_is_accepted_for_another_domain_counts_for_nothing() {
    for (domain, severity) in [("zahnfee.de", "warn"), ("toothfairy.uk", "fail")] {
        let mut document = kept_document("every-status.json");
        document["reports"][0]["terms"]["policy"] = json!({ "accept": [{
            "code": "srv-wrong-port",
            "domain": domain,
            "reason": "ticket 4711",
            "until": "2027-01-31",
        }]});
        let outcome = replay_of(&document).run();
        let finding = outcome.finding("srv", "srv-wrong-port");
        assert_eq!(finding["severity"], severity, "{domain}");
    }
}
