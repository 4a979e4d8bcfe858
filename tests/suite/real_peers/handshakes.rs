//! `openssl s_server` with keys, groups, suites and signatures that are not usual: the handshakes that
//! xfed's own library cannot make, or could only just.

use std::process::Command;

use super::left_out;
use super::peer::{Peer, Place};
use crate::stage::{Folder, Outcome, Stage};

/// It serves one connection at a time, and only while its standard input is open.
const SERVER: &str = r#"tail -f /dev/null | openssl s_server "$@" >&2"#;

/// The same, asking for a second handshake once the client has said something.
const ASKING_AGAIN: &str =
    r#"(for _ in $(seq 100); do sleep 0.4; echo R; done) | openssl s_server "$@" >&2"#;

/// A chain of its own for a key that OpenSSL makes from this: root, and leaf.
fn chain(folder: &Folder, key: &str) {
    let script = format!(
        r#"set -e
        openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650 \
            -subj "/O=Molar/CN=Molar Trust Root CA" -addext "keyUsage=critical,keyCertSign,cRLSign"
        {key}
        openssl req -new -key leaf.key -sha256 -subj /CN=xphone.zahnfee.de -out leaf.csr
        printf '%s\n' "subjectAltName=DNS:xphone.zahnfee.de" "basicConstraints=critical,CA:FALSE" \
            "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth" \
            "crlDistributionPoints=URI:http://crl.example/x.crl" >leaf.cnf
        openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -sha256 \
            -days 80 -extfile leaf.cnf -out leaf.pem"#
    );
    let mut sh = Command::new("sh");
    let made = sh.args(["-c", &script]).current_dir(folder.path()).output();
    let made = made.expect("every Linux has a shell");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

const RSA: &str = "openssl genrsa -out leaf.key 2048";
const EC: &str = "openssl ecparam -genkey -name prime256v1 -noout -out leaf.key";

fn met(key: &str, options: &str, server: &str) -> Outcome {
    let folder = Folder::new();
    chain(&folder, key);
    let (_peer, place) = started(&folder, options, server);
    judged(&folder, &place)
}

/// A server with the chain in this folder.
fn started(folder: &Folder, options: &str, server: &str) -> (Peer, Place) {
    let place = Place::free();
    let (address, leaf, key) = (
        place.address.to_string(),
        folder.utf8("leaf.pem"),
        folder.utf8("leaf.key"),
    );
    let mut args = vec![
        "-c", server, "sh", "-accept", &address, "-cert", &leaf, "-key", &key,
    ];
    args.extend(options.split_whitespace());
    let mut peer = Peer::start("sh", &args);
    peer.logs(|line| line.starts_with("ACCEPT"));
    (peer, place)
}

fn judged(folder: &Folder, place: &Place) -> Outcome {
    let stage = Stage::new();
    let run = stage
        .check_without_roots("zahnfee.de")
        .connect_to_address(place.address);
    run.arg("--ca-file").arg(folder.file("root.pem")).run()
}

/// Whether `openssl s_client` gets in with a certificate whose key is made like this.
fn is_let_in(place: &Place, key: &str) -> bool {
    let folder = Folder::new();
    chain(&folder, key);
    let script = r#"(sleep 1; echo Q) | openssl s_client -connect "$1" -cert leaf.pem -key leaf.key -quiet -no_ign_eof"#;
    let mut sh = Command::new("sh");
    let address = place.address.to_string();
    let asked = sh.args(["-c", script, "sh", &address]);
    let asked = asked.current_dir(folder.path()).output();
    asked.expect("every Linux has a shell").status.success()
}

#[track_caller]
fn is_told(outcome: &Outcome, code: &str, severities: &[&str]) {
    let severity = outcome.finding("federation", code)["severity"].as_str();
    assert!(severities.contains(&severity.expect("one")), "{outcome}");
}

/// P-521 and RSASSA-PSS: the possession is proven, and step 5 names the key.
#[test]
fn unusual_keys_are_named_and_proven() {
    if left_out() {
        return;
    }
    for (key, name, versions) in [
        (
            "openssl ecparam -genkey -name secp521r1 -noout -out leaf.key",
            "EC 521 (P-521)",
            ["", "-tls1_3"],
        ),
        (
            "openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out leaf.key",
            "RSASSA-PSS 2048",
            ["", "-tls1_3"],
        ),
    ] {
        for version in versions {
            let outcome = met(
                key,
                &format!("{version} -Verify 1 -verify_return_error"),
                SERVER,
            );
            outcome
                .shows("certificate", "cert-key-unusual", "warn")
                .shows("federation", "mtls-enforced", "info")
                .lacks("tls-no-common-cipher")
                .lacks("tls-key-unproven")
                .lacks("tls-handshake-failed");
            let finding = outcome.finding("certificate", "cert-key-unusual");
            assert_eq!(finding["args"]["key"], name, "{outcome}");
            // Without TLS 1.2 no Windows Server 2016 gets in, whatever the key.
            if version.is_empty() {
                outcome.lacks("tls-worse-for-windows");
                assert_eq!(outcome.code, 0, "{outcome}");
            } else {
                outcome.shows("federation", "tls-worse-for-windows", "fail");
                assert_eq!(outcome.code, 1, "{outcome}");
            }
        }
    }
    // In TLS 1.2 the key's curve has to be among the groups that a client offers.
    let key = "openssl ecparam -genkey -name secp521r1 -noout -out leaf.key";
    let outcome = met(key, "-tls1_2 -verify 1", SERVER);
    outcome
        .shows("certificate", "cert-key-unusual", "warn")
        .shows("federation", "tls-handshake-failed", "warn")
        .lacks("tls-no-common-cipher")
        .lacks("tls-key-unproven");
    assert_eq!(
        outcome.report()["verdict"],
        "ready-with-warnings",
        "{outcome}"
    );
    // What our library cannot follow in TLS 1.2 is our limit.
    let key = "openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out leaf.key";
    let outcome = met(key, "-tls1_2 -Verify 1 -verify_return_error", SERVER);
    is_told(&outcome, "tls-key-unproven", &["unknown"]);
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[test]
fn a_brainpool_key_is_named() {
    if left_out() {
        return;
    }
    let key = "openssl ecparam -genkey -name brainpoolP256r1 -noout -out leaf.key";
    let outcome = met(key, "-tls1_2 -groups brainpoolP256r1:P-256", SERVER);
    let finding = outcome.finding("federation", "tls-handshake-failed");
    assert_eq!(finding["args"]["how"], "key-kind", "{outcome}");
    assert_eq!(finding["args"]["detail"], "brainpoolP256r1", "{outcome}");
    outcome
        .shows("certificate", "cert-key-unsupported", "fail")
        .lacks("tls-no-common-cipher");
}

#[test]
fn a_handshake_signed_with_sha1_is_named() {
    if left_out() {
        return;
    }
    let options =
        "-tls1_2 -verify 1 -sigalgs RSA+SHA1 -cipher ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0";
    let outcome = met(RSA, options, SERVER);
    outcome
        .shows("federation", "tls-sha1-signature", "warn")
        .lacks("tls-no-common-cipher");
    let fix = outcome.finding("federation", "tls-sha1-signature")["fix"].to_string();
    assert!(fix.contains("Key Storage Provider"), "{fix}");
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn groups_and_suites_of_tls_13_are_named() {
    if left_out() {
        return;
    }
    for (options, what, severity) in [
        ("-tls1_3 -groups P-521", "modern-group", "fail"),
        (
            "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256",
            "modern-suite",
            "fail",
        ),
        // Windows is left with DHE.
        ("-tls1_2 -groups P-521", "group", "warn"),
        ("-groups P-521", "group", "warn"),
        ("-tls1_2 -groups P-521 -cipher ECDHE", "group", "fail"),
    ] {
        let outcome = met(RSA, options, SERVER);
        outcome.shows("federation", "tls-no-common-cipher", severity);
        let finding = outcome.finding("federation", "tls-no-common-cipher");
        assert_eq!(finding["args"]["what"], what, "{outcome}");
        let fix = finding["fix"].to_string();
        assert!(!fix.contains("TLS 1.2 in"), "{fix}");
        assert_eq!(
            fix.contains("ECC Curve Order"),
            what.contains("group"),
            "{fix}"
        );
    }
}

/// Its key may only sign: gnutls-cli 3.7 says "Peer's certificate does not allow encryption", and Java 17
/// "KeyUsage does not allow key encipherment"; openssl s_client goes on.
#[test]
fn a_key_that_may_not_encrypt_is_named() {
    if left_out() {
        return;
    }
    for (options, is_told) in [
        ("-tls1_2 -cipher AES128-GCM-SHA256", true),
        ("-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", false),
    ] {
        let outcome = met(RSA, options, SERVER);
        outcome.shows("federation", "tls-no-common-cipher", "warn");
        if is_told {
            outcome.shows("certificate", "cert-no-key-encipherment", "warn");
        } else {
            outcome.lacks("cert-no-key-encipherment");
        }
    }
}

/// TLS 1.2 works, and TLS 1.3 does not: for want of a signature, or of a suite.
#[test]
fn what_is_missing_in_tls_13_is_named() {
    if left_out() {
        return;
    }
    let outcome = met(RSA, "-Verify 1 -sigalgs RSA+SHA256:RSA+SHA384", SERVER);
    outcome.shows("federation", "tls-refuses-modern", "fail");
    let finding = outcome.finding("federation", "tls-refuses-modern");
    assert_eq!(finding["args"]["what"], "pss", "{outcome}");
    let outcome = met(
        RSA,
        "-Verify 1 -ciphersuites TLS_AES_128_CCM_SHA256",
        SERVER,
    );
    outcome
        .shows("federation", "tls-no-common-cipher", "fail")
        .lacks("tls-refuses-modern");
    let finding = outcome.finding("federation", "tls-no-common-cipher");
    assert_eq!(finding["args"]["what"], "modern-suite", "{outcome}");
}

#[test]
fn a_demand_in_a_second_handshake_is_told() {
    if left_out() {
        return;
    }
    let outcome = met(RSA, "-tls1_2", ASKING_AGAIN);
    let finding = outcome.finding("federation", "mtls-not-requested");
    assert_eq!(finding["args"]["how"], "later", "{outcome}");
    assert_eq!(outcome.code, 0, "{outcome}");
}

/// Whether a client certificate can be shown is as `openssl s_client` has it, with a key of either kind.
#[test]
fn client_certificates_that_nobody_can_show() {
    if left_out() {
        return;
    }
    let folder = Folder::new();
    chain(&folder, RSA);
    for (schemes, rsa, ec, severity) in [
        ("DSA+SHA256", false, false, "fail"),
        ("ed25519", false, false, "fail"),
        ("rsa_pss_pss_sha256", false, false, "fail"),
        ("ECDSA+SHA256", false, true, "warn"),
        ("rsa_pss_rsae_sha256", true, false, "warn"),
        // Only that Windows does not.
        ("RSA+SHA224:ECDSA+SHA224", true, true, "fail"),
    ] {
        let options = format!("-tls1_2 -Verify 1 -client_sigalgs {schemes}");
        let (_peer, place) = started(&folder, &options, SERVER);
        let outcome = judged(&folder, &place);
        assert_eq!(is_let_in(&place, RSA), rsa, "{schemes}");
        assert_eq!(is_let_in(&place, EC), ec, "{schemes}");
        is_told(&outcome, "mtls-unanswerable", &[severity]);
    }
}
