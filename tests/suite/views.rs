//! Views: what the zone's own servers publish, what a resolver sees, and the difference.

use std::net::SocketAddr;

use crate::stage::{ALL_PASS, Run, Stage, ZONE, zone_without};
use crate::world::{Behaviour, Dns, Guard, Port, Server};

fn zone(text: &str) -> Dns {
    Dns::zone("zahnfee.de", text)
}

/// A check in which this server speaks for the zone.
fn checked(stage: &Stage, authority: SocketAddr) -> Run {
    stage.check().arg("--authority").arg(authority.to_string())
}

#[test]
fn srv_not_yet_visible() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let authority = zone(ZONE);
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    let args = &outcome.finding("srv", "srv-not-yet-visible")["args"];
    assert_eq!(args["minutes"], 5, "the negative TTL of the zone");
    assert_eq!(args["published"][0], "0 0 5061 xphone.zahnfee.de.");
    outcome
        .shows("srv", "srv-not-yet-visible", "warn")
        .lacks("srv-missing")
        .stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
}

#[test]
fn srv_stale() {
    let stage =
        Stage::with_srv("_sipfederationtls._tcp 600 SRV 100 1 5061 sipfed.online.lync.com.");
    let authority = zone(ZONE);
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    assert_eq!(outcome.finding("srv", "srv-stale")["args"]["minutes"], 10);
    outcome
        .shows("srv", "srv-stale", "warn")
        .lacks("srv-points-to-microsoft")
        .stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
}

/// The worst bug would be to trust a resolver's memory of a record that is gone.
#[test]
fn a_record_that_is_gone_is_missing_whatever_a_resolver_remembers() {
    let stage = Stage::new();
    let authority = zone(&zone_without("SRV"));
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    outcome
        .shows("srv", "srv-missing", "fail")
        .shows("srv", "srv-stale", "warn")
        .stands("pass skip fail skip skip skip", "not-ready", 1);
}

#[test]
fn address_stale() {
    let stage = Stage::new();
    let authority = zone(&ZONE.replace("81.2.3.4", "81.2.3.99"));
    let (old, new) = (Port::closed(), stage.server().start());
    let run = checked(&stage, authority.address()).connect("81.2.3.4", old.address());
    let outcome = run.connect("81.2.3.99", new.address()).run();
    let args = &outcome.finding("address", "address-stale")["args"];
    assert_eq!(
        (&args["seen"][0], &args["published"][0]),
        (&"81.2.3.4".into(), &"81.2.3.99".into())
    );
    let endpoints = outcome.report()["facts"]["endpoints"]
        .as_array()
        .expect("endpoints");
    assert_eq!(
        endpoints.len(),
        2,
        "every public view's endpoints are probed"
    );
    // The dead one is only remembered: nobody fails because of it.
    outcome
        .shows("address", "address-stale", "warn")
        .lacks("tcp-refused")
        .lacks("tcp-partly-open")
        .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
}

#[test]
fn a_new_address_that_is_dead_fails_though_the_old_one_answers() {
    let stage = Stage::new();
    let authority = zone(&ZONE.replace("81.2.3.4", "81.2.3.99"));
    let (old, new) = (stage.server().start(), Port::closed());
    let run = checked(&stage, authority.address()).connect("81.2.3.4", old.address());
    let outcome = run.connect("81.2.3.99", new.address()).run();
    outcome.shows("tcp", "tcp-refused", "fail").stands(
        "pass warn pass fail skip skip",
        "not-ready",
        1,
    );
}

#[test]
fn address_split_view_and_tcp_from_inside() {
    let stage = Stage::with_zone(&ZONE.replace("81.2.3.4", "10.1.2.3"));
    let authority = zone(ZONE);
    let run = |to| {
        checked(&stage, authority.address())
            .connect("81.2.3.4", to)
            .args(&["--timeout", "400ms"])
            .run()
    };

    let server = stage.server().start();
    let outcome = run(server.address());
    outcome.shows("address", "address-split-view", "warn");
    outcome
        .shows("tcp", "tcp-from-inside", "info")
        .lacks("address-not-public")
        .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);

    // Many firewalls do not lead back in: a refusal from inside says nothing.
    let outcome = run(Port::closed().address());
    outcome
        .shows("tcp", "tcp-from-inside", "unknown")
        .lacks("tcp-refused")
        .stands("pass warn pass unknown skip skip", "inconclusive", 3);
}

