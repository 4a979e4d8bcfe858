//! The domains of `xfed.toml`, which are checked by themselves, and for how long results are kept.

use std::thread;

use super::api::{begin, begun, events};
use super::client::{Answer, Service, serve};
use crate::probe::Place;
use crate::stage::{Folder, Stage, ZONE};

const AGE: &str = "xfed_serve_watch_age_seconds{domain=\"zahnfee.de\"}";
const READY: &str = "xfed_verdict{domain=\"zahnfee.de\",verdict=\"ready\"}";

/// The metrics, as soon as this is so.
fn until(service: &Service, is_so: impl Fn(&Answer) -> bool) -> Answer {
    loop {
        let answer = service.get("/metrics");
        if is_so(&answer) {
            return answer;
        }
        thread::yield_now();
    }
}

#[test]
fn the_domains_of_the_file_are_checked_by_themselves() {
    let stage = Stage::new();
    let server = stage.server().start();
    let serve = "labels = { customer = \"4711\" }\n[serve]\ninterval = \"1s\"";
    let connect = format!("connect-to = [\"{}\"]\n{serve}", server.address());
    let place = Place::with(&stage, &connect);
    let service = Service::of(&place);
    let first = until(&service, |answer| answer.find(READY).is_some());
    assert_eq!(first.sample(READY), "1");
    assert_eq!(first.sample("xfed_serve_watch_interval_seconds"), "1");
    assert_eq!(
        first.sample("xfed_domain_labels{domain=\"zahnfee.de\",label_customer=\"4711\"}"),
        "1"
    );
    assert!(first.sample(AGE).parse::<u64>().is_ok());
    for address in ["81.2.3.4", "127.0.0.1", "endpoint="] {
        assert!(!first.body.contains(address), "{}", first.body);
    }
    // What changes is seen without anybody asking.
    let fault = ZONE.replace("5061", "5060");
    stage.dns.replace("zahnfee.de", &fault);
    let reason = "xfed_probe_reason{domain=\"zahnfee.de\",code=\"srv-wrong-port\"}";
    let second = until(&service, |answer| answer.find(reason).is_some());
    assert_eq!(second.sample(READY), "0");
    // Nobody waits for these checks, and each is counted.
    let count = "xfed_serve_checks_total{outcome=\"not-ready\"}";
    assert_ne!(second.sample(count), "0");
}

/// Another list holds at once, without the old one's numbers.
#[test]
fn a_reload_changes_what_is_checked() {
    let stage = Stage::new();
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    let file = place.folder.file("xfed.toml");
    let service = Service::of(&place);
    assert!(!service.get("/metrics").body.contains("xfed_serve_watch"));
    let text = std::fs::read_to_string(&file).expect("it is our own");
    let write = |text: &str| std::fs::write(&file, text).expect("it is our own");
    write(&format!("{text}[serve]\ninterval = \"24h\"\n"));
    assert_eq!(service.ask("POST", "/-/reload", &[]).status, 204);
    until(&service, |answer| answer.find(READY).is_some());
    let other = "[[domain]]\nname = \"elhada.es\"\n[serve]\ninterval = \"24h\"\n";
    write(&format!("resolver = [\"127.0.0.1:1\"]\n{other}"));
    assert_eq!(service.ask("POST", "/-/reload", &[]).status, 204);
    let unknown = "xfed_verdict{domain=\"elhada.es\",verdict=\"inconclusive\"}";
    let answer = until(&service, |answer| answer.find(unknown).is_some());
    assert_eq!(answer.sample(unknown), "1");
    assert!(!answer.body.contains("zahnfee.de"), "{}", answer.body);
}

/// One that never ends grows old, and holds up neither the answer nor the end.
#[test]
fn a_check_that_never_ends_is_as_old_as_it_is() {
    let (_stage, listener, place) = super::running::held();
    let file = place.folder.file("xfed.toml");
    let text = std::fs::read_to_string(&file).expect("it is our own");
    std::fs::write(&file, text + "[serve]\ninterval = \"1s\"\n").expect("it is our own");
    let service = Service::of(&place);
    let held = listener.accept().expect("the check connects");
    let old = until(&service, |answer| answer.sample(AGE) != "0");
    assert!(old.find(READY).is_none());
    assert_eq!(old.sample("xfed_serve_checks_working"), "1");
    service.running.signal(rustix::process::Signal::TERM);
    assert_eq!(service.running.end(), (0, String::new(), String::new()));
    drop(held);
}

#[test]
fn what_is_wrong_in_the_table_is_named() {
    for (line, says) in [
        (
            "interval = \"1ms\"",
            "interval: expected a number with its unit, at least 1s",
        ),
        ("interval = 60", "interval: expected a number with its unit"),
        (
            "keep-days = 0",
            "keep-days: expected a whole number of days",
        ),
        (
            "keep-mib = \"1\"",
            "keep-mib: expected a whole number of MiB",
        ),
        ("keep = 1", "there is no key keep"),
    ] {
        let place = Place::configured(&format!("[serve]\n{line}\n"));
        let (code, _, stderr) = serve(&place).text();
        assert_eq!(code, 2, "{line}");
        assert!(
            stderr.contains("xfed.toml:2") && stderr.contains(says),
            "{stderr}"
        );
    }
}

#[test]
fn results_are_kept_as_long_as_the_file_says() -> rusqlite::Result<()> {
    let folder = Folder::new();
    let file = folder.file("results.sqlite");
    let text = "resolver = [\"127.0.0.1:1\"]\n[serve]\nkeep-days = 2\nkeep-mib = 1\n";
    let place = Place::configured(text);
    let service = Service::started(serve(&place).arg("--store").arg(&file));
    let check = |domain| {
        let id = begun(&begin(&service, domain));
        events(&service, &id);
        id
    };
    let (old, young) = (check("old.example"), check("young.example"));
    let store = rusqlite::Connection::open(&file)?;
    let age = |domain: &str, days: i64| {
        let sql = "UPDATE result SET made_at = made_at - ?2 * 86400 WHERE domain = ?1";
        store.execute(sql, rusqlite::params![domain, days])
    };
    age("old.example", 3)?;
    age("young.example", 1)?;
    check("new.example");
    let status = |id: &str| service.get(&format!("/r/{id}")).status;
    assert_eq!((status(&old), status(&young)), (404, 200));
    Ok(())
}
