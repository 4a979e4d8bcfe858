//! Two faults, one of which stops Unbound and the other BIND.

use hickory_resolver::proto::op::ResponseCode;

use super::Gets::{Error, Records};
use super::elsewhere::{first_in_a_row, in_a_row};
use super::{FQDN, World, given_to_partners};
use crate::internet::{ZONE, internet};
use crate::world::{Behaviour, RecordType, ZoneKey};

const TCP: &str = "_tcp.zahnfee.de";

/// Five zones in a row lead to the name servers: Unbound follows four.
fn far() -> World {
    let world = World::new(&first_in_a_row());
    in_a_row(&world, 4);
    world
}

#[track_caller]
fn stops_all(world: &World, bind: &str, first: &str) {
    let [unbound_gets, bind_gets] = given_to_partners(world, ("zahnfee.de", FQDN), None);
    assert!(unbound_gets.contains(&Error), "{bind}: Unbound");
    assert!(bind_gets.contains(&Error), "{bind}: BIND");
    let outcome = world.check().run();
    outcome.shows("domain", "resolvers-all-stopped", "fail");
    let args = &outcome.finding("domain", "resolvers-all-stopped")["args"];
    assert_eq!(args["bind"], bind, "{outcome}");
    assert_eq!(args["unbound"], "too-far", "{outcome}");
    assert_eq!(args["first"], first, "{outcome}");
    assert_eq!(outcome.code, 1, "{outcome}");
}

#[test]
fn no_partner_is_left() {
    internet(|| {
        let cookies = |made| Behaviour::Cookies(made);
        for (bind, behaviour) in [
            ("edns", Behaviour::rejects_edns(ResponseCode::FormErr, true)),
            ("edns", Behaviour::rejects_edns(ResponseCode::NotImp, false)),
            ("cookie", Behaviour::RejectsCookies(None)),
            (
                "cookie-data",
                cookies(|it| (it[..5].to_vec(), ResponseCode::NoError)),
            ),
            ("twice", Behaviour::opts(2)),
        ] {
            let world = far();
            world.ns1.now("zahnfee.de", RecordType::ANY, behaviour);
            stops_all(&world, bind, "too-far");
        }
    });
}

/// One of them does not get the record, the other does not find the servers.
#[test]
fn one_is_stopped_at_a_name_above() {
    internet(|| {
        let world = far();
        world.ns1.only(TCP, RecordType::NS, Behaviour::Silent);
        stops_all(&world, "above", "too-far");
    });
}

/// Unbound gets past at the second question, as measured over a minute and a half.
#[test]
fn one_is_stopped_the_first_time_only() {
    internet(|| {
        let world = World::new(ZONE);
        let key = ZoneKey::of("zahnfee.de");
        let denied = Behaviour::forged(|answer| {
            answer.metadata.response_code = ResponseCode::NXDomain;
        });
        world.servers(|ns| {
            ns.sign("zahnfee.de", &key, (-3, 11));
            ns.now(
                "zahnfee.de",
                RecordType::ANY,
                Behaviour::RejectsCookies(None),
            );
        });
        // What is denied is so with a cookie, too: BIND stumbles over the address.
        world.servers(|ns| ns.only(TCP, RecordType::ANY, denied.clone()));
        let [unbound, bind] = given_to_partners(&world, ("zahnfee.de", FQDN), Some(&key));
        assert_eq!(unbound, [Records; 2]);
        assert!(bind.contains(&Error), "{bind:?}");
        let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
        world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
        let outcome = world.check().run();
        outcome.shows("domain", "authority-false-denial", "warn");
        outcome.shows("domain", "authority-rejects-edns", "warn");
        outcome.lacks("resolvers-all-stopped");
        assert_eq!(
            outcome.report()["verdict"],
            "ready-with-warnings",
            "{outcome}"
        );
    });
}
