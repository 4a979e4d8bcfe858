//! `xfed plan --direct`: what each side of direct federation enters, a page for each, and the commands
//! that prove each pair; and `--test-partner`: what `xfed listen` needs for an afternoon.

use serde_json::Value;

use crate::stage::{Folder, Run, zone_without};
use crate::world::Dns;

const B: &str = "chat A 82.2.3.4";
const C: &str = "xphone A 83.2.3.4\nxphone AAAA 2a01:4f8::5";

/// Three domains without SRV records, each with a server.
fn three() -> Dns {
    Dns::zone("zahnfee.de", &zone_without("SRV"))
        .and_zone("toothfairy.uk", B)
        .and_zone("elhada.es", C)
}

const SIDES: [&str; 5] = [
    "zahnfee.de",
    "--direct",
    "--peer",
    "toothfairy.uk=chat.toothfairy.uk",
    "--peer=elhada.es",
];

fn plan(dns: &Dns, args: &[&str]) -> Run {
    let resolver = dns.address().to_string();
    Run::new("plan")
        .args(args)
        .args(&["--no-authority", "--resolver"])
        .arg(resolver)
}

fn plans(dns: &Dns, args: &[&str]) -> Vec<Value> {
    let (code, stdout, stderr) = plan(dns, args).arg("--format=json").text();
    assert_eq!(code, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).expect("JSON");
    json["plans"].as_array().expect("plans").clone()
}

/// The lines to be copied under this name.
fn copied(plan: &Value, id: &str) -> Vec<String> {
    let sections = plan["sections"].as_array().expect("sections");
    let blocks = sections
        .iter()
        .flat_map(|section| section["blocks"].as_array().expect("blocks"));
    let lines = blocks.filter(|block| block["id"] == id);
    let lines = lines.flat_map(|block| block["lines"].as_array().expect("lines"));
    lines
        .map(|line| line.as_str().expect("a line").to_owned())
        .collect()
}

fn warnings(plan: &Value) -> Vec<&str> {
    let sections = plan["sections"].as_array().expect("sections");
    let own = sections.iter().find(|section| section["id"] == "warnings");
    let blocks = own.map_or(&[][..], |own| own["blocks"].as_array().expect("blocks"));
    blocks
        .iter()
        .map(|block| block["code"].as_str().expect("a code"))
        .collect()
}

/// Three servers need two routes each, and each side gets its own.
#[test]
fn a_page_for_each_side_with_the_routes_to_the_others() {
    let dns = three();
    let plans = plans(&dns, &SIDES);
    let servers = [
        ("zahnfee.de", "xphone.zahnfee.de"),
        ("toothfairy.uk", "chat.toothfairy.uk"),
        ("elhada.es", "xphone.elhada.es"),
    ];
    assert_eq!(plans.len(), servers.len());
    for (place, plan) in plans.iter().enumerate() {
        let (domain, fqdn) = servers[place];
        assert_eq!([&plan["domain"], &plan["fqdn"]], [domain, fqdn]);
        assert_eq!(plan["purpose"], "direct");
        let others = servers.iter().filter(|(other, _)| *other != domain);
        let others: Vec<(&str, &str)> = others.copied().collect();
        let routes = plan["routes"].as_array().expect("routes");
        let routes: Vec<(&str, &str)> = routes
            .iter()
            .map(|route| {
                assert_eq!(route["port"], 5061);
                (
                    route["domain"].as_str().expect("a domain"),
                    route["fqdn"].as_str().expect("a server"),
                )
            })
            .collect();
        assert_eq!(routes, others);
        for (other, server) in &others {
            let edge = format!("New-CsAllowedDomain -Identity \"{other}\" -ProxyFqdn \"{server}\"");
            assert!(copied(plan, "direct-edge").contains(&edge));
            let script =
                format!("if ($rd == \"{other}\") {{ $du = \"sip:{server}:5061;transport=tls\"; }}");
            assert!(copied(plan, "direct-kamailio").contains(&script));
            let pair = format!("xfed pair {domain}={fqdn} {other}={server} --direct");
            assert!(copied(plan, "direct-proof-pairs").contains(&pair));
        }
        let check = format!("xfed check {domain} --direct --fqdn {fqdn}");
        assert_eq!(copied(plan, "proof-outside"), [check]);
        // No SRV record is ordered anywhere.
        let text = plan.to_string();
        assert!(!text.contains("IN SRV"), "{text}");
        let records = plan["records"].as_array().expect("records");
        assert!(records.iter().all(|record| record["type"] == "A"));
    }
}

