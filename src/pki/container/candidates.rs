//! Which certificates of the files could be chosen for a server, each with the way up from it.

use super::{Contents, KeyMark};
use crate::facts::{Der, HeldKey, OfferFacts, OfferKind};
use crate::model::names::Fqdn;
use crate::pki::details::Details;
use crate::pki::wildcard::covers;
use crate::pki::x509::{Certificate, is_issued_by};

/// A file or a store, as it was named, and what is in it.
#[derive(Clone, Debug)]
pub struct Held {
    /// How it was named.
    pub source: String,
    /// What was in it.
    pub contents: Contents,
}

impl Held {
    /// A certificate in the store of a machine; `key` is `None` where it has one that cannot be looked
    /// at.
    #[cfg(windows)]
    pub fn in_store(source: String, der: &[u8], key: Option<bool>) -> Self {
        let mut contents = Contents::new(OfferKind::Store);
        contents.add(der);
        match key {
            Some(true) => contents.add_key(KeyMark::of_certificate(der)),
            Some(false) => {}
            None => contents.add_key(None),
        }
        Self { source, contents }
    }

    /// Whether a key in here that cannot be looked at may be that of this certificate. A store knows
    /// of each key whose it is.
    fn may_hold_key_of(&self, der: &Der) -> bool {
        let is_own = self.contents.certificates.contains(der);
        self.contents.closed_keys > 0 && (is_own || self.contents.kind != OfferKind::Store)
    }
}

/// The certificates that could be chosen, each once, in the order in which they were found. All files
/// are looked at together: the way up from a certificate may lie in one, and its key in another.
pub fn offers(held: &[Held], fqdn: &Fqdn) -> Vec<OfferFacts> {
    let all = held.iter().flat_map(|held| &held.contents.certificates);
    let mut pool: Vec<Der> = Vec::new();
    for der in all {
        if !pool.contains(der) {
            pool.push(der.clone());
        }
    }
    let mut candidates: Vec<&Der> = pool
        .iter()
        .filter(|der| is_candidate(der, held, fqdn))
        .collect();
    if candidates.is_empty() {
        // Only CA certificates: those that issued none of the others.
        let issued = |issuer: &Der| {
            let others = pool.iter().filter(|der| *der != issuer);
            others
                .into_iter()
                .any(|der| is_issued_by(&der.0, &issuer.0))
        };
        candidates = pool.iter().filter(|der| !issued(der)).collect();
    }
    candidates
        .into_iter()
        .map(|der| offer(der, &pool, held))
        .collect()
}

/// An end certificate; of CA certificates, one that is meant for a server all the same.
fn is_candidate(der: &Der, held: &[Held], fqdn: &Fqdn) -> bool {
    let is_named = || {
        Certificate::parse(&der.0).is_ok_and(|read| {
            let names = read.dns_names().iter().chain(&read.common_names);
            let name = fqdn.as_str();
            let mut names = names.map(String::as_str);
            names.any(|one| one.eq_ignore_ascii_case(name) || covers(one, fqdn))
        })
    };
    !Details::read(&der.0).is_ca
        || keys(held).any(|key| key.fits(&der.0) == Some(true))
        || is_named()
}

fn keys(held: &[Held]) -> impl Iterator<Item = &KeyMark> {
    held.iter().flat_map(|held| &held.contents.keys)
}

/// More certificates than this above one are not looked at.
const MAX_ABOVE: usize = 24;

/// A certificate, and behind it all that may stand above it: there may be several ways up, and which
/// of them counts is for the roots to say.
fn with_all_above(der: &Der, pool: &[Der]) -> Vec<Der> {
    let mut above = vec![der.clone()];
    let mut looked_at = 0;
    while let Some(top) = above.get(looked_at).cloned() {
        looked_at += 1;
        for issuer in pool {
            if above.len() <= MAX_ABOVE
                && !above.contains(issuer)
                && is_issued_by(&top.0, &issuer.0)
            {
                above.push(issuer.clone());
            }
        }
    }
    above
}

fn offer(der: &Der, pool: &[Der], held: &[Held]) -> OfferFacts {
    let chain = with_all_above(der, pool);
    let own = held
        .iter()
        .filter(|held| held.contents.certificates.contains(der));
    let kind = own.clone().next().map(|held| held.contents.kind);
    OfferFacts {
        sources: own.map(|held| held.source.clone()).collect(),
        kind: kind.expect("it comes from one of them"),
        chain,
        trust: None,
        key: key_of(der, pool, held),
    }
}

/// A key that belongs to no certificate at all was probably meant for one that has none.
fn key_of(der: &Der, pool: &[Der], held: &[Held]) -> HeldKey {
    let fits = |key: &KeyMark, der: &Der| key.fits(&der.0) == Some(true);
    let is_orphan = |key: &KeyMark| !pool.iter().any(|der| fits(key, der));
    if keys(held).any(|key| fits(key, der)) {
        HeldKey::Fits
    } else if held.iter().any(|held| held.may_hold_key_of(der)) {
        HeldKey::Closed
    } else if keys(held).any(is_orphan) {
        HeldKey::Differs
    } else {
        HeldKey::Missing
    }
}
