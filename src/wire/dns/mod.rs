//! DNS messages: the question that is sent, and what the answer to it means (RFC 1035, RFC 2308).
//!
//! A pure codec on top of hickory's reader of messages: what a server sent is an outcome, whatever
//! it is, and bounded in every direction.

mod aliases;
pub(crate) mod announced;
pub(crate) mod denial;
mod options;
mod reading;
mod record;
pub(crate) mod signatures;
mod verified;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use hickory_resolver::proto::op::{Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::{self, Name, RData};

use crate::facts::{
    DnsOutcome, ExtendedError, Marks, Rcode, Record, RecordType, is_loop, is_within,
};
use crate::model::limits::{MAX_EXTENDED_ERRORS, MAX_WORDS, clipped};
use crate::model::presentation::labels;
use aliases::{Followed, TooLong, follow, has_two_subtrees};
use record::{read_data, wire_type};

pub(crate) use reading::{Reading, read};
pub(in crate::wire) use record::presentation;

/// Answers that fit into this many bytes cross any network unfragmented (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;
/// The records kept of an answer.
const MAX_RECORDS: usize = 64;
/// The extended DNS error option (RFC 8914).
const OPTION_EDE: u16 = 15;
/// The cookie option (RFC 7873).
const OPTION_COOKIE: u16 = 10;

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The name, always absolute, without the trailing dot.
    pub(crate) name: &'a str,
    /// The type of the records.
    pub(crate) record: RecordType,
    /// The part that the server plays.
    pub(crate) role: Role,
}

/// The part that a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Finds answers elsewhere, and checks their signatures if it can.
    Resolver,
    /// The same, told not to check signatures.
    Unchecking,
    /// Speaks for its zone only.
    Authority,
    /// Should speak for its zone, and may be a resolver that answers in its place.
    Interceptor,
}

impl Question<'_> {
    /// The query; `None` for a name that DNS cannot carry.
    pub(crate) fn message(self, edns: bool) -> Option<Message> {
        let absolute = absolute(self.name)?;
        let mut message = Message::query();
        message.metadata.recursion_desired = self.role != Role::Authority;
        // Resolvers ask the servers of a zone so, too: Unbound always, BIND where it checks nothing.
        let leaves_checks = [Role::Unchecking, Role::Authority].contains(&self.role);
        message.metadata.checking_disabled = leaves_checks;
        // Asks for the AD bit without asking for signatures (RFC 6840 §5.7).
        message.metadata.authentic_data = self.role == Role::Resolver;
        message.add_query(Query::query(absolute, wire_type(self.record)));
        if edns {
            let mut options = Edns::new();
            options.set_max_payload(UDP_PAYLOAD);
            // As resolvers ask whose answers partners get (DO, RFC 4035 §3.2.1).
            options.set_dnssec_ok(self.role == Role::Authority);
            message.set_edns(options);
        }
        Some(message)
    }

    /// The same with a cookie, as BIND asks.
    pub(crate) fn with_cookie(self, cookie: &[u8]) -> Option<Message> {
        let mut message = self.message(true)?;
        let option = EdnsOption::Unknown(OPTION_COOKIE, cookie.to_vec());
        message.edns.as_mut()?.options_mut().insert(option);
        Some(message)
    }

    /// The same without a wish for signatures.
    pub(crate) fn without_signatures(self) -> Option<Message> {
        let mut message = self.message(true)?;
        message.edns.as_mut()?.set_dnssec_ok(false);
        Some(message)
    }
}

/// The name as it is asked for; `None` for one that DNS cannot carry.
fn absolute(name: &str) -> Option<Name> {
    // A name in DNS may be none of a host: with a hyphen at its start, or a blank.
    let any = || Name::from_labels(labels(name));
    let mut absolute = Name::from_ascii(name).or_else(|_| any()).ok()?;
    absolute.set_fqdn(true);
    Some(absolute)
}

/// What an answer says of itself.
pub(crate) fn marks(message: &Message) -> Marks {
    Marks {
        authoritative: message.metadata.authoritative,
        recursive: message.metadata.recursion_available,
        authenticated: message.metadata.authentic_data,
        signed: message
            .answers
            .iter()
            .any(|record| record.record_type() == rr::RecordType::RRSIG),
        extended: extended_errors(message),
        without_edns: false,
        to_edns: None,
        to_cookie: None,
        edns_twice: reading::has_edns_twice(message),
        malformed_option: reading::malformed_option(message),
    }
}

/// The cookies in a message (RFC 7873 §4).
pub(crate) fn cookies(message: &Message) -> impl Iterator<Item = &[u8]> {
    let options = message.edns.iter();
    let options = options.flat_map(|edns| edns.options().as_ref().iter());
    options.filter_map(|(_, option)| match option {
        EdnsOption::Unknown(OPTION_COOKIE, data) => Some(data.as_slice()),
        _ => None,
    })
}

