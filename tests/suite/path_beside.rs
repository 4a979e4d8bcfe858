//! A right path, and beside it certificates that some partners take for a part of it. OpenSSL and
//! GnuTLS are asked about the same worlds in `real_peers/paths.rs`.

use serde_json::Value;
use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::CertificateDer;
use xfed::internals::{Der, PathVerdict, Roots};

use crate::path_table::NOW;
use crate::path_world::{ISSUING, ROOT, Told, World, is_ready, met};
use crate::stage::FQDN;
use crate::world::made::{self, Draft, Hash, Key};

/// A chain that leads to its roots, and whom it leads astray.
pub(crate) struct Beside {
    pub(crate) name: &'static str,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) chain: Vec<Vec<u8>>,
    /// Number of the certificate, where it leads, and those who take it.
    pub(crate) astray: Vec<(u64, &'static str, &'static [&'static str])>,
}

const BOTH: &[&str] = &["open-ssl", "gnu-tls"];
const OPENSSL: &[&str] = &["open-ssl"];
const GNUTLS: &[&str] = &["gnu-tls"];

struct Maker {
    now: OffsetDateTime,
    root: Draft,
    issuing: Draft,
    root_key: Key,
    issuing_key: Key,
    other_key: Key,
    leaf_key: Key,
}

impl Maker {
    fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            root: Draft::authority(ROOT, now),
            issuing: Draft::authority(ISSUING, now),
            root_key: Key::p256(1),
            issuing_key: Key::p256(2),
            other_key: Key::p256(3),
            leaf_key: Key::rsa(),
        }
    }

    fn leaf(&self) -> Vec<u8> {
        let leaf = Draft::server(FQDN, self.now);
        leaf.signed(&self.leaf_key, &self.issuing, &self.issuing_key)
    }

    /// The leaf, without a word on which key its issuer has.
    fn vague(&self) -> Vec<u8> {
        let leaf = Draft {
            names_issuer: false,
            ..Draft::server(FQDN, self.now)
        };
        leaf.signed(&self.leaf_key, &self.issuing, &self.issuing_key)
    }

    /// The intermediate by the root, changed.
    fn copy(&self, change: impl FnOnce(Draft) -> Draft) -> Vec<u8> {
        let copy = Draft {
            serial: 9,
            ..change(self.issuing.clone())
        };
        copy.signed(&self.issuing_key, &self.root, &self.root_key)
    }

    fn right(&self) -> Vec<u8> {
        let (key, root) = (&self.issuing_key, &self.root);
        self.issuing.signed(key, root, &self.root_key)
    }

    /// The intermediate by somebody else.
    fn crossed(&self, issuer: &str) -> Vec<u8> {
        let issuer = Draft::authority(issuer, self.now);
        self.issuing
            .signed(&self.issuing_key, &issuer, &self.other_key)
    }
}

