//! A domain that is ready, in every way in which it can be.

use crate::stage::{ALL_PASS, Stage, demanding, file};
use crate::world::{Behaviour, ClientAuth, Dns, RecordType, Refusal, Server};

/// gnutls-serv 3.7 with `--require-client-cert` says 50 (decode_error) in TLS 1.2.
#[test]
fn client_certificate_required_by_gnutls() {
    let stage = Stage::new();
    let server = || Server::tls(stage.identity()).tls12();
    let outcome = stage.meets(&server().refuse(Refusal::GnuTls).start());
    outcome
        .shows("federation", "mtls-enforced", "info")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn client_certificate_required() {
    let stage = Stage::new();
    for refusal in [Refusal::Alert, Refusal::Close, Refusal::Reset] {
        let tls12 = Server::tls(stage.identity())
            .refuse(refusal)
            .tls12()
            .start();
        let tls13 = Server::tls(stage.identity()).refuse(refusal).start();
        for server in [tls12, tls13] {
            let outcome = stage.meets(&server);
            outcome.shows("federation", "mtls-enforced", "info");
            let reservations = outcome.report()["reservations"]
                .as_array()
                .expect("reservations")
                .len();
            assert_eq!(
                reservations, 4,
                "SIP was not seen, nor the zone's servers, nor the way from outside, nor public trust:\n{outcome}"
            );
            outcome.stands(ALL_PASS, "ready", 0);
            assert_eq!(
                server.connections(),
                3,
                "one carries TCP, TLS and SIP, another shows whether it is alike, and one more how a long hello \
                 in TLS 1.2 is met that has the name"
            );
        }
    }
}

#[test]
fn client_certificate_optional() {
    let stage = Stage::new();
    let tls12 = Server::tls(stage.identity())
        .client_auth(ClientAuth::Optional)
        .tls12();
    let tls13 = Server::tls(stage.identity()).client_auth(ClientAuth::Optional);
    for (server, version) in [(tls12, "TLS 1.2"), (tls13, "TLS 1.3")] {
        let server = server.server_header("XPhone Connect Server").start();
        let outcome = stage.meets(&server);
        outcome
            .shows("federation", "sip-answered", "info")
            .lacks("mtls-enforced");
        assert_eq!(
            outcome.finding("federation", "sip-answered")["args"]["server"],
            "XPhone Connect Server"
        );
        assert_eq!(
            outcome.report()["facts"]["endpoints"][0]["tls"]["version"],
            version
        );
        outcome.stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn client_certificate_not_requested() {
    let stage = Stage::new();
    for server in [
        Server::tls(stage.identity()).tls12(),
        Server::tls(stage.identity()),
    ] {
        let server = server.client_auth(ClientAuth::Off).start();
        stage
            .meets(&server)
            .shows("federation", "mtls-not-requested", "warn")
            .shows("federation", "sip-answered", "info")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
    }
}

#[test]
fn the_whole_way_with_a_client_certificate() {
    let stage = Stage::new();
    let client = stage
        .authority
        .certificate("client.toothfairy.example")
        .issue();
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
        outcome
            .shows("federation", "sip-answered", "info")
            .lacks("mtls-enforced")
            .stands(ALL_PASS, "ready", 0);
        let request = server.requests().concat();
        assert!(
            request.starts_with("OPTIONS sip:zahnfee.de SIP/2.0\r\n"),
            "{request}"
        );
    }
}

#[test]
fn direct_federation_needs_no_srv_record() {
    let stage = Stage::with_srv("");
    let server = stage.server().start();
    let run = stage
        .check()
        .connect_to(&server)
        .args(&["--direct", "--fqdn", "xphone.zahnfee.de"]);
    let outcome = run.run();
    outcome.stands("pass pass skip pass pass pass", "ready", 0);
    assert!(outcome.step("srv")["needs"].is_null(), "it does not apply");
}

#[test]
fn a_partner_is_asked_less() {
    let stage = Stage::with_zone(
        "
        _sipfederationtls._tcp SRV 0 0 5061 a.b.zahnfee.de.
        a.b A 81.2.3.4
        ",
    );
    let identity = stage
        .authority
        .certificate("a.b.zahnfee.de")
        .rsa()
        .common_name("other.example")
        .issue();
    let server = demanding(identity).start();
    stage
        .check()
        .connect_to(&server)
        .arg("--partner")
        .run()
        .shows("address", "fqdn-too-deep", "info")
        .shows("certificate", "cert-subject-differs", "info")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn several_domains_and_the_worst_counts() {
    let dns = Dns::empty().on("broken.example", RecordType::ANY, Behaviour::Servfail);
    let stage = Stage::with_dns(dns);
    for (domains, worst) in [
        (["broken.example", "unknown.example"], 1),
        (["unknown.example", "broken.example"], 1),
        (["broken.example", "also.broken.example"], 3),
    ] {
        let run = stage.check_domain(domains[0]).arg(domains[1]).nowhere();
        let (code, stdout, _) = run.text();
        assert_eq!(code, worst, "{domains:?}");
        let json: serde_json::Value = serde_json::from_str(&stdout).expect("one document");
        let reports = json["reports"].as_array().expect("reports").iter();
        let order: Vec<&str> = reports
            .filter_map(|report| report["domain"].as_str())
            .collect();
        assert_eq!(order, domains, "in the order asked for");
    }
}
