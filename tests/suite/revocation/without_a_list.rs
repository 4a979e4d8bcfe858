//! Lists that cannot be had, are not valid or not fetched: nothing is said against the certificate.

use super::*;

#[test]
fn cert_revocation_unknown() {
    type Pages = [(&'static str, fn(&Stage, &Identity) -> Page); 13];
    let pages: Pages = [
        ("http-status", |_, _| Page::Status(404, "Not Found")),
        ("redirect", |_, _| {
            Page::Redirect("http://169.254.169.254/latest/meta-data".to_owned())
        }),
        ("too-large", |_, _| Page::Endless),
        ("too-large", |_, _| Page::Announced(10 * 1024 * 1024 + 1)),
        ("malformed", |_, _| Page::Raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("malformed", |_, _| {
            Page::Length(b"<html>Sign in to the hotel</html>".to_vec())
        }),
        ("malformed", |_, _| Page::Length(Vec::new())),
        ("expired", |stage, _| {
            Page::Length(stage.authority.crl().valid(-9, -1).der())
        }),
        ("not-yet-valid", |stage, _| {
            Page::Length(stage.authority.crl().valid(1, 8).der())
        }),
        // Even if it names the certificate: these are not the issuer's words.
        ("not-verified", |_, identity| {
            let stranger = Authority::new("Caries Root CA");
            Page::Length(stranger.crl().revoking(identity, None).der())
        }),
        ("not-verified", |_, identity| {
            let namesake = Authority::new("Tooth Fairy Root CA");
            Page::Length(namesake.crl().revoking(identity, None).der())
        }),
        ("not-verified", |stage, identity| {
            Page::Length(
                stage
                    .authority
                    .crl()
                    .by_root()
                    .revoking(identity, None)
                    .der(),
            )
        }),
        ("not-verified", |stage, _| {
            let other = stage
                .authority
                .crl()
                .for_url("http://crl.zahnfee.de/other.crl");
            Page::Length(other.der())
        }),
    ];
    for (reason, page) in pages {
        assert_eq!(unknown(&met(page)), reason);
    }
    let outcome = met(|_, _| Page::Status(503, "Service Unavailable"));
    let finding = outcome.finding("certificate", "cert-revocation-unknown");
    assert_eq!(finding["args"]["status"], 503);
}

/// The list is fetched beside the wait for SIP, not after it: the connections live at once.
#[test]
fn a_silent_list_behind_a_silent_server() {
    let stage = stage();
    let server = Server::tls(identity(&stage)).sip(Sip::Silent).start();
    let web = Server::web(Page::Silent);
    let run = check(&stage, &server, web.address()).args(&["--timeout", "1s"]);
    let outcome = run.run();
    assert_eq!(unknown(&outcome), "timeout");
    let (sip, list) = (server.visits(), web.visits());
    let [list] = list.as_slice() else {
        panic!("it is fetched once: {list:?}");
    };
    // Every address is met twice, at the same time.
    let beside = |sip: &Range<Instant>| list.start < sip.end && sip.start < list.end;
    assert!(sip.iter().any(beside), "{sip:?} {list:?}");
}

/// A web server that never answers costs two seconds, or `--timeout` where that is less, and
/// nothing but this remark.
#[test]
fn a_silent_list() {
    let costs = |page, limit| {
        let stage = stage();
        let server = demanding(identity(&stage)).start();
        let web = Server::web(page);
        let run = check(&stage, &server, web.address()).args(&["--timeout", limit]);
        let outcome = run.run();
        assert_eq!(unknown(&outcome), "timeout");
        outcome.elapsed()
    };
    let two_seconds = costs(Page::Silent, "60s");
    assert!(two_seconds >= Duration::from_secs(2), "{two_seconds:?}");
    assert!(two_seconds < Duration::from_secs(60), "{two_seconds:?}");
    for page in [Page::Silent, Page::Announced(1000)] {
        let less = costs(page, "300ms");
        assert!(less >= Duration::from_millis(300), "{less:?}");
        assert!(less < two_seconds, "{less:?}");
    }
}

#[test]
fn a_host_that_cannot_be_reached() {
    let closed = Port::closed();
    let stage = stage();
    let server = demanding(identity(&stage)).start();
    let outcome = check(&stage, &server, closed.address()).run();
    assert_eq!(unknown(&outcome), "unreachable");
}

/// Names that lead nowhere, or where nobody must be led by a stranger's certificate.
#[test]
fn a_list_that_is_not_fetched() {
    for (url, reason) in [
        ("https://crl.zahnfee.de/issuing.crl", "not-http"),
        ("http://crl.zahnfee.de:8080/issuing.crl", "not-http"),
        ("ldap://crl.zahnfee.de/CN=CRL", "not-http"),
        ("http://inside.zahnfee.de/issuing.crl", "not-public"),
        ("http://127.0.0.1/issuing.crl", "not-public"),
        ("http://[::1]/issuing.crl", "not-public"),
        ("http://169.254.169.254/latest/meta-data", "not-public"),
        ("http://nowhere.zahnfee.de/issuing.crl", "no-address"),
        ("http://2130706433/issuing.crl", "no-address"),
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\ninside A 10.0.0.5"));
        let request = stage.authority.certificate(FQDN).rsa();
        let server = demanding(request.crl(url).issue()).start();
        let run = stage.check().connect("81.2.3.4", server.address());
        let outcome = run.arg("--allow-private").run();
        let finding = outcome.finding("certificate", "cert-revocation-unknown");
        assert_eq!(finding["args"]["url"], url);
        assert_eq!(unknown(&outcome), reason, "{url}");
    }
}

/// With `--connect-to ADDR`, that address is all that is talked to, and DNS is asked nothing more.
#[test]
fn connected_elsewhere_no_list_is_fetched() {
    let stage = stage();
    let server = demanding(identity(&stage)).start();
    let outcome = stage.meets(&server);
    assert_eq!(unknown(&outcome), "connect-to");
    assert_eq!(asked(&stage, "crl.zahnfee.de"), []);
}

#[test]
fn no_revocation() {
    let stage = stage();
    let identity = identity(&stage);
    let web = Server::web(Page::Length(
        stage.authority.crl().revoking(&identity, None).der(),
    ));
    let server = demanding(identity).start();
    let off = check(&stage, &server, web.address()).arg("--no-revocation");
    let by_environment = check(&stage, &server, web.address()).env("XFED_NO_REVOCATION", "true");
    for run in [off, by_environment] {
        run.run()
            .lacks("cert-revoked")
            .lacks("cert-revocation-unknown")
            .stands(ALL_PASS, "ready", 0);
    }
    assert_eq!(web.connections(), 0);
    assert_eq!(asked(&stage, "crl.zahnfee.de"), []);
}

/// Nothing named, nothing said here. A stranger's URL is fetched for no certificate that is worth
/// nothing anyway.
#[test]
fn certificates_whose_list_is_not_asked() {
    let stage = stage();
    let web = Server::web(Page::Length(stage.authority.crl().der()));
    let stranger = Authority::new("Caries Root CA");
    let own = || stage.authority.certificate(FQDN).rsa().crl(URL);
    for (identity, statuses) in [
        (own().no_crl().issue(), ALL_PASS),
        (
            own().without_intermediate().issue(),
            "pass pass pass pass fail pass",
        ),
        (
            stranger.certificate(FQDN).rsa().crl(URL).issue(),
            "pass pass pass pass fail pass",
        ),
    ] {
        let server = demanding(identity).start();
        let outcome = check(&stage, &server, web.address()).run();
        let (verdict, code) = if statuses == ALL_PASS {
            ("ready", 0)
        } else {
            ("not-ready", 1)
        };
        outcome
            .lacks("cert-revocation-unknown")
            .stands(statuses, verdict, code);
    }
    assert_eq!(web.connections(), 0);
}
