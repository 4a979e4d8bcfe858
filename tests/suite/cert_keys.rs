//! `xfed cert FILE…`: private keys and passwords. Neither is ever shown.

use std::path::Path;

use crate::cert_files::{Made, PASSWORD, json, look, pfx, pfx_without_key, said};
use crate::stage::{FQDN, Folder, Run, Stage};
use crate::world::Identity;

/// What `xfed cert` finds in these files.
struct Seen {
    exit: i32,
    json: serde_json::Value,
}

impl Seen {
    fn of(run: Run) -> Self {
        let (exit, json) = json(run);
        Self { exit, json }
    }

    #[track_caller]
    fn finding(&self, key: &str, code: &str, severity: &str, exit: i32) {
        let one = &self.json["certificates"][0];
        assert_eq!(one["key"], key, "{one}");
        let findings = one["findings"].as_array().expect("a list");
        let found = findings.iter().find(|finding| finding["code"] == code);
        let found = found.unwrap_or_else(|| panic!("no {code} in {one}"));
        assert_eq!(found["severity"], severity, "{found}");
        assert_eq!(self.exit, exit, "{one}");
    }
}

#[test]
fn a_key_is_there_or_missing_or_another() {
    let stage = Stage::new();
    let identity = stage.identity();
    let other = stage.authority.certificate(FQDN).issue();
    let mixed = Identity {
        key: other.key.clone_key(),
        chain: identity.chain.clone(),
    };
    let folder = Folder::new()
        .with("chain.pem", identity.chain_pem())
        .with("other-key.pem", other.key_pem())
        .with("key.pem", identity.key_pem())
        .with("mixed.pfx", pfx(&mixed, "", Made::Today))
        .with("without.pfx", pfx_without_key(&identity, ""))
        .with("locked.pem", ENCRYPTED_KEY);
    let seen = |files: &[&str]| Seen::of(look(&stage, &folder, files));
    // A CA sends certificates without keys: that is worth a word.
    let alone = seen(&["chain.pem"]);
    alone.finding("missing", "cert-key-missing", "info", 0);
    seen(&["without.pfx"]).finding("missing", "cert-key-missing", "fail", 1);
    seen(&["mixed.pfx"]).finding("differs", "cert-key-differs", "fail", 1);
    let foreign = seen(&["chain.pem", "other-key.pem"]);
    foreign.finding("differs", "cert-key-differs", "fail", 1);
    let locked = seen(&["chain.pem", "locked.pem"]);
    locked.finding("closed", "cert-key-closed", "unknown", 3);
    // Its own beside a foreign one.
    let own = seen(&["other-key.pem", "chain.pem", "key.pem"]);
    assert_eq!(own.json["certificates"][0]["key"], "fits");
    assert_eq!(own.exit, 0);

    let (_, text) = said(look(&stage, &folder, &["without.pfx"]));
    assert!(
        text.contains("No private key: there is none in without.pfx"),
        "{text}"
    );
    let (_, text) = said(look(&stage, &folder, &["mixed.pfx"]).args(&["--lang", "de"]));
    for wanted in [
        "gehört zu einem anderen Zertifikat",
        "[cert-key-differs]",
        "Abhilfe: Den Schlüssel suchen",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in: {text}");
    }
    let (_, text) = said(look(&stage, &folder, &["chain.pem"]));
    assert!(
        text.contains("XPhone can use it only where the key is, too"),
        "{text}"
    );
}

/// Every form in which OpenSSL writes a key, of every kind.
#[test]
fn keys_in_every_form() {
    for name in [
        "rsa-pkcs1",
        "ec-sec1",
        "ec-pkcs8-without-point",
        "ed25519",
        "p384",
        "p521",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
        let file = folder.join(format!("{name}.pem"));
        let run = Run::new("cert").arg(&file).args(&["--fqdn", FQDN]);
        let (_, seen) = json(run);
        assert_eq!(seen["certificates"][0]["key"], "fits", "{name}: {seen}");
    }
}

#[test]
fn passwords_come_from_a_file_or_a_variable_and_are_not_shown() {
    let stage = Stage::new();
    let identity = stage.identity();
    let folder = Folder::new()
        .with("today.pfx", pfx(&identity, PASSWORD, Made::Today))
        .with("legacy.pfx", pfx(&identity, PASSWORD, Made::Legacy))
        .with("password", format!("{PASSWORD}\r\nsecond line\n"))
        .with("wrong", "Karies\n");
    let secret: Vec<String> = {
        let pem = identity.key_pem();
        pem.lines()
            .map(str::to_owned)
            .filter(|line| line.len() > 40)
            .collect()
    };
    for file in ["today.pfx", "legacy.pfx"] {
        let run = || look(&stage, &folder, &[file]);
        for format in ["table", "json", "pem"] {
            let run = run().args(&["--password-file", "password", "--format", format]);
            let (code, stdout, stderr) = run.text();
            assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
            assert!(!stdout.contains(PASSWORD), "{stdout}");
            assert!(!secret.iter().any(|line| stdout.contains(line)), "{stdout}");
        }
        assert_eq!(json(run().env("XFED_PASSWORD", PASSWORD)).0, 0);
        // What was given to be taken wins over what lies about.
        let both = run().env("XFED_PASSWORD", "Karies");
        assert_eq!(json(both.args(&["--password-file", "password"])).0, 0);

        let wrong = run().args(&["--password-file", "wrong"]);
        let (code, text) = said(wrong);
        assert_eq!(code, 2);
        assert_eq!(
            text,
            format!("xfed: {file} does not open with this password")
        );
        let (code, text) = said(run().args(&["--lang", "de"]));
        assert_eq!(code, 2);
        assert!(
            text.contains("kein Terminal, um danach zu fragen"),
            "{text}"
        );
    }
    let (code, text) = said(look(&stage, &folder, &["today.pfx"]).args(&["--password", PASSWORD]));
    assert_eq!(code, 2, "no password on the command line: {text}");
}

#[test]
fn what_is_no_certificate_is_named() {
    let stage = Stage::new();
    let whole = pfx(&stage.identity(), "", Made::Today);
    let folder = Folder::new()
        .with("empty.pem", "")
        .with("text.pem", "hello\n")
        .with("half.pfx", &whole[..whole.len() / 2])
        .with("noise.der", [0x30, 0x03, 0x02, 0x01, 0x07])
        .with(
            "other.pem",
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        )
        .with(
            "chain.p7b",
            "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
        );
    for (file, wanted) in [
        ("empty.pem", "holds no certificate"),
        ("text.pem", "holds no certificate"),
        ("half.pfx", "holds no certificate"),
        ("noise.der", "holds no certificate"),
        ("other.pem", "is a request for a certificate (CSR)"),
        ("chain.p7b", "is PKCS #7 (p7b), which xfed does not read"),
    ] {
        let (code, text) = said(look(&stage, &folder, &[file]));
        assert_eq!(code, 2, "{file}: {text}");
        assert!(
            text.contains(file) && text.contains(wanted),
            "{file}: {text}"
        );
    }
}

/// A key that nobody needs, with a password that nobody knows.
const ENCRYPTED_KEY: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEgZA=
-----END ENCRYPTED PRIVATE KEY-----
";
