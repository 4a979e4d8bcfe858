//! `--evidence`: what a test partner has seen counts before what is inferred.

use std::path::PathBuf;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{ALL_WELL, BACK, OTHER, OTHER_FQDN, OTHER_ZONE, THERE, ways};
use crate::listen::Post;
use crate::stage::{Outcome, Run, demanding};
use crate::world::{Identity, Server};

/// A test partner, and two servers of which the first calls it.
struct World {
    post: Post,
    one: Server,
    other: Server,
}

impl World {
    /// The first shows this to whoever calls it.
    fn showing(identity: impl FnOnce(&Post) -> Identity) -> Self {
        let post = Post::new();
        post.dns.replace(OTHER, OTHER_ZONE);
        let one = demanding(identity(&post)).start();
        let other = post.authority.certificate(OTHER_FQDN).rsa().issue();
        let other = demanding(other).start();
        Self { post, one, other }
    }

    fn new() -> Self {
        Self::showing(Post::xphone)
    }

    /// What the test partner reports when it is called with this certificate, or without one.
    fn heard(&self, args: &[&str], presents: Option<Identity>) -> PathBuf {
        let listening = self.post.listen(args);
        let call = listening.call();
        let call = match presents {
            Some(identity) => call.presenting(identity),
            None => call,
        };
        let mut caller = call.connect().expect("TLS");
        caller.ask(&crate::listen::text(listening.user(), 1));
        self.save(&listening.end())
    }

    /// The same, as if it had ended so many hours from now, and under another name.
    fn heard_at(&self, hours: i64, name: &str, presents: Option<Identity>) -> PathBuf {
        let file = self.heard(&["--expect", "zahnfee.de"], presents);
        let text = std::fs::read_to_string(file).expect("it was written");
        let mut json: Value = serde_json::from_str(&text).expect("JSON");
        let then = OffsetDateTime::now_utc() + Duration::hours(hours);
        let then = then.format(&Rfc3339).expect("a moment");
        let report = &mut json["reports"][0];
        for field in ["made_at", "now"] {
            report["terms"][field] = then.clone().into();
        }
        let file = self.post.folder.file(name);
        std::fs::write(&file, json.to_string()).expect("writable");
        file
    }

    fn save(&self, outcome: &Outcome) -> PathBuf {
        self.save_as("listen.json", outcome)
    }

    fn save_as(&self, name: &str, outcome: &Outcome) -> PathBuf {
        let file = self.post.folder.file(name);
        std::fs::write(&file, outcome.json.to_string()).expect("writable");
        file
    }

    fn pair(&self) -> Run {
        Run::new("pair")
            .args(&["zahnfee.de", OTHER, "--format=json", "--ca-file"])
            .arg(self.post.folder.file("root.pem"))
            .arg("--resolver")
            .arg(self.post.dns.address().to_string())
            .connect("81.2.3.4", self.one.address())
            .connect("82.2.3.4", self.other.address())
    }

    fn with(&self, evidence: &PathBuf) -> Outcome {
        self.pair().arg("--evidence").arg(evidence).run()
    }
}

/// The same certificate: what was inferred is measured now.
#[test]
fn what_was_inferred_is_measured() {
    let identity = std::cell::RefCell::new(None);
    let world = World::showing(|post| {
        let own = post.xphone();
        *identity.borrow_mut() = Some(own.clone());
        own
    });
    let evidence = world.heard(&["--expect", "zahnfee.de"], identity.take());
    let outcome = world.with(&evidence);
    assert_eq!(outcome.code, 0, "{outcome}");
    let [there, back] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    there.lacks("pair-caller-inferred");
    let summary = &there.report["steps"][6]["summary"];
    assert!(
        summary
            .as_str()
            .is_some_and(|seen| seen.starts_with("measured on ")),
        "{summary}"
    );
    // Of the other one nothing was measured.
    back.is(BACK, ALL_WELL, "ready");
    back.shows("pair-caller", "pair-caller-inferred", "info", Some(OTHER));
}

/// A good certificate on the port, and none when it calls.
#[test]
fn evidence_contradicts_a_good_inference() {
    let world = World::new();
    let evidence = world.heard(&["--expect", "zahnfee.de"], None);
    let outcome = world.with(&evidence);
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-refused",
        "fail",
        Some("zahnfee.de"),
    );
    let codes = &there.finding("pair-caller", "pair-caller-refused")["args"]["codes"];
    assert_eq!(codes, &serde_json::json!(["call-no-certificate"]));
    assert_eq!(back.report["verdict"], "ready");
}

