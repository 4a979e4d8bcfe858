//! `xfed cert FILE…`: certificates judged before one of them is chosen.

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use serde_json::Value;

use crate::stage::{FQDN, Folder, Run, Stage, demanding};
use crate::world::Identity;
use crate::world::certificates::Request;

pub(crate) const PASSWORD: &str = "Zähne putzen! 2x";

/// A look at these files of the folder, for the server of the stage.
pub(crate) fn look(stage: &Stage, folder: &Folder, files: &[&str]) -> Run {
    let run = Run::new("cert").within(folder.path()).args(files);
    let run = run.args(&["--fqdn", FQDN]).arg("--ca-file");
    run.arg(stage.roots())
}

pub(crate) fn json(run: Run) -> (i32, Value) {
    let (code, stdout, stderr) = run.arg("--format=json").text();
    assert_eq!(stderr, "");
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    (code, json)
}

/// What is printed, its wraps undone, and the exit code.
pub(crate) fn said(run: Run) -> (i32, String) {
    let (code, stdout, stderr) = run.text();
    let all = format!("{stdout}{stderr}");
    (code, all.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// How a PFX file is made.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    /// AES and PBKDF2, as OpenSSL 3 and Windows do today.
    Today,
    /// RC2 and Triple DES, as everybody did for twenty years.
    Legacy,
}

pub(crate) fn pfx(identity: &Identity, password: &str, made: Made) -> Vec<u8> {
    let read = |der: &[u8]| Certificate::from_der(der).expect("a certificate");
    let key = PrivateKey::from_der(identity.key.secret_der()).expect("PKCS #8");
    let chain: Vec<Certificate> = identity.chain.iter().map(|der| read(der)).collect();
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new([1_u8].as_slice(), key, chain);
    store.add_entry("xphone", KeyStoreEntry::PrivateKeyChain(chain));
    written(&store, password, made)
}

pub(crate) fn pfx_without_key(identity: &Identity, password: &str) -> Vec<u8> {
    let mut store = KeyStore::new();
    for (number, der) in identity.chain.iter().enumerate() {
        let certificate = Certificate::from_der(der).expect("a certificate");
        store.add_entry(&number.to_string(), KeyStoreEntry::Certificate(certificate));
    }
    written(&store, password, Made::Today)
}

fn written(store: &KeyStore, password: &str, made: Made) -> Vec<u8> {
    let (encryption, mac) = match made {
        Made::Today => (
            EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            MacAlgorithm::HmacSha256,
        ),
        Made::Legacy => (
            EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc,
            MacAlgorithm::HmacSha1,
        ),
    };
    store
        .writer(password)
        .encryption_algorithm(encryption)
        .encryption_iterations(100)
        .mac_algorithm(mac)
        .mac_iterations(100)
        .write()
        .expect("it can be written")
}

/// The codes of step 5 that speak against a certificate, with their weights.
fn against(findings: &Value) -> Vec<(String, String)> {
    let findings = findings.as_array().expect("findings").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut codes: Vec<_> = findings
        .map(|finding| (text(&finding["code"]), text(&finding["severity"])))
        // It is about the connection, not about the certificate.
        .filter(|(code, _)| {
            !["tcp-connected-elsewhere", "cert-revocation-unknown"].contains(&code.as_str())
        })
        .collect();
    codes.sort();
    codes
}

/// The same certificate in every kind of file, and shown by a server: one verdict.
#[test]
fn files_are_judged_like_what_a_server_shows() {
    type Change = fn(Request<'_>) -> Request<'_>;
    let worlds: [(&str, Change); 9] = [
        ("as it should be", |request| request.rsa()),
        ("a wildcard", |request| {
            request.common_name("*.zahnfee.de").names(&["*.zahnfee.de"])
        }),
        ("another name", |request| request.names(&["www.zahnfee.de"])),
        ("another subject", |request| {
            request.common_name("zahnfee.de")
        }),
        ("expired", |request| request.valid(-90, -2)),
        ("about to expire", |request| request.valid(-80, 10)),
        ("for clients", |request| request.client_auth_only()),
        ("for servers", |request| request.server_auth_only()),
        ("alone", |request| request.without_intermediate()),
    ];
    for (name, change) in worlds {
        let stage = Stage::new();
        let identity = change(stage.authority.certificate(FQDN)).issue();
        let outcome = stage.meets(&demanding(identity.clone()).start());
        let step = &outcome.report()["steps"][4];
        let expected = (step["status"].clone(), against(&step["findings"]));
        let mut folder = Folder::new()
            .with("all.pem", identity.key_pem() + &identity.chain_pem())
            .with("key.pem", identity.key_pem())
            .with("today.pfx", pfx(&identity, PASSWORD, Made::Today))
            .with("legacy.p12", pfx(&identity, PASSWORD, Made::Legacy))
            .with("open.pfx", pfx(&identity, "", Made::Today));
        let ders = ["0.der", "1.cer"];
        for (file, der) in ders.iter().zip(&identity.chain) {
            folder = folder.with(file, der);
        }
        let ders = [&["key.pem"], &ders[..identity.chain.len()]].concat();
        let way_up = [
            &["all.pem"][..],
            &["today.pfx"],
            &["legacy.p12"],
            &["open.pfx"],
            &ders,
        ];
        for files in way_up {
            let run = look(&stage, &folder, files).env("XFED_PASSWORD", PASSWORD);
            // A password that was given is the one; a file without one is opened without.
            let run = if files == ["open.pfx"] {
                look(&stage, &folder, files)
            } else {
                run
            };
            let (code, seen) = json(run);
            let [one] = seen["certificates"].as_array().expect("a list").as_slice() else {
                panic!("{name} {files:?}: {seen}");
            };
            let found = (one["status"].clone(), against(&one["findings"]));
            assert_eq!(found, expected, "{name} {files:?}");
            assert_eq!(one["key"], "fits", "{name} {files:?}");
            let fails = one["status"] == "fail";
            assert_eq!(code, i32::from(fails), "{name} {files:?}");
            assert_eq!(seen["choose"].is_null(), fails, "{name} {files:?}");
        }
    }
}

/// Of several, the soundest whose key is there, and of those the newest.
#[test]
fn which_of_several_to_choose() {
    let stage = Stage::new();
    let issue = |from, until| stage.authority.certificate(FQDN).rsa().valid(from, until);
    let old = issue(-50, 40).issue();
    let new = issue(-1, 89).issue();
    let wildcard = issue(-1, 300)
        .common_name("*.zahnfee.de")
        .names(&["*.zahnfee.de"])
        .issue();
    let mail = stage.authority.certificate("mail.zahnfee.de").issue();
    let all: String = [&mail, &wildcard, &old, &new]
        .map(|identity| identity.chain_pem() + &identity.key_pem())
        .concat();
    let folder = Folder::new()
        .with("all.pem", all)
        .with("old.pem", old.chain_pem() + &old.key_pem())
        .with("new.pem", new.chain_pem() + &new.key_pem())
        .with("mail.pem", mail.chain_pem() + &mail.key_pem());
    let (code, seen) = json(look(&stage, &folder, &["all.pem"]));
    assert_eq!((code, &seen["choose"]), (0, &4.into()), "{seen}");
    let statuses = |seen: &Value| -> Vec<String> {
        let all = seen["certificates"].as_array().expect("a list").iter();
        all.map(|one| one["status"].to_string().replace('"', ""))
            .collect()
    };
    assert_eq!(statuses(&seen), ["fail", "fail", "pass", "pass"]);
    // The order of the files does not matter, and what is in two of them is one certificate.
    for (files, chosen) in [(["new.pem", "old.pem"], 1), (["old.pem", "new.pem"], 2)] {
        let (code, seen) = json(look(&stage, &folder, &files));
        assert_eq!((code, &seen["choose"]), (0, &chosen.into()), "{files:?}");
    }
    let (_, seen) = json(look(&stage, &folder, &["new.pem", "all.pem"]));
    assert_eq!(statuses(&seen).len(), 4);
    assert_eq!(
        seen["certificates"][0]["sources"],
        serde_json::json!(["new.pem", "all.pem"])
    );

    let (code, text) = said(look(&stage, &folder, &["mail.pem", "new.pem"]));
    assert_eq!(code, 0);
    let thumbprint =
        json(look(&stage, &folder, &["new.pem"])).1["certificates"][0]["chain"][0]["sha1"]
            .as_str()
            .expect("text")
            .to_owned();
    assert!(
        thumbprint.len() == 40 && thumbprint.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{thumbprint}"
    );
    for wanted in [
        "Certificates to choose from, judged for xphone.zahnfee.de",
        "1. mail.pem: ✘ failed",
        "[cert-name-mismatch]",
        "2. new.pem: ✔ ok",
        "To choose Number 2, valid until",
        &format!("In Windows it has the thumbprint {thumbprint}."),
        "then choose it in the XPhone administration",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in: {text}");
    }
    // Nothing has to be done about one that is not chosen anyway.
    assert!(!text.contains("Order a certificate"), "{text}");
    let (code, text) = said(look(&stage, &folder, &["mail.pem"]).args(&["--lang", "de"]));
    assert_eq!(code, 1);
    for wanted in [
        "Zertifikate zur Auswahl, beurteilt für xphone.zahnfee.de",
        "1. mail.pem: ✘ Fehler",
        "Keines: Dieses Zertifikat ist für xphone.zahnfee.de nicht zu gebrauchen",
        "Abhilfe: Bei einer öffentlichen CA",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in: {text}");
    }
}

/// The one to choose, for other programs; where none can be, nothing, and why.
#[test]
fn the_choice_as_pem() {
    let stage = Stage::new();
    let identity = stage.identity();
    let mail = stage.authority.certificate("mail.zahnfee.de").issue();
    let folder = Folder::new()
        .with("mail.pem", mail.chain_pem())
        .with("xphone.pfx", pfx(&identity, "", Made::Today));
    let run = look(&stage, &folder, &["mail.pem", "xphone.pfx"]);
    let (code, stdout, stderr) = run.arg("--format=pem").text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    let read = pem::parse_many(stdout).expect("PEM");
    let read: Vec<Vec<u8>> = read.into_iter().map(|one| one.into_contents()).collect();
    let chain: Vec<Vec<u8>> = identity.chain.iter().map(|der| der.to_vec()).collect();
    assert_eq!(read, chain);
    let run = look(&stage, &folder, &["mail.pem"]).arg("--format=pem");
    let (code, stdout, stderr) = run.text();
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("cert-name-mismatch"), "{stderr}");
}

/// What is a file and what is a server can be told from the argument.
#[test]
fn files_and_servers_are_told_apart() {
    let stage = Stage::new();
    let pem = stage.identity().chain_pem();
    let folder = Folder::new()
        .with("chain.pem", &pem)
        .with("certificate", &pem)
        .with("live/xphone.zahnfee.de", &pem);
    for file in [
        "chain.pem",
        "certificate",
        "./certificate",
        "live/xphone.zahnfee.de",
    ] {
        let (code, seen) = json(look(&stage, &folder, &[file]));
        assert_eq!((code, &seen["choose"]), (0, &1.into()), "{file}");
    }
    let run = look(&stage, &folder, &["-"]).fed(pem.as_bytes());
    assert_eq!(json(run).0, 0);
    for (files, wanted) in [
        (&["missing.pem"][..], "cannot read missing.pem"),
        (&["./missing"], "cannot read ./missing"),
        (
            &["missing"],
            "\"missing\" is no server, and no file of this name is there",
        ),
        (
            &["127.0.0.1:1", "chain.pem"],
            "looks at one server, or at files",
        ),
        (
            &["127.0.0.1:1", "127.0.0.1:2"],
            "looks at one server, or at files",
        ),
    ] {
        let (code, text) = said(look(&stage, &folder, files));
        assert_eq!(code, 2, "{files:?}");
        assert!(text.contains(wanted), "{files:?}: {text}");
    }
    let (code, text) = said(Run::new("cert").within(folder.path()).arg("chain.pem"));
    assert_eq!(code, 2);
    assert!(text.contains("--fqdn xphone.zahnfee.de"), "{text}");
    if cfg!(not(windows)) {
        let (code, text) = said(Run::new("cert").args(&["--store", "My", "--fqdn", FQDN]));
        assert_eq!(code, 2);
        assert!(text.contains("--store My: only Windows"), "{text}");
    }
}

/// What a stranger wrote into a certificate, or into the name of its file, does nothing to a terminal.
#[test]
fn hostile_files_are_harmless() {
    let stage = Stage::new();
    let request = stage.authority.certificate(FQDN);
    let identity = request
        .common_name("\u{1b}[2J\u{202e}evil\r\nTo choose")
        .issue();
    let folder = Folder::new().with("\u{1b}[2J.pem", identity.chain_pem());
    for format in ["table", "json"] {
        let run = look(&stage, &folder, &["\u{1b}[2J.pem"]).args(&["--format", format]);
        let (code, stdout, _) = run.text();
        assert_eq!(code, 1, "{stdout}");
        assert!(stdout.contains("evil"), "{stdout}");
        let is_harmful = |character| xfed::internals::is_harmful(character) && character != '\n';
        assert!(!stdout.contains(is_harmful), "{stdout:?}");
    }
}

/// What is no certificate of a server is called what it is, and what is wanted is named.
#[test]
fn what_else_files_hold() {
    let stage = Stage::new();
    let key = rcgen::KeyPair::generate().expect("a key");
    let request = rcgen::CertificateParams::new(vec![FQDN.to_owned()]).expect("a name");
    let request = request.serialize_request(&key).expect("a request");
    let folder = Folder::new()
        .with("order.csr", request.pem().expect("text"))
        .with("order.der", request.der().as_ref())
        .with("store.jks", [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2])
        .with("key.pem", key.serialize_pem())
        .with("root.cer", stage.authority.root_der())
        .with("issuing.cer", stage.authority.intermediate_der());
    for (file, what) in [
        ("order.csr", "is a request for a certificate (CSR)"),
        ("order.der", "is a request for a certificate (CSR)"),
        ("store.jks", "is a key store of Java (JKS)"),
        ("key.pem", "holds a private key and no certificate"),
    ] {
        let (code, said) = said(look(&stage, &folder, &[file]));
        assert_eq!(code, 2, "{file}: {said}");
        assert!(said.contains(what), "{file}: {said}");
    }
    for (file, what) in [("root.cer", "root"), ("issuing.cer", "intermediate")] {
        let (code, said) = said(look(&stage, &folder, &[file]));
        assert_eq!(code, 1, "{file}: {said}");
        let is = format!("{what} certificate of a CA");
        assert!(said.contains(&is), "{file}: {said}");
        assert!(
            said.contains("Look for the file of the server's certificate"),
            "{said}"
        );
        assert!(!said.contains("cert-no-san"), "{said}");
    }
}
