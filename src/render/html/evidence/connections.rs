//! How far each connection got, and how it ended.

use maud::{Markup, html};

use super::super::clip;
use super::super::lists::more;
use crate::facts::{EndpointFacts, Micros, Millis, SipOutcome, TcpOutcome, TlsOutcome};
use crate::render::words::Words;

/// More endpoints than this are counted, not shown.
const ENDPOINTS: usize = 32;

pub(super) fn connections(words: &Words<'_>, endpoints: &[&EndpointFacts]) -> Markup {
    let texts = words.texts;
    html! {
        table.connections {
            thead { tr {
                th scope="col" { (texts.plain("html-endpoint")) }
                th scope="col" { "TCP" }
                th scope="col" { "TLS" }
                th scope="col" { "SIP" }
            } }
            tbody { @for endpoint in endpoints.iter().take(ENDPOINTS) { tr {
                th scope="row" { code { (endpoint.address) } br; small { (endpoint.fqdn) } }
                td { (tcp(words, endpoint.tcp)) }
                td { (tls(words, endpoint)) }
                td { (sip(words, endpoint)) }
            } } }
        }
        (more(words, endpoints.len().saturating_sub(ENDPOINTS)))
    }
}

fn tcp(words: &Words<'_>, outcome: TcpOutcome) -> String {
    let (kind, time) = match outcome {
        TcpOutcome::Connected(Micros(us)) if us < 1000 => ("connected", "< 1".to_owned()),
        TcpOutcome::Connected(Micros(us)) => ("connected", (us / 1000).to_string()),
        TcpOutcome::Refused => ("refused", String::new()),
        TcpOutcome::TimedOut(Millis(ms)) => ("timed-out", ms.to_string()),
        TcpOutcome::Unreachable => ("unreachable", String::new()),
        TcpOutcome::NoRoute => ("no-route", String::new()),
        TcpOutcome::NotAttempted => ("not-attempted", String::new()),
        TcpOutcome::TooManyFiles => ("too-many-files", String::new()),
        TcpOutcome::Deadline => ("deadline", String::new()),
        TcpOutcome::OverLimit => ("over-limit", String::new()),
    };
    words
        .texts
        .say("html-tcp", &[("outcome", kind), ("ms", &time)])
}

fn tls(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(tls) = &endpoint.tls else {
        return words.texts.plain("html-not-reached");
    };
    let agreed = [
        tls.version.map(|version| version.name().to_owned()),
        tls.cipher.as_deref().map(clip),
    ];
    let mut parts: Vec<String> = agreed.into_iter().flatten().collect();
    if tls.request.is_some() {
        parts.push("MTLS".to_owned());
    }
    parts.push(ending(words, Ending::of_tls(&tls.outcome)));
    parts.join(", ")
}

fn sip(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(sip) = &endpoint.sip else {
        return words.texts.plain("html-not-reached");
    };
    let SipOutcome::Answered(answer) = &sip.outcome else {
        return ending(words, Ending::of_sip(&sip.outcome));
    };
    let status = format!("{} {}", answer.status, clip(&answer.reason));
    let server = answer
        .server
        .as_deref()
        .map(|server| format!("Server: {}", clip(server)));
    let diagnostics = answer.diagnostics.as_deref();
    let diagnostics = diagnostics.map(|text| format!("ms-diagnostics: {}", clip(text)));
    let parts: Vec<String> = [Some(status), server, diagnostics]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

/// How a conversation ended: the key that the text selects by, and a detail for it.
struct Ending(&'static str, String);

impl Ending {
    fn of_tls(outcome: &TlsOutcome) -> Self {
        match outcome {
            TlsOutcome::Finished => Self("finished", String::new()),
            TlsOutcome::Alert(alert) => Self("alert", alert.name()),
            TlsOutcome::Closed => Self("closed", String::new()),
            TlsOutcome::Reset => Self("reset", String::new()),
            TlsOutcome::Silent => Self("silent", String::new()),
            TlsOutcome::NotTls(start) => Self("other", text(start)),
            TlsOutcome::Misbehaved(reason) => Self("misbehaved", reason.id().to_owned()),
            TlsOutcome::TooMuch => Self("too-much", String::new()),
            TlsOutcome::Deadline => Self("deadline", String::new()),
        }
    }

    fn of_sip(outcome: &SipOutcome) -> Self {
        match outcome {
            SipOutcome::Answered(_) => Self("finished", String::new()),
            SipOutcome::Alert(alert) => Self("alert", alert.name()),
            SipOutcome::Closed => Self("closed", String::new()),
            SipOutcome::Reset => Self("reset", String::new()),
            SipOutcome::Silent => Self("silent", String::new()),
            SipOutcome::NotSip(start) => Self("other", text(start)),
            SipOutcome::Unfinished(start) => Self("unfinished", text(start)),
            SipOutcome::Misbehaved(breach) => Self("misbehaved", breach.id().to_owned()),
            SipOutcome::TooMuch => Self("too-much", String::new()),
            SipOutcome::Deadline => Self("deadline", String::new()),
        }
    }
}

fn ending(words: &Words<'_>, Ending(how, detail): Ending) -> String {
    words
        .texts
        .say("html-ending", &[("how", how), ("detail", &detail)])
}

/// The first bytes of an answer that is not of the expected protocol.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    clip(text.trim_end())
}
