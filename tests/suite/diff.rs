//! `xfed diff` and `check --since`: what is worse, what is mended, which fact is behind it, and what
//! cannot be compared.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::derived::assert_snapshot;
use crate::stage::{FQDN, Folder, Run, Stage, demanding, file, zone_without};
use crate::world::{Authority, Identity};

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/reports");
    let mut files = Vec::new();
    for folder in [folder.clone(), folder.join("situations")] {
        let entries = std::fs::read_dir(folder).expect("the kept reports");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "json")));
    }
    assert!(files.len() >= 15, "{files:?}");
    files
}

fn situation(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/reports/situations");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("it is kept");
    serde_json::from_str(&text).expect("a document")
}

/// Exit code and what the comparison of these two documents says.
fn diff(old: &Value, new: &Value) -> (i32, Value) {
    diff_with(old, new, &[])
}

fn diff_with(old: &Value, new: &Value, args: &[&str]) -> (i32, Value) {
    let (code, text) = said(old, new, &[&["--format=json"], args].concat());
    let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (code, json)
}

fn said(old: &Value, new: &Value, args: &[&str]) -> (i32, String) {
    let old = file(&old.to_string());
    let run = Run::new("diff").arg(old.path()).arg("-").args(args);
    let (code, out, err) = run.fed(new.to_string().as_bytes()).text();
    assert_eq!(err, "");
    (code, out)
}

/// The fates of findings by their codes.
fn fates(json: &Value) -> Vec<(String, String)> {
    let findings = json["differences"][0]["findings"].as_array();
    let findings = findings.expect("findings").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    findings
        .filter(|finding| finding["fate"] != "remark")
        .map(|finding| (text(&finding["code"]), text(&finding["fate"])))
        .collect()
}

fn finding<'a>(json: &'a Value, code: &str) -> &'a Value {
    let findings = json["differences"][0]["findings"].as_array();
    let mut findings = findings.expect("findings").iter();
    findings
        .find(|finding| finding["code"] == code)
        .unwrap_or_else(|| panic!("{code} in {json:#}"))
}

/// The kinds of the facts that are behind a finding.
fn behind(json: &Value, code: &str) -> Vec<String> {
    let causes = finding(json, code)["causes"].as_array().expect("causes");
    let kind = |cause: &Value| match cause["fact"].as_u64() {
        Some(at) => {
            let at = usize::try_from(at).expect("a place");
            json["differences"][0]["facts"][at]["kind"].clone()
        }
        None => cause["kind"].clone(),
    };
    let kinds = causes.iter().map(kind);
    kinds
        .map(|kind| kind.as_str().expect("text").to_owned())
        .collect()
}

fn fact<'a>(json: &'a Value, kind: &str, about: &str) -> &'a Value {
    let facts = json["differences"][0]["facts"].as_array().expect("facts");
    let mut facts = facts.iter();
    facts
        .find(|fact| fact["kind"] == kind && fact["name"].as_str().is_none_or(|it| it == about))
        .unwrap_or_else(|| panic!("{kind} of {about} in {json:#}"))
}

fn facts_of(report: &mut Value) -> &mut Value {
    &mut report["reports"][0]["facts"]
}

#[test]
fn a_report_against_itself_is_silent() {
    for path in kept() {
        let name = path.display().to_string();
        for args in [
            &[][..],
            &["--fail-on", "any"],
            &["--redact", "--lang", "de"],
        ] {
            let run = Run::new("diff").arg(&path).arg(&path).args(args);
            let (code, out, err) = run.arg("--format=json").text();
            assert_eq!((code, err.as_str()), (0, ""), "{name}");
            let json: Value = serde_json::from_str(&out).expect("JSON");
            let (summary, differences) = (&json["summary"], &json["differences"]);
            assert_eq!(summary["same"], summary["compared"], "{name}: {out}");
            for difference in differences.as_array().expect("a list") {
                assert_eq!(difference["outcome"], "same", "{name}");
                assert_eq!(difference["facts"], json!([]), "{name}");
                assert_eq!(difference["findings"], json!([]), "{name}");
                assert_eq!(difference["before"], difference["after"], "{name}");
            }
        }
    }
}

