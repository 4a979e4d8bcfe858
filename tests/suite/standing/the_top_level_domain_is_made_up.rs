//! Names below a top-level domain that the root does not know: some network's own DNS has them, with public
//! addresses even, and nobody outside finds any.

use super::*;

const ROOT: &str = "\
    @ NS root.servers.example.\n\
    root.servers.example. A 81.2.3.99\n\
    zahnfee.de. NS ns1.provider.net.\n\
    zahnfee.de. NS ns2.provider.net.\n\
    provider.net. NS ns1.provider.net.\n\
    ns1.provider.net. A 81.2.3.53\n\
    ns2.provider.net. A 81.2.3.54\n\
    ns3.provider.net. A 81.2.3.55\n";
/// What the resolver knows of it.
const FIRMA: &str = "\
    $TTL 300\n\
    @ NS ns3\n\
    ns3 A 81.2.3.55\n\
    n1 A 81.2.3.53\n\
    h A 81.2.3.4\n\
    _sip SRV 0 0 5061 xphone.zahnfee.de.\n";

/// The resolver here leads to the root, and knows this zone.
struct Inside {
    world: Internet,
    root: Option<Dns>,
}

impl Inside {
    fn of(zone: &str, inside: &str) -> Self {
        let world = Internet::with_zone(zone);
        world.resolver.replace(".", ROOT);
        world.resolver.replace(inside, FIRMA);
        let root = Dns::at("81.2.3.99").authoritative().and_zone(".", ROOT);
        Self {
            world,
            root: Some(root),
        }
    }

    /// The root does not answer here.
    fn without_root(mut self) -> Self {
        self.root = None;
        self
    }

    fn check(&self) -> Outcome {
        self.world.check().run()
    }
}

fn aliased(target: &str) -> String {
    zone_with("xphone A", &format!("xphone CNAME {target}"))
}

