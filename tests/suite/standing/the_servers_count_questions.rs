//! Servers that answer so many questions a second and no more: a resolver that asks for one name is answered, and
//! all that a check asks at once is not.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::*;
use crate::world::ZoneKey;

/// What is more than so many in a second is answered with this error.
fn at_most(many: usize, code: ResponseCode) -> Behaviour {
    let counted = Mutex::new((None::<Instant>, 0));
    Behaviour::forged(move |answer| {
        let mut counted = counted.lock().expect("nobody panics with it");
        let is_over = |start: Instant| start.elapsed() >= Duration::from_secs(1);
        if counted.0.is_none_or(is_over) {
            *counted = (Some(Instant::now()), 0);
        }
        counted.1 += 1;
        if counted.1 > many {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.response_code = code;
        }
    })
}

#[track_caller]
fn is_found(outcome: &Outcome) {
    for wrong in [
        "authority-fails",
        "domain-dns-broken",
        "domain-servers-lost",
    ] {
        outcome.lacks(wrong);
    }
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn of_the_zone() {
    internet(|| {
        for code in [ResponseCode::Refused, ResponseCode::ServFail] {
            for many in [3, 4, 5, 8, 12] {
                let world = Internet::new();
                world.servers(|ns| ns.now(".", RecordType::ANY, at_most(many, code)));
                is_found(&world.check().run());
            }
        }
    });
}

/// There are more questions then, and those for the keys decide.
#[test]
fn of_a_signed_zone() {
    internet(|| {
        for code in [ResponseCode::Refused, ResponseCode::ServFail] {
            for many in [5, 8, 12] {
                let world = Internet::new();
                let key = ZoneKey::of("zahnfee.de");
                world.servers(|ns| {
                    ns.sign("zahnfee.de", &key, (-3, 11));
                    ns.now(".", RecordType::ANY, at_most(many, code));
                });
                let servers = "zahnfee NS ns1.provider.net.\nzahnfee NS ns2.provider.net.";
                let _registry = world.registry(&format!("{servers}\nzahnfee DS {}", key.ds()));
                let outcome = world.check().run();
                outcome.lacks("domain-dnssec-bogus");
                is_found(&outcome);
            }
        }
    });
}

/// They serve the zone of their own names, too.
#[test]
fn of_the_zone_of_their_names() {
    internet(|| {
        for many in [3, 5, 8] {
            let kept = ZONE.lines().filter(|line| !line.contains(" NS "));
            let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
            let world =
                Internet::with_zone(&format!("{kept}@ NS ns1.prov.de.\n@ NS ns2.prov.de.\n"));
            let zone = "$TTL 300\n@ NS ns1\n@ NS ns2\nns1 A 81.2.3.53\nns2 A 81.2.3.54\n";
            for dns in [&world.ns1, &world.ns2, &world.resolver] {
                dns.replace("prov.de", zone);
            }
            let glue =
                "prov NS ns1.prov\nprov NS ns2.prov\nns1.prov A 81.2.3.53\nns2.prov A 81.2.3.54";
            let handed = "zahnfee NS ns1.prov\nzahnfee NS ns2.prov";
            let _registry = world.registry(&format!("{glue}\n{handed}"));
            let refusing = || at_most(many, ResponseCode::Refused);
            world.servers(|ns| ns.now(".", RecordType::ANY, refusing()));
            is_found(&world.check().run());
        }
    });
}

/// A list of domains with the same two servers, which do not serve the one named `lame.de`.
fn list(many: usize, limit: Option<&dyn Fn() -> Behaviour>) -> (Outcome, usize) {
    let names: Vec<String> = (0..many).map(|number| format!("d{number}.de")).collect();
    let world = Internet::without_server(ZONE);
    let delegated = names.iter().map(String::as_str).chain(["lame.de"]);
    let delegated = delegated.flat_map(|name| {
        let label = name.trim_end_matches(".de");
        [1, 2].map(|number| format!("{label} NS ns{number}.provider.net.\n"))
    });
    let _registry = world.registry(&delegated.collect::<String>());
    // What counts is that each record is found: nobody listens behind them.
    for dns in [&world.ns1, &world.ns2, &world.resolver] {
        for name in &names {
            dns.replace(name, ZONE);
        }
    }
    world
        .resolver
        .now("lame.de", RecordType::ANY, Behaviour::Servfail);
    if let Some(limit) = limit {
        world.servers(|ns| ns.now(".", RecordType::ANY, limit()));
    }
    let mut run = world.check_domain("lame.de");
    for name in &names {
        run = run.arg(name);
    }
    let outcome = run.run();
    let asked = [&world.ns1, &world.ns2].map(|ns| ns.questions().len());
    (outcome, asked.iter().sum())
}

/// Nobody is told wrongly, and no question is asked more than once again.
#[test]
fn of_many_domains() {
    internet(|| {
        let (refused, failing) = (ResponseCode::Refused, ResponseCode::ServFail);
        let mut wrong: Vec<String> = Vec::new();
        for (many, limits) in [
            (12, [(20, failing), (100, refused)]),
            (60, [(20, refused), (100, failing)]),
        ] {
            let (outcome, free) = list(many, None);
            wrong.extend(wrongs(&outcome, "without a limit"));
            for (limit, code) in limits {
                let (outcome, asked) = list(many, Some(&|| at_most(limit, code)));
                let what = format!("{many} domains, {code} above {limit} a second");
                wrong.extend(wrongs(&outcome, &what));
                if asked > 2 * free {
                    wrong.push(format!("{what}: {asked} questions, {free} without"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

/// Whoever is asked too much may refuse for longer than anybody waits: that is no fault of the zones.
#[test]
fn for_good() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let once_too_often = || {
        let asked = AtomicUsize::new(0);
        Behaviour::forged(move |answer| {
            if asked.fetch_add(1, Ordering::SeqCst) >= 30 {
                answer.answers.clear();
                answer.authorities.clear();
                answer.metadata.response_code = ResponseCode::Refused;
            }
        })
    };
    internet(move || {
        let (_, free) = list(12, None);
        let (outcome, asked) = list(12, Some(&once_too_often));
        for report in outcome.reports() {
            let mut steps = report["steps"].as_array().expect("steps").iter().take(3);
            let is_failed = steps.any(|step| step["status"] == "fail");
            assert!(!is_failed || report["domain"] == "lame.de", "{report}");
        }
        assert!(asked < 2 * free, "{asked} questions, {free} without");
    });
}

/// What is told that is not so.
fn wrongs(outcome: &Outcome, what: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for report in outcome.reports() {
        let steps = report["steps"].as_array().expect("steps");
        let codes: Vec<&str> = steps
            .iter()
            .take(3)
            .flat_map(|step| step["findings"].as_array().expect("findings"))
            .map(|finding| finding["code"].as_str().expect("a code"))
            .collect();
        let is_right = if report["domain"] == "lame.de" {
            codes.contains(&"domain-dns-broken")
        } else {
            codes.is_empty()
        };
        if !is_right {
            wrong.push(format!(
                "{what}: {}: {codes:?} {}",
                report["domain"], report["steps"][0]
            ));
        }
    }
    wrong
}

/// Who refuses for good is waited for once, and told as before.
#[test]
fn who_refuses_for_good() {
    internet(|| {
        let world = Internet::new();
        world.servers(|ns| ns.now(".", RecordType::ANY, Behaviour::Refused));
        let start = Instant::now();
        let outcome = world.check().run();
        outcome.shows("domain", "domain-dns-broken", "fail");
        assert!(start.elapsed() < Duration::from_secs(4), "{outcome}");
    });
}