/// A report with everything in it that differs between two checks of the same thing.
fn passing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "elapsed_us" | "elapsed_ms" | "ttl" | "negative_ttl" | "connected"
                    | "questions" => {
                        let number = value.as_u64();
                        *value = number.map_or(Value::Null, |number| json!(number / 2 + 7));
                    }
                    "soa" if value.is_array() => value[1] = json!(2_026_112_999_u32),
                    "authority" | "answers" | "endpoints" | "records" if value.is_array() => {
                        let items = value.as_array_mut().expect("a list");
                        items.reverse();
                        items.iter_mut().for_each(passing);
                    }
                    _ => passing(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(passing),
        _ => {}
    }
}

#[test]
fn what_passes_is_no_change() {
    for name in [
        "ready",
        "srv-missing",
        "servers-refuse",
        "partly-open",
        "umlauts",
    ] {
        let old = situation(name);
        let mut new = old.clone();
        passing(facts_of(&mut new));
        assert_ne!(old, new);
        let (code, json) = diff(&old, &new);
        assert_eq!(code, 0, "{name}: {json:#}");
        let difference = &json["differences"][0];
        assert_eq!(difference["facts"], json!([]), "{name}: {json:#}");
        assert_eq!(difference["findings"], json!([]), "{name}: {json:#}");
    }
}

/// Two checks of one world, one after the other, made-up names and all.
#[test]
fn two_checks_of_one_world_are_the_same() {
    for zone in ["* A 81.2.3.4\n", ""] {
        let stage = Stage::with_zone(&format!("{}{zone}", crate::stage::ZONE));
        let server = stage.server().start();
        let (first, second) = (stage.meets(&server), stage.meets(&server));
        let (code, json) = diff(&first.json, &second.json);
        assert_eq!(code, 0, "{json:#}");
        assert_eq!(json["differences"][0]["outcome"], "same", "{json:#}");
    }
}

/// A check with each of these certificates, and how they compare.
fn certificates(stage: &Stage, old: Identity, new: Identity) -> (i32, Value) {
    let (before, after) = (demanding(old).start(), demanding(new).start());
    let (before, after) = (stage.meets(&before), stage.meets(&after));
    diff(&before.json, &after.json)
}

fn turns(json: &Value) -> Vec<&str> {
    let turns = fact(json, "certificate", FQDN)["certificate"].as_array();
    let turns = turns.expect("a list").iter();
    turns.map(|turn| turn.as_str().expect("text")).collect()
}

#[test]
fn a_certificate_is_renewed_with_the_same_key_or_another() {
    let stage = Stage::new();
    let request = || stage.authority.certificate(FQDN);
    let (code, json) = certificates(
        &stage,
        request().rsa().valid(-50, 20).issue(),
        request().rsa().valid(-1, 80).issue(),
    );
    assert_eq!(turns(&json), ["renewed-with-same-key"]);
    assert_eq!(code, 0, "{json:#}");
    assert!(
        fates(&json).iter().all(|(_, fate)| fate == "mended"),
        "{json:#}"
    );
    let (code, json) = certificates(
        &stage,
        request().valid(-50, 60).issue(),
        request().valid(-1, 80).issue(),
    );
    assert_eq!((code, turns(&json)), (0, vec!["new-key"]), "{json:#}");
}

/// The old certificate was chosen again: no rule sees that in one report, as long as it is valid.
#[test]
fn a_certificate_that_went_backwards_is_worse() {
    let stage = Stage::new();
    let request = || stage.authority.certificate(FQDN).rsa();
    let old = || request().valid(-50, 60).issue();
    let new = || request().valid(-1, 80).issue();
    let (code, json) = certificates(&stage, new(), old());
    assert_eq!(code, 1, "{json:#}");
    assert_eq!(turns(&json), ["went-backwards", "renewed-with-same-key"]);
    assert_eq!(json["differences"][0]["outcome"], "worse");
    // An order that begins earlier and ends later is another order.
    let longer = request().valid(-60, 200).issue();
    let (code, json) = certificates(&stage, old(), longer);
    assert_eq!((code, turns(&json)), (0, vec!["renewed-with-same-key"]));
}

