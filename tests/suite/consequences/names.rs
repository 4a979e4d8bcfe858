//! The name is the wrong one, and nothing is measured by it.

use super::*;

/// P2.1 and P2.2
#[test]
fn below_the_server_no_record_is_ordered() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let outcome = open(world.check_domain(FQDN));
        says_only(&outcome, &["domain-is-a-host"]);
        assert_eq!(outcome.step("srv")["needs"], "domain");
        orders_no(&outcome, "xphone.xphone");
        outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
        let run = world.check_domain(FQDN).args(&["--fqdn", FQDN]);
        says_only(&open(run), &["domain-is-a-host", "tcp-refused"]);
        let _server = serving(expired(&world, FQDN), "81.2.3.4").start();
        let run = world.check_domain(FQDN).args(&["--fqdn", FQDN]);
        says_only(&open(run), &["domain-is-a-host", "cert-expired"]);
    });
}

/// P2.3
#[test]
fn a_domain_that_does_not_exist_is_said_alone() {
    internet(|| {
        let world = Internet::new();
        let outcome = open(world.check_domain("zahn-fee.de").args(&["--fqdn", FQDN]));
        says_only(&outcome, &["domain-not-found"]);
        let message = said(&outcome, "message");
        assert!(
            message.contains("The FQDN given lies in zahnfee.de"),
            "{message}"
        );
        assert_eq!(outcome.step("srv")["needs"], "domain");
        assert_eq!(outcome.code, 1);
        // What is wrong in itself stays.
        drop(world);
        let outcome = open(
            Internet::without_server(ZONE)
                .check_domain("zahn-fee.de")
                .args(&["--fqdn", FQDN]),
        );
        says_only(&outcome, &["domain-not-found", "tcp-refused"]);
    });
}

/// P2.4
#[test]
fn no_certificate_for_a_name_that_must_not_be_used() {
    internet(|| {
        let world = Internet::new();
        let company = "@ NS ns1.provider.net.\nxphone A 81.2.3.4";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("zahnfee.com", company);
            dns.replace("zahnfee.de", &zone_with("SRV", ""));
        }
        let run = world
            .check()
            .args(&["--direct", "--fqdn", "xphone.zahnfee.com"]);
        let outcome = open(run);
        says_only(&outcome, &["fqdn-foreign-domain"]);
        orders_no(&outcome, "xphone.zahnfee.com");
        let message = said(&outcome, "message");
        assert!(message.contains("issued to xphone.zahnfee.de"), "{message}");
        assert_eq!(outcome.code, 1);
        // A name of the hoster's that does not exist, and one that is closed.
        for (target, codes) in [
            ("gone.zahnfee.com", &["fqdn-foreign-domain"][..]),
            ("mail.zahnfee.com", &["fqdn-foreign-domain", "tcp-refused"]),
        ] {
            let record = format!("_sipfederationtls._tcp SRV 0 0 5061 {target}.");
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.replace("zahnfee.com", &format!("{company}\nmail A 81.2.3.99"));
                dns.replace("zahnfee.de", &zone_with("SRV", &record));
            }
            says_only(&open(world.check()), codes);
        }
    });
}

/// To the partner's own business nothing is tied that weighs more.
#[test]
fn in_the_partner_view_a_remark_is_no_cause() {
    internet(|| {
        let world = Internet::new();
        let record = "_sipfederationtls._tcp SRV 0 0 5061 chat.zahnfee.com.";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("zahnfee.com", "@ NS ns1.provider.net.\nchat A 81.2.3.4");
            dns.replace("zahnfee.de", &zone_with("SRV", record));
        }
        let outcome = open(world.check().arg("--partner"));
        outcome.shows("address", "fqdn-foreign-domain", "info");
        says_only(&outcome, &["cert-name-mismatch"]);
        assert_eq!(outcome.code, 1);
    });
}
