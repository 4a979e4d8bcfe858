//! As many name servers as fit into a delegation: any of them may be the one that a partner asks.

use super::*;

/// Thirteen of them, of which the one of this number is at 81.2.3.55.
fn thirteen(other: usize, line: impl Fn(&str, &str) -> String) -> String {
    let lines = (0..13).map(|number| {
        let address = if number == other {
            "81.2.3.55"
        } else {
            "81.2.3.53"
        };
        line(&format!("n{number}"), address)
    });
    lines.collect()
}

fn with_servers(zone: &str, other: usize) -> String {
    let kept = zone.lines().filter(|line| !line.contains(" NS "));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    let servers = thirteen(other, |name, at| format!("@ NS {name}\n{name} A {at}\n"));
    format!("{kept}{servers}")
}

#[test]
fn one_of_them_lacks_the_record_or_leads_elsewhere() {
    internet(|| {
        for other in [0, 8, 12] {
            let world = Internet::with_zone(&with_servers(ZONE, other));
            let delegations = thirteen(other, |name, at| {
                format!("zahnfee NS {name}.zahnfee.de.\n{name}.zahnfee A {at}\n")
            });
            let _registry = world.registry(&delegations);
            let third = Dns::at("81.2.3.55").authoritative();
            for is_delegated in [true, false] {
                if !is_delegated {
                    let unknown = Behaviour::NxDomain;
                    world.resolver.only("de", RecordType::NS, unknown);
                }
                third.replace("zahnfee.de", &with_servers(ZONE, other));
                is_ready(&world.check().run());
                let without = zone_with("SRV", "");
                third.replace("zahnfee.de", &with_servers(&without, other));
                let outcome = world.check().run();
                outcome.shows("domain", "domain-servers-disagree", "warn");
                says(
                    &outcome,
                    "domain",
                    "domain-servers-disagree",
                    &["81.2.3.55"],
                );
                let elsewhere = zone_with("xphone A", "xphone A 198.51.77.7");
                third.replace("zahnfee.de", &with_servers(&elsewhere, other));
                let outcome = world.check().run();
                says(&outcome, "tcp", "tcp-partly-open", &["198.51.77.7"]);
                is_never_ready(&outcome);
            }
        }
    });
}

/// Of more than are asked, it is told which were left out: what they have may be something else.
#[test]
fn those_that_are_not_asked_are_told() {
    internet(|| {
        let names = |line: fn(usize) -> String| (0..30).map(line).collect::<String>();
        let own = names(|it| format!("@ NS n{it}\nn{it} A 81.2.3.{}\n", 53 + it / 20));
        let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        let world = Internet::with_zone(&format!("{kept}{own}"));
        let delegations = names(|it| {
            let address = 53 + it / 20;
            format!("zahnfee NS n{it}.zahnfee\nn{it}.zahnfee A 81.2.3.{address}\n")
        });
        let _registry = world.registry(&delegations);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-silent", "info");
        let args = &outcome.finding("domain", "authority-partly-silent")["args"];
        assert_eq!(args["why"], "many", "{outcome}");
        let servers = args["servers"].as_array().expect("a list");
        assert_eq!(servers.len(), 17, "{outcome}");
        is_ready(&outcome);
    });
}
