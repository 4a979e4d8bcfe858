//! Messages, as they come from the wire, and what they mean.

use super::*;
use hickory_resolver::proto::serialize::binary::BinEncodable;

use crate::facts::{Alias, Data};

const NAME: &str = "x.zahnfee.de";
const QUESTION: Question<'_> = Question {
    name: NAME,
    record: RecordType::A,
    role: Role::Resolver,
};
const SOA: &str = "zahnfee.de 900 SOA ns.zahnfee.de. hostmaster.zahnfee.de. 7 1 1 1 300";
const REFERRAL: &str = "zahnfee.de 60 NS ns1.example.net.\nzahnfee.de 60 NS ns2.zahnfee.de.";

/// What a server answers: its sections in the order of RFC 1035 §4.1, a record a line.
#[derive(Clone, Copy, Default)]
struct Answer {
    code: u16,
    authoritative: bool,
    recursive: bool,
    answers: &'static str,
    authorities: &'static str,
    additionals: &'static str,
    extended: &'static [&'static [u8]],
}

/// From a resolver.
const RECURSIVE: Answer = Answer {
    code: 0,
    authoritative: false,
    recursive: true,
    answers: "",
    authorities: "",
    additionals: "",
    extended: &[],
};

/// From a server that speaks for the zone.
const AUTHORITATIVE: Answer = Answer {
    authoritative: true,
    recursive: false,
    ..RECURSIVE
};

/// From a server that neither speaks for the zone nor asks others.
const NEITHER: Answer = Answer {
    authoritative: false,
    ..AUTHORITATIVE
};

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

fn records(section: &str) -> Vec<rr::Record> {
    let record = |line: &str| {
        let mut fields = line.trim().splitn(4, ' ');
        let mut next = || fields.next().expect("owner, time to live, type and data");
        let (owner, ttl) = (name(next()), next().parse().expect("seconds"));
        let record_type = next().parse().expect("a type");
        let data = rr::RData::try_from_str(record_type, next()).expect("data of this type");
        rr::Record::from_rdata(owner, ttl, data)
    };
    section.lines().map(record).collect()
}

/// To this question, through the bytes on the wire.
fn message(answer: Answer, question: Question<'_>) -> Message {
    let query = question.message(true).expect("a query");
    let mut message = query.clone().into_response();
    message.metadata.authoritative = answer.authoritative;
    message.metadata.recursion_available = answer.recursive;
    message.add_answers(records(answer.answers));
    message.add_authorities(records(answer.authorities));
    message.add_additionals(records(answer.additionals));
    let mut edns = Edns::new();
    for data in answer.extended {
        let option = EdnsOption::Unknown(OPTION_EDE, data.to_vec());
        edns.options_mut().insert(option);
    }
    message.set_edns(edns);
    message.metadata.response_code = ResponseCode::from(
        u8::try_from(answer.code >> 4).expect("12 bits"),
        u8::try_from(answer.code & 0xf).expect("4 bits"),
    );
    taken(&message, &query).expect("the answer")
}

/// The answer in these bytes, if they are one.
fn taken(message: &Message, query: &Message) -> Option<Message> {
    match super::read(&message.to_vec().expect("bytes"), query) {
        Reading::Answer(answer) => Some(answer),
        Reading::Truncated | Reading::Foreign | Reading::Malformed => None,
    }
}

fn read(answer: Answer, role: Role, record: RecordType) -> DnsOutcome {
    let question = Question {
        name: NAME,
        record,
        role,
    };
    outcome(&message(answer, question), question)
}

fn failed(rcode: Rcode) -> DnsOutcome {
    explained(rcode, &[])
}

fn explained(rcode: Rcode, extended: &[(u16, &str)]) -> DnsOutcome {
    let extended = extended.iter().map(|(code, text)| ExtendedError {
        code: *code,
        text: (*text).to_owned(),
    });
    DnsOutcome::Failed {
        rcode,
        extended: extended.collect(),
        answers_unchecked: false,
    }
}

