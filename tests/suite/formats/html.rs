//! The page for a ticket: well-formed, small, self-contained, and safe whatever strangers wrote.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

use crate::derived::assert_snapshot;
use crate::output::EVERY_STATUS;
use crate::stage::{Run, Stage};
use crate::world::server::ClientAuth;
use crate::world::{Server, Sip};

/// What a ticket system takes without asking.
const SMALL: usize = 100 * 1024;

/// What gets through where nobody escapes: markup, an end of whatever it stands in, a terminal's
/// colour, the override of the writing direction.
const HOSTILE: &str = "\"><script>alert(1)</script></title></style><img src=x onerror=alert(2)>'&lt;\u{1b}[31m\u{202e}\u{9b}";

/// The elements that a page may be made of.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "svg",
    "defs",
    "g",
    "path",
    "circle",
    "use",
    "text",
    "tspan",
    "desc",
    "header",
    "main",
    "footer",
    "section",
    "article",
    "figure",
    "figcaption",
    "div",
    "span",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "ol",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "code",
    "pre",
    "strong",
    "small",
    "br",
];

pub fn every_status() -> Value {
    let file = std::fs::read(EVERY_STATUS).expect("the kept report");
    serde_json::from_slice(&file).expect("it is JSON")
}

/// The page of a kept report.
pub fn page_of(report: &Value, lang: &str) -> String {
    let run = Run::new("replay").args(&["-", "--format=html", "--lang", lang]);
    let (code, page, stderr) = run.fed(report.to_string().as_bytes()).text();
    assert!(
        stderr.is_empty() && [0, 1, 3].contains(&code),
        "{code} {stderr}"
    );
    page
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// What holds for every page, whatever is in it.
#[track_caller]
fn parsed(page: &str) -> Html {
    let html = Html::parse_document(page);
    assert_eq!(html.errors, [] as [&str; 0]);
    let harmful = |letter: char| {
        letter != '\n' && letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!page.contains(harmful), "something harmful passed");
    let mut ids = HashSet::new();
    for element in select(&html, "*") {
        let element = element.value();
        assert!(ELEMENTS.contains(&element.name()), "<{}>", element.name());
        assert!(
            element.id().is_none_or(|id| ids.insert(id.to_owned())),
            "{:?}",
            element.id()
        );
        for (name, value) in element.attrs() {
            assert!(
                !name.starts_with("on") && !["style", "src", "srcset"].contains(&name),
                "{name}"
            );
            assert!(!value.contains("script:"), "{value}");
        }
    }
    for attribute in ["href", "aria-labelledby", "aria-describedby"] {
        for element in select(&html, &format!("[{attribute}]")) {
            let target = element.attr(attribute).expect("it was selected by it");
            if target.starts_with("data:text/calendar;charset=utf-8,BEGIN%3AVCALENDAR") {
                let name = element.attr("download");
                assert!(name.is_some(), "it is saved, not shown");
                continue;
            }
            let target = target.strip_prefix('#').unwrap_or(target);
            assert!(ids.contains(target), "{attribute} leads to {target}");
        }
    }
    html
}

/// A reader of headings finds one of the first level, and none is left out on the way down.
#[track_caller]
fn headed(html: &Html) {
    assert_eq!(select(html, "h1").len(), 1);
    let levels: Vec<u8> = select(html, "h1,h2,h3,h4,h5,h6")
        .iter()
        .map(|heading| heading.value().name().as_bytes()[1] - b'0')
        .collect();
    assert_eq!(levels[0], 1, "{levels:?}");
    let falls = |pair: &[u8]| pair[1] > pair[0] + 1;
    assert!(!levels.windows(2).any(falls), "{levels:?}");
}

#[test]
fn the_page_of_every_status() {
    let page = page_of(&every_status(), "en");
    let lines = page.replace("><", ">\n<");
    let style = lines.find("<style>").expect("a style")..lines.find("</style>").expect("its end");
    // The style is a file of its own: only what is made is shown here.
    let lines = lines.replace(&lines[style], "<style>…");
    let program = concat!("xfed ", env!("CARGO_PKG_VERSION"));
    let lines = lines.replace(program, "xfed <version>");
    assert_snapshot!("html", lines);
}

#[test]
fn it_is_one_small_sound_file_in_both_languages() {
    for lang in ["en", "de"] {
        let page = page_of(&every_status(), lang);
        assert!(page.len() < SMALL, "{} bytes", page.len());
        let html = parsed(&page);
        headed(&html);
        assert_eq!(select(&html, "html")[0].attr("lang"), Some(lang));
        let policy = select(&html, "meta[http-equiv=Content-Security-Policy]");
        let policy = policy[0].attr("content").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'unsafe-inline'"),
            "{policy}"
        );
        for loads in ["@import", "url(", "http-equiv=\"refresh\"", "javascript"] {
            assert!(!page.contains(loads), "{loads}");
        }
        for landmark in [
            "body > header",
            "body > main",
            "body > footer",
            "body > a.jump",
        ] {
            assert_eq!(select(&html, landmark).len(), 1, "{landmark}");
        }
        assert!(
            select(&html, "th")
                .iter()
                .all(|header| header.attr("scope").is_some())
        );
        let drawn = select(&html, "svg[role=img] > title, svg[role=img] > desc");
        assert_eq!(
            drawn.len(),
            3 * 2 * 2,
            "each domain's way, lying and standing"
        );
        assert_eq!(select(&html, "article").len(), 3);
    }
}

