//! What rustls does not speak: old versions, other cipher suites, and plain text that waits to be
//! asked.

use std::time::Duration;

use crate::stage::{FQDN, Outcome, Stage, demanding};
use crate::world::{Old, Raw, Refusal, Server};

const RSA_AES_CBC: u16 = 0x002f;
const DHE_RSA_AES_GCM: u16 = 0x009e;
const DHE_RSA_AES_CBC: u16 = 0x0033;
const RSA_AES_GCM: u16 = 0x009d;
const RSA_3DES: u16 = 0x000a;
const RSA_RC4: u16 = 0x0005;
const ECDHE_RSA_AES_CBC: u16 = 0xc027;
const ECDHE_RSA_AES_GCM: u16 = 0xc02f;
const SECP521R1: u16 = 25;

/// Only step 6 fails: the certificate is judged.
const ONLY_FEDERATION: &str = "pass pass pass pass pass fail";
const NO_CERTIFICATE: &str = "pass pass pass pass skip fail";

/// How long a silent peer is waited for.
const LIMIT: Duration = Duration::from_millis(800);

fn meets(stage: &Stage, server: &Server, connections: usize) -> Outcome {
    let run = stage.check().connect_to(server);
    let limit = format!("{}ms", LIMIT.as_millis());
    let outcome = run.args(&["--timeout", &limit]).run();
    assert_eq!(server.connections(), connections, "{outcome}");
    outcome
}

fn old(stage: &Stage, version: u16, suites: &[u16]) -> Old {
    Server::old(stage.identity(), version, suites)
}

#[test]
fn tls_too_old() {
    let stage = Stage::new();
    for (version, name) in [
        (0x0300, "SSL 3.0"),
        (0x0301, "TLS 1.0"),
        (0x0302, "TLS 1.1"),
    ] {
        let server = old(&stage, version, &[RSA_AES_CBC]).start();
        let outcome = meets(&stage, &server, 3);
        let args = &outcome.finding("federation", "tls-too-old")["args"];
        assert_eq!(args["version"], name);
        assert_eq!(args["cipher"], "TLS_RSA_WITH_AES_128_CBC_SHA");
        let explained = &outcome.report()["facts"]["endpoints"][0]["explained"];
        assert_eq!(explained["wide"]["outcome"], "complete");
        assert!(explained["wide"]["request"].is_object(), "{explained}");
        outcome
            .shows("federation", "tls-too-old", "fail")
            .lacks("mtls-not-requested")
            .lacks("tls-handshake-failed")
            .stands(ONLY_FEDERATION, "not-ready", 1);
    }
}

/// One that refuses to go down from TLS 1.2 is found by the hello of its own time, however it
/// refuses.
#[test]
fn tls_too_old_by_the_old_hello_only() {
    let stage = Stage::new();
    for refusal in [Refusal::Alert, Refusal::Close, Refusal::Reset] {
        let server = old(&stage, 0x0301, &[RSA_RC4]).insists().refuse(refusal);
        let outcome = meets(&stage, &server.start(), 3);
        let explained = &outcome.report()["facts"]["endpoints"][0]["explained"];
        assert!(explained["wide"]["version"].is_null(), "{explained}");
        outcome
            .shows("federation", "tls-too-old", "fail")
            .stands(ONLY_FEDERATION, "not-ready", 1);
    }
}

/// The certificate from the plain-text handshake is judged like any other, in small records too.
#[test]
fn the_certificate_of_an_old_server_is_judged() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("other.example").rsa();
    let identity = identity.valid(-90, -1).without_intermediate().issue();
    for size in [100, 1 << 14] {
        let server = Server::old(identity.clone(), 0x0301, &[RSA_AES_CBC]).fragment(size);
        meets(&stage, &server.start(), 3)
            .shows("certificate", "cert-name-mismatch", "fail")
            .shows("certificate", "cert-expired", "fail")
            .shows("certificate", "cert-untrusted-issuer", "fail")
            .shows("federation", "tls-too-old", "fail")
            .stands("pass pass pass pass fail fail", "not-ready", 1);
    }
}

#[test]
fn an_old_server_that_does_not_ask_for_a_certificate() {
    let stage = Stage::new();
    let server = old(&stage, 0x0301, &[RSA_AES_CBC]).no_client_auth();
    meets(&stage, &server.start(), 3)
        .shows("federation", "tls-too-old", "fail")
        .shows("federation", "mtls-not-requested", "warn");
}

