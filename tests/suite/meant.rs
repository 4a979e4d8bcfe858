//! What was meant: near misses of the SRV record, wildcards, and who holds the chat.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, ZONE};
use crate::world::{Behaviour, Dns, Port, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
/// Everything is in order but the record.
const ONLY_THE_RECORD: &str = "pass pass fail pass pass pass";
/// There is no record to go on with.
const NO_RECORD: &str = "pass skip fail skip skip skip";

/// Every mistyped service and protocol that is known to have been typed.
const TYPOS: [&str; 11] = [
    "sipfederationtls._tcp",
    "_sipfederationtls.tcp",
    "sipfederationtls.tcp",
    "_sipfederationtls_tcp",
    "__sipfederationtls.__tcp",
    "_sipfederationtls",
    "_sipfederationtls._tls",
    "_sipfederation._tls",
    "_sipfederationtls._udp",
    "_sip._tls",
    "_sipinternaltls._tcp",
];

#[track_caller]
fn list(outcome: &Outcome, code: &str, arg: &str) -> Vec<String> {
    let list = outcome.finding("srv", code)["args"][arg].clone();
    serde_json::from_value(list).expect("a list of names")
}

/// A check against a healthy server.
fn checked(stage: &Stage) -> Outcome {
    let server = stage.server().start();
    stage.meets(&server)
}

fn asked(stage: &Stage, name: &str) -> bool {
    stage.dns.questions().iter().any(|(asked, _)| asked == name)
}

#[test]
fn srv_name_typo() {
    for typo in TYPOS {
        let stage = Stage::with_srv(&format!("{typo} SRV 0 0 5061 xphone"));
        let outcome = checked(&stage);
        outcome
            .shows("srv", "srv-name-typo", "fail")
            .lacks("srv-missing");
        let name = format!("{typo}.zahnfee.de");
        let args = &outcome.finding("srv", "srv-name-typo")["args"];
        assert_eq!(args["name"], name.as_str());
        assert_eq!(args["wait"], 5, "the negative TTL in minutes");
        let found = list(&outcome, "srv-name-typo", "found");
        assert_eq!(found, [format!("{name}. SRV 0 0 5061 xphone.zahnfee.de.")]);
        assert_eq!(list(&outcome, "srv-name-typo", "expected"), [SRV]);
        let verify = &outcome.finding("srv", "srv-name-typo")["verify"][0];
        assert_eq!(
            *verify,
            format!("nslookup -nosearch -type=SRV {name}.").as_str()
        );
        // Its target is probed: the admin sees that only the record is wrong.
        assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
        outcome.stands(ONLY_THE_RECORD, "not-ready", 1);
    }
}

#[test]
fn srv_owner_doubled() {
    let stage = Stage::with_srv("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone");
    let outcome = checked(&stage);
    outcome
        .shows("srv", "srv-owner-doubled", "fail")
        .lacks("srv-missing")
        .lacks("srv-name-typo");
    assert_eq!(
        list(&outcome, "srv-owner-doubled", "found"),
        ["_sipfederationtls._tcp.zahnfee.de.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de."]
    );
    assert_eq!(list(&outcome, "srv-owner-doubled", "expected"), [SRV]);
    outcome.stands(ONLY_THE_RECORD, "not-ready", 1);
}

/// A form that doubles the owner doubles the target just as well.
#[test]
fn owner_and_target_doubled() {
    let stage = Stage::with_srv("_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone.zahnfee.de");
    let closed = Port::closed();
    let outcome = stage.check().connect_to_address(closed.address()).run();
    assert_eq!(list(&outcome, "srv-owner-doubled", "expected"), [SRV]);
    assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
    outcome.stands("pass pass fail fail skip skip", "not-ready", 1);
}

#[test]
fn srv_wrong_type() {
    const CANONICAL: &str = "_sipfederationtls._tcp";
    for (name, data, record, host) in [
        (
            CANONICAL,
            "TXT \"0 0 5061 srv1.zahnfee.de.\"",
            "TXT",
            "srv1",
        ),
        (CANONICAL, "TXT \"v=spf1 -all\"", "TXT", "xphone"),
        (CANONICAL, "A 81.2.3.4", "A", "xphone"),
        (CANONICAL, "CNAME srv1", "CNAME", "srv1"),
        (CANONICAL, "CNAME gone", "CNAME", "gone"),
        ("_sipfederationtls", "A 81.2.3.4", "A", "xphone"),
        ("_sipfederationtls", "TXT \"5061\"", "TXT", "xphone"),
        ("_sipfederationtls_tcp", "TXT \"5061\"", "TXT", "xphone"),
        ("_sipfederationtls_tcp", "A 81.2.3.4", "A", "xphone"),
        ("_sipfederationtls.tcp", "CNAME srv1", "CNAME", "srv1"),
    ] {
        let stage = Stage::with_srv(&format!("{name} {data}\nsrv1 A 81.2.3.4"));
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("srv", "srv-wrong-type", "fail")
            .lacks("srv-missing");
        let args = &outcome.finding("srv", "srv-wrong-type")["args"];
        assert_eq!(args["name"], format!("{name}.zahnfee.de").as_str());
        assert_eq!(args["record"], record, "{name} {data}");
        assert_eq!(
            list(&outcome, "srv-wrong-type", "expected"),
            [SRV.replace("xphone.", &format!("{host}."))]
        );
        let codes = outcome.codes();
        let count = codes.iter().filter(|code| code.starts_with("srv-")).count();
        assert_eq!(count, 1, "told once: {codes:?}");
        // The server that a text names is looked at, as with a name that is mistyped.
        if data.contains("srv1.zahnfee.de") {
            assert_eq!(
                outcome.report()["fqdns"],
                serde_json::json!(["srv1.zahnfee.de"])
            );
            outcome.stands("pass pass fail pass skip fail", "not-ready", 1);
        } else {
            outcome.stands(NO_RECORD, "not-ready", 1);
        }
    }
}

#[test]
fn an_alias_of_a_mistyped_name_that_leads_to_an_srv_record_is_a_typo() {
    let stage = Stage::with_srv("_sipfederationtls.tcp CNAME _fed\n_fed SRV 0 0 5061 xphone");
    let outcome = checked(&stage);
    outcome
        .shows("srv", "srv-name-typo", "fail")
        .lacks("srv-wrong-type")
        .stands(ONLY_THE_RECORD, "not-ready", 1);
}

#[test]
fn the_whole_record_is_expected() {
    for (record, fqdn, expected) in [
        ("10 5 5061 xphone", None, "10 5 5061 xphone"),
        ("10 5 5060 xphone", None, "0 0 5061 xphone"),
        ("5061 0 0 xphone", None, "0 0 5061 xphone"),
        ("0 0 5061 81.2.3.4.", None, "0 0 5061 xphone"),
        (
            "0 0 5061 https://xphone.zahnfee.de.",
            None,
            "0 0 5061 xphone",
        ),
        (
            "0 0 5061 other",
            Some("xphone.zahnfee.de"),
            "0 0 5061 xphone",
        ),
    ] {
        let stage = Stage::with_srv(&format!("_sipfederationtls.tcp SRV {record}"));
        let server = stage.server().start();
        let mut run = stage.check().connect_to(&server);
        if let Some(fqdn) = fqdn {
            run = run.args(&["--fqdn", fqdn]);
        }
        let outcome = run.run();
        assert_eq!(
            list(&outcome, "srv-name-typo", "expected"),
            [format!(
                "_sipfederationtls._tcp.zahnfee.de. SRV {expected}.zahnfee.de."
            )],
            "{record}"
        );
        assert_eq!(outcome.code, 1);
    }
}

/// What only a wildcard answers was put there by nobody.
#[test]
fn a_wildcard_is_no_near_miss() {
    for lines in [
        "* A 81.2.3.9",
        "* TXT \"v=spf1 -all\"",
        "* MX 10 mail",
        "* CNAME www\nwww A 81.2.3.9",
        "* CNAME gone",
        "*._tcp TXT \"anything\"",
        // Something below _tcp keeps the wildcard away from the record's own name.
        "* SRV 0 0 5061 xphone\n_other._tcp TXT \"x\"",
        "*._tcp CNAME www\nwww A 81.2.3.9\n* A 81.2.3.9",
    ] {
        let stage = Stage::with_srv(lines);
        let outcome = stage.check().nowhere().run();
        outcome.shows("srv", "srv-missing", "fail");
        for code in ["srv-name-typo", "srv-owner-doubled", "srv-wrong-type"] {
            let shown = outcome.to_string();
            assert!(!outcome.codes().contains(&code), "{lines}: {shown}");
        }
        outcome.stands(NO_RECORD, "not-ready", 1);
    }
}

#[test]
fn a_near_miss_beside_a_wildcard_is_found() {
    for lines in [
        "* A 81.2.3.9\n_sipfederationtls.tcp SRV 0 0 5061 xphone",
        "* CNAME www\nwww A 81.2.3.9\n_sipfederationtls.tcp SRV 0 0 5061 xphone",
    ] {
        let outcome = checked(&Stage::with_srv(lines));
        outcome
            .shows("srv", "srv-name-typo", "fail")
            .stands(ONLY_THE_RECORD, "not-ready", 1);
    }
    let stage = Stage::with_srv("* A 81.2.3.9\n_sipfederationtls._tcp A 81.2.3.4");
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("srv", "srv-wrong-type", "fail")
        .stands(NO_RECORD, "not-ready", 1);
}

/// Records for signing in to Microsoft stand beside many missing ones.
#[test]
fn what_signs_in_to_microsoft_was_not_meant_for_xphone() {
    for lines in [
        "_sip._tls SRV 100 1 443 sipdir.online.lync.com.",
        "_sip._tls SRV 0 0 0 .",
    ] {
        let stage = Stage::with_srv(lines);
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("srv-name-typo")
            .stands(NO_RECORD, "not-ready", 1);
    }
    // A partner at Microsoft mistyped it: their business, and the reason why they are not reached.
    let stage = Stage::with_srv("_sipfederationtls.tcp SRV 100 1 5061 sipfed.online.lync.com.");
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).arg("--partner");
    let outcome = run.run();
    outcome.shows("srv", "srv-name-typo", "fail");
    assert_eq!(outcome.code, 1);
}

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

