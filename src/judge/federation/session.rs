//! A finished handshake, and the answer to OPTIONS.

use super::super::any_step::DEADLINE_REACHED;
use super::greeting::quoted;
use super::handshake::{How, failed, over_limit, waited};
use super::{
    MTLS_NOT_REQUESTED, SIP_ANSWERED, SIP_NOT_ANSWERED, SIP_NOT_SIP, SIP_UNAVAILABLE, authorities,
    enforced, refused,
};
use crate::facts::{EndpointFacts, SipAnswer, SipFacts, SipOutcome, TlsFacts};
use crate::model::finding::{Finding, Severity};

pub(super) fn judge(tls: &TlsFacts, endpoint: &EndpointFacts) -> Vec<Finding> {
    let sip = endpoint.sip.as_ref();
    let renegotiation = sip.is_some_and(|sip| sip.renegotiation);
    let mut findings = Vec::new();
    if tls.request.is_none() {
        let how = if renegotiation {
            "later"
        } else if endpoint.demands_in_tls12_only() {
            "tls12"
        } else {
            "never"
        };
        findings.push(Finding::new(&MTLS_NOT_REQUESTED).with("how", how));
    }
    findings.push(match sip {
        Some(sip) => judge_answer(tls, sip, endpoint.demands_in_tls12_only()),
        None => Finding::new(&DEADLINE_REACHED),
    });
    findings
}

fn judge_answer(tls: &TlsFacts, sip: &SipFacts, demands_later: bool) -> Finding {
    // Where a certificate was demanded and none given, every refusal is the right answer.
    let excused = tls.request.is_some() && !tls.presented;
    match &sip.outcome {
        SipOutcome::Answered(answer) => answered(tls, answer),
        SipOutcome::Alert(alert) if excused && alert.is_about_client_certificate() => {
            enforced(tls, &alert.name())
        }
        SipOutcome::Alert(alert)
            if tls.request.is_some() && tls.presented && alert.is_about_shown_certificate() =>
        {
            refused(tls, &alert.name())
        }
        SipOutcome::Alert(alert) if tls.request.is_some() && alert.says_no_reason() => {
            failed(tls, &How::Unexplained(*alert))
        }
        // We have just said that we do not follow.
        SipOutcome::Alert(_) if sip.renegotiation => {
            unanswered(tls, sip, "closed", false, Vec::new())
        }
        SipOutcome::Alert(alert) => failed(tls, &How::Alert(*alert)),
        SipOutcome::Closed | SipOutcome::Reset if excused => enforced(tls, "closed"),
        // So do servers that refuse it without an alert, TLS 1.3 leaves it no other place; and so does a
        // proxy with nobody behind it.
        SipOutcome::Closed | SipOutcome::Reset if tls.presented && !sip.renegotiation => {
            refused(tls, "later")
        }
        SipOutcome::Closed | SipOutcome::Reset if demands_later => {
            unanswered(tls, sip, "closed", false, Vec::new()).with("excused", "later")
        }
        SipOutcome::Closed | SipOutcome::Reset => {
            unanswered(tls, sip, "closed", excused, Vec::new())
        }
        SipOutcome::Silent => unanswered(tls, sip, "silent", excused, Vec::new()),
        // Whoever has begun to speak does not refuse us.
        SipOutcome::Unfinished(start) => {
            let line = (!start.is_empty()).then(|| quoted(start).1);
            unanswered(tls, sip, "unfinished", false, line.into_iter().collect())
        }
        SipOutcome::Unrelated(start) => {
            unanswered(tls, sip, "unrelated", false, vec![quoted(start).1])
        }
        SipOutcome::NotSip(start) => {
            let (form, start) = quoted(start);
            Finding::new(&SIP_NOT_SIP)
                .with("form", form)
                .with("start", start)
                .with("certified", Vec::<String>::new())
        }
        SipOutcome::Misbehaved(breach) => failed(tls, &How::Misbehaved(*breach)),
        SipOutcome::TooMuch => over_limit("answer"),
        SipOutcome::Deadline => Finding::new(&DEADLINE_REACHED),
    }
}

fn answered(tls: &TlsFacts, answer: &SipAnswer) -> Finding {
    let rule = if answer.is_unavailable() {
        &SIP_UNAVAILABLE
    } else {
        &SIP_ANSWERED
    };
    let diagnostics: Vec<String> = answer.diagnostics.iter().cloned().collect();
    let (authorities, more) = authorities(tls);
    Finding::new(rule)
        .with("diagnostics", diagnostics)
        .with("authorities", authorities)
        .with("more", more)
        .with("status", answer.status)
        .with("reason", answer.reason.as_str())
        .with("server", answer.server.as_deref().unwrap_or_default())
}

fn unanswered(
    tls: &TlsFacts,
    sip: &SipFacts,
    how: &str,
    excused: bool,
    start: Vec<String>,
) -> Finding {
    let (severity, excuse) = if excused {
        (Severity::Info, "yes")
    } else if sip.renegotiation {
        (Severity::Warn, "renegotiation")
    } else if tls.request.is_some() {
        (Severity::Warn, "demanded")
    } else {
        (Severity::Warn, "no")
    };
    Finding::new(&SIP_NOT_ANSWERED)
        .with("how", how)
        .with("excused", excuse)
        .with("start", start)
        .with("limit", waited(sip.limit, sip.elapsed_us))
        .weighing(severity)
}
