//! Step 7: a reply of the test partner was taken. One that was not proves nothing: a partner's own
//! server may want marks that only an Edge makes.

use super::certificate::{is_of_use, of_chain};
use super::{Heard, waits_for};
use crate::facts::{Reply, ReplyKind, TcpOutcome, Try, TryOutcome, What, Withheld};
use crate::model::finding::{Finding, Judged, Note, Severity, Skip, StepId, rules};

rules! {
    CALL_REPLY_NOT_CONNECTED = "call-reply-not-connected", Unknown, [Network, XphoneAdmin], [];
    CALL_REPLY_REFUSED = "call-reply-refused", Unknown, [XphoneAdmin], [];
    CALL_REPLY_UNANSWERED = "call-reply-unanswered", Unknown, [XphoneAdmin], [];
    CALL_REPLY_WITHHELD = "call-reply-withheld", Unknown, [XphoneAdmin, DnsAdmin], [];
    CALL_REPLY_ONLY_BACK = "call-reply-only-back", Warn, [Network, XphoneAdmin], [];
}

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    if !heard.facts.partner.echoes {
        return Judged {
            skip: Some(Skip::NotApplicable),
            ..Judged::new(Note::new("seen-outbound-no-echo"), Vec::new())
        };
    }
    if heard.best().is_none() {
        return waits_for(StepId::OutboundConnection);
    }
    if !heard.any(What::Chat) {
        return waits_for(StepId::OutboundChat);
    }
    let replies: Vec<&Reply> = heard
        .talks()
        .flat_map(|talk| &talk.replies)
        .filter(|reply| reply.kind == ReplyKind::Text)
        .collect();
    if let Some((reply, taken)) = replies
        .iter()
        .find_map(|reply| Some((reply, reply.taken()?)))
    {
        return of_taken(reply, taken);
    }
    let is_unproven = |reply: &&Reply| has(reply, Withheld::Unproven);
    if is_certificate_at_fault(heard) && replies.iter().all(is_unproven) {
        return waits_for(StepId::OutboundCertificate);
    }
    let finding = match replies.first() {
        Some(reply) => of_untaken(reply),
        None => Finding::new(&CALL_REPLY_UNANSWERED).with("server", "none"),
    };
    Judged::new(Note::new("seen-outbound-no-reply"), vec![finding])
}

/// A reply that was taken; by which way, and which way was tried before.
fn of_taken(reply: &Reply, taken: &Try) -> Judged {
    let way = match (&taken.server, reply.within) {
        (Some(_), true) => "dialog",
        (Some(_), false) => "page",
        (None, _) => "back",
    };
    let server = taken.server.as_deref().unwrap_or("none");
    let seen = Note::new("seen-outbound-reply")
        .with("way", way)
        .with("server", server);
    let before = reply.tries.iter().find(|tried| !tried.is_taken());
    let only_back = before.filter(|_| taken.server.is_none()).map(|before| {
        let finding = Finding::new(&CALL_REPLY_ONLY_BACK);
        let finding = finding.with("server", before.server.as_deref().unwrap_or("none"));
        with_reason(finding, before)
    });
    Judged::new(seen, only_back.into_iter().collect())
}

/// Why it was not taken: what the first way came to, the one that partners use.
fn of_untaken(reply: &Reply) -> Finding {
    let Some(first) = reply.tries.first() else {
        return Finding::new(&CALL_REPLY_UNANSWERED).with("server", "none");
    };
    // What was answered by either way says more than what was not.
    let refused = reply.tries.iter().find_map(|tried| match tried.outcome {
        TryOutcome::Answered(status) => Some((tried, status)),
        _ => None,
    });
    if let Some((tried, status)) = refused {
        return Finding::new(&CALL_REPLY_REFUSED)
            .with("status", status)
            .with("server", tried.server.as_deref().unwrap_or("none"));
    }
    let server = first.server.as_deref().unwrap_or("none");
    let finding = match first.outcome {
        TryOutcome::Withheld(_) => Finding::new(&CALL_REPLY_WITHHELD),
        TryOutcome::Silent | TryOutcome::Ended | TryOutcome::Gone | TryOutcome::Answered(_) => {
            return Finding::new(&CALL_REPLY_UNANSWERED).with("server", server);
        }
        TryOutcome::NotConnected(_) | TryOutcome::NoTls(_) | TryOutcome::OtherCertificate => {
            Finding::new(&CALL_REPLY_NOT_CONNECTED)
        }
    };
    with_reason(finding.with("server", server), first)
}

fn with_reason(finding: Finding, tried: &Try) -> Finding {
    let reason = match &tried.outcome {
        TryOutcome::Withheld(Withheld::Unproven) => "unproven",
        TryOutcome::Withheld(Withheld::Foreign) => "foreign",
        TryOutcome::Withheld(Withheld::Internal) => "internal",
        TryOutcome::Withheld(Withheld::NoServer) => "no-server",
        TryOutcome::Withheld(Withheld::NoAddress) => "no-address",
        TryOutcome::Withheld(Withheld::NoDns) => "no-dns",
        TryOutcome::Withheld(Withheld::TooMany) => "too-many",
        TryOutcome::NotConnected(TcpOutcome::Refused) => "refused",
        TryOutcome::NotConnected(TcpOutcome::NoRoute) => "no-route",
        TryOutcome::NotConnected(_) => "no-connection",
        TryOutcome::NoTls(_) => "no-tls",
        TryOutcome::OtherCertificate => "other-certificate",
        TryOutcome::Gone | TryOutcome::Ended => "ended",
        TryOutcome::Silent => "silent",
        TryOutcome::Answered(_) => "answered",
    };
    let address = tried.address.map(|address| address.to_string());
    finding
        .with("reason", reason)
        .with("address", address.as_deref().unwrap_or("none"))
        .with("status", status(tried))
}

fn status(tried: &Try) -> u16 {
    match tried.outcome {
        TryOutcome::Answered(status) => status,
        _ => 0,
    }
}

fn has(reply: &Reply, why: Withheld) -> bool {
    let is_it = |tried: &Try| tried.outcome == TryOutcome::Withheld(why);
    reply.tries.iter().any(is_it)
}

/// Whether the step of the certificate says itself what is wrong with it, or that there is none.
fn is_certificate_at_fault(heard: &Heard<'_>) -> bool {
    let Some(judged) = of_chain(heard) else {
        return true;
    };
    let mut found = judged.findings.iter();
    found.any(|found| !is_of_use(found) && found.severity >= Severity::Unknown)
}