#[test]
fn domain_is_a_host() {
    let stage = Stage::new();
    let outcome = stage.check_domain(FQDN).nowhere().run();
    let args = &outcome.finding("domain", "domain-is-a-host")["args"];
    assert_eq!(args["parent"], "zahnfee.de");
    assert_eq!(args["found"], "0 0 5061 xphone.zahnfee.de.");
    let outcome = outcome
        .shows("domain", "domain-is-a-host", "fail")
        .lacks("srv-missing");
    assert_eq!(outcome.step("srv")["needs"], "domain");
    outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
    // Partners who enter the server by hand are told the same wrong domain.
    let server = stage.server().start();
    let direct = |domain: &str| {
        let run = stage.check_domain(domain).connect_to(&server);
        run.args(&["--direct", "--fqdn", FQDN]).run()
    };
    let outcome = direct(FQDN);
    outcome.shows("domain", "domain-is-a-host", "fail");
    assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
    direct("zahnfee.de").lacks("domain-is-a-host");
    // Another name below the domain, and one whose record is there.
    for (domain, zone) in [
        ("other.zahnfee.de", format!("{ZONE}\nother A 81.2.3.6")),
        (
            FQDN,
            format!("{ZONE}\n_sipfederationtls._tcp.xphone SRV 0 0 5061 xphone"),
        ),
    ] {
        let stage = Stage::with_zone(&zone);
        let server = stage.server().start();
        let run = stage.check_domain(domain).connect_to(&server);
        run.run().lacks("domain-is-a-host");
    }
}

