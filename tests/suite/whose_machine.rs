//! Advice names the server, the record and the machine that it is about, and no other: several
//! servers, aliases to somebody else, records that others need.

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{Outcome, Run, demanding};
use crate::world::{Behaviour, Dns, RecordType, Server};

const FQDN: &str = "xphone.zahnfee.de";
const TWO: &str = "_sipfederationtls._tcp SRV 10 0 5061 backup\nbackup A 81.2.3.5\n";

#[track_caller]
fn fix(outcome: &Outcome, step: &str, code: &str) -> String {
    let finding = outcome.finding(step, code);
    finding["fix"].as_str().expect("a fix").to_owned()
}

/// At 81.2.3.5, as backup.zahnfee.de, with a certificate of this kind.
fn backup(world: &Internet, kind: &str) -> Server {
    let certificate = world.authority.certificate("backup.zahnfee.de").rsa();
    let certificate = match kind {
        "expired" => certificate.valid(-93, -3),
        "self-signed" => certificate.self_signed(),
        _ => certificate,
    };
    demanding(certificate.issue())
        .listen("81.2.3.5:5061")
        .start()
}

/// The first server shows nothing, whatever the reason: what is ordered is for the second.
#[test]
fn only_the_second_server_shows_a_certificate() {
    internet(|| {
        for first in ["xphone A 81.2.3.4", "xphone A 192.168.1.4", ""] {
            let zone = zone_with("xphone A", &format!("{first}\n{TWO}"));
            let world = Internet::without_server(&zone);
            let expired = backup(&world, "expired");
            let outcome = world.check().run();
            let fixes = fix(&outcome, "certificate", "cert-expired");
            assert!(fixes.contains("backup.zahnfee.de"), "{outcome}");
            assert!(!fixes.contains(FQDN), "{fixes}");
            let finding = outcome.finding("certificate", "cert-expired");
            assert!(!finding["verify"].to_string().contains(FQDN), "{finding}");
            drop(expired);
            let _self_signed = backup(&world, "self-signed");
            let outcome = world.check().run();
            let fixes = fix(&outcome, "certificate", "cert-self-signed");
            assert!(fixes.contains("backup.zahnfee.de"), "{outcome}");
            assert!(!fixes.contains(FQDN), "{fixes}");
        }
    });
}

/// The second target is the mail server: its address stays, the record goes.
#[test]
fn a_machine_that_others_need() {
    internet(|| {
        let second = "_sipfederationtls._tcp SRV 10 0 5061 mail\n";
        let world = Internet::with_zone(&format!("{ZONE}{second}"));
        let outcome = world.check().run();
        let fixes = fix(&outcome, "tcp", "tcp-partly-open");
        assert!(
            fixes.contains("If mail.zahnfee.de is no XPhone server"),
            "{fixes}"
        );
        assert!(
            fixes.contains("delete the SRV record with that target"),
            "{fixes}"
        );
        assert!(!fixes.contains("delete the A record"), "{fixes}");
        drop(world);
        // A second address of one and the same server.
        let world = Internet::with_zone(&format!("{ZONE}xphone A 81.2.3.5\n"));
        let outcome = world.check().run();
        let fixes = fix(&outcome, "tcp", "tcp-partly-open");
        assert!(
            fixes.contains("delete the A record of xphone.zahnfee.de"),
            "{fixes}"
        );
        assert!(
            fixes.contains("81.2.3.5") && !fixes.contains("SRV"),
            "{fixes}"
        );
    });
}

/// The record that every Office 365 tenant had, as the XPhone server.
#[test]
fn an_alias_to_microsoft() {
    internet(|| {
        for target in ["sipdir.online.lync.com.", "sipfed.online.lync.com."] {
            let world =
                Internet::with_zone(&zone_with("xphone A", &format!("xphone CNAME {target}")));
            let ns3 = Dns::at("81.2.3.55").authoritative();
            for dns in [&ns3, &world.resolver] {
                dns.replace(
                    "online.lync.com",
                    "@ NS ns3.provider.net.\nsipdir A 198.51.77.7\nsipfed A 198.51.77.7\n",
                );
            }
            let outcome = world.check().run();
            outcome.shows("address", "address-at-microsoft", "fail");
            outcome.lacks("address-alias").lacks("tcp-refused");
            let fixes = fix(&outcome, "address", "address-at-microsoft");
            assert!(fixes.contains("Leave the CNAME"), "{fixes}");
            assert!(!outcome.to_string().contains("A 198.51.77.7"), "{outcome}");
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
        }
    });
}

/// Behind the alias there is nothing but a wildcard: its address is not to be entered.
#[test]
fn an_alias_to_what_a_wildcard_answers() {
    internet(|| {
        let lines = "xphone CNAME srv\n* A 81.2.3.99\n";
        let world = Internet::without_server(&zone_with("xphone A", lines));
        let outcome = world.check().run();
        outcome.shows("address", "address-from-wildcard", "fail");
        let finding = outcome.finding("address", "address-from-wildcard");
        let message = finding["message"].as_str().expect("a text");
        assert!(message.contains("alias of srv.zahnfee.de"), "{message}");
        outcome.lacks("tcp-refused");
        assert!(!outcome.to_string().contains("A 81.2.3.99"), "{outcome}");
    });
}

