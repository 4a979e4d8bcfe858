//! The to-do list is mailed: each owner's part stands for itself, and what it says to enter can be
//! copied as it is.

use super::{shown, shown_hostile};
use crate::stage::{Run, Stage, file};
use crate::world::Port;

/// The parts of a list, each with its heading.
fn parts(list: &str) -> Vec<(&str, &str)> {
    list.split("\n\n")
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .collect()
}

#[test]
fn a_part_per_owner_and_domain() {
    let list = shown("todo", &["--lang=en"]);
    let parts = parts(&list);
    let headings: Vec<&str> = parts.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(
        headings,
        [
            "To do for zahnfee.de (DNS admin):",
            "To do for zahnfee.de (Internal IT):",
            "To do for elhada.es (XPhone admin):",
            "Nothing to do, as far as was seen: toothfairy.uk [client certificate not tested]",
        ]
    );
    let (_, dns) = parts[0];
    assert!(dns.starts_with("1. The SRV record says port 5060"), "{dns}");
    let (_, network) = parts[1];
    assert!(!network.contains("2. "), "one thing to do: {network}");
    assert_eq!(network.matches("Test-NetConnection").count(), 2);
}

/// Below the table, too, but only where there is more than one thing to do.
#[test]
fn below_the_table_where_there_is_much_to_do() {
    let table = shown("table", &["--lang=en"]);
    assert_eq!(table.matches("To do, by owner").count(), 2, "{table}");
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let run = stage.check().connect_to(&server);
    let (_, table, _) = run.args(&["--format=table", "--lang=en"]).text();
    assert!(!table.contains("To do, by owner"), "{table}");
}

/// A record is a line of its own, however narrow the terminal is.
#[test]
fn what_is_to_be_entered_is_never_wrapped() {
    let record = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
    let stage = Stage::with_srv("");
    for format in ["todo", "table", "markdown"] {
        for lang in ["en", "de"] {
            let run = stage.check().nowhere().env("COLUMNS", "40");
            let args = ["--lang", lang, "--fqdn=xphone.zahnfee.de"];
            let (_, text, _) = run.args(&args).args(&["--format", format]).text();
            let is_alone = text.lines().any(|line| line.trim() == record);
            assert!(is_alone, "{format}: {text}");
        }
    }
    let outcome = stage
        .check()
        .nowhere()
        .arg("--fqdn=xphone.zahnfee.de")
        .run();
    let enter = outcome.finding("srv", "srv-missing")["enter"].clone();
    assert_eq!(enter, serde_json::json!([record, "xfed plan zahnfee.de"]));
}

/// What one owner alone can do is in no other's list.
#[test]
fn each_owner_reads_only_what_is_meant_for_it() {
    let stage = Stage::new();
    let refused = stage.check().connect_to_address(Port::closed().address());
    let (_, list, _) = refused.args(&["--format=todo", "--lang=en"]).text();
    let parts = parts(&list);
    let part = |owner: &str| {
        let found = parts.iter().find(|(heading, _)| heading.contains(owner));
        found.unwrap_or_else(|| panic!("{owner}: {list}")).1
    };
    assert!(part("Internal IT").contains("Let TCP"), "{list}");
    assert!(
        !part("Internal IT").contains("Switch on federation"),
        "{list}"
    );
    assert!(
        part("XPhone admin").contains("Switch on federation"),
        "{list}"
    );
    assert!(!part("XPhone admin").contains("Let TCP"), "{list}");
}

/// In the partner view there is one owner, who knows who of them does what.
#[test]
fn a_partner_gets_all_of_it() {
    let stage = Stage::new();
    let partner = stage.check().arg("--partner");
    let refused = partner.connect_to_address(Port::closed().address());
    let (_, list, _) = refused.args(&["--format=todo", "--lang=en"]).text();
    assert!(
        list.starts_with("To do for zahnfee.de (Partner):"),
        "{list}"
    );
    assert!(list.contains("Switch on federation"), "{list}");
    assert!(list.contains("through the firewall"), "{list}");
    for own in ["XPhone admin", "Internal IT"] {
        assert!(!list.contains(own), "{list}");
    }
}

/// Who lives with a fault has nothing to do about it.
#[test]
fn what_is_accepted_is_not_to_be_done() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let config = file(
        "[[accept]]\ncode = \"srv-wrong-port\"\nuntil = 2100-01-01\nreason = \"ticket 4711\"\n",
    );
    let run = stage
        .check()
        .connect_to(&server)
        .arg("--config")
        .arg(config.path());
    let (_, list, _) = run.args(&["--format=todo", "--lang=en"]).text();
    assert!(
        list.starts_with("Nothing to do, as far as was seen: zahnfee.de"),
        "{list}"
    );
    assert!(!list.contains("To do for"), "{list}");
}

#[test]
fn strangers_cannot_write_lines_of_their_own() {
    let list = shown_hostile("todo");
    assert!(!list.lines().any(|line| line.starts_with("::")), "{list}");
    let numbered = |line: &&str| line.chars().next().is_some_and(char::is_numeric);
    let numbers = list.lines().filter(numbered);
    for line in numbers {
        assert!(
            line.contains(". ") && line.ends_with(']') || line.len() <= 80,
            "{line}"
        );
    }
}

/// A plain run of it, so that the exit code is that of every format for people.
#[test]
fn the_exit_code_is_that_of_the_verdict() {
    let run = Run::new("replay").args(&[crate::output::EVERY_STATUS, "--format=todo"]);
    assert_eq!(run.text().0, 1);
}
