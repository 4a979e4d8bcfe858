//! The clock of this machine is wrong, and all that has a date seems to be out of order. The signatures of
//! the top-level domain tell: Unbound and BIND, with the right time, resolve all of it.

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
