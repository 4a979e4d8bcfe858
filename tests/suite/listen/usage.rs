//! What cannot be listened with.

use super::{PARTNER, Post, text};
use crate::stage::{Run, file};

#[test]
fn a_port_that_somebody_has() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let taken = listening.to.to_string();
    let run = Run::new("listen").within(post.folder.path());
    let run = run.args(&["--fqdn", PARTNER, "--cert", "cert.pem", "--key", "key.pem"]);
    let (code, stdout, stderr) = run.args(&["--bind", &taken]).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains(&format!("cannot listen on {taken}: ")),
        "{stderr}"
    );
}

#[test]
fn a_key_of_another_certificate_is_a_usage_error() {
    let post = Post::new();
    let one = post.authority.certificate(PARTNER).issue();
    let other = post.authority.certificate(PARTNER).issue();
    let (cert, key) = (file(&one.chain_pem()), file(&other.key_pem()));
    let run = Run::new("listen").args(&["--fqdn", PARTNER, "--bind", "127.0.0.1:0", "--cert"]);
    let (code, stdout, stderr) = run.arg(cert.path()).arg("--key").arg(key.path()).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("--cert and --key do not fit together"),
        "{stderr}"
    );
}

#[test]
fn a_chain_in_the_wrong_order_is_said_to_be_so() {
    let post = Post::new();
    let own = post.authority.certificate(PARTNER).issue();
    let turned = crate::world::Identity {
        chain: own.chain.iter().rev().cloned().collect(),
        key: own.key,
    };
    let (cert, key) = (file(&turned.chain_pem()), file(&turned.key_pem()));
    for (lang, words) in [
        ("en", "does not stand first"),
        ("de", "steht nicht an erster Stelle"),
    ] {
        let run = Run::new("listen").args(&["--fqdn", PARTNER, "--lang", lang, "--cert"]);
        let run = run.arg(cert.path()).arg("--key").arg(key.path());
        let (code, _, stderr) = run.args(&["--bind", "127.0.0.1:0"]).text();
        assert_eq!(code, 2);
        assert!(stderr.contains(words), "{stderr}");
    }
}

/// Hours later would be too late.
#[test]
fn a_report_that_cannot_be_written_is_known_before_anybody_calls() {
    let post = Post::new();
    let listening = post.listen(&["--for", "1s"]);
    listening.report();
    for option in [
        "--report=json=missing/report.json",
        "--report=html={customer}.html",
        "--transcript=missing/said.txt",
    ] {
        let run = Run::new("listen").within(post.folder.path());
        let run = run.args(&["--fqdn", PARTNER, "--cert", "cert.pem", "--key", "key.pem"]);
        let run = run.args(&["--no-authority", "--bind", "127.0.0.1:0", option]);
        let (code, stdout, stderr) = run.nowhere().text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{option}: {stderr}");
        assert!(!stderr.contains("listening on"), "{option}: {stderr}");
    }
}

#[test]
fn an_empty_value_is_none_in_both_languages() {
    for (args, words) in [
        (&["--expect", ""][..], "--expect <DOMAIN>"),
        (&["--fqdn="], "--fqdn <FQDN>"),
        (&["--for", ""], "--for <DURATION>"),
    ] {
        for (lang, rest) in [("en", "needs a value"), ("de", "braucht einen Wert")] {
            let run = Run::new("listen").args(&["--lang", lang]).args(args);
            let (code, _, stderr) = run.text();
            assert_eq!(code, 2);
            assert!(stderr.contains(words) && stderr.contains(rest), "{stderr}");
        }
    }
}

#[test]
fn a_short_time_is_told_in_seconds() {
    let post = Post::new();
    let listening = post.listen(&["--for", "1s"]);
    let outcome = listening.report();
    let finding = outcome.finding("outbound-connection", "call-nothing-came");
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains(" within 1 s"), "{message}");
}

/// What stands in the configuration counts as with every command: here, whom to trust, what a warning
/// means, and what it is to be called.
#[test]
fn the_configuration_counts() {
    let post = Post::new();
    let configuration = "fail-on = \"warn\"\n[severity]\ncall-other-source = \"warn\"\n";
    std::fs::write(post.folder.file("xfed.toml"), configuration).expect("writable");
    let listening = post.listen(&["--once", "--config", "xfed.toml"]);
    listening.called_by(&post).ask(&text(listening.user(), 1));
    let (code, stdout, _) = listening.running.end();
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(json["reports"][0]["verdict"], "ready-with-warnings");
    assert_eq!(code, 1, "fail-on");
}
