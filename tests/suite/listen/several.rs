//! Several that call in one run: each is judged, and none for another.

use super::{ALL_PASS, Post, SECRET, request, text};
use crate::stage::{Outcome, ZONE};
use crate::world::Dns;
use crate::world::caller::Call;

const OTHER_ZONE: &str = "\
_sipfederationtls._tcp SRV 0 0 5061 sip
sip A 81.2.4.4
";

/// The report on this domain.
fn on<'a>(outcome: &'a Outcome, domain: &str) -> &'a serde_json::Value {
    let reports = outcome.json["reports"].as_array().expect("reports");
    let found = reports.iter().find(|report| report["domain"] == domain);
    found.unwrap_or_else(|| panic!("{domain}: {}", outcome.json))
}

fn statuses(report: &serde_json::Value) -> String {
    let steps = report["steps"].as_array().expect("steps");
    let all: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["status"].as_str())
        .collect();
    all.join(" ")
}

/// What somebody of the other company says.
fn of_other(message: &str) -> String {
    message
        .replace("xphone.zahnfee.de", "sip.toothfairy.uk")
        .replace("ann@zahnfee.de", "bob@toothfairy.uk")
}

impl Post {
    fn of_two() -> Self {
        let post = Self::with_zone(ZONE);
        let dns = Dns::zone("zahnfee.de", ZONE)
            .and_zone("echo.example", super::OWN_ZONE)
            .and_zone("toothfairy.uk", OTHER_ZONE);
        Self { dns, ..post }
    }
}

/// One has a certificate, the other none: who failed is named, and nothing of one is in the other's.
#[test]
fn each_is_judged_for_itself() {
    let post = Post::of_two();
    let listening = post.listen(&["--report", "junit={domain}.xml"]);
    let user = listening.user().to_owned();
    let mut first = listening.called_by(&post);
    // A server speaks of itself by its own name first.
    let options = request("OPTIONS", "echo.example", 1, "", "");
    first.ask(&options.replace("ann@zahnfee.de", "xphone.zahnfee.de"));
    first.ask(&text(&user, 2));
    let mut second = listening.call().connect().expect("TLS");
    second.ask(&of_other(&text(&user, 3)));
    // Of somebody who scans.
    let mut scanner = listening.call().connect().expect("TLS");
    let scan = request("OPTIONS", "echo.example", 4, "", "");
    scanner.ask(&scan.replace("ann@zahnfee.de", "100@fed.echo.example"));
    let outcome = listening.end();
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.json["reports"].as_array().map(Vec::len), Some(2));
    let ready = on(&outcome, "zahnfee.de");
    assert_eq!(statuses(ready), ALL_PASS);
    assert!(!ready.to_string().contains("toothfairy"), "{ready}");
    let failed = on(&outcome, "toothfairy.uk");
    assert_eq!(statuses(failed), "pass pass fail skip pass pass skip");
    assert!(!failed.to_string().contains("zahnfee"), "{failed}");
    assert!(!outcome.json.to_string().contains(SECRET));
    for domain in ["zahnfee.de", "toothfairy.uk"] {
        let file = post.folder.file(&format!("{domain}.xml"));
        assert!(file.exists(), "{domain}");
    }
}

/// The one that is expected is chosen, whoever else calls.
#[test]
fn the_expected_one_is_chosen() {
    let post = Post::of_two();
    let listening = post.listen(&["--expect", "toothfairy.uk"]);
    let user = listening.user().to_owned();
    let refused = listening.called_by(&post).ask(&text(&user, 1));
    assert!(refused.starts_with("SIP/2.0 403 "), "{refused}");
    let identity = post.authority.certificate("sip.toothfairy.uk").issue();
    let mut caller = listening
        .call()
        .presenting(identity)
        .connect()
        .expect("TLS");
    caller.ask(&of_other(&text(&user, 2)));
    let outcome = listening.end();
    outcome.stands(ALL_PASS, "ready", 0);
    outcome.shows("outbound-connection", "call-strangers", "info");
}

/// Anybody can write a sender: it neither makes a partner nor speaks for one that is there.
#[test]
fn a_sender_alone_is_nobody() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    listening.called_by(&post).ask(&text(&user, 1));
    let bad = request("OPTIONS", "echo.example", 2, "", "").replace("Call-ID: call-OPTIONS\n", "");
    let mut stranger = listening.call().connect().expect("TLS");
    let answer = stranger.ask(&bad);
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    let outcome = listening.end();
    outcome.lacks("call-unreadable");
    outcome.stands(ALL_PASS, "ready", 0);

    // It scans, by no name, and says that it is of the domain that it scans.
    let listening = post.listen(&["--for", "3s"]);
    let call = Call::new(listening.to, "127.0.0.1");
    let mut scanner = call.connect().expect("TLS");
    let scan = request("OPTIONS", "echo.example", 3, "", "");
    scanner.ask(&scan.replace("ann@zahnfee.de", "100@google.example"));
    drop(scanner);
    let outcome = listening.end();
    outcome.finding("outbound-connection", "call-nothing-came");
    outcome.stands("unknown skip skip skip skip skip skip", "inconclusive", 3);
}
