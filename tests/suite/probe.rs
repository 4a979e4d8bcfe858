//! `xfed probe`: what the far side of `xfed check --via` answers, and what it refuses.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::stage::{Folder, Run, Stage};
use crate::world::Server;

/// A machine elsewhere: its configuration leads to the stage's servers, and its count is its own.
pub struct Place {
    pub folder: Folder,
}

impl Place {
    /// One from where the server is reached.
    pub fn new(stage: &Stage, server: &Server) -> Self {
        Self::with(stage, &format!("connect-to = [\"{}\"]", server.address()))
    }

    /// From there the published address leads here.
    pub fn reaching(stage: &Stage, address: SocketAddr) -> Self {
        Self::with(stage, &format!("connect-to = [\"81.2.3.4={address}\"]"))
    }

    /// One with this in its table for the domain.
    pub fn with(stage: &Stage, of_domain: &str) -> Self {
        let (dns, roots) = (stage.dns.address(), stage.roots().display());
        Self::configured(&format!(
            "resolver = [\"{dns}\"]\nca-file = \"{roots}\"\nno-compare = true\n\
             [[domain]]\nname = \"zahnfee.de\"\n{of_domain}\n"
        ))
    }

    pub fn configured(text: &str) -> Self {
        Self {
            folder: Folder::new().with("xfed.toml", text),
        }
    }

    /// `xfed probe --stdio` as a login starts it.
    pub fn probe(&self) -> Run {
        let state = self.folder.file("state");
        Run::new("probe")
            .args(&["--stdio", "--config"])
            .arg(self.folder.file("xfed.toml"))
            .env("XDG_STATE_HOME", &state.display().to_string())
    }
}

/// The greeting, and the answers to these lines.
fn told(run: Run, lines: &str) -> (Value, Vec<Value>) {
    let (code, stdout, stderr) = run.fed(lines.as_bytes()).text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    let mut said = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    let hello = said.next().expect("it greets");
    (hello, said.collect())
}

const ASKED: &str = "{\"domain\":\"zahnfee.de\",\"federation\":\"open\",\"partner\":false}\n";

