//! Step 5 by the leaf and by the shape of its chain: through the binary, one world for each fault.

use time::Duration;

use crate::certificate_strength::fixture_chain;
use crate::path_world::{FAILS, ISSUING, ROOT, Told, UNDECIDED, World, is_ready, met, met_at};
use crate::stage::{FQDN, Outcome, Run, Stage, ZONE, demanding, file};
use crate::world::Dns;
use crate::world::made::{self, Draft, Hash, Key};
use crate::world::staple::{Staple, revoked};

// What a leaf has to be.

#[test]
fn key_usages_of_the_leaf() {
    let world = World::with_leaf(|leaf, _| leaf.usage(made::KEY_ENCIPHERMENT));
    world.met().warns(
        "certificate",
        "cert-no-digital-signature",
        &["digitalSignature"],
    );
    let world = World::with_leaf(|leaf, _| leaf.purposes(&[made::ANY_PURPOSE]));
    world.met().fails(
        "certificate",
        "cert-no-server-auth",
        &["anyExtendedKeyUsage"],
    );
}

/// The signature is the cause; that nobody trusts it follows from that.
#[test]
fn a_leaf_signed_with_sha1() {
    let world = World::with_leaf(|leaf, _| Draft {
        hash: Hash::Sha1,
        ..leaf
    });
    world
        .met()
        .fails("certificate", "cert-weak-signature", &["SHA-1"]);
}

#[test]
fn a_leaf_that_means_another_issuer() {
    let world = World::with_leaf(|leaf, _| {
        let identifier = made::der(0x80, &[0x77; 20]);
        leaf.with(made::AUTHORITY_KEY, false, made::sequence(&[&identifier]))
    });
    let words = [ISSUING, "key identifier", "OpenSSL and GnuTLS do"];
    let outcome = world.met();
    outcome.fails("certificate", "cert-authority-key-differs", &words);
}

/// OpenSSL goes by all that is said of the issuer, GnuTLS by the key only.
#[test]
fn a_leaf_that_means_another_certificate_of_its_issuer() {
    let key = made::der(0x80, &Key::p256(2).identifier());
    let issuer = |name: &str| made::der(0xa1, &made::der(0xa4, &made::name(name, made::UTF8)));
    let serial = |number: u8| made::der(0x82, &[number]);
    let (ours, strange) = (issuer(ROOT), issuer("CN=Somebody Else"));
    for parts in [
        vec![&key, &strange, &serial(7)],
        vec![&key, &ours, &serial(99)],
        vec![&strange, &serial(7)],
        vec![&serial(99)],
    ] {
        let value = made::sequence(&parts.iter().map(|part| part.as_slice()).collect::<Vec<_>>());
        let world = World::with_leaf(|leaf, _| leaf.with(made::AUTHORITY_KEY, false, value));
        let words = [ISSUING, "issuer or serial number", "OpenSSL does"];
        let outcome = world.met();
        outcome.warns("certificate", "cert-authority-key-differs", &words);
    }
    let value = made::sequence(&[&key, &ours, &serial(7)]);
    is_ready(&World::with_leaf(|leaf, _| leaf.with(made::AUTHORITY_KEY, false, value)).met());
}

#[test]
fn a_leaf_that_means_an_issuer_without_a_key() {
    let empty = made::sequence(&[&made::der(0x80, &[])]);
    let world = World::with_leaf(|leaf, _| leaf.with(made::AUTHORITY_KEY, false, empty));
    let words = ["an empty key identifier", "OpenSSL does"];
    let outcome = world.met();
    outcome.warns("certificate", "cert-authority-key-differs", &words);
}

#[test]
fn an_intermediate_that_means_another_root() {
    let identifier = made::sequence(&[&made::der(0x80, &[0x77; 20])]);
    let world =
        World::with_issuing(|issuing, _| issuing.with(made::AUTHORITY_KEY, false, identifier));
    let words = [ISSUING, ROOT, "OpenSSL and GnuTLS do"];
    let outcome = world.met();
    outcome.fails("certificate", "cert-authority-key-differs", &words);
}

