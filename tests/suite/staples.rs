//! Stapled OCSP responses as a table: each property right and wrong, judged without network.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::pki_types::CertificateDer;
use xfed::internals::{Der, Roots, StapleFault, StapleOutcome, judge_staple};

use crate::stage::FQDN;
use crate::world::made::{self, Draft, Key};
use crate::world::staple::{Staple, UNKNOWN, revoked};

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// An authority, its server, and who may answer for it.
struct Scene {
    issuer: Draft,
    key: Key,
    delegate: Key,
    roots: Roots,
    chain: Vec<Der>,
}

impl Scene {
    fn new() -> Self {
        let (key, leaf) = (Key::p256(1), Key::p256(2));
        let issuer = Draft::authority("CN=Molar CA", NOW);
        let root = issuer.self_signed(&key);
        let leaf = Draft::server(FQDN, NOW).signed(&leaf, &issuer, &key);
        Self {
            issuer,
            delegate: Key::p256(3),
            roots: Roots::from_certificates([CertificateDer::from(root)]),
            chain: vec![Der(leaf)],
            key,
        }
    }

    fn staple(&self) -> Staple<'_> {
        Staple::new(NOW, (&self.issuer.subject, &self.key), 7)
    }

    fn says(&self, response: &[u8]) -> StapleOutcome {
        judge_staple(response, &self.chain, &self.roots, NOW.unix_timestamp())
    }

    /// Signed by a delegate that has this purpose, certified by this key.
    fn delegated(&self, purpose: &str, by: &Key) -> Staple<'_> {
        let draft = Draft::server("Molar OCSP", NOW).purposes(&[purpose]);
        let certificate = draft.signed(&self.delegate, &self.issuer, by);
        Staple {
            delegate: Some((&self.delegate, certificate)),
            ..self.staple()
        }
    }
}

#[test]
fn every_status_is_told() {
    let scene = Scene::new();
    let with = |status: Vec<u8>| {
        scene.says(
            &Staple {
                status,
                ..scene.staple()
            }
            .response(),
        )
    };
    assert_eq!(scene.says(&scene.staple().response()), StapleOutcome::Good);
    assert_eq!(with(UNKNOWN.to_vec()), StapleOutcome::Unknown);
    let yesterday = NOW - Duration::days(1);
    assert_eq!(
        with(revoked(yesterday, 1)),
        StapleOutcome::Revoked {
            at: yesterday.unix_timestamp(),
            reason: Some("keyCompromise".to_owned()),
        }
    );
}

#[test]
fn a_response_counts_only_for_its_certificate_and_time() {
    let scene = Scene::new();
    let at = |hours: i64| (NOW + Duration::hours(hours)).unix_timestamp();
    let says = |staple: Staple<'_>| scene.says(&staple.response());
    let good = StapleOutcome::Good;
    let unusable = StapleOutcome::Unusable;
    let staple = || scene.staple();
    assert_eq!(
        says(Staple {
            sha256: true,
            ..staple()
        }),
        good
    );
    assert_eq!(
        says(Staple {
            hours: (-1, None),
            ..staple()
        }),
        good
    );
    // As long as GnuTLS takes one that does not say how long it holds.
    assert_eq!(
        says(Staple {
            hours: (-24 * 15 - 1, None),
            ..staple()
        }),
        unusable(StapleFault::Expired(at(-1)))
    );
    assert_eq!(
        says(Staple {
            serial: 8,
            ..staple()
        }),
        unusable(StapleFault::OtherCertificate)
    );
    assert_eq!(
        says(Staple {
            hours: (-90, Some(-2)),
            ..staple()
        }),
        unusable(StapleFault::Expired(at(-2)))
    );
    assert_eq!(
        says(Staple {
            hours: (2, Some(90)),
            ..staple()
        }),
        unusable(StapleFault::NotYetValid(at(2)))
    );
    assert_eq!(
        says(Staple {
            flipped: true,
            ..staple()
        }),
        unusable(StapleFault::NotVerified)
    );
}

#[test]
fn a_delegate_needs_the_purpose_and_the_issuers_signature() {
    let scene = Scene::new();
    let stranger = Key::p256(9);
    let says = |purpose: &str, by: &Key| scene.says(&scene.delegated(purpose, by).response());
    let refused = StapleOutcome::Unusable(StapleFault::NotVerified);
    assert_eq!(says(OCSP_SIGNING, &scene.key), StapleOutcome::Good);
    assert_eq!(says(made::SERVER_AUTH, &scene.key), refused);
    assert_eq!(says(OCSP_SIGNING, &stranger), refused);
}

#[test]
fn what_is_no_response_is_none() {
    let scene = Scene::new();
    let whole = scene.staple().response();
    let malformed = StapleOutcome::Unusable(StapleFault::Malformed);
    for end in 0..whole.len() {
        assert_eq!(scene.says(&whole[..end]), malformed, "{end} bytes");
    }
    let later = [0x30, 3, 0x0a, 1, 3];
    let unusable = StapleOutcome::Unusable(StapleFault::NotSuccessful(3));
    assert_eq!(scene.says(&later), unusable);
}
