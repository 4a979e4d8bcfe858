//! `xfed check --via https://…`: a second `xfed serve` that looks, and whatever else may answer there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use tokio_rustls::rustls::{self, ServerConfig, ServerConnection, StreamOwned};

use crate::probe::Place;
use crate::serve::api::post;
use crate::serve::client::{Service, serve};
use crate::serve::door::tokens;
use crate::stage::{ALL_PASS, Folder, Run, Stage};
use crate::via::{VPS, place, ssh, starts};
use crate::world::certificates::Request;
use crate::world::{Authority, Identity, Port};

const PROBE: &str = "/api/v1/probe";
const KIND: (&str, &str) = ("Content-Type", "application/json");
const ASKED: &str = "{\"domain\":\"zahnfee.de\",\"federation\":\"open\",\"partner\":false}";

/// An `xfed serve` that others reach by TLS, with the token `tooth`.
struct Site {
    _service: Service,
    folder: Folder,
    at: String,
}

impl Site {
    fn of(place: &Place) -> Self {
        Self::called(place, "localhost", |request| request.issue())
    }

    fn called(place: &Place, name: &str, issue: impl FnOnce(Request<'_>) -> Identity) -> Self {
        let authority = Authority::new("Tooth Fairy Root CA");
        let identity = issue(authority.certificate(name).no_crl());
        let web = format!("cert = \"cert.pem\"\nkey = \"key.pem\"\n{}", tokens());
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
            _service: service,
            folder,
            at,
        }
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
fn check(places: &[&str], folder: &Folder) -> Run {
    let run = Run::new("check").args(&["zahnfee.de", "--format=json", "--via-ca-file"]);
    let run = run.arg(folder.file("ca.pem"));
    let via = |run: Run, place: &&str| run.arg("--via").arg(place);
    places.iter().fold(run, via).nowhere()
}

/// Nothing was seen, for this reason, and it is nobody's fault.
#[track_caller]
fn saw_nothing(run: Run, why: &str, says: &str) {
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

/// No answer, until whoever asks has gone.
const HOLD: &str = "hold";

/// Answers each connection by TLS with these bytes, once a request has come; hands over the requests.
fn canned(identity: &Identity, answers: Vec<String>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("it is bound");
    let provider = rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("the library has its own versions")
        .with_no_client_auth()
        .with_single_cert(identity.chain.clone(), identity.key.clone_key())
        .expect("they fit");
    let config = Arc::new(config);
    let serving = thread::spawn(move || {
        let answered = answers.into_iter().map(|answer| {
            let (stream, _) = listener.accept().expect("somebody asks");
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a server");
            let mut stream = StreamOwned::new(tls, stream);
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"}") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
                request.push(byte[0]);
            }
            if answer == HOLD {
                let _ = stream.read_to_end(&mut Vec::new());
            }
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
            String::from_utf8_lossy(&request).into_owned()
        });
        answered.collect()
    });
    (address, serving)
}

fn hello(protocol: u32, facts: u32) -> String {
    format!(
        "{{\"xfed-probe\":{protocol},\"version\":\"9.9.9\",\"facts_schema\":{facts},\
         \"clock\":\"2026-11-29T01:00:00Z\"}}\n"
    )
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Whatever answers there, the domain is not to blame for it.
#[test]
fn what_else_may_answer() {
    let refused = |status: &str, more: &str| {
        format!("HTTP/1.1 {status}\r\n{more}Content-Length: 14\r\n\r\n{{\"error\":\"no\"}}")
    };
    let table = [
        (refused("404 Not Found", ""), "no-place", "no such request"),
        (refused("405 No", ""), "no-place", "no such request"),
        (
            refused("302 Found", "Location: https://evil.example/\r\n"),
            "redirected",
            "(https://evil.example/)",
        ),
        (refused("307 There", ""), "redirected", "sends on"),
        (refused("400 Bad", ""), "no-request", "(no)"),
        (refused("421 Misdirected", ""), "other-name", "not called"),
        (
            refused("429 Too Many", "Retry-After: 17\r\n"),
            "too-fast",
            "in 17 seconds",
        ),
        (refused("429 Too Many", ""), "http-status", "429 no"),
        (refused("503 Busy", ""), "http-status", "503 no"),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>".to_owned(),
            "http-status",
            "502.",
        ),
        (ok("<html>It works!</html>"), "not-xfed", "(text/html)"),
        (ok(""), "not-xfed", "no xfed serve"),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), "not-xfed", ""),
        (String::new(), "broken", "breaks off"),
        (ok(&hello(2, 1)), "newer", "9.9.9"),
        (ok(&hello(1, 2)), "newer", "9.9.9"),
        (ok(&hello(1, 1)), "broken", "cannot be read"),
        (
            ok(&(hello(1, 1) + "{\"refused\":\"unsettled\"}\n")),
            "unsettled",
            "its xfed.toml",
        ),
        (
            ok(&hello(1, 1)).replace("Length: 9", "Length: 90"),
            "broken",
            "breaks off",
        ),
    ];
    let authority = Authority::new("Tooth Fairy Root CA");
    let identity = authority.certificate("localhost").no_crl().issue();
    let folder = Folder::new().with("ca.pem", authority.root_pem());
    let answers = table.iter().map(|(answer, ..)| answer.clone()).collect();
    let (address, serving) = canned(&identity, answers);
    let at = format!("https://localhost:{}", address.port());
    for (_, why, says) in &table {
        let run = check(&[&at], &folder).env("XFED_TOKEN", "tooth");
        saw_nothing(run, why, says);
    }
    // Nobody was followed, and each was asked once for the same.
    for request in serving.join().expect("it answers") {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head");
        assert!(
            head.starts_with("POST /api/v1/probe HTTP/1.1\r\n"),
            "{head}"
        );
        assert!(
            head.contains("\r\nAuthorization: Bearer tooth\r\n"),
            "{head}"
        );
        assert!(head.contains(&format!("\r\nHost: localhost:{}\r\n", address.port())));
        assert_eq!(body, ASKED);
    }
}

