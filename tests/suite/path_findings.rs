//! Step 5 by the certificates above the leaf: through the binary, one world for each fault, and the
//! finding that names the certificate and what has to be changed of it.

use time::Duration;

use crate::certificate_strength::fixture_chain;
use crate::path_world::{FAILS, ISSUING, ROOT, Told, UNDECIDED, World, is_ready, met};
use crate::stage::FQDN;
use crate::world::made::{self, Draft, Hash, Key};

#[test]
fn all_right() {
    is_ready(&World::new().met());
    is_ready(&World::new().met_without_intermediate());
}

// What a root of --ca-file has to be.

#[test]
fn an_expired_root() {
    let world = World::with_root(|root, now| root.valid(now, -3700, -50));
    let date = (world.now - Duration::days(50)).date().to_string();
    let outcome = world.met();
    outcome.fails(
        "certificate",
        "cert-expired",
        &["root certificate", ROOT, &date],
    );
    // The renewed one beside it makes it good.
    let renewed = Draft::authority(ROOT, world.now).self_signed(&world.root_key);
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let identity = made::identity(&[&leaf, &issuing], &world.leaf_key);
    is_ready(&met(identity, &[&world.root_der(), &renewed]));
}

#[test]
fn a_root_that_is_no_authority() {
    let world = World::with_root(|root, _| {
        root.with(made::BASIC, true, made::sequence(&[]))
            .usage(made::DIGITAL_SIGNATURE | made::KEY_ENCIPHERMENT)
    });
    let outcome = world.met_without_intermediate();
    outcome.fails("certificate", "cert-issuer-not-ca", &[ROOT]);
}

#[test]
fn a_leaf_that_is_its_own_root() {
    for basic in [made::sequence(&[]), made::sequence(&[&[1, 1, 0xff]])] {
        let world = World::new();
        let leaf = world.leaf.with(made::BASIC, true, basic);
        let leaf = leaf.self_signed(&world.leaf_key);
        is_ready(&met(made::identity(&[&leaf], &world.leaf_key), &[&leaf]));
    }
}

#[test]
fn a_root_with_too_short_a_path_length() {
    let world = World::with_root(|root, _| root.path_length(0));
    world
        .met()
        .fails("certificate", "cert-path-too-long", &[ROOT, ISSUING]);
    is_ready(&World::with_root(|root, _| root.path_length(0)).met_without_intermediate());
}

#[test]
fn a_root_of_sha1_is_a_root_all_the_same() {
    let world = World::with_root(|root, _| Draft {
        hash: Hash::Sha1,
        ..root
    });
    let root = world.root_der();
    let sound = World::new();
    let (leaf, issuing) = (sound.leaf_der(), sound.issuing_der());
    let identity = made::identity(&[&leaf, &issuing], &sound.leaf_key);
    is_ready(&met(identity, &[&root]));
}

/// Some old private roots have no basicConstraints; those whose keyUsage says that they issue are
/// taken by OpenSSL and GnuTLS.
#[test]
fn a_root_without_basic_constraints() {
    let world = World::with_root(|root, _| root.without(made::BASIC));
    is_ready(&world.met());
    is_ready(&world.met_without_intermediate());
    let world = World::with_root(|root, _| root.without(made::BASIC).without(made::KEY_USAGE));
    world
        .met()
        .fails("certificate", "cert-issuer-not-ca", &[ROOT]);
    let version1 = World::with_root(|root, _| Draft {
        version1: true,
        ..root
    });
    is_ready(&version1.met());
}

// What an intermediate in --ca-file is.

#[test]
fn an_intermediate_in_the_file_does_not_stand_in_for_one_not_sent() {
    let world = World::new();
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    let alone = || made::identity(&[&leaf], &world.leaf_key);
    let words = [ISSUING, "is missing", "--ca-file"];
    for roots in [&[&root[..], &issuing][..], &[&issuing, &root], &[&issuing]] {
        met(alone(), roots).fails("certificate", "cert-chain-incomplete", &words);
    }
    // Two are missing, and both are named.
    let (middle, middle_key) = (Draft::authority("CN=Middle", world.now), Key::p256(5));
    let issuing = world
        .issuing
        .signed(&world.issuing_key, &middle, &middle_key);
    let middle = middle.signed(&middle_key, &world.root, &world.root_key);
    let outcome = met(alone(), &[&root, &issuing, &middle]);
    let words = [ISSUING, "CN=Middle"];
    outcome.fails("certificate", "cert-chain-incomplete", &words);
    // What is sent as well may stand there.
    let both = made::identity(&[&leaf, &issuing, &middle], &world.leaf_key);
    is_ready(&met(both, &[&root, &issuing, &middle]));
}

