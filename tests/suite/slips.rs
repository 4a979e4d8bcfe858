//! What provider forms make of the right entry: the record that stands elsewhere is shown, and a
//! target that can only be a mistake is named as one.

use crate::stage::{FQDN, Outcome, Stage, ZONE, demanding, zone_without};
use crate::world::{Behaviour, Dns, Port, RecordType};

/// The zone with a domain for chat only, `chat.zahnfee.de`, whose record is given; the zone itself
/// has none.
fn with_chat(record: &str) -> Stage {
    let lines = format!("xphone.chat A 81.2.3.4\n{record}\n");
    Stage::with_zone(&format!("{}\n{lines}", zone_without("SRV")))
}

const CHAT: &str = "chat.zahnfee.de";
const CHAT_FQDN: &str = "xphone.chat.zahnfee.de";

#[track_caller]
fn shows(outcome: &Outcome, code: &str, name: &str) {
    let finding = outcome.finding("srv", code);
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains(&format!("{name}. SRV ")), "{message}");
    assert_eq!(finding["severity"], "fail");
    outcome.lacks("srv-missing");
    assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
}

/// A check of this domain, at whose server nobody listens.
fn checked(stage: &Stage, domain: &str) -> Outcome {
    let closed = Port::closed();
    let run = stage.check_domain(domain).arg("--lang=en");
    run.connect_to_address(closed.address()).run()
}

/// F13.2, 3, 5 and 7, and others of their kind.
#[test]
fn the_record_is_found_where_a_form_put_it() {
    for (owner, word) in [
        ("_sipfederationtls._tcp._tcp", "twice"),
        ("_sipfederationtls._sipfederationtls._tcp", "twice"),
        ("_sipfederationtls._tcp._sipfederationtls._tcp", "twice"),
        ("sipfederationtls_tcp", "wrong name"),
        ("sipfederationtls-tcp", "wrong name"),
        ("_sipfederationtls-tcp", "wrong name"),
        ("sipfederationtlstcp", "wrong name"),
        ("sipfederationtls", "wrong name"),
        ("_tcp", "wrong name"),
        ("_tcp._sipfederationtls", "wrong name"),
        ("__sipfederationtls._tcp", "wrong name"),
        (r"_sipfederationtls\._tcp", "wrong name"),
        (
            "_sipfederationtls._tcp.zahnfee",
            "another name than the domain",
        ),
        ("_sipfederationtls._tcp.www", "another name than the domain"),
        (
            "_sipfederationtls._tcp.mail",
            "another name than the domain",
        ),
        (
            "_sipfederationtls._tcp.xphone",
            "another name than the domain",
        ),
        ("_sips._tcp", "another service"),
        ("_sip._tcp", "another service"),
        ("_sipfederation._tcp", "another service"),
    ] {
        let stage = Stage::with_srv(&format!("{owner} SRV 0 0 5061 xphone"));
        let server = stage.server().start();
        let outcome = stage.check().arg("--lang=en").connect_to(&server).run();
        shows(&outcome, "srv-name-typo", &format!("{owner}.zahnfee.de"));
        let finding = outcome.finding("srv", "srv-name-typo");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(word), "{owner}: {message}");
        assert!(message.contains("xphone.zahnfee.de."), "{message}");
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    }
}

/// A form without fields for service and protocol.
#[test]
fn the_record_is_found_at_the_domain_itself() {
    let stage = Stage::with_srv("@ SRV 0 0 5061 xphone");
    let server = stage.server().start();
    let outcome = stage.check().arg("--lang=en").connect_to(&server).run();
    shows(&outcome, "srv-name-typo", "zahnfee.de");
    outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
}

/// F13.6
#[test]
fn the_record_is_found_below_the_given_fqdn() {
    let stage = Stage::with_srv("srv1 A 81.2.3.4\n_sipfederationtls._tcp.srv1 SRV 0 0 5061 srv1");
    let run = stage.check().args(&["--fqdn", "srv1.zahnfee.de"]);
    let closed = Port::closed();
    let outcome = run.connect_to_address(closed.address()).run();
    shows(
        &outcome,
        "srv-name-typo",
        "_sipfederationtls._tcp.srv1.zahnfee.de",
    );
}

/// F13.1 and 4: the form knows the zone, and not the domain below it.
#[test]
fn the_zone_of_the_form_is_not_the_domain() {
    for (owner, code) in [
        ("_sipfederationtls.chat._tcp", "srv-name-typo"),
        ("chat._sipfederationtls._tcp", "srv-name-typo"),
        (
            "_sipfederationtls._tcp.chat.zahnfee.de",
            "srv-owner-doubled",
        ),
        (
            "_sipfederationtls._tcp.chat.zahnfee.de.chat",
            "srv-owner-doubled",
        ),
        ("_sipfederationtls._tcp._tcp.chat", "srv-name-typo"),
    ] {
        let stage = with_chat(&format!("{owner} SRV 0 0 5061 xphone.chat"));
        let outcome = checked(&stage, CHAT);
        shows(&outcome, code, &format!("{owner}.zahnfee.de"));
        assert_eq!(outcome.report()["fqdns"], serde_json::json!([CHAT_FQDN]));
    }
    // Two labels below the zone.
    let stage = Stage::with_zone(&format!(
        "{}\n_sipfederationtls.a.chat._tcp SRV 0 0 5061 xphone",
        zone_without("SRV")
    ));
    let outcome = checked(&stage, "a.chat.zahnfee.de");
    shows(
        &outcome,
        "srv-name-typo",
        "_sipfederationtls.a.chat._tcp.zahnfee.de",
    );
}

