//! Step 5: is the certificate on the revocation list that it names?

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::stage::{ALL_PASS, FQDN, Outcome, Run, Stage, ZONE, demanding};
use crate::world::certificates::{CrlScope, RevocationReason};
use crate::world::{Authority, Dns, Identity, Page, Port, RecordType, Server, Sip};

const URL: &str = "http://crl.zahnfee.de/issuing.crl";

/// The healthy zone with a host for the list.
fn stage() -> Stage {
    Stage::with_zone(&format!("{ZONE}\ncrl A 81.2.3.9"))
}

fn identity(stage: &Stage) -> Identity {
    let request = stage.authority.certificate(FQDN).rsa();
    request.crl(URL).issue()
}

/// A check of a server with this certificate, both it and the list being on this machine.
fn check(stage: &Stage, server: &Server, list: SocketAddr) -> Run {
    let run = stage.check().connect("81.2.3.4", server.address());
    run.connect("81.2.3.9", list)
}

/// What the name server was asked about a host, in order.
fn asked(stage: &Stage, host: &str) -> Vec<RecordType> {
    let questions = stage.dns.questions().into_iter();
    let own = questions.filter(|(name, _)| name == host);
    own.map(|(_, kind)| kind).collect()
}

/// The reason why the list says nothing.
#[track_caller]
fn unknown(outcome: &Outcome) -> String {
    outcome
        .shows("certificate", "cert-revocation-unknown", "info")
        .lacks("cert-revoked")
        .stands(ALL_PASS, "ready", 0);
    let reason = &outcome.finding("certificate", "cert-revocation-unknown")["args"]["reason"];
    reason.as_str().expect("a key").to_owned()
}

fn met(page: impl FnOnce(&Stage, &Identity) -> Page) -> Outcome {
    let stage = stage();
    let identity = identity(&stage);
    let web = Server::web(page(&stage, &identity));
    let server = demanding(identity).start();
    check(&stage, &server, web.address()).run()
}

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

#[test]
fn cert_revocation_unknown() {
    type Pages = [(&'static str, fn(&Stage, &Identity) -> Page); 12];
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

/// Where the root of a test says what it has revoked.
const ROOTS: &str = "http://crl.zahnfee.de/root.crl";

/// An intermediate that its root has revoked takes all below it along; Windows looks at it.
#[test]
fn a_revoked_intermediate() {
    for is_revoked in [true, false] {
        let dns = Dns::zone("zahnfee.de", &format!("{ZONE}\ncrl A 81.2.3.9"));
        let stage = Stage::with_authority(dns, Authority::listed(ROOTS));
        let list = stage.authority.crl().by_root();
        let list = if is_revoked {
            list.revoking_intermediate()
        } else {
            list
        };
        let web = Server::web(Page::Length(list.der()));
        let request = stage.authority.certificate(FQDN).rsa().no_crl();
        let server = demanding(request.issue()).start();
        let outcome = check(&stage, &server, web.address()).run();
        let answer = &outcome.report()["facts"]["endpoints"][0]["issuer_revocations"][0];
        assert_eq!(answer["revocation"]["url"], ROOTS, "{outcome}");
        if is_revoked {
            let finding = outcome.finding("certificate", "cert-revoked");
            assert_eq!(finding["args"]["who"], "intermediate");
            let message = finding["message"].as_str().expect("a message");
            assert!(
                message.contains("Issuing") && message.contains(ROOTS),
                "{message}"
            );
            outcome.stands("pass pass pass pass fail pass", "not-ready", 1);
        } else {
            outcome.stands(ALL_PASS, "ready", 0);
        }
    }
}

/// A list that only the intermediate names is as much wanted as that of the leaf; where neither is to be
/// had, it is told once.
#[test]
fn the_list_of_an_intermediate_that_cannot_be_had() {
    for (leaf, who) in [(None, "intermediate"), (Some(URL), "leaf")] {
        let dns = Dns::zone("zahnfee.de", &format!("{ZONE}\ncrl A 81.2.3.9"));
        let stage = Stage::with_authority(dns, Authority::listed(ROOTS));
        let web = Server::web(Page::Status(404, "Not Found"));
        let request = stage.authority.certificate(FQDN).rsa();
        let request = match leaf {
            Some(url) => request.crl(url),
            None => request.no_crl(),
        };
        let server = demanding(request.issue()).start();
        let outcome = check(&stage, &server, web.address()).run();
        assert_eq!(unknown(&outcome), "http-status", "{outcome}");
        let told = outcome.step("certificate")["findings"]
            .as_array()
            .expect("a list");
        let told = told
            .iter()
            .filter(|one| one["code"] == "cert-revocation-unknown");
        assert_eq!(told.count(), 1, "{outcome}");
        let finding = outcome.finding("certificate", "cert-revocation-unknown");
        assert_eq!(finding["args"]["who"], who, "{outcome}");
        let is_named = finding["message"].to_string().contains("Issuing");
        assert_eq!(is_named, who == "intermediate", "{finding}");
        outcome.stands(ALL_PASS, "ready", 0);
    }
}
