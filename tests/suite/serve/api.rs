//! Checks that programs ask for, watch and read.

use std::io::{BufRead, BufReader, Read, Write};
use std::thread;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::{Answer, Service, serve};
use super::running::held;
use crate::probe::Place;
use crate::stage::{Folder, Stage, ZONE};

const CHECKS: &str = "/api/v1/checks";
const KIND: (&str, &str) = ("Content-Type", "application/json");

/// `POST` with this body.
pub fn post(service: &Service, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let length = body.len().to_string();
    let own = [("Host", "localhost"), ("Content-Length", length.as_str())];
    let lines = own.iter().chain(headers);
    let lines = lines.map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines: String = lines.collect();
    let request = format!("POST {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n{body}");
    Answer::to(&request, service.connect())
}

pub fn begin(service: &Service, domain: &str) -> Answer {
    let body = json!({"domain": domain}).to_string();
    post(service, CHECKS, &body, &[KIND])
}

/// The document that is answered.
#[track_caller]
fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[track_caller]
pub fn begun(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.body);
    let said = json_of(answer);
    let id = said["id"].as_str().expect("a name");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(answer.header("location"), Some(&*format!("{CHECKS}/{id}")));
    assert_eq!(said["result"], format!("/r/{id}"));
    id.to_owned()
}

/// The events of a check until the stream ends: names with their data.
pub fn events(service: &Service, id: &str) -> Vec<(String, Value)> {
    let mut stream = service.connect();
    let request = format!(
        "GET {CHECKS}/{id}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut name = String::new();
    let mut events = Vec::new();
    for line in BufReader::new(stream).lines() {
        let line = line.expect("UTF-8");
        if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data = serde_json::from_str(data).expect("JSON");
            events.push((name.clone(), data));
        }
    }
    events
}

#[test]
fn a_check_is_asked_for_watched_and_read() {
    let (stage, listener, place) = held();
    let service = Service::of(&place);
    let id = begun(&begin(&service, "zahnfee.de"));
    let held = listener.accept().expect("the check connects");
    let path = format!("{CHECKS}/{id}");
    let answer = service.get(&path);
    assert_eq!(answer.status, 202);
    assert_eq!(json_of(&answer)["state"], "working");
    // Whoever asks for the same meanwhile is given the same.
    assert_eq!(begun(&begin(&service, "info@Zahnfee.de")), id);
    let told = thread::scope(|scope| {
        let told = scope.spawn(|| events(&service, &id));
        drop((held, listener));
        told.join().expect("it ends")
    });
    let steps: Vec<&str> = told
        .iter()
        .filter(|(name, _)| name == "step")
        .map(|(_, step)| step["id"].as_str().expect("a step"))
        .collect();
    let mut all = steps.clone();
    all.sort_unstable();
    assert_eq!(
        all,
        [
            "address",
            "certificate",
            "domain",
            "federation",
            "srv",
            "tcp"
        ]
    );
    // DNS is known before anybody answers at the address.
    let place_of = |id| steps.iter().position(|step| *step == id);
    assert!(place_of("srv") < place_of("tcp"), "{steps:?}");
    let (last, said) = told.last().expect("an end");
    assert_eq!((last.as_str(), &said["check"]), ("done", &json!(path)));
    let answer = service.get(&path);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json"))
    );
    let report = &json_of(&answer)["reports"][0];
    assert_eq!(report["domain"], "zahnfee.de");
    assert_eq!(report["redacted"], true);
    // What is over is told at once.
    assert_eq!(
        events(&service, &id),
        [("done".to_owned(), told.last().expect("an end").1.clone())]
    );
    drop(stage);
}

