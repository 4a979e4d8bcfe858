//! Worlds in which the way to the name servers is what is wrong.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::{CNAME, NULL};
use hickory_resolver::proto::rr::{Name, RData, Record};
use hickory_resolver::proto::serialize::binary::BinEncodable;

use super::Gets::{Error, Nothing, Records};
use super::World;
use super::rows::{HEALTHY, Row};
use crate::internet::{ZONE, zone_with};
use crate::world::{Behaviour, RecordType};

const PROV: &str = "prov NS ns1.prov\nns1.prov A 81.2.3.55";
const HOSTED: &str = "zahnfee NS ns8.prov.de.";

/// The healthy zone with these name servers.
fn named(servers: &str) -> String {
    let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    format!("{kept}{servers}\n")
}

fn at_prov() -> String {
    named("@ NS ns8.prov.de.")
}

/// The zone prov.de has these lines; the resolver remembers when all was well.
fn prov(world: &World, lines: &str, delegations: &str) {
    let zone = |lines: &str| format!("$TTL 300\n@ NS ns1\nns1 A 81.2.3.55\n{lines}\n");
    world.ns3.replace("prov.de", &zone(lines));
    let remembered = zone("ns8 A 81.2.3.53");
    world.internet.resolver.replace("prov.de", &remembered);
    world.registry(delegations);
}

/// Neither finds a server.
const LOST: Row = Row {
    what: "nobody finds a server",
    zone: at_prov,
    srv: [Error; 2],
    address: [Error; 2],
    ready: false,
    ..HEALTHY
};

