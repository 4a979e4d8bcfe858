//! Zones that are signed (DNSSEC).

mod compact;

use std::fmt::Write;
use std::time::Duration;

use hickory_resolver::proto::dnssec::crypto::{Digest, EcdsaSigningKey};
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, NSEC3, RRSIG};
use hickory_resolver::proto::dnssec::{
    Algorithm, DigestType, DnssecSigner, Nsec3HashAlgorithm, PublicKey, PublicKeyBuf, SigningKey,
    TBS,
};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::NULL;
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordSet, RecordType};
use hickory_resolver::proto::serialize::binary::BinEncodable;
use time::OffsetDateTime;

pub(super) use self::compact::Online;
use super::zone::{self, Zone};

const HOUR: Duration = Duration::from_secs(3600);

/// The one key of a zone.
#[derive(Clone)]
pub struct ZoneKey {
    zone: Name,
    pkcs8: Vec<u8>,
    key: DNSKEY,
    protocol: u8,
}

/// The protocol of all keys (RFC 4034 §2.1.2).
const DNSSEC: u8 = 3;

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
            protocol: DNSSEC,
        }
    }

    /// Two with the same tag.
    pub fn of_one_tag(zone: &str) -> [Self; 2] {
        let mut known: Vec<Self> = Vec::new();
        loop {
            let new = Self::of(zone);
            if let Some(at) = known.iter().position(|known| known.tag() == new.tag()) {
                return [known.swap_remove(at), new];
            }
            known.push(new);
        }
    }

    /// One with these flags and for this protocol.
    pub fn flagged(zone: &str, flags: u16, protocol: u8) -> Self {
        let usual = Self::of(zone);
        let public = usual.key.public_key().clone();
        Self {
            key: DNSKEY::with_flags(flags, public),
            protocol,
            ..usual
        }
    }

    /// The content of its record.
    fn data(&self) -> Vec<u8> {
        let mut data = self.key.to_bytes().expect("it can be written");
        data[2] = self.protocol;
        data
    }

    /// One of an algorithm, or of a size, that is not signed with here: its signatures are as long as others,
    /// and fit nothing.
    pub fn unverifiable(zone: &str, algorithm: u8, public: Vec<u8>) -> Self {
        let public = PublicKeyBuf::new(public, Algorithm::from_u8(algorithm));
        Self {
            key: DNSKEY::with_flags(257, public),
            ..Self::of(zone)
        }
    }

    /// The same signature as made with this key.
    fn made(&self, signature: &RRSIG, set: &RecordSet) -> RRSIG {
        let mut input = signature.input().clone();
        input.algorithm = self.key.public_key().algorithm();
        input.key_tag = self.tag();
        let records = set.records_without_rrsigs();
        let signed = TBS::from_input(set.name(), DNSClass::IN, &input, records);
        let signed = signed.expect("it can be written");
        let made = signing(&self.pkcs8)
            .sign(&signed)
            .expect("it can be signed");
        RRSIG::from_sig(input, made)
    }

    /// The record of it for the zone above: key tag, algorithm, type of digest, digest.
    pub fn ds(&self) -> String {
        let algorithm = u8::from(self.key.public_key().algorithm());
        format!(
            "{} {algorithm} 2 {}",
            self.tag(),
            self.digest(DigestType::SHA256)
        )
    }

    /// The same by a digest that is not used any more.
    pub fn ds_by_sha1(&self) -> String {
        format!("{} 13 1 {}", self.tag(), self.digest(DigestType::SHA1))
    }

    fn digest(&self, by: DigestType) -> String {
        let name = self.zone.to_lowercase().to_bytes();
        let data = [name.expect("it can be written"), self.data()].concat();
        let digest = Digest::new(&data, by).expect("a digest that is known");
        let mut hex = String::new();
        for byte in digest.as_ref() {
            write!(hex, "{byte:02x}").expect("a string takes it");
        }
        hex
    }

    pub fn tag(&self) -> u16 {
        DNSKEY::calculate_key_tag_internal(&self.data())
    }

    /// The same as an anchor of trust: for Unbound, and with quotes for BIND.
    pub fn anchors(&self) -> [String; 2] {
        let ds = self.ds();
        let (head, digest) = ds.rsplit_once(' ').expect("four fields");
        let zone = &self.zone;
        [
            format!("trust-anchor: \"{zone} DS {ds}\""),
            format!("\"{zone}\" static-ds {head} \"{digest}\";"),
        ]
    }

    /// Signs every set of the zone, from this hour until that one, counted from now.
    pub(super) fn sign(&self, zone: &mut Zone, hours: (i64, i64), proofs: Proofs) {
        self.sign_beside(zone, self, hours, proofs);
    }

    /// Signs all sets but that of the keys, which another key signs.
    pub(super) fn sign_beside(
        &self,
        zone: &mut Zone,
        of_keys: &Self,
        hours: (i64, i64),
        proofs: Proofs,
    ) {
        let both = [self, of_keys];
        for key in &both[usize::from(self.data() == of_keys.data())..] {
            let data = RData::Unknown {
                code: RecordType::DNSKEY,
                rdata: NULL::with(key.data()),
            };
            let record = Record::from_rdata(self.zone.clone(), 300, data);
            let at_apex = zone.records.entry(self.zone.clone()).or_default();
            at_apex.push(record);
        }
        if proofs == Proofs::OnTheFly {
            zone.online = Some(Online::of(self, hours));
        } else {
            prove(zone, proofs);
        }
        of_keys.sign_sets(zone, hours, |kind| kind == RecordType::DNSKEY);
        self.sign_sets(zone, hours, |kind| kind != RecordType::DNSKEY);
    }

    pub(super) fn sign_sets(
        &self,
        zone: &mut Zone,
        hours: (i64, i64),
        is_wanted: impl Fn(RecordType) -> bool,
    ) {
        let owners: Vec<Name> = zone.records.keys().cloned().collect();
        for owner in owners {
            let mut kinds: Vec<RecordType> = signed_kinds(zone, &owner);
            kinds.retain(|kind| *kind != RecordType::RRSIG && is_wanted(*kind));
            let records = zone.records.get_mut(&owner).expect("one of its own");
            let signatures: Vec<Record> = kinds
                .into_iter()
                .map(|kind| {
                    let mut set = RecordSet::new(owner.clone(), kind, 0);
                    for record in records.iter().filter(|it| it.record_type() == kind) {
                        set.insert(record.clone(), 0);
                    }
                    self.signature(&set, hours)
                })
                .collect();
            records.extend(signatures);
        }
    }

    /// The signature of one set.
    fn signature(&self, set: &RecordSet, (from, until): (i64, i64)) -> Record {
        let hours = u32::try_from(until - from).expect("it ends after it begins");
        let key = Box::new(signing(&self.pkcs8));
        let signer = DnssecSigner::new(self.key.clone(), key, self.zone.clone(), HOUR * hours);
        let from = OffsetDateTime::now_utc() + time::Duration::hours(from);
        let signature = RRSIG::from_rrset(set, DNSClass::IN, from, &signer);
        let signature = self.made(&signature.expect("it can be signed"), set);
        let data = RData::DNSSEC(DNSSECRData::RRSIG(signature));
        Record::from_rdata(set.name().clone(), 300, data)
    }
}

