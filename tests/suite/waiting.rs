//! `--wait`: the world changes while xfed waits.

use std::thread;
use std::time::{Duration, Instant};

use crate::stage::{ALL_PASS, Run, Stage, ZONE, zone_without};
use crate::world::{Dns, RecordType};

/// What is waited for. The near misses of a missing record are asked for as well.
const SRV_NAME: &str = "_sipfederationtls._tcp.zahnfee.de";

/// How often the server was asked for the record.
fn questions(dns: &Dns) -> usize {
    dns.times_asked(SRV_NAME, RecordType::SRV)
}

/// Until the server was asked for the record this many times.
fn await_questions(dns: &Dns, count: usize) {
    dns.await_question(SRV_NAME, RecordType::SRV, count);
}

fn waiting(stage: &Stage, authority: &Dns) -> Run {
    let run = stage.check().arg("--authority");
    run.arg(authority.address().to_string())
        .args(&["--wait=60s", "--interval=1s", "--lang", "en"])
}

/// The lines on stderr without the time of day.
fn lines(stderr: &str) -> Vec<&str> {
    let lines = stderr.lines().map(|line| {
        let (before, line) = line.split_once(" UTC ").expect("the time of day");
        let time = before.strip_prefix("xfed: ").expect("the name");
        let digits = |at: usize| time.as_bytes()[at].is_ascii_digit();
        assert!(time.len() == 8 && digits(0) && digits(7), "{time:?}");
        line
    });
    lines.collect()
}

#[test]
fn a_ready_domain_is_not_waited_for() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = waiting(&stage, &stage.dns).connect_to(&server).run();
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        questions(&stage.dns),
        2,
        "one look, by the resolver and by the authority"
    );
    outcome.stands(ALL_PASS, "ready", 0);
}

/// The resolver goes on saying no; nobody waits for that.
#[test]
fn the_record_is_published_while_xfed_waits() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let authority = Dns::zone("zahnfee.de", &zone_without("SRV"));
    let server = stage.server().start();
    let outcome = thread::scope(|scope| {
        let run = waiting(&stage, &authority).connect_to(&server);
        let run = scope.spawn(|| run.run());
        // A denial is asked for three times. The third: one look is over, and told of.
        await_questions(&authority, 3);
        authority.replace("zahnfee.de", ZONE);
        run.join().expect("the program runs")
    });
    outcome.shows("srv", "srv-not-yet-visible", "warn");
    assert_eq!(
        lines(&outcome.stderr),
        [
            "zahnfee.de: not ready (srv-missing)",
            "zahnfee.de: ready, with warnings (srv-not-yet-visible)"
        ]
    );
    outcome.stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
}

#[test]
fn every_change_is_one_line() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let wrong_port = ZONE.replace("5061", "5060");
    let server = stage.server().start();
    let outcome = thread::scope(|scope| {
        let run = waiting(&stage, &stage.dns).connect_to(&server);
        let run = scope.spawn(|| run.run());
        // View and authority are the same server here: two questions to a look, and two more of the
        // authority for what it denies. The twelfth ends the third look; the second had nothing new
        // to tell. Two more looks are those at the wrong port.
        await_questions(&stage.dns, 12);
        stage.dns.replace("zahnfee.de", &wrong_port);
        await_questions(&stage.dns, 16);
        stage.dns.replace("zahnfee.de", ZONE);
        run.join().expect("the program runs")
    });
    assert_eq!(
        lines(&outcome.stderr),
        [
            "zahnfee.de: not ready (srv-missing)",
            "zahnfee.de: not ready (srv-wrong-port)",
            "zahnfee.de: ready"
        ]
    );
    outcome.stands(ALL_PASS, "ready", 0);
}

#[test]
fn when_the_time_is_up_the_last_look_counts() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let run = stage.check().nowhere();
    let run = run.args(&["--wait=1s", "--interval=10s", "--lang", "de"]);
    let outcome = run.run();
    outcome.shows("srv", "srv-missing", "fail");
    assert_eq!(
        lines(&outcome.stderr),
        ["zahnfee.de: nicht bereit (srv-missing)"]
    );
    assert_eq!(questions(&stage.dns), 2, "at the beginning and at the end");
    outcome.stands("pass skip fail skip skip skip", "not-ready", 1);
}

/// With --fail-on warn the resolver has to see it, too; when it forgets is known.
#[test]
fn a_cache_is_asked_again_when_it_forgets() {
    let short = "@ 1 SOA ns1 hostmaster 1 3600 900 604800 1\n";
    let stage = Stage::with_zone(&(short.to_owned() + &zone_without("SRV")));
    let authority = Dns::zone("zahnfee.de", ZONE);
    let server = stage.server().start();
    let interval = Duration::from_secs(120);
    let start = Instant::now();
    let outcome = thread::scope(|scope| {
        let run = stage.check().arg("--authority");
        let run = run
            .arg(authority.address().to_string())
            .args(&[
                "--wait=5m",
                "--interval=120s",
                "--fail-on=warn",
                "--lang",
                "en",
            ])
            .connect_to(&server);
        let run = scope.spawn(|| run.run());
        await_questions(&stage.dns, 2);
        stage.dns.replace("zahnfee.de", ZONE);
        run.join().expect("the program runs")
    });
    assert!(start.elapsed() < interval, "before the next look is due");
    outcome.stands(ALL_PASS, "ready", 0);
}

#[test]
fn of_several_domains_each_is_told_of() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let (code, stdout, stderr) = thread::scope(|scope| {
        let run = stage.check().arg("molar.example").nowhere();
        let run = run.args(&[
            "--format=table",
            "--wait=4s",
            "--interval=1s",
            "--lang",
            "en",
        ]);
        let run = scope.spawn(|| run.text());
        await_questions(&stage.dns, 2);
        let wrong_port = "_sipfederationtls._tcp SRV 0 0 5060 xphone";
        stage.dns.replace("zahnfee.de", wrong_port);
        run.join().expect("the program runs")
    });
    assert_eq!(
        lines(&stderr),
        [
            "zahnfee.de: not ready (srv-missing)",
            "molar.example: not ready (domain-not-found)",
            "zahnfee.de: not ready (fqdn-not-found, srv-wrong-port)",
        ]
    );
    assert_eq!(code, 1, "{stdout}");
    let verdicts = stdout.matches("is not ready: ").count();
    assert_eq!(verdicts, 4, "a report and a line in the overview each");
}

#[test]
fn how_long_and_how_often_is_said_with_a_unit() {
    for (arg, hint) in [
        ("--wait=15", "unit"),
        ("--wait=soon", "unit"),
        ("--interval=200ms", "1s"),
    ] {
        let run = Run::new("check").args(&["zahnfee.de", arg]).nowhere();
        let (code, _, stderr) = run.text();
        assert_eq!(code, 2, "{arg}");
        assert!(stderr.contains(hint), "{stderr}");
    }
}
