//! Revocation lists (RFC 5280 §5) written byte by byte, for those that have the changes to another one.

use time::{Duration, OffsetDateTime};

use super::made::{Hash, Key, der, oid, sequence, utc};

/// A list not yet signed; by default: current, empty, whole.
pub struct List<'a> {
    pub now: OffsetDateTime,
    /// The name of the issuer in DER, and its key.
    pub issuer: (&'a [u8], &'a Key),
    pub number: u8,
    /// The serial numbers that it names, each with the reason in its number.
    pub revoked: Vec<(u8, u8)>,
    /// The number of the list that it has the changes to.
    pub changes: Option<u8>,
    /// Where those are to be had.
    pub freshest: Option<&'a str>,
}

/// A CRLDistributionPoints of this one.
pub fn places(url: &str) -> Vec<u8> {
    let name = der(0xa0, &der(0xa0, &der(0x86, url.as_bytes())));
    sequence(&[&sequence(&[&name])])
}

impl<'a> List<'a> {
    pub fn new(now: OffsetDateTime, issuer: (&'a [u8], &'a Key), number: u8) -> Self {
        Self {
            now,
            issuer,
            number,
            revoked: Vec::new(),
            changes: None,
            freshest: None,
        }
    }

    pub fn der(&self) -> Vec<u8> {
        let (name, key) = self.issuer;
        let extension = |number: &str, critical: bool, value: &[u8]| {
            let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
            sequence(&[&oid(number), critical, &der(4, value)])
        };
        let mut extensions = extension("2.5.29.20", false, &[2, 1, self.number]);
        if let Some(base) = self.changes {
            extensions.extend(extension("2.5.29.27", true, &[2, 1, base]));
        }
        if let Some(url) = self.freshest {
            extensions.extend(extension("2.5.29.46", false, &places(url)));
        }
        let yesterday = utc(self.now - Duration::days(1));
        let entries = self.revoked.iter().map(|(serial, reason)| {
            let reason = extension("2.5.29.21", false, &[0x0a, 1, *reason]);
            sequence(&[&[2, 1, *serial], &yesterday, &der(0x30, &reason)])
        });
        let entries = entries.collect::<Vec<_>>().concat();
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            der(0x30, &entries)
        };
        let (algorithm, _) = key.sign(Hash::Sha256, b"");
        let signed = sequence(&[
            &[2, 1, 1],
            &algorithm,
            name,
            &yesterday,
            &utc(self.now + Duration::days(7)),
            &entries,
            &der(0xa0, &der(0x30, &extensions)),
        ]);
        let (algorithm, signature) = key.sign(Hash::Sha256, &signed);
        let signature = der(3, &[&[0][..], &signature].concat());
        sequence(&[&signed, &algorithm, &signature])
    }
}
