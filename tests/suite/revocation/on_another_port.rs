//! The certificate that another port of the same address shows is judged by the list that was read, before anybody
//! is told to choose it.

use super::*;
use crate::world::ClientAuth;
use crate::world::certificates::Request;

const FAILS: &str = "pass pass pass pass fail pass";
const WARNS: &str = "pass pass pass pass warn pass";

type Change = fn(Request<'_>) -> Request<'_>;

fn ends_soon(request: Request<'_>) -> Request<'_> {
    request.rsa().valid(-84, 6)
}

fn renewed(request: Request<'_>) -> Request<'_> {
    request.rsa().valid(-2, 88)
}

/// Number 71 on the federation port and number 72 on another, and a list of these numbers.
fn met((own, other): (Change, Change), revoked: &[u64]) -> Outcome {
    let stage = stage();
    let issue = |serial, change: Change| {
        let request = stage.authority.certificate(FQDN).crl(URL);
        change(request.serial(serial)).issue()
    };
    let identities = [issue(71, own), issue(72, other)];
    let mut list = stage.authority.crl();
    for (serial, identity) in [71, 72].iter().zip(&identities) {
        if revoked.contains(serial) {
            list = list.revoking(identity, Some(RevocationReason::KeyCompromise));
        }
    }
    let web = Server::web(Page::Length(list.der()));
    let [own, other] = identities;
    let server = demanding(own).start();
    let other = Server::tls(other).client_auth(ClientAuth::Off).start();
    let port = other.address().port().to_string();
    let run = check(&stage, &server, web.address());
    let outcome = run.args(&["--compare-port", &port]).run();
    assert_eq!(web.connections(), 1, "{outcome}");
    outcome
}

#[track_caller]
fn fix<'a>(outcome: &'a Outcome, code: &str) -> &'a str {
    let finding = outcome.finding("certificate", code);
    finding["fix"].as_str().expect("a fix")
}

#[test]
fn both_are_revoked() {
    let outcome = met(
        (|request| request.rsa(), |request| request.valid(-2, 88)),
        &[71, 72],
    );
    outcome.stands(FAILS, "not-ready", 1);
    let order = fix(&outcome, "cert-revoked");
    assert!(order.contains("with a new key"), "{order}");
    // The key is another, and right.
    let outcome = met(
        (|request| request.rsa(), |request| request.valid(-2, 88)),
        &[71],
    );
    let chosen = fix(&outcome, "cert-revoked");
    assert!(chosen.starts_with("Order nothing: port "), "{chosen}");
}

/// Whoever has found the key of the one has that of the other.
#[test]
fn the_other_has_the_same_key() {
    let outcome = met((|request| request.rsa(), renewed), &[71]);
    outcome
        .shows("certificate", "cert-revoked", "fail")
        .lacks("cert-not-reselected")
        .stands(FAILS, "not-ready", 1);
    let order = fix(&outcome, "cert-revoked");
    assert!(order.contains("with a new key"), "{order}");
}

/// Who follows it would be worse off than today.
#[test]
fn the_renewed_one_is_revoked() {
    let outcome = met((ends_soon, renewed), &[72]);
    outcome
        .shows("certificate", "cert-expires-soon", "warn")
        .lacks("cert-not-reselected")
        .stands(WARNS, "ready-with-warnings", 0);
    let own = fix(&outcome, "cert-expires-soon");
    assert!(!own.contains("port"), "{own}");
    let outcome = met((ends_soon, renewed), &[]);
    outcome.shows("certificate", "cert-not-reselected", "warn");
    let chosen = fix(&outcome, "cert-expires-soon");
    assert!(chosen.starts_with("Order nothing: port "), "{chosen}");
}