/// The last result is there, and says how old it is.
#[test]
fn a_domain_is_not_checked_again_at_once() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    let id = begun(&begin(&service, "zahnfee.de"));
    events(&service, &id);
    let asked = stage.dns.questions().len();
    let again = begin(&service, "zahnfee.de");
    assert_eq!(again.status, 429, "{}", again.body);
    let wait: u64 = again
        .header("retry-after")
        .and_then(|wait| wait.parse().ok())
        .expect("seconds");
    assert!((1..=21).contains(&wait), "{wait}");
    let said = json_of(&again);
    assert_eq!(said["retry_after"], wait);
    assert_eq!(said["last"]["id"], id);
    assert_eq!(said["last"]["verdict"], "ready");
    assert!(
        said["last"]["age_seconds"]
            .as_u64()
            .is_some_and(|age| age <= 20)
    );
    let sentence = said["error"].as_str().expect("a sentence");
    assert!(
        sentence.starts_with("this domain was checked just now"),
        "{sentence}"
    );
    assert_eq!(stage.dns.questions().len(), asked);
}

#[test]
fn each_who_asks_has_six_a_minute() {
    let folder = Folder::new().with("web.toml", "trusted-proxies = [\"127.0.0.0/8\"]\n");
    // Nothing answers, so that each of them is over at once.
    let place = Place::configured("resolver = [\"127.0.0.1:1\"]\n");
    let service = Service::started(
        serve(&place)
            .arg("--web-config")
            .arg(folder.file("web.toml")),
    );
    let ask = |number: usize, client: &str| {
        let body = json!({"domain": format!("n{number}.example")}).to_string();
        post(
            &service,
            CHECKS,
            &body,
            &[KIND, ("X-Forwarded-For", client)],
        )
    };
    for number in 0..6 {
        assert_eq!(ask(number, "192.0.2.7, 198.51.100.1").status, 202);
    }
    let refused = ask(6, "203.0.113.9, 198.51.100.1");
    assert_eq!(
        refused.status, 429,
        "what it says of itself counts for nothing"
    );
    assert!(refused.header("retry-after").is_some());
    let sentence = json_of(&refused)["error"].to_string();
    assert!(sentence.contains("six checks a minute"), "{sentence}");
    assert_eq!(ask(7, "198.51.100.2").status, 202);
}

/// Of what is asked, too, only a domain and a module can be said.
#[test]
fn what_is_no_request_is_refused() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        ("[]", 400),
        ("{\"domain\":\"127.0.0.1\"}", 400),
        ("{\"domain\":\"localhost\"}", 400),
        ("{\"domain\":\"zahnfee.de\",\"module\":\"other\"}", 400),
        ("{\"domain\":\"zahnfee.de\",\"resolver\":\"10.0.0.1\"}", 400),
        (
            "{\"domain\":\"zahnfee.de\",\"connect-to\":\"10.0.0.1\"}",
            400,
        ),
        ("{\"domain\":\"zahnfee.de\",\"allow-private\":true}", 400),
        (&format!("{{\"domain\":\"{}\"}}", "x".repeat(5000)), 413),
    ] {
        let answer = post(&service, CHECKS, body, &[KIND]);
        assert_eq!(answer.status, status, "{body:.80}: {}", answer.body);
        assert!(json_of(&answer)["error"].is_string());
    }
    let good = "{\"domain\":\"zahnfee.de\"}";
    // What a form or a script of another web site can send without asking first.
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        assert_eq!(
            post(&service, CHECKS, good, &[("Content-Type", kind)]).status,
            415,
            "{kind}"
        );
    }
    let elsewhere = [KIND, ("Origin", "https://evil.example")];
    assert_eq!(post(&service, CHECKS, good, &elsewhere).status, 403);
    for path in ["x", "0123456789abcdef0123456789abcdef", "../metrics"] {
        assert_eq!(
            service.get(&format!("{CHECKS}/{path}")).status,
            404,
            "{path}"
        );
        assert_eq!(service.get(&format!("/r/{path}")).status, 404, "{path}");
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(stage.dns.questions().len(), 0);
}

