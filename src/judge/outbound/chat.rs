//! Step 6: a text has come.

use super::{Heard, only, waits_for};
use crate::facts::What;
use crate::model::finding::{Finding, Judged, Note, StepId, rules};

rules! {
    CALL_NO_CHAT = "call-no-chat", Unknown, [XphoneAdmin], [];
    CALL_WRONG_ADDRESS = "call-wrong-address", Unknown, [XphoneAdmin], [];
    CALL_CHAT_NOT_SENT = "call-chat-not-sent", Unknown, [XphoneAdmin, Network], [];
}

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    if heard.best().is_none() {
        return waits_for(StepId::OutboundConnection);
    }
    if heard.finished().is_none() {
        return waits_for(StepId::OutboundTls);
    }
    if heard.talks().all(|talk| talk.exchanges.is_empty()) {
        return waits_for(StepId::OutboundSip);
    }
    if heard.any(What::Chat) {
        let mode = if heard.has_chat() { "session" } else { "page" };
        let seen = Note::new("seen-outbound-chat").with("mode", mode);
        return Judged::new(seen, Vec::new());
    }
    let finding = if heard.has_chat() {
        let confirmed = if heard.any(What::Confirmed) {
            "yes"
        } else {
            "no"
        };
        Finding::new(&CALL_CHAT_NOT_SENT).with("confirmed", confirmed)
    } else if heard.any(What::WrongAddress) {
        Finding::new(&CALL_WRONG_ADDRESS)
    } else {
        let what = match () {
            () if heard.any(What::WrongDomain) => "domain",
            () if heard.any(What::Media) => "media",
            () if heard.any(What::Presence) => "presence",
            () => "none",
        };
        Finding::new(&CALL_NO_CHAT).with("what", what)
    };
    only(Note::new("seen-outbound-no-chat"), finding)
}
