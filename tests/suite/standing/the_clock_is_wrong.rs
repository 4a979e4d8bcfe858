//! The clock of this machine is wrong, and all that has a date seems to be out of order. The signatures of
//! the top-level domain tell: Unbound and BIND, with the right time, resolve all of it.

use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::rr::{RData, Record};

use super::the_zone_is_signed::{BOGUS, NS, breaks};
use super::*;
use crate::stage::{FQDN, demanding};
use crate::world::{Proofs, ZoneKey};

const CODE: &str = "clock-wrong";

/// All was made so many days ago.
struct World {
    internet: Internet,
    registry: Dns,
    own: ZoneKey,
    top: ZoneKey,
}

impl World {
    fn made(days: i64) -> Self {
        let mut internet = Internet::without_server(ZONE);
        let certificate = internet.authority.certificate(FQDN).rsa();
        let identity = certificate.valid(days - 30, days + 30).issue();
        internet.server = Some(demanding(identity).listen("81.2.3.4:5061").start());
        let (own, top) = (ZoneKey::of("zahnfee.de"), ZoneKey::of("de"));
        internet.servers(|ns| ns.sign("zahnfee.de", &own, (days - 3, days + 11)));
        let registry = internet.registry(&format!("{NS}\nzahnfee DS {}", own.ds()));
        registry.sign("de", &top, (days - 3, days + 11));
        internet.resolver.replace(
            ".",
            &format!("provider.net. NS ns1.provider.net.\nde DS {}", top.ds()),
        );
        Self {
            internet,
            registry,
            own,
            top,
        }
    }

    /// The top-level domain hands the domain on with this key, and its signatures count between these hours.
    fn announce(&self, key: &ZoneKey, hours: (i64, i64)) {
        let delegation = format!("{NS}\nzahnfee DS {}", key.ds());
        let zone = format!("$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n{delegation}\n");
        self.registry.replace("de", &zone);
        self.registry
            .sign_for("de", &self.top, hours, Proofs::Names);
    }
}