#[test]
fn issuer_names_and_purposes_of_a_certificate() {
    let stage = Stage::new();
    let request = || stage.authority.certificate(FQDN).rsa();
    let other = Authority::new("Caries Root CA");
    let foreign = other.certificate(FQDN).rsa().valid(-1, 80).issue();
    let healthy = || request().valid(-50, 60).issue();
    let (code, json) = certificates(&stage, healthy(), foreign);
    assert_eq!(code, 1, "{json:#}");
    assert!(turns(&json).contains(&"other-issuer"), "{json:#}");
    let named = request().names(&["zahnfee.de"]).valid(-1, 80).issue();
    let (code, json) = certificates(&stage, healthy(), named);
    assert_eq!(code, 1, "{json:#}");
    assert!(turns(&json).contains(&"other-names"), "{json:#}");
    assert_eq!(finding(&json, "cert-name-mismatch")["fate"], "regressed");
    assert!(behind(&json, "cert-name-mismatch").contains(&"certificate".to_owned()));
    let client = request().server_auth_only().valid(-1, 80).issue();
    let (_, json) = certificates(&stage, healthy(), client);
    assert_eq!(turns(&json)[0], "eku-lost", "{json:#}");
    assert_eq!(finding(&json, "cert-no-client-auth")["fate"], "regressed");
}

fn zones(old: &str, new: &str) -> (i32, Value) {
    let (before, after) = (Stage::with_zone(old), Stage::with_zone(new));
    let server = before.server().start();
    let check = |stage: &Stage| {
        let run = stage.check_without_roots("zahnfee.de").arg("--ca-file");
        run.arg(before.roots()).connect_to(&server).run()
    };
    let (before, after) = (check(&before), check(&after));
    // Each world has a resolver of its own, and that is the one thing to leave out here.
    let mut after = after.json.clone();
    let from = before.report()["facts"]["srv"]["lookup"]["answers"][0]["view"].to_string();
    let to = after["reports"][0]["facts"]["srv"]["lookup"]["answers"][0]["view"].to_string();
    let text = after.to_string().replace(&to, &from);
    after = serde_json::from_str(&text).expect("JSON");
    diff(&before.json, &after)
}

#[test]
fn records_are_named_by_name_and_type() {
    let healthy = crate::stage::ZONE;
    let srv = "_sipfederationtls._tcp.zahnfee.de";
    for (old, new, record, name, code) in [
        (
            "0 0 5061 xphone",
            "0 0 5060 xphone",
            "SRV",
            srv,
            Some("srv-wrong-port"),
        ),
        (
            "SRV 0 0 5061 xphone",
            "TXT gone",
            "SRV",
            srv,
            Some("srv-wrong-type"),
        ),
        ("xphone A 81.2.3.4", "xphone A 81.2.3.9", "A", FQDN, None),
        ("@ MX 10 mail", "@ MX 20 mail", "MX", "zahnfee.de", None),
        ("mail A", "@ TXT v=spf1\nmail A", "TXT", "zahnfee.de", None),
    ] {
        let (exit, json) = zones(healthy, &healthy.replace(old, new));
        let facts = json["differences"][0]["facts"].as_array().expect("facts");
        let is_named = |fact: &Value| {
            fact["kind"] == "answer" && fact["record"] == record && fact["name"] == name
        };
        let changed = facts.iter().filter(|fact| is_named(fact)).count();
        assert_eq!(changed, 1, "{new}: {json:#}");
        match code {
            Some(code) => {
                assert_eq!(exit, 1, "{new}");
                assert_eq!(finding(&json, code)["fate"], "regressed", "{json:#}");
                assert!(
                    behind(&json, code).contains(&"answer".to_owned()),
                    "{json:#}"
                );
            }
            None => assert!(fates(&json).is_empty(), "{new}: {json:#}"),
        }
    }
}

/// What is mended shows what else is wrong in the steps behind it: that is not worse than before.
#[test]
fn what_comes_to_light_is_not_worse() {
    let broken = zone_without("SRV");
    let (before, after) = (Stage::with_zone(&broken), Stage::new());
    let before = before.check().nowhere().run();
    let expired = after
        .authority
        .certificate(FQDN)
        .rsa()
        .valid(-90, -3)
        .issue();
    let after = after.meets(&demanding(expired).start());
    let mut old = before.json.clone();
    let view = |report: &Value| {
        report["reports"][0]["facts"]["zone"]["mx"]["answers"][0]["view"].to_string()
    };
    let text = old.to_string().replace(&view(&old), &view(&after.json));
    old = serde_json::from_str(&text).expect("JSON");
    let (code, json) = diff(&old, &after.json);
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(finding(&json, "srv-missing")["fate"], "mended");
    assert_eq!(finding(&json, "cert-expired")["fate"], "came-to-light");
    // The other way round, nothing is known of the certificate any more.
    let (code, json) = diff(&after.json, &old);
    assert_eq!(code, 1);
    assert_eq!(finding(&json, "srv-missing")["fate"], "regressed");
    assert_eq!(finding(&json, "cert-expired")["fate"], "out-of-sight");
}

