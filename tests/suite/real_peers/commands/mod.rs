//! The commands that findings print, run by the tools that they are for: BIND's nslookup, openssl, and
//! xfed itself. They run where the check ran, on a machine that asks the same resolver, so what they
//! show is what was found. PowerShell cannot be had here: of its one command the form is tested, and
//! that the address in it is the one that was tried. The same holds for w32tm.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use self::machine::Machine;
use crate::internet::Internet;
use crate::stage::{FQDN, Outcome, Run};

mod certificates;
pub(super) mod machine;
mod names;
mod plans;
mod ports;

/// The commands of a finding.
fn commands(outcome: &Outcome, step: &str, code: &str) -> Vec<String> {
    let lines = outcome.finding(step, code)["verify"].as_array();
    let lines = lines.expect("a list").iter();
    lines
        .map(|line| line.as_str().expect("text").to_owned())
        .collect()
}

/// Runs what a finding prints, which has to be these commands, and looks for what each is to show.
#[track_caller]
fn check(
    world: &Internet,
    outcome: &Outcome,
    (step, code): (&str, &str),
    expected: &[(&str, &[&str])],
) {
    let printed = commands(outcome, step, code);
    let wanted: Vec<&str> = expected.iter().map(|(line, _)| *line).collect();
    assert_eq!(printed, wanted, "{code}");
    let machine = Machine::new(world);
    for (line, shows) in expected {
        run(&machine, line, shows);
    }
}

#[track_caller]
fn run(machine: &Machine, line: &str, shows: &[&str]) {
    if let Some(rest) = line.strip_prefix("Test-NetConnection ") {
        let (host, port) = rest.split_once(" -Port ").expect("host and port");
        let address = SocketAddr::new(
            host.parse().expect("an address"),
            port.parse().expect("a port"),
        );
        let open = TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok();
        assert_eq!(shows, [if open { "open" } else { "closed" }], "{line}");
        return;
    }
    let said = machine.says(line);
    for wanted in shows {
        assert!(said.contains(wanted), "{line}\nno {wanted:?} in\n{said}");
    }
    for complaint in [
        "nvalid option",
        "nknown option",
        "usage:",
        "not found",
        "-help for",
    ] {
        assert!(!said.contains(complaint), "{line}\n{said}");
    }
}

/// The line of openssl that `xfed explain` prints for a code, with the name of this world's server.
fn explained(code: &str) -> String {
    let (_, text, _) = Run::new("explain").arg(code).text();
    let mut lines = text
        .lines()
        .filter(|line| line.contains("openssl s_client"));
    // Prose that speaks of it may be wrapped to begin like it.
    let line = lines.next_back();
    let line = line.unwrap_or_else(|| panic!("{code}: {text}"));
    line.trim().replace("<FQDN>", FQDN)
}

/// A new kind of command is run in here, or it is not printed.
#[test]
fn every_kind_of_command_is_run() {
    let source = [
        include_str!("certificates.rs"),
        include_str!("names.rs"),
        include_str!("plans.rs"),
        include_str!("ports.rs"),
    ]
    .concat();
    let mut kinds: BTreeMap<String, bool> = BTreeMap::new();
    for (_, rule) in xfed::internals::all_rules() {
        let is_run = source.contains(&format!("\"{}\"),", rule.code))
            || source.contains(&format!("\"{}\");", rule.code));
        for kind in rule.verify {
            *kinds.entry(format!("{kind:?}")).or_default() |= is_run;
        }
    }
    let left: Vec<&String> = kinds
        .iter()
        .filter(|(_, run)| !**run)
        .map(|(kind, _)| kind)
        .collect();
    assert!(left.is_empty(), "not run: {left:?}");
}
