//! Unbound and BIND as the resolvers of partners, in front of the same faulty name servers. What
//! they get is the measure: "ready" where both of them get the records, never where one does not.

use hickory_resolver::proto::op::ResponseCode;
use serde_json::Value;

use super::peer::Peer;
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::Folder;
use crate::world::{Behaviour, Dns, RecordType};

/// What a resolver gives a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gets {
    Records,
    Nothing,
    Error,
}

use Gets::{Error, Nothing, Records};

const FQDN: &str = "xphone.zahnfee.de";

/// The root: it knows who serves which zone.
const ROOT: &str = "\
    @ NS root.servers.example.\n\
    root.servers.example. A 81.2.3.99\n\
    zahnfee.de. NS ns1.provider.net.\n\
    zahnfee.de. NS ns2.provider.net.\n\
    provider.net. NS ns1.provider.net.\n\
    dyn.example. NS ns3.provider.net.\n\
    ns1.provider.net. A 81.2.3.53\n\
    ns2.provider.net. A 81.2.3.54\n\
    ns3.provider.net. A 81.2.3.55\n";

/// One world: what is wrong with the servers, what partners get of the SRV record and of the
/// address, and whether xfed calls it ready.
struct Row {
    what: &'static str,
    zone: fn() -> String,
    spoil: fn(&World),
    /// By Unbound and by BIND.
    srv: [Gets; 2],
    address: [Gets; 2],
    ready: bool,
}

fn healthy() -> String {
    ZONE.to_owned()
}

fn all(world: &World, kind: RecordType, behaviour: &Behaviour) {
    world.servers(|ns| ns.now("zahnfee.de", kind, behaviour.clone()));
}

fn delegated() -> String {
    zone_with("SRV", "_tcp NS ns3.provider.net.")
}

const ROWS: &[Row] = &[
    Row {
        what: "all is well",
        zone: healthy,
        spoil: |_| {},
        srv: [Records; 2],
        address: [Records; 2],
        ready: true,
    },
    Row {
        what: "both refuse",
        zone: healthy,
        spoil: |world| all(world, RecordType::ANY, &Behaviour::Refused),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
    },
    Row {
        what: "both fail",
        zone: healthy,
        spoil: |world| all(world, RecordType::ANY, &Behaviour::Servfail),
        srv: [Error; 2],
        address: [Error; 2],
        ready: false,
    },
    Row {
        what: "both fail for the SRV record",
        zone: healthy,
        spoil: |world| all(world, RecordType::SRV, &Behaviour::Servfail),
        srv: [Error; 2],
        address: [Records; 2],
        ready: false,
    },
    Row {
        what: "both do not know the type SRV",
        zone: healthy,
        spoil: |world| {
            all(
                world,
                RecordType::SRV,
                &Behaviour::rcode(ResponseCode::NotImp),
            );
        },
        srv: [Error; 2],
        address: [Records; 2],
        ready: false,
    },
    Row {
        what: "both fail for the address",
        zone: healthy,
        spoil: |world| all(world, RecordType::A, &Behaviour::Servfail),
        srv: [Records; 2],
        address: [Error; 2],
        ready: false,
    },
    Row {
        what: "one of two refuses",
        zone: healthy,
        spoil: |world| {
            world
                .ns1
                .now("zahnfee.de", RecordType::ANY, Behaviour::Refused);
        },
        srv: [Records; 2],
        address: [Records; 2],
        ready: true,
    },
    Row {
        what: "a cache before both",
        zone: healthy,
        spoil: |world| {
            let cached = Behaviour::forged(|answer| answer.metadata.authoritative = false);
            all(world, RecordType::ANY, &cached);
        },
        srv: [Records, Records],
        address: [Records, Records],
        ready: true,
    },
    Row {
        what: "a part handed to private servers, with the record above the cut",
        zone: || format!("{ZONE}_tcp NS dc01\ndc01 A 10.0.0.10\n"),
        spoil: |_| {},
        srv: [Error; 2],
        address: [Records; 2],
        ready: false,
    },
    Row {
        what: "a part handed to a server that denies the record",
        zone: delegated,
        spoil: |world| world.ns3_serves("_tcp.zahnfee.de", "_ldap SRV 0 0 389 dc01.zahnfee.de."),
        srv: [Nothing; 2],
        address: [Records; 2],
        ready: false,
    },
    Row {
        what: "a part handed to a server that has the record",
        zone: delegated,
        spoil: |world| {
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            world.ns3_serves("_tcp.zahnfee.de", record);
        },
        srv: [Records; 2],
        address: [Records; 2],
        ready: true,
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
        srv: [Records; 2],
        address: [Records; 2],
        ready: true,
    },
    Row {
        what: "a stray copy of the zone that an alias leads to",
        zone: || zone_with("xphone A", "xphone CNAME buero.dyn.example."),
        spoil: |world| {
            world.servers(|ns| ns.replace("dyn.example", "buero A 198.51.77.7"));
            let dynamic = "@ NS ns3.provider.net.\nbuero A 81.2.3.4";
            world.ns3_serves("dyn.example", dynamic);
        },
        srv: [Records; 2],
        address: [Records; 2],
        ready: true,
    },
    Row {
        what: "the record is gone",
        zone: || zone_with("SRV", ""),
        spoil: |_| {},
        srv: [Nothing; 2],
        address: [Records; 2],
        ready: false,
    },
];

