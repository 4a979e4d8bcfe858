//! `xfed check --renewal` where port 80 is real: asked by HTTP, for the name, and nowhere else.

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::renewal::Renewal;
use crate::stage::ALL_PASS;
use crate::world::{Behaviour, Page, RecordType, Server};

fn web(address: &str, page: Page) -> Server {
    let address = address.parse().expect("an address and a port");
    Server::web_at(address, page)
}

#[test]
fn a_web_server_that_finds_nothing() {
    internet(|| {
        let world = Internet::new();
        let web = web("81.2.3.4:80", Page::Status(404, "Not Found"));
        let outcome = world.check().arg("--renewal").run();
        outcome.stands(ALL_PASS, "ready", 0);
        Renewal::of(outcome).shows("status 404", "renewal-answered", "info");
        let [request] = web.requests().try_into().expect("one request");
        assert!(
            request.starts_with("GET /.well-known/acme-challenge/"),
            "{request}"
        );
        assert!(
            request.contains("\r\nHost: xphone.zahnfee.de\r\n"),
            "{request}"
        );
        assert_eq!(
            world.check().run().report()["renewal"],
            serde_json::Value::Null
        );
        assert_eq!(web.requests().len(), 1, "nobody asked a second time");
        let asked = world.ns1.times_asked("zahnfee.de", RecordType::CAA);
        assert!(asked > 0, "the zone's own servers are asked");
    });
}

#[test]
fn port_80_is_closed_or_says_yes_or_sends_away() {
    internet(|| {
        let world = Internet::new();
        let seen = || Renewal::of(world.check().arg("--renewal").run());
        seen().shows("nobody listens", "renewal-port-closed", "unknown");
        for (page, said, code) in [
            (
                Page::Length(b"<html>".to_vec()),
                "status 200",
                "renewal-answers-anything",
            ),
            (Page::Raw(b"SSH-2.0-x\r\n"), "SSH-2.0-x", "renewal-not-http"),
            (Page::Silent, "no answer follows", "renewal-not-http"),
            (
                Page::Redirect("https://www.zahnfee.de/".to_owned()),
                "www.zahnfee.de",
                "renewal-redirected-away",
            ),
            (
                Page::Redirect("https://xphone.zahnfee.de/".to_owned()),
                "port 443 does not",
                "renewal-redirected-away",
            ),
        ] {
            let _web = web("81.2.3.4:80", page);
            let outcome = world.check().args(&["--renewal", "--timeout=1s"]).run();
            Renewal::of(outcome).shows(said, code, "warn");
        }
    });
}

#[test]
fn ipv6_first() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("no line", "xphone AAAA 2a02:1:2::3\n"));
        let _v6 = world.tls("2a02:1:2::3").start();
        let _web = web("81.2.3.4:80", Page::Status(404, "Not Found"));
        let seen = || Renewal::of(world.check().arg("--renewal").run());
        seen().shows("2a02:1:2::3", "renewal-ipv6-dead", "warn");
        let _other = web("[2a02:1:2::3]:80", Page::Status(403, "Forbidden"));
        seen().shows("answers otherwise", "renewal-ipv6-differs", "warn");
    });
}

#[test]
fn caa_of_a_real_zone() {
    internet(|| {
        let record = "@ CAA 0 issue \"digicert.com\"\n";
        let world = Internet::with_zone(&format!("{ZONE}{record}"));
        let seen = || Renewal::of(world.check().arg("--renewal").run());
        seen().shows("digicert.com", "renewal-caa-forbids", "warn");
        world.servers(|ns| ns.now("zahnfee.de", RecordType::CAA, Behaviour::Servfail));
        world
            .resolver
            .now("zahnfee.de", RecordType::CAA, Behaviour::Servfail);
        seen().shows("CAA of ", "renewal-dns-fails", "warn");
    });
}
