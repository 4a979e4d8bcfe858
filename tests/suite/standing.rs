//! Whose word an answer is: for each question the servers that are entitled to it, and what is left
//! where they fail, hand it on, or cannot be asked.

use hickory_resolver::proto::op::ResponseCode;

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, Outcome};
use crate::world::{Behaviour, Dns, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";

/// Asserts that a finding says this somewhere in its message or its fix.
#[track_caller]
fn says(outcome: &Outcome, step: &str, code: &str, words: &[&str]) {
    let finding = outcome.finding(step, code).to_string();
    for word in words {
        assert!(finding.contains(word), "{word} in {code}:\n{outcome}");
    }
}

#[track_caller]
fn is_ready(outcome: &Outcome) {
    outcome.stands(ALL_PASS, "ready", 0);
}

/// Not ready, or undecided: never ready.
#[track_caller]
fn is_never_ready(outcome: &Outcome) {
    let verdict = &outcome.report()["verdict"];
    assert!(
        ["not-ready", "inconclusive"].contains(&verdict.as_str().expect("a verdict")),
        "{outcome}"
    );
}

mod no_server_serves_the_zone {
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
                (lame, "LAME"),
                (upward, "LAME"),
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
}

mod one_question_fails {
    use super::*;

    #[test]
    fn the_srv_record_at_every_server() {
        internet(|| {
            for (behaviour, said) in [
                (Behaviour::Servfail, "SERVFAIL"),
                (Behaviour::Refused, "REFUSED"),
                (Behaviour::rcode(ResponseCode::NotImp), "NOTIMP"),
            ] {
                let world = Internet::new();
                world.servers(|ns| ns.now(".", RecordType::SRV, behaviour.clone()));
                let outcome = world.check().run();
                outcome.shows("srv", "authority-fails", "fail");
                says(
                    &outcome,
                    "srv",
                    "authority-fails",
                    &[said, "81.2.3.54", SRV],
                );
                assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
                outcome.lacks("domain-dns-broken");
            }
        });
    }

    /// And the resolver with them.
    #[test]
    fn the_srv_record_everywhere() {
        internet(|| {
            let world = Internet::new();
            let unknown = Behaviour::rcode(ResponseCode::NotImp);
            world.servers(|ns| ns.now(".", RecordType::SRV, unknown.clone()));
            world
                .resolver
                .now(".", RecordType::SRV, Behaviour::Servfail);
            let outcome = world.check().args(&["--fqdn", "xphone.zahnfee.de"]).run();
            says(
                &outcome,
                "srv",
                "authority-fails",
                &["NOTIMP", "81.2.3.53", "81.2.3.54"],
            );
            outcome.lacks("domain-lookup-failed");
            is_never_ready(&outcome);
        });
    }

    #[test]
    fn the_address_at_every_server() {
        internet(|| {
            let world = Internet::new();
            world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::A, Behaviour::Servfail));
            let outcome = world.check().run();
            outcome.shows("address", "authority-fails", "fail");
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        });
    }

    /// A firewall that drops underscores: the resolver counts, and the report says for what.
    #[test]
    fn silence_for_the_srv_record() {
        internet(|| {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::SRV, Behaviour::Silent));
            let outcome = world.check().arg("--timeout=500ms").run();
            outcome.shows("srv", "authority-unreachable", "info");
            says(&outcome, "srv", "authority-unreachable", &["SRV", SRV]);
            is_ready(&outcome);
        });
    }

    #[test]
    fn what_no_verdict_rests_on() {
        internet(|| {
            let world = Internet::new();
            let unknown = Behaviour::rcode(ResponseCode::NotImp);
            world.servers(|ns| {
                ns.now(".", RecordType::TXT, unknown.clone());
                ns.now(".", RecordType::MX, Behaviour::Silent);
                ns.now(".", RecordType::AAAA, Behaviour::Servfail);
            });
            world
                .resolver
                .now(".", RecordType::TXT, Behaviour::Servfail);
            is_ready(&world.check().run());
        });
    }
}

mod some_servers_fail {
    use super::*;

