//! Reads and verifies an OCSP response (RFC 6960), stapled or asked for, and makes the request. Pure:
//! response, chain, roots and moment in, outcome out.

use ring::digest::{self, digest};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::AlgorithmIdentifier;

use super::algorithm::{Algorithm, PublicKey};
use super::der::{self, Element, Reader};
use super::names::Name;
use super::path::PathCert;
use super::roots::Roots;
use super::signature::{Checked, verify};
use crate::facts::{Der, StapleFault, StapleOutcome};

/// So far may the clocks of a CA and of this machine be apart, in seconds.
pub(super) const SKEW: i64 = 300;
/// So long GnuTLS takes an answer that does not say how long it holds, in seconds.
const UNDATED: i64 = 15 * 24 * 3600;
/// A response brings no more certificates than this.
const MAX_RESPONDERS: usize = 4;

/// The question about the leaf of a chain, in DER (RFC 6960 §4.1.1): by SHA-1, which every responder
/// knows. `None` where nobody here may have issued it.
pub fn request(chain: &[Der], roots: &Roots) -> Option<Vec<u8>> {
    /// SHA-1, without parameters.
    const SHA1: &[u8] = &[0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0];
    let leaf = chain.first()?;
    let certificate = PathCert::parse(&leaf.0)?;
    let (_, read) = X509Certificate::from_der(&leaf.0).ok()?;
    let issuers = roots.issuers_of(&certificate, chain, |_| true);
    let hash = |bytes: &[u8]| {
        let hash = digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        der::element(der::OCTET_STRING, hash.as_ref())
    };
    let name = hash(read.issuer().as_raw());
    let key = hash(&issuers.first()?.bytes);
    let serial = der::element(der::INTEGER, read.raw_serial());
    let parts = [SHA1, &name, &key, &serial].concat();
    // A CertID, in a Request, in a list of them, in a TBSRequest, in an OCSPRequest.
    Some((0..5).fold(parts, |inner, _| der::element(der::SEQUENCE, &inner)))
}

/// What a response says of the leaf of a chain, at a moment in seconds since 1970.
pub fn judge(response: &[u8], chain: &[Der], roots: &Roots, now: i64) -> StapleOutcome {
    try_judge(response, chain, roots, now).unwrap_or_else(StapleOutcome::Unusable)
}

fn try_judge(
    response: &[u8],
    chain: &[Der],
    roots: &Roots,
    now: i64,
) -> Result<StapleOutcome, StapleFault> {
    let basic = basic(response)?;
    let leaf = chain.first().ok_or(StapleFault::OtherCertificate)?;
    let certificate = PathCert::parse(&leaf.0).ok_or(StapleFault::OtherCertificate)?;
    let (_, read) =
        X509Certificate::from_der(&leaf.0).map_err(|_| StapleFault::OtherCertificate)?;
    let name = read.issuer().as_raw();
    let issuers = roots.issuers_of(&certificate, chain, |_| true);
    let found = basic.responses.iter().find_map(|single| {
        let issuer = issuers
            .iter()
            .find(|issuer| single.is_about(name, issuer, certificate.serial()))?;
        Some((single, issuer))
    });
    let (single, issuer) = found.ok_or(StapleFault::OtherCertificate)?;
    basic.verify(&certificate, issuer, now)?;
    if single.this_update > now + SKEW {
        return Err(StapleFault::NotYetValid(single.this_update));
    }
    match single.next_update {
        // What is revoked stays revoked, however old the answer.
        _ if matches!(single.status, StapleOutcome::Revoked { .. }) => Ok(single.status.clone()),
        Some(next) if next + SKEW < now => Err(StapleFault::Expired(next)),
        None if single.this_update + UNDATED < now => {
            Err(StapleFault::Expired(single.this_update + UNDATED))
        }
        _ => Ok(single.status.clone()),
    }
}

/// A BasicOCSPResponse.
struct Basic<'a> {
    /// What is signed, how, and the signature.
    signed: &'a [u8],
    algorithm: Algorithm,
    signature: &'a [u8],
    responder: Responder<'a>,
    responses: Vec<Single<'a>>,
    certificates: Vec<&'a [u8]>,
}

enum Responder<'a> {
    Name(Name),
    /// By the hash of its key.
    Key(&'a [u8]),
}

/// What is said of one certificate.
struct Single<'a> {
    hash: &'static digest::Algorithm,
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: &'a [u8],
    status: StapleOutcome,
    this_update: i64,
    next_update: Option<i64>,
}

impl Single<'_> {
    fn is_about(&self, issuer: &[u8], key: &PublicKey, serial: &[u8]) -> bool {
        digest(self.hash, issuer).as_ref() == self.name_hash
            && digest(self.hash, &key.bytes).as_ref() == self.key_hash
            && self.serial == serial
    }
}

const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;
const CONTEXT_2: u8 = 0xa2;

fn basic(response: &[u8]) -> Result<Basic<'_>, StapleFault> {
    let mut response = Reader(response)
        .enter(der::SEQUENCE)
        .ok_or(StapleFault::Malformed)?;
    match response.content(der::ENUMERATED) {
        Some([0]) => read_basic(response).ok_or(StapleFault::Malformed),
        Some([status]) => Err(StapleFault::NotSuccessful(*status)),
        _ => Err(StapleFault::Malformed),
    }
}

