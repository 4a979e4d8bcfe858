//! A revoked certificate that the first connection does not meet, on the list that both name.

use super::*;
use crate::world::{Refused, balancer, by_name, by_version};

const FAILS: &str = "pass pass pass pass fail pass";
const WARNS: &str = "pass pass pass pass warn pass";

/// Servers with one name, issuer and dates, and a list that names the certificate of one of them.
struct Scene {
    stage: Stage,
    right: Identity,
    revoked: Identity,
    web: Server,
}

impl Scene {
    fn new() -> Self {
        Self::listing(|list, revoked| list.revoking(revoked, None))
    }

    /// Both are right.
    fn healthy() -> Self {
        Self::listing(|list, _| list)
    }

    fn listing(change: impl for<'a> FnOnce(Crl<'a>, &Identity) -> Crl<'a>) -> Self {
        let stage = stage();
        let issue = |serial| {
            let request = stage.authority.certificate(FQDN).rsa().serial(serial);
            request.crl(URL).issue()
        };
        let (right, revoked) = (issue(71), issue(72));
        let list = change(stage.authority.crl(), &revoked).der();
        Self {
            web: Server::web(Page::Length(list)),
            stage,
            right,
            revoked,
        }
    }

    fn right(&self) -> Server {
        demanding(self.right.clone()).start()
    }

    fn revoked(&self) -> Server {
        demanding(self.revoked.clone()).start()
    }

    fn meets(&self, server: &Server) -> Outcome {
        check(&self.stage, server, self.web.address()).run()
    }

    /// Those who name the server in TLS 1.2 meet the revoked one.
    fn for_windows(&self) -> Outcome {
        let (right, revoked) = (self.right(), self.revoked());
        let old = by_name(Some(&revoked), Some(&right), Refused::Close);
        self.meets(&by_version(&right, &old))
    }

    /// Whoever can use RSA only.
    fn for_rsa(&self) -> Outcome {
        let request = self.stage.authority.certificate(FQDN).crl(URL);
        let server = demanding(request.issue()).for_rsa(self.revoked.clone());
        self.meets(&server.start())
    }
}

#[track_caller]
fn args<'a>(outcome: &'a Outcome, code: &str) -> &'a serde_json::Value {
    &outcome.finding("certificate", code)["args"]
}

#[test]
fn in_turns() {
    let scene = Scene::new();
    let (right, revoked) = (scene.right(), scene.revoked());
    let outcome = scene.meets(&balancer(&[&right, &revoked]));
    outcome
        .shows("certificate", "cert-differs-by-connection", "fail")
        .lacks("cert-revoked")
        .stands(FAILS, "not-ready", 1);
    let told = args(&outcome, "cert-differs-by-connection");
    assert_eq!(told["what"], "revoked", "{outcome}");
    assert_eq!(told["codes"], serde_json::json!(["cert-revoked"]));
    assert_eq!(scene.web.connections(), 1, "fetched once for both");
    // The other way round, the revoked one is the first.
    let outcome = scene.meets(&balancer(&[&revoked, &right]));
    outcome
        .shows("certificate", "cert-revoked", "fail")
        .shows("certificate", "cert-differs-by-connection", "warn")
        .stands(FAILS, "not-ready", 1);
    let told = args(&outcome, "cert-differs-by-connection");
    assert_eq!(told["what"], "right", "{outcome}");
}

#[test]
fn by_how_a_partner_connects() {
    let scene = Scene::new();
    for (outcome, code) in [
        (scene.for_windows(), "cert-other-for-windows"),
        (scene.for_rsa(), "cert-other-for-rsa"),
    ] {
        outcome
            .shows("certificate", code, "fail")
            .lacks("cert-revoked")
            .stands(FAILS, "not-ready", 1);
        assert_eq!(args(&outcome, code)["what"], "revoked", "{outcome}");
        let message = outcome.finding("certificate", code)["message"].to_string();
        assert!(message.contains("revoked"), "{message}");
    }
}

/// As of one that has expired, most partners do not see anything of it.
#[test]
fn to_whoever_does_not_name_the_server() {
    let scene = Scene::new();
    let (right, revoked) = (scene.right(), scene.revoked());
    let outcome = scene.meets(&by_name(Some(&right), Some(&revoked), Refused::Close));
    outcome
        .shows("federation", "tls-needs-server-name", "warn")
        .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
    let told = &outcome.finding("federation", "tls-needs-server-name")["args"];
    assert_eq!(told["codes"], serde_json::json!(["cert-revoked"]));
}

#[test]
fn none_of_them_is_on_the_list() {
    let scene = Scene::healthy();
    let (right, other) = (scene.right(), scene.revoked());
    let outcome = scene.meets(&balancer(&[&right, &other]));
    outcome
        .shows("certificate", "cert-differs-by-connection", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
    let told = args(&outcome, "cert-differs-by-connection");
    assert_eq!(told["what"], "both", "{outcome}");
    for outcome in [scene.for_windows(), scene.for_rsa()] {
        outcome.stands(ALL_PASS, "ready", 0);
    }
}
