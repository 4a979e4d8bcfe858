//! What Microsoft Teams does between the two.

use serde_json::Value;

use super::{ALL_WELL, BACK, OTHER, THERE, World, ways};
use crate::stage::{Run, Stage, ZONE, demanding};
use crate::world::Dns;

const EDGE: &str = "52.112.127.17";
const ON_TEAMS: &str = "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.";

/// zahnfee.de with this zone, and toothfairy.uk on Teams.
struct Cloud {
    world: World,
    edge: std::net::SocketAddr,
    _server: crate::world::Server,
}

impl Cloud {
    fn with(zone: &str) -> Self {
        let dns = Dns::zone("zahnfee.de", zone).and_zone(OTHER, ON_TEAMS);
        let dns = dns.and_zone("lync.com", &format!("sipfed.online A {EDGE}"));
        let world = World::of(Stage::with_dns(dns), Stage::identity);
        let edge = world.stage.authority.certificate("sipfed.online.lync.com");
        let server = demanding(edge.rsa().issue()).start();
        Self {
            world,
            edge: server.address(),
            _server: server,
        }
    }

    fn pair(&self) -> Run {
        self.world.pair().connect(EDGE, self.edge)
    }
}

#[test]
fn a_partner_on_teams_is_reached_and_reaches() {
    let cloud = Cloud::with(ZONE);
    let outcome = cloud.pair().run();
    assert_eq!(outcome.code, 0, "{outcome}");
    let [there, back] = ways(&outcome);
    let statuses = "pass pass pass pass pass pass pass pass pass";
    there.is(THERE, statuses, "ready");
    assert_eq!(there.report["mode"], "partner");
    // What it allows only its own administrator can show.
    there.shows("pair-teams", "pair-teams-decides", "info", Some(OTHER));
    let enter = there.finding("pair-teams", "pair-teams-decides")["enter"].to_string();
    assert!(
        enter.contains("Get-CsTenantFederationConfiguration"),
        "{enter}"
    );
    let statuses = "pass pass pass pass pass pass skip pass pass";
    back.is(BACK, statuses, "ready");
    back.shows("pair-teams", "pair-teams-decides", "info", Some(OTHER));
    // The same, whoever is named first.
    let run = cloud
        .world
        .pair_of(OTHER, "zahnfee.de")
        .connect(EDGE, cloud.edge);
    let turned = run.run();
    let [first, second] = ways(&turned);
    for (one, same) in [(&first, &back), (&second, &there)] {
        for field in ["caller", "domain", "verdict", "headline", "steps"] {
            assert_eq!(one.report[field], same.report[field], "{field}");
        }
    }
}

/// Microsoft takes certificates that are for servers only.
#[test]
fn teams_takes_a_certificate_for_servers_only() {
    let mut cloud = Cloud::with(ZONE);
    let identity = cloud.world.stage.authority.certificate(crate::stage::FQDN);
    let server = demanding(identity.rsa().server_auth_only().issue()).start();
    cloud.world.one = server.address();
    let outcome = cloud.pair().run();
    let [there, _] = ways(&outcome);
    there.lacks("pair-caller-doubtful");
    assert_eq!(there.report["verdict"], "ready");
}

const TENANT: &str = "\
@ MX 0 zahnfee-de.mail.protection.outlook.com.
_sipfederationtls._tcp SRV 0 0 5061 xphone
xphone A 81.2.3.4
";

/// Whether Teams goes by its own list nobody sees from outside. For whoever is not on Teams, the
/// tenant is a remark.
#[test]
fn a_tenant_holds_the_domain_that_teams_calls() {
    let outcome = Cloud::with(TENANT).pair().run();
    assert_eq!(outcome.code, 3);
    let [there, back] = ways(&outcome);
    assert_eq!(there.report["verdict"], "ready");
    assert_eq!(back.report["verdict"], "inconclusive");
    back.shows(
        "pair-teams",
        "pair-tenant-in-the-way",
        "unknown",
        Some("zahnfee.de"),
    );
    let world = World::of_zones(TENANT, super::OTHER_ZONE);
    let outcome = world.pair().run();
    assert_eq!(outcome.code, 0);
    let [_, back] = ways(&outcome);
    back.is(BACK, ALL_WELL, "ready");
    back.shows(
        "domain",
        "domain-microsoft-tenant",
        "info",
        Some("zahnfee.de"),
    );
}

#[test]
fn two_tenants_are_a_matter_of_microsoft() {
    let outcome = Cloud::with(ON_TEAMS).pair().run();
    assert_eq!(outcome.code, 3);
    for way in ways(&outcome) {
        way.shows("pair-teams", "pair-both-teams", "unknown", None);
        assert_eq!(way.report["verdict"], Value::from("inconclusive"));
    }
}

/// Teams has no field for a route.
#[test]
fn teams_and_direct_federation() {
    let zone = crate::stage::zone_without("SRV");
    let cloud = Cloud::with(&zone);
    let config = crate::stage::file(
        "[[domain]]\nname = \"zahnfee.de\"\nmode = \"direct\"\nfqdn = \"xphone.zahnfee.de\"\n",
    );
    let outcome = cloud.pair().arg("--config").arg(config.path()).run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    there.shows(
        "pair-route",
        "pair-sender-no-srv",
        "fail",
        Some("zahnfee.de"),
    );
    back.shows(
        "pair-route",
        "pair-teams-no-route",
        "fail",
        Some("zahnfee.de"),
    );
    let enter = &back.finding("pair-route", "pair-teams-no-route")["enter"][0];
    let record = "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.";
    assert_eq!(enter, record);
}
