//! Answers that are there, and take some trouble to read; and others that only look like answers.

use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, NULL, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record};
use hickory_resolver::proto::serialize::binary::BinEncodable;

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, Outcome, Stage};
use crate::world::{Behaviour, Dns, RecordType};

const NAME: &str = "_sipfederationtls._tcp.zahnfee.de";

#[track_caller]
fn is_ready(outcome: &Outcome) {
    outcome.lacks("srv-several").stands(ALL_PASS, "ready", 0);
}

/// Neither that there is no record nor that there is one: nobody knows.
#[track_caller]
fn is_undecided(outcome: &Outcome, reason: &str) {
    outcome.lacks("srv-missing").lacks("srv-not-yet-visible");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    let finding = outcome.finding("srv", "dns-unreachable");
    assert_eq!(finding["args"]["reason"], reason, "{outcome}");
}

/// A resolver alone that treats questions for the SRV record so, and a server that is right.
fn by_resolver(behaviour: Behaviour) -> Outcome {
    let dns = Dns::zone("zahnfee.de", &zone_with("NS", "")).on(NAME, RecordType::SRV, behaviour);
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    stage.meets(&server)
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

fn srv(owner: &str, target: &str) -> Record {
    let data = SRV::new(0, 0, 5061, name(target));
    Record::from_rdata(name(owner), 300, RData::SRV(data))
}

pub fn subtree(owner: &str, target: &str) -> Record {
    let data = RData::Unknown {
        code: RecordType::DNAME,
        rdata: NULL::with(name(target).to_bytes().expect("a name")),
    };
    Record::from_rdata(name(owner), 300, data)
}

fn alias(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 300, RData::CNAME(CNAME(name(target))))
}

/// These records, and no more.
pub fn answering(records: Vec<Record>) -> impl Fn(&mut Message) + Send + Sync {
    move |answer| {
        answer.answers.clone_from(&records);
        answer.authorities.clear();
        answer.metadata.response_code = ResponseCode::NoError;
    }
}

mod truncated {
    use super::*;

    /// Right behind the question, in the middle of the owner, of the record's head, of its data, and
    /// at its end; within the question; and behind the header.
    #[test]
    fn an_answer_may_be_cut_anywhere() {
        internet(|| {
            let world = Internet::new();
            for bytes in [0, 1, 9, 12, 20, 60] {
                for dns in [&world.ns1, &world.ns2, &world.resolver] {
                    dns.now(NAME, RecordType::SRV, Behaviour::Cut(bytes));
                }
                is_ready(&world.check().run());
            }
            // Every question, at the resolver.
            world.resolver.now(".", RecordType::ANY, Behaviour::Cut(3));
            is_ready(&world.check().run());
        });
    }

    #[test]
    fn the_header_alone_may_be_left() {
        let header = [0x87, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        is_ready(&by_resolver(Behaviour::BytesByUdp(header.to_vec())));
    }

    /// Nor does a list of records that could be read: it may have been longer.
    #[test]
    fn what_is_truncated_by_tcp_too_says_nothing() {
        is_undecided(&by_resolver(Behaviour::TruncatedTwice), "truncated");
        let whole = Behaviour::forged(|answer| answer.metadata.truncation = true);
        is_undecided(&by_resolver(whole), "truncated");
        internet(|| {
            let world = Internet::new();
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(NAME, RecordType::SRV, Behaviour::TruncatedTwice);
            }
            let outcome = world.check().run();
            outcome
                .shows("srv", "authority-fails", "unknown")
                .lacks("srv-missing")
                .stands("pass skip unknown skip skip skip", "inconclusive", 3);
        });
    }
}

mod damaged {
    use super::*;

    /// Without the question, an answer may be that to another one. A bare header is nothing.
    #[test]
    fn without_the_question_there_is_no_answer() {
        let bare = Behaviour::Bytes(vec![0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]);
        is_undecided(&by_resolver(bare), "malformed");
        let denial = Behaviour::Bytes(vec![0x81, 0x83, 0, 0, 0, 0, 0, 0, 0, 0]);
        is_undecided(&by_resolver(denial), "malformed");
        let records = Behaviour::forged(|answer| answer.queries.clear());
        is_undecided(&by_resolver(records), "malformed");
        let empty = Behaviour::forged(|answer| {
            answer.queries.clear();
            answer.answers.clear();
        });
        is_undecided(&by_resolver(empty), "malformed");
    }

