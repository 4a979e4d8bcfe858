//! Zones: the master file format (RFC 1035 §5) and the search in them. hickory's own parser refuses
//! what the tests need most: control characters, URLs and underscores in names, and data of unknown
//! or broken form.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use hickory_resolver::proto::rr::rdata::{CNAME, MX, NS, NULL, PTR, SOA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::proto::serialize::txt::Parser;

pub(super) struct Zone {
    pub(super) origin: Name,
    pub(super) records: BTreeMap<Name, Vec<Record>>,
    /// Signs what is not there when somebody asks for it.
    pub(super) online: Option<super::signing::Online>,
}

pub(super) enum Found {
    Records(Vec<Record>),
    Alias(Box<Record>, Name),
    /// The name lies at or below a zone cut: the child's NS records, and glue.
    Delegation(Vec<Record>, Vec<Record>),
    /// The name exists, or names below it do, but not with this type.
    NoData,
    NoName,
}

const NEGATIVE_TTL: u32 = 300;

impl Zone {
    pub(super) fn parse(origin: &str, text: &str, serial: u32) -> Self {
        let origin = name(origin, &Name::root());
        let mut zone = Self {
            records: BTreeMap::new(),
            online: None,
            origin: origin.clone(),
        };
        let (mut base, mut owner, mut default_ttl) = (origin.clone(), origin.clone(), 3600);
        for entry in entries(text) {
            let mut tokens = entry.tokens.iter().map(String::as_str);
            let mut next = || {
                let token = tokens.next();
                token.unwrap_or_else(|| panic!("the entry {:?} is too short", entry.tokens))
            };
            if !entry.continues {
                match next() {
                    "$ORIGIN" => {
                        base = name(next(), &base);
                        continue;
                    }
                    "$TTL" => {
                        default_ttl = number(next());
                        continue;
                    }
                    text => owner = name(text, &base),
                }
            }
            let mut ttl = default_ttl;
            let kind = loop {
                match next() {
                    "IN" => {}
                    text if text.bytes().all(|byte| byte.is_ascii_digit()) => ttl = number(text),
                    text => break kind(text),
                }
            };
            let data = data(kind, &tokens.collect::<Vec<_>>(), &base);
            zone.add(owner.clone(), ttl, data);
        }
        zone.complete(serial);
        zone
    }

    fn add(&mut self, owner: Name, ttl: u32, data: RData) {
        assert!(
            self.origin.zone_of(&owner),
            "{owner} is not in the zone {}",
            self.origin
        );
        let records = self.records.entry(owner.clone()).or_default();
        records.push(Record::from_rdata(owner, ttl, data));
    }

    /// Adds the SOA and NS that are absent.
    fn complete(&mut self, serial: u32) {
        let origin = self.origin.clone();
        let own = name("ns1", &origin);
        // Nobody is to send questions anywhere because of a name server that no test speaks of.
        let server = if self.records.contains_key(&own) {
            own
        } else {
            name("ns1.without-address.invalid.", &Name::root())
        };
        if self.at(&origin, RecordType::NS).is_empty() {
            self.add(origin.clone(), 3600, RData::NS(NS(server.clone())));
        }
        if self.at(&origin, RecordType::SOA).is_empty() {
            let mailbox = name("hostmaster", &origin);
            self.add(origin, NEGATIVE_TTL, soa(server, mailbox, serial));
        }
    }

    /// The records of this very owner and type.
    pub(super) fn at(&self, owner: &Name, kind: RecordType) -> Vec<Record> {
        let records = self.records.get(owner).into_iter().flatten();
        records
            .filter(|record| kind == RecordType::ANY || record.record_type() == kind)
            .cloned()
            .collect()
    }

