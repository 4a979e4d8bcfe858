//! Zone files (RFC 1035 §5, RFC 2308 §4) as BIND, Knot and Windows write them, and what the servers
//! of the zone would answer from one.
//!
//! Not hickory's reader: it opens what `$INCLUDE` names, names no line, stops at the first type that
//! it does not know (WINS, ALIAS) or at a record without a TTL, which those of a Windows server are.
//! What keeps name servers from loading the file is a fault here, too, and what only some of them refuse is
//! told beside. The content of types that hardly anybody has is passed over; whoever loads the file judges it.

mod answers;
mod contents;
mod entries;
mod generic;
mod host_names;
mod loading;
mod records;
mod types;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use hickory_resolver::proto::rr::Name;

use crate::facts::{Data, Refusal, Refused};
use crate::wire::dns::presentation;
use crate::wire::encoding::decoded;
use entries::{Entry, entries};
use records::Reader;

/// A zone as its file has it.
#[derive(Clone, Debug)]
pub struct ZoneFile {
    /// Its apex, in lower case and without a final dot.
    apex: String,
    /// How long resolvers may keep a no, in seconds (RFC 2308 §5).
    negative_ttl: Option<u32>,
    /// By their owners, in lower case and without a final dot.
    records: BTreeMap<String, Vec<ZoneRecord>>,
    /// What some name servers do not load.
    refusals: Vec<Refusal>,
}

/// A record of the file.
#[derive(Clone, Debug, PartialEq)]
struct ZoneRecord {
    ttl: u32,
    content: Content,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    /// What xfed asks for.
    Data(Data),
    /// CNAME.
    Alias(String),
    /// DNAME.
    Subtree(String),
    /// An address that only the name server works out: ALIAS, ANAME, LUA, and what Cloudflare proxies.
    Computed,
    /// What DNSSEC puts beside an alias as well.
    Signature,
    /// Anything else: it only shows that the name is there.
    Other,
}

impl Content {
    /// Whether it says the same, in whatever case: that stands there once.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Alias(one), Self::Alias(other)) | (Self::Subtree(one), Self::Subtree(other)) => {
                one.eq_ignore_ascii_case(other)
            }
            (one, other) => one == other,
        }
    }
}

/// What no name server would load, or xfed does not read, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: WrongInZone,
}

/// What is wrong in a zone file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrongInZone {
    /// `$INCLUDE` or `$GENERATE`: the records stand elsewhere, or are still to be made.
    Elsewhere(String),
    /// Another word with a dollar.
    Directive(String),
    /// A parenthesis without its counterpart.
    Parenthesis,
    /// A quotation mark without its counterpart.
    Quote,
    /// Looks like a blank, and is a part of the word for a name server: U+00A0 from a web page.
    Blank(char),
    /// No domain name.
    Name(String),
    /// A relative name, and nobody knows relative to what.
    NoOrigin,
    /// The first record has no name in front of it.
    NoOwner,
    /// What stands where the type of a record should be.
    NoType(String),
    /// A type that no name server knows.
    UnknownType(String),
    /// The class of another network than the internet.
    Class(String),
    /// A TTL that is none.
    Ttl(String),
    /// A record whose content is not as its type wants it: the type, and what stands there.
    Content(&'static str, String),
    /// An alias beside other records of the same name (RFC 1034 §3.6.2).
    BesideAlias(String),
    /// A string of a TXT record of more than 255 bytes (RFC 1035 §3.3).
    LongString,
    /// Several DNAME records at one name (RFC 6672 §2.4).
    SecondSubtree(String),
    /// A second SOA record.
    SecondSoa,
    /// The name of the SOA record holds the zone twice: its final dot is missing.
    DoubledSoa(String),
    /// The zone has an SOA record, and names no server (RFC 1035 §5.2).
    NoServers(String),
    /// A name server of the zone is an alias (RFC 2181 §10.3).
    ServerIsAlias(String),
    /// A name server within the zone has no address there.
    ServerWithoutAddress(String),
    /// A wildcard that hands on to other name servers (RFC 4592 §4.2).
    WildcardHandsOn(String),
}

/// Why a file cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAZone {
    /// Lines that cannot be read.
    Faults(Vec<ZoneFault>),
    /// The file does not say which zone it is of.
    Nameless,
}

impl ZoneFile {
    /// Reads a zone file. `origin` is what relative names in it are relative to from the first line
    /// on, where it does not say so itself.
    ///
    /// # Errors
    ///
    /// [`NotAZone`] with everything that cannot be read.
    pub fn read(document: &[u8], origin: Option<&str>) -> Result<Self, NotAZone> {
        let plain = decoded(document);
        // Texts are in whatever encoding: nothing that counts is more than ASCII.
        let text = String::from_utf8_lossy(&plain);
        let by_windows = origin_of_windows(&text);
        let stated = origin.or(by_windows);
        let origin = stated.and_then(|origin| values::name(origin, Some(&Name::root())).ok());
        let mut reader = Reader::new(origin, by_windows.is_some());
        if *plain != *document {
            reader.refuse(1, Refused::Mark.of("", ""));
        }
        for entry in entries(&text) {
            reader.take(&entry);
        }
        reader.finish()
    }

    /// Whether there is no record in it at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The zone.
    pub fn apex(&self) -> &str {
        &self.apex
    }

    /// What some name servers do not load.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }
}

/// The zone that a Windows DNS server names in the comment at the top of its files. They hold no
/// `$ORIGIN`.
fn origin_of_windows(text: &str) -> Option<&str> {
    let comments = text.lines().take_while(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with(';')
    });
    comments.into_iter().find_map(|line| {
        let rest = line.trim_start_matches([';', ' ', '\t']);
        let (_, rest) = rest.strip_prefix("Database file ")?.split_once(" for ")?;
        rest.trim_end().strip_suffix(" zone.")
    })
}

/// A name as it is looked up by.
fn key(name: &Name) -> String {
    presentation(name).to_ascii_lowercase()
}
