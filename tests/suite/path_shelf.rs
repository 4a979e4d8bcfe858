//! The certificates of the table of paths: each variant made once, put together at will.

use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::CertificateDer;
use xfed::internals::{Der, PathFacts, Roots};

use crate::path_world::{ISSUING, ROOT};
use crate::stage::FQDN;
use crate::world::made::{self, Draft, Hash, Key};

const UNKNOWN: &str = "1.3.6.1.4.1.55555.2";

/// Declares the variants of a certificate.
macro_rules! variants {
    ($name:ident: $($value:ident),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($value),+ }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$value),+];
        }
    };
}

variants!(Issuer:
    Sound, Expired, NotYetValid, NotCa, NoBasicConstraints, NoCertSign, NoUsage, PathLength0,
    ServerOnly, ClientOnly, AnyPurpose, PermitsOurs, PermitsOther, ExcludesOurs, PermitsDirectory,
    CriticalPolicies, UnknownCritical, Repeated, Version1, Sha1, Sha512, Flipped, OtherIssuerKey,
    NamesAsPrintable, NoMarks, CriticalMappings, CriticalAccess, DistantConstraints,
    ShortRange, GappedMask,
);

variants!(Leaf:
    Sound, Authority, UnknownCritical, Repeated, ShortDate, Year1950, Sha1, Sha512, Flipped,
    OtherIssuerKey, OtherIssuerSerial, NoDigitalSignature, NoUsage, IssuerAsPrintable,
    IssuerInCapitals, CriticalKeyIdentifier, CriticalFreshest, NetscapeServer, NetscapeClient,
    NetscapeMail, EmptyName, RawName,
);

/// One cell; a failure prints it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) root: Issuer,
    /// A second intermediate between the root and the issuing one, where there is one.
    pub(crate) upper: Option<Issuer>,
    pub(crate) issuing: Issuer,
    pub(crate) leaf: Leaf,
}

/// All of them.
pub(crate) struct Shelf {
    now: OffsetDateTime,
    roots: Vec<Vec<u8>>,
    uppers: Vec<Vec<u8>>,
    /// The issuing one by the second intermediate.
    below_upper: Vec<Vec<u8>>,
    issuing: Vec<Vec<u8>>,
    leaves: Vec<Vec<u8>>,
}

impl Shelf {
    /// Certificates dated relative to this moment, at which they are judged.
    pub(crate) fn at(now: OffsetDateTime) -> Self {
        let keys = [Key::p256(1), Key::p256(2), Key::p256(3)];
        let leaf_key = Key::rsa();
        let root = Draft::authority(ROOT, now);
        let issuing = Draft::authority(ISSUING, now);
        let roots = Issuer::ALL.iter().map(|variant| {
            let draft = varied(root.clone(), *variant, now);
            draft.signed(&keys[0], &root, &keys[0])
        });
        let others = Issuer::ALL.iter().map(|variant| {
            let draft = varied(issuing.clone(), *variant, now);
            draft.signed(&keys[1], &root, &keys[0])
        });
        let upper = Draft::authority(UPPER, now);
        let uppers = Issuer::ALL.iter().map(|variant| {
            let draft = varied(upper.clone(), *variant, now);
            draft.signed(&keys[2], &root, &keys[0])
        });
        let below_upper = Issuer::ALL.iter().map(|variant| {
            let draft = match variant {
                Issuer::NamesAsPrintable => Draft {
                    issuer: Some(made::name(UPPER, made::PRINTABLE)),
                    ..issuing.clone()
                },
                variant => varied(issuing.clone(), *variant, now),
            };
            draft.signed(&keys[1], &upper, &keys[2])
        });
        let leaves = Leaf::ALL.iter().map(|variant| {
            let draft = leaf(*variant, now);
            draft.signed(&leaf_key, &issuing, &keys[1])
        });
        Self {
            now,
            roots: roots.collect(),
            uppers: uppers.collect(),
            below_upper: below_upper.collect(),
            issuing: others.collect(),
            leaves: leaves.collect(),
        }
    }

    pub(crate) fn root(&self, case: Case) -> &[u8] {
        &self.roots[case.root as usize]
    }

    /// The intermediates, the issuing one first.
    pub(crate) fn intermediates(&self, case: Case) -> Vec<&[u8]> {
        let issuing = case.issuing as usize;
        match case.upper {
            None => vec![&self.issuing[issuing]],
            Some(upper) => vec![&self.below_upper[issuing], &self.uppers[upper as usize]],
        }
    }