fn aliases(names: &[&str]) -> Vec<Alias> {
    names
        .windows(2)
        .map(|pair| Alias {
            name: pair[0].to_owned(),
            target: pair[1].to_owned(),
            subtree: None,
        })
        .collect()
}

fn found(names: &[&str], found: &[(u32, &str)]) -> DnsOutcome {
    let records = found.iter().map(|(ttl, address)| Record {
        ttl: *ttl,
        data: Data::Address(address.parse().expect("an address")),
    });
    DnsOutcome::Records {
        aliases: aliases(names),
        records: records.collect(),
    }
}

fn no_data(names: &[&str], negative_ttl: Option<u32>, zone: Option<&str>) -> DnsOutcome {
    DnsOutcome::NoData {
        aliases: aliases(names),
        negative_ttl,
        zone: zone.map(str::to_owned),
    }
}

/// As the zone zahnfee.de says it, where a time to live comes along.
fn no_name(names: &[&str], negative_ttl: Option<u32>) -> DnsOutcome {
    DnsOutcome::NoName {
        aliases: aliases(names),
        negative_ttl,
        zone: negative_ttl.map(|_| "zahnfee.de".to_owned()),
    }
}

/// CNAMEs one after the other, `x.zahnfee.de` → `a1` → `a2` and so on.
macro_rules! eight_aliases {
    () => {
        "x.zahnfee.de 1 CNAME a1.\na1 1 CNAME a2.\na2 1 CNAME a3.\na3 1 CNAME a4.\n\
         a4 1 CNAME a5.\na5 1 CNAME a6.\na6 1 CNAME a7.\na7 1 CNAME a8."
    };
}

const EIGHT: [&str; 9] = [NAME, "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"];

#[test]
fn what_a_resolver_answers() {
    let with = |answers| Answer {
        answers,
        ..RECURSIVE
    };
    let without = |code, authorities| Answer {
        code,
        authorities,
        ..RECURSIVE
    };
    let loop_of_two = "x.zahnfee.de 1 CNAME b.\nb 1 CNAME x.zahnfee.de.";
    let in_a_loop = [NAME, "b", NAME, "b", NAME, "b", NAME, "b", NAME];
    let long_minimum = "zahnfee.de 60 SOA ns.zahnfee.de. h.zahnfee.de. 7 1 1 1 300";
    for (what, answer, expected) in [
        (
            "addresses",
            with("x.zahnfee.de 60 A 81.2.3.4\nx.zahnfee.de 90 A 81.2.3.5"),
            found(&[], &[(60, "81.2.3.4"), (90, "81.2.3.5")]),
        ),
        (
            "an alias and its address, the address first",
            with("y.example 60 A 81.2.3.4\nx.zahnfee.de 60 CNAME y.example."),
            found(&[NAME, "y.example"], &[(60, "81.2.3.4")]),
        ),
        (
            "records of foreign names and other types beside the wanted one",
            with("z.zahnfee.de 60 A 9.9.9.9\nx.zahnfee.de 60 TXT no\nx.zahnfee.de 60 A 81.2.3.4"),
            found(&[], &[(60, "81.2.3.4")]),
        ),
        (
            "records of a foreign name only",
            with("z.zahnfee.de 60 A 9.9.9.9"),
            no_data(&[], None, None),
        ),
        (
            "NODATA; the minimum is less",
            without(0, SOA),
            no_data(&[], Some(300), Some("zahnfee.de")),
        ),
        (
            "NODATA; the time to live is less",
            without(0, long_minimum),
            no_data(&[], Some(60), Some("zahnfee.de")),
        ),
        ("NXDOMAIN", without(3, SOA), no_name(&[], Some(300))),
        ("NXDOMAIN without SOA", without(3, ""), no_name(&[], None)),
        (
            "an alias that leads nowhere",
            Answer {
                code: 3,
                ..with("x.zahnfee.de 60 CNAME gone.example.")
            },
            no_name(&[NAME, "gone.example"], None),
        ),
        (
            "an alias of itself through another",
            with(loop_of_two),
            no_data(&in_a_loop, None, None),
        ),
        (
            "as many aliases as are followed, and an address",
            with(concat!(eight_aliases!(), "\na8 60 A 81.2.3.4")),
            found(&EIGHT, &[(60, "81.2.3.4")]),
        ),
        (
            "as many aliases as are followed, and nothing",
            with(eight_aliases!()),
            no_data(&EIGHT, None, None),
        ),
        (
            "one alias more",
            with(concat!(
                eight_aliases!(),
                "\na8 1 CNAME a9.\na9 60 A 81.2.3.4"
            )),
            failed(Rcode::TooManyAliases),
        ),
        (
            "a referral by a resolver that found nothing",
            without(0, REFERRAL),
            no_data(&[], None, None),
        ),
        (
            "a referral by a server that does not recurse",
            Answer {
                authorities: REFERRAL,
                ..NEITHER
            },
            failed(Rcode::Referral),
        ),
        ("nothing at all", RECURSIVE, no_data(&[], None, None)),
    ] {
        for role in [Role::Resolver, Role::Unchecking] {
            assert_eq!(read(answer, role, RecordType::A), expected, "{what}");
        }
    }
}

