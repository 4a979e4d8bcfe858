//! `xfed check --via`: places that look, and the verdict that comes of it. What stands for `ssh` here
//! is a script that starts the far side at once; that the real one does the same is shown with
//! OpenSSH in `real_peers::ssh`.

mod answers;
mod asked;
mod https;
mod proxy;

use std::os::unix::fs::PermissionsExt;

use crate::probe::Place;
use crate::stage::{ALL_PASS, Folder, Outcome, Run, Stage, ZONE};
use crate::world::Port;

/// A folder with a program `ssh` that does this; `$host` is where it is to log in.
pub fn ssh(does: &str) -> Folder {
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.asked\"\n\
         while [ \"$1\" != -- ]; do shift; done\nhost=$2\n{does}\n"
    );
    let folder = Folder::new().with("ssh", script);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.file("ssh"), mode).expect("it is our own");
    folder
}

/// The far side of this place, started by a login.
pub fn starts(place: &Place) -> String {
    let folder = place.folder.path().display();
    format!(
        "XDG_STATE_HOME={folder}/state exec {} probe --stdio --config {folder}/xfed.toml",
        env!("CARGO_BIN_EXE_xfed")
    )
}

/// A check by these places, with nothing of this machine in it but this `ssh`.
pub fn check(ssh: &Folder, places: &[&str]) -> Run {
    // None but this one: a check of the suite logs in nowhere.
    let path = ssh.path().display().to_string();
    let run = Run::new("check").arg("zahnfee.de").arg("--format=json");
    let via = |run: Run, place: &&str| run.arg("--via").arg(place);
    places.iter().fold(run, via).env("PATH", &path).nowhere()
}

/// The same with this machine as one of the places, which looks as this one does.
pub fn beside(ssh: &Folder, here: &Place, places: &[&str]) -> Run {
    let run = check(ssh, places).arg("--config");
    run.arg(here.folder.file("xfed.toml"))
}

pub fn place<'a>(outcome: &'a Outcome, at: &str) -> &'a serde_json::Value {
    let beside = outcome.report()["beside"].as_array().expect("others");
    let same = beside.iter().find(|place| place["at"] == at);
    same.unwrap_or_else(|| panic!("{at} in {beside:?}"))
}

pub const VPS: &str = "ssh://probe@vps.example:2222";

#[test]
fn one_place_outside_is_judged_as_if_it_were_here() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let ssh = ssh(&starts(&place));
    let outcome = check(&ssh, &[VPS]).run();
    outcome.stands(ALL_PASS, "ready", 0);
    let place = &outcome.report()["place"];
    assert_eq!(place["at"], VPS);
    assert_eq!(place["version"], env!("CARGO_PKG_VERSION"));
    assert!(place["clock"].is_string());
    assert!(outcome.report().get("beside").is_none());
    assert_eq!(outcome.report()["terms"]["own_roots"], true);
    let reservations = outcome.report()["reservations"].to_string();
    assert!(
        reservations.contains(&format!("Seen from {VPS}")),
        "{reservations}"
    );
    // Nothing in the request can be taken for an option.
    let asked = std::fs::read_to_string(ssh.file("ssh.asked")).expect("it was started");
    let asked: Vec<&str> = asked.lines().collect();
    let end = [
        "-p",
        "2222",
        "-l",
        "probe",
        "--",
        "vps.example",
        "xfed probe --stdio",
    ];
    assert!(
        asked.starts_with(&["-T", "-o", "BatchMode=yes"]),
        "{asked:?}"
    );
    assert!(asked.ends_with(&end), "{asked:?}");
}

/// What is wrong is wrong seen from there, too, and explained here, in whatever language.
#[test]
fn a_fault_seen_from_outside() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let ssh = ssh(&starts(&place));
    let outcome = check(&ssh, &[VPS]).args(&["--lang", "de"]).run();
    outcome.shows("srv", "srv-wrong-port", "fail");
    assert_eq!(outcome.code, 1);
}

#[test]
fn noise_before_the_greeting_is_passed_over() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let far = starts(&place);
    let motd = "echo; echo 'Welcome to vps!'; echo '{\"a\":1}'; printf '\\033[2J\\n'; ";
    let outcome = check(&ssh(&format!("{motd}{far}")), &[VPS]).run();
    outcome.stands(ALL_PASS, "ready", 0);
    let endless = ssh("while :; do echo noise; done");
    let outcome = check(&endless, &[VPS]).run();
    outcome.shows("domain", "place-failed", "unknown");
}

