//! Certificates that lie in files or in the store of this machine, before one of them is chosen in
//! XPhone (`xfed cert FILE`). They are printed and not saved.

use strum::IntoStaticStr;

use super::{Der, TrustFacts};

/// A certificate that could be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferFacts {
    /// The files that hold it, as they were named, or the store; at least one.
    pub sources: Vec<String>,
    /// What the first of them is.
    pub kind: OfferKind,
    /// The way up from it, as far as the files go, the certificate itself first.
    pub chain: Vec<Der>,
    /// Where that leads.
    pub trust: Option<TrustFacts>,
    /// Whether its private key is there.
    pub key: HeldKey,
}

/// What a certificate lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum OfferKind {
    /// A text file of certificates, keys, or both.
    Pem,
    /// One certificate, or one key.
    Der,
    /// PKCS #12: made to hold a certificate with its key.
    Pfx,
    /// The store of this machine.
    Store,
}

impl OfferKind {
    /// The key of the kind in the texts and in JSON.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// What is known of the private key of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum HeldKey {
    /// It is there.
    Fits,
    /// A private key is there, and belongs to another certificate.
    Differs,
    /// One is there that cannot be looked at: encrypted, or of a kind that is not known.
    Closed,
    /// None is there.
    Missing,
}

impl HeldKey {
    /// The key of what is known in the texts and in JSON.
    pub fn key(self) -> &'static str {
        self.into()
    }
}
