//! BIND 9 as the server of the zone.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use super::peer::{Peer, Place};
use super::{left_out, server_identity};
use crate::stage::{ALL_PASS, Folder, Run, ZONE, file};
use crate::world::{Authority, Refusal, Server};

const MAIL: &str = "
    @ MX 10 mail
    mail A 81.2.3.5
";

/// The zone of this server as a master file. A "no" may be kept for 15 minutes.
pub fn master_file(server: IpAddr, zone: &str) -> String {
    let head = format!(
        "$TTL 3600\n\
         @ SOA ns1 hostmaster 1 7200 3600 604800 900\n\
         @ NS ns1\n\
         ns1 A {server}\n"
    );
    // In a master file, a line that is indented belongs to the name of the line before it.
    let lines: Vec<&str> = zone.lines().map(str::trim_start).collect();
    head + &lines.join("\n") + "\n"
}

/// A running `named`, most often with the zone zahnfee.de.
pub struct Named {
    peer: Peer,
    places: Vec<Place>,
    _directory: Folder,
}

impl Named {
    /// The port is free for TCP; another program may have it for UDP, and then another one will do.
    pub fn start(zone: &str) -> Self {
        (0..5)
            .find_map(|_| Self::start_at(Place::free(), zone))
            .expect("five ports are not all taken")
    }

    /// `None` when the address is taken.
    pub fn start_at(place: Place, zone: &str) -> Option<Self> {
        let directory = Folder::new();
        directory.write("zone", &master_file(place.address.ip(), zone));
        Self::serve(
            directory,
            vec![place],
            r#"zone "zahnfee.de" { type primary; file "zone"; };"#,
        )
    }

    /// Zones, or views, whose files are in this directory, at addresses that have one port.
    pub fn serve(directory: Folder, places: Vec<Place>, zones: &str) -> Option<Self> {
        let addresses: Vec<String> = places
            .iter()
            .map(|place| format!("{};", place.address.ip()))
            .collect();
        let config = format!(
            r#"
            options {{
                directory "{}";
                listen-on port {} {{ {} }};
                listen-on-v6 {{ none; }};
                recursion no;
                dnssec-validation no;
                notify no;
                pid-file none;
                session-keyfile none;
                querylog yes;
            }};
            controls {{ }};
            {zones}
            "#,
            directory.utf8(""),
            places[0].address.port(),
            addresses.join(" "),
        );
        let config = directory.write("named.conf", &config);
        let mut peer = Peer::start("named", &["-g", "-n", "1", "-c", &config]);
        let line = peer.logs(|line| line.ends_with(" running") || line.contains("address in use"));
        line.ends_with(" running").then_some(Self {
            peer,
            places,
            _directory: directory,
        })
    }

    /// The check of a domain by what this server says.
    pub fn check(&self, domain: &str) -> Run {
        Run::new("check")
            .arg(domain)
            .arg("--resolver")
            .arg(self.places[0].address.to_string())
            .arg("--format=json")
    }
}

/// A running `named` that is a resolver, and knows nothing but where the root is.
pub struct Resolving {
    _peer: Peer,
    _directory: Folder,
}

impl Resolving {
    /// At this address, port 53. With these anchors of trust it checks signatures.
    pub fn start(address: Ipv4Addr, root: Ipv4Addr, anchors: &str) -> Self {
        let directory = Folder::new();
        let checks = if anchors.is_empty() { "no" } else { "yes" };
        let config = format!(
            r#"
            options {{
                directory "{}";
                listen-on port 53 {{ {address}; }};
                listen-on-v6 {{ none; }};
                recursion yes;
                allow-recursion {{ any; }};
                dnssec-validation {checks};
                empty-zones-enable no;
                notify no;
                pid-file none;
                session-keyfile none;
            }};
            controls {{ }};
            trust-anchors {{ {anchors} }};
            zone "." {{ type static-stub; server-addresses {{ {root}; }}; }};
            "#,
            directory.utf8(""),
        );
        let config = directory.write("named.conf", &config);
        let mut peer = Peer::start("named", &["-g", "-n", "1", "-4", "-c", &config]);
        peer.logs(|line| line.ends_with(" running"));
        Self {
            _peer: peer,
            _directory: directory,
        }
    }
}

