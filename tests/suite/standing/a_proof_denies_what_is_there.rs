//! A signed zone denies one record with a proof by which another, which is there, is not: a name server that makes
//! addresses up from elsewhere (ALIAS), or a load balancer, leaves them out of it. Resolvers remember such
//! proofs (`real_peers::witnesses`).

use super::the_zone_is_signed::{registry, warns};
use super::*;
use crate::world::{Proofs, ZoneKey};

/// All servers prove what is not in this zone instead.
fn proving(proofs: Proofs, instead: &str) -> Outcome {
    let world = Internet::new();
    let key = ZoneKey::of("zahnfee.de");
    world.servers(|ns| ns.prove_for("zahnfee.de", &key, proofs, instead));
    let _registry = registry(&world, &key.ds());
    world.check().run()
}

#[test]
fn the_address_is_denied_with_that_for_ipv6() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone TXT alias");
        let outcome = proving(Proofs::Names, &alias);
        warns(&outcome, "denied");
        let words = ["xphone.zahnfee.de (A) is there", "(NSEC)", "ALIAS"];
        says(&outcome, "domain", "domain-dnssec-bogus", &words);
        // Nobody remembers proofs by hashes.
        is_ready(&proving(Proofs::Hashes, &alias));
    });
}

/// Where one of two does so, a resolver may come to it all the same.
#[test]
fn one_server_denies_it() {
    internet(|| {
        let world = Internet::new();
        let key = ZoneKey::of("zahnfee.de");
        let alias = zone_with("xphone A", "xphone TXT alias");
        world.servers(|ns| ns.sign("zahnfee.de", &key, (-3, 11)));
        world.ns2.replace("zahnfee.de", ZONE);
        let names = Proofs::Names;
        world.ns2.prove_for("zahnfee.de", &key, names, &alias);
        let _registry = registry(&world, &key.ds());
        warns(&world.check().run(), "denied");
    });
}
