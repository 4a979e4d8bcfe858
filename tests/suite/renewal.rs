//! `xfed check --renewal`: whether the next renewal of the certificate can work. Never a matter of the
//! verdict.

use serde_json::{Value, json};

use crate::stage::{ALL_PASS, FQDN, Outcome, Run, Stage};

/// What was found about the renewal.
pub(crate) struct Renewal {
    findings: Vec<Value>,
    outcome: Outcome,
}

impl Renewal {
    pub(crate) fn of(outcome: Outcome) -> Self {
        let findings = outcome.report()["renewal"].as_array();
        Self {
            findings: findings.expect("it was asked for").clone(),
            outcome,
        }
    }

    /// Asserts that this was found, with this weight, and that the message says this.
    #[track_caller]
    pub(crate) fn shows(&self, said: &str, code: &str, severity: &str) -> &Self {
        let mut findings = self.findings.iter();
        let found = findings.find(|finding| finding["code"] == code);
        let found = found.unwrap_or_else(|| panic!("no {code}: {:?}", self.findings));
        assert_eq!(found["severity"], severity, "{found}");
        let message = found["message"].as_str().expect("text");
        assert!(message.contains(said), "no {said:?} in: {message}");
        self
    }

    #[track_caller]
    fn only(&self, code: &str) {
        let codes: Vec<&Value> = self.findings.iter().map(|one| &one["code"]).collect();
        assert_eq!(codes, [code]);
    }
}

/// The report of a healthy domain, as it was saved.
fn saved() -> Value {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(outcome.report()["renewal"], Value::Null, "nobody asked");
    outcome.json
}

/// The same, had it seen this of the renewal; judged again.
fn judged(saved: &Value, caa: &Value, visits: &Value) -> Renewal {
    let mut report = saved.clone();
    let names = [FQDN, "zahnfee.de"];
    let lookups: Vec<Value> = names
        .iter()
        .map(|name| {
            let records = caa.get(name).cloned().unwrap_or(json!({"no-data": {"aliases": [], "negative_ttl": 60}}));
            json!({"name": name, "record": "CAA", "answers": [{
                "view": {"resolver": "9.9.9.9:53"}, "server": "9.9.9.9:53", "outcome": records, "elapsed_us": 1,
            }]})
        })
        .collect();
    report["reports"][0]["facts"]["renewal"] = json!({"servers": [{
        "fqdn": FQDN, "caa": lookups, "visits": visits,
    }]});
    let run = Run::new("replay").args(&["-", "--format=json"]);
    let outcome = run.fed(report.to_string().as_bytes()).run();
    outcome.stands(ALL_PASS, "ready", 0);
    Renewal::of(outcome)
}

fn visit(published: &str, outcome: &Value) -> Value {
    let address = if published.contains(':') {
        format!("[{published}]:80")
    } else {
        format!("{published}:80")
    };
    json!({"published": published, "address": address, "outcome": outcome})
}

fn answered(status: u16, server: &str) -> Value {
    json!({"answered": {"status": status, "server": server, "location": null}})
}

fn sends_to(location: &str) -> Value {
    json!({"answered": {"status": 301, "server": null, "location": location}})
}

const V4: &str = "81.2.3.4";
const V6: &str = "2a02:1:2::3";

