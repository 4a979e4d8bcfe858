//! Networks that lead nowhere, or only to a router that says no: namespaces of Linux, from which
//! no packet can leave. Each lives as long as the processes in it.

use std::env::{current_exe, var_os};
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use super::bind::Named;
use super::kamailio::{Demand, Kamailio};
use super::peer::Place;
use super::{ClientFiles, left_out, path, server_identity};
use crate::stage::{ALL_PASS, Run, Stage, ZONE, file};
use crate::world::{Authority, OWN_NETWORK};

/// A machine without any network.
const ALONE: &str = r#"
    ip link set lo up
    exec "$@"
"#;

/// A machine that has the server's public address itself.
const HOME: &str = r#"
    ip link set lo up
    ip address add 81.2.3.4/32 dev lo
    exec "$@"
"#;

/// A machine behind a router. File descriptor 3 is the router's network: it keeps that alive, and
/// lets the inner shell, whose network is another one by then, fetch its end of the cable.
const BEHIND_ROUTER: &str = r#"
    ip link set lo up
    ip link add router type veth peer name client
    ip address add 10.0.0.1/30 dev router
    ip link set router up
    ip address add 81.2.3.4/32 dev lo
    ip route add prohibit 81.2.3.5
    ip route add unreachable 81.2.3.6
    ip route add blackhole 81.2.3.8
    ip address add 104.16.1.2/32 dev lo
    ip route add blackhole 104.16.1.8
    echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 0 > /proc/sys/net/ipv4/icmp_ratemask
    exec unshare --net sh -euc '
        nsenter --net=/proc/self/fd/3 ip link set client netns $$
        ip link set lo up
        ip address add 10.0.0.2/30 dev client
        ip link set client up
        ip route add default via 10.0.0.1
        exec "$@"
    ' sh "$@" 3< /proc/self/ns/net
"#;

/// Runs the body of a test in a network that this script, as root there, has made: in a further
/// process of this test program, which runs that test alone.
#[track_caller]
pub fn inside<Body: FnOnce()>(script: &str, body: Body) {
    if var_os(OWN_NETWORK).is_some() {
        return body();
    }
    if left_out() {
        return;
    }
    // `suite::real_peers::network::the_test::{{closure}}`
    let test = std::any::type_name::<Body>()
        .trim_start_matches("suite::")
        .trim_end_matches("::{{closure}}");
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let user: &[&str] = if is_root {
        &[]
    } else {
        &["--user", "--map-root-user"]
    };
    let output = Command::new("unshare")
        .args(user)
        .args(["--net", "sh", "-euc", script, "sh"])
        .arg(current_exe().expect("this program is a file"))
        .args([test, "--exact", "--nocapture"])
        .env(OWN_NETWORK, "1")
        .env("PATH", path())
        .output()
        .unwrap_or_else(|error| panic!("unshare (util-linux): {error}"));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stdout.contains(" 1 passed"),
        "{test} in its network: {}\n{stdout}\n{stderr}",
        output.status
    );
}

fn zone(addresses: &str) -> String {
    format!("_sipfederationtls._tcp SRV 0 0 5061 xphone\n{addresses}")
}

#[test]
fn no_route_from_here() {
    inside(ALONE, || {
        for addresses in [
            "xphone A 81.2.3.4",
            "xphone A 81.2.3.4\nxphone AAAA 2a02:2e0::1",
        ] {
            // Nothing else can happen to a connection in here.
            let stage = Stage::with_zone(&zone(addresses));
            stage
                .check()
                .nowhere()
                .run()
                .shows("tcp", "tcp-no-route-here", "unknown")
                .stands("pass pass pass unknown skip skip", "inconclusive", 3);
        }
    });
}

#[test]
fn no_ipv6_from_here() {
    inside(ALONE, || {
        let stage = Stage::with_zone(&zone("xphone A 81.2.3.4\nxphone AAAA 2a02:2e0::1"));
        let server = stage.server().start();
        stage
            .check()
            .connect("81.2.3.4", server.address())
            .run()
            .shows("tcp", "tcp-no-ipv6-here", "info")
            .stands(ALL_PASS, "ready", 0);
    });
}

#[test]
fn no_resolver_from_here() {
    inside(ALONE, || {
        // Whatever resolvers this machine has, even on its loopback, they are not in here.
        for resolver in ["system", "9.9.9.9", "2620:fe::fe", "127.0.0.1"] {
            let run = Run::new("check")
                .args(&["zahnfee.de", "--format=json", "--resolver", resolver])
                .nowhere();
            run.run()
                .shows("domain", "dns-unreachable", "unknown")
                .stands("unknown skip skip skip skip skip", "inconclusive", 3);
        }
    });
}

