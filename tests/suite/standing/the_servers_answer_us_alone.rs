//! The zone's servers answer this network, and the resolvers that were asked get nothing from them: an access list, a
//! view or a firewall stands before everybody else.

use super::the_zone_is_signed::{registry, signed};
use super::*;
use crate::stage::Run;
use crate::world::ZoneKey;

const CODE: &str = "resolver-gets-nothing";
const FQDN: &str = "xphone.zahnfee.de";
const OTHER: &str = "127.0.0.54";
const HEALTHY: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// The healthy world with its registry, and a second resolver that knows the same.
pub(super) struct World {
    pub(super) internet: Internet,
    pub(super) other: Dns,
    _registry: Dns,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_zone(ZONE)
    }

    fn with_zone(zone: &str) -> Self {
        let internet = Internet::with_zone(zone);
        let other = Dns::at(OTHER)
            .and_zone("zahnfee.de", zone)
            .and_zone("provider.net", PROVIDER)
            .and_zone("de", "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n");
        Self {
            _registry: internet.registry(HEALTHY),
            internet,
            other,
        }
    }

    /// Tells both resolvers what becomes of such a question.
    fn resolvers(&self, name: &str, kind: RecordType, behaviour: &Behaviour) {
        for resolver in [&self.internet.resolver, &self.other] {
            resolver.now(name, kind, behaviour.clone());
        }
    }

    /// Both resolvers know the zone so.
    pub(super) fn resolvers_have(&self, zone: &str) {
        for resolver in [&self.internet.resolver, &self.other] {
            resolver.replace("zahnfee.de", zone);
        }
    }

    pub(super) fn check(&self) -> Run {
        self.internet.check().args(&["--resolver", OTHER])
    }
}

/// Everything in the zone is kept from others, or only one kind of question.
#[test]
fn no_resolver_gets_an_answer() {
    internet(|| {
        for (name, kind, behaviour, said) in [
            (
                "zahnfee.de",
                RecordType::ANY,
                Behaviour::Servfail,
                "SERVFAIL",
            ),
            ("zahnfee.de", RecordType::ANY, Behaviour::Refused, "REFUSED"),
            (
                "zahnfee.de",
                RecordType::ANY,
                Behaviour::Silent,
                "no answer",
            ),
            (SRV, RecordType::SRV, Behaviour::Servfail, "SERVFAIL"),
            (SRV, RecordType::SRV, Behaviour::Silent, "no answer"),
            (FQDN, RecordType::A, Behaviour::Servfail, "SERVFAIL"),
        ] {
            let world = World::new();
            world.resolvers(name, kind, &behaviour);
            let outcome = world.check().arg("--timeout=1s").run();
            outcome.shows("domain", "resolver-gets-nothing", "unknown");
            let asked = if kind == RecordType::SRV { SRV } else { FQDN };
            says(
                &outcome,
                "domain",
                CODE,
                &[
                    said,
                    asked,
                    "127.0.0.53",
                    OTHER,
                    "allow-query",
                    "Five minutes",
                ],
            );
            assert_eq!(outcome.code, 3, "{outcome}");
            // In the partner view it is the resolver that counts, and is told so.
            let outcome = world.check().args(&["--partner", "--timeout=1s"]).run();
            outcome.lacks(CODE);
            assert_eq!(outcome.code, 3, "{outcome}");
        }
    });
}

/// One resolver is enough where no other was asked.
#[test]
fn the_only_resolver_gets_no_answer() {
    internet(|| {
        for name in [SRV, FQDN, "zahnfee.de"] {
            let world = World::new();
            world.resolvers(name, RecordType::ANY, &Behaviour::Servfail);
            let outcome = world.internet.check().run();
            outcome.shows("domain", CODE, "unknown");
            assert_eq!(outcome.code, 3, "{outcome}");
        }
    });
}

/// The record stands in a zone of its own, or the name leads into another, whose servers are closed.
#[test]
fn the_servers_of_another_zone_are_closed() {
    internet(|| {
        for (at, what, line) in [
            (FQDN, "xphone A", "xphone CNAME host.provider.net."),
            (SRV, "SRV", "_sipfederationtls._tcp CNAME srv.provider.net."),
        ] {
            let world = World::with_zone(&zone_with(what, line));
            let beyond =
                format!("{PROVIDER}host A 81.2.3.4\nsrv SRV 0 0 5061 xphone.zahnfee.de.\n");
            world
                .internet
                .servers(|ns| ns.replace("provider.net", &beyond));
            world.resolvers(at, RecordType::ANY, &Behaviour::Servfail);
            let outcome = world.check().run();
            outcome.shows("domain", CODE, "unknown");
            says(&outcome, "domain", CODE, &[at]);
            assert_eq!(outcome.code, 3, "{outcome}");
        }
    });
}