/// One that takes the request and says nothing costs its own time, and no more.
#[test]
fn a_service_that_hangs_is_given_up() {
    let authority = Authority::new("Tooth Fairy Root CA");
    let identity = authority.certificate("localhost").no_crl().issue();
    let folder = Folder::new().with("ca.pem", authority.root_pem());
    let (address, serving) = canned(&identity, vec![HOLD.to_owned()]);
    let at = format!("https://localhost:{}", address.port());
    let run = check(&[&at], &folder).args(&["--deadline", "100ms"]);
    saw_nothing(run, "late", "no answer came within 10 seconds");
    serving.join().expect("it was left");
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

/// By curl, the same as of `xfed probe`: a greeting and facts, a line each.
#[test]
fn what_is_answered_is_what_probe_says() {
    let stage = Stage::new();
    let server = stage.server().start();
    let accept =
        "[[accept]]\ncode = \"srv-missing\"\nreason = \"Frau Krause\"\nuntil = 2099-01-01\n";
    let at = format!(
        "connect-to = [\"{}\"]\nmode = \"partner\"\n{accept}",
        server.address()
    );
    let service = Service::of(&Place::with(&stage, &at));
    let answer = post(&service, PROBE, ASKED, &[KIND]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = answer
        .body
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let [hello, answer] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        (&hello["xfed-probe"], &hello["facts_schema"]),
        (&json!(1), &json!(1))
    );
    let seen = &answer["seen"];
    // The mode is that of the request, and nobody's opinion goes with it.
    assert_eq!(seen["terms"]["partner"], false);
    assert!(seen["facts"]["endpoints"][0]["tls"].is_object(), "{seen}");
    assert!(!seen.to_string().contains("Krause"));
    let keys: Vec<&String> = seen.as_object().expect("facts").keys().collect();
    assert_eq!(keys, ["elapsed_us", "facts", "terms"]);
}

/// Nothing can be asked for but domains, by the place's own ways.
#[test]
fn a_request_for_anything_else_is_refused() {
    let stage =
        Stage::with_zone("_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 10.11.12.13\n");
    let server = stage.server().start();
    let service = Service::of(&Place::with(&stage, ""));
    let more = |more: &str| ASKED.replace('}', &format!(",{more}}}"));
    for body in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        more("\"connect-to\":[\"127.0.0.1:22\"]"),
        more("\"resolver\":[\"10.0.0.1\"]"),
        more("\"authority\":[\"10.0.0.1\"]"),
        more("\"allow-private\":true"),
        more("\"ca-file\":\"/etc/shadow\""),
        more("\"module\":\"other\""),
        more("\"deadline\":\"24h\""),
        more("\"fqdn\":\"127.0.0.1\""),
        ASKED.replace("zahnfee.de", "127.0.0.1"),
        ASKED.replace("open", "sideways"),
        ASKED.repeat(2),
    ] {
        let answer = post(&service, PROBE, &body, &[KIND]);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.body.starts_with("{\"error\":"), "{}", answer.body);
    }
    let long = more(&format!("\"fqdn\":\"{}\"", "x".repeat(5000)));
    assert_eq!(post(&service, PROBE, &long, &[KIND]).status, 413);
    let form = ("Content-Type", "text/plain");
    assert_eq!(post(&service, PROBE, ASKED, &[form]).status, 415);
    let elsewhere = [KIND, ("Origin", "https://evil.example")];
    assert_eq!(post(&service, PROBE, ASKED, &elsewhere).status, 403);
    assert_eq!(service.get(PROBE).status, 405);
    assert_eq!(server.connections(), 0);
    assert_eq!(stage.dns.questions().len(), 0);
    // What is not public is not connected to, whatever DNS says.
    let answer = post(&service, PROBE, ASKED, &[KIND]);
    let seen = answer.body.lines().nth(1).expect("facts");
    let seen: Value = serde_json::from_str(seen).expect("JSON");
    assert_eq!(seen["seen"]["terms"]["allow_private"], false);
    assert_eq!(seen["seen"]["facts"]["endpoints"], json!([]));
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
