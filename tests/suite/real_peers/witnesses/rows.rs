//! The worlds, and what partners get in each of them.

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::NULL;
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::Gets::{self, Error, Nothing, Records};
use super::{FQDN, World};
use crate::internet::{ZONE, zone_with};
use crate::world::{Behaviour, RecordType};

/// One world: what is wrong with the servers, what partners get of the SRV record and of the
/// address, and whether xfed calls it ready.
pub struct Row {
    pub what: &'static str,
    pub zone: fn() -> String,
    pub spoil: fn(&World),
    pub domain: &'static str,
    /// The server's name.
    pub fqdn: &'static str,
    /// By Unbound and by BIND.
    pub srv: [Gets; 2],
    pub address: [Gets; 2],
    /// Why one of them gets what the other does not.
    pub differ: Option<&'static str>,
    pub ready: bool,
}

fn healthy() -> String {
    ZONE.to_owned()
}

fn all(world: &World, kind: RecordType, behaviour: &Behaviour) {
    world.servers(|ns| ns.now("zahnfee.de", kind, behaviour.clone()));
}

/// Both answer with this error to whoever asks with EDNS, and rightly to everybody else.
fn reject_edns(world: &World, code: ResponseCode, with_edns: bool) {
    let rejecting = Behaviour::rejects_edns(code, with_edns);
    all(world, RecordType::ANY, &rejecting);
}

fn cookies(world: &World, made: fn(&[u8]) -> (Vec<u8>, ResponseCode)) {
    all(world, RecordType::ANY, &Behaviour::Cookies(made));
}

const SENDS_COOKIES: &str =
    "BIND sends a cookie and does not ask again without, Unbound sends none";

fn reject_cookies(world: &World, code: Option<ResponseCode>) {
    all(world, RecordType::ANY, &Behaviour::RejectsCookies(code));
}

/// The SRV record at two names to which its own may lead.
fn aliased_srv(target: &str) -> String {
    let record = "SRV 0 0 5061 xphone";
    format!("_sipfederationtls._tcp CNAME {target}\ns1 {record}\ns2 {record}")
}

fn also_alias(world: &World, owner: &'static str, target: &'static str) {
    all(
        world,
        RecordType::ANY,
        &Behaviour::also_alias(owner, target),
    );
}

const BROKEN_OPTION: &str =
    "BIND takes an answer with a malformed EDNS option for broken, Unbound does not look at it";

const TWO_ALIASES: &str = "Unbound follows the first CNAME record, BIND takes no answer with two";

fn delegated() -> String {
    zone_with("SRV", "_tcp NS ns3.provider.net.")
}

/// What servers from before EDNS say is FORMERR without EDNS data (RFC 6891 §7).
const GIVES_UP: &str = "Unbound asks again without EDNS after any FORMERR or NOTIMP, \
     BIND after FORMERR without EDNS data only";

/// All is well: every row says in what it differs.
pub const HEALTHY: Row = Row {
    what: "all is well",
    zone: healthy,
    spoil: |_| {},
    domain: "zahnfee.de",
    fqdn: FQDN,
    srv: [Records; 2],
    address: [Records; 2],
    differ: None,
    ready: true,
};

