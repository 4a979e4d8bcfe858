//! PFX files as OpenSSL 3 writes them, and a terminal that asks for their password.

use std::process::{Command, Stdio};

use super::{left_out, server_identity};
use crate::cert_files::{json, look, said};
use crate::stage::{FQDN, Folder, Stage};

const PASSWORD: &str = "Zahnfee 2x täglich";

/// What OpenSSL makes of the certificate and the key in this folder.
pub fn export(folder: &Folder, name: &str, options: &[&str]) {
    let output = Command::new("openssl")
        .args(["pkcs12", "-export", "-in", "chain.pem", "-out", name])
        .args(options)
        .current_dir(folder.path())
        .output()
        .expect("openssl is there");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{options:?}: {stderr}");
}

#[test]
fn pfx_of_openssl_is_opened() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let identity = server_identity(&stage.authority);
    let folder = Folder::new()
        .with("chain.pem", identity.chain_pem())
        .with("key.pem", identity.key_pem())
        .with("password", PASSWORD)
        .with("wrong", "Karies");
    let secret = format!("pass:{PASSWORD}");
    let with_key = ["-inkey", "key.pem", "-passout", &secret];
    let worlds: [&[&str]; 6] = [
        &[],
        &["-legacy"],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
        &[
            "-keypbe",
            "AES-128-CBC",
            "-certpbe",
            "AES-128-CBC",
            "-macalg",
            "sha512",
        ],
        &["-certpbe", "NONE"],
        &["-iter", "100000"],
    ];
    for options in worlds {
        export(&folder, "x.pfx", &[&with_key[..], options].concat());
        let run = || look(&stage, &folder, &["x.pfx"]);
        let (code, seen) = json(run().args(&["--password-file", "password"]));
        let one = &seen["certificates"][0];
        assert_eq!(
            (code, &one["key"], &one["status"]),
            (0, &"fits".into(), &"pass".into()),
            "{options:?}: {seen}"
        );
        assert_eq!(one["chain"].as_array().map(Vec::len), Some(2));
        let (code, text) = said(run().args(&["--password-file", "wrong"]));
        assert_eq!(
            (code, text.as_str()),
            (2, "xfed: x.pfx does not open with this password")
        );
    }
    // Without a password, and without a key.
    export(
        &folder,
        "open.pfx",
        &["-inkey", "key.pem", "-passout", "pass:"],
    );
    let (code, seen) = json(look(&stage, &folder, &["open.pfx"]));
    assert_eq!((code, &seen["certificates"][0]["key"]), (0, &"fits".into()));
    export(&folder, "bare.pfx", &["-nokeys", "-passout", &secret]);
    let (code, text) =
        said(look(&stage, &folder, &["bare.pfx"]).args(&["--password-file", "password"]));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("[cert-key-missing]"), "{text}");
}

/// Types the password when it is asked for, and prints all that the terminal showed.
const TYPIST: &str = r#"
import os, pty, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, typed = b"", False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if not typed and b"x.pfx:" in shown:
        # Who reads the question needs longer than the program to stop the echo.
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            pass
        os.write(terminal, os.environ["TYPED"].encode() + b"\n")
        typed = True
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

#[test]
fn a_password_is_asked_for_and_not_shown() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let identity = server_identity(&stage.authority);
    let folder = Folder::new()
        .with("chain.pem", identity.chain_pem())
        .with("key.pem", identity.key_pem());
    let secret = format!("pass:{PASSWORD}");
    export(
        &folder,
        "x.pfx",
        &["-inkey", "key.pem", "-passout", &secret],
    );
    for (typed, code) in [(PASSWORD, 0), ("Karies", 2)] {
        let output = Command::new("/usr/bin/python3")
            .args(["-c", TYPIST, env!("CARGO_BIN_EXE_xfed"), "cert", "x.pfx"])
            .args(["--fqdn", FQDN, "--lang", "de", "--ca-file"])
            .arg(stage.roots())
            .env("TYPED", typed)
            .env_remove("XFED_REAL_PEERS")
            .env_remove("XFED_PASSWORD")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("python3 is there");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        assert!(shown.contains("Kennwort von x.pfx:"), "{shown}");
        assert!(!shown.contains(typed), "{shown}");
    }
}
