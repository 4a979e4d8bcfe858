//! Delegations and aliases one after the other: whoever is entitled at their end decides, not what a
//! resolver remembers of it.

use super::*;

/// hoster.net, on the third server.
const HOSTER: &str = "@ NS ns1\nns1 A 81.2.3.55\nns5 A 81.2.3.99\n";
const RECORD: &str = "@ SRV 0 0 5061 xphone.zahnfee.de.";

/// The zone with these lines in the place of those that contain `what`.
struct Way {
    world: Internet,
    third: Dns,
    /// ns5.hoster.net.
    fourth: Dns,
}

impl Way {
    fn new(what: &str, lines: &str) -> Self {
        let way = Self {
            world: Internet::with_zone(&zone_with(what, lines)),
            third: Dns::at("81.2.3.55").authoritative(),
            fourth: Dns::at("81.2.3.99").authoritative(),
        };
        way.hoster("");
        way
    }

    /// hoster.net with these lines, at its server and at the resolver.
    fn hoster(&self, lines: &str) {
        self.third
            .replace("hoster.net", &format!("{HOSTER}{lines}"));
        self.remembered("hoster.net", &format!("{HOSTER}{lines}"));
    }

    fn remembered(&self, origin: &str, zone: &str) {
        self.world.resolver.replace(origin, zone);
    }

    fn check(&self) -> Outcome {
        self.world.check().run()
    }
}

#[test]
fn an_alias_behind_a_delegation() {
    internet(|| {
        let way = Way::new("SRV", "_tcp NS ns5.hoster.net.");
        let child = "_sipfederationtls CNAME record.hoster.net.";
        way.fourth.replace("_tcp.zahnfee.de", child);
        way.remembered("_tcp.zahnfee.de", child);
        let record = "record SRV 0 0 5061 xphone.zahnfee.de.";
        way.hoster(record);
        is_ready(&way.check());
        // The record at its end is gone, or refused; the resolver remembers it.
        way.third.replace("hoster.net", HOSTER);
        let outcome = way.check();
        outcome.shows("srv", "srv-wrong-type", "fail");
        way.third
            .now("record.hoster.net", RecordType::ANY, Behaviour::Refused);
        let outcome = way.check();
        outcome.shows("srv", "authority-fails", "fail");
    });
}

#[test]
fn a_delegation_below_a_delegation() {
    internet(|| {
        let way = Way::new("SRV", "_tcp NS ns3.provider.net.");
        let child = "@ NS ns3.provider.net.\n_sipfederationtls NS ns5.hoster.net.";
        way.third.replace("_tcp.zahnfee.de", child);
        way.remembered(SRV, RECORD);
        let outcome = way.check();
        outcome.shows("srv", "authority-fails", "fail");
        way.fourth.replace(SRV, RECORD);
        is_ready(&way.check());
    });
}

/// The child's server refers to the zone above again.
#[test]
fn a_delegation_that_leads_back_up() {
    internet(|| {
        let way = Way::new("SRV", "_tcp NS ns3.provider.net.");
        way.remembered(SRV, RECORD);
        way.third.replace("zahnfee.de", "_tcp NS ns3.provider.net.");
        let outcome = way.check();
        outcome.shows("srv", "authority-fails", "fail");
        is_never_ready(&outcome);
    });
}

#[test]
fn an_alias_out_of_the_zone_and_back() {
    internet(|| {
        let lines = "xphone CNAME x.hoster.net.\nback A 81.2.3.4";
        let way = Way::new("xphone A", lines);
        way.hoster("x CNAME back.zahnfee.de.");
        let outcome = way.check();
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        // Nobody listens where it leads now.
        let moved = zone_with("xphone A", &lines.replace("81.2.3.4", "81.2.3.5"));
        way.world.servers(|ns| ns.replace("zahnfee.de", &moved));
        way.check().shows("tcp", "tcp-refused", "fail");
        // In a circle.
        way.hoster("x CNAME xphone.zahnfee.de.");
        is_never_ready(&way.check());
    });
}

/// One of two targets lies in a part that its own server does not serve.
#[test]
fn the_second_target_is_delegated() {
    internet(|| {
        let lines = "_sipfederationtls._tcp SRV 10 0 5061 backup\nbackup NS ns3.provider.net.";
        let way = Way::new("nothing", lines);
        way.remembered("backup.zahnfee.de", "@ A 81.2.3.5");
        let _server = way.world.tls_as("backup.zahnfee.de", "81.2.3.5").start();
        let outcome = way.check();
        outcome.shows("address", "authority-fails", "fail");
        assert_eq!(outcome.code, 1, "{outcome}");
        way.third.replace("backup.zahnfee.de", "@ A 81.2.3.5");
        assert_eq!(way.check().code, 0);
    });
}

/// The domain itself is delegated, to two servers, one of which refers upwards again.
#[test]
fn the_domain_is_delegated() {
    internet(|| {
        let way = Way::new(
            "SRV",
            "chat NS ns3.provider.net.\nchat NS ns1.provider.net.",
        );
        let record = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
        let zone = "@ NS ns3.provider.net.\n@ NS ns1.provider.net.\nxphone A 81.2.3.4\n";
        let whole = format!("{zone}{record}");
        way.remembered("chat.zahnfee.de", &whole);
        way.third.replace("chat.zahnfee.de", &whole);
        let _server = way
            .world
            .tls_as("xphone.chat.zahnfee.de", "81.2.3.5")
            .start();
        let check = |to: &str| {
            way.third
                .replace("chat.zahnfee.de", &to.replace("81.2.3.4", "81.2.3.5"));
            way.world.check_domain("chat.zahnfee.de").run()
        };
        let outcome = check(&whole);
        outcome.shows("domain", "authority-partly-fails", "warn");
        says(
            &outcome,
            "domain",
            "authority-partly-fails",
            &["ns1.provider.net"],
        );
        // Without the record, whatever stands in the zone above or in a memory.
        check(zone).shows("srv", "srv-missing", "fail");
        way.third
            .now("chat.zahnfee.de", RecordType::ANY, Behaviour::Refused);
        check(&whole).shows("domain", "domain-dns-broken", "fail");
    });
}

/// The servers that the user named hand a part on, as those of the zone do.
#[test]
fn servers_that_were_named_hand_it_on() {
    internet(|| {
        let way = Way::new("SRV", "_tcp NS ns3.provider.net.");
        let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
        way.third.replace("_tcp.zahnfee.de", record);
        let check = || way.world.check().args(&["--authority", "81.2.3.53"]).run();
        way.remembered("_tcp.zahnfee.de", record);
        is_ready(&check());
        way.third
            .replace("_tcp.zahnfee.de", "_ldap SRV 0 0 389 dc01");
        check().shows("srv", "srv-missing", "fail");
    });
}
