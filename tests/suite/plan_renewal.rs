//! `xfed plan`: what Let's Encrypt would meet. DNS is asked by every plan, port 80 by `--renewal` only.

use serde_json::Value;

use crate::internet::{Internet, RESOLVER, ZONE, internet, zone_with};
use crate::stage::{FQDN, Run};
use crate::world::{Behaviour, Dns, Page, RecordType, Server};

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";

fn zone(lines: &str) -> Dns {
    Dns::zone("zahnfee.de", &format!("{MAIL}{lines}"))
}

/// What a plan says in a language, with its wraps undone.
fn told(dns: &Dns, lang: &str) -> String {
    let run = Run::new("plan").args(&["zahnfee.de", "--lang", lang, "--resolver"]);
    let (code, text, stderr) = run.arg(dns.address().to_string()).text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
}

/// The plan of the world as data, and what it found about the certificate: code and severity.
fn found(run: Run) -> (Value, Vec<(String, String)>) {
    let (code, text, _) = run.args(&["--format=json", "--lang=en"]).text();
    assert_eq!(code, 0, "{text}");
    let document: Value = serde_json::from_str(&text).expect("a document");
    let plan = document["plans"][0].clone();
    let renewal = plan["renewal"].as_array().expect("a list").iter();
    let text = |one: &Value, name: &str| one[name].as_str().expect("text").to_owned();
    let codes = renewal.map(|one| (text(one, "code"), text(one, "severity")));
    let codes = codes.collect();
    (plan, codes)
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = wanted.iter();
    owned
        .map(|(code, severity)| ((*code).to_owned(), (*severity).to_owned()))
        .collect()
}

#[test]
fn who_may_issue_is_known_before_the_order() {
    let free = zone("");
    says(&told(&free, "en"), &["CAA none, so every CA may issue"]);
    says(
        &told(&free, "de"),
        &["CAA nichts gefunden, also darf jede CA ausstellen"],
    );
    let other = zone("@ CAA 0 issue \"digicert.com\"\n");
    says(
        &told(&other, "en"),
        &[
            "CAA zahnfee.de. CAA 0 issue \"digicert.com\"",
            "! The CAA record at zahnfee.de lets only these CAs issue: digicert.com",
            "[renewal-caa-forbids] Add this record to those that are there: \
             zahnfee.de. CAA 0 issue \"letsencrypt.org\"",
            "xfed check zahnfee.de --renewal",
        ],
    );
    says(
        &told(&other, "de"),
        &[
            "! Der CAA-Record bei zahnfee.de lässt nur diese CAs ausstellen: digicert.com",
            "diesen Record hinzufügen: zahnfee.de. CAA 0 issue \"letsencrypt.org\"",
        ],
    );
    // The nearest one counts.
    let own = zone(
        "@ CAA 0 issue \"digicert.com\"\nxphone CAA 0 issue \"letsencrypt.org\"\nxphone A 81.2.3.4\n",
    );
    let text = told(&own, "en");
    says(
        &text,
        &["CAA xphone.zahnfee.de. CAA 0 issue \"letsencrypt.org\""],
    );
    assert!(!text.contains("[renewal-caa-"), "{text}");
    // Without federation, no certificate is ordered.
    let run = Run::new("plan").args(&["zahnfee.de", "--variant=1", "--lang=en", "--resolver"]);
    let (_, text, _) = run.arg(other.address().to_string()).text();
    assert!(!text.contains("CAA"), "{text}");
}

#[test]
fn what_dns_cannot_say_is_no_permission() {
    let fails = zone("").on("zahnfee.de", RecordType::CAA, Behaviour::Servfail);
    says(
        &told(&fails, "en"),
        &[
            "CAA not known, DNS did not answer",
            "! CAA of xphone.zahnfee.de cannot be looked up",
            "[renewal-dns-fails]",
        ],
    );
    let bogus = zone("xphone A 81.2.3.4\n").on(FQDN, RecordType::A, Behaviour::Bogus);
    let text = told(&bogus, "en");
    says(&text, &["its DNSSEC does not hold", "[renewal-dns-fails]"]);
}

#[test]
fn ipv6_comes_first() {
    let dns = zone("xphone A 81.2.3.4\nxphone AAAA 2a02:1:2::3\n");
    says(
        &told(&dns, "en"),
        &[
            "has an IPv6 address in public DNS (2a02:1:2::3)",
            "IPv6 (AAAA) 2a02:1:2::3",
        ],
    );
    says(
        &told(&dns, "de"),
        &["hat im öffentlichen DNS eine IPv6-Adresse (2a02:1:2::3)"],
    );
    let none = told(&zone("xphone A 81.2.3.4\n"), "en");
    says(&none, &["IPv6 (AAAA) none, so Let's Encrypt comes by IPv4"]);
    assert!(!none.contains("has an IPv6 address"), "{none}");
}

fn web(address: &str, page: Page) -> Server {
    Server::web_at(address.parse().expect("an address and a port"), page)
}

fn plan(args: &[&str]) -> Run {
    plan_of("zahnfee.de").args(args)
}

fn plan_of(name: &str) -> Run {
    Run::new("plan").args(&[name, "--resolver", RESOLVER])
}

#[test]
fn port_80_is_asked_where_that_is_wanted() {
    internet(|| {
        let _world = Internet::new();
        let web = web("81.2.3.4:80", Page::Status(404, "Not Found"));
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(codes, pairs(&[]));
        assert_eq!(plan_["seen"]["caa"], Value::Array(Vec::new()));
        assert_eq!(web.requests().len(), 0, "a plan asks name servers only");
        let (_, codes) = found(plan(&["--renewal"]));
        assert_eq!(codes, pairs(&[("renewal-answered", "info")]));
        let [request] = web.requests().try_into().expect("one request");
        assert!(
            request.contains("\r\nHost: xphone.zahnfee.de\r\n"),
            "{request}"
        );
        // The name of the server was typed: it is the same server.
        let (_, codes) = found(plan_of(FQDN).arg("--renewal"));
        assert_eq!(codes, pairs(&[("renewal-answered", "info")]));
        let (_, codes) = found(plan(&["--renewal", "--variant=1"]));
        assert_eq!(codes, pairs(&[]));
        assert_eq!(web.requests().len(), 2, "nothing is ordered in variant 1");
    });
}