/// How a zone proves what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proofs {
    /// By the names that are (NSEC).
    Names,
    /// By their hashes (NSEC3).
    Hashes,
    /// The same, and unsigned zones below are left out of it (opt-out).
    HashesButCuts,
    /// The same as by hashes, and names that have no records of their own are forgotten.
    HashesButEmpty,
    /// By a record made for each name that is asked for, whether it is there or not (RFC 9824).
    OnTheFly,
}

const SALT: [u8; 2] = [0xaa, 0xbb];
const ROUNDS: u16 = 3;

/// The types of the sets at a name that are signed: of a zone below what is announced of it, and
/// nothing within it.
fn signed_kinds(zone: &Zone, owner: &Name) -> Vec<RecordType> {
    let mut kinds: Vec<RecordType> = zone.records[owner]
        .iter()
        .map(Record::record_type)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_below = *owner != zone.origin && zone.cut_above(&owner.base_name()).is_some();
    let is_cut = *owner != zone.origin && zone.cut_above(owner).is_some();
    let own = [RecordType::DS, RecordType::NSEC];
    kinds.retain(|kind| !is_below && (!is_cut || own.contains(kind)));
    kinds
}

/// Adds the records that prove what is not there.
fn prove(zone: &mut Zone, proofs: Proofs) {
    let is_own = |name: &Name| *name == zone.origin || zone.cut_above(&name.base_name()).is_none();
    let mut names: Vec<Name> = zone
        .records
        .keys()
        .filter(|name| is_own(name))
        .cloned()
        .collect();
    let types = |name: &Name| -> Vec<RecordType> {
        let records = zone.records.get(name).into_iter().flatten();
        let mut kinds: Vec<RecordType> = records.map(Record::record_type).collect();
        kinds.dedup();
        let is_signed = kinds.iter().any(|kind| *kind != RecordType::NS);
        kinds
            .into_iter()
            .chain(is_signed.then_some(RecordType::RRSIG))
            .collect()
    };
    let mut made = Vec::new();
    if proofs == Proofs::Names {
        for (at, name) in names.iter().enumerate() {
            let next = names[(at + 1) % names.len()].clone();
            let types = types(name)
                .into_iter()
                .chain([RecordType::NSEC, RecordType::RRSIG]);
            let nsec = DNSSECRData::NSEC(NSEC::new(next, types));
            made.push((name.clone(), nsec));
        }
    } else {
        let mut between: Vec<Name> = names.iter().flat_map(|name| above(zone, name)).collect();
        if proofs != Proofs::HashesButEmpty {
            names.append(&mut between);
        }
        let is_unsigned = |name: &Name| types(name) == [RecordType::NS];
        names.retain(|name| proofs != Proofs::HashesButCuts || !is_unsigned(name));
        let mut hashes: Vec<(Vec<u8>, &Name)> = names.iter().map(|it| (hash(it), it)).collect();
        hashes.sort();
        hashes.dedup();
        for (at, (hash, name)) in hashes.iter().enumerate() {
            let next = hashes[(at + 1) % hashes.len()].0.clone();
            let (by, opts_out) = (Nsec3HashAlgorithm::SHA1, proofs == Proofs::HashesButCuts);
            let nsec3 = NSEC3::new(by, opts_out, ROUNDS, SALT.to_vec(), next, types(name));
            made.push((hashed(zone, hash), DNSSECRData::NSEC3(nsec3)));
        }
    }
    for (owner, data) in made {
        let record = Record::from_rdata(owner.clone(), 300, RData::DNSSEC(data));
        zone.records.entry(owner).or_default().push(record);
    }
}

