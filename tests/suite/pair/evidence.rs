//! `--evidence`: what a test partner has seen counts before what is inferred.

use std::path::PathBuf;

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

    fn save(&self, outcome: &Outcome) -> PathBuf {
        let file = self.post.folder.file("listen.json");
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
            .is_some_and(|seen| seen.starts_with("measured")),
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
    std::fs::write(&evidence, "{").expect("writable");
    let (code, _, stderr) = world.pair().arg("--evidence").arg(&evidence).text();
    assert_eq!(code, 2);
    assert!(stderr.contains("listen.json"), "{stderr}");
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
