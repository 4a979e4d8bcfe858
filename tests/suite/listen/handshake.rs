//! Handshakes that come to no end, and whose fault that is.

use std::io::{Read, Write};
use std::net::Shutdown;

use super::{Listening, PARTNER, Post, request};
use crate::stage::{Run, file};
use crate::world::Authority;
use crate::world::caller::plain;

/// A zone by which this machine is the server that calls.
const HERE: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 127.0.0.1\n";

/// A hello without a list of versions, such as Windows Server 2008 says it, with the name of the server,
/// these cipher suites and these extensions beside.
fn hello(version: u8, suites: &[u16], more: &[u8]) -> Vec<u8> {
    let name = PARTNER.as_bytes();
    let length = u8::try_from(name.len()).expect("short");
    let mut extensions = vec![0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
    extensions.extend(name);
    extensions.extend(more);
    let mut body = vec![3, version];
    body.extend([7; 32]);
    body.extend([0, 0, u8::try_from(suites.len() * 2).expect("few")]);
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0, 0, u8::try_from(extensions.len()).expect("short")]);
    body.extend(extensions);
    let length = u8::try_from(body.len()).expect("short");
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(body);
    record
}

/// What is answered to it until the test partner hangs up, or asks for more.
fn said_to(listening: &Listening, hello: &[u8]) -> Vec<u8> {
    let mut stream = plain(listening.to).expect("it is open");
    stream.write_all(hello).expect("it listens");
    let _ = stream.shutdown(Shutdown::Write);
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    said
}

const NO_TLS: &str = "pass fail skip skip skip skip skip";
const NO_TLS_OPEN: &str = "pass unknown skip skip skip skip skip";

#[test]
fn an_old_server_is_known_by_its_first_message() {
    let post = Post::with_zone(HERE);
    let listening = post.listen(&["--once", "--expect", "zahnfee.de"]);
    let alert = said_to(&listening, &hello(1, &[0x002f], &[]));
    assert_eq!(alert.first(), Some(&21), "an alert says why");
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-tls-too-old");
    assert_eq!(finding["args"]["version"], "TLS 1.0");
    outcome.stands(NO_TLS, "not-ready", 1);
}

/// The name of every server with a public certificate is known to scanners, too.
#[test]
fn whoever_only_knows_the_name_is_nobody_for_certain() {
    let elsewhere = Post::new();
    for (args, hello) in [
        (&["--once"][..], hello(1, &[0x002f], &[])),
        (
            &["--once", "--expect", "zahnfee.de"],
            hello(1, &[0x002f], &[]),
        ),
        (
            &["--once", "--expect", "zahnfee.de"],
            hello(3, &[0x0005], &[]),
        ),
    ] {
        let listening = elsewhere.listen(args);
        said_to(&listening, &hello);
        let outcome = listening.report();
        outcome.shows("outbound-connection", "call-caller-unproven", "unknown");
        outcome.stands(
            "unknown unknown skip skip skip skip skip",
            "inconclusive",
            3,
        );
    }
    // What is nobody's fault needs no proof of who it was.
    let listening = elsewhere.listen(&["--once"]);
    listening.call().greet(&[]);
    let outcome = listening.report();
    outcome.shows("outbound-connection", "call-caller-unproven", "info");
    outcome.stands(NO_TLS_OPEN, "inconclusive", 3);
    let listening = elsewhere.listen(&["--once", "--client-cert=require"]);
    if let Ok(mut caller) = listening.call().connect() {
        assert_eq!(caller.hear(), None);
    }
    let outcome = listening.report();
    outcome.shows("outbound-certificate", "call-no-certificate", "unknown");
    outcome.stands(
        "unknown pass unknown skip skip skip skip",
        "inconclusive",
        3,
    );
}

/// By a private authority it may be right not to trust; by a public one it is not.
#[test]
fn a_certificate_that_the_caller_does_not_trust() {
    let post = Post::with_zone(HERE);
    let other = Authority::new("Somebody Else CA");
    let listening = post.listen(&["--once", "--expect", "zahnfee.de"]);
    let call = listening.call().presenting(post.xphone()).trusting(&other);
    assert!(call.connect().is_err());
    let mut outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-partner-refused");
    assert_eq!(finding["owners"], serde_json::json!(["partner"]));
    assert_eq!(finding["args"]["why"], "private");
    outcome.lacks("call-certificate-refused");
    outcome.stands(NO_TLS_OPEN, "inconclusive", 3);
    // The same by the public roots.
    outcome.json["reports"][0]["terms"]["own_roots"] = false.into();
    let again = Run::new("replay").args(&["-", "--format=json"]);
    let again = again.fed(outcome.json.to_string().as_bytes()).run();
    again.shows("outbound-tls", "call-certificate-refused", "fail");
    again.stands(NO_TLS, "not-ready", 1);
}