#[test]
fn by_two_months() {
    internet(|| {
        is_ready(&World::made(0).internet.check().run());
        for (days, why) in [(-60, "ahead"), (60, "behind")] {
            let world = World::made(days);
            let outcome = world.internet.check().run();
            outcome.shows("domain", "clock-wrong", "unknown");
            assert_eq!(
                outcome.finding("domain", CODE)["args"]["why"],
                why,
                "{outcome}"
            );
            says(&outcome, "domain", CODE, &["clock", "domain de", "UTC"]);
            outcome.lacks(BOGUS).lacks("cert-expired");
            outcome.lacks("cert-not-yet-valid");
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// By less than a day more than the signatures are good for: Unbound would forgive that.
#[test]
fn by_just_as_much_as_the_signatures_last() {
    internet(|| {
        let world = World::made(0);
        let (own, hours) = (&world.own, (-14 * 24, -2));
        world.announce(own, hours);
        world.internet.servers(|ns| {
            ns.replace("zahnfee.de", ZONE);
            ns.sign_for("zahnfee.de", own, hours, Proofs::Names);
        });
        let outcome = world.internet.check().run();
        outcome.shows("domain", CODE, "unknown").lacks(BOGUS);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// What is wrong at any time is still said.
#[test]
fn and_so_is_the_key() {
    internet(|| {
        let world = World::made(-60);
        let other = ZoneKey::of("zahnfee.de");
        world.announce(&other, (-63 * 24, -49 * 24));
        let outcome = world.internet.check().run();
        outcome.shows("domain", CODE, "unknown");
        breaks(&outcome, "other-keys", &[]);
    });
}

/// It is right: the domain alone has not been signed anew.
#[test]
fn only_the_signatures_of_the_domain_are_old() {
    internet(|| {
        let world = World::made(0);
        let own = &world.own;
        world.internet.servers(|ns| {
            ns.replace("zahnfee.de", ZONE);
            ns.sign("zahnfee.de", own, (-30, -16));
        });
        let outcome = world.internet.check().run();
        breaks(&outcome, "expired", &[]);
        outcome.lacks(CODE);
    });
}

/// Nobody but the resolver is heard: it passes on how the root signs for the top-level domain. No date of a
/// certificate is judged by such a clock, nor that of a domain that is not signed.
#[test]
fn and_only_a_resolver_is_heard() {
    internet(|| {
        let root = ZoneKey::of(".");
        for (days, why) in [(0, None), (-60, Some("ahead")), (60, Some("behind"))] {
            let world = World::made(days);
            let resolver = &world.internet.resolver;
            resolver.sign(".", &root, (days - 3, days + 11));
            let check = |args: &[&str]| {
                let outcome = world.internet.check().args(args).run();
                let Some(why) = why else {
                    return is_ready(&outcome);
                };
                outcome.shows("domain", CODE, "unknown");
                let args = &outcome.finding("domain", CODE)["args"];
                assert_eq!(args["why"], why, "{outcome}");
                assert_eq!(args["top"], "root", "{outcome}");
                outcome.lacks("cert-expired").lacks("cert-not-yet-valid");
                assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            };
            check(&["--no-authority"]);
            let silent = |dns: &Dns| dns.now("", RecordType::ANY, Behaviour::Silent);
            world.internet.servers(silent);
            silent(&world.registry);
            check(&["--timeout", "1s"]);
        }
    });
}

/// By more than the root's signatures are good for, and by less than those of the top-level domain.
#[test]
fn the_root_signs_for_less_time() {
    internet(|| {
        let world = World::made(0);
        world
            .internet
            .resolver
            .sign(".", &ZoneKey::of("."), (-20, -5));
        let outcome = world.internet.check().run();
        outcome.shows("domain", CODE, "unknown");
        says(&outcome, "domain", CODE, &["of the root for de (DS)"]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// The zone signs for two days alone, the top-level domain for longer: nothing tells of the clock but a resolver that
/// has checked the signatures, by its own.
#[test]
fn the_domain_signs_for_two_days() {
    internet(|| {
        let world = World::made(0);
        let own = &world.own;
        world.internet.servers(|ns| {
            ns.replace("zahnfee.de", ZONE);
            ns.sign("zahnfee.de", own, (-5, -3));
        });
        breaks(&world.internet.check().run(), "expired", &[]);
        let checked = Behaviour::forged(|answer| answer.metadata.authentic_data = true);
        world.internet.resolver.now("", RecordType::ANY, checked);
        let outcome = world.internet.check().run();
        outcome.shows("domain", BOGUS, "unknown");
        let words = ["127.0.0.53", "(AD)", "clock"];
        says(&outcome, "domain", BOGUS, &words);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// The signature of one set alone has run out, or does not count yet. The resolver refuses that one as well, by the same
/// time, and has checked all else.
#[test]
fn the_resolver_agrees_on_the_one_set() {
    internet(|| {
        let name = "xphone.zahnfee.de";
        for (at, kind) in [(SRV, RecordType::SRV), (name, RecordType::A)] {
            for (days, why, code) in [((-5, -3), "expired", 7), ((2, 9), "not-yet", 8)] {
                let world = World::made(0);
                let other = Dns::at("127.0.0.60").and_zone("zahnfee.de", ZONE);
                other.sign("zahnfee.de", &world.own, days);
                let mut dated = Vec::new();
                other.edit("zahnfee.de", |records| {
                    let is_it = |it: &&Record| {
                        it.name.to_string() == format!("{at}.") && covers(it) == Some(kind)
                    };
                    dated.extend(records.iter().filter(is_it).cloned());
                });
                assert_eq!(dated.len(), 1, "{at}");
                let resigned = Behaviour::forged(move |answer| {
                    answer.answers.retain(|it| covers(it).is_none());
                    answer.answers.extend(dated.clone());
                });
                world
                    .internet
                    .servers(|ns| ns.now(at, kind, resigned.clone()));
                let resolver = &world.internet.resolver;
                let checked = Behaviour::forged(|answer| answer.metadata.authentic_data = true);
                resolver.now("", RecordType::ANY, checked);
                resolver.now(at, kind, Behaviour::Ede(code, ""));
                breaks(&world.internet.check().run(), why, &[at]);
            }
        }
    });
}

/// The type of the records that this signature is for.
fn covers(record: &Record) -> Option<RecordType> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature.input().type_covered),
        _ => None,
    }
}