/// The names between this one and the apex.
fn above(zone: &Zone, name: &Name) -> Vec<Name> {
    let labels = zone.origin.iter().count() + 1..name.iter().count();
    labels.map(|labels| name.trim_to(labels)).collect()
}

fn hash(name: &Name) -> Vec<u8> {
    let hash = Nsec3HashAlgorithm::SHA1.hash(&SALT, name, ROUNDS);
    hash.expect("it can be written").as_ref().to_vec()
}

/// The name of a hash: five bits a digit.
fn hashed(zone: &Zone, hash: &[u8]) -> Name {
    let digits = b"0123456789abcdefghijklmnopqrstuv";
    let label: Vec<u8> = hash
        .chunks(5)
        .flat_map(|five| {
            let bits = five
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8)
                .rev()
                .map(move |at| digits[usize::try_from(bits >> (at * 5) & 31).expect("small")])
        })
        .collect();
    let labels = std::iter::once(label).chain(zone.origin.iter().map(<[u8]>::to_vec));
    Name::from_labels(labels).expect("short enough")
}

fn signing(pkcs8: &[u8]) -> EcdsaSigningKey {
    EcdsaSigningKey::from_pkcs8(&pkcs8.into(), Algorithm::ECDSAP256SHA256).expect("made so")
}

