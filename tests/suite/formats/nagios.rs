//! The output of a monitoring plugin, read as monitoring reads it.

use super::{shown, shown_hostile};
use crate::output::EVERY_STATUS;
use crate::stage::{Folder, Run, Stage, demanding};
use crate::world::{Behaviour, Dns};

/// The first line without its numbers, and the numbers.
fn read(output: &str) -> (&str, Vec<Number>) {
    let line = output.lines().next().expect("a line");
    let (status, numbers) = line.split_once(" | ").expect("numbers");
    assert_eq!(output.matches('|').count(), 1, "one bar");
    (status, numbers.split(' ').map(Number::read).collect())
}

/// `'label'=value[unit];[warn];[crit];[min]`
#[derive(Debug, PartialEq)]
struct Number {
    label: String,
    value: f64,
    rest: String,
}

impl Number {
    fn read(text: &str) -> Self {
        let (label, value) = text.split_once('=').expect("a label");
        let label = label
            .strip_prefix('\'')
            .and_then(|label| label.strip_suffix('\''));
        let end = value.find(|one: char| !"-.0123456789".contains(one));
        let (value, rest) = value.split_at(end.expect("ranges"));
        Self {
            label: label.expect("in quotes").to_owned(),
            value: value.parse().expect("a number"),
            rest: rest.to_owned(),
        }
    }
}

fn labels(numbers: &[Number]) -> Vec<&str> {
    numbers.iter().map(|one| one.label.as_str()).collect()
}

#[test]
fn several_domains_in_one_line() {
    let output = shown("nagios", &["--lang=en"]);
    let (status, numbers) = read(&output);
    assert!(
        status.starts_with("XFED CRITICAL - zahnfee.de: not ready (srv-wrong-port); elhada.es")
    );
    assert!(labels(&numbers).contains(&"elhada.es_tls_time"));
    assert!(output.len() <= 4096, "{}", output.len());
    let days = numbers
        .iter()
        .find(|one| one.label == "elhada.es_days_left");
    let days = days.expect("a certificate");
    assert_eq!((days.value, days.rest.as_str()), (19.6, ";26:;0:"));
}

/// A warning beside a failure is not what the verdict is due to.
#[test]
fn a_code_is_named_once_and_only_where_it_is_to_blame() {
    let kept = EVERY_STATUS.replace("every-status", "1");
    let run = Run::new("replay").args(&[&kept, "--format=nagios", "--lang=en"]);
    let (_, output, _) = run.text();
    let blamed = "(fqdn-not-found, srv-wrong-port, srv-differs-from-fqdn, cert-wildcard)";
    assert!(output.contains(blamed), "{output}");
}

#[test]
fn no_number_has_the_label_of_another() {
    /// Two reports on one domain.
    const TWICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/reports/1.json");
    let run = Run::new("replay").args(&[TWICE, "--format=nagios"]);
    let (_, output, _) = run.arg("--lang=en").text();
    let (status, numbers) = read(&output);
    assert_eq!(status.matches("zahnfee.de: ").count(), 2, "{status}");
    assert!(
        status.contains(
            "zahnfee.de: ready [SIP not tested, by a resolver's word, not tested from outside]"
        ),
        "{status}"
    );
    assert_eq!(
        labels(&numbers),
        ["days_left", "connect_time", "tls_time", "check_time"]
            .map(|label| format!("zahnfee.de_{label}"))
    );
}

#[test]
fn strangers_write_no_numbers() {
    let output = shown_hostile("nagios");
    read(&output);
    let output = output.replace('/', "|");
    assert!(output.contains(r"a|b`c*d*"), "{output}");
}