/// Others have more than the test partner: only what nobody has is held against the caller.
#[test]
fn nothing_in_common() {
    let post = Post::with_zone(HERE);
    let groups = |group: u8| [0, 10, 0, 4, 0, 2, 0, group, 0, 13, 0, 4, 0, 2, 4, 3];
    let rsa_only = [0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 1];
    for (hello, what, offered, severity) in [
        (
            hello(3, &[0x002f, 0x0035, 0x00ff], &[]),
            "suites",
            "TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_256_CBC_SHA).",
            "unknown",
        ),
        (
            hello(3, &[0xc013, 0x009e], &[]),
            "suites",
            "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
            "unknown",
        ),
        (
            hello(3, &[0x0005, 0x0009], &[]),
            "suites",
            "TLS_RSA_WITH_RC4_128_SHA",
            "fail",
        ),
        (
            hello(3, &[0xc02b], &groups(26)),
            "groups",
            "brainpoolP256r1",
            "unknown",
        ),
        (
            hello(3, &[0xc02f], &rsa_only),
            "key",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "unknown",
        ),
    ] {
        let listening = post.listen(&["--once", "--expect", "zahnfee.de"]);
        said_to(&listening, &hello);
        let outcome = listening.report();
        outcome.shows("outbound-tls", "call-tls-no-common", severity);
        let finding = outcome.finding("outbound-tls", "call-tls-no-common");
        assert_eq!(finding["args"]["what"], what, "{finding:#}");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(offered), "{message}");
        if severity == "fail" {
            outcome.stands(NO_TLS, "not-ready", 1);
        } else {
            outcome.stands(NO_TLS_OPEN, "inconclusive", 3);
        }
    }
}

/// Whoever has a key on P-521 or an Ed448 one presents it only if it is asked for such a signature.
#[test]
fn every_kind_of_signature_is_asked_for() {
    let post = Post::new();
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3];
    let said = said_to(&listening, &hello(3, &[0xc02b], &extensions));
    let mut messages: Vec<u8> = Vec::new();
    let mut records = &said[..];
    while let [22, 3, 3, high, low, rest @ ..] = records {
        let (record, others) = rest.split_at(usize::from(*high) << 8 | usize::from(*low));
        messages.extend(record);
        records = others;
    }
    let mut rest = &messages[..];
    let mut request = None;
    while let [kind, _, high, low, after @ ..] = rest {
        let (message, others) = after.split_at(usize::from(*high) << 8 | usize::from(*low));
        request = request.or((*kind == 13).then_some(message));
        rest = others;
    }
    let request = request.expect("a certificate is asked for");
    let list = &request[1 + usize::from(request[0]) + 2..];
    for (scheme, name) in [
        ([4, 3], "P-256"),
        ([5, 3], "P-384"),
        ([6, 3], "P-521"),
        ([8, 4], "RSA-PSS"),
        ([4, 1], "RSA"),
        ([6, 1], "RSA with SHA-512"),
        ([8, 7], "Ed25519"),
        ([8, 8], "Ed448"),
    ] {
        assert!(list.chunks(2).any(|own| own == scheme), "{name}: {list:?}");
    }
    listening.end();
}

/// Whoever breaks off says nothing about why; whoever breaks the rules does.
#[test]
fn a_handshake_that_comes_to_no_end() {
    let post = Post::with_zone(HERE);
    let args = ["--once", "--expect", "zahnfee.de"];
    let listening = post.listen(&args);
    listening.call().greet(&[]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-broken-off", "unknown");
    outcome.stands(NO_TLS_OPEN, "inconclusive", 3);
    for (bytes, how) in [
        // Something that is not encrypted, a record of no kind, an alert.
        (&[22, 3, 3, 0, 4, 99, 0, 0, 0][..], "undecryptable"),
        (&[99, 3, 3, 0, 1, 0], "malformed"),
        (&[21, 3, 3, 0, 2, 2, 40], "alert"),
    ] {
        let listening = post.listen(&args);
        listening.call().greet(bytes);
        let outcome = listening.report();
        outcome.shows("outbound-tls", "call-tls-failed", "fail");
        let finding = outcome.finding("outbound-tls", "call-tls-failed");
        assert_eq!(finding["args"]["how"], how, "{finding:#}");
        outcome.stands(NO_TLS, "not-ready", 1);
    }
    // That is how a connection ends, not a reason.
    let listening = post.listen(&args);
    listening.call().greet(&[21, 3, 3, 0, 2, 1, 0]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-broken-off", "unknown");
}

/// Known by its address alone, where nothing else is said.
#[test]
fn plain_text_from_the_published_address() {
    let post = Post::with_zone(HERE);
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
    let finding = outcome.finding("outbound-tls", "call-partner-refused");
    assert_eq!(finding["args"]["why"], "faulty");
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains("a fault of its own: "), "{message}");
    assert!(!message.contains("cert-"), "{message}");
    let faulty = outcome.finding("outbound-connection", "call-partner-faulty");
    let fix = faulty["fix"].to_string();
    assert!(fix.contains("xfed explain cert-untrusted-issuer"), "{fix}");
    outcome.stands(NO_TLS_OPEN, "inconclusive", 3);
}
