//! OCSP responses (RFC 6960), as a server staples them to its certificate.

use ring::digest::{self, digest};
use time::{Duration, OffsetDateTime};

use super::made::{Hash, Key, der, oid, sequence};

/// A response not yet signed; by default: good, from an hour ago, for three days, by the issuer itself.
pub struct Staple<'a> {
    pub now: OffsetDateTime,
    /// The name of the issuer in DER, and its key.
    pub issuer: (&'a [u8], &'a Key),
    pub serial: u8,
    /// The status in DER.
    pub status: Vec<u8>,
    /// From and until, in hours from now.
    pub hours: (i64, Option<i64>),
    /// Names issuer and key by SHA-256 instead of SHA-1.
    pub sha256: bool,
    /// Who signs, if not the issuer: a key, and its certificate.
    pub delegate: Option<(&'a Key, Vec<u8>)>,
    pub flipped: bool,
}

pub const GOOD: &[u8] = &[0x80, 0];
pub const UNKNOWN: &[u8] = &[0x82, 0];

fn generalized(moment: OffsetDateTime) -> Vec<u8> {
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    der(0x18, text.as_bytes())
}

/// Revoked then, for this reason.
pub fn revoked(at: OffsetDateTime, reason: u8) -> Vec<u8> {
    let reason = der(0xa0, &[0x0a, 1, reason]);
    der(0xa1, &[generalized(at), reason].concat())
}

impl<'a> Staple<'a> {
    pub fn new(now: OffsetDateTime, issuer: (&'a [u8], &'a Key), serial: u8) -> Self {
        Self {
            now,
            issuer,
            serial,
            status: GOOD.to_vec(),
            hours: (-1, Some(72)),
            sha256: false,
            delegate: None,
            flipped: false,
        }
    }

    fn id(&self) -> Vec<u8> {
        let (number, algorithm) = if self.sha256 {
            ("2.16.840.1.101.3.4.2.1", &digest::SHA256)
        } else {
            ("1.3.14.3.2.26", &digest::SHA1_FOR_LEGACY_USE_ONLY)
        };
        let (name, key) = self.issuer;
        let hash = |bytes: &[u8]| der(4, digest(algorithm, bytes).as_ref());
        sequence(&[
            &sequence(&[&oid(number), &[5, 0]]),
            &hash(name),
            &hash(&key.bytes()),
            &[2, 1, self.serial],
        ])
    }

    pub fn response(&self) -> Vec<u8> {
        let at = |hours| generalized(self.now + Duration::hours(hours));
        let (from, until) = self.hours;
        let until = until.map_or_else(Vec::new, |hours| der(0xa0, &at(hours)));
        let single = sequence(&[&self.id(), &self.status, &at(from), &until]);
        let signer = self.delegate.as_ref().map_or(self.issuer.1, |(key, _)| key);
        let responder = der(0xa2, &der(4, &signer.identifier()));
        let data = sequence(&[&responder, &at(from), &sequence(&[&single])]);
        let (algorithm, mut signature) = signer.sign(Hash::Sha256, &data);
        if self.flipped {
            *signature.last_mut().expect("a signature") ^= 1;
        }
        let certificates = self
            .delegate
            .as_ref()
            .map_or_else(Vec::new, |(_, certificate)| {
                der(0xa0, &sequence(&[certificate]))
            });
        let signature = der(3, &[&[0][..], &signature].concat());
        let basic = sequence(&[&data, &algorithm, &signature, &certificates]);
        let bytes = sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &der(4, &basic)]);
        sequence(&[&[0x0a, 1, 0], &der(0xa0, &bytes)])
    }
}