#[test]
fn it_greets_and_answers_with_facts() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let (hello, answers) = told(place.probe(), ASKED);
    assert_eq!(hello["xfed-probe"], 1);
    assert_eq!(hello["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(hello["facts_schema"], 1);
    assert!(hello["clock"].is_string());
    let [answer] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    let seen = &answer["seen"];
    assert_eq!(seen["terms"]["domain"], "zahnfee.de");
    assert_eq!(seen["terms"]["own_roots"], true);
    let endpoint = &seen["facts"]["endpoints"][0];
    assert!(endpoint["tls"].is_object(), "{endpoint}");
    assert!(server.connections() > 0);
    // Facts, and nothing of what they mean or what anybody thinks of them.
    let keys: Vec<&String> = seen.as_object().expect("facts").keys().collect();
    assert_eq!(keys, ["elapsed_us", "facts", "terms"]);
}

/// What its user decided about findings is nobody else's business.
#[test]
fn the_policy_of_the_place_stays_there() {
    let stage = Stage::new();
    let place = Place::with(
        &stage,
        "[[accept]]\ncode = \"srv-missing\"\nreason = \"Frau Krause weiß Bescheid\"\nuntil = 2099-01-01",
    );
    let (_, answers) = told(place.probe(), ASKED);
    assert!(answers[0]["seen"].is_object(), "{answers:?}");
    assert!(!answers[0].to_string().contains("Krause"), "{answers:?}");
}

/// The mode is that of the request, whatever its configuration says of the domain.
#[test]
fn mode_and_server_come_with_the_request() {
    let stage = Stage::new();
    let place = Place::with(&stage, "mode = \"partner\"");
    let direct = "{\"domain\":\"zahnfee.de\",\"federation\":\"direct\",\"partner\":false,\
                  \"fqdn\":\"xphone.zahnfee.de\"}\n";
    let (_, answers) = told(place.probe(), &format!("{ASKED}{direct}"));
    let terms = |at: usize| &answers[at]["seen"]["terms"];
    assert_eq!(terms(0)["partner"], false);
    assert_eq!(terms(0)["federation"], "open");
    assert_eq!(terms(1)["federation"], "direct");
    assert_eq!(terms(1)["fqdn"], "xphone.zahnfee.de");
}

/// A holder of the key can have nothing looked at but domains, by the place's own ways.
#[test]
fn a_request_for_anything_else_is_refused() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let more = |more: &str| {
        format!("{{\"domain\":\"zahnfee.de\",\"federation\":\"open\",\"partner\":false,{more}}}\n")
    };
    let lines = [
        "rm -rf /\n".to_owned(),
        "{}\n".to_owned(),
        "[]\n".to_owned(),
        "\u{1b}[2J\n".to_owned(),
        more("\"connect-to\":[\"127.0.0.1:22\"]"),
        more("\"resolver\":[\"10.0.0.1\"]"),
        more("\"allow-private\":true"),
        more("\"ca-file\":\"/etc/shadow\""),
        more("\"fqdn\":\"127.0.0.1\""),
        more("\"domain\":\"elhada.es\""),
    ];
    let (_, answers) = told(place.probe(), &lines.concat());
    assert_eq!(answers.len(), lines.len());
    for (line, answer) in lines.iter().zip(&answers) {
        assert!(
            answer["refused"]["no-request"].is_string(),
            "{line} {answer}"
        );
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(stage.dns.questions().len(), 0);
}

#[test]
fn an_endless_line_ends_it() {
    let place = Place::configured("");
    let (_, answers) = told(place.probe(), &"x".repeat(1_000_000));
    assert_eq!(answers, [json!({"refused": "too-long"})]);
}

/// Each login is a process of its own; the count is that of the account.
#[test]
fn so_many_domains_and_no_more_whoever_asks() {
    let stage = Stage::new();
    let place = Place::with(&stage, "");
    let few = || place.probe().args(&["--max-domains", "2/d"]);
    let (_, answers) = told(few(), ASKED);
    assert!(answers[0]["seen"].is_object(), "{answers:?}");
    let asked = stage.dns.questions().len();
    let (_, answers) = told(few(), &ASKED.repeat(3));
    assert!(answers[0]["seen"].is_object(), "{answers:?}");
    for refused in &answers[1..] {
        let wait = refused["refused"]["too-often"].as_u64().expect("seconds");
        assert!((86_000..=86_400).contains(&wait), "{wait}");
    }
    assert!(
        stage.dns.questions().len() <= 2 * asked,
        "nothing else was asked"
    );
    // What is no request costs nothing of it.
    let (_, answers) = told(few(), "{}\n");
    assert!(answers[0]["refused"]["no-request"].is_string());
}

#[test]
fn what_cannot_be_counted_is_not_looked_at() {
    let stage = Stage::new();
    let place = Place::with(&stage, "");
    let file = place.folder.file("xfed.toml").display().to_string();
    let (_, answers) = told(place.probe().env("XDG_STATE_HOME", &file), ASKED);
    assert_eq!(answers, [json!({"refused": "uncounted"})]);
    assert_eq!(stage.dns.questions().len(), 0);
}

/// Where a server is not public, the place connects only if its own configuration says so.
#[test]
fn private_addresses_are_left_alone() {
    let stage =
        Stage::with_zone("_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 10.11.12.13\n");
    let place = Place::with(&stage, "");
    let (_, answers) = told(place.probe(), ASKED);
    let seen = &answers[0]["seen"];
    assert_eq!(seen["terms"]["allow_private"], false);
    assert_eq!(seen["facts"]["endpoints"], json!([]), "{answers:?}");
}

#[test]
fn the_line_of_authorized_keys() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0nT3s2gW5p7 admin@zahnfee";
    let folder = Folder::new().with("id.pub", format!("{key}\n")).with(
        "id",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n",
    );
    let line = |args: &[&str]| {
        Run::new("probe")
            .within(folder.path())
            .arg("--authorized-key")
            .args(args)
            .text()
    };
    let only =
        |rate| format!("command=\"xfed probe --stdio --max-domains {rate}\",restrict {key}\n");
    assert_eq!(line(&["id.pub"]), (0, only("50/h"), String::new()));
    let other = line(&["id.pub", "--max-domains", "7/m"]);
    assert_eq!(other, (0, only("7/m"), String::new()));
    let from_stdin = Run::new("probe").args(&["--authorized-key", "-"]);
    let from_stdin = from_stdin.fed(key.as_bytes()).text();
    assert_eq!(from_stdin, (0, only("50/h"), String::new()));
    for (args, says) in [
        (&["id"][..], "xfed: id is the private key"),
        (&["none"], "xfed: cannot read none"),
        (
            &["id.pub", "--max-domains", "0/h"],
            "--max-domains 0/h: expected N/s",
        ),
        (&["id.pub", "--stdio"], "exclude each other"),
        (
            &["id", "--lang", "de"],
            "xfed: id ist der private Schlüssel",
        ),
    ] {
        let (code, stdout, stderr) = line(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
}
