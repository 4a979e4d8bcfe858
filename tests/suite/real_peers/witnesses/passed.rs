//! Worlds in which the domain's own servers are all right, and those of a zone on the way to them are not.

use hickory_resolver::proto::op::ResponseCode;

use super::Gets::{Error, Records};
use super::World;
use super::rows::{HEALTHY, Row};
use crate::internet::{ZONE, zone_with};
use crate::world::{Behaviour, RecordType};

const PROV: &str = "prov NS ns1.prov\nns1.prov A 81.2.3.55";
const HANDED: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
const CHAT: &str =
    "@ NS ns3.provider.net.\nxphone A 81.2.3.5\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
const STOPS_BIND: &str = "BIND asks with EDNS and a cookie alone, Unbound takes what it gets";

/// chat.zahnfee.de is at the third server.
fn above(world: &World, delegations: &str) {
    world.ns3_serves("chat.zahnfee.de", CHAT);
    world.server_of("xphone.chat.zahnfee.de", "81.2.3.5");
    world.registry(delegations);
}

fn rejecting(world: &World, behaviour: &Behaviour) {
    above(world, HANDED);
    world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, behaviour.clone()));
}

/// The names of the domain's servers are in prov.de.
fn names_at_prov() -> String {
    zone_with(" NS ", "@ NS ns8.prov.de.")
}

fn prov(world: &World, delegations: &str, behaviour: Behaviour) {
    let zone = "$TTL 300\n@ NS ns1\nns1 A 81.2.3.55\nns8 A 81.2.3.53\n";
    world.ns3_serves("prov.de", zone);
    world.ns3.now("prov.de", RecordType::ANY, behaviour);
    world.registry(&format!("{delegations}\nzahnfee NS ns8.prov.de."));
}

/// BIND gets nothing of the domain above which a zone stops it.
const ABOVE: Row = Row {
    what: "the zone above stops one of them",
    domain: "chat.zahnfee.de",
    fqdn: "xphone.chat.zahnfee.de",
    zone: || format!("{ZONE}chat NS ns3.provider.net.\n"),
    srv: [Records, Error],
    address: [Records, Error],
    differ: Some(STOPS_BIND),
    ..HEALTHY
};

const NAMES: Row = Row {
    what: "the zone of the names stops one of them",
    zone: names_at_prov,
    srv: [Records, Error],
    address: [Records, Error],
    differ: Some(STOPS_BIND),
    ..HEALTHY
};

pub const ROWS: &[Row] = &[
    Row {
        what: "a zone above",
        spoil: |world| above(world, HANDED),
        srv: [Records; 2],
        address: [Records; 2],
        differ: None,
        ..ABOVE
    },
    Row {
        what: "the zone above answers FORMERR to EDNS, with EDNS",
        spoil: |world| rejecting(world, &Behaviour::rejects_edns(ResponseCode::FormErr, true)),
        ..ABOVE
    },
    Row {
        what: "the zone above answers NOTIMP to EDNS",
        spoil: |world| rejecting(world, &Behaviour::rejects_edns(ResponseCode::NotImp, false)),
        ..ABOVE
    },
    Row {
        what: "the zone above sends a malformed option",
        spoil: |world| rejecting(world, &Behaviour::option(15, b"\0")),
        ..ABOVE
    },
    Row {
        what: "the top-level domain answers FORMERR to EDNS, with EDNS",
        spoil: |world| {
            world.registry(HANDED);
            let rejects = Behaviour::rejects_edns(ResponseCode::FormErr, true);
            let registry = world.registry.borrow();
            let registry = registry.as_ref().expect("there is one");
            registry.now("de", RecordType::ANY, rejects);
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(STOPS_BIND),
        ..HEALTHY
    },
    Row {
        what: "the zone above drops what comes with a cookie",
        spoil: |world| rejecting(world, &Behaviour::RejectsCookies(None)),
        ..ABOVE
    },
    Row {
        what: "the zone above refuses what comes with a cookie",
        spoil: |world| {
            let rejects = Behaviour::RejectsCookies(Some(ResponseCode::Refused));
            rejecting(world, &rejects);
        },
        ..ABOVE
    },
    Row {
        what: "one server of the zone above drops what comes with a cookie",
        spoil: |world| {
            above(world, HANDED);
            let rejects = Behaviour::RejectsCookies(None);
            world.ns1.now("zahnfee.de", RecordType::ANY, rejects);
        },
        srv: [Records; 2],
        address: [Records; 2],
        differ: None,
        ..ABOVE
    },
    Row {
        what: "the server of the zone above has an alias as its name",
        spoil: |world| {
            let zone = "$TTL 300\n@ NS ns1\nns1 A 81.2.3.55\na CNAME r\nr A 81.2.3.53\n";
            world.ns3_serves("prov.de", zone);
            above(world, &format!("{PROV}\nzahnfee NS a.prov"));
        },
        ..ABOVE
    },
    Row {
        what: "the zone of the names answers FORMERR to EDNS, with EDNS",
        spoil: |world| {
            prov(
                world,
                PROV,
                Behaviour::rejects_edns(ResponseCode::FormErr, true),
            );
        },
        ..NAMES
    },
    Row {
        what: "the zone of the names drops what comes with a cookie",
        spoil: |world| prov(world, PROV, Behaviour::RejectsCookies(None)),
        ..NAMES
    },
    Row {
        what: "the server of the zone of the names has an alias as its name",
        spoil: |world| {
            let zone = "$TTL 300\n@ NS ns3\nns3 A 81.2.3.55\na CNAME ns3\n";
            world.ns3_serves("q.de", zone);
            let delegations = "prov NS a.q\nq NS ns3.q\nns3.q A 81.2.3.55";
            prov(world, delegations, Behaviour::Normal);
        },
        ..NAMES
    },
    Row {
        what: "the zone at the end of an alias drops what comes with a cookie",
        zone: || zone_with("xphone A", "xphone CNAME buero.dyn.example."),
        spoil: |world| {
            let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
            world.ns3_serves("dyn.example", dynamic);
            let rejects = Behaviour::RejectsCookies(None);
            world.ns3.now("dyn.example", RecordType::ANY, rejects);
        },
        address: [Records, Error],
        differ: Some(STOPS_BIND),
        ..HEALTHY
    },
    Row {
        what: "the zone below, in which the record is, drops what comes with a cookie",
        zone: || zone_with("SRV", "_tcp NS ns3.provider.net."),
        spoil: |world| {
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.ns3_serves("_tcp.zahnfee.de", record);
            let rejects = Behaviour::RejectsCookies(None);
            world.ns3.now("_tcp.zahnfee.de", RecordType::ANY, rejects);
        },
        srv: [Records, Error],
        differ: Some(STOPS_BIND),
        ..HEALTHY
    },
];
