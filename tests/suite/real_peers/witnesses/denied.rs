//! A signed zone denies one record with a proof by which another, which is there, is not.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query};
use hickory_resolver::proto::rr::{Name, RecordType as Type};

use super::super::bind::Resolving;
use super::super::unbound::Unbound;
use super::Gets::{self, Nothing, Records};
use super::{FQDN, ROOT_SERVER, World};
use crate::internet::{ZONE, internet, zone_with};
use crate::world::{Proofs, ZoneKey};

/// What one of them gives of this type, one question after the other.
fn asked(resolver: Ipv4Addr, kind: Type) -> Gets {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port");
    let limit = Some(Duration::from_secs(10));
    socket.set_read_timeout(limit).expect("it takes one");
    let mut query = Message::new(7, MessageType::Query, OpCode::Query);
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(Name::from_ascii(FQDN).expect("a name"), kind));
    let query = query.to_vec().expect("it can be written");
    socket.send_to(&query, (resolver, 53)).expect("it is sent");
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).expect("an answer");
    let answer = Message::from_vec(&answer[..length]).expect("a message");
    if answer.answers.iter().any(|it| it.record_type() == kind) {
        Records
    } else {
        Nothing
    }
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
