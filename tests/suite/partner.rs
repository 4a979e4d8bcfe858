//! The partner view: what is wrong over there is told to the partner, what is wrong here to us, and
//! nothing speaks of an XPhone server of one's own. That no text of it can, in any variant, is proved
//! where the texts are (`text::tests`).

use crate::stage::{Outcome, Run, Stage, ZONE, demanding, zone_without};
use crate::world::{Dns, Port};

/// What belongs to our own server.
const OWN: [&str; 6] = [
    "XPhone administration",
    "XPhone-Administration",
    "XPhone server",
    "XPhone-Server",
    "port forward",
    "Port-Forwarding",
];

/// What a report says of every finding, in both languages, as one text each.
#[track_caller]
fn told(run: impl Fn() -> Run) -> [(Outcome, String); 2] {
    ["en", "de"].map(|lang| {
        let outcome = run().args(&["--partner", "--lang", lang]).run();
        let rows = outcome.report()["steps"].as_array().expect("steps");
        let findings = rows
            .iter()
            .flat_map(|row| row["findings"].as_array().expect("findings"));
        let said = findings.map(|finding| {
            let parts = ["headline", "message", "fix"].map(|part| finding[part].to_string());
            parts.join("\n")
        });
        let text = said.collect::<Vec<_>>().join("\n");
        for words in OWN {
            assert!(!text.contains(words), "{words} in {text}");
        }
        (outcome, text)
    })
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text}");
    }
}