#[test]
fn what_answers_on_port_80() {
    let saved = saved();
    let meets = |outcome: Value| judged(&saved, &json!({}), &json!([visit(V4, &outcome)]));
    let iis = answered(404, "Microsoft-IIS/10.0");
    let right = meets(iis);
    right
        .shows("(Microsoft-IIS/10.0)", "renewal-answered", "info")
        .only("renewal-answered");
    for (outcome, said, code, severity) in [
        (
            json!({"not-connected": {"timed-out": 5000}}),
            "does not answer in time",
            "filtered",
            "warn",
        ),
        (
            json!({"not-connected": "unreachable"}),
            "a router on the way",
            "filtered",
            "warn",
        ),
        (
            json!({"not-connected": "refused"}),
            "nobody listens there",
            "closed",
            "unknown",
        ),
        (
            json!({"not-connected": "no-route"}),
            "could not be tested",
            "untested",
            "unknown",
        ),
        (json!("silent"), "no answer follows", "not-http", "warn"),
        (
            json!("closed"),
            "closed without an answer",
            "not-http",
            "warn",
        ),
        (
            json!({"not-http": b"SSH-2.0-OpenSSH_9\r\n".to_vec()}),
            "SSH-2.0-OpenSSH_9",
            "not-http",
            "warn",
        ),
        (
            answered(200, "nginx"),
            "with status 200 (nginx)",
            "anything",
            "warn",
        ),
        (
            answered(401, "nginx"),
            "with status 401 (nginx)",
            "refused",
            "warn",
        ),
        (answered(503, "nginx"), "with status 503", "refused", "warn"),
        (
            answered(200, "AVM FRITZ!Box"),
            "another device answers: AVM FRITZ!Box",
            "device",
            "warn",
        ),
        (
            sends_to("https://www.zahnfee.de/"),
            "to another host: www.zahnfee.de",
            "away",
            "warn",
        ),
        (
            sends_to("http://192.168.1.1/login"),
            "where no CA follows",
            "away",
            "warn",
        ),
        (sends_to("/new"), "within the same name", "answered", "info"),
        (json!("not-public"), "not public", "untested", "unknown"),
        (json!("left-out"), "--connect-to", "untested", "unknown"),
    ] {
        let renewal = meets(outcome.clone());
        let shown = match code {
            "filtered" => renewal.shows(said, "renewal-port-filtered", severity),
            "closed" => renewal.shows(said, "renewal-port-closed", severity),
            "not-http" => renewal.shows(said, "renewal-not-http", severity),
            "anything" => renewal.shows(said, "renewal-answers-anything", severity),
            "refused" => renewal.shows(said, "renewal-refused", severity),
            "device" => renewal.shows(said, "renewal-other-device", severity),
            "away" => renewal.shows(said, "renewal-redirected-away", severity),
            "answered" => renewal.shows(said, "renewal-answered", severity),
            "untested" => renewal.shows(said, "renewal-untested", severity),
            other => panic!("{other}"),
        };
        assert_eq!(shown.findings.len(), 1, "{outcome}");
    }
}

/// Where half of the world sends to.
#[test]
fn https_of_the_same_name() {
    let saved = saved();
    for (tcp, code, said) in [
        (json!({"connected": 1}), "answered", "port 443 is open, too"),
        (json!("refused"), "away", "where port 443 does not answer"),
    ] {
        let mut visit = visit(V4, &sends_to("https://xphone.zahnfee.de/x"));
        visit["https"] = tcp;
        let renewal = judged(&saved, &json!({}), &json!([visit]));
        if code == "away" {
            renewal.shows(said, "renewal-redirected-away", "warn");
        } else {
            renewal.shows(said, "renewal-answered", "info");
        }
    }
    let nowhere = judged(&saved, &json!({}), &json!([]));
    nowhere.shows("has no address", "renewal-untested", "unknown");
}

/// CAs ask by IPv6 first.
#[test]
fn both_families_lead_to_one_machine() {
    let saved = saved();
    let meets = |v6: Value| {
        let v4 = visit(V4, &answered(404, "Microsoft-IIS/10.0"));
        judged(&saved, &json!({}), &json!([v4, visit(V6, &v6)]))
    };
    let dead = meets(json!({"not-connected": {"timed-out": 5000}}));
    dead.shows("does not answer", "renewal-ipv6-dead", "warn")
        .shows("as it should", "renewal-answered", "info");
    let other = meets(answered(404, "nginx"));
    other.shows("answers otherwise", "renewal-ipv6-differs", "warn");
    let same = meets(answered(404, "Microsoft-IIS/10.0"));
    assert_eq!(same.findings.len(), 2);
    same.shows(V4, "renewal-answered", "info");
    let here = meets(json!({"not-connected": "no-route"}));
    here.shows("This machine has no IPv6", "renewal-untested", "unknown");
}

fn caa(records: &[(bool, &str, &str)]) -> Value {
    let records: Vec<Value> = records
        .iter()
        .map(|(critical, tag, value)| {
            json!({"ttl": 60, "data": {"caa": {"critical": critical, "tag": tag, "value": value}}})
        })
        .collect();
    json!({"records": {"aliases": [], "records": records}})
}

