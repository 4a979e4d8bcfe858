//! The pages for people, as a browser gets them.

use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use scraper::{Html, Selector};

use super::api::{begin, begun, events, post};
use super::client::{Answer, Service, serve};
use super::running::held;
use crate::probe::Place;
use crate::stage::{Folder, Stage, ZONE};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const SAME: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

fn pages(place: &Place) -> Service {
    Service::started(serve(place).arg("--ui"))
}

fn send(service: &Service, body: &str) -> Answer {
    post(service, "/check", body, &[FORM, SAME])
}

/// What this selects on a page, as text.
fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    let page = Html::parse_document(page);
    let found = page.select(&selector);
    let words = found.map(|found| found.text().collect::<String>());
    let words = words.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    words.collect()
}

fn attribute(page: &str, selector: &str, name: &str) -> Option<String> {
    let selector = Selector::parse(selector).expect("a selector");
    let page = Html::parse_document(page);
    let found = page.select(&selector).next()?;
    found.attr(name).map(str::to_owned)
}

#[test]
fn one_field_in_the_language_of_the_browser() {
    let place = Place::configured("[module.partners]\nmode = \"direct\"\n");
    let service = pages(&place);
    for (lang, title, button) in [
        (
            "de-AT,de;q=0.9",
            "Ist eine Domäne bereit für Federation?",
            "Prüfen",
        ),
        ("en-GB", "Is a domain ready for federation?", "Check"),
    ] {
        let answer = service.ask("GET", "/", &[("Accept-Language", lang)]);
        assert_eq!(answer.status, 200);
        assert_eq!(texts(&answer.body, "h1"), [title]);
        assert_eq!(texts(&answer.body, "title"), [title]);
        assert_eq!(texts(&answer.body, "form button"), [button]);
        assert_eq!(texts(&answer.body, "option")[1], "partners");
        let named = attribute(&answer.body, "input", "id");
        assert_eq!(attribute(&answer.body, "label", "for"), named);
    }
    // A link on another site leads here, too; it cannot have anything checked.
    let followed = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
    ];
    assert_eq!(service.ask("GET", "/", &followed).status, 200);
    assert_eq!(service.ask("POST", "/check", &followed).status, 403);
    let german = service.get("/?lang=de");
    assert_eq!(
        attribute(&german.body, "html", "lang").as_deref(),
        Some("de")
    );
    assert_eq!(service.ask("POST", "/", &[SAME]).status, 405);
    // Nobody asked for pages.
    let bare = Service::of(&place);
    assert_eq!(bare.get("/").status, 404);
    assert_eq!(send(&bare, "domain=zahnfee.de").status, 404);
}

/// The policy names the one script that there is, and the page loads nothing.
#[test]
fn nothing_runs_but_its_own_script() {
    let service = pages(&Place::configured(""));
    let answer = service.get("/");
    let policy = answer.header("content-security-policy").expect("a policy");
    let script = Html::parse_document(&answer.body)
        .select(&Selector::parse("script").expect("a selector"))
        .map(|script| script.text().collect::<String>())
        .collect::<String>();
    assert!(script.len() <= 3 * 1024, "{}", script.len());
    let hash = BASE64_STANDARD.encode(digest(&SHA256, script.as_bytes()));
    // The header was read in lower case.
    let hash = format!("script-src 'sha256-{}'", hash.to_ascii_lowercase());
    assert!(policy.contains(&hash), "{policy}");
    for kept in [
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(kept), "{policy}");
    }
    // A form that hides where it comes from would be taken for another site's.
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("x-robots-tag"), Some("noindex, nofollow"));
    for loads in ["script[src]", "link", "img", "iframe", "[onclick]"] {
        assert!(attribute(&answer.body, loads, "class").is_none(), "{loads}");
    }
}

