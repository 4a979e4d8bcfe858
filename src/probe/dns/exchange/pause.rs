//! A pause for servers that count questions.

use std::time::Duration;

use tokio::time::sleep;

use crate::probe::Context;

/// Some servers answer so many questions a second and no more, and a check asks all that it has at once:
/// a resolver that asks for one name is not refused.
const PAUSE: Duration = Duration::from_secs(1);

/// Lets a server forget how much it was asked.
pub(in crate::probe::dns) async fn pause(cx: &Context) {
    cx.uncounted(sleep(PAUSE.min(cx.plan.limits.dns))).await;
}
