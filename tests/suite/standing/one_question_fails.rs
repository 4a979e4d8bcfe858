use super::*;

#[test]
fn the_srv_record_at_every_server() {
    internet(|| {
        for (behaviour, said) in [
            (Behaviour::Servfail, "SERVFAIL"),
            (Behaviour::Refused, "REFUSED"),
            (Behaviour::rcode(ResponseCode::NotImp), "NOTIMP"),
        ] {
            let world = Internet::new();
            world.servers(|ns| ns.now(".", RecordType::SRV, behaviour.clone()));
            let outcome = world.check().run();
            outcome.shows("srv", "authority-fails", "fail");
            says(
                &outcome,
                "srv",
                "authority-fails",
                &[said, "81.2.3.54", SRV],
            );
            assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
            outcome.lacks("domain-dns-broken");
        }
    });
}

/// And the resolver with them.
#[test]
fn the_srv_record_everywhere() {
    internet(|| {
        let world = Internet::new();
        let unknown = Behaviour::rcode(ResponseCode::NotImp);
        world.servers(|ns| ns.now(".", RecordType::SRV, unknown.clone()));
        world
            .resolver
            .now(".", RecordType::SRV, Behaviour::Servfail);
        let outcome = world.check().args(&["--fqdn", "xphone.zahnfee.de"]).run();
        says(
            &outcome,
            "srv",
            "authority-fails",
            &["NOTIMP", "81.2.3.53", "81.2.3.54"],
        );
        outcome.lacks("domain-lookup-failed");
        is_never_ready(&outcome);
    });
}

#[test]
fn the_address_at_every_server() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::A, Behaviour::Servfail));
        let outcome = world.check().run();
        outcome.shows("address", "authority-fails", "fail");
        assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
    });
}

/// A firewall that drops underscores: the way to the servers is open, so the resolver's word for this
/// one question proves nothing. Partners with an empty cache get nothing.
#[test]
fn silence_for_the_srv_record() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::SRV, Behaviour::Silent));
        let outcome = world.check().arg("--timeout=500ms").run();
        outcome.shows("srv", "authority-unreachable", "unknown");
        says(&outcome, "srv", "authority-unreachable", &["SRV", SRV]);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

#[test]
fn silence_for_the_address() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::A, Behaviour::Silent));
        let outcome = world.check().arg("--timeout=500ms").run();
        outcome.shows("address", "authority-unreachable", "unknown");
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
    });
}

/// One of them answers it: nobody is without an answer. What the other one has is not known.
#[test]
fn silence_for_the_srv_record_at_one_server() {
    internet(|| {
        let world = Internet::new();
        world.ns2.now(".", RecordType::SRV, Behaviour::Silent);
        let outcome = world.check().arg("--timeout=500ms").run();
        outcome.lacks("authority-unreachable");
        is_unheard_at_one(&outcome);
    });
}

#[test]
fn what_no_verdict_rests_on() {
    internet(|| {
        let world = Internet::new();
        let unknown = Behaviour::rcode(ResponseCode::NotImp);
        world.servers(|ns| {
            ns.now(".", RecordType::TXT, unknown.clone());
            ns.now(".", RecordType::MX, Behaviour::Silent);
            ns.now(".", RecordType::AAAA, Behaviour::Servfail);
        });
        world
            .resolver
            .now(".", RecordType::TXT, Behaviour::Servfail);
        is_ready(&world.check().run());
    });
}

/// What the servers send is no answer, so partners get none; others may read it all the same.
#[test]
fn rubbish_for_the_srv_record() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(SRV, RecordType::SRV, Behaviour::Garbage));
        let outcome = world.check().args(&["--timeout", "1s"]).run();
        outcome.shows("srv", "authority-fails", "unknown");
        let words = ["81.2.3.53", "cannot be read as a DNS answer"];
        says(&outcome, "srv", "authority-fails", &words);
        assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        // Partners get it from the other one.
        world.ns1.now(SRV, RecordType::SRV, Behaviour::Normal);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
        assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
    });
}

#[track_caller]
fn is_unheard_at_one(outcome: &Outcome) {
    outcome.shows("domain", "authority-partly-silent", "warn");
    let finding = outcome.finding("domain", "authority-partly-silent");
    assert_eq!(finding["args"]["why"], "one", "{outcome}");
    assert_eq!(outcome.report()["verdict"], "ready-with-warnings");
}