#[test]
fn an_intermediate_in_the_file_hides_nothing_of_its_root() {
    let world = World::with_root(|root, now| root.valid(now, -3700, -50));
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    let both = || made::identity(&[&leaf, &issuing], &world.leaf_key);
    let outcome = met(both(), &[&root, &issuing]);
    outcome.fails("certificate", "cert-expired", &["root certificate", ROOT]);
}

/// OpenSSL (without partial chains) and Windows go on to a root that has issued itself, GnuTLS does not.
#[test]
fn an_intermediate_alone_in_the_file_is_no_root() {
    let world = World::new();
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    for sent in [&[&leaf[..], &issuing][..], &[&leaf, &issuing, &root]] {
        let identity = made::identity(sent, &world.leaf_key);
        let outcome = met(identity, &[&issuing]);
        let words = ["--ca-file", ISSUING, ROOT];
        outcome
            .says("certificate", "cert-not-verifiable", "unknown", &words)
            .lacks("cert-untrusted-issuer")
            .stands("pass pass pass pass unknown pass", "inconclusive", 3);
        let finding = outcome.finding("certificate", "cert-not-verifiable");
        assert_eq!(finding["args"]["what"], "root", "{outcome}");
    }
    // Beside its root, and beside a root of another chain.
    let both = || made::identity(&[&leaf, &issuing], &world.leaf_key);
    is_ready(&met(both(), &[&issuing, &root]));
    let stranger = Draft::authority("CN=Other Root", world.now).self_signed(&Key::p256(6));
    let outcome = met(both(), &[&stranger, &issuing]);
    outcome.shows("certificate", "cert-not-verifiable", "unknown");
}

// What an intermediate has to be.

#[test]
fn an_expired_intermediate() {
    let world = World::with_issuing(|issuing, now| issuing.valid(now, -900, -3));
    let date = (world.now - Duration::days(3)).date().to_string();
    let words = ["intermediate certificate", ISSUING, &date];
    world.met().fails("certificate", "cert-expired", &words);
}

#[test]
fn an_intermediate_without_the_right_to_sign() {
    let world = World::with_issuing(|issuing, _| issuing.usage(made::DIGITAL_SIGNATURE));
    world.met().fails(
        "certificate",
        "cert-issuer-no-cert-sign",
        &[ISSUING, "keyCertSign"],
    );
}

#[test]
fn an_intermediate_that_is_no_authority() {
    let world =
        World::with_issuing(|issuing, _| issuing.with(made::BASIC, true, made::sequence(&[])));
    world
        .met()
        .fails("certificate", "cert-issuer-not-ca", &[ISSUING]);
}

#[test]
fn an_intermediate_for_clients_only() {
    let world = World::with_issuing(|issuing, _| issuing.purposes(&[made::CLIENT_AUTH]));
    let words = [ISSUING, "serverAuth"];
    world
        .met()
        .fails("certificate", "cert-no-server-auth", &words);
}

#[test]
fn an_intermediate_for_servers_only() {
    let world = World::with_issuing(|issuing, _| issuing.purposes(&[made::SERVER_AUTH]));
    let words = [ISSUING, "clientAuth"];
    world
        .met()
        .warns("certificate", "cert-no-client-auth", &words);
    // Of a leaf that lacks it, too, it is said once.
    let leaf = world.leaf.clone().purposes(&[made::SERVER_AUTH]);
    let both = World { leaf, ..world };
    both.met().warns(
        "certificate",
        "cert-no-client-auth",
        &["The certificate from Molar Trust Issuing CA is for servers only"],
    );
}

#[test]
fn an_intermediate_for_other_names() {
    let dns = |name: &str| made::der(0x82, name.as_bytes());
    let world = World::with_issuing(|issuing, _| issuing.constraints(&[dns("other.example")], &[]));
    world.met().fails(
        "certificate",
        "cert-name-not-permitted",
        &[ISSUING, "other.example", FQDN],
    );
    let world = World::with_issuing(|issuing, _| issuing.constraints(&[], &[dns("zahnfee.de")]));
    world.met().fails(
        "certificate",
        "cert-name-not-permitted",
        &[ISSUING, "zahnfee.de", "excludes"],
    );
}

#[test]
fn constraints_that_exclude_every_name() {
    let world = World::with_issuing(|issuing, _| issuing.constraints(&[], &[made::der(0x82, b"")]));
    let words = [ISSUING, FQDN, "excludes every name of this kind"];
    world
        .met()
        .fails("certificate", "cert-name-not-permitted", &words);
}

