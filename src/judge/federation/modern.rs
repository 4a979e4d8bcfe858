//! A server that serves whoever offers less: an offer without TLS 1.3, or without its name.

use super::TLS_REFUSES_MODERN;
use super::handshake::{How, ending, failed, named, waited};
use super::second_look::in_tls13;
use crate::facts::{Breach, EndpointFacts, HelloPart, SecondLookFacts, TlsFacts, TlsOutcome};
use crate::model::finding::{Finding, Severity};

/// Who offers TLS 1.3, or names the server, is refused, and who does not is served. Where whoever shows no
/// certificate is turned away, nobody gets in with TLS 1.3 who cannot show one there.
pub(super) fn judge(endpoint: &EndpointFacts, is_enforced: bool) -> Option<Finding> {
    let second_look = endpoint.second_look.as_ref();
    if second_look.is_some_and(|second_look| second_look.refuses_name) {
        let tls = endpoint.tls.as_ref()?;
        let how = if endpoint.serves_other_names_only() {
            How::Unserved
        } else {
            How::Unborne(HelloPart::ServerName.id())
        };
        return Some(named(failed(tls, &how), endpoint));
    }
    let outcome = endpoint.refused_modern.as_ref()?;
    if *outcome == TlsOutcome::Misbehaved(Breach::NoClientScheme) {
        let tls = endpoint.tls.as_ref()?;
        let finding = failed(tls, &How::Misbehaved(Breach::NoClientScheme));
        return Some(if is_enforced {
            finding.with("excuse", "enforced").weighing(Severity::Fail)
        } else {
            finding.weighing(Severity::Warn)
        });
    }
    // Its length is what offers of TLS 1.3 have in common as well.
    let unborne = second_look.and_then(SecondLookFacts::unborne);
    if unborne == Some(HelloPart::Length) {
        let tls = endpoint.tls.as_ref()?;
        return Some(failed(tls, &How::Unborne(HelloPart::Length.id())));
    }
    if let Some(found) = second_look.and_then(|look| in_tls13(outcome, look)) {
        return Some(found);
    }
    let lacks_pss = second_look.is_some_and(SecondLookFacts::lacks_pss);
    let (how, detail) = ending(outcome);
    // Whether it would have answered later, nobody waited to see.
    let is_unknown = *outcome == TlsOutcome::Silent && !lacks_pss;
    let waited = |tls: &TlsFacts| waited(tls.limit, tls.elapsed_us);
    let limit = endpoint.tls.as_ref().map(waited).unwrap_or_default();
    Some(
        Finding::new(&TLS_REFUSES_MODERN)
            .with("how", how)
            .with("detail", detail)
            .with("limit", limit)
            .with(
                "what",
                match (lacks_pss, is_unknown) {
                    (true, _) => "pss",
                    (false, true) => "late",
                    (false, false) => "offer",
                },
            )
            .weighing(if is_unknown {
                Severity::Unknown
            } else {
                Severity::Fail
            }),
    )
}
