//! `xfed cert`: what a server shows, in people's words.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;

use crate::stage::{FQDN, Run, Stage, demanding, file};
use crate::world::made;
use crate::world::{Behaviour, ClientAuth, Dns, Identity, Port, Raw, RecordType, Server};

/// A look at this address, for the name of the stage's server.
fn look(stage: &Stage, address: SocketAddr) -> Run {
    look_by_public_roots(address)
        .arg("--ca-file")
        .arg(stage.roots())
}

fn look_by_public_roots(address: SocketAddr) -> Run {
    Run::new("cert").arg(address.to_string()).args(&[
        "--name",
        FQDN,
        "--timeout=3s",
        "--no-revocation",
    ])
}

/// What is printed, its wraps undone, and the exit code.
fn said(run: Run) -> (i32, String) {
    let (code, stdout, stderr) = run.text();
    assert_eq!(stderr, "", "{stdout}");
    for line in stdout.lines() {
        assert!(line.chars().count() <= 80 || !line.contains(' '), "{line}");
        assert_eq!(line, line.trim_end());
    }
    (code, flat(&stdout))
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(run: Run, code: i32, wanted: &[&str]) -> String {
    let (ended, text) = said(run);
    for wanted in wanted {
        assert!(text.contains(wanted), "no {wanted:?} in: {text}");
    }
    assert_eq!(ended, code, "{text}");
    text
}

fn json(run: Run) -> (i32, Value) {
    let (code, stdout, stderr) = run.arg("--format=json").text();
    assert_eq!(stderr, "");
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    (code, json)
}

#[test]
fn a_server_as_it_should_be() {
    let stage = Stage::new();
    let server = stage.server().start();
    let text = says(
        look(&stage, server.address()),
        0,
        &[
            &format!("Asked for {FQDN} Address {}, open,", server.address()),
            "TLS TLS 1.3, TLS_AES_256_GCM_SHA384",
            "Client is asked for a certificate (MTLS), of any CA",
            "Certificate of the server Subject CN=xphone.zahnfee.de",
            "Names xphone.zahnfee.de xphone.zahnfee.de is among them",
            "days left Purposes server (serverAuth), client (clientAuth)",
            "Key RSA 2048; signed by the issuer: ECDSA + SHA-256",
            "Revocation list http",
            "Chain as sent 1 CN=xphone.zahnfee.de issued by",
            "Order right: behind each one stands its issuer",
            "(a root of --ca-file)",
        ],
    );
    assert!(!text.contains("Without name"), "{text}");
    says(
        look(&stage, server.address()).args(&["--lang", "de"]),
        0,
        &[
            "Client wird nach einem Zertifikat gefragt (MTLS), gleich von welcher CA",
            "Antragsteller CN=xphone.zahnfee.de",
            "Reihenfolge richtig: Hinter jedem steht sein Aussteller",
            "(Stammzertifikat aus --ca-file)",
        ],
    );
}

/// It shows facts. Good and bad certificates are both shown, and that is all that counts.
#[test]
fn bad_certificates_are_shown_as_they_are() {
    type Change = fn(&Stage) -> Identity;
    let worlds: [(Change, &[&str]); 8] = [
        (
            |stage| {
                let request = stage.authority.certificate("*.zahnfee.de");
                request.names(&["*.zahnfee.de", "zahnfee.de"]).issue()
            },
            &["Names *.zahnfee.de, zahnfee.de xphone.zahnfee.de is covered by a wildcard only"],
        ),
        (
            |stage| stage.authority.certificate("srv01.zahnfee.de").issue(),
            &["xphone.zahnfee.de is not among them"],
        ),
        (
            |stage| stage.authority.certificate(FQDN).valid(-90, -11).issue(),
            &["expired 11 days ago"],
        ),
        (
            |stage| stage.authority.certificate(FQDN).valid(-90, 1).issue(),
            &["less than a day left"],
        ),
        (
            |stage| stage.authority.certificate(FQDN).valid(3, 90).issue(),
            &["begins in 2 days"],
        ),
        (
            |stage| stage.authority.certificate(FQDN).server_auth_only().issue(),
            &["Purposes server (serverAuth) only"],
        ),
        (
            |stage| stage.authority.certificate(FQDN).no_eku().no_crl().issue(),
            &[
                "Purposes any purpose (no EKU)",
                "Revocation no list (CRL) is named",
            ],
        ),
        (
            |stage| stage.authority.certificate(FQDN).self_signed().issue(),
            &[
                "issued by itself; until",
                "Leads to no root of --ca-file: the last certificate is signed by itself",
            ],
        ),
    ];
    for (identity, wanted) in worlds {
        let stage = Stage::new();
        let server = demanding(identity(&stage)).start();
        says(look(&stage, server.address()), 0, wanted);
    }
}

#[test]
fn what_is_wrong_with_a_chain() {
    let stage = Stage::new();
    let issued = || stage.authority.certificate(FQDN);
    let missing = "Leads to no root: the server did not send CN=Tooth Fairy Root CA - Issuing";
    let server = demanding(issued().without_intermediate().issue()).start();
    says(look(&stage, server.address()), 0, &[missing]);
    let (_, text) = said(look_by_public_roots(server.address()));
    assert!(text.contains("and it is no public root"), "{text}");

    let mut reversed = issued().issue();
    reversed.chain.reverse();
    let server = demanding(reversed).start();
    says(
        look(&stage, server.address()),
        0,
        &[
            "Subject CN=xphone.zahnfee.de",
            "Order wrong: the certificate of the server stands at 2, its place is 1",
        ],
    );

    let mut stranger = issued().issue();
    let other = Stage::new().authority.intermediate_der();
    stranger.chain.insert(1, other);
    let server = demanding(stranger).start();
    says(
        look(&stage, server.address()),
        0,
        &["Order wrong: right is 1, 3", "not needed: 2"],
    );

    let server = demanding(issued().with_root().issue()).start();
    says(
        look(&stage, server.address()),
        0,
        &["Order right: behind each one stands its issuer not needed: 3"],
    );
}

#[test]
fn what_is_asked_of_the_client() {
    let stage = Stage::new();
    let open = Server::tls(stage.identity()).client_auth(ClientAuth::Off);
    let server = open.start();
    says(
        look(&stage, server.address()),
        0,
        &["Client is not asked for a certificate"],
    );
    let choosy = stage.server().trusting(&stage.authority).tls12().start();
    says(
        look(&stage, choosy.address()),
        0,
        &["Client is asked for a certificate (MTLS), of one of these CAs: CN=Tooth Fairy Root CA"],
    );
}

/// By name and without: some servers choose by SNI, and some choose wrong.
#[test]
fn another_certificate_without_a_name() {
    let stage = Stage::new();
    let wrong = stage.authority.certificate("web.zahnfee.de").issue();
    let server = demanding(wrong).without_sni(stage.identity()).start();
    says(
        look(&stage, server.address()),
        0,
        &["Without name another certificate is shown to who names no server (SNI), SHA-256"],
    );
    let run = Run::new("cert").arg(server.address().to_string());
    let (_, nameless) = json(run.args(&["--no-revocation"]));
    assert_eq!(nameless["name"], Value::Null);
    let leaf = &nameless["addresses"][0]["chain"][0];
    assert_eq!(leaf["subject"], "CN=xphone.zahnfee.de", "no SNI was sent");
    assert_eq!(leaf["names_server"], Value::Null);
}

#[test]
fn where_there_is_no_certificate() {
    let stage = Stage::new();
    let mail = Server::raw(Raw::Banner(b"220 mail.zahnfee.de ESMTP\r\n".to_vec()));
    says(
        look(&stage, mail.address()),
        1,
        &["TLS something else came: 220 mail.zahnfee.de ESMTP"],
    );
    let plain = Server::raw(Raw::PlainTextOnly(b"SIP/2.0 200 OK\r\n".to_vec()));
    says(
        look(&stage, plain.address()),
        1,
        &["Plain text \"SIP/2.0 200 OK\""],
    );
    let alert = Server::raw(Raw::Alert(2, 40));
    let (code, seen) = json(look(&stage, alert.address()));
    let tls = &seen["addresses"][0]["tls"];
    assert_eq!((code, &tls["ended"]), (1, &"alert".into()), "{tls}");
    assert_eq!(tls["asks_for_certificate"], Value::Null);

    let closed = Port::closed();
    says(look(&stage, closed.address()), 3, &[", refused"]);
    let silent = Server::raw(Raw::Silent);
    let run = look(&stage, silent.address()).args(&["--timeout=300ms"]);
    says(run, 1, &["nothing more came in time"]);
}

#[test]
fn old_servers_are_read_by_hand() {
    let stage = Stage::new();
    let old = Server::old(stage.identity(), 0x0301, &[0x002f]).start();
    says(
        look(&stage, old.address()),
        0,
        &[
            "TLS TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA;",
            "Names xphone.zahnfee.de",
            "(a root of --ca-file)",
        ],
    );
}

/// Where the way was not seen to its end, nothing on it is called needless.
#[test]
fn an_intermediate_given_as_a_root() {
    let stage = Stage::new();
    let identity = stage.identity();
    let issuing = file(&made::pem(&[&identity.chain[1]]));
    let server = demanding(identity).start();
    let run = look_by_public_roots(server.address()).arg("--ca-file");
    let text = says(
        run.arg(issuing.path()),
        0,
        &[
            "Order right: behind each one stands its issuer",
            "xfed cannot verify all of the way",
        ],
    );
    assert!(!text.contains("not needed"), "{text}");
}

/// A name is asked for in DNS, as whoever is named says; all of its addresses are looked at, in one
/// order whatever the resolver's.
#[test]
fn every_address_of_a_name() {
    let stage = Stage::new();
    let old = stage.authority.certificate(FQDN).valid(-90, 5).issue();
    let first = demanding(stage.identity()).listen("127.0.0.2").start();
    let port = first.address().port();
    let _second = demanding(old).listen(&format!("127.0.0.3:{port}")).start();
    let dns = Dns::zone("zahnfee.de", "xphone A 127.0.0.3\nxphone A 127.0.0.2\n");
    let by_name = || {
        Run::new("cert")
            .arg(format!("{FQDN}:{port}"))
            .args(&["--no-revocation", "--timeout=3s", "--resolver"])
            .arg(dns.address().to_string())
            .arg("--ca-file")
            .arg(stage.roots())
    };
    says(
        by_name(),
        0,
        &[
            &format!("{FQDN}:{port} Address 127.0.0.2:{port}, open"),
            &format!("Address 127.0.0.3:{port}, open"),
            &format!("Certificate of the server at 127.0.0.2:{port} Subject"),
            &format!("Certificate of the server at 127.0.0.3:{port} Subject"),
        ],
    );
    // One that is down among them: something could not be found out.
    dns.replace("zahnfee.de", "xphone A 127.0.0.2\nxphone A 127.0.0.4\n");
    let text = says(by_name(), 3, &["refused", "Names xphone.zahnfee.de"]);
    assert!(text.contains("127.0.0.4"), "{text}");
}

#[test]
fn names_that_lead_nowhere() {
    let dns = Dns::zone("zahnfee.de", "mail A 81.2.3.5\n");
    let run = |name: &str| {
        let run = Run::new("cert").arg(name).arg("--resolver");
        run.arg(dns.address().to_string())
            .args(&["--timeout=300ms"])
    };
    says(
        run("xphone.zahnfee.de"),
        3,
        &["xphone.zahnfee.de:5061 DNS (A) the name does not exist DNS (AAAA)"],
    );
    dns.now("zahnfee.de", RecordType::ANY, Behaviour::Servfail);
    let (code, seen) = json(run("xphone.zahnfee.de"));
    assert_eq!((code, &seen["dns"][0]["answer"]), (3, &"failed".into()));
}

#[test]
fn ipv6_and_names_with_umlauts() {
    let stage = Stage::new();
    let server = stage.server().listen("::1").start();
    let port = server.address().port();
    let run = look(&stage, server.address());
    says(run, 0, &[&format!("[::1]:{port} Asked for {FQDN}")]);

    let name = "xphone.xn--zhne-loa.de";
    let identity = stage.authority.certificate(name).issue();
    let server = demanding(identity).start();
    let dns = Dns::zone("xn--zhne-loa.de", "xphone A 127.0.0.1\n");
    let run = Run::new("cert")
        .arg(format!("xphone.zähne.de:{}", server.address().port()))
        .args(&["--no-revocation", "--resolver"])
        .arg(dns.address().to_string());
    says(
        run,
        0,
        &[
            "xphone.zähne.de (xphone.xn--zhne-loa.de:",
            "xphone.xn--zhne-loa.de is among them",
        ],
    );
}

#[test]
fn machines_read_json_and_pem() {
    let stage = Stage::new();
    let identity = stage.identity();
    let server = demanding(identity.clone()).start();
    let (code, seen) = json(look(&stage, server.address()));
    assert_eq!(code, 0);
    let shown = &seen["addresses"][0];
    assert_eq!(shown["chain"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["chain"][0]["names_server"], "exactly");
    assert_eq!(shown["tls"]["asks_for_certificate"], true);
    assert_eq!(shown["trust"]["verdict"], "trusted");
    assert_eq!(shown["trust"]["order"], serde_json::json!([1, 2]));

    let (code, stdout, stderr) = look(&stage, server.address()).arg("--format=pem").text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    let read = |text: &str| -> Vec<Vec<u8>> {
        let all = pem::parse_many(text).expect("PEM");
        all.into_iter().map(|one| one.into_contents()).collect()
    };
    assert_eq!(read(&stdout), read(&identity.chain_pem()));
    // Where there is none, standard error says why.
    let closed = Port::closed();
    let (code, stdout, stderr) = look(&stage, closed.address()).arg("--format=pem").text();
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert!(stderr.contains("refused"), "{stderr}");
}

/// What a stranger wrote into a certificate does nothing to a terminal.
#[test]
fn a_hostile_certificate_is_harmless() {
    let stage = Stage::new();
    let request = stage.authority.certificate(FQDN);
    let identity = request
        .common_name("\u{1b}[2J\u{202e}evil\r\nLeads to")
        .issue();
    let server = demanding(identity).start();
    for format in ["table", "json"] {
        let run = look(&stage, server.address()).args(&["--format", format]);
        let (code, stdout, _) = run.text();
        assert_eq!(code, 0);
        assert!(stdout.contains("evil"), "{stdout}");
        let is_harmful = |character| xfed::internals::is_harmful(character) && character != '\n';
        assert!(!stdout.contains(is_harmful), "{stdout:?}");
        assert!(!stdout.lines().any(|line| line.starts_with("Leads to")));
    }
}

#[test]
fn terminals_that_show_little() {
    let stage = Stage::new();
    let server = stage.server().start();
    for lang in ["en", "de"] {
        let run = look(&stage, server.address()).env("TERM", "dumb");
        let (code, stdout, _) = run.args(&["--lang", lang]).text();
        assert_eq!(code, 0);
        assert!(stdout.is_ascii(), "{stdout}");
        // All texts begin in one column: that of the longest label.
        let rows: Vec<&str> = stdout
            .lines()
            .filter(|line| line.contains("  TLS"))
            .collect();
        let column = rows[0].find("TLS 1.").expect("the version");
        let of_all = stdout
            .lines()
            .filter(|line| line.starts_with("  ") && line.len() > column);
        for line in of_all.filter(|line| !line.starts_with("     ") && !line.starts_with("  1")) {
            let item = line
                .trim_start()
                .starts_with(|first: char| first.is_ascii_digit());
            assert!(
                item || line.as_bytes()[column - 1] == b' ',
                "{line}\n{stdout}"
            );
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let stage = Stage::new();
    let server = stage.server().start();
    for format in ["table", "json", "pem"] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let run = look(&stage, server.address()).args(&["--format", format]);
        assert_eq!(run.text_into(writer), (0, String::new()), "{format}");
    }
}

#[test]
fn wrong_usage() {
    for (typed, wanted) in [
        (
            "srv01",
            "\"srv01\" is no server, and no file of this name is there: expected its full name",
        ),
        ("xphone.zahnfee.de:0", "is no server"),
        ("https://xphone.zahnfee.de", "is no server"),
    ] {
        let (code, stdout, stderr) = Run::new("cert").arg(typed).text();
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(wanted), "{stderr}");
    }
    let no_roots = file("nothing");
    let run = Run::new("cert").arg("127.0.0.1:1").arg("--ca-file");
    let (code, _, stderr) = run.arg(no_roots.path()).text();
    assert_eq!(code, 2);
    assert!(stderr.contains("certificate"), "{stderr}");
}
