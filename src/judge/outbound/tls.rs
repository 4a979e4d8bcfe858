//! Step 2: the caller speaks TLS as a partner expects it.

use super::{Heard, only, waits_for};
use crate::facts::{Alert, Call, CallHello, CallOutcome, Lacking};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId, Value, rules};
use crate::model::limits::clipped;

rules! {
    CALL_NOT_TLS = "call-not-tls", Fail, [XphoneAdmin, Network], [];
    CALL_TLS_TOO_OLD = "call-tls-too-old", Fail, [XphoneAdmin], [];
    CALL_TLS_NO_COMMON = "call-tls-no-common", Unknown, [XphoneAdmin], [];
    CALL_CERTIFICATE_REFUSED = "call-certificate-refused", Fail, [XphoneAdmin], [];
    CALL_PARTNER_REFUSED = "call-partner-refused", Unknown, [Partner], [];
    CALL_TLS_BROKEN_OFF = "call-tls-broken-off", Unknown, [XphoneAdmin, Network], [];
    CALL_TLS_FAILED = "call-tls-failed", Fail, [XphoneAdmin, Network], [];
    CALL_NO_SNI = "call-no-sni", Info, [], [];
}

/// The words of a stranger are kept up to this length.
const WORDS: usize = 80;
/// So many of the suites or groups that were offered are told.
const MAX_TOLD: usize = 6;
/// What stands in the names of cipher suites that nobody takes any more.
const DEAD: [&str; 6] = [
    "_RC4_",
    "_DES_CBC_",
    "_NULL_",
    "_EXPORT_",
    "_anon_",
    "_IDEA_",
];

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    let Some(best) = heard.best() else {
        return waits_for(StepId::OutboundConnection);
    };
    if let Some(call) = heard.finished() {
        return Judged::new(seen(call), no_name(call).into_iter().collect());
    }
    let newest = best.hello.as_ref().and_then(CallHello::newest);
    let newest = newest.map_or("?", |version| version.name());
    let failed = |how: &str| Finding::new(&CALL_TLS_FAILED).with("how", how);
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
        CallOutcome::NothingInCommon(lacking) => nothing_in_common(best, *lacking),
        CallOutcome::Alert(alert) if is_about_our_certificate(*alert) => refused(heard, *alert),
        CallOutcome::Alert(alert) if alert.is_close() => broken("closed"),
        CallOutcome::Alert(alert) => {
            let finding = failed("alert").with("alert", alert.name());
            // Which of the two it is about, such an alert does not say.
            if heard.own_certificate().is_empty() {
                finding
            } else {
                finding.weighing(Severity::Unknown)
            }
        }
        CallOutcome::Misbehaved(breach) => failed(breach.id()).with("alert", "-"),
        CallOutcome::TooMuch => {
            let finding = failed("too-much").with("alert", "-");
            finding.weighing(Severity::Unknown)
        }
        CallOutcome::Closed => broken("closed"),
        CallOutcome::Reset => broken("reset"),
        CallOutcome::Silent => broken("silent"),
    };
    only(Note::new("seen-outbound-no-tls"), finding)
}

/// The test partner knows less than others do. Only where nobody knows what is offered, the caller is
/// at fault.
fn nothing_in_common(call: &Call, lacking: Lacking) -> Finding {
    let hello = call.hello.as_ref();
    let offered = match lacking {
        Lacking::Groups => hello.map(|hello| &hello.groups),
        _ => hello.map(|hello| &hello.suites),
    };
    let offered = offered.map(Vec::as_slice).unwrap_or_default();
    let is_dead = |suite: &String| DEAD.iter().any(|part| suite.contains(part));
    let is_hopeless = lacking == Lacking::Suites && !offered.is_empty();
    let is_hopeless = is_hopeless && offered.iter().all(is_dead);
    let told = offered.get(..MAX_TOLD).unwrap_or(offered);
    let more = offered.len() - told.len();
    let finding = Finding::new(&CALL_TLS_NO_COMMON)
        .with("what", lacking.id())
        .with("offered", told.to_vec())
        .with("more", i64::try_from(more).unwrap_or(i64::MAX))
        .with("reach", if is_hopeless { "none" } else { "some" });
    if is_hopeless {
        finding.weighing(Severity::Fail)
    } else {
        finding
    }
}

/// The caller does not take the certificate that it was shown. If others would not either, or if only
/// those who know its authority would, that says nothing about the caller.
fn refused(heard: &Heard<'_>, alert: Alert) -> Finding {
    let faults = heard.own_certificate();
    let fqdn = heard.facts.partner.fqdn.as_str();
    if faults.is_empty() && !heard.terms.own_roots {
        return Finding::new(&CALL_CERTIFICATE_REFUSED)
            .with("alert", alert.name())
            .with("fqdn", fqdn);
    }
    let why = if faults.is_empty() {
        "private"
    } else {
        "faulty"
    };
    Finding::new(&CALL_PARTNER_REFUSED)
        .with("alert", alert.name())
        .with("fqdn", fqdn)
        .with("why", why)
        .with("codes", Value::Codes(faults))
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

/// Whether the caller says by this that it does not take the certificate that it was shown.
fn is_about_our_certificate(alert: Alert) -> bool {
    matches!(alert.0, 42..=46 | 48 | 49 | 113)
}
