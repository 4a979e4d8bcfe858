//! Views by programs that nobody wrote for it: BIND with two views, and Unbound between it and
//! xfed, which validates and remembers. All of it in a network of its own, where every address is
//! this machine's and every name server has port 53.

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use serde_json::json;

use super::bind::{Named, master_file};
use super::network::inside;
use super::path;
use super::peer::Place;
use super::unbound::Unbound;
use crate::stage::{ALL_PASS, FQDN, Folder, Outcome, Run, Stage, ZONE, zone_without};
use crate::world::Port;

/// The servers of the zone and of the zone above, and the inside of a company.
const INTERNET: &str = r#"
    ip link set lo up
    ip address add 81.2.3.53/32 dev lo
    ip address add 81.2.3.54/32 dev lo
    ip address add 10.1.2.53/32 dev lo
    exec "$@"
"#;
const OWN: Ipv4Addr = Ipv4Addr::new(81, 2, 3, 53);
const ABOVE: Ipv4Addr = Ipv4Addr::new(81, 2, 3, 54);
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 1, 2, 53);
const UNBOUND: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The zone above, which refers to the one below.
const DE: &str = "\
    $TTL 3600\n\
    @ SOA a.nic hostmaster.nic 1 7200 3600 604800 900\n\
    @ NS a.nic\n\
    a.nic A 81.2.3.54\n\
    zahnfee NS ns1.zahnfee\n\
    ns1.zahnfee A 81.2.3.53\n";

/// BIND with the zone zahnfee.de, in this file, and in another view with the zone above.
fn internet(directory: Folder, file: &str, options: &str) -> Named {
    directory.write("de", DE);
    let above = announcing(&directory).unwrap_or("de");
    let views = format!(
        r#"
        view above {{
            match-destinations {{ {ABOVE}; }};
            zone "de" {{ type primary; file "{above}"; }};
        }};
        view own {{
            zone "zahnfee.de" {{ type primary; file "{file}"; {options} }};
        }};
        "#
    );
    let places = vec![Place::at(OWN, 53), Place::at(ABOVE, 53)];
    Named::serve(directory, places, &views).expect("nobody else is in here")
}

/// Where the zone is signed, the one above is, and announces its key.
fn announcing(directory: &Folder) -> Option<&'static str> {
    let announced = std::fs::read_to_string(directory.utf8("dsset-zahnfee.de.")).ok()?;
    directory.write("de", &format!("{DE}{announced}"));
    sign(directory, "de", ["de", "de.signed"], &[]);
    Some("de.signed")
}

/// The same with this zone, which may be changed. BIND would sign it again by itself.
fn internet_with(zone: &str) -> Named {
    let directory = Folder::new();
    directory.write("zone", &master_file(OWN.into(), zone));
    internet(directory, "zone", "allow-update { any; };")
}

/// Unbound, which finds all of .de from its servers.
fn unbound(lines: &str) -> Unbound {
    Unbound::start(UNBOUND, ("de", ABOVE), lines)
}

/// The check through Unbound. The zone's own servers are found by the program, or told to it.
fn checks(stage: &Stage) -> [Run; 2] {
    let check = || check_by(stage, UNBOUND);
    [check(), check().arg("--authority").arg(OWN.to_string())]
}

fn check_by(stage: &Stage, resolver: Ipv4Addr) -> Run {
    let run = Run::new("check").arg("zahnfee.de");
    run.arg("--resolver")
        .arg(resolver.to_string())
        .arg("--format=json")
        .arg("--ca-file")
        .arg(stage.roots())
}

/// Changes the zone at its own server, behind the back of Unbound (RFC 2136).
fn update(lines: &[&str]) {
    let mut child = Command::new("nsupdate")
        .env("PATH", path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("nsupdate (bind9-dnsutils): {error}"));
    let script = format!(
        "server {OWN}\nzone zahnfee.de\n{}\nsend\n",
        lines.join("\n")
    );
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    assert!(child.wait().expect("it ends").success(), "{script}");
}

const ADD_SRV: &str =
    "update add _sipfederationtls._tcp.zahnfee.de. 3600 SRV 0 0 5061 xphone.zahnfee.de.";
const DELETE_SRV: &str = "update delete _sipfederationtls._tcp.zahnfee.de. SRV";

#[track_caller]
fn args(outcome: &Outcome, step: &str, code: &str, wanted: &serde_json::Value) {
    let args = &outcome.finding(step, code)["args"];
    for (name, value) in wanted.as_object().expect("an object") {
        assert_eq!(args[name], *value, "{name} of {code}:\n{outcome}");
    }
}

