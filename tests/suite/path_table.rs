//! Paths as a table: root by intermediate by leaf, each property of each certificate right and
//! wrong, judged without network, process or clock. How OpenSSL and GnuTLS judge the same certificates is in
//! `real_peers/paths.rs`, every disagreement explained.
//!
//! What is expected is written from RFC 5280, variant by variant, never from the judge.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use time::macros::datetime;
use xfed::internals::{PathFacts, PathVerdict};

use crate::path_shelf::{Case, Issuer, Leaf, Shelf, UPPER};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);

/// What RFC 5280 says against an issuer of this variant, in this place below the root, with so many CA
/// certificates below it.
fn expected_of_issuer(variant: Issuer, at: usize, below: usize) -> Option<&'static str> {
    let is_root = at == 0;
    match variant {
        Issuer::Expired => Some("expired"),
        Issuer::NotYetValid => Some("not-yet-valid"),
        // Partners take a root without basicConstraints if it is of version 1, which has none, or if
        // its keyUsage says that it issues.
        Issuer::Version1 | Issuer::NoBasicConstraints if is_root => None,
        Issuer::NotCa | Issuer::NoBasicConstraints | Issuer::NoMarks | Issuer::Version1 => {
            Some("not-ca")
        }
        // OpenSSL and GnuTLS disagree about these.
        Issuer::CriticalMappings
        | Issuer::CriticalAccess
        | Issuer::DistantConstraints
        | Issuer::ShortRange
        | Issuer::GappedMask => Some("disputed"),
        // To GnuTLS the name of a root is its bytes, that of an intermediate its letters.
        Issuer::NamesAsPrintable if at == 1 => Some("disputed"),
        Issuer::NoCertSign => Some("no-cert-sign"),
        Issuer::PathLength0 if below > 0 => Some("path-length"),
        // What says anyPurpose alone does not say serverAuth: so OpenSSL and webpki.
        Issuer::ClientOnly | Issuer::AnyPurpose => Some("no-server-auth"),
        Issuer::ServerOnly => Some("no-client-auth"),
        Issuer::PermitsOther => Some("name-not-permitted"),
        Issuer::ExcludesOurs => Some("name-excluded"),
        Issuer::UnknownCritical => Some("critical-extension"),
        Issuer::Repeated => Some("repeated-extension"),
        // OpenSSL does not take it for a root then.
        Issuer::OtherIssuerKey if is_root => Some("disputed"),
        // The signature of a root vouches for nothing.
        _ if is_root => None,
        Issuer::Sha1 => Some("weak-signature"),
        Issuer::Flipped => Some("wrong-signature"),
        Issuer::OtherIssuerKey => Some("other-issuer-key"),
        Issuer::Sound
        | Issuer::NoUsage
        | Issuer::PathLength0
        | Issuer::PermitsOurs
        | Issuer::PermitsDirectory
        | Issuer::CriticalPolicies
        | Issuer::Sha512
        | Issuer::NamesAsPrintable => None,
    }
}

fn expected_of_leaf(variant: Leaf) -> Option<&'static str> {
    match variant {
        Leaf::UnknownCritical | Leaf::CriticalFreshest => Some("critical-extension"),
        Leaf::IssuerInCapitals
        | Leaf::CriticalKeyIdentifier
        | Leaf::NetscapeServer
        | Leaf::NetscapeClient
        | Leaf::NetscapeMail
        | Leaf::EmptyName => Some("disputed"),
        Leaf::Repeated => Some("repeated-extension"),
        Leaf::ShortDate => Some("broken-date"),
        Leaf::Sha1 => Some("weak-signature"),
        Leaf::Flipped => Some("wrong-signature"),
        Leaf::OtherIssuerKey => Some("other-issuer-key"),
        Leaf::OtherIssuerSerial => Some("other-issuer"),
        Leaf::NoDigitalSignature => Some("no-digital-signature"),
        Leaf::Sound
        | Leaf::Authority
        | Leaf::Year1950
        | Leaf::Sha512
        | Leaf::NoUsage
        | Leaf::IssuerAsPrintable
        | Leaf::RawName => None,
    }
}

const REMARKS: [&str; 4] = [
    "no-client-auth",
    "no-digital-signature",
    "other-issuer",
    "disputed",
];

