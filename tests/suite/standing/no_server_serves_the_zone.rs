use super::*;

/// In whatever form: an error, an answer without authority, a referral upwards, a denial in the
/// name of somebody else's zone.
#[test]
fn whatever_the_resolver_remembers() {
    internet(|| {
        let upward = Behaviour::forged(|answer| {
            use hickory_resolver::proto::rr::rdata::NS;
            use hickory_resolver::proto::rr::{Name, RData, Record};
            answer.answers.clear();
            answer.metadata.authoritative = false;
            let root = Name::from_ascii("a.root-servers.net.").expect("a name");
            let up = Record::from_rdata(Name::root(), 300, RData::NS(NS(root)));
            answer.authorities = vec![up];
        });
        let lame = Behaviour::forged(|answer| {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.authoritative = false;
        });
        for (behaviour, said) in [
            (Behaviour::Refused, "REFUSED"),
            (Behaviour::Servfail, "SERVFAIL"),
            (Behaviour::rcode(ResponseCode::NotAuth), "NOTAUTH"),
            (lame, "does not serve the zone"),
            (upward, "does not serve the zone"),
            (Behaviour::Ede(22, "no primary"), "no primary"),
        ] {
            let world = Internet::new();
            world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, behaviour.clone()));
            let outcome = world.check().run();
            outcome.shows("domain", "domain-dns-broken", "fail");
            outcome.lacks("authority-unreachable");
            says(
                &outcome,
                "domain",
                "domain-dns-broken",
                &[said, "81.2.3.53"],
            );
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// Their ports are closed, which they say at once: before the zones above have led anybody there. What comes first
/// is a matter of luck, and the verdict is not.
#[test]
fn their_ports_are_closed() {
    internet(|| {
        let own = "@ NS ns8\nns8 A 81.2.3.5";
        let world = Internet::with_zone(&zone_with(" NS ", own));
        let _registry = world.registry("zahnfee NS ns8.zahnfee\nns8.zahnfee A 81.2.3.5");
        for _ in 0..8 {
            let outcome = world.check().run();
            outcome.shows("srv", "authority-handed-on", "unknown");
            outcome.shows("address", "authority-handed-on", "unknown");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

#[test]
fn each_in_its_own_way() {
    internet(|| {
        let world = Internet::new();
        let everything = RecordType::ANY;
        world.ns1.now("zahnfee.de", everything, Behaviour::Refused);
        world.ns2.now("zahnfee.de", everything, Behaviour::Servfail);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
        says(
            &outcome,
            "domain",
            "domain-dns-broken",
            &["REFUSED", "SERVFAIL"],
        );
    });
}

/// The silent one might answer somebody else.
#[test]
fn one_refuses_and_one_is_silent() {
    internet(|| {
        let world = Internet::new();
        let everything = RecordType::ANY;
        world.ns1.now("zahnfee.de", everything, Behaviour::Refused);
        world.ns2.now("zahnfee.de", everything, Behaviour::Silent);
        let outcome = world.check().arg("--timeout=500ms").run();
        outcome.shows("domain", "domain-dns-broken", "unknown");
        is_never_ready(&outcome);
    });
}

/// A cache before the servers answers rightly, and cannot say AA.
#[test]
fn a_cache_before_them_is_none_of_it() {
    internet(|| {
        let world = Internet::new();
        let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
        world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, cached.clone()));
        is_ready(&world.check().run());
    });
}

/// Many networks redirect port 53 to a resolver of theirs, and many resolvers refuse a question
/// that does not ask for recursion.
#[test]
fn a_resolver_on_the_way_is_none_of_it() {
    internet(|| {
        let world = Internet::new();
        let refusing = Behaviour::forged(|answer| {
            answer.metadata.authoritative = false;
            answer.metadata.recursion_available = true;
            if !answer.metadata.recursion_desired {
                answer.answers.clear();
                answer.authorities.clear();
                answer.metadata.response_code = ResponseCode::Refused;
            }
        });
        world.servers(|ns| ns.now(".", RecordType::ANY, refusing.clone()));
        let outcome = world.check().run();
        outcome.shows("domain", "authority-unreachable", "info");
        assert_eq!(
            outcome.finding("domain", "authority-unreachable")["args"]["why"],
            "intercepted"
        );
        is_ready(&outcome);
        let first_lines = world.check().args(&["--format=table"]).text().1;
        assert!(first_lines.contains("resolver's word"), "{first_lines}");
    });
}

/// One that pretends to be whoever was asked, and remembers what the servers no longer have. The
/// servers of a top-level domain show it: they would not answer for others.
#[test]
fn a_resolver_on_the_way_that_pretends() {
    internet(|| {
        let pretending = Behaviour::forged(|answer| {
            answer.metadata.authoritative = true;
            answer.metadata.recursion_available = true;
        });
        let as_word_only = |world: &Internet| {
            let outcome = world.check().run();
            let finding = outcome.finding("domain", "authority-unreachable");
            assert_eq!(finding["args"]["why"], "intercepted", "{outcome}");
            is_ready(&outcome);
            let first_lines = world.check().args(&["--format=table"]).text().1;
            assert!(first_lines.contains("resolver's word"), "{first_lines}");
        };
        let world = Internet::new();
        let registry = world.registry("");
        registry.replace("zahnfee.de", ZONE);
        for dns in [&registry, &world.ns1, &world.ns2] {
            dns.now(".", RecordType::ANY, pretending.clone());
        }
        as_word_only(&world);
        // Or denies what the resolver has: nothing is published by it, and nothing missing.
        world.servers(|ns| ns.replace("zahnfee.de", &zone_with("SRV", "")));
        as_word_only(&world);
        // One machine that speaks for the domain and asks others for its own people is none.
        drop(registry);
        let _registry =
            world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
        let outcome = world.check().run();
        outcome.lacks("authority-unreachable");
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// They answer only without EDNS, which resolvers do not try any more. That they then answer well
/// does not make resolvers of them.
#[test]
fn they_reject_edns() {
    internet(|| {
        let world = Internet::new();
        let rejecting = Behaviour::forged(|answer| {
            if answer.edns.is_some() {
                answer.answers.clear();
                answer.authorities.clear();
                answer.metadata.response_code = ResponseCode::BADVERS;
            }
        });
        world.servers(|ns| ns.now(".", RecordType::ANY, rejecting.clone()));
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
        says(&outcome, "domain", "domain-dns-broken", &["BADVERS"]);
        is_never_ready(&outcome);
    });
}

/// Nobody answers for the domain; the resolver itself is sound.
#[test]
fn all_are_silent_and_the_resolver_waits() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, Behaviour::Silent);
        world.resolver.replace("de", "@ NS ns3.provider.net.");
        let run = world.check().args(&["--timeout", "2s"]);
        let outcome = run.args(&["--fqdn", "xphone.zahnfee.de"]).run();
        outcome.shows("domain", "domain-lookup-failed", "unknown");
        outcome.lacks("dns-unreachable");
        let words = ["no answer", "de", "DNS provider", "name servers"];
        says(&outcome, "domain", "domain-lookup-failed", &words);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // One that says nothing at all is out of reach itself.
        world.resolver.now(".", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().args(&["--timeout", "2s"]).run();
        outcome.shows("domain", "dns-unreachable", "unknown");
    });
}
