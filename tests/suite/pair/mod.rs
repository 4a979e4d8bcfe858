//! `xfed pair`: who reaches whom, and whose side has to act.

mod arbitrary;
#[cfg(unix)]
mod evidence;
mod modes;
mod output;
#[cfg(unix)]
mod places;
mod teams;

use std::net::SocketAddr;

use serde_json::Value;

use crate::stage::{FQDN, Outcome, Run, Stage, ZONE, demanding};
use crate::world::{Authority, Dns, Identity, Port, Server};

/// The other side.
const OTHER: &str = "toothfairy.uk";
const OTHER_FQDN: &str = "chat.toothfairy.uk";
const OTHER_ZONE: &str = "\
@ MX 10 mail
mail A 82.2.3.5
_sipfederationtls._tcp SRV 0 0 5061 chat
chat A 82.2.3.4
";
/// The addresses that the zones publish.
const ONE_ADDRESS: &str = "81.2.3.4";
const OTHER_ADDRESS: &str = "82.2.3.4";

/// The statuses where nothing is wrong and nobody is on Teams.
const ALL_WELL: &str = "pass pass pass pass pass pass pass skip pass";

/// zahnfee.de and toothfairy.uk, each with a server.
struct World {
    stage: Stage,
    one: SocketAddr,
    other: SocketAddr,
    /// They run as long as the world does.
    _servers: Vec<Server>,
}

impl World {
    fn new() -> Self {
        Self::of_zones(ZONE, OTHER_ZONE)
    }

    fn of_zones(one: &str, other: &str) -> Self {
        let dns = Dns::zone("zahnfee.de", one).and_zone(OTHER, other);
        Self::of(Stage::with_dns(dns), Stage::identity)
    }

    /// Where zahnfee.de shows this certificate.
    fn showing(certificate: impl FnOnce(&Authority) -> Identity) -> Self {
        let dns = Dns::zone("zahnfee.de", ZONE).and_zone(OTHER, OTHER_ZONE);
        Self::of(Stage::with_dns(dns), |stage| certificate(&stage.authority))
    }

    fn of(stage: Stage, identity: impl FnOnce(&Stage) -> Identity) -> Self {
        let one = demanding(identity(&stage)).start();
        let other = stage.authority.certificate(OTHER_FQDN).rsa().issue();
        let other = demanding(other).start();
        Self {
            one: one.address(),
            other: other.address(),
            stage,
            _servers: vec![one, other],
        }
    }

    fn pair(&self) -> Run {
        self.pair_of("zahnfee.de", OTHER)
    }

    fn pair_of(&self, one: &str, other: &str) -> Run {
        let run = Run::new("pair").args(&[one, other]);
        let run = run.arg("--ca-file").arg(self.stage.roots());
        let dns = self.stage.dns.address().to_string();
        run.arg("--resolver")
            .arg(dns)
            .arg("--format=json")
            .connect(ONE_ADDRESS, self.one)
            .connect(OTHER_ADDRESS, self.other)
    }
}

/// One direction.
struct Way<'a> {
    report: &'a Value,
}

/// There and back.
fn ways(outcome: &Outcome) -> [Way<'_>; 2] {
    let reports = outcome.json["reports"].as_array().expect("reports");
    assert_eq!(reports.len(), 2);
    [&reports[0], &reports[1]].map(|report| Way { report })
}

impl Way<'_> {
    /// Asserts who calls whom, the statuses of all steps and the verdict.
    #[track_caller]
    fn is(&self, from_to: [&str; 2], statuses: &str, verdict: &str) -> &Self {
        let report = self.report;
        assert_eq!([&report["caller"], &report["domain"]], from_to);
        assert_eq!(report["scope"], "pair");
        let steps = report["steps"].as_array().expect("steps");
        let seen = steps.iter().map(|step| step["status"].as_str());
        let seen: Vec<&str> = seen.map(|status| status.expect("a status")).collect();
        assert_eq!(seen.join(" "), statuses, "{report:#}");
        assert_eq!(report["verdict"], verdict);
        self
    }

    #[track_caller]
    fn finding(&self, step: &str, code: &str) -> &Value {
        let steps = self.report["steps"].as_array().expect("steps");
        let row = steps.iter().find(|row| row["id"] == step);
        let row = row.unwrap_or_else(|| panic!("step {step}"));
        let mut findings = row["findings"].as_array().expect("findings").iter();
        let found = findings.find(|finding| finding["code"] == code);
        found.unwrap_or_else(|| panic!("no {code} in {row:#}"))
    }

    /// Asserts that this was found, how much it weighs, and whose side has to act.
    #[track_caller]
    fn shows(&self, step: &str, code: &str, severity: &str, side: Option<&str>) -> &Self {
        let finding = self.finding(step, code);
        assert_eq!(finding["severity"], severity, "{finding:#}");
        assert_eq!(finding["side"].as_str(), side, "{finding:#}");
        self
    }

    #[track_caller]
    fn lacks(&self, code: &str) -> &Self {
        let text = self.report["steps"].to_string();
        assert!(!text.contains(&format!("\"{code}\"")), "{text}");
        self
    }

    fn headline(&self) -> &str {
        self.report["headline"].as_str().expect("a headline")
    }
}

