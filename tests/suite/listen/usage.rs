//! What cannot be listened with.

use super::{PARTNER, Post};
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
