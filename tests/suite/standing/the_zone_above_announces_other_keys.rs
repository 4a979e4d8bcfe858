//! The name servers of the zone above were not brought up to date together: one of them still announces a key (DS)
//! that the zone has given up. Whoever asks that one refuses the zone.

use super::the_way_is_signed::World;
use super::the_zone_is_signed::{NS, breaks};
use super::*;
use crate::world::{Proofs, Server, ZoneKey};

const CHAT: &str = "chat.zahnfee.de";
const DELEGATED: &str = "chat NS ns3.provider.net.\n";
const IN_CHAT: &str = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nxphone A 81.2.3.5\n\
                       _sipfederationtls._tcp SRV 0 0 5061 xphone\n";

/// A zone for chat below the domain, whose servers announce these keys of it.
struct Below {
    world: World,
    ns3: Dns,
    _server: Server,
}

impl Below {
    fn announced(first: &str, second: &str) -> Self {
        let world = World::signed(ZONE);
        for (ns, announced) in [(&world.ns1, first), (&world.ns2, second)] {
            ns.replace("zahnfee.de", &format!("{ZONE}{DELEGATED}{announced}"));
            ns.sign_for("zahnfee.de", &world.key, (-72, 264), Proofs::Names);
        }
        let ns3 = world.ns3(CHAT, IN_CHAT);
        let server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start();
        Self {
            world,
            ns3,
            _server: server,
        }
    }

    fn check(&self) -> Outcome {
        self.world.check_domain(CHAT).run()
    }
}

fn ds(key: &ZoneKey) -> String {
    format!("chat DS {}\n", key.ds())
}

#[test]
fn one_of_two_announces_an_old_key() {
    internet(|| {
        let (key, old) = (ZoneKey::of(CHAT), ZoneKey::of(CHAT));
        for [first, second] in [[&old, &key], [&key, &old]] {
            let below = Below::announced(&ds(first), &ds(second));
            below.ns3.sign(CHAT, &key, (-3, 11));
            let stale = if first.tag() == old.tag() {
                "ns1"
            } else {
                "ns2"
            };
            let stale = format!("on {stale}.provider.net");
            let tag = old.tag().to_string();
            let words = [
                &stale,
                &tag,
                "zone zahnfee.de",
                "transfer to the secondaries",
            ];
            breaks(&below.check(), "announced-there", &words);
        }
        // During a change of keys both are there.
        let below = Below::announced(&ds(&key), &format!("{}{}", ds(&key), ds(&old)));
        below.ns3.sign(CHAT, &key, (-3, 11));
        is_ready(&below.check());
    });
}

#[test]
fn one_of_two_announces_the_key_of_a_zone_that_is_not_signed_any_more() {
    internet(|| {
        let old = ds(&ZoneKey::of(CHAT));
        for [first, second] in [["", &old], [&old, ""]] {
            let below = Below::announced(first, second);
            breaks(&below.check(), "announced-there", &["chat.zahnfee.de"]);
        }
        is_ready(&Below::announced("", "").check());
    });
}

/// Those who hear of no key take the zone for an unsigned one.
#[test]
fn one_of_two_does_not_announce_the_key_yet() {
    internet(|| {
        let key = ZoneKey::of(CHAT);
        let below = Below::announced("", &ds(&key));
        below.ns3.sign(CHAT, &key, (-3, 11));
        is_ready(&below.check());
    });
}

/// The registry has two name servers here.
#[test]
fn one_of_the_registry_announces_an_old_key() {
    internet(|| {
        let world = World::signed(ZONE);
        let both = "@ NS a.nic\n@ NS b.nic\na.nic A 81.2.3.52\nb.nic A 81.2.3.55\n";
        let (top, old) = (ZoneKey::of("de"), ZoneKey::of("zahnfee.de"));
        let zone = |key: &ZoneKey| format!("{both}{NS}\nzahnfee DS {}\n", key.ds());
        let second = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("de", &zone(&old));
        world.registry.replace("de", &zone(&world.key));
        world.resolver.replace("de", both);
        let root = format!("provider.net. NS ns1.provider.net.\nde DS {}", top.ds());
        world.resolver.replace(".", &root);
        for ns in [&world.registry, &second] {
            ns.sign("de", &top, (-3, 11));
        }
        breaks(
            &world.check().run(),
            "announced-there",
            &["on b.nic.de", "registry of .de"],
        );
    });
}
