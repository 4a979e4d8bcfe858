//! Resolvers by DNS over TLS and DNS over HTTPS.

use std::net::SocketAddr;

use crate::stage::{ALL_PASS, Outcome, Run, Stage, zone_without};
use crate::world::{Authority, Dns, Envelope, Identity, Port, Raw, RecordType, Server};

/// Whom the resolver's certificate is issued to.
const RESOLVER: &str = "dns.example";

/// A check whose only view is this resolver.
fn asking(stage: &Stage, resolver: &str) -> Run {
    Run::new("check")
        .args(&["zahnfee.de", "--format=json", "--timeout=2s", "--resolver"])
        .arg(resolver)
        .arg("--ca-file")
        .arg(stage.roots())
}

fn identity(stage: &Stage) -> Identity {
    let names = [RESOLVER, "127.0.0.1", "localhost"];
    stage
        .authority
        .certificate(RESOLVER)
        .names(&names)
        .rsa()
        .issue()
}

fn tls(address: SocketAddr) -> String {
    format!("tls://{address}#{RESOLVER}")
}

fn https(address: SocketAddr) -> String {
    format!("https://{address}/dns-query")
}

/// What this resolver was good for: nothing, for this reason.
#[track_caller]
fn unreachable(run: Run, resolver: &str, reason: &str) {
    let outcome = run.nowhere().run();
    outcome.shows("domain", "dns-unreachable", "unknown");
    let args = &outcome.finding("domain", "dns-unreachable")["args"];
    assert_eq!(args["reason"], reason, "{resolver}: {outcome}");
    assert_eq!(args["servers"][0], resolver, "as it was typed");
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
}

fn ready(stage: &Stage, resolver: &str) -> Outcome {
    let server = stage.server().start();
    let outcome = asking(stage, resolver).connect_to(&server).run();
    outcome.stands(ALL_PASS, "ready", 0);
    outcome
}

#[test]
fn dns_over_tls() {
    let stage = Stage::new();
    let resolver = stage.dns.by_tls(identity(&stage), Envelope::Answer);
    for name in [format!("#{RESOLVER}"), String::new()] {
        ready(&stage, &format!("tls://{}{name}", resolver.address()));
    }
    assert_eq!(
        stage.dns.questions().len(),
        resolver.connections(),
        "all of them by TLS"
    );
}

#[test]
fn dns_over_https() {
    let stage = Stage::new();
    for envelope in [Envelope::Answer, Envelope::Chunked] {
        let resolver = stage.dns.by_https(identity(&stage), envelope);
        let port = resolver.address().port();
        for host in ["127.0.0.1", "localhost"] {
            ready(&stage, &format!("https://{host}:{port}/dns-query"));
        }
        ready(&stage, &format!("https://127.0.0.1:{port}"));
        let requests = resolver.requests();
        assert!(
            requests.iter().all(|head| {
                head.starts_with("POST /dns-query HTTP/1.1\r\n")
                    && head.contains("Content-Type: application/dns-message\r\n")
                    && head.contains(&format!(":{port}\r\n"))
            }),
            "{requests:?}"
        );
    }
}

/// Each view has its own answer, under the name that the user gave it.
#[test]
fn an_encrypted_view_is_compared_like_any_other() {
    let stage = Stage::new();
    let behind = Dns::zone("zahnfee.de", &zone_without("SRV"));
    let resolver = behind.by_tls(identity(&stage), Envelope::Answer);
    let server = stage.server().start();
    let run = stage
        .check()
        .arg("--resolver")
        .arg(tls(resolver.address()))
        .arg("--no-authority");
    let outcome = run.connect_to(&server).run();
    outcome.shows("srv", "resolvers-contradict", "unknown");
    let args = outcome.finding("srv", "resolvers-contradict")["args"].to_string();
    assert!(args.contains(&tls(resolver.address())), "{args}");
    assert!(
        behind
            .questions()
            .iter()
            .any(|(_, kind)| *kind == RecordType::SRV)
    );
}

