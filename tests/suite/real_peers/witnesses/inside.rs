//! Worlds with names below a top-level domain that the resolver here knows, and the root does not.

use super::Gets::{Error, Nothing};
use super::rows::{HEALTHY, Row};
use super::{ROOT, World};
use crate::internet::{ZONE, zone_with};

const FIRMA: &str = "\
    $TTL 300\n\
    @ NS ns3\n\
    ns3 A 81.2.3.55\n\
    n1 A 81.2.3.53\n\
    h A 81.2.3.4\n\
    _sip SRV 0 0 5061 xphone.zahnfee.de.\n";

/// The resolver here leads to the root, and has this zone beside.
fn knows(world: &World, origin: &str, zone: &str) {
    world.resolver.replace(".", ROOT);
    world.ns3_serves(origin, zone);
}

fn aliased() -> String {
    zone_with("xphone A", "xphone CNAME h.firma.lan.")
}

pub const ROWS: &[Row] = &[
    Row {
        what: "the domain",
        spoil: |world| knows(world, "zahnfee.lan", ZONE),
        domain: "zahnfee.lan",
        fqdn: "xphone.zahnfee.lan",
        srv: [Nothing; 2],
        address: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "the end of the alias of the FQDN",
        zone: aliased,
        spoil: |world| knows(world, "firma.lan", FIRMA),
        address: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "the same, and the resolver has all of it",
        zone: aliased,
        spoil: |world| {
            knows(
                world,
                "lan",
                "@ NS ns3.firma\nns3.firma A 81.2.3.55\nh.firma A 81.2.3.4\n",
            );
        },
        address: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "the end of the alias of the record",
        zone: || zone_with("SRV", "_sipfederationtls._tcp CNAME _sip.firma.lan."),
        spoil: |world| knows(world, "firma.lan", FIRMA),
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "the name of the name server",
        zone: || zone_with(" NS ", "@ NS n1.firma.lan."),
        spoil: |world| {
            world.registry("zahnfee NS n1.firma.lan.");
            let root = format!("{}{}", super::ROOT_ABOVE_DE, super::ELSEWHERE);
            world.resolver.replace(".", &root);
            world.ns3_serves("firma.lan", FIRMA);
        },
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "the name of the name server of a zone below",
        zone: || zone_with("SRV", "_tcp NS ns3.firma.lan."),
        spoil: |world| {
            knows(world, "firma.lan", FIRMA);
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.ns3_serves("_tcp.zahnfee.de", &format!("@ NS ns3.firma.lan.\n{record}"));
        },
        srv: [Error; 2],
        ready: false,
        ..HEALTHY
    },
];