#[test]
fn domain_wildcard_dns() {
    for (lines, answer) in [
        ("* A 81.2.3.9", "81.2.3.9"),
        ("* CNAME www\nwww A 81.2.3.9", "CNAME www.zahnfee.de"),
        ("* CNAME gone", "CNAME gone.zahnfee.de"),
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        let outcome = checked(&stage);
        let args = &outcome.finding("domain", "domain-wildcard-dns")["args"];
        assert_eq!(args["answer"], serde_json::json!([answer]));
        outcome
            .shows("domain", "domain-wildcard-dns", "info")
            .lacks("address-from-wildcard")
            .stands(ALL_PASS, "ready", 0);
    }
    for lines in ["", "* TXT \"v=spf1 -all\"", "*.sub A 81.2.3.9"] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        checked(&stage).lacks("domain-wildcard-dns");
    }
}

/// Some resolvers answer for names that do not exist, with their operator's advertisements.
#[test]
fn a_resolver_that_invents_answers_makes_no_wildcard() {
    let stage = Stage::with_zone(&format!("{ZONE}\n* A 81.2.3.9"));
    let authority = Dns::zone("zahnfee.de", ZONE);
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).arg("--authority");
    let outcome = run.arg(authority.address().to_string()).run();
    outcome
        .lacks("domain-wildcard-dns")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn address_from_wildcard() {
    for (zone, found) in [
        ("* A 81.2.3.4", true),
        ("* CNAME www\nwww A 81.2.3.4", true),
        // A record of its own, with the same address and with another one.
        ("* A 81.2.3.4\nxphone A 81.2.3.4", false),
        ("* A 81.2.3.9\nxphone A 81.2.3.4", false),
    ] {
        let stage = Stage::with_zone(&format!(
            "@ MX 10 mail\nmail A 81.2.3.5\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n{zone}"
        ));
        let outcome = checked(&stage);
        outcome.shows("domain", "domain-wildcard-dns", "info");
        if found {
            let args = &outcome.finding("address", "address-from-wildcard")["args"];
            assert_eq!(args["fqdn"], FQDN);
            assert_eq!(args["addresses"], serde_json::json!(["81.2.3.4"]));
            outcome
                .shows("address", "address-from-wildcard", "warn")
                .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
        } else {
            outcome
                .lacks("address-from-wildcard")
                .stands(ALL_PASS, "ready", 0);
        }
    }
}

