//! Which variant is advised, and what is a trace of it.

use super::*;

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

#[test]
fn a_chosen_variant_wins() {
    for variant in VARIANTS {
        let wish = Wish {
            variant: Some(variant),
            ..wish()
        };
        let advice = advise(&wish, &survey());
        assert_eq!((advice.variant, advice.basis), (variant, Basis::Asked));
    }
}
