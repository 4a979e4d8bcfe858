//! Severities and acceptances of the configuration: what they change, and what they never change.

use serde_json::Value;

use crate::stage::{Folder, Outcome, Run, Stage, demanding};
use crate::world::{Port, Server};

const STATUSES: &str = "pass pass pass pass warn pass";

/// A server whose certificate fails as a wildcard.
fn wildcard(stage: &Stage) -> Server {
    let identity = stage.authority.certificate("*.zahnfee.de").rsa().issue();
    demanding(identity).start()
}

/// This run, with this configuration file.
fn configured(run: Run, content: &str) -> (Folder, Run) {
    let folder = Folder::new().with("settings.toml", content);
    let file = folder.file("settings.toml");
    (folder, run.arg("--config").arg(file))
}

fn accept(code: &str, until: &str, more: &str) -> String {
    format!(
        "[[accept]]\ncode = \"{code}\"\nreason = \"Renewal ordered, ticket 4711\"\nuntil = {until}\n{more}\n"
    )
}

fn replayed(document: &Value, args: &[&str]) -> Outcome {
    let run = Run::new("replay").args(&["-", "--format=json"]).args(args);
    run.fed(document.to_string().as_bytes()).run()
}

fn states(outcome: &Outcome) -> Vec<&str> {
    let states = outcome.report()["acceptances"].as_array().expect("a list");
    let states = states.iter().map(|one| one["state"].as_str());
    states.map(|state| state.expect("a state")).collect()
}

fn reservations(outcome: &Outcome) -> String {
    outcome.report()["reservations"].to_string()
}

/// The wildcard's codes; both have to be accepted.
fn both(until: &str) -> String {
    accept("cert-wildcard", until, "") + &accept("cert-name-mismatch", until, "")
}

#[test]
fn an_accepted_failure_is_a_warning_never_ok() {
    let stage = Stage::new();
    let server = wildcard(&stage);
    let run = || stage.check().connect_to(&server);
    let plain = run().run();
    plain.shows("certificate", "cert-wildcard", "fail");
    assert_eq!(plain.report()["acceptances"], serde_json::json!([]));
    let (_folder, run_accepted) = configured(run(), &accept("cert-wildcard", "2999-12-31", ""));
    let outcome = run_accepted.run();
    outcome.shows("certificate", "cert-wildcard", "warn");
    let finding = outcome.finding("certificate", "cert-wildcard");
    assert_eq!(finding["default_severity"], "fail");
    assert_eq!(finding["accepted"]["until"], "2999-12-31");
    assert_eq!(
        finding["accepted"]["reason"],
        "Renewal ordered, ticket 4711"
    );
    let message = finding["message"].as_str().expect("a message");
    let says = "(accepted until 2999-12-31: Renewal ordered, ticket 4711)";
    assert!(message.ends_with(says), "{message}");
    assert_eq!(states(&outcome), ["applied"]);
    outcome.stands(STATUSES, "ready-with-warnings", 0);

    // Nor is it hidden where only the verdict is wanted.
    let quiet = Run::new("replay").args(&["-", "-q", "--format=table"]);
    let (_, stdout, _) = quiet.fed(outcome.json.to_string().as_bytes()).text();
    assert!(
        stdout.contains("Failures that are accepted for now: cert-"),
        "{stdout}"
    );

    // Judged again on a later day, the acceptance has ended, and the report says so.
    let later = replayed(&outcome.json, &["--now", "3000-01-01"]);
    assert_eq!(states(&later), ["expired"]);
    assert!(later.code == 1, "{later}");
    assert!(
        reservations(&later).contains("ended on 2999-12-31"),
        "{later}"
    );
    // An accepted failure counts as a warning where warnings count.
    let strict = replayed(&outcome.json, &["--fail-on", "warn"]);
    assert_eq!(strict.code, 1);
    // The reason is for those who know.
    let redacted = replayed(&outcome.json, &["--redact"]);
    assert!(!redacted.json.to_string().contains("4711"));
    let finding = redacted.finding("certificate", "cert-wildcard");
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.ends_with("(accepted until 2999-12-31)"),
        "{message}"
    );
    assert!(outcome.report()["holds"].to_string().contains("local"));
}

#[test]
fn an_accepted_warning_stays_one_and_fails_no_strict_run() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("xphone.zahnfee.de");
    let server = demanding(identity.rsa().server_auth_only().issue()).start();
    let content = accept(
        "cert-no-client-auth",
        "2999-12-31",
        "domain = \"ZahnFee.de\"",
    );
    let run = stage
        .check()
        .connect_to(&server)
        .args(&["--fail-on", "warn"]);
    let (_folder, run) = configured(run, &content);
    let outcome = run.run();
    outcome
        .shows("certificate", "cert-no-client-auth", "warn")
        .stands(STATUSES, "ready-with-warnings", 0);
}

