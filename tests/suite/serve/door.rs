//! Who may come in.

use std::io::Write;
#[cfg(target_os = "linux")]
use std::net::TcpStream;

use super::client::{Answer, Service, serve};
#[cfg(target_os = "linux")]
use super::running::held;
use crate::probe::Place;
use crate::stage::{Folder, Run, Stage};
use crate::world::Authority;

/// A service that nothing is configured for, and its folder.
fn nowhere() -> (Service, Place) {
    let place = Place::configured("");
    (Service::of(&place), place)
}

#[test]
fn what_is_there_and_what_is_not() {
    let (service, _place) = nowhere();
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("GET", "/-/reload", 405),
        ("DELETE", "/probe", 405),
        ("OPTIONS", "/probe", 405),
        ("GET", "/", 404),
        ("GET", "/probe/", 404),
        ("GET", "/..%2fxfed.toml", 404),
    ] {
        let answer = service.ask(method, path, &[]);
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.is_some_and(|policy| policy.starts_with("default-src 'none'")));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let metrics = service.get("/metrics");
    let counted = "xfed_serve_requests_total{path=\"other\",code=\"404\"}";
    assert_eq!(metrics.sample(counted), "3");
}

/// A web site that has its own name lead here (DNS rebinding) is not let in.
#[test]
fn by_another_name_nobody_comes_in() {
    let folder = Folder::new().with("web.toml", "hosts = [\"xfed.example\"]");
    let place = Place::configured("");
    let service = Service::started(
        serve(&place)
            .arg("--web-config")
            .arg(folder.file("web.toml")),
    );
    for (host, status) in [
        ("127.0.0.1", 200),
        ("localhost:9533", 200),
        ("[::1]", 200),
        ("xfed.example", 200),
        ("XFED.example:443", 200),
        ("evil.example", 421),
        ("xfed.example.evil.example", 421),
        ("", 421),
    ] {
        let answer = service.ask("GET", "/metrics", &[("Host", host)]);
        assert_eq!(answer.status, status, "{host}: {}", answer.body);
    }
    let without = "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(Answer::to(without, service.connect()).status, 421);
    let twice = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\
                 Connection: close\r\n\r\n";
    assert_eq!(Answer::to(twice, service.connect()).status, 421);
}

#[test]
fn no_other_web_site_makes_a_browser_ask() {
    let (service, _place) = nowhere();
    let own = format!("http://{}", service.address);
    for (method, path, headers, status) in [
        ("GET", "/metrics", vec![("Sec-Fetch-Site", "none")], 200),
        (
            "GET",
            "/metrics",
            vec![("Sec-Fetch-Site", "same-origin")],
            200,
        ),
        (
            "GET",
            "/probe?target=zahnfee.de",
            vec![("Sec-Fetch-Site", "cross-site")],
            403,
        ),
        (
            "GET",
            "/metrics",
            vec![("Sec-Fetch-Site", "same-site")],
            403,
        ),
        (
            "GET",
            "/metrics",
            vec![
                ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Mode", "navigate"),
            ],
            403,
        ),
        ("POST", "/-/reload", vec![], 204),
        ("POST", "/-/reload", vec![("Origin", own.as_str())], 204),
        (
            "POST",
            "/-/reload",
            vec![("Origin", "https://evil.example")],
            403,
        ),
        ("POST", "/-/reload", vec![("Origin", "null")], 403),
        (
            "POST",
            "/-/reload",
            vec![("Sec-Fetch-Site", "cross-site")],
            403,
        ),
    ] {
        let answer = service.ask(method, path, &headers);
        assert_eq!(
            answer.status, status,
            "{method} {path} {headers:?}: {}",
            answer.body
        );
    }
}

/// The SHA-256 of "tooth".
const TOOTH: &str = "token-sha256 = [\n  \"0000000000000000000000000000000000000000000000000000000000000000\",\n  \"TOOTH\",\n]\n";

/// The file with a token, `tooth`, beside one that nobody has.
pub fn tokens() -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, b"tooth");
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    TOOTH.replace("TOOTH", &digits.collect::<String>())
}

