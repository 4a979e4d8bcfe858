//! The names of the domain's servers are in a part of their provider's zone, and the provider's servers do not hand
//! that on alike. Whoever was led one way knows no other until he has forgotten it.

use super::*;

const CODE: &str = "domain-delegation-differs";
const REGISTRY: &str = "prov NS p1.prov\nprov NS p2.prov\np1.prov A 81.2.3.55\np2.prov A 198.51.77.7\n\
                        zahnfee NS ns1.dns.prov.de.";

fn named(srv: &str) -> String {
    let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
    let kept = kept.filter(|line| !line.contains("SRV"));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    format!("{kept}@ NS ns1.dns.prov.de.\n{srv}")
}

const RECORD: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";

/// The provider's servers hand the part on so.
fn prov(part: &str) -> String {
    format!("$TTL 300\n@ NS p1\n@ NS p2\np1 A 81.2.3.55\np2 A 198.51.77.7\n{part}\n")
}

/// The part has the name at this address.
fn part(address: &str) -> String {
    format!("$TTL 300\n@ NS d.prov.de.\nns1 A {address}\n")
}

struct Parted {
    world: Internet,
    /// At the end of the other way.
    other: Dns,
    all: [Dns; 3],
}

/// One way ends at 81.2.3.53, the other one at 81.2.3.54. The resolver has gone this one.
fn parted(by_resolver: &str) -> Parted {
    let world = Internet::with_zone(&named(RECORD));
    world.resolver.replace("dns.prov.de", &part(by_resolver));
    world.ns1.replace("dns.prov.de", &part("81.2.3.53"));
    let registry = world.registry(REGISTRY);
    let [p1, p2, other] =
        ["81.2.3.55", "198.51.77.7", "104.16.1.1"].map(|at| Dns::at(at).authoritative());
    p1.replace("prov.de", &prov("dns NS d1\nd1 A 81.2.3.53"));
    p2.replace("prov.de", &prov("dns NS d2\nd2 A 104.16.1.1"));
    other.replace("dns.prov.de", &part("81.2.3.54"));
    Parted {
        world,
        other,
        all: [registry, p1, p2],
    }
}

#[track_caller]
fn differs(outcome: &Outcome, severity: &str) {
    outcome.shows("domain", CODE, severity);
    let finding = outcome.finding("domain", CODE);
    assert_eq!(finding["args"]["why"], "names", "{outcome}");
    let words = ["dns.prov.de", "198.51.77.7", "d1.prov.de", "d2.prov.de"];
    says(outcome, "domain", CODE, &words);
}

#[test]
fn and_ends_at_the_same() {
    internet(|| {
        let parted = parted("81.2.3.53");
        parted.other.replace("dns.prov.de", &part("81.2.3.53"));
        let outcome = parted.world.check().run();
        outcome.lacks(CODE);
        is_ready(&outcome);
    });
}

#[test]
fn and_all_ends_are_right() {
    internet(|| {
        for seen in ["81.2.3.53", "81.2.3.54"] {
            let outcome = parted(seen).world.check().run();
            differs(&outcome, "warn");
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
    });
}

#[test]
fn and_one_end_has_no_record() {
    internet(|| {
        for seen in ["81.2.3.53", "81.2.3.54"] {
            let parted = parted(seen);
            let at_the_end = |zone: &str| {
                parted.world.ns2.replace("zahnfee.de", zone);
                parted.world.check().run()
            };
            let outcome = at_the_end(&named(""));
            differs(&outcome, "fail");
            says(&outcome, "domain", CODE, &[SRV, "SRV"]);
            assert_eq!(outcome.code, 1, "{outcome}");
            let outcome = at_the_end(&named(RECORD).replace("xphone A", "other A"));
            differs(&outcome, "fail");
            assert_eq!(outcome.code, 1, "{outcome}");
            let outcome = at_the_end(&named(&RECORD.replace("5061", "5060")));
            outcome.shows("srv", "srv-wrong-port", "fail");
        }
    });
}

#[test]
fn and_nobody_serves_the_domain_at_one_end() {
    internet(|| {
        for (behaviour, severity) in [
            (Behaviour::Refused, "fail"),
            (Behaviour::Servfail, "fail"),
            (Behaviour::Silent, "unknown"),
        ] {
            let parted = parted("81.2.3.53");
            parted
                .world
                .ns2
                .now("zahnfee.de", RecordType::ANY, behaviour);
            let outcome = parted.world.check().arg("--timeout=2s").run();
            differs(&outcome, severity);
            is_never_ready(&outcome);
        }
    });
}

/// What has no end leads back to those who know another way.
#[test]
fn and_one_way_has_no_end() {
    internet(|| {
        let parted = parted("81.2.3.53");
        parted
            .other
            .now("dns.prov.de", RecordType::ANY, Behaviour::Refused);
        let outcome = parted.world.check().run();
        outcome.shows("domain", "authority-partly-lost", "warn");
        says(
            &outcome,
            "domain",
            "authority-partly-lost",
            &["198.51.77.7", "ns1.dns.prov.de"],
        );
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// Partners who are led astray for one name have the other one.
#[test]
fn and_another_name_is_elsewhere() {
    internet(|| {
        let parted = parted("81.2.3.53");
        let world = &parted.world;
        let zone = |srv: &str| format!("{}@ NS ns9.fest.de.\n", named(srv));
        for dns in [&world.resolver, &world.ns1] {
            dns.replace("zahnfee.de", &zone(RECORD));
            dns.replace("fest.de", "@ NS ns9\nns9 A 81.2.3.53\n");
        }
        world.ns2.replace("zahnfee.de", &zone(""));
        let fest = "fest NS ns9.fest\nns9.fest A 81.2.3.53\nzahnfee NS ns9.fest";
        let registry = &parted.all[0];
        registry.replace(
            "de",
            &format!("$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n{REGISTRY}\n{fest}\n"),
        );
        let outcome = world.check().run();
        differs(&outcome, "warn");
        outcome.shows("domain", "domain-servers-disagree", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}
