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
mod encoding;
mod first;
mod policies;
mod search;

use tokio_rustls::rustls::pki_types::TrustAnchor;

pub(crate) use certificate::PathCert;
use constraints::Constraints;
use search::Search;

use crate::facts::{Der, PathFacts, PathVerdict};
use crate::pki::algorithm::PublicKey;
use crate::pki::names::Name;
use crate::pki::signature::Checked;
use crate::pki::x509;

/// As many certificates of a server are looked at.
pub(crate) const MAX_CERTIFICATES: usize = 160;
/// A path has no more certificates than this, leaf and root included.
const MAX_DEPTH: usize = 24;
/// As many signatures are verified for one chain.
const MAX_SIGNATURES: usize = 60;
/// As many certificates are tried for the next step of a path, for one chain.
const MAX_STEPS: usize = 2000;

/// So many names and name constraints are compared for one chain.
const MAX_COMPARISONS: usize = 1 << 20;

/// A root: a name and a key that are trusted.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    name: Name,
    text: String,
    key: PublicKey,
    constraints: Option<Constraints>,
    /// The certificate, where that is at hand: then all of it is looked at.
    certificate: Option<Box<PathCert>>,
    standing: Standing,
}

/// What a certificate is that was given as a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It has issued itself: partners can have it as a root, too.
    Root,
    /// An intermediate whose own issuer was not given: partners have it from the server only, and whether
    /// they come to a root from there is not known.
    Alone,
    /// An intermediate whose issuer was given as well.
    Intermediate,
}

impl Anchor {
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// A root that is given as a certificate; `None` where that cannot be read.
    pub(crate) fn from_certificate(der: &[u8]) -> Option<Self> {
        let certificate = PathCert::parse(der)?;
        Some(Self {
            name: certificate.subject.clone(),
            text: certificate.subject_text.clone(),
            key: certificate.key.clone(),
            constraints: certificate.constraints.clone(),
            standing: if certificate.is_self_issued() {
                Standing::Root
            } else {
                Standing::Alone
            },
            certificate: Some(Box::new(certificate)),
        })
    }

    /// Tells intermediates whose issuers were given as well from those that stand alone.
    pub(crate) fn sort_out(given: &mut [Self]) {
        for at in 0..given.len() {
            let own = given[at].certificate.as_deref();
            let Some(own) = own.filter(|_| given[at].standing == Standing::Alone) else {
                continue;
            };
            let issued = |other: &Self| {
                other.name == own.issuer && own.is_signed_with(&other.key) != Checked::Bad
            };
            if given.iter().any(issued) {
                given[at].standing = Standing::Intermediate;
            }
        }
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
            standing: Standing::Root,
        })
    }
}

/// Whether a chain, leaf first, leads to one of these roots, at a moment in seconds since 1970.
/// `None` where its leaf cannot be read.
pub(crate) fn judge(chain: &[Der], anchors: &[Anchor], now: i64) -> Option<PathFacts> {
    let facts = Search::new(chain, anchors, now)?.run();
    let has_intermediates = anchors
        .iter()
        .any(|anchor| anchor.standing != Standing::Root);
    if !has_intermediates || !matches!(facts.verdict, PathVerdict::NoPath(_)) {
        return Some(facts);
    }
    let gap = Search::new(chain, anchors, now)?
        .with_given_intermediates()
        .gap();
    Some(gap.unwrap_or(facts))
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
