//! `openssl s_server`: versions and cipher suites that xfed's own TLS library does not speak.

use std::process::{Command, Stdio};

use super::peer::{Peer, Place};
use super::{left_out, server_identity};
use crate::path_world::World;
use crate::stage::{ALL_PASS, Folder, Outcome, Stage};
use crate::unasked::stapling;

const FAILED: &str = "pass pass pass pass pass fail";
const ONE_WARNING: &str = "pass pass pass pass pass warn";

/// It serves one connection at a time, and only while its standard input is open.
const SERVER: &str = r#"tail -f /dev/null | openssl s_server "$@" >&2"#;

/// What xfed finds at a server that was started with these options.
fn met(stage: &Stage, options: &str) -> Outcome {
    let directory = Folder::new();
    let identity = server_identity(&stage.authority);
    let chain = directory.write("chain.pem", &identity.chain_pem());
    let key = directory.write("key.pem", &identity.key_pem());
    let place = Place::free();
    let address = place.address.to_string();
    let mut args = vec!["-c", SERVER, "sh", "-accept", &address];
    args.extend(["-cert", &chain, "-cert_chain", &chain, "-key", &key]);
    args.extend(options.split_whitespace());
    let mut peer = Peer::start("sh", &args);
    peer.logs(|line| line.starts_with("ACCEPT"));
    stage.check().connect_to_address(place.address).run()
}

#[test]
fn old_versions() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for (option, version) in [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1")] {
        let options = format!("{option} -cipher ALL:@SECLEVEL=0 -verify 1");
        let outcome = met(&stage, &options);
        outcome.shows("federation", "tls-too-old", "fail");
        let args = &outcome.finding("federation", "tls-too-old")["args"];
        assert_eq!(args["version"], version);
        outcome
            .lacks("mtls-not-requested")
            .stands(FAILED, "not-ready", 1);
    }
}

#[test]
fn cipher_suites_that_few_have() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for (cipher, name) in [
        (
            "DHE-RSA-AES256-SHA256",
            "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        ),
        ("CAMELLIA256-SHA", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    ] {
        let options = format!("-tls1_2 -cipher {cipher} -verify 1");
        let outcome = met(&stage, &options);
        outcome.shows("federation", "tls-no-common-cipher", "fail");
        let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
        assert_eq!(args["cipher"], name);
        outcome.stands(FAILED, "not-ready", 1);
    }
}

/// ECDHE with AES-CBC, also where the server would rather have something else.
#[test]
fn cipher_suites_that_windows_has() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for ciphers in [
        "ECDHE-RSA-AES128-SHA256",
        "CAMELLIA256-SHA:ECDHE-RSA-AES128-SHA256 -serverpref",
    ] {
        let options = format!("-tls1_2 -verify 1 -cipher {ciphers}");
        let outcome = met(&stage, &options);
        outcome.shows("federation", "tls-no-common-cipher", "warn");
        let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
        assert_eq!(args["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256");
        outcome.stands(ONE_WARNING, "ready-with-warnings", 0);
    }
}

/// What Windows offers last, as OpenSSL speaks it: DHE is signed, RSA key exchange is not.
#[test]
fn cipher_suites_that_windows_has_last() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for (cipher, standing, verdict, code) in [
        (
            "DHE-RSA-AES256-GCM-SHA384",
            ONE_WARNING,
            "ready-with-warnings",
            0,
        ),
        (
            "AES256-GCM-SHA384",
            "pass pass pass pass pass unknown",
            "inconclusive",
            3,
        ),
    ] {
        let outcome = met(&stage, &format!("-tls1_2 -cipher {cipher} -verify 1"));
        outcome
            .shows("federation", "tls-no-common-cipher", "warn")
            .stands(standing, verdict, code);
        let args = &outcome.finding("federation", "tls-no-common-cipher")["args"];
        assert_eq!(args["reach"], "last");
    }
}

/// One curve that nobody offers by default.
#[test]
fn a_curve_that_few_have() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    // Besides, OpenSSL has DHE, which Windows offers last.
    for (options, severity, standing, verdict, code) in [
        ("-cipher ECDHE+AESGCM", "fail", FAILED, "not-ready", 1),
        ("", "warn", ONE_WARNING, "ready-with-warnings", 0),
    ] {
        let options = format!("-tls1_2 -named_curve P-521 -verify 1 {options}");
        let outcome = met(&stage, options.trim());
        outcome.shows("federation", "tls-no-common-cipher", severity);
        let finding = outcome.finding("federation", "tls-no-common-cipher");
        let args = &finding["args"];
        assert_eq!(
            (&args["group"], &args["what"]),
            (&"secp521r1".into(), &"group".into())
        );
        assert!(finding["fix"].to_string().contains("ECC Curve Order"));
        outcome.stands(standing, verdict, code);
    }
}

#[test]
fn strict_in_tls13() {
    if left_out() {
        return;
    }
    let outcome = met(&Stage::new(), "-Verify 1 -verify_return_error");
    let finding = outcome.finding("federation", "mtls-enforced");
    assert_eq!(finding["args"]["how"], "certificate_required (116)");
    outcome.stands(ALL_PASS, "ready", 0);
}

/// What it has beside TLS 1.3, or has not, decides whether Windows Server 2016 gets in.
#[test]
fn methods_for_windows() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for (options, what, severity) in [
        ("-tls1_3", "version", "fail"),
        ("-cipher ECDHE-RSA-CHACHA20-POLY1305", "suite", "fail"),
        ("-cipher AES128-SHA", "last", "warn"),
        ("-cipher CAMELLIA256-SHA", "suite", "fail"),
        ("-cipher ECDHE-RSA-AES128-SHA256", "cbc", "warn"),
        ("-groups P-521:X25519", "curve", "warn"),
        (
            "-groups P-521:P-384 -sigalgs rsa_pss_rsae_sha256",
            "signature",
            "warn",
        ),
        ("-tls1_2 -groups X25519", "curve", "warn"),
    ] {
        let outcome = met(&stage, &format!("{options} -verify 1"));
        outcome
            .shows("federation", "tls-worse-for-windows", severity)
            .lacks("tls-unsteady");
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert_eq!(args["what"], what, "{options}: {outcome}");
    }
    met(&stage, "-groups P-384 -Verify 1").stands(ALL_PASS, "ready", 0);
}

/// As a client it hangs up on a staple that it did not ask for, in either version, and does not ask by itself.
#[test]
fn a_staple_that_it_did_not_ask_for() {
    if left_out() {
        return;
    }
    let world = World::new();
    for to_all in [false, true] {
        let server = stapling(&world, to_all, false);
        let address = server.address().to_string();
        for version in ["-tls1_2", "-tls1_3"] {
            for asks in [false, true] {
                let mut client = Command::new("openssl");
                client.args(["s_client", "-connect", &address, version]);
                client.args(asks.then_some("-status")).stdin(Stdio::null());
                let said = client.output().expect("it was found");
                let said = String::from_utf8_lossy(&said.stderr).into_owned();
                let is_refused = said.contains("unsolicited extension");
                assert_eq!(is_refused, to_all && !asks, "{version} {asks}: {said}");
            }
        }
    }
}
