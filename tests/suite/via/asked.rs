//! What an xfed elsewhere may ask an `xfed serve` (`POST /api/v1/probe`), and what it is told.

use serde_json::{Value, json};

use super::https::ASKED;
use crate::probe::Place;
use crate::serve::api::post;
use crate::serve::client::Service;
use crate::stage::Stage;

const PROBE: &str = "/api/v1/probe";
const KIND: (&str, &str) = ("Content-Type", "application/json");

/// By curl, the same as of `xfed probe`: a greeting and facts, a line each.
#[test]
fn what_is_answered_is_what_probe_says() {
    let stage = Stage::new();
    let server = stage.server().start();
    let accept =
        "[[accept]]\ncode = \"srv-missing\"\nreason = \"Frau Krause\"\nuntil = 2099-01-01\n";
    let at = format!(
        "connect-to = [\"{}\"]\nmode = \"partner\"\n{accept}",
        server.address()
    );
    let service = Service::of(&Place::with(&stage, &at));
    let answer = post(&service, PROBE, ASKED, &[KIND]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = answer
        .body
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let [hello, answer] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        (&hello["xfed-probe"], &hello["facts_schema"]),
        (&json!(1), &json!(1))
    );
    let seen = &answer["seen"];
    // The mode is that of the request, and nobody's opinion goes with it.
    assert_eq!(seen["terms"]["partner"], false);
    assert!(seen["facts"]["endpoints"][0]["tls"].is_object(), "{seen}");
    assert!(!seen.to_string().contains("Krause"));
    let keys: Vec<&String> = seen.as_object().expect("facts").keys().collect();
    assert_eq!(keys, ["elapsed_us", "facts", "terms"]);
}

/// Nothing can be asked for but domains, by the place's own ways.
#[test]
fn a_request_for_anything_else_is_refused() {
    let stage =
        Stage::with_zone("_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 10.11.12.13\n");
    let server = stage.server().start();
    let service = Service::of(&Place::with(&stage, ""));
    let more = |more: &str| ASKED.replace('}', &format!(",{more}}}"));
    for body in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        more("\"connect-to\":[\"127.0.0.1:22\"]"),
        more("\"resolver\":[\"10.0.0.1\"]"),
        more("\"authority\":[\"10.0.0.1\"]"),
        more("\"allow-private\":true"),
        more("\"ca-file\":\"/etc/shadow\""),
        more("\"module\":\"other\""),
        more("\"deadline\":\"24h\""),
        more("\"fqdn\":\"127.0.0.1\""),
        ASKED.replace("zahnfee.de", "127.0.0.1"),
        ASKED.replace("open", "sideways"),
        ASKED.repeat(2),
    ] {
        let answer = post(&service, PROBE, &body, &[KIND]);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.body.starts_with("{\"error\":"), "{}", answer.body);
    }
    let long = more(&format!("\"fqdn\":\"{}\"", "x".repeat(5000)));
    assert_eq!(post(&service, PROBE, &long, &[KIND]).status, 413);
    let form = ("Content-Type", "text/plain");
    assert_eq!(post(&service, PROBE, ASKED, &[form]).status, 415);
    let elsewhere = [KIND, ("Origin", "https://evil.example")];
    assert_eq!(post(&service, PROBE, ASKED, &elsewhere).status, 403);
    assert_eq!(service.get(PROBE).status, 405);
    assert_eq!(server.connections(), 0);
    assert_eq!(stage.dns.questions().len(), 0);
    // What is not public is not connected to, whatever DNS says.
    let answer = post(&service, PROBE, ASKED, &[KIND]);
    let seen = answer.body.lines().nth(1).expect("facts");
    let seen: Value = serde_json::from_str(seen).expect("JSON");
    assert_eq!(seen["seen"]["terms"]["allow_private"], false);
    assert_eq!(seen["seen"]["facts"]["endpoints"], json!([]));
}
