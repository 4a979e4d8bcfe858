use super::*;

#[test]
fn whichever_comes_first_it_is_named() {
    internet(|| {
        for behaviour in [Behaviour::Servfail, Behaviour::Refused] {
            let world = Internet::new();
            world
                .ns2
                .now("zahnfee.de", RecordType::ANY, behaviour.clone());
            let outcome = world.check().run();
            outcome.shows("domain", "authority-partly-fails", "warn");
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns2.provider.net", "81.2.3.54"],
            );
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);

            drop(world);
            let world = Internet::new();
            world.ns1.now("zahnfee.de", RecordType::ANY, behaviour);
            let outcome = world.check().run();
            says(
                &outcome,
                "domain",
                "authority-partly-fails",
                &["ns1.provider.net"],
            );
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        }
    });
}

#[test]
fn for_the_srv_record_only() {
    internet(|| {
        let world = Internet::new();
        world.ns2.now(".", RecordType::SRV, Behaviour::Servfail);
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-partly-fails",
            &["ns2.provider.net", "SRV"],
        );
    });
}

#[test]
fn their_names_lead_nowhere() {
    internet(|| {
        let lost = "@ NS ns1.local.\n@ NS ns2.local.";
        let world = Internet::with_zone(&zone_with(" NS ", lost));
        let outcome = world.check().run();
        says(
            &outcome,
            "domain",
            "authority-unreachable",
            &["ns1.local", "no address"],
        );
        is_ready(&outcome);
    });
}