/// Where the issuer does not say which key it has, there is nothing to compare.
#[test]
fn an_issuer_that_names_no_key_of_its_own() {
    let mut world = World::with_leaf(|leaf, _| {
        let identifier = made::der(0x80, &[0x77; 20]);
        leaf.with(made::AUTHORITY_KEY, false, made::sequence(&[&identifier]))
    });
    world.issuing.version1 = true;
    let leaf = world.leaf_der();
    world.root.version1 = true;
    let direct = world
        .leaf
        .signed(&world.leaf_key, &world.root, &world.root_key);
    is_ready(&world.met_showing(&[&direct]));
    let outcome = world.met_showing(&[&leaf, &world.issuing_der()]);
    outcome.lacks("cert-authority-key-differs");
}

#[test]
fn a_leaf_that_is_an_authority() {
    let world = World::with_leaf(|leaf, _| {
        leaf.with(made::BASIC, true, made::sequence(&[&[1, 1, 0xff]]))
            .usage(made::ISSUES)
            .without(made::PURPOSES)
    });
    is_ready(&world.met());
    is_ready(
        &World {
            issuing: Draft::authority(ISSUING, world.now).path_length(0),
            ..world
        }
        .met(),
    );
}

#[test]
fn a_leaf_with_a_critical_extension() {
    let oid = "1.3.6.1.4.1.55555.2";
    let world = World::with_leaf(|leaf, _| leaf.with(oid, true, vec![5, 0]));
    world
        .met()
        .fails("certificate", "cert-critical-extension", &[oid]);
}

#[test]
fn a_leaf_with_a_wrong_signature() {
    let world = World::with_leaf(|leaf, _| Draft {
        flipped: true,
        ..leaf
    });
    world
        .met()
        .fails("certificate", "cert-wrong-signature", &[FQDN]);
}

#[test]
fn a_leaf_signed_with_sha224() {
    let chain = fixture_chain("sha224.pem");
    let [leaf, root] = &chain[..] else {
        panic!("two certificates");
    };
    let outcome = met(made::identity(&[leaf], &Key::rsa()), &[root]);
    outcome.says(
        "certificate",
        "cert-not-verifiable",
        "unknown",
        &["SHA-224"],
    );
    outcome.stands(UNDECIDED, "inconclusive", 3);
}

#[test]
fn a_leaf_that_says_things_twice_or_in_part() {
    let world = World::with_leaf(|leaf, _| {
        let name = made::der(0x82, FQDN.as_bytes());
        leaf.again(made::ALTERNATIVES, false, made::sequence(&[&name]))
    });
    world.met().fails(
        "certificate",
        "cert-malformed",
        &["2.5.29.17", "more than once"],
    );
    let world = World::with_leaf(|leaf, now| {
        let short = |days: i64| {
            let whole = made::utc(now + Duration::days(days));
            made::der(0x17, &[&whole[2..12], b"Z"].concat())
        };
        Draft {
            dates: [short(-10), short(80)],
            ..leaf
        }
    });
    world
        .met()
        .fails("certificate", "cert-malformed", &["seconds"]);
}

/// A date that no calendar has is named as it is written, in the leaf and in one that is sent with it.
#[test]
fn dates_that_do_not_exist() {
    for (written, tag) in [
        ("260230000000Z", 0x17),
        ("261301000000Z", 0x17),
        ("260229000000Z", 0x17),
        ("260101250000Z", 0x17),
        ("20260431000000Z", 0x18),
    ] {
        let broken = |draft: Draft| {
            let dates = [made::der(tag, written.as_bytes()), draft.dates[1].clone()];
            Draft { dates, ..draft }
        };
        let outcome = World::with_leaf(|leaf, _| broken(leaf)).met();
        outcome.fails(
            "certificate",
            "cert-malformed",
            &[written, "a day that exists"],
        );
        let headline = outcome.report()["headline"].to_string();
        assert!(!headline.contains("cannot be read"), "{headline}");
        let outcome = World::with_issuing(|issuing, _| broken(issuing)).met();
        let words = ["certificate number 2", written];
        outcome.says("certificate", "cert-malformed", "fail", &words);
    }
}