fn expected(case: Case) -> BTreeSet<String> {
    let steps = [
        ("root", Some(case.root)),
        ("upper", case.upper),
        ("issuing", Some(case.issuing)),
    ];
    let steps: Vec<(&str, Issuer)> = steps
        .into_iter()
        .filter_map(|(who, variant)| Some((who, variant?)))
        .collect();
    let mut all = BTreeSet::new();
    for (at, (who, variant)) in steps.iter().enumerate() {
        // An issuer of version 1 does not say which key it has.
        let above = at.checked_sub(1).map(|above| steps[above].1);
        let is_unsaid = above == Some(Issuer::Version1) && *variant == Issuer::OtherIssuerKey;
        let told = expected_of_issuer(*variant, at, steps.len() - 1 - at);
        all.extend(
            told.filter(|_| !is_unsaid)
                .map(|what| format!("{who} {what}")),
        );
        // What permits our names permits no empty one, and no other.
        let permits = matches!(variant, Issuer::PermitsOurs | Issuer::DistantConstraints);
        if permits && matches!(case.leaf, Leaf::EmptyName | Leaf::RawName) {
            all.insert(format!("{who} name-not-permitted"));
        }
        // Nor does what permits the names of the issuing CA and of the leaf permit a third.
        let has_third = at == 0 && case.upper.is_some();
        if *variant == Issuer::PermitsDirectory && has_third {
            all.insert(format!("{who} name-not-permitted"));
        }
    }
    let is_unsaid = case.issuing == Issuer::Version1 && case.leaf == Leaf::OtherIssuerKey;
    let leaf = expected_of_leaf(case.leaf).filter(|_| !is_unsaid);
    all.extend(leaf.map(|what| format!("leaf {what}")));
    all
}

/// All that was said of the path, by certificate and by the name of what was said.
fn told(facts: &PathFacts) -> BTreeSet<String> {
    let mut told = Vec::new();
    let json = serde_json::to_value(facts).expect("facts are JSON");
    let verdict = &json["verdict"];
    let lists = [
        &verdict["refused"],
        &verdict["not-verifiable"],
        &json["remarks"],
    ];
    for about in lists.iter().filter_map(|list| list.as_array()).flatten() {
        let who = match about["certificate"]["subject"].as_str() {
            Some("O=Molar, CN=Molar Trust Root CA") => "root",
            Some("O=Molar, CN=Molar Trust Issuing CA") => "issuing",
            Some(UPPER) => "upper",
            _ => "leaf",
        };
        let what = &about["what"];
        let key = what.as_object().and_then(|what| what.keys().next());
        let what = key.map_or_else(|| what.as_str().expect("a name"), String::as_str);
        told.push(format!("{who} {what}"));
    }
    told.into_iter().collect()
}

/// Every variant of every certificate beside every variant of every other one.
pub(crate) fn pairs() -> Vec<Case> {
    let mut cases = product();
    cases.retain(|case| {
        case.root == Issuer::Sound || case.issuing == Issuer::Sound || case.leaf == Leaf::Sound
    });
    cases
}

/// The same with a second intermediate: each of its variants beside each of every other certificate.
pub(crate) fn longer_pairs() -> Vec<Case> {
    let mut cases = Vec::new();
    for &upper in Issuer::ALL {
        let case = Case {
            root: Issuer::Sound,
            upper: Some(upper),
            issuing: Issuer::Sound,
            leaf: Leaf::Sound,
        };
        let roots = Issuer::ALL.iter().map(|&root| Case { root, ..case });
        let issuing = Issuer::ALL.iter().map(|&issuing| Case { issuing, ..case });
        let leaves = Leaf::ALL.iter().map(|&leaf| Case { leaf, ..case });
        cases.extend(roots.chain(issuing).chain(leaves));
    }
    cases
}

fn product() -> Vec<Case> {
    let mut cases = Vec::new();
    for &root in Issuer::ALL {
        for &issuing in Issuer::ALL {
            cases.extend(Leaf::ALL.iter().map(|&leaf| Case {
                root,
                upper: None,
                issuing,
                leaf,
            }));
        }
    }
    cases
}

#[test]
fn every_pair_is_told_as_it_is() {
    let shelf = Shelf::at(NOW);
    let mut wrong = Vec::new();
    for case in pairs().into_iter().chain(longer_pairs()) {
        let facts = shelf.judged(case);
        let (expected, told) = (expected(case), told(&facts));
        let sound = expected
            .iter()
            .all(|what| REMARKS.iter().any(|remark| what.ends_with(remark)));
        let trusted = facts.verdict == PathVerdict::Trusted;
        if expected != told || sound != trusted {
            wrong.push(format!("{case:?}: expected {expected:?}, told {facts:?}"));
        }
    }
    let count = wrong.len();
    wrong.truncate(5);
    assert!(
        wrong.is_empty(),
        "{count} wrong, the first:\n{}",
        wrong.join("\n")
    );
}