    pub(crate) fn leaf(&self, case: Case) -> &[u8] {
        &self.leaves[case.leaf as usize]
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn is_trusted(&self, case: Case) -> bool {
        self.judged(case).verdict == xfed::internals::PathVerdict::Trusted
    }

    pub(crate) fn judged(&self, case: Case) -> PathFacts {
        let root = CertificateDer::from(self.root(case).to_vec());
        let roots = Roots::from_certificates([root]);
        let sent = std::iter::once(self.leaf(case)).chain(self.intermediates(case));
        let chain: Vec<Der> = sent.map(|der| Der(der.to_vec())).collect();
        let facts = roots.look_at(&chain, self.now.unix_timestamp());
        facts.expect("the leaf can be read")
    }
}

/// The second intermediate.
pub(crate) const UPPER: &str = "O=Molar, CN=Molar Trust Policy CA";

fn varied(draft: Draft, variant: Issuer, now: OffsetDateTime) -> Draft {
    let dns = |name: &str| made::der(0x82, name.as_bytes());
    match variant {
        Issuer::Sound => draft,
        Issuer::Expired => draft.valid(now, -3700, -50),
        Issuer::NotYetValid => draft.valid(now, 5, 3700),
        Issuer::NotCa => draft.with(made::BASIC, true, made::sequence(&[])),
        Issuer::NoBasicConstraints => draft.without(made::BASIC),
        Issuer::NoCertSign => draft.usage(made::DIGITAL_SIGNATURE),
        Issuer::NoUsage => draft.without(made::KEY_USAGE),
        Issuer::NoMarks => draft.without(made::BASIC).without(made::KEY_USAGE),
        Issuer::CriticalMappings => {
            let policy = made::oid("2.23.140.1.2.2");
            let mapping = made::sequence(&[&policy, &policy]);
            draft.with("2.5.29.33", true, made::sequence(&[&mapping]))
        }
        Issuer::CriticalAccess => draft.with("1.3.6.1.5.5.7.1.1", true, access()),
        Issuer::DistantConstraints => {
            let tree = made::sequence(&[&made::der(0x82, b"zahnfee.de"), &[0x80, 1, 1]]);
            let value = made::sequence(&[&made::der(0xa0, &tree)]);
            draft.with(made::CONSTRAINTS, true, value)
        }
        Issuer::ShortRange => draft.constraints(&[], &[made::der(0x87, &[10, 0, 0, 0])]),
        Issuer::GappedMask => {
            let range = made::der(0x87, &[10, 0, 0, 0, 255, 0, 255, 0]);
            draft.constraints(&[], &[range])
        }
        Issuer::PathLength0 => draft.path_length(0),
        Issuer::ServerOnly => draft.purposes(&[made::SERVER_AUTH]),
        Issuer::ClientOnly => draft.purposes(&[made::CLIENT_AUTH]),
        Issuer::AnyPurpose => draft.purposes(&[made::ANY_PURPOSE]),
        Issuer::PermitsOurs => draft.constraints(&[dns("zahnfee.de")], &[]),
        Issuer::PermitsOther => draft.constraints(&[dns("other.example")], &[]),
        Issuer::ExcludesOurs => draft.constraints(&[], &[dns("zahnfee.de")]),
        Issuer::PermitsDirectory => {
            let names = [format!("CN={FQDN}"), ISSUING.to_owned()];
            let names = names.map(|name| made::der(0xa4, &made::name(&name, made::PRINTABLE)));
            let everywhere = made::der(0x87, &[0; 8]);
            draft.constraints(&names, &[everywhere])
        }
        Issuer::CriticalPolicies => {
            let policy = made::sequence(&[&made::sequence(&[&made::oid("2.23.140.1.2.2")])]);
            draft.with("2.5.29.32", true, policy)
        }
        Issuer::UnknownCritical => draft.with(UNKNOWN, true, vec![5, 0]),
        Issuer::Repeated => draft.again(made::BASIC, true, made::sequence(&[&[1, 1, 0xff]])),
        Issuer::Version1 => Draft {
            version1: true,
            ..draft
        },
        Issuer::Sha1 => Draft {
            hash: Hash::Sha1,
            ..draft
        },
        Issuer::Sha512 => Draft {
            hash: Hash::Sha512,
            ..draft
        },
        Issuer::Flipped => Draft {
            flipped: true,
            ..draft
        },
        Issuer::OtherIssuerKey => other_issuer_key(draft),
        Issuer::NamesAsPrintable => Draft {
            issuer: Some(made::name(ROOT, made::PRINTABLE)),
            ..draft
        },
    }
}

/// The content of an authorityInfoAccess.
fn access() -> Vec<u8> {
    let uri = made::der(0x86, b"http://ocsp.molar.example/");
    let entry = made::sequence(&[&made::oid("1.3.6.1.5.5.7.48.1"), &uri]);
    made::sequence(&[&entry])
}

/// A Netscape certificate type of these bits.
fn netscape(draft: Draft, bits: u8) -> Draft {
    let unused = u8::try_from(bits.trailing_zeros()).expect("at most eight");
    draft.with(
        "2.16.840.1.113730.1.1",
        false,
        made::der(3, &[unused, bits]),
    )
}

fn other_issuer_key(draft: Draft) -> Draft {
    let identifier = made::der(0x80, &[0x77; 20]);
    draft.with(made::AUTHORITY_KEY, false, made::sequence(&[&identifier]))
}

fn leaf(variant: Leaf, now: OffsetDateTime) -> Draft {
    let draft = Draft::server(FQDN, now);
    match variant {
        Leaf::Sound => draft,
        Leaf::Authority => draft
            .with(made::BASIC, true, made::sequence(&[&[1, 1, 0xff]]))
            .usage(made::ISSUES)
            .without(made::PURPOSES),
        Leaf::UnknownCritical => draft.with(UNKNOWN, true, vec![5, 0]),
        Leaf::Repeated => {
            let name = made::der(0x82, FQDN.as_bytes());
            draft.again(made::ALTERNATIVES, false, made::sequence(&[&name]))
        }
        Leaf::ShortDate => Draft {
            dates: draft
                .dates
                .map(|date| made::der(0x17, &[&date[2..12], b"Z"].concat())),
            ..draft
        },
        Leaf::Year1950 => {
            let last = draft.dates[1].clone();
            Draft {
                dates: [made::der(0x17, b"500101000000Z"), last],
                ..draft
            }
        }
        Leaf::Sha1 => Draft {
            hash: Hash::Sha1,
            ..draft
        },
        Leaf::Sha512 => Draft {
            hash: Hash::Sha512,
            ..draft
        },
        Leaf::Flipped => Draft {
            flipped: true,
            ..draft
        },
        Leaf::OtherIssuerKey => other_issuer_key(draft),
        Leaf::OtherIssuerSerial => {
            let name = made::der(0xa4, &made::name(ROOT, made::UTF8));
            let value = made::sequence(&[&made::der(0xa1, &name), &[0x82, 1, 99]]);
            draft.with(made::AUTHORITY_KEY, false, value)
        }
        Leaf::NoDigitalSignature => draft.usage(made::KEY_ENCIPHERMENT),
        Leaf::NoUsage => draft.without(made::KEY_USAGE),
        Leaf::IssuerInCapitals => Draft {
            issuer: Some(made::name("O=MOLAR, CN=MOLAR TRUST ISSUING CA", made::UTF8)),
            ..draft
        },
        Leaf::CriticalKeyIdentifier => {
            let identifier = made::der(4, &Key::rsa().identifier());
            draft.with(made::SUBJECT_KEY, true, identifier)
        }
        Leaf::CriticalFreshest => {
            let uri = made::der(0x86, b"http://crl.molar.example/delta.crl");
            let point = made::sequence(&[&made::der(0xa0, &made::der(0xa0, &uri))]);
            draft.with("2.5.29.46", true, made::sequence(&[&point]))
        }
        Leaf::NetscapeServer => netscape(draft, 0x40),
        Leaf::NetscapeClient => netscape(draft, 0x80),
        Leaf::NetscapeMail => netscape(draft, 0x20),
        Leaf::RawName => draft.alternatives(&[FQDN, "zähne.de"]),
        Leaf::EmptyName => draft.alternatives(&[FQDN, ""]),
        Leaf::IssuerAsPrintable => Draft {
            issuer: Some(made::name(ISSUING, made::PRINTABLE)),
            ..draft
        },
    }
}