/// Such a name is broken, not missing, and fits no server.
#[test]
fn a_name_that_is_not_ascii() {
    for bytes in [&b"xphone.z\xe4hnfee.de"[..], "xphone.zähnfee.de".as_bytes()] {
        let names = made::sequence(&[&made::der(0x82, bytes)]);
        let world = World::with_leaf(|leaf, _| leaf.with(made::ALTERNATIVES, false, names));
        let outcome = world.met();
        outcome
            .lacks("cert-no-san")
            .shows("certificate", "cert-name-mismatch", "fail")
            .stands(FAILS, "not-ready", 1);
        outcome.says(
            "certificate",
            "cert-malformed",
            "warn",
            &["not written in ASCII"],
        );
    }
    // Beside the right one it is all that is wrong, and the first line says no more than that.
    let world = World::with_leaf(|leaf, _| leaf.alternatives(&[FQDN, "zähne.de"]));
    let outcome = world.met();
    outcome.warns("certificate", "cert-malformed", &["zähne.de"]);
    let headline = outcome.report()["headline"].to_string();
    assert!(headline.contains("not written in ASCII"), "{headline}");
}

/// A subject that only looks like the name, or has what nobody sees, is another one.
#[test]
fn a_subject_in_disguise() {
    for name in [
        "xphone\u{200b}.zahnfee.de",
        "\u{feff}xphone.zahnfee.de",
        "xphone\u{ad}.zahnfee.de",
        "xphone\u{ff0e}zahnfee.de",
        "\u{ff58}phone.zahnfee.de",
    ] {
        let world = World::with_leaf(|leaf, _| Draft {
            subject: made::name(&format!("CN={name}"), made::UTF8),
            ..leaf
        });
        world
            .met()
            .fails("certificate", "cert-subject-differs", &[FQDN]);
    }
}

#[test]
fn a_leaf_from_1950() {
    let world = World::with_leaf(|leaf, _| {
        let last = leaf.dates[1].clone();
        Draft {
            dates: [made::der(0x17, b"500101000000Z"), last],
            ..leaf
        }
    });
    is_ready(&world.met());
}

#[test]
fn a_leaf_that_writes_its_issuer_otherwise() {
    let world = World::with_leaf(|leaf, _| {
        let issuer = Some(made::name(ISSUING, made::PRINTABLE));
        Draft { issuer, ..leaf }
    });
    is_ready(&world.met());
}

#[test]
fn a_name_with_a_final_dot() {
    let world = World::with_leaf(|leaf, _| leaf.alternatives(&["xphone.zahnfee.de."]));
    world
        .met()
        .fails("certificate", "cert-name-mismatch", &["xphone.zahnfee.de."]);
    let world = World::with_leaf(|leaf, _| {
        let subject = made::name("CN=xphone.zahnfee.de.", made::UTF8);
        Draft { subject, ..leaf }
    });
    is_ready(&world.met());
}

#[test]
fn keys_that_few_can_use() {
    let world = World::new();
    let world = World {
        leaf_key: Key::ed25519(),
        ..world
    };
    world
        .met()
        .fails("certificate", "cert-key-unsupported", &["Ed25519"]);
}

/// OpenSSL and GnuTLS end the handshake with a certificate whose key may do nothing of TLS; with one of
/// the old uses OpenSSL goes on.
#[test]
fn a_key_usage_without_any_use_of_tls() {
    const NON_REPUDIATION: u8 = 0x40;
    const KEY_AGREEMENT: u8 = 0x08;
    for usage in [NON_REPUDIATION, made::CRL_SIGN, made::CERT_SIGN] {
        let world = World::with_leaf(|leaf, _| leaf.usage(usage));
        let words = ["nothing that TLS", "digitalSignature"];
        world
            .met()
            .fails("certificate", "cert-no-tls-usage", &words);
    }
    for usage in [made::KEY_ENCIPHERMENT, KEY_AGREEMENT] {
        let world = World::with_leaf(|leaf, _| leaf.usage(usage | NON_REPUDIATION));
        let words = ["digitalSignature"];
        world
            .met()
            .warns("certificate", "cert-no-digital-signature", &words);
    }
}

