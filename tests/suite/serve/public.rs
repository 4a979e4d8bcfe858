//! `xfed serve --public`: what strangers see, and what they do not.

use super::api::post;
use super::client::{Service, serve};
use super::door::tokens;
use crate::probe::Place;
use crate::stage::{Folder, Run, Stage};
use crate::world::Authority;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const ASKED: &str = "{\"domain\":\"zahnfee.de\",\"federation\":\"open\",\"partner\":false}";

#[test]
fn strangers_check_and_see_results_and_nothing_else() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let folder = Folder::new().with("web.toml", tokens());
    let web = folder.file("web.toml");
    let service = Service::started(serve(&place).args(&["--public", "--web-config"]).arg(web));
    assert_eq!(service.get("/").status, 200);
    let begun = post(&service, "/check", "domain=zahnfee.de", &[FORM]);
    assert_eq!(begun.status, 303, "{}", begun.body);
    let at = begun.header("location").expect("a result").to_owned();
    let id = at.trim_start_matches("/r/");
    super::api::events(&service, id);
    for (path, status) in [
        (at.clone(), 200),
        (format!("{at}.json"), 200),
        (format!("{at}.md"), 200),
        (format!("/api/v1/checks/{id}"), 200),
        ("/api/v1/schema".to_owned(), 200),
        ("/healthz".to_owned(), 200),
        ("/readyz".to_owned(), 200),
        ("/nowhere".to_owned(), 404),
        ("/metrics".to_owned(), 401),
        ("/probe?target=zahnfee.de".to_owned(), 401),
        ("/api/v1/checks".to_owned(), 401),
        ("/-/reload".to_owned(), 401),
    ] {
        assert_eq!(service.get(&path).status, status, "{path}");
    }
    let connections = server.connections();
    for (path, body) in [
        ("/api/v1/probe", ASKED),
        ("/api/v1/checks", "{\"domain\":\"zahnfee.de\"}"),
        ("/-/reload", ""),
    ] {
        assert_eq!(post(&service, path, body, &[JSON]).status, 401, "{path}");
    }
    assert_eq!(server.connections(), connections);
    // With the token, as ever.
    let token = ("Authorization", "Bearer tooth");
    assert_eq!(service.ask("GET", "/metrics", &[token]).status, 200);
    let answer = post(&service, "/api/v1/probe", ASKED, &[JSON, token]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    // No other site has its visitors ask.
    let elsewhere = ("Origin", "https://evil.example");
    let answer = post(&service, "/check", "domain=zahnfee.de", &[FORM, elsewhere]);
    assert_eq!(answer.status, 403);
    let robots = service.get("/").head;
    assert!(
        robots.contains("x-robots-tag: noindex, nofollow"),
        "{robots}"
    );
}

/// Where nobody has a token, what needs one is closed.
#[test]
fn without_a_token_the_rest_is_closed() {
    let place = Place::configured("");
    let service = Service::started(serve(&place).arg("--public"));
    assert_eq!(service.get("/").status, 200);
    for said in ["Bearer ", "Bearer x", "Basic Og=="] {
        let answer = service.ask("GET", "/metrics", &[("Authorization", said)]);
        assert_eq!(answer.status, 401, "{said}");
    }
}

#[test]
fn a_certificate_it_needs_and_no_way_inside() {
    let authority = Authority::new("Tooth Fairy Root CA");
    let identity = authority.certificate("localhost").no_crl().issue();
    let folder = Folder::new()
        .with("cert.pem", identity.chain_pem())
        .with("key.pem", identity.key_pem())
        .with("web.toml", "cert = \"cert.pem\"\nkey = \"key.pem\"\n")
        .with("xfed.toml", "")
        .with("private.toml", "allow-private = true\n");
    let run = |config: &str| {
        Run::new("serve")
            .args(&["--public", "--listen", "0.0.0.0:0", "--config"])
            .arg(folder.file(config))
    };
    let (code, _, stderr) = run("xfed.toml").text();
    assert_eq!(code, 2);
    assert!(
        stderr.contains("expected cert and key in the file of --web-config; or"),
        "{stderr}"
    );
    let (code, _, stderr) = run("private.toml").arg("--insecure-listen").text();
    assert_eq!(code, 2);
    assert!(
        stderr.contains("--public does not go with allow-private"),
        "{stderr}"
    );
    // No token is needed for an address that others reach.
    let run = run("xfed.toml")
        .arg("--web-config")
        .arg(folder.file("web.toml"));
    let service = Service::started(run);
    service.running.signal(rustix::process::Signal::TERM);
    assert_eq!(service.running.end().0, 0);
}
