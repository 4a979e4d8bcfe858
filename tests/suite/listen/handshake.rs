//! Handshakes that come to no end, and whose fault that is.

use std::io::{Read, Write};

use super::{PARTNER, Post, request};
use crate::stage::file;
use crate::world::Authority;
use crate::world::caller::plain;

/// A hello without a list of versions, such as Windows Server 2008 says it, with the name of the server.
fn hello(version: u8) -> Vec<u8> {
    let name = PARTNER.as_bytes();
    let length = u8::try_from(name.len()).expect("short");
    let mut extension = vec![0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
    extension.extend(name);
    let mut body = vec![3, version];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0, 0x2f, 1, 0, 0]);
    body.push(u8::try_from(extension.len()).expect("short"));
    body.extend(extension);
    let length = u8::try_from(body.len()).expect("short");
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(body);
    record
}

#[test]
fn an_old_server_is_known_by_its_first_message() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let mut stream = plain(listening.to).expect("it is open");
    stream.write_all(&hello(1)).expect("it listens");
    let mut alert = Vec::new();
    let _ = stream.read_to_end(&mut alert);
    assert_eq!(alert.first(), Some(&21), "an alert says why");
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-tls-too-old");
    assert_eq!(finding["args"]["version"], "TLS 1.0");
    outcome.stands("pass fail skip skip skip skip skip", "not-ready", 1);
}

#[test]
fn a_certificate_that_the_caller_does_not_trust() {
    let post = Post::new();
    let other = Authority::new("Somebody Else CA");
    let listening = post.listen(&["--once"]);
    let call = listening.call().presenting(post.xphone()).trusting(&other);
    assert!(call.connect().is_err());
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-certificate-refused");
    assert_eq!(finding["severity"], "fail");
    outcome.stands("pass fail skip skip skip skip skip", "not-ready", 1);
}

/// TLS 1.2, but with a cipher suite that has no forward secrecy, and nothing else.
#[test]
fn nothing_in_common() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let mut stream = plain(listening.to).expect("it is open");
    stream.write_all(&hello(3)).expect("it listens");
    let _ = stream.read_to_end(&mut Vec::new());
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-no-common", "fail");
    outcome.stands("pass fail skip skip skip skip skip", "not-ready", 1);
}

/// Whoever breaks off says nothing about why; whoever breaks the rules does.
#[test]
fn a_handshake_that_comes_to_no_end() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    listening.call().greet(&[]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-broken-off", "unknown");
    outcome.stands("pass unknown skip skip skip skip skip", "inconclusive", 3);
    let listening = post.listen(&["--once"]);
    listening.call().greet(&[22, 3, 3, 0, 4, 99, 0, 0, 0]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-failed", "fail");
    outcome.stands("pass fail skip skip skip skip skip", "not-ready", 1);
}

/// Known by its address alone, where nothing else is said.
#[test]
fn plain_text_from_the_published_address() {
    let zone = "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 127.0.0.1\n";
    let post = Post::with_zone(zone);
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let mut stream = plain(listening.to).expect("it is open");
    let options = request("OPTIONS", "echo.example", 1, "", "");
    stream.write_all(options.as_bytes()).expect("it listens");
    let _ = stream.read_to_end(&mut Vec::new());
    let outcome = listening.end();
    outcome.shows("outbound-tls", "call-not-tls", "fail");
    outcome.stands("pass fail skip skip skip skip skip", "not-ready", 1);
}

/// What is wrong with the test partner is nobody else's fault.
#[test]
fn a_broken_partner_blames_nobody() {
    let post = Post::new();
    let roots = file(&Authority::new("Somebody Else CA").root_pem());
    let roots = roots.path().display().to_string();
    let other = Authority::new("A Third CA");
    let listening = post.listen(&["--once", "--ca-file", &roots]);
    let call = listening.call().presenting(post.xphone()).trusting(&other);
    assert!(call.connect().is_err());
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-certificate-refused");
    assert_eq!(finding["severity"], "unknown");
    outcome.finding("outbound-connection", "call-partner-faulty");
    outcome.stands("pass unknown skip skip skip skip skip", "inconclusive", 3);
}
