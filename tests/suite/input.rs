//! What people type.

use std::path::Path;

use crate::stage::{Run, Stage};

#[test]
fn not_a_domain() {
    let long = format!("{}.de", "a".repeat(300));
    for (typed, says) in [
        ("zahn fee.de", "' '"),
        ("", "no domain"),
        (long.as_str(), "303"),
        ("zahnfee", "zahnfee"),
        ("192.0.2.7", "IP address"),
        ("zahnfee..de", "zahnfee..de"),
        ("zahn\u{1b}[31mfee.de", "\\u{1b}"),
    ] {
        let (code, stdout, stderr) = Run::new("check").nowhere().arg(typed).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{typed:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "one line: {stderr}");
        assert!(
            stderr.starts_with("xfed: ") && stderr.contains(says),
            "{typed:?}: {stderr}"
        );
        assert!(
            stderr.contains("zahnfee.de") || typed == long,
            "what is expected is named: {stderr}"
        );
    }
}

#[test]
fn many_ways_to_type_a_domain() {
    let stage = Stage::with_srv("");
    for typed in [
        "info@zahnfee.de",
        "https://zahnfee.de/",
        "_sipfederationtls._tcp.zahnfee.de",
        "zahnfee.de.",
        "ZahnFee.DE",
    ] {
        let outcome = stage.check_domain(typed).nowhere().run();
        assert_eq!(outcome.report()["domain"], "zahnfee.de");
        assert_eq!(outcome.report()["input"], typed);
        assert!(
            outcome.stderr.contains(typed) && outcome.stderr.contains("zahnfee.de"),
            "{}",
            outcome.stderr
        );
    }
    let outcome = stage.check_domain("zähnfee.de").nowhere().run();
    assert_eq!(outcome.report()["domain"], "xn--zhnfee-bua.de");
    let outcome = stage.check_domain("zahnfee.de").nowhere().run();
    assert_eq!(
        outcome.stderr, "",
        "nothing to say of what was typed as it is"
    );
}

#[test]
fn options_that_do_not_fit_together() {
    for (args, says) in [
        (&["zahnfee.de", "--direct"][..], "--fqdn"),
        (
            &[
                "zahnfee.de",
                "toothfairy.example",
                "--fqdn",
                "xphone.zahnfee.de",
            ],
            "--fqdn",
        ),
        (
            &[
                "zahnfee.de",
                "toothfairy.example",
                "--connect-to",
                "127.0.0.1",
            ],
            "--connect-to",
        ),
        (&["zahnfee.de", "--connect-to", "xphone"], "xphone"),
        (
            &["zahnfee.de", "--connect-to", "a=127.0.0.1"],
            "a=127.0.0.1",
        ),
        (&["zahnfee.de", "--resolver", "dns.example"], "dns.example"),
        (&["zahnfee.de", "--client-cert", "a.pem"], "--client-key"),
        (&["zahnfee.de", "--fqdn", "srvxp01"], "srvxp01"),
        (&["zahnfee.de", "--timeout", "0s"], "100ms"),
        (&["zahnfee.de", "--timeout", "5"], "3s"),
        (&["zahnfee.de", "-4", "-6"], "-6"),
        (&[], "[[domain]] in xfed.toml"),
    ] {
        let (code, stdout, stderr) = Run::new("check").nowhere().args(args).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
}

/// A key of a client that xfed cannot sign with, and one that belongs to another certificate.
#[test]
fn keys_of_clients_that_cannot_be_used() {
    let pair = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/client-p521.pem");
    let pair = pair.to_str().expect("UTF-8");
    let run = |certificate: &str, key: &str| {
        let arguments = [
            "zahnfee.de",
            "--client-cert",
            certificate,
            "--client-key",
            key,
        ];
        let (code, stdout, stderr) = Run::new("check").nowhere().args(&arguments).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        stderr
    };
    let stderr = run(pair, pair);
    assert!(
        stderr.contains("P-521") && stderr.contains("Ed25519"),
        "{stderr}"
    );
    assert!(!stderr.contains("do not fit together"), "{stderr}");
    let rsa = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/world/rsa-2048.pem");
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sha1.pem");
    let stderr = run(other.to_str().expect("UTF-8"), rsa.to_str().expect("UTF-8"));
    assert!(
        stderr.contains("belongs to another certificate"),
        "{stderr}"
    );
}

/// A key under a password, in the form of today and in that of older versions of OpenSSL.
#[test]
fn keys_of_clients_that_need_a_password() {
    let pair = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/client-p521.pem");
    let pair = pair.to_str().expect("UTF-8");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        (
            "pkcs8.key",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
        ),
        (
            "pkcs1.key",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n\
             MIIB\n-----END RSA PRIVATE KEY-----\n",
        ),
    ] {
        let key = folder.path().join(name);
        std::fs::write(&key, text).expect("written");
        let key = key.to_str().expect("UTF-8");
        for (language, says) in [("en", "needs a password"), ("de", "verlangt ein Kennwort")] {
            let arguments = ["zahnfee.de", "--client-cert", pair, "--client-key", key];
            let run = Run::new("check").nowhere().args(&arguments);
            let (code, stdout, stderr) = run.args(&["--lang", language]).text();
            assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
            assert!(stderr.contains(says), "{stderr}");
            assert!(stderr.contains("openssl pkey"), "{stderr}");
        }
    }
}
