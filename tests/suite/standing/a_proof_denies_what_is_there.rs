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

/// The zone of which these servers take the proofs knows no such name: they were put into a database, and the chain of
/// names was not made anew (PowerDNS: `rectify-zone`).
#[test]
fn the_proofs_pass_over_a_name() {
    internet(|| {
        let without_record = zone_with("SRV", "");
        let without_host = zone_with("xphone A", "");
        for (instead, word) in [
            (
                &without_record,
                "_sipfederationtls._tcp.zahnfee.de (SRV) is there",
            ),
            (&without_host, "xphone.zahnfee.de (A) is there"),
        ] {
            let outcome = proving(Proofs::Names, instead);
            warns(&outcome, "denied");
            let words = [word, "(NSEC)", "rectify-zone"];
            says(&outcome, "domain", "domain-dnssec-bogus", &words);
        }
    });
}

/// The name is known, and not that it has such a record.
#[test]
fn the_record_is_not_listed_at_its_name() {
    internet(|| {
        let instead = zone_with("SRV", "_sipfederationtls._tcp TXT chat");
        warns(&proving(Proofs::Names, &instead), "denied");
        is_ready(&proving(Proofs::Hashes, &instead));
    });
}
