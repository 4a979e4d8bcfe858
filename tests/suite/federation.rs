//! Step 6, federation active: TLS, MTLS and SIP.

use crate::stage::{ALL_PASS, Outcome, Run, Stage, demanding, file};
use crate::world::made::{UTF8, name};
use crate::world::{Act, Authority, ClientAuth, Raw, Refusal, Server, Sip, by_version};

const SILENT_PORT: &str = "pass pass pass pass skip fail";

/// Meets a peer without TLS; only what does not explain itself is asked again.
fn met(raw: Raw, connections: usize) -> Outcome {
    let stage = Stage::new();
    let server = Server::raw(raw);
    let outcome = stage
        .check()
        .connect_to(&server)
        .args(&["--timeout", "500ms"])
        .run();
    assert_eq!(server.connections(), connections);
    outcome
}

#[test]
fn tls_silent() {
    met(Raw::Silent, 4)
        .shows("federation", "tls-silent", "fail")
        .stands(SILENT_PORT, "not-ready", 1);
}

#[test]
fn tls_closed() {
    for raw in [Raw::Close, Raw::Reset] {
        met(raw, 7)
            .shows("federation", "tls-closed", "fail")
            .stands(SILENT_PORT, "not-ready", 1);
    }
}

#[test]
fn tls_not_spoken() {
    for (text, service) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP"),
        (b"SIP/2.0 400 Bad Request\r\n\r\n", "SIP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"220 mail ESMTP\r\n", "SMTP"),
        (b"220 ProFTPD Server ready\r\n", "FTP"),
        (b"<?xml version='1.0'?><stream:stream>", "XMPP"),
        (b"\x03\x00\x00\x13\x0e\xd0", "RDP"),
        (b"\x00\x01\x02", "unknown"),
        (
            b"0\x0c\x02\x01\x01a\x07\x0a\x01\x00\x04\x00\x04\x00",
            "LDAP",
        ),
        (b"\x05\xff", "SOCKS"),
    ] {
        for raw in [
            Raw::Bytes(text.to_vec()),
            Raw::BytesThenClose(text.to_vec()),
            Raw::Banner(text.to_vec()),
        ] {
            let outcome = met(raw, 1);
            outcome.shows("federation", "tls-not-spoken", "fail");
            assert_eq!(
                outcome.finding("federation", "tls-not-spoken")["args"]["service"],
                service
            );
            let message = &outcome.finding("federation", "tls-not-spoken")["message"];
            let message = message.as_str().expect("a message");
            let is_text = text.iter().all(|byte| byte.is_ascii() && *byte >= 0x0a);
            assert_eq!(
                message.contains("plain text"),
                is_text && service != "RDP",
                "{message}"
            );
            assert!(!message.contains("u{"), "{message}");
            outcome.stands(SILENT_PORT, "not-ready", 1);
        }
    }
}

#[test]
fn tls_handshake_failed() {
    for alert in [40, 70, 80, 112] {
        // Twice more than that: it might be the alert of one server of several.
        let outcome = met(Raw::Alert(2, alert), 7);
        let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
        assert!(
            args["detail"]
                .as_str()
                .is_some_and(|detail| detail.ends_with(&format!("({alert})"))),
            "{args}"
        );
        assert_eq!(args["progress"], "nothing");
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .lacks("mtls-enforced")
            .stands(SILENT_PORT, "not-ready", 1);
    }
}

/// TLS records without end, or one that never ends.
#[test]
fn a_handshake_without_end_is_cut() {
    for record in [
        &b"\x16\x03\x03\x00\x04\x0b\x00\x00\x00"[..],
        b"\x16\x03\x03\x40\x00\x0b\x00\xff\xff",
    ] {
        let outcome = met(Raw::Flood(record.to_vec()), 3);
        outcome
            .shows("federation", "tls-handshake-failed", "fail")
            .stands(SILENT_PORT, "not-ready", 1);
    }
}

#[test]
fn mtls_certificate_refused() {
    let stage = Stage::new();
    let stranger = Authority::new("Caries Root CA");
    for (client, alert) in [
        (
            stranger.certificate("client.example").issue(),
            "unknown_ca (48)",
        ),
        (
            stage
                .authority
                .certificate("client.example")
                .server_auth_only()
                .issue(),
            "unsupported_certificate (43)",
        ),
    ] {
        let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
        for server in [stage.server().tls12(), stage.server()] {
            let server = server.trusting(&stage.authority).start();
            let run = stage.check().connect_to(&server);
            let run = run
                .arg("--client-cert")
                .arg(certificate.path())
                .arg("--client-key")
                .arg(key.path());
            let outcome = run.run();
            outcome.shows("federation", "mtls-certificate-refused", "warn");
            assert_eq!(
                outcome.finding("federation", "mtls-certificate-refused")["args"]["how"],
                alert
            );
            outcome.stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        }
    }
}