pub const ROWS: &[Row] = &[
    HEALTHY,
    Row {
        what: "an address that is only added to an alias",
        spoil: |world| {
            let alias = Behaviour::alias("h1.zahnfee.de.", "81.2.3.4");
            world.servers(|ns| ns.only(FQDN, RecordType::ANY, alias.clone()));
        },
        address: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "a record that is only added to an alias",
        spoil: |world| {
            let alias = Behaviour::alias("s1.zahnfee.de.", "0 0 5061 xphone.zahnfee.de.");
            let name = "_sipfederationtls._tcp.zahnfee.de";
            world.servers(|ns| ns.only(name, RecordType::ANY, alias.clone()));
        },
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both are silent to cookies with the question for the SRV record",
        spoil: |world| {
            let name = "_sipfederationtls._tcp.zahnfee.de";
            world.servers(|ns| ns.only(name, RecordType::SRV, Behaviour::RejectsCookies(None)));
        },
        srv: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "an extended error in Latin-1 in all answers",
        spoil: |world| {
            all(
                world,
                RecordType::ANY,
                &Behaviour::option(15, b"\0\x16gr\xfcn"),
            );
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(BROKEN_OPTION),
        ..HEALTHY
    },
    Row {
        what: "an extended error in UTF-8 in all answers",
        spoil: |world| {
            all(
                world,
                RecordType::ANY,
                &Behaviour::option(15, b"\0\x16gr\xc3\xbcn"),
            );
        },
        ..HEALTHY
    },
    Row {
        what: "an expiry of two bytes in all answers",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::option(9, b"ab")),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(BROKEN_OPTION),
        ..HEALTHY
    },
    Row {
        what: "a client subnet that is too long in all answers",
        spoil: |world| {
            let subnet = b"\0\x01\x18\0\x51\x02\x03\x04";
            all(world, RecordType::ANY, &Behaviour::option(8, subnet));
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(BROKEN_OPTION),
        ..HEALTHY
    },
    Row {
        what: "two CNAME records at the name of the SRV record",
        zone: || zone_with("SRV", &aliased_srv("s1")),
        spoil: |world| {
            also_alias(
                world,
                "_sipfederationtls._tcp.zahnfee.de.",
                "s2.zahnfee.de.",
            );
        },
        srv: [Records, Error],
        differ: Some(TWO_ALIASES),
        ..HEALTHY
    },
    Row {
        what: "two CNAME records at the name of the server",
        zone: || zone_with("xphone A", "xphone CNAME h1\nh1 A 81.2.3.4\nh2 A 81.2.3.4"),
        spoil: |world| also_alias(world, "xphone.zahnfee.de.", "h2.zahnfee.de."),
        address: [Records, Error],
        differ: Some(TWO_ALIASES),
        ..HEALTHY
    },
    Row {
        what: "two CNAME records at the end of an alias of the SRV record",
        zone: || zone_with("SRV", &format!("{}\nalias CNAME s1", aliased_srv("alias"))),
        spoil: |world| also_alias(world, "alias.zahnfee.de.", "s2.zahnfee.de."),
        srv: [Records, Error],
        differ: Some(TWO_ALIASES),
        ..HEALTHY
    },
    Row {
        what: "the same CNAME record twice",
        zone: || zone_with("SRV", &aliased_srv("s1")),
        spoil: |world| {
            also_alias(
                world,
                "_sipfederationtls._tcp.zahnfee.de.",
                "s1.zahnfee.de.",
            );
        },
        ..HEALTHY
    },
    Row {
        what: "two CNAME records by one of two servers",
        zone: || zone_with("SRV", &aliased_srv("s1")),
        spoil: |world| {
            let name = "_sipfederationtls._tcp.zahnfee.de.";
            let twice = Behaviour::also_alias(name, "s2.zahnfee.de.");
            world.ns1.now("zahnfee.de", RecordType::ANY, twice);
        },
        ..HEALTHY
    },
    Row {
        what: "both refuse",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::Refused),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both fail",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::Servfail),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both fail for the SRV record",
        spoil: |world| all(world, RecordType::SRV, &Behaviour::Servfail),
        srv: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both do not know the type SRV",
        spoil: |world| {
            all(
                world,
                RecordType::SRV,
                &Behaviour::rcode(ResponseCode::NotImp),
            );
        },
        srv: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both fail for the address",
        spoil: |world| all(world, RecordType::A, &Behaviour::Servfail),
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "one of two refuses",
        spoil: |world| {
            world
                .ns1
                .now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        },
        ..HEALTHY
    },
    Row {
        what: "a cache before both",
        spoil: |world| {
            let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
            all(world, RecordType::ANY, &cached);
        },
        srv: [Records, Records],
        address: [Records, Records],
        ..HEALTHY
    },
    Row {
        what: "both forward, and have no SRV record",
        zone: || zone_with("SRV", ""),
        spoil: |world| {
            world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
            world.resolver.replace("zahnfee.de", ZONE);
            let forwarded = Behaviour::forged(|answer| {
                answer.metadata.authoritative = false;
                answer.metadata.recursion_available = true;
            });
            all(world, RecordType::ANY, &forwarded);
        },
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both refuse whoever sends a cookie",
        spoil: |world| reject_cookies(world, Some(ResponseCode::Refused)),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "both send FORMERR to a cookie, with EDNS data",
        spoil: |world| reject_cookies(world, Some(ResponseCode::FormErr)),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "both send BADCOOKIE, without a cookie of their own",
        spoil: |world| reject_cookies(world, Some(ResponseCode::BADCOOKIE)),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "both send BADCOOKIE to whoever comes without their own",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::wants_its_cookie()),
        ..HEALTHY
    },
    Row {
        what: "both send BADCOOKIE to their own, too",
        spoil: |world| {
            cookies(world, |it| {
                let own = [&it[..8], b"12345678"].concat();
                (own, ResponseCode::BADCOOKIE)
            });
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "both send a cookie of five bytes",
        spoil: |world| cookies(world, |it| (it[..5].to_vec(), ResponseCode::NoError)),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "both send a cookie that is too long",
        spoil: |world| {
            cookies(world, |it| {
                ([&it[..8], &[1; 33]].concat(), ResponseCode::NoError)
            });
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        // Unbound sets it always, BIND where it checks nothing.
        what: "both refuse whoever leaves checks to himself (CD)",
        spoil: |world| {
            let refusing = Behaviour::forged(|answer| {
                if answer.metadata.checking_disabled {
                    answer.answers.clear();
                    answer.authorities.clear();
                    answer.metadata.response_code = ResponseCode::Refused;
                }
            });
            all(world, RecordType::ANY, &refusing);
        },
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both drop what comes with a cookie",
        spoil: |world| reject_cookies(world, None),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(SENDS_COOKIES),
        ..HEALTHY
    },
    Row {
        what: "a part handed to private servers, with the record above the cut",
        zone: || format!("{ZONE}_tcp NS dc01\ndc01 A 10.0.0.10\n"),
        srv: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "a part handed to a server that denies the record",
        zone: delegated,
        spoil: |world| world.ns3_serves("_tcp.zahnfee.de", "_ldap SRV 0 0 389 dc01.zahnfee.de."),
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "a part handed to a server that has the record",
        zone: delegated,
        spoil: |world| {
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.ns3_serves("_tcp.zahnfee.de", record);
        },
        ..HEALTHY
    },
    Row {
        what: "a part handed to a server without AA",
        zone: delegated,
        spoil: |world| {
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.ns3_serves("_tcp.zahnfee.de", record);
            let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
            world.ns3.now("_tcp.zahnfee.de", RecordType::ANY, cached);
        },
        ..HEALTHY
    },
    Row {
        what: "an alias out of the zone, which its servers deny",
        zone: || zone_with("xphone A", "xphone CNAME buero.dyn.example."),
        spoil: |world| {
            let denied = Behaviour::forged(|answer| {
                if !answer.answers.is_empty() {
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
            });
            world.servers(|ns| ns.now(FQDN, RecordType::ANY, denied.clone()));
            let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
            world.ns3_serves("dyn.example", dynamic);
        },
        ..HEALTHY
    },
    Row {
        what: "a stray copy of the zone that an alias leads to",
        zone: || zone_with("xphone A", "xphone CNAME buero.dyn.example."),
        spoil: |world| {
            world.servers(|ns| ns.replace("dyn.example", "buero A 198.51.77.7"));
            let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
            world.ns3_serves("dyn.example", dynamic);
        },
        ..HEALTHY
    },
    Row {
        what: "the record is gone",
        zone: || zone_with("SRV", ""),
        srv: [Nothing; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both drop questions with EDNS",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::DropsEdns),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both fail where signatures are wanted",
        spoil: |world| {
            let rejecting = Behaviour::rejects_do(ResponseCode::ServFail);
            all(world, RecordType::ANY, &rejecting);
        },
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both answer FORMERR to EDNS, without EDNS",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::NoEdns),
        ..HEALTHY
    },
    Row {
        what: "both answer FORMERR to EDNS, with EDNS",
        spoil: |world| reject_edns(world, ResponseCode::FormErr, true),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(GIVES_UP),
        ..HEALTHY
    },
    Row {
        what: "both answer NOTIMP to EDNS, without EDNS",
        spoil: |world| reject_edns(world, ResponseCode::NotImp, false),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(GIVES_UP),
        ..HEALTHY
    },
    Row {
        what: "both answer NOTIMP to EDNS, with EDNS",
        spoil: |world| reject_edns(world, ResponseCode::NotImp, true),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some(GIVES_UP),
        ..HEALTHY
    },
    Row {
        what: "both answer BADVERS to EDNS",
        spoil: |world| reject_edns(world, ResponseCode::BADVERS, true),
        srv: [Nothing, Error],
        address: [Nothing, Error],
        differ: Some("Unbound takes it for an empty answer"),
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both answer SERVFAIL to EDNS",
        spoil: |world| reject_edns(world, ResponseCode::ServFail, false),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
        ..HEALTHY
    },
    Row {
        what: "both send EDNS data twice",
        spoil: |world| all(world, RecordType::ANY, &Behaviour::opts(2)),
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some("BIND takes every such answer for broken, Unbound does not"),
        ..HEALTHY
    },
    Row {
        what: "both answer EDNS with EDNS data of another name than the root",
        spoil: |world| {
            let owned = Behaviour::forged(|answer| {
                if answer.edns.take().is_some() {
                    let data = RData::Unknown {
                        code: RecordType::OPT,
                        rdata: NULL::new(),
                    };
                    let owner = Name::from_ascii("mail.").expect("a name");
                    answer.additionals.push(Record::from_rdata(owner, 0, data));
                }
            });
            all(world, RecordType::ANY, &owned);
        },
        ..HEALTHY
    },
    Row {
        what: "both complain of the version of EDNS beside the right answer",
        spoil: |world| {
            let data = b"\0\0\x29\x04\xd0\x01\0\0\0\0\0".to_vec();
            all(world, RecordType::ANY, &Behaviour::Additional(1, data));
        },
        srv: [Records, Error],
        address: [Records, Error],
        differ: Some("Unbound takes no notice of it, BIND takes it for the answer"),
        ..HEALTHY
    },
    Row {
        what: "one of two sends EDNS data twice",
        spoil: |world| {
            world
                .ns1
                .now("zahnfee.de", RecordType::ANY, Behaviour::opts(2));
        },
        ..HEALTHY
    },
    Row {
        what: "one of two drops questions with EDNS",
        spoil: |world| {
            world
                .ns1
                .now("zahnfee.de", RecordType::ANY, Behaviour::DropsEdns);
        },
        ..HEALTHY
    },
];