/// The picture is torn where the first step fails, and nowhere else.
#[test]
fn the_way_breaks_where_it_breaks() {
    let html = parsed(&page_of(&every_status(), "en"));
    let bolts =
        |domain: &str| select(&html, &format!("#{domain} svg.lying use[href='#bolt']")).len();
    assert_eq!((bolts("d1"), bolts("d2"), bolts("d3")), (1, 0, 0));
    let legs = |domain: &str| {
        let legs = select(&html, &format!("#{domain} svg.lying .leg"));
        let class = |leg: &ElementRef<'_>| leg.attr("class").expect("a class").replace("leg ", "");
        legs.iter().map(class).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(legs("d1"), "whole whole beyond beyond beyond beyond beyond");
    assert_eq!(legs("d2"), "whole whole whole whole whole whole");
    let first = text(select(&html, "#d1 svg.lying")[0]);
    for seen in [
        "0 0 5060",
        "zahnfee.de",
        "81.2.3.9",
        "TCP 5061",
        "failed",
        "could not test",
    ] {
        assert!(first.contains(seen), "{seen}: {first}");
    }
}

/// With `--connect-to`, nobody has seen the way through the firewall from outside.
#[test]
fn a_way_that_partners_do_not_take_is_not_drawn_as_theirs() {
    /// Both of its reports are by `--connect-to`; the first is "ready".
    const ELSEWHERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/reports/1.json");
    let run = Run::new("replay").args(&[ELSEWHERE, "--format=html", "--lang=en"]);
    let page = run.text().1;
    let html = parsed(&page);
    let legs = select(&html, "#d1 svg.lying .leg");
    let legs: Vec<_> = legs.iter().filter_map(|leg| leg.attr("class")).collect();
    let [whole, doubtful] = ["leg whole", "leg doubtful"];
    assert_eq!(legs, [whole, whole, whole, doubtful, whole, whole]);
    let captions = select(&html, "#d1 figcaption");
    assert!(
        text(captions[0]).ends_with("is not known: Firewall, DMZ."),
        "{}",
        text(captions[0])
    );
}

#[test]
fn evidence_and_remedies_are_there() {
    let html = parsed(&page_of(&every_status(), "en"));
    let second = text(select(&html, "#d2")[0]);
    for held in [
        "is ready for federation, with warnings",
        "SIP was not tested",
        "cert-expires-soon",
        "Renew it for exactly chat.elhada.es",
        "CN=Tooth Fairy Root CA - Issuing",
        "9B:55:04:7F:27:50:68:05",
        "RSA 2048",
        "81.2.3.53:53",
        "TLS13_AES_256_GCM_SHA384",
        "0 0 5061 chat.elhada.es.",
        "2026-11-23 at 09:00 UTC",
        "xfed 0.",
        "certificates",
    ] {
        assert!(second.contains(held), "{held}: {second}");
    }
    let commands = select(&html, "#d2 pre > code");
    let command = "xfed cert chat.elhada.es";
    assert!(commands.iter().any(|code| text(*code) == command));
}

#[test]
fn of_one_domain_the_verdict_is_the_title() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let run = stage
        .check()
        .connect_to(&server)
        .args(&["--format=html", "--lang=de"]);
    let (code, page, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (1, ""));
    let html = parsed(&page);
    headed(&html);
    let verdict = "zahnfee.de ist nicht bereit: SRV-Record nennt Port 5060 statt 5061 (DNS-Admin)";
    assert_eq!(text(select(&html, "title")[0]), verdict);
    assert_eq!(text(select(&html, "h1")[0]), verdict);
    let reservation = text(select(&html, ".reservation")[0]);
    assert!(reservation.contains("--connect-to"), "{reservation}");
    let place = server.address().to_string();
    let drawn: String = text(select(&html, "svg.standing")[0]);
    assert!(drawn.contains(&place), "{drawn}");
}

