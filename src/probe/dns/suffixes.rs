//! Asks what a plain `nslookup` on this machine would ask before the name that was typed. Nothing is
//! judged by it: it only tells why an admin sees something else (guide, chapter 13).

use std::time::Duration;

use futures_util::future::join_all;

use super::look_up;
use crate::facts::{DnsOutcome, RecordType, Suffixed, SuffixedAnswer, Unanswered};
use crate::model::plan::View;
use crate::probe::Context;

/// No more suffixes are tried than these.
const MOST_TRIED: usize = 4;
/// How long the answers are waited for: a remark is not worth more.
const PATIENCE: Duration = Duration::from_millis(500);

/// The answers to the names with suffixes, from this machine's resolver, which is the one that
/// `nslookup` asks. `None` where it appends none, or where the user named another resolver.
pub(crate) async fn ask(cx: &Context, name: &str, record: RecordType) -> Option<Suffixed> {
    if cx.plan.views != [View::System] {
        return None;
    }
    let list = cx.shared.search_list().await;
    let mut names = list.before(name);
    names.truncate(MOST_TRIED);
    if names.is_empty() {
        return None;
    }
    let asking = names.into_iter().map(|name| async move {
        let outcome = put(cx, &name, record).await;
        SuffixedAnswer {
            name,
            outcome,
            aaaa: None,
        }
    });
    let mut suffixed = Suffixed {
        nslookup: list.nslookup,
        answers: join_all(asking).await,
    };
    if record == RecordType::A
        && let Some(last) = suffixed.last_asked()
    {
        let answer = &mut suffixed.answers[last];
        answer.aaaa = Some(put(cx, &answer.name, RecordType::Aaaa).await);
    }
    Some(suffixed)
}

/// What this machine's resolver answers, as long as it is waited for.
async fn put(cx: &Context, name: &str, record: RecordType) -> DnsOutcome {
    let seen = cx.within(PATIENCE, look_up(cx, name, record)).await;
    let answer = seen
        .ok()
        .and_then(|lookup| lookup.answers.into_iter().next());
    let silence = DnsOutcome::Unanswered(Unanswered::TimedOut);
    answer.map_or(silence, |answer| answer.outcome)
}
