//! How the servers of a zone sign, where the zone above announces keys.

use futures_util::future::join_all;

use super::{Question, Server, exchange};
use crate::facts::{AuthorityFacts, NameServer, RecordType, Signed, SigningFacts};
use crate::probe::Context;
use crate::probe::manners::Host;
use crate::wire::dns::Role;
use crate::wire::dns::signatures::{Announced, Keys, Wanted};

/// No more servers are asked than these: another one is tried where one fails.
const MAX_ASKED: usize = 3;

/// The keys that the zone above announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Above {
    pub(super) apex: String,
    pub(super) from: String,
    pub(super) announced: Announced,
}

/// What the servers show for it, of these records.
pub(crate) async fn look(
    cx: &Context,
    above: &Above,
    servers: &AuthorityFacts,
    records: &[(String, RecordType)],
) -> SigningFacts {
    let mut facts = SigningFacts {
        apex: above.apex.clone(),
        from: above.from.clone(),
        announced: above.announced.tags(),
        shown: Vec::new(),
    };
    if above.announced.is_empty() || !servers.apex.eq_ignore_ascii_case(&above.apex) {
        return facts;
    }
    let asked = servers.servers.iter().take(MAX_ASKED);
    let shown = join_all(asked.map(|server| show(cx, above, server, records))).await;
    facts.shown = shown.into_iter().flatten().collect();
    facts
}

async fn show(
    cx: &Context,
    above: &Above,
    server: &NameServer,
    records: &[(String, RecordType)],
) -> Option<Signed> {
    let of_zone = Question {
        name: &above.apex,
        record: RecordType::Ns,
        role: Role::Authority,
    };
    let answer = put(cx, server, of_zone.for_keys()?).await?;
    let keys = Keys::of(&answer, &above.apex, &above.announced)?;
    let asking = records.iter().map(|(name, record)| {
        let keys = &keys;
        async move {
            let question = Question {
                name,
                record: *record,
                role: Role::Authority,
            };
            let answer = put(cx, server, question.message(true)?).await?;
            keys.set(&answer, name, Wanted::Records(*record))
        }
    });
    let sets = join_all(asking).await;
    let of_keys = keys.set(&answer, &above.apex, Wanted::Keys);
    Some(Signed {
        server: server.clone(),
        keys: keys.tags(),
        sets: of_keys
            .into_iter()
            .chain(sets.into_iter().flatten())
            .collect(),
    })
}

async fn put(
    cx: &Context,
    server: &NameServer,
    query: hickory_resolver::proto::op::Message,
) -> Option<hickory_resolver::proto::op::Message> {
    cx.turn([Host::NameServer(server.address.ip())]).await;
    let asking = exchange::put(cx, Server::plain(server.address), &query);
    cx.within(cx.plan.limits.dns, asking).await.ok()?.ok()
}
