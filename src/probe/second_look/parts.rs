//! Which part of a hello it is that the server does not bear.

use std::net::SocketAddr;

use futures_util::future::join_all;

use crate::facts::{HelloPart, PartFacts};
use crate::probe::Context;
use crate::probe::by_hand::Questions;
use crate::wire::hello::Hello;

/// How hellos are met that have what all of the refused ones had, and the widest has not, which was served.
/// Nothing where it is not the part: one that is turned away is so again, and then the widest is served
/// again.
pub(in crate::probe) async fn with_parts(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    parts: &[HelloPart],
) -> Vec<PartFacts> {
    let limit = cx.plan.limits.tls / 2;
    let all = Questions::within(cx, host, address, limit);
    let asking = parts.iter().map(|&part| async move {
        let answer = all.greet(Hello::With(part)).await;
        PartFacts { part, answer }
    });
    let met = join_all(asking).await;
    let refused = met.iter().find(|met| met.is_refused());
    let Some(part) = refused.map(|met| met.part) else {
        return met;
    };
    // One after the other, as a server may bear no two at a time; silence costs all of the time.
    let anew = || all.anew(limit);
    let answer = anew().greet(Hello::With(part)).await;
    let is_refused = PartFacts { part, answer }.is_refused();
    if is_refused && anew().greet(Hello::Wide).await.is_served() {
        met
    } else {
        Vec::new()
    }
}
