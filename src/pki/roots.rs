//! Does a chain of certificates lead to a root of a given set? Pure: chain, roots and moment in,
//! verdict out. Path building and signatures are webpki's; names, purposes and the leaf's own
//! dates are judged elsewhere, one by one, so that none hides another.

use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};

use crate::facts::{ChainVerdict, Der, PathFacts};
use crate::pki::path::{self, Anchor, PathCert};
use crate::pki::signature::PublicKey;
use crate::pki::x509::Certificate;

/// A set of roots.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    anchors: Vec<TrustAnchor<'static>>,
    /// The roots themselves, where they are at hand: a server may show a root as its own certificate.
    certificates: Vec<Der>,
    /// The same roots, as our own path building wants them.
    ends: Vec<Anchor>,
}

impl Roots {
    /// The public roots that travel with the program (Mozilla's).
    pub fn public() -> Self {
        let anchors = webpki_roots::TLS_SERVER_ROOTS.to_vec();
        let ends = anchors.iter().filter_map(Anchor::from_trust_anchor);
        Self {
            ends: ends.collect(),
            anchors,
            certificates: Vec::new(),
        }
    }

    /// A set of certificates; those that cannot serve as a root are left out.
    pub fn from_certificates(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Self {
        let mut roots = Self::default();
        for certificate in certificates {
            roots.ends.extend(Anchor::from_certificate(&certificate));
            if let Ok(anchor) = webpki::anchor_from_trusted_cert(&certificate) {
                roots.anchors.push(anchor.to_owned());
                roots.certificates.push(Der(certificate.to_vec()));
            }
        }
        roots
    }

    /// How many roots there are.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// How many of them our own path building can use.
    pub fn ends(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The roots as path building wants them.
    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Judges a chain, leaf first, at a moment in seconds since 1970. The leaf's own dates do not
    /// count: outside of them the chain is judged at the nearest moment within.
    pub fn verify(&self, chain: &[Der], now: i64) -> ChainVerdict {
        if self.is_empty() {
            return ChainVerdict::NoRoots;
        }
        let Some((leaf, issuers)) = chain.split_first() else {
            return ChainVerdict::UnknownIssuer;
        };
        if self.certificates.contains(leaf) {
            return ChainVerdict::Trusted;
        }
        let moment = within_validity(leaf, now);
        match self.find_path(leaf, issuers, moment, KeyUsage::server_auth()) {
            // The leaf's purposes are judged by themselves: where they are what is lacking, ask again
            // without looking at them. Those of an issuer bind everything below it.
            Err(Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension)
                if lacks_purpose(leaf) =>
            {
                verdict(self.find_path(leaf, issuers, moment, AnyPurpose))
            }
            other => verdict(other),
        }
    }

    /// What every certificate between the leaf of a chain and a root says for and against it, at a
    /// moment in seconds since 1970; `None` where the leaf cannot be read.
    pub fn look_at(&self, chain: &[Der], now: i64) -> Option<PathFacts> {
        path::judge(chain, &self.ends, now)
    }

    /// The keys of the roots that have the name of a certificate's issuer.
    pub(crate) fn keys_of(&self, certificate: &PathCert) -> Vec<PublicKey> {
        let keys = self
            .ends
            .iter()
            .filter_map(|root| root.key_for(certificate));
        keys.cloned().collect()
    }

    fn find_path(
        &self,
        leaf: &Der,
        issuers: &[Der],
        moment: UnixTime,
        usage: impl ExtendedKeyUsageValidator,
    ) -> Result<(), Error> {
        let leaf = CertificateDer::from(leaf.0.as_slice());
        let issuers: Vec<CertificateDer<'_>> =
            issuers.iter().map(|der| der.0.as_slice().into()).collect();
        let certificate = EndEntityCert::try_from(&leaf)?;
        certificate
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.anchors,
                &issuers,
                moment,
                usage,
                None,
                None,
            )
            .map(|_path| ())
    }
}

fn lacks_purpose(leaf: &Der) -> bool {
    let leaf = Certificate::parse(&leaf.0).ok();
    leaf.and_then(|leaf| leaf.purposes)
        .is_some_and(|purposes| !purposes.server_auth)
}

/// Accepts whatever a certificate may be used for.
pub(crate) struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

fn within_validity(leaf: &Der, now: i64) -> UnixTime {
    let moment = Certificate::parse(&leaf.0).map_or(now, |certificate| {
        let (from, until) = (
            certificate.not_before.unix_timestamp(),
            certificate.not_after.unix_timestamp(),
        );
        now.min(until).max(from)
    });
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        u64::try_from(moment).unwrap_or(0),
    ))
}

fn verdict(path: Result<(), Error>) -> ChainVerdict {
    match path {
        Ok(()) => ChainVerdict::Trusted,
        // A self-signed certificate that calls itself a CA has no issuer to be found either.
        Err(Error::UnknownIssuer | Error::CaUsedAsEndEntity) => ChainVerdict::UnknownIssuer,
        Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => {
            ChainVerdict::IssuerOutOfDate
        }
        Err(other) => ChainVerdict::Rejected(other.to_string()),
    }
}
