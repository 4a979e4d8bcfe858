//! Many domains in one run: what belongs to none of them is looked up once, strangers are not visited
//! more often than they like, and each domain is judged as if it had been alone.

use std::path::Path;

use crate::internet::{Internet, ZONE, internet};
use crate::stage::{ALL_PASS, FQDN, Folder, Run, Stage, ZONE as OWN_ZONE};
use crate::world::{Behaviour, Dns, Page, RecordType, Server};

const DOMAINS: [&str; 3] = ["zahnfee.de", "elhada.es", "toothfairy.uk"];
const LIST: &str = "http://crl.provider.net/issuing.crl";

/// Three domains of one provider, with one server, whose certificate names a list.
struct Provider {
    world: Internet,
    lists: Server,
    _server: Server,
}

impl Provider {
    fn new() -> Self {
        let world = Internet::without_server(ZONE);
        let identity = world.authority.certificate(FQDN).rsa().crl(LIST).issue();
        let server = crate::stage::demanding(identity)
            .listen("81.2.3.4:5061")
            .start();
        let page = Page::Length(world.authority.crl().crowded(10).der());
        let lists = Server::web_at(([81, 2, 3, 99], 80).into(), page);
        let of_provider = "ns1 A 81.2.3.53\nns2 A 81.2.3.54\ncrl A 81.2.3.99\n";
        for dns in [&world.ns1, &world.ns2, &world.resolver] {
            dns.replace("provider.net", of_provider);
            for domain in &DOMAINS[1..] {
                let srv = "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de.";
                let zone = ZONE.lines().filter(|line| !line.contains("SRV"));
                let zone: Vec<&str> = zone.chain([srv]).collect();
                dns.replace(domain, &zone.join("\n"));
            }
        }
        Self {
            world,
            lists,
            _server: server,
        }
    }

    fn check(&self, domains: &[&str], report: &Path) {
        let report = format!("--report=json={}", report.display());
        let run = self.world.check_domain(domains[0]).args(&domains[1..]);
        let (code, _, errors) = run.args(&[&report, "--jobs=3"]).text();
        assert!(code < 2, "{code} {errors}");
    }

    fn times_asked(&self, name: &str, kind: RecordType) -> usize {
        self.world.resolver.times_asked(name, kind)
    }
}

/// What `xfed diff` says of two reports: nothing, where nothing differs but what passes.
#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    let run = Run::new("diff").arg(one).arg(other);
    let (code, said, errors) = run.args(&["--fail-on=any", "--format=json"]).text();
    assert_eq!(code, 0, "{said}{errors}");
}

#[test]
fn what_belongs_to_no_domain_is_looked_up_once() {
    internet(|| {
        let provider = Provider::new();
        let folder = Folder::new();
        provider.check(&DOMAINS, &folder.file("all.json"));
        for name in ["ns1.provider.net", "ns2.provider.net", "crl.provider.net"] {
            assert_eq!(provider.times_asked(name, RecordType::A), 1, "{name}");
        }
        assert_eq!(provider.lists.requests().len(), 1);
        for domain in DOMAINS {
            let srv = format!("_sipfederationtls._tcp.{domain}");
            assert_eq!(provider.times_asked(&srv, RecordType::SRV), 1);
            for server in [&provider.world.ns1, &provider.world.ns2] {
                assert!(server.times_asked(&srv, RecordType::SRV) > 0, "{domain}");
            }
        }
    });
}

#[test]
fn a_batch_says_what_its_domains_say_one_by_one() {
    internet(|| {
        let provider = Provider::new();
        let folder = Folder::new();
        let all = folder.file("all.json");
        provider.check(&DOMAINS, &all);
        let text = std::fs::read_to_string(&all).expect("it was written");
        let together: serde_json::Value = serde_json::from_str(&text).expect("a report");
        for (place, domain) in DOMAINS.iter().enumerate() {
            let alone = folder.file(&format!("{domain}.json"));
            provider.check(&[domain], &alone);
            let mut one = together.clone();
            one["reports"] = serde_json::json!([together["reports"][place]]);
            let part = folder.file("part.json");
            std::fs::write(&part, one.to_string()).expect("the folder is writable");
            assert_same(&alone, &part);
            assert_same(&part, &alone);
        }
    });
}

/// Of a provider whose servers cannot be found the next domain asks again.
#[test]
fn a_failure_is_not_remembered() {
    internet(|| {
        let provider = Provider::new();
        let resolver = &provider.world.resolver;
        resolver.now("provider.net", RecordType::ANY, Behaviour::Servfail);
        let folder = Folder::new();
        provider.check(&DOMAINS[..1], &folder.file("broken.json"));
        resolver.now("provider.net", RecordType::ANY, Behaviour::Normal);
        provider.world.check().run().stands(ALL_PASS, "ready", 0);
    });
}

/// The zone's own server, named by the user, and the check by it.
fn by_authority() -> (Stage, Dns, Server) {
    let stage = Stage::new();
    let authority = Dns::zone("zahnfee.de", OWN_ZONE).authoritative();
    let server = stage.server().start();
    (stage, authority, server)
}

fn check(stage: &Stage, authority: &Dns, server: &Server) -> Run {
    let run = stage.check().connect_to(server);
    run.arg("--authority").arg(authority.address().to_string())
}

/// Far more would be asked at once: a check has at least five questions to each server.
#[cfg(unix)]
#[test]
fn a_server_sees_no_more_than_it_likes() {
    let (stage, authority, server) = by_authority();
    let run = check(&stage, &authority, &server).args(&["--per-server=2/m", "--no-compare"]);
    let running = run.start();
    // What is not limited is done by then, and all that is stands in line.
    stage.dns.await_question(FQDN, RecordType::AAAA, 1);
    stage.dns.await_question("zahnfee.de", RecordType::MX, 1);
    while server.connections() == 0 {
        std::thread::yield_now();
    }
    running.signal(rustix::process::Signal::INT);
    running.end();
    assert!(
        authority.questions().len() <= 1,
        "{:?}",
        authority.questions()
    );
    assert!(server.connections() <= 1);
}

/// The fifth question comes four seconds late, and nothing has run out of time.
#[test]
fn who_waits_for_its_turn_is_not_failed_for_it() {
    let (stage, authority, server) = by_authority();
    let run = check(&stage, &authority, &server);
    let run = run.args(&["--per-server=1/s", "--deadline=3s", "--no-compare"]);
    run.run().stands(ALL_PASS, "ready", 0);
    assert!(authority.questions().len() >= 5);
}

#[test]
fn a_rate_is_so_many_a_second_or_a_minute() {
    for bad in ["20", "0/s", "20/h", "x/s", "100001/s", "-1/s"] {
        let run = Run::new("check").arg("zahnfee.de").nowhere();
        let (code, _, errors) = run.arg(format!("--per-server={bad}")).text();
        assert_eq!(code, 2, "{bad}");
        for part in ["--per-server", bad, "20/s or 6/m"] {
            assert!(errors.contains(part), "{part}: {errors}");
        }
    }
}
