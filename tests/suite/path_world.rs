//! What the tests of chains share: a root, an intermediate and a leaf that are all right, until a test
//! changes one of them, and what a finding is to say.

use time::OffsetDateTime;

use crate::stage::{FQDN, Outcome, Run, Stage, demanding, file};
use crate::world::made::{self, Draft, Key};
use crate::world::{Identity, Server};

pub(crate) const ALL_PASS: &str = "pass pass pass pass pass pass";
pub(crate) const FAILS: &str = "pass pass pass pass fail pass";
pub(crate) const WARNS: &str = "pass pass pass pass warn pass";
pub(crate) const UNDECIDED: &str = "pass pass pass pass unknown pass";

pub(crate) const ROOT: &str = "O=Molar, CN=Molar Trust Root CA";
pub(crate) const ISSUING: &str = "O=Molar, CN=Molar Trust Issuing CA";

/// A root, an intermediate below it, and a leaf: all right, until a test changes one of them.
pub(crate) struct World {
    pub(crate) now: OffsetDateTime,
    pub(crate) root: Draft,
    pub(crate) issuing: Draft,
    pub(crate) leaf: Draft,
    pub(crate) root_key: Key,
    pub(crate) issuing_key: Key,
    pub(crate) leaf_key: Key,
}

impl World {
    pub(crate) fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            now,
            root: Draft::authority(ROOT, now),
            issuing: Draft::authority(ISSUING, now),
            leaf: Draft::server(FQDN, now),
            root_key: Key::p256(1),
            issuing_key: Key::p256(2),
            leaf_key: Key::rsa(),
        }
    }

    pub(crate) fn with_root(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let root = change(world.root.clone(), world.now);
        Self { root, ..world }
    }

    pub(crate) fn with_issuing(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let issuing = change(world.issuing.clone(), world.now);
        Self { issuing, ..world }
    }

    pub(crate) fn with_leaf(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let leaf = change(world.leaf.clone(), world.now);
        Self { leaf, ..world }
    }

    pub(crate) fn root_der(&self) -> Vec<u8> {
        self.root.self_signed(&self.root_key)
    }

    pub(crate) fn issuing_der(&self) -> Vec<u8> {
        self.issuing
            .signed(&self.issuing_key, &self.root, &self.root_key)
    }

    pub(crate) fn leaf_der(&self) -> Vec<u8> {
        self.leaf
            .signed(&self.leaf_key, &self.issuing, &self.issuing_key)
    }

    /// Leaf and intermediate are sent.
    pub(crate) fn met(&self) -> Outcome {
        let (leaf, issuing) = (self.leaf_der(), self.issuing_der());
        self.met_showing(&[&leaf, &issuing])
    }

    /// The leaf comes directly below the root.
    pub(crate) fn met_without_intermediate(&self) -> Outcome {
        let leaf = self.leaf.signed(&self.leaf_key, &self.root, &self.root_key);
        self.met_showing(&[&leaf])
    }

    pub(crate) fn met_showing(&self, chain: &[&[u8]]) -> Outcome {
        met(made::identity(chain, &self.leaf_key), &[&self.root_der()])
    }
}

pub(crate) fn met(identity: Identity, roots: &[&[u8]]) -> Outcome {
    let server = demanding(identity).start();
    met_at(&server, roots, |run| run)
}

pub(crate) fn met_at(server: &Server, roots: &[&[u8]], change: impl FnOnce(Run) -> Run) -> Outcome {
    let stage = Stage::new();
    let roots = file(&made::pem(roots));
    let run = stage.check_without_roots("zahnfee.de").arg("--ca-file");
    let run = run.arg(roots.path()).arg("--no-revocation");
    change(run.connect_to(server)).run()
}

/// What a test asserts of the one finding of a code.
pub(crate) trait Told {
    /// It has this severity, and its message holds these words.
    fn says(&self, step: &str, code: &str, severity: &str, words: &[&str]) -> &Outcome;

    /// It is the only finding of weight, and a failure.
    fn fails(&self, step: &str, code: &str, words: &[&str]);

    /// It is the only finding of weight, and a warning.
    fn warns(&self, step: &str, code: &str, words: &[&str]);
}

impl Told for Outcome {
    #[track_caller]
    fn says(&self, step: &str, code: &str, severity: &str, words: &[&str]) -> &Outcome {
        let finding = self.finding(step, code);
        let message = finding["message"].as_str().expect("a message").to_owned();
        for word in words {
            assert!(message.contains(word), "{word:?} is not in {message:?}");
        }
        self.shows(step, code, severity)
    }

    #[track_caller]
    fn fails(&self, step: &str, code: &str, words: &[&str]) {
        alone(self, code);
        let outcome = self.says(step, code, "fail", words);
        outcome.stands(FAILS, "not-ready", 1);
    }

    #[track_caller]
    fn warns(&self, step: &str, code: &str, words: &[&str]) {
        alone(self, code);
        let outcome = self.says(step, code, "warn", words);
        outcome.stands(WARNS, "ready-with-warnings", 0);
    }
}

#[track_caller]
fn alone(outcome: &Outcome, code: &str) {
    let findings = outcome.step("certificate")["findings"].as_array();
    let weighty = findings.expect("findings").iter();
    let weighty: Vec<_> = weighty
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(weighty, [code], "{outcome}");
}

pub(crate) fn is_ready(outcome: &Outcome) {
    outcome.stands(ALL_PASS, "ready", 0);
}