#[test]
fn an_acceptance_that_does_nothing_is_reported() {
    let stage = Stage::new();
    let server = wildcard(&stage);
    let content = [
        accept("cert-wildcard", "2020-01-01", ""),
        accept("cert-expired", "2999-12-31", ""),
        accept("cert-wildcard", "2999-12-31", "domain = \"toothfairy.uk\""),
    ];
    let (_folder, run) = configured(stage.check().connect_to(&server), &content.concat());
    let outcome = run.run();
    outcome.shows("certificate", "cert-wildcard", "fail");
    assert_eq!(
        states(&outcome),
        ["expired", "unused"],
        "what is for another domain is not here"
    );
    let said = reservations(&outcome);
    assert!(said.contains("cert-wildcard ended on 2020-01-01"), "{said}");
    assert!(
        said.contains("cert-expired (until 2999-12-31) matched nothing"),
        "{said}"
    );
    // The same below the verdict for people.
    let run = stage
        .check()
        .connect_to(&server)
        .args(&["--format=table", "--lang=de"]);
    let (_folder, run) = configured(run, &content.concat());
    let (_, stdout, _) = run.text();
    let text = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("Ausnahme für cert-wildcard endete am 01.01.2020"),
        "{stdout}"
    );
}

/// A server that was not tested may still need it.
#[test]
fn an_acceptance_is_unused_only_where_its_step_was_tested() {
    let stage = Stage::new();
    let closed = Port::closed();
    let run = stage.check().connect_to_address(closed.address());
    let (_folder, run) = configured(run, &both("2999-12-31"));
    let outcome = run.run();
    assert_eq!(states(&outcome), ["untested", "untested"]);
    assert!(!reservations(&outcome).contains("cert-"), "{outcome}");
}

#[test]
fn what_is_accepted_for_all_is_used_when_one_needs_it() {
    let stage = Stage::new();
    let server = stage.server().start();
    let content = format!(
        "[[domain]]\nname = \"zahnfee.de\"\nconnect-to = [\"{}\"]\n{}{}",
        server.address(),
        accept("srv-missing", "2999-12-31", ""),
        accept("srv-wrong-port", "2999-12-31", "")
    );
    let run = stage.check().nowhere().arg("mail.zahnfee.de");
    let (_folder, run) = configured(run, &content);
    let outcome = run.run();
    let became = |report: usize, index: usize| {
        outcome.json["reports"][report]["acceptances"][index]["state"].clone()
    };
    assert_eq!(
        (became(0, 0), became(1, 0)),
        ("elsewhere".into(), "applied".into())
    );
    assert_eq!(
        (became(0, 1), became(1, 1)),
        ("unused".into(), "unused".into())
    );
}

#[test]
fn a_lowered_failure_is_named_below_the_verdict() {
    let stage = Stage::new();
    let server = wildcard(&stage);
    let content = "[severity]\ncert-wildcard = \"info\"\ncert-no-crl = \"warn\"\n";
    let (_folder, run) = configured(stage.check().connect_to(&server), content);
    let outcome = run.run();
    outcome.shows("certificate", "cert-wildcard", "info");
    let finding = outcome.finding("certificate", "cert-wildcard");
    assert_eq!(finding["default_severity"], "fail");
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.ends_with("(remark by configuration, failure by default)"),
        "{message}"
    );
    let said = reservations(&outcome);
    assert!(
        said.contains("Severity lowered in the configuration: cert-wildcard."),
        "only what is lowered: {said}"
    );
    assert_ne!(outcome.report()["verdict"], "not-ready");
}

#[test]
fn a_raised_remark_fails() {
    let stage = Stage::new();
    let server = stage.server().start();
    let content = "[severity]\nmtls-enforced = \"fail\"\n";
    let (_folder, run) = configured(stage.check().connect_to(&server), content);
    let outcome = run.run();
    outcome.shows("federation", "mtls-enforced", "fail");
    assert!(!reservations(&outcome).contains("mtls-enforced"));
    outcome.stands("pass pass pass pass pass fail", "not-ready", 1);
}

/// What the user says counts before what the partner view would.
#[test]
fn the_partner_view_does_not_lower_what_the_user_set() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.");
    let run = || {
        stage
            .check()
            .nowhere()
            .args(&["--partner", "--fqdn=none.zahnfee.de"])
    };
    run().run().shows("srv", "srv-points-to-microsoft", "info");
    let content = "[severity]\nsrv-points-to-microsoft = \"fail\"\n";
    let (_folder, run) = configured(run(), content);
    run.run().shows("srv", "srv-points-to-microsoft", "fail");
}

/// A failure that the user lowers opens no way past what could not be tested because of it.
#[test]
fn nothing_gets_ready_by_lowering_what_the_rest_waits_for() {
    let stage = Stage::new();
    let closed = Port::closed();
    for content in [
        "[severity]\ntcp-refused = \"info\"\n".to_owned(),
        accept("tcp-refused", "2999-12-31", ""),
    ] {
        let run = stage.check().connect_to_address(closed.address());
        let (_folder, run) = configured(run, &content);
        let outcome = run.run();
        assert_eq!(
            (&outcome.report()["verdict"], outcome.code),
            (&"inconclusive".into(), 3),
            "{outcome}"
        );
    }
}