/// F13.8: not this domain, but the one above was meant.
#[test]
fn the_domain_above_has_the_record() {
    for domain in [
        "www.zahnfee.de",
        "https://www.zahnfee.de/impressum",
        "a.www.zahnfee.de",
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\nwww A 81.2.3.9\na.www A 81.2.3.9"));
        let outcome = stage.check_domain(domain).nowhere().run();
        outcome
            .shows("domain", "domain-above-has-record", "fail")
            .lacks("srv-missing");
        let finding = outcome.finding("domain", "domain-above-has-record");
        assert_eq!(finding["args"]["parent"], "zahnfee.de");
        let fix = finding["fix"].as_str().expect("a fix");
        assert!(fix.contains("xfed check zahnfee.de"), "{fix}");
        assert!(!fix.contains("xphone.www"), "{fix}");
        outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
    }
    // Beside a domain that is Microsoft's, and beside one that offers nothing, it is as it should be.
    for above in ["100 1 5061 sipfed.online.lync.com.", "0 0 0 ."] {
        let stage = Stage::with_srv(&format!(
            "_sipfederationtls._tcp SRV {above}\nchat A 81.2.3.9"
        ));
        let outcome = stage.check_domain(CHAT).nowhere().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("domain-above-has-record");
    }
    // Whoever put a record near its place meant this domain.
    let stage = Stage::with_zone(&format!(
        "{ZONE}\nxphone.chat A 81.2.3.4\n_sipfederationtls.chat._tcp SRV 0 0 5061 xphone.chat"
    ));
    let outcome = checked(&stage, CHAT);
    outcome.lacks("domain-above-has-record");
    shows(
        &outcome,
        "srv-name-typo",
        "_sipfederationtls.chat._tcp.zahnfee.de",
    );
}

/// F13.9
#[test]
fn a_form_appends_the_zone_to_the_target() {
    for target in [
        "xphone.chat.zahnfee.de.zahnfee.de.",
        "xphone.chat.zahnfee.de.chat.zahnfee.de.",
        "xphone.chat.zahnfee.de._sipfederationtls._tcp.chat.zahnfee.de.",
    ] {
        let stage = with_chat(&format!(
            "_sipfederationtls._tcp.chat SRV 0 0 5061 {target}"
        ));
        let server = demanding(stage.authority.certificate(CHAT_FQDN).rsa().issue()).start();
        let outcome = stage.check_domain(CHAT).connect_to(&server).run();
        outcome
            .shows("srv", "srv-target-doubled", "fail")
            .lacks("fqdn-foreign-domain")
            .lacks("fqdn-not-found");
        assert_eq!(
            outcome.finding("srv", "srv-target-doubled")["args"]["meant"],
            CHAT_FQDN
        );
        outcome.stands("pass pass fail pass pass pass", "not-ready", 1);
    }
}

/// F13.10
#[test]
fn an_address_is_an_address_in_whatever_form() {
    for (target, address) in [
        ("2a02:1:2::3.", "2a02:1:2::3"),
        ("2a02:1:2::3", "2a02:1:2::3"),
        ("2A02:1:2:0:0:0:0:3.", "2a02:1:2::3"),
        ("[2a02:1:2::3].", "2a02:1:2::3"),
        ("81.2.3.4.", "81.2.3.4"),
        ("81.2.3.4", "81.2.3.4"),
        ("81.2.3.4._sipfederationtls._tcp", "81.2.3.4"),
    ] {
        let stage = Stage::with_srv(&format!("_sipfederationtls._tcp SRV 0 0 5061 {target}"));
        let outcome = stage.check().nowhere().arg("--lang=en").run();
        outcome
            .shows("srv", "srv-target-is-address", "fail")
            .lacks("srv-target-malformed");
        let finding = outcome.finding("srv", "srv-target-is-address");
        assert_eq!(finding["args"]["address"], address);
        let fix = finding["fix"].as_str().expect("a fix");
        assert!(!fix.contains("type A, value 2a02"), "{fix}");
        outcome.stands("pass skip fail skip skip skip", "not-ready", 1);
    }
    // For a domain below the zone, the zone is what the form appends.
    let stage = with_chat("_sipfederationtls._tcp.chat SRV 0 0 5061 81.2.3.4.zahnfee.de.");
    let outcome = stage.check_domain(CHAT).nowhere().run();
    outcome.shows("srv", "srv-target-is-address", "fail");
}

