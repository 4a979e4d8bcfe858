//! Resolvers that filter, invent, deny without proof or remember; and what an answer that differs
//! is due to, where that is not its age.

mod beside_the_servers;
mod without_the_servers;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record};

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, Outcome, Run};
use crate::world::{Behaviour, Dns, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";
const FQDN: &str = "xphone.zahnfee.de";

/// Undecided: no step fails, and nobody is told to enter anything.
#[track_caller]
fn is_undecided(outcome: &Outcome) {
    assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    for code in [
        "srv-missing",
        "domain-not-found",
        "fqdn-not-found",
        "srv-stale",
    ] {
        outcome.lacks(code);
    }
    for untrue in [
        "Create in public DNS",
        "Public DNS does not know",
        "exists in public DNS",
    ] {
        assert!(
            !outcome.to_string().contains(untrue),
            "{untrue}:\n{outcome}"
        );
    }
}

#[track_caller]
fn doubts(outcome: &Outcome, step: &str, severity: &str, why: &str) {
    outcome.shows(step, "resolver-doubtful", severity);
    let finding = outcome.finding(step, "resolver-doubtful");
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    let message = finding["message"].as_str().expect("a text");
    assert!(message.contains("127.0.0.53"), "{message}");
}

#[track_caller]
fn tells_nobody_to_wait(outcome: &Outcome) {
    for code in ["address-stale", "srv-not-yet-visible", "srv-stale"] {
        outcome.lacks(code);
    }
    for step in outcome.report()["steps"].as_array().expect("steps") {
        assert!(!step["findings"].to_string().contains("wait"), "{outcome}");
    }
}

/// These addresses for whatever name, for A; nothing for another type.
fn inventing(address: [u8; 4], ttl: u32) -> Behaviour {
    Behaviour::forged(move |answer| {
        let query = answer.queries[0].clone();
        if answer.metadata.response_code == ResponseCode::NXDomain
            && query.query_type() == RecordType::A
        {
            answer.metadata.response_code = ResponseCode::NoError;
            answer.authorities.clear();
            let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
            answer.answers = vec![Record::from_rdata(query.name().clone(), ttl, data)];
        }
    })
}

/// This address instead of the true one, with this extended error.
fn sinkhole(address: [u8; 4], code: u16) -> Behaviour {
    Behaviour::forged(move |answer| {
        use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
        let name = answer.queries[0].name().clone();
        let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
        answer.answers = vec![Record::from_rdata(name, 2, data)];
        if let Some(edns) = &mut answer.edns {
            let option = EdnsOption::Unknown(15, code.to_be_bytes().to_vec());
            edns.options_mut().insert(option);
        }
    })
}

/// IPv6 addresses of which nothing is known are a remark: a dead one would be a warning.
#[test]
fn ipv6_that_nobody_answers_for() {
    internet(|| {
        let world = Internet::new();
        for (behaviour, why) in [
            (Behaviour::Servfail, "failed"),
            (Behaviour::Silent, "silent"),
        ] {
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.now(FQDN, RecordType::AAAA, behaviour.clone());
            }
            let outcome = world.check().args(&["--timeout", "1s"]).run();
            outcome.shows("address", "address-ipv6-unknown", "info");
            let finding = outcome.finding("address", "address-ipv6-unknown");
            assert_eq!(finding["args"]["why"], why);
            outcome.stands(ALL_PASS, "ready", 0);
        }
        // Where only the servers fail, partners get nothing either.
        world
            .resolver
            .now(FQDN, RecordType::AAAA, Behaviour::Normal);
        world.servers(|ns| ns.now(FQDN, RecordType::AAAA, Behaviour::Refused));
        let outcome = world.check().run();
        assert_eq!(
            outcome.finding("address", "address-ipv6-unknown")["args"]["rcode"],
            "REFUSED"
        );
        // Whoever looks at IPv4 only has no use for it.
        world.check().arg("-4").run().lacks("address-ipv6-unknown");
    });
}
