//! `xfed plan` inside a company, whose own DNS has a zone of the same name (split DNS, Active Directory). What that
//! says is no word on public DNS, and nothing is ordered on the strength of it.

use serde_json::{Value, json};

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::plan_places::{plan, run};
use crate::world::{Behaviour, Dns, RecordType};

/// The zone of the domain controllers, with a record of each kind that would be wrong in public.
const INTERNAL: &str = "\
$TTL 3600
@ NS dc01
dc01 A 10.0.0.10
@ A 10.0.0.10
@ TXT MS=ms12345678
xphone A 10.0.0.5
_sipfederationtls._tcp SRV 0 0 5060 alt
";

const TEAMS: &str = "\
$TTL 300
@ NS ns1.provider.net.
@ NS ns2.provider.net.
@ MX 10 zahnfee-de.mail.protection.outlook.com.
_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.
";

fn codes(plan: &Value) -> Vec<&str> {
    let warnings = plan["warnings"].as_array().expect("a list").iter();
    let codes = warnings.map(|one| one["code"].as_str().expect("a code"));
    codes.collect()
}

fn states(plan: &Value) -> Vec<&str> {
    let records = plan["records"].as_array().expect("a list").iter();
    let states = records.map(|one| one["state"].as_str().expect("a state"));
    states.collect()
}

fn told(lang: &str) -> String {
    let text = run(&["--lang", lang]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The registry hands the domain on to its public servers, as everybody else finds them.
fn found_from_above(world: &Internet) -> Dns {
    world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.")
}

#[test]
fn nothing_else_is_heard() {
    internet(|| {
        let world = Internet::with_zone(TEAMS);
        world.resolver.replace("zahnfee.de", INTERNAL);
        let plan = plan(&[]);
        assert_eq!(plan["basis"], "unknown", "{plan}");
        for seen in ["mail", "microsoft", "srv", "addresses", "ipv6", "caa"] {
            assert_eq!(plan["seen"][seen], Value::Null, "{seen}");
        }
        assert_eq!(states(&plan), ["new", "new"]);
        assert_eq!(codes(&plan), ["warn-internal", "warn-change"]);
        for (lang, words) in [
            (
                "en",
                [
                    "An internal DNS answers here for zahnfee.de (its name servers: dc01.zahnfee.de (10.0.0.10))",
                    "Teams may answer for the domain without this plan knowing",
                    "remove nothing there",
                    "not known, only an internal DNS was heard",
                    "For the public zone of zahnfee.de",
                    "--resolver 9.9.9.9",
                ],
            ),
            (
                "de",
                [
                    "Für zahnfee.de antwortet hier ein internes DNS (seine Nameserver: dc01.zahnfee.de (10.0.0.10))",
                    "dass Teams für die Domäne antwortet, ohne dass dieser Plan davon weiß",
                    "nichts davon eintragen und nichts löschen",
                    "nicht bekannt, nur ein internes DNS war zu hören",
                    "Für die öffentliche Zone zahnfee.de",
                    "--resolver 9.9.9.9",
                ],
            ),
        ] {
            let text = told(lang);
            for words in words {
                assert!(text.contains(words), "no {words:?} in {text}");
            }
            // The one Windows DNS server at hand has the internal zone.
            assert!(!text.contains("DnsServerResourceRecord"), "{text}");
        }
    });
}

/// Neither the server nor its address are the internal ones, whatever is given besides.
#[test]
fn nothing_else_is_heard_and_the_address_is_known() {
    internet(|| {
        let world = Internet::new();
        world.resolver.replace("zahnfee.de", INTERNAL);
        let plan = plan(&["--ip", "81.2.3.4", "--variant", "2"]);
        assert_eq!(plan["fqdn"], "xphone.zahnfee.de");
        assert_eq!(plan["address"], "81.2.3.4");
        assert_eq!(states(&plan), ["new", "new"]);
        assert!(!plan.to_string().contains("10.0.0.5"), "{plan}");
    });
}

#[test]
fn the_public_servers_are_found_from_above() {
    internet(|| {
        let world = Internet::with_zone(TEAMS);
        world.resolver.replace("zahnfee.de", INTERNAL);
        let _registry = found_from_above(&world);
        let plan_ = plan(&[]);
        assert_eq!(
            (&plan_["variant"], &plan_["basis"]),
            (&json!("3"), &json!("teams-answers"))
        );
        assert_eq!(
            plan_["seen"]["srv"],
            json!(["100 1 5061 sipfed.online.lync.com."])
        );
        assert!(!codes(&plan_).contains(&"warn-internal"), "{plan_}");
        assert!(!told("en").contains("Remove-Dns"));
        // What is right in public is right, whatever stands inside.
        world.servers(|ns| ns.replace("zahnfee.de", ZONE));
        let plan_ = plan(&[]);
        assert_eq!(states(&plan_), ["published", "published"]);
        assert_eq!(codes(&plan_), ["warn-published", "warn-change"]);
        // And what is not there, is not.
        world.servers(|ns| ns.replace("zahnfee.de", &zone_with("SRV", "")));
        assert_eq!(states(&plan(&[])), ["published", "new"]);
    });
}

/// What the servers of the zone publish themselves is public, and to be replaced.
#[test]
fn a_private_address_is_published() {
    internet(|| {
        let private = zone_with("xphone A", "xphone A 10.0.0.5\n");
        let _world = Internet::with_zone(&private);
        assert_eq!(states(&plan(&[])), ["differs", "published"]);
        let text = told("en");
        for words in [
            "leads to 10.0.0.5 in public DNS, a private address",
            "Remove-DnsServerResourceRecord -ZoneName \"zahnfee.de\" -RRType A -Name \"xphone\"",
        ] {
            assert!(text.contains(words), "no {words:?} in {text}");
        }
    });
}

/// The internal DNS has the name of the server only, and the way to the public one is closed.
#[test]
fn only_the_name_of_the_server_is_inside() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        let private = zone_with("xphone A", "xphone A 10.0.0.5\n");
        world.resolver.replace("zahnfee.de", &private);
        let plan_ = plan(&[]);
        assert_eq!(states(&plan_), ["new", "published"], "{plan_}");
        let text = told("en");
        assert!(!text.contains("Remove-Dns"), "{text}");
        assert!(!text.contains("in public DNS, a private address"), "{text}");
    });
}