    #[test]
    fn whichever_comes_first_it_is_named() {
        internet(|| {
            for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
                let world = Internet::new();
                world
                    .ns2
                    .now("zahnfee.de", RecordType::ANY, behaviour.clone());
                let outcome = world.check().run();
                outcome.shows("domain", "authority-partly-fails", "warn");
                says(
                    &outcome,
                    "domain",
                    "authority-partly-fails",
                    &["ns2.provider.net", "81.2.3.54"],
                );
                outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);

                drop(world);
                let world = Internet::new();
                world.ns1.now("zahnfee.de", RecordType::ANY, behaviour);
                let outcome = world.check().run();
                says(
                    &outcome,
                    "domain",
                    "authority-partly-fails",
                    &["ns1.provider.net"],
                );
                outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
            }
        });
    }

    #[test]
    fn for_the_srv_record_only() {
        internet(|| {
            let world = Internet::new();
            world.ns2.now(".", RecordType::SRV, Behaviour::Servfail);
            let outcome = world.check().run();
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns2.provider.net", "SRV"],
            );
        });
    }

    #[test]
    fn their_names_lead_nowhere() {
        internet(|| {
            let lost = "@ NS ns1.local.\n@ NS ns2.local.";
            let world = Internet::with_zone(&zone_with(" NS ", lost));
            let outcome = world.check().run();
            says(
                &outcome,
                "domain",
                "authority-unreachable",
                &["ns1.local", "no address"],
            );
            is_ready(&outcome);
        });
    }
}

mod a_server_that_was_named {
    use super::*;

    #[test]
    fn fails() {
        internet(|| {
            for (behaviour, said) in [
                (Behaviour::Refused, "REFUSED"),
                (Behaviour::Servfail, "SERVFAIL"),
            ] {
                let world = Internet::new();
                let named = Dns::at("81.2.3.55").authoritative().always(behaviour);
                let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
                outcome.shows("domain", "domain-dns-broken", "fail");
                says(
                    &outcome,
                    "domain",
                    "domain-dns-broken",
                    &["81.2.3.55", said],
                );
                assert_eq!(outcome.report()["verdict"], "not-ready");
                drop(named);
            }
        });
    }

    /// It refers to the servers that the domain has today, as a server of the zone above does.
    #[test]
    fn refers_to_others() {
        internet(|| {
            let world = Internet::new();
            let above = "zahnfee NS ns1.provider.net.";
            let _named = Dns::at("81.2.3.55").authoritative().and_zone("de", above);
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            says(&outcome, "domain", "domain-dns-broken", &["81.2.3.55"]);
            is_never_ready(&outcome);
        });
    }

    #[test]
    fn is_silent() {
        internet(|| {
            let world = Internet::new();
            for fqdn in [&[][..], &["--fqdn", "xphone.zahnfee.de"]] {
                let run = world.check().args(&["--authority", "81.2.3.55"]).args(fqdn);
                let outcome = run.arg("--timeout=500ms").run();
                outcome.shows("domain", "authority-unreachable", "unknown");
                says(&outcome, "domain", "authority-unreachable", &["81.2.3.55"]);
                assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            }
        });
    }

    #[test]
    fn has_the_zone_without_the_record() {
        internet(|| {
            let world = Internet::new();
            let _named = Dns::at("81.2.3.55")
                .authoritative()
                .and_zone("zahnfee.de", &zone_with("SRV", ""));
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            outcome.shows("srv", "srv-missing", "fail");
        });
    }

    /// The zone that it serves may begin above the domain.
    #[test]
    fn serves_the_zone_above() {
        internet(|| {
            let zone =
                "xphone.chat A 81.2.3.4\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat";
            let world = Internet::without_server(&zone_with("SRV", zone));
            let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start();
            let run = world.check_domain("chat.zahnfee.de");
            let outcome = run.args(&["--authority", "81.2.3.53"]).run();
            is_ready(&outcome);
        });
    }
}

mod a_name_below_is_delegated {
    use super::*;

    fn child(text: &str) -> Dns {
        let ns3 = Dns::at("81.2.3.55").authoritative();
        ns3.replace("_tcp.zahnfee.de", text);
        ns3
    }

