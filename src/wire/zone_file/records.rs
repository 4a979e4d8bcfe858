//! From entries to records: owners, TTLs, and what each type holds.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_resolver::proto::rr::Name;

use super::loading::Line;
use super::{
    Content, Entry, NotAZone, WrongInZone, ZoneFault, ZoneFile, ZoneRecord, contents, generic,
    host_names, key, loading, types,
};
use crate::facts::{Data, Refusal, Refused, Srv, is_within};
use crate::model::limits::{MAX_TEXT, clipped};
use crate::wire::dns::presentation;
use crate::wire::zone_file::entries::Word;
use crate::wire::zone_file::values::{is_age, is_class, name, number, seconds, unescaped};

/// For records of a file that names none anywhere.
const TTL: u32 = 3600;
/// The longest string of a TXT record, in bytes (RFC 1035 §3.3).
const MAX_STRING: usize = 255;
/// The longest content of a record, in bytes (RFC 1035 §3.2.1).
const MAX_CONTENT: usize = 65_535;
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
    refusals: Vec<Refusal>,
    /// A Windows server wrote it, and loads it: how others want it written is no concern.
    is_of_windows: bool,
}

struct Soa {
    line: usize,
    owner: Name,
    ttl: Option<u32>,
    minimum: u32,
    text: String,
}

impl Reader {
    pub(super) fn new(origin: Option<Name>, is_of_windows: bool) -> Self {
        Self {
            zone: origin.clone(),
            origin,
            owner: None,
            ttl: None,
            is_ttl_set: false,
            soa: None,
            lines: Vec::new(),
            faults: Vec::new(),
            refusals: Vec::new(),
            is_of_windows,
        }
    }

    /// Remembers what some name servers do not load.
    pub(super) fn refuse(&mut self, line: usize, refusal: Refusal) {
        refusal.join(&mut self.refusals, line);
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        for refused in &entry.refused {
            self.refuse(entry.line, refused.of("", ""));
        }
        let read = match &entry.words {
            Ok(words) if words.is_empty() => Ok(()),
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
        // Of another zone: name servers pass over it, but for those that stop there.
        let (within, outside): (_, Vec<Line>) = std::mem::take(&mut self.lines)
            .into_iter()
            .partition(|line| is_within(&line.owner, &apex));
        self.lines = within;
        for line in outside {
            self.refuse(line.number, Refused::Outside.of(&line.record, line.owner));
        }
        for (line, refusal) in loading::refusals(&self.lines, &apex) {
            self.refuse(line, refusal);
        }
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
        if self.is_of_windows {
            let is_for_all = |what| matches!(what, Refused::Outside | Refused::Type);
            self.refusals.retain(|it| is_for_all(it.what));
        }
        self.refusals.sort_by_key(|it| it.lines.first().copied());
        let zone = ZoneFile {
            refusals: self.refusals,
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
            return self.obey(&first.text, &words[1..]);
        }
        let mut words = words.iter().peekable();
        let first = words.next_if(|_| !entry.is_continued);
        let owner = match first {
            Some(first) => name(&first.text, self.origin.as_ref())?,
            None => self.owner.clone().ok_or(WrongInZone::NoOwner)?,
        };
        self.owner = Some(owner.clone());
        let mut ttl = None;
        let mut class = None;
        let record = loop {
            let word = words
                .next()
                .ok_or_else(|| WrongInZone::NoType(String::new()))?;
            let text = word.text.as_str();
            if word.is_quoted {
                return Err(WrongInZone::NoType(word.to_string()));
            }
            if class.is_none() && is_class(text) {
                class = Some(text);
            } else if ttl.is_none()
                && let Some(seconds) = seconds(text)
            {
                ttl = Some(seconds);
            } else if is_age(text) {
                self.is_of_windows = true;
            } else {
                break text;
            }
        };
        if !record.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(WrongInZone::NoType(record.to_owned()));
        }
        let is_other = |class: &&str| !["IN", "CLASS1"].contains(&class.to_uppercase().as_str());
        if let Some(class) = class.filter(is_other) {
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
        let record = record.to_ascii_uppercase();
        let content = self.content(&record, &words)?;
        let shown = first.map_or_else(|| presentation(&owner), |word| word.text.clone());
        let origin = self.origin.as_ref();
        let mut refusals = host_names::refusals(&record, &owner, &shown, &words, origin);
        refusals.extend(host_names::characters(&record, first, &shown, &words));
        let refused = match content {
            Content::Computed => Some(Refused::Type),
            _ => contents::refused(&record, &words),
        };
        refusals.extend(refused.map(|refused| refused.of(&record, shown)));
        for refusal in refusals {
            self.refuse(entry.line, refusal);
        }
        self.is_of_windows |= record.starts_with("WINS");
        let content = match content {
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
            record,
            ttl,
            content,
        });
        Ok(())
    }

