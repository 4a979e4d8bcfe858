//! Several domains of one run, or several addresses of one domain, behind something that limits the
//! connections of one source: what they do to each other is no property of any of them.

use std::time::Duration;

use serde_json::Value;

use crate::stage::{Folder, Outcome, Run, Stage, demanding};
use crate::world::{Dns, Guard, Server, one_by_one, router, strict_router};

const HOSTS: &str = "@ MX 10 mail\nmail A 81.2.3.9\nxphone A 81.2.3.4\n\
    _sipfederationtls._tcp SRV 0 0 5061 xphone\n";

fn domain(index: usize) -> String {
    format!("praxis{index}.de")
}

/// Domains with a server each, and all of them behind one firewall.
struct Customers {
    stage: Stage,
    guards: Vec<Server>,
    servers: Vec<Server>,
    folder: Folder,
}

impl Customers {
    fn behind(guard: &Guard, count: usize) -> Self {
        let zones = (0..count).fold(Dns::empty(), |dns, index| {
            dns.and_zone(&domain(index), HOSTS)
        });
        let stage = Stage::with_dns(zones);
        let server = |index| {
            let fqdn = format!("xphone.{}", domain(index));
            demanding(stage.authority.certificate(&fqdn).rsa().issue()).start()
        };
        let servers: Vec<Server> = (0..count).map(server).collect();
        let guards: Vec<Server> = servers.iter().map(|server| guard.before(server)).collect();
        let line = |(index, guard): (usize, &Server)| {
            format!("{} connect-to={}\n", domain(index), guard.address())
        };
        let lines: Vec<String> = guards.iter().enumerate().map(line).collect();
        Self {
            stage,
            guards,
            servers,
            folder: Folder::new().with("list.txt", lines.concat()),
        }
    }

    /// Each in a network of its own, and all of them behind one firewall here.
    fn elsewhere(way_out: &Guard, count: u8) -> Self {
        let mut customers = Self::behind(&Guard::at_a_time(100), count.into());
        let servers = (1..).zip(&customers.servers);
        let guards = servers.map(|(network, server)| way_out.before_in(network, server));
        customers.guards = guards.collect();
        customers.list();
        customers
    }

    fn list(&mut self) {
        let lines =
            self.guards.iter().enumerate().map(|(index, guard)| {
                format!("{} connect-to={}\n", domain(index), guard.address())
            });
        self.folder = Folder::new().with("list.txt", lines.collect::<String>());
    }

    fn reports(&self) -> Vec<Value> {
        self.reports_with(&[])
    }

    fn reports_with(&self, args: &[&str]) -> Vec<Value> {
        let list = self.folder.file("list.txt");
        let run = Run::new("check").arg("--targets").arg(list).args(args);
        reports(&self.stage, run.nowhere())
    }
}

fn reports(stage: &Stage, run: Run) -> Vec<Value> {
    let run = run.args(&["--no-authority", "--no-compare", "--format=json"]);
    let run = run
        .arg("--resolver")
        .arg(stage.dns.address().to_string())
        .arg("--ca-file")
        .arg(stage.roots());
    let (code, said, errors) = run.text();
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{code} {errors}"));
    said["reports"].as_array().expect("reports").clone()
}

fn verdicts(reports: &[Value]) -> Vec<&str> {
    let verdicts = reports.iter().map(|report| &report["verdict"]);
    verdicts.map(|it| it.as_str().expect("a verdict")).collect()
}

fn count(verdicts: &[&str], wanted: &[&str]) -> usize {
    let such = verdicts.iter().filter(|it| wanted.contains(it));
    such.count()
}

const SERVED: &[&str] = &["ready", "ready-with-warnings"];

#[test]
fn as_many_at_a_time_as_one_domain_needs() {
    for most in [1, 2, 3] {
        let customers = Customers::behind(&Guard::at_a_time(most), 6);
        let reports = customers.reports();
        let verdicts = verdicts(&reports);
        assert_eq!(count(&verdicts, &["not-ready"]), 0, "{most}: {verdicts:?}");
        assert!(count(&verdicts, SERVED) >= 3, "{most}: {verdicts:?}");
    }
}

