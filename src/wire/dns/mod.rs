//! DNS messages: the question that is sent, and what the answer to it means (RFC 1035, RFC 2308).
//!
//! A pure codec on top of hickory's reader of messages: what a server sent is an outcome, whatever
//! it is, and bounded in every direction.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::{self, Name, RData};

use crate::facts::{Alias, Data, DnsOutcome, Record, RecordType, Srv};

/// Answers that fit into this many bytes cross any network unfragmented (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;
/// The aliases followed on the way to an answer.
const MAX_ALIASES: usize = 8;
/// The records kept of an answer.
const MAX_RECORDS: usize = 64;
/// The extended DNS error option (RFC 8914).
const OPTION_EDE: u16 = 15;

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) name: &'a str,
    pub(crate) record: RecordType,
    pub(crate) to: To,
}

/// The part that a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// Finds answers elsewhere, and checks their signatures if it can.
    Resolver,
    /// The same, told not to check signatures.
    Unchecking,
    /// Speaks for its zone only.
    Authority,
}

impl Question<'_> {
    pub(crate) fn message(self, edns: bool) -> Option<Message> {
        let mut absolute = Name::from_ascii(self.name).ok()?;
        absolute.set_fqdn(true);
        let mut message = Message::query();
        message.metadata.recursion_desired = self.to != To::Authority;
        message.metadata.checking_disabled = self.to == To::Unchecking;
        // Asks for the AD bit without asking for signatures (RFC 6840 §5.7).
        message.metadata.authentic_data = self.to == To::Resolver;
        message.add_query(Query::query(absolute, wire_type(self.record)));
        if edns {
            let mut options = Edns::new();
            options.set_max_payload(UDP_PAYLOAD);
            message.set_edns(options);
        }
        Some(message)
    }
}

fn wire_type(record: RecordType) -> rr::RecordType {
    match record {
        RecordType::A => rr::RecordType::A,
        RecordType::Aaaa => rr::RecordType::AAAA,
        RecordType::Mx => rr::RecordType::MX,
        RecordType::Ns => rr::RecordType::NS,
        RecordType::Soa => rr::RecordType::SOA,
        RecordType::Srv => rr::RecordType::SRV,
        RecordType::Txt => rr::RecordType::TXT,
    }
}

/// Same number, same question; some servers leave the question out when they refuse it.
pub(crate) fn answers(message: &Message, query: &Message) -> bool {
    message.metadata.id == query.metadata.id
        && message.metadata.message_type == MessageType::Response
        && (message.queries.is_empty() || message.queries == query.queries)
}

pub(crate) fn outcome(message: &Message, question: Question<'_>) -> DnsOutcome {
    let code = message.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return failure(rcode_name(code), message);
    }
    let from_authority = question.to == To::Authority;
    let refers = message.answers.is_empty() && zone_of(message).is_none();
    let delegates = refers
        && message
            .authorities
            .iter()
            .any(|record| matches!(record.data, RData::NS(_)));
    let metadata = &message.metadata;
    if delegates && !from_authority && !metadata.authoritative && !metadata.recursion_available {
        // A server that does not recurse says where to ask; it does not say "no" (RFC 2308 §2.2).
        return failure("REFERRAL".to_owned(), message);
    }
    if from_authority && !metadata.authoritative {
        // A referral to somebody else's servers; anything else is a server that does not know its
        // zone, or a resolver in its place.
        return if delegates {
            DnsOutcome::Elsewhere {
                servers: referred(message),
            }
        } else {
            failure("LAME".to_owned(), message)
        };
    }
    let (aliases, end) = follow(message, question.name);
    let records: Vec<Record> = message
        .answers
        .iter()
        .filter(|answer| presentation(&answer.name).eq_ignore_ascii_case(&end))
        .filter_map(|answer| {
            let data = read_data(&answer.data, question.record)?;
            Some(Record {
                ttl: answer.ttl,
                data,
            })
        })
        .take(MAX_RECORDS)
        .collect();
    if !records.is_empty() {
        return DnsOutcome::Records { aliases, records };
    }
    if from_authority && !aliases.is_empty() && zone_of(message).is_none() {
        return DnsOutcome::Elsewhere {
            servers: Vec::new(),
        };
    }
    let looped = aliases
        .iter()
        .any(|alias| alias.name.eq_ignore_ascii_case(&end));
    if aliases.len() == MAX_ALIASES && !looped && alias_of(message, &end).is_some() {
        // More aliases than are followed: what stands at their end is not known.
        return failure("ALIASES".to_owned(), message);
    }
    let negative_ttl = negative_ttl(message);
    if code == ResponseCode::NXDomain {
        DnsOutcome::NoName {
            aliases,
            negative_ttl,
        }
    } else {
        DnsOutcome::NoData {
            aliases,
            negative_ttl,
            zone: zone_of(message),
        }
    }
}