#[test]
fn the_domain_itself() {
    internet(|| {
        for domain in ["zahnfee.lan", "zahnfee.firma"] {
            let inside = Inside::of(ZONE, domain);
            inside.world.resolver.replace(domain, ZONE);
            let outcome = inside.world.check_domain(domain).run();
            outcome.shows("domain", "domain-not-found", "fail");
            outcome.lacks("domain-internal-view").lacks("srv-missing");
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Where nobody can say whether there is such a top-level domain, it is known for what it is used.
#[test]
fn the_domain_itself_without_a_word_of_the_root() {
    internet(|| {
        for domain in ["zahnfee.lan", "zahnfee.firma"] {
            let inside = Inside::of(ZONE, domain).without_root();
            inside.world.resolver.replace(domain, ZONE);
            let outcome = inside.world.check_domain(domain).run();
            outcome.shows("domain", "domain-internal-view", "unknown");
            assert_eq!(outcome.code, 3, "{outcome}");
        }
    });
}

/// A resolver's word alone, as wanted.
#[test]
fn the_domain_itself_by_a_resolver() {
    internet(|| {
        let inside = Inside::of(ZONE, "zahnfee.lan");
        inside.world.resolver.replace("zahnfee.lan", ZONE);
        let run = inside.world.check_domain("zahnfee.lan");
        let outcome = run.arg("--no-authority").run();
        outcome.shows("domain", "domain-internal-view", "unknown");
        assert_eq!(outcome.code, 3, "{outcome}");
    });
}

#[test]
fn the_alias_of_the_fqdn() {
    internet(|| {
        let inside = Inside::of(&aliased("h.firma.lan."), "firma.lan");
        let outcome = inside.check();
        outcome.shows("address", "fqdn-not-found", "fail");
        says(&outcome, "address", "fqdn-not-found", &["h.firma.lan"]);
        outcome.lacks("address-stale");
        assert_eq!(outcome.code, 1, "{outcome}");

        let outcome = inside.without_root().check();
        outcome.shows("address", "domain-internal-view", "unknown");
        assert_eq!(outcome.code, 3, "{outcome}");
    });
}

#[test]
fn the_alias_of_the_record() {
    internet(|| {
        let alias = "_sipfederationtls._tcp CNAME _sip.firma.lan.";
        let inside = Inside::of(&zone_with("SRV", alias), "firma.lan");
        let outcome = inside.check();
        outcome.shows("srv", "srv-wrong-type", "fail");
        outcome.lacks("srv-stale");
        assert_eq!(outcome.code, 1, "{outcome}");

        let outcome = inside.without_root().check();
        outcome.shows("srv", "domain-internal-view", "unknown");
        assert_eq!(outcome.code, 3, "{outcome}");
    });
}

/// The resolver has the whole top-level domain itself, on servers with public addresses, and says so.
#[test]
fn the_alias_leads_into_one_that_the_resolver_has() {
    internet(|| {
        let inside = Inside::of(&aliased("h.firma."), "firma");
        let own = Behaviour::forged(|answer| answer.metadata.authoritative = true);
        inside.world.resolver.now("firma", RecordType::ANY, own);
        let outcome = inside.check();
        outcome.shows("address", "fqdn-not-found", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
    });
}

/// The root hands on a top-level domain that a resolver here does not lead to.
#[test]
fn the_alias_leads_into_one_that_the_root_knows() {
    internet(|| {
        let inside = Inside::of(&aliased("h.firma.neu."), "firma.neu");
        let root = inside.root.as_ref().expect("it answers");
        root.replace(".", &format!("{ROOT}neu. NS ns3.provider.net.\n"));
        let top = "@ NS ns3.provider.net.\nfirma NS ns3.provider.net.";
        let _neu = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("neu", top)
            .and_zone("firma.neu", FIRMA);
        let outcome = inside.check();
        outcome.shows("address", "address-alias", "warn");
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
    });
}

fn names_at(server: &str) -> String {
    zone_with(" NS ", &format!("@ NS {server}"))
}

#[track_caller]
fn lost(outcome: &Outcome, (step, code): (&str, &str), severity: &str, why: &str) {
    outcome.shows(step, code, severity);
    let args = &outcome.finding(step, code)["args"];
    assert_eq!(args["why"], why, "{outcome}");
    assert_eq!(args["end"], ".", "{outcome}");
    assert_eq!(outcome.code, if severity == "fail" { 1 } else { 3 });
}

#[test]
fn the_name_of_the_name_server() {
    internet(|| {
        let inside = Inside::of(&names_at("n1.firma.lan."), "firma.lan");
        let _registry = inside.world.registry("zahnfee NS n1.firma.lan.");
        let root = format!("{ROOT}de. NS a.nic.de.\na.nic.de. A 81.2.3.52\n");
        inside
            .root
            .as_ref()
            .expect("it answers")
            .replace(".", &root);
        let outcome = inside.check();
        let at = ("domain", "domain-servers-lost");
        lost(&outcome, at, "fail", "no-top");
        outcome.lacks("resolver-astray");
        lost(&inside.without_root().check(), at, "unknown", "inside");
    });
}

/// A host without its domain, or an address where a name has to be: the resolver still has the zone.
#[test]
fn the_name_of_the_name_server_has_no_domain() {
    internet(|| {
        for server in ["ns1.", "81.2.3.53."] {
            let inside = Inside::of(&names_at(server), "firma.lan");
            let _registry = inside.world.registry(&format!("zahnfee NS {server}"));
            let root = format!("{ROOT}de. NS a.nic.de.\na.nic.de. A 81.2.3.52\n");
            inside
                .root
                .as_ref()
                .expect("it answers")
                .replace(".", &root);
            let at = ("domain", "domain-servers-lost");
            lost(&inside.check(), at, "fail", "no-top");
        }
    });
}

#[test]
fn the_name_of_a_name_server_beside_another() {
    internet(|| {
        let servers = "n1.firma.lan.\n@ NS ns2.provider.net.";
        let inside = Inside::of(&names_at(servers), "firma.lan");
        let delegation = "zahnfee NS n1.firma.lan.\nzahnfee NS ns2.provider.net.";
        let _registry = inside.world.registry(delegation);
        let outcome = inside.check();
        outcome.shows("domain", "authority-partly-lost", "warn");
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
    });
}

#[test]
fn the_name_server_of_a_zone_below() {
    internet(|| {
        let zone = zone_with("SRV", "_tcp NS ns3.firma.lan.");
        let inside = Inside::of(&zone, "firma.lan");
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        let below = format!("@ NS ns3.firma.lan.\n{record}");
        inside.world.resolver.replace("_tcp.zahnfee.de", &below);
        let _ns3 = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("_tcp.zahnfee.de", &below);
        let at = ("srv", "authority-lost");
        lost(&inside.check(), at, "fail", "no-top");
        lost(&inside.without_root().check(), at, "unknown", "inside");
    });
}
