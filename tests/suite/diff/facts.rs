//! Which fact is behind a change: a certificate, a record, the time, a decision of the user.

use serde_json::{Value, json};

use super::{behind, diff, fates, finding, said, situation, turns};
use crate::stage::{FQDN, Stage, ZONE, demanding};
use crate::world::{Authority, Identity};

/// A check with each of these certificates, and how they compare.
fn certificates(stage: &Stage, old: Identity, new: Identity) -> (i32, Value) {
    let (before, after) = (demanding(old).start(), demanding(new).start());
    let (before, after) = (stage.meets(&before), stage.meets(&after));
    diff(&before.json, &after.json)
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
    let healthy = ZONE;
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