#[test]
fn what_a_server_of_the_zone_answers() {
    let elsewhere = |servers: &[(&str, &[&str])]| DnsOutcome::Elsewhere {
        aliases: Vec::new(),
        zone: Some("zahnfee.de".to_owned()),
        servers: servers
            .iter()
            .map(|(name, glue)| {
                let glue = glue.iter().map(|address| address.parse().expect("glue"));
                ((*name).to_owned(), glue.collect())
            })
            .collect(),
    };
    let alias = "x.zahnfee.de 60 CNAME y.example.";
    for (what, answer, expected) in [
        (
            "addresses",
            Answer {
                answers: "x.zahnfee.de 60 A 81.2.3.4",
                ..AUTHORITATIVE
            },
            found(&[], &[(60, "81.2.3.4")]),
        ),
        (
            "a referral, with glue for one of two servers",
            Answer {
                authorities: REFERRAL,
                additionals: "ns2.zahnfee.de 60 A 81.2.3.7\nns2.zahnfee.de 60 AAAA 2a00::7\n\
                              ns3.zahnfee.de 60 A 81.2.3.8",
                ..NEITHER
            },
            elsewhere(&[
                ("ns1.example.net", &[]),
                ("ns2.zahnfee.de", &["81.2.3.7", "2a00::7"]),
            ]),
        ),
        ("lame", NEITHER, failed(Rcode::Lame)),
        (
            "a resolver in its place",
            Answer {
                answers: "x.zahnfee.de 60 A 81.2.3.4",
                ..RECURSIVE
            },
            failed(Rcode::NotAuthoritative),
        ),
        (
            "an alias that leads out of the zone",
            Answer {
                answers: alias,
                ..AUTHORITATIVE
            },
            DnsOutcome::Elsewhere {
                aliases: aliases(&[NAME, "y.example"]),
                zone: None,
                servers: Vec::new(),
            },
        ),
        (
            "an alias to a name of the same zone without addresses",
            Answer {
                answers: alias,
                authorities: SOA,
                ..AUTHORITATIVE
            },
            no_data(&[NAME, "y.example"], Some(300), Some("zahnfee.de")),
        ),
        (
            "NXDOMAIN",
            Answer {
                code: 3,
                authorities: SOA,
                ..AUTHORITATIVE
            },
            no_name(&[], Some(300)),
        ),
        (
            "REFUSED",
            Answer { code: 5, ..NEITHER },
            failed(Rcode::Refused),
        ),
    ] {
        let read = read(answer, Role::Authority, RecordType::A);
        assert_eq!(read, expected, "{what}");
    }
}

