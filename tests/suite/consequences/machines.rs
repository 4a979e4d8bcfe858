//! The way leads to another machine, whose properties are not to be mended.

use super::*;

/// P3.1
#[test]
fn where_a_wildcard_leads_nothing_is_to_be_opened() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5061 xphon\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        outcome.shows("address", "address-from-wildcard", "fail");
        assert_eq!(outcome.step("tcp")["needs"], "address");
        assert_eq!(outcome.step("federation")["needs"], "address");
        orders_no(&outcome, "81.2.3.99");
        outcome.stands("pass fail pass skip skip skip", "not-ready", 1);
        // A web server that happens to be there, and a mail server that says nothing.
        let identity = world.authority.certificate("www.zahnfee.de").rsa().issue();
        let server = web_server(identity, "81.2.3.99");
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        let message = said(&outcome, "message");
        assert!(message.contains("issued to www.zahnfee.de"), "{message}");
        assert_eq!(outcome.code, 1);
        drop(server);
        // The right server, though nobody gave it a name: as before.
        let _server = world.tls_as("xphon.zahnfee.de", "81.2.3.99").start();
        let outcome = open(world.check());
        outcome.shows("address", "address-from-wildcard", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

/// P3.1 beside a server that works.
#[test]
fn a_wildcard_behind_the_second_record() {
    internet(|| {
        let second = "_sipfederationtls._tcp SRV 10 0 5061 xphon\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("nothing", second));
        let outcome = open(world.check());
        says_only(&outcome, &["address-from-wildcard"]);
        outcome.stands("pass fail pass pass pass pass", "not-ready", 1);
    });
}

/// P3.2
#[test]
fn at_a_web_proxy_nothing_is_to_be_forwarded() {
    internet(|| {
        let lines = "_sipfederationtls._tcp SRV 0 0 443 xphone\nxphone A 104.16.1.1";
        let zone = zone_with("xphone", lines);
        let world = Internet::without_server(&zone);
        let outcome = open(world.check());
        says_only(&outcome, &["address-behind-cdn", "srv-wrong-port"]);
        orders_no(&outcome, "forward TCP 5061 from");
        assert_eq!(outcome.step("tcp")["needs"], "address");
        outcome.stands("pass fail fail skip skip skip", "not-ready", 1);
    });
}

/// P3.3 and P3.4
#[test]
fn a_web_server_on_the_port_needs_no_certificate() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let request = || world.authority.certificate("www.zahnfee.de").rsa();
        let both = ["www.zahnfee.de", "zahnfee.de"];
        for identity in [
            request().names(&both).issue(),
            request().names(&both).valid(-93, -3).issue(),
            request().names(&both).self_signed().issue(),
        ] {
            let server = web_server(identity, "81.2.3.4");
            let outcome = open(world.check());
            says_only(&outcome, &["sip-not-sip"]);
            let message = said(&outcome, "message");
            assert!(
                message.contains("issued to www.zahnfee.de, zahnfee.de"),
                "{message}"
            );
            orders_no(&outcome, "Order");
            assert_eq!(outcome.step("certificate")["needs"], "federation");
            outcome.stands("pass pass pass pass skip fail", "not-ready", 1);
            drop(server);
        }
        // The right certificate: it may be XPhone's, and what is wrong with it is said.
        let right = world.authority.certificate(FQDN).rsa().issue();
        for (identity, codes) in [
            (right, &["sip-not-sip"][..]),
            (expired(&world, FQDN), &["cert-expired", "sip-not-sip"]),
        ] {
            let server = web_server(identity, "81.2.3.4");
            let outcome = open(world.check());
            says_only(&outcome, codes);
            outcome.lacks("mtls-not-requested");
            drop(server);
        }
    });
}

#[test]
fn a_wildcard_beside_a_name_of_its_own_is_a_remark() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("nothing", "* A 81.2.3.99"));
        let outcome = open(world.check());
        outcome.stands(ALL_PASS, "ready", 0);
    });
}
