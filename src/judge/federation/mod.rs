//! Step 6, federation active: TLS 1.2 or later, a demand for a client certificate, an answer as SIP.

mod again;
mod demand;
mod greeting;
mod handshake;
mod limits;
mod long_hello;
mod met;
mod modern;
mod nameless;
mod possession;
mod second_look;
mod session;
mod unasked;
mod windows;

use super::any_step::DEADLINE_REACHED;
use super::endpoints::{connected, gather};
use super::tcp::elsewhere;
use crate::facts::{
    Alert, EndpointFacts, HelloOutcome, Published, SipOutcome, TlsFacts, TlsOutcome, TlsVersion,
};
use crate::model::finding::{Finding, Judged, Note, rules};
use crate::model::limits::clipped;
use crate::model::plan::Terms;

rules! {
    TLS_NOT_SPOKEN = "tls-not-spoken", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_SILENT = "tls-silent", Fail, [XphoneAdmin, Network] (as partner: Partner, XphoneAdmin), [ShowHandshake];
    TLS_CLOSED = "tls-closed", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_TOO_OLD = "tls-too-old", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_NO_COMMON_CIPHER = "tls-no-common-cipher", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_HANDSHAKE_FAILED = "tls-handshake-failed", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_UNSTEADY = "tls-unsteady", Warn, [Network, XphoneAdmin], [ShowHandshake];
    TLS_REFUSES_MODERN = "tls-refuses-modern", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_WORSE_FOR_WINDOWS = "tls-worse-for-windows", Fail (as partner: Warn), [XphoneAdmin, Network], [ShowHandshake];
    TLS_NEEDS_SERVER_NAME = "tls-needs-server-name", Warn, [XphoneAdmin, Network], [ShowHandshake];
    TLS_REFUSES_LONG_HELLO = "tls-refuses-long-hello", Warn, [Network, XphoneAdmin], [ShowHandshake];
    TLS_MESSAGE_TOO_LONG = "tls-message-too-long", Warn, [XphoneAdmin, Network], [ShowHandshake];
    TLS_SHORT_PRIME = "tls-short-prime", Warn, [XphoneAdmin, Network], [ShowOldHandshake];
    TLS_REFUSED_BY_SOME = "tls-refused-by-some", Warn, [XphoneAdmin, Network], [ShowHandshake];
    TLS_SHA1_SIGNATURE = "tls-sha1-signature", Warn, [XphoneAdmin], [ShowOldHandshake];
    TLS_KEY_UNPROVEN = "tls-key-unproven", Unknown, [XphoneAdmin], [ShowHandshake];
    TLS_NO_SECURE_RENEGOTIATION = "tls-no-secure-renegotiation", Warn, [XphoneAdmin, Network], [ShowHandshake];
    TLS_OVER_LIMIT = "tls-over-limit", Unknown, [XphoneAdmin], [ShowHandshake];
    MTLS_NOT_REQUESTED = "mtls-not-requested", Warn, [XphoneAdmin, Network], [ShowHandshake];
    MTLS_UNANSWERABLE = "mtls-unanswerable", Warn, [XphoneAdmin], [ShowHandshake];
    MTLS_ENFORCED = "mtls-enforced", Info, [], [ShowHandshake];
    MTLS_CERTIFICATE_REFUSED = "mtls-certificate-refused", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [ShowHandshake];
    SIP_ANSWERED = "sip-answered", Info, [], [];
    SIP_NOT_ANSWERED = "sip-not-answered", Warn, [XphoneAdmin] (as partner: XphoneAdmin, Partner), [ShowHandshake];
    SIP_UNAVAILABLE = "sip-unavailable", Warn, [XphoneAdmin], [];
    SIP_NOT_SIP = "sip-not-sip", Fail, [XphoneAdmin, Network], [ShowHandshake];
}

