//! Ends dialogs: those that have lasted long enough, and in the end all of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::Room;
use super::errands::{go_anew, may_go, say_on_line};
use crate::facts::ReplyKind;
use crate::probe::locked;
use crate::wire::sip::partner::Errand;

/// Ends what has lasted long enough, again and again.
pub(super) async fn end_in_time(room: &Arc<Room>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        let due = locked(&room.partner).due(room.begun.elapsed());
        for errand in due {
            let own = Arc::clone(room);
            let mut under_way = locked(&room.under_way);
            under_way.spawn(async move { say_farewell(&own, &errand).await });
        }
    }
}

/// Ends every dialog.
pub(super) async fn end_all(room: &Arc<Room>) {
    let all = locked(&room.partner).farewell();
    join_all(all.iter().map(|errand| say_farewell(room, errand))).await;
}

/// On the connection that the dialog was last heard on; where that has ended, as a reply would go.
/// Nobody waits for an answer to it.
async fn say_farewell(room: &Arc<Room>, errand: &Errand) {
    let composed = locked(&room.partner).compose(errand);
    let mut is_said = false;
    if let Some(composed) = composed {
        locked(&room.partner).give_up(&composed);
        is_said = say_on_line(room, errand.line, composed.text).await;
    }
    let entry = locked(&room.book).entry(errand.line);
    if let Some(entry) = entry.filter(|_| !is_said)
        && may_go(room, &entry, ReplyKind::Presence).await.is_none()
    {
        go_anew(room, &entry, errand).await;
    }
    locked(&room.partner).done(errand);
}
