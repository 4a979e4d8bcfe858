//! The pages of `xfed serve --ui` in a browser, in each of their states, in both languages, with and
//! without scripts, in both schemes and at every width: read by axe-core, and by a rule.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::{Value, json};

use super::browser::Browser;
use super::left_out;
use crate::probe::Place;
use crate::serve::api::{begin, begun, events, post};
use crate::serve::client::{Service, serve};
use crate::stage::{Folder, Stage, ZONE, say_left_out};

/// Boxes that stick out of the page.
const WIDE: &str = r"
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('main *')]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > room + 1)
        .map(one => one.outerHTML.slice(0, 80));
    return { scroll: document.scrollingElement.scrollWidth, wide };
";

/// What axe-core finds wrong, each with the elements that it is about.
const FAULTS: &str = r"
    return axe.run(document, { resultTypes: ['violations'] }).then(found =>
        found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`));
";

/// Sends the form of the page with this in its field.
const SEND: &str = "document.getElementById('domain').value = 'DOMAIN';
    document.querySelector('form').submit();";

/// axe-core, which `.ci/run` fetches.
fn axe() -> Option<String> {
    let file = PathBuf::from(env!("CARGO_BIN_EXE_xfed"));
    let target = file.parent().and_then(Path::parent).expect("a target");
    let text = std::fs::read_to_string(target.join("axe/axe.min.js")).ok();
    if text.is_none() {
        say_left_out("there is no axe-core");
    }
    text
}

/// A service with a check that goes on for ever, one that waits for it, and results of every kind.
struct Site {
    stage: Stage,
    _server: crate::world::Server,
    _held: (TcpListener, std::net::TcpStream),
    busy: Service,
    service: Service,
    folder: Folder,
    _places: [Place; 2],
}

impl Site {
    fn start() -> Self {
        let stage = Stage::new();
        let server = stage.server().start();
        let folder = Folder::new();
        let store = folder.file("results.sqlite");
        let place = Place::with(
            &stage,
            &format!(
                "connect-to = [\"{}\"]\n[module.partners]\nmode = \"partner\"\n\
                 [module.nowhere]\nresolver = [\"127.0.0.1:1\"]\n",
                server.address()
            ),
        );
        let run = serve(&place).args(&["--ui", "--store"]).arg(&store);
        let service = Service::started(run);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let at = listener.local_addr().expect("it is bound");
        let other = Place::reaching(&stage, at);
        let file = other.folder.file("xfed.toml");
        let text = std::fs::read_to_string(&file).expect("it is our own");
        let text = format!("jobs = 1\ntimeout = \"1h\"\ndeadline = \"2h\"\n{text}");
        std::fs::write(file, text).expect("it is our own");
        let busy = Service::started(serve(&other).arg("--ui"));
        begun(&begin(&busy, "zahnfee.de"));
        let (held, _) = listener.accept().expect("the check connects");
        Self {
            stage,
            _server: server,
            _held: (listener, held),
            busy,
            service,
            folder,
            _places: [place, other],
        }
    }

    /// The addresses of results: ready, not ready with what changed since, and not testable.
    fn results(&self) -> [String; 3] {
        let check = |body: Value| {
            let kind = ("Content-Type", "application/json");
            let answer = post(&self.service, "/api/v1/checks", &body.to_string(), &[kind]);
            let id = begun(&answer);
            events(&self.service, &id);
            id
        };
        let ready = check(json!({"domain": "zahnfee.de"}));
        let store = rusqlite::Connection::open(self.folder.file("results.sqlite"));
        let store = store.expect("it is our own");
        let sql = "UPDATE result SET made_at = made_at - 3600";
        store.execute(sql, []).expect("it is our own");
        let fault = ZONE.replace(" 5061 ", " 5060 ");
        self.stage.dns.replace("zahnfee.de", &fault);
        let other = check(json!({"domain": "zahnfee.de"}));
        let open = check(json!({"domain": "elhada.es", "module": "nowhere"}));
        // The last one is always too young for another.
        let sql = "UPDATE result SET made_at = made_at + 86400 WHERE number = 2";
        store.execute(sql, []).expect("it is our own");
        [ready, other, open]
    }
}

/// The page of a check as it is without scripts, which stays where it is: the browser would wait for the
/// result.
fn resting(service: &Service, url: &str, lang: &str) -> String {
    let path = url.splitn(4, '/').nth(3).expect("a path");
    let page = service.ask("GET", &format!("/{path}"), &[("Accept-Language", lang)]);
    let (before, rest) = page.body.split_once("<noscript>").expect("it goes on");
    let (_, behind) = rest.split_once("</noscript>").expect("its end");
    format!("{before}{behind}")
}

/// The states, each with the page that shows it, or what is typed there.
fn states(site: &Site) -> Vec<(&'static str, String, Option<&'static str>)> {
    let at = |service: &Service, path: &str| format!("http://{}{path}", service.address);
    let running = begun(&begin(&site.busy, "zahnfee.de"));
    let waiting = begun(&begin(&site.busy, "elhada.es"));
    let [ready, other, open] = site.results();
    let result = |id: &str| at(&site.service, &format!("/r/{id}"));
    let start = at(&site.service, "/");
    vec![
        ("empty", start.clone(), None),
        ("wrong", start.clone(), Some("127.0.0.1")),
        ("running", at(&site.busy, &format!("/r/{running}")), None),
        ("waiting", at(&site.busy, &format!("/r/{waiting}")), None),
        ("ready", result(&ready), None),
        ("not ready", result(&other), None),
        ("again", result(&other) + "?rules=current", None),
        ("could not test", result(&open), None),
        ("limit", start, Some("zahnfee.de")),
        ("unknown", result(&"0".repeat(32)), None),
    ]
}

#[test]
fn every_state_is_fit_for_everybody() {
    if left_out() {
        return;
    }
    let Some(axe) = axe() else { return };
    let site = Site::start();
    let states = states(&site);
    let browser = Browser::start();
    let mut headings = Vec::new();
    for (lang, with_scripts) in [("en", true), ("de", true), ("en", false), ("de", false)] {
        browser.language(lang);
        for (state, url, typed) in &states {
            let case = format!("{state}, {lang}, scripts: {with_scripts}");
            browser.scripts(with_scripts);
            if with_scripts || !["running", "waiting"].contains(state) {
                browser.visit(url);
            } else {
                browser.open(&resting(&site.busy, url, lang));
            }
            if let Some(typed) = typed {
                browser.run(&SEND.replace("DOMAIN", typed));
                browser.becomes("document.querySelector('.wrong')");
            }
            if !with_scripts {
                // The page was read without them, and stays as it is.
                browser.scripts(true);
            }
            let page = browser.run(
                "return { lang: document.documentElement.lang,
                    heading: document.querySelector('h1').textContent }",
            );
            assert_eq!(page["lang"], *lang, "{case}");
            if *state == "waiting" {
                let script = "return document.querySelectorAll('.live .state:empty').length";
                assert_eq!(browser.run(script), 6, "{case}");
            }
            headings.push(page["heading"].as_str().expect("a heading").to_owned());
            for (width, scheme) in [(1280, "light"), (320, "dark"), (760, "light")] {
                browser.width(width);
                browser.medium("screen", scheme);
                let laid = browser.run(WIDE);
                assert!(
                    laid["scroll"].as_u64() <= Some(width.into()),
                    "{case}: {laid}"
                );
                assert_eq!(laid["wide"], json!([]), "{case} at {width}");
                if width == 760 {
                    continue;
                }
                browser.run(&axe);
                let faults = browser.run(FAULTS);
                assert_eq!(faults, json!([]), "{case} at {width}, {scheme}");
            }
        }
    }
    assert!(
        headings[7].starts_with("elhada.es: undecided"),
        "{headings:?}"
    );
    let told = |from: usize| headings[from..from + states.len()].to_vec();
    assert_eq!(told(0), told(2 * states.len()), "with scripts and without");
    assert_eq!(told(states.len()), told(3 * states.len()));
    assert_eq!(
        told(0)[..4],
        [
            "Is a domain ready for federation?",
            "Is a domain ready for federation?",
            "zahnfee.de is being checked",
            "elhada.es is being checked"
        ]
    );
}

/// The steps come by themselves, and then the result; without scripts the result alone.
#[test]
fn a_check_is_watched_to_its_end() {
    if left_out() {
        return;
    }
    for with_scripts in [true, false] {
        let (stage, listener, place) = crate::serve::running::held();
        let service = Service::started(serve(&place).arg("--ui"));
        let browser = Browser::start();
        browser.language("en");
        browser.scripts(with_scripts);
        browser.visit(&format!("http://{}/", service.address));
        let held = thread::spawn(move || {
            let held = listener.accept().expect("the check connects");
            // Without scripts the browser waits for the result, and hears nothing until then.
            with_scripts.then_some((held, listener))
        });
        browser.run(&SEND.replace("DOMAIN", "Anna@Zahnfee.de"));
        let held = held.join().expect("it was accepted");
        if with_scripts {
            browser.becomes("document.querySelector('.running')");
            // What DNS said is there before anybody answers at the address.
            browser.becomes("document.querySelectorAll('.live .looked').length > 1");
        }
        drop(held);
        browser.becomes("document.querySelector('nav.ways')");
        let heading = browser.run("return document.querySelector('h1').textContent");
        assert!(
            heading
                .as_str()
                .is_some_and(|heading| heading.starts_with("zahnfee.de is not ready")),
            "{heading}"
        );
        let messages: Vec<Value> = browser.log("browser");
        let broken = messages.iter().filter(|said| {
            said["message"]
                .to_string()
                .contains("Content Security Policy")
        });
        assert_eq!(broken.count(), 0, "{messages:?}");
        drop(stage);
    }
}