fn failure(rcode: String, message: &Message) -> DnsOutcome {
    DnsOutcome::Failed {
        rcode,
        extended: extended_errors(message),
        answers_unchecked: false,
    }
}

/// The servers that a referral names, with the addresses that come along (RFC 1034 §4.2.1).
fn referred(message: &Message) -> Vec<(String, Vec<IpAddr>)> {
    let glue = |server: &Name| {
        let own = message
            .additionals
            .iter()
            .filter(|record| record.name == *server);
        own.filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .take(MAX_RECORDS)
        .collect()
    };
    let servers = message
        .authorities
        .iter()
        .filter_map(|record| match &record.data {
            RData::NS(server) => Some((presentation(&server.0), glue(&server.0))),
            _ => None,
        });
    servers.take(MAX_RECORDS).collect()
}

/// The zone that a "no" comes from: the owner of the SOA beside it (RFC 2308 §2).
fn zone_of(message: &Message) -> Option<String> {
    let soa = message
        .authorities
        .iter()
        .find(|record| matches!(record.data, RData::SOA(_)))?;
    Some(presentation(&soa.name))
}

/// Follows the aliases within an answer; returns them and the name at their end.
fn follow(message: &Message, name: &str) -> (Vec<Alias>, String) {
    let mut aliases: Vec<Alias> = Vec::new();
    let mut end = name.to_owned();
    while aliases.len() < MAX_ALIASES {
        let Some(target) = alias_of(message, &end) else {
            break;
        };
        aliases.push(Alias {
            name: end,
            target: target.clone(),
        });
        end = target;
    }
    (aliases, end)
}

/// What a name is an alias of, by this answer.
fn alias_of(message: &Message, name: &str) -> Option<String> {
    message
        .answers
        .iter()
        .find_map(|answer| match &answer.data {
            RData::CNAME(target) if presentation(&answer.name).eq_ignore_ascii_case(name) => {
                Some(presentation(target))
            }
            _ => None,
        })
}

/// How long a "no" may be kept: the SOA's own TTL or its minimum, whichever is less (RFC 2308 §5).
fn negative_ttl(message: &Message) -> Option<u32> {
    message
        .authorities
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
            _ => None,
        })
}

fn read_data(data: &RData, wanted: RecordType) -> Option<Data> {
    match (wanted, data) {
        (RecordType::A, RData::A(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Aaaa, RData::AAAA(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Mx, RData::MX(mx)) => {
            Some(Data::Mx(mx.preference, presentation(&mx.exchange)))
        }
        (RecordType::Ns, RData::NS(server)) => Some(Data::Ns(presentation(&server.0))),
        (RecordType::Soa, RData::SOA(soa)) => Some(Data::Soa(presentation(&soa.mname), soa.serial)),
        (RecordType::Srv, RData::SRV(srv)) => Some(Data::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: presentation(&srv.target),
        })),
        (RecordType::Txt, RData::TXT(txt)) => {
            let strings = txt.txt_data.iter();
            let bytes: Vec<u8> = strings.flat_map(|string| string.iter().copied()).collect();
            Some(Data::Txt(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => None,
    }
}

/// A name as master files write it (RFC 1035 §5.1): everything but plain ASCII as `\DDD`, without
/// the trailing dot; the root stays `.`.
fn presentation(name: &Name) -> String {
    if name.is_root() {
        return ".".to_owned();
    }
    let labels: Vec<String> = name
        .iter()
        .map(|label| label.iter().map(|byte| escaped(*byte)).collect())
        .collect();
    labels.join(".")
}

fn escaped(byte: u8) -> String {
    match byte {
        b'.' | b'\\' => format!("\\{}", char::from(byte)),
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

fn extended_errors(message: &Message) -> Vec<(u16, String)> {
    let options = message
        .edns
        .iter()
        .flat_map(|edns| edns.options().as_ref().iter());
    options
        .filter_map(|(_, option)| match option {
            EdnsOption::Unknown(OPTION_EDE, data) => {
                let (code, text) = data.split_first_chunk::<2>()?;
                Some((
                    u16::from_be_bytes(*code),
                    String::from_utf8_lossy(text).into_owned(),
                ))
            }
            _ => None,
        })
        .collect()
}

/// The response code by its registered mnemonic.
fn rcode_name(code: ResponseCode) -> String {
    match code {
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("RCODE {}", u16::from(other)),
    }
}
