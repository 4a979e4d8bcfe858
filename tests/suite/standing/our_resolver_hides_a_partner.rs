//! The partner view: our server asks a resolver such as the one here, and goes by what that says, whatever the
//! partner's own servers publish.

use super::*;

/// The resolver here does not lead to the partner, whose own servers are right: our server goes by its resolver.
#[test]
fn our_resolver_does_not_lead_there() {
    const CODE: &str = "resolver-hides-partner";
    internet(|| {
        let name = "xphone.zahnfee.de";
        let at = |address: &'static str| {
            Behaviour::forged(move |answer| {
                use hickory_resolver::proto::rr::{RData, RecordType as Type};
                let other = RData::try_from_str(Type::A, address).expect("an address");
                for record in &mut answer.answers {
                    record.data = other.clone();
                }
            })
        };
        for (record, step, behaviour, said) in [
            (RecordType::A, "address", Behaviour::Servfail, "SERVFAIL"),
            (RecordType::A, "address", Behaviour::Refused, "REFUSED"),
            (
                RecordType::A,
                "address",
                Behaviour::rcode(ResponseCode::NXDomain),
                "NXDOMAIN",
            ),
            (RecordType::A, "address", at("0.0.0.0"), "0.0.0.0"),
            (RecordType::A, "address", at("81.2.3.5"), "81.2.3.5"),
            (RecordType::SRV, "srv", Behaviour::Servfail, "SERVFAIL"),
        ] {
            let world = Internet::new();
            let asked = if record == RecordType::A { name } else { SRV };
            world.resolver.now(asked, record, behaviour);
            let outcome = world.check().arg("--partner").run();
            outcome.shows(step, "resolver-hides-partner", "unknown");
            says(&outcome, step, CODE, &[said, "127.0.0.53"]);
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            // Of one's own domain it is nothing that stops partners.
            world.check().run().lacks(CODE);
        }
        let world = Internet::new();
        let outcome = world.check().arg("--partner").run();
        outcome.lacks(CODE);
    });
}
