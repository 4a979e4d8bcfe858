//! Servers that agree to what Windows Server 2016 offers in TLS 1.2, and break the protocol then, or staple another
//! answer there: in TLS 1.3 all is right.

use serde_json::json;
use time::Duration;

use crate::path_world::{World, met_at};
use crate::stage::{Outcome, Run, Stage, demanding};
use crate::two_certificates::with_alpn;
use crate::world::made::identity;
use crate::world::staple::{Staple, revoked};
use crate::world::{Edit, Methods, Server, balancer, by_version, edited};

const FAILED: &str = "pass pass pass pass pass fail";
const WARNED: &str = "pass pass pass pass pass warn";
const REVOKED: &str = "pass pass pass pass fail pass";

fn args(outcome: &Outcome) -> &serde_json::Value {
    &outcome.finding("federation", "tls-worse-for-windows")["args"]
}

/// The curves are all the same: what was agreed to is no cause.
#[test]
fn what_breaks_the_protocol_is_named() {
    let empty: Edit = |number, record| {
        let before: &[u8] = if number == 1 { &[22, 3, 3, 0, 0] } else { &[] };
        [before, &record].concat()
    };
    let stage = Stage::new();
    let new = stage.server().start();
    for old in [stage.server(), stage.server().only(Methods::P256)] {
        let old = old.tls12().start();
        let alpn = edited(&old, with_alpn);
        let outcome = stage.meets(&by_version(&new, &alpn));
        outcome
            .shows("federation", "tls-worse-for-windows", "fail")
            .lacks("tls-unsteady")
            .stands(FAILED, "not-ready", 1);
        assert_eq!(args(&outcome)["how"], "breach", "{outcome}");
        assert_eq!(args(&outcome)["detail"], "extension-out-of-place");
        // OpenSSL goes on there.
        let empty = edited(&old, empty);
        let outcome = stage.meets(&by_version(&new, &empty));
        outcome
            .shows("federation", "tls-worse-for-windows", "warn")
            .stands(WARNED, "ready-with-warnings", 0);
        assert_eq!(args(&outcome)["detail"], "empty-record", "{outcome}");
    }
}

/// No server of this suite refuses whoever offers no SHA-1: what was seen is written into a report.
#[test]
fn signing_with_sha1_is_no_matter_of_curves() {
    let stage = Stage::new();
    let mut document = stage
        .meets(&stage.server().only(Methods::X25519).start())
        .json;
    let facts = &mut document["reports"][0]["facts"]["endpoints"][0];
    facts["windows"]["same"]["signature"] = json!(0x0201);
    let run = Run::new("replay").args(&["-", "--format=json"]);
    let outcome = run.fed(document.to_string().as_bytes()).run();
    outcome
        .shows("federation", "tls-sha1-signature", "warn")
        .lacks("tls-worse-for-windows")
        .stands(WARNED, "ready-with-warnings", 0);
}

/// It is the same certificate each time.
#[test]
fn what_is_stapled_to_others_only() {
    let world = World::new();
    let issuer = (world.issuing.subject.as_slice(), &world.issuing_key);
    let chain = [world.leaf_der(), world.issuing_der()];
    let server = || demanding(identity(&[&chain[0], &chain[1]], &world.leaf_key));
    let stapling = |status: Option<Vec<u8>>, hours| {
        let staple = Staple::new(world.now, issuer, 7);
        let status = status.unwrap_or_else(|| staple.status.clone());
        let staple = Staple {
            status,
            hours,
            ..staple
        };
        server().stapling(staple.response()).start()
    };
    let is_revoked = Some(revoked(world.now - Duration::days(1), 1));
    let bad = stapling(is_revoked, (-1, Some(72)));
    let old = stapling(None, (-72, Some(-24)));
    let met = |server: &Server| met_at(server, &[&world.root_der()], |run| run);
    let none = server().start();
    for mixed in [
        by_version(&none, &bad),
        balancer(&[&none, &bad]),
        balancer(&[&bad, &none]),
    ] {
        met(&mixed)
            .shows("certificate", "cert-revoked", "fail")
            .lacks("cert-differs-by-connection")
            .stands(REVOKED, "not-ready", 1);
    }
    let outcome = met(&by_version(&none, &old));
    outcome
        .shows("certificate", "cert-staple-unusable", "warn")
        .stands("pass pass pass pass warn pass", "ready-with-warnings", 0);
}
