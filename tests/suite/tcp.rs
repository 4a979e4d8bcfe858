//! Step 4, firewall and DMZ. What needs a network of its own is in `real_peers`.

use std::net::{SocketAddr, TcpListener};

use crate::stage::{ALL_PASS, Stage, ZONE, demanding, real_peers_are_wanted, say_left_out};
use crate::world::Port;

const TWO_ADDRESSES: &str = "xphone A 81.2.3.6";

#[test]
fn tcp_refused() {
    let stage = Stage::new();
    let outcome = stage
        .check()
        .connect_to_address(Port::closed().address())
        .run();
    outcome.shows("tcp", "tcp-refused", "fail");
    assert_eq!(
        outcome.finding("tcp", "tcp-refused")["owners"],
        serde_json::json!(["network", "xphone-admin"])
    );
    assert_eq!(outcome.step("certificate")["needs"], "tcp");
    // The address was named by whoever asked: no port forward leads there.
    let finding = outcome.finding("tcp", "tcp-refused");
    let (message, fix) = (finding["message"].to_string(), finding["fix"].to_string());
    assert!(message.contains("as --connect-to says"), "{finding}");
    assert!(!fix.contains("Forward TCP"), "{finding}");
    assert!(
        fix.contains("port forward from the public address was not"),
        "{finding}"
    );
    outcome.stands("pass pass pass fail skip skip", "not-ready", 1);
}

