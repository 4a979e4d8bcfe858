//! The FQDN is in a zone of somebody else's: its servers are asked, or it is said whose word counts.

use super::*;

const SERVER: &str = "xphone.hoster.net";

fn world(name_servers: &str) -> Internet {
    let record = format!("_sipfederationtls._tcp SRV 0 0 5061 {SERVER}.");
    let mut world = Internet::without_server(&zone_with("SRV", &record));
    let zone = format!("{name_servers}xphone A 81.2.3.4");
    world.resolver.replace("hoster.net", &zone);
    world.server = Some(world.tls_as(SERVER, "81.2.3.4").start());
    world
}

fn check(world: &Internet) -> Outcome {
    world.check().arg("--partner").run()
}

#[test]
fn whose_servers_have_no_address() {
    internet(|| {
        let outcome = check(&world("@ NS ns1.hoster.local.\n"));
        outcome.shows("address", "authority-unreachable", "info");
        let words = ["hoster.net", "ns1.hoster.local", "no address"];
        says(&outcome, "address", "authority-unreachable", &words);
        let reservations = outcome.report()["reservations"].to_string();
        assert!(reservations.contains("resolver's word"), "{reservations}");
        is_ready(&outcome);
    });
}

#[test]
fn whose_servers_nobody_names() {
    internet(|| {
        let world = world("");
        let silent = Behaviour::Servfail;
        world
            .resolver
            .now("hoster.net", RecordType::NS, silent.clone());
        world.resolver.now(SERVER, RecordType::NS, silent);
        let outcome = check(&world);
        outcome.shows("address", "authority-unreachable", "info");
        says(&outcome, "address", "authority-unreachable", &[SERVER]);
        is_ready(&outcome);
    });
}

#[test]
fn whose_servers_answer() {
    internet(|| {
        let zone = "@ NS ns3.provider.net.\n";
        let world = world(zone);
        let hoster = Dns::at("81.2.3.55").authoritative();
        let _hoster = hoster.and_zone("hoster.net", &format!("{zone}xphone A 81.2.3.4"));
        let outcome = check(&world);
        outcome.lacks("authority-unreachable");
        is_ready(&outcome);
    });
}

/// The servers of the domain answer from here, so it is not the way to port 53 that is closed.
#[test]
fn whose_servers_keep_silent() {
    internet(|| {
        let world = world("@ NS ns3.provider.net.\n");
        let hoster = Dns::at("81.2.3.55").authoritative();
        hoster.now(".", RecordType::ANY, Behaviour::Silent);
        let outcome = world.check().args(&["--partner", "--timeout", "1s"]).run();
        outcome.shows("address", "authority-handed-on", "unknown");
        let words = ["hoster.net", "ns3.provider.net", "81.2.3.55"];
        says(&outcome, "address", "authority-handed-on", &words);
        let finding = outcome
            .finding("address", "authority-handed-on")
            .to_string();
        assert!(!finding.contains("NS record"), "{finding}");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // Where nobody answers, it may be.
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Silent));
        let outcome = world.check().args(&["--partner", "--timeout", "1s"]).run();
        outcome.lacks("authority-handed-on");
        is_ready(&outcome);
    });
}