/// A subject may be written as people write it.
#[test]
fn a_subject_in_unicode() {
    let fqdn = "xphone.xn--zhne-loa.de";
    let lines: Vec<&str> = ZONE.lines().map(str::trim).collect();
    let stage = Stage::with_dns(Dns::zone("xn--zhne-loa.de", &lines.join("\n")));
    let world = World::new();
    let leaf = Draft {
        subject: made::name("CN=xphone.zähne.de", made::UTF8),
        ..Draft::server(fqdn, world.now)
    };
    let leaf = leaf.signed(&world.leaf_key, &world.issuing, &world.issuing_key);
    let identity = made::identity(&[&leaf, &world.issuing_der()], &world.leaf_key);
    let server = demanding(identity).start();
    let roots = file(&made::pem(&[&world.root_der()]));
    let run = stage
        .check_without_roots("zähne.de")
        .arg("--ca-file")
        .arg(roots.path());
    let outcome = run.arg("--no-revocation").connect_to(&server).run();
    outcome.lacks("cert-subject-differs");
}

// The shape of the chain.

#[test]
fn a_missing_intermediate_of_the_roots_name() {
    let world = World::new();
    let issuing = Draft::authority(ROOT, world.now);
    let leaf = world
        .leaf
        .signed(&world.leaf_key, &issuing, &world.issuing_key);
    let outcome = world.met_showing(&[&leaf]);
    outcome.fails(
        "certificate",
        "cert-chain-incomplete",
        &[ROOT, "another key"],
    );
}