    #[test]
    fn to_servers_that_nobody_can_ask() {
        internet(|| {
            let world = Internet::with_zone(&format!("{ZONE}_tcp NS dc01\ndc01 A 10.0.0.10\n"));
            world
                .resolver
                .now(SRV, RecordType::ANY, Behaviour::Servfail);
            let run = || world.check().args(&["--fqdn", "xphone.zahnfee.de"]);
            let outcome = run().run();
            outcome.shows("srv", "authority-handed-on", "fail");
            let words = ["_tcp.zahnfee.de", "dc01.zahnfee.de", "10.0.0.10"];
            says(&outcome, "srv", "authority-handed-on", &words);
            outcome.lacks("domain-lookup-failed");
            is_never_ready(&outcome);
            // A resolver that remembers better days changes nothing.
            world.resolver.now(SRV, RecordType::ANY, Behaviour::Normal);
            world.resolver.replace(
                "_tcp.zahnfee.de",
                "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.",
            );
            let outcome = run().run();
            outcome.shows("srv", "authority-handed-on", "fail");
            is_never_ready(&outcome);
        });
    }

    #[test]
    fn to_servers_that_deny_it() {
        internet(|| {
            let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
            let _ns3 = child("_ldap SRV 0 0 389 dc01.zahnfee.de.");
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.resolver.replace("_tcp.zahnfee.de", record);
            let outcome = world.check().run();
            outcome.shows("srv", "srv-missing", "fail");
            is_never_ready(&outcome);
        });
    }

    #[test]
    fn to_servers_that_refuse_it() {
        internet(|| {
            let world = Internet::with_zone(&zone_with("SRV", "_tcp NS ns3.provider.net."));
            let _ns3 = child("x A 81.2.3.4").always(Behaviour::Refused);
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.resolver.replace("_tcp.zahnfee.de", record);
            let outcome = world.check().run();
            says(
                &outcome,
                "srv",
                "authority-fails",
                &["REFUSED", "81.2.3.55"],
            );
            is_never_ready(&outcome);
        });
    }

    #[test]
    fn the_fqdn_to_servers_that_have_it() {
        internet(|| {
            let world = Internet::with_zone(&zone_with("xphone A", "xphone NS ns3.provider.net."));
            let ns3 = Dns::at("81.2.3.55").authoritative();
            ns3.replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.4");
            world
                .resolver
                .replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.4");
            is_ready(&world.check().run());
            assert!(ns3.times_asked("xphone.zahnfee.de", RecordType::A) > 0);
            // What the child says counts, not what a resolver remembers.
            ns3.replace("xphone.zahnfee.de", "@ NS ns3.provider.net.\n@ A 81.2.3.5");
            let outcome = world.check().run();
            outcome.shows("tcp", "tcp-refused", "fail");
        });
    }

    #[test]
    fn with_old_glue() {
        internet(|| {
            let world = Internet::with_zone(&zone_with(
                "xphone A",
                "xphone NS xphone\nxphone A 10.1.1.1",
            ));
            world
                .resolver
                .replace("xphone.zahnfee.de", "@ NS xphone.zahnfee.de.\n@ A 81.2.3.4");
            is_ready(&world.check().run());
        });
    }
}

mod the_domain_is_an_alias {
    use super::*;

    const CHAT: &str = "chat CNAME shop.hoster.net.\nxphone.chat A 81.2.3.4\n";
    const RECORD: &str = "_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
    const HOSTER: &str =
        "@ NS ns1\n@ MX 10 mx\nns1 A 81.2.3.55\nmx A 81.2.3.99\nshop A 198.51.77.7";

    fn world(lines: &str) -> (Internet, Dns) {
        let world = Internet::without_server(&zone_with("SRV", lines));
        world.resolver.replace("hoster.net", HOSTER);
        let hoster = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("hoster.net", HOSTER);
        (world, hoster)
    }