#[test]
fn port_80_of_the_address_that_is_planned() {
    internet(|| {
        let zone = zone_with("xphone", "xphone AAAA 2a02:1:2::3\n");
        let _world = Internet::with_zone(&zone);
        let (_, codes) = found(plan(&["--renewal", "--ip", "81.2.3.4"]));
        let closed = ("renewal-port-closed", "unknown");
        assert_eq!(codes, pairs(&[closed, closed]), "by both families");
        let _web = web("81.2.3.4:80", Page::Status(404, "Not Found"));
        let (plan_, codes) = found(plan(&["--renewal", "--ip", "81.2.3.4"]));
        assert_eq!(
            codes,
            pairs(&[("renewal-ipv6-dead", "warn"), ("renewal-answered", "info")])
        );
        let fix = plan_["renewal"][0]["fix"].as_str().expect("a fix");
        assert!(fix.contains("delete the AAAA record 2a02:1:2::3"), "{fix}");
        let (_, codes) = found(plan(&["--renewal", "--ip", "10.0.0.5"]));
        assert_eq!(codes, pairs(&[closed]), "a private one is inside");
    });
}

/// What a resolver remembers lets no CA issue: it asks the servers itself.
#[test]
fn the_servers_do_not_answer_for_caa() {
    use hickory_resolver::proto::op::ResponseCode;
    internet(|| {
        let world = Internet::new();
        let fails = |behaviour: Behaviour| {
            world.servers(|ns| ns.now("zahnfee.de", RecordType::CAA, behaviour.clone()));
            found(plan(&["--timeout=1s"]))
        };
        for (behaviour, said) in [
            (Behaviour::Servfail, "(SERVFAIL)"),
            (Behaviour::Refused, "with an error (REFUSED)"),
            (
                Behaviour::rcode(ResponseCode::NotImp),
                "with an error (NOTIMP)",
            ),
        ] {
            let (plan_, codes) = fails(behaviour);
            assert_eq!(plan_["seen"]["caa"], Value::Null);
            assert_eq!(codes, pairs(&[("renewal-dns-fails", "warn")]));
            let message = plan_["renewal"][0]["message"].as_str().expect("a text");
            assert!(message.contains(said), "{message}");
        }
        let (plan_, codes) = fails(Behaviour::Silent);
        assert_eq!(plan_["seen"]["caa"], Value::Null);
        assert_eq!(codes, pairs(&[("renewal-untested", "unknown")]));
        // One that answers is enough.
        world.servers(|ns| ns.now("zahnfee.de", RecordType::CAA, Behaviour::Normal));
        world
            .ns2
            .now("zahnfee.de", RecordType::CAA, Behaviour::Servfail);
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(
            (&plan_["seen"]["caa"], codes),
            (&serde_json::json!([]), pairs(&[]))
        );
    });
}

/// A CA follows the alias (RFC 8659 §3), and beside a CNAME there can be no CAA record.
#[test]
fn the_record_at_the_end_of_an_alias_counts() {
    internet(|| {
        let lines = "xphone CNAME srv\nsrv A 81.2.3.4\nsrv CAA 0 issue \"digicert.com\"\n\
                     @ CAA 0 issue \"letsencrypt.org\"";
        let _world = Internet::with_zone(&zone_with("xphone A", lines));
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(codes, pairs(&[("renewal-caa-forbids", "warn")]));
        let records = serde_json::json!(["srv.zahnfee.de. CAA 0 issue \"digicert.com\""]);
        assert_eq!(plan_["seen"]["caa"], records);
        let entry = "srv.zahnfee.de. CAA 0 issue \"letsencrypt.org\"";
        assert_eq!(plan_["renewal"][0]["entries"][0], entry);
    });
}

/// A signed zone has to prove that there is no such record.
#[test]
fn a_denial_without_proof_is_no_permission() {
    use crate::standing::the_way_is_signed::World;
    internet(|| {
        let world = World::signed(ZONE);
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(
            (&plan_["seen"]["caa"], codes),
            (&serde_json::json!([]), pairs(&[]))
        );
        let bare = Behaviour::forged(|answer| {
            answer
                .authorities
                .retain(|it| it.record_type() == RecordType::SOA);
        });
        world.servers(|ns| ns.now("zahnfee.de", RecordType::CAA, bare.clone()));
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(plan_["seen"]["caa"], Value::Null);
        assert_eq!(codes, pairs(&[("renewal-untested", "unknown")]));
        let message = plan_["renewal"][0]["message"].as_str().expect("a text");
        assert!(message.contains("is signed (DNSSEC)"), "{message}");
    });
}

#[test]
fn no_address_no_port() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("xphone", ""));
        let (_, codes) = found(plan(&["--renewal"]));
        assert_eq!(codes, pairs(&[("renewal-untested", "unknown")]));
        drop(world);
        let _world = Internet::with_zone(&format!("{ZONE}@ CAA 0 issue \";\"\n"));
        let (plan_, codes) = found(plan(&[]));
        assert_eq!(codes, pairs(&[("renewal-caa-forbids", "warn")]));
        assert_eq!(
            plan_["renewal"][0]["entries"][0],
            "zahnfee.de. CAA 0 issue \"letsencrypt.org\""
        );
    });
}
