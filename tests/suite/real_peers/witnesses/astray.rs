//! Worlds in which the servers of the zone above do not say who serves the domain, which is in order itself.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::NS;
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::Gets::{Error, Nothing};
use super::World;
use super::rows::{HEALTHY, Row};
use crate::internet::ZONE;
use crate::world::{Behaviour, RecordType};

const HANDED_ON: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// The registry does so for the domain; what it says of itself is right.
fn registry(world: &World, behaviour: Behaviour) {
    world.registry(HANDED_ON);
    let registry = world.registry.borrow();
    let registry = registry.as_ref().expect("it was just started");
    registry.now("zahnfee.de", RecordType::ANY, behaviour);
}

/// The zone has its name servers within itself, at these addresses.
fn own_servers(addresses: &[&str]) -> String {
    let zone = ZONE.replace(".provider.net.", "");
    let lines = addresses.iter().zip(1..);
    let lines = lines.map(|(address, number)| format!("ns{number} A {address}\n"));
    format!("{zone}{}", lines.collect::<String>())
}

/// The registry hands the zone on to them so.
fn glue(world: &World, addresses: &[&str]) {
    let lines = addresses.iter().zip(1..);
    let lines = lines.map(|(address, number)| {
        format!("zahnfee NS ns{number}.zahnfee\nns{number}.zahnfee A {address}\n")
    });
    world.registry(&lines.collect::<String>());
}

/// Neither comes to the domain.
const LOST: Row = Row {
    what: "nobody is led to it",
    srv: [Error; 2],
    address: [Error; 2],
    ready: false,
    ..HEALTHY
};

pub const ROWS: &[Row] = &[
    Row {
        what: "the registry leads to it",
        spoil: |world| registry(world, Behaviour::Normal),
        ..HEALTHY
    },
    Row {
        what: "the registry fails",
        spoil: |world| registry(world, Behaviour::Servfail),
        ..LOST
    },
    Row {
        what: "the registry fails for NS records alone",
        spoil: |world| {
            registry(world, Behaviour::Normal);
            let registry = world.registry.borrow();
            let registry = registry.as_ref().expect("it was just started");
            registry.now("zahnfee.de", RecordType::NS, Behaviour::Servfail);
        },
        ..HEALTHY
    },
    Row {
        what: "the registry refuses",
        spoil: |world| registry(world, Behaviour::Refused),
        ..LOST
    },
    Row {
        what: "the registry is silent",
        spoil: |world| registry(world, Behaviour::Silent),
        ..LOST
    },
    Row {
        what: "the registry truncates and ends TCP",
        spoil: |world| registry(world, Behaviour::TruncatedNoTcp),
        ..LOST
    },
    Row {
        what: "the registry refers upwards",
        spoil: |world| {
            let upward = Behaviour::forged(|answer| {
                let root = Name::from_ascii("root.servers.example.").expect("a name");
                let up = Record::from_rdata(Name::root(), 300, RData::NS(NS(root)));
                answer.authorities = vec![up];
            });
            registry(world, upward);
        },
        ..LOST
    },
    Row {
        what: "the registry denies it in the name of another zone",
        spoil: |world| registry(world, Behaviour::denied(ResponseCode::NXDomain, "com.")),
        srv: [Nothing; 2],
        address: [Nothing; 2],
        ..LOST
    },
    Row {
        what: "the registry denies it without SOA",
        spoil: |world| registry(world, Behaviour::rcode(ResponseCode::NXDomain)),
        srv: [Nothing; 2],
        address: [Nothing; 2],
        ..LOST
    },
    Row {
        what: "the registry loses two questions of three",
        spoil: |world| registry(world, Behaviour::answers_one_in(3)),
        ..HEALTHY
    },
    Row {
        what: "the registry hands it on to itself",
        spoil: |world| world.registry("zahnfee NS a.nic"),
        srv: [Nothing, Error],
        address: [Nothing, Error],
        differ: Some("Unbound takes a referral that leads back for an empty answer"),
        ..LOST
    },
    Row {
        what: "the registry has private addresses for the name servers",
        zone: || own_servers(&["81.2.3.53", "81.2.3.54"]),
        spoil: |world| glue(world, &["10.0.0.1", "10.0.0.2"]),
        ..LOST
    },
    Row {
        what: "the registry has addresses of this machine for the name servers",
        zone: || own_servers(&["81.2.3.53", "81.2.3.54"]),
        spoil: |world| glue(world, &["127.0.0.1", "127.0.0.2"]),
        ..LOST
    },
    Row {
        what: "the registry has a private address for one name server",
        zone: || own_servers(&["81.2.3.53", "81.2.3.54"]),
        spoil: |world| glue(world, &["10.0.0.1", "81.2.3.54"]),
        ..HEALTHY
    },
    Row {
        what: "the zone itself has a private address for one of its name servers",
        zone: || own_servers(&["10.0.0.1", "81.2.3.54"]),
        spoil: |world| glue(world, &["81.2.3.53", "81.2.3.54"]),
        ..HEALTHY
    },
];