/// Nobody asks for the record in direct federation.
#[test]
fn direct_federation_needs_the_address_alone() {
    internet(|| {
        for (name, is_told) in [(SRV, false), (FQDN, true)] {
            let world = World::new();
            world.resolvers(name, RecordType::ANY, &Behaviour::Servfail);
            let outcome = world.check().args(&["--direct", "--fqdn", FQDN]).run();
            if is_told {
                outcome.shows("domain", CODE, "unknown");
                assert_eq!(outcome.code, 3, "{outcome}");
            } else {
                outcome.lacks(CODE);
                assert_eq!(outcome.code, 0, "{outcome}");
            }
        }
    });
}

/// One resolver gets there.
#[test]
fn some_resolvers_get_an_answer() {
    internet(|| {
        for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
            for name in [SRV, FQDN, "zahnfee.de"] {
                let world = World::new();
                world.other.now(name, RecordType::ANY, behaviour.clone());
                let outcome = world.check().run();
                outcome.shows("domain", CODE, "info");
                says(&outcome, "domain", CODE, &[OTHER, "some of the resolvers"]);
                let finding = outcome.finding("domain", CODE);
                assert!(!finding["message"].to_string().contains("127.0.0.53"));
                is_ready(&outcome);
            }
        }
    });
}

/// A resolver that fails for all the world, or for all questions of a kind, says nothing of the domain; and what was
/// named is what is judged.
#[test]
fn the_resolver_is_out_of_order() {
    internet(|| {
        for kind in [RecordType::A, RecordType::SRV] {
            for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
                let world = World::new();
                world.resolvers("de", kind, &behaviour);
                let outcome = world.check().run();
                outcome.lacks(CODE);
                is_ready(&outcome);
            }
        }
        let world = World::new();
        world.resolvers(SRV, RecordType::ANY, &Behaviour::Servfail);
        let named = world.check().args(&["--authority", "81.2.3.53"]).run();
        named.lacks(CODE);
        let without = world.check().arg("--no-authority").run();
        without.lacks(CODE);
        assert_ne!(without.report()["verdict"], "ready", "{without}");
    });
}

/// What nobody needs may fail; the resolver may filter, and say so; and the healthy domain costs no question.
#[test]
fn nothing_is_kept_from_anybody() {
    internet(|| {
        for (name, kind, behaviour) in [
            (FQDN, RecordType::AAAA, Behaviour::Servfail),
            ("zahnfee.de", RecordType::TXT, Behaviour::Servfail),
            ("zahnfee.de", RecordType::MX, Behaviour::Refused),
            (SRV, RecordType::SRV, Behaviour::blocked(15, "Malware")),
            (FQDN, RecordType::A, Behaviour::blocked(17, "Malware")),
        ] {
            let world = World::new();
            world.resolvers(name, kind, &behaviour);
            let outcome = world.check().run();
            outcome.lacks(CODE);
            assert_eq!(outcome.code, 0, "{outcome}");
        }
        let world = World::new();
        let outcome = world.check().run();
        outcome.lacks(CODE);
        is_ready(&outcome);
        let service = SRV.replace("zahnfee.de", "de");
        for (name, kind) in [("de", RecordType::A), (&service, RecordType::SRV)] {
            assert_eq!(world.other.times_asked(name, kind), 0, "{name}");
        }
    });
}

/// Without the check of signatures the answer comes: the keys alone may be kept from others. One resolver may be wrong.
#[test]
fn the_keys_are_kept_from_others() {
    internet(|| {
        let key = ZoneKey::of("zahnfee.de");
        let World {
            internet: world,
            other,
            _registry: unsigned,
        } = World::new();
        drop(unsigned);
        signed(&world, &key, (-3, 11));
        let _registry = registry(&world, &key.ds());
        for resolver in [&world.resolver, &other] {
            resolver.now("zahnfee.de", RecordType::ANY, Behaviour::Bogus);
        }
        let check = || world.check().args(&["--resolver", OTHER]);
        let outcome = check().run();
        outcome.shows("domain", CODE, "unknown");
        outcome.lacks("resolver-misjudges");
        says(&outcome, "domain", CODE, &["DNSKEY"]);
        assert_eq!(outcome.code, 3, "{outcome}");
        let outcome = world.check().run();
        outcome.shows("domain", "resolver-misjudges", "unknown");
        outcome.lacks(CODE);
    });
}