/// What these bytes mean as an answer to this question, of a resolver or of a server of the zone; `None`
/// when they are no message of DNS.
pub fn read_answer(
    bytes: &[u8],
    name: &str,
    record: RecordType,
    of_zone: bool,
) -> Option<DnsOutcome> {
    let role = if of_zone {
        Role::Authority
    } else {
        Role::Resolver
    };
    let message = reading::unasked(bytes)?;
    Some(outcome(&message, Question { name, record, role }))
}

/// What an answer means.
pub(crate) fn outcome(message: &Message, question: Question<'_>) -> DnsOutcome {
    if let Some(refused) = without_an_answer(message, question.role) {
        return refused;
    }
    if has_two_subtrees(message) {
        return failure(Rcode::TwoSubtrees, message);
    }
    let Followed { aliases, end, more } = match follow(message, question) {
        Ok(followed) => followed,
        Err(TooLong) => return failure(Rcode::YxDomain, message),
    };
    let records = records_at(message, &end, question.record);
    let is_denied = message.metadata.response_code == ResponseCode::NXDomain;
    if !records.is_empty() && is_denied {
        return failure(Rcode::DeniedRecord, message);
    }
    if !records.is_empty() {
        return DnsOutcome::Records { aliases, records };
    }
    let (mut zone, mut negative_ttl) = (zone_of(message), negative_ttl(message));
    if is_loop(&aliases) && !is_denied {
        return DnsOutcome::NoData {
            aliases,
            negative_ttl,
            zone,
        };
    }
    if question.role == Role::Authority && !aliases.is_empty() && zone.is_none() {
        // The alias leads out of the zone.
        return DnsOutcome::Elsewhere {
            aliases,
            zone: None,
            servers: Vec::new(),
        };
    }
    if more {
        // What stands at the end of the aliases is not known.
        return failure(Rcode::TooManyAliases, message);
    }
    // A zone that the name is not in proves nothing about it, nor does one whose apex is the name
    // that is denied: that is how some filters deny.
    let denied = presentation(&end);
    let is_proof = |zone: &String| {
        let is_itself = is_denied && denied.eq_ignore_ascii_case(zone);
        is_within(&denied, zone) && (!is_itself || question.role == Role::Authority)
    };
    if !zone.as_ref().is_none_or(is_proof) {
        if question.role == Role::Authority && aliases.is_empty() {
            return failure(Rcode::Lame, message);
        }
        if question.role != Role::Authority {
            (zone, negative_ttl) = (None, None);
        }
    }
    if is_denied || question.role == Role::Authority && denial::is_nowhere(message, &end) {
        DnsOutcome::NoName {
            aliases,
            negative_ttl,
            zone,
        }
    } else {
        DnsOutcome::NoData {
            aliases,
            negative_ttl,
            zone,
        }
    }
}

/// What an answer of a server of a zone would mean if it claimed to speak for that zone (AA), where it does not.
/// Unbound and BIND take it all the same.
pub(crate) fn unclaimed(message: &Message, question: Question<'_>) -> Option<DnsOutcome> {
    if !outcome(message, question).is_unauthoritative() {
        return None;
    }
    let mut claimed = message.clone();
    claimed.metadata.authoritative = true;
    Some(outcome(&claimed, question))
}

/// The outcome of a message that says neither yes nor no: the server fails, refers to others, or
/// does not know the zone that it should speak for.
fn without_an_answer(message: &Message, role: Role) -> Option<DnsOutcome> {
    let metadata = &message.metadata;
    if !matches!(
        metadata.response_code,
        ResponseCode::NoError | ResponseCode::NXDomain
    ) {
        return Some(failure(rcode(metadata.response_code), message));
    }
    let delegates = delegates(message);
    match role {
        // What does not recurse is no resolver, however well it knows the answer.
        Role::Interceptor if !metadata.recursion_available => Some(failure(Rcode::Lame, message)),
        _ if metadata.authoritative => None,
        // A referral to somebody else's servers; anything else is a server that does not know its
        // zone, or a resolver in its place.
        Role::Authority if delegates => Some(DnsOutcome::Elsewhere {
            aliases: Vec::new(),
            zone: delegated(message),
            servers: referred(message),
        }),
        // So does a cache that stands before it, and that shows the proof of its "no".
        Role::Authority if !message.answers.is_empty() || is_proven(message) => {
            Some(failure(Rcode::NotAuthoritative, message))
        }
        Role::Authority => Some(failure(Rcode::Lame, message)),
        // A server that does not recurse says where to ask; it does not say "no" (RFC 2308 §2.2).
        Role::Resolver | Role::Unchecking | Role::Interceptor
            if delegates && !metadata.recursion_available =>
        {
            Some(failure(Rcode::Referral, message))
        }
        Role::Resolver | Role::Unchecking | Role::Interceptor => None,
    }
}

