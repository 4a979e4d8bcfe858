//! How a name server treats a question, where it is not simply right.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::rdata::{CNAME, NS, NULL};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::proto::serialize::binary::BinEncodable;

use super::zone;

/// How the server treats a question; for CNAME chains the question asked counts.
#[derive(Clone, Debug)]
pub enum Behaviour {
    Normal,
    Servfail,
    Refused,
    /// NXDOMAIN, even for names that exist.
    NxDomain,
    /// No answer; TCP connections stay open.
    Silent,
    /// No answer to the first of so many questions by UDP each time; TCP is right.
    Loses(usize, Arc<AtomicUsize>),
    /// An answer to the last of so many questions by UDP each time; TCP is right.
    AnswersOneIn(usize, Arc<AtomicUsize>),
    /// TC over UDP, the whole answer over TCP.
    Truncated,
    /// The answer over UDP ends this many bytes behind the question, with TC and all counts; TCP is
    /// right.
    Cut(usize),
    /// TC over UDP, a reset over TCP.
    TruncatedNoTcp,
    /// TC over UDP, no answer over TCP.
    TruncatedSilentTcp,
    /// TC and no records, over UDP and TCP alike.
    TruncatedTwice,
    /// A header with the right ID and rubbish behind it.
    Garbage,
    /// An answer to somebody else, and then nothing.
    WrongId,
    /// FORMERR to any question with EDNS.
    NoEdns,
    /// No answer to any question with EDNS.
    DropsEdns,
    /// This error to any question with a cookie, or no answer.
    RejectsCookies(Option<ResponseCode>),
    /// The option COOKIE in the answer to any question with a cookie, made of that; and with an error,
    /// no records.
    Cookies(Made),
    /// Rubbish to any question with EDNS.
    GarblesEdns,
    /// SERVFAIL with an extended DNS error (RFC 8914).
    Ede(u16, &'static str),
    /// SERVFAIL with extended error 6 (DNSSEC bogus), and the true answer to those who disable
    /// checking.
    Bogus,
    /// The answer with AD set, as from a validating resolver, for those who ask for it with AD or
    /// DO.
    Authenticated,
    /// The normal answer, changed by this.
    Forged(Forgery),
    /// These bytes behind the ID of the question, over UDP and TCP alike.
    Bytes(Vec<u8>),
    /// The same over UDP only; TCP is right.
    BytesByUdp(Vec<u8>),
    /// The question, and these bytes as the one record of the answer.
    Tail(Vec<u8>),
    /// The normal answer, with these bytes as so many additional records.
    Additional(u8, Vec<u8>),
}

/// The cookie in an answer, made of that in the question, and a response code.
pub type Made = fn(&[u8]) -> (Vec<u8>, ResponseCode);

/// What is done to an answer before it is sent. It may be told apart by the answer's question and
/// by its EDNS; what it does not touch stays right.
#[derive(Clone)]
pub struct Forgery(pub(super) Arc<dyn Fn(&mut Message) + Send + Sync>);

impl Forgery {
    pub fn new(change: impl Fn(&mut Message) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }
}

impl std::fmt::Debug for Forgery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forgery")
    }
}

impl Behaviour {
    /// The normal answer, changed by this.
    pub fn forged(change: impl Fn(&mut Message) + Send + Sync + 'static) -> Self {
        Self::Forged(Forgery::new(change))
    }

    /// The normal answer with so many OPT records.
    pub fn opts(count: u8) -> Self {
        const OPT: [u8; 11] = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        Self::Additional(count, OPT.repeat(count.into()))
    }

    /// BADCOOKIE to whoever comes without this server's cookie (RFC 7873 §5.3).
    pub fn wants_its_cookie() -> Self {
        const OWN: &[u8] = b"12345678";
        Self::Cookies(|cookie| {
            let whole = [&cookie[..8], OWN].concat();
            let code = if cookie == whole {
                ResponseCode::NoError
            } else {
                ResponseCode::BADCOOKIE
            };
            (whole, code)
        })
    }

    /// The first of so many questions by UDP is lost each time.
    pub fn loses(every: usize) -> Self {
        Self::Loses(every, Arc::default())
    }

    /// The last of so many questions by UDP is answered each time.
    pub fn answers_one_in(every: usize) -> Self {
        Self::AnswersOneIn(every, Arc::default())
    }

    /// An error of this kind, and nothing else.
    pub fn rcode(code: ResponseCode) -> Self {
        Self::forged(move |answer| {
            empty(answer);
            answer.metadata.response_code = code;
        })
    }

    /// An error to whoever asks with EDNS, with EDNS data or without, and the answer to everybody
    /// else.
    pub fn rejects_edns(code: ResponseCode, with_edns: bool) -> Self {
        Self::forged(move |answer| {
            if answer.edns.is_none() {
                return;
            }
            let edns = answer.edns.take();
            empty(answer);
            answer.metadata.response_code = code;
            answer.edns = edns.filter(|_| with_edns);
        })
    }

    /// This, and no records, to any question that wants signatures, too (DO).
    pub fn rejects_do(code: ResponseCode) -> Self {
        Self::forged(move |answer| {
            if answer.edns.as_ref().is_some_and(|it| it.flags().dnssec_ok) {
                empty(answer);
                answer.metadata.response_code = code;
            }
        })
    }

