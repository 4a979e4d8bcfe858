//! The servers of a zone above do not say who serves the domain. A resolver here still knows it, and the
//! domain's own servers answer as they should: partners that remember nothing do not come to them.

use super::*;
use crate::world::{Forgery, ZoneKey};

const CODE: &str = "delegation-unanswered";
const HANDED_ON: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

fn all(dns: &Dns, behaviour: Behaviour) {
    dns.now(".", RecordType::ANY, behaviour);
}

/// Undecided, as these servers of this zone say this, or nothing.
#[track_caller]
fn is_stuck(outcome: &Outcome, zone: &str, words: &[&str]) {
    outcome.shows("domain", "delegation-unanswered", "unknown");
    ends(outcome, zone, words);
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[track_caller]
fn ends(outcome: &Outcome, zone: &str, words: &[&str]) {
    let args = &outcome.finding("domain", CODE)["args"];
    assert_eq!(args["zone"], zone, "{outcome}");
    says(outcome, "domain", CODE, words);
    for other in ["domain-delegation-differs", "resolver-astray"] {
        outcome.lacks(other);
    }
}

fn upward() -> Behaviour {
    Behaviour::forged(|answer| {
        use hickory_resolver::proto::rr::rdata::NS;
        use hickory_resolver::proto::rr::{Name, RData, Record};
        let root = Name::from_ascii("a.root-servers.net.").expect("a name");
        answer.authorities = vec![Record::from_rdata(Name::root(), 300, RData::NS(NS(root)))];
    })
}

#[test]
fn in_whatever_form() {
    internet(|| {
        for (behaviour, said) in [
            (Behaviour::Servfail, "SERVFAIL"),
            (Behaviour::Refused, "REFUSED"),
            (Behaviour::Garbage, "no answer at all from a.nic.de"),
            (Behaviour::TruncatedNoTcp, "cuts its answer short"),
            (upward(), "does not serve the zone"),
            (
                Behaviour::denied(ResponseCode::NXDomain, "com."),
                "does not serve the zone",
            ),
            (Behaviour::blocked(0, ""), "does not serve the zone"),
            (Behaviour::bare(), "does not serve the zone"),
            (Behaviour::Silent, "no answer at all from a.nic.de"),
        ] {
            let world = Internet::new();
            let registry = world.registry(HANDED_ON);
            all(&registry, behaviour);
            let outcome = world.check().run();
            is_stuck(&outcome, "de", &[said, "81.2.3.52", "registry of de"]);
        }
    });
}

/// It is told why the resolver knows nothing, where it has asked the same servers.
#[test]
fn the_resolver_does_not_know_either() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(HANDED_ON);
        all(&registry, Behaviour::Servfail);
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, Behaviour::Servfail);
        let outcome = world.check().run();
        is_stuck(&outcome, "de", &["SERVFAIL"]);
        outcome.lacks("domain-lookup-failed");
    });
}

/// Resolvers ask for the address itself then.
#[test]
fn only_the_question_for_name_servers_fails() {
    internet(|| {
        for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
            let world = Internet::new();
            let registry = world.registry(HANDED_ON);
            registry.now("zahnfee.de", RecordType::NS, behaviour);
            is_ready(&world.check().run());
        }
    });
}

/// Of five servers four are out of order, in whatever order they are asked.
#[test]
fn one_of_many_is_enough() {
    internet(|| {
        let names = ["b", "c", "d", "e"];
        let lines = names.map(|name| format!("@ NS {name}.nic\n{name}.nic A 198.51.77.7\n"));
        let head = "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n";
        let zone = format!("{head}{}{HANDED_ON}\n", lines.concat());
        let world = Internet::new();
        let registry = world.registry(HANDED_ON);
        registry.replace("de", &zone);
        world.resolver.replace("de", &zone);
        let other = Dns::at("198.51.77.7").authoritative();
        for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
            all(&other, behaviour);
            is_ready(&world.check().run());
        }
    });
}

/// A question or two got lost: it is asked again, for longer.
#[test]
fn a_lost_question_decides_nothing() {
    internet(|| {
        let world = Internet::new();
        let registry = world.registry(HANDED_ON);
        all(&registry, Behaviour::answers_one_in(3));
        is_ready(&world.check().run());
    });
}

/// Nothing comes back from port 53 of anybody but the resolver, or a resolver answers there: that is this
/// network's, and says nothing of the zone above.
#[test]
fn the_network_lets_no_question_out() {
    internet(|| {
        let refusing = Behaviour::forged(|answer| {
            answer.metadata.authoritative = false;
            answer.metadata.recursion_available = true;
            if !answer.metadata.recursion_desired {
                answer.answers.clear();
                answer.authorities.clear();
                answer.metadata.response_code = ResponseCode::Refused;
            }
        });
        for (behaviour, why) in [(Behaviour::Silent, "silent"), (refusing, "intercepted")] {
            let world = Internet::new();
            let registry = world.registry(HANDED_ON);
            registry.replace("zahnfee.de", ZONE);
            for dns in [&registry, &world.ns1, &world.ns2] {
                all(dns, behaviour.clone());
            }
            let outcome = world.check().run();
            let finding = outcome.finding("domain", "authority-unreachable");
            assert_eq!(finding["args"]["why"], why, "{outcome}");
            is_ready(&outcome);
        }
    });
}

