//! An answer that denies the name and holds the record: resolvers hand both on (measured with
//! Unbound), and what asks them believes the denial.

use super::*;

fn denied() -> Behaviour {
    Behaviour::forged(|answer| {
        if !answer.answers.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
    })
}

#[test]
fn it_is_no_record() {
    internet(|| {
        for (name, record, step) in [
            ("_sipfederationtls._tcp.zahnfee.de", RecordType::SRV, "srv"),
            ("xphone.zahnfee.de", RecordType::A, "address"),
        ] {
            let world = Internet::new();
            world.servers(|ns| ns.now(name, record, denied()));
            let outcome = world.check().run();
            outcome.shows(step, "authority-fails", "fail");
            assert_eq!(outcome.code, 1, "{name}");
            let finding = outcome.finding(step, "authority-fails");
            let message = finding["message"].as_str().expect("a message");
            assert!(message.contains("denies the name (NXDOMAIN)"), "{message}");
        }
    });
}

/// One of two servers is a fault of that one.
#[test]
fn one_server_of_two_does() {
    internet(|| {
        let world = Internet::new();
        let name = "_sipfederationtls._tcp.zahnfee.de";
        world.ns2.now(name, RecordType::SRV, denied());
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
    });
}

/// By a resolver alone, nothing is known.
#[test]
fn a_resolver_says_both() {
    internet(|| {
        let world = Internet::new();
        let name = "_sipfederationtls._tcp.zahnfee.de";
        world.resolver.now(name, RecordType::SRV, denied());
        let outcome = world.check().arg("--no-authority").run();
        outcome.shows("srv", "domain-lookup-failed", "unknown");
        assert_ne!(outcome.code, 0);
    });
}
