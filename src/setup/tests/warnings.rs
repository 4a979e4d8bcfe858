//! What is warned of.

use super::*;

#[test]
fn each_warning_has_its_cause() {
    fn address(text: &str) -> DnsOutcome {
        records(vec![Data::Address(text.parse().expect("an address"))])
    }
    type Change = fn(&mut Survey, &mut Wish);
    let cases: [(&str, Change); 13] = [
        ("plan-warn-microsoft", |s, _| {
            set(
                &mut s.srv[0],
                records(vec![srv(5061, "sipfed.online.lync.com")]),
            );
        }),
        ("plan-warn-tenants", |_, w| {
            w.variant = Some(Variant::TakeOver);
        }),
        ("plan-warn-tenants", |s, w| {
            set(&mut s.mx, mail("a.mx.microsoft"));
            w.variant = Some(Variant::Email);
        }),
        ("plan-warn-addresses", |_, w| w.variant = Some(Variant::Own)),
        ("plan-warn-no-mail", |s, _| set(&mut s.mx, nothing())),
        ("plan-warn-srv", |s, _| {
            set(&mut s.srv[0], records(vec![srv(5060, "xphone.zahnfee.de")]));
        }),
        ("plan-warn-fqdn-foreign", |_, w| {
            w.fqdn = Fqdn::parse("xphone.elhada.es").ok();
        }),
        ("plan-warn-fqdn-deep", |_, w| {
            w.fqdn = Fqdn::parse("a.b.zahnfee.de").ok();
        }),
        ("plan-warn-alias", |s, _| {
            set(&mut s.hosts[0], missing(Some("a.example")));
        }),
        ("plan-warn-ip", |_, w| {
            w.ip = Some(Ipv4Addr::new(10, 0, 0, 5));
        }),
        ("plan-warn-published-range", |s, _| {
            set(&mut s.hosts[0], address("10.0.0.5"));
        }),
        ("plan-warn-address", |s, w| {
            set(&mut s.hosts[0], address("81.2.3.9"));
            w.ip = Some(Ipv4Addr::new(81, 2, 3, 4));
        }),
        ("plan-warn-missing", |s, _| {
            for lookup in [&mut s.soa, &mut s.mx] {
                set(lookup, missing(None));
            }
        }),
    ];
    let plain = ids(&advise(&wish(), &survey()));
    assert_eq!(plain, ["plan-warn-change"]);
    for (number, (id, change)) in cases.into_iter().enumerate() {
        let (mut survey, mut wish) = (survey(), wish());
        change(&mut survey, &mut wish);
        let found = ids(&advise(&wish, &survey));
        assert!(found.contains(&id), "case {number}: {found:?}");
    }
}

/// Whatever variant was chosen, that the domain is not there is said, and which of the two it is.
#[test]
fn no_variant_silences_that_a_domain_is_missing() {
    let absent = |survey: &mut Survey| {
        for lookup in [&mut survey.soa, &mut survey.mx, &mut survey.txt] {
            set(lookup, missing(None));
        }
    };
    for variant in VARIANTS {
        let wish = Wish {
            variant: Some(variant),
            ..wish()
        };
        let mut survey = survey();
        absent(&mut survey);
        let advice = advise(&wish, &survey);
        assert_eq!(
            advice.missing.as_slice(),
            std::slice::from_ref(&wish.domain)
        );
        assert!(ids(&advice).contains(&"plan-warn-missing"), "{variant:?}");
    }
    // A domain of its own that is no part of the company's has to be registered.
    let elsewhere = Domain::parse("zahnfee-chat.de").expect("a domain");
    let wish = Wish {
        variant: Some(Variant::Own),
        own: Some(elsewhere.clone()),
        ..wish()
    };
    let mut found = survey();
    found.srv[1].name = elsewhere.srv_name();
    let advice = advise(&wish, &found);
    assert_eq!(advice.missing.as_slice(), std::slice::from_ref(&elsewhere));
    assert_eq!(advice.sheet.fqdn.as_str(), "xphone.zahnfee-chat.de");
    assert_eq!(advice.sheet.zone, elsewhere);
    let soa = records(vec![Data::Soa("ns1.zahnfee.de".to_owned(), 1)]);
    set(&mut found.own_soa, soa);
    assert_eq!(advise(&wish, &found).missing, []);
}