    #[test]
    fn its_records_are_in_the_zone_above_the_alias() {
        internet(|| {
            let (mut world, _hoster) = world(&format!("{CHAT}{RECORD}"));
            world.server = Some(world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start());
            let outcome = world.check_domain("chat.zahnfee.de").run();
            outcome
                .lacks("authority-unreachable")
                .lacks("domain-dns-broken");
            assert_eq!(outcome.code, 0, "{outcome}");

            // New at the servers, and the resolver still denies it.
            let without = zone_with("SRV", CHAT);
            world.resolver.replace("zahnfee.de", &without);
            let outcome = world.check_domain("chat.zahnfee.de").run();
            outcome.shows("srv", "srv-not-yet-visible", "warn");
            assert_eq!(outcome.code, 0, "{outcome}");

            // Gone at the servers, and the resolver still has it.
            world
                .resolver
                .replace("zahnfee.de", &zone_with("SRV", &format!("{CHAT}{RECORD}")));
            world.servers(|ns| ns.replace("zahnfee.de", &without));
            let outcome = world.check_domain("chat.zahnfee.de").run();
            outcome.shows("srv", "srv-missing", "fail");
        });
    }

    /// The apex itself, which DNS forbids and forms allow: nothing is known of its name servers.
    #[test]
    fn at_the_apex() {
        internet(|| {
            use hickory_resolver::proto::rr::rdata::CNAME;
            use hickory_resolver::proto::rr::{Name, RData, Record};
            let (mut world, _hoster) = world("_sipfederationtls._tcp SRV 0 0 5061 xphone");
            world.server = Some(world.tls("81.2.3.4").start());
            let alias = Behaviour::forged(|answer| {
                let owner = answer.queries[0].name().clone();
                if owner.num_labels() != 2 {
                    return;
                }
                let target = Name::from_ascii("hoster.net.").expect("a name");
                let behind: Vec<Record> = if answer.metadata.recursion_available {
                    let ns = Name::from_ascii("ns1.hoster.net.").expect("a name");
                    let ns = RData::NS(hickory_resolver::proto::rr::rdata::NS(ns));
                    let is_ns = answer.queries[0].query_type() == RecordType::NS;
                    is_ns
                        .then(|| Record::from_rdata(target.clone(), 300, ns))
                        .into_iter()
                        .collect()
                } else {
                    Vec::new()
                };
                answer.authorities.clear();
                answer.answers = vec![Record::from_rdata(owner, 300, RData::CNAME(CNAME(target)))];
                answer.answers.extend(behind);
            });
            world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, alias.clone()));
            world
                .resolver
                .now("zahnfee.de", RecordType::ANY, alias.clone());
            let outcome = world.check().run();
            assert_eq!(outcome.code, 0, "{outcome}");
            assert!(!outcome.to_string().contains("hoster.net"), "{outcome}");
        });
    }
}

mod an_alias_leads_out_of_the_zone {
    use super::*;

    const ALIAS: &str = "xphone CNAME buero.dyn.example.";

    fn world(resolver: &str) -> Internet {
        let world = Internet::with_zone(&zone_with("xphone A", ALIAS));
        world
            .resolver
            .replace("dyn.example", &format!("buero A {resolver}"));
        world
    }

    /// RFC 6604: the code is that of the last name, of which these servers know nothing.
    #[test]
    fn what_its_servers_say_of_the_target_is_not_believed() {
        internet(|| {
            let denied = Behaviour::forged(|answer| {
                if !answer.answers.is_empty() {
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
            });
            let world = world("81.2.3.4");
            world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::ANY, denied.clone()));
            let outcome = world.check().run();
            outcome.shows("address", "address-alias", "warn");
            outcome.lacks("fqdn-not-found").lacks("address-stale");
            outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        });
    }

    #[test]
    fn a_stray_copy_of_the_other_zone_is_not_believed() {
        internet(|| {
            let right = world("81.2.3.4");
            right.servers(|ns| ns.replace("dyn.example", "buero A 198.51.77.7"));
            let outcome = right.check().run();
            outcome.lacks("address-stale").lacks("tcp-refused");
            outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        });
    }

    #[test]
    fn nor_where_it_would_be_welcome() {
        internet(|| {
            let wrong = world("198.51.77.7");
            wrong.servers(|ns| ns.replace("dyn.example", "buero A 81.2.3.4"));
            let outcome = wrong.check().run();
            outcome.shows("tcp", "tcp-refused", "fail");
        });
    }

    /// The owner of the other zone is asked, not the resolver's memory.
    #[test]
    fn the_other_zone_is_asked() {
        internet(|| {
            let dynamic = |address: &str| format!("@ NS ns3.provider.net.\nbuero A {address}");
            let world = world("198.51.77.7");
            world
                .resolver
                .replace("dyn.example", &dynamic("198.51.77.7"));
            let _owner = Dns::at("81.2.3.55")
                .authoritative()
                .and_zone("dyn.example", &dynamic("81.2.3.4"));
            let outcome = world.check().run();
            outcome.shows("address", "address-stale", "warn");
            outcome.lacks("tcp-refused");
            outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        });
    }

    #[test]
    fn within_the_zone_it_is_followed() {
        internet(|| {
            let lines = "xphone CNAME Buero\nbuero A 81.2.3.4\n\
                         _sipfederationtls._tcp CNAME _sip.chat\n_sip.chat SRV 0 0 5061 xphone";
            let world =
                Internet::with_zone(&zone_with("5061", lines).replace("xphone A 81.2.3.4\n", ""));
            let outcome = world.check().run();
            outcome.shows("address", "address-alias", "warn");
            outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        });
    }
}

