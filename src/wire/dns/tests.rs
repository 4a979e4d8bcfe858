//! Messages, as they come from the wire, and what they mean.

mod details;
mod subtrees;

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
            others: Vec::new(),
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
macro_rules! eleven_aliases {
    () => {
        "x.zahnfee.de 1 CNAME a1.\na1 1 CNAME a2.\na2 1 CNAME a3.\na3 1 CNAME a4.\n\
         a4 1 CNAME a5.\na5 1 CNAME a6.\na6 1 CNAME a7.\na7 1 CNAME a8.\n\
         a8 1 CNAME a9.\na9 1 CNAME a10.\na10 1 CNAME a11."
    };
}

const ELEVEN: [&str; 12] = [
    NAME, "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11",
];

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
    let in_a_loop = [NAME, "b", NAME];
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
            with(concat!(eleven_aliases!(), "\na11 60 A 81.2.3.4")),
            found(&ELEVEN, &[(60, "81.2.3.4")]),
        ),
        (
            "as many aliases as are followed, and nothing",
            with(eleven_aliases!()),
            no_data(&ELEVEN, None, None),
        ),
        (
            "one alias more",
            with(concat!(
                eleven_aliases!(),
                "\na11 1 CNAME a12.\na12 60 A 81.2.3.4"
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