/// A place that cannot look says nothing of the domain.
#[test]
fn a_place_that_fails_is_no_fault_of_the_domain() {
    let hello = |version: u32, facts: u32| {
        format!(
            "echo '{{\"xfed-probe\":{version},\"version\":\"9.9.9\",\"facts_schema\":{facts},\
             \"clock\":\"2026-11-29T01:00:00Z\"}}'; read request; "
        )
    };
    let other = "{\"seen\":{\"elapsed_us\":1,\"facts\":{\"zone\":null,\"srv\":null,\
                 \"addresses\":null,\"endpoints\":null},\"terms\":{\"domain\":\"elhada.es\",\
                 \"federation\":\"open\",\"partner\":false,\"fqdn\":null,\
                 \"made_at\":\"2026-11-29T01:00:00Z\",\"now\":\"2026-11-29T01:00:00Z\",\
                 \"family\":\"both\",\"allow_private\":false,\"own_roots\":false,\
                 \"client_certificate\":false}}}";
    for (does, why, says) in [
        (
            "echo 'probe@vps.example: Permission denied (publickey).' >&2; exit 255".to_owned(),
            "not-greeted",
            "Permission denied (publickey).",
        ),
        (
            "echo 'sh: 1: xfed: not found' >&2; exit 127".to_owned(),
            "not-greeted",
            "xfed: not found",
        ),
        (hello(2, 1), "newer", "9.9.9"),
        (hello(1, 2), "newer", "9.9.9"),
        (hello(1, 1), "broken", "breaks off"),
        (
            format!("{}echo '{{}}'", hello(1, 1)),
            "broken",
            "cannot be read",
        ),
        (
            format!("{}echo '{other}'", hello(1, 1)),
            "broken",
            "elhada.es",
        ),
        (
            format!(
                "{}echo '{{\"refused\":{{\"too-often\":1800}}}}'",
                hello(1, 1)
            ),
            "too-often",
            "1800 seconds",
        ),
        (
            format!("{}echo '{{\"refused\":\"uncounted\"}}'", hello(1, 1)),
            "uncounted",
            "cannot keep count",
        ),
    ] {
        let outcome = check(&ssh(&does), &[VPS]).run();
        outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
        outcome.shows("domain", "place-failed", "unknown");
        let message = outcome.finding("domain", "place-failed")["message"].to_string();
        assert!(message.contains(says), "{why}: {message}");
        assert_eq!(outcome.report()["place"]["failure"]["why"], why);
    }
}

#[test]
fn without_ssh_nothing_is_seen_and_nothing_broken() {
    let run = check(&Folder::new(), &[VPS]).env("PATH", "/nowhere");
    let outcome = run.run();
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
    assert_eq!(outcome.report()["place"]["failure"]["why"], "no-ssh");
}

/// One that does not answer costs its own time, and no more.
#[test]
fn a_place_that_hangs_is_given_up() {
    let hello = "echo '{\"xfed-probe\":1,\"version\":\"1\",\"facts_schema\":1,\
                 \"clock\":\"2026-11-29T01:00:00Z\"}'; exec /bin/sleep 600";
    let outcome = check(&ssh(hello), &[VPS])
        .args(&["--deadline", "100ms"])
        .run();
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
    assert_eq!(outcome.report()["place"]["failure"]["why"], "late");
}

/// The published port is not forwarded: from inside all is well, and no partner gets in.
#[test]
fn open_from_inside_only() {
    let stage = Stage::new();
    let server = stage.server().start();
    let closed = Port::closed();
    let outside = Place::reaching(&stage, closed.address());
    let here = Place::reaching(&stage, server.address());
    for places in [["here", VPS], [VPS, "here"]] {
        let outcome = beside(&ssh(&starts(&outside)), &here, &places).run();
        outcome.stands("pass pass pass fail skip skip", "not-ready", 1);
        outcome.shows("tcp", "place-open-here-only", "fail");
        outcome.lacks("tcp-refused");
        assert_eq!(outcome.report()["place"]["at"], VPS);
        assert_eq!(place(&outcome, "here")["steps"][3]["status"], "pass");
    }
}

/// No way back in from inside: harmless, and no word against the domain.
#[test]
fn open_from_outside_only() {
    let stage = Stage::new();
    let server = stage.server().start();
    let closed = Port::closed();
    let outside = Place::reaching(&stage, server.address());
    let here = Place::reaching(&stage, closed.address());
    let ssh = ssh(&starts(&outside));
    let outcome = beside(&ssh, &here, &["here", VPS]).run();
    outcome.stands(ALL_PASS, "ready", 0);
    outcome.shows("tcp", "place-no-way-back-in", "info");
    assert_eq!(place(&outcome, "here")["steps"][3]["status"], "fail");
    // The same of a partner is our own way out.
    let outcome = beside(&ssh, &here, &["here", VPS]);
    let outcome = outcome.arg("--partner").run();
    assert_eq!(outcome.report()["place"]["at"], "here");
    outcome.shows("tcp", "place-no-way-out", "fail");
    outcome.lacks("tcp-refused");
    let owners = &outcome.finding("tcp", "place-no-way-out")["owners"];
    assert_eq!(*owners, serde_json::json!(["network"]));
}