    pub(super) fn find(&self, name: &Name, kind: RecordType) -> Found {
        // What is announced of a zone below is known to the one above.
        let within = if kind == RecordType::DS {
            name.base_name()
        } else {
            name.clone()
        };
        if let Some(cut) = self.cut_above(&within) {
            let glue = cut.iter().flat_map(|record| match &record.data {
                RData::NS(NS(server)) => [RecordType::A, RecordType::AAAA]
                    .map(|kind| self.at(server, kind))
                    .concat(),
                _ => Vec::new(),
            });
            let glue = glue.collect();
            return Found::Delegation(cut, glue);
        }
        let owner = self.source(name);
        if !self.exists(&owner) {
            return Found::NoName;
        }
        let named = |mut record: Record| {
            record.name = name.clone();
            record
        };
        let records = self.at(&owner, kind);
        if !records.is_empty() {
            return Found::Records(records.into_iter().map(named).collect());
        }
        match self.at(&owner, RecordType::CNAME).pop().map(named) {
            Some(alias) => match &alias.data {
                RData::CNAME(CNAME(target)) => {
                    let target = target.clone();
                    Found::Alias(alias.into(), target)
                }
                _ => Found::Records(vec![alias]),
            },
            None => Found::NoData,
        }
    }

    /// The name itself, or the wildcard that stands for it, should there be one.
    pub(super) fn source(&self, name: &Name) -> Name {
        if self.exists(name) {
            return name.clone();
        }
        let mut encloser = name.base_name();
        while !self.exists(&encloser) {
            encloser = encloser.base_name();
        }
        encloser.prepend_label("*").expect("shorter than the name")
    }

    /// The NS records of the highest name below the origin, down to this one, that has any.
    pub(super) fn cut_above(&self, name: &Name) -> Option<Vec<Record>> {
        (self.origin.iter().count() + 1..=name.iter().count())
            .map(|labels| self.at(&name.trim_to(labels), RecordType::NS))
            .find(|servers| !servers.is_empty())
    }

    /// Whether the name has records or, as an empty non-terminal, names below it. The origin always
    /// does.
    pub(super) fn exists(&self, name: &Name) -> bool {
        self.records.keys().any(|owner| name.zone_of(owner))
    }

    /// The SOA as it goes with negative answers (RFC 2308 §3).
    pub(super) fn negative_soa(&self) -> Record {
        let mut soa = self
            .at(&self.origin, RecordType::SOA)
            .pop()
            .expect("every zone is completed with one");
        if let RData::SOA(data) = &soa.data {
            soa.ttl = soa.ttl.min(data.minimum);
        }
        soa
    }
}

/// The SOA with which the root denies what is in no zone.
pub(super) fn root_soa() -> Record {
    soa_of(".")
}

/// The SOA of a zone of which nothing else is told.
pub(super) fn soa_of(zone: &str) -> Record {
    let root = Name::root();
    let server = name("a.root-servers.net.", &root);
    let mailbox = name("nstld.verisign-grs.com.", &root);
    Record::from_rdata(name(zone, &root), NEGATIVE_TTL, soa(server, mailbox, 1))
}

fn soa(server: Name, mailbox: Name, serial: u32) -> RData {
    RData::SOA(SOA::new(
        server,
        mailbox,
        serial,
        7200,
        900,
        1_209_600,
        NEGATIVE_TTL,
    ))
}

/// One entry of a master file: a line, or several within parentheses.
struct Entry {
    /// Begins with a blank, that is without an owner.
    continues: bool,
    /// Escapes and quotes are kept.
    tokens: Vec<String>,
}

fn entries(text: &str) -> Vec<Entry> {
    let blank = |line: &str| line.trim().is_empty() || line.trim().starts_with(';');
    let lines = || text.lines().filter(|line| !blank(line));
    let indent = |line: &str| line.len() - line.trim_start().len();
    let common = lines().map(indent).min().unwrap_or(0);
    let mut entries = Vec::<Entry>::new();
    let mut depth = 0_usize;
    for line in lines().map(|line| &line[common..]) {
        if depth == 0 {
            entries.push(Entry {
                continues: line.starts_with(char::is_whitespace),
                tokens: Vec::new(),
            });
        }
        for token in tokens(line) {
            match token.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.checked_sub(1).expect("`)` closes a `(`"),
                _ => entries
                    .last_mut()
                    .expect("depth is 0 on the first line")
                    .tokens
                    .push(token),
            }
        }
    }
    entries.retain(|entry| !entry.tokens.is_empty());
    entries
}

