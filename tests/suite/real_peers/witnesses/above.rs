//! Worlds in which the name itself is answered, and one between it and the apex is what is wrong. Unbound
//! 1.17 asks for addresses of those, BIND 9.18 for NS records (RFC 9156), with the settings of Debian. Both go on
//! after an error and after what they cannot read. After silence Unbound goes on when it has asked some times
//! more (2 to 5 s; 9 s where it is TCP that is silent, which is too near to the limit for a row), BIND does
//! not. Past a referral neither goes.

use hickory_resolver::proto::op::ResponseCode;

use super::Gets::{Error, Nothing, Records};
use super::World;
use super::rows::{HEALTHY, Row};
use crate::internet::{ZONE, zone_with};
use crate::world::{Behaviour, RecordType};

const TCP: &str = "_tcp.zahnfee.de";
const NS3: &str = "ns3.provider.net.";
const RECORD: &str = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
const GIVES_UP_SOONER: &str =
    "BIND asks on and on where one fails and one is silent, Unbound takes the error";

#[allow(clippy::needless_pass_by_value, reason = "each row makes its own")]
fn both(world: &World, name: &str, behaviour: Behaviour) {
    both_for(world, name, RecordType::ANY, &behaviour);
}

fn both_for(world: &World, name: &str, kind: RecordType, behaviour: &Behaviour) {
    world.servers(|ns| ns.only(name, kind, behaviour.clone()));
}

/// Both hand _tcp on, while they answer for the record themselves.
fn hand_on(world: &World) {
    both(world, TCP, Behaviour::handed_to(NS3));
}

fn subtree_zone() -> String {
    zone_with("SRV", "_sipfederationtls.fed.buero SRV 0 0 5061 xphone")
}

/// _tcp stands for fed.buero.
fn subtree(world: &World) {
    let record = "0 0 5061 xphone.zahnfee.de.";
    let subtree = Behaviour::subtree("_tcp.zahnfee.de.", "fed.buero.zahnfee.de.", record);
    for dns in [&world.ns1, &world.ns2, &world.resolver] {
        dns.now(TCP, RecordType::ANY, subtree.clone());
    }
}

/// The zone at the end of an alias, in which a name above that end is wrong.
fn dynamic(world: &World, behaviour: Behaviour) {
    let dynamic = "@ NS ns3.provider.net.\nhost.buero A 81.2.3.4";
    world.ns3_serves("dyn.example", dynamic);
    world
        .ns3
        .only("buero.dyn.example", RecordType::ANY, behaviour);
}

const GOES_ON: &str = "Unbound goes on after some seconds, BIND does not";

/// What BIND gets nothing of, and Unbound late.
const LATE: Row = Row {
    what: "silence above",
    srv: [Records, Error],
    differ: Some(GOES_ON),
    ..HEALTHY
};

const NO_RECORD: Row = Row {
    what: "nobody gets the record",
    srv: [Error; 2],
    ready: false,
    ..HEALTHY
};