/// A resolver that nobody wrote for xfed.
struct Resolver {
    address: &'static str,
    _peer: Peer,
    _directory: Folder,
}

impl Resolver {
    fn unbound() -> Self {
        let directory = Folder::new();
        let address = "127.0.0.61";
        let config = format!(
            r#"
            server:
                directory: "{}"
                chroot: ""
                username: ""
                pidfile: ""
                use-syslog: no
                verbosity: 1
                do-daemonize: no
                do-ip6: no
                module-config: "iterator"
                interface: {address}
            stub-zone:
                name: "."
                stub-addr: 81.2.3.99
            remote-control:
                control-enable: no
            "#,
            directory.utf8(""),
        );
        let config = directory.write("unbound.conf", &config);
        let mut peer = Peer::start("unbound", &["-d", "-p", "-c", &config]);
        peer.logs(|line| line.contains("start of service"));
        Self {
            address,
            _peer: peer,
            _directory: directory,
        }
    }

    /// BIND listens only where an interface has the address.
    fn bind() -> Self {
        let directory = Folder::new();
        let address = "127.0.0.1";
        let config = format!(
            r#"
            options {{
                directory "{}";
                listen-on port 53 {{ {address}; }};
                listen-on-v6 {{ none; }};
                recursion yes;
                allow-recursion {{ any; }};
                dnssec-validation no;
                empty-zones-enable no;
                notify no;
                pid-file none;
                session-keyfile none;
            }};
            controls {{ }};
            zone "." {{ type static-stub; server-addresses {{ 81.2.3.99; }}; }};
            "#,
            directory.utf8(""),
        );
        let config = directory.write("named.conf", &config);
        let mut peer = Peer::start("named", &["-g", "-n", "1", "-4", "-c", &config]);
        peer.logs(|line| line.ends_with(" running"));
        Self {
            address,
            _peer: peer,
            _directory: directory,
        }
    }

    /// What this resolver gives a partner: of the SRV record, and of the address.
    fn gives(&self, world: &Internet) -> [Gets; 2] {
        let run = world.check_by("zahnfee.de", self.address);
        let run = run.args(&["--no-authority", "--fqdn", FQDN, "--timeout", "10s"]);
        let outcome = run.run();
        let facts = &outcome.report()["facts"];
        [&facts["srv"]["lookup"], &facts["addresses"][0]["a"]]
            .map(|lookup| gets(&lookup["answers"][0]["outcome"]))
    }
}

fn gets(outcome: &Value) -> Gets {
    if outcome.get("records").is_some() {
        Records
    } else if outcome.get("no-data").is_some() || outcome.get("no-name").is_some() {
        Nothing
    } else {
        Error
    }
}

/// The small internet with a root, and with a third server of the provider.
struct World {
    internet: Internet,
    ns3: Dns,
    _root: Dns,
}

impl World {
    fn new(zone: &str) -> Self {
        Self {
            internet: Internet::with_zone(zone),
            ns3: Dns::at("81.2.3.55").authoritative(),
            _root: Dns::at("81.2.3.99").authoritative().and_zone(".", ROOT),
        }
    }

    /// The third server serves this zone; the resolver that knows all zones knows it, too.
    fn ns3_serves(&self, origin: &str, zone: &str) {
        self.ns3.replace(origin, zone);
        self.internet.resolver.replace(origin, zone);
    }
}

impl std::ops::Deref for World {
    type Target = Internet;

    fn deref(&self) -> &Internet {
        &self.internet
    }
}

#[test]
fn partners_get_what_the_verdict_says() {
    internet(|| {
        for row in ROWS {
            let world = World::new(&(row.zone)());
            (row.spoil)(&world);
            // New ones for each world: they remember.
            let given = [Resolver::unbound(), Resolver::bind()].map(|it| it.gives(&world));
            let [srv, address] = [0, 1].map(|question| given.map(|given| given[question]));
            assert_eq!(srv, row.srv, "{}: SRV by Unbound and BIND", row.what);
            assert_eq!(address, row.address, "{}: A by Unbound and BIND", row.what);
            let everything = srv.iter().chain(&address).all(|got| *got == Records);
            assert_eq!(everything, row.ready, "{}", row.what);

            let outcome = world.check().run();
            let verdict = outcome.report()["verdict"].as_str().expect("a verdict");
            assert_eq!(
                ["ready", "ready-with-warnings"].contains(&verdict),
                row.ready,
                "{}:\n{outcome}",
                row.what
            );
        }
    });
}
