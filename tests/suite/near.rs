//! No firewall is on the way: xfed runs on the server itself, or beside it in the same public network. A port that is
//! open from there may be closed for partners, and the first lines say that it was not tested.

use std::process::Command;

use crate::internet::{Internet, internet, zone_with};
use crate::stage::{ALL_PASS, Outcome};
use crate::world::RecordType;

/// Gives this machine a network card with this address.
fn card(address: &str) {
    let nodad = if address.contains(':') { "nodad" } else { "" };
    let script = format!(
        "ip link add card type veth peer name wall; ip link set card up; ip link set wall up; \
         ip address add {address} dev card {nodad}"
    );
    let status = Command::new("sh").args(["-euc", &script]).status();
    assert!(status.expect("sh").success(), "{address}");
}

fn is_said(outcome: &Outcome, how: &str, addresses: &[&str]) {
    let finding = outcome.finding("tcp", "tcp-from-inside");
    assert_eq!(finding["args"]["how"], how, "{outcome}");
    assert_eq!(finding["severity"], "info", "{outcome}");
    let reservations = outcome.report()["reservations"].to_string();
    for address in addresses {
        let told = format!("The way from outside to {address} was not tested");
        assert!(reservations.contains(&told), "{reservations}");
    }
}

/// A root server at a hoster: the public address is on its own card, the firewall is the hoster's.
#[test]
fn on_the_server_itself() {
    internet(|| {
        let world = Internet::new();
        world.check().run().lacks("tcp-from-inside");
        card("81.2.3.4/32");
        let outcome = world.check().run();
        is_said(&outcome, "machine", &["81.2.3.4"]);
        outcome.stands(ALL_PASS, "ready", 0);
    });
}

/// Another machine in the DMZ.
#[test]
fn beside_the_server() {
    internet(|| {
        let world = Internet::new();
        card("81.2.3.2/29");
        let outcome = world.check().run();
        is_said(&outcome, "network", &["81.2.3.4"]);
        outcome.stands(ALL_PASS, "ready", 0);
    });
}

/// IPv4 goes through the firewall, IPv6 does not: home routers and offices close it from outside.
#[test]
fn in_the_same_ipv6_network() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("none", "xphone AAAA 2a02:1:2::4"));
        let ipv6 = world.tls("2a02:1:2::4").start();
        card("2a02:1:2::9/64");
        is_said(&world.check().run(), "network", &["2a02:1:2::4"]);
        // What is closed from beside is closed for everybody.
        drop(ipv6);
        let outcome = world.check().run();
        outcome.shows("tcp", "tcp-ipv6-dead", "warn");
    });
}

/// The address that `--connect-to` names is where the user wants to be.
#[test]
fn whoever_names_an_address_knows_where_it_is() {
    internet(|| {
        let world = Internet::new();
        let _other = world.tls("81.2.3.5").start();
        card("81.2.3.2/29");
        let outcome = world.check().args(&["--connect-to", "81.2.3.5"]).run();
        outcome.lacks("tcp-from-inside");
        outcome.shows("tcp", "tcp-connected-elsewhere", "info");
    });
}

/// What was left out by an option is said as what could not be tested.
#[test]
fn ipv6_is_left_out() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("none", "xphone AAAA 2a02:1:2::4"));
        let _ipv6 = world.tls("2a02:1:2::4").start();
        world.check().run().lacks("tcp-no-ipv6-here");
        let outcome = world.check().arg("-4").run();
        outcome.shows("tcp", "tcp-no-ipv6-here", "info");
        let text = outcome.finding("tcp", "tcp-no-ipv6-here")["message"].to_string();
        assert!(text.contains("With -4 only IPv4 is tested"), "{text}");
        outcome.stands(ALL_PASS, "ready", 0);
        world.servers(|dns| assert!(dns.times_asked("xphone.zahnfee.de", RecordType::AAAA) > 0));
    });
}

/// A company's own authority, in the file that its machines go by beside the public ones.
#[test]
fn trusted_by_the_file_alone() {
    internet(|| {
        let world = Internet::new();
        let outcome = world.check().run();
        let reservations = outcome.report()["reservations"].to_string();
        assert!(reservations.contains("--ca-file"), "{reservations}");
        outcome.stands(ALL_PASS, "ready", 0);
    });
}