#[test]
fn what_a_server_says_of_itself_is_text() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("xphone.zahnfee.de").rsa();
    let identity = identity
        .common_name("<script>alert(1)</script>\u{202e}")
        .issue();
    let server = Server::tls(identity)
        .client_auth(ClientAuth::Optional)
        .sip(Sip::Ok)
        .server_header("<img src=x onerror=alert(2)>")
        .start();
    let (_, page, _) = stage
        .check()
        .connect_to(&server)
        .arg("--format=html")
        .text();
    let html = parsed(&page);
    let shown = text(select(&html, "#d1")[0]);
    assert!(
        shown.contains("CN=<script>alert(1)</script>\\u{202e}"),
        "{shown}"
    );
    assert!(
        shown.contains("Server: <img src=x onerror=alert(2)>"),
        "{shown}"
    );
}

/// Puts hostile text into every string of the facts that may hold any.
fn poison(value: &mut Value, name: &str) {
    let free = [
        "name", "target", "txt", "rcode", "zone", "server", "reason", "url", "cipher", "host",
    ];
    match value {
        Value::String(text)
            if free.contains(&name) && text.parse::<std::net::SocketAddr>().is_err() =>
        {
            text.push_str(HOSTILE);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| poison(value, name)),
        Value::Object(fields) => fields
            .iter_mut()
            .for_each(|(name, value)| poison(value, name)),
        _ => {}
    }
}

#[test]
fn a_kept_report_that_somebody_made_up_is_text_too() {
    let mut report = every_status();
    for one in report["reports"].as_array_mut().expect("reports") {
        poison(&mut one["facts"], "");
        one["input"] = HOSTILE.into();
        let failed = json!({"failed": {"rcode": HOSTILE, "extended": [[22, HOSTILE]]}});
        one["facts"]["zone"]["soa"]["answers"][0]["outcome"] = failed;
        one["facts"]["zone"]["txt"]["answers"][0]["outcome"] = json!({"records": {"aliases": [{"name": HOSTILE, "target": HOSTILE}],
                "records": [{"ttl": 60, "data": {"txt": HOSTILE}}]}});
    }
    for lang in ["en", "de"] {
        let html = parsed(&page_of(&report, lang));
        let shown = text(select(&html, "main")[0]);
        assert!(
            shown.contains("<script>alert(1)</script>"),
            "shown as what it is"
        );
        assert!(shown.contains("\\u{1b}[31m\\u{202e}"), "escaped");
    }
}

/// Whatever one domain publishes, its page stays small enough for a ticket.
#[test]
fn one_domain_cannot_blow_it_up() {
    let mut report = every_status();
    let one = &mut report["reports"][1];
    let long = "x".repeat(60_000);
    let records: Vec<Value> = (0..64)
        .map(|_| json!({"ttl": 60, "data": {"txt": long}}))
        .collect();
    let answer = json!({"aliases": [], "records": records});
    one["facts"]["zone"]["txt"]["answers"][0]["outcome"] = json!({"records": answer});
    let endpoint = one["facts"]["endpoints"][0].clone();
    let endpoints = (1..33).map(|number| {
        let mut endpoint = endpoint.clone();
        endpoint["address"] = format!("[2001:db8:1234:5678:9abc:def0:1234:{number}]:5061").into();
        endpoint["published"] = format!("2001:db8:1234:5678:9abc:def0:1234:{number}").into();
        endpoint["tls"]["cipher"] = long.as_str().into();
        endpoint["sip"]["outcome"] =
            json!({"answered": {"status": 200, "reason": long, "server": long}});
        endpoint
    });
    one["facts"]["endpoints"] = endpoints.collect();
    report["reports"] = json!([report["reports"][1]]);
    let page = page_of(&report, "en");
    assert!(page.len() < SMALL, "{} bytes", page.len());
    headed(&parsed(&page));
}

