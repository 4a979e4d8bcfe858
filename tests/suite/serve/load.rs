//! Many who scrape at the same time: each gets what is true of its domain, and the memory stays as it is.

use std::thread;

use super::client::Service;
use crate::probe::Place;
use crate::stage::{Stage, ZONE};
use crate::world::Port;

/// As many scrapes at a time, each a check of its own.
const AT_ONCE: usize = 200;
/// So often all of them; the first time fills what is kept.
const ROUNDS: usize = 3;
const PATIENCE: &str = "X-Prometheus-Scrape-Timeout-Seconds";

#[test]
fn two_hundred_scrapes_at_a_time_are_all_right() {
    let broken = ZONE.replace("5061", "5060");
    let stage = Stage::with_dns(
        crate::world::Dns::zone("zahnfee.de", ZONE)
            .and_zone("elhada.es", &broken)
            .and_zone("toothfairy.uk", "@ MX 10 mail\nmail A 81.2.3.5\n")
            .and_zone("silent.example", ZONE),
    );
    let server = stage.server().start();
    let silent = Port::filtered();
    let at = |name: &str, address| {
        format!("[[domain]]\nname = \"{name}\"\nconnect-to = [\"{address}\"]\n")
    };
    let tables = ["zahnfee.de", "elhada.es"].map(|name| at(name, server.address()));
    let tables = tables.concat() + &at("silent.example", silent.address());
    // What a busy machine takes is no failure.
    let place = Place::configured(&format!(
        "timeout = \"1h\"\ndeadline = \"2h\"\nresolver = [\"{}\"]\nca-file = \"{}\"\n\
         no-compare = true\n{tables}",
        stage.dns.address(),
        stage.roots().display()
    ));
    let service = Service::of(&place);
    let expected = [
        ("zahnfee.de", "ready", None, 3600),
        ("elhada.es", "not-ready", Some("srv-wrong-port"), 3600),
        ("toothfairy.uk", "not-ready", Some("srv-missing"), 3600),
        // Whoever is silent is waited for as long as the scrape waits.
        ("silent.example", "inconclusive", None, 2),
    ];
    let mut memory = Vec::new();
    for round in 0..ROUNDS {
        thread::scope(|scope| {
            for number in 0..AT_ONCE {
                let service = &service;
                let (domain, verdict, code, seconds) = expected[number % expected.len()];
                scope.spawn(move || {
                    // Whoever waits for another time asks for another check.
                    let patience = format!("{seconds}.{:03}", round * AT_ONCE + number);
                    let path = format!("/probe?target={domain}");
                    let answer = service.ask("GET", &path, &[(PATIENCE, &patience)]);
                    assert_eq!(answer.status, 200, "{domain}: {}", answer.body);
                    let success = u8::from(verdict == "ready").to_string();
                    assert_eq!(answer.sample("probe_success"), success, "{}", answer.body);
                    let name = format!("xfed_verdict{{domain=\"{domain}\",verdict=\"{verdict}\"}}");
                    assert_eq!(answer.sample(&name), "1", "{}", answer.body);
                    if let Some(code) = code {
                        let name =
                            format!("xfed_probe_reason{{domain=\"{domain}\",code=\"{code}\"}}");
                        assert_eq!(answer.sample(&name), "1", "{}", answer.body);
                    }
                });
            }
        });
        memory.push(service.running.most_memory());
    }
    let metrics = service.get("/metrics");
    assert_eq!(metrics.sample("xfed_serve_checks_waiting"), "0");
    assert_eq!(metrics.sample("xfed_serve_checks_working"), "0");
    assert_eq!(
        metrics.sample("xfed_serve_checks_total{outcome=\"crashed\"}"),
        "0"
    );
    // What grew with every scrape would be there twice as often at the end.
    assert!(memory[ROUNDS - 1] * 2 < memory[0] * 3, "{memory:?}");
}
