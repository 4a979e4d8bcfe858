//! Step 5 by what one of the large libraries refuses and others accept: through the binary, a warning
//! that names which. That they do was measured; `real_peers/paths.rs` asks them again.

use crate::path_world::{ISSUING, ROOT, Told, World, is_ready};
use crate::world::made::{self, Draft, Key};

#[test]
fn a_netscape_type_without_servers_or_clients() {
    let with = |bits: u8, unused: u8| {
        World::with_leaf(|leaf, _| {
            leaf.with("2.16.840.1.113730.1.1", false, vec![3, 2, unused, bits])
        })
    };
    for (bits, unused, word) in [
        (0x80, 7, "SSL server"),
        (0x40, 6, "SSL client"),
        (0x20, 5, "neither"),
    ] {
        let outcome = with(bits, unused).met();
        outcome.warns(
            "certificate",
            "cert-refused-by-some",
            &[word, "OpenSSL refuses"],
        );
    }
    is_ready(&with(0xc0, 6).met());
}

#[test]
fn a_critical_extension_that_one_of_them_does_not_know() {
    let mapping = made::sequence(&[&made::oid("2.23.140.1.2.2"), &made::oid("2.23.140.1.2.1")]);
    let mapping = made::sequence(&[&mapping]);
    let world = World::with_issuing(|issuing, _| issuing.with("2.5.29.33", true, mapping));
    let words = [ISSUING, "GnuTLS refuses", "2.5.29.33"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
    let world = World::with_leaf(|leaf, _| {
        let identifier = made::der(4, &Key::rsa().identifier());
        leaf.with(made::SUBJECT_KEY, true, identifier)
    });
    let words = ["The certificate marks", "OpenSSL refuses", "2.5.29.14"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn an_issuer_in_capitals() {
    let world = World::with_leaf(|leaf, _| Draft {
        issuer: Some(made::name(&ISSUING.to_uppercase(), made::UTF8)),
        ..leaf
    });
    let words = ["name of its issuer", "GnuTLS refuses"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn a_root_that_names_another_one() {
    let identifier = made::sequence(&[&made::der(0x80, &[0x77; 20])]);
    let world = World::with_root(|root, _| root.with(made::AUTHORITY_KEY, false, identifier));
    let words = ["root certificate", ROOT, "OpenSSL refuses"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn constraints_with_a_minimum() {
    let world = World::with_issuing(|issuing, _| {
        let tree = made::sequence(&[&made::der(0x82, b"zahnfee.de"), &[0x80, 1, 1]]);
        let value = made::sequence(&[&made::der(0xa0, &tree)]);
        issuing.with(made::CONSTRAINTS, true, value)
    });
    let words = [ISSUING, "minimum", "OpenSSL refuses"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn a_key_with_a_compressed_point() {
    let world = World::new();
    let world = World {
        issuing_key: Key::compressed(2),
        ..world
    };
    let words = [ISSUING, "compressed", "GnuTLS refuses"];
    world
        .met()
        .warns("certificate", "cert-refused-by-some", &words);
}
