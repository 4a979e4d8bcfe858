//! Partners on Windows Server 2016 and 2019: they connect in TLS 1.2 and name the server (SNI). A proxy with a
//! list of certificates, each with versions of its own, may serve all others and not them.

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding, file};
use crate::world::{
    ClientAuth, HelloPart, Refused, Server, Sip, by_name, by_version, turning_away,
};

const CERTIFICATE: &str = "pass pass pass pass fail pass";
const FEDERATION: &str = "pass pass pass pass pass fail";

/// Serves TLS 1.3, and without the name TLS 1.2; with it, the other server does, or nobody.
fn met(stage: &Stage, server: &Server, other: Option<&Server>, refusal: Refused) -> Outcome {
    let old = by_name(other, Some(server), refusal);
    let between = by_version(server, &old);
    let run = stage.check().connect_to(&between);
    run.args(&["--timeout", "800ms"]).run()
}

#[test]
fn they_are_turned_away() {
    let stage = Stage::new();
    for server in [
        stage.server(),
        Server::tls(stage.identity()).sip(Sip::Status(503, "Service Unavailable")),
    ] {
        let server = server.start();
        for (refusal, how) in [
            (Refused::Alert(70), "alert"),
            (Refused::Alert(40), "alert"),
            (Refused::Alert(112), "alert"),
            (Refused::Close, "closed"),
            (Refused::Reset, "closed"),
            (Refused::Silence, "silent"),
        ] {
            let outcome = met(&stage, &server, None, refusal);
            outcome
                .shows("federation", "tls-worse-for-windows", "fail")
                .lacks("tls-unsteady")
                .stands(FEDERATION, "not-ready", 1);
            let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
            assert_eq!(args["how"], how, "{outcome}");
            assert_eq!(args["what"], "name", "{outcome}");
        }
    }
}

/// Or by what the first packet shows, which is not enough of a hello in two.
#[test]
fn they_are_turned_away_at_any_length() {
    let stage = Stage::new();
    for server in [
        stage.server().start(),
        Server::tls(stage.identity()).start(),
    ] {
        for refusal in [
            Refused::Alert(40),
            Refused::Alert(112),
            Refused::Close,
            Refused::Reset,
            Refused::Silence,
        ] {
            let between = turning_away(&server, HelloPart::NamedInTls12, refusal);
            let run = stage.check().connect_to(&between);
            let outcome = run.args(&["--timeout", "800ms"]).run();
            outcome
                .shows("federation", "tls-worse-for-windows", "fail")
                .lacks("tls-refuses-long-hello")
                .lacks("tls-unsteady")
                .stands(FEDERATION, "not-ready", 1);
        }
    }
}

#[test]
fn they_are_shown_another_certificate() {
    let stage = Stage::new();
    let server = stage.server().start();
    let certificate = |name| stage.authority.certificate(name).rsa();
    for (identity, what) in [
        (certificate(FQDN).valid(-100, -3).issue(), "expired"),
        (certificate("www.zahnfee.de").issue(), "name"),
        (
            certificate(FQDN).without_intermediate().issue(),
            "incomplete",
        ),
    ] {
        let other = demanding(identity).start();
        let outcome = met(&stage, &server, Some(&other), Refused::Close);
        outcome
            .shows("certificate", "cert-other-for-windows", "fail")
            .lacks("cert-differs-by-connection")
            .stands(CERTIFICATE, "not-ready", 1);
        let args = &outcome.finding("certificate", "cert-other-for-windows")["args"];
        assert_eq!(args["what"], what, "{outcome}");
    }
    // One that is right as well is nothing to tell.
    let other = demanding(stage.identity()).start();
    met(&stage, &server, Some(&other), Refused::Close).stands(ALL_PASS, "ready", 0);
}

/// The handshake is the same to its end; what stands behind is another program, or none.
#[test]
fn something_else_answers_them() {
    let stage = Stage::new();
    let identity = stage.identity();
    let open = || demanding(identity.clone()).client_auth(ClientAuth::Optional);
    let server = open().start();
    for (sip, code, step) in [
        (Sip::Http, "sip-not-sip", "fail"),
        (
            Sip::Status(503, "Service Unavailable"),
            "sip-unavailable",
            "warn",
        ),
        (Sip::Close, "tls-handshake-failed", "unknown"),
    ] {
        let other = open().sip(sip).start();
        let outcome = met(&stage, &server, Some(&other), Refused::Close);
        outcome
            .shows("federation", "tls-worse-for-windows", step)
            .lacks("tls-unsteady");
        let args = &outcome.finding("federation", "tls-worse-for-windows")["args"];
        assert!(args["codes"].to_string().contains(code), "{outcome}");
    }
    let other = open().start();
    let before = server.connections();
    met(&stage, &server, Some(&other), Refused::Close).stands(ALL_PASS, "ready", 0);
    assert_eq!((server.connections() - before, other.connections()), (2, 1));
}

/// Their hello is not the one that the TLS library wrote, and a client certificate is proven by a signature
/// over it as well.
#[test]
fn a_client_certificate_is_taken_from_them() {
    let stage = Stage::new();
    let client = stage.authority.certificate("client.example").issue();
    let (certificate, key) = (file(&client.chain_pem()), file(&client.key_pem()));
    for server in [stage.server(), stage.server().tls12()] {
        let server = server.trusting(&stage.authority).start();
        let run = stage.check().connect_to(&server).arg("--client-cert");
        let run = run.arg(certificate.path()).arg("--client-key");
        let outcome = run.arg(key.path()).run();
        outcome.shows("federation", "sip-answered", "info");
        outcome.stands(ALL_PASS, "ready", 0);
        assert_eq!(server.connections(), 3, "{outcome}");
        assert_eq!(server.requests().len(), 3, "{outcome}");
    }
}