/// Takes the proofs of another zone for its own.
pub(super) fn take_proofs(zone: &mut Zone, other: Zone) {
    let kinds = [RecordType::NSEC, RecordType::NSEC3];
    let is_proof = |record: &Record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            kinds.contains(&signature.input().type_covered)
        }
        _ => kinds.contains(&record.record_type()),
    };
    for records in zone.records.values_mut() {
        records.retain(|record| !is_proof(record));
    }
    let proofs = other.records.into_values().flatten().filter(is_proof);
    for record in proofs {
        let owner = record.name.clone();
        zone.records.entry(owner).or_default().push(record);
    }
    zone.records.retain(|_, records| !records.is_empty());
}

/// Adds the signatures of these records, and that there is nothing nearer than the wildcard that they
/// come from.
pub(super) fn sign_answer(zone: &Zone, name: &Name, kind: RecordType, answer: &mut Message) {
    let source = zone.source(name);
    if let Some(online) = zone.online.as_ref().filter(|_| source != *name) {
        online.sign_answer(name, kind, answer);
        return;
    }
    let signatures = signatures(zone, &source, kind).into_iter();
    answer.add_answers(signatures.map(|mut signature| {
        signature.name = name.clone();
        signature
    }));
    if source != *name {
        let proofs = proofs(zone, &nearer(zone, name));
        add_once(answer, proofs);
    }
}

/// Adds the keys that are announced of a zone below, or that there are none.
pub(super) fn sign_referral(zone: &Zone, cut: &Name, answer: &mut Message) {
    let announced = zone.at(cut, RecordType::DS);
    if let Some(online) = zone.online.as_ref().filter(|_| announced.is_empty()) {
        add_once(answer, online.denial(cut, vec![RecordType::NS]));
    } else if announced.is_empty() {
        let mut found = proofs(zone, cut);
        found.extend(proofs(zone, &cut.base_name()));
        add_once(answer, found);
    } else {
        answer.add_authorities(announced);
        answer.add_authorities(signatures(zone, cut, RecordType::DS));
    }
}

/// Adds that there is no such name, or no such type at it.
pub(super) fn sign_denial(zone: &Zone, name: &Name, answer: &mut Message) {
    let source = zone.source(name);
    let mut found = signatures(zone, &zone.origin, RecordType::SOA);
    if let Some(online) = &zone.online {
        found.extend(online.deny(zone, name, answer));
        add_once(answer, found);
        return;
    }
    found.extend(proofs(zone, &nearer(zone, name)));
    found.extend(proofs(zone, &source));
    // An unsigned zone below may be left out: then what is above it proves that.
    found.extend(proofs(zone, &source.base_name()));
    add_once(answer, found);
}

/// The name, or the one above it that stands right below what exists.
fn nearer(zone: &Zone, name: &Name) -> Name {
    let mut nearer = name.clone();
    while !zone.exists(&nearer) && !zone.exists(&nearer.base_name()) {
        nearer = nearer.base_name();
    }
    nearer
}

/// The record for this name, or the last before it, with its signature.
fn proofs(zone: &Zone, name: &Name) -> Vec<Record> {
    let all = |kind| {
        zone.records
            .values()
            .flatten()
            .filter(move |it| it.record_type() == kind)
    };
    let (wanted, kind) = if all(RecordType::NSEC3).next().is_some() {
        (hashed(zone, &hash(name)), RecordType::NSEC3)
    } else {
        (name.clone(), RecordType::NSEC)
    };
    let before = all(kind).rfind(|record| record.name <= wanted);
    let Some(record) = before.or_else(|| all(kind).next_back()) else {
        return Vec::new();
    };
    let signatures = signatures(zone, &record.name, kind);
    std::iter::once(record.clone()).chain(signatures).collect()
}

fn add_once(answer: &mut Message, records: Vec<Record>) {
    for record in records {
        if !answer.authorities.contains(&record) {
            answer.add_authority(record);
        }
    }
}

/// The signatures of the records of this type at this very name.
fn signatures(zone: &Zone, owner: &Name, kind: RecordType) -> Vec<Record> {
    let all = zone.at(owner, RecordType::RRSIG).into_iter();
    let covers = |record: &Record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => signature.input().type_covered == kind,
        _ => false,
    };
    all.filter(covers).collect()
}