#[test]
fn a_check_from_the_field_to_its_result() {
    let (stage, listener, place) = held();
    let service = pages(&place);
    let answer = send(&service, "domain=+Anna%40Zahnfee.de+&module=");
    assert_eq!(answer.status, 303, "{}", answer.body);
    let whole = answer.header("location").expect("a place").to_owned();
    let (at, query) = whole.split_once('?').expect("what was typed");
    assert_eq!(query, "asked=anna%40zahnfee.de");
    let held = listener.accept().expect("the check connects");
    // What was typed is told as what it means, and nothing else is.
    let taken = ["anna@zahnfee.de is taken for the domain zahnfee.de."];
    let told = |query: &str| texts(&service.get(&format!("{at}?{query}")).body, ".remark");
    assert_eq!(told(query), taken);
    for other in [
        "asked=zahnfee.de",
        "asked=elhada.es",
        "asked=Call+0900+1234",
        "asked=",
    ] {
        assert_eq!(told(other), [""; 0], "{other}");
    }
    let running = service.get(at);
    assert_eq!(texts(&running.body, "h1"), ["zahnfee.de is being checked"]);
    assert_eq!(texts(&running.body, ".live li").len(), 6);
    // Without a script it asks for what answers when there is a result.
    let german = service.get(&format!("{at}?lang=de")).body;
    for (page, wait) in [(&running.body, "?wait=1"), (&german, "?wait=1&amp;lang=de")] {
        let meta = "<noscript><meta http-equiv=\"refresh\" content=\"0; url=";
        let meta = format!("{meta}{at}{wait}\"></noscript>");
        assert!(page.contains(&meta), "{page}");
    }
    // The form leads to the same check meanwhile.
    let again = send(&service, "domain=zahnfee.de");
    assert_eq!(again.header("location"), Some(at));
    let id = at.trim_start_matches("/r/").to_owned();
    let watched = attribute(&running.body, ".running", "data-events");
    assert_eq!(watched, Some(format!("/api/v1/checks/{id}/events")));
    thread::scope(|scope| {
        let told = scope.spawn(|| events(&service, &id));
        let waits = scope.spawn(|| service.get(&format!("{at}?wait=1&lang=de")));
        drop((held, listener));
        told.join().expect("it ends");
        let waited = waits.join().expect("it is answered");
        assert_eq!(waited.status, 303);
        let to = format!("{at}?lang=de");
        assert_eq!(waited.header("location"), Some(to.as_str()));
    });
    assert_eq!(told(query)[..1], taken);
    let result = service.get(at);
    assert_eq!(result.status, 200);
    let verdict = texts(&result.body, "h1");
    assert!(
        verdict[0].starts_with("zahnfee.de is not ready"),
        "{verdict:?}"
    );
    let shared = attribute(&result.body, "meta[property='og:title']", "content");
    assert_eq!(shared, Some(verdict[0].clone()));
    let links = texts(&result.body, "nav.ways a");
    assert_eq!(
        links,
        [
            "New check",
            "For a ticket (Markdown)",
            "JSON",
            "Deutsch",
            "Judge again as of now"
        ]
    );
    let german = service.get(&format!("{at}?lang=de"));
    assert!(texts(&german.body, "h1")[0].starts_with("zahnfee.de ist nicht bereit"));
    // What others hang on to a link breaks nothing.
    assert_eq!(
        service
            .get(&format!("{at}?utm_source=mail&fbclid=x"))
            .status,
        200
    );
    let wrong = service.get(&format!("{at}?rules=curent"));
    assert!(
        wrong.status == 400 && wrong.body.contains("rules=current"),
        "{}",
        wrong.body
    );
    for name in ["%ff%fe", "%C3%A4", "..%2f..%2fetc%2fpasswd"] {
        for path in ["/r/", "/api/v1/checks/"] {
            let unknown = service.get(&format!("{path}{name}"));
            assert_eq!(unknown.status, 404, "{name}: {}", unknown.body);
        }
    }
    let current = service.get(&format!("{at}?rules=current"));
    let remark = texts(&current.body, ".remark");
    assert!(
        remark[0].starts_with("Judged again as of now"),
        "{remark:?}"
    );
    drop(stage);
}

