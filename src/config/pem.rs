//! Reads files of certificates and keys in PEM.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::Error as TlsError;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::error::Error;
use super::input::Content;
use crate::pki::roots::Roots;
use crate::pki::x509::Certificate;
use crate::probe::shared::provider;
use crate::wire::encoding::decoded;

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let pem = Content::Pem.read(file)?;
    Ok(decoded(&pem).into_owned())
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = read(file)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::Pem {
            file: file.to_owned(),
            expected: "certificate",
        }),
    }
}

pub(super) fn read_roots(file: &Path) -> Result<Roots, Error> {
    let roots = Roots::from_certificates(read_certificates(file)?);
    if roots.is_empty() {
        Err(Error::Pem {
            file: file.to_owned(),
            expected: "certificate",
        })
    } else {
        Ok(roots)
    }
}

pub(super) fn read_client(
    certificate: Option<&Path>,
    key: Option<&Path>,
) -> Result<Option<Arc<CertifiedKey>>, Error> {
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        (Some(_), None) | (None, Some(_)) => return Err(Error::ClientPair),
    };
    let pair = read_pair(certificate, key).map_err(|error| match error {
        Error::ServerPair => Error::ClientMismatch,
        error => error,
    });
    pair.map(Some)
}

/// A certificate with its chain, and the key that belongs to it.
pub(super) fn read_pair(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, Error> {
    let chain = read_certificates(certificate)?;
    let pem = read(key)?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let file = key.to_owned();
        if is_encrypted(&pem) {
            Error::KeyEncrypted(file)
        } else {
            let expected = "key";
            Error::Pem { file, expected }
        }
    })?;
    let kind = chain.first().and_then(|leaf| Certificate::parse(leaf).ok());
    let pair = CertifiedKey::from_der(chain.clone(), private.clone_key(), &provider());
    let pair = pair.map_err(|error| match (error, kind) {
        (TlsError::InconsistentKeys(_), _) if is_in_another_place(&chain, &private) => {
            Error::PairOrder(certificate.to_owned())
        }
        (TlsError::InconsistentKeys(_), _) => Error::ServerPair,
        (TlsError::InvalidCertificate(_), _) | (_, None) => Error::Pem {
            file: certificate.to_owned(),
            expected: "certificate",
        },
        (_, Some(leaf)) => Error::ClientKey {
            file: key.to_owned(),
            kind: leaf.key.name(),
        },
    })?;
    Ok(Arc::new(pair))
}

/// Whether a key is there that needs a password, by its label (RFC 7468 §11) or, in the older form of OpenSSL,
/// by a header (RFC 1421 §4.6.1.1).
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    let mut lines = text.lines().map(str::trim);
    lines.any(|line| {
        [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "Proc-Type: 4,ENCRYPTED",
        ]
        .contains(&line)
    })
}

/// Whether the certificate of the key is there, and does not come first.
fn is_in_another_place(chain: &[CertificateDer<'static>], key: &PrivateKeyDer<'static>) -> bool {
    let fits = |own: &CertificateDer<'static>| {
        CertifiedKey::from_der(vec![own.clone()], key.clone_key(), &provider()).is_ok()
    };
    chain.iter().skip(1).any(fits)
}