/// Met by a client with a certificate of a stranger's.
fn met_as_stranger(stage: &Stage, server: &Server) -> Outcome {
    let stranger = Authority::new("Caries Root CA");
    let client = stranger.certificate("client.example").issue();
    let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
    let run = stage.check().connect_to(server).arg("--client-cert");
    let run = run.arg(certificate.path()).arg("--client-key");
    run.arg(key.path()).run()
}

/// Schannel says nothing when it refuses a certificate, and in TLS 1.3 the end comes after the handshake.
#[test]
fn mtls_certificate_refused_without_an_alert() {
    let stage = Stage::new();
    for refusal in [Refusal::Close, Refusal::Reset] {
        let server = || stage.server().trusting(&stage.authority).refuse(refusal);
        for (server, how) in [(server().tls12(), "closed"), (server(), "later")] {
            let outcome = met_as_stranger(&stage, &server.start());
            outcome
                .shows("federation", "mtls-certificate-refused", "warn")
                .lacks("sip-not-answered")
                .lacks("tls-worse-for-windows")
                .lacks("tls-unsteady")
                .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
            let finding = outcome.finding("federation", "mtls-certificate-refused");
            assert_eq!(finding["args"]["how"], how, "{outcome}");
            let is_doubted = finding["fix"].to_string().contains("Schannel");
            assert_eq!(is_doubted, how == "later", "{finding}");
        }
    }
}

/// Only TLS 1.2 asks for it, as partners on Windows come: what they meet is told, and is no fault in how
/// they come.
#[test]
fn mtls_certificate_refused_where_the_first_one_showed_none() {
    let stage = Stage::new();
    let new = Server::tls(stage.identity()).client_auth(ClientAuth::Off);
    let new = new.start();
    for refusal in [Refusal::Alert, Refusal::Close] {
        let old = stage.server().trusting(&stage.authority).refuse(refusal);
        let old = old.tls12().start();
        let outcome = met_as_stranger(&stage, &by_version(&new, &old));
        outcome
            .shows("federation", "mtls-certificate-refused", "warn")
            .shows("federation", "sip-answered", "info")
            .lacks("tls-worse-for-windows")
            .lacks("tls-unsteady")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
    }
}

/// The certificate was taken, and then nothing came: it is not for that.
#[test]
fn silence_to_a_certificate_is_no_refusal() {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).sip(Sip::Silent).start();
    let outcome = met_as_stranger(&stage, &server);
    outcome
        .shows("federation", "sip-not-answered", "warn")
        .lacks("mtls-certificate-refused");
    let finding = outcome.finding("federation", "sip-not-answered");
    assert_eq!(finding["args"]["excused"], "demanded", "{finding}");
}

/// The file of --client-cert lacks its intermediate: it is not for the certificate.
#[test]
fn mtls_certificate_refused_for_what_was_not_sent() {
    let stage = Stage::new();
    let request = || {
        let request = stage.authority.certificate("client.example").rsa();
        request.aia("http://ca.example/issuing.crt")
    };
    let server = stage.server().trusting(&stage.authority).start();
    let met = |client: crate::world::Identity| {
        let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
        let run = stage.check().connect_to(&server).arg("--client-cert");
        let run = run.arg(certificate.path()).arg("--client-key");
        run.arg(key.path()).run()
    };
    met(request().issue()).lacks("mtls-certificate-refused");
    let outcome = met(request().without_intermediate().issue());
    outcome.shows("federation", "mtls-certificate-refused", "warn");
    let finding = outcome.finding("federation", "mtls-certificate-refused");
    assert_eq!(finding["args"]["how"], "unknown_ca (48)");
    let issuer = "CN=Tooth Fairy Root CA - Issuing";
    assert_eq!(finding["args"]["unsent"], serde_json::json!([issuer]));
    assert!(
        finding["fix"]
            .to_string()
            .contains("Append the certificate of")
    );
    // Whose issuer is a private root has sent all that there is.
    let private = crate::world::Authority::new("Caries Root CA");
    let outcome = met(private.certificate("client.example").rsa().issue());
    let finding = outcome.finding("federation", "mtls-certificate-refused");
    assert_eq!(finding["args"]["unsent"], serde_json::json!([]));
}