/// Of two places outside, one is shut out: a list of sources, or its own way out.
#[test]
fn open_to_some_places_only() {
    let stage = Stage::new();
    let server = stage.server().start();
    let closed = Port::closed();
    let at = |address| Place::reaching(&stage, address);
    let (open, shut) = (at(server.address()), at(closed.address()));
    let (open, shut) = (starts(&open), starts(&shut));
    let does = format!("if [ \"$host\" = open ]; then {open}; else {shut}; fi");
    let outcome = check(&ssh(&does), &["ssh://open", "ssh://shut"]).run();
    outcome.stands("pass pass pass warn pass pass", "ready-with-warnings", 0);
    outcome.shows("tcp", "place-shut-out", "warn");
    // The first one named decides.
    let outcome = check(&ssh(&does), &["ssh://shut", "ssh://open"]).run();
    assert_eq!(outcome.report()["verdict"], "not-ready");
    outcome.shows("tcp", "place-shut-out", "warn");
    outcome.shows("tcp", "tcp-refused", "fail");
}

#[test]
fn another_dns_inside() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outside = Place::new(&stage, &server);
    let inner = Stage::with_zone(&ZONE.replace("81.2.3.4", "81.2.3.14"));
    let here = Place::with(&stage, &format!("connect-to = [\"{}\"]", server.address()));
    // The inside asks its own name server.
    let file = here.folder.file("xfed.toml");
    let text = std::fs::read_to_string(&file).expect("its own");
    let text = text.replace(
        &stage.dns.address().to_string(),
        &inner.dns.address().to_string(),
    );
    std::fs::write(&file, text).expect("its own");
    let outcome = beside(&ssh(&starts(&outside)), &here, &["here", VPS]).run();
    outcome.stands(ALL_PASS, "ready", 0);
    outcome.shows("address", "place-dns-differs", "info");
    let message = outcome.finding("address", "place-dns-differs")["message"].to_string();
    for address in ["81.2.3.14,", "81.2.3.4."] {
        assert!(message.contains(address), "{message}");
    }
}

/// A device inside opens TLS and closes it with a certificate of its own.
#[test]
fn an_inspecting_proxy_inside() {
    let stage = Stage::new();
    let server = stage.server().start();
    let proxy = crate::world::Authority::new("Zahnfee Inspection CA");
    let identity = proxy.certificate("xphone.zahnfee.de").rsa().issue();
    let proxy = crate::stage::demanding(identity).start();
    let outside = Place::reaching(&stage, server.address());
    let inside = Place::reaching(&stage, proxy.address());
    let outcome = beside(&ssh(&starts(&outside)), &inside, &["here", VPS]).run();
    // At two addresses, which is two machines: nothing is said of a proxy.
    outcome.stands(ALL_PASS, "ready", 0);
    outcome.lacks("place-cert-differs");
}

#[test]
fn one_place_of_several_fails() {
    let stage = Stage::new();
    let server = stage.server().start();
    let here = Place::new(&stage, &server);
    let good = starts(&here);
    let does = format!("if [ \"$host\" = good ]; then {good}; else exit 255; fi");
    // What one could not see stays open, though all others see nothing wrong.
    let outcome = check(&ssh(&does), &["ssh://bad", "ssh://good"]).run();
    outcome.stands("unknown pass pass pass pass pass", "inconclusive", 3);
    assert_eq!(outcome.report()["place"]["at"], "ssh://good");
    outcome.shows("domain", "place-failed", "unknown");
    // What is seen from here is no verdict on the domain.
    let outcome = beside(&ssh(&does), &here, &["here", "ssh://bad"]).run();
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
    assert_eq!(place(&outcome, "here")["steps"][5]["status"], "pass");
}