fn fix(outcome: &Outcome, step: &str, code: &str) -> String {
    let fix = &outcome.finding(step, code)["fix"];
    fix.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_partner_without_a_record() {
    let stage = Stage::with_zone(&zone_without("SRV"));
    let [(english, _), (german, _)] = told(|| stage.check().nowhere());
    let fix_in = |outcome: &Outcome| fix(outcome, "srv", "srv-missing");
    let words = [
        "Partner: Create in public DNS",
        "XPhone admin: If the partner",
    ];
    says(&fix_in(&english), &words);
    let words = [
        "Gegenseite: Im öffentlichen DNS",
        "XPhone-Admin: Kommt die Gegenseite",
    ];
    says(&fix_in(&german), &words);
    for outcome in [&english, &german] {
        let direct = "xfed check zahnfee.de --partner --direct --fqdn <FQDN>";
        says(&fix_in(outcome), &[direct, "SRV 0 0 5061 <FQDN"]);
        // A name below their domain is theirs to choose.
        assert!(!fix_in(outcome).contains("xphone.zahnfee.de"), "{outcome}");
        let owners = &outcome.finding("srv", "srv-missing")["owners"];
        assert_eq!(*owners, serde_json::json!(["partner", "xphone-admin"]));
    }
}

#[test]
fn a_partner_whose_certificate_has_expired() {
    let stage = Stage::new();
    let certificate = stage.authority.certificate("xphone.zahnfee.de").rsa();
    let server = demanding(certificate.valid(-100, -3).issue()).start();
    let [(english, _), (german, _)] = told(|| stage.check().connect_to(&server));
    let fix_in = |outcome: &Outcome| fix(outcome, "certificate", "cert-expired");
    says(&fix_in(&english), &["Partner: "]);
    says(&fix_in(&german), &["Gegenseite: "]);
}

#[test]
fn a_partner_whose_port_is_closed() {
    let stage = Stage::new();
    let closed = Port::closed();
    let at = closed.address();
    let [(english, _), (german, _)] = told(|| stage.check().connect_to_address(at));
    let fix_in = |outcome: &Outcome| fix(outcome, "tcp", "tcp-refused");
    says(&fix_in(&english), &["Partner: Switch on federation"]);
    says(&fix_in(&german), &["Gegenseite: Federation einschalten"]);
    let owners = &english.finding("tcp", "tcp-refused")["owners"];
    assert_eq!(*owners, serde_json::json!(["partner"]));
}

/// Our own way out comes first, and with whom to compare it.
#[cfg(target_os = "linux")]
#[test]
fn a_partner_who_does_not_answer() {
    let stage = Stage::new();
    let filtered = Port::filtered();
    let at = filtered.address();
    let run = || stage.check().connect_to_address(at);
    let [(english, _), (german, _)] = told(|| run().args(&["--timeout", "400ms"]));
    let control = "--partner --control sipfed.online.lync.com:5061";
    let fix_in = |outcome: &Outcome| fix(outcome, "tcp", "tcp-filtered");
    says(
        &fix_in(&english),
        &["Internal IT: First", control, "Partner: "],
    );
    says(
        &fix_in(&german),
        &["Interne IT: Zuerst", control, "Gegenseite: "],
    );
}

/// Nobody has to rename Microsoft's host.
#[test]
fn a_partner_on_teams() {
    let zone = "@ MX 10 mail\nmail A 81.2.3.9\n\
                _sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.";
    let dns = Dns::zone("toothfairy.uk", zone);
    let dns = dns.and_zone("lync.com", "sipfed.online A 52.112.127.17");
    let stage = Stage::with_dns(dns);
    let server = stage
        .authority
        .certificate("sipfed.online.lync.com")
        .rsa()
        .issue();
    let server = demanding(server).start();
    let run = || stage.check_domain("toothfairy.uk").connect_to(&server);
    let [(english, en), (german, de)] = told(run);
    for (outcome, text) in [(&english, &en), (&german, &de)] {
        outcome.shows("srv", "srv-points-to-microsoft", "info");
        outcome.shows("address", "fqdn-foreign-domain", "info");
        assert_eq!(fix(outcome, "address", "fqdn-foreign-domain"), "");
        assert!(!text.contains("xphone.toothfairy.uk."), "{text}");
    }
    let fix_in = |outcome: &Outcome| fix(outcome, "srv", "srv-points-to-microsoft");
    says(
        &fix_in(&english),
        &["Nothing has to be changed", "Teams admin"],
    );
    says(&fix_in(&german), &["Zu ändern ist nichts", "Teams-Admin"]);
}

/// Nobody but Microsoft enters anything for a name of Microsoft's.
#[test]
fn a_name_of_microsoft_that_the_resolver_does_not_give() {
    for (records, code) in [
        ("x A 52.112.127.17", "fqdn-not-found"),
        ("sipfed.online TXT x", "fqdn-no-a-record"),
    ] {
        let zone = "@ MX 10 mail\nmail A 81.2.3.9\n\
                    _sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.";
        let dns = Dns::zone("toothfairy.uk", zone).and_zone("lync.com", records);
        let stage = Stage::with_dns(dns);
        let [(english, en), (german, de)] = told(|| stage.check_domain("toothfairy.uk").nowhere());
        for (outcome, text, words) in [
            (&english, &en, "letter by letter"),
            (&german, &de, "Zeichen für Zeichen"),
        ] {
            outcome.shows("address", code, "fail");
            says(&fix(outcome, "address", code), &[words]);
            assert!(!text.contains("sipfed.online.lync.com. A "), "{text}");
        }
    }
}

/// What was typed is ours.
#[test]
fn the_name_of_a_server_for_a_domain() {
    let stage = Stage::new();
    let run = || stage.check_domain("xphone.zahnfee.de").nowhere();
    let [(english, _), (german, _)] = told(run);
    for outcome in [&english, &german] {
        let finding = outcome.finding("domain", "domain-is-a-host");
        assert_eq!(finding["owners"], serde_json::json!(["xphone-admin"]));
        let fix = fix(outcome, "domain", "domain-is-a-host");
        says(&fix, &["xfed check zahnfee.de --partner"]);
    }
}

const ACCOUNT: &str = "svc-xphone";

/// Whose way out was tested stands in every format that says how the report came about.
#[test]
fn the_account_that_the_way_out_was_tested_under() {
    let stage = Stage::new();
    let server = stage.server().start();
    let check = |args: &[&str]| {
        let run = stage.check().connect_to(&server).args(args);
        run.env("USER", ACCOUNT).env("USERNAME", ACCOUNT)
    };
    let outcome = check(&["--partner"]).run();
    let here = &outcome.report()["facts"]["here"];
    let account = here["account"].as_str().expect("an account");
    let machine = here["machine"].as_str().expect("a machine").to_owned();
    assert!(account.ends_with(ACCOUNT), "{here}");
    let saved = outcome.json.to_string();
    for format in ["table", "markdown", "html"] {
        for (lang, words) in [("en", "under the account"), ("de", "unter dem Konto")] {
            let replay = || {
                let args = ["-", "--lang", lang, "--format", format];
                Run::new("replay").args(&args).fed(saved.as_bytes())
            };
            let (_, text, _) = replay().text();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            says(&text, &[words, ACCOUNT, &machine]);
            // Services have no name in their environment; the rest is said.
            let mut nameless = outcome.json.clone();
            nameless["reports"][0]["facts"]["here"]["account"] = serde_json::Value::Null;
            let args = ["-", "--lang", lang, "--format", format];
            let nameless = Run::new("replay")
                .args(&args)
                .fed(nameless.to_string().as_bytes());
            let (_, text, _) = nameless.text();
            says(&text, &[&machine]);
            assert!(!text.contains(words), "{text}");
            let (_, redacted, _) = replay().arg("--redact").text();
            for local in [words, ACCOUNT] {
                assert!(!redacted.contains(local), "{local} in {redacted}");
            }
        }
    }
    let replay = Run::new("replay").args(&["-", "--redact", "--format=json"]);
    let redacted = replay.fed(saved.as_bytes()).run();
    assert!(!redacted.json.to_string().contains(ACCOUNT), "{redacted}");
    assert_eq!(redacted.report()["verdict"], outcome.report()["verdict"]);
    // Who looks at a domain of their own is nobody's business.
    let own = check(&[]).run();
    assert!(own.report()["facts"]["here"].is_null(), "{own}");
    assert!(!own.json.to_string().contains(ACCOUNT), "{own}");
}

/// The world in which nothing is wrong says nothing of our server either.
#[test]
fn a_partner_who_is_reached() {
    let stage = Stage::with_zone(ZONE);
    let server = stage.server().start();
    for (outcome, _) in told(|| stage.check().connect_to(&server)) {
        assert_eq!(outcome.code, 0, "{outcome}");
    }
}
