//! The page for a ticket, as a browser lays it out: nothing loaded, nothing cut off, readable in both
//! colour schemes, on narrow screens, on paper, and by assistive technology.

use std::time::Instant;

use serde_json::{Value, json};

use super::browser::Browser;
use super::left_out;
use crate::formats::html::{every_status, page_of};
use crate::formats::shown;
use crate::stage::Folder;
use crate::world::PATIENCE;

/// The lines of text that nobody could read, each with its contrast (WCAG 2.2, 1.4.3).
const PALE: &str = r"
    const part = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const parsed = colour => colour.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = parsed(getComputedStyle(element).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const pale = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || !element.checkVisibility() || element.closest('title, desc')) continue;
        const style = getComputedStyle(element);
        const [one, other] = [light(parsed(element.closest('svg') ? style.fill : style.color)), light(behind(element))];
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        seen += 1;
        if (contrast < 4.5) pale.push(`${contrast.toFixed(2)} ${text}`);
    }
    return { seen, pale };
";

/// Texts of the pictures that stick out of them, or lie on top of each other.
const CROWDED: &str = r"
    const crowded = [];
    let seen = 0;
    for (const picture of document.querySelectorAll('figure svg')) {
        if (!picture.checkVisibility()) continue;
        const frame = picture.getBoundingClientRect();
        const parts = [...picture.querySelectorAll('tspan, text:not(:has(tspan))')];
        const boxes = parts.map(part => [part.textContent, part.getBoundingClientRect()]);
        seen += boxes.length;
        boxes.forEach(([text, box], index) => {
            if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) {
                crowded.push(`${text} is cut off`);
            }
            for (const [other, its] of boxes.slice(index + 1)) {
                const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
                const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
                if (wide > 1 && high > 4) crowded.push(`${text} lies on ${other}`);
            }
        });
    }
    return { seen, crowded };
";

/// Boxes that stick out of the page.
const WIDE: &str = r"
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('main *')]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > room + 1)
        .map(one => one.outerHTML.slice(0, 80));
    return { room, scroll: document.scrollingElement.scrollWidth, wide };
";

const OPEN_ALL: &str = "document.querySelectorAll('details').forEach(one => one.open = true)";

#[test]
fn it_loads_nothing_and_says_what_it_is() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    browser.width(1280);
    browser.open(&page_of(&every_status(), "en"));
    assert_eq!(
        browser.log("browser"),
        [] as [Value; 0],
        "messages, such as of a broken policy"
    );
    let loads: Vec<String> = browser
        .log("performance")
        .iter()
        .filter_map(|entry| serde_json::from_str(entry["message"].as_str()?).ok())
        .filter(|event: &Value| event["message"]["method"] == "Network.requestWillBeSent")
        .map(|event| event["message"]["params"]["request"]["url"].to_string())
        .filter(|url| !url.contains("page.html"))
        .collect();
    assert_eq!(loads, [] as [&str; 0]);
    for (selector, role, name) in [
        ("header.page", "banner", ""),
        ("main", "main", ""),
        ("footer.page", "contentinfo", ""),
        ("h1", "heading", "Federation readiness of 3 domains"),
        (
            "#d1",
            "article",
            "zahnfee.de is not ready: the SRV record says port 5060 instead of 5061 (DNS admin)",
        ),
        ("#d1 svg.lying", "image", "A partner's path to zahnfee.de"),
        (".overview thead th", "columnheader", "Domain"),
        (".overview tbody th", "rowheader", "zahnfee.de"),
        (
            ".overview td",
            "cell",
            "zahnfee.de is not ready: the SRV record says port 5060 instead of 5061 (DNS admin)",
        ),
    ] {
        let told = browser.told(selector);
        assert_eq!(
            (told.0.as_str(), told.1.as_str()),
            (role, name),
            "{selector}"
        );
    }
    // The policy holds: what is smuggled in does not run.
    browser
        .run("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:9/\">')");
    let refused = browser.log("browser");
    assert!(
        refused[0]["message"]
            .to_string()
            .contains("Content Security Policy"),
        "{refused:?}"
    );
}

