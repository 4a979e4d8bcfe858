//! `xfed plan` where records have to stand elsewhere than in the zone, or where something stands in their place.

use serde_json::{Value, json};

use crate::internet::{Internet, RESOLVER, ZONE, internet, zone_with};
use crate::reading::{answering, subtree};
use crate::stage::Run;
use crate::world::{Behaviour, Dns, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";

/// The plan as a person reads it.
pub fn run(args: &[&str]) -> String {
    let run = Run::new("plan").args(&["zahnfee.de", "--resolver", RESOLVER, "--timeout", "1s"]);
    let (code, text, stderr) = run.args(args).text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{text}");
    text
}

/// The plan as data.
pub fn plan(args: &[&str]) -> Value {
    let text = run(&[&["--format=json", "--lang=en"], args].concat());
    let document: Value = serde_json::from_str(&text).expect("a document");
    document["plans"][0].clone()
}

fn message<'a>(plan: &'a Value, code: &str) -> &'a str {
    let mut warnings = plan["warnings"].as_array().expect("a list").iter();
    let warning = warnings.find(|one| one["code"] == code);
    let warning = warning.unwrap_or_else(|| panic!("no {code} in {plan}"));
    warning["message"].as_str().expect("a text")
}

/// What PowerShell is to do.
fn commands(args: &[&str]) -> Vec<String> {
    let text = run(args);
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| line.contains("-DnsServerResourceRecord"));
    lines.map(ToOwned::to_owned).collect()
}

fn below_tcp(text: &str) -> Dns {
    Dns::at("81.2.3.55")
        .authoritative()
        .and_zone("_tcp.zahnfee.de", text)
}

#[test]
fn the_service_is_handed_on() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
        let others = "@ NS ns3.provider.net.\n_ldap SRV 0 0 389 dc01.zahnfee.de.\n";
        world.resolver.replace("_tcp.zahnfee.de", others);
        let _ns3 = below_tcp(others);
        let plan = plan(&[]);
        let record = &plan["records"][1];
        assert_eq!(
            (&record["zone"], &record["relative"], &record["state"]),
            (
                &json!("_tcp.zahnfee.de"),
                &json!("_sipfederationtls"),
                &json!("new")
            )
        );
        assert_eq!(record["hidden_by"], Value::Null);
        assert_eq!(
            message(&plan, "warn-handed"),
            format!(
                "zahnfee.de hands _tcp.zahnfee.de on (NS) to ns3.provider.net. {SRV} has to be entered there, in the \
                 zone _tcp.zahnfee.de: in zahnfee.de nobody sees it."
            )
        );
        let [command] = commands(&[]).try_into().expect("one command");
        let wanted = "-ZoneName \"_tcp.zahnfee.de\" -Name \"_sipfederationtls\" -DomainName \"xphone.zahnfee.de\"";
        assert!(command.contains(wanted), "{command}");
        assert!(run(&["--lang=de"]).contains("(Zone _tcp.zahnfee.de):"));
    });
}

/// Nobody outside can ask there, or nobody answers.
#[test]
fn a_part_is_handed_on_to_nobody() {
    internet(|| {
        let zone = zone_with("SRV", "_tcp NS dc01\ndc01 A 10.0.0.10\n");
        let world = Internet::with_zone(&zone);
        world
            .resolver
            .now(SRV, RecordType::ANY, Behaviour::Servfail);
        let plan_ = plan(&[]);
        assert_eq!(
            plan_["records"][1]["hidden_by"], "_tcp.zahnfee.de. NS",
            "{plan_}"
        );
        let said = message(&plan_, "warn-handed");
        for words in ["dc01.zahnfee.de (10.0.0.10)", "Delete it there first"] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(commands(&[]), Vec::<String>::new(), "none would be seen");
        drop(world);
        let zone = zone_with("xphone", "xphone NS ns3.provider.net.\n");
        let world = Internet::with_zone(&zone);
        world
            .resolver
            .now("xphone.zahnfee.de", RecordType::ANY, Behaviour::Servfail);
        let _ns3 = Dns::at("81.2.3.55").always(Behaviour::Silent);
        let plan_ = plan(&["--ip", "81.2.3.4"]);
        assert_eq!(
            plan_["records"][0]["hidden_by"], "xphone.zahnfee.de. NS",
            "{plan_}"
        );
        let commands = commands(&["--ip", "81.2.3.4"]);
        assert!(
            commands.iter().all(|it| it.contains("-Srv")),
            "{commands:?}"
        );
    });
}

#[test]
fn a_dname_stands_above() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let dname = || answering(vec![subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com")]);
        let elsewhere = "@ NS ns3.provider.net.\n";
        let _ns3 = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.com", elsewhere);
        world.resolver.replace("zahnfee.com", elsewhere);
        for dns in [&world.ns1, &world.ns2] {
            dns.now(SRV, RecordType::SRV, Behaviour::forged(dname()));
        }
        let plan = plan(&[]);
        let record = &plan["records"][1];
        assert_eq!(
            record["hidden_by"],
            "_tcp.zahnfee.de. DNAME _tcp.zahnfee.com."
        );
        let said = message(&plan, "warn-moved");
        for words in [
            "A DNAME stands at _tcp.zahnfee.de",
            "Either enter it where it is looked for, _sipfederationtls._tcp.zahnfee.com",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(commands(&[]), Vec::<String>::new(), "none would be seen");
        let text = run(&["--lang=en"]);
        assert!(
            text.contains("Not before what is said above about"),
            "{text}"
        );
    });
}

