//! Name servers without an IPv4 address, by resolvers without IPv6.

use super::Gets::{self, Error, Records};
use super::{ELSEWHERE, FQDN, World, given_to_partners};
use crate::internet::{ZONE, internet};
use crate::world::Dns;

const V6: &str = "n1.zahnfee.de. AAAA 2a02:1:2::3\nn2.zahnfee.de. AAAA 2a02:1:2::4\n";

/// What both get of the record and of the address, and the verdict.
#[track_caller]
fn are_given(addresses: &str, gets: Gets, verdict: &str) {
    let names = "@ NS ns1.provider.net.\n@ NS ns2.provider.net.\n";
    let zone = ZONE.replace(names, "@ NS n1\n@ NS n2\n");
    let zone = format!("{zone}{addresses}");
    let world = World::new(&zone);
    let serving = |at: &str| Dns::at(at).authoritative().and_zone("zahnfee.de", &zone);
    let _servers = ["2a02:1:2::3", "2a02:1:2::4"].map(serving);
    world.root.replace(
        ".",
        &format!(
            "@ NS root.servers.example.\nroot.servers.example. A 81.2.3.99\n{ELSEWHERE}\
             zahnfee.de. NS n1.zahnfee.de.\nzahnfee.de. NS n2.zahnfee.de.\n{addresses}"
        ),
    );
    let given = given_to_partners(&world, ("zahnfee.de", FQDN), None);
    assert_eq!(given, [[gets; 2]; 2], "{addresses}");
    let outcome = world.check().run();
    assert_eq!(outcome.report()["verdict"], verdict, "{outcome}");
}

#[test]
fn partners_without_ipv6() {
    internet(|| {
        are_given(V6, Error, "ready-with-warnings");
        are_given(
            &format!("{V6}n1.zahnfee.de. A 81.2.3.53\n"),
            Records,
            "ready",
        );
    });
}