/// The domain is a zone of its own below another one, whose servers are dead or refuse.
#[test]
fn the_zone_between() {
    internet(|| {
        let child = "@ NS ns3.provider.net.\nxphone A 81.2.3.5\n\
                     _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        for (behaviour, severity, said) in [
            (Behaviour::Silent, "unknown", "no answer at all"),
            (
                Behaviour::TruncatedNoTcp,
                "unknown",
                "cuts its answer short",
            ),
            (Behaviour::Refused, "fail", "REFUSED"),
        ] {
            let world = Internet::with_zone(&format!("{ZONE}chat NS ns3.provider.net.\n"));
            let _third = Dns::at("81.2.3.55")
                .authoritative()
                .and_zone("chat.zahnfee.de", child);
            world.resolver.replace("chat.zahnfee.de", child);
            let _registry = world.registry(HANDED_ON);
            let server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5");
            let _server = server.start();
            assert_eq!(world.check_domain("chat.zahnfee.de").run().code, 0);
            world.servers(|ns| all(ns, behaviour.clone()));
            let outcome = world.check_domain("chat.zahnfee.de").run();
            outcome.shows("domain", CODE, severity);
            ends(
                &outcome,
                "zahnfee.de",
                &[said, "81.2.3.53", "runs the zone"],
            );
            is_never_ready(&outcome);
        }
    });
}

/// An alias leads below a top-level domain that is out of order, or the server's name lies there.
#[test]
fn above_the_end_of_an_alias() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME buero.dyn.example."));
        let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
        let third = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("dyn.example", dynamic);
        world.resolver.replace("dyn.example", dynamic);
        let registry = "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\ndyn NS ns3.provider.net.\n";
        world.resolver.replace("example", registry);
        let registry = Dns::at("81.2.3.52")
            .authoritative()
            .and_zone("example", registry);
        assert_eq!(world.check().run().code, 0);
        all(&registry, Behaviour::Servfail);
        is_stuck(&world.check().run(), "example", &["SERVFAIL"]);
        let elsewhere = zone_with(
            "xphone",
            "_sipfederationtls._tcp SRV 0 0 5061 x.dyn.example.",
        );
        let dynamic = "@ NS ns3.provider.net.\nx A 81.2.3.4";
        world.servers(|ns| ns.replace("zahnfee.de", &elsewhere));
        world.resolver.replace("zahnfee.de", &elsewhere);
        for dns in [&world.resolver, &third] {
            dns.replace("dyn.example", dynamic);
        }
        // What else is wrong with a name in another domain is another matter.
        let outcome = world.check().run();
        outcome.shows("domain", CODE, "unknown");
        says(&outcome, "domain", CODE, &["x.dyn.example", "SERVFAIL"]);
    });
}

/// The names of the name servers lie below a top-level domain that is out of order.
#[test]
fn above_the_names_of_the_servers() {
    internet(|| {
        for (behaviour, why) in [
            (Behaviour::Normal, None),
            (Behaviour::Servfail, Some("fails")),
            (Behaviour::Refused, Some("fails")),
            (Behaviour::Silent, Some("silent")),
        ] {
            let world = Internet::new();
            let registry = world.registry(HANDED_ON);
            let net = "$TTL 300\n@ NS a.nic.de.\n";
            let handed_on = "provider NS ns1.provider\nns1.provider A 81.2.3.53\n";
            registry.replace("net", &format!("{net}{handed_on}"));
            world.resolver.replace("net", net);
            registry.now("net", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            let Some(why) = why else {
                is_ready(&outcome);
                continue;
            };
            outcome.shows("domain", "domain-servers-lost", "unknown");
            let args = &outcome.finding("domain", "domain-servers-lost")["args"];
            assert_eq!(args["why"], why, "{outcome}");
            assert_eq!(args["end"], "net", "{outcome}");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// The zone above leads to the domain's servers, and none of them answers: only a memory does.
#[test]
fn the_own_servers_say_nothing() {
    internet(|| {
        let world = Internet::new();
        let _registry = world.registry(HANDED_ON);
        world.servers(|ns| all(ns, Behaviour::Silent));
        let outcome = world.check().args(&["--timeout", "2s"]).run();
        outcome.shows("srv", "authority-handed-on", "unknown");
        says(&outcome, "srv", "authority-handed-on", &["zone de", "ns1"]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// Keys that a signed top-level domain announces without its signature are refused with all below.
#[test]
fn it_announces_keys_and_does_not_sign_that() {
    internet(|| {
        let world = Internet::new();
        let (own, top) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("de"));
        world.servers(|ns| ns.sign("zahnfee.de", &own, (-3, 11)));
        let registry = world.registry(&format!("{HANDED_ON}\nzahnfee DS {}", own.ds()));
        registry.sign("de", &top, (-3, 11));
        let others = "provider.net. NS ns1.provider.net.";
        let root = format!("{others}\nde DS {}", top.ds());
        world.resolver.replace(".", &root);
        is_ready(&world.check().run());
        let strip = |answer: &mut hickory_resolver::proto::op::Message| {
            let is_signature = |record: &hickory_resolver::proto::rr::Record| {
                record.record_type() == RecordType::RRSIG
            };
            answer.authorities.retain(|record| !is_signature(record));
            answer.answers.retain(|record| !is_signature(record));
        };
        let stripped = Behaviour::Forged(Forgery::new(strip));
        registry.now("zahnfee.de", RecordType::ANY, stripped);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dnssec-bogus", "fail");
        // Nobody shows the keys of the top-level domain.
        registry.now("zahnfee.de", RecordType::ANY, Behaviour::Normal);
        registry.now("de", RecordType::DNSKEY, Behaviour::Silent);
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dnssec-bogus", "unknown");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}
