use super::*;

const ALIAS: &str = "xphone CNAME buero.dyn.example.";

fn world(resolver: &str) -> Internet {
    let world = Internet::with_zone(&zone_with("xphone A", ALIAS));
    world
        .resolver
        .replace("dyn.example", &format!("buero A {resolver}"));
    world
}

/// RFC 6604: the code is that of the last name, of which these servers know nothing.
#[test]
fn what_its_servers_say_of_the_target_is_not_believed() {
    internet(|| {
        let denied = Behaviour::forged(|answer| {
            if !answer.answers.is_empty() {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
        });
        let world = world("81.2.3.4");
        world.servers(|ns| ns.now("xphone.zahnfee.de", RecordType::ANY, denied.clone()));
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.lacks("fqdn-not-found").lacks("address-stale");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn a_stray_copy_of_the_other_zone_is_not_believed() {
    internet(|| {
        let right = world("81.2.3.4");
        right.servers(|ns| ns.replace("dyn.example", "buero A 198.51.77.7"));
        let outcome = right.check().run();
        outcome.lacks("address-stale").lacks("tcp-refused");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn nor_where_it_would_be_welcome() {
    internet(|| {
        let wrong = world("198.51.77.7");
        wrong.servers(|ns| ns.replace("dyn.example", "buero A 81.2.3.4"));
        let outcome = wrong.check().run();
        outcome.shows("tcp", "tcp-refused", "fail");
    });
}

/// The owner of the other zone is asked, not the resolver's memory.
#[test]
fn the_other_zone_is_asked() {
    internet(|| {
        let dynamic = |address: &str| format!("@ NS ns3.provider.net.\nbuero A {address}");
        let world = world("198.51.77.7");
        world
            .resolver
            .replace("dyn.example", &dynamic("198.51.77.7"));
        let _owner = Dns::at("81.2.3.55")
            .authoritative()
            .and_zone("dyn.example", &dynamic("81.2.3.4"));
        let outcome = world.check().run();
        outcome.shows("address", "address-stale", "warn");
        outcome.lacks("tcp-refused");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}

#[test]
fn within_the_zone_it_is_followed() {
    internet(|| {
        let lines = "xphone CNAME Buero\nbuero A 81.2.3.4\n\
                     _sipfederationtls._tcp CNAME _sip.chat\n_sip.chat SRV 0 0 5061 xphone";
        let world =
            Internet::with_zone(&zone_with("5061", lines).replace("xphone A 81.2.3.4\n", ""));
        let outcome = world.check().run();
        outcome.shows("address", "address-alias", "warn");
        outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    });
}
