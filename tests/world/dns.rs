//! A name server on UDP and TCP. It plays the recursive resolver whose whole internet is its zones,
//! or one of a zone's own servers, and misbehaves where told to.

mod behaviour;
mod encrypted;
mod signing;
mod transport;
mod zone;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::{Name, Record};

use self::behaviour::{Made, fail};
use self::transport::{bind_both, serve_tcp, serve_udp};
use self::zone::{Found, Zone};
use super::{Background, PATIENCE, listen};

pub use self::behaviour::{Behaviour, Forgery};
pub use self::encrypted::Envelope;
pub use self::signing::{Proofs, ZoneKey};
pub use hickory_resolver::proto::rr::RecordType;

/// A running name server.
pub struct Dns {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _background: Background,
}

impl Dns {
    /// A resolver that knows no zone yet: every name is NXDOMAIN.
    pub fn empty() -> Self {
        Self::serving(bind_both())
    }

    /// One that listens at this address, on port 53, which takes a network of one's own.
    pub fn at(address: &str) -> Self {
        let ip: IpAddr = address.parse().expect("an address of this network");
        let (tcp, address) = listen((ip, 53).into());
        let udp = UdpSocket::bind(address)
            .unwrap_or_else(|error| panic!("cannot bind {address}: {error}"));
        udp.set_nonblocking(true)
            .expect("every socket can be non-blocking");
        Self::serving((tcp, udp, address))
    }

