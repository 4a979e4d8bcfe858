//! The domain, the name, the address and the zone that the records are for.

use super::*;

#[test]
fn domains_and_names_fit_each_other() {
    for (fqdn, variant, domain, name) in [
        (None, Variant::Email, "zahnfee.de", "xphone.zahnfee.de"),
        (None, Variant::Own, "xphone.zahnfee.de", "xphone.zahnfee.de"),
        (
            Some("chat.zahnfee.de"),
            Variant::Email,
            "zahnfee.de",
            "chat.zahnfee.de",
        ),
        (
            Some("chat.zahnfee.de"),
            Variant::Own,
            "chat.zahnfee.de",
            "chat.zahnfee.de",
        ),
        (
            Some("srv.chat.zahnfee.de"),
            Variant::TakeOver,
            "zahnfee.de",
            "srv.chat.zahnfee.de",
        ),
        (
            Some("srv.chat.zahnfee.de"),
            Variant::Own,
            "chat.zahnfee.de",
            "srv.chat.zahnfee.de",
        ),
        (
            Some("zahnfee.de"),
            Variant::Email,
            "zahnfee.de",
            "zahnfee.de",
        ),
        (
            Some("zahnfee.de"),
            Variant::Own,
            "xphone.zahnfee.de",
            "xphone.zahnfee.de",
        ),
        (
            Some("xphone.evilzahnfee.de"),
            Variant::Email,
            "zahnfee.de",
            "xphone.zahnfee.de",
        ),
        (
            Some("xphone.elhada.es"),
            Variant::Own,
            "xphone.zahnfee.de",
            "xphone.zahnfee.de",
        ),
    ] {
        let wish = Wish {
            fqdn: fqdn.map(|fqdn| Fqdn::parse(fqdn).expect("a host name")),
            variant: Some(variant),
            ..wish()
        };
        let sheet = advise(&wish, &survey()).sheet;
        assert_eq!(
            (sheet.domain.as_str(), sheet.fqdn.as_str()),
            (domain, name),
            "{fqdn:?}"
        );
    }
    // The name that the SRV record has already.
    let mut survey = survey();
    set(
        &mut survey.srv[0],
        records(vec![srv(5061, "chat.zahnfee.de")]),
    );
    let sheet = advise(&wish(), &survey).sheet;
    assert_eq!(
        (sheet.fqdn.as_str(), sheet.record),
        ("chat.zahnfee.de", Entry::Published)
    );
    // One that no partner accepts is no name to keep.
    for target in [
        "chat.elhada.es",
        "chat.zahnfee.de.zahnfee.de",
        "81.2.3.4",
        ".",
    ] {
        set(&mut survey.srv[0], records(vec![srv(5061, target)]));
        let sheet = advise(&wish(), &survey).sheet;
        assert_eq!(
            (sheet.fqdn.as_str(), sheet.record),
            ("xphone.zahnfee.de", Entry::Differs)
        );
    }
}

#[test]
fn addresses_are_taken_for_what_they_are() {
    for (given, published, address, lan, entry) in [
        (None, &[][..], None, None, Entry::New),
        (
            None,
            &["81.2.3.4"],
            Some("81.2.3.4"),
            None,
            Entry::Published,
        ),
        // A resolver alone may have that from an internal DNS.
        (None, &["10.0.0.9"], None, None, Entry::New),
        // Which of several is the server's is not known.
        (None, &["81.2.3.4", "81.2.3.5"], None, None, Entry::Differs),
        (Some("81.2.3.4"), &[], Some("81.2.3.4"), None, Entry::New),
        (
            Some("81.2.3.4"),
            &["81.2.3.4"],
            Some("81.2.3.4"),
            None,
            Entry::Published,
        ),
        (
            Some("81.2.3.4"),
            &["81.2.3.9"],
            Some("81.2.3.4"),
            None,
            Entry::Differs,
        ),
        (Some("10.0.0.5"), &[], None, Some("10.0.0.5"), Entry::New),
        (
            Some("10.0.0.5"),
            &["81.2.3.4"],
            Some("81.2.3.4"),
            Some("10.0.0.5"),
            Entry::Published,
        ),
        (Some("169.254.4.205"), &[], None, None, Entry::New),
    ] {
        let parsed = |text: &str| text.parse::<Ipv4Addr>().expect("an address");
        let wish = Wish {
            ip: given.map(parsed),
            ..wish()
        };
        let mut survey = survey();
        if !published.is_empty() {
            let data = published
                .iter()
                .map(|text| Data::Address(parsed(text).into()));
            set(&mut survey.hosts[0], records(data.collect()));
        }
        let sheet = advise(&wish, &survey).sheet;
        assert_eq!(
            (sheet.address, sheet.lan, sheet.a),
            (address.map(parsed), lan.map(parsed), entry),
            "{given:?} {published:?}"
        );
    }
}

#[test]
fn the_zone_is_the_one_that_answers() {
    for (zone, expected, owner) in [
        (
            Some("zahnfee.de"),
            "zahnfee.de",
            "_sipfederationtls._tcp.chat",
        ),
        // Not one that lies elsewhere, whatever a server says.
        (Some("fee.de"), "chat.zahnfee.de", "_sipfederationtls._tcp"),
        (Some("."), "chat.zahnfee.de", "_sipfederationtls._tcp"),
        (None, "chat.zahnfee.de", "_sipfederationtls._tcp"),
    ] {
        let wish = Wish {
            domain: Domain::parse("chat.zahnfee.de").expect("a domain"),
            ..wish()
        };
        let mut survey = survey();
        let outcome = DnsOutcome::NoData {
            aliases: Vec::new(),
            negative_ttl: Some(300),
            zone: zone.map(str::to_owned),
        };
        set(&mut survey.soa, outcome);
        let sheet = advise(&wish, &survey).sheet;
        assert_eq!(sheet.zone.as_str(), expected);
        assert_eq!(sheet.relative(&sheet.domain.srv_name()), owner);
    }
}

/// The name of the server is no domain: the plan is for the domain whose record leads to it.
#[test]
fn the_name_of_a_server_stands_for_the_domain_above() {
    for (target, own_record, meant) in [
        ("chat.zahnfee.de", None, Some("zahnfee.de")),
        ("chat.zahnfee.de.zahnfee.de", None, Some("zahnfee.de")),
        ("xphone.zahnfee.de", None, None),
        ("sipfed.online.lync.com", None, None),
        ("chat.zahnfee.de", Some("chat.zahnfee.de"), None),
    ] {
        let wish = Wish {
            domain: Domain::parse("chat.zahnfee.de").expect("a domain"),
            ..wish()
        };
        let mut survey = survey();
        if let Some(target) = own_record {
            set(&mut survey.srv[0], records(vec![srv(5061, target)]));
        }
        let above = records(vec![srv(5061, target)]);
        let name = "_sipfederationtls._tcp.zahnfee.de";
        survey.above_srv = Some(lookup(name, RecordType::Srv, above));
        let found = wish.for_the_domain_of(&survey);
        let named = found.as_ref().map(|wish| wish.domain.as_str());
        assert_eq!(named, meant, "{target}");
        let fqdn = found.and_then(|wish| wish.fqdn);
        assert_eq!(fqdn.is_some(), meant.is_some());
    }
}
