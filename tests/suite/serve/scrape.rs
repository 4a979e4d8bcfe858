//! `/probe`, as Prometheus asks for it.

use super::client::Service;
use crate::probe::Place;
use crate::stage::{FQDN, Stage, ZONE, demanding};
use crate::world::Port;

const TARGET: &str = "/probe?target=zahnfee.de";
const PATIENCE: &str = "X-Prometheus-Scrape-Timeout-Seconds";

#[test]
fn a_domain_that_is_ready() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    let answer = service.get(TARGET);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.sample("probe_success"), "1");
    let took: f64 = answer
        .sample("probe_duration_seconds")
        .parse()
        .expect("seconds");
    assert!(took > 0.0);
    let end = answer.sample("probe_ssl_earliest_cert_expiry");
    let leaf = format!(
        "xfed_certificate_not_after_timestamp_seconds{{domain=\"zahnfee.de\",fqdn=\"{FQDN}\"}}"
    );
    // The intermediate of the stage lives longer.
    assert_eq!(answer.sample(&leaf), end);
    for verdict in ["not-ready", "inconclusive", "ready-with-warnings", "ready"] {
        let name = format!("xfed_verdict{{domain=\"zahnfee.de\",verdict=\"{verdict}\"}}");
        let holds = if verdict == "ready" { "1" } else { "0" };
        assert_eq!(answer.sample(&name), holds);
    }
    assert!(
        !answer.body.contains("xfed_probe_reason"),
        "{}",
        answer.body
    );
    // What changes with the network would begin a new series each time.
    for address in ["81.2.3.4", "127.0.0.1", "endpoint="] {
        assert!(!answer.body.contains(address), "{}", answer.body);
    }
}

/// Each scrape sees what is, not what was.
#[test]
fn every_scrape_is_a_check_of_its_own() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    assert_eq!(service.get(TARGET).sample("probe_success"), "1");
    stage
        .dns
        .replace("zahnfee.de", &ZONE.replace("5061", "5060"));
    let answer = service.get(TARGET);
    assert_eq!(answer.sample("probe_success"), "0");
    let reason = "xfed_probe_reason{domain=\"zahnfee.de\",code=\"srv-wrong-port\"}";
    assert_eq!(answer.sample(reason), "1");
    let metrics = service.get("/metrics");
    for outcome in ["ready", "not-ready"] {
        let name = format!("xfed_serve_checks_total{{outcome=\"{outcome}\"}}");
        assert_eq!(metrics.sample(&name), "1");
    }
}

#[test]
fn what_could_not_be_tested_is_no_verdict() {
    let closed = Port::closed();
    let place = Place::configured(&format!("resolver = [\"{}\"]\n", closed.address()));
    let answer = Service::of(&place).get(TARGET);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.sample("probe_success"), "0");
    let verdict = "xfed_verdict{domain=\"zahnfee.de\",verdict=\"inconclusive\"}";
    assert_eq!(answer.sample(verdict), "1");
    let reason = "xfed_probe_reason{domain=\"zahnfee.de\",code=\"dns-unreachable\"}";
    assert_eq!(answer.sample(reason), "1");
}