#[test]
fn where_there_is_a_lock_it_takes_a_token() {
    let folder = Folder::new().with("web.toml", tokens());
    let place = Place::configured("");
    let service = Service::started(
        serve(&place)
            .arg("--web-config")
            .arg(folder.file("web.toml")),
    );
    for (said, status) in [
        (None, 401),
        (Some("Bearer tooth"), 200),
        (Some("bearer  tooth"), 200),
        // xfed:tooth
        (Some("Basic eGZlZDp0b290aA=="), 200),
        // tooth:xfed
        (Some("Basic dG9vdGg6eGZlZA=="), 401),
        (Some("Basic !"), 401),
        (Some("Bearer Tooth"), 401),
        (Some("Bearer"), 401),
        (Some("Bearer "), 401),
        (Some("Digest tooth"), 401),
    ] {
        let headers = said.map(|said| ("Authorization", said));
        let headers: Vec<_> = headers.into_iter().collect();
        for path in ["/metrics", "/probe?target=127.0.0.1", "/nowhere"] {
            let answer = service.ask("GET", path, &headers);
            let expected = match (status, path) {
                (200, "/nowhere") => 404,
                (200, "/probe?target=127.0.0.1") => 400,
                (status, _) => status,
            };
            assert_eq!(answer.status, expected, "{said:?} {path}");
        }
    }
    assert!(service.get("/metrics").header("www-authenticate").is_some());
    // Whoever watches the machine needs none.
    assert_eq!(service.get("/healthz").status, 200);
    assert_eq!(service.get("/readyz").status, 200);
}

#[test]
fn by_tls_with_a_certificate_of_its_own() {
    let authority = Authority::new("Tooth Fairy Root CA");
    let identity = authority.certificate("xfed.example").no_crl().issue();
    let folder = Folder::new()
        .with("cert.pem", identity.chain_pem())
        .with("key.pem", identity.key_pem())
        .with(
            "web.toml",
            format!("cert = \"cert.pem\"\nkey = \"key.pem\"\n{}", tokens()),
        );
    let place = Place::configured("");
    let web = folder.file("web.toml");
    let service = Service::started(serve(&place).arg("--web-config").arg(&web));
    let token = [("Authorization", "Bearer tooth")];
    let answer = service.ask_by_tls(&authority, "/metrics", &token);
    assert_eq!(answer.status, 200);
    assert_eq!(service.ask_by_tls(&authority, "/metrics", &[]).status, 401);
    // In the clear nothing is answered.
    let mut stream = service.connect();
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut said = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut said);
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}

/// Before anything is listened to.
#[test]
fn other_machines_are_let_in_by_tls_and_token_only() {
    let locked = Folder::new().with("web.toml", tokens());
    for (lang, says) in [
        (
            "en",
            "xfed: --listen 0.0.0.0:9533: other machines reach this address, expected cert, key and \
                token-sha256 in the file of --web-config; or --insecure-listen where something else \
                stands guard\n",
        ),
        (
            "de",
            "xfed: --listen 0.0.0.0:9533: Diese Adresse erreichen andere Rechner, erwartet werden \
                cert, key und token-sha256 in der Datei von --web-config; oder --insecure-listen, wo \
                etwas anderes Wache hält\n",
        ),
    ] {
        let run = || Run::new("serve").args(&["--listen", "0.0.0.0:9533", "--lang", lang]);
        let expected = (2, String::new(), says.to_owned());
        assert_eq!(run().text(), expected);
        let run = run().arg("--web-config").arg(locked.file("web.toml"));
        assert_eq!(
            run.text(),
            expected,
            "a token that everybody on the way reads"
        );
    }
}