#[test]
fn it_reads_well_in_both_schemes_and_at_every_width() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    for (report, lang) in [
        (every_status(), "en"),
        (every_status(), "de"),
        (awkward(), "en"),
        (awkward(), "de"),
    ] {
        browser.open(&page_of(&report, lang));
        browser.run(OPEN_ALL);
        for width in [320, 360, 760, 1280] {
            browser.width(width);
            browser.medium("screen", "light");
            let page = browser.run(WIDE);
            assert!(
                page["scroll"].as_u64() <= Some(width.into()),
                "{lang} at {width}: {page}"
            );
            assert_eq!(page["wide"], json!([]), "{lang} at {width}");
            let drawn = browser.run(CROWDED);
            assert!(drawn["seen"].as_u64() > Some(20), "{drawn}");
            assert_eq!(drawn["crowded"], json!([]), "{lang} at {width}");
        }
        for (medium, scheme) in [
            ("screen", "light"),
            ("screen", "dark"),
            ("print", "light"),
            ("print", "dark"),
        ] {
            browser.medium(medium, scheme);
            let read = browser.run(PALE);
            assert!(read["seen"].as_u64() > Some(80), "{read}");
            assert_eq!(read["pale"], json!([]), "{lang}, {medium}, {scheme}");
        }
    }
}

#[test]
fn paper_shows_what_is_unfolded_on_the_screen() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    browser.width(680);
    browser.open(&page_of(&every_status(), "en"));
    let high = "return [...document.querySelectorAll('.fingerprint, .step details .message')]
        .map(one => one.checkVisibility({contentVisibilityAuto: true}) && one.getBoundingClientRect().height > 0)";
    let shown = |browser: &Browser| {
        let shown = browser.run(high);
        let shown = shown.as_array().expect("a list").clone();
        (
            shown.len(),
            shown.iter().filter(|one| **one == true).count(),
        )
    };
    let (all, folded) = shown(&browser);
    assert!(all > 4 && folded == 0, "{folded} of {all} on the screen");
    browser.run("document.querySelector('.step details:has(.message)').open = true; return 0");
    browser.settles(
        "document.querySelector('.step details .message').getBoundingClientRect().height > 0",
    );
    let (_, unfolded) = shown(&browser);
    assert!((1..all).contains(&unfolded), "{unfolded} of {all} unfolded");
    browser.medium("print", "dark");
    assert_eq!(shown(&browser), (all, unfolded), "on paper");
    let paper = browser.run("return getComputedStyle(document.documentElement).backgroundColor");
    assert_eq!(paper, "rgb(255, 255, 255)");
}

#[test]
fn a_keyboard_gets_everywhere_and_shows_where_it_is() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    browser.width(1280);
    browser.open(&page_of(&every_status(), "en"));
    let mut visited = Vec::new();
    for _ in 0..7 {
        for kind in ["rawKeyDown", "keyUp"] {
            let key =
                json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
            browser.command("Input.dispatchKeyEvent", &key);
        }
        let focus = browser.run(
            "const style = getComputedStyle(document.activeElement);
             const box = document.activeElement.getBoundingClientRect();
             return { text: document.activeElement.textContent, ring: style.outlineStyle, left: box.left }",
        );
        assert_eq!(focus["ring"], "solid", "{focus}");
        assert!(focus["left"].as_f64() >= Some(0.0), "{focus}");
        visited.push(focus["text"].as_str().expect("text").to_owned());
    }
    let links = [
        "Skip the overview",
        "Dates of the certificates for the calendar (.ics)",
        "zahnfee.de",
        "elhada.es",
        "toothfairy.uk",
        "DNS answers",
        "Connections",
    ];
    assert_eq!(visited, links);
}