#[test]
fn tls_no_common_cipher() {
    let stage = Stage::new();
    for (suite, name) in [
        (DHE_RSA_AES_CBC, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        (RSA_3DES, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        (RSA_RC4, "TLS_RSA_WITH_RC4_128_SHA"),
    ] {
        for refusal in [Refusal::Alert, Refusal::Close, Refusal::Reset] {
            let server = old(&stage, 0x0303, &[suite]).refuse(refusal).start();
            let outcome = meets(&stage, &server, 4);
            let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
            assert_eq!(args["cipher"], name);
            assert_eq!(args["reach"], "few");
            outcome
                .shows("federation", "tls-no-common-cipher", "fail")
                .stands(ONLY_FEDERATION, "not-ready", 1);
        }
    }
}

/// What Windows offers gets partners in: a warning, also where the server would rather have
/// another.
#[test]
fn a_cipher_that_windows_has_is_a_warning() {
    const ECDHE: &str = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256";
    const DHE: &str = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
    let stage = Stage::new();
    for (suites, connections, name, reach) in [
        (&[ECDHE_RSA_AES_CBC][..], 3, ECDHE, "some"),
        (&[RSA_3DES, ECDHE_RSA_AES_CBC], 4, ECDHE, "some"),
        // What it offers last.
        (&[DHE_RSA_AES_GCM], 3, DHE, "last"),
        (
            &[RSA_3DES, DHE_RSA_AES_GCM],
            4,
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            "last",
        ),
    ] {
        for refusal in [Refusal::Alert, Refusal::Close, Refusal::Reset] {
            let server = old(&stage, 0x0303, suites).refuse(refusal).start();
            let outcome = meets(&stage, &server, connections);
            let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
            assert_eq!(args["cipher"], name);
            assert_eq!(args["reach"], reach);
            let last = if reach == "last" { DHE } else { name };
            assert_eq!(args["last"], last);
            let reservations = outcome.report()["reservations"].to_string();
            assert!(reservations.contains("TLS was not seen"), "{reservations}");
            outcome
                .shows("federation", "tls-no-common-cipher", "warn")
                .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        }
    }
}

/// Partners encrypt with a key that may only sign: GnuTLS and Java hang up. With ECDHE it only signs.
#[test]
fn a_key_that_may_not_encrypt_in_rsa_key_exchange() {
    const CODE: &str = "cert-no-key-encipherment";
    let stage = Stage::new();
    let identity = || stage.authority.certificate(FQDN).rsa();
    let met = |server: &Server| stage.check().connect_to(server).run();
    for (suite, name) in [
        (RSA_AES_GCM, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        (RSA_AES_CBC, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    ] {
        let server = Server::old(identity().signing_only().issue(), 0x0303, &[suite]);
        let outcome = met(&server.start());
        outcome.shows("certificate", CODE, "warn").shows(
            "federation",
            "tls-no-common-cipher",
            "warn",
        );
        let finding = outcome.finding("certificate", CODE);
        assert_eq!(finding["args"]["cipher"], name, "{outcome}");
        let fix = finding["fix"].to_string();
        assert!(fix.contains("Nothing has to be ordered"), "{fix}");
        let server = Server::old(identity().issue(), 0x0303, &[suite]);
        met(&server.start()).lacks(CODE);
    }
    for suite in [DHE_RSA_AES_GCM, ECDHE_RSA_AES_CBC] {
        let server = Server::old(identity().signing_only().issue(), 0x0303, &[suite]);
        met(&server.start()).lacks(CODE);
    }
    let server = demanding(identity().signing_only().issue()).start();
    met(&server)
        .lacks(CODE)
        .stands("pass pass pass pass pass pass", "ready", 0);
}

/// Windows, OpenSSL and GnuTLS hang up on a short prime.
#[test]
fn a_prime_that_is_too_short_for_everybody() {
    let stage = Stage::new();
    for (bits, severity) in [
        (512, "fail"),
        (1016, "fail"),
        (1024, "warn"),
        (2048, "warn"),
    ] {
        let server = old(&stage, 0x0303, &[DHE_RSA_AES_GCM]).prime(bits).start();
        let run = stage.check().connect_to(&server);
        let outcome = run.args(&["--timeout", "800ms"]).run();
        outcome.shows("federation", "tls-no-common-cipher", severity);
        let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
        assert_eq!(args["group"], format!("DH {bits}"), "{outcome}");
        let reach = match bits {
            ..1024 => "few",
            1024..2048 => "last-short",
            2048.. => "last",
        };
        assert_eq!(args["reach"], reach, "{outcome}");
    }
}

/// Windows offers it as well, and gets in; but a server that signs nothing does not show its key to
/// whoever cannot go to the end of the handshake.
#[test]
fn rsa_key_exchange_gets_windows_in_and_shows_no_key() {
    let stage = Stage::new();
    for suite in [RSA_AES_CBC, RSA_AES_GCM] {
        let outcome = meets(&stage, &old(&stage, 0x0303, &[suite]).start(), 3);
        outcome
            .shows("federation", "tls-no-common-cipher", "warn")
            .shows("federation", "tls-key-unproven", "unknown")
            .stands("pass pass pass pass pass unknown", "inconclusive", 3);
        let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
        assert_eq!(args["reach"], "last");
        let finding = outcome.finding("federation", "tls-key-unproven");
        assert!(finding["message"].to_string().contains("RSA key exchange"));
    }
}

/// The suite alone is not it: Windows does not offer this curve.
#[test]
fn a_curve_in_common_is_missing() {
    let stage = Stage::new();
    let server = old(&stage, 0x0303, &[ECDHE_RSA_AES_GCM]).group(SECP521R1);
    let outcome = meets(&stage, &server.start(), 4);
    let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
    assert_eq!(args["group"], "secp521r1");
    outcome.shows("federation", "tls-no-common-cipher", "fail");
}

/// Where the last question is not answered, nobody can say that partners on Windows stay out.
#[test]
fn what_windows_would_get_stays_open_without_an_answer() {
    let stage = Stage::new();
    let server = old(&stage, 0x0303, &[RSA_3DES]).answers_only(3);
    let outcome = meets(&stage, &server.start(), 4);
    outcome
        .shows("federation", "tls-no-common-cipher", "unknown")
        .stands("pass pass pass pass pass unknown", "inconclusive", 3);
}

/// Plain text that only shows when asked for: silent to TLS, or hanging up on it.
#[test]
fn plain_text_that_waits_to_be_asked() {
    let stage = Stage::new();
    let text = |text: &str| text.as_bytes().to_vec();
    for (said, service) in [
        ("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "SIP"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        ("what?\r\n", "unknown"),
    ] {
        for raw in [Raw::PlainText(text(said)), Raw::PlainTextOnly(text(said))] {
            let outcome = meets(&stage, &Server::raw(raw), 4);
            let args = &outcome.finding("federation", "tls-not-spoken")["args"];
            assert_eq!(args["service"], service);
            let explained = &outcome.report()["facts"]["endpoints"][0]["explained"];
            let kept = explained["plain"]["said"].as_array().map(Vec::len);
            assert_eq!(kept, said.find('\n').map(|end| end + 1), "the first line");
            outcome
                .shows("federation", "tls-not-spoken", "fail")
                .stands(NO_CERTIFICATE, "not-ready", 1);
        }
    }
}

/// A banner for those who wait for it.
#[test]
fn a_banner_is_waited_for() {
    let stage = Stage::new();
    for (banner, service) in [
        ("220 mail.zahnfee.de ESMTP\r\n", "SMTP"),
        ("220 Microsoft FTP Service\r\n", "FTP"),
        ("SSH-2.0-OpenSSH_9.2", "SSH"),
        ("\x03\0\0\x13\x0e\u{50}\0\0", "RDP"),
    ] {
        let server = Server::raw(Raw::Shy(banner.as_bytes().to_vec()));
        let outcome = meets(&stage, &server, 4);
        let args = &outcome.finding("federation", "tls-not-spoken")["args"];
        assert_eq!(args["service"], service);
        outcome
            .shows("federation", "tls-not-spoken", "fail")
            .stands(NO_CERTIFICATE, "not-ready", 1);
    }
}

/// A silent peer costs the limit of TLS and a moment: the three connections that explain it live at the
/// same time, and begin while the first is still waited for.
#[test]
fn silence_costs_one_limit() {
    let stage = Stage::new();
    let server = Server::raw(Raw::Silent);
    let outcome = meets(&stage, &server, 4);
    outcome.shows("federation", "tls-silent", "fail");
    assert!(outcome.elapsed() > LIMIT, "{:?}", outcome.elapsed());
    let visits = server.visits();
    let first = &visits[0];
    let starts = visits[1..].iter().map(|visit| visit.start);
    let ends = visits[1..].iter().map(|visit| visit.end);
    assert!(starts.clone().max() < ends.min(), "{visits:?}");
    assert!(starts.max() < Some(first.end), "{visits:?}");
    let explained = &outcome.report()["facts"]["endpoints"][0]["explained"];
    for question in [&explained["wide"]["outcome"], &explained["old"]["outcome"]] {
        assert_eq!(question, "silent");
    }
    assert_eq!(explained["plain"], "silent");
}

/// What explains is cut by the deadline like everything else.
#[test]
fn the_deadline_holds_while_explaining() {
    let stage = Stage::new();
    let server = Server::raw(Raw::Silent);
    let run = stage.check().connect_to(&server);
    let limits = ["--timeout", "300ms", "--deadline", "400ms"];
    let outcome = run.args(&limits).run();
    outcome
        .shows("certificate", "deadline-reached", "unknown")
        .shows("federation", "tls-silent", "fail");
}
