//! Servers that refuse what is more than so many questions a second (the rules of dnsdist, rate limits): the checks of
//! a run ask the servers of a provider more than anybody who looks for one name. What they refuse then says nothing of
//! the zone, and asking again at once makes it worse.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::RecordType;
use tokio::sync;
use tokio::time::{Instant, sleep, sleep_until};

use super::plain::{self, Heard, Ways};
use crate::facts::Unanswered;
use crate::probe::{Context, locked};

/// Of so many servers it is kept what they answered.
const ROOM: usize = 8192;
/// Of so many questions to one server it is kept that it refuses these, and not what is too much.
const MEANT: usize = 512;
/// The time for which a server counts.
const WINDOW: Duration = Duration::from_secs(1);
/// How long one that was asked too fast is left alone.
const REST: Duration = Duration::from_millis(1100);
/// Who has answered no more in a second than this refuses nothing as too much.
const FEW: usize = 8;
/// How often in a row; after that, it is not too much that it refuses.
const RESTS: u32 = 3;
/// For how long it is not waited for any more then.
const GIVEN_UP: Duration = Duration::from_secs(30);
/// From one question to the next, at the most.
const SLOWEST: Duration = Duration::from_millis(500);
/// Faster than this is no faster than it is asked anyway.
const FASTEST: Duration = Duration::from_millis(5);

/// What servers have answered in this run, whichever check asked, and how fast they may be asked.
#[derive(Debug, Default)]
pub(in crate::probe) struct Limited(Mutex<HashMap<SocketAddr, Arc<Counting>>>);

impl Limited {
    fn of(&self, server: SocketAddr) -> Option<Arc<Counting>> {
        locked(&self.0).get(&server).cloned()
    }

    fn note(&self, server: SocketAddr, query: &Message, answer: &Message) {
        let code = answer.metadata.response_code;
        if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
            return;
        }
        let mut known = locked(&self.0);
        if let Some(counting) = known.get(&server) {
            locked(&counting.state).note_answer(Instant::now());
        } else if known.len() < ROOM {
            known.insert(server, Arc::new(Counting::new(query.clone())));
        }
    }
}

/// One server.
#[derive(Debug)]
struct Counting {
    /// A question that it has answered.
    answered: Message,
    /// Whoever asks one that is asked slowly stands in this row.
    row: sync::Mutex<()>,
    /// Whoever finds out whether it refuses what it has answered.
    finding_out: sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it has answered in the last second.
    answers: VecDeque<Instant>,
    slowed: Option<Slowed>,
    /// What it refuses while it answers something else.
    meant: HashSet<Query>,
}

#[derive(Debug)]
struct Slowed {
    /// It was seen to refuse too much at this moment.
    since: Instant,
    /// The next question may be asked then.
    next: Instant,
    interval: Duration,
    /// How often it was left alone without an answer since.
    rests: u32,
}