    fn obey(&mut self, directive: &str, words: &[Word]) -> Result<(), WrongInZone> {
        // What is too much is a part of what is no name and no time.
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let value = words.join(" ");
        let is_one = words.len() == 1;
        match directive.to_ascii_uppercase().as_str() {
            "$ORIGIN" if !is_one => return Err(WrongInZone::Name(clipped(&value, MAX_TEXT))),
            "$ORIGIN" => self.begin(name(&value, self.origin.as_ref())?),
            "$TTL" => {
                let ttl = seconds(&value).filter(|_| is_one);
                let ttl = ttl.ok_or_else(|| WrongInZone::Ttl(clipped(&value, MAX_TEXT)))?;
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
        let origin = self.origin.as_ref();
        // The numbers of the types are for those that a program does not know (RFC 3597 §5).
        let known = match record {
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
            other => {
                let unknown = || WrongInZone::UnknownType(clipped(other, MAX_TEXT));
                types::known(other).ok_or_else(unknown)?
            }
        };
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let wrong = || {
            let shown: Vec<String> = words.iter().map(ToString::to_string).collect();
            WrongInZone::Content(known, clipped(&shown.join(" "), MAX_TEXT))
        };
        if !types::IS_READ.contains(&known) {
            return match known {
                _ if contents::is_wrong(known, words, origin) => Err(wrong()),
                "RRSIG" | "NSEC" | "SIG" | "NXT" | "KEY" => Ok(Content::Signature),
                _ => Ok(Content::Other),
            };
        }
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
        let short = |text: &str| {
            let number = number(text).and_then(|number| u16::try_from(number).ok());
            number.ok_or_else(wrong)
        };
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
            ("MX", [preference, exchange]) => Data::Mx(short(preference)?, named(exchange)?),
            ("SRV", [priority, weight, port, target]) => Data::Srv(Srv {
                priority: short(priority)?,
                weight: short(weight)?,
                port: short(port)?,
                target: named(target)?,
            }),
            ("SOA", [primary, contact, serial, rest @ ..]) if rest.len() == 4 => {
                named(contact)?;
                let serial = number(serial).and_then(|it| u32::try_from(it).ok());
                let serial = serial.ok_or_else(wrong)?;
                if rest.iter().any(|text| seconds(text).is_none()) {
                    return Err(wrong());
                }
                Data::Soa(named(primary)?, serial)
            }
            ("CAA", [flags, tag, _]) => {
                let is_flags = number(flags).is_some_and(|flags| flags <= 0xff);
                let is_tag = tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let is_right = is_flags && is_tag && !tag.is_empty();
                return is_right.then_some(Content::Other).ok_or_else(wrong);
            }
            ("TXT", strings) if !strings.is_empty() => {
                let strings = strings.iter().map(|text| unescaped(text));
                let strings: Option<Vec<Vec<u8>>> = strings.collect();
                let strings = strings.ok_or_else(wrong)?;
                if strings.iter().any(|string| string.len() > MAX_STRING) {
                    return Err(WrongInZone::LongString);
                }
                let bytes = strings.concat();
                if bytes.len() + strings.len() > MAX_CONTENT {
                    return Err(wrong());
                }
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
            if !is_within(&key(owner), &key(&soa.owner)) {
                return Ok(true);
            }
            if soa.owner != *owner || soa.text != text {
                return Err(WrongInZone::SecondSoa);
            }
            self.refuse(line, Refused::SoaTwice.of("SOA", presentation(owner)));
            return Ok(false);
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