/// Whether a "no" comes with the SOA of a zone that the name is in, below the top-level domains.
fn is_proven(message: &Message) -> bool {
    let asked = message
        .queries
        .first()
        .map(|query| presentation(query.name()));
    let is_of_zone = |zone: &String| {
        let is_within = asked.as_ref().is_some_and(|asked| is_within(asked, zone));
        is_within && zone.contains('.') && zone != "."
    };
    zone_of(message).as_ref().is_some_and(is_of_zone)
}

fn failure(rcode: Rcode, message: &Message) -> DnsOutcome {
    DnsOutcome::Failed {
        rcode,
        extended: extended_errors(message),
        answers_unchecked: false,
    }
}

fn rcode(code: ResponseCode) -> Rcode {
    match code {
        ResponseCode::FormErr => Rcode::FormErr,
        ResponseCode::ServFail => Rcode::ServFail,
        ResponseCode::NotImp => Rcode::NotImp,
        ResponseCode::Refused => Rcode::Refused,
        ResponseCode::YXDomain => Rcode::YxDomain,
        // The same number; the other needs TSIG, which nobody asked for.
        ResponseCode::BADVERS | ResponseCode::BADSIG => Rcode::BadVers,
        ResponseCode::NotAuth => Rcode::NotAuth,
        unnamed => Rcode::Other(unnamed.into()),
    }
}

fn extended_errors(message: &Message) -> Vec<ExtendedError> {
    let options = message
        .edns
        .iter()
        .flat_map(|edns| edns.options().as_ref().iter());
    options
        .filter_map(|(_, option)| match option {
            EdnsOption::Unknown(OPTION_EDE, data) => {
                let (code, text) = data.split_first_chunk::<2>()?;
                let text = String::from_utf8_lossy(text);
                Some(ExtendedError {
                    code: u16::from_be_bytes(*code),
                    // Some end it with a NUL, which is no part of it (RFC 8914 §2).
                    text: clipped(text.trim_end_matches('\0'), MAX_WORDS),
                })
            }
            _ => None,
        })
        .take(MAX_EXTENDED_ERRORS)
        .collect()
}

/// Whether a message names the servers of a zone below instead of an answer (RFC 1034 §4.3.2).
fn delegates(message: &Message) -> bool {
    let names_servers = message
        .authorities
        .iter()
        .any(|record| matches!(record.data, RData::NS(_)));
    names_servers && message.answers.is_empty() && zone_of(message).is_none()
}

/// The name that a referral hands on.
fn delegated(message: &Message) -> Option<String> {
    let servers = message.authorities.iter();
    servers
        .filter(|record| matches!(record.data, RData::NS(_)))
        .map(|record| presentation(&record.name))
        .next()
}

/// The servers that a referral names, with the addresses that come along (RFC 1034 §4.2.1).
fn referred(message: &Message) -> Vec<(String, Vec<IpAddr>)> {
    let servers = message
        .authorities
        .iter()
        .filter_map(|record| match &record.data {
            RData::NS(server) => Some((presentation(&server.0), glue(message, &server.0))),
            _ => None,
        });
    servers.take(MAX_RECORDS).collect()
}

/// The addresses of a server that come along with an answer.
pub(crate) fn beside(message: &Message, server: &str) -> Vec<IpAddr> {
    absolute(server).map_or_else(Vec::new, |server| glue(message, &server))
}

fn glue(message: &Message, server: &Name) -> Vec<IpAddr> {
    let records = message
        .additionals
        .iter()
        .filter(|record| record.name == *server);
    records
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .take(MAX_RECORDS)
        .collect()
}

fn soa(message: &Message) -> Option<(&rr::Record, &rr::rdata::SOA)> {
    message
        .authorities
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some((record, soa)),
            _ => None,
        })
}

/// The zone that a "no" comes from: the owner of the SOA beside it (RFC 2308 §2).
fn zone_of(message: &Message) -> Option<String> {
    soa(message).map(|(record, _)| presentation(&record.name))
}

/// How long a "no" may be kept: the SOA's own TTL or its minimum, whichever is less (RFC 2308 §5).
fn negative_ttl(message: &Message) -> Option<u32> {
    soa(message).map(|(record, soa)| record.ttl.min(soa.minimum))
}

/// The records of this type at a name. No set has the same record twice (RFC 2181 §5); whoever has
/// it twice keeps it for the shorter time.
fn records_at(message: &Message, name: &Name, wanted: RecordType) -> Vec<Record> {
    let mut set: Vec<Record> = Vec::new();
    for record in message.answers.iter().filter(|record| record.name == *name) {
        let Some(data) = read_data(&record.data, wanted) else {
            continue;
        };
        let same = |other: &&mut Record| other.data.lowercase() == data.lowercase();
        if let Some(other) = set.iter_mut().find(same) {
            other.ttl = other.ttl.min(record.ttl);
        } else if set.len() < MAX_RECORDS {
            let ttl = record.ttl;
            set.push(Record { ttl, data });
        }
    }
    set
}