#[test]
fn what_is_wrong_in_the_file_is_named() {
    let identity = Authority::new("Tooth Fairy Root CA")
        .certificate("xfed.example")
        .issue();
    let other = Authority::new("Tooth Fairy Root CA")
        .certificate("xfed.example")
        .issue();
    let folder = Folder::new()
        .with("cert.pem", identity.chain_pem())
        .with("key.pem", other.key_pem());
    for (text, says) in [
        ("token = \"x\"", "web.toml:1: there is no key token"),
        (
            "token-sha256 = [\"abc\"]",
            "web.toml:1: token-sha256: expected the SHA-256 of a token",
        ),
        (
            "token-sha256 = \"abc\"",
            "web.toml:1: token-sha256: expected",
        ),
        (
            "hosts = [\"https://xfed.example\"]",
            "web.toml:1: hosts: expected a host name",
        ),
        ("cert = \"cert.pem\"", "cert and key belong together"),
        (
            "cert = \"cert.pem\"\nkey = \"key.pem\"",
            "cert and key do not fit together",
        ),
        ("cert = \"none.pem\"\nkey = \"key.pem\"", "none.pem"),
    ] {
        let folder_file = folder.file("web.toml");
        std::fs::write(&folder_file, text).expect("it is our own");
        let run = Run::new("serve").args(&["--listen", "127.0.0.1:0", "--web-config"]);
        let (code, stdout, stderr) = run.arg(&folder_file).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{text}");
        assert!(stderr.contains(says), "{text}: {stderr}");
    }
}

/// What a client sends is bounded.
#[test]
fn a_head_that_never_ends_is_not_read() {
    let (service, _place) = nowhere();
    let long = "x".repeat(64 * 1024);
    let answer = service.ask("GET", "/healthz", &[("X-Long", &long)]);
    assert_eq!(answer.status, 431);
    let path = format!("/probe?target={long}");
    assert!([414, 431].contains(&service.get(&path).status));
    assert_eq!(service.get("/healthz").status, 200);
}

/// What does not come is not waited for.
#[test]
fn who_says_no_more_is_left() {
    let (service, _place) = nowhere();
    let ended = |request: &str| {
        let mut stream = service.connect();
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut said = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut said);
        String::from_utf8_lossy(&said).into_owned()
    };
    std::thread::scope(|scope| {
        let head = scope.spawn(|| ended("GET /healthz HTTP/1.1\r\nHost: local"));
        let idle = scope.spawn(|| ended("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let bodies = ["/api/v1/checks", "/api/v1/probe"].map(|path| {
            let ended = &ended;
            scope.spawn(move || {
                ended(&format!(
                    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                     Content-Length: 20\r\nConnection: close\r\n\r\n{{\"domain\":"
                ))
            })
        });
        for body in bodies {
            let said = body.join().expect("it ends");
            assert!(said.starts_with("HTTP/1.1 408"), "{said}");
            assert!(said.contains("did not come within 10 seconds"), "{said}");
        }
        let said = head.join().expect("it ends");
        assert!(!said.contains("200 OK"), "{said}");
        // A connection that is kept, too.
        let said = idle.join().expect("it ends");
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
    });
    // A body without a length is no longer than one with it.
    let chunks = format!("1388\r\n{}\r\n0\r\n\r\n", "x".repeat(5000));
    let said = ended(&format!(
        "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunks}"
    ));
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}

/// However many one client opens, others come in.
#[cfg(target_os = "linux")]
#[test]
fn one_client_holds_no_more_than_half_of_all_connections() {
    let (_stage, listener, place) = held();
    let service = Service::of(&place);
    let ask = |mut stream: TcpStream, path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // It may be gone before it is written to.
        let _ = stream.write_all(request.as_bytes());
        stream
    };
    let answered = |stream: TcpStream| {
        let mut said = Vec::new();
        let _ = std::io::Read::read_to_end(&mut ask(stream, "/healthz"), &mut said);
        said.starts_with(b"HTTP/1.1 200 OK")
    };
    assert!(answered(service.connect()));
    // All wait for the same check, which goes on as long as nobody answers it.
    let waiting = (0..256).map(|_| ask(service.connect(), "/probe?target=zahnfee.de"));
    let waiting: Vec<TcpStream> = waiting.collect();
    assert!(!answered(service.connect()));
    assert!(answered(service.connect_from([127, 0, 0, 2].into())));
    drop((waiting, listener));
}

/// Others are served while one takes its time to ask.
#[test]
fn who_is_slow_holds_up_nobody() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    let slow: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = service.connect();
            stream
                .write_all(b"GET /probe?target=zahn")
                .expect("it reads");
            stream
        })
        .collect();
    let answer = service.get("/probe?target=zahnfee.de");
    assert_eq!(answer.sample("probe_success"), "1");
    assert!(slow.len() == 100);
}