/// A body that never comes holds up nobody, nor does somebody who watches and does not read.
#[test]
fn the_end_comes_whoever_watches() {
    let (_stage, listener, place) = held();
    let service = Service::of(&place);
    let id = begun(&begin(&service, "zahnfee.de"));
    let held = listener.accept().expect("the check connects");
    let mut watching = service.connect();
    let request = format!("GET {CHECKS}/{id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    watching.write_all(request.as_bytes()).expect("it reads");
    let mut first = [0; 15];
    watching.read_exact(&mut first).expect("it answers");
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    service.running.signal(Signal::TERM);
    while std::net::TcpStream::connect(service.address).is_ok() {
        thread::yield_now();
    }
    drop((held, listener));
    let mut rest = String::new();
    watching.read_to_string(&mut rest).expect("UTF-8");
    assert!(rest.contains("event: done"), "{rest}");
    assert_eq!(service.running.end(), (0, String::new(), String::new()));
}

#[test]
fn the_schema_is_that_of_the_reports() {
    let place = Place::configured("");
    let answer = Service::of(&place).get("/api/v1/schema");
    let (code, printed, _) = crate::stage::Run::new("schema").text();
    assert_eq!((answer.status, code), (200, 0));
    assert_eq!(answer.body, printed);
}

/// What was seen stays, whatever is seen later, and after the service was begun anew.
#[test]
fn a_link_to_a_result_shows_what_was_seen_then() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let store = place.folder.file("results.sqlite");
    let start = || Service::started(serve(&place).arg("--store").arg(&store));
    let service = start();
    let id = begun(&begin(&service, "zahnfee.de"));
    // Whoever is too early waits.
    let first = service.get(&format!("/r/{id}"));
    stage.dns.replace("zahnfee.de", ZONE);
    service.running.signal(Signal::TERM);
    assert_eq!(service.running.end().0, 0);
    let service = start();
    let page = service.get(&format!("/r/{id}"));
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert_eq!(page.body, first.body);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script-src"),
        "{policy}"
    );
    for (path, headers, says) in [
        (String::new(), vec![], "not ready"),
        ("?lang=de".to_owned(), vec![], "nicht bereit"),
        (
            String::new(),
            vec![("Accept-Language", "de-AT,de;q=0.9")],
            "nicht bereit",
        ),
        (
            "?lang=en".to_owned(),
            vec![("Accept-Language", "de")],
            "not ready",
        ),
        (".md".to_owned(), vec![], "not ready"),
        (".md?lang=de".to_owned(), vec![], "nicht bereit"),
    ] {
        let answer = service.ask("GET", &format!("/r/{id}{path}"), &headers);
        assert!(
            answer.body.contains(says),
            "{path} {headers:?}: {}",
            answer.body
        );
        assert!(answer.body.contains("srv-wrong-port"), "{path}");
        // What is local is not for whoever has the link.
        let dns = stage.dns.address().to_string();
        assert!(!answer.body.contains(&dns), "{path}");
    }
    let report = json_of(&service.get(&format!("/r/{id}.json")));
    assert_eq!(report["reports"][0]["verdict"], "not-ready");
    // A link in a message may be followed; a picture of another site may not.
    let from = |mode| {
        let headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode)];
        service.ask("GET", &format!("/r/{id}"), &headers).status
    };
    assert_eq!((from("navigate"), from("no-cors")), (200, 403));
    for path in [".pdf", "?rules=1&x", "0", ".json.md"] {
        let status = service.get(&format!("/r/{id}{path}")).status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}

#[test]
fn a_file_that_holds_something_else_is_left_alone() {
    let folder = Folder::new().with("letter", "Dear Tooth Fairy, here is a molar of mine.");
    let file = folder.file("letter");
    let run = crate::stage::Run::new("serve").args(&["--listen", "127.0.0.1:0", "--store"]);
    let (code, _, stderr) = run.arg(&file).text();
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with(&format!(
            "xfed: --store {} cannot be used: ",
            file.display()
        )),
        "{stderr}"
    );
    let letter = std::fs::read_to_string(&file).expect("it is there");
    assert!(letter.starts_with("Dear"));
}