#[test]
fn two_views() {
    inside(INTERNET, || {
        let directory = Folder::new();
        directory.write("zone", &master_file(OWN.into(), ZONE));
        let private = ZONE.replace("81.2.3.4", "10.1.2.3");
        directory.write("private", &master_file(OWN.into(), &private));
        // Whoever asks at the inner address asks from the inside.
        let views = format!(
            r#"
            view inside {{
                match-clients {{ {INSIDE}; }};
                zone "zahnfee.de" {{ type primary; file "private"; }};
            }};
            view outside {{
                zone "zahnfee.de" {{ type primary; file "zone"; }};
            }};
            "#
        );
        let places = vec![Place::at(OWN, 53), Place::at(INSIDE, 53)];
        let _named = Named::serve(directory, places, &views).expect("nobody else is in here");
        let stage = Stage::new();
        let server = stage.server().start();
        let check = || check_by(&stage, INSIDE);
        for run in [check(), check().arg("--authority").arg(OWN.to_string())] {
            let run = run.connect("81.2.3.4", server.address());
            let outcome = run.args(&["--timeout", "2s"]).run();
            args(
                &outcome,
                "address",
                "address-split-view",
                &json!({"seen": ["10.1.2.3"], "published": ["81.2.3.4"], "view": "10.1.2.53:53"}),
            );
            args(&outcome, "tcp", "tcp-from-inside", &json!({"open": "yes"}));
            outcome
                .shows("address", "address-split-view", "warn")
                .shows("tcp", "tcp-from-inside", "info")
                .lacks("address-not-public")
                .lacks("address-stale")
                .lacks("domain-servers-disagree")
                .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        }
        // The firewall does not lead back in.
        let closed = Port::closed();
        let run = check().connect("81.2.3.4", closed.address());
        run.run()
            .shows("address", "address-split-view", "warn")
            .shows("tcp", "tcp-from-inside", "unknown")
            .lacks("tcp-refused")
            .stands("pass warn pass unknown skip skip", "inconclusive", 3);
        // From the outside, there is nothing of it.
        let run = check_by(&stage, OWN).connect("81.2.3.4", server.address());
        run.run()
            .lacks("address-split-view")
            .lacks("tcp-from-inside")
            .stands(ALL_PASS, "ready", 0);
    });
}

/// A zone, signed, in a directory with its key.
struct Signed {
    directory: Folder,
    /// The key as Unbound's anchor of trust.
    anchor: String,
}

impl Signed {
    /// With further options of `dnssec-signzone`; the file is `signed`.
    fn new(options: &[&str]) -> Self {
        let directory = Folder::new();
        directory.write("zone", &master_file(OWN.into(), ZONE));
        let key = sign(&directory, "zahnfee.de", ["zone", "signed"], options);
        let key = directory.utf8(&format!("{key}.key"));
        let anchor = format!("trust-anchor-file: \"{key}\"");
        Self { directory, anchor }
    }

    /// Whoever edits the file afterwards does not sign it again.
    fn tampered() -> Self {
        let own = Self::new(&["-O", "full"]);
        let signed = std::fs::read_to_string(own.directory.utf8("signed")).expect("it was written");
        let address = signed
            .lines()
            .find(|line| line.starts_with(FQDN) && line.ends_with("81.2.3.4"))
            .expect("the server's address");
        let other = address.replace("81.2.3.4", "81.2.3.99");
        own.directory
            .write("signed", &signed.replace(address, &other));
        own
    }
}

/// Signs a zone with a new key, one for all of it (-z), and returns the name of that.
fn sign(directory: &Folder, zone: &str, [from, to]: [&str; 2], options: &[&str]) -> String {
    let here = directory.utf8("");
    let (from, to) = (directory.utf8(from), directory.utf8(to));
    let kind = [
        "-q",
        "-a",
        "ECDSAP256SHA256",
        "-f",
        "KSK",
        "-K",
        &here,
        zone,
    ];
    let key = output("dnssec-keygen", &kind);
    let mut args = vec!["-q", "-S", "-z", "-K", &here, "-d", &here];
    args.extend(["-o", zone, "-f", &to]);
    args.extend(options);
    args.push(&from);
    output("dnssec-signzone", &args);
    key.trim().to_owned()
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .env("PATH", path())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {stderr}");
    String::from_utf8(output.stdout).expect("it writes ASCII")
}

/// Unbound says why from 1.16 on; older ones do not know the word.
fn explains() -> bool {
    let version = output("unbound", &["-V"]);
    let number = version
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("Version "))
        .expect("a version");
    let mut parts = number
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next()) >= (Some(1), Some(16))
}

