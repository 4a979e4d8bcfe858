//! Twelve situations as an admin meets them, in every format for people and in both languages, to be
//! read as a whole. Each is a kept report of a world; a missing one is made anew from its world by
//! `UPDATE=1 XFED_REAL_PEERS=1 cargo test situations`, which needs network namespaces.

use std::path::PathBuf;

use scraper::{Html, Selector};

use crate::derived::{assert_snapshot, is_update, path};
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::{FQDN, Run, demanding};
use crate::world::{Behaviour, Dns, RecordType};

/// A name, and what a check says there.
type Situation = (&'static str, fn() -> String);

/// In the order in which they are shown.
const SITUATIONS: [Situation; 12] = [
    ("ready", ready),
    ("srv-missing", srv_missing),
    ("wrong-port-and-expired", wrong_port_and_expired),
    ("target-doubled", target_doubled),
    ("name-of-the-server", name_of_the_server),
    ("points-to-microsoft", points_to_microsoft),
    ("nobody-listens", nobody_listens),
    ("partly-open", partly_open),
    ("wildcard-of-a-partner", wildcard_of_a_partner),
    ("chain-incomplete", chain_incomplete),
    ("servers-refuse", servers_refuse),
    ("umlauts", umlauts),
];

fn kept(name: &str) -> PathBuf {
    path(&format!("tests/suite/reports/situations/{name}.json"))
}

fn json(run: Run) -> String {
    run.arg("--lang=en").text().1
}

fn ready() -> String {
    json(Internet::new().check())
}

fn srv_missing() -> String {
    json(Internet::with_zone(&zone_with("SRV", "")).check())
}

fn wrong_port_and_expired() -> String {
    let record = "_sipfederationtls._tcp SRV 0 0 5060 xphone";
    let world = Internet::without_server(&zone_with("SRV", record));
    let request = world.authority.certificate(FQDN).rsa().valid(-93, -3);
    let _server = demanding(request.issue()).listen("81.2.3.4:5061").start();
    json(world.check())
}

fn target_doubled() -> String {
    let record = "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de.zahnfee.de.";
    json(Internet::with_zone(&zone_with("SRV", record)).check())
}

fn name_of_the_server() -> String {
    json(Internet::new().check_domain(FQDN))
}

fn points_to_microsoft() -> String {
    let record = "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.";
    json(Internet::with_zone(&zone_with("SRV", record)).check())
}

fn nobody_listens() -> String {
    json(Internet::without_server(ZONE).check())
}

fn partly_open() -> String {
    let world = Internet::with_zone(&zone_with("nothing", "xphone A 81.2.3.5"));
    json(world.check())
}

fn wildcard_of_a_partner() -> String {
    let world = Internet::without_server(ZONE);
    let _server = world.tls_as("*.zahnfee.de", "81.2.3.4").start();
    json(world.check().arg("--partner"))
}

fn chain_incomplete() -> String {
    let world = Internet::without_server(ZONE);
    let request = world.authority.certificate(FQDN).rsa();
    let request = request.without_intermediate();
    let identity = request
        .aia("http://ca.toothfairy.example/issuing.crt")
        .issue();
    let _server = demanding(identity).listen("81.2.3.4:5061").start();
    json(world.check())
}

fn servers_refuse() -> String {
    let world = Internet::new();
    world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, Behaviour::Refused));
    json(world.check())
}

fn umlauts() -> String {
    let world = Internet::without_server(ZONE);
    let domain = "xn--zahnrzte-nord-efb.de";
    let zone = zone_with("SRV", "_sipfederationtls.tcp SRV 0 0 5061 xphone");
    let all: [&Dns; 3] = [&world.ns1, &world.ns2, &world.resolver];
    for dns in all {
        dns.replace(domain, &zone);
    }
    let name = format!("xphone.{domain}");
    let _server = world.tls_as(&name, "81.2.3.4").start();
    json(world.check_domain("zahnärzte-nord.de"))
}

/// Makes the reports that are missing.
#[test]
fn each_is_a_world() {
    if SITUATIONS.iter().all(|(name, _)| kept(name).exists()) {
        return;
    }
    assert!(is_update(), "a report is missing; UPDATE=1 makes it");
    internet(|| {
        for (name, world) in SITUATIONS {
            if !kept(name).exists() {
                std::fs::write(kept(name), world()).expect("a folder of the repository");
            }
        }
    });
}

fn shown(name: &str, format: &str, lang: &str) -> String {
    let run = Run::new("replay").arg(kept(name));
    let (_, text, stderr) = run.args(&["--format", format, "--lang", lang]).text();
    assert_eq!(stderr, "", "{name}");
    text
}

/// What a browser shows of a page, a line for each piece of text.
fn visible(page: &str) -> String {
    let page = Html::parse_document(page);
    let main = Selector::parse("main").expect("a selector");
    let main = page.select(&main).next().expect("it has content");
    let pieces = main.text().map(str::trim).filter(|text| !text.is_empty());
    pieces.collect::<Vec<_>>().join("\n")
}

#[test]
fn in_every_format_for_people() {
    for lang in ["en", "de"] {
        for format in ["table", "todo", "markdown", "html"] {
            let mut all = String::new();
            for (name, _) in SITUATIONS {
                let text = shown(name, format, lang);
                let text = if format == "html" {
                    visible(&text)
                } else {
                    text
                };
                all.extend(["===== ", name, "\n\n", text.trim_end(), "\n\n"]);
            }
            assert_snapshot!(format!("{format}-{lang}"), all);
        }
    }
}

/// The first line of each names the cause, and fits into a line of a terminal but for the domain.
#[test]
fn the_first_line_is_short() {
    for (name, _) in SITUATIONS {
        for lang in ["en", "de"] {
            let run = Run::new("replay").arg(kept(name)).arg("-q");
            let (_, text, _) = run.args(&["--lang", lang]).text();
            let line = text.lines().next().expect("a verdict");
            assert!(line.chars().count() <= 160, "{name}: {line}");
        }
    }
}
