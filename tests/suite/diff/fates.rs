//! What has become of a finding: worse, mended, come to light, or not to be compared.

use serde_json::{Value, json};

use super::{diff, diff_with, facts_of, finding, said, situation};
use crate::stage::{FQDN, Run, Stage, demanding, zone_without};

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