fn asked(sip: Sip, client_auth: ClientAuth) -> Outcome {
    let stage = Stage::new();
    let server = Server::tls(stage.identity())
        .client_auth(client_auth)
        .sip(sip)
        .start();
    stage
        .check()
        .connect_to(&server)
        .args(&["--timeout", "700ms"])
        .run()
}

/// Silence after a demand for a certificate that we did not have is excused; without it, it is not.
#[test]
fn sip_not_answered() {
    asked(Sip::Silent, ClientAuth::Optional)
        .shows("federation", "sip-not-answered", "info")
        .stands(ALL_PASS, "ready", 0);
    for sip in [Sip::Silent, Sip::Close, Sip::Reset] {
        let outcome = asked(sip, ClientAuth::Off);
        outcome
            .shows("federation", "sip-not-answered", "warn")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
    }
}

/// Windows closes without an alert.
#[test]
fn a_close_in_the_answers_place_is_a_refusal() {
    for sip in [Sip::Close, Sip::Reset] {
        let outcome = asked(sip, ClientAuth::Optional);
        outcome
            .shows("federation", "mtls-enforced", "info")
            .stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn any_sip_status_is_life() {
    for (status, reason) in [
        (200, "OK"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (500, ""),
    ] {
        let outcome = asked(Sip::Status(status, reason), ClientAuth::Optional);
        assert_eq!(
            outcome.finding("federation", "sip-answered")["args"]["status"],
            status
        );
        outcome
            .shows("federation", "sip-answered", "info")
            .stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn sip_unavailable() {
    for (status, reason, words, fix) in [
        (502, "Bad Gateway", "SIP 502 (bad gateway)", "on the way"),
        (
            503,
            "Service Unavailable",
            "SIP 503 (service unavailable)",
            "Wait some minutes",
        ),
        (
            504,
            "Server Time-out",
            "SIP 504 (server time-out)",
            "on the way",
        ),
    ] {
        let outcome = asked(Sip::Status(status, reason), ClientAuth::Optional);
        outcome
            .shows("federation", "sip-unavailable", "warn")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        let finding = outcome.finding("federation", "sip-unavailable");
        assert!(finding["message"].to_string().contains(words), "{finding}");
        assert!(finding["fix"].to_string().contains(fix), "{finding}");
    }
}

/// Hundreds of provisional answers, requests and keep-alives are passed over: the final answer counts.
#[test]
fn the_final_answer_counts_however_late_it_comes() {
    let many = |what: &str, times: usize| Act::say(&what.repeat(times));
    let trying = "SIP/2.0 100 Trying\r\nServer: Tooth Fairy Exchange\r\nContent-Length: 0\r\n\r\n";
    let ping = "OPTIONS sip:toothfairy.example SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let last = || Act::say("SIP/2.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    for before in [(trying, 1500), (ping, 1500), ("\r\n\r\n", 30_000)] {
        let acts = vec![many(before.0, before.1), Act::wait(50), last()];
        asked(Sip::Acts(acts), ClientAuth::Optional)
            .shows("federation", "sip-unavailable", "warn")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
    }
    // Where there are more than are read, what comes behind them is not known.
    let acts = vec![many(trying, 100), Act::Repeat];
    asked(Sip::Acts(acts), ClientAuth::Optional)
        .shows("federation", "tls-over-limit", "unknown")
        .lacks("sip-answered")
        .stands("pass pass pass pass pass unknown", "inconclusive", 3);
}

/// A server that asks first is a SIP server all the same.
#[test]
fn a_request_of_the_servers_own_is_passed_over() {
    let request = "OPTIONS sip:toothfairy.example SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let both = format!("{request}SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    asked(Sip::Raw(both.into()), ClientAuth::Off).shows("federation", "sip-answered", "info");
    let alone = asked(Sip::Raw(request.into()), ClientAuth::Off);
    alone
        .lacks("sip-not-sip")
        .shows("federation", "sip-not-answered", "warn");
}

#[test]
fn what_microsoft_says_is_passed_on() {
    let answer = b"SIP/2.0 504 Server time-out\r\nAllow: OPTIONS, INVITE\r\n\
        ms-diagnostics: 1009;reason=\"Conflicting SRV and host domains in DNS\"\r\nContent-Length: 0\r\n\r\n";
    let outcome = asked(Sip::Raw(answer.to_vec()), ClientAuth::Optional);
    let finding = outcome.finding("federation", "sip-answered");
    assert!(finding["message"].to_string().contains("1009"), "{finding}");
    let sip = &outcome.report()["facts"]["endpoints"][0]["sip"]["outcome"]["answered"];
    assert_eq!(sip["allow"], "OPTIONS, INVITE");
}

#[test]
fn the_authorities_that_a_server_accepts_are_told() {
    let stage = Stage::new();
    let server = stage.server().trusting(&stage.authority).start();
    let outcome = stage.meets(&server);
    let named = &outcome.finding("federation", "mtls-enforced")["args"]["authorities"];
    assert_eq!(*named, serde_json::json!(["CN=Tooth Fairy Root CA"]));
}

#[test]
fn sip_not_sip() {
    let noise = b"\x00\x01\x02\x03".to_vec();
    for sip in [
        Sip::Http,
        Sip::Raw(noise),
        Sip::Raw(b"SIP/2.0 999 No\r\n\r\n".to_vec()),
    ] {
        let outcome = asked(sip, ClientAuth::Optional);
        outcome.shows("federation", "sip-not-sip", "fail").stands(
            "pass pass pass pass pass fail",
            "not-ready",
            1,
        );
    }
}

#[test]
fn an_answer_without_end_is_cut() {
    let outcome = asked(Sip::Flood(4), ClientAuth::Optional);
    assert_eq!(
        outcome.step("certificate")["status"],
        "pass",
        "the rest is unharmed:\n{outcome}"
    );
    assert_ne!(outcome.step("federation")["status"], "unknown", "{outcome}");
}

/// The certificate is judged although MTLS ended the handshake.
#[test]
fn a_refusal_does_not_hide_the_certificate() {
    let stage = Stage::new();
    for refusal in [Refusal::Alert, Refusal::Close, Refusal::Reset] {
        let identity = stage.authority.certificate("other.example").rsa().issue();
        let server = Server::tls(identity).refuse(refusal).tls12().start();
        let outcome = stage.meets(&server);
        outcome
            .shows("certificate", "cert-name-mismatch", "fail")
            .shows("federation", "mtls-enforced", "info")
            .stands("pass pass pass pass fail pass", "not-ready", 1);
    }
}

/// A certificate is public; what makes it the server's own is the key.
#[test]
fn a_certificate_without_its_key_proves_nothing() {
    let stage = Stage::new();
    for server in [demanding, |identity| {
        Server::tls(identity).client_auth(ClientAuth::Off)
    }] {
        let mut borrowed = stage.authority.certificate("thief.example").issue();
        borrowed.chain = stage
            .authority
            .certificate("xphone.zahnfee.de")
            .issue()
            .chain;
        for server in [server(borrowed.clone()).tls12(), server(borrowed)] {
            let server = server.start();
            let outcome = stage.meets(&server);
            outcome.shows("federation", "tls-handshake-failed", "fail");
            assert_eq!(
                outcome.finding("federation", "tls-handshake-failed")["args"]["how"],
                "key"
            );
            assert_eq!(outcome.code, 1);
        }
    }
}

/// Every server of this world knows it; so the ServerHello is one of a saved report.
#[test]
fn tls_no_secure_renegotiation() {
    let stage = Stage::new();
    for (server, version) in [(stage.server().tls12(), "1.2"), (stage.server(), "1.3")] {
        let outcome = stage.meets(&server.start());
        outcome.lacks("tls-no-secure-renegotiation");
        let mut report = outcome.json;
        let tls = &mut report["reports"][0]["facts"]["endpoints"][0]["tls"];
        if version == "1.2" {
            assert_eq!(tls["secure_renegotiation"], true);
        }
        tls["secure_renegotiation"] = false.into();
        // Of each connection, so that nothing of it is chance.
        let again = &mut report["reports"][0]["facts"]["endpoints"][0]["again"];
        for again in again.as_array_mut().expect("further connections") {
            if version == "1.2" {
                again["tls"]["secure_renegotiation"] = false.into();
            }
        }
        let replay = Run::new("replay").args(&["-", "--format=json"]);
        let again = replay.fed(report.to_string().as_bytes()).run();
        if version == "1.2" {
            again
                .shows("federation", "tls-no-secure-renegotiation", "warn")
                .lacks("tls-unsteady")
                .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        } else {
            again.lacks("tls-no-secure-renegotiation");
        }
    }
}

/// Who shows a certificate signs with its key, in a scheme that the server names.
#[test]
fn a_demand_that_no_usual_certificate_can_meet() {
    let stage = Stage::new();
    let server = || Server::tls(stage.identity());
    for (schemes, what) in [
        (&[0x0201, 0x0203][..], "old"),
        (&[0x0403, 0x0503], "no-rsa"),
        (&[0x0807], "eddsa"),
    ] {
        let mut servers = vec![server().accepting(schemes).tls12()];
        if what != "old" {
            servers.push(server().accepting(schemes));
        }
        for server in servers {
            let outcome = stage.meets(&server.start());
            outcome
                .shows("federation", "mtls-unanswerable", "warn")
                .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
            let args = &outcome.finding("federation", "mtls-unanswerable")["args"];
            assert_eq!(args["what"], what, "{outcome}");
        }
    }
    for schemes in [&[0x0401][..], &[0x0804, 0x0401], &[0x0201, 0x0601, 0x0806]] {
        let server = server().accepting(schemes);
        // In TLS 1.3 nobody signs with PKCS #1.
        let server = if schemes == [0x0401] {
            server.tls12()
        } else {
            server
        };
        let outcome = stage.meets(&server.start());
        outcome
            .lacks("mtls-unanswerable")
            .stands(ALL_PASS, "ready", 0);
    }
    // Our library gives up there in TLS 1.3; what there is else is seen in TLS 1.2.
    let outcome = stage.meets(&server().accepting(&[0x0401]).start());
    let finding = outcome.finding("federation", "tls-handshake-failed");
    assert_eq!(finding["args"]["detail"], "no-client-scheme", "{outcome}");
    outcome
        .shows("federation", "tls-handshake-failed", "warn")
        .shows("federation", "sip-answered", "info")
        .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
}

/// No public CA issues certificates with keys of EdDSA: whoever is turned away without one is so for good.
#[test]
fn a_demand_that_no_certificate_of_a_public_ca_can_meet() {
    let stage = Stage::new();
    let server = |schemes| stage.server().accepting(schemes);
    for server in [server(&[0x0807, 0x0808]), server(&[0x0807]).tls12()] {
        let outcome = stage.meets(&server.start());
        outcome
            .shows("federation", "mtls-unanswerable", "fail")
            .shows("federation", "mtls-enforced", "info")
            .stands("pass pass pass pass pass fail", "not-ready", 1);
        let args = &outcome.finding("federation", "mtls-unanswerable")["args"];
        assert_eq!(args["what"], "eddsa", "{outcome}");
    }
    stage
        .meets(&server(&[0x0807, 0x0403]).start())
        .shows("federation", "mtls-unanswerable", "warn")
        .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
}

/// Nor one of other types, or of other CAs, than those that partners have.
#[test]
fn a_demand_for_certificates_that_nobody_has() {
    let stage = Stage::new();
    let stranger = Authority::new("Caries Root CA");
    let server = || stage.server().trusting(&stranger);
    for server in [server().tls12(), server()] {
        let outcome = stage.meets(&server.start());
        outcome
            .shows("federation", "mtls-unanswerable", "warn")
            .shows("federation", "mtls-enforced", "info")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "mtls-unanswerable")["args"];
        assert_eq!(args["what"], "authorities", "{outcome}");
    }
    let old = || Server::old(stage.identity(), 0x0303, &[0xc02f]).ends_with(40);
    let of = |organisation: &str| {
        let text = format!("C=US, O={organisation}, CN=One of its CAs");
        name(&text, UTF8)
    };
    let name = |text| name(text, UTF8);
    let public = name("C=US, O=DigiCert Inc, CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1");
    let own = name("CN=Own CA");
    let two = |one, other| vec![of(one), of(other)];
    let issuing = || name("CN=Tooth Fairy Root CA - Issuing");
    let leaf = || name("CN=xphone.zahnfee.de");
    for (server, what) in [
        (old().types(&[2]), Some("types-neither")),
        (old().types(&[3, 64]), Some("types")),
        (old().types(&[]), Some("types-neither")),
        (old().types(&[64, 1]), None),
        (old().authorities(vec![own.clone()]), Some("authorities")),
        // Partners have certificates of many.
        (old().authorities(vec![own, public.clone()]), Some("one")),
        (
            old().authorities(two("Let's Encrypt", "Internet Security Research Group")),
            Some("one"),
        ),
        (
            old().authorities(vec![public, of("DigiCert Inc")]),
            Some("one"),
        ),
        (
            old().authorities(two("Let's Encrypt", "Sectigo Limited")),
            None,
        ),
        // The server's own chain in place of a list of CAs.
        (old().authorities(vec![issuing()]), Some("issuer")),
        (old().authorities(vec![leaf(), issuing()]), Some("issuer")),
        (old().authorities(vec![leaf()]), Some("own")),
    ] {
        let outcome = stage.meets(&server.start());
        let found = outcome.codes().contains(&"mtls-unanswerable");
        assert_eq!(found, what.is_some(), "{outcome}");
        if let Some(what) = what {
            let args = &outcome.finding("federation", "mtls-unanswerable")["args"];
            assert_eq!(args["what"], what, "{outcome}");
        }
    }
}
