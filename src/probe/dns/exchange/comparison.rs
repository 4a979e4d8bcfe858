//! Whether it is the way a question is put that a server fails at: both ways are asked again, in turns.
//! Packets are lost, and servers have bad moments: neither must look as if it were on purpose.

use std::pin::Pin;

use futures_util::future::select_ok;
use hickory_resolver::proto::op::Message;

use super::delivery::put;
use super::transport::Server;
use crate::facts::Unanswered;
use crate::probe::Context;

/// How many questions at once must fail before the other way is asked again. Whoever fails every
/// other time, or two times of three, lets one of them through.
const ROUNDS: [usize; 2] = [2, 3];
/// How often the other way is tried each time.
const TRIES: usize = 2;

/// One question, put in two ways.
pub(super) struct Pair<'a> {
    /// The way that has failed.
    pub(super) suspect: &'a Message,
    /// The way that was answered.
    pub(super) plain: &'a Message,
}

pub(super) enum Compared {
    /// It fails each time, with an answer or without, and the other way does not.
    Fails(Option<Message>),
    Answers(Message),
    /// The other way fails as well.
    Unclear,
}

type Asking<'a> = Pin<Box<dyn Future<Output = Result<Message, Option<Message>>> + Send + 'a>>;

/// Asks both ways again. An answer of which `is_failure` holds is none.
pub(super) async fn compare(
    cx: &Context,
    server: Server<'_>,
    pair: Pair<'_>,
    is_failure: &(dyn Fn(&Message) -> bool + Sync),
) -> Compared {
    // What was said already must not be lost with the time. As long for both: whoever takes longer than
    // that is not told apart.
    let limit = cx.plan.limits.dns / 12;
    let asking = |query| -> Asking<'_> {
        Box::pin(async move {
            let asking = cx.within(limit, put(cx, server, query)).await;
            match asking.unwrap_or(Err(Unanswered::TimedOut)) {
                Ok(answer) if is_failure(&answer) => Err(Some(answer)),
                Ok(answer) => Ok(answer),
                Err(_) => Err(None),
            }
        })
    };
    let mut failure = None;
    for count in ROUNDS {
        match select_ok((0..count).map(|_| asking(pair.suspect))).await {
            Ok((answer, _)) => return Compared::Answers(answer),
            Err(last) => failure = last,
        }
        let plain = (0..TRIES).map(|_| asking(pair.plain));
        if select_ok(plain).await.is_err() {
            return Compared::Unclear;
        }
    }
    Compared::Fails(failure)
}
