//! Step 5 by what one of the large libraries refuses and others accept: through the binary, a warning
//! that names which. That they do was measured; `real_peers/paths.rs` asks them again.

use crate::path_world::{ISSUING, ROOT, Told, World, is_ready};
use crate::stage::FQDN;
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

/// Of the Internet's resources (RFC 3779), OpenSSL bears only those that the issuer has as well, or all of
/// the issuer's.
#[test]
fn resources_that_the_issuer_has_not() {
    const INHERITED: &[u8] = &[5, 0];
    let addresses = |choice: &[u8]| {
        let entry = made::sequence(&[&[4, 2, 0, 1], choice]);
        made::sequence(&[&entry])
    };
    let numbers = |choice: &[u8]| made::sequence(&[&made::der(0xa0, choice)]);
    let range = made::sequence(&[&[3, 4, 0, 81, 2, 3]]);
    let one = made::sequence(&[&[2, 1, 1]]);
    for (oid, stated, inherited) in [
        ("1.3.6.1.5.5.7.1.7", addresses(&range), addresses(INHERITED)),
        ("1.3.6.1.5.5.7.1.8", numbers(&one), numbers(INHERITED)),
    ] {
        let with = |value: &[u8]| World::with_leaf(|leaf, _| leaf.with(oid, false, value.to_vec()));
        let words = [oid, "OpenSSL refuses"];
        with(&stated)
            .met()
            .warns("certificate", "cert-refused-by-some", &words);
        is_ready(&with(&inherited).met());
    }
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

/// As a range in name constraints.
fn range(bytes: &[u8]) -> Vec<u8> {
    made::der(0x87, bytes)
}

fn constrained(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> World {
    World::with_issuing(|issuing, _| issuing.constraints(permitted, excluded))
}

/// With these general names behind the right one.
fn named(others: &[Vec<u8>]) -> World {
    World::with_leaf(|leaf, _| with_names(leaf, others))
}

fn with_names(draft: Draft, others: &[Vec<u8>]) -> Draft {
    let own = made::der(0x82, FQDN.as_bytes());
    let value = made::sequence(&[&own, &others.concat()]);
    draft.with(made::ALTERNATIVES, false, value)
}

/// GnuTLS 3.7 goes on with them, as a Windows hierarchy has them for user principal names.
#[test]
fn constraints_on_other_names_trouble_nobody() {
    let name = made::sequence(&[
        &made::oid("1.3.6.1.4.1.311.20.2.3"),
        &made::der(0xa0, &made::der(12, b"zahnfee.de")),
    ]);
    let name = [made::der(0xa0, &name[2..])];
    for world in [constrained(&name, &[]), constrained(&[], &name)] {
        let outcome = world.met();
        outcome.lacks("cert-refused-by-some");
        assert_eq!(outcome.code, 0, "{outcome}");
    }
}

#[test]
fn address_constraints_of_a_wrong_length() {
    let ours = made::der(0x82, b"zahnfee.de");
    for length in [0, 1, 4, 5, 7, 9, 16, 31, 33] {
        let bytes = vec![10; length];
        let words = [ISSUING, "GnuTLS refuses", &format!("{length} bytes")];
        let world = constrained(&[], &[range(&bytes)]);
        let outcome = world.met();
        outcome.warns("certificate", "cert-refused-by-some", &words);
        let world = constrained(&[ours.clone(), range(&bytes)], &[]);
        let outcome = world.met();
        outcome.warns("certificate", "cert-refused-by-some", &words);
    }
    for bytes in [&[10, 0, 0, 0, 255, 0, 0, 0][..], &[0; 8], &[0; 32]] {
        is_ready(&constrained(&[], &[range(bytes)]).met());
    }
}

/// Only ranges of the other family are permitted: OpenSSL refuses every address then, GnuTLS none.
#[test]
fn an_address_of_the_other_family() {
    let (four, six) = (range(&[81, 2, 3, 4]), range(&[0x20; 16]));
    let ours = made::der(0x82, b"zahnfee.de");
    let (of_four, of_six) = (range(&[10, 0, 0, 0, 255, 0, 0, 0]), range(&[0xff; 32]));
    for (own, permitted) in [(four.clone(), of_six.clone()), (six, of_four.clone())] {
        let mut world = named(&[own]);
        world.issuing = world.issuing.constraints(&[ours.clone(), permitted], &[]);
        let words = [ISSUING, "OpenSSL refuses", "other family"];
        let outcome = world.met();
        outcome.warns("certificate", "cert-refused-by-some", &words);
    }
    // A range of its own family that it is not in: both refuse.
    let mut world = named(&[four]);
    world.issuing = world.issuing.constraints(&[ours, of_six, of_four], &[]);
    world.met().fails(
        "certificate",
        "cert-name-not-permitted",
        &[ISSUING, "81.2.3.4"],
    );
}

#[test]
fn a_root_with_an_address_constraint_of_a_wrong_length() {
    let world = World::with_root(|root, _| root.constraints(&[], &[range(&[10, 0, 0, 0])]));
    let words = ["root certificate", ROOT, "GnuTLS refuses", "4 bytes"];
    let outcome = world.met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn address_constraints_with_a_gap_in_the_mask() {
    let world = constrained(&[], &[range(&[10, 0, 0, 0, 255, 0, 255, 0])]);
    let words = [ISSUING, "GnuTLS refuses", "10.0.0.0/255.0.255.0"];
    let outcome = world.met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

/// With an address to compare with it, OpenSSL refuses such a constraint as well.
#[test]
fn an_address_below_a_constraint_of_a_wrong_length() {
    let own = range(&[81, 2, 3, 4]);
    let mut world = named(&[own]);
    world.issuing = world.issuing.constraints(&[], &[range(&[10; 5])]);
    let outcome = world.met();
    let words = [ISSUING, made::CONSTRAINTS, "cannot be read"];
    outcome.says("certificate", "cert-malformed", "fail", &words);
    outcome.stands(crate::path_world::FAILS, "not-ready", 1);
}

#[test]
fn an_address_of_a_wrong_length_below_constraints_for_addresses() {
    let mut world = named(&[range(&[1, 2, 3])]);
    is_ready(&world.met());
    world.issuing = world.issuing.constraints(&[], &[range(&[0; 8])]);
    let words = [ISSUING, "OpenSSL refuses", "3 bytes"];
    let outcome = world.met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn constraints_of_a_kind_that_one_of_them_does_not_know() {
    let registered = made::der(0x88, &[0x2a, 3]);
    let words = [ISSUING, "GnuTLS refuses", "registeredID"];
    let outcome = constrained(&[], &[registered]).met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
    let dot = made::der(0x81, b".");
    let words = [ISSUING, "GnuTLS refuses", "rfc822Name ."];
    let outcome = constrained(&[], &[dot]).met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn constraints_with_a_final_dot() {
    let ours = made::der(0x82, b"zahnfee.de.");
    let words = [ISSUING, "OpenSSL refuses", "zahnfee.de."];
    let outcome = constrained(std::slice::from_ref(&ours), &[]).met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
    let words = [ISSUING, "GnuTLS refuses", "zahnfee.de."];
    let outcome = constrained(&[], &[ours]).met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
    let other = made::der(0x82, b"other.example.");
    is_ready(&constrained(&[], std::slice::from_ref(&other)).met());
    let outcome = constrained(&[other], &[]).met();
    let words = [ISSUING, "other.example."];
    outcome.fails("certificate", "cert-name-not-permitted", &words);
}

#[test]
fn an_empty_name_beside_the_right_one() {
    for (tag, kind) in [
        (0x82, "dNSName"),
        (0x81, "rfc822Name"),
        (0x86, "uniformResourceIdentifier"),
        (0x87, "iPAddress"),
    ] {
        let words = ["The certificate has an empty name", "GnuTLS refuses", kind];
        let outcome = named(&[made::der(tag, &[])]).met();
        outcome.warns("certificate", "cert-refused-by-some", &words);
    }
    is_ready(&named(&[range(&[81, 2, 3, 4]), made::der(0x88, &[0x2a, 3])]).met());
}

#[test]
fn an_empty_name_of_an_issuer() {
    let empty = made::der(0x82, &[]);
    let world = World::with_issuing(|issuing, _| {
        issuing.with(made::ALTERNATIVES, false, made::sequence(&[&empty]))
    });
    let words = [ISSUING, "empty name", "GnuTLS refuses", "dNSName"];
    let outcome = world.met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

#[test]
fn a_name_of_a_kind_that_one_of_them_cannot_read() {
    let party = made::der(0xa5, &made::der(0xa1, &made::der(12, b"x")));
    let words = ["The certificate", "GnuTLS refuses", "ediPartyName"];
    let outcome = named(&[party]).met();
    outcome.warns("certificate", "cert-refused-by-some", &words);
}

/// OpenSSL and GnuTLS pass over it; others do not.
#[test]
fn a_name_in_another_encoding_beside_the_right_one() {
    for bytes in ["zähne.de".as_bytes(), b"z\xe4hne.de", b"*.z\xe4hne.de"] {
        let outcome = named(&[made::der(0x82, bytes)]).met();
        let words = ["alternative name", "hne.de", "ASCII", "xn--"];
        outcome.says("certificate", "cert-malformed", "warn", &words);
        outcome.lacks("cert-name-mismatch");
        outcome.stands(crate::path_world::WARNS, "ready-with-warnings", 0);
    }
    let raw = World::with_leaf(|leaf, _| leaf.alternatives(&["xphone.zähnfee.de"]));
    let outcome = raw.met();
    outcome.shows("certificate", "cert-malformed", "warn");
    outcome.shows("certificate", "cert-name-mismatch", "fail");
}

/// Names that neither OpenSSL nor GnuTLS can read.
#[test]
fn an_alternative_name_of_no_kind() {
    let odd = [
        made::der(0x89, b"x"),
        made::der(0x88, &[]),
        made::der(0xa0, &[]),
        made::der(0xa4, &[0x30, 5]),
        made::der(0xa5, &[]),
    ];
    for name in odd {
        let words = ["The certificate", made::ALTERNATIVES];
        let outcome = named(std::slice::from_ref(&name)).met();
        outcome.fails("certificate", "cert-malformed", &words);
        let world = World::with_issuing(|issuing, _| {
            issuing.with(made::ALTERNATIVES, false, made::sequence(&[&name]))
        });
        let words = [ISSUING, made::ALTERNATIVES];
        world.met().fails("certificate", "cert-malformed", &words);
    }
}

/// How it is written, where only one of them reads it.
#[test]
fn what_is_not_written_as_it_should_be() {
    const VISIBLE: u8 = 0x1a;
    const RESOURCES: &str = "1.3.6.1.5.5.7.1.7";
    const FEATURE: &str = "1.3.6.1.5.5.7.1.24";
    let warns = |world: World, words: &[&str]| {
        let outcome = world.met();
        outcome.warns("certificate", "cert-refused-by-some", words);
    };
    let world = World::with_leaf(|leaf, _| Draft {
        subject: made::name(&format!("CN={FQDN}"), VISIBLE),
        ..leaf
    });
    warns(world, &["subject or issuer", "OpenSSL refuses"]);
    let latin1 = {
        let mut name = made::name(&format!("O=Mxller, CN={FQDN}"), made::UTF8);
        let at = name.iter().position(|byte| *byte == b'x').expect("an x");
        name[at] = 0xfc;
        name
    };
    let world = World::with_leaf(|leaf, _| Draft {
        subject: latin1,
        ..leaf
    });
    warns(world, &["Latin-1", "OpenSSL refuses"]);
    let world = World::with_leaf(|leaf, _| leaf.with(RESOURCES, false, vec![5, 0]));
    warns(world, &[RESOURCES, "OpenSSL refuses"]);
    let world = World::with_leaf(|leaf, _| leaf.with("2.5.29.18", false, vec![5, 0]));
    warns(world, &["2.5.29.18", "GnuTLS refuses"]);
    let world = World::with_issuing(|issuing, _| {
        let surplus = [&made::sequence(&[&[1, 1, 0xff]])[..], &[0, 0]].concat();
        issuing.with(made::BASIC, true, surplus)
    });
    warns(world, &[ISSUING, "2.5.29.19", "GnuTLS refuses"]);
    let world = World::with_issuing(|issuing, _| {
        issuing.with(FEATURE, false, made::sequence(&[&[2, 1, 5]]))
    });
    warns(world, &[ISSUING, "TLS feature", "GnuTLS refuses"]);
}

/// Policies that nobody can read, and nobody minds.
#[test]
fn policies_that_are_none() {
    let world = World::with_leaf(|leaf, _| leaf.with("2.5.29.32", false, vec![5, 0]));
    let outcome = world.met();
    outcome.warns("certificate", "cert-malformed", &["2.5.29.32"]);
    let world = World::with_leaf(|leaf, _| leaf.with("2.5.29.32", true, vec![5, 0]));
    let outcome = world.met();
    outcome.fails("certificate", "cert-malformed", &["2.5.29.32"]);
}

/// Of a kind that there is not: neither of them reads the certificate.
#[test]
fn a_name_of_no_kind() {
    let outcome = named(&[made::der(0x8a, b"x")]).met();
    outcome.fails("certificate", "cert-malformed", &["2.5.29.17"]);
}

pub(crate) const RENEWED: &str = "O=Molar, CN=Molar Renewed CA";

/// A CA of this path length below the root, that has signed new keys of its own with its old ones, so
/// many one after the other; the leaf, by the last of them, stands first.
pub(crate) fn renewed(world: &World, length: u8, keys: u8) -> Vec<Vec<u8>> {
    let draft = || Draft::authority(RENEWED, world.now);
    let key = |number| Key::p256(5 + number);
    let leaf = world.leaf.signed(&world.leaf_key, &draft(), &key(keys));
    let own = |number: u8| draft().signed(&key(number), &draft(), &key(number - 1));
    let upper = draft().path_length(length);
    let upper = upper.signed(&key(0), &world.root, &world.root_key);
    let between = (1..=keys).rev().map(own);
    std::iter::once(leaf)
        .chain(between)
        .chain([upper])
        .collect()
}

/// Such certificates do not count to OpenSSL (RFC 5280 §4.2.1.9), and count to GnuTLS: path length and
/// number of keys.
pub(crate) const COUNTED_BY_SOME: [(u8, u8); 3] = [(0, 1), (0, 2), (1, 2)];

#[test]
fn self_issued_certificates_below_a_path_length() {
    let world = World::new();
    let met = |chain: &[Vec<u8>]| {
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        world.met_showing(&chain)
    };
    for (length, keys) in COUNTED_BY_SOME {
        let outcome = met(&renewed(&world, length, keys));
        let words = [
            "intermediate certificate",
            RENEWED,
            "path length",
            "GnuTLS refuses",
        ];
        outcome.warns("certificate", "cert-refused-by-some", &words);
    }
    is_ready(&met(&renewed(&world, 1, 1)));
    // In a root.
    let draft = Draft::authority(RENEWED, world.now);
    let root = draft.clone().path_length(0).self_signed(&Key::p256(5));
    let chain = renewed(&world, 0, 1);
    let identity = made::identity(&[&chain[0], &chain[1]], &world.leaf_key);
    let outcome = crate::path_world::met(identity, &[&root]);
    let words = ["root certificate", RENEWED, "GnuTLS refuses"];
    outcome.warns("certificate", "cert-refused-by-some", &words);
    // One of another name counts to everybody.
    let other = Draft::authority("CN=Molar Below", world.now);
    let leaf = world.leaf.signed(&world.leaf_key, &other, &Key::p256(6));
    let below = other.signed(&Key::p256(6), &draft, &Key::p256(5));
    let outcome = met(&[leaf, below, chain[2].clone()]);
    outcome.fails("certificate", "cert-path-too-long", &[RENEWED]);
}
