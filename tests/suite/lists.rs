//! Revocation lists by hand: chains that are trusted although a library for the public web would not
//! follow them have lists, too, and what those lists say counts.

use crate::path_world::World;
use crate::stage::{Outcome, Stage, ZONE, demanding, file};
use crate::world::made::{Draft, Hash, Key, UTF8, der, identity, name, oid, pem, sequence, utc};
use crate::world::{Page, Server};

const URL: &str = "http://crl.zahnfee.de/issuing.crl";
const DISTRIBUTION: &str = "2.5.29.31";
const SCOPE: &str = "2.5.29.28";
const POLICIES: &str = "2.5.29.32";

/// The leaf's own serial number, and another.
const OWN: u8 = 7;
const OTHER: u8 = 9;

/// A list not yet signed, by the issuer of the leaf.
struct List {
    serial: u8,
    reason: u8,
    days: (i64, i64),
    scope: Option<Vec<u8>>,
}

impl List {
    fn naming(serial: u8) -> Self {
        Self {
            serial,
            reason: 1,
            days: (-1, 7),
            scope: None,
        }
    }

    fn der(&self, world: &World) -> Vec<u8> {
        let key = &world.issuing_key;
        let day = |days| utc(world.now + time::Duration::days(days));
        let reason = sequence(&[&oid("2.5.29.21"), &der(4, &[0x0a, 1, self.reason])]);
        let entry = sequence(&[&[2, 1, self.serial], &day(-3), &sequence(&[&reason])]);
        let scope = self.scope.iter().map(|scope| {
            let critical: &[u8] = &[1, 1, 0xff];
            sequence(&[&oid(SCOPE), critical, &der(4, scope)])
        });
        let extensions = scope.collect::<Vec<_>>().concat();
        let (algorithm, _) = key.sign(Hash::Sha256, b"");
        let signed = sequence(&[
            &[2, 1, 1],
            &algorithm,
            &world.issuing.subject,
            &day(self.days.0),
            &day(self.days.1),
            &sequence(&[&entry]),
            &der(0xa0, &der(0x30, &extensions)),
        ]);
        let (algorithm, signature) = key.sign(Hash::Sha256, &signed);
        let signature = der(3, &[&[0][..], &signature].concat());
        sequence(&[&signed, &algorithm, &signature])
    }
}

fn met(mut world: World, list: &List) -> Outcome {
    let uri = der(0x86, URL.as_bytes());
    let point = sequence(&[&der(0xa0, &der(0xa0, &uri))]);
    world.leaf = world.leaf.with(DISTRIBUTION, false, sequence(&[&point]));
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let server = demanding(identity(&[&leaf, &issuing], &world.leaf_key)).start();
    let web = Server::web(Page::Length(list.der(&world)));
    let stage = Stage::with_zone(&format!("{ZONE}\ncrl A 81.2.3.9"));
    let roots = file(&pem(&[&world.root_der()]));
    let run = stage.check_without_roots("zahnfee.de");
    let run = run.arg("--ca-file").arg(roots.path());
    run.connect("81.2.3.4", server.address())
        .connect("81.2.3.9", web.address())
        .run()
}

#[track_caller]
fn is_revoked(outcome: &Outcome) {
    outcome.shows("certificate", "cert-revoked", "fail").stands(
        "pass pass pass pass fail pass",
        "not-ready",
        1,
    );
}

#[track_caller]
fn is_unknown(outcome: &Outcome, reason: &str) {
    let finding = outcome.finding("certificate", "cert-revocation-unknown");
    assert_eq!(finding["args"]["reason"], reason, "{outcome}");
}

#[test]
fn every_chain_that_is_trusted_has_its_list() {
    let policies = || {
        let policy = sequence(&[&sequence(&[&oid("2.23.140.1.2.2")])]);
        World::with_issuing(|draft, _| draft.with(POLICIES, true, policy))
    };
    let large = || World {
        root_key: Key::p521(4),
        ..World::new()
    };
    let directory = || {
        let mut world = World::with_issuing(|draft, _| {
            let permitted = [
                der(0x82, b"zahnfee.de"),
                der(0xa4, &name("O=Zahnfee", UTF8)),
            ];
            draft.constraints(&permitted, &[])
        });
        world.leaf.subject = name("O=Zahnfee, CN=xphone.zahnfee.de", UTF8);
        world
    };
    let long_hash = || {
        let mut world = World::new();
        world.leaf.hash = Hash::Sha512;
        world
    };
    let other_string = || {
        let issuer = name(crate::path_world::ISSUING, 19);
        World::with_leaf(|draft, _| Draft {
            issuer: Some(issuer),
            ..draft
        })
    };
    let worlds: [&dyn Fn() -> World; 5] =
        [&policies, &large, &directory, &long_hash, &other_string];
    for world in worlds {
        is_revoked(&met(world(), &List::naming(OWN)));
        met(world(), &List::naming(OTHER))
            .lacks("cert-revocation-unknown")
            .stands("pass pass pass pass pass pass", "ready", 0);
    }
}

#[test]
fn an_old_list_frees_nobody() {
    let old = |serial| List {
        days: (-9, -1),
        ..List::naming(serial)
    };
    is_revoked(&met(World::new(), &old(OWN)));
    is_unknown(&met(World::new(), &old(OTHER)), "expired");
}

#[test]
fn a_list_counts_for_those_that_it_is_made_for() {
    let scoped = |serial, scope: &[u8]| {
        let scope = Some(sequence(&[scope]));
        let list = List {
            scope,
            ..List::naming(serial)
        };
        met(World::new(), &list)
    };
    // Only certificates of users; only some reasons.
    is_revoked(&scoped(OWN, &[0x81, 1, 0xff]));
    is_revoked(&scoped(OWN, &[0x83, 2, 1, 0x60]));
    is_unknown(&scoped(OTHER, &[0x83, 2, 1, 0x60]), "not-verified");
    // Only certificates of CAs; those of other issuers, too.
    is_unknown(&scoped(OWN, &[0x82, 1, 0xff]), "not-verified");
    is_unknown(&scoped(OWN, &[0x84, 1, 0xff]), "not-verified");
}

/// removeFromCRL
#[test]
fn what_is_taken_back_is_not_revoked() {
    let list = List {
        reason: 8,
        ..List::naming(OWN)
    };
    met(World::new(), &list).lacks("cert-revoked");
}
