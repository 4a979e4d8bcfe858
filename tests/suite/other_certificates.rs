//! Certificates that only some partners are shown: those who can use RSA only, those with TLS 1.2, each second one.
//! What is wrong with them weighs as it does at the first, and their own lists say whether they are revoked.

use time::OffsetDateTime;

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, ZONE, demanding, file};
use crate::world::list::{List, places};
use crate::world::made::{
    self, CLIENT_AUTH, Draft, KEY_ENCIPHERMENT, Key, SERVER_AUTH, identity, pem, sequence,
};
use crate::world::staple::Staple;
use crate::world::{Identity, Page, Refused, Server, balancer, by_name, by_version};

const WARNS: &str = "pass pass pass pass warn pass";
const UNDECIDED: &str = "pass pass pass pass unknown pass";
const FAILS: &str = "pass pass pass pass fail pass";

const DISTRIBUTION: &str = "2.5.29.31";
const ACCESS: &str = "1.3.6.1.5.5.7.1.1";
const OWN: &str = "http://own.zahnfee.de/list.crl";
const OTHER: &str = "http://other.zahnfee.de/list.crl";
const ABOVE: &str = "http://above.zahnfee.de/list.crl";

const RSA: &str = "cert-other-for-rsa";
const WINDOWS: &str = "cert-other-for-windows";
const TURNS: &str = "cert-differs-by-connection";

/// A root with two authorities below it: one for the right certificate, and one for the other.
struct World {
    now: OffsetDateTime,
    root: Draft,
    issuing: [Draft; 2],
    leaf: Draft,
}

impl World {
    fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let authority = |name: &str| Draft::authority(name, now);
        Self {
            now,
            root: authority("CN=Molar Root CA"),
            issuing: ["CN=Molar CA 1", "CN=Molar CA 2"].map(authority),
            leaf: Draft::server(FQDN, now),
        }
    }

    /// The key of the root, or of an authority below it.
    fn key(number: u8) -> Key {
        Key::p256(number)
    }

    /// The right one, with this key.
    fn right(&self, key: &Key) -> Identity {
        let leaf = self.leaf.clone().with(DISTRIBUTION, false, places(OWN));
        let leaf = leaf.signed(key, &self.issuing[0], &Self::key(1));
        let above = self.issuing[0].signed(&Self::key(1), &self.root, &Self::key(3));
        identity(&[&leaf, &above], key)
    }

    fn other_leaf(&self) -> Draft {
        let serial = 9;
        let leaf = self.leaf.clone().with(DISTRIBUTION, false, places(OTHER));
        Draft { serial, ..leaf }
    }

    /// The other one, with an RSA key, and what is sent with it.
    fn other(&self, leaf: &Draft, sent: &[Vec<u8>]) -> Identity {
        let leaf = leaf.signed(&Key::rsa(), &self.issuing[1], &Self::key(2));
        let chain = std::iter::once(&leaf).chain(sent);
        let chain: Vec<&[u8]> = chain.map(Vec::as_slice).collect();
        identity(&chain, &Key::rsa())
    }

    fn above(&self, authority: &Draft) -> Vec<u8> {
        authority.signed(&Self::key(2), &self.root, &Self::key(3))
    }

    /// Each way in which only some are shown the other one, and the code that tells of it.
    fn shown(&self, other: &Identity) -> [(Server, Vec<Server>, &'static str); 3] {
        let demanding = |identity: Identity| demanding(identity).start();
        let right = || demanding(self.right(&Key::rsa()));
        let other_one = || demanding(other.clone());
        let dual = self::demanding(self.right(&Key::p256(4))).for_rsa(other.clone());
        let [one, two] = [[right(), other_one()], [right(), other_one()]];
        [
            (dual.start(), Vec::new(), RSA),
            (by_version(&one[0], &one[1]), one.into(), WINDOWS),
            (balancer(&[&two[0], &two[1]]), two.into(), TURNS),
        ]
    }

    fn check(&self, server: &Server, lists: &[(&str, &Server)]) -> Outcome {
        let hosts = "own A 81.2.3.9\nother A 81.2.3.10\nabove A 81.2.3.11\n";
        let stage = Stage::with_zone(&format!("{ZONE}\n{hosts}"));
        let roots = file(&pem(&[&self.root.self_signed(&Self::key(3))]));
        let run = stage.check_without_roots("zahnfee.de");
        let run = run.arg("--ca-file").arg(roots.path());
        let mut run = run.connect("81.2.3.4", server.address());
        for (address, list) in lists {
            run = run.connect(address, list.address());
        }
        run.run()
    }

    /// The list of an authority, or of the root, that names these numbers.
    fn list(&self, issuer: (&Draft, u8), revoked: &[u8]) -> Server {
        let (draft, key) = (issuer.0, Self::key(issuer.1));
        let list = List {
            revoked: revoked.iter().map(|serial| (*serial, 1)).collect(),
            ..List::new(self.now, (&draft.subject, &key), 1)
        };
        Server::web(Page::Length(list.der()))
    }
}

