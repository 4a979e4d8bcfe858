//! When near misses are asked for, and who says what they are.

use super::*;

#[test]
fn near_misses_are_asked_for_only_where_the_record_is_missing() {
    let near = "_sipfederationtls.tcp.zahnfee.de";
    let stage = Stage::new();
    checked(&stage);
    assert!(!asked(&stage, near), "it is there");
    let stage = Stage::with_srv("");
    let server = stage.server().start();
    let run = stage.check().connect_to(&server);
    run.args(&["--direct", "--fqdn", FQDN]).run();
    assert!(!asked(&stage, near), "direct federation needs none");
    let stage = Stage::with_dns(Dns::zone("zahnfee.de", ZONE).on(
        "zahnfee.de",
        RecordType::SRV,
        Behaviour::Servfail,
    ));
    stage.check().nowhere().run();
    assert!(!asked(&stage, near), "nobody knows");
    let stage = Stage::with_srv("");
    stage.check().nowhere().run();
    let mut questions = stage.dns.questions();
    let count = questions.len();
    assert!(asked(&stage, near));
    assert!(count <= 54, "{count}: not much more than where it is there");
    questions.sort_by_key(|(name, kind)| (name.clone(), u16::from(*kind)));
    questions.dedup();
    assert_eq!(questions.len(), count, "none twice");
}

#[test]
fn a_server_that_is_silent_about_some_names_hides_no_other() {
    let mistyped = ZONE.replace("_sipfederationtls._tcp", "_sipfederationtls.tcp");
    let dns = Dns::zone("zahnfee.de", &mistyped).on(
        "_tls.zahnfee.de",
        RecordType::ANY,
        Behaviour::Silent,
    );
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    let run = stage.check().connect_to(&server);
    let outcome = run.args(&["--timeout", "500ms"]).run();
    outcome
        .shows("srv", "srv-name-typo", "fail")
        .stands(ONLY_THE_RECORD, "not-ready", 1);
}

/// The record is mistyped in the zone, whatever a resolver does not know of it yet.
#[test]
fn the_authority_says_what_a_near_miss_is() {
    let stage = Stage::with_srv("");
    let mistyped = ZONE.replace("_sipfederationtls._tcp", "_sipfederationtls.tcp");
    let authority = Dns::zone("zahnfee.de", &mistyped).authoritative();
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).arg("--authority");
    let outcome = run.arg(authority.address().to_string()).run();
    outcome
        .shows("srv", "srv-name-typo", "fail")
        .stands(ONLY_THE_RECORD, "not-ready", 1);
}

#[test]
fn a_near_miss_below_a_denied_domain_proves_that_it_exists() {
    let mistyped = ZONE.replace("_sipfederationtls._tcp", "_sipfederationtls.tcp");
    let dns =
        Dns::zone("zahnfee.de", &mistyped).on("zahnfee.de", RecordType::SOA, Behaviour::NxDomain);
    let outcome = checked(&Stage::with_dns(dns));
    outcome
        .shows("srv", "srv-name-typo", "fail")
        .lacks("domain-not-found")
        .stands(ONLY_THE_RECORD, "not-ready", 1);
}
