//! What prints everything to enter, and what shows the renewal.

use super::machine::Machine;
use super::run;
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::world::{Page, Server};

/// The plan that a fix names orders what the fix orders.
#[test]
fn what_prints_everything_to_enter() {
    internet(|| {
        let srv = "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.";
        let missing = zone_with("SRV", "");
        let with = |record: &str| zone_with("SRV", record);
        let worlds: [(&str, &str, String, &[&str], &str); 11] = [
            ("srv", "srv-missing", missing.clone(), &[], srv),
            (
                "srv",
                "srv-missing",
                missing,
                &["--fqdn", "chat.zahnfee.de"],
                "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 chat.zahnfee.de.",
            ),
            (
                "srv",
                "srv-wrong-port",
                with("_sipfederationtls._tcp SRV 0 0 5060 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-fields-swapped",
                with("_sipfederationtls._tcp SRV 5061 0 0 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-name-typo",
                with("_sipfederationtls._udp SRV 0 0 5061 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-owner-doubled",
                with("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone"),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-wrong-type",
                with("_sipfederationtls._tcp TXT \"0 0 5061 xphone.zahnfee.de.\""),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-service-disabled",
                with("_sipfederationtls._tcp SRV 0 0 5061 ."),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-target-is-address",
                with("_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4."),
                &[],
                srv,
            ),
            (
                "srv",
                "srv-points-to-microsoft",
                with("_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com."),
                &[],
                "_sipfederationtls._tcp.xphone.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
            ),
            (
                "address",
                "fqdn-not-found",
                zone_with("xphone A", ""),
                &[],
                "xphone.zahnfee.de. 3600 IN A <public IPv4>",
            ),
        ];
        for (step, code, zone, given, wanted) in worlds {
            let world = Internet::with_zone(&zone);
            let outcome = world.check().args(given).run();
            let entries = outcome.finding(step, code)["enter"].as_array();
            let command = entries.and_then(|entries| entries.last()?.as_str());
            let command = command.unwrap_or_else(|| panic!("{code}: {outcome}"));
            assert!(command.starts_with("xfed plan zahnfee.de"), "{command}");
            run(&Machine::new(&world), command, &[wanted]);
        }
        // Nothing is to be entered here for somebody else's domain, or without the record.
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let outcome = world.check().arg("--partner").run();
        let enter = outcome.finding("srv", "srv-missing")["enter"].to_string();
        assert!(!enter.contains("xfed plan"), "{enter}");
    });
}

/// What is found of the renewal stands beside the steps.
#[test]
fn what_shows_the_renewal() {
    internet(|| {
        let record = "@ CAA 0 issue \"digicert.com\"\n";
        let world = Internet::with_zone(&format!("{ZONE}{record}"));
        let page = Page::Length(b"<html>".to_vec());
        let _web = Server::web_at("81.2.3.4:80".parse().expect("an address"), page);
        let outcome = world.check().arg("--renewal").run();
        let machine = Machine::new(&world);
        let found = outcome.report()["renewal"].as_array().expect("findings");
        let line = |code: &str| {
            let finding = found.iter().find(|finding| finding["code"] == code);
            let lines = finding.expect(code)["verify"].as_array().expect("a list");
            lines[0].as_str().expect("a command").to_owned()
        };
        let caa = line("renewal-caa-forbids");
        assert_eq!(caa, "nslookup -nosearch -type=257 zahnfee.de.");
        run(&machine, &caa, &["257"]);
        // Windows has curl by this name; PowerShell has another program by the other.
        let challenge = line("renewal-answers-anything");
        let challenge = challenge.strip_prefix("curl.exe ").expect(&challenge);
        run(
            &machine,
            &format!("curl -s {challenge}"),
            &["200 OK", "<html>"],
        );
    });
}