#[test]
fn time_alone_is_named_as_the_cause() {
    let old = situation("ready");
    let mut new = old.clone();
    new["reports"][0]["terms"]["now"] = json!("2999-12-24T00:00:00Z");
    let (code, json) = diff(&old, &new);
    assert_eq!(code, 1);
    assert_eq!(json["differences"][0]["facts"], json!([]));
    assert_eq!(finding(&json, "cert-expired")["fate"], "regressed");
    assert_eq!(behind(&json, "cert-expired"), ["clock"]);
    let (_, text) = said(&old, &new, &[]);
    assert!(
        text.starts_with("zahnfee.de: ready → not ready\n"),
        "{text}"
    );
    assert!(text.contains("Cause: time."), "{text}");
}

#[test]
fn what_the_user_decides_is_named_as_the_cause() {
    let old = situation("wildcard-of-a-partner");
    let mut new = old.clone();
    new["reports"][0]["terms"]["policy"] =
        json!({"severity": {"cert-wildcard": "fail"}, "accept": []});
    let (code, json) = diff(&old, &new);
    assert_eq!(code, 1, "{json:#}");
    let turned = finding(&json, "cert-wildcard");
    assert_eq!(
        (&turned["before"], &turned["after"]),
        (&json!("warn"), &json!("fail"))
    );
    assert_eq!(behind(&json, "cert-wildcard"), ["decision"]);
    let (code, json) = diff(&new, &old);
    assert_eq!(
        (code, finding(&json, "cert-wildcard")["fate"].clone()),
        (0, json!("mended"))
    );
}

/// Whoever could not look this time has not seen it mended.
#[test]
fn what_could_not_be_tested_is_neither_mended_nor_fine() {
    let stage = Stage::new();
    let server = stage.server().start();
    let ready = stage.meets(&server);
    let run = stage.check().connect_to(&server);
    let nobody = Run::new("check").args(&["zahnfee.de", "--resolver", "127.0.0.1:1"]);
    let nobody = nobody
        .arg("--ca-file")
        .arg(stage.roots())
        .arg("--format=json");
    let nobody = nobody.connect_to(&server).run();
    drop(run);
    assert_eq!(nobody.code, 3);
    let mut unknown = nobody.json.clone();
    let view = ready.report()["facts"]["srv"]["lookup"]["answers"][0]["view"].to_string();
    let own = unknown["reports"][0]["facts"]["srv"]["lookup"]["answers"][0]["view"].to_string();
    unknown = serde_json::from_str(&unknown.to_string().replace(&own, &view)).expect("JSON");
    let (code, json) = diff(&ready.json, &unknown);
    assert_eq!(code, 3, "{json:#}");
    assert_eq!(json["differences"][0]["outcome"], "unknown");
    assert_eq!(
        finding(&json, "dns-unreachable")["fate"],
        "no-longer-tested"
    );
    let (code, json) = diff(&unknown, &ready.json);
    assert_eq!(code, 0);
    assert_eq!(finding(&json, "dns-unreachable")["fate"], "now-tested");
}