/// Every world, made at this moment.
#[expect(clippy::too_many_lines, reason = "one table")]
pub(crate) fn worlds(now: OffsetDateTime) -> Vec<Beside> {
    let maker = Maker::new(now);
    let root = maker.root.self_signed(&maker.root_key);
    let (leaf, vague, right) = (maker.leaf(), maker.vague(), maker.right());
    let world = |name, chain: &[&Vec<u8>], astray: &[_]| Beside {
        name,
        roots: vec![root.clone()],
        chain: chain.iter().map(|der| (*der).clone()).collect(),
        astray: astray.to_vec(),
    };
    let other = {
        let (key, root) = (&maker.other_key, &maker.root);
        maker.issuing.signed(key, root, &maker.root_key)
    };
    let expired = maker.copy(|copy| copy.valid(now, -900, -3));
    let clients = maker.copy(|copy| copy.purposes(&[made::CLIENT_AUTH]));
    let servers = maker.copy(|copy| copy.purposes(&[made::SERVER_AUTH]));
    let elsewhere = maker.copy(|copy| copy.constraints(&[made::der(0x82, b"other.example")], &[]));
    let plain = maker.copy(|copy| {
        copy.with(made::BASIC, true, made::sequence(&[]))
            .usage(made::DIGITAL_SIGNATURE)
    });
    let weak = maker.copy(|copy| Draft {
        hash: Hash::Sha1,
        ..copy
    });
    let other_root = maker.copy(|copy| {
        let identifier = made::der(0x80, &[0x77; 20]);
        copy.with(made::AUTHORITY_KEY, false, made::sequence(&[&identifier]))
    });
    let own = maker.issuing.self_signed(&maker.issuing_key);
    let other_own = maker.issuing.self_signed(&maker.other_key);
    let unknown = maker.crossed("CN=Unknown Root");
    let unknown_root = Draft::authority("CN=Unknown Root", now).self_signed(&maker.other_key);
    let knot = maker.crossed("CN=Knot");
    let back = Draft::authority("CN=Knot", now).signed(
        &maker.other_key,
        &maker.issuing,
        &maker.issuing_key,
    );
    // The issuer of the leaf, where partners have it as a root, too.
    let also = |draft: Draft| vec![root.clone(), draft.self_signed(&maker.issuing_key)];
    let issuing = || Draft {
        serial: 11,
        ..maker.issuing.clone()
    };
    let over_root = issuing().valid(now, -3700, -50);
    let not_ours = issuing().constraints(&[], &[made::der(0x82, b"zahnfee.de")]);
    let with = |name, draft: &Draft, astray: &[_]| Beside {
        roots: also(draft.clone()),
        ..world(name, &[&leaf, &right], astray)
    };
    // The root by another one that partners have, too: needless.
    let old_root = Draft::authority("CN=Old Root", now);
    let crossed_below = |name, change: fn(Draft, OffsetDateTime) -> Draft, astray: &[_]| {
        let crossed = change(maker.root.clone(), now);
        let crossed = crossed.signed(&maker.root_key, &old_root, &maker.other_key);
        Beside {
            roots: vec![root.clone(), old_root.self_signed(&maker.other_key)],
            ..world(name, &[&leaf, &right, &crossed], astray)
        }
    };
    let root_crossed = maker.root.signed(
        &maker.root_key,
        &Draft::authority("CN=Old Root", now),
        &maker.other_key,
    );
    vec![
        world("nothing", &[&leaf, &right], &[]),
        world("another key, said so", &[&leaf, &other, &right], &[]),
        world(
            "another key",
            &[&vague, &other, &right],
            &[(2, "wrong-signature", BOTH)],
        ),
        world("another key, behind", &[&vague, &right, &other], &[]),
        world(
            "another key, of its own",
            &[&vague, &other_own, &right],
            &[(2, "nowhere", BOTH)],
        ),
        world(
            "expired",
            &[&leaf, &expired, &right],
            &[(2, "expired", GNUTLS)],
        ),
        world("expired, behind", &[&leaf, &right, &expired], &[]),
        world(
            "for clients",
            &[&leaf, &clients, &right],
            &[(2, "no-server-auth", BOTH)],
        ),
        world(
            "for other names",
            &[&leaf, &elsewhere, &right],
            &[(2, "name-not-permitted", BOTH)],
        ),
        world(
            "no authority",
            &[&leaf, &plain, &right],
            &[(2, "not-ca", BOTH)],
        ),
        world(
            "signed with SHA-1",
            &[&leaf, &weak, &right],
            &[(2, "weak-signature", BOTH)],
        ),
        world("signed with SHA-1, behind", &[&leaf, &right, &weak], &[]),
        world(
            "of another root",
            &[&leaf, &other_root, &right],
            &[(2, "nowhere", BOTH)],
        ),
        world(
            "of its own",
            &[&leaf, &own, &right],
            &[(2, "nowhere", OPENSSL)],
        ),
        world(
            "unknown",
            &[&leaf, &unknown, &right],
            &[(2, "nowhere", BOTH)],
        ),
        world(
            "unknown, with its root",
            &[&leaf, &unknown, &unknown_root, &right],
            &[(2, "nowhere", BOTH)],
        ),
        world("unknown, behind", &[&leaf, &right, &unknown], &[]),
        world(
            "two of them",
            &[&leaf, &unknown, &clients, &right],
            &[(2, "nowhere", BOTH), (3, "no-server-auth", BOTH)],
        ),
        // Both go round once and come out at the right one.
        world("a knot", &[&leaf, &knot, &back, &right], &[]),
        world("a stranger", &[&leaf, &unknown_root, &right], &[]),
        world("the root", &[&leaf, &right, &root], &[]),
        world("the root, crossed", &[&leaf, &right, &root_crossed], &[]),
        crossed_below("the root, crossed by a root", |root, _| root, &[]),
        crossed_below(
            "the root, crossed for other names",
            |root, _| root.constraints(&[made::der(0x82, b"other.example")], &[]),
            &[(3, "name-not-permitted", GNUTLS)],
        ),
        crossed_below(
            "the root, crossed but for this name",
            |root, _| root.constraints(&[], &[made::der(0x82, b"zahnfee.de")]),
            &[(3, "name-excluded", GNUTLS)],
        ),
        crossed_below(
            "the root, crossed for this name",
            |root, _| root.constraints(&[made::der(0x82, b"zahnfee.de")], &[]),
            &[],
        ),
        crossed_below(
            "the root, crossed for clients",
            |root, _| root.purposes(&[made::CLIENT_AUTH]),
            &[(3, "no-server-auth", GNUTLS)],
        ),
        crossed_below(
            "the root, crossed for later",
            |root, now| root.valid(now, 3, 900),
            &[(3, "not-yet-valid", GNUTLS)],
        ),
        crossed_below(
            "the root, crossed and expired",
            |root, now| root.valid(now, -900, -3),
            &[],
        ),
        crossed_below(
            "the root, crossed with SHA-1",
            |root, _| Draft {
                hash: Hash::Sha1,
                ..root
            },
            &[],
        ),
        with("a root, too", &issuing(), &[]),
        with(
            "an expired root, too",
            &over_root,
            &[(0, "expired", OPENSSL)],
        ),
        with(
            "a root for other names, too",
            &not_ours,
            &[(0, "name-excluded", OPENSSL)],
        ),
        // OpenSSL refuses it where XPhone shows it as a client.
        world(
            "for servers",
            &[&leaf, &servers, &right],
            &[(2, "no-client-auth", OPENSSL)],
        ),
    ]
}

