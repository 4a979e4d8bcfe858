//! A handshake that did not finish.

use super::super::any_step::DEADLINE_REACHED;
use super::{
    TLS_CLOSED, TLS_HANDSHAKE_FAILED, TLS_OVER_LIMIT, TLS_SILENT, enforced, greeting, refused,
};
use crate::facts::{EndpointFacts, TlsFacts, TlsOutcome};
use crate::model::finding::Finding;
use crate::model::limits::MAX_ANSWER;

/// A server that asks for a client certificate and refuses us because we have none does exactly what
/// it should, with an alert or, like many on Windows, without.
pub(super) fn judge(tls: &TlsFacts, endpoint: &EndpointFacts) -> Finding {
    let asked = tls.request.is_some() && tls.our_turn != Some(false);
    match &tls.outcome {
        TlsOutcome::Alert(alert) if asked && tls.presented => refused(&alert.name()),
        TlsOutcome::Closed | TlsOutcome::Reset if asked && tls.presented => refused("closed"),
        TlsOutcome::Alert(alert) if asked && alert.is_about_client_certificate() => {
            enforced(tls, &alert.name())
        }
        TlsOutcome::Closed | TlsOutcome::Reset if asked => enforced(tls, "closed"),
        TlsOutcome::NotTls(start) => greeting::not_tls(start),
        TlsOutcome::Closed | TlsOutcome::Reset if is_mute(tls) => {
            named(Finding::new(&TLS_CLOSED), endpoint)
        }
        TlsOutcome::Silent if is_mute(tls) => {
            named(Finding::new(&TLS_SILENT), endpoint).with("limit", seconds(tls.elapsed_us))
        }
        TlsOutcome::TooMuch => over_limit("handshake"),
        TlsOutcome::Deadline => Finding::new(&DEADLINE_REACHED),
        outcome => {
            let (how, detail) = ending(outcome);
            failed(tls, how, &detail)
        }
    }
}

/// Whether the server has not said a word.
fn is_mute(tls: &TlsFacts) -> bool {
    !tls.server_hello && tls.warning.is_none() && tls.cut.is_none()
}

/// How a handshake ended, as the texts name it, and the alert or the breach.
pub(super) fn ending(outcome: &TlsOutcome) -> (&'static str, String) {
    match outcome {
        TlsOutcome::Alert(alert) => ("alert", alert.name()),
        TlsOutcome::Closed | TlsOutcome::Reset => ("closed", String::new()),
        TlsOutcome::Misbehaved(breach) => ("misbehaved", breach.id().to_owned()),
        TlsOutcome::Silent
        | TlsOutcome::Deadline
        | TlsOutcome::NotTls(_)
        | TlsOutcome::TooMuch
        | TlsOutcome::Finished => ("silent", String::new()),
    }
}

fn named(finding: Finding, endpoint: &EndpointFacts) -> Finding {
    finding
        .with("fqdn", endpoint.fqdn.as_str())
        .with("port", endpoint.address.port())
}

/// Our own limit, which is nobody's fault: of the whole handshake, or of an answer.
pub(super) fn over_limit(what: &str) -> Finding {
    let kibibytes = u32::try_from(MAX_ANSWER / 1024).unwrap_or(u32::MAX);
    Finding::new(&TLS_OVER_LIMIT)
        .with("what", what)
        .with("limit", kibibytes)
}

pub(super) fn failed(tls: &TlsFacts, how: &str, detail: &str) -> Finding {
    Finding::new(&TLS_HANDSHAKE_FAILED)
        .with("how", how)
        .with("detail", detail)
        .with("progress", progress(tls))
}

/// How far it got. TLS 1.3 asks for the client's certificate before it shows the server's, TLS 1.2
/// after it.
fn progress(tls: &TlsFacts) -> &'static str {
    let (asked, shown) = (tls.request.is_some(), !tls.chain.is_empty());
    match tls.outcome {
        TlsOutcome::Finished => "finished",
        _ if asked && shown => "both",
        _ if asked => "request",
        _ if shown => "certificate",
        _ if tls.server_hello => "hello",
        _ => "nothing",
    }
}

/// A limit in seconds that was waited for, as people write it.
pub(super) fn seconds(elapsed_us: u64) -> String {
    let tens = std::time::Duration::from_millis(elapsed_us / 10_000 * 10);
    humantime::format_duration(tens).to_string()
}