#[test]
fn what_cannot_be_compared_is_said_to_be_so() {
    let old = situation("ready");
    let changed = |path: &str, value: Value| {
        let mut new = old.clone();
        let mut at = &mut new["reports"][0];
        for part in path.split('/').skip(1) {
            at = match part.parse::<usize>() {
                Ok(place) => &mut at[place],
                Err(_) => &mut at[part],
            };
        }
        *at = value;
        new
    };
    let mut direct = changed("/terms/federation", json!("direct"));
    direct["reports"][0]["terms"]["fqdn"] = json!(FQDN);
    for (new, why) in [
        (changed("/terms/partner", json!(true)), "other-mode"),
        (direct, "other-mode"),
        (changed("/terms/family", json!("v4")), "other-family"),
        (changed("/terms/own_roots", json!(false)), "other-roots"),
        (changed("/redacted", json!(true)), "redacted"),
        (
            changed("/facts/endpoints/0/address", json!("10.0.0.5:5061")),
            "connected-elsewhere",
        ),
        (
            changed("/facts/zone/authority/given", json!(true)),
            "other-resolvers",
        ),
    ] {
        assert!(
            why != "other-roots" || old["reports"][0]["terms"]["own_roots"] == true,
            "the kept report was made with roots of its own"
        );
        let (code, json) = diff(&old, &new);
        assert_eq!(code, 3, "{why}");
        assert_eq!(json["differences"][0]["obstacle"], why);
        assert_eq!(json["differences"][0]["outcome"], "not-comparable");
        for (lang, words) in [
            ("en", "cannot be compared"),
            ("de", "kein Vergleich möglich"),
        ] {
            let (code, text) = said(&old, &new, &["--lang", lang]);
            assert_eq!(code, 3, "{why}");
            assert!(text.contains(words), "{text}");
        }
    }
    // Of both, what is local is left out.
    let redacted = changed("/redacted", json!(true));
    let (code, json) = diff_with(&old, &redacted, &["--redact"]);
    assert_eq!(code, 0, "{json:#}");
    // Nobody knows the other domain.
    let (code, json) = diff(&old, &situation("umlauts"));
    assert_eq!(code, 3);
    assert_eq!(json["differences"][0]["obstacle"], "no-earlier-report");
}

#[test]
fn any_change_can_fail_a_run() {
    let old = situation("ready");
    let mut new = old.clone();
    let mx = &mut facts_of(&mut new)["zone"]["mx"];
    for field in ["answers", "authority"] {
        for answer in mx[field].as_array_mut().expect("answers") {
            answer["outcome"]["records"]["records"][0]["data"]["mx"][0] = json!(77);
        }
    }
    for (args, expected) in [
        (&[][..], 0),
        (&["--fail-on", "fail"], 0),
        (&["--fail-on", "warn"], 0),
        (&["--fail-on", "any"], 1),
    ] {
        assert_eq!(diff_with(&old, &new, args).0, expected, "{args:?}");
    }
}

#[test]
fn both_languages_and_all_formats_say_it() {
    let (old, new) = (situation("ready"), situation("wrong-port-and-expired"));
    for (lang, first, worse, back) in [
        (
            "en",
            "zahnfee.de: ready → not ready",
            "Worse",
            "WENT BACKWARDS",
        ),
        (
            "de",
            "zahnfee.de: bereit → nicht bereit",
            "Schlechter",
            "ZURÜCKGEFALLEN",
        ),
    ] {
        let (code, table) = said(&old, &new, &["--lang", lang]);
        assert_eq!(code, 1);
        assert_eq!(table.lines().next(), Some(first));
        for words in [worse, back, "[srv-wrong-port]", "0 0 5060"] {
            assert!(table.contains(words), "{words}: {table}");
        }
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
        let (_, quiet) = said(&old, &new, &["--lang", lang, "--quiet"]);
        assert_eq!(quiet, format!("{first}\n"));
        let (_, ascii) = said(&old, &new, &["--lang", lang, "--ascii"]);
        assert!(ascii.is_ascii(), "{ascii}");
        let (code, markdown) = said(&old, &new, &["--lang", lang, "--format=markdown"]);
        assert_eq!(code, 1);
        let document = crate::document::Document::parse(&markdown);
        drop(document);
        assert!(markdown.starts_with(&format!("## {first}\n")), "{markdown}");
        assert!(markdown.contains(&format!("### {worse}\n")), "{markdown}");
        let (code, github) = said(&old, &new, &["--lang", lang, "--format=github"]);
        assert_eq!(code, 1);
        for line in github.lines() {
            let (kind, rest) = line[2..].split_once(' ').expect("a command");
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            assert!(rest.starts_with("title=") && rest.contains("::"), "{line}");
        }
        assert_eq!(github.matches("::error ").count(), 2, "{github}");
    }
}

