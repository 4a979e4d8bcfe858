//! How an operation ended, in a few words: for whatever shows facts as they are.

use crate::facts::{DnsOutcome, Micros, Millis, SipOutcome, TcpOutcome, TlsOutcome};
use crate::model::limits::{MAX_WORDS, clipped};
use crate::text::Texts;

/// The key of a TCP connect, as texts select by it, and as JSON has it.
pub(super) fn tcp_key(outcome: TcpOutcome) -> &'static str {
    match outcome {
        TcpOutcome::Connected(_) => "connected",
        TcpOutcome::Refused => "refused",
        TcpOutcome::TimedOut(_) => "timed-out",
        TcpOutcome::Unreachable => "unreachable",
        TcpOutcome::NoRoute => "no-route",
        TcpOutcome::NotAttempted => "not-attempted",
        TcpOutcome::TooManyFiles => "too-many-files",
        TcpOutcome::Deadline => "deadline",
        TcpOutcome::AfterOthers(_) => "after-others",
        TcpOutcome::WayOutClosed(_) | TcpOutcome::AllLost(_) => "egress-closed",
        TcpOutcome::OverLimit => "over-limit",
    }
}

/// How a TCP connect ended.
pub(super) fn tcp(texts: &Texts, outcome: TcpOutcome) -> String {
    let time = match outcome {
        TcpOutcome::Connected(Micros(us)) if us < 1000 => "< 1".to_owned(),
        TcpOutcome::Connected(Micros(us)) => (us / 1000).to_string(),
        TcpOutcome::TimedOut(Millis(ms)) => ms.to_string(),
        _ => String::new(),
    };
    let named = [("outcome", tcp_key(outcome)), ("ms", time.as_str())];
    texts.say("html-tcp", &named)
}

/// Why DNS has no record to show, and its key.
pub(super) fn no_answer(texts: &Texts, outcome: &DnsOutcome) -> String {
    let (kind, detail) = no_answer_key(outcome);
    let detail = clipped(&detail, MAX_WORDS);
    let named = [("kind", kind), ("detail", detail.as_str())];
    texts.say("html-no-answer", &named)
}

/// The key of the same, and what the server said with it.
pub(super) fn no_answer_key(outcome: &DnsOutcome) -> (&'static str, String) {
    match outcome {
        DnsOutcome::Records { .. } => ("records", String::new()),
        DnsOutcome::NoData { .. } => ("no-data", String::new()),
        DnsOutcome::NoName { .. } => ("no-name", String::new()),
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            let mut said = vec![rcode.to_string()];
            said.extend(extended.iter().map(ToString::to_string));
            ("failed", said.join(", "))
        }
        DnsOutcome::Elsewhere { servers, .. } => {
            let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
            ("elsewhere", names.join(", "))
        }
        DnsOutcome::Unanswered(reason) => (reason.key(), String::new()),
    }
}

/// How a conversation ended: the key that the text selects by, and a detail for it.
pub(super) struct Ending {
    pub(super) how: &'static str,
    pub(super) detail: String,
}

impl Ending {
    pub(super) fn of_tls(outcome: &TlsOutcome) -> Self {
        match outcome {
            TlsOutcome::Finished => Self::plain("finished"),
            TlsOutcome::Alert(alert) => Self::with("alert", alert.name()),
            TlsOutcome::Closed => Self::plain("closed"),
            TlsOutcome::Reset => Self::plain("reset"),
            TlsOutcome::Silent => Self::plain("silent"),
            TlsOutcome::NotTls(start) => Self::with("other", text(start)),
            TlsOutcome::Misbehaved(reason) => Self::with("misbehaved", reason.id().to_owned()),
            TlsOutcome::TooMuch => Self::plain("too-much"),
            TlsOutcome::Deadline => Self::plain("deadline"),
        }
    }

    pub(super) fn of_sip(outcome: &SipOutcome) -> Self {
        match outcome {
            SipOutcome::Answered(_) => Self::plain("finished"),
            SipOutcome::Alert(alert) => Self::with("alert", alert.name()),
            SipOutcome::Closed => Self::plain("closed"),
            SipOutcome::Reset => Self::plain("reset"),
            SipOutcome::Silent => Self::plain("silent"),
            SipOutcome::NotSip(start) => Self::with("other", text(start)),
            SipOutcome::Unfinished(start) | SipOutcome::Unrelated(start) => {
                Self::with("unfinished", text(start))
            }
            SipOutcome::Misbehaved(breach) => Self::with("misbehaved", breach.id().to_owned()),
            SipOutcome::TooMuch => Self::plain("too-much"),
            SipOutcome::Deadline => Self::plain("deadline"),
        }
    }

    fn plain(how: &'static str) -> Self {
        Self::with(how, String::new())
    }

    fn with(how: &'static str, detail: String) -> Self {
        Self { how, detail }
    }

    pub(super) fn said(&self, texts: &Texts) -> String {
        let named = [("how", self.how), ("detail", self.detail.as_str())];
        texts.say("html-ending", &named)
    }
}

/// The first bytes of an answer that is not of the expected protocol.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end().to_owned()
}