#[track_caller]
fn told(outcome: &Outcome, code: &str, severity: &str, what: &str, codes: &[&str]) {
    outcome.shows("certificate", code, severity);
    let args = &outcome.finding("certificate", code)["args"];
    assert_eq!(args["what"], what, "{outcome}");
    assert_eq!(args["codes"], serde_json::json!(codes), "{outcome}");
    match severity {
        "fail" => outcome.stands(FAILS, "not-ready", 1),
        "unknown" => outcome.stands(UNDECIDED, "inconclusive", 3),
        _ => outcome.stands(WARNS, "ready-with-warnings", 0),
    };
}

/// This other one is what it is at the first, whoever is shown it.
#[track_caller]
fn weighs_as_at_the_first(world: &World, other: &Identity, severity: &str, codes: &[&str]) {
    let first = demanding(other.clone()).start();
    let outcome = world.check(&first, &[]);
    for code in codes {
        let at_first = outcome.finding("certificate", code)["severity"].clone();
        assert!(at_first == "warn" || at_first == severity, "{outcome}");
    }
    let what = if severity == "warn" { "warned" } else { "open" };
    for (server, _behind, code) in world.shown(other) {
        told(&world.check(&server, &[]), code, severity, what, codes);
    }
}

#[test]
fn what_only_some_partners_refuse() {
    let world = World::new();
    let leaf = || world.other_leaf();
    let above = world.above(&world.issuing[1]);
    let must_staple = sequence(&[&[2, 1, 5]]);
    for (leaf, code) in [
        (leaf().usage(KEY_ENCIPHERMENT), "cert-no-digital-signature"),
        (
            leaf().with("1.3.6.1.5.5.7.1.24", false, must_staple),
            "cert-must-staple",
        ),
        (
            leaf().with(ACCESS, true, sequence(&[])),
            "cert-refused-by-some",
        ),
        (leaf().purposes(&[SERVER_AUTH]), "cert-no-client-auth"),
        (leaf().valid(world.now, -80, 2), "cert-expires-soon"),
    ] {
        let other = world.other(&leaf, std::slice::from_ref(&above));
        weighs_as_at_the_first(&world, &other, "warn", &[code]);
    }
}

/// Before the right intermediate stands one that leads OpenSSL and GnuTLS astray.
#[test]
fn a_needless_certificate() {
    let world = World::new();
    let authority = &world.issuing[1];
    let elsewhere = [made::der(0x82, b"other.example")];
    let cross = authority.clone().constraints(&elsewhere, &[]);
    let cross = Draft { serial: 8, ..cross };
    let past = authority.clone().valid(world.now, -900, -3);
    let past = Draft { serial: 8, ..past };
    for needless in [cross, past] {
        let sent = [world.above(&needless), world.above(authority)];
        let other = world.other(&world.other_leaf(), &sent);
        weighs_as_at_the_first(&world, &other, "warn", &["cert-misleading-issuer"]);
    }
}

#[test]
fn what_could_not_be_tested() {
    let mut world = World::new();
    let demands = sequence(&[&[0x80, 1, 0]]);
    world.issuing[1] = world.issuing[1].clone().with("2.5.29.36", true, demands);
    let sent = [world.above(&world.issuing[1])];
    let other = world.other(&world.other_leaf(), &sent);
    let codes = ["cert-not-verifiable", "cert-refused-by-some"];
    weighs_as_at_the_first(&world, &other, "unknown", &codes);
}

/// Both are right only where nothing is wrong with either.
#[test]
fn the_same_is_wrong_with_both() {
    let mut world = World::new();
    world.leaf = world.leaf.clone().purposes(&[SERVER_AUTH]);
    let sent = [world.above(&world.issuing[1])];
    let code = "cert-no-client-auth";
    let other = world.other(&world.other_leaf(), &sent);
    let [(_, _, _), (windows, _behind, _), (turns, _servers, _)] = world.shown(&other);
    told(&world.check(&turns, &[]), TURNS, "warn", "alike", &[code]);
    // At the first it is said already.
    world
        .check(&windows, &[])
        .shows("certificate", code, "warn")
        .lacks(WINDOWS);
    let right = world.other_leaf().purposes(&[SERVER_AUTH, CLIENT_AUTH]);
    let other = world.other(&right, &sent);
    let [_, _, (turns, _servers, _)] = world.shown(&other);
    told(&world.check(&turns, &[]), TURNS, "warn", "right", &[code]);
}

