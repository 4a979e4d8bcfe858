//! What strangers publish and send without measure: bounded, and said where it matters.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;

use crate::stage::{FQDN, Outcome, Run, Stage, demanding, zone_without};
use crate::world::server::Sip;
use crate::world::{Behaviour, ClientAuth, Dns, RecordType, Server};

/// SERVFAIL with so many extended errors, all of this text.
fn talkative(count: usize, text: &str) -> Behaviour {
    let option = [&[0, 22], text.as_bytes()].concat();
    Behaviour::forged(move |answer: &mut Message| {
        answer.answers.clear();
        answer.authorities.clear();
        answer.metadata.response_code = ResponseCode::ServFail;
        let edns = answer.edns.as_mut().expect("xfed asks with EDNS");
        for _ in 0..count {
            edns.options_mut()
                .insert(EdnsOption::Unknown(15, option.clone()));
        }
    })
}

/// The longest run of this character anywhere in a report.
fn longest_run(outcome: &Outcome, of: char) -> usize {
    let text = outcome.json.to_string();
    let runs = text.split(|c| c != of);
    runs.map(str::len).max().unwrap_or_default()
}

#[test]
fn what_a_resolver_says_of_its_failure_is_cut() {
    for (count, length) in [(1, 60_000), (5000, 3), (200, 250), (4, 200)] {
        let said = talkative(count, &"w".repeat(length));
        let dns = Dns::zone("zahnfee.de", "").on("zahnfee.de", RecordType::SRV, said);
        let stage = Stage::with_dns(dns);
        let outcome = stage.check().nowhere().arg("--no-authority").run();
        outcome.shows("srv", "domain-lookup-failed", "unknown");
        assert!(longest_run(&outcome, 'w') <= 200, "{count} of {length}");
        let failed = &outcome.report()["facts"]["srv"]["lookup"]["answers"][0]["outcome"]["failed"];
        let kept = failed["extended"].as_array().expect("a list").len();
        assert_eq!(kept, count.min(4));
        assert!(outcome.json.to_string().len() < 100_000);
        let table = stage
            .check()
            .nowhere()
            .args(&["--no-authority", "--format=table"]);
        let (_, stdout, _) = table.text();
        assert!(stdout.len() < 10_000, "{}", stdout.len());
    }
}

/// What is not longer is whole, in whatever script.
#[test]
fn two_hundred_characters_are_not_cut() {
    let reason = "ä".repeat(200);
    let leaked: &'static str = Box::leak(reason.clone().into_boxed_str());
    let stage = Stage::new();
    let server = stage.server().client_auth(ClientAuth::Off);
    let server = server.sip(Sip::Status(503, leaked)).start();
    let outcome = stage.meets(&server);
    let answered = &outcome.report()["facts"]["endpoints"][0]["sip"]["outcome"]["answered"];
    assert_eq!(answered["reason"], reason);
}

#[test]
fn what_a_sip_server_says_is_cut() {
    let long = "w".repeat(15_000);
    for answer in [
        format!("SIP/2.0 503 {long}\r\nContent-Length: 0\r\n\r\n"),
        format!("SIP/2.0 200 OK\r\nServer: {long}\r\nAllow: {long}\r\n\r\n"),
        format!(
            "SIP/2.0 403 No\r\nUser-Agent: {long}\r\nms-diagnostics: 1009;reason=\"{long}\"\r\n\r\n"
        ),
    ] {
        let stage = Stage::new();
        let server = stage.server().client_auth(ClientAuth::Off);
        let server = server.sip(Sip::Raw(answer.into_bytes())).start();
        let outcome = stage.meets(&server);
        let answered = &outcome.report()["facts"]["endpoints"][0]["sip"]["outcome"]["answered"];
        assert!(answered.is_object(), "{outcome}");
        assert!(longest_run(&outcome, 'w') <= 200, "{outcome}");
        assert!(outcome.json.to_string().contains("w…"), "the cut is shown");
        let run = stage.check().connect_to(&server);
        let (_, stdout, _) = run.args(&["--format=table", "-v"]).text();
        assert!(stdout.len() < 20_000, "{}", stdout.len());
    }
}

/// The healthy zone with SRV records that lead to so many servers.
fn many_targets(count: usize) -> Stage {
    let lines = (0..count)
        .map(|n| format!("_sipfederationtls._tcp SRV {n} 0 5061 x{n}\nx{n} A 81.2.4.{n}\n"));
    let lines: String = lines.collect();
    Stage::with_srv(&lines)
}

