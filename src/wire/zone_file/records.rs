//! From entries to records: owners, TTLs, and what each type holds.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_resolver::proto::rr::Name;

use super::loading::Line;
use super::{
    Content, Entry, NotAZone, WrongInZone, ZoneFault, ZoneFile, ZoneRecord, generic, key, loading,
    types,
};
use crate::facts::{Data, Srv, is_within};
use crate::model::limits::{MAX_TEXT, clipped};
use crate::wire::dns::presentation;
use crate::wire::zone_file::entries::Word;

/// For records of a file that names none anywhere.
const TTL: u32 = 3600;
/// The longest string of a TXT record, in bytes (RFC 1035 §3.3).
const MAX_STRING: usize = 255;
/// No more faults are told of.
const MAX_FAULTS: usize = 1000;

/// Reads a file entry by entry.
pub(super) struct Reader {
    /// The zone, where there is no SOA record to say so.
    zone: Option<Name>,
    origin: Option<Name>,
    owner: Option<Name>,
    /// `$TTL`, else that of the record before.
    ttl: Option<u32>,
    /// `$TTL` was seen, which holds for all that name none.
    is_ttl_set: bool,
    soa: Option<Soa>,
    lines: Vec<Line>,
    faults: Vec<ZoneFault>,
}

struct Soa {
    line: usize,
    owner: Name,
    ttl: Option<u32>,
    minimum: u32,
    text: String,
}

impl Reader {
    pub(super) fn new(origin: Option<Name>) -> Self {
        Self {
            zone: origin.clone(),
            origin,
            owner: None,
            ttl: None,
            is_ttl_set: false,
            soa: None,
            lines: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        let read = match &entry.words {
            Ok(words) => self.read(words, entry),
            Err(wrong) => Err(wrong.clone()),
        };
        if let Err(wrong) = read
            && self.faults.len() < MAX_FAULTS
        {
            self.faults.push(entry.fault(wrong));
        }
    }

    pub(super) fn finish(mut self) -> Result<ZoneFile, NotAZone> {
        let is_nameless = |fault: &ZoneFault| fault.what == WrongInZone::NoOrigin;
        if self.faults.iter().any(is_nameless) {
            return Err(NotAZone::Nameless);
        }
        let apex = self.soa.as_ref().map(|soa| &soa.owner);
        let apex = key(apex.or(self.zone.as_ref()).ok_or(NotAZone::Nameless)?);
        // Of another zone: name servers pass over it.
        self.lines.retain(|line| is_within(&line.owner, &apex));
        let soa = self.soa.as_ref();
        let minimum = soa.map(|soa| soa.minimum);
        let mut records: BTreeMap<String, Vec<ZoneRecord>> = BTreeMap::new();
        for line in &self.lines {
            let record = ZoneRecord {
                ttl: line.ttl.or(minimum).unwrap_or(TTL),
                content: line.content.clone(),
            };
            let beside = records.entry(line.owner.clone()).or_default();
            if !beside.iter().any(|other| other.content == record.content) {
                beside.push(record);
            }
        }
        let zone = ZoneFile {
            apex,
            negative_ttl: soa.map(|soa| soa.minimum.min(soa.ttl.unwrap_or(soa.minimum))),
            records,
        };
        let mut faults = self.faults;
        let twice = self
            .zone
            .as_ref()
            .map(|zone| [key(zone), key(zone)].join("."));
        if let Some(soa) = soa.filter(|_| twice.as_ref() == Some(&zone.apex)) {
            faults.push(ZoneFault {
                line: soa.line,
                what: WrongInZone::DoubledSoa(zone.apex.clone()),
            });
        }
        faults.extend(loading::faults(&self.lines));
        // What cannot be read may be the address of a server.
        if faults.is_empty() {
            let soa = soa.map(|soa| soa.line);
            faults.extend(loading::server_faults(&self.lines, &zone, soa));
        }
        if faults.is_empty() {
            return Ok(zone);
        }
        faults.sort_by_key(|fault| fault.line);
        faults.truncate(MAX_FAULTS);
        Err(NotAZone::Faults(faults))
    }

    fn read(&mut self, words: &[Word], entry: &Entry) -> Result<(), WrongInZone> {
        let first = &words[0];
        if !entry.is_continued && !first.is_quoted && first.text.starts_with('$') {
            return self.obey(&first.text, words.get(1));
        }
        let mut words = words.iter();
        let owner = if entry.is_continued {
            self.owner.clone().ok_or(WrongInZone::NoOwner)?
        } else {
            let owner = words.next().expect("an entry has words");
            name(&owner.text, self.origin.as_ref())?
        };
        self.owner = Some(owner.clone());
        let mut ttl = None;
        let mut class = None;
        let record = loop {
            let word = words
                .next()
                .ok_or_else(|| WrongInZone::NoType(String::new()))?;
            let text = word.text.as_str();
            if class.is_none() && is_class(text) {
                class = Some(text);
            } else if ttl.is_none()
                && let Some(seconds) = seconds(text)
            {
                ttl = Some(seconds);
            } else if !is_age(text) {
                break text;
            }
        };
        if !record.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(WrongInZone::NoType(record.to_owned()));
        }
        if let Some(class) = class.filter(|class| !class.eq_ignore_ascii_case("IN")) {
            return Err(WrongInZone::Class(class.to_owned()));
        }
        // A name server knows the zone before it reads the file; its name is that of this record.
        if record.eq_ignore_ascii_case("SOA") && self.origin.is_none() {
            self.begin(owner.clone());
        }
        let ttl = ttl.or(self.ttl);
        if !self.is_ttl_set {
            self.ttl = ttl;
        }
        let words: Vec<&Word> = words.collect();
        let content = match self.content(record, &words)? {
            Content::Data(Data::Address(_)) | Content::Alias(_) if entry.is_proxied => {
                Content::Computed
            }
            content => content,
        };
        if let Content::Data(Data::Soa(..)) = content
            && !self.keep_soa(entry.line, &owner, ttl, &words)?
        {
            return Ok(());
        }
        self.lines.push(Line {
            number: entry.line,
            owner: key(&owner),
            ttl,
            content,
        });
        Ok(())
    }

