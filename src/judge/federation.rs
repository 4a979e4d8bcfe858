//! Step 6, federation active: TLS 1.2 or later, a demand for a client certificate, an answer as SIP.

use super::any_step::DEADLINE_REACHED;
use super::endpoints::{Own, connected, gather};
use super::tcp::elsewhere;
use crate::facts::{
    EndpointFacts, HelloFacts, HelloOutcome, Published, SecondLookFacts, SipOutcome, TlsFacts,
    TlsOutcome, TlsVersion,
};
use crate::model::finding::{Finding, Judged, Note, Severity, rules};
use crate::model::plan::Terms;
use crate::pki::x509::Certificate;

rules! {
    TLS_NOT_SPOKEN = "tls-not-spoken", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_SILENT = "tls-silent", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_CLOSED = "tls-closed", Fail, [XphoneAdmin, Network], [ShowHandshake];
    TLS_TOO_OLD = "tls-too-old", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_NO_COMMON_CIPHER = "tls-no-common-cipher", Fail, [XphoneAdmin], [ShowOldHandshake];
    TLS_HANDSHAKE_FAILED = "tls-handshake-failed", Fail, [XphoneAdmin], [ShowHandshake];
    TLS_NO_SECURE_RENEGOTIATION = "tls-no-secure-renegotiation", Warn, [XphoneAdmin, Network], [ShowHandshake];
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
        TlsOutcome::Finished => judge_session(tls, endpoint),
        _ => endpoint
            .second_look
            .as_ref()
            .and_then(|second_look| judge_second_look(tls, second_look))
            .unwrap_or_else(|| vec![judge_handshake(tls, endpoint)]),
    };
    // TLS 1.3 has no renegotiation (RFC 8446 §4.1.2), and says nothing of it.
    if tls.version == Some(TlsVersion::Tls12) && tls.secure_renegotiation == Some(false) {
        findings.push(Finding::new(&TLS_NO_SECURE_RENEGOTIATION));
    }
    if is_unproven(tls) && !is_misplaced(endpoint) {
        findings.push(failed(tls, "key", ""));
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

/// A handshake that ended before it had begun, and whose cause further connections have shown.
fn judge_second_look(tls: &TlsFacts, second_look: &SecondLookFacts) -> Option<Vec<Finding>> {
    let hellos = || second_look.answered();
    let today = hellos().find(|hello| hello.version == Some(TlsVersion::Tls12));
    let newest = || hellos().max_by_key(|hello| hello.version);
    let Some(hello) = today.or_else(newest) else {
        let said = second_look.plain_text()?;
        return Some(vec![not_tls(said)]);
    };
    let mut findings = vec![match today {
        Some(hello) => no_common_cipher(tls, hello, second_look.windows.as_ref()),
        None => Finding::new(&TLS_TOO_OLD)
            .with("version", hello.version.map_or("", TlsVersion::name))
            .with("cipher", hello.cipher.as_deref().unwrap_or_default()),
    }];
    if hello.outcome == HelloOutcome::Complete && hello.request.is_none() {
        findings.push(Finding::new(&MTLS_NOT_REQUESTED));
    }
    Some(findings)
}

/// TLS 1.2, but with nothing that xfed's own handshake offers. Many partners get in all the same
/// with what Windows offers by default, so it would be wrong to call the server not ready. It may
/// even prefer something else and still accept that offer: only a refusal of it is a failure.
fn no_common_cipher(tls: &TlsFacts, hello: &HelloFacts, windows: Option<&HelloFacts>) -> Finding {
    let cipher = hello.cipher.as_deref().unwrap_or_default();
    let refused = windows.is_some_and(|windows| {
        !matches!(
            windows.outcome,
            HelloOutcome::Silent | HelloOutcome::NotConnected | HelloOutcome::Deadline
        )
    });
    let (reach, severity) = if hello.is_for_windows() {
        ("some", Severity::Warn)
    } else if refused {
        ("few", Severity::Fail)
    } else {
        ("unknown", Severity::Unknown)
    };
    let (how, detail) = ending(&tls.outcome);
    Finding::new(&TLS_NO_COMMON_CIPHER)
        .with("cipher", cipher)
        .with("group", hello.group.as_deref().unwrap_or("none"))
        .with("reach", reach)
        .with("how", how)
        .with("detail", detail)
        .weighing(severity)
}

/// A handshake that did not finish. A server that asks for a client certificate and refuses us
/// because we have none does exactly what it should, with an alert or, like many on Windows, without.
fn judge_handshake(tls: &TlsFacts, endpoint: &EndpointFacts) -> Finding {
    let asked = tls.request.is_some();
    match &tls.outcome {
        TlsOutcome::Alert(alert) if asked && tls.presented => refused(&alert.name()),
        TlsOutcome::Closed | TlsOutcome::Reset if asked && tls.presented => refused("closed"),
        TlsOutcome::Alert(alert) if asked && alert.is_about_client_certificate() => {
            enforced(tls, &alert.name())
        }
        TlsOutcome::Closed | TlsOutcome::Reset if asked => enforced(tls, "closed"),
        TlsOutcome::NotTls(start) => not_tls(start),
        TlsOutcome::Closed | TlsOutcome::Reset if !tls.server_hello => {
            named(Finding::new(&TLS_CLOSED), endpoint)
        }
        TlsOutcome::Silent if !tls.server_hello => named(Finding::new(&TLS_SILENT), endpoint),
        TlsOutcome::Deadline => Finding::new(&DEADLINE_REACHED),
        outcome => {
            let (how, detail) = ending(outcome);
            failed(tls, how, &detail)
        }
    }
}

/// How a handshake ended, as the texts name it, and the server's or the library's own words.
fn ending(outcome: &TlsOutcome) -> (&'static str, String) {
    match outcome {
        TlsOutcome::Alert(alert) => ("alert", alert.name()),
        TlsOutcome::Closed | TlsOutcome::Reset => ("closed", String::new()),
        TlsOutcome::Silent | TlsOutcome::Deadline => ("silent", String::new()),
        TlsOutcome::Misbehaved(reason) => ("misbehaved", reason.clone()),
        TlsOutcome::NotTls(_) | TlsOutcome::TooMuch => ("too-much", String::new()),
        TlsOutcome::Finished => ("finished", String::new()),
    }
}

fn named(finding: Finding, endpoint: &EndpointFacts) -> Finding {
    finding
        .with("fqdn", endpoint.fqdn.as_str())
        .with("port", endpoint.address.port())
}

fn refused(how: &str) -> Finding {
    Finding::new(&MTLS_CERTIFICATE_REFUSED).with("how", how)
}

fn failed(tls: &TlsFacts, how: &str, detail: &str) -> Finding {
    let progress = match tls {
        TlsFacts {
            outcome: TlsOutcome::Finished,
            ..
        } => "finished",
        TlsFacts {
            request: Some(_), ..
        } => "request",
        TlsFacts { chain, .. } if !chain.is_empty() => "certificate",
        TlsFacts {
            server_hello: true, ..
        } => "hello",
        _ => "nothing",
    };
    Finding::new(&TLS_HANDSHAKE_FAILED)
        .with("how", how)
        .with("detail", detail)
        .with("progress", progress)
}

fn enforced(tls: &TlsFacts, how: &str) -> Finding {
    Finding::new(&MTLS_ENFORCED)
        .with("how", how)
        .with("authorities", authorities(tls))
}

/// The authorities whose client certificates the server says it takes; often it names none.
fn authorities(tls: &TlsFacts) -> Vec<String> {
    tls.request
        .as_ref()
        .map(|request| request.authorities.clone())
        .unwrap_or_default()
}

/// Names the service by the first bytes it sent in plain text.
fn not_tls(start: &[u8]) -> Finding {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches(['\r', '\n']);
    let upper = text.to_ascii_uppercase();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|start| upper.starts_with(start));
    let greets = begins(&["220", "421", "530"]);
    let service = if begins(&["SIP/2.0"]) {
        "SIP"
    } else if begins(&["HTTP/", "<"]) {
        "HTTP"
    } else if begins(&["SSH-"]) {
        "SSH"
    } else if greets && (upper.contains("FTP") || upper.contains("FILEZILLA")) {
        "FTP"
    } else if greets || begins(&["554"]) {
        "SMTP"
    } else if start.starts_with(&[3, 0]) {
        // TPKT, as Remote Desktop wraps its messages (RFC 1006 §6).
        "RDP"
    } else {
        "unknown"
    };
    Finding::new(&TLS_NOT_SPOKEN)
        .with("service", service)
        .with("start", first_line(text))
}