#[test]
fn a_zone_that_is_all_right() {
    if left_out() {
        return;
    }
    let authority = Authority::new("Tooth Fairy Root CA");
    let roots = file(&authority.root_pem());
    let server = Server::tls(server_identity(&authority))
        .refuse(Refusal::Alert)
        .start();
    let named = Named::start(ZONE);
    let run = named.check("zahnfee.de").connect_to(&server);
    run.arg("--ca-file")
        .arg(roots.path())
        .run()
        .shows("federation", "mtls-enforced", "info")
        .lacks("domain-no-mail")
        .stands(ALL_PASS, "ready", 0);
}

/// What is missing in a zone, by BIND's own denials.
#[test]
fn what_is_missing() {
    if left_out() {
        return;
    }
    let srv = "_sipfederationtls._tcp SRV 0 0 5061 xphone";
    for (zone, step, code, statuses) in [
        // NXDOMAIN and NODATA.
        ("", "srv", "srv-missing", "pass skip fail skip skip skip"),
        (
            "_sipfederationtls._tcp HINFO some thing",
            "srv",
            "srv-missing",
            "pass skip fail skip skip skip",
        ),
        (
            "_sipfederationtls._tcp TXT text",
            "srv",
            "srv-wrong-type",
            "pass skip fail skip skip skip",
        ),
        // BIND's own wildcards: they are no near miss, and a near miss beside them is one.
        (
            "* A 81.2.3.9\n* TXT text",
            "srv",
            "srv-missing",
            "pass skip fail skip skip skip",
        ),
        (
            "* A 81.2.3.9\n_sipfederationtls.tcp SRV 0 0 5061 gone.zahnfee.com.",
            "srv",
            "srv-name-typo",
            "pass fail fail skip skip skip",
        ),
        (
            srv,
            "address",
            "fqdn-not-found",
            "pass fail pass skip skip skip",
        ),
        (
            &format!("{srv}\nxphone TXT text"),
            "address",
            "fqdn-no-a-record",
            "pass fail pass skip skip skip",
        ),
        // An empty non-terminal: only something below it exists.
        (
            &format!("{srv}\nwww.xphone A 81.2.3.4"),
            "address",
            "fqdn-no-a-record",
            "pass fail pass skip skip skip",
        ),
    ] {
        let named = Named::start(&format!("{MAIL}\n{zone}"));
        let outcome = named.check("zahnfee.de").nowhere().run();
        outcome
            .shows(step, code, "fail")
            .stands(statuses, "not-ready", 1);
        if code == "srv-missing" {
            let wait = &outcome.finding(step, code)["args"]["wait"];
            assert_eq!(wait, 15, "{zone}: minutes, from the SOA\n{outcome}");
        }
    }
}

#[test]
fn a_zone_of_somebody_else_is_refused() {
    if left_out() {
        return;
    }
    let named = Named::start(ZONE);
    let run = named.check("toothfairy.uk").nowhere();
    let outcome = run.run();
    outcome.shows("domain", "domain-lookup-failed", "unknown");
    let rcode = &outcome.finding("domain", "domain-lookup-failed")["args"]["rcode"];
    assert_eq!(rcode, "REFUSED");
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
}

/// Sixty names of 73 bytes, which DNS does not compress, are more than any answer by UDP holds.
#[test]
fn an_answer_that_needs_tcp() {
    if left_out() {
        return;
    }
    let mut zone = MAIL.to_owned();
    for number in 10..70 {
        let label = "x".repeat(59);
        writeln!(
            zone,
            "_sipfederationtls._tcp SRV {number} 0 5061 {label}{number}"
        )
        .expect("a String takes everything");
    }
    let mut named = Named::start(&zone);
    let outcome = named.check("zahnfee.de").nowhere().run();
    // The flags of the query log: E for EDNS, T for TCP.
    named
        .peer
        .logs(|line| line.contains(" IN SRV +E(0)") && !line.contains("+E(0)T"));
    named.peer.logs(|line| line.contains(" IN SRV +E(0)T"));
    outcome.shows("srv", "srv-several", "info");
    let records = &outcome.finding("srv", "srv-several")["args"]["records"];
    assert_eq!(records.as_array().map(Vec::len), Some(60), "{outcome}");
    outcome.shows("srv", "srv-not-all-followed", "unknown");
    outcome.stands("pass fail unknown skip skip skip", "not-ready", 1);
}
