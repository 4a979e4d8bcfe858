//! Deadlines, hostile names, closed pipes.

use crate::stage::{ALL_PASS, Run, Stage, ZONE, demanding, zone_without};
use crate::world::{Behaviour, Dns, Raw, RecordType, Server};

#[test]
fn deadline_reached() {
    let stage = Stage::new();
    let server = Server::raw(Raw::Silent);
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--deadline", "400ms"])
        .run();
    outcome.shows("federation", "deadline-reached", "unknown");
    // What was established in time stands, and every row is there.
    outcome
        .lacks("tls-silent")
        .stands("pass pass pass pass unknown unknown", "inconclusive", 3);
}

#[test]
fn the_deadline_of_a_silent_resolver() {
    let silent = Dns::empty().always(Behaviour::Silent);
    let stage = Stage::with_dns(silent);
    let outcome = stage.check().nowhere().args(&["--deadline", "300ms"]).run();
    outcome
        .shows("domain", "deadline-reached", "unknown")
        .stands("unknown skip skip skip skip skip", "inconclusive", 3);
}

#[test]
fn a_failure_established_before_the_deadline_stands() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = Server::raw(Raw::Silent);
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--deadline", "400ms"])
        .run();
    outcome.shows("srv", "srv-wrong-port", "fail").stands(
        "pass pass fail pass unknown unknown",
        "not-ready",
        1,
    );
}

/// Everything that a stranger can write reaches the terminal escaped.
#[test]
fn hostile_names_are_escaped() {
    let stage = Stage::with_zone(
        "
        _sipfederationtls._tcp SRV 0 0 5061 evil\\027[31m.zahnfee.de.
        _sipfederationtls._tcp SRV 1 0 5061 xphone
        xphone A 81.2.3.4
        ",
    );
    let identity = stage
        .authority
        .certificate("xphone.zahnfee.de")
        .rsa()
        .common_name("\u{1b}]0;owned\u{7}\u{202e}gro.live\r\nInjected: yes")
        .issue();
    let server = demanding(identity).client_auth(crate::world::ClientAuth::Off);
    let server = server.server_header("evil\u{1b}[2J\u{202e}").start();
    for format in ["table", "json"] {
        let run =
            stage
                .check()
                .connect_to(&server)
                .args(&["--format", format, "-v", "--color=always"]);
        let (code, stdout, stderr) = run.text();
        assert_eq!(code, 1);
        let plain = without_styles(&stdout);
        for text in [plain.as_str(), stderr.as_str()] {
            let harmful =
                |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!text.contains(harmful), "{format}: {text:?}");
        }
        assert!(!stdout.contains("\nInjected"), "{format}");
    }
}

/// The text without the few styles that the table itself uses.
fn without_styles(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let (style, after) = after.split_once('m').expect("a style ends with m");
        assert!(
            style
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b';'),
            "{style:?}"
        );
        rest = after;
    }
    plain + rest
}

/// A name that could be a command gets no command line to copy.
#[test]
fn no_command_is_made_of_a_strangers_name() {
    let srv = "_sipfederationtls._tcp SRV 0 0 5061 a\\;calc.exe.zahnfee.de.";
    let outcome = Stage::with_srv(srv).check().nowhere().run();
    let finding = outcome.finding("srv", "srv-target-malformed");
    assert_eq!(finding["args"]["target"], "a;calc.exe.zahnfee.de");
    let harmless = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de.";
    assert_eq!(finding["verify"], serde_json::json!([harmless]));
}

/// Nor of one that somebody wrote into a report.
#[test]
fn no_command_is_made_of_a_name_in_a_report() {
    let (stage, other) = (Stage::new(), Dns::zone("zahnfee.de", &zone_without("SRV")));
    let server = stage.server().start();
    let mut run = stage.check().connect_to(&server);
    for authority in [&stage.dns, &other] {
        run = run.arg("--authority").arg(authority.address().to_string());
    }
    let report = run.run().json;
    let commands = |name: &str| {
        let mut report = report.clone();
        report["reports"][0]["facts"]["srv"]["lookup"]["name"] = name.into();
        let run = Run::new("replay").args(&["-", "--format=json"]);
        let outcome = run.fed(report.to_string().as_bytes()).run();
        let finding = outcome.finding("domain", "domain-servers-disagree");
        assert_eq!(finding["args"]["name"], name);
        finding["verify"].clone()
    };
    let harmless = commands("calc.exe");
    assert_eq!(harmless.as_array().map(Vec::len), Some(2), "{harmless}");
    assert!(harmless.to_string().contains(" calc.exe. "), "{harmless}");
    assert_eq!(commands("a;calc.exe"), serde_json::json!([]));
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let stage = Stage::with_srv("");
    let mut child = Command::new(env!("CARGO_BIN_EXE_xfed"))
        .env_remove("XFED_REAL_PEERS")
        .env_remove("XFED_WINDOWS")
        .args([
            "check",
            "zahnfee.de",
            "--resolver",
            &stage.dns.address().to_string(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut stderr)
        .expect("UTF-8");
    let code = child.wait().expect("it ends").code();
    assert_eq!(
        (code, stderr.as_str()),
        (Some(1), ""),
        "the verdict stands, and nobody complains"
    );
}

#[test]
fn a_silent_aaaa_lookup_costs_nothing() {
    let dns = Dns::zone("zahnfee.de", ZONE).on("zahnfee.de", RecordType::AAAA, Behaviour::Silent);
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--timeout", "500ms"])
        .run();
    // A resolver that is silent about AAAA has still answered for A.
    outcome.stands(ALL_PASS, "ready", 0);
}

#[test]
fn an_unreadable_file_is_named_before_anything_is_probed() {
    let stage = Stage::new();
    let run = Run::new("check")
        .args(&["zahnfee.de", "--ca-file", "/no/such.pem"])
        .nowhere();
    let (code, stdout, stderr) = run
        .arg("--resolver")
        .arg(stage.dns.address().to_string())
        .text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.starts_with("xfed: ") && stderr.contains("/no/such.pem"),
        "{stderr}"
    );
    assert!(stage.dns.questions().is_empty());
}