/// Every field of the JSON is in the schema that the program prints.
#[test]
fn the_schema_of_a_comparison_names_every_field() {
    let (code, schema, _) = Run::new("schema").arg("diff").text();
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let (_, json) = diff(&situation("ready"), &situation("wrong-port-and-expired"));
    let check = |value: &Value, schema: &Value| {
        for name in value.as_object().expect("an object").keys() {
            assert!(schema["properties"].get(name).is_some(), "{name}");
        }
        for name in schema["required"].as_array().expect("required fields") {
            assert!(
                value.get(name.as_str().expect("a name")).is_some(),
                "{name}"
            );
        }
    };
    let of = |name: &str| &schema["$defs"][name];
    let difference = &json["differences"][0];
    check(&json, &schema);
    check(difference, of("JsonDifference"));
    check(&difference["before"], of("JsonSide"));
    check(&difference["findings"][0], of("JsonTurned"));
    check(&difference["findings"][0]["causes"][0], of("JsonCause"));
    check(&difference["facts"][0], of("JsonChange"));
    check(&json["summary"], of("JsonSummary"));
    check(&json["summary"]["transitions"][0], of("JsonTransition"));
    assert_snapshot!("schema_diff", format!("{schema:#}"));
}

/// The line of a report on this domain, in this situation, as `check --format jsonl` writes it.
pub fn line(domain: &str, name: &str) -> String {
    let document = situation(name);
    let report = document["reports"][0].to_string();
    let mut report: Value =
        serde_json::from_str(&report.replace("zahnfee.de", domain)).expect("JSON");
    // The certificates are still those of zahnfee.de.
    report["terms"]["policy"] = json!({
        "severity": {"cert-name-mismatch": "info", "cert-subject-differs": "info"},
        "accept": [],
    });
    json!({"schema": 1, "tool": document["tool"], "report": report}).to_string()
}