#[test]
fn the_firewall_knows_these_partners_alone() {
    let plans = plans(&three(), &SIDES);
    let rules = copied(&plans[0], "firewall-windows");
    assert!(
        rules[0].contains(" -LocalPort 5061 -RemoteAddress 82.2.3.4,83.2.3.4,2a01:4f8::5 "),
        "{rules:?}"
    );
    assert!(rules[1].contains(" -RemotePort 5061 -RemoteAddress 82.2.3.4,83.2.3.4,2a01:4f8::5 "));
    let fields = plans[1].to_string();
    assert!(
        fields.contains("TCP from 81.2.3.4, 83.2.3.4, 2a01:4f8::5 (any port) to 82.2.3.4"),
        "{fields}"
    );
}

/// What is published and should not be is named, with what removes it.
#[test]
fn a_record_that_is_published_nevertheless() {
    let zone = "_sipfederationtls._tcp SRV 0 0 5061 old\nold A 81.2.3.9\nxphone A 81.2.3.4";
    let dns = Dns::zone("zahnfee.de", zone).and_zone("toothfairy.uk", B);
    let args = [
        "zahnfee.de",
        "--fqdn",
        "xphone.zahnfee.de",
        "--direct",
        "--peer",
        "toothfairy.uk=chat.toothfairy.uk",
    ];
    let plans = plans(&dns, &args);
    assert_eq!(warnings(&plans[0]), ["direct-warn-record"]);
    let text = plans[0].to_string();
    assert!(
        text.contains("leads to another server than xphone.zahnfee.de"),
        "{text}"
    );
    let remove = "Remove-DnsServerResourceRecord -ZoneName \"zahnfee.de\" -RRType Srv -Name \"_sipfederationtls._tcp\"";
    assert_eq!(copied(&plans[0], "direct-remove"), [remove]);
    assert_eq!(warnings(&plans[1]), Vec::<&str>::new());
}

#[test]
fn what_nobody_named_is_said_to_be_assumed() {
    let dns =
        Dns::zone("zahnfee.de", &zone_without("SRV")).and_zone("toothfairy.uk", "@ MX 10 mail");
    let plans = plans(&dns, &["zahnfee.de", "--direct", "--peer", "toothfairy.uk"]);
    let expected = ["direct-warn-assumed", "direct-warn-address"];
    assert_eq!(warnings(&plans[0]), expected);
    assert_eq!(plans[0]["routes"][0]["assumed"], true);
    let rules = copied(&plans[0], "firewall-windows");
    assert!(
        rules[0].contains("<address of xphone.toothfairy.uk>"),
        "{rules:?}"
    );
}

/// Where DNS is silent, nothing is said to be missing.
#[test]
fn silence_is_no_absence() {
    let silent = crate::world::Port::closed().address().to_string();
    let run = Run::new("plan")
        .args(&SIDES)
        .args(&["--format=json", "--resolver", &silent]);
    let (code, text, _) = run.text();
    assert_eq!(code, 0);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let expected = [
        "warn-unknown",
        "direct-warn-silent",
        "direct-warn-assumed",
        "direct-warn-silent",
    ];
    assert_eq!(warnings(&json["plans"][0]), expected);
    for wrong in ["no public address in DNS", "none is published"] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
    assert!(text.contains("DNS did not say"), "{text}");
}