    /// Partners get nothing of it, if they read as little in it.
    #[test]
    fn servers_that_answer_with_a_bare_header_say_nothing() {
        internet(|| {
            let world = Internet::new();
            let bare = || Behaviour::Bytes(vec![0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            world.servers(|ns| ns.now(NAME, RecordType::SRV, bare()));
            for resolver in [Behaviour::Normal, bare()] {
                world.resolver.now(NAME, RecordType::SRV, resolver);
                let outcome = world.check().run();
                outcome
                    .shows("srv", "authority-fails", "unknown")
                    .lacks("srv-missing");
                assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            }
        });
    }

    #[test]
    fn a_refusal_may_leave_the_question_out() {
        let refused = Behaviour::Bytes(vec![0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0]);
        let outcome = by_resolver(refused);
        let finding = outcome.finding("srv", "domain-lookup-failed");
        assert_eq!(finding["args"]["rcode"], "REFUSED");
    }

    /// A pointer to itself, into the header, and to behind the end; data that are too short.
    #[test]
    fn a_record_that_cannot_be_read_is_none() {
        for (owner, length) in [(0x33, 25), (2, 25), (0xff, 25), (12, 7)] {
            let behaviour = Behaviour::Tail(vec![
                0xc0, owner, 0, 33, 0, 1, 0, 0, 1, 44, 0, length, 0, 0, 0, 0, 0x13, 0xc5, 6, b'x',
                b'p', b'h', b'o', b'n', b'e', 0xc0, 0x23, 0,
            ]);
            is_undecided(&by_resolver(behaviour), "malformed");
        }
    }

    /// What resolvers put up with: times of more than 31 bits, bytes behind the end, letters of
    /// another case, a record of another name.
    #[test]
    fn oddities_that_everybody_reads() {
        let long = |answer: &mut Message| answer.answers[0].ttl = 0x8000_0000;
        is_ready(&by_resolver(Behaviour::forged(long)));
        let never = |answer: &mut Message| answer.answers[0].ttl = 0;
        is_ready(&by_resolver(Behaviour::forged(never)));
        let other = |answer: &mut Message| {
            answer
                .answers
                .insert(0, srv("other.zahnfee.de", "evil.zahnfee.de"));
        };
        is_ready(&by_resolver(Behaviour::forged(other)));
        let shouted = |answer: &mut Message| answer.answers[0].name = name(&NAME.to_uppercase());
        is_ready(&by_resolver(Behaviour::forged(shouted)));
    }
}

mod edns {
    use super::*;

    /// An old router that drops or garbles whatever it does not know. What it costs is one wait, not
    /// one for each question.
    #[test]
    fn a_resolver_that_stands_no_edns() {
        internet(|| {
            for behaviour in [Behaviour::DropsEdns, Behaviour::GarblesEdns] {
                let world = Internet::new();
                world.resolver.now(".", RecordType::ANY, behaviour);
                let outcome = world.check().run();
                is_ready(&outcome);
                assert!(
                    outcome.elapsed() < Duration::from_secs(6),
                    "{:?}",
                    outcome.elapsed()
                );
            }
        });
    }

    /// In the time that there is.
    #[test]
    fn within_a_short_limit() {
        internet(|| {
            let world = Internet::new();
            world
                .resolver
                .now(".", RecordType::ANY, Behaviour::DropsEdns);
            is_ready(&world.check().args(&["--timeout", "1s"]).run());
        });
    }

    /// Asked again at once where the resolver says so.
    #[test]
    fn a_resolver_that_refuses_edns() {
        let bad_version = || {
            Behaviour::forged(|answer| {
                if answer.edns.is_some() {
                    answer.answers.clear();
                    answer.metadata.response_code = ResponseCode::BADVERS;
                }
            })
        };
        let not_implemented = Behaviour::forged(|answer| {
            if answer.edns.is_some() {
                answer.answers.clear();
                answer.metadata.response_code = ResponseCode::NotImp;
            }
        });
        let format_error = Behaviour::forged(|answer| {
            if answer.edns.is_some() {
                answer.answers.clear();
                answer.metadata.response_code = ResponseCode::FormErr;
            }
        });
        for behaviour in [
            bad_version(),
            not_implemented,
            format_error,
            Behaviour::NoEdns,
        ] {
            let outcome = by_resolver(behaviour);
            is_ready(&outcome);
            assert!(outcome.elapsed() < Duration::from_secs(2));
        }
    }

    /// A dead resolver takes its limit and no more.
    #[test]
    fn a_dead_resolver_costs_its_limit_only() {
        let stage = Stage::with_dns(Dns::empty().always(Behaviour::Silent));
        let run = stage.check().nowhere().args(&["--timeout", "1s"]);
        let outcome = run.run();
        outcome.shows("domain", "dns-unreachable", "unknown");
        assert!(
            outcome.elapsed() < Duration::from_millis(2500),
            "{:?}",
            outcome.elapsed()
        );
    }

    /// EDNS data that cannot be read, or twice, cost nobody the answer.
    #[test]
    fn odd_edns_in_the_answer() {
        for additional in [
            &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 3, 0, 15, 0][..],
            &[
                0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0,
            ],
        ] {
            let count = u8::try_from(additional.len() / 11).expect("one or two");
            is_ready(&by_resolver(Behaviour::Additional(
                count,
                additional.to_vec(),
            )));
        }
    }
}

mod subtrees {
    use super::*;