mod an_internal_zone_answers {
    use super::*;

    const INTERNAL: &str = "$TTL 3600\n@ NS dc01\ndc01 A 10.0.0.10\n@ A 10.0.0.10\n";

    #[track_caller]
    fn is_undecided(world: &Internet) {
        for fqdn in [&[][..], &["--fqdn", "xphone.zahnfee.de"]] {
            let outcome = world.check().args(fqdn).run();
            outcome.shows("domain", "domain-internal-view", "unknown");
            let words = ["dc01.zahnfee.de", "10.0.0.10", "--resolver"];
            says(&outcome, "domain", "domain-internal-view", &words);
            outcome.lacks("srv-missing").lacks("fqdn-not-found");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    }

    #[test]
    fn without_the_record() {
        internet(|| {
            let world = Internet::new();
            world
                .resolver
                .replace("zahnfee.de", &format!("{INTERNAL}xphone A 81.2.3.4"));
            is_undecided(&world);
        });
    }

    #[test]
    fn with_what_the_public_zone_lacks() {
        internet(|| {
            let world = Internet::new();
            world.servers(|ns| ns.replace("zahnfee.de", &zone_with("xphone", "")));
            let record = "_sipfederationtls._tcp SRV 0 0 5061 xphone";
            let zone = format!("{INTERNAL}xphone A 81.2.3.4\n{record}");
            world.resolver.replace("zahnfee.de", &zone);
            is_undecided(&world);
        });
    }

    #[test]
    fn and_denies_the_fqdn() {
        internet(|| {
            let world = Internet::new();
            world.resolver.replace("zahnfee.de", INTERNAL);
            is_undecided(&world);
        });
    }

    /// The zone above knows the servers that everybody else asks.
    #[test]
    fn the_public_servers_are_found_from_above() {
        internet(|| {
            let world = Internet::new();
            let above = "@ NS ns3.provider.net.\nzahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.resolver.replace("zahnfee.de", INTERNAL);
            world.resolver.replace("de", "@ NS ns3.provider.net.");
            let _above = Dns::at("81.2.3.55").authoritative().and_zone("de", above);
            let outcome = world.check().run();
            outcome.lacks("domain-internal-view").lacks("srv-missing");
            assert_ne!(outcome.report()["verdict"], "not-ready", "{outcome}");
        });
    }

    /// A second resolver, outside, is a witness.
    #[test]
    fn another_resolver_is_outside() {
        internet(|| {
            let world = Internet::new();
            world.resolver.replace("zahnfee.de", INTERNAL);
            let public = Dns::at("127.0.0.54")
                .and_zone("zahnfee.de", ZONE)
                .and_zone("provider.net", "ns1 A 81.2.3.53\nns2 A 81.2.3.54");
            let run = world.check().args(&["--resolver", "127.0.0.54"]);
            let outcome = run.run();
            outcome.lacks("domain-internal-view").lacks("srv-missing");
            assert_eq!(outcome.code, 0, "{outcome}");
            drop(public);
        });
    }
}
