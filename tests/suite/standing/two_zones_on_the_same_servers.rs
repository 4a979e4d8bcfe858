//! Two zones on the way, one below the other, lie on the same servers, as those of .uk and .co.uk may. Whoever asks
//! these for the keys of a third one below is answered from the second, and not from the first.

use super::the_way_is_signed::World;
use super::the_zone_is_signed::breaks;
use super::*;
use crate::world::ZoneKey;

const DOMAIN: &str = "team.chat.zahnfee.de";
const TEAM: &str = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail\nmail A 81.2.3.9\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
const SERVERS: &str = "@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n";

/// What is checked, where the second zone announces this key for the domain, and its server signs with that one.
fn check(announced: Option<&ZoneKey>, signs: Option<&ZoneKey>, is_second_signed: bool) -> Outcome {
    let second = ZoneKey::of("chat.zahnfee.de");
    let ds = |name: &str, key: Option<&ZoneKey>| {
        key.map_or_else(String::new, |key| format!("{name} DS {}\n", key.ds()))
    };
    let handed_on = SERVERS.replace('@', "chat");
    let of_second = ds("chat", is_second_signed.then_some(&second));
    let world = World::signed(&format!("{ZONE}{handed_on}{of_second}"));
    let of_domain = ds("team", announced);
    let zone = format!("$TTL 300\n{SERVERS}team NS ns3.provider.net.\n{of_domain}");
    world.servers(|ns| ns.replace("chat.zahnfee.de", &zone));
    if is_second_signed {
        world.servers(|ns| ns.sign("chat.zahnfee.de", &second, (-3, 11)));
    }
    let third = Dns::at("81.2.3.55").authoritative();
    let third = third.and_zone(DOMAIN, TEAM);
    if let Some(key) = signs {
        third.sign(DOMAIN, key, (-3, 11));
    }
    world.resolver.replace("chat.zahnfee.de", &zone);
    world.resolver.replace(DOMAIN, TEAM);
    let server = world.tls_as("xphone.team.chat.zahnfee.de", "81.2.3.5");
    let _server = server.start();
    world.check_domain(DOMAIN).run()
}

#[test]
fn all_is_in_order() {
    internet(|| {
        let key = ZoneKey::of(DOMAIN);
        is_ready(&check(Some(&key), Some(&key), true));
        is_ready(&check(None, None, true));
        is_ready(&check(None, Some(&key), true));
        is_ready(&check(None, None, false));
    });
}

#[test]
fn the_keys_are_others() {
    internet(|| {
        let (key, other) = (ZoneKey::of(DOMAIN), ZoneKey::of(DOMAIN));
        breaks(&check(Some(&other), Some(&key), true), "other-keys", &[]);
        breaks(&check(Some(&key), None, true), "no-keys", &[]);
    });
}
