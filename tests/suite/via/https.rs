//! `xfed check --via https://…`: a second `xfed serve` that looks.

use std::net::SocketAddr;

use super::{VPS, place, ssh, starts};
use crate::probe::Place;
use crate::serve::client::{Service, serve};
use crate::serve::door::tokens;
use crate::stage::{ALL_PASS, Folder, Run, Stage};
use crate::world::certificates::Request;
use crate::world::{Authority, Identity, Port};

/// The body of a request.
pub const ASKED: &str = "{\"domain\":\"zahnfee.de\",\"federation\":\"open\",\"partner\":false}";

/// An `xfed serve` that others reach by TLS, with the token `tooth`.
pub struct Site {
    service: Service,
    pub folder: Folder,
    pub at: String,
}

impl Site {
    pub fn of(place: &Place) -> Self {
        Self::called(place, "localhost", |request| request.issue())
    }

    pub fn called(place: &Place, name: &str, issue: impl FnOnce(Request<'_>) -> Identity) -> Self {
        let authority = Authority::new("Tooth Fairy Root CA");
        let identity = issue(authority.certificate(name).no_crl());
        let web = format!(
            "cert = \"cert.pem\"\nkey = \"key.pem\"\nhosts = [\"{name}\"]\n{}",
            tokens()
        );
        let folder = Folder::new()
            .with("cert.pem", identity.chain_pem())
            .with("key.pem", identity.key_pem())
            .with("ca.pem", authority.root_pem())
            .with("token", "tooth\n")
            .with("web.toml", web);
        let service = Service::started(
            serve(place)
                .arg("--web-config")
                .arg(folder.file("web.toml")),
        );
        let at = format!("https://localhost:{}", service.address.port());
        Self {
            service,
            folder,
            at,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.service.address
    }

    /// A check by this place alone, without its token.
    fn asked(&self) -> Run {
        check(&[&self.at], &self.folder)
    }

    fn check(&self) -> Run {
        self.asked().env("XFED_TOKEN", "tooth")
    }
}

/// A check by these places, which trusts the CA of this folder.
pub fn check(places: &[&str], folder: &Folder) -> Run {
    let run = Run::new("check").args(&["zahnfee.de", "--format=json", "--via-ca-file"]);
    let run = run.arg(folder.file("ca.pem"));
    let via = |run: Run, place: &&str| run.arg("--via").arg(place);
    places.iter().fold(run, via).nowhere()
}

/// Nothing was seen, for this reason, and it is nobody's fault.
#[track_caller]
pub fn saw_nothing(run: Run, why: &str, says: &str) {
    let outcome = run.run();
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
    assert_eq!(outcome.report()["place"]["failure"]["why"], why);
    let message = outcome.finding("domain", "place-failed")["message"].to_string();
    assert!(message.contains(says), "{why}: {message}");
    assert!(!outcome.json.to_string().contains("tooth"), "the token");
}

#[test]
fn a_service_elsewhere_is_judged_as_if_it_were_here() {
    let stage = Stage::new();
    let server = stage.server().start();
    let site = Site::of(&Place::new(&stage, &server));
    let outcome = site.check().run();
    outcome.stands(ALL_PASS, "ready", 0);
    let place = &outcome.report()["place"];
    assert_eq!(place["at"], site.at);
    assert_eq!(place["version"], env!("CARGO_PKG_VERSION"));
    assert!(place["clock"].is_string());
    assert_eq!(outcome.report()["terms"]["own_roots"], true);
    let reservations = outcome.report()["reservations"].to_string();
    let seen_from = format!("Seen from {}", site.at);
    assert!(reservations.contains(&seen_from), "{reservations}");
    // The token by a file, and the file by the configuration.
    let token = site.folder.file("token").display().to_string();
    let outcome = site.asked().args(&["--token-file", &token]).run();
    assert_eq!(outcome.code, 0);
    let text = format!("token-file = \"token\"\nvia = [\"{}\"]\n", site.at);
    std::fs::write(site.folder.file("xfed.toml"), text).expect("it is our own");
    let config = site.folder.file("xfed.toml");
    let run = check(&[], &site.folder).arg("--config").arg(config);
    run.run().stands(ALL_PASS, "ready", 0);
}

/// How it federates and its server go with the request; what is wrong is explained here.
#[test]
fn what_is_asked_and_what_is_wrong() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let site = Site::of(&Place::new(&stage, &server));
    let outcome = site.check().args(&["--lang", "de"]).run();
    outcome.shows("srv", "srv-wrong-port", "fail");
    assert_eq!(outcome.code, 1);
    let direct = ["--direct", "--fqdn", "xphone.zahnfee.de"];
    let outcome = site.check().args(&direct).run();
    assert_eq!(outcome.report()["terms"]["federation"], "direct");
    outcome.lacks("srv-wrong-port");
    assert_eq!(outcome.code, 0);
}

/// The port is not forwarded: this machine and the service see different things, and a login as much.
#[test]
fn places_of_every_kind_beside_each_other() {
    let stage = Stage::new();
    let server = stage.server().start();
    let closed = Port::closed();
    let outside = Site::of(&Place::reaching(&stage, closed.address()));
    let here = Place::reaching(&stage, server.address());
    let shut = Place::reaching(&stage, closed.address());
    let login = ssh(&starts(&shut));
    let outcome = check(&["here", &outside.at, VPS], &outside.folder)
        .arg("--config")
        .arg(here.folder.file("xfed.toml"))
        .env("PATH", &login.path().display().to_string())
        .env("XFED_TOKEN", "tooth")
        .run();
    outcome.stands("pass pass pass fail skip skip", "not-ready", 1);
    outcome.shows("tcp", "place-open-here-only", "fail");
    assert_eq!(outcome.report()["place"]["at"], outside.at);
    assert_eq!(place(&outcome, "here")["steps"][3]["status"], "pass");
    assert_eq!(place(&outcome, VPS)["steps"][3]["status"], "fail");
    // One that fails leaves the verdict open, whatever the others see.
    let outcome = check(&[&outside.at, VPS], &outside.folder)
        .env("PATH", &login.path().display().to_string())
        .run();
    assert_eq!(outcome.report()["place"]["at"], VPS);
    outcome.shows("domain", "place-failed", "unknown");
}

#[test]
fn without_the_right_token_nothing_is_seen() {
    let stage = Stage::new();
    let server = stage.server().start();
    let site = Site::of(&Place::new(&stage, &server));
    saw_nothing(site.asked(), "no-token", "asks for a token");
    let wrong = site.asked().env("XFED_TOKEN", "molar");
    saw_nothing(wrong, "wrong-token", "does not know the token");
    assert_eq!(server.connections(), 0);
    for (token, says) in [
        ("two words", "xfed: XFED_TOKEN holds no token"),
        ("zähne", "xfed: XFED_TOKEN holds no token"),
    ] {
        let (code, _, stderr) = site.asked().env("XFED_TOKEN", token).text();
        assert_eq!(code, 2);
        assert!(stderr.contains(says) && !stderr.contains(token), "{stderr}");
    }
    let empty = site.folder.file("empty");
    std::fs::write(&empty, "\ntooth\n").expect("it is our own");
    let (code, _, stderr) = site.check().arg("--token-file").arg(&empty).text();
    let says = format!("xfed: {} holds no token", empty.display());
    assert!(code == 2 && stderr.contains(&says), "{stderr}");
}

/// The certificate has to be somebody's whom this machine trusts, for this name, and now.
#[test]
fn only_a_place_that_proves_who_it_is_gets_the_token() {
    let place = Place::configured("");
    let other = Site::called(&place, "xfed.example", |request| request.issue());
    saw_nothing(other.check(), "untrusted-name", "(xfed.example)");
    let old = Site::called(&place, "localhost", |request| {
        request.valid(-30, -1).issue()
    });
    saw_nothing(old.check(), "untrusted-date", "has expired");
    let site = Site::of(&place);
    let stranger = Folder::new().with("ca.pem", Authority::new("Other CA").root_pem());
    saw_nothing(
        check(&[&site.at], &stranger).env("XFED_TOKEN", "tooth"),
        "untrusted-issuer",
        "nobody here trusts",
    );
    // By the public roots, and those of this machine.
    let run = Run::new("check").args(&["zahnfee.de", "--format=json", "--via", &site.at]);
    let run = run.env("XFED_TOKEN", "tooth").nowhere();
    saw_nothing(run, "untrusted-issuer", "nobody here trusts");
}

#[test]
fn where_nothing_speaks_tls() {
    let plain = Service::of(&Place::configured(""));
    let folder = Folder::new().with("ca.pem", Authority::new("CA").root_pem());
    let at = |address: SocketAddr| format!("https://{address}");
    let run = |address| check(&[&at(address)], &folder).env("XFED_TOKEN", "tooth");
    saw_nothing(run(plain.address), "no-tls", "speaks no TLS");
    let closed = Port::closed();
    let port = closed.address().port();
    saw_nothing(
        run(closed.address()),
        "refused",
        &format!("nothing listens there on TCP port {port}"),
    );
    let silent = Port::filtered();
    let run = run(silent.address()).args(&["--deadline", "100ms"]);
    saw_nothing(run, "no-way", "no connection to its TCP port");
    let long = format!("https://{}.example", "x".repeat(64));
    saw_nothing(check(&[&long], &folder), "unresolved", "no address");
}

/// Six a minute for each client; and what is local stays there.
#[test]
fn too_often_says_when_again() {
    let place = Place::configured("resolver = [\"127.0.0.1:1\"]\n");
    let site = Site::of(&place);
    // A slow machine gets a few more than six out of it.
    let mut refused = (0..60).map(|_| site.check().run());
    let refused = refused.find(|outcome| !outcome.report()["place"]["failure"].is_null());
    let refused = refused.expect("not for ever");
    refused.stands("unknown skip skip skip skip skip", "inconclusive", 3);
    let failure = &refused.report()["place"]["failure"];
    assert_eq!(failure["why"], "too-fast");
    let wait = failure["detail"]
        .as_str()
        .and_then(|wait| wait.parse::<u64>().ok());
    assert!(
        wait.is_some_and(|wait| (1..=11).contains(&wait)),
        "{failure}"
    );
    let redacted = site.check().arg("--redact").run();
    assert_eq!(redacted.report()["place"]["at"], "https://place-1");
    assert!(!redacted.json.to_string().contains("localhost"));
}

/// A folder that somebody else filled names no place, no token and no CA.
#[test]
fn a_strangers_configuration_sends_no_token() {
    let stage = Stage::with_srv("");
    let folder = Folder::new().with("token", "tooth").with(
        "xfed.toml",
        "via = [\"https://evil.example\"]\ntoken-file = \"token\"\nvia-ca-file = \"ca.pem\"\n",
    );
    let resolver = stage.dns.address().to_string();
    let (_, _, stderr) = Run::new("check")
        .args(&["zahnfee.de", "--resolver", &resolver])
        .within(folder.path())
        .nowhere()
        .text();
    assert!(
        stderr.contains("left out of xfed.toml: via, token-file, via-ca-file"),
        "{stderr}"
    );
}