#[test]
fn response_codes_and_their_reasons() {
    for (code, rcode) in [
        (1, Rcode::FormErr),
        (2, Rcode::ServFail),
        (4, Rcode::NotImp),
        (5, Rcode::Refused),
        (9, Rcode::NotAuth),
        (11, Rcode::Other(11)),
        // In the part of the code that EDNS adds.
        (23, Rcode::Other(23)),
    ] {
        for role in [Role::Resolver, Role::Authority] {
            let answer = Answer { code, ..RECURSIVE };
            let read = read(answer, role, RecordType::A);
            assert_eq!(read, failed(rcode.clone()), "{code}");
        }
    }
    let answer = Answer {
        code: 2,
        extended: &[b"\0\x16no server", b"\0\x17", b"\x01", b"\0\x06\xff"],
        ..RECURSIVE
    };
    let reasons = [(22, "no server"), (23, ""), (6, "\u{fffd}")];
    assert_eq!(
        read(answer, Role::Resolver, RecordType::A),
        explained(Rcode::ServFail, &reasons)
    );
}

/// Servers may answer in letters of another case than the question's (RFC 4343).
#[test]
fn case_does_not_matter() {
    let answer = Answer {
        answers: "x.zahnfee.de 60 CNAME y.example.\ny.example 60 A 81.2.3.4",
        ..RECURSIVE
    };
    let question = Question {
        name: NAME,
        record: RecordType::A,
        role: Role::Resolver,
    };
    let shouted = Question {
        name: "X.ZAHNFEE.DE",
        ..question
    };
    let read = outcome(&message(answer, question), shouted);
    let expected = found(&["X.ZAHNFEE.DE", "y.example"], &[(60, "81.2.3.4")]);
    assert_eq!(read, expected);
}

#[test]
fn an_answer_keeps_no_more_records_than_this() {
    let question = Question {
        name: NAME,
        record: RecordType::A,
        role: Role::Resolver,
    };
    let mut endless = message(RECURSIVE, question);
    for last in 0..=255 {
        let line = format!("{NAME} 60 A 81.2.3.{last}");
        endless.add_answers(records(&line));
    }
    assert_eq!(outcome(&endless, question).records().len(), MAX_RECORDS);
}

#[test]
fn each_role_is_asked_in_its_own_way() {
    for (role, recursion_desired, checking_disabled, authentic_data) in [
        (Role::Resolver, true, false, true),
        (Role::Unchecking, true, true, false),
        (Role::Authority, false, false, false),
    ] {
        let question = Question {
            name: NAME,
            record: RecordType::Srv,
            role,
        };
        let query = question.message(true).expect("a query");
        let metadata = &query.metadata;
        assert_eq!(metadata.recursion_desired, recursion_desired, "{role:?}");
        assert_eq!(metadata.checking_disabled, checking_disabled, "{role:?}");
        assert_eq!(metadata.authentic_data, authentic_data, "{role:?}");
        assert_eq!(query.max_payload(), UDP_PAYLOAD);
        assert!(question.message(false).expect("a query").edns.is_none());
    }
    let question = Question {
        name: "a..b",
        record: RecordType::A,
        role: Role::Resolver,
    };
    assert!(question.message(true).is_none());
}

#[test]
fn a_record_that_comes_twice_is_one() {
    let twice =
        "x.zahnfee.de 90 A 81.2.3.4\nx.zahnfee.de 60 A 81.2.3.4\nx.zahnfee.de 60 A 81.2.3.5";
    let answer = Answer {
        answers: twice,
        ..RECURSIVE
    };
    assert_eq!(
        read(answer, Role::Resolver, RecordType::A),
        found(&[], &[(60, "81.2.3.4"), (60, "81.2.3.5")])
    );
    let question = Question {
        record: RecordType::Srv,
        ..QUESTION
    };
    let answer = Answer {
        answers: "x.zahnfee.de 60 SRV 0 0 5061 a.zahnfee.de.\nx.zahnfee.de 60 SRV 0 0 5061 A.ZAHNFEE.DE.",
        ..RECURSIVE
    };
    assert_eq!(
        outcome(&message(answer, question), question)
            .records()
            .len(),
        1
    );
}

fn subtree(owner: &str, target: &str) -> rr::Record {
    let target = name(target).to_bytes().expect("a name");
    let data = RData::Unknown {
        code: rr::RecordType::DNAME,
        rdata: rr::rdata::NULL::with(target),
    };
    rr::Record::from_rdata(name(owner), 60, data)
}