fn tokens(line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                token.push('\\');
                token.extend(characters.next());
            }
            '"' => {
                quoted = !quoted;
                token.push('"');
            }
            _ if quoted => token.push(character),
            ';' => break,
            '(' | ')' => {
                tokens.push(std::mem::take(&mut token));
                tokens.push(character.into());
            }
            _ if character.is_whitespace() => tokens.push(std::mem::take(&mut token)),
            _ => token.push(character),
        }
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}

fn kind(text: &str) -> RecordType {
    match text.strip_prefix("TYPE").map(u16::from_str) {
        Some(Ok(code)) => RecordType::from(code),
        _ => text
            .to_ascii_uppercase()
            .parse()
            .unwrap_or_else(|_| panic!("{text:?} is no record type")),
    }
}

fn data(kind: RecordType, tokens: &[&str], base: &Name) -> RData {
    match (kind, tokens) {
        (_, [r"\#", length, hex @ ..]) => {
            let bytes = bytes(&hex.concat());
            assert_eq!(
                bytes.len(),
                number::<usize>(length),
                "the length of {tokens:?}"
            );
            RData::Unknown {
                code: kind,
                rdata: NULL::with(bytes),
            }
        }
        (RecordType::SRV, [priority, weight, port, target]) => RData::SRV(SRV::new(
            number(priority),
            number(weight),
            number(port),
            name(target, base),
        )),
        (RecordType::MX, [preference, exchange]) => {
            RData::MX(MX::new(number(preference), name(exchange, base)))
        }
        (RecordType::CNAME, [target]) => RData::CNAME(CNAME(name(target, base))),
        (RecordType::NS, [server]) => RData::NS(NS(name(server, base))),
        (RecordType::PTR, [target]) => RData::PTR(PTR(name(target, base))),
        (RecordType::SOA, [server, mailbox, serial, refresh, retry, expire, minimum]) => {
            RData::SOA(SOA::new(
                name(server, base),
                name(mailbox, base),
                number(serial),
                number(refresh),
                number(retry),
                number(expire),
                number(minimum),
            ))
        }
        _ => parsed(kind, tokens),
    }
}

/// All other types, by hickory's parser: their data hold no names, or ordinary ones.
fn parsed(kind: RecordType, tokens: &[&str]) -> RData {
    let line = format!(". 0 IN {kind} {}\n", tokens.join(" "));
    let parsed = Parser::new(line.as_str(), None, Some(Name::root())).parse();
    let (_, sets) = parsed.unwrap_or_else(|error| panic!("cannot read {line:?}: {error}"));
    let mut records = sets.into_values().flatten();
    records.next().expect("one line is one record").data
}

fn number<T: FromStr<Err: Display>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?} is no number that fits: {error}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("generic data are in hex"))
        .collect()
}

/// A name with `\DDD` (decimal, as RFC 1035 has it and hickory has not) and `\X`; any byte may
/// occur.
pub(super) fn name(text: &str, base: &Name) -> Name {
    if text == "@" {
        return base.clone();
    }
    let mut labels = vec![Vec::new()];
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'.' {
            labels.push(Vec::new());
            continue;
        }
        let byte = match byte {
            b'\\' if bytes.peek().is_some_and(u8::is_ascii_digit) => {
                let digits = bytes.by_ref().take(3).map(char::from).collect::<String>();
                number(&digits)
            }
            b'\\' => bytes.next().expect("a character follows the backslash"),
            byte => byte,
        };
        labels.last_mut().expect("there always is one").push(byte);
    }
    let absolute = labels.last().is_some_and(Vec::is_empty);
    labels.retain(|label| !label.is_empty());
    let base = if absolute {
        vec![]
    } else {
        base.iter().map(<[u8]>::to_vec).collect()
    };
    Name::from_labels(labels.into_iter().chain(base))
        .unwrap_or_else(|error| panic!("{text:?} is no name: {error}"))
}
