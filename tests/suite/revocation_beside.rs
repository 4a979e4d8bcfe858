//! Step 5: revocations that stand on no list: the CA's responder knows them (OCSP), or the list of
//! changes to the list.

use time::{Duration, OffsetDateTime};

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, ZONE, demanding, file};
use crate::world::list::{List, places};
use crate::world::made::{Draft, Key, der, identity, oid, pem, sequence};
use crate::world::staple::{GOOD, Staple, UNKNOWN, revoked};
use crate::world::{Page, Server};

const CRL: &str = "http://crl.zahnfee.de/issuing.crl";
const CHANGES: &str = "http://changes.zahnfee.de/issuing.crl";
const OCSP: &str = "http://ocsp.zahnfee.de/ca";

const DISTRIBUTION: &str = "2.5.29.31";
const FRESHEST: &str = "2.5.29.46";
const ACCESS: &str = "1.3.6.1.5.5.7.1.1";
const REVOKED: &str = "pass pass pass pass fail pass";

/// A CA, and the certificate of the server below it with these extensions.
struct Scene {
    stage: Stage,
    now: OffsetDateTime,
    issuer: Draft,
    key: Key,
}

impl Scene {
    fn new() -> Self {
        let hosts = "crl A 81.2.3.9\nchanges A 81.2.3.10\nocsp A 81.2.3.11\n";
        let now = OffsetDateTime::now_utc();
        Self {
            stage: Stage::with_zone(&format!("{ZONE}\n{hosts}")),
            now,
            issuer: Draft::authority("CN=Molar CA", now),
            key: Key::p256(1),
        }
    }

    /// The certificate as the CA makes it: a list and a responder, a responder only, and so on.
    fn leaf(&self, crl: Option<&str>, ocsp: Option<&str>) -> Draft {
        let draft = Draft::server(FQDN, self.now).without(DISTRIBUTION);
        let draft = match crl {
            Some(url) => draft.with(DISTRIBUTION, false, places(url)),
            None => draft,
        };
        let Some(url) = ocsp else { return draft };
        let access = sequence(&[&oid("1.3.6.1.5.5.7.48.1"), &der(0x86, url.as_bytes())]);
        draft.with(ACCESS, false, sequence(&[&access]))
    }

    fn list(&self, number: u8) -> List<'_> {
        List::new(self.now, (&self.issuer.subject, &self.key), number)
    }

    /// What the responder says.
    fn said(&self, status: Vec<u8>) -> Page {
        let issuer = (self.issuer.subject.as_slice(), &self.key);
        let staple = Staple::new(self.now, issuer, 7);
        Page::Length(Staple { status, ..staple }.response())
    }

    fn revoked(&self) -> Page {
        self.said(revoked(self.now - Duration::days(1), 1))
    }

    /// A check of a server with this certificate; the pages of the list, the changes and the responder.
    fn met(&self, leaf: &Draft, pages: [Page; 3]) -> (Outcome, [Server; 3]) {
        self.met_stapling(leaf, pages, None)
    }

    fn met_stapling(
        &self,
        leaf: &Draft,
        pages: [Page; 3],
        staple: Option<Vec<u8>>,
    ) -> (Outcome, [Server; 3]) {
        let own = Key::rsa();
        let root = self.issuer.self_signed(&self.key);
        let leaf = leaf.signed(&own, &self.issuer, &self.key);
        let server = demanding(identity(&[&leaf], &own));
        let server = match staple {
            Some(response) => server.stapling(response),
            None => server,
        };
        let server = server.start();
        let hosts = pages.map(Server::web);
        let roots = file(&pem(&[&root]));
        let run = self.stage.check_without_roots("zahnfee.de");
        let run = run.arg("--ca-file").arg(roots.path());
        let run = run.connect("81.2.3.4", server.address());
        let run = run.connect("81.2.3.9", hosts[0].address());
        let run = run.connect("81.2.3.10", hosts[1].address());
        let outcome = run.connect("81.2.3.11", hosts[2].address()).run();
        (outcome, hosts)
    }
}

fn none() -> Page {
    Page::Status(404, "Not Found")
}

#[track_caller]
fn is_revoked(outcome: &Outcome, by: &str, url: &str) {
    outcome
        .shows("certificate", "cert-revoked", "fail")
        .stands(REVOKED, "not-ready", 1);
    let args = &outcome.finding("certificate", "cert-revoked")["args"];
    assert_eq!(
        (&args["by"], &args["url"]),
        (&by.into(), &url.into()),
        "{outcome}"
    );
}

#[track_caller]
fn is_unknown(outcome: &Outcome, reason: &str, by: &str) {
    outcome
        .shows("certificate", "cert-revocation-unknown", "info")
        .lacks("cert-revoked")
        .stands(ALL_PASS, "ready", 0);
    let args = &outcome.finding("certificate", "cert-revocation-unknown")["args"];
    assert_eq!(
        (&args["reason"], &args["by"]),
        (&reason.into(), &by.into()),
        "{outcome}"
    );
}