pub const ROWS: &[Row] = &[
    Row {
        what: "both fail for _tcp",
        spoil: |world| both(world, TCP, Behaviour::Servfail),
        ..HEALTHY
    },
    Row {
        what: "both refuse _tcp",
        spoil: |world| both(world, TCP, Behaviour::Refused),
        ..HEALTHY
    },
    Row {
        what: "both do not understand _tcp",
        spoil: |world| both(world, TCP, Behaviour::rcode(ResponseCode::FormErr)),
        ..HEALTHY
    },
    Row {
        what: "both know no such question of _tcp",
        spoil: |world| both(world, TCP, Behaviour::rcode(ResponseCode::NotImp)),
        ..HEALTHY
    },
    Row {
        what: "both deny _tcp",
        spoil: |world| both(world, TCP, Behaviour::NxDomain),
        ..HEALTHY
    },
    Row {
        what: "both send rubbish for _tcp",
        spoil: |world| both(world, TCP, Behaviour::Garbage),
        ..HEALTHY
    },
    Row {
        what: "both truncate _tcp and end TCP",
        spoil: |world| both(world, TCP, Behaviour::TruncatedNoTcp),
        ..HEALTHY
    },
    Row {
        what: "a cache before both for _tcp",
        spoil: |world| {
            let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
            both(world, TCP, cached);
        },
        ..HEALTHY
    },
    Row {
        what: "_tcp is an alias",
        zone: || format!("{ZONE}_tcp CNAME xphone\n"),
        ..HEALTHY
    },
    Row {
        what: "both are silent for _tcp",
        spoil: |world| both(world, TCP, Behaviour::Silent),
        ..LATE
    },
    Row {
        what: "one of two is silent for _tcp",
        spoil: |world| world.ns1.only(TCP, RecordType::ANY, Behaviour::Silent),
        ..HEALTHY
    },
    Row {
        what: "one is silent for _tcp, one fails",
        spoil: |world| {
            world.ns1.only(TCP, RecordType::ANY, Behaviour::Servfail);
            world.ns2.only(TCP, RecordType::ANY, Behaviour::Silent);
        },
        srv: [Records, Error],
        differ: Some(GIVES_UP_SOONER),
        ..HEALTHY
    },
    Row {
        what: "both are silent for the NS records of _tcp",
        spoil: |world| both_for(world, TCP, RecordType::NS, &Behaviour::Silent),
        srv: [Records, Error],
        differ: Some("BIND asks for NS records, Unbound for addresses"),
        ..HEALTHY
    },
    Row {
        what: "both hand _tcp to a server that is dead",
        spoil: hand_on,
        ..NO_RECORD
    },
    Row {
        what: "both hand _tcp to a server that is silent",
        spoil: |world| {
            hand_on(world);
            world.ns3.now(".", RecordType::ANY, Behaviour::Silent);
        },
        ..NO_RECORD
    },
    Row {
        what: "both hand _tcp to a server that refuses",
        spoil: |world| {
            hand_on(world);
            world.ns3.now(".", RecordType::ANY, Behaviour::Refused);
        },
        ..NO_RECORD
    },
    Row {
        what: "both hand _tcp to a server that denies the record",
        spoil: |world| {
            hand_on(world);
            world.ns3.replace(TCP, "_ldap SRV 0 0 389 dc01.zahnfee.de.");
        },
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both hand _tcp to a server that has the record",
        spoil: |world| {
            hand_on(world);
            world.ns3.replace(TCP, RECORD);
        },
        ..HEALTHY
    },
    Row {
        what: "both are silent for _tcp to whoever asks with EDNS",
        spoil: |world| both(world, TCP, Behaviour::DropsEdns),
        ..LATE
    },
    Row {
        what: "both are silent for _tcp to whoever asks with a cookie",
        spoil: |world| both(world, TCP, Behaviour::RejectsCookies(None)),
        srv: [Records, Error],
        differ: Some("BIND asks with a cookie, Unbound without"),
        ..HEALTHY
    },
    Row {
        what: "both refuse _tcp to whoever asks with a cookie",
        spoil: |world| {
            let refuses = Behaviour::RejectsCookies(Some(ResponseCode::Refused));
            both(world, TCP, refuses);
        },
        ..HEALTHY
    },
    Row {
        what: "one is silent for _tcp to whoever asks with a cookie",
        spoil: |world| {
            let drops = Behaviour::RejectsCookies(None);
            world.ns1.only(TCP, RecordType::ANY, drops);
        },
        ..HEALTHY
    },
    Row {
        what: "both are silent for a name above the server",
        zone: || {
            zone_with(
                "xphone",
                "xphone.buero A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 xphone.buero",
            )
        },
        spoil: |world| both(world, "buero.zahnfee.de", Behaviour::Silent),
        fqdn: "xphone.buero.zahnfee.de",
        address: [Records, Error],
        differ: Some(GOES_ON),
        // The server's certificate is for another name.
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both are silent for a name above the end of an alias",
        zone: || zone_with("xphone A", "xphone CNAME host.buero\nhost.buero A 81.2.3.4"),
        spoil: |world| both(world, "buero.zahnfee.de", Behaviour::Silent),
        address: [Records, Error],
        differ: Some(GOES_ON),
        ..HEALTHY
    },
    Row {
        what: "a subtree",
        zone: subtree_zone,
        spoil: subtree,
        ..HEALTHY
    },
    Row {
        what: "a subtree, and silence for a name above it",
        zone: subtree_zone,
        spoil: |world| {
            subtree(world);
            both(world, "buero.zahnfee.de", Behaviour::Silent);
        },
        ..LATE
    },
    Row {
        what: "a subtree, and silence for the name that is one",
        zone: subtree_zone,
        spoil: |world| {
            subtree(world);
            both(world, TCP, Behaviour::Silent);
        },
        ..LATE
    },
    Row {
        what: "an alias out of the zone, and silence for a name above its end",
        zone: || zone_with("xphone A", "xphone CNAME host.buero.dyn.example."),
        spoil: |world| dynamic(world, Behaviour::Silent),
        address: [Records, Error],
        differ: Some(GOES_ON),
        ..HEALTHY
    },
    Row {
        what: "an alias out of the zone, and a name above its end is refused",
        zone: || zone_with("xphone A", "xphone CNAME host.buero.dyn.example."),
        spoil: |world| dynamic(world, Behaviour::Refused),
        ..HEALTHY
    },
];