/// The first line, cut to what a message can carry.
fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect()
}

/// A finished handshake, and the answer to OPTIONS.
fn judge_session(tls: &TlsFacts, endpoint: &EndpointFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if tls.request.is_none() {
        findings.push(Finding::new(&MTLS_NOT_REQUESTED));
    }
    let outcome = endpoint
        .sip
        .as_ref()
        .map_or(&SipOutcome::Deadline, |sip| &sip.outcome);
    // Where a certificate was demanded and none given, every refusal is the right answer.
    let excused = tls.request.is_some() && !tls.presented;
    let silence = |how: &str| {
        let severity = if excused {
            Severity::Info
        } else {
            Severity::Warn
        };
        Finding::new(&SIP_NOT_ANSWERED)
            .with("how", how)
            .with("excused", if excused { "yes" } else { "no" })
            .weighing(severity)
    };
    findings.push(match outcome {
        SipOutcome::Answered(answer) => {
            let rule = if answer.status == 503 {
                &SIP_UNAVAILABLE
            } else {
                &SIP_ANSWERED
            };
            let diagnostics: Vec<String> = answer.diagnostics.iter().cloned().collect();
            Finding::new(rule)
                .with("diagnostics", diagnostics)
                .with("authorities", authorities(tls))
                .with("status", answer.status)
                .with("reason", answer.reason.as_str())
                .with("server", answer.server.as_deref().unwrap_or_default())
        }
        SipOutcome::Alert(alert) if excused && alert.is_about_client_certificate() => {
            enforced(tls, &alert.name())
        }
        SipOutcome::Alert(alert) if tls.request.is_some() && tls.presented => {
            refused(&alert.name())
        }
        SipOutcome::Alert(alert) => failed(tls, "alert", &alert.name()),
        SipOutcome::Closed | SipOutcome::Reset if excused => enforced(tls, "closed"),
        SipOutcome::Closed | SipOutcome::Reset => silence("closed"),
        SipOutcome::Silent => silence("silent"),
        SipOutcome::NotSip(start) => {
            Finding::new(&SIP_NOT_SIP).with("start", first_line(&String::from_utf8_lossy(start)))
        }
        SipOutcome::Deadline => Finding::new(&DEADLINE_REACHED),
    });
    findings
}
