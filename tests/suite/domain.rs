//! Step 1, the XPhone domain.

use crate::stage::{ALL_PASS, Run, Stage, ZONE};
use crate::world::{Behaviour, Dns, Port, RecordType};

#[test]
fn domain_not_found() {
    let stage = Stage::with_dns(Dns::empty());
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("domain", "domain-not-found", "fail")
        .lacks("srv-missing");
    assert_eq!(outcome.step("srv")["needs"], "domain");
    outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
}

#[test]
fn some_servers_deny_an_empty_name_above_existing_ones() {
    let dns = Dns::zone("zahnfee.de", ZONE)
        .on("zahnfee.de", RecordType::SOA, Behaviour::NxDomain)
        .on("zahnfee.de", RecordType::MX, Behaviour::NxDomain);
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    stage
        .meets(&server)
        .lacks("domain-not-found")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn domain_no_mail() {
    for mail in ["", "@ MX 0 ."] {
        let stage = Stage::with_zone(&format!("{mail}\n{}", ZONE.replace("@ MX 10 mail", "")));
        let server = stage.server().start();
        let outcome = stage.meets(&server);
        outcome
            .shows("domain", "domain-no-mail", "info")
            .stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn domain_lookup_failed() {
    for (text, reason) in [
        ("no reachable authority", "no reachable authority (EDE 22)"),
        ("", "EDE 22"),
    ] {
        let stage = Stage::with_dns(Dns::empty().always(Behaviour::Ede(22, text)));
        let outcome = stage.check().nowhere().run();
        let finding = outcome.finding("domain", "domain-lookup-failed");
        assert_eq!(finding["args"]["rcode"], "SERVFAIL");
        assert_eq!(finding["args"]["reasons"][0], reason);
        assert_eq!(outcome.step("srv")["needs"], "domain");
        outcome
            .shows("domain", "domain-lookup-failed", "unknown")
            .stands("unknown skip skip skip skip skip", "inconclusive", 3);
    }
}

/// Step 3 says so itself when only its own question fails.
#[test]
fn a_failing_srv_lookup_is_no_missing_record() {
    let dns = Dns::zone("zahnfee.de", ZONE).on("zahnfee.de", RecordType::SRV, Behaviour::Servfail);
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("srv", "domain-lookup-failed", "unknown")
        .lacks("srv-missing")
        .stands("pass skip unknown skip skip skip", "inconclusive", 3);
}

#[test]
fn a_failing_address_lookup_is_no_missing_address() {
    let dns =
        Dns::zone("zahnfee.de", ZONE).on("xphone.zahnfee.de", RecordType::ANY, Behaviour::Servfail);
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("address", "domain-lookup-failed", "unknown")
        .lacks("fqdn-not-found")
        .stands("pass unknown pass skip skip skip", "inconclusive", 3);
}

#[test]
fn dns_unreachable() {
    let closed = Port::closed();
    let silent = Dns::empty().always(Behaviour::Silent);
    let garbage = Dns::empty().always(Behaviour::Garbage);
    let wrong = Dns::empty().always(Behaviour::WrongId);
    for (resolver, limit, reason) in [
        (closed.address(), "3s", "port-closed"),
        (silent.address(), "300ms", "timed-out"),
        (garbage.address(), "300ms", "malformed"),
        (wrong.address(), "300ms", "timed-out"),
    ] {
        let run = Run::new("check")
            .args(&["zahnfee.de", "--format=json", "--timeout", limit])
            .arg("--resolver")
            .arg(resolver.to_string());
        let outcome = run.nowhere().run();
        outcome
            .shows("domain", "dns-unreachable", "unknown")
            .stands("unknown skip skip skip skip skip", "inconclusive", 3);
        let args = &outcome.finding("domain", "dns-unreachable")["args"];
        assert_eq!(args["reason"], reason);
    }
}

#[test]
fn a_truncated_answer_comes_by_tcp() {
    let dns = Dns::zone("zahnfee.de", ZONE).always(Behaviour::Truncated);
    let stage = Stage::with_dns(dns);
    let server = stage.server().start();
    stage.meets(&server).stands(ALL_PASS, "ready", 0);
}

#[test]
fn a_truncated_answer_without_tcp_is_no_answer() {
    let dns = Dns::zone("zahnfee.de", ZONE).always(Behaviour::TruncatedNoTcp);
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().run();
    assert_eq!(
        outcome.finding("domain", "dns-unreachable")["args"]["reason"],
        "truncated"
    );
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
}

#[test]
fn a_server_from_before_edns_is_asked_again_without() {
    let stage = Stage::with_dns(Dns::zone("zahnfee.de", ZONE).always(Behaviour::NoEdns));
    let server = stage.server().start();
    stage.meets(&server).stands(ALL_PASS, "ready", 0);
}

#[test]
fn names_are_asked_absolute_and_once() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    let mut questions = stage.dns.questions();
    let count = questions.len();
    assert_eq!(outcome.report()["facts"]["questions"], count, "as counted");
    questions.sort_by_key(|(name, kind)| (name.clone(), u16::from(*kind)));
    questions.dedup();
    assert_eq!(questions.len(), count, "none twice");
    assert_eq!(
        count, 13,
        "SOA, MX, NS, TXT, SRV, A and AAAA of the server and of the name server, A of a random name, \
         of autodiscover and of lyncdiscover, NS of the top-level domain: {questions:?}"
    );
}

/// What is asked of the zone's own servers counts, and what is asked again in another way.
#[test]
fn the_footer_says_how_many_questions_were_asked() {
    let stage = Stage::new();
    let server = stage.server().start();
    let authority = stage.dns.address().to_string();
    let run = |lang: &str| {
        let run = stage
            .check()
            .connect_to(&server)
            .args(&["-v", "--lang", lang]);
        run.args(&["--format=table", "--authority", &authority])
            .text()
            .1
    };
    let table = run("en");
    // One of them is for the servers of the top-level domain, which know the keys that are announced.
    assert_eq!(stage.dns.questions().len(), 15);
    assert!(table.contains("\n15 DNS questions were asked\n"), "{table}");
    assert!(run("de").contains("\n15 DNS-Fragen wurden gestellt\n"));

    let old = Dns::zone("zahnfee.de", ZONE).always(Behaviour::NoEdns);
    let stage = Stage::with_dns(old);
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    let count = stage.dns.questions().len();
    assert_eq!(outcome.report()["facts"]["questions"], count);
    assert_eq!(count, 26, "once with EDNS, once without");
}

#[test]
fn the_first_resolver_that_answers_counts() {
    let stage = Stage::new();
    let refusing = Dns::empty().always(Behaviour::Refused);
    let server = stage.server().start();
    let run = stage
        .check()
        .connect_to(&server)
        .arg("--resolver")
        .arg(refusing.address().to_string());
    run.run().stands(ALL_PASS, "ready", 0);
}