/// Whatever its own limits are: Prometheus is gone after its patience, and would have nothing.
#[test]
fn the_answer_is_there_before_the_scrape_is_given_up() {
    let stage = Stage::new();
    let silent = Port::filtered();
    let place = Place::with(&stage, &format!("connect-to = [\"{}\"]", silent.address()));
    let text = std::fs::read_to_string(place.folder.file("xfed.toml")).expect("it is our own");
    let text = format!("timeout = \"1h\"\ndeadline = \"2h\"\n{text}");
    let service = Service::of(&Place::configured(&text));
    let answer = service.ask("GET", TARGET, &[(PATIENCE, "2")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.sample("probe_success"), "0");
    let verdict = "xfed_verdict{domain=\"zahnfee.de\",verdict=\"inconclusive\"}";
    assert_eq!(answer.sample(verdict), "1");
    for hasty in ["0.5", "0", "-3", "ten", ""] {
        let answer = service.ask("GET", TARGET, &[(PATIENCE, hasty)]);
        assert_eq!(answer.status, 400, "{hasty}: {}", answer.body);
        assert!(answer.body.contains("expected seconds"), "{}", answer.body);
    }
}

#[test]
fn a_module_says_how_its_targets_are_checked() {
    let stage = Stage::new();
    let server = demanding(
        stage
            .authority
            .certificate(FQDN)
            .rsa()
            .server_auth_only()
            .issue(),
    )
    .start();
    let (dns, roots) = (stage.dns.address(), stage.roots().display());
    let place = Place::configured(&format!(
        "resolver = [\"{dns}\"]\nca-file = \"{roots}\"\nno-compare = true\n\
         [[domain]]\nname = \"zahnfee.de\"\nmode = \"partner\"\nconnect-to = [\"{}\"]\n\
         [module.strict]\nmode = \"open\"\n[module.strict.severity]\ncert-no-client-auth = \"fail\"\n\
         [module.theirs]\nmode = \"partner\"\n\
         [module.routes]\nmode = \"direct\"\n\
         [module.named]\nmode = \"direct\"\nfqdn = \"{FQDN}\"\n\
         [module.nowhere]\nresolver = [\"{}\"]\n",
        server.address(),
        Port::closed().address()
    ));
    let service = Service::of(&place);
    let verdict = |module: &str| {
        let answer = service.get(&format!("{TARGET}&module={module}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let verdicts = ["ready", "ready-with-warnings", "not-ready", "inconclusive"];
        let holds = verdicts.into_iter().find(|verdict| {
            let name = format!("xfed_verdict{{domain=\"zahnfee.de\",verdict=\"{verdict}\"}}");
            answer.sample(&name) == "1"
        });
        holds.expect("one holds")
    };
    assert_eq!(verdict("strict"), "not-ready");
    assert_eq!(verdict("named"), "ready-with-warnings");
    assert_eq!(verdict("nowhere"), "inconclusive");
    // Without a name, the file alone counts, and its table of the domain.
    assert_eq!(verdict("theirs"), verdict(""));
    for (module, says) in [
        (
            "routes",
            "direct federation needs the server's name, expected fqdn in the module or in the [[domain]] \
             table of xfed.toml\n",
        ),
        (
            "other",
            "module other is unknown, expected one of named, nowhere, routes, strict, theirs\n",
        ),
    ] {
        let answer = service.get(&format!("{TARGET}&module={module}"));
        assert_eq!((answer.status, answer.body.as_str()), (400, says));
    }
}

/// Below the numbers, which stay what they are.
#[test]
fn debug_shows_the_report_that_they_come_from() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    for (lang, says) in [("en", "not ready"), ("de", "nicht bereit")] {
        let service = Service::started(super::client::serve(&place).args(&["--lang", lang]));
        let answer = service.get(&format!("{TARGET}&debug=true"));
        assert_eq!(answer.sample("probe_success"), "0");
        let report: Vec<&str> = answer
            .body
            .lines()
            .skip_while(|line| !line.contains(says))
            .collect();
        assert!(report.len() > 5, "{}", answer.body);
        assert!(
            report.iter().all(|line| line.starts_with('#')),
            "{report:?}"
        );
        assert!(answer.body.contains("srv-wrong-port"), "{}", answer.body);
    }
}

/// A request has no say in where anything connects to, whom it asks and what it reads.
#[test]
fn nothing_but_a_domain_can_be_asked_for() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    for query in [
        "",
        "?",
        "?target=",
        "?module=x",
        "?target=127.0.0.1",
        "?target=10.0.0.5",
        "?target=[::1]",
        "?target=localhost",
        "?target=127.1",
        "?target=http%3A%2F%2F10.0.0.5%2F",
        "?target=..%2Fetc%2Fpasswd",
        "?target=zahnfee.de&resolver=10.0.0.1",
        "?target=zahnfee.de&connect-to=10.0.0.1",
        "?target=zahnfee.de&connect_to=10.0.0.1",
        "?target=zahnfee.de&ca-file=/etc/shadow",
        "?target=zahnfee.de&allow-private=true",
        "?target=zahnfee.de&deadline=24h",
        "?target=zahnfee.de&config=/tmp/xfed.toml",
        "?target=zahnfee.de&debug=yes",
        "?target=zahnfee.de&target=elhada.es",
    ] {
        let answer = service.get(&format!("/probe{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert!(
            answer.body.ends_with('\n') && answer.body.lines().count() == 1,
            "{}",
            answer.body
        );
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(stage.dns.questions().len(), 0);
}

/// The guard is the check's own: what DNS says of a target leads to no machine of the house.
#[test]
fn what_is_published_leads_to_no_machine_of_the_house() {
    let stage = Stage::with_zone(&ZONE.replace("81.2.3.4", "127.0.0.1"));
    let listener = std::net::TcpListener::bind("127.0.0.1:5061");
    let service = Service::of(&Place::with(&stage, ""));
    let answer = service.get(TARGET);
    assert_eq!(answer.sample("probe_success"), "0");
    let reason = "xfed_probe_reason{domain=\"zahnfee.de\",code=\"address-not-public\"}";
    assert_eq!(answer.sample(reason), "1");
    if let Ok(listener) = listener {
        listener.set_nonblocking(true).expect("a socket");
        assert!(listener.accept().is_err(), "nobody came");
    }
}
