//! What a list says of the certificate.

use super::*;

#[test]
fn cert_revoked() {
    for (reason, named) in [
        (Some(RevocationReason::KeyCompromise), "keyCompromise"),
        (Some(RevocationReason::CertificateHold), "certificateHold"),
        (None, "unspecified"),
    ] {
        let outcome = met(|stage, identity| {
            let crl = stage.authority.crl().crowded(10);
            Page::Length(crl.revoking(identity, reason).der())
        });
        let args = &outcome.finding("certificate", "cert-revoked")["args"];
        assert_eq!(
            (args["reason"].as_str(), &args["url"]),
            (Some(named), &URL.into())
        );
        outcome
            .shows("certificate", "cert-revoked", "fail")
            .lacks("cert-revocation-unknown")
            .stands("pass pass pass pass fail pass", "not-ready", 1);
    }
}

/// A list of tomorrow says who is revoked all the same: its CA has signed that. A clock that is some minutes off
/// is nobody's fault.
#[test]
fn a_list_that_is_dated_in_the_future() {
    let outcome = met(|stage, identity| {
        let list = stage.authority.crl().valid(1, 8);
        Page::Length(list.revoking(identity, None).der())
    });
    outcome.shows("certificate", "cert-revoked", "fail").stands(
        "pass pass pass pass fail pass",
        "not-ready",
        1,
    );
    let outcome = met(|stage, _| {
        let list = stage.authority.crl().made_in(time::Duration::minutes(4));
        Page::Length(list.der())
    });
    outcome
        .lacks("cert-revocation-unknown")
        .stands(ALL_PASS, "ready", 0);
}

/// Both are wrong with it. Of one that has expired a list need not speak any more.
#[test]
fn expired_and_revoked() {
    let met = |page: fn(&Stage, &Identity) -> Page| {
        let stage = stage();
        let request = stage.authority.certificate(FQDN).rsa();
        let identity = request.crl(URL).valid(-90, -1).issue();
        let web = Server::web(page(&stage, &identity));
        let server = demanding(identity).start();
        check(&stage, &server, web.address()).run()
    };
    let outcome =
        met(|stage, identity| Page::Length(stage.authority.crl().revoking(identity, None).der()));
    outcome
        .shows("certificate", "cert-revoked", "fail")
        .shows("certificate", "cert-expired", "fail")
        .stands("pass pass pass pass fail pass", "not-ready", 1);
    let fix = outcome.finding("certificate", "cert-expired")["fix"].to_string();
    assert!(fix.contains("cert-revoked"), "{fix}");
    for page in [
        (|stage, _| Page::Length(stage.authority.crl().der())) as fn(&Stage, &Identity) -> Page,
        |_, _| Page::Status(404, "Not Found"),
    ] {
        met(page)
            .shows("certificate", "cert-expired", "fail")
            .lacks("cert-revoked")
            .lacks("cert-revocation-unknown");
    }
}

/// Whoever gets nothing from one place asks the next; where none says anything, the first is named.
#[test]
fn the_next_list_says_what_the_first_does_not() {
    const NEXT: &str = "http://crl2.zahnfee.de/issuing.crl";
    let hosts = "crl A 81.2.3.9\ncrl2 A 81.2.3.10\n";
    let met = |first: fn() -> Page, next: fn(&Stage, &Identity) -> Page| {
        let stage = Stage::with_zone(&format!("{ZONE}\n{hosts}"));
        let request = stage.authority.certificate(FQDN).rsa();
        let identity = request.crl(URL).and_crl(NEXT).issue();
        let (first, next) = (Server::web(first()), Server::web(next(&stage, &identity)));
        let server = demanding(identity).start();
        let run = check(&stage, &server, first.address());
        run.connect("81.2.3.10", next.address()).run()
    };
    let absent = || Page::Status(404, "Not Found");
    let outcome = met(absent, |stage, identity| {
        Page::Length(stage.authority.crl().revoking(identity, None).der())
    });
    let revoked = outcome.finding("certificate", "cert-revoked");
    assert_eq!(revoked["args"]["url"], NEXT);
    outcome.stands("pass pass pass pass fail pass", "not-ready", 1);
    met(absent, |stage, _| Page::Length(stage.authority.crl().der()))
        .lacks("cert-revocation-unknown")
        .stands(ALL_PASS, "ready", 0);
    let outcome = met(absent, |_, _| Page::Raw(b"no HTTP"));
    let finding = outcome.finding("certificate", "cert-revocation-unknown");
    assert_eq!(finding["args"]["url"], URL);
    assert_eq!(finding["args"]["status"], 404);
}