    /// A referral to this server, for the name asked for.
    pub fn handed_to(server: &'static str) -> Self {
        Self::forged(move |answer| {
            let owner = answer.queries[0].name().clone();
            empty(answer);
            answer.metadata.response_code = ResponseCode::NoError;
            let server = Name::from_ascii(server).expect("a name");
            answer.add_authority(Record::from_rdata(owner, 300, RData::NS(NS(server))));
        })
    }

    /// An alias to another name, and at its end this record, where it is of the type that was asked for.
    pub fn alias(target: &'static str, record: &'static str) -> Self {
        Self::forged(move |answer| {
            let query = answer.queries[0].clone();
            let end = Name::from_ascii(target).expect("a name");
            let alias = RData::CNAME(CNAME(end.clone()));
            answer.metadata.response_code = ResponseCode::NoError;
            answer.authorities.clear();
            answer.answers = vec![Record::from_rdata(query.name().clone(), 300, alias)];
            if let Ok(data) = RData::try_from_str(query.query_type(), record) {
                answer.add_answer(Record::from_rdata(end, 300, data));
            }
        })
    }

    /// The normal answer to whoever asks with EDNS, with this option.
    pub fn option(code: u16, data: &'static [u8]) -> Self {
        Self::forged(move |answer| {
            if let Some(edns) = &mut answer.edns {
                let option = EdnsOption::Unknown(code, data.to_vec());
                edns.options_mut().insert(option);
            }
        })
    }

    /// The normal answer, with a further CNAME record behind the one that this name has.
    pub fn also_alias(owner: &'static str, target: &'static str) -> Self {
        let named = |text: &str| Name::from_ascii(text).expect("a name");
        let (owner, target) = (named(owner), named(target));
        Self::forged(move |answer| {
            let is_it = |it: &Record| it.name == owner && it.record_type() == RecordType::CNAME;
            if let Some(first) = answer.answers.iter().position(is_it) {
                let ttl = answer.answers[first].ttl;
                let another = RData::CNAME(CNAME(target.clone()));
                let another = Record::from_rdata(owner.clone(), ttl, another);
                answer.answers.insert(first + 1, another);
            }
        })
    }

    /// A DNAME record from one name to another, and at the end of what follows from it this SRV record.
    pub fn subtree(owner: &'static str, target: &'static str, record: &'static str) -> Self {
        Self::subtrees(owner, &[target], record)
    }

    /// The same with several of them at the one name; the first is followed.
    pub fn subtrees(owner: &'static str, targets: &[&'static str], record: &'static str) -> Self {
        let named = |text: &str| Name::from_ascii(text).expect("a name");
        let data = targets.iter().map(|target| RData::Unknown {
            code: RecordType::DNAME,
            rdata: NULL::with(named(target).to_bytes().expect("it can be written")),
        });
        let data: Vec<RData> = data.collect();
        let target = targets[0];
        Self::forged(move |answer| {
            let query = answer.queries[0].clone();
            let asked = query.name().to_lowercase().to_ascii();
            answer.metadata.response_code = ResponseCode::NoError;
            let below = asked.strip_suffix(owner).expect("a name within");
            if below.is_empty() {
                return;
            }
            let end = named(&format!("{below}{target}"));
            let alias = RData::CNAME(CNAME(end.clone()));
            answer.authorities.clear();
            let subtrees = data.iter();
            let subtrees = subtrees.map(|it| Record::from_rdata(named(owner), 300, it.clone()));
            answer.answers = subtrees.collect();
            answer.add_answer(Record::from_rdata(query.name().clone(), 300, alias));
            if query.query_type() == RecordType::SRV {
                let record = RData::try_from_str(RecordType::SRV, record).expect("an SRV record");
                answer.add_answer(Record::from_rdata(end, 300, record));
            }
        })
    }

    /// NOERROR without records and without SOA, as filters answer.
    pub fn bare() -> Self {
        Self::rcode(ResponseCode::NoError)
    }

    /// NXDOMAIN without SOA, with this extended error.
    pub fn blocked(code: u16, text: &'static str) -> Self {
        Self::forged(move |answer| {
            empty(answer);
            fail(answer, code, text);
            answer.metadata.response_code = ResponseCode::NXDomain;
        })
    }

    /// A denial with the SOA of this zone, by a server that speaks for it or remembers it.
    pub fn denied(code: ResponseCode, zone: &'static str) -> Self {
        Self::forged(move |answer| {
            answer.answers.clear();
            answer.authorities.clear();
            answer.metadata.response_code = code;
            answer.add_authority(zone::soa_of(zone));
        })
    }

    /// The normal answer, with this extended error.
    pub fn explained(code: u16, text: &'static str) -> Self {
        Self::forged(move |answer| {
            let kept = answer.metadata.response_code;
            fail(answer, code, text);
            answer.metadata.response_code = kept;
        })
    }
}

/// Takes all records out of an answer.
fn empty(answer: &mut Message) {
    answer.answers.clear();
    answer.authorities.clear();
    answer.additionals.clear();
    answer.metadata.authoritative = false;
}

/// SERVFAIL with this extended error.
pub(super) fn fail(answer: &mut Message, code: u16, text: &str) {
    const EXTENDED_ERROR: u16 = 15;
    answer.metadata.response_code = ResponseCode::ServFail;
    let option = [&code.to_be_bytes(), text.as_bytes()].concat();
    if let Some(edns) = &mut answer.edns {
        edns.options_mut()
            .insert(EdnsOption::Unknown(EXTENDED_ERROR, option));
    }
}