#[test]
fn so_many_and_then_none() {
    let customers = Customers::behind(&Guard::in_all(10), 12);
    // Three need nine connections; of twelve at once perhaps nobody gets all of its own.
    let reports = customers.reports_with(&["--jobs", "3"]);
    let verdicts = verdicts(&reports);
    assert_eq!(count(&verdicts, &["not-ready"]), 0, "{verdicts:?}");
    assert!(count(&verdicts, SERVED) >= 1, "{verdicts:?}");
    let limited = reports
        .iter()
        .filter(|report| report.to_string().contains(r#""tcp-limited-per-source""#));
    assert!(limited.count() >= 4, "{verdicts:?}");
}

/// A domain whose server turns everybody away is not ready beside others that are.
#[test]
fn what_is_closed_to_everybody_is_not_excused() {
    let mut customers = Customers::behind(&Guard::at_a_time(100), 5);
    let shut = Guard::in_all(0).before(&customers.guards[4]);
    let mut lines: Vec<String> = (0..4)
        .map(|index| {
            let address = customers.guards[index].address();
            format!("{} connect-to={address}\n", domain(index))
        })
        .collect();
    lines.push(format!("{} connect-to={}\n", domain(4), shut.address()));
    customers.folder = Folder::new().with("list.txt", lines.concat());
    let reports = customers.reports();
    let verdicts = verdicts(&reports);
    assert_eq!(verdicts[..4], ["ready"; 4]);
    assert_eq!(verdicts[4], "not-ready");
    assert!(reports[4].to_string().contains(r#""tls-closed""#));
}

/// Two of four names lead nowhere behind a router, and each of them by itself: neither excuses the other.
#[test]
fn names_that_nobody_serves_beside_others() {
    let customers = Customers::behind(&Guard::at_a_time(100), 4);
    let fqdn = |index| format!("xphone.{}", domain(index));
    let served: Vec<(String, &Server)> = [0, 2]
        .map(|index| (fqdn(index), &customers.guards[index]))
        .into();
    // Those that name nobody are served by the first, or not at all.
    for router in [router(&served), strict_router(&served)] {
        let line = |index| format!("{} connect-to={}\n", domain(index), router.address());
        let lines: Vec<String> = (0..4).map(line).collect();
        let folder = Folder::new().with("list.txt", lines.concat());
        let run = Run::new("check").arg("--targets");
        let reports = reports(&customers.stage, run.arg(folder.file("list.txt")).nowhere());
        let verdicts = verdicts(&reports);
        assert_eq!(
            count(&[verdicts[0], verdicts[2]], SERVED),
            2,
            "{verdicts:?}"
        );
        assert_eq!([verdicts[1], verdicts[3]], ["not-ready"; 2]);
        for lost in [&reports[1], &reports[3]] {
            let lost = lost.to_string();
            assert!(lost.contains(r#""how":"unserved""#), "{lost}");
            assert!(!lost.contains(r#""cert-name-mismatch""#), "{lost}");
        }
    }
}

/// Partners that are all at one address, as those with Teams are.
#[test]
fn a_server_that_takes_its_time_for_each() {
    const TARGET: &str = "_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.\n";
    const NAME: &str = "sipfed.online.lync.com";
    let zones = (0..5).fold(Dns::empty(), |dns, index| {
        dns.and_zone(&domain(index), TARGET)
    });
    let zones = zones.and_zone("lync.com", "sipfed.online A 52.112.95.100\n");
    let stage = Stage::with_dns(zones);
    let server = demanding(stage.authority.certificate(NAME).rsa().issue()).start();
    let slow = one_by_one(&server, Duration::from_millis(200));
    let line = |index| format!("{} connect-to={}\n", domain(index), slow.address());
    let list: Vec<String> = (0..5).map(line).collect();
    let folder = Folder::new().with("list.txt", list.concat());
    let run = Run::new("check").args(&["--partner", "--timeout=1s", "--targets"]);
    let reports = reports(&stage, run.arg(folder.file("list.txt")).nowhere());
    let verdicts = verdicts(&reports);
    assert_eq!(count(&verdicts, &["not-ready"]), 0, "{verdicts:?}");
    assert!(count(&verdicts, SERVED) >= 1, "{verdicts:?}");
}

fn two_addresses(guard: &Guard) -> Outcome {
    let stage = Stage::with_zone(&format!("{}xphone A 81.2.3.5\n", crate::stage::ZONE));
    let servers = [stage.server().start(), stage.server().start()];
    let [one, other] = servers.each_ref().map(|server| guard.before(server));
    let run = stage.check().connect("81.2.3.4", one.address());
    run.connect("81.2.3.5", other.address()).run()
}

#[test]
fn two_addresses_behind_one_firewall() {
    let outcome = two_addresses(&Guard::at_a_time(1));
    let verdict = outcome.report()["verdict"].as_str().expect("a verdict");
    assert_ne!(verdict, "not-ready", "{outcome}");
    let outcome = two_addresses(&Guard::in_all(1));
    outcome
        .shows("tcp", "tcp-limited-per-source", "unknown")
        .lacks("tls-closed");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

/// The way out of the own network closes during the run: the servers of the others are not at fault. Systems
/// without all of 127/8 have no other networks.
#[cfg(not(target_os = "macos"))]
mod way_out {
    use super::*;

    fn closes(guard: &Guard, how: &str) {
        let customers = Customers::elsewhere(guard, 8);
        let reports = customers.reports_with(&["--jobs=1", "--timeout=1s"]);
        let verdicts = verdicts(&reports);
        assert_eq!(count(&verdicts, &["not-ready"]), 0, "{verdicts:?}");
        assert!(count(&verdicts, SERVED) >= 1, "{verdicts:?}");
        let blocked = |report: &&Value| report.to_string().contains(r#""tcp-egress-blocked""#);
        let blocked: Vec<&Value> = reports.iter().filter(blocked).collect();
        assert!(blocked.len() >= 3, "{verdicts:?}");
        for report in blocked {
            assert_eq!(report["verdict"], "inconclusive");
            let said = report.to_string();
            assert!(said.contains(how), "{said}");
        }
    }

    #[test]
    fn by_resets() {
        closes(&Guard::in_all(9), "ended it without a word");
    }

    #[test]
    fn by_silence() {
        closes(&Guard::in_all(9).mute(), "and said nothing");
    }

    /// It was closed before the run, to TLS at least: every server is lost in the same way. Of two that may be
    /// their own.
    #[test]
    fn is_closed_from_the_start() {
        for (guard, code, how) in [
            (Guard::in_all(0), "tls-closed", "ended it without a word"),
            (Guard::in_all(0).mute(), "tls-silent", "and said nothing"),
        ] {
            let mut customers = Customers::elsewhere(&guard, 3);
            let reports = customers.reports_with(&["--timeout=1s"]);
            assert_eq!(verdicts(&reports), ["inconclusive"; 3]);
            for report in reports {
                let said = report.to_string();
                assert!(said.contains(r#""tcp-egress-blocked""#), "{said}");
                assert!(said.contains(how), "{said}");
                assert!(!said.contains(&format!("{code:?}")), "{said}");
            }
            customers.guards.pop();
            customers.list();
            let reports = customers.reports_with(&["--timeout=1s"]);
            assert_eq!(verdicts(&reports), ["not-ready"; 2]);
            assert!(reports[0].to_string().contains(&format!("{code:?}")));
        }
    }

    /// Whoever is lost beside others that can still be reached is not excused.
    #[test]
    fn is_open_and_some_are_closed() {
        let mut customers = Customers::elsewhere(&Guard::at_a_time(100), 6);
        let shut = Guard::in_all(0);
        for index in [1, 3] {
            let network = 20 + u8::try_from(index).expect("few");
            customers.guards[index] = shut.before_in(network, &customers.servers[index]);
        }
        customers.list();
        let reports = customers.reports();
        let verdicts = verdicts(&reports);
        assert_eq!([verdicts[1], verdicts[3]], ["not-ready"; 2]);
        assert_eq!(count(&verdicts, SERVED), 4, "{verdicts:?}");
    }
}