/// Beside a CNAME no other record can stand. One that leads to Microsoft shows who has the chat.
#[test]
fn an_alias_stands_in_the_place_of_the_srv_record() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", "_sipfederationtls._tcp CNAME xphone"));
        let plan_ = plan(&[]);
        assert_eq!(plan_["records"][1]["state"], "differs");
        let said = message(&plan_, "warn-srv-alias");
        assert!(
            said.contains("an alias (CNAME) of xphone.zahnfee.de"),
            "{said}"
        );
        let [remove, add] = commands(&[]).try_into().expect("two commands");
        assert!(remove.starts_with("Remove-"), "{remove}");
        assert!(
            remove.ends_with("-RRType CName -Name \"_sipfederationtls._tcp\""),
            "{remove}"
        );
        assert!(add.starts_with("Add-DnsServerResourceRecord -Srv"), "{add}");
        drop(world);
        let to_teams = "_sipfederationtls._tcp CNAME sipfed.online.lync.com.";
        let _world = Internet::with_zone(&zone_with("SRV", to_teams));
        let plan_ = plan(&[]);
        assert_eq!(
            (&plan_["variant"], &plan_["basis"]),
            (&json!("3"), &json!("tenant"))
        );
        assert_eq!(
            plan_["seen"]["microsoft"],
            json!([format!("{SRV} CNAME sipfed.online.lync.com")])
        );
    });
}

/// Nobody made it, and nobody can delete it; its address is not the server's.
#[test]
fn a_wildcard_gives_the_address() {
    internet(|| {
        for wildcard in ["* A 81.2.3.99\n", "* CNAME www\nwww A 81.2.3.99\n"] {
            let kept = ZONE.lines();
            let kept = kept.filter(|line| !line.contains("xphone"));
            let lines = kept.collect::<Vec<_>>().join("\n");
            let _world = Internet::with_zone(&format!("{lines}\n{wildcard}"));
            let plan_ = plan(&[]);
            assert_eq!(plan_["address"], Value::Null, "{plan_}");
            assert_eq!(plan_["records"][0]["state"], "new");
            assert_eq!(plan_["records"][1]["state"], "new");
            let said = message(&plan_, "warn-wildcard");
            assert!(said.contains("a wildcard (*) gives it 81.2.3.99"), "{said}");
            let plan_ = plan(&["--ip", "81.2.3.99"]);
            assert_eq!(plan_["records"][0]["state"], "new", "it is to have its own");
            let commands = commands(&["--ip", "81.2.3.4"]);
            assert!(
                commands.iter().all(|it| it.starts_with("Add-")),
                "{commands:?}"
            );
        }
    });
}

#[test]
fn a_web_proxy_stands_before_the_server() {
    internet(|| {
        let _world = Internet::with_zone(&zone_with("xphone A", "xphone A 104.16.1.1\n"));
        let plan = plan(&[]);
        assert_eq!(plan["address"], Value::Null, "{plan}");
        assert_eq!(plan["records"][0]["state"], "differs");
        let said = message(&plan, "warn-proxied");
        for words in [
            "104.16.1.1, the web proxy of Cloudflare",
            "\"DNS only\" (grey cloud)",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert!(!plan.to_string().contains("warn-published\""), "{plan}");
    });
}

/// The servers differ: which address is the right one, or whether a record is there, depends on whom one asks.
#[test]
fn the_servers_differ() {
    internet(|| {
        for (one, other) in [(true, false), (false, true)] {
            let world = Internet::new();
            let old = zone_with("xphone A", "xphone A 81.2.3.5");
            let servers = [(&world.ns1, one), (&world.ns2, other)];
            for (server, _) in servers.iter().filter(|(_, is_old)| *is_old) {
                server.replace("zahnfee.de", &old);
            }
            let undecided = plan(&[]);
            assert_eq!(undecided["records"][0]["value"], Value::Null, "{undecided}");
            let message = message(&undecided, "warn-which");
            for said in ["81.2.3.4", "81.2.3.5", "--ip"] {
                assert!(message.contains(said), "{said}: {message}");
            }
            let ordered = run(&[]);
            assert!(!ordered.contains("-IPv4Address 81.2.3."), "{ordered}");
            let decided = plan(&["--ip", "81.2.3.4"]);
            assert_eq!(decided["records"][0]["value"], "81.2.3.4", "{decided}");
        }
        for (gone, record) in [("SRV", "(SRV)"), ("xphone A", "(A)")] {
            let world = Internet::new();
            world.ns1.replace("zahnfee.de", &zone_with(gone, ""));
            let plan = plan(&[]);
            let message = message(&plan, "warn-partly");
            for said in [record, "ns1.provider.net denies"] {
                assert!(message.contains(said), "{said}: {message}");
            }
            assert!(!plan.to_string().contains("warn-published\""), "{plan}");
        }
    });
}
