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

/// The hosts file of this machine has another address for the partner's server than DNS: a server here would go by
/// that. An entry that is right, one for another name and one of our own domain say nothing.
#[test]
fn our_hosts_file_leads_elsewhere() {
    internet(|| {
        let world = Internet::new();
        let check = |entry: &str, args: &[&str]| {
            let folder = Folder::new().with("hosts", format!("127.0.0.1 localhost\n{entry}\n"));
            let hosts = folder.file("hosts").display().to_string();
            let mounted = format!("mount --bind {hosts} /etc/hosts && exec \"$0\" \"$@\"");
            let run = world.check().args(args);
            run.after(&format!(
                "exec unshare --mount /bin/sh -c '{mounted}' \"$0\" \"$@\"; :"
            ))
            .run()
        };
        for (entry, seen) in [
            ("10.0.0.5 xphone.zahnfee.de", "10.0.0.5"),
            ("81.2.3.9 XPHONE.zahnfee.de xphone", "81.2.3.9"),
            (
                "0.0.0.0 tracker.example xphone.zahnfee.de # blocked",
                "0.0.0.0",
            ),
            (
                "81.2.3.4 xphone.zahnfee.de\n81.2.3.9 xphone.zahnfee.de",
                "81.2.3.9",
            ),
        ] {
            let outcome = check(entry, &["--partner"]);
            outcome.shows("address", "resolver-hides-partner", "unknown");
            says(
                &outcome,
                "address",
                "resolver-hides-partner",
                &[seen, "81.2.3.4"],
            );
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
            check(entry, &[]).lacks("resolver-hides-partner");
        }
        for entry in [
            "81.2.3.4 xphone.zahnfee.de",
            "10.0.0.5 xphone.zahnfee.com # xphone.zahnfee.de",
            "# 10.0.0.5 xphone.zahnfee.de",
        ] {
            let outcome = check(entry, &["--partner"]);
            outcome.lacks("resolver-hides-partner");
            assert_eq!(outcome.report()["verdict"], "ready", "{outcome}");
        }
    });
}