fn asked_addresses(stage: &Stage) -> usize {
    let questions = stage.dns.questions();
    let mut names: Vec<&str> = questions
        .iter()
        .filter(|(name, kind)| *kind == RecordType::AAAA && name.starts_with('x'))
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn check(stage: &Stage, count: usize) -> Run {
    let server = "127.0.0.1:1".parse().expect("an address");
    (0..count).fold(stage.check(), |run, n| {
        run.connect(&format!("81.2.4.{n}"), server)
    })
}

/// Those that partners try first are looked at, and the rest is not taken for ready.
#[test]
fn many_srv_targets_are_not_all_followed() {
    for (count, followed) in [(8, 8), (9, 8), (64, 8)] {
        let stage = many_targets(count);
        let outcome = check(&stage, count).arg("--no-authority").run();
        assert_eq!(asked_addresses(&stage), followed, "{count}");
        if count == followed {
            outcome.lacks("srv-not-all-followed");
        } else {
            outcome.shows("srv", "srv-not-all-followed", "unknown");
            let args = &outcome.finding("srv", "srv-not-all-followed")["args"];
            assert_eq!(
                (&args["count"], &args["followed"]),
                (&count.into(), &8.into())
            );
        }
        let fqdns = outcome.report()["fqdns"].as_array().expect("a list");
        let expected: Vec<String> = (0..followed).map(|n| format!("x{n}.zahnfee.de")).collect();
        assert_eq!(*fqdns, expected);
    }
}

/// Even where all that were looked at are fine.
#[test]
fn what_was_not_followed_is_not_ready() {
    let stage = many_targets(12);
    let server = |n: usize| {
        let certificate = stage.authority.certificate(&format!("x{n}.zahnfee.de"));
        demanding(certificate.rsa().issue()).start()
    };
    let servers: Vec<Server> = (0..12).map(server).collect();
    let run = servers
        .iter()
        .zip(0..)
        .fold(stage.check(), |run, (server, n)| {
            run.connect(&format!("81.2.4.{n}"), server.address())
        });
    let outcome = run.arg("--no-authority").run();
    outcome.stands("pass pass unknown pass pass pass", "inconclusive", 3);
    outcome.shows("srv", "srv-not-all-followed", "unknown");
    let visited = servers.iter().filter(|server| server.connections() > 0);
    assert_eq!(visited.count(), 8);
}

/// A single record beside the name that the user gave is no crowd.
#[test]
fn the_usual_is_not_bounded() {
    let stage = Stage::with_zone(&format!(
        "{}\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n",
        zone_without("SRV")
    ));
    let server = stage.server().start();
    let run = stage.check().connect_to(&server).args(&["--fqdn", FQDN]);
    run.run().lacks("srv-not-all-followed");
}

/// A certificate may name hundreds of hosts: a sentence names a few, and how many more there are.
#[test]
fn a_long_list_is_cut_in_sentences_and_whole_in_reports() {
    let stage = Stage::new();
    let names: Vec<String> = (0..200).map(|n| format!("h{n}.toothfairy.uk")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let identity = stage
        .authority
        .certificate("h0.toothfairy.uk")
        .names(&names);
    let server = demanding(identity.rsa().issue()).start();
    let outcome = stage.meets(&server);
    let finding = outcome.finding("certificate", "cert-name-mismatch");
    let message = finding["message"].as_str().expect("a sentence");
    assert!(
        message.contains("h9.toothfairy.uk and 190 more") && !message.contains("h10.toothfairy"),
        "{message}"
    );
    let listed = finding["args"]["names"].as_array().map(Vec::len);
    assert_eq!(listed, Some(200), "{finding}");
    let run = stage.check().connect_to(&server);
    let (_, stdout, _) = run.args(&["--format=table", "--lang=de"]).text();
    assert!(
        stdout.contains("190 weitere") && stdout.len() < 10_000,
        "{stdout}"
    );
}

/// A zone may hold texts of sixty kilobytes at every name that is asked for.
#[test]
fn a_long_text_of_the_zone_is_cut() {
    let strings = format!("\"{}\" ", "w".repeat(250)).repeat(200);
    let stage = Stage::with_zone(&format!("* TXT {strings}\n@ TXT {strings}\n"));
    let outcome = stage.check().nowhere().run();
    let text = outcome.json.to_string();
    assert!(
        text.contains("www") && text.len() < 200_000,
        "{}",
        text.len()
    );
    assert_eq!(longest_run(&outcome, 'w'), 1000);
}
