use super::*;

#[test]
fn fails() {
    internet(|| {
        for (behaviour, said) in [
            (Behaviour::Refused, "REFUSED"),
            (Behaviour::Servfail, "SERVFAIL"),
        ] {
            let world = Internet::new();
            let named = Dns::at("81.2.3.55").authoritative().always(behaviour);
            let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
            outcome.shows("domain", "domain-dns-broken", "fail");
            says(
                &outcome,
                "domain",
                "domain-dns-broken",
                &["81.2.3.55", said],
            );
            assert_eq!(outcome.report()["verdict"], "not-ready");
            drop(named);
        }
    });
}

/// It refers to the servers that the domain has today, as a server of the zone above does.
#[test]
fn refers_to_others() {
    internet(|| {
        let world = Internet::new();
        let above = "zahnfee NS ns1.provider.net.";
        let _named = Dns::at("81.2.3.55").authoritative().and_zone("de", above);
        let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
        says(&outcome, "domain", "domain-dns-broken", &["81.2.3.55"]);
        is_never_ready(&outcome);
    });
}

#[test]
fn is_silent() {
    internet(|| {
        let world = Internet::new();
        for fqdn in [&[][..], &["--fqdn", "xphone.zahnfee.de"]] {
            let run = world.check().args(&["--authority", "81.2.3.55"]).args(fqdn);
            let outcome = run.arg("--timeout=500ms").run();
            outcome.shows("domain", "authority-unreachable", "unknown");
            says(&outcome, "domain", "authority-unreachable", &["81.2.3.55"]);
            assert_eq!(outcome.report()["verdict"], "inconclusive", "{outcome}");
        }
    });
}

#[test]
fn has_the_zone_without_the_record() {
    internet(|| {
        let world = Internet::new();
        let _named = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("zahnfee.de", &zone_with("SRV", ""));
        let outcome = world.check().args(&["--authority", "81.2.3.55"]).run();
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// The zone that it serves may begin above the domain.
#[test]
fn serves_the_zone_above() {
    internet(|| {
        let zone = "xphone.chat A 81.2.3.4\n_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat";
        let world = Internet::without_server(&zone_with("SRV", zone));
        let _server = world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start();
        let run = world.check_domain("chat.zahnfee.de");
        let outcome = run.args(&["--authority", "81.2.3.53"]).run();
        is_ready(&outcome);
    });
}
