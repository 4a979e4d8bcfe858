//! Why a server turns away Windows Server 2016: how hellos by hand are met that have what that has, and more.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::Context;
use super::by_hand::Questions;
use crate::facts::WindowsFacts;
use crate::wire::hello::Hello;

/// How a client is met that has no more than Windows Server 2016, and who is served instead. Silence is
/// asked side by side.
pub(super) async fn look(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    is_silent: bool,
) -> WindowsFacts {
    let limit = cx.plan.limits.tls;
    let all = Questions::within(cx, host, address, limit);
    if is_silent {
        let start = Instant::now();
        let half = all.anew(limit / 2);
        // Longer than before: it may only be slow.
        let long = all.anew(limit * 3 / 2);
        let same = async {
            let same = long.greet(Hello::Windows2016).await;
            (same, start.elapsed() > limit)
        };
        let ((same, is_late), newer, wide) =
            tokio::join!(same, half.greet(Hello::Windows), half.greet(Hello::Wide));
        return WindowsFacts {
            is_slow: is_late && same.version.is_some(),
            same,
            same_has_x25519: true,
            newer: Some(newer),
            wide: Some(wide),
        };
    }
    let mut windows = WindowsFacts {
        same: all.greet(Hello::Windows2016).await,
        same_has_x25519: true,
        ..WindowsFacts::default()
    };
    let is_served = windows.same.is_served();
    if !is_served || windows.same.is_last_of_windows() {
        let newer = windows.newer.insert(all.greet(Hello::Windows).await);
        if !is_served && !newer.is_served() {
            windows.wide = Some(all.greet(Hello::Wide).await);
        }
    }
    windows
}
