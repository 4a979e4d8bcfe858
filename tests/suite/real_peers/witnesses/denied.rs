//! What resolvers make of a denial by which something else, which is there, is not: with a proof in a signed zone, or
//! of a whole name where one type or nothing at that name alone is missing.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType as Type};

use super::super::bind::Resolving;
use super::super::unbound::Unbound;
use super::Gets::{self, Nothing, Records};
use super::{FQDN, ROOT_SERVER, World};
use crate::internet::{ZONE, internet, zone_with};
use crate::world::{Behaviour, Dns, Proofs, ZoneKey};

/// What one of them gives of this type, one question after the other.
fn asked(resolver: Ipv4Addr, kind: Type) -> Gets {
    if given(resolver, FQDN, kind).is_empty() {
        Nothing
    } else {
        Records
    }
}

/// The records of this type.
fn given(resolver: Ipv4Addr, name: &str, kind: Type) -> Vec<String> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port");
    let limit = Some(Duration::from_secs(10));
    socket.set_read_timeout(limit).expect("it takes one");
    let mut query = Message::new(7, MessageType::Query, OpCode::Query);
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(Name::from_ascii(name).expect("a name"), kind));
    let query = query.to_vec().expect("it can be written");
    socket.send_to(&query, (resolver, 53)).expect("it is sent");
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).expect("an answer");
    let answer = Message::from_vec(&answer[..length]).expect("a message");
    let records = answer.answers.iter();
    let records = records.filter(|it| it.record_type() == kind);
    records.map(|it| it.data.to_string()).collect()
}

/// They are asked for the IPv6 address before, as by most partners now and then.
#[test]
fn partners_go_by_proofs_that_they_remember() {
    internet(|| {
        let alias = zone_with("xphone A", "xphone TXT alias");
        for (proofs, instead, given) in [
            (Proofs::Names, ZONE, [Records; 2]),
            (Proofs::Names, &*alias, [Nothing; 2]),
            (Proofs::Hashes, &*alias, [Records; 2]),
        ] {
            let world = World::new(ZONE);
            let key = ZoneKey::of("zahnfee.de");
            world.servers(|ns| ns.prove_for("zahnfee.de", &key, proofs, instead));
            let here = Ipv4Addr::new(127, 0, 0, 61);
            let [for_unbound, for_bind] = key.anchors();
            let lines = format!("module-config: \"validator iterator\"\n{for_unbound}");
            let _unbound = Unbound::start(here, (".", ROOT_SERVER), &lines);
            let _bind = Resolving::start(Ipv4Addr::LOCALHOST, ROOT_SERVER, &for_bind);
            let both = [here, Ipv4Addr::LOCALHOST];
            assert_eq!(both.map(|it| asked(it, Type::AAAA)), [Nothing; 2]);
            let addresses = both.map(|it| asked(it, Type::A));
            assert_eq!(addresses, given, "{proofs:?} {instead}");

            let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
            world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
            let verdict = if given == [Records; 2] {
                "ready"
            } else {
                "ready-with-warnings"
            };
            let outcome = world.check().run();
            assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
        }
    });
}

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 61);
const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";

/// Unbound and BIND with nothing in memory; Unbound with these settings.
fn resolvers(lines: &str) -> (Unbound, Resolving) {
    let lines = format!("module-config: \"iterator\"\n{lines}");
    let unbound = Unbound::start(HERE, (".", ROOT_SERVER), &lines);
    let bind = Resolving::start(Ipv4Addr::LOCALHOST, ROOT_SERVER, "");
    (unbound, bind)
}

/// BIND takes the whole name for denied, Unbound does not. The name is the one at the end of an alias;
/// where the denial does not say for how long, BIND takes it so for a second.
#[test]
fn partners_go_by_a_denial_of_one_type() {
    internet(|| {
        let denied = |change: fn(&mut Message)| {
            Behaviour::forged(move |answer| {
                answer.metadata.response_code = ResponseCode::NXDomain;
                change(answer);
            })
        };
        let alias = zone_with("xphone A", "xphone CNAME gw\ngw A 81.2.3.4");
        for (zone, behaviour, name) in [
            (ZONE, denied(|_| ()), FQDN),
            (ZONE, denied(|answer| answer.authorities.clear()), FQDN),
            (&*alias, denied(|_| ()), "gw.zahnfee.de"),
        ] {
            let world = World::new(zone);
            world.servers(|ns| ns.now("zahnfee.de", Type::AAAA, behaviour.clone()));
            let running = resolvers("");
            let both = [HERE, Ipv4Addr::LOCALHOST];
            assert_eq!(both.map(|it| asked(it, Type::AAAA)), [Nothing; 2]);
            assert_eq!(both.map(|it| asked(it, Type::A)), [Records, Nothing]);
            drop(running);
            let outcome = world.check().run();
            outcome.shows("address", "authority-false-denial", "warn");
            let finding = outcome.finding("address", "authority-false-denial");
            assert_eq!(finding["args"]["name"], name, "{finding}");
            assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
        }
    });
}

/// Unbound does where it is told to be strict.
#[test]
fn some_partners_go_by_a_denial_above() {
    internet(|| {
        let world = World::new(ZONE);
        let above = "_tcp.zahnfee.de";
        let denied = Behaviour::forged(|answer| {
            answer.metadata.response_code = ResponseCode::NXDomain;
        });
        world.servers(|ns| ns.only(above, Type::ANY, denied.clone()));
        let running = resolvers("qname-minimisation-strict: yes");
        assert_eq!(given(HERE, SRV, Type::SRV), Vec::<String>::new());
        assert_eq!(given(Ipv4Addr::LOCALHOST, SRV, Type::SRV).len(), 1);
        drop(running);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-false-denial", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

/// One server hands a subdomain on, the other one has its records in the zone above, as they were: whoever comes to that
/// one gets these. Here the first one fails, so that all do.
#[test]
fn partners_get_what_a_server_answers_that_hands_nothing_on() {
    internet(|| {
        let host = "xphone.chat.zahnfee.de";
        let world = World::new(&format!("{ZONE}chat NS ns3.provider.net.\n"));
        let old =
            "xphone.chat A 198.51.77.7\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
        world.ns2.replace("zahnfee.de", &format!("{ZONE}{old}"));
        let own = "@ NS ns3.provider.net.\nxphone A 81.2.3.5\n\
                   _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        world.ns3_serves("chat.zahnfee.de", own);
        world.server_of(host, "81.2.3.5");
        let fails = |ns: &Dns, behaviour| ns.now("zahnfee.de", Type::ANY, behaviour);
        let both = [HERE, Ipv4Addr::LOCALHOST];
        for (failing, right, address) in [
            (&world.ns1, &world.ns2, "198.51.77.7"),
            (&world.ns2, &world.ns1, "81.2.3.5"),
        ] {
            fails(failing, Behaviour::Refused);
            fails(right, Behaviour::Normal);
            let running = resolvers("");
            let addresses = both.map(|it| given(it, host, Type::A));
            assert_eq!(addresses, [[address]; 2]);
            drop(running);
        }
        world.servers(|ns| fails(ns, Behaviour::Normal));
        world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
        let outcome = world.check_domain("chat.zahnfee.de").run();
        outcome.shows("tcp", "tcp-partly-open", "fail");
        assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
    });
}
