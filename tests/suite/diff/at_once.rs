//! A check that is compared as soon as it has ended.

use serde_json::Value;

use super::{finding, situation, turns};
use crate::stage::{FQDN, Run, Stage, demanding, file};

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