/// And the other way round: a bad one on the port, a good one when it calls.
#[test]
fn evidence_contradicts_a_bad_inference() {
    let world = World::showing(|post| {
        let expired = post.authority.certificate("xphone.zahnfee.de");
        expired.rsa().valid(-100, -10).issue()
    });
    let evidence = world.heard(&["--expect", "zahnfee.de"], Some(world.post.xphone()));
    let outcome = world.with(&evidence);
    let [there, back] = ways(&outcome);
    assert_eq!(there.report["verdict"], "ready-with-warnings");
    there.shows(
        "pair-caller",
        "pair-caller-other",
        "warn",
        Some("zahnfee.de"),
    );
    assert_eq!(
        there.finding("pair-caller", "pair-caller-other")["args"]["why"],
        "other"
    );
    there.lacks("pair-caller-refused");
    back.shows("certificate", "cert-expired", "fail", Some("zahnfee.de"));
}

/// Nobody called: neither good nor bad.
#[test]
fn evidence_that_shows_nothing() {
    let world = World::new();
    let listening = world
        .post
        .listen(&["--expect", "zahnfee.de", "--for", "1s"]);
    let evidence = world.save(&listening.report());
    let outcome = world.with(&evidence);
    assert_eq!(outcome.code, 3);
    let [there, _] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-unknown",
        "unknown",
        Some("zahnfee.de"),
    );
    let codes = there.finding("pair-caller", "pair-caller-unknown")["args"]["codes"].to_string();
    assert!(codes.contains("call-nothing-came"), "{codes}");
}

/// Who was not asked for a certificate may have one.
#[test]
fn evidence_that_did_not_ask_is_not_taken_for_it() {
    let world = World::new();
    let args = ["--expect", "zahnfee.de", "--client-cert", "none"];
    let evidence = world.heard(&args, None);
    let outcome = world.with(&evidence);
    let [there, _] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    there.shows(
        "pair-caller",
        "pair-caller-inferred",
        "info",
        Some("zahnfee.de"),
    );
}

#[test]
fn evidence_of_somebody_else_is_refused() {
    let world = World::new();
    let listening = world.post.listen(&["--expect", "elhada.es", "--for", "1s"]);
    let evidence = world.save(&listening.report());
    let (code, stdout, stderr) = world.pair().arg("--evidence").arg(&evidence).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    for word in ["listen.json", "elhada.es", "zahnfee.de or toothfairy.uk"] {
        assert!(stderr.contains(word), "{word}: {stderr}");
    }
    let check = Run::new("check").args(&["zahnfee.de", "--format=json", "--resolver"]);
    let check = check.arg(world.post.dns.address().to_string());
    let check = check.connect("81.2.3.4", world.one.address()).run();
    let evidence = world.save(&check);
    let run = world.pair().args(&["--lang", "de"]).arg("--evidence");
    let (code, _, stderr) = run.arg(&evidence).text();
    assert_eq!(code, 2);
    assert!(stderr.contains("kein Bericht von xfed listen"), "{stderr}");
    for broken in ["{", "", "Nobody called.\n", "[]", "{\"a\": 1}"] {
        std::fs::write(&evidence, broken).expect("writable");
        for (lang, words) in [
            ("en", "is no report of xfed listen"),
            ("de", "ist kein Bericht von xfed listen"),
        ] {
            let run = world.pair().args(&["--lang", lang]).arg("--evidence");
            let (code, _, stderr) = run.arg(&evidence).text();
            assert_eq!(code, 2);
            assert!(stderr.contains(words), "{broken}: {stderr}");
            assert!(!stderr.contains("line 1"), "{broken}: {stderr}");
        }
    }
}

/// A test partner that several have called has a report on each of them.
#[test]
fn evidence_of_others_beside_is_passed_over() {
    let world = World::new();
    let listening = world.post.listen(&[]);
    let other = world.post.authority.certificate("sip.elhada.es").issue();
    for (identity, number) in [(world.post.xphone(), 1), (other, 2)] {
        let domain = if number == 1 {
            "zahnfee.de"
        } else {
            "elhada.es"
        };
        let text = crate::listen::text(listening.user(), number).replace("zahnfee.de", domain);
        let mut caller = listening
            .call()
            .presenting(identity)
            .connect()
            .expect("TLS");
        caller.ask(&text);
    }
    let outcome = listening.end();
    assert_eq!(outcome.json["reports"].as_array().map(Vec::len), Some(2));
    let evidence = world.save(&outcome);
    let outcome = world.with(&evidence);
    let [there, _] = ways(&outcome);
    there.lacks("pair-caller-inferred");
}

#[test]
fn evidence_from_the_future_is_refused() {
    let world = World::new();
    let evidence = world.heard_at(2, "future.json", Some(world.post.xphone()));
    for (lang, words) in [("en", "which is still to come"), ("de", "in der Zukunft")] {
        let run = world.pair().args(&["--lang", lang]).arg("--evidence");
        let (code, stdout, stderr) = run.arg(&evidence).text();
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(words), "{stderr}");
    }
}