    fn obey(&mut self, directive: &str, value: Option<&Word>) -> Result<(), WrongInZone> {
        let value = value.map_or("", |value| value.text.as_str());
        match directive.to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.begin(name(value, self.origin.as_ref())?),
            "$TTL" => {
                let ttl = seconds(value).ok_or_else(|| WrongInZone::Ttl(value.to_owned()))?;
                self.ttl = Some(ttl);
                self.is_ttl_set = true;
            }
            "$INCLUDE" | "$GENERATE" => {
                return Err(WrongInZone::Elsewhere(directive.to_owned()));
            }
            _ => return Err(WrongInZone::Directive(directive.to_owned())),
        }
        Ok(())
    }

    /// What follows is relative to this name.
    fn begin(&mut self, origin: Name) {
        self.zone.get_or_insert_with(|| origin.clone());
        self.origin = Some(origin);
    }

    fn content(&self, record: &str, words: &[&Word]) -> Result<Content, WrongInZone> {
        let record = record.to_ascii_uppercase();
        let origin = self.origin.as_ref();
        // The numbers of the types are for those that a program does not know (RFC 3597 §5).
        let known = match record.as_str() {
            "A" | "TYPE1" => "A",
            "AAAA" | "TYPE28" => "AAAA",
            "CNAME" | "TYPE5" => "CNAME",
            "DNAME" | "TYPE39" => "DNAME",
            "NS" | "TYPE2" => "NS",
            "SOA" | "TYPE6" => "SOA",
            "MX" | "TYPE15" => "MX",
            "SRV" | "TYPE33" => "SRV",
            "TXT" | "TYPE16" => "TXT",
            "CAA" | "TYPE257" => "CAA",
            "ALIAS" | "ANAME" | "LUA" => return Ok(Content::Computed),
            "RRSIG" | "NSEC" | "SIG" | "NXT" | "KEY" => return Ok(Content::Signature),
            other if types::is_known(other) => return Ok(Content::Other),
            other => return Err(WrongInZone::UnknownType(clipped(other, MAX_TEXT))),
        };
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let wrong = || {
            let shown: Vec<String> = words.iter().map(ToString::to_string).collect();
            WrongInZone::Content(known, clipped(&shown.join(" "), MAX_TEXT))
        };
        if known != "TXT" && known != "CAA" && words.iter().any(|word| word.is_quoted) {
            return Err(wrong());
        }
        let written_out;
        let texts = match texts.as_slice() {
            ["\\#", rest @ ..] => {
                written_out = generic::written_out(known, rest).ok_or_else(wrong)?;
                written_out.iter().map(String::as_str).collect()
            }
            _ => texts.clone(),
        };
        let named = |text: &str| Ok(presentation(&name(text, origin)?));
        let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
        let data = match (known, texts.as_slice()) {
            ("A", [address]) => {
                let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
                Data::Address(address.into())
            }
            ("AAAA", [address]) => {
                let address: Ipv6Addr = address.parse().map_err(|_| wrong())?;
                Data::Address(address.into())
            }
            ("CNAME", [target]) => return Ok(Content::Alias(named(target)?)),
            ("DNAME", [target]) => return Ok(Content::Subtree(named(target)?)),
            ("NS", [server]) if server.trim_end_matches('.').parse::<Ipv4Addr>().is_err() => {
                Data::Ns(named(server)?)
            }
            ("MX", [preference, exchange]) => Data::Mx(number(preference)?, named(exchange)?),
            ("SRV", [priority, weight, port, target]) => Data::Srv(Srv {
                priority: number(priority)?,
                weight: number(weight)?,
                port: number(port)?,
                target: named(target)?,
            }),
            ("SOA", [primary, contact, serial, rest @ ..]) if rest.len() == 4 => {
                named(contact)?;
                let serial = serial.parse().map_err(|_| wrong())?;
                if rest.iter().any(|text| seconds(text).is_none()) {
                    return Err(wrong());
                }
                Data::Soa(named(primary)?, serial)
            }
            ("CAA", [flags, tag, _]) if tag.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                flags.parse::<u8>().map_err(|_| wrong())?;
                return Ok(Content::Other);
            }
            ("TXT", strings) if !strings.is_empty() => {
                let strings: Vec<Vec<u8>> = strings.iter().map(|text| unescaped(text)).collect();
                if strings.iter().any(|string| string.len() > MAX_STRING) {
                    return Err(WrongInZone::LongString);
                }
                let bytes = strings.concat();
                let text = String::from_utf8_lossy(&bytes);
                Data::Txt(clipped(&text, MAX_TEXT))
            }
            _ => return Err(wrong()),
        };
        Ok(Content::Data(data))
    }

    /// Whether it is the first.
    fn keep_soa(
        &mut self,
        line: usize,
        owner: &Name,
        ttl: Option<u32>,
        words: &[&Word],
    ) -> Result<bool, WrongInZone> {
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let text = text.join(" ");
        if let Some(soa) = &self.soa {
            // A transfer (AXFR, RFC 5936 §2.2) ends as it begins.
            let is_same = soa.owner == *owner && soa.text == text;
            return if is_same {
                Ok(false)
            } else {
                Err(WrongInZone::SecondSoa)
            };
        }
        let minimum = words.last().and_then(|word| seconds(&word.text));
        self.soa = Some(Soa {
            line,
            owner: owner.clone(),
            ttl,
            minimum: minimum.expect("the content was read"),
            text,
        });
        Ok(true)
    }
}