#[test]
fn whoever_is_led_astray_is_named() {
    for world in worlds(NOW) {
        let roots = world.roots.iter().cloned().map(CertificateDer::from);
        let chain: Vec<Der> = world.chain.iter().cloned().map(Der).collect();
        let facts = Roots::from_certificates(roots).look_at(&chain, NOW.unix_timestamp());
        let facts = facts.expect("the leaf can be read");
        assert_eq!(facts.verdict, PathVerdict::Trusted, "{}", world.name);
        let facts = serde_json::to_value(&facts).expect("facts are JSON");
        let remarks = facts["remarks"].as_array().expect("remarks").iter();
        let told: Vec<_> = remarks.map(told).collect();
        let expected = world.astray.iter().map(|(number, to, by)| {
            let by = by.iter().map(|one| (*one).to_owned());
            (*number, (*to).to_owned(), by.collect())
        });
        assert_eq!(told, expected.collect::<Vec<_>>(), "{}", world.name);
    }
}

/// Number, destination and partners of a remark.
fn told(remark: &Value) -> (u64, String, Vec<String>) {
    let what = &remark["what"]["misleading"];
    let key = |value: &Value| match value.as_object() {
        Some(object) => object.keys().next().cloned().expect("one key"),
        None => value.as_str().expect("a word").to_owned(),
    };
    let to = match &what["to"] {
        Value::Object(refused) => key(&refused["refused"]),
        word => key(word),
    };
    let by = what["by"].as_array().expect("partners").iter().map(key);
    // A root has none.
    let number = remark["certificate"]["place"]["sent"].as_u64();
    (number.unwrap_or_default(), to, by.collect())
}

