//! Is a certificate on the revocation list (CRL) that it names? Pure: chain, list, roots and moment
//! in, outcome out. A list counts only when the issuer in a path to a root has signed it; path
//! building and signatures are webpki's (RFC 5280 §6.3, without delta and indirect CRLs).

use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy,
    RevocationCheckDepth, RevocationOptionsBuilder, RevocationReason, UnknownStatusPolicy,
};

use crate::facts::{Der, RevocationOutcome, Unchecked};
use crate::pki::roots::{AnyPurpose, Roots};

/// Looks a leaf up in a CRL, DER or PEM, at a moment in seconds since 1970.
pub fn look_up(roots: &Roots, chain: &[Der], crl: &[u8], now: i64) -> RevocationOutcome {
    try_look_up(roots, chain, crl, now).unwrap_or_else(|error| {
        RevocationOutcome::Unknown(match error {
            Error::CrlExpired { .. } => Unchecked::Expired,
            // A list of another issuer, or one that nobody we know has signed.
            Error::UnknownRevocationStatus
            | Error::InvalidCrlSignatureForPublicKey
            | Error::IssuerNotCrlSigner
            | Error::UnknownIssuer => Unchecked::NotVerified,
            _ => Unchecked::Malformed,
        })
    })
}

fn try_look_up(
    roots: &Roots,
    chain: &[Der],
    crl: &[u8],
    now: i64,
) -> Result<RevocationOutcome, Error> {
    let (leaf, issuers) = chain.split_first().ok_or(Error::UnknownIssuer)?;
    let leaf = CertificateDer::from(leaf.0.as_slice());
    let issuers: Vec<CertificateDer<'_>> =
        issuers.iter().map(|der| der.0.as_slice().into()).collect();
    let certificate = EndEntityCert::try_from(&leaf)?;
    let der = unwrapped(crl)?;
    let list: CertRevocationList<'_> = BorrowedCertRevocationList::from_der(&der)?.into();
    let lists = [&list];
    let options = RevocationOptionsBuilder::new(&lists)
        .map_err(|_none_given| Error::UnknownRevocationStatus)?
        .with_depth(RevocationCheckDepth::EndEntity)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    let moment = UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        u64::try_from(now).unwrap_or(0),
    ));
    let path = certificate.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        roots.anchors(),
        &issuers,
        moment,
        AnyPurpose,
        Some(options),
        None,
    );
    match path {
        Ok(_) => Ok(RevocationOutcome::NotListed),
        // The signature has been verified by now: what the entry says is the issuer's word.
        Err(Error::CertRevoked) => {
            let entry = list.find_serial(certificate.serial())?;
            let at = entry.as_ref().map(|entry| entry.revocation_date.as_secs());
            Ok(RevocationOutcome::Revoked {
                at: at.and_then(|at| i64::try_from(at).ok()).unwrap_or(now),
                reason: entry.and_then(|entry| entry.reason_code).map(reason_name),
            })
        }
        Err(other) => Err(other),
    }
}

/// CAs publish DER (RFC 5280 §4.2.1.13 demands it); some private ones serve PEM all the same.
fn unwrapped(crl: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, Error> {
    if !crl.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Ok(crl.into());
    }
    pem::parse(crl)
        .map(|pem| pem.into_contents().into())
        .map_err(|_| Error::BadDer)
}

/// The reason by the name that RFC 5280 §5.3.1 gives it.
fn reason_name(reason: RevocationReason) -> String {
    match reason {
        RevocationReason::Unspecified => "unspecified",
        RevocationReason::KeyCompromise => "keyCompromise",
        RevocationReason::CaCompromise => "cACompromise",
        RevocationReason::AffiliationChanged => "affiliationChanged",
        RevocationReason::Superseded => "superseded",
        RevocationReason::CessationOfOperation => "cessationOfOperation",
        RevocationReason::CertificateHold => "certificateHold",
        RevocationReason::RemoveFromCrl => "removeFromCRL",
        RevocationReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        RevocationReason::AaCompromise => "aACompromise",
    }
    .to_owned()
}
