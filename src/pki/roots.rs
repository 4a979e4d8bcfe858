//! Does a chain of certificates lead to a root of a given set? Pure: chain, roots and moment in,
//! verdict out. Names, purposes and the leaf's own dates are judged elsewhere, one by one, so that
//! none hides another.

use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor};

use crate::facts::{ChainVerdict, Der, PathFacts};
use crate::pki::algorithm::PublicKey;
use crate::pki::der;
use crate::pki::names::Name;
use crate::pki::path::{self, Anchor, PathCert};
use crate::pki::signature::Checked;

/// A set of roots.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// As the TLS library wants them.
    anchors: Vec<TrustAnchor<'static>>,
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
        }
    }

    /// A set of certificates; those that cannot be read are left out.
    pub fn from_certificates(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Self {
        let mut roots = Self::default();
        for certificate in certificates {
            roots.ends.extend(Anchor::from_certificate(&certificate));
            if let Ok(anchor) = webpki::anchor_from_trusted_cert(&certificate) {
                roots.anchors.push(anchor.to_owned());
            }
        }
        Anchor::sort_out(&mut roots.ends);
        roots
    }

    /// Whether one of them has this name, in DER.
    pub(crate) fn have(&self, name: &[u8]) -> bool {
        Name::parse(name).is_some_and(|name| self.ends.iter().any(|root| *root.name() == name))
    }

    /// Whether one of the public roots has this name, in DER.
    pub(crate) fn public_have(name: &[u8]) -> bool {
        let mut anchors = webpki_roots::TLS_SERVER_ROOTS.iter();
        anchors.any(|root| der::element(der::SEQUENCE, &root.subject) == name)
    }

    /// How many roots there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Judges a chain, leaf first, at a moment in seconds since 1970. The leaf's own dates do not
    /// count: outside of them the chain is judged at the nearest moment within.
    pub fn verify(&self, chain: &[Der], now: i64) -> ChainVerdict {
        self.verdict(self.look_at(chain, now).as_ref())
    }

    /// The verdict in short on what was found of a chain.
    pub fn verdict(&self, path: Option<&PathFacts>) -> ChainVerdict {
        if self.is_empty() {
            return ChainVerdict::NoRoots;
        }
        path.map_or(ChainVerdict::UnknownIssuer, |path| path.verdict.in_short())
    }

    /// What every certificate between the leaf of a chain and a root says for and against it, at a
    /// moment in seconds since 1970; `None` where the leaf cannot be read.
    pub fn look_at(&self, chain: &[Der], now: i64) -> Option<PathFacts> {
        path::judge(chain, &self.ends, now)
    }

    /// The keys that may have issued the leaf of a chain, by name and signature, of issuers that may
    /// do this.
    pub(crate) fn issuers_of(
        &self,
        leaf: &PathCert,
        chain: &[Der],
        may: impl Fn(&PathCert) -> bool,
    ) -> Vec<PublicKey> {
        /// So many keys are tried.
        const MOST: usize = 4;
        let sent = chain.iter().skip(1).filter_map(|der| {
            let issuer = PathCert::parse(&der.0)?;
            (leaf.is_issued_by(&issuer) && may(&issuer)).then(|| issuer.key().clone())
        });
        let roots = self.ends.iter().filter_map(|root| root.key_for(leaf, &may));
        sent.chain(roots.cloned())
            .take(MOST)
            .filter(|key| leaf.is_signed_with(key) != Checked::Bad)
            .collect()
    }
}