#[test]
fn signatures_that_hold() {
    inside(INTERNET, || {
        let Signed { directory, anchor } = Signed::new(&[]);
        let _named = internet(directory, "signed", "");
        let _unbound = unbound(&anchor);
        let stage = Stage::new();
        let server = stage.server().start();
        for run in checks(&stage) {
            let outcome = run.connect_to(&server).run();
            outcome.lacks("domain-dnssec-bogus");
            let servers = &outcome.report()["facts"]["zone"]["authority"]["servers"];
            assert_eq!(servers[0]["address"], "81.2.3.53:53", "{outcome}");
            outcome.stands(ALL_PASS, "ready", 0);
        }
    });
}

/// Longer ago than the day that Unbound lets pass; -P: the signer itself would object.
const EXPIRED: [&str; 5] = ["-P", "-s", "now-1728000", "-e", "now-432000"];

#[test]
fn signatures_that_have_expired() {
    inside(INTERNET, || {
        let Signed { directory, anchor } = Signed::new(&EXPIRED);
        let _named = internet(directory, "signed", "");
        is_bogus(
            &anchor,
            ["zahnfee.de", "SOA"],
            "signature expired",
            "fail skip skip skip skip skip",
        );
    });
}

#[test]
fn a_record_that_its_signature_does_not_fit() {
    inside(INTERNET, || {
        let Signed { directory, anchor } = Signed::tampered();
        let _named = internet(directory, "signed", "");
        is_bogus(
            &anchor,
            [FQDN, "A"],
            "signature crypto failed",
            "fail unknown pass skip skip skip",
        );
    });
}

/// Unbound answers SERVFAIL, without the reason and with it. The zone's servers know nothing of it,
/// and are found all the same: where Unbound does not name them, by the zone above.
fn is_bogus(anchor: &str, [name, record]: [&str; 2], reason: &str, alone: &str) {
    let stage = Stage::new();
    let server = stage.server().start();
    let without = ("", None);
    let with = explains().then_some(("ede: yes\nval-log-level: 2", Some(reason)));
    for (ede, reason) in [without].into_iter().chain(with) {
        let met = |run: Run, statuses| {
            // A new one each time: what it remembers, it no longer explains.
            let _unbound = unbound(&format!("{anchor}\n{ede}\n"));
            let outcome = run.run();
            let finding = outcome.finding("domain", "domain-dnssec-bogus");
            let wanted = &json!({"name": name, "record": record});
            args(&outcome, "domain", "domain-dnssec-bogus", wanted);
            let reasons = finding["args"]["reasons"].to_string();
            assert_eq!(reasons == "[]", reason.is_none(), "{outcome}");
            assert!(reasons.contains(reason.unwrap_or_default()), "{outcome}");
            outcome
                .shows("domain", "domain-dnssec-bogus", "fail")
                .lacks("domain-dns-broken")
                .stands(statuses, "not-ready", 1);
            outcome
        };
        for run in checks(&stage) {
            let outcome = met(run.connect_to(&server), "fail pass pass pass pass pass");
            outcome.lacks("domain-lookup-failed");
            let servers = &outcome.report()["facts"]["zone"]["authority"]["servers"];
            assert_eq!(servers[0]["address"], "81.2.3.53:53", "{outcome}");
        }
        // All that partners see whose resolvers check. `alone` is what becomes of the steps then.
        let run = check_by(&stage, UNBOUND).nowhere().arg("--no-authority");
        met(run, alone);
    }
}

#[test]
fn a_record_that_was_missing() {
    inside(INTERNET, || {
        let _named = internet_with(&zone_without("SRV"));
        let _unbound = unbound("");
        let stage = Stage::new();
        let server = stage.server().start();
        for run in checks(&stage) {
            let outcome = run.nowhere().run();
            outcome.shows("srv", "srv-missing", "fail");
            args(&outcome, "srv", "srv-missing", &json!({"wait": 15}));
            outcome.lacks("srv-not-yet-visible").stands(
                "pass skip fail skip skip skip",
                "not-ready",
                1,
            );
        }
        update(&[ADD_SRV]);
        for run in checks(&stage) {
            let outcome = run.connect_to(&server).run();
            args(
                &outcome,
                "srv",
                "srv-not-yet-visible",
                &json!({
                    "minutes": 15,
                    "view": "127.0.0.1:53",
                    "seen": [],
                    "published": ["0 0 5061 xphone.zahnfee.de."],
                }),
            );
            outcome
                .shows("srv", "srv-not-yet-visible", "warn")
                .lacks("srv-missing")
                .stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
        }
    });
}