#[test]
fn constraints_that_the_certificate_keeps() {
    let directory = made::name("C=DE, O=Zahnfee", made::UTF8);
    let permitted = [made::der(0x82, b"zahnfee.de"), made::der(0xa4, &directory)];
    let excluded = [made::der(0x87, &[0; 8]), made::der(0x87, &[0; 32])];
    let world = World::with_issuing(|issuing, _| issuing.constraints(&permitted, &excluded));
    let subject = made::name(&format!("C=DE, O=Zahnfee, CN={FQDN}"), made::UTF8);
    let leaf = Draft {
        subject,
        ..world.leaf.clone()
    };
    is_ready(&World { leaf, ..world }.met());
}

#[test]
fn constraints_and_policies_that_are_beyond_us() {
    let other = made::sequence(&[
        &made::oid("1.3.6.1.4.1.311.20.2.3"),
        &made::der(0xa0, &made::der(12, b"a@b")),
    ]);
    let other = made::der(0xa0, &other[2..]);
    let world =
        World::with_issuing(|issuing, _| issuing.constraints(std::slice::from_ref(&other), &[]));
    let names = [made::der(0x82, FQDN.as_bytes()), other].concat();
    let leaf = world.leaf.clone();
    let leaf = leaf.with(made::ALTERNATIVES, false, made::der(0x30, &names));
    let outcome = World { leaf, ..world }.met();
    outcome.says(
        "certificate",
        "cert-not-verifiable",
        "unknown",
        &[ISSUING, "otherName"],
    );
    outcome.stands(UNDECIDED, "inconclusive", 3);
    let world = World::with_issuing(|issuing, _| {
        issuing.with("2.5.29.36", true, made::sequence(&[&[0x80, 1, 0]]))
    });
    let outcome = world.met();
    outcome.says(
        "certificate",
        "cert-not-verifiable",
        "unknown",
        &["policies"],
    );
    outcome.stands(UNDECIDED, "inconclusive", 3);
}

#[test]
fn critical_policies() {
    let policy = made::sequence(&[&made::sequence(&[&made::oid("2.23.140.1.2.2")])]);
    is_ready(&World::with_issuing(|issuing, _| issuing.with("2.5.29.32", true, policy)).met());
}

#[test]
fn an_intermediate_signed_with_sha1() {
    let world = World::with_issuing(|issuing, _| Draft {
        hash: Hash::Sha1,
        ..issuing
    });
    world
        .met()
        .fails("certificate", "cert-weak-signature", &[ISSUING, "SHA-1"]);
}

#[test]
fn authorities_with_weak_keys() {
    // OpenSSL has made these, as nothing here signs with so short a key.
    let chain = fixture_chain("weak-issuer.pem");
    let [leaf, issuing, root] = &chain[..] else {
        panic!("three certificates");
    };
    let key = Key::rsa();
    let identity = made::identity(&[leaf, issuing], &key);
    met(identity, &[root]).fails("certificate", "cert-weak-key", &["CN=Weak Int", "RSA 1024"]);
    let chain = fixture_chain("weak-root.pem");
    let [leaf, root] = &chain[..] else {
        panic!("two certificates");
    };
    let identity = made::identity(&[leaf], &key);
    met(identity, &[root]).fails(
        "certificate",
        "cert-weak-key",
        &["CN=Small root", "RSA 1024"],
    );
}

/// RSASSA-PSS with a trailer field other than the only one there is: OpenSSL ("invalid trailer") and GnuTLS
/// verify no such signature.
#[test]
fn a_signature_with_an_unknown_trailer_field() {
    let chain = fixture_chain("pss-trailer.pem");
    let [leaf, root] = &chain[..] else {
        panic!("two certificates");
    };
    let identity = made::identity(&[leaf], &Key::rsa());
    let outcome = met(identity, &[root]);
    outcome.says(
        "certificate",
        "cert-wrong-signature",
        "fail",
        &["signature"],
    );
    outcome.stands(FAILS, "not-ready", 1);
}

/// What no library here verifies is named in words, and is nobody's fault.
#[test]
fn authorities_with_keys_that_are_beyond_us() {
    for (name, word) in [
        ("ed448-issuer.pem", "Ed448"),
        ("secp256k1-issuer.pem", "secp256k1"),
    ] {
        let chain = fixture_chain(name);
        let [leaf, issuing, root] = &chain[..] else {
            panic!("three certificates");
        };
        let identity = made::identity(&[leaf, issuing], &Key::rsa());
        let outcome = met(identity, &[root]);
        outcome.says("certificate", "cert-not-verifiable", "unknown", &[word]);
        outcome.stands(UNDECIDED, "inconclusive", 3);
    }
}

