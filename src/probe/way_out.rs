//! Whether the way out of this machine's network is still open. A firewall or an address translator of
//! one's own may close it during a run, and then every server in every network is lost in the same way,
//! also one that was reached before: that says nothing of any of them.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, OptionFuture};
use tokio::time::{Instant, timeout};

use super::crowd::{Crowd, Served};
use super::greeting::Greeting;
use super::manners::Host;
use super::reached::{Look, Looks, Way, Witness};
use super::{Context, tcp, tls};
use crate::facts::{EndpointFacts, Loss, TcpOutcome};

/// Whoever has not answered by then may not answer at all.
const PROMPT: Duration = Duration::from_secs(1);

/// So much time a run spends on trying once more, without any use; and where it was of use to several.
const PATIENCE: Duration = Duration::from_secs(10);
const LONG_PATIENCE: Duration = Duration::from_secs(30);

/// So often one is met that accepts connections in between.
const ATTEMPTS: u32 = 3;

/// What a loss is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The endpoint, as far as is known.
    Endpoint,
    /// It accepts connections after all.
    Chance,
    /// The way out of this network is closed: everybody is lost like this.
    WayOut(Loss),
}

/// Meets an endpoint; again, where it was lost by chance; and not at all, where everybody is lost now.
pub(super) async fn meet<'a>(
    cx: &'a Context,
    crowd: &Crowd,
    attempt: impl Fn() -> BoxFuture<'a, EndpointFacts>,
) -> EndpointFacts {
    let unmet =
        |met: EndpointFacts, tcp| EndpointFacts::new(met.fqdn, met.published, met.address, tcp);
    let mut left = ATTEMPTS;
    loop {
        let began = Instant::now();
        let met = attempt().await;
        left -= 1;
        match cause(cx, &met, began).boxed().await {
            Cause::Endpoint => return met,
            Cause::WayOut(loss) => return unmet(met, TcpOutcome::WayOutClosed(loss)),
            Cause::Chance if left == 0 => {
                return unmet(met, TcpOutcome::AfterOthers(crowd.connections()));
            }
            Cause::Chance => cx.forgive(began.elapsed()),
        }
    }
}

/// Why this endpoint was lost in an attempt that began then. Nothing is connected to where no other server
/// was reached before.
async fn cause(cx: &Context, met: &EndpointFacts, began: Instant) -> Cause {
    let Some(loss) = met.loss() else {
        return Cause::Endpoint;
    };
    let ended = Instant::now();
    let way_out = &cx.shared.way_out;
    let witnesses = way_out.witnesses(met.address.ip());
    if witnesses.is_empty() {
        return Cause::Endpoint;
    }
    cx.uncounted(async {
        let mut looks = way_out.looks.lock().await;
        let is_ipv4 = met.address.is_ipv4();
        let network = Host::network_of(met.address.ip());
        let known = looks.latest.as_ref().filter(|look| {
            let is_timely = match look.way {
                // What was closed while this one was lost was closed to it.
                Way::Closed(_) => look.began >= began,
                Way::Open | Way::Unknown => look.began >= ended,
            };
            is_timely && look.is_ipv4 == is_ipv4 && !look.networks.contains(&network)
        });
        let way = if let Some(look) = known {
            look.way
        } else {
            let began = Instant::now();
            let way = look(cx, loss, &witnesses).await;
            let networks = witnesses.iter().map(|it| it.network.clone()).collect();
            looks.latest = Some(Look {
                began,
                is_ipv4,
                networks,
                way,
            });
            way
        };
        match way {
            Way::Closed(found) if found == loss => Cause::WayOut(loss),
            // It may let through only so many in some time.
            _ => looks.once_more(cx, met).await,
        }
    })
    .await
}

impl Looks {
    async fn once_more(&mut self, cx: &Context, met: &EndpointFacts) -> Cause {
        let patience = if self.helped > 1 {
            LONG_PATIENCE
        } else {
            PATIENCE
        };
        if met.is_open() || self.vain >= patience {
            return Cause::Endpoint;
        }
        let start = Instant::now();
        if !matches!(met.tcp, TcpOutcome::TimedOut(_)) {
            tokio::time::sleep(PROMPT).await;
        }
        // Not beside others that would have to be alone there.
        let crowd = cx.shared.crowds.of(met.address.ip());
        let _along = crowd.way.read().await;
        let (outcome, _) = tcp::reach(cx, met.address).await;
        if matches!(outcome, TcpOutcome::Connected(_)) {
            self.vain = Duration::ZERO;
            self.helped += 1;
            Cause::Chance
        } else {
            self.vain += start.elapsed();
            Cause::Endpoint
        }
    }
}

/// How the witnesses are met now; one of them is enough where it answers soon.
async fn look(cx: &Context, loss: Loss, witnesses: &[Witness]) -> Way {
    let [first, others @ ..] = witnesses else {
        return Way::Unknown;
    };
    let mut meeting = met(cx, loss, &first.served).boxed();
    let other = others.first().map(|it| met(cx, loss, &it.served).boxed());
    let other = OptionFuture::from(other);
    let met = match timeout(PROMPT, meeting.as_mut()).await {
        Ok(Met::Reached) => return Way::Open,
        Ok(first) => (first, other.await),
        Err(_) => tokio::join!(meeting, other),
    };
    let all = [Some(met.0), met.1];
    if all.contains(&Some(Met::Reached)) {
        return Way::Open;
    }
    let is_like = |met: Option<Met>| met.is_none_or(|met| met == Met::Lost(loss));
    if all.into_iter().all(is_like) {
        Way::Closed(loss)
    } else {
        Way::Unknown
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Reached,
    Lost(Loss),
    Unknown,
}

/// How somebody is met who was served before, as far as the one that was lost had come.
async fn met(cx: &Context, loss: Loss, served: &Served) -> Met {
    let crowd = cx.shared.crowds.of(served.address.ip());
    let _along = crowd.way.read().await;
    let (outcome, stream) = tcp::reach(cx, served.address).await;
    match outcome {
        TcpOutcome::Connected(_) if !loss.is_after_tcp() => Met::Reached,
        TcpOutcome::Connected(_) => {
            let shaking = tls::handshake_as(cx, &served.host, stream, Greeting::Usual);
            let (tls, _) = Box::pin(shaking).await;
            match tls.outcome.loss().filter(|_| !tls.server_hello) {
                Some(loss) => Met::Lost(loss),
                None => Met::Reached,
            }
        }
        other => other.loss().map_or(Met::Unknown, Met::Lost),
    }
}