/// A page that refuses says why, and gives back what was typed: as text.
#[test]
fn what_cannot_be_checked_is_said_beside_the_field() {
    let service = pages(&Place::configured(""));
    let answer = send(&service, "domain=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert_eq!(answer.status, 400);
    let typed = attribute(&answer.body, "input", "value");
    assert_eq!(typed.as_deref(), Some("\"><script>alert(1)</script>"));
    assert_eq!(
        attribute(&answer.body, "input", "aria-invalid").as_deref(),
        Some("true")
    );
    assert!(!answer.body.contains("<script>alert"));
    assert_eq!(texts(&answer.body, ".wrong").len(), 1);
    assert_eq!(send(&service, "domain=zahnfee.de&module=none").status, 400);
    let long = format!("domain={}", "a".repeat(5000));
    assert_eq!(send(&service, &long).status, 413);
    let unknown = service.get(&format!("/r/{}", "0".repeat(32)));
    assert_eq!(unknown.status, 404);
    assert_eq!(texts(&unknown.body, "h1"), ["Nothing was checked"]);
    // Another site's form is nobody's wish.
    let elsewhere = ("Sec-Fetch-Site", "cross-site");
    let answer = post(&service, "/check", "domain=zahnfee.de", &[FORM, elsewhere]);
    assert_eq!(answer.status, 403);
}

#[test]
fn too_soon_leads_to_the_last_result() {
    let stage = Stage::new();
    let server = stage.server().start();
    let service = pages(&Place::new(&stage, &server));
    let id = begun(&begin(&service, "zahnfee.de"));
    events(&service, &id);
    let answer = send(&service, "domain=zahnfee.de");
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    let said = texts(&answer.body, ".wrong").concat();
    assert!(
        said.starts_with("This domain") && said.ends_with('.'),
        "{said}"
    );
    let last = attribute(&answer.body, "main p a", "href");
    assert_eq!(last, Some(format!("/r/{id}")));
    let age = texts(&answer.body, "main p a").concat();
    assert!(
        age.starts_with("The last result, ") && age.ends_with(" old:"),
        "{age}"
    );
}

/// By the name of the service a result says where it was seen from; and what its reader cannot run is told
/// from what is to be mended.
#[test]
fn where_it_was_seen_from_and_who_can_run_a_command() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let place = Place::new(&stage, &server);
    place
        .folder
        .write("web.toml", "hosts = [\"xfed.example.com\"]\n");
    let run = serve(&place).args(&["--ui", "--web-config"]);
    let service = Service::started(run.arg(place.folder.file("web.toml")));
    let id = begun(&begin(&service, "zahnfee.de"));
    events(&service, &id);
    let at = format!("/r/{id}");
    let seen_from = "Seen from https://xfed.example.com, and the verdict is that of this place.";
    assert!(
        texts(&service.get(&at).body, "main")
            .concat()
            .contains(seen_from)
    );
    assert!(
        service
            .get(&format!("{at}.md"))
            .body
            .contains("> Seen from https")
    );
    let hint = texts(&service.get(&at).body, "main > .hint");
    assert!(
        hint[0].starts_with("A line that begins with xfed"),
        "{hint:?}"
    );
    // Nothing is to be run where nothing is to be mended, and without a name there is no place.
    let healthy = Stage::new();
    let server = healthy.server().start();
    let service = pages(&Place::new(&healthy, &server));
    let id = begun(&begin(&service, "zahnfee.de"));
    events(&service, &id);
    let page = service.get(&format!("/r/{id}")).body;
    assert_eq!(texts(&page, "main > .hint"), [""; 0]);
    assert!(!page.contains("Seen from"));
}

/// What changed since the check before stands below a result, and the way to the others.
#[test]
fn the_history_of_a_domain() -> rusqlite::Result<()> {
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = Folder::new();
    let file = folder.file("results.sqlite");
    let place = Place::new(&stage, &server);
    let run = serve(&place).args(&["--ui", "--store"]);
    let service = Service::started(run.arg(&file));
    let first = begun(&begin(&service, "zahnfee.de"));
    events(&service, &first);
    assert!(texts(&service.get(&format!("/r/{first}")).body, ".history").is_empty());
    // An hour goes by.
    let store = rusqlite::Connection::open(&file)?;
    store.execute("UPDATE result SET made_at = made_at - 3600", [])?;
    drop(store);
    stage
        .dns
        .replace("zahnfee.de", &ZONE.replace(" 5061 ", " 5060 "));
    let second = begun(&begin(&service, "zahnfee.de"));
    events(&service, &second);
    let result = service.get(&format!("/r/{second}"));
    let changes = texts(&result.body, ".changes");
    assert!(changes[0].contains("ready → not ready"), "{changes:?}");
    assert!(changes[0].contains("srv-wrong-port"), "{changes:?}");
    let other = attribute(&result.body, ".history a", "href");
    assert_eq!(other, Some(format!("/r/{first}")));
    // The older one knows of the newer, and of no change.
    let result = service.get(&format!("/r/{first}"));
    assert!(texts(&result.body, ".changes").is_empty());
    let other = attribute(&result.body, ".history a", "href");
    assert_eq!(other, Some(format!("/r/{second}")));
    Ok(())
}