/// A mistyped address: whoever is there was not asked, and "ready" says nothing of it.
#[cfg(target_os = "linux")]
#[test]
fn connect_to_names_an_address_that_is_not_published() {
    use crate::internet::{Internet, ZONE, internet};

    internet(|| {
        let world = Internet::with_zone(ZONE);
        let check = |redirect: &str| world.check().args(&["--connect-to", redirect]).run();
        let outcome = check("81.2.3.40=81.2.3.4");
        outcome.shows("tcp", "tcp-redirect-unused", "unknown");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        let args = &outcome.finding("tcp", "tcp-redirect-unused")["args"];
        assert_eq!(args["addresses"], serde_json::json!(["81.2.3.40"]));
        check("81.2.3.4=81.2.3.4:5061").lacks("tcp-redirect-unused");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn tcp_filtered() {
    let stage = Stage::new();
    let filtered = Port::filtered();
    let run = stage
        .check()
        .connect_to_address(filtered.address())
        .args(&["--timeout", "400ms"]);
    let outcome = run.run();
    outcome.shows("tcp", "tcp-filtered", "fail").stands(
        "pass pass pass fail skip skip",
        "not-ready",
        1,
    );
    let finding = outcome.finding("tcp", "tcp-filtered");
    let fix = finding["fix"].to_string();
    assert!(fix.contains("is right behind --connect-to"), "{finding}");
    assert!(!fix.contains("forward it"), "{finding}");
}

#[test]
fn tcp_partly_open() {
    let stage = Stage::with_zone(&format!("{ZONE}\n{TWO_ADDRESSES}"));
    let server = stage.server().start();
    let closed = Port::closed();
    let run = stage
        .check()
        .connect("81.2.3.4", server.address())
        .connect("81.2.3.6", closed.address());
    let outcome = run.run();
    outcome
        .shows("tcp", "tcp-partly-open", "fail")
        .lacks("tcp-refused");
    let args = &outcome.finding("tcp", "tcp-partly-open")["args"];
    assert_eq!(
        args["open"],
        serde_json::json!([server.address().to_string()])
    );
    assert_eq!(
        args["refused"],
        serde_json::json!([closed.address().to_string()])
    );
    outcome.stands("pass warn pass fail pass pass", "not-ready", 1);
}

/// The dead target of one SRV record is not hidden by the living one of another.
#[test]
fn every_target_counts() {
    let stage = Stage::with_zone(&format!(
        "{ZONE}\n_sipfederationtls._tcp SRV 9 0 5061 spare\nspare A 81.2.3.6"
    ));
    let server = stage.server().start();
    let closed = Port::closed();
    let run = stage
        .check()
        .connect("81.2.3.4", server.address())
        .connect("81.2.3.6", closed.address());
    run.run().shows("tcp", "tcp-partly-open", "fail").stands(
        "pass pass pass fail pass pass",
        "not-ready",
        1,
    );
}

#[test]
fn tcp_ipv6_dead() {
    let Some(dead) = dead_ipv6_port() else { return };
    let stage = Stage::with_zone(&format!("{ZONE}\nxphone AAAA 2a00:1450::1"));
    let server = stage.server().start();
    let run = stage
        .check()
        .connect("81.2.3.4", server.address())
        .connect("2a00:1450::1", dead);
    let outcome = run.run();
    outcome.shows("tcp", "tcp-ipv6-dead", "warn").stands(
        "pass pass pass warn pass pass",
        "ready-with-warnings",
        0,
    );
}

/// A closed port on `::1`. Without IPv6 the test is left out, and says so; where the real peers are
/// wanted, so is `::1`.
#[track_caller]
fn dead_ipv6_port() -> Option<SocketAddr> {
    match TcpListener::bind("[::1]:0") {
        Ok(listener) => Some(
            listener
                .local_addr()
                .expect("a bound socket has an address"),
        ),
        Err(error) => {
            assert!(!real_peers_are_wanted(), "no ::1 on this machine: {error}");
            say_left_out("no ::1 on this machine");
            None
        }
    }
}

#[test]
fn both_families_open() {
    if dead_ipv6_port().is_none() {
        return;
    }
    let stage = Stage::with_zone(&format!("{ZONE}\nxphone AAAA 2a00:1450::1"));
    let identity = stage.identity();
    let v4 = demanding(identity.clone()).start();
    let v6 = demanding(identity).listen("[::1]").start();
    let run = || {
        stage
            .check()
            .connect("81.2.3.4", v4.address())
            .connect("2a00:1450::1", v6.address())
    };
    run().run().stands(ALL_PASS, "ready", 0);
    assert_eq!((v4.connections(), v6.connections()), (3, 3));
}

#[test]
fn tcp_connected_elsewhere() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    for step in ["tcp", "certificate", "federation"] {
        outcome.shows(step, "tcp-connected-elsewhere", "info");
    }
    assert!(
        outcome.report()["reservations"]
            .to_string()
            .contains("--connect-to"),
        "{outcome}"
    );
}

/// "Test the server from inside before the A record exists."
#[test]
fn connect_to_needs_no_published_address() {
    let stage = Stage::with_zone("_sipfederationtls._tcp SRV 0 0 5061 xphone");
    let server = stage.server().start();
    stage
        .meets(&server)
        .stands("pass fail pass pass pass pass", "not-ready", 1);
}

#[test]
fn one_run_does_not_connect_to_hundreds_of_addresses() {
    let others: Vec<String> = (1..=40)
        .map(|number| format!("xphone A 81.2.4.{number}"))
        .collect();
    let stage = Stage::with_zone(&format!(
        "{ZONE}
{}",
        others.join(
            "
"
        )
    ));
    let server = stage.server().start();
    let mut run = stage.check().connect("81.2.3.4", server.address());
    for number in 1..=40 {
        run = run.connect(&format!("81.2.4.{number}"), server.address());
    }
    let outcome = run.run();
    outcome.shows("tcp", "tcp-not-all-probed", "unknown");
    assert_eq!(outcome.code, 3, "{outcome}");
    let endpoints = &outcome.report()["facts"]["endpoints"];
    let endpoints = endpoints.as_array().expect("endpoints").iter();
    let met = endpoints.filter(|endpoint| endpoint["tcp"] != "over-limit");
    assert_eq!(met.count(), 32);
}

/// What partners use first is not known to be open: that is not "ready".
#[test]
fn with_ipv6_only_the_ipv4_addresses_stay_untested() {
    if dead_ipv6_port().is_none() {
        return;
    }
    let stage = Stage::with_zone(&format!("{ZONE}\nxphone AAAA 2a00:1450::1"));
    let server = stage.server().listen("[::1]").start();
    let run = stage
        .check()
        .connect("2a00:1450::1", server.address())
        .arg("-6");
    let outcome = run.run();
    outcome
        .shows("tcp", "tcp-not-all-probed", "unknown")
        .stands("pass pass pass unknown pass pass", "inconclusive", 3);
}