/// F13.11
#[test]
fn cloudflare_replaces_a_proxied_target() {
    let stage = Stage::with_zone(
        "@ MX 10 mail\nmail A 81.2.3.5\nxphone A 104.16.1.1\n\
         _dc-srv.2f3bd2a0c27a._sipfederationtls._tcp A 81.2.3.4\n\
         _sipfederationtls._tcp SRV 0 0 5061 _dc-srv.2f3bd2a0c27a._sipfederationtls._tcp",
    );
    let outcome = stage.check().nowhere().arg("--lang=en").run();
    outcome
        .shows("srv", "srv-target-proxied", "fail")
        .lacks("srv-target-malformed");
    let fix = &outcome.finding("srv", "srv-target-proxied")["fix"];
    let fix = fix.as_str().expect("a fix");
    assert!(fix.contains("DNS only"), "{fix}");
    assert!(fix.contains(FQDN), "{fix}");
    outcome.stands("pass skip fail skip skip skip", "not-ready", 1);
}

/// What only a wildcard answers was put there by nobody, wherever the wildcard stands.
#[test]
fn no_wildcard_is_a_slip() {
    for lines in [
        "www A 81.2.3.9\n*.www SRV 0 0 5061 xphone",
        "*._tcp.www SRV 0 0 5061 xphone",
        "_x._tcp TXT \"x\"\n*._tcp._tcp SRV 0 0 5061 xphone",
        "* SRV 0 0 5061 xphone\n_x._tcp TXT \"x\"",
        "zahnfee.de A 81.2.3.9\n*.zahnfee.de SRV 0 0 5061 xphone",
        "* CNAME _fed\n_fed SRV 0 0 5061 xphone\n_x._tcp TXT \"x\"",
    ] {
        let outcome = Stage::with_srv(lines).check().nowhere().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("srv-name-typo")
            .lacks("srv-owner-doubled")
            .lacks("srv-wrong-type");
        assert_eq!(outcome.code, 1, "{lines}");
    }
    // Nor is the record of the domain above, if a wildcard there gives it.
    let stage = Stage::with_srv("* SRV 0 0 5061 xphone\nwww A 81.2.3.9\n_x._tcp.www TXT \"x\"");
    let outcome = stage.check_domain("www.zahnfee.de").nowhere().run();
    outcome
        .shows("srv", "srv-missing", "fail")
        .lacks("domain-above-has-record");
}

/// A record that belongs to telephony by its port is nobody's slip, and none of them is where
/// something nearer was found.
#[test]
fn other_services_keep_their_records() {
    for lines in [
        "_sip._tcp SRV 0 0 5060 pbx\npbx A 81.2.3.9",
        "_sips._tcp SRV 0 0 5067 pbx\npbx A 81.2.3.9",
        "_xmpp-server._tcp SRV 0 0 5269 xphone",
    ] {
        let outcome = Stage::with_srv(lines).check().nowhere().run();
        outcome
            .shows("srv", "srv-missing", "fail")
            .lacks("srv-name-typo");
    }
    let both = "_sips._tcp SRV 0 0 5061 pbx\n_sipfederationtls._tls SRV 0 0 5061 xphone";
    let outcome = checked(&Stage::with_srv(both), "zahnfee.de");
    shows(
        &outcome,
        "srv-name-typo",
        "_sipfederationtls._tls.zahnfee.de",
    );
    assert_eq!(outcome.report()["fqdns"], serde_json::json!([FQDN]));
}

/// What is not answered hides nothing, and is nothing.
#[test]
fn silence_about_some_names_is_no_slip() {
    let zone = zone_without("SRV");
    let dns =
        Dns::zone("zahnfee.de", &zone).on("_tcp.zahnfee.de", RecordType::SRV, Behaviour::Normal);
    let dns = dns.on("www.zahnfee.de", RecordType::ANY, Behaviour::Silent);
    let dns = dns.on("mail.zahnfee.de", RecordType::SRV, Behaviour::Silent);
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().args(&["--timeout", "500ms"]).run();
    outcome.shows("srv", "srv-missing", "fail");
}

/// The letters came as they were typed, in UTF-8 or in Latin-1.
#[test]
fn a_target_that_was_never_encoded() {
    for letter in [r"\195\182", r"\246"] {
        let stage = Stage::with_srv(&format!(
            "_sipfederationtls._tcp SRV 0 0 5061 xph{letter}ne"
        ));
        let outcome = checked(&stage, "zahnfee.de");
        let finding = outcome.finding("srv", "srv-target-malformed");
        let message = finding["message"].as_str().expect("a text");
        assert!(
            message.contains("xn--") && !message.contains("port"),
            "{message}"
        );
        let fix = finding["fix"].as_str().expect("a text");
        assert!(
            fix.contains("SRV 0 0 5061 xn--xphne-lua.zahnfee.de."),
            "{fix}"
        );
        outcome.stands("pass skip fail skip skip skip", "not-ready", 1);
    }
}
