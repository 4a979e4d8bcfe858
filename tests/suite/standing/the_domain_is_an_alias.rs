use super::*;

const CHAT: &str = "chat CNAME shop.hoster.net.\nxphone.chat A 81.2.3.4\n";
const RECORD: &str = "_sipfederationtls._tcp.chat SRV 0 0 5061 xphone.chat\n";
const HOSTER: &str = "@ NS ns1\n@ MX 10 mx\nns1 A 81.2.3.55\nmx A 81.2.3.99\nshop A 198.51.77.7";

fn world(lines: &str) -> (Internet, Dns) {
    let world = Internet::without_server(&zone_with("SRV", lines));
    world.resolver.replace("hoster.net", HOSTER);
    let hoster = Dns::at("81.2.3.55")
        .authoritative()
        .and_zone("hoster.net", HOSTER);
    (world, hoster)
}

#[test]
fn its_records_are_in_the_zone_above_the_alias() {
    internet(|| {
        let (mut world, _hoster) = world(&format!("{CHAT}{RECORD}"));
        world.server = Some(world.tls_as("xphone.chat.zahnfee.de", "81.2.3.4").start());
        let outcome = world.check_domain("chat.zahnfee.de").run();
        outcome
            .lacks("authority-unreachable")
            .lacks("domain-dns-broken");
        assert_eq!(outcome.code, 0, "{outcome}");

        // New at the servers, and the resolver still denies it.
        let without = zone_with("SRV", CHAT);
        world.resolver.replace("zahnfee.de", &without);
        let outcome = world.check_domain("chat.zahnfee.de").run();
        outcome.shows("srv", "srv-not-yet-visible", "warn");
        assert_eq!(outcome.code, 0, "{outcome}");

        // Gone at the servers, and the resolver still has it.
        world
            .resolver
            .replace("zahnfee.de", &zone_with("SRV", &format!("{CHAT}{RECORD}")));
        world.servers(|ns| ns.replace("zahnfee.de", &without));
        let outcome = world.check_domain("chat.zahnfee.de").run();
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// The apex itself, which DNS forbids and forms allow: nothing is known of its name servers.
#[test]
fn at_the_apex() {
    internet(|| {
        use hickory_resolver::proto::rr::rdata::CNAME;
        use hickory_resolver::proto::rr::{Name, RData, Record};
        let (mut world, _hoster) = world("_sipfederationtls._tcp SRV 0 0 5061 xphone");
        world.server = Some(world.tls("81.2.3.4").start());
        let alias = Behaviour::forged(|answer| {
            let owner = answer.queries[0].name().clone();
            if owner.num_labels() != 2 {
                return;
            }
            let target = Name::from_ascii("hoster.net.").expect("a name");
            let behind: Vec<Record> = if answer.metadata.recursion_available {
                let ns = Name::from_ascii("ns1.hoster.net.").expect("a name");
                let ns = RData::NS(hickory_resolver::proto::rr::rdata::NS(ns));
                let is_ns = answer.queries[0].query_type() == RecordType::NS;
                is_ns
                    .then(|| Record::from_rdata(target.clone(), 300, ns))
                    .into_iter()
                    .collect()
            } else {
                Vec::new()
            };
            answer.authorities.clear();
            answer.answers = vec![Record::from_rdata(owner, 300, RData::CNAME(CNAME(target)))];
            answer.answers.extend(behind);
        });
        world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, alias.clone()));
        world
            .resolver
            .now("zahnfee.de", RecordType::ANY, alias.clone());
        let outcome = world.check().run();
        assert_eq!(outcome.code, 0, "{outcome}");
        // Its mail is what the alias leads to; its name servers are its own.
        assert!(!outcome.to_string().contains("ns1.hoster.net"), "{outcome}");
    });
}
