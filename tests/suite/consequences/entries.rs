//! An entry is wrong, and what it names by mistake is not to be created.

use super::*;

/// P1.1
#[test]
fn a_doubled_target_needs_no_address() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone.zahnfee.de.zahnfee.de.";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["srv-target-doubled", "srv-wrong-port"]);
        orders_no(&outcome, "zahnfee.de.zahnfee.de");
        let whole = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
        assert!(fix(&outcome, "srv", "srv-target-doubled").contains(whole));
        assert!(fix(&outcome, "srv", "srv-wrong-port").contains("srv-target-doubled"));
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    });
}

/// P1.1, where a wildcard answers for the doubled name, and where the zone above was appended.
#[test]
fn a_doubled_target_is_doubled_under_a_wildcard_too() {
    internet(|| {
        let record =
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de.zahnfee.de.\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["srv-target-doubled"]);
        drop(world);
        let chat = "xphone.chat A 81.2.3.4\n\
                    _sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat.zahnfee.de.zahnfee.de.";
        let world = Internet::without_server(&zone_with("SRV", chat));
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start();
        let outcome = open(world.check_domain("chat.zahnfee.de"));
        says_only(&outcome, &["srv-target-doubled"]);
        outcome.lacks("fqdn-foreign-domain").lacks("fqdn-not-found");
        orders_no(&outcome, "zahnfee.de.zahnfee.de");
    });
}

/// P1.2
#[test]
fn a_target_that_is_not_the_fqdn_gets_no_record() {
    internet(|| {
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphon";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check().args(&["--fqdn", FQDN]));
        says_only(&outcome, &["srv-name-typo"]);
        let message = said(&outcome, "message");
        assert!(
            message.contains("Nor is its target xphon.zahnfee.de the FQDN"),
            "{message}"
        );
        orders_no(&outcome, "xphon.zahnfee.de");
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    });
}

/// P1.2, where the record has the right name, and its target exists, or only by a wildcard.
#[test]
fn what_a_wrong_target_leads_to_is_not_to_be_mended() {
    internet(|| {
        for lines in ["", "alt A 81.2.3.99", "* A 81.2.3.99", "alt CNAME mail"] {
            let record = format!("_sipfederationtls._tcp SRV 0 0 5061 alt\n{lines}");
            let world = Internet::with_zone(&zone_with("SRV", &record));
            let outcome = open(world.check().args(&["--fqdn", FQDN]));
            says_only(&outcome, &["srv-differs-from-fqdn"]);
            orders_no(&outcome, "81.2.3.99");
            outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
        }
        // Without a word from the user, what is closed stays said.
        let record = "_sipfederationtls._tcp SRV 0 0 5061 alt\nalt A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        says_only(&open(world.check()), &["tcp-refused"]);
    });
}

/// The one that the record names is there, the one that the user gave is not: first compare.
#[test]
fn a_name_that_was_mistyped_gets_no_record() {
    internet(|| {
        let world = Internet::new();
        let outcome = open(world.check().args(&["--fqdn", "xpone.zahnfee.de"]));
        says_only(&outcome, &["srv-differs-from-fqdn"]);
        let fix = fix(&outcome, "srv", "srv-differs-from-fqdn");
        assert!(
            fix.starts_with("XPhone admin: Compare xpone.zahnfee.de letter by letter"),
            "{fix}"
        );
        // Where neither is there, either may be right.
        drop(world);
        let world = Internet::without_server(&zone_with("xphone A", ""));
        let outcome = open(world.check().args(&["--fqdn", "xpone.zahnfee.de"]));
        outcome.shows("address", "fqdn-not-found", "fail");
    });
}

/// P1.3
#[test]
fn a_name_that_only_the_record_knows_is_compared_first() {
    internet(|| {
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphon";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found", "srv-name-typo"]);
        let fix = fix(&outcome, "address", "fqdn-not-found");
        assert!(
            fix.starts_with("Compare xphon.zahnfee.de letter by letter"),
            "{fix}"
        );
        // The user's word is enough: the record is offered at once, behind the name nearby that has one.
        let outcome = open(world.check().args(&["--fqdn", "xphon.zahnfee.de"]));
        let fix = outcome.finding("address", "fqdn-not-found")["fix"].to_string();
        assert!(
            fix.starts_with("\"If xphone.zahnfee.de was meant: ")
                && fix.contains("If not: Create in public DNS")
                && fix.contains("xphon.zahnfee.de. A <"),
            "{fix}"
        );
    });
}

/// P1.4
#[test]
fn of_two_records_the_one_that_is_meant_is_named() {
    internet(|| {
        let second = "_sipfederationtls._tcp SRV 10 0 5060 xphon";
        let world = Internet::with_zone(&zone_with("nothing", second));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found", "srv-wrong-port"]);
        let target = fix(&outcome, "address", "fqdn-not-found");
        assert!(target.contains("or delete that record"), "{target}");
        let port = fix(&outcome, "srv", "srv-wrong-port");
        assert!(port.contains("SRV 10 0 5061 xphon.zahnfee.de."), "{port}");
        assert_eq!(outcome.code, 1);
    });
}

#[test]
fn what_must_stay_of_targets() {
    internet(|| {
        // The FQDN alone does not exist.
        let world = Internet::without_server(&zone_with("xphone A", ""));
        let outcome = open(world.check());
        says_only(&outcome, &["fqdn-not-found"]);
        let fix = fix(&outcome, "address", "fqdn-not-found");
        assert!(fix.contains("xphone.zahnfee.de. A <"), "{fix}");
        drop(world);
        // A near miss whose target is right, beside a wildcard.
        let record = "_sipfederationtls.tcp SRV 0 0 5061 xphone\n* A 81.2.3.99";
        let world = Internet::with_zone(&zone_with("SRV", record));
        says_only(&open(world.check()), &["srv-name-typo"]);
    });
}
