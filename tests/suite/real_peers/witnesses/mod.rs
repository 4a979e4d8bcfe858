//! Unbound and BIND as the resolvers of partners, in front of the same faulty name servers. What
//! they get is the measure: "ready" where both of them get the records, with warnings where one does,
//! and never where neither does.

mod above;
mod astray;
mod by_chance;
mod denied;
mod elsewhere;
mod inside;
mod ipv6_only;
mod one_astray;
mod passed;
mod rows;
mod signed;
mod stopped;
mod unproven;

use std::cell::RefCell;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::bind::Resolving;
use super::unbound::Unbound;
use crate::internet::{Internet, internet};
use crate::world::{Dns, Server, ZoneKey};
use rows::{ROWS, Row};

/// What a resolver gives a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gets {
    Records,
    Nothing,
    Error,
}

const FQDN: &str = "xphone.zahnfee.de";
/// The server of the root.
const ROOT_SERVER: Ipv4Addr = Ipv4Addr::new(81, 2, 3, 99);

/// The root, which hands the zone `de` on.
const ROOT_ABOVE_DE: &str = "\
    @ NS root.servers.example.\n\
    root.servers.example. A 81.2.3.99\n\
    de. NS a.nic.de.\n\
    a.nic.de. A 81.2.3.52\n";

const ELSEWHERE: &str = "\
    provider.net. NS ns1.provider.net.\n\
    dyn.example. NS ns3.provider.net.\n\
    ns1.provider.net. A 81.2.3.53\n\
    ns2.provider.net. A 81.2.3.54\n\
    ns3.provider.net. A 81.2.3.55\n";

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

/// The small internet with a root, and with a third server of the provider.
struct World {
    internet: Internet,
    ns3: Dns,
    root: Dns,
    /// Of the zone `de`, where the root does not hand on what is below it.
    registry: RefCell<Option<Dns>>,
    /// Behind another domain.
    further: RefCell<Option<Server>>,
}

impl World {
    fn new(zone: &str) -> Self {
        Self {
            internet: Internet::with_zone(zone),
            ns3: Dns::at("81.2.3.55").authoritative(),
            root: Dns::at(&ROOT_SERVER.to_string())
                .authoritative()
                .and_zone(".", ROOT),
            registry: RefCell::default(),
            further: RefCell::default(),
        }
    }

    /// The zone `de` hands on what is below it so.
    fn registry(&self, delegations: &str) {
        self.root
            .replace(".", &format!("{ROOT_ABOVE_DE}{ELSEWHERE}"));
        *self.registry.borrow_mut() = Some(self.internet.registry(delegations));
    }

    /// There is a server of this name, too.
    fn server_of(&self, fqdn: &str, address: &str) {
        let server = self.internet.tls_as(fqdn, address).start();
        *self.further.borrow_mut() = Some(server);
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

/// Unbound and BIND, new ones for each world, as they remember.
struct Partners<'a> {
    internet: &'a Internet,
    _unbound: Unbound,
    _bind: Resolving,
}

impl<'a> Partners<'a> {
    /// BIND listens only where an interface has the address.
    const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 0, 0, 61), Ipv4Addr::LOCALHOST];

    /// They check signatures where the zone has a key.
    fn start(internet: &'a Internet, key: Option<&ZoneKey>) -> Self {
        let [for_unbound, for_bind] = key.map(ZoneKey::anchors).unwrap_or_default();
        let modules = if key.is_some() {
            "validator iterator"
        } else {
            "iterator"
        };
        let lines = format!("module-config: \"{modules}\"\n{for_unbound}");
        let [unbound, bind] = Self::ADDRESSES;
        Self {
            internet,
            _unbound: Unbound::start(unbound, (".", ROOT_SERVER), &lines),
            _bind: Resolving::start(bind, ROOT_SERVER, &for_bind),
        }
    }

    /// What each gives a partner: of the SRV record, and of the address.
    fn give(&self, (domain, fqdn): (&str, &str)) -> [[Gets; 2]; 2] {
        Self::ADDRESSES.map(|address| {
            let run = self.internet.check_by(domain, &address.to_string());
            let run = run.args(&["--no-authority", "--fqdn", fqdn, "--timeout", "10s"]);
            let outcome = run.run();
            let facts = &outcome.report()["facts"];
            [&facts["srv"]["lookup"], &facts["addresses"][0]["a"]]
                .map(|lookup| gets(&lookup["answers"][0]["outcome"]))
        })
    }
}

/// What new partners are given.
fn given_to_partners(
    world: &Internet,
    names: (&str, &str),
    key: Option<&ZoneKey>,
) -> [[Gets; 2]; 2] {
    Partners::start(world, key).give(names)
}

fn gets(outcome: &Value) -> Gets {
    if outcome.get("records").is_some() {
        Gets::Records
    } else if outcome.get("no-data").is_some() || outcome.get("no-name").is_some() {
        Gets::Nothing
    } else {
        Gets::Error
    }
}

#[test]
fn partners_get_what_the_verdict_says() {
    internet(|| judge(ROWS));
}

/// The same where the name servers have names in another zone, or the zone above names others.
#[test]
fn partners_find_the_servers_that_the_verdict_rests_on() {
    internet(|| judge(elsewhere::ROWS));
}

/// The same where a zone on the way to them is what stops some partners.
#[test]
fn partners_get_past_the_zones_on_the_way() {
    internet(|| judge(passed::ROWS));
}

/// The same where they do not get past a name above the one they want.
#[test]
fn partners_come_to_a_name_by_those_above_it() {
    internet(|| judge(above::ROWS));
}

/// The same where a zone above does not lead to them.
#[test]
fn partners_are_led_by_the_zones_above() {
    internet(|| judge(astray::ROWS));
}

/// The same where only the resolver here knows a top-level domain.
#[test]
fn partners_know_no_other_top_level_domains() {
    internet(|| judge(inside::ROWS));
}

fn judge(rows: &[Row]) {
    for row in rows {
        let world = World::new(&(row.zone)());
        (row.spoil)(&world);
        let given = || {
            let given = given_to_partners(&world, (row.domain, row.fqdn), None);
            [0, 1].map(|question| given.map(|given| given[question]))
        };
        let mut got = given();
        if got != [row.srv, row.address] {
            // On a busy machine a partner may run out of time where servers are slow.
            got = given();
        }
        let [srv, address] = got;
        assert_eq!(srv, row.srv, "{}: SRV by Unbound and BIND", row.what);
        assert_eq!(address, row.address, "{}: A by Unbound and BIND", row.what);
        let agree = srv[0] == srv[1] && address[0] == address[1];
        assert_eq!(agree, row.differ.is_none(), "{}: why they differ", row.what);
        let all = |by: usize| srv[by] == Gets::Records && address[by] == Gets::Records;

        let outcome = world.check_domain(row.domain).run();
        let verdict = outcome.report()["verdict"].as_str().expect("a verdict");
        // What some partners get and others do not is worth a warning, at the least.
        let allowed: &[&str] = match (all(0), all(1)) {
            (true, true) => &["ready", "ready-with-warnings"],
            (false, false) => &["not-ready", "inconclusive"],
            _ => &["ready-with-warnings", "not-ready"],
        };
        assert!(allowed.contains(&verdict), "{}:\n{outcome}", row.what);
        let is_ready = verdict.starts_with("ready");
        assert_eq!(is_ready, row.ready, "{}:\n{outcome}", row.what);
    }
}
