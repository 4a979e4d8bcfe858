//! Reads what a server sent, as far as the resolvers of partners read it.

#[cfg(test)]
mod tests;

use hickory_resolver::proto::dnssec::rdata::DNSKEY;
use hickory_resolver::proto::op::{
    Edns, Header, Message, MessageType, OpCode, Query, ResponseCode,
};
use hickory_resolver::proto::rr::rdata::NULL;
use hickory_resolver::proto::rr::{self, DNSClass, RData};
use hickory_resolver::proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

use super::options::malformed;
use crate::facts::{Unusable, UnusableKey};

/// Class and time to live lie between these and the length of the data.
const OPT_FIXED: usize = 6;

/// What some bytes from a server are to a query.
#[derive(Debug)]
pub(crate) enum Reading {
    /// The answer.
    Answer(Message),
    /// The answer did not fit. Nothing in it counts, not even that it can be read: it may have been
    /// cut anywhere.
    Truncated,
    /// An answer to somebody else.
    Foreign,
    /// No DNS answer.
    Malformed,
}

/// Reads the bytes that came after this query.
pub(crate) fn read(bytes: &[u8], query: &Message) -> Reading {
    let mut decoder = BinDecoder::new(bytes);
    let Ok(header) = Header::read(&mut decoder) else {
        return Reading::Malformed;
    };
    if header.id != query.metadata.id
        || header.message_type != MessageType::Response
        || header.op_code != OpCode::Query
    {
        return Reading::Foreign;
    }
    let queries = (0..header.counts.queries).map(|_| Query::read(&mut decoder));
    let queries: Result<Vec<Query>, DecodeError> = queries.collect();
    let same = match &queries {
        Ok(queries) if queries.is_empty() => None,
        Ok(queries) => Some(*queries == query.queries),
        Err(_) => None,
    };
    match (same, queries) {
        (Some(false), _) => Reading::Foreign,
        _ if header.truncation => Reading::Truncated,
        (_, Ok(queries)) => match sections(&mut decoder, header, queries) {
            // Some servers leave out the question that they refuse. Without it, nobody takes
            // anything else: it could be the answer to any other.
            Ok(message) if same.is_none() && !is_refusal(&message) => Reading::Malformed,
            Ok(message) => Reading::Answer(message),
            Err(_) => Reading::Malformed,
        },
        (_, Err(_)) => Reading::Malformed,
    }
}

/// Reads a message that answers whatever it answers.
pub(super) fn unasked(bytes: &[u8]) -> Option<Message> {
    let mut decoder = BinDecoder::new(bytes);
    let header = Header::read(&mut decoder).ok()?;
    let queries = (0..header.counts.queries).map(|_| Query::read(&mut decoder));
    let queries: Result<Vec<Query>, DecodeError> = queries.collect();
    sections(&mut decoder, header, queries.ok()?).ok()
}

fn is_refusal(message: &Message) -> bool {
    !matches!(
        message.metadata.response_code,
        ResponseCode::NoError | ResponseCode::NXDomain
    )
}

/// The records behind the question. All of them must be readable, or what is missing could change
/// what the others mean.
fn sections(
    decoder: &mut BinDecoder<'_>,
    header: Header,
    queries: Vec<Query>,
) -> Result<Message, DecodeError> {
    let Header {
        metadata, counts, ..
    } = header;
    let mut message = Message::response(metadata.id, metadata.op_code);
    message.metadata = metadata;
    message.queries = queries;
    message.answers = records(decoder, counts.answers)?;
    message.authorities = records(decoder, counts.authorities)?;
    for _ in 0..counts.additionals {
        let start = decoder.index();
        match additional(decoder)? {
            Additional::Record(record) => message.additionals.push(*record),
            Additional::Edns(edns) if message.edns.is_none() => {
                message.metadata.merge_response_code(edns.rcode_high());
                message.edns = Some(*edns);
            }
            // The first one counts; that there is another one is kept.
            Additional::Edns(_) => message.additionals.push(noted(&[])),
            Additional::Unreadable => {}
        }
        let option = options_at(decoder, start).and_then(malformed);
        let option = option.map(|number| noted(&number.to_be_bytes()));
        message.additionals.extend(option);
    }
    Ok(message)
}

/// The options in the EDNS data that begin there.
fn options_at<'a>(decoder: &BinDecoder<'a>, start: usize) -> Option<&'a [u8]> {
    let mut again = decoder.clone(u16::try_from(start).ok()?);
    rr::Name::read(&mut again).ok()?;
    if rr::RecordType::read(&mut again).ok()? != rr::RecordType::OPT {
        return None;
    }
    again.read_slice(OPT_FIXED).ok()?;
    let length = again.read_u16().ok()?.unverified();
    Some(again.read_slice(length.into()).ok()?.unverified())
}