#[test]
fn no_resolver_behind_a_router() {
    inside(BEHIND_ROUTER, || {
        for (resolver, reason) in [("81.2.3.4", "port-closed"), ("81.2.3.8", "timed-out")] {
            let run = Run::new("check")
                .args(&["zahnfee.de", "--format=json", "--resolver", resolver])
                .args(&["--timeout", "500ms"])
                .nowhere();
            let outcome = run.run();
            outcome.shows("domain", "dns-unreachable", "unknown");
            let why = &outcome.finding("domain", "dns-unreachable")["args"]["reason"];
            assert_eq!(why, reason, "{resolver}:\n{outcome}");
            outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
        }
    });
}

#[test]
fn what_a_router_says() {
    inside(BEHIND_ROUTER, || {
        let reach = |address: &str| {
            let stage = Stage::with_zone(&zone(&format!("xphone A {address}")));
            let run = stage.check().nowhere().args(&["--timeout", "500ms"]);
            let outcome = run.run();
            outcome.stands("pass pass pass fail skip skip", "not-ready", 1);
            outcome
        };
        reach("81.2.3.4").shows("tcp", "tcp-refused", "fail");
        // Administratively prohibited, host unreachable, network unreachable.
        for address in ["81.2.3.5", "81.2.3.6", "81.2.3.7"] {
            reach(address).shows("tcp", "tcp-unreachable", "fail");
        }
        // No answer at all.
        reach("81.2.3.8").shows("tcp", "tcp-filtered", "fail");
    });
}

/// Addresses of Cloudflare, with no server of Cloudflare behind them.
#[test]
fn behind_a_web_proxy() {
    inside(BEHIND_ROUTER, || {
        for (address, outcome) in [("104.16.1.2", "refused"), ("104.16.1.8", "timed-out")] {
            let stage = Stage::with_zone(&zone(&format!("xphone A {address}")));
            let check = || stage.check().nowhere().args(&["--timeout", "500ms"]);
            let found = check().run();
            found.shows("address", "address-behind-cdn", "fail");
            let args = &found.finding("address", "address-behind-cdn")["args"];
            assert_eq!(args["outcome"], outcome, "{found}");
            assert_eq!(args["address"], address);
            assert_eq!(args["proxy"], "Cloudflare");
            found.stands("pass fail pass skip skip skip", "not-ready", 1);
        }
        // Where the way out is closed, silence says nothing of the proxy.
        let stage = Stage::with_zone(&zone("xphone A 104.16.1.8"));
        let run = stage.check().nowhere().args(&["--timeout", "500ms"]);
        let outcome = run.args(&["--control", "81.2.3.8"]).run();
        outcome.lacks("address-behind-cdn").stands(
            "pass pass pass unknown skip skip",
            "inconclusive",
            3,
        );
    });
}

/// Everything where partners will find it, and nothing of it ours: no `--connect-to`, BIND on port
/// 53 as resolver and as the zone's own server, Kamailio on port 5061 of the published address.
#[test]
fn as_partners_come() {
    inside(HOME, || {
        let authority = Authority::new("Tooth Fairy Root CA");
        let roots = file(&authority.root_pem());
        let named = Named::start_at(Place::at([81, 2, 3, 4], 53), ZONE);
        let named = named.expect("nobody else is in here");
        let doors = vec![(Place::at([81, 2, 3, 4], 5061), "TLSv1.2+", Demand::Required)];
        let _kamailio = Kamailio::start(&server_identity(&authority), &authority, doors);
        let client = ClientFiles::new(&server_identity(&authority));
        let check = || {
            named
                .check("zahnfee.de")
                .nowhere()
                .arg("--ca-file")
                .arg(roots.path())
        };
        for (run, code, reservations) in [
            (check(), "mtls-enforced", 2),
            (client.presented_by(check()), "sip-answered", 1),
        ] {
            let outcome = run.run();
            outcome.shows("federation", code, "info");
            let servers = &outcome.report()["facts"]["zone"]["authority"]["servers"];
            assert_eq!(servers[0]["address"], "81.2.3.4:53", "{outcome}");
            let rests_on = outcome.report()["reservations"].as_array().map(Vec::len);
            assert_eq!(rests_on, Some(reservations), "{outcome}");
            outcome
                .lacks("authority-unreachable")
                .lacks("tcp-connected-elsewhere")
                .stands(ALL_PASS, "ready", 0);
        }
    });
}