const THERE: [&str; 2] = ["zahnfee.de", OTHER];
const BACK: [&str; 2] = [OTHER, "zahnfee.de"];

#[test]
fn both_reach_each_other() {
    let outcome = World::new().pair().run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let [there, back] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    back.is(BACK, ALL_WELL, "ready");
    assert_eq!(there.headline(), "zahnfee.de → toothfairy.uk: ready");
    // What is not measured is said to be so, and is no warning.
    there.shows(
        "pair-caller",
        "pair-caller-inferred",
        "info",
        Some("zahnfee.de"),
    );
    back.shows("pair-caller", "pair-caller-inferred", "info", Some(OTHER));
    let seen = &there.report["steps"][6]["summary"];
    assert!(
        seen.as_str().is_some_and(|seen| seen.contains(FQDN)),
        "{seen}"
    );
}

/// A server that nobody reaches may call others nevertheless.
#[test]
fn one_is_closed() {
    let mut world = World::new();
    let closed = Port::closed();
    world.other = closed.address();
    let outcome = world.pair().run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    let statuses = "pass pass pass fail skip skip pass skip pass";
    there.is(THERE, statuses, "not-ready");
    there.shows("tcp", "tcp-refused", "fail", Some(OTHER));
    assert!(
        there.headline().contains("of toothfairy.uk)"),
        "{}",
        there.headline()
    );
    let statuses = "pass pass pass pass pass pass unknown skip pass";
    back.is(BACK, statuses, "inconclusive");
    back.shows("pair-caller", "pair-caller-unknown", "unknown", Some(OTHER));
    assert_eq!(
        back.finding("pair-caller", "pair-caller-unknown")["args"]["codes"],
        serde_json::json!([])
    );
}

/// A certificate that is refused of the server is refused of the client, too.
#[test]
fn one_has_a_certificate_that_has_expired() {
    let world = World::showing(|ca| ca.certificate(FQDN).rsa().valid(-100, -10).issue());
    let outcome = world.pair().run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    let statuses = "pass pass pass pass pass pass fail skip pass";
    there.is(THERE, statuses, "not-ready");
    there.shows(
        "pair-caller",
        "pair-caller-refused",
        "fail",
        Some("zahnfee.de"),
    );
    let finding = there.finding("pair-caller", "pair-caller-refused");
    assert_eq!(
        finding["args"]["codes"],
        serde_json::json!(["cert-expired"])
    );
    assert!(
        there.headline().ends_with("(XPhone admin of zahnfee.de)"),
        "{}",
        there.headline()
    );
    let statuses = "pass pass pass pass fail pass pass skip pass";
    back.is(BACK, statuses, "not-ready");
    back.shows("certificate", "cert-expired", "fail", Some("zahnfee.de"));
}

/// Some partners want clientAuth: a warning of the one who calls, not of the one who is called.
#[test]
fn one_has_a_certificate_for_servers_only() {
    let world = World::showing(|ca| ca.certificate(FQDN).rsa().server_auth_only().issue());
    let outcome = world.pair().run();
    assert_eq!(outcome.code, 0);
    let [there, _] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-doubtful",
        "warn",
        Some("zahnfee.de"),
    );
    assert_eq!(world.pair().args(&["--fail-on", "warn"]).run().code, 1);
}