#[test]
fn a_record_that_was_another() {
    inside(INTERNET, || {
        let microsoft = "_sipfederationtls._tcp 600 SRV 100 1 5061 sipfed.online.lync.com.";
        let _named = internet_with(&format!("{}\n{microsoft}", zone_without("SRV")));
        let _unbound = unbound("");
        let stage = Stage::new();
        let server = stage.server().start();
        let run = check_by(&stage, UNBOUND).nowhere();
        run.run()
            .shows("srv", "srv-points-to-microsoft", "fail")
            .lacks("srv-stale");
        update(&[DELETE_SRV, ADD_SRV]);
        for run in checks(&stage) {
            let outcome = run.connect_to(&server).run();
            args(
                &outcome,
                "srv",
                "srv-stale",
                &json!({
                    "minutes": 10,
                    "view": "127.0.0.1:53",
                    "seen": ["100 1 5061 sipfed.online.lync.com."],
                    "published": ["0 0 5061 xphone.zahnfee.de."],
                }),
            );
            outcome
                .shows("srv", "srv-stale", "warn")
                .lacks("srv-points-to-microsoft")
                .stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
        }
    });
}

#[test]
fn a_record_that_is_gone() {
    inside(INTERNET, || {
        let _named = internet_with(ZONE);
        let _unbound = unbound("");
        let stage = Stage::new();
        let server = stage.server().start();
        for run in checks(&stage) {
            run.connect_to(&server).run().stands(ALL_PASS, "ready", 0);
        }
        update(&[DELETE_SRV]);
        for run in checks(&stage) {
            let outcome = run.connect_to(&server).run();
            args(&outcome, "srv", "srv-missing", &json!({"wait": 15}));
            args(
                &outcome,
                "srv",
                "srv-stale",
                &json!({"minutes": 60, "published": []}),
            );
            outcome
                .shows("srv", "srv-missing", "fail")
                .shows("srv", "srv-stale", "warn")
                .stands("pass skip fail skip skip skip", "not-ready", 1);
        }
    });
}

#[test]
fn an_address_that_was_another() {
    inside(INTERNET, || {
        let _named = internet_with(&ZONE.replace("xphone A", "xphone 1200 A"));
        let _unbound = unbound("");
        let stage = Stage::new();
        let server = stage.server().start();
        let dead = Port::closed();
        let old_answers = |run: Run| {
            run.connect("81.2.3.4", server.address())
                .connect("81.2.3.99", dead.address())
                .run()
        };
        for run in checks(&stage) {
            old_answers(run).stands(ALL_PASS, "ready", 0);
        }
        update(&[
            "update delete xphone.zahnfee.de. A",
            "update add xphone.zahnfee.de. 1200 A 81.2.3.99",
        ]);
        for run in checks(&stage) {
            let run = run.connect("81.2.3.4", dead.address());
            let outcome = run.connect("81.2.3.99", server.address()).run();
            args(
                &outcome,
                "address",
                "address-stale",
                &json!({
                    "minutes": 20,
                    "view": "127.0.0.1:53",
                    "seen": ["81.2.3.4"],
                    "published": ["81.2.3.99"],
                }),
            );
            outcome
                .shows("address", "address-stale", "warn")
                .lacks("address-split-view")
                .lacks("tcp-refused")
                .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        }
        // What partners will find is dead, whatever answers where this resolver still leads.
        for run in checks(&stage) {
            old_answers(run)
                .shows("address", "address-stale", "warn")
                .shows("tcp", "tcp-refused", "fail")
                .stands("pass warn pass fail skip skip", "not-ready", 1);
        }
    });
}

#[test]
fn an_address_that_was_missing() {
    inside(INTERNET, || {
        let _named = internet_with(&zone_without("xphone A"));
        let _unbound = unbound("");
        let stage = Stage::new();
        let server = stage.server().start();
        for run in checks(&stage) {
            run.nowhere()
                .run()
                .shows("address", "fqdn-not-found", "fail")
                .stands("pass fail pass skip skip skip", "not-ready", 1);
        }
        update(&["update add xphone.zahnfee.de. 1200 A 81.2.3.4"]);
        for run in checks(&stage) {
            let outcome = run.connect_to(&server).run();
            args(
                &outcome,
                "address",
                "address-stale",
                &json!({"minutes": 15, "seen": [], "published": ["81.2.3.4"]}),
            );
            outcome
                .shows("address", "address-stale", "warn")
                .lacks("fqdn-not-found")
                .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        }
    });
}