fn lines(reports: &[(&str, &str)]) -> String {
    let lines = reports
        .iter()
        .map(|(domain, name)| line(domain, name) + "\n");
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn campaigns_are_compared_line_by_line() {
    let old = lines(&[
        ("a.de", "srv-missing"),
        ("b.de", "ready"),
        ("c.de", "ready"),
        ("gone.de", "ready"),
        ("a.de", "ready"),
    ]);
    let new = lines(&[
        ("new.de", "nobody-listens"),
        ("c.de", "ready"),
        ("b.de", "nobody-listens"),
        ("a.de", "ready"),
    ]);
    let old = file(&old);
    let run = |args: &[&str]| {
        let run = Run::new("diff").arg(old.path()).arg("-").args(args);
        run.fed(new.as_bytes()).text()
    };
    let (code, out, err) = run(&["--format=json"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let json: Value = serde_json::from_str(&out).expect("JSON");
    let domains: Vec<&str> = json["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|difference| difference["domain"].as_str().expect("a domain"))
        .collect();
    // Those that are the same are only counted; the last report on a.de is the one that counts.
    assert_eq!(domains, ["new.de", "b.de"]);
    let summary = &json["summary"];
    for (name, count) in [
        ("compared", 3),
        ("worse", 1),
        ("same", 2),
        ("only_old", 1),
        ("only_new", 1),
        ("not_comparable", 0),
    ] {
        assert_eq!(summary[name], count, "{name}: {summary}");
    }
    assert_eq!(
        summary["transitions"],
        json!([
            {"before": "ready", "after": "ready", "count": 2},
            {"before": "ready", "after": "not-ready", "count": 1},
        ])
    );
    let (_, table, _) = run(&[]);
    assert!(
        table.contains("3 domains compared: 1 worse, 2 the same"),
        "{table}"
    );
    assert!(
        table.ends_with("Worse\n  b.de: ready → not ready\n"),
        "{table}"
    );
    let (_, markdown, _) = run(&["--format=markdown", "--lang=de"]);
    assert!(
        markdown.contains("| bereit | 2 | 0 | 0 | 1 |"),
        "{markdown}"
    );
}

/// A domain that is missing this time may be anything; one that is new is no news.
#[test]
fn a_domain_that_is_missing_is_not_fine() {
    let two = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let three = lines(&[("a.de", "ready"), ("b.de", "ready"), ("c.de", "ready")]);
    for (old, new, expected) in [(&three, &two, 3), (&two, &three, 0), (&two, &two, 0)] {
        let old = file(old);
        let run = Run::new("diff").arg(old.path()).arg("-");
        assert_eq!(run.fed(new.as_bytes()).text().0, expected);
    }
    // One domain alone asks for that one.
    let (old, one) = (file(&three), lines(&[("b.de", "ready")]));
    let run = Run::new("diff").arg(old.path()).arg("-");
    assert_eq!(run.fed(one.as_bytes()).text().0, 0);
}

/// Windows PowerShell writes UTF-16 where the output of a command is redirected: a line is a line there,
/// too, and is named by its number.
#[test]
fn campaigns_as_windows_saves_them() {
    let text = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let plain = file(&text);
    let torn = text[..text.len() - 9].to_owned();
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let saved = |text: &str| {
            let text = text.replace('\n', "\r\n");
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            let bytes: Vec<u8> = units.flat_map(to_bytes).collect();
            Folder::new().with("saved.jsonl", &bytes)
        };
        let (whole, torn) = (saved(&text), saved(&torn));
        let diff = |old: &Folder| {
            let run = Run::new("diff").arg(old.file("saved.jsonl"));
            run.arg(plain.path()).args(&["--format=json"]).text()
        };
        let (code, out, err) = diff(&whole);
        assert_eq!((code, err.as_str()), (0, ""));
        let json: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(json["summary"]["same"], 2);
        let (code, _, err) = diff(&torn);
        assert_eq!(code, 2);
        assert!(err.contains("line 2"), "{err}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let good = file(&situation("ready").to_string());
    let lines = lines(&[("a.de", "ready"), ("b.de", "ready")]);
    let torn = file(&lines[..lines.len() - 9]);
    let foreign = file("{}");
    let long = Path::new(crate::stage::FILES).join("no-such-report.json");
    for (old, words) in [
        (torn.path(), "line 2"),
        (foreign.path(), "no report of xfed"),
        (long.as_path(), "no-such-report.json"),
    ] {
        for run in [
            Run::new("diff").arg(old).arg(good.path()),
            Run::new("diff").arg(good.path()).arg(old),
            Run::new("check")
                .args(&["zahnfee.de", "--since"])
                .arg(old)
                .nowhere(),
        ] {
            let (code, out, err) = run.text();
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            assert!(err.contains(words), "{err}");
        }
    }
    let (code, _, err) = Run::new("diff").args(&["-", "-"]).text();
    assert_eq!(code, 2);
    assert!(err.contains("stands for both"), "{err}");
}

#[test]
fn a_check_can_be_compared_at_once() {
    let stage = Stage::new();
    let server = stage.server().start();
    let healthy = stage.meets(&server).json;
    let mut many = healthy.clone();
    let other = situation("umlauts")["reports"][0].clone();
    many["reports"].as_array_mut().expect("a list").push(other);
    let old = file(&many.to_string());
    let check = |server, format: &str| {
        let run = Run::new("check").args(&["zahnfee.de", "--resolver"]);
        let run = run.arg(stage.dns.address().to_string());
        let run = run
            .arg("--ca-file")
            .arg(stage.roots())
            .arg("--since")
            .arg(old.path());
        run.args(&["--format", format]).connect_to(server)
    };
    let (code, out, err) = check(&server, "table").text();
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("zahnfee.de: ready → ready\n"), "{out}");
    assert!(out.contains("Nothing has changed"), "{out}");
    let expired = stage
        .authority
        .certificate(FQDN)
        .rsa()
        .valid(-90, -3)
        .issue();
    let expired = demanding(expired).start();
    let report = file("");
    let run = check(&expired, "json").arg("--report");
    let run = run.arg(format!("json={}", report.path().display()));
    let (code, out, _) = run.text();
    assert_eq!(code, 1);
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(finding(&json, "cert-expired")["fate"], "regressed");
    assert!(turns(&json).contains(&"went-backwards"), "{json:#}");
    // The report itself is written all the same.
    let written = std::fs::read_to_string(report.path()).expect("it was written");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written["reports"][0]["verdict"], "not-ready");
    let (code, _, err) = check(&server, "junit").text();
    assert_eq!(code, 2);
    assert!(err.contains("table, markdown, json or github"), "{err}");
}