fn read_basic(mut response: Reader<'_>) -> Option<Basic<'_>> {
    /// id-pkix-ocsp-basic
    const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let mut bytes = response.enter(CONTEXT_0)?.enter(der::SEQUENCE)?;
    if bytes.content(der::OID)? != BASIC {
        return None;
    }
    let mut basic = Reader(bytes.content(der::OCTET_STRING)?).enter(der::SEQUENCE)?;
    let data = basic.take(der::SEQUENCE)?;
    let algorithm = basic.take(der::SEQUENCE)?;
    let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm.whole).ok()?;
    let signature = der::bits(basic.content(der::BIT_STRING)?)?;
    let mut certificates = Vec::new();
    if let Some(mut list) = basic.enter(CONTEXT_0) {
        let mut list = list.enter(der::SEQUENCE)?;
        while let Some(certificate) = list.take(der::SEQUENCE)
            && certificates.len() < MAX_RESPONDERS
        {
            certificates.push(certificate.whole);
        }
    }
    let mut fields = Reader(data.content);
    // The version, if it is not the first.
    fields.take(CONTEXT_0);
    let responder = fields.next()?;
    let responder = match responder.tag {
        CONTEXT_1 => Responder::Name(Name::parse(responder.content)?),
        CONTEXT_2 => Responder::Key(Reader(responder.content).content(der::OCTET_STRING)?),
        _ => return None,
    };
    let _produced = fields.take(der::GENERALIZED_TIME)?;
    let mut list = fields.enter(der::SEQUENCE)?;
    let mut responses = Vec::new();
    while !list.is_empty() {
        // One by a hash that nobody uses says nothing to us.
        responses.extend(single(list.enter(der::SEQUENCE)?)?);
    }
    Some(Basic {
        signed: data.whole,
        algorithm: Algorithm::read(&algorithm),
        signature,
        responder,
        responses,
        certificates,
    })
}

/// A SingleResponse; `Some(None)` where its hash is not known.
#[allow(
    clippy::option_option,
    reason = "malformed, and readable but of no use"
)]
fn single(mut fields: Reader<'_>) -> Option<Option<Single<'_>>> {
    let mut id = fields.enter(der::SEQUENCE)?;
    let mut algorithm = id.enter(der::SEQUENCE)?;
    let hash = match algorithm.content(der::OID)? {
        [0x2b, 0x0e, 3, 2, 0x1a] => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => Some(&digest::SHA256),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => Some(&digest::SHA384),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => Some(&digest::SHA512),
        _ => None,
    };
    let name_hash = id.content(der::OCTET_STRING)?;
    let key_hash = id.content(der::OCTET_STRING)?;
    let serial = der::unsigned(id.content(der::INTEGER)?);
    let status = status(fields.next()?)?;
    let this_update = der::moment(fields.take(der::GENERALIZED_TIME)?)?;
    let next_update = match fields.enter(CONTEXT_0) {
        Some(mut next) => Some(der::moment(next.take(der::GENERALIZED_TIME)?)?),
        None => None,
    };
    Some(hash.map(|hash| Single {
        hash,
        name_hash,
        key_hash,
        serial,
        status,
        this_update,
        next_update,
    }))
}

fn status(element: Element<'_>) -> Option<StapleOutcome> {
    const GOOD: u8 = 0x80;
    const UNKNOWN: u8 = 0x82;
    match element.tag {
        GOOD => Some(StapleOutcome::Good),
        UNKNOWN => Some(StapleOutcome::Unknown),
        CONTEXT_1 => {
            let mut revoked = Reader(element.content);
            let at = der::moment(revoked.take(der::GENERALIZED_TIME)?)?;
            let reason = revoked
                .enter(CONTEXT_0)
                .and_then(|mut reason| reason.content(der::ENUMERATED));
            Some(StapleOutcome::Revoked {
                at,
                reason: reason.and_then(reason_name).map(str::to_owned),
            })
        }
        _ => None,
    }
}

/// A CRLReason by its name (RFC 5280 §5.3.1).
pub(super) fn reason_name(reason: &[u8]) -> Option<&'static str> {
    Some(match reason {
        [0] => "unspecified",
        [1] => "keyCompromise",
        [2] => "cACompromise",
        [3] => "affiliationChanged",
        [4] => "superseded",
        [5] => "cessationOfOperation",
        [6] => "certificateHold",
        [8] => "removeFromCRL",
        [9] => "privilegeWithdrawn",
        [10] => "aACompromise",
        _ => return None,
    })
}

impl Basic<'_> {
    /// Signed by the issuer of the certificate, or by whom it charged with it (RFC 6960 §4.2.2.2).
    fn verify(&self, leaf: &PathCert, issuer: &PublicKey, now: i64) -> Result<(), StapleFault> {
        let delegates = self
            .certificates
            .iter()
            .filter_map(|der| PathCert::parse(der));
        let delegates: Vec<PathCert> = delegates
            .filter(|delegate| {
                delegate.is_ocsp_signer()
                    && delegate.is_valid_at(now)
                    && delegate.has_issuer_of(leaf)
                    && delegate.is_signed_with(issuer) == Checked::Good
            })
            .collect();
        let is_meant = |key: &PublicKey, name: &Name| match &self.responder {
            Responder::Name(responder) => responder == name,
            Responder::Key(hash) => *hash == key.identifier(),
        };
        let own = std::iter::once((issuer, leaf.issuer()));
        let others = delegates.iter().map(|one| (one.key(), one.subject()));
        let mut fault = StapleFault::NotVerified;
        for (key, _) in own.chain(others).filter(|(key, name)| is_meant(key, name)) {
            match verify(key, &self.algorithm, self.signed, self.signature) {
                Checked::Good => return Ok(()),
                Checked::Bad => {}
                Checked::Unable(what) => fault = StapleFault::NotVerifiable(what),
            }
        }
        Err(fault)
    }
}