/// TLS 1.2 refuses us inside the handshake, and OPTIONS is never asked: the list is all the same.
#[test]
fn a_server_that_refuses_us_may_be_revoked_too() {
    let stage = stage();
    let identity = identity(&stage);
    let web = Server::web(Page::Length(
        stage.authority.crl().revoking(&identity, None).der(),
    ));
    let server = demanding(identity).tls12().start();
    check(&stage, &server, web.address())
        .arg("--partner")
        .run()
        .shows("certificate", "cert-revoked", "fail")
        .stands("pass pass pass pass fail pass", "not-ready", 1);
}

/// So is that of a server whose certificate was read by hand.
#[test]
fn an_old_server_may_be_revoked_too() {
    let stage = stage();
    let identity = identity(&stage);
    let list = stage.authority.crl().revoking(&identity, None).der();
    let web = Server::web(Page::Length(list));
    let server = Server::old(identity, 0x0301, &[0x002f]).start();
    check(&stage, &server, web.address())
        .run()
        .shows("certificate", "cert-revoked", "fail")
        .shows("federation", "tls-too-old", "fail");
}

#[test]
fn a_list_that_names_others_only() {
    let pages: [fn(&Stage) -> Page; 5] = [
        |stage| Page::Length(stage.authority.crl().crowded(500).der()),
        |stage| Page::Chunked(stage.authority.crl().crowded(500).der()),
        |stage| Page::UntilClose(stage.authority.crl().der()),
        |stage| Page::Length(stage.authority.crl().pem().into_bytes()),
        |stage| Page::Length(stage.authority.crl().for_url(URL).der()),
    ];
    for page in pages {
        let outcome = met(|stage, _| page(stage));
        let facts = &outcome.report()["facts"]["endpoints"][0]["revocation"];
        assert_eq!(
            (&facts["outcome"], &facts["url"]),
            (&"not-listed".into(), &URL.into())
        );
        outcome
            .lacks("cert-revoked")
            .lacks("cert-revocation-unknown")
            .stands(ALL_PASS, "ready", 0);
    }
}

/// A list for CAs says nothing of servers, nor one for servers of CAs (RFC 5280, section 5.2.5).
#[test]
fn a_list_for_certificates_of_one_kind() {
    let leaf = |scope: CrlScope| {
        met(|stage, identity| {
            let list = stage.authority.crl().only_for(URL, scope);
            Page::Length(list.revoking(identity, None).der())
        })
    };
    let outcome = leaf(CrlScope::UserCertsOnly);
    outcome.shows("certificate", "cert-revoked", "fail");
    assert_eq!(unknown(&leaf(CrlScope::CaCertsOnly)), "not-verified");

    for scope in [CrlScope::CaCertsOnly, CrlScope::UserCertsOnly] {
        let is_for_it = matches!(scope, CrlScope::CaCertsOnly);
        let dns = Dns::zone("zahnfee.de", &format!("{ZONE}\ncrl A 81.2.3.9"));
        let stage = Stage::with_authority(dns, Authority::listed(ROOTS));
        let list = stage.authority.crl().by_root().only_for(ROOTS, scope);
        let web = Server::web(Page::Length(list.revoking_intermediate().der()));
        let request = stage.authority.certificate(FQDN).rsa().no_crl();
        let server = demanding(request.issue()).start();
        let outcome = check(&stage, &server, web.address()).run();
        if is_for_it {
            let finding = outcome.finding("certificate", "cert-revoked");
            assert_eq!(finding["args"]["who"], "intermediate");
        } else {
            outcome.lacks("cert-revoked");
        }
    }
}
