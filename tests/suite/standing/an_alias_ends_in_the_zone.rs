//! What a server adds to an alias within its own zone: Unbound and BIND ask for the end of the alias all the
//! same, and believe what they get there (`real_peers::witnesses`).

use super::*;

/// Both servers add this to an alias in the place of the name; of its end they know nothing.
fn adding(name: &str, target: &'static str, record: &'static str) -> Internet {
    let world = Internet::new();
    let alias = Behaviour::alias(target, record);
    world.servers(|ns| ns.only(name, RecordType::ANY, alias.clone()));
    world
}

#[test]
fn an_address_that_is_only_added_is_not_there() {
    internet(|| {
        let world = adding("xphone.zahnfee.de", "h1.zahnfee.de.", "81.2.3.4");
        let outcome = world.check().run();
        outcome.shows("address", "fqdn-not-found", "fail");
        let words = ["alias (CNAME) of h1.zahnfee.de", "takes the place"];
        says(&outcome, "address", "fqdn-not-found", &words);
        is_never_ready(&outcome);
    });
}

#[test]
fn nor_is_a_record_that_is_only_added() {
    internet(|| {
        let record = "0 0 5061 xphone.zahnfee.de.";
        let outcome = adding(SRV, "s1.zahnfee.de.", record).check().run();
        outcome.shows("srv", "srv-wrong-type", "fail");
        is_never_ready(&outcome);
    });
}

/// The end is in a part of the zone that others serve, and these do not have it.
#[test]
fn nor_where_others_serve_the_end() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("NOTHING", "sub NS ns3.provider.net."));
        let ns3 = Dns::at("81.2.3.55").authoritative();
        ns3.replace("sub.zahnfee.de", "@ NS ns3.provider.net.");
        let alias = Behaviour::alias("h.sub.zahnfee.de.", "81.2.3.4");
        world.servers(|ns| ns.only("xphone.zahnfee.de", RecordType::ANY, alias.clone()));
        let outcome = world.check().run();
        outcome.shows("address", "fqdn-not-found", "fail");
        let words = ["does not know h.sub.zahnfee.de"];
        says(&outcome, "address", "fqdn-not-found", &words);
        is_never_ready(&outcome);
    });
}

/// The end is there, and has no address.
#[test]
fn nor_is_one_at_a_name_without_addresses() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME h1\nh1 TXT x"));
        let outcome = world.check().run();
        outcome.shows("address", "fqdn-no-a-record", "fail");
        let words = ["h1.zahnfee.de has no address"];
        says(&outcome, "address", "fqdn-no-a-record", &words);
        is_never_ready(&outcome);
    });
}

/// One that adds what is there is right.
#[test]
fn what_is_at_the_end_as_well_is_believed() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone A", "xphone CNAME h1\nh1 A 81.2.3.4"));
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}