/// As Let's Encrypt does it: each certificate names the part of the list that it would stand on.
#[test]
fn each_has_its_own_list() {
    let world = World::new();
    let sent = [world.above(&world.issuing[1])];
    let other = world.other(&world.other_leaf(), &sent);
    for (server, _behind, code) in world.shown(&other) {
        let own = world.list((&world.issuing[0], 1), &[]);
        let revoking = world.list((&world.issuing[1], 2), &[9]);
        let lists = [("81.2.3.9", &own), ("81.2.3.10", &revoking)];
        let outcome = world.check(&server, &lists);
        told(&outcome, code, "fail", "revoked", &["cert-revoked"]);
        assert_eq!((own.connections(), revoking.connections()), (1, 1));
        let clean = world.list((&world.issuing[1], 2), &[7]);
        let lists = [("81.2.3.9", &own), ("81.2.3.10", &clean)];
        let outcome = world.check(&server, &lists);
        outcome.lacks("cert-revoked");
        if code == TURNS {
            told(&outcome, code, "warn", "both", &[]);
        } else {
            outcome.lacks(code).stands(ALL_PASS, "ready", 0);
        }
        assert_eq!(clean.connections(), 1);
    }
}

#[test]
fn what_is_above_the_other_one_is_revoked() {
    let mut world = World::new();
    let authority = world.issuing[1].clone();
    let authority = authority.with(DISTRIBUTION, false, places(ABOVE));
    world.issuing[1] = Draft {
        serial: 8,
        ..authority
    };
    let sent = [world.above(&world.issuing[1])];
    let other = world.other(&world.other_leaf(), &sent);
    for (server, _behind, code) in world.shown(&other) {
        let above = world.list((&world.root, 3), &[8]);
        let outcome = world.check(&server, &[("81.2.3.11", &above)]);
        told(&outcome, code, "fail", "revoked", &["cert-revoked"]);
        assert_eq!(above.connections(), 1);
    }
}

/// Another way up, which was sent as well, counts there as it does at the first.
#[test]
fn another_way_leads_around_what_is_revoked() {
    let world = World::new();
    let authority = world.issuing[1].clone();
    let revoked = authority.with(DISTRIBUTION, false, places(ABOVE));
    let revoked = Draft {
        serial: 8,
        ..revoked
    };
    let sent = [world.above(&revoked), world.above(&world.issuing[1])];
    let other = world.other(&world.other_leaf(), &sent);
    for (server, _behind, code) in world.shown(&other) {
        let above = world.list((&world.root, 3), &[8]);
        let outcome = world.check(&server, &[("81.2.3.11", &above)]);
        outcome.lacks("cert-revoked");
        if code != TURNS {
            outcome.lacks(code).stands(ALL_PASS, "ready", 0);
        }
    }
}

#[test]
fn a_responder_and_a_staple() {
    let world = World::new();
    let access = [
        made::oid("1.3.6.1.5.5.7.48.1"),
        made::der(0x86, b"http://other.zahnfee.de/"),
    ];
    let access = sequence(&[&sequence(&[&access[0], &access[1]])]);
    let leaf = world.other_leaf().without(DISTRIBUTION);
    let leaf = leaf.with(ACCESS, false, access);
    let sent = [world.above(&world.issuing[1])];
    let other = world.other(&leaf, &sent);
    let key = World::key(2);
    let status = crate::world::staple::revoked(world.now, 1);
    let answer = Staple {
        status,
        ..Staple::new(world.now, (&world.issuing[1].subject, &key), 9)
    };
    let answer = answer.response();
    for (server, _behind, code) in world.shown(&other) {
        let responder = Server::web(Page::Length(answer.clone()));
        let outcome = world.check(&server, &[("81.2.3.10", &responder)]);
        told(&outcome, code, "fail", "revoked", &["cert-revoked"]);
        assert_eq!(responder.connections(), 1);
    }
    let right = demanding(world.right(&Key::rsa())).start();
    let stapling = demanding(other).stapling(answer).start();
    let outcome = world.check(&by_version(&right, &stapling), &[]);
    told(&outcome, WINDOWS, "fail", "revoked", &["cert-revoked"]);
}

/// Few partners do not name the server, whatever is wrong with what those are shown.
#[test]
fn without_a_name() {
    let world = World::new();
    let above = [world.above(&world.issuing[1])];
    let leaf = world.other_leaf().valid(world.now, -80, 2);
    let soon = demanding(world.other(&leaf, &above)).start();
    let other = demanding(world.other(&world.other_leaf(), &above)).start();
    let right = demanding(world.right(&Key::rsa())).start();
    let list = world.list((&world.issuing[1], 2), &[9]);
    for (other, code) in [(&soon, "cert-expires-soon"), (&other, "cert-revoked")] {
        let between = by_name(Some(&right), Some(other), Refused::Close);
        let lists: &[_] = if code == "cert-revoked" {
            &[("81.2.3.10", &list)]
        } else {
            &[]
        };
        let outcome = world.check(&between, lists);
        outcome
            .shows("federation", "tls-needs-server-name", "warn")
            .stands("pass pass pass pass pass warn", "ready-with-warnings", 0);
        let args = &outcome.finding("federation", "tls-needs-server-name")["args"];
        assert_eq!(args["codes"], serde_json::json!([code]), "{outcome}");
    }
}