    const TARGET: &str = "_sipfederationtls._tcp.zahnfee.com";
    const HOST: &str = "xphone.zahnfee.de";

    fn without_authority(records: Vec<Record>) -> Outcome {
        by_resolver(Behaviour::forged(answering(records)))
    }

    /// The CNAME that follows from a DNAME may be left to the asker, in a chain, too.
    #[test]
    fn a_dname_without_its_cname() {
        let dname = || subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com");
        is_ready(&without_authority(vec![dname(), srv(TARGET, HOST)]));
        is_ready(&without_authority(vec![
            dname(),
            subtree("zahnfee.com", "zahnfee.net"),
            alias("_sipfederationtls._tcp.zahnfee.net", "chat.example"),
            srv("chat.example", HOST),
        ]));
        is_ready(&without_authority(vec![
            alias(NAME, "a.b.example"),
            subtree("b.example", "zahnfee.com"),
            srv("a.zahnfee.com", HOST),
        ]));
    }

    /// Resolvers make the alias themselves that follows from a DNAME record.
    #[test]
    fn a_dname_beside_a_wrong_cname() {
        let (dname, record) = (
            subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com"),
            srv(TARGET, HOST),
        );
        for wrong in [alias(NAME, "_x.zahnfee.de"), alias(NAME, "_x.example")] {
            for answers in [
                vec![dname.clone(), wrong.clone(), record.clone()],
                vec![wrong, dname.clone(), record.clone()],
            ] {
                is_ready(&without_authority(answers));
            }
        }
    }