/// The proxy's address is the wildcard's, and stays as it is.
#[test]
fn a_proxy_behind_a_wildcard() {
    internet(|| {
        let world = Internet::without_server(&zone_with("xphone A", "* A 104.16.1.1"));
        let outcome = world.check().run();
        outcome.shows("address", "address-from-wildcard", "fail");
        outcome.lacks("address-behind-cdn");
    });
}

/// A private address that the zone itself publishes says nothing of where this machine stands.
#[test]
fn a_private_address_that_is_no_sign_of_standing_inside() {
    internet(|| {
        let world = Internet::without_server(&format!("{ZONE}xphone A 192.168.1.4\n"));
        let outcome = world.check().run();
        outcome.shows("address", "address-not-public", "fail");
        outcome.shows("tcp", "tcp-refused", "fail");
        outcome.lacks("tcp-from-inside");
    });
}

/// A target in a stranger's domain is not to be written down once more.
#[test]
fn a_foreign_target_with_a_wrong_port() {
    internet(|| {
        let record = "_sipfederationtls._tcp SRV 0 0 5060 xp.hoster.net.";
        let world = Internet::without_server(&zone_with("SRV", record));
        let ns3 = Dns::at("81.2.3.55").authoritative();
        for dns in [&ns3, &world.resolver] {
            dns.replace("hoster.net", "@ NS ns3.provider.net.\nxp A 81.2.3.5\n");
        }
        let other = world.authority.certificate("www.hoster.net").rsa();
        let other = other.valid(-93, -3).issue();
        let _other = demanding(other).listen("81.2.3.5:5061").start();
        let outcome = world.check().run();
        outcome.shows("address", "fqdn-foreign-domain", "fail");
        let fixes = fix(&outcome, "srv", "srv-wrong-port");
        assert!(!fixes.contains("xp.hoster.net"), "{fixes}");
        outcome.lacks("cert-expired");
    });
}

/// The name that a doubled target means stays what it is where a report is passed on.
#[test]
fn a_doubled_target_in_a_redacted_report() {
    internet(|| {
        let lines = format!("_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de\n{TWO}");
        let mut zone = zone_with("SRV", &lines);
        zone = zone.replace("xphone A 81.2.3.4\n", "");
        let world = Internet::without_server(&zone);
        let _backup = backup(&world, "right");
        let outcome = world.check().run();
        outcome.shows("srv", "srv-target-doubled", "fail");
        let replay = Run::new("replay").args(&["-", "--redact", "--format=json"]);
        let (_, redacted, _) = replay.fed(outcome.json.to_string().as_bytes()).text();
        let redacted: serde_json::Value = serde_json::from_str(&redacted).expect("a report");
        let statuses = |document: &serde_json::Value| -> Vec<String> {
            let steps = document["reports"][0]["steps"]
                .as_array()
                .expect("steps")
                .iter();
            steps.map(|step| step["status"].to_string()).collect()
        };
        assert_eq!(statuses(&redacted), statuses(&outcome.json), "{redacted:#}");
    });
}

/// A near miss that names Microsoft's server is not to be moved as it is.
#[test]
fn a_doubled_owner_that_leads_to_microsoft() {
    internet(|| {
        let record = "_sipfederationtls._tcp.zahnfee.de SRV 100 1 5061 sipfed.online.lync.com.";
        let world = Internet::with_zone(&zone_with("SRV", record));
        let fixes = fix(&world.check().run(), "srv", "srv-owner-doubled");
        assert!(
            fixes.contains("sipfed.online.lync.com") && fixes.contains("Microsoft"),
            "{fixes}"
        );
    });
}

/// What the company's own DNS has for itself does not pass with time.
#[test]
fn an_internal_target_at_the_resolver() {
    internet(|| {
        let world = Internet::new();
        let inside = zone_with(
            "SRV",
            "_sipfederationtls._tcp SRV 0 0 5061 srvxp01.zahnfee.local.",
        );
        world.resolver.replace("zahnfee.de", &inside);
        let outcome = world.check().run();
        outcome.lacks("srv-stale");
        outcome.shows("srv", "resolver-doubtful", "info");
    });
}

/// A cache before the servers of the zone: without AA, but with the zone's own "no".
#[test]
fn a_denial_without_authority() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let plain = || {
            Behaviour::forged(|answer| {
                answer.metadata.authoritative = false;
                answer.metadata.recursion_available = false;
            })
        };
        world.servers(|ns| ns.now(".", RecordType::ANY, plain()));
        let outcome = world.check().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("authority-fails");
    });
}
