//! Bytes, and what they are to a query.

use super::*;
use crate::facts::RecordType;
use crate::wire::dns::{Question, Role};

fn query() -> Message {
    let question = Question {
        name: "x.zahnfee.de",
        record: RecordType::A,
        role: Role::Resolver,
    };
    question.message(true).expect("a query")
}

/// The answer to a query: header, question, one address, EDNS.
struct Bytes {
    id: [u8; 2],
    flags: [u8; 2],
    counts: [u8; 4],
    question: Vec<u8>,
    records: Vec<u8>,
}

const ADDRESS: &[u8] = &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 81, 2, 3, 4];
const EDNS: &[u8] = &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
/// An option that ends behind the record.
const BROKEN_EDNS: &[u8] = &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 5, 0, 15, 0, 9, 1];

impl Bytes {
    fn to(query: &Message) -> Self {
        let sent = query.to_vec().expect("bytes");
        let question = sent[12..sent.len() - EDNS.len()].to_vec();
        Self {
            id: [sent[0], sent[1]],
            flags: [0x81, 0x80],
            counts: [1, 1, 0, 1],
            question,
            records: [ADDRESS, EDNS].concat(),
        }
    }

    fn all(&self) -> Vec<u8> {
        let mut bytes = [self.id, self.flags].concat();
        bytes.extend(self.counts.iter().flat_map(|count| [0, *count]));
        bytes.extend(&self.question);
        bytes.extend(&self.records);
        bytes
    }
}

fn kind(bytes: &[u8], query: &Message) -> &'static str {
    match read(bytes, query) {
        Reading::Answer(message) if message.answers.is_empty() => "nothing",
        Reading::Answer(_) => "address",
        Reading::Truncated => "truncated",
        Reading::Foreign => "foreign",
        Reading::Malformed => "malformed",
    }
}

type Change = fn(&mut Bytes);

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn whole_messages() {
    let query = query();
    let changes: [(&str, Change, &str); 19] = [
        ("as it should be", |_| {}, "address"),
        (
            "bytes behind the end",
            |b| b.records.extend(*b"more"),
            "address",
        ),
        (
            "EDNS twice",
            |b| {
                b.counts[3] = 2;
                b.records.extend(EDNS);
            },
            "address",
        ),
        (
            "EDNS that cannot be read",
            |b| {
                b.records = [ADDRESS, BROKEN_EDNS].concat();
            },
            "address",
        ),
        (
            "EDNS cut",
            |b| {
                b.records.pop();
            },
            "malformed",
        ),
        (
            "a record less than announced",
            |b| b.counts[3] = 2,
            "malformed",
        ),
        (
            "a record of another class",
            |b| b.records[5] = 3,
            "malformed",
        ),
        (
            "an address of no bytes",
            |b| {
                b.records = [&ADDRESS[..11], &[0]].concat();
                b.counts[3] = 0;
            },
            "malformed",
        ),
        ("a pointer to itself", |b| b.records[1] = 30, "malformed"),
        (
            "a pointer into the header",
            |b| b.records[1] = 2,
            "malformed",
        ),
        ("another number", |b| b.id[0] ^= 1, "foreign"),
        ("a query", |b| b.flags[0] = 1, "foreign"),
        ("another operation", |b| b.flags[0] = 0xa1, "foreign"),
        ("another question", |b| b.question[1] = b'y', "foreign"),
        (
            "the question in capitals",
            |b| b.question[1] = b'X',
            "address",
        ),
        (
            "without the question",
            |b| {
                b.counts[0] = 0;
                b.question.clear();
            },
            "malformed",
        ),
        (
            "a refusal without the question",
            |b| {
                *b = Bytes {
                    flags: [0x81, 5],
                    counts: [0; 4],
                    question: vec![],
                    records: vec![],
                    ..*b
                };
            },
            "nothing",
        ),
        (
            "a denial without the question",
            |b| {
                *b = Bytes {
                    flags: [0x81, 3],
                    counts: [0; 4],
                    question: vec![],
                    records: vec![],
                    ..*b
                };
            },
            "malformed",
        ),
        (
            "a header alone that says neither",
            |b| {
                *b = Bytes {
                    counts: [0; 4],
                    question: vec![],
                    records: vec![],
                    ..*b
                };
            },
            "malformed",
        ),
    ];
    for (what, change, expected) in changes {
        let mut bytes = Bytes::to(&query);
        change(&mut bytes);
        assert_eq!(kind(&bytes.all(), &query), expected, "{what}");
    }
}

/// Wherever it is cut, and also where it is not: nothing in it counts.
#[test]
fn what_did_not_fit() {
    let query = query();
    let truncated = Bytes {
        flags: [0x83, 0x80],
        ..Bytes::to(&query)
    };
    let bytes = truncated.all();
    for end in 0..=bytes.len() {
        let expected = if end < 12 { "malformed" } else { "truncated" };
        assert_eq!(kind(&bytes[..end], &query), expected, "{end}");
    }
    let mut foreign = truncated;
    foreign.question[1] = b'y';
    assert_eq!(kind(&foreign.all(), &query), "foreign");
}

#[test]
fn times_of_more_than_31_bits_are_none() {
    let query = query();
    for (first, ttl) in [(0x7f, 0x7f00_003c), (0x80, 0), (0xff, 0)] {
        let mut bytes = Bytes::to(&query);
        bytes.records[6] = first;
        let Reading::Answer(message) = read(&bytes.all(), &query) else {
            panic!("it is right but for its time");
        };
        assert_eq!(message.answers[0].ttl, ttl);
    }
}

#[test]
fn the_response_code_has_a_part_in_edns() {
    let query = query();
    let mut bytes = Bytes::to(&query);
    bytes.records[ADDRESS.len() + 5] = 1;
    let Reading::Answer(message) = read(&bytes.all(), &query) else {
        panic!("it can be read");
    };
    assert_eq!(u16::from(message.metadata.response_code), 16);
}
