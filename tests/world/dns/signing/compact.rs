//! Zones that are signed when somebody asks, and prove of each name by itself what it has (RFC 9824), as Cloudflare
//! does.

use hickory_resolver::proto::dnssec::rdata::{DNSSECRData, NSEC};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordSet, RecordType};

use super::ZoneKey;
use crate::world::dns::zone::Zone;

/// The type that marks a name which is not there (NXNAME).
const NOWHERE: u16 = 128;

/// The key of such a zone, and from when until when it signs.
pub(in crate::world::dns) struct Online {
    key: ZoneKey,
    hours: (i64, i64),
}

impl Online {
    pub(super) fn of(key: &ZoneKey, hours: (i64, i64)) -> Self {
        let key = key.clone();
        Self { key, hours }
    }

    /// Signs what came from a wildcard as if it stood at this very name.
    pub(super) fn sign_answer(&self, name: &Name, kind: RecordType, answer: &mut Message) {
        let is_it = |it: &&Record| it.name == *name && it.record_type() == kind;
        let records: Vec<Record> = answer.answers.iter().filter(is_it).cloned().collect();
        let signature = self.key.signature(&set(name, kind, records), self.hours);
        answer.add_answer(signature);
    }

    /// That a name has not what was asked for: without an error, whether it is there or not.
    pub(super) fn deny(&self, zone: &Zone, name: &Name, answer: &mut Message) -> Vec<Record> {
        let is_there = zone.exists(&zone.source(name));
        let records = zone.records.get(&zone.source(name));
        let mut kinds: Vec<RecordType> = records
            .into_iter()
            .flatten()
            .map(Record::record_type)
            .collect();
        if !is_there {
            kinds.push(RecordType::Unknown(NOWHERE));
        }
        answer.metadata.response_code = ResponseCode::NoError;
        self.denial(name, kinds)
    }

    /// The record for this name, up to the next that there can be, and its signature.
    pub(super) fn denial(&self, name: &Name, mut kinds: Vec<RecordType>) -> Vec<Record> {
        kinds.extend([RecordType::RRSIG, RecordType::NSEC]);
        kinds.sort_unstable();
        kinds.dedup();
        let next = name.prepend_label(&[0_u8][..]).expect("short enough");
        let data = RData::DNSSEC(DNSSECRData::NSEC(NSEC::new(next, kinds)));
        let record = Record::from_rdata(name.clone(), 300, data);
        let set = set(name, RecordType::NSEC, vec![record.clone()]);
        vec![record, self.key.signature(&set, self.hours)]
    }
}

fn set(name: &Name, kind: RecordType, records: Vec<Record>) -> RecordSet {
    let mut set = RecordSet::new(name.clone(), kind, 0);
    for record in records {
        set.insert(record, 0);
    }
    set
}
