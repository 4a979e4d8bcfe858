//! Signed zones that prove what is not there by records made for each name, or do not prove it at all; and keys that
//! cannot be told apart.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType as Type;

use super::Gets::{Error, Records};
use super::signed::{RIGHT, Row, alias, delegated, delete_proofs, judge, wildcard, with_child};
use super::{FQDN, World, given_to_partners};
use crate::internet::{ZONE, internet, zone_with};
use crate::world::{Behaviour, Proofs, ZoneKey};

const ROWS: &[Row] = &[
    Row {
        what: "right, by records made on the fly",
        proofs: Proofs::OnTheFly,
        ..RIGHT
    },
    Row {
        what: "an alias, and records made on the fly",
        zone: alias,
        proofs: Proofs::OnTheFly,
        ..RIGHT
    },
    Row {
        what: "a wildcard, and records made on the fly",
        zone: wildcard,
        proofs: Proofs::OnTheFly,
        ..RIGHT
    },
    Row {
        what: "a part handed on, by records made on the fly",
        zone: delegated,
        proofs: Proofs::OnTheFly,
        spoil: with_child,
        ..RIGHT
    },
    Row {
        what: "no record, and no proof of that",
        zone: || zone_with("SRV", ""),
        spoil: delete_proofs,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "no record, and no proof of that by hashes",
        zone: || zone_with("SRV", ""),
        proofs: Proofs::Hashes,
        spoil: delete_proofs,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "another type at its name, and no proof that there is no other",
        zone: || zone_with("SRV", "_sipfederationtls._tcp TXT here"),
        spoil: delete_proofs,
        srv: [Error; 2],
        ..RIGHT
    },
    Row {
        what: "no address, and no proof of that",
        zone: || zone_with("xphone A", ""),
        spoil: delete_proofs,
        address: [Error; 2],
        ..RIGHT
    },
];

#[test]
fn partners_who_check_want_a_proof_of_what_is_not_there() {
    internet(|| judge(ROWS));
}

/// A signed zone and an unsigned one below it on the same servers: whether the latter has keys is for the former alone
/// to say.
#[test]
fn partners_who_check_want_the_zone_above_to_speak_of_keys() {
    internet(|| {
        let (domain, host) = ("chat.zahnfee.de", "xphone.chat.zahnfee.de");
        let cut = "chat NS ns1.provider.net.\nchat NS ns2.provider.net.\n";
        let own = "@ NS ns1.provider.net.\n@ NS ns2.provider.net.\nxphone A 81.2.3.5\n\
                   _sipfederationtls._tcp SRV 0 0 5061 xphone\n@ MX 10 xphone\n";
        let from_below = Behaviour::denied(ResponseCode::NoError, domain);
        for (for_keys, given, verdict, severity) in [
            (Behaviour::Normal, Records, "ready", None),
            (from_below, Error, "not-ready", Some("fail")),
            (Behaviour::Silent, Error, "inconclusive", Some("unknown")),
        ] {
            let world = World::new(&format!("{ZONE}{cut}"));
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| {
                ns.sign("zahnfee.de", &key, (-3, 11));
                ns.replace(domain, own);
                ns.now(domain, Type::DS, for_keys.clone());
            });
            world.resolver.replace(domain, own);
            world.server_of(host, "81.2.3.5");
            let partners = given_to_partners(&world, (domain, host), Some(&key));
            assert_eq!(partners, [[given; 2]; 2], "{verdict}");

            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
            let outcome = world.check_domain(domain).run();
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
            if let Some(severity) = severity {
                outcome.shows("domain", "domain-dnssec-bogus", severity);
            }
        }
    });
}

/// Which of the keys BIND tries first is chance, whether both of them sign the records or one alone; where it is the
/// wrong one, it gives up.
#[test]
fn two_keys_of_one_tag() {
    internet(|| {
        for [keys, rest] in [[false, false], [true, false], [false, true], [true, true]] {
            let world = World::new(ZONE);
            let [own, of_keys] = ZoneKey::of_one_tag("zahnfee.de");
            world.servers(|ns| {
                ns.sign_beside("zahnfee.de", [&own, &of_keys], (-72, 264));
                if keys {
                    ns.sign_also("zahnfee.de", &own, |kind| kind == Type::DNSKEY);
                }
                if rest {
                    ns.sign_also("zahnfee.de", &of_keys, |kind| kind != Type::DNSKEY);
                }
            });
            let given = given_to_partners(&world, ("zahnfee.de", FQDN), Some(&of_keys));
            let [unbound, bind] = given;
            assert_eq!(unbound, [Records; 2]);
            assert!([[Records; 2], [Error; 2]].contains(&bind), "{bind:?}");
            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", of_keys.ds()));
            let outcome = world.check().run();
            assert_eq!(
                outcome.report()["verdict"],
                "ready-with-warnings",
                "{outcome}"
            );
            let finding = outcome.finding("domain", "domain-dnssec-bogus");
            assert_eq!(finding["args"]["why"], "same-tag", "{outcome}");
        }
    });
}
