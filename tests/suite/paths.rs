//! Paths that are no cell of the table: the shape of the chain, keys that few have, and chains made
//! to cost time.

use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::macros::datetime;
use tokio_rustls::rustls::pki_types::CertificateDer;
use xfed::internals::{
    Der, GapReason, PathFacts, PathFault, PathRemark, PathVerdict, Roots, Unverifiable,
};

use crate::stage::FQDN;
use crate::world::made::{self, Draft, Hash, Key};

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);

fn judged(roots: &[&[u8]], chain: &[&[u8]]) -> PathFacts {
    let roots = roots.iter().map(|der| CertificateDer::from(der.to_vec()));
    let chain: Vec<Der> = chain.iter().map(|der| Der(der.to_vec())).collect();
    let facts = Roots::from_certificates(roots).look_at(&chain, NOW.unix_timestamp());
    facts.expect("the leaf can be read")
}

fn authority(name: &str) -> Draft {
    Draft::authority(&format!("CN={name}"), NOW)
}

fn server() -> Draft {
    Draft::server(FQDN, NOW)
}

#[track_caller]
fn is_trusted(roots: &[&[u8]], chain: &[&[u8]]) {
    let facts = judged(roots, chain);
    assert_eq!(facts.verdict, PathVerdict::Trusted);
    assert_eq!(facts.remarks, []);
}

/// The faults of a refused path: which certificate, and what of it.
#[track_caller]
fn faults(facts: PathFacts) -> Vec<(String, PathFault)> {
    let PathVerdict::Refused(faults) = facts.verdict else {
        panic!("{facts:?}");
    };
    let faults = faults.into_iter();
    faults
        .map(|fault| (fault.certificate.subject, fault.what))
        .collect()
}

#[track_caller]
fn gap(facts: PathFacts) -> (String, String, GapReason) {
    let PathVerdict::NoPath(gap) = facts.verdict else {
        panic!("{facts:?}");
    };
    (gap.top.subject, gap.issuer, gap.why)
}

#[test]
fn keys_and_hashes_of_every_kind_are_verified() {
    let (root_key, int_key, leaf_key) = (Key::p521(1), Key::p256(2), Key::rsa());
    for (root_hash, leaf_hash) in [
        (Hash::Sha512, Hash::Sha256),
        (Hash::Sha256, Hash::Sha512),
        (Hash::Sha512, Hash::Sha512),
    ] {
        let root = authority("EC Root P521");
        let int = Draft {
            hash: root_hash,
            ..authority("EC OV CA")
        };
        let leaf = Draft {
            hash: leaf_hash,
            ..server()
        };
        let chain = [
            leaf.signed(&leaf_key, &int, &int_key),
            int.signed(&int_key, &root, &root_key),
        ];
        is_trusted(&[&root.self_signed(&root_key)], &[&chain[0], &chain[1]]);
    }
    let root_key = Key::ed25519();
    let root = authority("Edwards");
    let leaf = server().signed(&leaf_key, &root, &root_key);
    let facts = judged(&[&root.self_signed(&root_key)], &[&leaf]);
    assert_eq!(facts.verdict, PathVerdict::Trusted);
    // Verified, and still nothing that Windows can verify.
    let key = PathRemark::UnusualKey("Ed25519".to_owned());
    let remarks: Vec<_> = facts
        .remarks
        .into_iter()
        .map(|remark| remark.what)
        .collect();
    assert_eq!(remarks, [key]);
}

#[test]
fn a_long_row_of_intermediates_is_climbed() {
    let keys: Vec<Key> = (1..=8).map(Key::p256).collect();
    let drafts: Vec<Draft> = (0..8)
        .map(|level| authority(&format!("Level {level}")))
        .collect();
    let root = drafts[0].self_signed(&keys[0]);
    let mut chain = vec![server().signed(&Key::rsa(), &drafts[7], &keys[7])];
    for level in 1..8 {
        chain.push(drafts[level].signed(&keys[level], &drafts[level - 1], &keys[level - 1]));
    }
    let mut chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    is_trusted(&[&root], &chain);
    // In any order.
    chain[1..].reverse();
    is_trusted(&[&root], &chain);
}

#[test]
fn strangers_beside_the_issuer_do_no_harm() {
    let (root_key, int_key) = (Key::p256(1), Key::p256(2));
    let (root, int) = (authority("Root"), authority("Issuing"));
    let mut chain = vec![server().signed(&Key::rsa(), &int, &int_key)];
    for number in 0..8 {
        let stranger = Key::p256(10 + number);
        chain.push(authority(&format!("Stranger {number}")).self_signed(&stranger));
    }
    chain.push(int.signed(&int_key, &root, &root_key));
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    is_trusted(&[&root.self_signed(&root_key)], &chain);
}

#[test]
fn an_expired_root_beside_its_renewal_does_no_harm() {
    let key = Key::p256(1);
    let root = authority("Old Private Root");
    let expired = root.clone().valid(NOW, -3700, -50).self_signed(&key);
    let renewed = root.self_signed(&key);
    let leaf = server().signed(&Key::rsa(), &root, &key);
    is_trusted(&[&expired, &renewed], &[&leaf]);
    let faults = faults(judged(&[&expired], &[&leaf]));
    let at = (NOW - time::Duration::days(50)).unix_timestamp();
    assert_eq!(
        faults,
        [("CN=Old Private Root".to_owned(), PathFault::Expired(at))]
    );
}

#[test]
fn a_leaf_that_is_its_own_root_is_trusted() {
    let key = Key::rsa();
    for leaf in [
        server(),
        server().with(made::BASIC, true, made::sequence(&[&[1, 1, 0xff]])),
    ] {
        let leaf = leaf.self_signed(&key);
        is_trusted(&[&leaf], &[&leaf]);
        let stranger = authority("Another").self_signed(&Key::p256(1));
        let facts = gap(judged(&[&stranger], &[&leaf]));
        assert_eq!(facts.2, GapReason::SelfSigned);
    }
}