/// What was wrong yesterday may be mended by now, in whatever order the files are given.
#[test]
fn of_several_the_latest_counts() {
    let world = World::new();
    let bad = world.heard_at(-24, "bad.json", None);
    let good = world.heard_at(-1, "good.json", Some(world.post.xphone()));
    for files in [[&bad, &good], [&good, &bad]] {
        let run = world.pair().arg("--evidence").arg(files[0]);
        let outcome = run.arg("--evidence").arg(files[1]).run();
        let [there, _] = ways(&outcome);
        there.lacks("pair-caller-refused");
        let finding = there.finding("pair-caller", "pair-evidence-latest");
        assert_eq!(finding["args"]["count"], 2);
        assert_eq!(finding["severity"], "info");
    }
    // It says nothing where nobody called.
    let listening = world
        .post
        .listen(&["--expect", "zahnfee.de", "--for", "1s"]);
    let nothing = world.save_as("nothing.json", &listening.report());
    let run = world.pair().arg("--evidence").arg(&nothing);
    let outcome = run.arg("--evidence").arg(&bad).run();
    let [there, _] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-refused",
        "fail",
        Some("zahnfee.de"),
    );
    assert_eq!(outcome.code, 1);
}

/// Two machines that call, or something that changes: nothing follows for others.
#[test]
fn two_from_the_same_time_that_contradict_each_other() {
    let world = World::new();
    let bad = world.heard_at(0, "bad.json", None);
    let good = world.heard_at(0, "good.json", Some(world.post.xphone()));
    for file in [&bad, &good] {
        // Both have listened for an hour.
        let text = std::fs::read_to_string(file).expect("it was written");
        let mut json: Value = serde_json::from_str(&text).expect("JSON");
        json["reports"][0]["facts"]["calls"]["listened"] = 3_600_000.into();
        std::fs::write(file, json.to_string()).expect("writable");
    }
    let run = world.pair().arg("--evidence").arg(&bad);
    let outcome = run.arg("--evidence").arg(&good).run();
    let [there, _] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-evidence-disputed",
        "unknown",
        Some("zahnfee.de"),
    );
    there.lacks("pair-caller-refused");
    assert_eq!(there.report["verdict"], "inconclusive");
    let finding = there.finding("pair-caller", "pair-evidence-disputed");
    let message = finding["message"].as_str().expect("a message");
    assert!(
        message.contains("the server presents no certificate"),
        "{message}"
    );
}

/// What its own server shows keeps it out all the same.
#[test]
fn evidence_that_shows_nothing_does_not_better_what_is_known() {
    let world = World::showing(|post| {
        let expired = post.authority.certificate("xphone.zahnfee.de");
        expired.rsa().valid(-100, -10).issue()
    });
    let listening = world
        .post
        .listen(&["--expect", "zahnfee.de", "--for", "1s"]);
    let evidence = world.save(&listening.report());
    let outcome = world.with(&evidence);
    let [there, back] = ways(&outcome);
    there.shows(
        "pair-caller",
        "pair-caller-refused",
        "fail",
        Some("zahnfee.de"),
    );
    there.shows(
        "pair-caller",
        "pair-caller-unknown",
        "unknown",
        Some("zahnfee.de"),
    );
    assert_eq!(there.report["verdict"], "not-ready");
    assert_eq!(back.report["verdict"], "not-ready");
}

/// From the same authority and for the same days: the serial number tells them apart.
#[test]
fn two_certificates_are_told_apart() {
    let world = World::new();
    let other = world
        .post
        .authority
        .certificate("xphone.zahnfee.de")
        .issue();
    let evidence = world.heard(&["--expect", "zahnfee.de"], Some(other));
    let outcome = world.with(&evidence);
    let [there, _] = ways(&outcome);
    let finding = there.finding("pair-caller", "pair-caller-other");
    let (presented, shown) = (&finding["args"]["presented"], &finding["args"]["shown"]);
    assert_eq!(presented[0], shown[0], "the issuer");
    assert_ne!(presented[1], shown[1], "the serial number");
    for args in [presented, shown] {
        let serial = args[1].as_str().expect("a number");
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(serial), "{message}");
    }
}

/// A report without a caller is on the test partner's own domain, which has called nobody.
#[test]
fn evidence_of_nobody_is_refused_where_the_test_partner_is_of_the_pair() {
    let world = World::new();
    let listening = world.post.listen(&["--for", "1s"]);
    let evidence = world.save(&listening.report());
    let run = Run::new("pair").args(&["echo.example", OTHER, "--resolver"]);
    let run = run.arg(world.post.dns.address().to_string());
    let run = run.connect("81.2.3.4", world.one.address());
    let (code, stdout, stderr) = run.arg("--evidence").arg(&evidence).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    for word in ["about echo.example", "--expect"] {
        assert!(stderr.contains(word), "{word}: {stderr}");
    }
}
