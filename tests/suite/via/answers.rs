//! What else may answer where `xfed check --via https://…` asks: whatever it is, the domain is not to blame.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio_rustls::rustls::{self, ServerConfig, ServerConnection, StreamOwned};

use super::https::{ASKED, check, saw_nothing};
use crate::stage::Folder;
use crate::world::{Authority, Identity};

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