/// A name, absolute.
pub(super) fn name(text: &str, origin: Option<&Name>) -> Result<Name, WrongInZone> {
    let bad = || WrongInZone::Name(clipped(text, MAX_TEXT));
    match text {
        "@" => return origin.cloned().ok_or(WrongInZone::NoOrigin),
        "." => return Ok(Name::root()),
        "" => return Err(bad()),
        _ => {}
    }
    let mut labels: Vec<Vec<u8>> = Vec::new();
    let mut label = Vec::new();
    let mut is_absolute = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        is_absolute = false;
        match byte {
            b'.' if label.is_empty() => return Err(bad()),
            b'.' => {
                labels.push(std::mem::take(&mut label));
                is_absolute = true;
            }
            b'\\' => label.push(escaped(&mut bytes).ok_or_else(bad)?),
            byte => label.push(byte),
        }
    }
    if !label.is_empty() {
        labels.push(label);
    }
    let name = Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| bad())?;
    if is_absolute {
        return Ok(name);
    }
    let origin = origin.ok_or(WrongInZone::NoOrigin)?;
    name.append_domain(origin).map_err(|_| bad())
}

/// The byte behind a backslash: itself, or three digits (RFC 1035 §5.1).
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    let text = std::str::from_utf8(&digits).ok()?;
    let is_number = digits.iter().all(u8::is_ascii_digit);
    text.parse().ok().filter(|_| is_number)
}

/// The bytes of a string.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(escaped(&mut bytes)),
            byte => plain.push(byte),
        }
    }
    plain
}

/// Whether this is a class.
fn is_class(text: &str) -> bool {
    let mut classes = ["IN", "CH", "HS", "CS"].into_iter();
    classes.any(|class| text.eq_ignore_ascii_case(class))
}

/// A time as BIND takes it, too: `3600`, `1h`, `1h30m`.
fn seconds(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut total: u32 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let factor = match unit.bytes().next()?.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        let part = number.parse::<u32>().ok()?.checked_mul(factor)?;
        total = total.checked_add(part)?;
        rest = &unit[1..];
    }
    (!text.is_empty()).then_some(total)
}

/// When a Windows server last saw the record: `[AGE:3712345]`.
fn is_age(text: &str) -> bool {
    text.starts_with("[AGE:") && text.ends_with(']')
}