/// What is noted of the EDNS data of an answer: nothing where there is another one, or the number of an option.
fn noted(what: &[u8]) -> rr::Record {
    let rdata = if what.is_empty() {
        NULL::new()
    } else {
        NULL::with(what.to_vec())
    };
    let data = RData::Unknown {
        code: rr::RecordType::OPT,
        rdata,
    };
    rr::Record::from_rdata(rr::Name::root(), 0, data)
}

/// What was noted of the EDNS data of an answer.
fn notes(message: &Message) -> impl Iterator<Item = &[u8]> {
    let records = message.additionals.iter();
    records.filter_map(|record| match &record.data {
        RData::Unknown {
            code: rr::RecordType::OPT,
            rdata,
        } => Some(rdata.anything.as_slice()),
        _ => None,
    })
}

/// Whether an answer has EDNS data twice.
pub(super) fn has_edns_twice(message: &Message) -> bool {
    notes(message).any(<[u8]>::is_empty)
}

/// The number of an EDNS option in an answer that is malformed.
pub(super) fn malformed_option(message: &Message) -> Option<u16> {
    notes(message).find_map(|note| Some(u16::from_be_bytes(note.try_into().ok()?)))
}

fn records(decoder: &mut BinDecoder<'_>, count: u16) -> Result<Vec<rr::Record>, DecodeError> {
    let mut records = Vec::new();
    for _ in 0..count {
        let start = decoder.index();
        let read = record(decoder);
        records.push(read.or_else(|error| foreign_key(decoder, start).ok_or(error))?);
    }
    Ok(records)
}

/// Where the protocol stands in the content of a key, and what it has to be (RFC 4034 §2.1.2).
const PROTOCOL: usize = 2;
const DNSSEC: u8 = 3;

/// A key for another protocol than DNSSEC, which is no reason not to read the others.
fn foreign_key(decoder: &mut BinDecoder<'_>, start: usize) -> Option<rr::Record> {
    let mut again = decoder.clone(u16::try_from(start).ok()?);
    let name = rr::Name::read(&mut again).ok()?;
    let code = rr::RecordType::read(&mut again).ok()?;
    let class = again.read_u16().ok()?.unverified();
    let ttl = again.read_u32().ok()?.unverified();
    let length = again.read_u16().ok()?.unverified();
    let content = again.read_slice(length.into()).ok()?.unverified();
    let is_foreign = content.get(PROTOCOL).is_some_and(|it| *it != DNSSEC);
    let is_it = code == rr::RecordType::DNSKEY && class == u16::from(DNSClass::IN);
    if !is_it || !is_foreign {
        return None;
    }
    let rdata = NULL::with(content.to_vec());
    *decoder = again;
    let data = RData::Unknown { code, rdata };
    Some(rr::Record::from_rdata(name, ttl, data))
}

/// The tag of a key that was kept as it was because it is for another protocol.
pub(super) fn unreadable_key(data: &RData) -> Option<UnusableKey> {
    let RData::Unknown {
        code: rr::RecordType::DNSKEY,
        rdata,
    } = data
    else {
        return None;
    };
    Some(UnusableKey {
        key: DNSKEY::calculate_key_tag_internal(&rdata.anything),
        why: Unusable::Protocol,
    })
}

/// A record of the class that was asked for, with data in it.
fn record(decoder: &mut BinDecoder<'_>) -> Result<rr::Record, DecodeError> {
    let mut record = rr::Record::read(decoder)?;
    let is_meta = matches!(
        record.record_type(),
        rr::RecordType::OPT | rr::RecordType::TSIG
    );
    if !is_meta && (record.dns_class != DNSClass::IN || matches!(record.data, RData::Update0(_))) {
        return Err(DecodeError::InvalidEmptyRecord);
    }
    // Times of more than 31 bits are none (RFC 2181 §8).
    if !is_meta && i32::try_from(record.ttl).is_err() {
        record.ttl = 0;
    }
    Ok(record)
}

enum Additional {
    Record(Box<rr::Record>),
    Edns(Box<Edns>),
    /// EDNS data that only the server understands, or of another name than the root (RFC 6891 §6.1.2). Resolvers
    /// take the answer all the same.
    Unreadable,
}

fn additional(decoder: &mut BinDecoder<'_>) -> Result<Additional, DecodeError> {
    let start = decoder.index();
    match record(decoder) {
        Ok(record) if record.record_type() == rr::RecordType::OPT => {
            Ok(Additional::Edns(Box::new((&record).into())))
        }
        Ok(record) => Ok(Additional::Record(Box::new(record))),
        Err(error) => {
            let start = u16::try_from(start).map_err(|_| DecodeError::InsufficientBytes)?;
            let mut again = decoder.clone(start);
            rr::Name::read(&mut again)?;
            if rr::RecordType::read(&mut again)? != rr::RecordType::OPT {
                return Err(error);
            }
            again.read_slice(OPT_FIXED)?;
            let length = again.read_u16()?.unverified();
            again.read_slice(length.into())?;
            *decoder = again;
            Ok(Additional::Unreadable)
        }
    }
}
