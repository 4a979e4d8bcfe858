//! Step 2: the caller speaks TLS as a partner expects it.

use super::{Heard, only, waits_for};
use crate::facts::{Alert, Call, CallHello, CallOutcome};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId, rules};
use crate::model::limits::clipped;

rules! {
    CALL_NOT_TLS = "call-not-tls", Fail, [XphoneAdmin, Network], [];
    CALL_TLS_TOO_OLD = "call-tls-too-old", Fail, [XphoneAdmin], [];
    CALL_TLS_NO_COMMON = "call-tls-no-common", Fail, [XphoneAdmin], [];
    CALL_CERTIFICATE_REFUSED = "call-certificate-refused", Fail, [XphoneAdmin], [];
    CALL_TLS_BROKEN_OFF = "call-tls-broken-off", Unknown, [XphoneAdmin, Network], [];
    CALL_TLS_FAILED = "call-tls-failed", Fail, [XphoneAdmin, Network], [];
    CALL_NO_SNI = "call-no-sni", Info, [], [];
}

/// The words of a library or a stranger are kept up to this length.
const WORDS: usize = 80;

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    let Some(best) = heard.best() else {
        return waits_for(StepId::OutboundConnection);
    };
    if let Some(call) = heard.finished() {
        return Judged::new(seen(call), no_name(call).into_iter().collect());
    }
    let newest = best.hello.as_ref().and_then(CallHello::newest);
    let newest = newest.map_or("?", |version| version.name());
    let failed =
        |reason: &str| Finding::new(&CALL_TLS_FAILED).with("reason", clipped(reason, WORDS));
    let broken = |how: &str| Finding::new(&CALL_TLS_BROKEN_OFF).with("how", how);
    let finding = match &best.tls.outcome {
        // What came until then is all right; what was missing is a matter of the next step.
        CallOutcome::Finished | CallOutcome::NoCertificate | CallOutcome::KeyDisproven => {
            return Judged::new(seen(best), no_name(best).into_iter().collect());
        }
        CallOutcome::NotTls(start) => {
            let start = start.escape_ascii().to_string();
            Finding::new(&CALL_NOT_TLS).with("start", clipped(&start, WORDS))
        }
        CallOutcome::TooOld => Finding::new(&CALL_TLS_TOO_OLD).with("version", newest),
        CallOutcome::NothingInCommon(what) => {
            Finding::new(&CALL_TLS_NO_COMMON).with("what", clipped(what, WORDS))
        }
        CallOutcome::Alert(alert) if is_about_our_certificate(*alert) => {
            // If it would be refused by everybody, that says nothing about the caller.
            let severity = if heard.is_faulty("cert-") {
                Severity::Unknown
            } else {
                Severity::Fail
            };
            Finding::new(&CALL_CERTIFICATE_REFUSED)
                .with("alert", alert.name())
                .with("fqdn", heard.facts.partner.fqdn.as_str())
                .weighing(severity)
        }
        CallOutcome::Alert(alert) => failed(&alert.name()),
        CallOutcome::Misbehaved(what) => failed(what),
        CallOutcome::Closed => broken("closed"),
        CallOutcome::Reset => broken("reset"),
        CallOutcome::Silent => broken("silent"),
    };
    only(Note::new("seen-outbound-no-tls"), finding)
}

fn seen(call: &Call) -> Note {
    let version = call.tls.version.map_or("TLS", |version| version.name());
    let cipher = call.tls.cipher.as_deref().unwrap_or("?");
    Note::new("seen-outbound-tls")
        .with("version", version)
        .with("cipher", cipher)
}

fn no_name(call: &Call) -> Option<Finding> {
    let hello = call.hello.as_ref()?;
    (hello.server_name.is_none()).then(|| Finding::new(&CALL_NO_SNI))
}

/// Whether the caller says by this that it does not take the certificate it was shown.
fn is_about_our_certificate(alert: Alert) -> bool {
    matches!(alert.0, 42..=46 | 48 | 49)
}