/// The CNAME that follows from a DNAME may be left to the asker.
#[test]
fn an_alias_of_a_whole_subtree() {
    let read = |subtrees: &[(&str, &str)], answers: &'static str| {
        let mut message = message(
            Answer {
                answers,
                ..RECURSIVE
            },
            QUESTION,
        );
        let subtrees = subtrees
            .iter()
            .map(|(owner, target)| subtree(owner, target));
        message.answers.splice(0..0, subtrees);
        outcome(&message, QUESTION)
    };
    let address = &[(60, "81.2.3.4")];
    for (what, subtrees, answers, expected) in [
        (
            "alone",
            &[("zahnfee.de", "example")][..],
            "x.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "in letters of another case",
            &[("ZahnFee.DE", "example")],
            "X.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "with its CNAME",
            &[("zahnfee.de", "example")],
            "x.zahnfee.de 60 CNAME x.example.\nx.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "one after the other, and a CNAME between",
            &[("zahnfee.de", "example"), ("b.example", "c.example")],
            "x.example 60 CNAME x.b.example.\nx.c.example 60 A 81.2.3.4",
            found(&[NAME, "x.example", "x.b.example", "x.c.example"], address),
        ),
        (
            "to the root",
            &[("zahnfee.de", ".")],
            "x 60 A 81.2.3.4",
            found(&[NAME, "x"], address),
        ),
        (
            "at the name itself, which it is not for",
            &[(NAME, "example")],
            "",
            no_data(&[], None, None),
        ),
        (
            "at a name that only ends alike",
            &[("fee.de", "example")],
            "",
            no_data(&[], None, None),
        ),
        (
            "of itself, longer each time",
            &[("zahnfee.de", "y.zahnfee.de")],
            "",
            failed(Rcode::TooManyAliases),
        ),
    ] {
        let mut read = read(subtrees, answers);
        let named = subtrees_of(&mut read);
        assert_eq!(read, expected, "{what}");
        // Each alias that follows from a DNAME names it, as it was sent.
        let sent = subtrees
            .iter()
            .filter(|_| !read.aliases().is_empty())
            .map(|(owner, target)| format!("{owner} {target}"));
        assert_eq!(named, sent.collect::<Vec<_>>(), "{what}");
    }
    let label = "y".repeat(63);
    let long = [label.as_str(); 4].join(".");
    let long = &long[..long.len() - 3];
    assert_eq!(
        read(&[("zahnfee.de", long)], ""),
        failed(Rcode::YxDomain),
        "too long"
    );
}

/// The DNAME records that the aliases name, which are taken out.
fn subtrees_of(outcome: &mut DnsOutcome) -> Vec<String> {
    let (DnsOutcome::Records { aliases, .. } | DnsOutcome::NoData { aliases, .. }) = outcome else {
        return Vec::new();
    };
    let taken = aliases.iter_mut().filter_map(|alias| alias.subtree.take());
    taken
        .map(|subtree| format!("{} {}", subtree.name, subtree.target))
        .collect()
}

#[test]
fn reasons_are_kept_short() {
    let mut long = vec![0, 15];
    long.extend("ä".repeat(30_000).bytes());
    let mut message = message(RECURSIVE, QUESTION);
    message.metadata.response_code = ResponseCode::ServFail;
    let options = message.edns.as_mut().expect("as asked").options_mut();
    options.insert(EdnsOption::Unknown(OPTION_EDE, b"\0\x03stale\0".to_vec()));
    for _ in 0..5000 {
        options.insert(EdnsOption::Unknown(OPTION_EDE, long.clone()));
    }
    let DnsOutcome::Failed { extended, .. } = outcome(&message, QUESTION) else {
        panic!("SERVFAIL is no answer");
    };
    let lengths: Vec<usize> = extended.iter().map(|e| e.text.chars().count()).collect();
    assert_eq!(lengths, [5, 201, 201, 201], "with an ellipsis");
}