impl State {
    fn note_answer(&mut self, now: Instant) {
        self.forget(now);
        self.answers.push_back(now);
        if let Some(slowed) = &mut self.slowed {
            slowed.rests = 0;
            // The limit may be higher than it seemed.
            slowed.interval = slowed.interval.mul_f64(0.995);
            if slowed.interval < FASTEST {
                self.slowed = None;
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        while self.answers.front().is_some_and(|it| now > *it + WINDOW) {
            self.answers.pop_front();
        }
    }

    /// Leaves it alone for a moment, and has it asked more slowly then: three quarters of what it bore.
    fn slow_down(&mut self, now: Instant) {
        self.forget(now);
        let bore = u32::try_from(self.answers.len()).unwrap_or(u32::MAX).max(1);
        let rests = self.slowed.as_ref().map_or(0, |slowed| slowed.rests) + 1;
        let interval = (WINDOW * 4 / 3 / bore).min(SLOWEST);
        self.slowed = Some(Slowed {
            since: now,
            next: now + REST + interval,
            interval,
            rests,
        });
    }

    fn is_slowed_since(&self, moment: Instant) -> bool {
        let slowed = self.slowed.as_ref();
        slowed.is_some_and(|slowed| slowed.since >= moment)
    }

    fn is_given_up(&self, now: Instant) -> bool {
        let slowed = self.slowed.as_ref();
        slowed.is_some_and(|it| it.rests > RESTS && now < it.since + GIVEN_UP)
    }

    /// Takes the next turn, or tells when it will be.
    fn turn(&mut self, now: Instant) -> Result<(), Instant> {
        if self.is_given_up(now) {
            return Ok(());
        }
        match &mut self.slowed {
            Some(slowed) if slowed.next > now => Err(slowed.next),
            Some(slowed) => {
                slowed.next = now + slowed.interval;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// What a refusal is.
enum Refusal {
    /// Of this question.
    Meant,
    /// Of too many: it is to be asked again.
    Limit,
    /// The same, and it was asked again.
    Over(Heard),
    /// Of whatever is asked, however slowly.
    Lasting,
}

impl Counting {
    fn new(answered: Message) -> Self {
        let mut state = State::default();
        state.note_answer(Instant::now());
        Self {
            answered,
            row: sync::Mutex::default(),
            finding_out: sync::Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// Waits for a turn, where it is asked slowly.
    async fn pass(&self, cx: &Context) {
        if locked(&self.state).slowed.is_none() {
            return;
        }
        let waiting = async {
            let _first = self.row.lock().await;
            loop {
                let turn = locked(&self.state).turn(Instant::now());
                match turn {
                    Ok(()) => break,
                    Err(next) => sleep_until(next).await,
                }
            }
        };
        cx.held(waiting).await;
    }

    /// Finds out what it means that a question is refused which was sent then. Whoever counts questions answers the first
    /// one after a rest.
    async fn refusal(
        &self,
        cx: &Context,
        server: SocketAddr,
        ways: Ways<'_>,
        sent: Instant,
    ) -> Refusal {
        let _first = cx.held(self.finding_out.lock()).await;
        if self.is_meant(ways.query) {
            return Refusal::Meant;
        }
        let is_busy = {
            let mut state = locked(&self.state);
            let now = Instant::now();
            if state.is_given_up(now) {
                return Refusal::Lasting;
            } else if state.is_slowed_since(sent) {
                return Refusal::Limit;
            }
            state.forget(now);
            let is_busy = state.slowed.is_some() || state.answers.len() > FEW;
            if is_busy {
                state.slow_down(now);
            }
            is_busy
        };
        if is_busy {
            cx.held(sleep(REST)).await;
        }
        let query = ways.query;
        cx.count_question();
        match plain::ask(cx, server, ways).await {
            Ok(heard) if refuses(&heard.message) => {}
            Ok(heard) => return Refusal::Over(heard),
            Err(_) => return Refusal::Meant,
        }
        // Of a pool, one may be broken: whoever refuses by the number refuses the next one as well.
        for _ in 0..2 {
            cx.count_question();
            let ways = Ways {
                query: &self.answered,
                plainer: &|| None,
            };
            let asking = plain::ask(cx, server, ways);
            match cx.within(cx.plan.limits.dns / 3, asking).await {
                Ok(Ok(heard)) if refuses(&heard.message) => {}
                Ok(Ok(_)) => {
                    locked(&self.state).note_answer(Instant::now());
                    self.note_meant(query);
                    return Refusal::Meant;
                }
                Ok(Err(_)) | Err(_) => return Refusal::Meant,
            }
        }
        let mut state = locked(&self.state);
        state.slow_down(Instant::now());
        if state.is_given_up(Instant::now()) {
            Refusal::Lasting
        } else {
            Refusal::Limit
        }
    }

    /// Whether it refuses this or, of the zone that this is in, whatever is asked.
    fn is_meant(&self, query: &Message) -> bool {
        let Some(query) = query.queries.first() else {
            return false;
        };
        let meant = &locked(&self.state).meant;
        let of_zone = |it: &Query| {
            let is_apex = matches!(it.query_type(), RecordType::SOA | RecordType::NS);
            is_apex && it.name().zone_of(query.name())
        };
        meant.contains(query) || meant.iter().any(of_zone)
    }

    fn note_meant(&self, query: &Message) {
        let meant = &mut locked(&self.state).meant;
        if meant.len() < MEANT {
            meant.extend(query.queries.first().cloned());
        }
    }
}

/// Asks a zone's own server. What it refuses as too much is asked again when it bears it; where it never does, that is
/// no answer.
pub(super) async fn ask(
    cx: &Context,
    server: SocketAddr,
    Ways { query, plainer }: Ways<'_>,
) -> Result<Heard, Unanswered> {
    let limited = &cx.shared.limited;
    loop {
        let counting = limited.of(server);
        if let Some(counting) = &counting {
            counting.pass(cx).await;
        }
        let sent = Instant::now();
        let heard = plain::ask(cx, server, Ways { query, plainer }).await?;
        if !refuses(&heard.message) {
            limited.note(server, query, &heard.message);
            return Ok(heard);
        }
        let Some(counting) = counting else {
            return Ok(heard);
        };
        let ways = Ways { query, plainer };
        match counting.refusal(cx, server, ways, sent).await {
            Refusal::Limit => cx.count_question(),
            Refusal::Over(heard) => {
                limited.note(server, query, &heard.message);
                return Ok(heard);
            }
            Refusal::Meant => return Ok(heard),
            Refusal::Lasting => return Err(Unanswered::TimedOut),
        }
    }
}

fn refuses(message: &Message) -> bool {
    let code = message.metadata.response_code;
    matches!(code, ResponseCode::ServFail | ResponseCode::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RecordType as Kind;
    use crate::wire::dns::{Question, Role};

    fn query(name: &str, record: Kind) -> Message {
        let role = Role::Authority;
        let question = Question { name, record, role };
        question.message(true).expect("a question")
    }

    #[test]
    fn who_is_asked_too_fast_is_left_alone_and_then_asked_more_slowly() {
        let (mut state, now) = (State::default(), Instant::now());
        assert_eq!(state.turn(now), Ok(()));
        (0..20).for_each(|_| state.note_answer(now));
        state.slow_down(now);
        // Three quarters of what it bore.
        let interval = Duration::from_secs(1) / 15;
        let near = |one: Instant, other: Instant| (one - other) < Duration::from_millis(1);
        let next = state.turn(now).expect_err("it rests");
        assert!(near(next, now + REST + interval));
        assert_eq!(state.turn(next), Ok(()));
        let then = state.turn(next).expect_err("one at a time");
        assert!(near(then, next + interval));
        // Who bears it is asked faster, little by little.
        (0..1000).for_each(|_| state.note_answer(then));
        assert_eq!(state.turn(next), Ok(()));
        assert_eq!(state.turn(next), Ok(()));
    }

    #[test]
    fn who_refuses_after_each_rest_is_given_up() {
        let (mut state, now) = (State::default(), Instant::now());
        for _ in 0..RESTS {
            state.slow_down(now);
            assert!(!state.is_given_up(now));
        }
        state.slow_down(now);
        assert!(state.is_given_up(now));
        assert_eq!(state.turn(now), Ok(()), "it is no use to wait");
        assert!(!state.is_given_up(now + GIVEN_UP));
        state.note_answer(now);
        assert!(!state.is_given_up(now));
    }

    #[test]
    fn who_refuses_a_zone_refuses_what_is_in_it() {
        let counting = Counting::new(query("zahnfee.de", Kind::Soa));
        counting.note_meant(&query("lame.de", Kind::Soa));
        counting.note_meant(&query("x.other.de", Kind::Srv));
        for (name, record, is_meant) in [
            ("lame.de", Kind::Soa, true),
            ("_sipfederationtls._tcp.lame.de", Kind::Srv, true),
            ("lame.de.example", Kind::A, false),
            ("x.other.de", Kind::Srv, true),
            ("x.other.de", Kind::A, false),
            ("y.x.other.de", Kind::Srv, false),
        ] {
            assert_eq!(counting.is_meant(&query(name, record)), is_meant, "{name}");
        }
    }
}
