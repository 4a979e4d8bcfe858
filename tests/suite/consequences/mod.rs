//! Several faults at once: every cause is said, what follows from one is not, and no fix orders what
//! another makes useless. Each world is one of real addresses and ports.

mod entries;
mod machines;
mod names;
mod together;

use serde_json::Value;

use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, FQDN, Outcome, Run, demanding};
use crate::world::server::Tls;
use crate::world::{Behaviour, ClientAuth, Identity, RecordType, Server, Sip};

/// Everything that weighs: code and severity, in order.
fn weighty(outcome: &Outcome) -> Vec<&str> {
    let steps = outcome.report()["steps"].as_array().expect("steps");
    let findings = steps
        .iter()
        .flat_map(|step| step["findings"].as_array().expect("findings"));
    findings
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

#[track_caller]
fn says_only(outcome: &Outcome, codes: &[&str]) {
    assert_eq!(weighty(outcome), codes, "{outcome}");
}

/// All that is said of what weighs, and what is to be done.
fn said(outcome: &Outcome, field: &str) -> String {
    let steps = outcome.report()["steps"].as_array().expect("steps");
    let findings = steps
        .iter()
        .flat_map(|step| step["findings"].as_array().expect("findings"));
    let texts = findings.filter_map(|finding| finding[field].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

/// No fix contains this.
#[track_caller]
fn orders_no(outcome: &Outcome, what: &str) {
    let fixes = said(outcome, "fix");
    assert!(!fixes.contains(what), "{what}:\n{fixes}");
}

#[track_caller]
fn fix<'a>(outcome: &'a Outcome, step: &str, code: &str) -> &'a str {
    outcome.finding(step, code)["fix"].as_str().expect("a fix")
}

fn expired(world: &Internet, name: &str) -> Identity {
    world
        .authority
        .certificate(name)
        .rsa()
        .valid(-93, -3)
        .issue()
}

fn serving(identity: Identity, address: &str) -> Tls {
    demanding(identity).listen(&format!("{address}:5061"))
}

/// A web server with this certificate.
fn web_server(identity: Identity, address: &str) -> Server {
    serving(identity, address)
        .client_auth(ClientAuth::Off)
        .sip(Sip::Http)
        .start()
}

fn open(run: Run) -> Outcome {
    run.arg("--lang=en").run()
}