fn shown(name: &str) -> crate::stage::Outcome {
    let world = worlds(OffsetDateTime::now_utc());
    let world = world.into_iter().find(|world| world.name == name);
    let world = world.expect("a world of this name");
    let chain: Vec<&[u8]> = world.chain.iter().map(Vec::as_slice).collect();
    let roots: Vec<&[u8]> = world.roots.iter().map(Vec::as_slice).collect();
    met(made::identity(&chain, &Key::rsa()), &roots)
}

#[test]
fn an_expired_copy_before_the_right_one() {
    let outcome = shown("expired");
    let words = ["number 2", ISSUING, "GnuTLS takes", "outside its dates"];
    outcome.warns("certificate", "cert-misleading-issuer", &words);
    let fix = outcome.finding("certificate", "cert-misleading-issuer")["fix"].to_string();
    assert!(
        fix.contains(ISSUING) && fix.contains("serial number 09"),
        "{fix}"
    );
}

#[test]
fn a_certificate_of_the_same_name_with_another_key() {
    let words = ["number 2", "OpenSSL and GnuTLS take", "another key"];
    shown("another key").warns("certificate", "cert-misleading-issuer", &words);
}

#[test]
fn a_copy_with_a_weak_signature_before_the_right_one() {
    let words = ["number 2", ISSUING, "OpenSSL and GnuTLS take", "SHA-1"];
    shown("signed with SHA-1").warns("certificate", "cert-misleading-issuer", &words);
    let words = ["number 2", "name constraints"];
    shown("for other names").warns("certificate", "cert-misleading-issuer", &words);
}

/// What OpenSSL never looks at, as it has the root itself.
#[test]
fn a_root_crossed_by_another_root() {
    for (name, why) in [
        ("the root, crossed for other names", "name constraints"),
        ("the root, crossed but for this name", "name constraints"),
        ("the root, crossed for later", "outside its dates"),
    ] {
        let words = [
            "number 3",
            ROOT,
            "issued by CN=Old Root",
            "GnuTLS takes",
            why,
        ];
        shown(name).warns("certificate", "cert-misleading-issuer", &words);
    }
}

#[test]
fn a_copy_below_a_root_that_nobody_has() {
    let words = ["number 2", "issued by CN=Unknown Root", "leads to no root"];
    shown("unknown, with its root").warns("certificate", "cert-misleading-issuer", &words);
}

#[test]
fn a_root_that_misleads() {
    for (name, why) in [
        ("an expired root, too", "outside its dates"),
        ("a root for other names, too", "name constraints"),
    ] {
        let outcome = shown(name);
        let words = ["--ca-file holds", ISSUING, "OpenSSL takes", why];
        outcome.warns("certificate", "cert-misleading-issuer", &words);
        let fix = outcome.finding("certificate", "cert-misleading-issuer")["fix"].to_string();
        assert!(fix.contains("serial number 0b"), "{fix}");
    }
}

/// They are removed together.
#[test]
fn several_that_mislead_are_told_at_once() {
    let words = ["number 2", "Another one misleads as well (serial number"];
    shown("two of them").warns("certificate", "cert-misleading-issuer", &words);
}

#[test]
fn what_misleads_nobody_is_not_spoken_of() {
    for name in [
        "a root, too",
        "unknown, behind",
        "expired, behind",
        "signed with SHA-1, behind",
        "a knot",
        "the root, crossed",
        "the root, crossed by a root",
        "the root, crossed for this name",
        "the root, crossed and expired",
        "the root, crossed with SHA-1",
    ] {
        is_ready(&shown(name));
    }
    is_ready(&World::new().met());
}