/// Teams has no field for a route: the others need the record, and it needs nothing but domains.
#[test]
fn a_side_on_teams() {
    let teams = "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.";
    let dns = Dns::zone("zahnfee.de", &zone_without("SRV")).and_zone("toothfairy.uk", teams);
    let plans = plans(&dns, &["zahnfee.de", "--direct", "--peer", "toothfairy.uk"]);
    assert_eq!(warnings(&plans[0]), ["direct-warn-teams-peer"]);
    let record = "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.";
    assert_eq!(copied(&plans[0], "direct-record-for-teams"), [record]);
    assert_eq!(plans[0]["routes"][0]["fqdn"], Value::Null);
    assert_eq!(plans[0]["routes"][0]["on_teams"], true);
    assert!(copied(&plans[0], "direct-edge").is_empty());
    assert_eq!(
        copied(&plans[0], "direct-proof-pairs"),
        ["xfed pair zahnfee.de toothfairy.uk"]
    );
    assert_eq!(warnings(&plans[1]), ["direct-warn-teams"]);
    let list = copied(&plans[1], "teams-list");
    assert!(
        list.contains(&"$list.Add(\"zahnfee.de\")".to_owned()),
        "{list:?}"
    );
    assert!(
        plans[1]
            .to_string()
            .contains("no field for the server of a partner")
    );
}

#[test]
fn a_file_for_each_administrator_in_german() {
    let folder = Folder::new();
    let dns = three();
    let run = plan(&dns, &SIDES).within(folder.path());
    let run = run.args(&["--lang", "de", "--report", "markdown={domain}.md"]);
    let (code, text, stderr) = run.text();
    assert_eq!(code, 0, "{stderr}");
    assert!(
        text.starts_with("Direct Federation von zahnfee.de: der Plan"),
        "{text}"
    );
    for (domain, other) in [
        ("zahnfee.de", "elhada.es"),
        ("elhada.es", "toothfairy.uk"),
        ("toothfairy.uk", "zahnfee.de"),
    ] {
        let page = std::fs::read_to_string(folder.file(&format!("{domain}.md"))).expect("a file");
        assert!(
            page.starts_with(&format!("# Direct Federation von {domain}: der Plan")),
            "{page}"
        );
        assert!(page.contains(&format!("- {other}: `")), "{page}");
        assert!(page.contains("## 3 Routen (XPhone-Admin)"), "{page}");
    }
    // Nothing but what is there to be copied is longer than the terminal.
    let copied = |line: &&str| line.starts_with("    ");
    let long = text.lines().filter(|line| line.chars().count() > 80);
    let long: Vec<&str> = long.filter(|line| !copied(line)).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn sides_that_are_none_are_refused() {
    for (args, word) in [
        (&["zahnfee.de", "--direct"][..], "--peer"),
        (&["zahnfee.de", "--direct", "--peer", "zahnfee.de"], "twice"),
        (
            &["zahnfee.de", "--direct", "--peer", "1.2.3.4"],
            "DOMAIN=FQDN",
        ),
        (
            &["zahnfee.de", "--direct", "--peer", "b.de=x y"],
            "DOMAIN=FQDN",
        ),
        (&["zahnfee.de", "--peer", "b.de"], "--test-partner"),
        (&["zahnfee.de", "--direct", "--variant", "3"], "--variant"),
        (
            &["zahnfee.de", "--direct", "--test-partner"],
            "--test-partner",
        ),
        (
            &["zahnfee.de", "--test-partner", "--peer=a.de", "--peer=b.de"],
            "one --peer",
        ),
    ] {
        let (code, stdout, stderr) = Run::new("plan").args(args).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(word), "{args:?}: {stderr}");
    }
    // Two domains are two sides, without any --peer.
    let dns = three();
    assert_eq!(
        plans(&dns, &["zahnfee.de", "elhada.es", "--direct"]).len(),
        2
    );
}

