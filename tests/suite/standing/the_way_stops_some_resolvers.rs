//! The domain's own servers are all right, and those of a zone on the way to them stop some resolvers: the zone
//! above, or that of the servers' names. What Unbound and BIND get is seen in `real_peers::witnesses`.

use super::*;

const EDNS: &str = "authority-rejects-edns";
const ALIAS: &str = "authority-name-is-alias";
const PROV: &str = "prov NS ns1.prov\nns1.prov A 81.2.3.55";
const PROV_ZONE: &str = "$TTL 300\n@ NS ns1\nns1 A 81.2.3.55\n";
const HANDED: &str = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";

/// zahnfee.de, in which chat.zahnfee.de is handed on to a third server.
struct Above {
    world: Internet,
    third: Dns,
    _registry: Dns,
    _server: crate::world::Server,
}

impl Above {
    fn new(delegations: &str) -> Self {
        let world = Internet::with_zone(&format!("{ZONE}chat NS ns3.provider.net.\n"));
        let zone = "$TTL 300\n@ NS ns3.provider.net.\n@ MX 10 mail.zahnfee.de.\nxphone A 81.2.3.5\n\
                    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let third = Dns::at("81.2.3.55").authoritative();
        for dns in [&third, &world.resolver] {
            dns.replace("chat.zahnfee.de", zone);
        }
        Self {
            _registry: world.registry(delegations),
            _server: world.tls_as("xphone.chat.zahnfee.de", "81.2.3.5").start(),
            world,
            third,
        }
    }

    fn rejecting(behaviour: &Behaviour) -> Self {
        let above = Self::new(HANDED);
        above
            .world
            .servers(|ns| ns.now("zahnfee.de", RecordType::ANY, behaviour.clone()));
        above
    }

    fn check(&self) -> Outcome {
        self.world.check_domain("chat.zahnfee.de").run()
    }
}

#[track_caller]
fn minds(outcome: &Outcome, why: &str, zone: &str, words: &[&str]) {
    outcome.shows("domain", "authority-rejects-edns", "warn");
    let args = &outcome.finding("domain", EDNS)["args"];
    assert_eq!(args["why"], why, "{outcome}");
    assert_eq!(args["zone"], zone, "{outcome}");
    says(outcome, "domain", EDNS, words);
    outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
}

fn rejecting_edns() -> [Behaviour; 3] {
    [
        Behaviour::rejects_edns(ResponseCode::FormErr, true),
        Behaviour::rejects_edns(ResponseCode::NotImp, true),
        Behaviour::rejects_edns(ResponseCode::NotImp, false),
    ]
}

fn rejecting_cookies() -> [Behaviour; 3] {
    [
        Behaviour::RejectsCookies(None),
        Behaviour::RejectsCookies(Some(ResponseCode::Refused)),
        Behaviour::RejectsCookies(Some(ResponseCode::ServFail)),
    ]
}

#[test]
fn the_zone_above_rejects_edns() {
    internet(|| {
        for behaviour in rejecting_edns() {
            let outcome = Above::rejecting(&behaviour).check();
            let words = ["81.2.3.53", "81.2.3.54", "zahnfee.de"];
            minds(&outcome, "edns", "zahnfee.de", &words);
        }
    });
}

#[test]
fn the_zone_above_rejects_cookies() {
    internet(|| {
        for behaviour in rejecting_cookies() {
            let outcome = Above::rejecting(&behaviour).check();
            let words = ["81.2.3.53", "81.2.3.54", "BIND", "COOKIE"];
            minds(&outcome, "cookie", "zahnfee.de", &words);
        }
    });
}

#[test]
fn the_zone_above_sends_broken_cookies() {
    internet(|| {
        for cookie in [
            |it: &[u8]| (it[..5].to_vec(), ResponseCode::NoError),
            |_: &[u8]| (vec![7; 16], ResponseCode::NoError),
        ] {
            let outcome = Above::rejecting(&Behaviour::Cookies(cookie)).check();
            let words = ["81.2.3.53", "81.2.3.54", "BIND", "COOKIE"];
            minds(&outcome, "cookie-data", "zahnfee.de", &words);
        }
    });
}

#[test]
fn the_zone_above_sends_a_malformed_option() {
    internet(|| {
        let outcome = Above::rejecting(&Behaviour::option(15, b"\0")).check();
        let words = ["81.2.3.53", "81.2.3.54", "Extended DNS Error"];
        minds(&outcome, "option", "zahnfee.de", &words);
    });
}