#[test]
fn a_missing_intermediate_is_told_from_a_wrong_signature() {
    let (root_key, int_key) = (Key::p256(1), Key::p256(2));
    let (root, int) = (authority("Same Name CA"), authority("Same Name CA"));
    let leaf = server().signed(&Key::rsa(), &int, &int_key);
    let root = root.self_signed(&root_key);
    let (_, issuer, why) = gap(judged(&[&root], &[&leaf]));
    assert_eq!(
        (issuer.as_str(), why),
        ("CN=Same Name CA", GapReason::RootHasOtherKey)
    );
    let other = authority("Another").self_signed(&root_key);
    let (_, issuer, why) = gap(judged(&[&other], &[&leaf]));
    assert_eq!(
        (issuer.as_str(), why),
        ("CN=Same Name CA", GapReason::Unknown)
    );
}

#[test]
fn constraints_and_path_lengths_hold_for_all_below() {
    let keys: Vec<Key> = (1..=3).map(Key::p256).collect();
    let root = authority("Root");
    let first = authority("Pathlen 0 CA").path_length(0);
    let second = authority("Below pathlen");
    let chain = [
        server().signed(&Key::rsa(), &second, &keys[2]),
        second.signed(&keys[2], &first, &keys[1]),
        first.signed(&keys[1], &root, &keys[0]),
    ];
    let found = faults(judged(
        &[&root.self_signed(&keys[0])],
        &[&chain[0], &chain[1], &chain[2]],
    ));
    let below = "CN=Below pathlen".to_owned();
    let what = PathFault::PathLength {
        allowed: 0,
        found: 1,
        below,
    };
    assert_eq!(found, [("CN=Pathlen 0 CA".to_owned(), what)]);
}

/// Everybody has signed everybody, and nothing leads to the root.
#[test]
fn chains_made_to_cost_time_cost_little() {
    let keys: Vec<Key> = (1..=9).map(Key::p256).collect();
    let drafts: Vec<Draft> = (0..9)
        .map(|number| authority(&format!("Knot {number}")))
        .collect();
    let mut chain = vec![server().signed(&Key::rsa(), &drafts[0], &keys[0])];
    for (child, key) in drafts.iter().zip(&keys) {
        for (issuer, issuer_key) in drafts.iter().zip(&keys) {
            if !std::ptr::eq(child, issuer) {
                chain.push(child.signed(key, issuer, issuer_key));
            }
        }
    }
    // The same name many times, with keys that differ, so that all signatures are to be tried.
    let same: Vec<Vec<u8>> = (20..=100)
        .map(|number| authority("Knot 0").self_signed(&Key::p256(number)))
        .collect();
    let root = authority("Root").self_signed(&Key::p256(200));
    for more in [&[][..], &same[..]] {
        let chain: Vec<&[u8]> = chain.iter().chain(more).map(Vec::as_slice).collect();
        let start = Instant::now();
        let facts = judged(&[&root], &chain);
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        let PathVerdict::NotVerifiable(about) = facts.verdict else {
            panic!("{facts:?}");
        };
        assert!(matches!(about[0].what, Unverifiable::Signatures(_)));
    }
}

#[test]
fn more_certificates_than_are_looked_at_are_named_as_our_limit() {
    let stranger = authority("Stranger").self_signed(&Key::p256(3));
    let leaf = server().signed(&Key::rsa(), &authority("Root"), &Key::p256(1));
    let mut chain = vec![leaf.as_slice()];
    chain.resize(200, &stranger);
    let root = authority("Root").self_signed(&Key::p256(1));
    assert_eq!(judged(&[&root], &chain).verdict, PathVerdict::Trusted);
    let facts = judged(&[&stranger], &chain);
    assert!(
        matches!(facts.verdict, PathVerdict::NotVerifiable(_)),
        "{facts:?}"
    );
}

#[test]
fn what_is_no_certificate_is_passed_over() {
    let key = Key::p256(1);
    let root = authority("Root");
    let leaf = server().signed(&Key::rsa(), &root, &key);
    let root = root.self_signed(&key);
    is_trusted(&[&root], &[&leaf, b"no certificate", b""]);
    let roots = Roots::from_certificates([CertificateDer::from(root)]);
    let garbage = [Der(b"no certificate".to_vec())];
    assert_eq!(roots.look_at(&garbage, NOW.unix_timestamp()), None);
}

#[test]
fn every_public_root_is_one_here_too() {
    assert_eq!(Roots::public().len(), webpki_roots::TLS_SERVER_ROOTS.len());
}

/// One bit of the leaf or of the intermediate is another one: whatever it is in, nobody vouches for
/// it any more.
#[test]
fn no_changed_certificate_is_trusted() {
    let (root_key, int_key) = (Key::p256(1), Key::p256(2));
    let (root, int) = (authority("Root"), authority("Issuing"));
    let leaf = server().signed(&Key::rsa(), &int, &int_key);
    let int = int.signed(&int_key, &root, &root_key);
    let roots = CertificateDer::from(root.self_signed(&root_key));
    let roots = Roots::from_certificates([roots]);
    let chain = [Der(leaf), Der(int)];
    for which in 0..chain.len() {
        for at in 0..chain[which].0.len() {
            let mut changed = chain.clone();
            changed[which].0[at] ^= 1 << (at % 8);
            let facts = roots.look_at(&changed, NOW.unix_timestamp());
            let trusted = facts.is_some_and(|facts| facts.verdict == PathVerdict::Trusted);
            assert!(!trusted, "certificate {which}, byte {at}");
        }
    }
}