/// How a domain federates today says nothing of what is planned.
#[test]
fn the_configuration_makes_no_plan_a_direct_one() {
    let folder = Folder::new().with(
        "xfed.toml",
        "[[domain]]\nname = \"zahnfee.de\"\nmode = \"direct\"\nfqdn = \"xphone.zahnfee.de\"\n",
    );
    let dns = three();
    let run = plan(&dns, &["zahnfee.de", "--format=json"]).within(folder.path());
    let (code, text, _) = run.text();
    assert_eq!(code, 0);
    assert!(text.contains("\"purpose\": \"open\""), "{text}");
}

#[test]
fn a_test_partner_for_an_afternoon() {
    let dns = Dns::zone("test.example", "@ MX 10 mail\nmail A 81.2.3.8");
    let args = [
        "test.example",
        "--test-partner",
        "--peer",
        "zahnfee.de",
        "--ip",
        "81.2.3.9",
    ];
    let plans = plans(&dns, &args);
    let plan = &plans[0];
    assert_eq!(plan["purpose"], "test-partner");
    assert_eq!(plan["fqdn"], "fed.test.example");
    assert_eq!(warnings(plan), Vec::<&str>::new());
    assert_eq!(
        copied(plan, "zone-file"),
        [
            "fed.test.example. 3600 IN A 81.2.3.9",
            "_sipfederationtls._tcp.test.example. 3600 IN SRV 0 0 5061 fed.test.example."
        ]
    );
    let folder = "/etc/letsencrypt/live/fed.test.example";
    let listen = format!(
        "sudo xfed listen --fqdn fed.test.example --cert {folder}/fullchain.pem --key {folder}/privkey.pem --expect zahnfee.de --for 4h --transcript said.txt --report json=listen.json"
    );
    assert_eq!(copied(plan, "partner-run"), [listen]);
    let order = &copied(plan, "partner-certificate-linux")[0];
    assert!(order.contains("-d fed.test.example"), "{order}");
    assert_eq!(
        copied(plan, "partner-pair"),
        ["xfed pair zahnfee.de <partner's domain> --evidence listen.json"]
    );
    let way_out = copied(plan, "partner-way-out");
    assert_eq!(way_out, ["Test-NetConnection fed.test.example -Port 5061"]);
    assert!(plan.to_string().contains("sip:test-<code>@test.example"));
}

/// Where the server stands deeper, its domain cannot be told from its name.
#[test]
fn a_test_partner_of_another_name() {
    let dns = Dns::zone("test.example", "@ MX 10 mail\nmail A 81.2.3.8");
    let args = [
        "test.example",
        "--test-partner",
        "--fqdn",
        "a.b.test.example",
    ];
    let listen = &copied(&plans(&dns, &args)[0], "partner-run")[0];
    assert!(
        listen.contains(" --domain test.example --for 4h"),
        "{listen}"
    );
    assert!(!listen.contains("--expect"), "{listen}");
}

/// A record that is in use is not to be replaced for an afternoon.
#[test]
fn a_domain_that_federates_already_is_no_test_domain() {
    let dns = Dns::zone("zahnfee.de", crate::stage::ZONE);
    let plans = plans(&dns, &["zahnfee.de", "--test-partner"]);
    assert_eq!(warnings(&plans[0]), ["partner-warn-record"]);
    let text = plans[0].to_string();
    assert!(
        text.contains("xfed plan fedtest.zahnfee.de --test-partner"),
        "{text}"
    );
    let run = plan(&dns, &["zahnfee.de", "--test-partner", "--lang", "de"]);
    let (_, text, _) = run.text();
    assert!(
        text.starts_with("Ein Test-Partner unter zahnfee.de: der Plan"),
        "{text}"
    );
    assert!(text.contains("Ihn nicht ersetzen."), "{text}");
}
