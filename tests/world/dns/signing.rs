//! Zones that are signed (DNSSEC), without proofs of what there is not.

use std::fmt::Write;
use std::time::Duration;

use hickory_resolver::proto::dnssec::crypto::EcdsaSigningKey;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, DigestType, DnssecSigner, SigningKey};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordSet, RecordType};
use time::OffsetDateTime;

use super::zone::{self, Zone};

const DAY: Duration = Duration::from_secs(86_400);

/// The one key of a zone.
pub struct ZoneKey {
    zone: Name,
    pkcs8: Vec<u8>,
    key: DNSKEY,
}

impl ZoneKey {
    /// A new one.
    pub fn of(zone: &str) -> Self {
        let pkcs8 = EcdsaSigningKey::generate_pkcs8(Algorithm::ECDSAP256SHA256).expect("random");
        let pkcs8 = pkcs8.secret_pkcs8_der().to_vec();
        let public = signing(&pkcs8).to_public_key().expect("it has one");
        Self {
            zone: zone::name(zone, &Name::root()),
            pkcs8,
            key: DNSKEY::with_flags(257, public),
        }
    }

    /// The record of it for the zone above: key tag, algorithm, type of digest, digest.
    pub fn ds(&self) -> String {
        let digest = self.key.to_digest(&self.zone, DigestType::SHA256);
        let digest = digest.expect("it can be written");
        let mut hex = String::new();
        for byte in digest.as_ref() {
            write!(hex, "{byte:02x}").expect("a string takes it");
        }
        format!("{} 13 2 {hex}", self.tag())
    }

    pub fn tag(&self) -> u16 {
        self.key.calculate_key_tag().expect("it can be written")
    }

    /// Signs every set of the zone, from this day until that one, counted from today.
    pub(super) fn sign(&self, zone: &mut Zone, from: i64, until: i64) {
        let key = RData::DNSSEC(DNSSECRData::DNSKEY(self.key.clone()));
        let key = Record::from_rdata(self.zone.clone(), 300, key);
        zone.records.entry(self.zone.clone()).or_default().push(key);
        let days = u32::try_from(until - from).expect("it ends after it begins");
        let key = Box::new(signing(&self.pkcs8));
        let signer = DnssecSigner::new(self.key.clone(), key, self.zone.clone(), DAY * days);
        let from = OffsetDateTime::now_utc() + time::Duration::days(from);
        for (owner, records) in &mut zone.records {
            let mut kinds: Vec<RecordType> = records.iter().map(Record::record_type).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let signatures: Vec<Record> = kinds
                .into_iter()
                .map(|kind| {
                    let mut set = RecordSet::new(owner.clone(), kind, 0);
                    for record in records.iter().filter(|it| it.record_type() == kind) {
                        set.insert(record.clone(), 0);
                    }
                    let signature = RRSIG::from_rrset(&set, DNSClass::IN, from, &signer);
                    let signature = signature.expect("it can be signed");
                    let data = RData::DNSSEC(DNSSECRData::RRSIG(signature));
                    Record::from_rdata(owner.clone(), 300, data)
                })
                .collect();
            records.extend(signatures);
        }
    }
}

fn signing(pkcs8: &[u8]) -> EcdsaSigningKey {
    EcdsaSigningKey::from_pkcs8(&pkcs8.into(), Algorithm::ECDSAP256SHA256).expect("made so")
}

/// The signatures of these records.
pub(super) fn signatures(zone: &Zone, owner: &Name, kind: RecordType) -> Vec<Record> {
    let all = zone.at(owner, RecordType::RRSIG).into_iter();
    let covers = |record: &Record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => signature.input().type_covered == kind,
        _ => false,
    };
    all.filter(covers).collect()
}
