//! Deadlines, hostile names, closed pipes.

use crate::stage::{ALL_PASS, Run, Stage, ZONE, demanding};
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
        let own_styles = regex_free_of_styles(&stdout);
        for text in [own_styles.as_str(), stderr.as_str()] {
            let harmful =
                |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!text.contains(harmful), "{format}: {text:?}");
        }
        assert!(!stdout.contains("\nInjected"), "{format}");
    }
}

/// The text without the few styles that the table itself uses.
fn regex_free_of_styles(text: &str) -> String {
    let mut rest = text;
    let mut free = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        free.push_str(before);
        let (style, after) = after.split_once('m').expect("a style ends with m");
        assert!(
            style
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b';'),
            "{style:?}"
        );
        rest = after;
    }
    free + rest
}

/// A name that could be a command gets no command line to copy.
#[test]
fn no_command_is_made_of_a_strangers_name() {
    let stage = Stage::with_zone("_sipfederationtls._tcp SRV 0 0 5061 a;calc.exe.zahnfee.de.");
    let (_, stdout, _) = stage.check().nowhere().arg("--format=table").text();
    assert!(
        stdout
            .lines()
            .filter(|line| line.contains("Check "))
            .all(|line| !line.contains("calc")),
        "{stdout}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let stage = Stage::with_srv("");
    let mut child = Command::new(env!("CARGO_BIN_EXE_xfed"))
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
fn a_slow_first_resolver_does_not_hurt() {
    let dns = Dns::zone("zahnfee.de", ZONE).on("zahnfee.de", RecordType::AAAA, Behaviour::Silent);
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--timeout", "500ms"])
        .run();
    // Who does not answer for AAAA has still answered for A.
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