#[test]
fn what_does_not_go_together_is_said() {
    let ssh = ssh("exit 255");
    for (args, says) in [
        (
            &["--via", "ssh://-oProxyCommand=sh"][..],
            "--via ssh://-oProxyCommand=sh: expected here, ssh://",
        ),
        (&["--via", "vps"], "--via vps: expected here, ssh://"),
        (
            &["--via", "http://vps"],
            "--via http://vps: expected here, ssh://",
        ),
        (
            &["--via", "https://probe:secret@vps"],
            "--via https://probe:secret@vps: expected here, ssh://",
        ),
        (
            &["--via", VPS, "--connect-to", "127.0.0.1"],
            "--connect-to says how this machine looks",
        ),
        (
            &["--via", VPS, "--resolver", "127.0.0.1"],
            "--resolver says how this machine looks",
        ),
        (&["--via", VPS, "-4"], "-4 says how this machine looks"),
        (
            &["--via", VPS, "--wait", "1m"],
            "--wait does not go with --via",
        ),
        (
            &["--via", VPS, "elhada.es"],
            "--via goes with one domain only",
        ),
    ] {
        let (code, _, stderr) = check(&ssh, &[]).args(args).text();
        assert_eq!(code, 2, "{args:?}: {stderr}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
        assert!(!ssh.file("ssh.asked").exists(), "{args:?}");
    }
}

/// A folder that somebody else filled starts no `ssh`.
#[test]
fn a_strangers_configuration_names_no_place() {
    let ssh = ssh("exit 255");
    let stage = Stage::with_srv("");
    let folder = Folder::new().with("xfed.toml", "via = [\"ssh://evil.example\"]\n");
    let (_, _, stderr) = check(&ssh, &[])
        .args(&["--resolver", &stage.dns.address().to_string()])
        .within(folder.path())
        .text();
    assert!(stderr.contains("left out of xfed.toml: via"), "{stderr}");
    assert!(!ssh.file("ssh.asked").exists());
}

/// Names of hosts and accounts are local.
#[test]
fn redaction_leaves_out_where_it_was_seen_from() {
    let stage = Stage::new();
    let server = stage.server().start();
    let here = Place::new(&stage, &server);
    let outcome = beside(&ssh(&starts(&here)), &here, &["here", VPS])
        .arg("--redact")
        .run();
    let text = outcome.json.to_string();
    assert!(
        !text.contains("vps") && !text.contains("127.0.0.1"),
        "{text}"
    );
    assert_eq!(outcome.report()["place"]["at"], "ssh://place-1");
}

#[test]
fn the_table_shows_the_places_side_by_side() {
    let stage = Stage::new();
    let server = stage.server().start();
    let closed = Port::closed();
    let outside = Place::reaching(&stage, closed.address());
    let here = Place::reaching(&stage, server.address());
    let ssh = ssh(&starts(&outside));
    let shown = |places: &[&str], format: &str, lang: &str| {
        let run = beside(&ssh, &here, places).args(&["--format", format, "--lang", lang]);
        let (_, stdout, stderr) = run.text();
        assert_eq!(stderr, "");
        stdout
    };
    let table = shown(&["here", VPS], "table", "en");
    for line in [
        "Seen from each place, where they differ",
        "                  ssh://probe@vps.example:2222  this machine",
        "4  Firewall, DMZ  ✘ failed                      ✔ ok",
        "5  Certificate    – not tested                  ✔ ok",
    ] {
        assert!(table.contains(line), "{line} in {table}");
    }
    let grid = table.split("where they differ").nth(1).expect("a grid");
    assert!(!grid.contains("SRV record"), "it is the same: {table}");
    let markdown = shown(&["here", VPS], "markdown", "de");
    assert!(
        markdown.contains("vps.example:2222 | diese Maschine |"),
        "{markdown}"
    );
    let html = shown(&["here", VPS], "html", "de");
    assert!(html.contains("diese Maschine"), "{html}");
    let long = format!("ssh://{}.example", "long.".repeat(12));
    let narrow = shown(&["here", &long], "table", "en");
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 100),
        "{narrow}"
    );
}

/// Reports from different places are not compared.
#[test]
fn another_place_is_no_change() {
    let stage = Stage::new();
    let server = stage.server().start();
    let here = Place::new(&stage, &server);
    let ssh = ssh(&starts(&here));
    let saved = |places: &[&str]| beside(&ssh, &here, places).text().1;
    let folder = Folder::new()
        .with("here.json", saved(&["here"]))
        .with("vps.json", saved(&[VPS]))
        .with("both.json", saved(&["here", VPS]));
    let diff = |old: &str, new: &str| {
        Run::new("diff")
            .within(folder.path())
            .args(&[old, new])
            .text()
    };
    let (code, stdout, _) = diff("here.json", "vps.json");
    assert_eq!(code, 3, "{stdout}");
    assert!(stdout.contains("from different places"), "{stdout}");
    let (code, stdout, _) = diff("vps.json", "both.json");
    assert_eq!(code, 0, "{stdout}");
}
