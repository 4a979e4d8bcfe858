//! From the certificates that a server sent to a root, and what RFC 5280 §6.1 and the libraries of
//! the field ask of every certificate in between. Pure: certificates, roots and moment in, facts
//! out.
//!
//! All paths are looked at and the best one is told of, so that a stale certificate beside a good
//! one does no harm. The work is bounded, whatever a server sends, and a bound that was reached is
//! an answer of its own: not "refused".
//!
//! The leaf's dates, key, names and purposes are judged elsewhere, one by one. A path is judged at
//! the moment nearest to now at which its leaf is valid, so that an expired leaf is all that is
//! wrong with its path.

mod certificate;
mod check;
mod constraints;
mod policies;
mod search;

use tokio_rustls::rustls::pki_types::TrustAnchor;

pub(crate) use certificate::PathCert;
use constraints::Constraints;

use crate::facts::{Der, PathFacts};
use crate::pki::algorithm::PublicKey;
use crate::pki::names::Name;
use crate::pki::x509;

/// As many certificates of a server are looked at.
pub(crate) const MAX_CERTIFICATES: usize = 160;
/// A path has no more certificates than this, leaf and root included.
const MAX_DEPTH: usize = 24;
/// As many signatures are verified for one chain.
const MAX_SIGNATURES: usize = 60;
/// As many certificates are tried for the next step of a path, for one chain.
const MAX_STEPS: usize = 2000;

/// A root: a name and a key that are trusted.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    name: Name,
    text: String,
    key: PublicKey,
    constraints: Option<Constraints>,
    /// The certificate, where that is at hand: then all of it is looked at.
    certificate: Option<Box<PathCert>>,
}

impl Anchor {
    /// A root that is given as a certificate; `None` where that cannot be read.
    pub(crate) fn from_certificate(der: &[u8]) -> Option<Self> {
        let certificate = PathCert::parse(der)?;
        Some(Self {
            name: certificate.subject.clone(),
            text: certificate.subject_text.clone(),
            key: certificate.key.clone(),
            constraints: certificate.constraints.clone(),
            certificate: Some(Box::new(certificate)),
        })
    }

    /// Its key, if it has the name of this certificate's issuer, and may do this, as far as that is
    /// known.
    pub(crate) fn key_for(
        &self,
        certificate: &PathCert,
        may: impl Fn(&PathCert) -> bool,
    ) -> Option<&PublicKey> {
        let own = self.certificate.as_deref();
        (self.name == *certificate.issuer() && own.is_none_or(may)).then_some(&self.key)
    }

    /// A root of which only name, key and name constraints are known, each without its outer DER.
    pub(crate) fn from_trust_anchor(anchor: &TrustAnchor<'_>) -> Option<Self> {
        let name = sequence(&anchor.subject)?;
        let constraints = anchor.name_constraints.as_ref();
        Some(Self {
            text: x509::read_name(&name)?,
            name: Name::parse(&name)?,
            key: PublicKey::parse(&sequence(&anchor.subject_public_key_info)?)?,
            constraints: match constraints {
                Some(constraints) => Some(Constraints::parse(constraints)?),
                None => None,
            },
            certificate: None,
        })
    }
}

/// Whether a chain, leaf first, leads to one of these roots, at a moment in seconds since 1970.
/// `None` where its leaf cannot be read.
pub(crate) fn judge(chain: &[Der], anchors: &[Anchor], now: i64) -> Option<PathFacts> {
    search::Search::new(chain, anchors, now).map(search::Search::run)
}

/// A SEQUENCE of this content, in DER.
fn sequence(content: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(content.len()).ok()?.to_be_bytes();
    Some(match content.len() {
        0..0x80 => [&[0x30, length[1]], content].concat(),
        0x80..0x100 => [&[0x30, 0x81, length[1]], content].concat(),
        _ => [&[0x30, 0x82, length[0], length[1]], content].concat(),
    })
}