#[test]
fn many_certificates() {
    let world = World::new();
    // Seven intermediates in a row.
    let keys: Vec<Key> = (10..17).map(Key::p256).collect();
    let levels: Vec<Draft> = (0..7)
        .map(|level| Draft::authority(&format!("CN=Level {level}"), world.now))
        .collect();
    let mut chain = vec![world.leaf.signed(&world.leaf_key, &levels[6], &keys[6])];
    chain.push(levels[0].signed(&keys[0], &world.root, &world.root_key));
    for level in 1..7 {
        chain.push(levels[level].signed(&keys[level], &levels[level - 1], &keys[level - 1]));
    }
    is_ready(&world.met_showing(&chain.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    // The leaf, strangers, and then the issuer.
    let with = |strangers: u8| {
        let mut chain = vec![world.leaf_der()];
        chain.extend((0..strangers).map(|number| {
            let stranger = Draft::authority(&format!("CN=Stranger {number}"), world.now);
            stranger.self_signed(&Key::p256(20 + number))
        }));
        chain.push(world.issuing_der());
        world.met_showing(&chain.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    is_ready(&with(8));
    let words = ["one of 16", "Java bears 10"];
    with(14).warns("certificate", "cert-refused-by-some", &words);
    let words = ["one of 17", "GnuTLS 16"];
    let crowded = with(15);
    crowded.warns("certificate", "cert-refused-by-some", &words);
    let fix = crowded.finding("certificate", "cert-refused-by-some")["fix"].to_string();
    assert!(!fix.contains("Order"), "{fix}");
    with(18).warns("certificate", "cert-refused-by-some", &["one of 20"]);
}

#[test]
fn curves_and_hashes_of_the_field() {
    let world = World::with_leaf(|leaf, _| Draft {
        hash: Hash::Sha512,
        ..leaf
    });
    is_ready(&world.met());
    let world = World {
        root_key: Key::p521(1),
        ..World::new()
    };
    let root = Draft {
        hash: Hash::Sha512,
        ..world.root.clone()
    };
    is_ready(&World { root, ..world }.met());
}

// What the server itself says of its certificate.

#[test]
fn a_demand_for_a_staple() {
    let feature = made::sequence(&[&[2, 1, 5]]);
    let world = World::with_leaf(|leaf, _| leaf.with("1.3.6.1.5.5.7.1.24", false, feature));
    world
        .met()
        .warns("certificate", "cert-must-staple", &["must-staple"]);
    is_ready(&met_stapling(&world, |_| ()));
}

#[test]
fn staples() {
    let world = World::new();
    is_ready(&met_stapling(&world, |_| ()));
    let yesterday = world.now - Duration::days(1);
    let outcome = met_stapling(&world, |staple| staple.status = revoked(yesterday, 1));
    let date = yesterday.date().to_string();
    outcome.fails(
        "certificate",
        "cert-revoked",
        &[&date, "keyCompromise", "stapled"],
    );
    let outcome = met_stapling(&world, |staple| staple.hours = (-99, Some(-3)));
    outcome.warns("certificate", "cert-staple-unusable", &["out of date"]);
    let outcome = met_stapling(&world, |staple| staple.flipped = true);
    outcome.warns("certificate", "cert-staple-unusable", &["not signed"]);
}

/// A server that staples this response of the intermediate's.
fn met_stapling(world: &World, change: impl FnOnce(&mut Staple<'_>)) -> Outcome {
    let issuer = (world.issuing.subject.as_slice(), &world.issuing_key);
    let mut staple = Staple::new(world.now, issuer, world.leaf.serial);
    change(&mut staple);
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let identity = made::identity(&[&leaf, &issuing], &world.leaf_key);
    let server = demanding(identity).stapling(staple.response()).start();
    met_at(&server, &[&world.root_der()], |run| run)
}

/// Earlier versions wrote down the word of a library; it reaches nobody any more.
#[test]
fn the_verdict_of_an_earlier_version() {
    let mut report = World::new().met().json;
    let trust = &mut report["reports"][0]["facts"]["endpoints"][0]["tls"]["trust"];
    *trust = serde_json::json!({
        "judged": { "rejected": "UnsupportedSignatureAlgorithmContext(…)" },
        "local": null,
    });
    let run = Run::new("replay").args(&["-", "--format=json"]);
    let again = run.fed(report.to_string().as_bytes()).run();
    let finding = again.finding("certificate", "cert-untrusted-issuer");
    let message = finding["message"].as_str().expect("a message");
    assert!(!message.contains("Unsupported"), "{message}");
    assert!(message.contains("earlier version"), "{message}");
}

/// All of the message is read by TLS libraries (OpenSSL and GnuTLS end the handshake there), so what
/// is no certificate is a fault even where nothing needs it.
#[test]
fn what_is_sent_behind_the_leaf_has_to_be_a_certificate() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let surplus = [&issuing[..], &[0]].concat();
    let cut = &issuing[..issuing.len() - 1];
    let chains: [(&[&[u8]], i64); 9] = [
        (&[&leaf, &issuing, b"rubbish"], 3),
        (&[&leaf, b"rubbish", &issuing], 2),
        (&[&leaf, &surplus], 2),
        (&[&leaf, &issuing, &surplus], 3),
        (&[&leaf, &issuing, cut], 3),
        (&[&leaf, &issuing, &[0x30, 0x00]], 3),
        (&[&leaf, &issuing, b"0\x03abc"], 3),
        (&[&leaf, &issuing, &[0x30, 4, 0x30, 0, 0x30, 0]], 3),
        (&[&leaf, &issuing, b"-----BEGIN CERTIFICATE-----"], 3),
    ];
    for (chain, number) in chains {
        let outcome = world.met_showing(chain);
        outcome.shows("certificate", "cert-malformed", "fail");
        let finding = outcome.finding("certificate", "cert-malformed");
        assert_eq!(finding["args"]["number"], number, "{finding}");
        let fix = finding["fix"].as_str().expect("a fix");
        assert!(fix.starts_with("Nothing has to be ordered"), "{fix}");
        assert_eq!(outcome.code, 1);
    }
    is_ready(&world.met_showing(&[&leaf, &issuing, &issuing]));
}