#[test]
fn the_domain_itself_is_from_no_wildcard() {
    let stage = Stage::with_zone(
        "@ MX 10 mail\n@ A 81.2.3.4\n* A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 @",
    );
    let server =
        crate::stage::demanding(stage.authority.certificate("zahnfee.de").rsa().issue()).start();
    stage
        .meets(&server)
        .lacks("address-from-wildcard")
        .stands(ALL_PASS, "ready", 0);
}

const TRACES: [(&str, &str); 5] = [
    (
        "@ MX 0 zahnfee-de.mail.protection.outlook.com.",
        "MX zahnfee-de.mail.protection.outlook.com",
    ),
    (
        "@ MX 0 zahnfee-de.a-v1.mx.microsoft.",
        "MX zahnfee-de.a-v1.mx.microsoft",
    ),
    ("@ TXT \"MS=ms12345678\"", "TXT MS=ms12345678"),
    (
        "autodiscover CNAME autodiscover.outlook.com.",
        "autodiscover CNAME autodiscover.outlook.com",
    ),
    (
        "lyncdiscover CNAME webdir.online.lync.com.",
        "lyncdiscover CNAME webdir.online.lync.com",
    ),
];

#[test]
fn domain_microsoft_tenant() {
    for (lines, trace) in TRACES {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        let server = stage.server().start();
        let outcome = stage.meets(&server);
        let args = &outcome.finding("domain", "domain-microsoft-tenant")["args"];
        assert_eq!(args["traces"], serde_json::json!([trace]));
        outcome
            .shows("domain", "domain-microsoft-tenant", "warn")
            .stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        // Theirs to mend, not ours.
        let run = stage.check().connect_to(&server).arg("--partner");
        let outcome = run.run();
        outcome
            .shows("domain", "domain-microsoft-tenant", "info")
            .stands(ALL_PASS, "ready", 0);
        // Direct federation does without the record that could be ignored.
        let run = stage.check().connect_to(&server).arg("--direct");
        let outcome = run.args(&["--fqdn", FQDN]).run();
        assert_eq!(outcome.code, 0);
        outcome.lacks("domain-microsoft-tenant");
    }
}

#[test]
fn a_domain_without_traces_belongs_to_no_tenant() {
    for lines in [
        "@ TXT \"v=spf1 include:spf.protection.outlook.com -all\"",
        "@ MX 0 mail.notmx.microsoft.evil.example.",
        "autodiscover CNAME mail",
        "autodiscover A 81.2.3.5",
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        checked(&stage)
            .lacks("domain-microsoft-tenant")
            .stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn a_tenant_that_answers_or_a_missing_record_shadows_nothing() {
    for srv in [
        "",
        "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
    ] {
        let stage = Stage::with_srv(&format!("{srv}\n@ TXT \"MS=ms12345678\""));
        let outcome = stage.check().nowhere().run();
        outcome
            .lacks("domain-microsoft-tenant")
            .stands(NO_RECORD, "not-ready", 1);
    }
}

/// Where --connect-to leads says nothing of the proxy. (The finding itself needs a network of its
/// own: `real_peers`.)
#[test]
fn a_web_proxy_is_not_judged_by_a_connection_elsewhere() {
    let closed = Port::closed();
    let stage = Stage::with_zone(&ZONE.replace("81.2.3.4", "104.16.1.2"));
    let run = stage.check().connect("104.16.1.2", closed.address());
    let outcome = run.run();
    outcome
        .shows("tcp", "tcp-refused", "fail")
        .lacks("address-behind-cdn")
        .stands("pass pass pass fail skip skip", "not-ready", 1);
}
