//! Step 6, federation active: TLS 1.2 or later, a demand for a client certificate, an answer as SIP.

mod greeting;
mod handshake;
mod second_look;
mod session;

use super::any_step::DEADLINE_REACHED;
use super::endpoints::{Own, connected, gather};
use super::tcp::elsewhere;
use crate::facts::{EndpointFacts, Published, SipOutcome, TlsFacts, TlsOutcome, TlsVersion};
use crate::model::finding::{Finding, Judged, Note, rules};
use crate::model::limits::clipped;
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

rules! {
    TLS_NOT_SPOKEN = "tls-not-spoken", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_SILENT = "tls-silent", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_CLOSED = "tls-closed", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_TOO_OLD = "tls-too-old", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_NO_COMMON_CIPHER = "tls-no-common-cipher", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_HANDSHAKE_FAILED = "tls-handshake-failed", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_NO_SECURE_RENEGOTIATION = "tls-no-secure-renegotiation", Warn, [XphoneAdmin, Network], [ShowHandshake];
    TLS_OVER_LIMIT = "tls-over-limit", Unknown, [XphoneAdmin], [ShowHandshake];
    MTLS_NOT_REQUESTED = "mtls-not-requested", Warn, [XphoneAdmin, Network], [ShowHandshake];
    MTLS_ENFORCED = "mtls-enforced", Info, [], [ShowHandshake];
    MTLS_CERTIFICATE_REFUSED = "mtls-certificate-refused", Warn, [XphoneAdmin], [ShowHandshake];
    SIP_ANSWERED = "sip-answered", Info, [], [];
    SIP_NOT_ANSWERED = "sip-not-answered", Warn, [XphoneAdmin], [ShowHandshake];
    SIP_UNAVAILABLE = "sip-unavailable", Warn, [XphoneAdmin], [];
    SIP_NOT_SIP = "sip-not-sip", Fail, [XphoneAdmin, Network], [ShowHandshake];
}

pub(crate) fn judge(published: &Published<'_>, _terms: &Terms) -> Judged {
    let connected = match connected(published) {
        Ok(connected) => connected,
        Err(waiting) => return waiting,
    };
    let judged: Vec<_> = connected
        .iter()
        .map(|endpoint| (*endpoint, judge_endpoint(endpoint)))
        .collect();
    let mut findings = gather(&judged);
    findings.extend(elsewhere(&published.endpoints));
    Judged::new(seen(&connected), findings)
}

/// The best that was seen: version, demand for a certificate, SIP.
fn seen(endpoints: &[&EndpointFacts]) -> Note {
    let spoken = endpoints.iter().find_map(|endpoint| {
        let tls = endpoint.tls.as_ref()?;
        let by_hand = || {
            let hello = endpoint.second_look.as_ref()?.answered().next()?;
            Some((endpoint, hello.version?, &hello.request))
        };
        let finished = tls.version.map(|version| (endpoint, version, &tls.request));
        finished.or_else(by_hand)
    });
    let Some((endpoint, version, request)) = spoken else {
        // A server that refuses us for want of a certificate may do so before the version is settled.
        let demanded = |endpoint: &&EndpointFacts| {
            let tls = endpoint.tls.as_ref();
            tls.is_some_and(|tls| tls.request.is_some())
        };
        let is_mtls = endpoints.iter().any(demanded);
        return Note::new(if is_mtls { "seen-mtls" } else { "seen-no-tls" });
    };
    let sip: Vec<String> = match endpoint.sip.as_ref().map(|sip| &sip.outcome) {
        Some(SipOutcome::Answered(answer)) => {
            vec![format!("SIP {} {}", answer.status, answer.reason)]
        }
        _ => Vec::new(),
    };
    let request = if request.is_some() { "yes" } else { "no" };
    Note::new("seen-federation")
        .with("version", version.name())
        .with("mtls", request)
        .with("sip", sip)
}

fn judge_endpoint(endpoint: &EndpointFacts) -> Vec<Finding> {
    let Some(tls) = &endpoint.tls else {
        return vec![Finding::new(&DEADLINE_REACHED)];
    };
    let mut findings = match &tls.outcome {
        TlsOutcome::Finished => session::judge(tls, endpoint),
        _ => endpoint
            .second_look
            .as_ref()
            .and_then(|second_look| second_look::judge(tls, second_look))
            .unwrap_or_else(|| vec![handshake::judge(tls, endpoint)]),
    };
    // TLS 1.3 has no renegotiation (RFC 8446 §4.1.2), and says nothing of it.
    if tls.version == Some(TlsVersion::Tls12) && tls.secure_renegotiation == Some(false) {
        findings.push(Finding::new(&TLS_NO_SECURE_RENEGOTIATION));
    }
    if is_unproven(tls) && !is_misplaced(endpoint) {
        findings.push(handshake::failed(tls, "key", ""));
    }
    findings
}

/// True if the server does not hold the key of the certificate that it shows: every partner hangs up
/// on that. Keys that are too weak for this client to check are judged as such, with the certificate.
fn is_unproven(tls: &TlsFacts) -> bool {
    let leaf = tls
        .chain
        .first()
        .and_then(|der| Certificate::parse(&der.0).ok());
    tls.key_proven == Some(false) && leaf.is_some_and(|leaf| !leaf.key.is_weak())
}

/// True if the key may well be that of another certificate sent, the server's own: then it is the
/// order of the certificates that is wrong.
fn is_misplaced(endpoint: &EndpointFacts) -> bool {
    let shown = endpoint.shown();
    shown.is_some_and(|shown| Own::behind_others(endpoint, shown).is_some())
}

/// The server asked for a client certificate and turned us away for having none. This is the rule
/// for any such end, in the handshake or after it: it is theirs, it comes when they have said all
/// that they say before our turn, and in place of an answer.
fn enforced(tls: &TlsFacts, how: &str) -> Finding {
    let (authorities, more) = authorities(tls);
    Finding::new(&MTLS_ENFORCED)
        .with("how", how)
        .with("authorities", authorities)
        .with("more", more)
}

fn refused(how: &str) -> Finding {
    Finding::new(&MTLS_CERTIFICATE_REFUSED).with("how", how)
}

/// A few of the authorities whose client certificates the server says it takes, and how many more it
/// names; often it names none.
fn authorities(tls: &TlsFacts) -> (Vec<String>, u32) {
    const SHOWN: usize = 3;
    const LENGTH: usize = 80;
    let named = tls.request.iter().flat_map(|request| &request.authorities);
    let shown = named.clone().take(SHOWN);
    let shown = shown.map(|name| clipped(name, LENGTH)).collect();
    let more = named.count().saturating_sub(SHOWN);
    (shown, u32::try_from(more).unwrap_or(u32::MAX))
}
