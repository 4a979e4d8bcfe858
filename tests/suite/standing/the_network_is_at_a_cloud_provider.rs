//! The resolver answers from a zone that the network of a machine at a cloud provider has to itself, with public
//! addresses. Its name servers, or the primary in its SOA record, stand for such zones only.

use hickory_resolver::proto::rr::rdata::SOA;
use hickory_resolver::proto::rr::{Name, RData};

use super::*;

const RECORD: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
const ADDRESS: &str = "xphone A 81.2.3.4\n";

/// What each provider has at the apex: name servers, or none, and the primary.
const CLOUDS: [(&[&str], &str); 3] = [
    (&[], "azureprivatedns.net."),
    (
        &["ns-gcp-private.googledomains.com."],
        "ns-gcp-private.googledomains.com.",
    ),
    (
        &["ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com."],
        "ns-1536.awsdns-00.co.uk.",
    ),
];

/// The resolver answers for this zone from there.
fn inside(world: &Internet, origin: &str, records: &str, (servers, primary): (&[&str], &str)) {
    let named = servers.iter().map(|server| format!("@ NS {server}\n"));
    let zone = named.collect::<String>() + records;
    world.resolver.replace(origin, &zone);
    world.resolver.edit(origin, |all| {
        all.retain(|it| it.record_type() != RecordType::NS || !servers.is_empty());
        for record in all {
            if let RData::SOA(SOA { mname, .. }) = &mut record.data {
                *mname = Name::from_ascii(primary).expect("a name");
            }
        }
    });
}

#[track_caller]
fn is_seen_from_inside(outcome: &Outcome, cloud: &str) {
    outcome.shows("domain", "domain-internal-view", "unknown");
    let words = [cloud.trim_end_matches('.')];
    says(outcome, "domain", "domain-internal-view", &words);
    outcome.lacks("srv-missing");
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
}

#[test]
fn nobody_but_the_resolver_is_heard() {
    internet(|| {
        for cloud in CLOUDS {
            for records in [ADDRESS.to_owned(), format!("{ADDRESS}{RECORD}")] {
                let world = Internet::new();
                world.servers(|ns| ns.now("", RecordType::ANY, Behaviour::Silent));
                inside(&world, "zahnfee.de", &records, cloud);
                for args in [&[][..], &["--no-authority"]] {
                    let run = world.check().args(&["--timeout", "1s"]).args(args);
                    is_seen_from_inside(&run.run(), cloud.1);
                }
            }
        }
    });
}

/// The zone holds one name alone, as is usual to keep a single host to oneself.
#[test]
fn only_the_name_of_the_server_is_such_a_zone() {
    internet(|| {
        for cloud in CLOUDS {
            let world = Internet::new();
            world.servers(|ns| ns.now("", RecordType::ANY, Behaviour::Silent));
            inside(&world, "xphone.zahnfee.de", "@ A 81.2.3.4\n", cloud);
            let run = world.check().args(&["--timeout", "1s", "--no-authority"]);
            let outcome = run.run();
            is_never_ready(&outcome);
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

/// What everybody else gets counts.
#[test]
fn the_servers_of_the_public_zone_are_heard() {
    internet(|| {
        for cloud in CLOUDS {
            for public in [ZONE.to_owned(), zone_with("SRV", "")] {
                let world = Internet::with_zone(&public);
                let _registry =
                    world.registry("zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.");
                inside(&world, "zahnfee.de", &format!("{ADDRESS}{RECORD}"), cloud);
                let outcome = world.check().run();
                if public == ZONE {
                    is_ready(&outcome);
                } else {
                    outcome.shows("srv", "srv-missing", "fail");
                    assert_eq!(outcome.code, 1, "{outcome}");
                }
            }
        }
    });
}