#[test]
fn every_state_has_its_exit_code() {
    let plugin = |run: Run| run.args(&["--format=nagios", "--lang=en"]).text();
    let stage = Stage::new();
    let ready = stage.server().start();
    let (code, stdout, _) = plugin(stage.check().connect_to(&ready));
    let (status, numbers) = read(&stdout);
    assert_eq!(
        (code, status),
        (
            0,
            "XFED OK - zahnfee.de is ready for federation [SIP not tested, by a resolver's word, not tested from outside, trusted by --ca-file only]"
        )
    );
    assert_eq!(
        labels(&numbers),
        ["days_left", "connect_time", "tls_time", "check_time"]
    );
    assert!(!stdout.contains("[mtls-enforced]"), "{stdout}");
    let (_, stdout, _) = plugin(stage.check().connect_to(&ready).arg("-v"));
    assert!(stdout.contains("[mtls-enforced]"), "{stdout}");
    let weak = stage.authority.certificate("xphone.zahnfee.de").rsa();
    let weak = demanding(weak.server_auth_only().issue()).start();
    let (code, stdout, _) = plugin(stage.check().connect_to(&weak));
    assert_eq!(code, 1);
    assert!(
        stdout.starts_with("XFED WARNING - zahnfee.de is ready"),
        "{stdout}"
    );
    let (code, stdout, _) = plugin(Stage::with_srv("").check().nowhere());
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("XFED CRITICAL - zahnfee.de is not"),
        "{stdout}"
    );
    let silent = Stage::with_dns(Dns::empty().always(Behaviour::Servfail));
    let (code, stdout, _) = plugin(silent.check().nowhere());
    assert_eq!(code, 3);
    assert!(
        stdout.starts_with("XFED UNKNOWN - zahnfee.de: undecided"),
        "{stdout}"
    );
    // In German, too, the state is the word that monitoring knows.
    let (code, stdout, _) = Stage::with_srv("")
        .check()
        .nowhere()
        .args(&["--format=nagios", "--lang=de"])
        .text();
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("XFED CRITICAL - zahnfee.de ist nicht"),
        "{stdout}"
    );
}

/// Nothing but "unknown" is true of a plugin that could not run, and monitoring reads one stream.
#[test]
fn what_cannot_run_is_unknown() {
    for args in [
        &["zahnfee.de", "--format=nagios", "--wiat=1m"][..],
        &["--format", "nagios"],
        &["zahnfee|fee", "--format", "nagios"],
        &["zahnfee.de", "--ca-file=/no/such.pem", "--format=nagios"],
        &[
            "zahnfee.de",
            "--format=nagios",
            "--report=json=/no/such/file",
        ],
    ] {
        let (code, stdout, stderr) = Run::new("check").nowhere().args(args).text();
        assert_eq!((code, stderr.as_str()), (3, ""), "{args:?}");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        assert!(stdout.starts_with("XFED UNKNOWN - "), "{stdout}");
        assert!(!stdout.contains('|'), "{stdout}");
    }
    let by_environment = Run::new("check").nowhere().env("XFED_FORMAT", "nagios");
    assert_eq!(by_environment.arg("--wiat").text().0, 3);
    let (code, stdout, _) = Run::new("check")
        .nowhere()
        .args(&["--format=nagios", "--help"])
        .text();
    assert!(code == 0 && stdout.contains("Usage"), "help is no failure");
}

/// A report in a file leaves the exit code to the other readers.
#[test]
fn in_a_file_it_leaves_the_exit_code_alone() {
    let folder = Folder::new();
    let file = folder.file("xfed.nagios");
    let run = Run::new("replay").arg(crate::output::EVERY_STATUS);
    let run = run
        .arg("--report")
        .arg(format!("nagios={}", file.display()));
    assert_eq!(run.text().0, 1);
    let written = std::fs::read_to_string(file).expect("it was written");
    assert!(written.starts_with("XFED CRITICAL"), "{written}");
}

/// A file that cannot be written leaves one answer, and it is not "OK".
#[cfg(target_os = "linux")]
#[test]
fn what_could_not_be_written_is_unknown() {
    let run = Run::new("replay").args(&[crate::output::EVERY_STATUS, "--format=nagios"]);
    let (code, stdout, _) = run.arg("--report=json=/dev/full").text();
    assert_eq!((code, stdout.lines().count()), (3, 1), "{stdout}");
    assert!(
        stdout.starts_with("XFED UNKNOWN - --report json=/dev/full"),
        "{stdout}"
    );
}