pub(crate) fn judge(published: &Published<'_>, terms: &Terms) -> Judged {
    let connected = match connected(published) {
        Ok(connected) => connected,
        Err(waiting) => return waiting,
    };
    let judged: Vec<_> = connected
        .iter()
        .map(|endpoint| {
            let whole = endpoint.undoing_resets();
            let seen = whole.as_ref().unwrap_or(endpoint);
            let mut findings = judge_endpoint(seen);
            let again = again::judge(seen, &findings, terms);
            findings.extend(again);
            findings.extend(again::judge_with_rsa(seen, &findings));
            findings.extend(long_hello::judge(seen));
            findings.extend(windows::judge_offer(seen));
            findings.extend(limits::judge(seen));
            findings.extend(unasked::judge(seen));
            (*endpoint, findings)
        })
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
            let is_whole =
                hello.outcome == HelloOutcome::Complete && hello.version != Some(TlsVersion::Tls13);
            Some((
                endpoint,
                hello.version?,
                demand(hello.request.is_some(), is_whole),
            ))
        };
        let demand = demand(tls.request.is_some(), tls.our_turn != Some(false));
        let finished = tls.version.map(|version| (endpoint, version, demand));
        finished.or_else(by_hand)
    });
    let Some((endpoint, version, demand)) = spoken else {
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
            vec![format!(
                "SIP {} {}",
                answer.status,
                clipped(&answer.reason, 60)
            )]
        }
        _ => Vec::new(),
    };
    Note::new("seen-federation")
        .with("version", version.name())
        .with("mtls", demand)
        .with("sip", sip)
}

/// Whether a client certificate was demanded; where the server was not heard out, nobody knows that
/// it was not.
fn demand(is_demanded: bool, is_heard_out: bool) -> &'static str {
    match (is_demanded, is_heard_out) {
        (true, _) => "yes",
        (false, true) => "no",
        (false, false) => "unknown",
    }
}

fn judge_endpoint(endpoint: &EndpointFacts) -> Vec<Finding> {
    let Some(tls) = &endpoint.tls else {
        return vec![Finding::new(&DEADLINE_REACHED)];
    };
    // What was seen of the server in this handshake needs no explanation from another.
    let is_seen = !tls.chain.is_empty() || tls.request.is_some();
    let mut findings = match &tls.outcome {
        TlsOutcome::Finished => session::judge(tls, endpoint),
        _ if is_seen => vec![handshake::judge(tls, endpoint)],
        _ => endpoint
            .second_look
            .as_ref()
            .and_then(|second_look| second_look::judge(tls, second_look, endpoint))
            .unwrap_or_else(|| vec![handshake::judge(tls, endpoint)]),
    };
    if is_seen {
        findings.extend(again::judge_attempts(endpoint));
    }
    let by_hand = || {
        let hello = endpoint.second_look.as_ref()?.answered().next()?;
        Some((hello.request.as_ref()?, hello.version))
    };
    let request = tls.request.as_ref().map(|request| (request, tls.version));
    let refusals = [&MTLS_ENFORCED, &MTLS_CERTIFICATE_REFUSED];
    let is_enforced = findings.iter().any(|it| refusals.contains(&it.rule));
    if let Some((request, version)) = request.or_else(by_hand) {
        let shown = endpoint.shown();
        findings.extend(demand::judge(request, version, shown, is_enforced));
    }
    // TLS 1.3 has no renegotiation (RFC 8446 §4.1.2), and says nothing of it.
    if tls.version == Some(TlsVersion::Tls12) && tls.secure_renegotiation == Some(false) {
        findings.push(Finding::new(&TLS_NO_SECURE_RENEGOTIATION));
    }
    findings.extend(modern::judge(endpoint, is_enforced));
    findings.extend(tls.oddities.iter().map(|oddity| {
        let finding = Finding::new(&TLS_REFUSED_BY_SOME);
        finding.with("what", oddity.id()).with("extension", "")
    }));
    findings.extend(possession::judge(tls, endpoint, &findings));
    findings
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

/// The server turned away what we showed. That of an issuer it does not know may be for what we left out.
fn refused(tls: &TlsFacts, how: &str) -> Finding {
    let unsent = tls.unsent_issuer.as_ref();
    let unsent = unsent.filter(|_| how == Alert::UNKNOWN_CA.name());
    Finding::new(&MTLS_CERTIFICATE_REFUSED)
        .with("how", how)
        .with("unsent", Vec::from_iter(unsent.cloned()))
}

/// A few of the authorities whose client certificates the server says it takes, and how many more it
/// names; often it names none.
fn authorities(tls: &TlsFacts) -> (Vec<String>, u32) {
    const SHOWN: usize = 3;
    const LENGTH: usize = 80;
    let named = tls.request.iter().flat_map(|request| &request.authorities);
    let named = named.filter(|name| !name.is_empty());
    let shown = named.clone().take(SHOWN);
    let shown = shown.map(|name| clipped(name, LENGTH)).collect();
    let more = named.count().saturating_sub(SHOWN);
    (shown, u32::try_from(more).unwrap_or(u32::MAX))
}