/// Nobody in it is found by all; one server that stops nobody is enough.
#[test]
fn the_top_level_domain_rejects_edns() {
    internet(|| {
        for behaviour in rejecting_edns() {
            let world = Internet::new();
            let registry = world.registry(HANDED);
            is_ready(&world.check().run());
            registry.now("de", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            minds(&outcome, "edns", "de", &["81.2.3.52", "name servers of de"]);
        }
    });
}

/// What every resolver understands: as servers from before EDNS do, or with a cookie of their own.
#[test]
fn the_zone_above_stops_nobody() {
    internet(|| {
        for behaviour in [
            Behaviour::Normal,
            Behaviour::NoEdns,
            Behaviour::wants_its_cookie(),
        ] {
            is_ready(&Above::rejecting(&behaviour).check());
        }
    });
}

/// Whoever gets nothing of one server asks the other.
#[test]
fn one_server_of_the_zone_above() {
    internet(|| {
        for behaviour in rejecting_edns().into_iter().chain(rejecting_cookies()) {
            for first in [true, false] {
                let above = Above::new(HANDED);
                let world = &above.world;
                let one = if first { &world.ns1 } else { &world.ns2 };
                one.now("zahnfee.de", RecordType::ANY, behaviour.clone());
                is_ready(&above.check());
            }
        }
    });
}

/// The zone above is asked once by each of its servers.
#[test]
fn a_healthy_zone_above_is_asked_no_more_often() {
    internet(|| {
        let above = Above::new(HANDED);
        is_ready(&above.check());
        for ns in [&above.world.ns1, &above.world.ns2] {
            let asked = ns.times_asked("chat.zahnfee.de", RecordType::NS);
            assert_eq!(asked, 1, "{:?}", ns.questions());
        }
    });
}

#[test]
fn the_server_of_the_zone_above_is_an_alias() {
    internet(|| {
        let above = Above::new(&format!("{PROV}\nzahnfee NS a.prov"));
        let lines = "a CNAME r\nr A 81.2.3.53\n";
        for dns in [&above.third, &above.world.resolver] {
            dns.replace("prov.de", &format!("{PROV_ZONE}{lines}"));
        }
        let outcome = above.check();
        outcome.shows("domain", "authority-name-is-alias", "warn");
        let words = ["a.prov.de", "zahnfee.de", "r.prov.de"];
        says(&outcome, "domain", ALIAS, &words);
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
    });
}

/// The domain's servers have names in prov.de, whose own server this is.
struct Hosted {
    world: Internet,
    prov: Dns,
    _registry: Dns,
}

impl Hosted {
    fn new(delegations: &str) -> Self {
        let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        let world = Internet::with_zone(&format!("{kept}@ NS ns8.prov.de.\n@ NS ns9.prov.de.\n"));
        let prov = Dns::at("81.2.3.55").authoritative();
        let lines = "ns8 A 81.2.3.53\nns9 A 81.2.3.54\n";
        for dns in [&prov, &world.resolver] {
            dns.replace("prov.de", &format!("{PROV_ZONE}{lines}"));
        }
        let handed = "zahnfee NS ns8.prov\nzahnfee NS ns9.prov";
        Self {
            _registry: world.registry(&format!("{handed}\n{delegations}")),
            world,
            prov,
        }
    }
}

#[test]
fn the_zone_of_the_names_rejects_edns() {
    internet(|| {
        for behaviour in rejecting_edns() {
            let hosted = Hosted::new(PROV);
            hosted.prov.now("prov.de", RecordType::ANY, behaviour);
            let outcome = hosted.world.check().run();
            minds(&outcome, "edns", "prov.de", &["81.2.3.55", "prov.de"]);
        }
    });
}

#[test]
fn the_zone_of_the_names_rejects_cookies() {
    internet(|| {
        for behaviour in rejecting_cookies() {
            let hosted = Hosted::new(PROV);
            hosted.prov.now("prov.de", RecordType::ANY, behaviour);
            let outcome = hosted.world.check().run();
            minds(&outcome, "cookie", "prov.de", &["81.2.3.55", "BIND"]);
        }
    });
}

/// Another server of that zone stops nobody.
#[test]
fn one_server_of_the_zone_of_the_names() {
    internet(|| {
        for behaviour in rejecting_edns().into_iter().chain(rejecting_cookies()) {
            let hosted = Hosted::new(&format!("{PROV}\nprov NS ns2.prov\nns2.prov A 81.2.3.54"));
            let zone =
                format!("{PROV_ZONE}@ NS ns2\nns2 A 81.2.3.54\nns8 A 81.2.3.53\nns9 A 81.2.3.54");
            for dns in [&hosted.prov, &hosted.world.ns2, &hosted.world.resolver] {
                dns.replace("prov.de", &zone);
            }
            hosted.prov.now("prov.de", RecordType::ANY, behaviour);
            is_ready(&hosted.world.check().run());
        }
    });
}

#[test]
fn the_server_of_the_zone_of_the_names_is_an_alias() {
    internet(|| {
        let more = "prov NS a.q\nq NS ns3.q\nns3.q A 81.2.3.55";
        let hosted = Hosted::new(more);
        let zone = "$TTL 300\n@ NS ns3\nns3 A 81.2.3.55\na CNAME ns3\n";
        for dns in [&hosted.prov, &hosted.world.resolver] {
            dns.replace("q.de", zone);
        }
        let outcome = hosted.world.check().run();
        outcome.shows("domain", "authority-name-is-alias", "warn");
        says(
            &outcome,
            "domain",
            ALIAS,
            &["a.q.de", "prov.de", "ns3.q.de"],
        );
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
    });
}
