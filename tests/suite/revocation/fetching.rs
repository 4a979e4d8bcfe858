//! How often lists are fetched, what is asked for that, and what is kept.

use super::*;

/// What was seen survives being saved, and older reports know nothing of it.
#[test]
fn facts_about_lists_are_saved() {
    let facts = |outcome: &Outcome| outcome.report()["facts"].clone();
    for outcome in [
        met(|_, _| Page::Status(404, "Not Found")),
        met(|stage, identity| {
            let crl = stage.authority.crl().revoking(identity, None);
            Page::Length(crl.der())
        }),
    ] {
        let mut saved = facts(&outcome);
        let read: xfed::internals::Facts = serde_json::from_value(saved.clone()).expect("facts");
        assert!(
            read.endpoints.as_ref().expect("gathered")[0]
                .revocation
                .is_some()
        );
        assert_eq!(serde_json::to_value(read).expect("JSON"), saved);
        let endpoint = saved["endpoints"][0].as_object_mut().expect("an endpoint");
        endpoint.remove("revocation").expect("it was saved");
        endpoint.remove("compared").expect("it was saved");
        let old: xfed::internals::Facts = serde_json::from_value(saved).expect("older facts");
        assert_eq!(old.endpoints.expect("gathered")[0].revocation, None);
    }
}

/// Two addresses with the same certificate, one list; and how it is asked for.
#[test]
fn a_list_is_fetched_once() {
    let stage = Stage::with_zone(&format!("{ZONE}\nxphone A 81.2.3.6\ncrl A 81.2.3.9"));
    let identity = identity(&stage);
    let web = Server::web(Page::Length(
        stage.authority.crl().revoking(&identity, None).der(),
    ));
    let (one, other) = (
        demanding(identity.clone()).start(),
        demanding(identity).start(),
    );
    let run = check(&stage, &one, web.address()).connect("81.2.3.6", other.address());
    let outcome = run.run();
    outcome.shows("certificate", "cert-revoked", "fail");
    let finding = outcome.finding("certificate", "cert-revoked");
    assert!(
        finding["endpoint"].is_null(),
        "it holds for both: {finding}"
    );
    outcome.stands("pass warn pass pass fail pass", "not-ready", 1);
    assert_eq!(web.connections(), 1);
    let request = web.requests().concat();
    assert!(request.starts_with("GET /issuing.crl HTTP/1.1\r\nHost: crl.zahnfee.de\r\n"));
    assert_eq!(asked(&stage, "crl.zahnfee.de"), [RecordType::A]);
}

#[test]
fn a_host_without_address_is_asked_for_both_kinds() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage.check().connect("81.2.3.4", server.address()).run();
    assert_eq!(unknown(&outcome), "no-address");
    let kinds = [RecordType::A, RecordType::AAAA];
    assert_eq!(asked(&stage, "crl.tooth-fairy.example"), kinds);
}