/// The policy lets nothing in; what the page holds may go out by a click.
#[test]
fn a_click_saves_the_calendar() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    let folder = Folder::new();
    let to = folder.path().display().to_string();
    let params = json!({"behavior": "allow", "downloadPath": to});
    browser.command("Page.setDownloadBehavior", &params);
    browser.open(&page_of(&every_status(), "en"));
    browser.run("document.querySelector('a[download]').click()");
    let file = folder.file("xfed.ics");
    let began = Instant::now();
    let saved = loop {
        match std::fs::read_to_string(&file) {
            Ok(text) if text.ends_with("END:VCALENDAR\r\n") => break text,
            _ => assert!(began.elapsed() < PATIENCE, "{:?}", browser.log("browser")),
        }
        browser.run("return new Promise(done => requestAnimationFrame(() => done()))");
    };
    assert_eq!(saved, shown("ics", &["--lang=en"]));
}

/// A domain with all that is hard to lay out: long names, long addresses, many of them, all of them
/// behaving differently.
fn awkward() -> Value {
    let report = every_status().to_string();
    let long = "xphone-federation-gateway-01-zahnarztpraxis-muenchen-schwabing.elhada.es";
    let mut report: Value =
        serde_json::from_str(&report.replace("chat.elhada.es", long)).expect("JSON");
    let one = &mut report["reports"][1];
    let address = |number: u16| format!("2a01:4f8:1234:5678:9abc:def0:1234:{:x}", 0x1000 + number);
    let records: Vec<Value> = (0..12)
        .map(|number| json!({"ttl": 60, "data": {"address": address(number)}}))
        .collect();
    one["facts"]["addresses"][0]["aaaa"]["answers"][0]["outcome"] =
        json!({"records": {"aliases": [], "records": records}});
    let first = one["facts"]["endpoints"][0].clone();
    let endpoints = (0..12).map(|number| {
        let mut endpoint = first.clone();
        endpoint["published"] = address(number).into();
        endpoint["address"] = format!("[{}]:5061", address(number)).into();
        match number % 3 {
            0 => {
                let server =
                    "Kamailio (5.6.3 (x86_64/linux)), and more than anybody would want to know";
                let answer =
                    json!({"status": 503, "reason": "Service Unavailable", "server": server});
                endpoint["sip"]["outcome"] = json!({"answered": answer});
            }
            1 => endpoint["tcp"] = "refused".into(),
            _ => endpoint["tcp"] = json!({"timed-out": 5000}),
        }
        if number % 3 > 0 {
            endpoint["tls"] = Value::Null;
            endpoint["sip"] = Value::Null;
        }
        endpoint
    });
    let all = [first.clone()].into_iter().chain(endpoints).collect();
    one["facts"]["endpoints"] = all;
    report["reports"] = json!([report["reports"][1]]);
    report
}

/// The height of the text on a page of A4 with the margins of the style sheet, in CSS pixels; 680 is
/// its width.
const PAGE: f64 = (297.0 - 2.0 * 16.0) / 25.4 * 96.0;

/// A ticket on paper: the verdict, the way and what to do, without the evidence.
#[test]
fn a_domain_is_printed_on_two_pages_at_most() {
    if left_out() {
        return;
    }
    let browser = Browser::start();
    browser.width(680);
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/suite/reports/situations/"
    );
    let [long, usual] =
        ["points-to-microsoft", "chain-incomplete"].map(|name| format!("{folder}{name}.json"));
    for (report, lang) in [(&long, "en"), (&long, "de"), (&usual, "de")] {
        let run =
            crate::stage::Run::new("replay")
                .arg(report)
                .args(&["--format=html", "--lang", lang]);
        browser.open(&run.text().1);
        browser.medium("print", "light");
        let height = browser.run("return document.documentElement.scrollHeight");
        let pages = height.as_f64().expect("a number") / PAGE;
        assert!(pages <= 2.0, "{lang}: {pages} pages");
    }
}