#[test]
fn a_resolver_with_a_wrong_certificate_is_not_believed() {
    let stage = Stage::new();
    let right = identity(&stage);
    let of_another = Authority::new("Molar Trust Root CA")
        .certificate(RESOLVER)
        .names(&[RESOLVER, "127.0.0.1"])
        .issue();
    let expired = stage
        .authority
        .certificate(RESOLVER)
        .names(&[RESOLVER, "127.0.0.1"])
        .valid(-90, -1)
        .issue();
    let other_name = stage.authority.certificate("dns.other.example").issue();
    for wrong in [of_another, expired, other_name] {
        let server = stage.dns.by_tls(wrong.clone(), Envelope::Answer);
        let typed = tls(server.address());
        unreachable(asking(&stage, &typed), &typed, "certificate");
        let server = stage.dns.by_https(wrong, Envelope::Answer);
        let typed = https(server.address());
        unreachable(asking(&stage, &typed), &typed, "certificate");
    }
    // The right one, under a name that it does not carry.
    let server = stage.dns.by_tls(right, Envelope::Answer);
    let typed = format!("tls://{}#dns.other.example", server.address());
    unreachable(asking(&stage, &typed), &typed, "certificate");
    assert_eq!(stage.dns.questions(), [], "nobody was asked anything");
}

/// Without --ca-file neither the public roots nor this machine's store know the world's authority.
#[test]
fn a_private_authority_needs_to_be_named() {
    let stage = Stage::new();
    let server = stage.dns.by_tls(identity(&stage), Envelope::Answer);
    let typed = tls(server.address());
    let run = Run::new("check").args(&["zahnfee.de", "--format=json", "--resolver", &typed]);
    unreachable(run, &typed, "certificate");
}

#[test]
fn garbage_is_not_taken_for_a_dns_answer() {
    let stage = Stage::new();
    let rubbish = b"What do you call a bear without teeth?".to_vec();
    let server = stage
        .dns
        .by_tls(identity(&stage), Envelope::Raw(rubbish.clone()));
    let typed = tls(server.address());
    unreachable(asking(&stage, &typed), &typed, "malformed");

    let page = |head: &str| [head.as_bytes(), b"\r\n\r\n", &rubbish].concat();
    for (envelope, reason) in [
        (Envelope::Raw(page("HTTP/1.1 200 OK")), "malformed"),
        (Envelope::Raw(page("HTTP/1.1 404 Not Found")), "http"),
        (
            Envelope::Raw(page("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/")),
            "http",
        ),
        (Envelope::Raw(rubbish.clone()), "http"),
        (Envelope::Endless, "http"),
        (Envelope::Http2, "http"),
        (Envelope::Close, "closed"),
    ] {
        let server = stage.dns.by_https(identity(&stage), envelope);
        let typed = https(server.address());
        unreachable(asking(&stage, &typed), &typed, reason);
    }
}

#[test]
fn a_resolver_that_is_not_there() {
    let stage = Stage::new();
    let closed = Port::closed();
    for typed in [tls(closed.address()), https(closed.address())] {
        unreachable(asking(&stage, &typed), &typed, "port-closed");
    }
    let server = stage.dns.by_tls(identity(&stage), Envelope::Close);
    let typed = tls(server.address());
    unreachable(asking(&stage, &typed), &typed, "closed");
    let plain = Server::raw(Raw::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    for typed in [tls(plain.address()), https(plain.address())] {
        unreachable(asking(&stage, &typed), &typed, "tls");
    }
}

#[test]
fn resolvers_are_read_before_anything_is_asked() {
    for wrong in [
        "tls://",
        "tls://dns.example",
        "tls://127.0.0.1:dot",
        "tls://127.0.0.1#",
        "tls://127.0.0.1#two names",
        "https://",
        "https:///dns-query",
        "https://dns.example:99999/dns-query",
        "https://somebody@dns.example/dns-query",
        "https://dns.example/dns query",
        "http://dns.example/dns-query",
        "dns.example",
    ] {
        let run = Run::new("check").args(&["zahnfee.de", "--lang=en", "--resolver", wrong]);
        let (code, stdout, stderr) = run.nowhere().text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{wrong}");
        assert!(
            stderr.contains("--resolver") && stderr.contains("https://HOST"),
            "{stderr}"
        );
    }
}
