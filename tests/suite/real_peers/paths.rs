//! The table of paths as `openssl verify` judges it: where the two disagree, the reason stands here.

use std::process::Command;

use super::{left_out, path};
use crate::path_table::{Case, Issuer, Leaf, NOW, Shelf, pairs};
use crate::stage::Folder;
use crate::world::made;

/// Whether OpenSSL takes a path for one of a server, with the keys and hashes that Debian allows.
fn openssl_trusts(shelf: &Shelf, case: Case) -> bool {
    let folder = Folder::new()
        .with("root.pem", made::pem(&[shelf.root(case)]))
        .with("issuing.pem", made::pem(&[shelf.issuing(case)]))
        .with("leaf.pem", made::pem(&[shelf.leaf(case)]));
    let output = Command::new("openssl")
        .env("PATH", path())
        .args([
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-purpose",
            "sslserver",
        ])
        .args([
            "-auth_level",
            "2",
            "-attime",
            &NOW.unix_timestamp().to_string(),
        ])
        .args([
            "-CAfile",
            "root.pem",
            "-untrusted",
            "issuing.pem",
            "leaf.pem",
        ])
        .current_dir(folder.path())
        .output()
        .expect("openssl is there");
    output.status.success()
}

/// Why OpenSSL judges otherwise, if it does.
fn difference(case: Case) -> Option<&'static str> {
    let issuers = [case.root, case.issuing];
    if case.issuing == Issuer::OtherIssuerKey
        || matches!(case.leaf, Leaf::OtherIssuerKey | Leaf::OtherIssuerSerial)
    {
        return Some(
            "an authorityKeyIdentifier that points elsewhere: SChannel and Go go by names",
        );
    }
    if case.root == Issuer::OtherIssuerKey {
        return Some(
            "a root that points to another one is no root to OpenSSL: RFC 5280 §6.1 does not ask it",
        );
    }
    if issuers.contains(&Issuer::NoBasicConstraints) {
        return Some(
            "a CA without basicConstraints, by its keyUsage: RFC 5280 §6.1.4 k refuses it",
        );
    }
    None
}

#[test]
fn openssl_agrees_with_the_table_of_paths() {
    if left_out() {
        return;
    }
    let shelf = Shelf::new();
    let mut unexplained = Vec::new();
    for case in pairs() {
        let ours = shelf.is_trusted(case);
        let theirs = openssl_trusts(&shelf, case);
        if ours != theirs && difference(case).is_none() {
            unexplained.push(format!(
                "{case:?}: trusted here {ours}, by OpenSSL {theirs}"
            ));
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}
