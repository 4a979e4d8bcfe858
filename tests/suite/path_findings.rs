//! Step 5 by the certificates above the leaf: through the binary, one world for each fault, and the
//! finding that names the certificate and what has to be changed of it.

use time::{Duration, OffsetDateTime};

use crate::certificate::fixture_chain;
use crate::stage::{FQDN, Outcome, Run, Stage, ZONE, demanding, file};
use crate::world::made::{self, Draft, Hash, Key};
use crate::world::staple::{Staple, revoked};
use crate::world::{Dns, Identity, Server};

const ALL_PASS: &str = "pass pass pass pass pass pass";
const FAILS: &str = "pass pass pass pass fail pass";
const WARNS: &str = "pass pass pass pass warn pass";
const UNDECIDED: &str = "pass pass pass pass unknown pass";

const ROOT: &str = "O=Molar, CN=Molar Trust Root CA";
const ISSUING: &str = "O=Molar, CN=Molar Trust Issuing CA";

/// A root, an intermediate below it, and a leaf: all right, until a test changes one of them.
struct World {
    now: OffsetDateTime,
    root: Draft,
    issuing: Draft,
    leaf: Draft,
    root_key: Key,
    issuing_key: Key,
    leaf_key: Key,
}

impl World {
    fn new() -> Self {
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

    fn with_root(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let root = change(world.root.clone(), world.now);
        Self { root, ..world }
    }

    fn with_issuing(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let issuing = change(world.issuing.clone(), world.now);
        Self { issuing, ..world }
    }

    fn with_leaf(change: impl FnOnce(Draft, OffsetDateTime) -> Draft) -> Self {
        let world = Self::new();
        let leaf = change(world.leaf.clone(), world.now);
        Self { leaf, ..world }
    }

    fn root_der(&self) -> Vec<u8> {
        self.root.self_signed(&self.root_key)
    }

    fn issuing_der(&self) -> Vec<u8> {
        self.issuing
            .signed(&self.issuing_key, &self.root, &self.root_key)
    }

    fn leaf_der(&self) -> Vec<u8> {
        self.leaf
            .signed(&self.leaf_key, &self.issuing, &self.issuing_key)
    }

    /// Leaf and intermediate are sent.
    fn met(&self) -> Outcome {
        let (leaf, issuing) = (self.leaf_der(), self.issuing_der());
        self.met_showing(&[&leaf, &issuing])
    }

    /// The leaf comes directly below the root.
    fn met_without_intermediate(&self) -> Outcome {
        let leaf = self.leaf.signed(&self.leaf_key, &self.root, &self.root_key);
        self.met_showing(&[&leaf])
    }

    fn met_showing(&self, chain: &[&[u8]]) -> Outcome {
        met(made::identity(chain, &self.leaf_key), &[&self.root_der()])
    }
}

fn met(identity: Identity, roots: &[&[u8]]) -> Outcome {
    let server = demanding(identity).start();
    met_at(&server, roots, |run| run)
}

fn met_at(server: &Server, roots: &[&[u8]], change: impl FnOnce(Run) -> Run) -> Outcome {
    let stage = Stage::new();
    let roots = file(&made::pem(roots));
    let run = stage.check_without_roots("zahnfee.de").arg("--ca-file");
    let run = run.arg(roots.path()).arg("--no-revocation");
    change(run.connect_to(server)).run()
}

/// What a test asserts of the one finding of a code.
trait Told {
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

fn is_ready(outcome: &Outcome) {
    outcome.stands(ALL_PASS, "ready", 0);
}

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

#[test]
fn a_leaf_that_means_another_issuer() {
    let world = World::with_leaf(|leaf, _| {
        let identifier = made::der(0x80, &[0x77; 20]);
        leaf.with(made::AUTHORITY_KEY, false, made::sequence(&[&identifier]))
    });
    world
        .met()
        .warns("certificate", "cert-authority-key-differs", &[ISSUING]);
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

/// Such a name is broken, not missing.
#[test]
fn a_name_that_is_not_ascii() {
    for bytes in [&b"xphone.z\xe4hnfee.de"[..], "xphone.zähnfee.de".as_bytes()] {
        let names = made::sequence(&[&made::der(0x82, bytes)]);
        let world = World::with_leaf(|leaf, _| leaf.with(made::ALTERNATIVES, false, names));
        let outcome = world.met();
        outcome.lacks("cert-no-san");
        outcome.fails("certificate", "cert-malformed", &["2.5.29.17"]);
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
    // The leaf, eighteen strangers, and then the issuer.
    let mut chain = vec![world.leaf_der()];
    chain.extend((0..18).map(|number| {
        let stranger = Draft::authority(&format!("CN=Stranger {number}"), world.now);
        stranger.self_signed(&Key::p256(20 + number))
    }));
    chain.push(world.issuing_der());
    is_ready(&world.met_showing(&chain.iter().map(Vec::as_slice).collect::<Vec<_>>()));
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