pub const ROWS: &[Row] = &[
    Row {
        what: "a name server of a hoster",
        zone: at_prov,
        spoil: |world| prov(world, "ns8 A 81.2.3.53", &format!("{PROV}\n{HOSTED}")),
        ..HEALTHY
    },
    Row {
        what: "the zone of its name was given up",
        spoil: |world| prov(world, "ns8 A 81.2.3.53", HOSTED),
        ..LOST
    },
    Row {
        what: "the zone of its name is refused",
        spoil: |world| {
            prov(world, "ns8 A 81.2.3.53", &format!("{PROV}\n{HOSTED}"));
            world
                .ns3
                .now("prov.de", RecordType::ANY, Behaviour::Refused);
        },
        ..LOST
    },
    Row {
        what: "its name is gone",
        spoil: |world| prov(world, "", &format!("{PROV}\n{HOSTED}")),
        ..LOST
    },
    Row {
        what: "it has moved to where the record is missing",
        zone: at_prov,
        spoil: |world| {
            prov(world, "ns8 A 81.2.3.54", &format!("{PROV}\n{HOSTED}"));
            let without = at_prov().replace("_sipfederationtls", "_other");
            world.internet.ns2.replace("zahnfee.de", &without);
        },
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "its address is not given with its name",
        zone: || named("@ NS ns.zahnfee.de.\nns A 81.2.3.53"),
        spoil: |world| world.registry("zahnfee NS ns.zahnfee.de."),
        ..LOST
    },
    Row {
        what: "its address beside the delegation is a private one",
        zone: || named("@ NS ns.zahnfee.de.\nns A 81.2.3.53"),
        spoil: |world| world.registry("zahnfee NS ns.zahnfee.de.\nns.zahnfee A 10.0.0.1"),
        ..LOST
    },
    Row {
        what: "two zones need each other",
        spoil: |world| {
            let delegations = format!("{HOSTED}\nprov NS ns.zahnfee.de.");
            prov(world, "ns8 A 81.2.3.53", &delegations);
        },
        ..LOST
    },
    Row {
        what: "only the zone above knows its address",
        zone: at_prov,
        spoil: |world| {
            let glue = format!("{PROV}\n{HOSTED}\nns8.prov A 81.2.3.53");
            prov(world, "", &glue);
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some("Unbound takes the address beside the delegation, BIND asks for it"),
        ..HEALTHY
    },
    Row {
        what: "its name is an alias",
        zone: at_prov,
        spoil: |world| {
            let delegations = format!("{PROV}\n{HOSTED}");
            prov(world, "ns8 CNAME host\nhost A 81.2.3.53", &delegations);
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some("BIND leaves out a name server that is an alias"),
        ..HEALTHY
    },
    Row {
        what: "five zones in a row to find it",
        zone: first_in_a_row,
        spoil: |world| in_a_row(world, 4),
        srv: [Error, Records],
        address: [Error, Records],
        differ: Some("Unbound follows four zones, BIND seven"),
        ..HEALTHY
    },
    Row {
        what: "eight zones in a row to find it",
        spoil: |world| in_a_row(world, 7),
        zone: first_in_a_row,
        ..LOST
    },
    Row {
        what: "a subtree, and an alias that does not follow from it",
        zone: || zone_with("SRV", "_sipfederationtls.fed SRV 0 0 5061 xphone"),
        spoil: subtree_and_wrong_alias,
        ..HEALTHY
    },
    Row {
        what: "an alias of itself",
        zone: || zone_with("xphone A", "xphone CNAME b\nb CNAME xphone"),
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "eleven aliases",
        zone: || aliases(11),
        ..HEALTHY
    },
    Row {
        what: "twelve aliases",
        zone: || aliases(12),
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
];

/// _tcp stands for fed, and beside that stands what does not follow from it.
fn subtree_and_wrong_alias(world: &World) {
    let name = |text: &str| Name::from_ascii(format!("{text}zahnfee.de.")).expect("a name");
    let target = name("fed.").to_bytes().expect("it can be written");
    let subtree = RData::Unknown {
        code: RecordType::DNAME,
        rdata: NULL::with(target),
    };
    let wrong = RData::CNAME(CNAME(name("_x.")));
    let record = "0 0 5061 xphone.zahnfee.de.";
    let record = RData::try_from_str(RecordType::SRV, record).expect("an SRV record");
    let records = [
        (name("_tcp."), subtree),
        (name("_sipfederationtls._tcp."), wrong),
        (name("_sipfederationtls.fed."), record),
    ];
    let answers = records.map(|(owner, data)| Record::from_rdata(owner, 300, data));
    let forged = Behaviour::forged(move |answer| {
        answer.answers = answers.to_vec();
        answer.authorities.clear();
        answer.metadata.response_code = ResponseCode::NoError;
    });
    world.servers(|ns| ns.now("_tcp.zahnfee.de", RecordType::SRV, forged.clone()));
}

pub(super) fn first_in_a_row() -> String {
    named("@ NS ns8.z0.de.")
}

/// So many zones and prov.de, each with its name server in the next.
pub(super) fn in_a_row(world: &World, many: usize) {
    let next = |at: usize| {
        if at + 1 == many {
            "prov".to_owned()
        } else {
            format!("z{}", at + 1)
        }
    };
    let steps = (0..many).map(|at| format!("z{at} NS ns8.{}\n", next(at)));
    let steps: String = steps.collect();
    for at in 0..many {
        let zone = format!("$TTL 300\n@ NS ns8.{}.de.\nns8 A 81.2.3.53\n", next(at));
        world.ns1.replace(&format!("z{at}.de"), &zone);
        world.internet.resolver.replace(&format!("z{at}.de"), &zone);
    }
    let delegations = format!("{PROV}\nzahnfee NS ns8.z0\n{steps}");
    prov(world, "ns8 A 81.2.3.53", &delegations);
}

/// So many of them lead to the address.
fn aliases(many: usize) -> String {
    let lines = (1..many).map(|at| format!("a{at} CNAME a{}\n", at + 1));
    let lines: String = lines.collect();
    zone_with(
        "xphone A",
        &format!("xphone CNAME a1\n{lines}a{many} A 81.2.3.4"),
    )
}
