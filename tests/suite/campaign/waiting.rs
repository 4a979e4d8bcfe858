//! Those that are silent, and those that are asked again.

use super::{check, list};
#[cfg(target_os = "linux")]
use crate::stage::Stage;
#[cfg(target_os = "linux")]
use crate::world::Port;
use crate::world::{Behaviour, Dns, RecordType};

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
