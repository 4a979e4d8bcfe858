//! Several CNAME records at one name (RFC 2181 §10.1): Unbound follows the first, BIND takes the whole answer for
//! broken (`real_peers::witnesses`).

use super::*;

const SEVERAL: &str = "authority-several-aliases";

/// The zone with these lines in the place of some; both servers add an alias of this name.
fn world(what: &str, lines: &str, owner: &'static str, target: &'static str) -> Internet {
    let world = Internet::with_zone(&zone_with(what, lines));
    let several = Behaviour::also_alias(owner, target);
    world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, several.clone()));
    world
}

#[test]
fn at_the_name_of_the_record() {
    internet(|| {
        let lines = "_sipfederationtls._tcp CNAME s1\ns1 SRV 0 0 5061 xphone";
        let owner = "_sipfederationtls._tcp.zahnfee.de.";
        let world = world("SRV", lines, owner, "s2.zahnfee.de.");
        let outcome = world.check().run();
        outcome.stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
        outcome.shows("srv", "authority-several-aliases", "warn");
        says(
            &outcome,
            "srv",
            SEVERAL,
            &[
                "_sipfederationtls._tcp.zahnfee.de is an alias of several names at once: CNAME s1.zahnfee.de and CNAME s2.zahnfee.de.",
                "delete all CNAME records of _sipfederationtls._tcp.zahnfee.de but one",
                "leads to 0 0 5061 xphone.zahnfee.de.; if that is right, keep it, and delete CNAME s2.zahnfee.de.",
                "-type=CNAME _sipfederationtls._tcp.zahnfee.de. 81.2.3.53",
            ],
        );
        let outcome = world.check().arg("--partner").run();
        outcome.shows("srv", "authority-several-aliases", "info");
        is_ready(&outcome);
    });
}

/// An address of its own is the end of all aliases.
#[test]
fn at_the_name_of_the_server() {
    internet(|| {
        let lines = "xphone CNAME h1\nh1 A 81.2.3.4\nh2 A 81.2.3.4";
        let outcome = world("xphone A", lines, "xphone.zahnfee.de.", "h2.zahnfee.de.")
            .check()
            .run();
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        outcome.shows("address", "authority-several-aliases", "warn");
        outcome.lacks("address-alias");
        says(
            &outcome,
            "address",
            SEVERAL,
            &[
                "CNAME h1.zahnfee.de and CNAME h2.zahnfee.de.",
                "delete all CNAME records of xphone.zahnfee.de and create",
                "xphone.zahnfee.de. A 81.2.3.4",
            ],
        );
    });
}

#[test]
fn at_the_end_of_an_alias() {
    internet(|| {
        let lines = "_sipfederationtls._tcp CNAME alias\nalias CNAME s1\ns1 SRV 0 0 5061 xphone";
        let outcome = world("SRV", lines, "alias.zahnfee.de.", "s2.zahnfee.de.")
            .check()
            .run();
        outcome.stands("pass pass warn pass pass pass", "ready-with-warnings", 0);
        says(
            &outcome,
            "srv",
            SEVERAL,
            &[
                "alias.zahnfee.de is an alias of several names",
                "on the way to _sipfederationtls._tcp.zahnfee.de (SRV)",
            ],
        );
    });
}

/// The first leads to nothing: which one to keep is not known.
#[test]
fn the_first_leads_nowhere() {
    internet(|| {
        let lines = "_sipfederationtls._tcp CNAME s1\ns2 SRV 0 0 5061 xphone";
        let owner = "_sipfederationtls._tcp.zahnfee.de.";
        let outcome = world("SRV", lines, owner, "s2.zahnfee.de.").check().run();
        is_never_ready(&outcome);
        says(&outcome, "srv", SEVERAL, &["the one that leads to the"]);
    });
}

#[test]
fn the_same_one_twice_is_one() {
    internet(|| {
        let lines = "_sipfederationtls._tcp CNAME s1\ns1 SRV 0 0 5061 xphone";
        let owner = "_sipfederationtls._tcp.zahnfee.de.";
        is_ready(&world("SRV", lines, owner, "S1.zahnfee.de.").check().run());
    });
}