#[test]
fn where_no_list_is_named_the_responder_is_asked() {
    let scene = Scene::new();
    let leaf = scene.leaf(None, Some(OCSP));
    let (outcome, hosts) = scene.met(&leaf, [none(), none(), scene.revoked()]);
    is_revoked(&outcome, "responder", OCSP);
    let requests = hosts[2].requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    // As `openssl ocsp -reqin` reads it: SHA-1 of issuer and key, number 7.
    let request = "GET /ca/MEIwQDA%2BMDwwOjAJBgUrDgMCGgUABBTPlY683rrZ5WQa1Ueesr4Oi%2F1mHAQU\
        LgYseWZefNLDLkYbfFfDLAD0FDACAQc%3D HTTP/1.1\r\n";
    assert!(requests[0].starts_with(request), "{requests:?}");
    let (outcome, _) = scene.met(&leaf, [none(), none(), scene.said(GOOD.to_vec())]);
    outcome
        .lacks("cert-revocation-unknown")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn a_responder_that_says_nothing_is_told() {
    let scene = Scene::new();
    let leaf = scene.leaf(None, Some(OCSP));
    let forged = {
        let other = Key::p256(9);
        let staple = Staple::new(scene.now, (&scene.issuer.subject, &scene.key), 7);
        let status = revoked(scene.now, 1);
        let delegate = scene.issuer.self_signed(&other);
        Staple {
            status,
            delegate: Some((&other, delegate)),
            ..staple
        }
        .response()
    };
    for (page, reason) in [
        (none(), "http-status"),
        (scene.said(UNKNOWN.to_vec()), "no-answer"),
        (Page::Length(vec![0x30, 3, 0x0a, 1, 6]), "no-answer"),
        (Page::Length(b"<html>Sign in</html>".to_vec()), "malformed"),
        (Page::Length(forged), "not-verified"),
        (
            Page::Redirect("http://169.254.169.254/".to_owned()),
            "redirect",
        ),
    ] {
        let (outcome, _) = scene.met(&leaf, [none(), none(), page]);
        is_unknown(&outcome, reason, "responder");
    }
    for (url, reason) in [
        ("https://ocsp.zahnfee.de/", "not-http"),
        ("http://127.0.0.1/", "not-public"),
        ("http://nowhere.zahnfee.de/", "no-address"),
    ] {
        let leaf = scene.leaf(None, Some(url));
        let (outcome, _) = scene.met(&leaf, [none(), none(), none()]);
        is_unknown(&outcome, reason, "responder");
    }
}

/// GET is not what every responder takes (RFC 6960 §A.1), and POST is; whoever does not take it is asked once
/// more.
#[test]
fn a_responder_that_takes_post_only() {
    let scene = Scene::new();
    let leaf = scene.leaf(None, Some(OCSP));
    let to_post = |page, status| match page {
        Page::Length(body) => Page::ToPost(body, status),
        page => page,
    };
    for status in [400, 404, 405, 501] {
        let page = to_post(scene.revoked(), status);
        let (outcome, hosts) = scene.met(&leaf, [none(), none(), page]);
        is_revoked(&outcome, "responder", OCSP);
        let requests = hosts[2].requests();
        let [get, post] = requests.as_slice() else {
            panic!("it is asked twice: {requests:?}");
        };
        assert!(get.starts_with("GET /ca/M"), "{get}");
        assert!(
            post.starts_with("POST /ca HTTP/1.1\r\nHost: ocsp.zahnfee.de\r\n"),
            "{post}"
        );
        assert!(
            post.contains("\r\nContent-Type: application/ocsp-request\r\n"),
            "{post}"
        );
        assert!(post.contains("\r\nContent-Length: 68\r\n"), "{post}");
    }
    let page = to_post(scene.said(GOOD.to_vec()), 405);
    let (outcome, _) = scene.met(&leaf, [none(), none(), page]);
    outcome
        .lacks("cert-revocation-unknown")
        .stands(ALL_PASS, "ready", 0);
    // What is no answer either way is told as it was said first.
    let page = to_post(Page::Length(b"<html>Sign in</html>".to_vec()), 405);
    let (outcome, _) = scene.met(&leaf, [none(), none(), page]);
    is_unknown(&outcome, "http-status", "responder");
    let args = &outcome.finding("certificate", "cert-revocation-unknown")["args"];
    assert_eq!(args["status"], 405, "{outcome}");
}

/// A list is days old, and Windows asks the responder first: whoever says that it is revoked counts.
#[test]
fn a_list_and_a_responder_are_both_asked() {
    let scene = Scene::new();
    let both = scene.leaf(Some(CRL), Some(OCSP));
    let list = |revoked: &[(u8, u8)]| {
        let revoked = revoked.to_vec();
        let list = List {
            revoked,
            ..scene.list(1)
        };
        Page::Length(list.der())
    };
    let good = || scene.said(GOOD.to_vec());
    for page in [list(&[]), none()] {
        let (outcome, _) = scene.met(&both, [page, none(), scene.revoked()]);
        is_revoked(&outcome, "responder", OCSP);
    }
    let (outcome, _) = scene.met(&both, [list(&[(7, 1)]), none(), good()]);
    is_revoked(&outcome, "list", CRL);
    for pages in [
        [list(&[]), none(), none()],
        [list(&[]), none(), good()],
        [none(), none(), good()],
    ] {
        let (outcome, _) = scene.met(&both, pages);
        outcome
            .lacks("cert-revocation-unknown")
            .stands(ALL_PASS, "ready", 0);
    }
    // Of two that say nothing the list is named.
    let (outcome, _) = scene.met(&both, [none(), none(), none()]);
    is_unknown(&outcome, "http-status", "list");
    let staple = Staple::new(scene.now, (&scene.issuer.subject, &scene.key), 7).response();
    let alone = scene.leaf(None, Some(OCSP));
    let pages = [none(), none(), none()];
    let (outcome, hosts) = scene.met_stapling(&alone, pages, Some(staple));
    outcome
        .lacks("cert-revocation-unknown")
        .stands(ALL_PASS, "ready", 0);
    assert_eq!(hosts[2].connections(), 0);
}

/// The first of two responders is gone, and a third is not asked.
#[test]
fn the_next_responder_is_asked() {
    let scene = Scene::new();
    let access = |url: &str| sequence(&[&oid("1.3.6.1.5.5.7.48.1"), &der(0x86, url.as_bytes())]);
    let gone = access("http://changes.zahnfee.de/");
    let nowhere = access("http://nowhere.zahnfee.de/");
    for (named, is_asked) in [
        ([&gone, &access(OCSP)].to_vec(), true),
        ([&nowhere, &access(OCSP)].to_vec(), true),
        ([&gone, &nowhere, &access(OCSP)].to_vec(), false),
    ] {
        let named: Vec<&[u8]> = named.into_iter().map(Vec::as_slice).collect();
        let leaf = scene.leaf(None, None);
        let leaf = leaf.with(ACCESS, false, sequence(&named));
        let (outcome, hosts) = scene.met(&leaf, [none(), none(), scene.revoked()]);
        if is_asked {
            is_revoked(&outcome, "responder", OCSP);
        } else {
            outcome.lacks("cert-revoked");
        }
        assert_eq!(hosts[2].connections(), usize::from(is_asked));
    }
}

/// So says a responder of what its CA does not know (RFC 6960 §4.4.8): nothing was revoked in 1970.
#[test]
fn the_ca_never_issued_it() {
    let scene = Scene::new();
    let leaf = scene.leaf(None, Some(OCSP));
    let unissued = scene.said(revoked(OffsetDateTime::UNIX_EPOCH, 6));
    let (outcome, _) = scene.met(&leaf, [none(), none(), unissued]);
    is_revoked(&outcome, "unissued", OCSP);
    let message = outcome.finding("certificate", "cert-revoked")["message"].to_string();
    assert!(message.contains("never issued"), "{message}");
    assert!(!message.contains("1970"), "{message}");
}

/// The newest revocations stand in the changes only, which the list names, or the certificate.
#[test]
fn changes_to_a_list_count() {
    let scene = Scene::new();
    let changes = |number, base, revoked: &[(u8, u8)]| {
        let list = List {
            changes: Some(base),
            revoked: revoked.to_vec(),
            ..scene.list(number)
        };
        Page::Length(list.der())
    };
    let by_list = List {
        freshest: Some(CHANGES),
        ..scene.list(3)
    }
    .der();
    let plain = scene.list(3).der();
    let leaf = || scene.leaf(Some(CRL), None);
    let by_leaf = leaf().with(FRESHEST, false, places(CHANGES));
    for (leaf, list) in [(leaf(), by_list.clone()), (by_leaf, plain)] {
        let list = || Page::Length(list.clone());
        let (outcome, _) = scene.met(&leaf, [list(), changes(4, 3, &[(7, 1)]), none()]);
        is_revoked(&outcome, "list", CHANGES);
        for other in [
            changes(4, 3, &[(8, 1)]),
            // Taken back.
            changes(4, 3, &[(7, 8)]),
            // To a list that is not there yet: what is between is not known.
            changes(9, 4, &[(7, 1)]),
            none(),
        ] {
            let (outcome, _) = scene.met(&leaf, [list(), other, none()]);
            outcome.lacks("cert-revoked").stands(ALL_PASS, "ready", 0);
        }
    }
    // Changes are no list by themselves.
    let (outcome, _) = scene.met(&leaf(), [changes(4, 3, &[(8, 1)]), none(), none()]);
    is_unknown(&outcome, "not-verified", "list");
    // And nobody else's count.
    let other = Key::p256(9);
    let forged = List {
        issuer: (&scene.issuer.subject, &other),
        changes: Some(3),
        revoked: vec![(7, 1)],
        ..scene.list(4)
    };
    let pages = [Page::Length(by_list), Page::Length(forged.der()), none()];
    let (outcome, _) = scene.met(&leaf(), pages);
    outcome.lacks("cert-revoked").stands(ALL_PASS, "ready", 0);
}
