//! By table: what DNS shows, and what is advised.

use std::net::Ipv4Addr;

use super::*;
use crate::facts::{Alias, Data, Record, RecordType, Unanswered, ViewAnswer};
use crate::model::names::Fqdn;
use crate::model::plan::View;

fn lookup(name: &str, record: RecordType, outcome: DnsOutcome) -> Lookup {
    let answer = ViewAnswer {
        disproved: None,
        view: View::System,
        server: None,
        outcome,
        elapsed_us: 1,
        internal: false,
        marks: None,
    };
    Lookup {
        answers: vec![answer],
        ..Lookup::of(name, record)
    }
}

fn records(data: Vec<Data>) -> DnsOutcome {
    let records = data.into_iter().map(|data| Record { ttl: 60, data });
    DnsOutcome::Records {
        aliases: Vec::new(),
        records: records.collect(),
    }
}

fn nothing() -> DnsOutcome {
    DnsOutcome::NoData {
        aliases: Vec::new(),
        negative_ttl: Some(300),
        zone: None,
    }
}

fn missing(target: Option<&str>) -> DnsOutcome {
    let alias = |target: &str| Alias {
        name: "autodiscover.zahnfee.de".to_owned(),
        target: target.to_owned(),
        subtree: None,
        others: Vec::new(),
    };
    DnsOutcome::NoName {
        aliases: target.map(alias).into_iter().collect(),
        negative_ttl: Some(300),
        zone: None,
    }
}

fn srv(port: u16, target: &str) -> Data {
    Data::Srv(Srv {
        priority: 0,
        weight: 0,
        port,
        target: target.to_owned(),
    })
}

fn mail(exchange: &str) -> DnsOutcome {
    records(vec![Data::Mx(10, exchange.to_owned())])
}

fn wish() -> Wish {
    Wish {
        domain: Domain::parse("zahnfee.de").expect("a domain"),
        fqdn: None,
        ip: None,
        variant: None,
        own: None,
        typed: None,
    }
}

/// Mail, and nothing else.
fn survey() -> Survey {
    use RecordType::{A, Aaaa, Caa, Mx, Soa, Srv, Txt};
    let soa = records(vec![Data::Soa("ns1.zahnfee.de".to_owned(), 1)]);
    Survey {
        soa: lookup("zahnfee.de", Soa, soa),
        mx: lookup("zahnfee.de", Mx, mail("mail.zahnfee.de")),
        txt: lookup("zahnfee.de", Txt, nothing()),
        services: vec![lookup("autodiscover.zahnfee.de", A, missing(None))],
        srv: vec![
            lookup("_sipfederationtls._tcp.zahnfee.de", Srv, missing(None)),
            lookup(
                "_sipfederationtls._tcp.xphone.zahnfee.de",
                Srv,
                missing(None),
            ),
        ],
        hosts: vec![lookup("xphone.zahnfee.de", A, missing(None))],
        hosts_v6: vec![lookup("xphone.zahnfee.de", Aaaa, missing(None))],
        caa: ["xphone.zahnfee.de", "zahnfee.de"]
            .map(|name| lookup(name, Caa, nothing()))
            .into(),
        own_soa: lookup("xphone.zahnfee.de", Soa, missing(None)),
        above: None,
        above_srv: None,
    }
}

fn set(lookup: &mut Lookup, outcome: DnsOutcome) {
    lookup.answers[0].outcome = outcome;
}

/// What shows Microsoft 365, and what only looks like it.
#[test]
fn traces_are_told_from_lookalikes() {
    let plain = "mail.zahnfee.de";
    let hoster = "autodiscover.hoster.example";
    for (exchange, proof, alias, basis) in [
        (plain, "", hoster, Basis::NoTeams),
        (
            "zahnfee-de.Mail.Protection.Outlook.com",
            "",
            hoster,
            Basis::Tenant,
        ),
        ("a.b.mx.microsoft", "", hoster, Basis::Tenant),
        (
            "mail.protection.outlook.com.example",
            "",
            hoster,
            Basis::NoTeams,
        ),
        (
            "evilmail.protection.outlook.com",
            "",
            hoster,
            Basis::NoTeams,
        ),
        ("notmx.microsoft", "", hoster, Basis::NoTeams),
        (plain, "MS=ms12345678", hoster, Basis::Tenant),
        (plain, "ms=MS1", hoster, Basis::Tenant),
        (plain, "MSé", hoster, Basis::NoTeams),
        (plain, "v=spf1 -all MS=", hoster, Basis::NoTeams),
        (plain, "", "autodiscover.outlook.com", Basis::Tenant),
        (plain, "", "webdir.online.lync.com", Basis::Tenant),
        (plain, "", "notlync.com", Basis::NoTeams),
    ] {
        let mut survey = survey();
        set(&mut survey.mx, mail(exchange));
        set(&mut survey.txt, records(vec![Data::Txt(proof.to_owned())]));
        set(&mut survey.services[0], missing(Some(alias)));
        let advice = advise(&wish(), &survey);
        assert_eq!(advice.basis, basis, "{exchange} {proof} {alias}");
        let found = advice.microsoft.expect("all was answered").len();
        assert_eq!(found, usize::from(basis == Basis::Tenant));
    }
}