#[test]
fn who_may_issue() {
    let saved = saved();
    let meets = |caa: Value| {
        let visits = json!([visit(V4, &answered(404, "nginx"))]);
        judged(&saved, &caa, &visits)
    };
    let issue = |value| caa(&[(false, "issue", value)]);
    for fine in [
        json!({}),
        json!({"zahnfee.de": issue("letsencrypt.org")}),
        json!({"zahnfee.de": issue("letsencrypt.org; validationmethods=http-01,dns-01")}),
        json!({"zahnfee.de": caa(&[(false, "issuewild", ";"), (true, "iodef", "mailto:a@b.de")])}),
        // The nearest counts.
        json!({FQDN: issue("letsencrypt.org"), "zahnfee.de": issue("digicert.com")}),
    ] {
        meets(fine).only("renewal-answered");
    }
    meets(json!({"zahnfee.de": issue("digicert.com")})).shows(
        "at zahnfee.de lets only these CAs issue: digicert.com",
        "renewal-caa-forbids",
        "warn",
    );
    meets(json!({FQDN: issue("sectigo.com"), "zahnfee.de": issue("letsencrypt.org")})).shows(
        "at xphone.zahnfee.de lets only these CAs issue: sectigo.com",
        "renewal-caa-forbids",
        "warn",
    );
    meets(json!({"zahnfee.de": issue(";")})).shows(
        "lets no CA issue",
        "renewal-caa-forbids",
        "warn",
    );
    meets(json!({"zahnfee.de": caa(&[(true, "tooth", "x"), (false, "issue", "letsencrypt.org")])}))
        .shows(
            "(\"tooth\", marked as critical)",
            "renewal-caa-forbids",
            "warn",
        );
    meets(json!({"zahnfee.de": issue("letsencrypt.org; validationmethods=dns-01")})).shows(
        "only after validation by dns-01",
        "renewal-caa-method",
        "warn",
    );
    meets(json!({"zahnfee.de": issue("letsencrypt.org; accounturi=https://acme.example/acct/7")}))
        .shows("https://acme.example/acct/7", "renewal-caa-bound", "info");
    let failed = json!({"failed": {"rcode": "SERVFAIL", "extended": []}});
    meets(json!({"zahnfee.de": failed})).shows("CAA of zahnfee.de", "renewal-dns-fails", "warn");
    let silent = json!({"unanswered": "timed-out"});
    meets(json!({FQDN: silent})).shows("could not be found out", "renewal-untested", "unknown");
}

/// In every format that has room for it, below the steps, in both languages.
#[test]
fn it_has_a_section_of_its_own() {
    let saved = saved();
    let visits = json!([visit(V4, &answered(200, "nginx"))]);
    let renewal = judged(
        &saved,
        &json!({"zahnfee.de": caa(&[(false, "issue", "digicert.com")])}),
        &visits,
    );
    let report = renewal.outcome.json.to_string();
    for (lang, title, headline, entry) in [
        (
            "en",
            "Renewal of the certificate",
            "changes neither the verdict nor the exit code",
            "zahnfee.de. CAA 0 issue \"letsencrypt.org\"",
        ),
        (
            "de",
            "Erneuerung des Zertifikats",
            "Auf Ergebnis und Exit-Code hat das keinen Einfluss",
            "zahnfee.de. CAA 0 issue \"letsencrypt.org\"",
        ),
    ] {
        for format in ["table", "markdown", "html"] {
            let run = Run::new("replay").args(&["-", "--lang", lang, "--format", format]);
            let (code, stdout, stderr) = run.fed(report.as_bytes()).text();
            assert_eq!((code, stderr.as_str()), (0, ""));
            let flat = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            let flat = flat.replace("&quot;", "\"");
            for wanted in [
                title,
                headline,
                entry,
                "renewal-answers-anything",
                "curl.exe -i http://xphone.zahnfee.de/",
            ] {
                assert!(
                    flat.contains(wanted),
                    "{format} {lang}: no {wanted:?} in {flat}"
                );
            }
        }
        // It is nobody's task, and not counted.
        let run = Run::new("replay").args(&["-", "--lang", lang, "--format=todo"]);
        let (_, stdout, _) = run.fed(report.as_bytes()).text();
        assert!(!stdout.contains("renewal-"), "{stdout}");
    }
}