    /// The aliases alone are no denial: what stands behind them is asked for.
    #[test]
    fn a_dname_and_nothing_behind() {
        for aliases in [
            vec![subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com")],
            vec![alias(NAME, TARGET)],
        ] {
            let dns = Dns::zone("zahnfee.de", &zone_with("NS", ""))
                .and_zone(
                    "zahnfee.com",
                    &format!("_sipfederationtls._tcp SRV 0 0 5061 {HOST}."),
                )
                .on(NAME, RecordType::SRV, Behaviour::forged(answering(aliases)));
            let stage = Stage::with_dns(dns);
            let server = stage.server().start();
            is_ready(&stage.meets(&server));
        }
    }

    /// With a denial behind it, it is one.
    #[test]
    fn a_dname_that_leads_nowhere() {
        let aliases = vec![subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com")];
        let outcome = without_authority(aliases);
        outcome.shows("srv", "srv-wrong-type", "fail");
        let finding = outcome.finding("srv", "srv-wrong-type");
        assert_eq!(finding["args"]["name"], "_tcp.zahnfee.de");
        let text = finding.to_string();
        assert!(
            text.contains("_tcp.zahnfee.de. DNAME _tcp.zahnfee.com."),
            "{text}"
        );
        assert!(!text.contains("CNAME"), "{text}");
    }

    /// Longer than a name can be, by the server's word or by our own count; and without end.
    #[test]
    fn a_dname_that_makes_no_name() {
        let label = "y".repeat(60);
        let long = [label.as_str(); 4].join(".");
        let by_count = answering(vec![subtree("_tcp.zahnfee.de", &long)]);
        let by_word = |answer: &mut Message| {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.response_code = ResponseCode::YXDomain;
        };
        for behaviour in [Behaviour::forged(by_count), Behaviour::forged(by_word)] {
            let outcome = by_resolver(behaviour);
            let finding = outcome.finding("srv", "domain-lookup-failed");
            assert_eq!(finding["args"]["rcode"], "YXDOMAIN");
            outcome.lacks("srv-missing");
        }
        let endless = vec![subtree("_tcp.zahnfee.de", "x._tcp.zahnfee.de")];
        let outcome = without_authority(endless);
        let finding = outcome.finding("srv", "domain-lookup-failed");
        assert_eq!(finding["args"]["rcode"], "ALIASES");
    }

    /// The servers of the zone speak for the alias, those of its target for the record.
    #[test]
    fn the_servers_give_a_dname() {
        internet(|| {
            // That there is something at the name is all that the text of a zone can say of it.
            let world = Internet::with_zone(&zone_with("SRV", "_tcp TXT dname"));
            let target =
                format!("@ NS ns3.provider.net.\n_sipfederationtls._tcp SRV 0 0 5061 {HOST}.");
            let ns3 = Dns::at("81.2.3.55").authoritative();
            ns3.replace("zahnfee.com", &target);
            world.resolver.replace("zahnfee.com", &target);
            let dname = || answering(vec![subtree("_tcp.zahnfee.de", "_tcp.zahnfee.com")]);
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(NAME, RecordType::SRV, Behaviour::forged(dname()));
            }
            is_ready(&world.check().run());
            // As with the address, where no CNAME is to be deleted.
            let with_host = format!("{target}\nxphone A 81.2.3.4");
            ns3.replace("zahnfee.com", &with_host);
            world.resolver.replace("zahnfee.com", &with_host);
            let of_host = || {
                let target = "xphone.zahnfee.com";
                answering(vec![
                    subtree("zahnfee.de", "zahnfee.com"),
                    alias("xphone.zahnfee.de", target),
                ])
            };
            for dns in [&world.ns1, &world.ns2] {
                dns.now(HOST, RecordType::A, Behaviour::forged(of_host()));
            }
            let outcome = world.check().run();
            let finding = outcome.finding("address", "address-alias");
            assert_eq!(finding["args"]["by"], "dname");
            assert_eq!(finding["args"]["dname"], "zahnfee.de. DNAME zahnfee.com.");
            let fix = finding["fix"].to_string();
            assert!(fix.contains("lets no record stand below it"), "{fix}");
            assert!(!fix.contains("delete the CNAME"), "{fix}");
            ns3.replace("zahnfee.com", "@ NS ns3.provider.net.");
            world.check().run().shows("srv", "srv-wrong-type", "fail");
        });
    }
}

/// A set of records has no duplicates, whatever their letters and times.
#[test]
fn a_record_that_is_sent_twice() {
    internet(|| {
        let world = Internet::new();
        let target = "xphone.zahnfee.de";
        for (again, ttl) in [(target, 300), (target, 60), ("XPHONE.zahnfee.DE", 300)] {
            let mut second = srv(NAME, again);
            second.ttl = ttl;
            let twice = move || answering(vec![srv(NAME, target), second.clone()]);
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(NAME, RecordType::SRV, Behaviour::forged(twice()));
            }
            is_ready(&world.check().run());
        }
    });
    let zone = format!("{ZONE}xphone A 81.2.3.4\n");
    internet(|| {
        let world = Internet::with_zone(&zone);
        world
            .check()
            .run()
            .lacks("address-several")
            .stands(ALL_PASS, "ready", 0);
    });
}