/// A tenant that shows in the SRV record alone is one, too.
#[test]
fn the_srv_record_is_a_trace() {
    let mut survey = survey();
    let edge = records(vec![srv(5061, "sipfed.online.lync.com")]);
    set(&mut survey.srv[0], edge);
    let advice = advise(&wish(), &survey);
    let trace = "SRV sipfed.online.lync.com".to_owned();
    assert_eq!(advice.microsoft, Some(vec![trace]));
}

#[test]
fn the_variant_follows_what_dns_shows() {
    let to = |target: &str| records(vec![srv(5061, target)]);
    let (own, teams) = (to("xphone.zahnfee.de"), to("sipfed.online.lync.com"));
    let split = records(vec![
        srv(5061, "xphone.zahnfee.de"),
        srv(5061, "sipfed.online.lync.com"),
    ]);
    let (plain, microsoft) = (mail("mail.zahnfee.de"), mail("a.mx.microsoft"));
    for (mx, srv, variant, basis) in [
        (&plain, &missing(None), Variant::Email, Basis::NoTeams),
        (&plain, &own, Variant::Email, Basis::NoTeams),
        (&plain, &teams, Variant::Own, Basis::TeamsAnswers),
        (&plain, &split, Variant::Own, Basis::TeamsAnswers),
        (&microsoft, &missing(None), Variant::Own, Basis::Tenant),
        (&microsoft, &to("."), Variant::Own, Basis::Tenant),
        (&microsoft, &own, Variant::TakeOver, Basis::TakenOver),
        (&microsoft, &teams, Variant::Own, Basis::TeamsAnswers),
        (&mail("."), &missing(None), Variant::Email, Basis::ChatOnly),
        (&nothing(), &missing(None), Variant::Email, Basis::ChatOnly),
    ] {
        let mut survey = survey();
        set(&mut survey.mx, mx.clone());
        set(&mut survey.srv[0], srv.clone());
        let advice = advise(&wish(), &survey);
        let found = (advice.variant, advice.basis);
        assert_eq!(found, (variant, basis), "{mx:?} {srv:?}");
    }
}

#[test]
fn a_domain_that_is_not_there_is_missing_or_new() {
    for (above, variant, basis) in [
        (None, Variant::Email, Basis::Missing),
        (Some(nothing()), Variant::Email, Basis::Missing),
        (Some(mail("mail.fee.de")), Variant::Own, Basis::Beside),
    ] {
        let mut survey = survey();
        for lookup in [&mut survey.soa, &mut survey.mx, &mut survey.txt] {
            set(lookup, missing(None));
        }
        survey.above = above.map(|mx| lookup("fee.de", RecordType::Mx, mx));
        let advice = advise(&wish(), &survey);
        assert_eq!((advice.variant, advice.basis), (variant, basis));
    }
}

/// Whatever might have shown Teams and was not answered leaves it open.
#[test]
fn what_was_not_answered_is_not_taken_for_a_no() {
    for unknown in 0..4 {
        let mut survey = survey();
        let lookups = [
            &mut survey.mx,
            &mut survey.txt,
            &mut survey.services[0],
            &mut survey.srv[0],
        ];
        let lookup = lookups.into_iter().nth(unknown).expect("four");
        set(lookup, DnsOutcome::Unanswered(Unanswered::TimedOut));
        let advice = advise(&wish(), &survey);
        assert_eq!(advice.basis, Basis::Unknown, "{unknown}");
        assert!(ids(&advice).contains(&"plan-warn-unknown"));
    }
}

fn ids(advice: &Advice) -> Vec<&'static str> {
    advice.warnings.iter().map(|note| note.id).collect()
}

#[test]
fn a_chosen_variant_wins() {
    for variant in [
        Variant::Email,
        Variant::Without,
        Variant::TakeOver,
        Variant::Own,
    ] {
        let wish = Wish {
            variant: Some(variant),
            ..wish()
        };
        let advice = advise(&wish, &survey());
        assert_eq!((advice.variant, advice.basis), (variant, Basis::Asked));
    }
}

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
        (None, &["10.0.0.9"], None, None, Entry::Differs),
        (
            None,
            &["81.2.3.4", "81.2.3.5"],
            Some("81.2.3.4"),
            None,
            Entry::Differs,
        ),
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

/// Whatever variant was chosen, that the domain is not there is said, and which of the two it is.
#[test]
fn no_variant_silences_that_a_domain_is_missing() {
    let absent = |survey: &mut Survey| {
        for lookup in [&mut survey.soa, &mut survey.mx, &mut survey.txt] {
            set(lookup, missing(None));
        }
    };
    for variant in [
        Variant::Email,
        Variant::Without,
        Variant::TakeOver,
        Variant::Own,
    ] {
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