/// OpenSSL and GnuTLS verify with a DSA key of 2048 bits; a shorter one is too weak for them, too.
#[test]
fn authorities_with_dsa_keys() {
    let outcome = |name| {
        let chain = fixture_chain(name);
        let [leaf, root] = &chain[..] else {
            panic!("two certificates");
        };
        met(made::identity(&[leaf], &Key::rsa()), &[root])
    };
    let long = outcome("dsa-root.pem");
    let words = ["DSA with SHA-256", FQDN];
    long.says("certificate", "cert-not-verifiable", "unknown", &words);
    long.lacks("cert-weak-key")
        .stands(UNDECIDED, "inconclusive", 3);
    let short = outcome("dsa-short-root.pem");
    let words = ["CN=DSA 1024 root", "DSA 1024"];
    short.fails("certificate", "cert-weak-key", &words);
}

#[test]
fn a_path_length_that_an_intermediate_breaks() {
    let world = World::new();
    let first = Draft::authority("CN=Pathlen 0 CA", world.now).path_length(0);
    let second = Draft::authority("CN=Below pathlen", world.now);
    let (first_key, second_key) = (Key::p256(3), Key::p256(4));
    let chain = [
        world.leaf.signed(&world.leaf_key, &second, &second_key),
        second.signed(&second_key, &first, &first_key),
        first.signed(&first_key, &world.root, &world.root_key),
    ];
    let outcome = world.met_showing(&[&chain[0], &chain[1], &chain[2]]);
    outcome.fails(
        "certificate",
        "cert-path-too-long",
        &["CN=Pathlen 0 CA", "CN=Below pathlen"],
    );
}

#[test]
fn more_names_and_constraints_than_are_compared() {
    // Short, as a certificate message of more than 32 KiB has a finding of its own.
    let dns = |number: usize| made::der(0x82, format!("{number}.de").as_bytes());
    let many: Vec<Vec<u8>> = (0..1200).map(dns).collect();
    let world = World::with_issuing(|issuing, _| issuing.constraints(&[], &many));
    let mut names = vec![made::der(0x82, FQDN.as_bytes())];
    names.extend((2000..2900).map(dns));
    let leaf = world.leaf.clone();
    let leaf = leaf.with(made::ALTERNATIVES, false, made::der(0x30, &names.concat()));
    let outcome = World { leaf, ..world }.met();
    outcome.says(
        "certificate",
        "cert-not-verifiable",
        "unknown",
        &[ISSUING, "1048576 comparisons"],
    );
    outcome.stands(UNDECIDED, "inconclusive", 3);
}

/// Windows has no Ed25519 certificates, wherever in the chain.
#[test]
fn an_authority_whose_key_windows_cannot_use() {
    let world = World::new();
    let world = World {
        issuing_key: Key::ed25519(),
        ..world
    };
    let words = ["intermediate certificate", ISSUING, "Ed25519", "Windows"];
    world
        .met()
        .fails("certificate", "cert-key-unsupported", &words);
    let world = World::new();
    let world = World {
        root_key: Key::ed25519(),
        ..world
    };
    let words = ["root certificate", ROOT, "Ed25519", "Windows"];
    world
        .met()
        .fails("certificate", "cert-key-unsupported", &words);
}

#[test]
fn an_authority_that_ends_before_the_leaf() {
    let world = World::with_issuing(|issuing, now| issuing.valid(now, -3000, 3));
    let words = ["intermediate certificate", ISSUING, "earlier than"];
    world
        .met()
        .warns("certificate", "cert-expires-soon", &words);
    let world = World::with_root(|root, now| root.valid(now, -3000, 20));
    let words = ["root certificate", ROOT, "earlier than"];
    world
        .met()
        .warns("certificate", "cert-expires-soon", &words);
    // One that is far from its end, or outlives the leaf, is renewed with it.
    is_ready(&World::with_issuing(|issuing, now| issuing.valid(now, -3000, 60)).met());
    let world = World::with_issuing(|issuing, now| issuing.valid(now, -3000, 29));
    let leaf = world.leaf.clone().valid(world.now, -60, 28);
    let outcome = World { leaf, ..world }.met();
    let message = &outcome.finding("certificate", "cert-expires-soon")["message"];
    let message = message.as_str().expect("a message");
    assert!(message.starts_with("The certificate expires"), "{message}");
}