    fn serving((tcp, udp, address): (std::net::TcpListener, UdpSocket, SocketAddr)) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let background = Background::start(move || async move {
            tokio::join!(serve_udp(udp, Arc::clone(&shared)), serve_tcp(tcp, shared));
        });
        Self {
            address,
            state,
            _background: background,
        }
    }

    /// A resolver with one zone in master file format. Common indentation is removed; TTLs default
    /// to 3600; SOA (negative TTL 300) and NS (`ns1`, or one without an address) are added when absent. Names
    /// may hold anything as `\DDD` (decimal), data of any type may be given as `\# length hex`.
    pub fn zone(origin: &str, text: &str) -> Self {
        Self::empty().and_zone(origin, text)
    }

    pub fn and_zone(self, origin: &str, text: &str) -> Self {
        self.replace(origin, text);
        self
    }

    /// Waits before every answer.
    pub fn delay(self, delay: Duration) -> Self {
        self.state().delay = delay;
        self
    }

    /// The same, from now on.
    pub fn slow(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Plays a zone's own server, not a resolver: no recursion available, REFUSED outside of the
    /// zones.
    pub fn authoritative(self) -> Self {
        self.state().authoritative = true;
        self
    }

    /// Behaves so to questions of `kind` (ANY: of any type) for `suffix` and the names below it;
    /// "." is every name. Of several rules that fit, the last given holds.
    pub fn on(self, suffix: &str, kind: RecordType, behaviour: Behaviour) -> Self {
        self.now(suffix, kind, behaviour);
        self
    }

    /// Behaves so to every question.
    pub fn always(self, behaviour: Behaviour) -> Self {
        self.on(".", RecordType::ANY, behaviour)
    }

    /// Behaves so to questions of `kind` for this name alone, while running.
    pub fn only(&self, name: &str, kind: RecordType, behaviour: Behaviour) {
        let name = zone::name(name, &Name::root());
        self.state().exactly.push((name, kind, behaviour));
    }

    /// As [`Dns::on`], while running.
    pub fn now(&self, suffix: &str, kind: RecordType, behaviour: Behaviour) {
        let suffix = zone::name(suffix, &Name::root());
        self.state().rules.push((suffix, kind, behaviour));
    }

    /// Adds the zone, or replaces it while running.
    pub fn replace(&self, origin: &str, text: &str) {
        let mut state = self.state();
        state.serial += 1;
        let zone = Zone::parse(origin, text, state.serial);
        state.zones.retain(|old| old.origin != zone.origin);
        state.zones.push(zone);
    }

    /// Signs the zone that it has now with this key, from this day until that one, counted from today.
    pub fn sign(&self, origin: &str, key: &ZoneKey, (from, until): (i64, i64)) {
        let hours = (from * 24, until * 24);
        self.sign_for(origin, key, hours, Proofs::Names);
    }

    /// The same for hours, with these proofs of what is not there.
    pub fn sign_for(&self, origin: &str, key: &ZoneKey, hours: (i64, i64), proofs: Proofs) {
        self.with_zone(origin, |zone| key.sign(zone, hours, proofs));
    }

    /// Signs it as `sign_for` does, and proves what is not in this zone instead.
    pub fn prove_for(&self, origin: &str, key: &ZoneKey, proofs: Proofs, instead: &str) {
        let hours = (-72, 264);
        let mut other = Zone::parse(origin, instead, 0);
        key.sign(&mut other, hours, proofs);
        self.sign_for(origin, key, hours, proofs);
        self.with_zone(origin, |zone| signing::take_proofs(zone, other));
    }

    /// The same, with the second key for the set of the keys alone.
    pub fn sign_beside(&self, origin: &str, [own, of_keys]: [&ZoneKey; 2], hours: (i64, i64)) {
        self.with_zone(origin, |zone| {
            own.sign_beside(zone, of_keys, hours, Proofs::Names);
        });
    }

    /// Signs such sets of the zone with this key as well.
    pub fn sign_also(&self, origin: &str, key: &ZoneKey, is_wanted: impl Fn(RecordType) -> bool) {
        self.with_zone(origin, |zone| key.sign_sets(zone, (-72, 264), is_wanted));
    }

    /// Changes the records of a zone that it has, all of them together.
    pub fn edit(&self, origin: &str, change: impl FnOnce(&mut Vec<Record>)) {
        self.with_zone(origin, |zone| {
            let records = std::mem::take(&mut zone.records);
            let mut records: Vec<Record> = records.into_values().flatten().collect();
            change(&mut records);
            for record in records {
                let owner = record.name.clone();
                zone.records.entry(owner).or_default().push(record);
            }
        });
    }

    /// Adds what this text has to a zone, as it is.
    pub fn add(&self, origin: &str, text: &str) {
        let added = Zone::parse(origin, text, 0).records.into_values().flatten();
        let kinds = [RecordType::SOA, RecordType::NS];
        let added = added.filter(|record| !kinds.contains(&record.record_type()));
        self.edit(origin, |records| records.extend(added));
    }

    fn with_zone(&self, origin: &str, change: impl FnOnce(&mut Zone)) {
        let origin = zone::name(origin, &Name::root());
        let mut state = self.state();
        let zone = state.zones.iter_mut().find(|zone| zone.origin == origin);
        change(zone.expect("a zone that it has"));
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The questions seen so far: names in lower case, without the final dot.
    pub fn questions(&self) -> Vec<(String, RecordType)> {
        self.state().questions.clone()
    }

    /// How often it was asked for this name (in lower case, without the final dot) and type.
    pub fn times_asked(&self, name: &str, kind: RecordType) -> usize {
        self.state().times_asked(name, kind)
    }

    /// Returns as soon as it was asked for this name and type that many times.
    pub fn await_question(&self, name: &str, kind: RecordType, times: usize) {
        let state = self.state();
        let asked = Arc::clone(&state.asked);
        let too_few = |state: &mut State| state.times_asked(name, kind) < times;
        let (_state, waited) = asked
            .wait_timeout_while(state, PATIENCE, too_few)
            .expect("nothing panics while it holds the lock");
        assert!(!waited.timed_out(), "nobody asks for {name} any more");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[derive(Default)]
struct State {
    zones: Vec<Zone>,
    rules: Vec<(Name, RecordType, Behaviour)>,
    /// The same for one name alone; they hold before the others.
    exactly: Vec<(Name, RecordType, Behaviour)>,
    authoritative: bool,
    delay: Duration,
    serial: u32,
    questions: Vec<(String, RecordType)>,
    /// Notified of every question.
    asked: Arc<Condvar>,
}

enum Reply {
    Send(Vec<u8>),
    Nothing,
    Reset,
}

impl State {
    fn times_asked(&self, name: &str, kind: RecordType) -> usize {
        let questions = self.questions.iter();
        let same = questions.filter(|(asked, of)| asked == name && *of == kind);
        same.count()
    }

    fn reply(&mut self, request: &[u8], udp: bool) -> Reply {
        let Ok(request) = Message::from_vec(request) else {
            return Reply::Nothing;
        };
        let mut answer = Message::response(request.metadata.id, request.metadata.op_code);
        answer.metadata.recursion_desired = request.metadata.recursion_desired;
        answer.metadata.checking_disabled = request.metadata.checking_disabled;
        answer.metadata.recursion_available = !self.authoritative;
        answer.queries.clone_from(&request.queries);
        if request.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(1232);
            let wants_signatures = request.edns.as_ref().is_some_and(|it| it.flags().dnssec_ok);
            edns.set_dnssec_ok(wants_signatures);
            answer.set_edns(edns);
        }
        let ([query], OpCode::Query) = (&request.queries[..], request.metadata.op_code) else {
            answer.metadata.response_code = ResponseCode::NotImp;
            return send(&answer);
        };
        let asked = query.name().to_lowercase().to_ascii();
        self.questions.push((
            asked.strip_suffix('.').unwrap_or(&asked).to_owned(),
            query.query_type(),
        ));
        self.asked.notify_all();
        self.behave(&request, query, answer, udp)
    }

    fn behave(&self, request: &Message, query: &Query, mut answer: Message, udp: bool) -> Reply {
        let checking = !request.metadata.checking_disabled;
        let dnssec_ok = request.edns.as_ref().is_some_and(|e| e.flags().dnssec_ok);
        let behaviour = self.rule(query);
        if is_lost(behaviour, request, udp) {
            return Reply::Nothing;
        }
        match behaviour {
            Behaviour::Servfail => answer.metadata.response_code = ResponseCode::ServFail,
            Behaviour::Refused => answer.metadata.response_code = ResponseCode::Refused,
            Behaviour::NxDomain => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                let zone = self.zone_of(query.name());
                answer.add_authority(zone.map_or_else(zone::root_soa, Zone::negative_soa));
            }
            Behaviour::Truncated | Behaviour::TruncatedNoTcp | Behaviour::TruncatedSilentTcp
                if udp =>
            {
                answer = answer.truncate();
            }
            Behaviour::TruncatedTwice => answer = answer.truncate(),
            Behaviour::Cut(bytes) if udp => {
                let question = encode(&answer.clone().truncate()).len();
                let question = question - usize::from(answer.edns.is_some()) * EMPTY_EDNS;
                self.answer(query, &mut answer);
                answer.metadata.truncation = true;
                let mut whole = encode(&answer);
                whole.truncate(question + bytes);
                return Reply::Send(whole);
            }
            Behaviour::TruncatedNoTcp => return Reply::Reset,
            Behaviour::RejectsCookies(Some(code)) if has_cookie(request) => {
                answer.metadata.response_code = *code;
            }
            Behaviour::Cookies(made) => self.bake(request, query, &mut answer, *made),
            Behaviour::GarblesEdns if answer.edns.is_some() => return garbage(request),
            Behaviour::Garbage => return garbage(request),
            Behaviour::Tail(record) => {
                answer.edns = None;
                let mut bytes = encode(&answer);
                bytes[7] = 1;
                bytes.extend(record);
                return Reply::Send(bytes);
            }
            Behaviour::Additional(count, records) => {
                answer.edns = None;
                self.answer(query, &mut answer);
                let mut bytes = encode(&answer);
                bytes[11] += count;
                bytes.extend(records);
                return Reply::Send(bytes);
            }
            Behaviour::BytesByUdp(bytes) if udp => {
                let id = request.metadata.id.to_be_bytes();
                return Reply::Send([&id[..], bytes].concat());
            }
            Behaviour::Bytes(bytes) => {
                let id = request.metadata.id.to_be_bytes();
                return Reply::Send([&id[..], bytes].concat());
            }
            Behaviour::Forged(Forgery(change)) => {
                self.answer(query, &mut answer);
                change(&mut answer);
            }
            Behaviour::WrongId => {
                self.answer(query, &mut answer);
                answer.metadata.id ^= 0xffff;
            }
            Behaviour::NoEdns if answer.edns.is_some() => {
                answer.edns = None;
                answer.metadata.response_code = ResponseCode::FormErr;
            }
            Behaviour::Ede(code, text) => fail(&mut answer, *code, text),
            Behaviour::Bogus if checking => fail(&mut answer, 6, "no valid signature"),
            // All but the first where their condition is not met, or that of being lost.
            Behaviour::Normal
            | Behaviour::Silent
            | Behaviour::Truncated
            | Behaviour::TruncatedSilentTcp
            | Behaviour::Cut(_)
            | Behaviour::BytesByUdp(_)
            | Behaviour::NoEdns
            | Behaviour::DropsEdns
            | Behaviour::Loses(..)
            | Behaviour::AnswersOneIn(..)
            | Behaviour::RejectsCookies(_)
            | Behaviour::GarblesEdns
            | Behaviour::Bogus => {
                self.answer(query, &mut answer);
            }
            Behaviour::Authenticated => {
                self.answer(query, &mut answer);
                answer.metadata.authentic_data = request.metadata.authentic_data || dnssec_ok;
            }
        }
        if udp && encode(&answer).len() > usize::from(request.max_payload()) {
            answer = answer.truncate();
        }
        send(&answer)
    }

    /// A name above one that there is is one as well.
    fn knows_below(&self, name: &Name) -> bool {
        self.zones.iter().any(|zone| name.zone_of(&zone.origin))
    }

    /// The answer with a cookie that is made of that in the question.
    fn bake(&self, request: &Message, query: &Query, answer: &mut Message, made: Made) {
        let cookie = cookie(request).map(made);
        if let Some((_, ResponseCode::NoError)) | None = &cookie {
            self.answer(query, answer);
        }
        let Some(((cookie, code), edns)) = cookie.zip(answer.edns.as_mut()) else {
            return;
        };
        let option = EdnsOption::Unknown(COOKIE, cookie);
        edns.options_mut().insert(option);
        if code != ResponseCode::NoError {
            answer.metadata.response_code = code;
        }
    }

    fn rule(&self, query: &Query) -> &Behaviour {
        let fits = |kind: RecordType| kind == RecordType::ANY || kind == query.query_type();
        let mut exactly = self.exactly.iter();
        let exactly = exactly.rfind(|(name, kind, _)| name == query.name() && fits(*kind));
        let below = || {
            let mut rules = self.rules.iter();
            rules.rfind(|(suffix, kind, _)| suffix.zone_of(query.name()) && fits(*kind))
        };
        exactly
            .or_else(below)
            .map_or(&Behaviour::Normal, |(_, _, behaviour)| behaviour)
    }

    fn zone_of(&self, name: &Name) -> Option<&Zone> {
        self.zone_for(name, RecordType::ANY)
    }

    /// The zone that knows records of this type: what a zone announces of one below stands in it.
    fn zone_for(&self, name: &Name, kind: RecordType) -> Option<&Zone> {
        let is_below = |zone: &Zone| kind == RecordType::DS && zone.origin == *name;
        let knows_it = self
            .zones
            .iter()
            .any(|zone| zone.origin.zone_of(name) && !is_below(zone));
        self.zones
            .iter()
            .filter(|zone| zone.origin.zone_of(name) && !(knows_it && is_below(zone)))
            .max_by_key(|zone| zone.origin.num_labels())
    }

    /// Follows aliases through all zones, as a resolver does; a loop is answered with one round of
    /// it.
    fn answer(&self, query: &Query, answer: &mut Message) {
        let mut name = query.name().clone();
        answer.metadata.authoritative = self.authoritative || !answer.metadata.recursion_desired;
        let signed = answer.edns.as_ref().is_some_and(|it| it.flags().dnssec_ok);
        loop {
            let Some(zone) = self.zone_for(&name, query.query_type()) else {
                answer.metadata.authoritative &= !answer.answers.is_empty();
                if !self.authoritative {
                    if !self.knows_below(&name) {
                        answer.metadata.response_code = ResponseCode::NXDomain;
                    }
                    answer.add_authority(zone::root_soa());
                } else if answer.answers.is_empty() {
                    answer.metadata.response_code = ResponseCode::Refused;
                }
                return;
            };
            match zone.find(&name, query.query_type()) {
                Found::Records(records) => {
                    answer.add_answers(records);
                    if signed {
                        signing::sign_answer(zone, &name, query.query_type(), answer);
                    }
                    return;
                }
                Found::Alias(alias, target) => {
                    let again = answer.answers.iter().any(|seen| seen.name == alias.name);
                    if again {
                        return;
                    }
                    answer.add_answer(*alias);
                    if signed {
                        signing::sign_answer(zone, &name, RecordType::CNAME, answer);
                    }
                    name = target;
                }
                Found::Delegation(servers, glue) if self.authoritative => {
                    answer.metadata.authoritative &= !answer.answers.is_empty();
                    let cut = servers.first().map(|server| server.name.clone());
                    answer.add_authorities(servers);
                    if let Some(cut) = cut.filter(|_| signed) {
                        signing::sign_referral(zone, &cut, answer);
                    }
                    answer.add_additionals(glue);
                    return;
                }
                // A resolver that knows no zone behind the cut gets nowhere.
                Found::Delegation(..) => {
                    answer.metadata.response_code = ResponseCode::ServFail;
                    return;
                }
                found @ (Found::NoData | Found::NoName) => {
                    if matches!(found, Found::NoName) {
                        answer.metadata.response_code = ResponseCode::NXDomain;
                    }
                    answer.add_authority(zone.negative_soa());
                    if signed {
                        signing::sign_denial(zone, &name, answer);
                    }
                    return;
                }
            }
        }
    }
}

/// Whether the question gets no answer at all.
fn is_lost(behaviour: &Behaviour, request: &Message, udp: bool) -> bool {
    let next = |asked: &AtomicUsize| asked.fetch_add(1, Ordering::SeqCst);
    match behaviour {
        Behaviour::Silent => true,
        Behaviour::Loses(every, asked) => udp && next(asked) % every == 0,
        Behaviour::AnswersOneIn(every, asked) => udp && next(asked) % every != every - 1,
        Behaviour::TruncatedSilentTcp => !udp,
        Behaviour::DropsEdns => request.edns.is_some(),
        Behaviour::RejectsCookies(None) => has_cookie(request),
        _ => false,
    }
}

/// The cookie option (RFC 7873).
const COOKIE: u16 = 10;

fn has_cookie(request: &Message) -> bool {
    cookie(request).is_some()
}

fn cookie(request: &Message) -> Option<&[u8]> {
    let options = request.edns.iter().flat_map(|edns| edns.options().as_ref());
    options.into_iter().find_map(|(_, option)| match option {
        EdnsOption::Unknown(COOKIE, data) => Some(data.as_slice()),
        _ => None,
    })
}

/// A header with the right ID and rubbish behind it.
fn garbage(request: &Message) -> Reply {
    let [high, low] = request.metadata.id.to_be_bytes();
    Reply::Send([&[high, low, 0x81, 0x80, 0, 1, 0, 1], &[0xff; 9][..]].concat())
}

/// The length of an OPT record without options.
const EMPTY_EDNS: usize = 11;

fn send(answer: &Message) -> Reply {
    Reply::Send(encode(answer))
}

fn encode(answer: &Message) -> Vec<u8> {
    answer.to_vec().expect("records from a zone can be encoded")
}

fn reply(state: &Mutex<State>, request: &[u8], udp: bool) -> (Reply, Duration) {
    let mut state = lock(state);
    (state.reply(request, udp), state.delay)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state
        .lock()
        .expect("nothing panics while it holds the lock")
}
