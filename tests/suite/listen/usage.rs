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