#[test]
fn domain_servers_disagree() {
    let stage = Stage::new();
    let (one, other) = (zone(ZONE), zone(&zone_without("SRV")));
    let server = stage.server().start();
    for (first, second) in [(&one, &other), (&other, &one)] {
        let run = checked(&stage, first.address())
            .arg("--authority")
            .arg(second.address().to_string());
        let outcome = run.connect_to(&server).run();
        let answers =
            outcome.finding("domain", "domain-servers-disagree")["args"]["answers"].to_string();
        assert!(
            answers.contains("0 0 5061 xphone.zahnfee.de.") && answers.contains("→ -"),
            "{answers}"
        );
        outcome
            .shows("domain", "domain-servers-disagree", "warn")
            .stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
    }
}

#[test]
fn servers_that_say_the_same_in_another_order_agree() {
    let more = format!("{ZONE}\n_sipfederationtls._tcp SRV 9 0 5061 xphone");
    let other = more.replace("xphone\n", "XPHONE.zahnfee.de.\n");
    let stage = Stage::with_zone(&more);
    let (one, two) = (zone(&more), zone(&other));
    let server = stage.server().start();
    let run = checked(&stage, one.address())
        .arg("--authority")
        .arg(two.address().to_string());
    let outcome = run.connect_to(&server).run();
    outcome
        .lacks("domain-servers-disagree")
        .lacks("srv-stale")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn one_dead_server_of_the_zone_does_not_hurt() {
    let stage = Stage::new();
    let (alive, silent) = (zone(ZONE), Dns::empty().always(Behaviour::Silent));
    let server = stage.server().start();
    let run = checked(&stage, silent.address())
        .arg("--authority")
        .arg(alive.address().to_string());
    run.connect_to(&server)
        .run()
        .lacks("authority-unreachable")
        .stands(ALL_PASS, "ready", 0);
}

/// What was named is what is judged: a resolver that has no trouble does not replace it.
#[test]
fn authority_unreachable() {
    let stage = Stage::new();
    let server = stage.server().start();
    let meets = |behaviour| {
        let authority = Dns::empty().always(behaviour);
        let run = checked(&stage, authority.address()).args(&["--timeout", "600ms"]);
        run.connect_to(&server).run()
    };
    meets(Behaviour::Silent)
        .shows("domain", "authority-unreachable", "unknown")
        .stands("unknown skip skip skip skip skip", "inconclusive", 3);
    meets(Behaviour::Refused)
        .shows("domain", "domain-dns-broken", "fail")
        .lacks("authority-unreachable");
}

#[test]
fn domain_dns_broken() {
    let stage = Stage::with_dns(Dns::empty().always(Behaviour::Servfail));
    let refusing = Dns::empty().always(Behaviour::Refused);
    let lame = Dns::empty().always(Behaviour::Servfail);
    let run = checked(&stage, refusing.address())
        .arg("--authority")
        .arg(lame.address().to_string());
    let outcome = run.nowhere().run();
    outcome
        .shows("domain", "domain-dns-broken", "fail")
        .lacks("domain-lookup-failed");
    let servers = outcome.finding("domain", "domain-dns-broken")["args"]["servers"].to_string();
    assert!(
        servers.contains("REFUSED") && servers.contains("SERVFAIL"),
        "{servers}"
    );
    assert_eq!(outcome.code, 1);
}

#[test]
fn domain_dnssec_bogus() {
    let bogus = zone(ZONE).always(Behaviour::Bogus);
    let expired = zone(ZONE).always(Behaviour::Ede(7, "signature expired"));
    for dns in [bogus, expired] {
        let stage = Stage::with_dns(dns);
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("domain", "domain-dnssec-bogus", "fail")
            .lacks("domain-lookup-failed")
            .stands("fail skip skip skip skip skip", "not-ready", 1);
    }
}

/// Partners whose resolvers check see nothing, whatever the zone's servers say.
#[test]
fn bogus_signatures_count_beside_a_sound_authority() {
    let stage = Stage::with_dns(zone(ZONE).always(Behaviour::Bogus));
    let authority = zone(ZONE);
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    outcome
        .shows("domain", "domain-dnssec-bogus", "fail")
        .stands("fail pass pass pass pass pass", "not-ready", 1);
}

/// Without the zone's servers nobody knows who of them has the older answer.
#[test]
fn without_authority_no_resolver_is_the_measure_of_another() {
    let stage = Stage::new();
    let behind = zone(&zone_without("SRV"));
    let server = stage.server().start();
    let run = stage
        .check()
        .arg("--resolver")
        .arg(behind.address().to_string())
        .arg("--no-authority");
    let outcome = run.connect_to(&server).run();
    outcome.shows("srv", "resolvers-contradict", "unknown");
    let args = outcome.finding("srv", "resolvers-contradict")["args"].to_string();
    assert!(args.contains(&behind.address().to_string()), "{args}");
    outcome.stands("pass pass unknown pass pass pass", "inconclusive", 3);
}

/// How long the alias is kept is not said by the address at its end.
#[test]
fn an_alias_that_the_zone_no_longer_has() {
    let old = ZONE.replace("xphone A 81.2.3.4", "xphone CNAME old\nold 60 A 81.2.3.9");
    let stage = Stage::with_dns(zone(&old));
    let authority = zone(ZONE).authoritative();
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    outcome.shows("address", "address-stale", "warn");
    let finding = outcome.finding("address", "address-stale");
    assert_eq!(finding["args"]["unit"], "unknown", "{outcome}");
    assert!(!finding["message"].to_string().contains("at the latest"));
}

/// An alias that leads out of the zone is somebody else's to resolve.
#[test]
fn an_alias_out_of_the_zone_is_followed_by_the_resolver() {
    let text = ZONE.replace("xphone A 81.2.3.4", "xphone CNAME host.provider.example.");
    let dns = zone(&text).and_zone("provider.example", "host A 81.2.3.4");
    let stage = Stage::with_dns(dns);
    let authority = zone(&text).authoritative();
    let server = stage.server().start();
    let outcome = checked(&stage, authority.address())
        .connect_to(&server)
        .run();
    outcome
        .shows("address", "address-alias", "warn")
        .lacks("fqdn-no-a-record")
        .lacks("fqdn-not-found")
        .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
}

#[cfg(target_os = "linux")]
#[test]
fn tcp_egress_blocked() {
    let stage = Stage::new();
    let (silent, control) = (Port::filtered(), Port::filtered());
    let check = |control: SocketAddr| {
        let run = stage
            .check()
            .connect_to_address(silent.address())
            .args(&["--timeout", "400ms"]);
        run.arg("--control").arg(control.to_string()).run()
    };
    let outcome = check(control.address());
    outcome
        .shows("tcp", "tcp-egress-blocked", "unknown")
        .lacks("tcp-filtered")
        .stands("pass pass pass unknown skip skip", "inconclusive", 3);
    // A control host that answers proves that the way out is open.
    let server = stage.server().start();
    let outcome = check(server.address());
    outcome
        .shows("tcp", "tcp-filtered", "fail")
        .lacks("tcp-egress-blocked")
        .stands("pass pass pass fail skip skip", "not-ready", 1);
}

/// A firewall that lets connections out and then stops TLS in them does so to the control host as well.
#[test]
fn tls_is_stopped_on_the_way_out() {
    let stage = Stage::new();
    let server = stage.server().start();
    let control = stage.server().start();
    let (resetting, mute) = (Guard::in_all(0), Guard::in_all(0).mute());
    let check = |guard: &Guard, control: &Server| {
        let stopped = guard.before(&server);
        let run = stage.check().connect_to(&stopped);
        let run = run.args(&["--timeout", "1s", "--control"]);
        run.arg(control.address().to_string()).run()
    };
    for (guard, other, code) in [
        (&resetting, &mute, "tls-closed"),
        (&mute, &resetting, "tls-silent"),
    ] {
        check(guard, &guard.before(&control))
            .shows("tcp", "tcp-egress-blocked", "unknown")
            .lacks(code)
            .stands("pass pass pass unknown skip skip", "inconclusive", 3);
        // Where the control host is served, or is lost in another way, the server is at fault.
        for control in [&control, &other.before(&control)] {
            check(guard, control)
                .shows("federation", code, "fail")
                .lacks("tcp-egress-blocked");
        }
    }
}