/// A wildcard beside the exact name is a matter of the server alone.
#[test]
fn what_matters_for_servers_only_does_not_keep_the_client_out() {
    let names = [FQDN, "*.zahnfee.de"];
    let world = World::showing(|ca| ca.certificate(FQDN).rsa().names(&names).issue());
    let outcome = world.pair().run();
    let [there, back] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    back.shows(
        "certificate",
        "cert-extra-wildcard",
        "warn",
        Some("zahnfee.de"),
    );
}

/// Without DNS nothing is known of either, and it is nobody's fault over there.
#[test]
fn nothing_could_be_asked() {
    let world = World::new();
    let silent = Port::closed();
    let run = Run::new("pair").args(&["zahnfee.de", OTHER, "--format=json"]);
    let run = run.arg("--resolver").arg(silent.address().to_string());
    let outcome = run.connect(ONE_ADDRESS, world.one).run();
    assert_eq!(outcome.code, 3);
    for way in ways(&outcome) {
        assert_eq!(way.report["verdict"], "inconclusive");
        way.shows("domain", "dns-unreachable", "unknown", None);
        let statuses = "unknown skip skip skip skip skip unknown skip skip";
        let from_to = [&way.report["caller"], &way.report["domain"]];
        let from_to = from_to.map(|name| name.as_str().expect("a name"));
        way.is(from_to, statuses, "inconclusive");
    }
}

#[test]
fn the_record_of_one_is_missing() {
    let world = World::of_zones(
        ZONE,
        &crate::stage::zone_without("SRV").replace("xphone", "chat"),
    );
    let outcome = world.pair().run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    there.shows("srv", "srv-missing", "fail", Some(OTHER));
    // Some partners look the sender up.
    back.shows("pair-route", "pair-sender-no-srv", "warn", Some(OTHER));
    back.shows("pair-caller", "pair-caller-unknown", "unknown", Some(OTHER));
}

#[test]
fn what_is_no_pair_is_refused() {
    for (args, word) in [
        (&["zahnfee.de", "zahnfee.de"][..], "twice"),
        (&["zahnfee.de", "ann@Zahnfee.DE."], "twice"),
        (&["zahnfee.de", "1.2.3.4"], "1.2.3.4"),
        (&["zahnfee.de", "b.de=x_y"], "x_y is no name of a server"),
        (&["zahnfee.de=5.5.5.5", "b.de"], "5.5.5.5 is no name of"),
        (&["zahnfee.de=", "b.de"], "zahnfee.de=: the name of"),
        (&["zahnfee.de", "b.de", "--direct"], "zahnfee.de=FQDN"),
        (
            &["zahnfee.de=xphone.zahnfee.de", "b.de", "--direct"],
            "b.de=FQDN",
        ),
        (
            &["zahnfee.de", "b.de", "--connect-to", "127.0.0.1"],
            "IP=ADDRESS",
        ),
        (
            &["zahnfee.de", "b.de", "--authority", "127.0.0.1"],
            "--authority",
        ),
        (&["zahnfee.de"], "DOMAIN[=FQDN]"),
        (&["zahnfee.de", "b.de", "c.de"], "c.de"),
        (
            &["zahnfee.de", "b.de", "--evidence", "nowhere.json"],
            "nowhere.json",
        ),
    ] {
        let (code, stdout, stderr) = Run::new("pair").args(args).nowhere().text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(word), "{args:?}: {stderr}");
    }
}

#[test]
fn an_address_and_umlauts_stand_for_their_domains() {
    let dns = Dns::zone("zahnfee.de", ZONE).and_zone("xn--zhne-loa.uk", OTHER_ZONE);
    let stage = Stage::with_dns(dns);
    let other = stage
        .authority
        .certificate("chat.xn--zhne-loa.uk")
        .rsa()
        .issue();
    let (one, other) = (stage.server().start(), demanding(other).start());
    let world = World {
        one: one.address(),
        other: other.address(),
        stage,
        _servers: vec![one, other],
    };
    let outcome = world.pair_of("info@zahnfee.de", "ann@zähne.uk").run();
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(
        outcome
            .stderr
            .contains("taking info@zahnfee.de for the domain zahnfee.de")
    );
    let [there, _] = ways(&outcome);
    there.is(["zahnfee.de", "xn--zhne-loa.uk"], ALL_WELL, "ready");
    assert_eq!(
        there.headline(),
        "zahnfee.de → zähne.uk (xn--zhne-loa.uk): ready"
    );
}