/// Of many domains every verdict, way and remedy stays; evidence is added while the page is small.
#[test]
fn of_many_domains_the_evidence_goes_first() {
    let mut report = every_status();
    let ready = report["reports"][2].clone();
    report["reports"] = (0..50).map(|_| ready.clone()).collect();
    let page = page_of(&report, "en");
    let html = parsed(&page);
    assert_eq!(select(&html, "article").len(), 50);
    assert_eq!(select(&html, ".overview tbody tr").len(), 50);
    assert_eq!(select(&html, "svg.lying").len(), 50);
    let left_out = page
        .matches("xfed check toothfairy.uk --format html shows it")
        .count();
    assert!((1..=50).contains(&left_out), "{left_out}");
    assert!(page.len() < 12 * 1024 * 50, "{} bytes", page.len());
}

/// Of hundreds of domains, those are shown that somebody has to look at; of very many, as many as
/// fit into a mail.
#[test]
fn of_hundreds_of_domains_the_bad_ones_follow_an_index() {
    let mut report = every_status();
    let [bad, ready] = [0, 2].map(|index| report["reports"][index].clone());
    let of = |bad_ones: usize, ready_ones: usize| -> Vec<Value> {
        let all = (0..bad_ones)
            .map(|_| &bad)
            .chain((0..ready_ones).map(|_| &ready));
        all.cloned().collect()
    };
    report["reports"] = of(3, 60).into();
    let html = parsed(&page_of(&report, "en"));
    assert_eq!(select(&html, ".overview tbody tr").len(), 63);
    assert_eq!(select(&html, "article").len(), 3);
    assert_eq!(select(&html, ".overview tbody a").len(), 3);
    let summary = text(select(&html, ".overview .summary")[0]);
    assert_eq!(summary, "63 domains: 60 ready, 3 not ready");
    let left_out = text(select(&html, ".overview .left-out")[0]);
    assert!(left_out.contains("Below are 3 of them"), "{left_out}");

    report["reports"] = of(600, 0).into();
    let page = page_of(&report, "en");
    let html = parsed(&page);
    let articles = select(&html, "article").len();
    assert!((100..600).contains(&articles), "{articles}");
    assert_eq!(select(&html, ".overview tbody a").len(), articles);
    assert!(page.len() < 5 * 1024 * 1024, "{} bytes", page.len());
}

/// One address lets partners in, the other does not: that is no break, and no whole way.
#[test]
fn a_port_that_is_partly_open_is_drawn_as_such() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let server = stage.server().start();
    let run = stage
        .check()
        .connect("81.2.3.4", server.address())
        .connect("81.2.3.6", crate::world::Port::closed().address());
    let (_, page, _) = run.args(&["--format=html", "--lang=en"]).text();
    let html = parsed(&page);
    let caption = text(select(&html, "figcaption")[0]);
    assert!(
        caption.starts_with("Partners get past this point at some"),
        "{caption}"
    );
    assert_eq!(select(&html, "svg.lying use[href='#bolt']").len(), 1);
    let seen = text(select(&html, "li.step .seen")[3]);
    assert!(
        seen.contains("open: ") && seen.contains("; no connection: "),
        "{seen}"
    );
}

/// Of two servers, the picture shows the one that is at fault.
#[test]
fn the_picture_shows_the_server_that_fails() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let good = stage.server().start();
    let other = stage
        .authority
        .certificate("other.zahnfee.de")
        .rsa()
        .issue();
    let bad = crate::stage::demanding(other).start();
    let run = stage
        .check()
        .connect("81.2.3.4", good.address())
        .connect("81.2.3.6", bad.address());
    let (_, page, _) = run.args(&["--format=html", "--lang=en"]).text();
    let html = parsed(&page);
    let drawn = text(select(&html, "svg.standing")[0]);
    assert!(drawn.contains("other.zahnfee.de"), "{drawn}");
}
