//! Step 3: the certificate that the caller presents as a client, by the rules for servers: XPhone has
//! one for both.

use std::net::SocketAddr;

use super::peer::{is_of, means, names, speaks_for};
use super::{Heard, only, waits_for};
use crate::facts::{
    Call, CallOutcome, Demand, EndpointFacts, Micros, Published, TcpOutcome, TlsFacts, TlsOutcome,
};
use crate::judge::certificate;
use crate::model::finding::{Finding, Judged, Note, Severity, Skip, StepId, rules};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::pki::x509::Certificate;

rules! {
    CALL_NO_CERTIFICATE = "call-no-certificate", Fail, [XphoneAdmin], [];
    CALL_KEY_UNPROVEN = "call-key-unproven", Unknown, [XphoneAdmin], [];
}

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    let Some(best) = heard.best() else {
        return waits_for(StepId::OutboundConnection);
    };
    if let Some(mut judged) = of_chain(heard) {
        // Whom that keeps out is a matter of the next step.
        judged.findings.retain(|finding| !is_of_use(finding));
        return judged;
    }
    let asked = heard.facts.partner.demand != Demand::None;
    match &best.tls.outcome {
        CallOutcome::Finished if !asked => Judged {
            skip: Some(Skip::NotApplicable),
            ..Judged::new(Note::new("seen-outbound-not-asked"), Vec::new())
        },
        CallOutcome::Finished | CallOutcome::NoCertificate => {
            let seen = Note::new("seen-outbound-no-certificate");
            only(seen, no_certificate(heard))
        }
        _ => waits_for(StepId::OutboundTls),
    }
}

/// The judgement on the worst of the certificates: partners meet any of the connections. One whose key
/// was not proven may be shown by anybody, and counts only where there is no other.
pub(super) fn of_chain(heard: &Heard<'_>) -> Option<Judged> {
    let with_one = || heard.calls.iter().filter(|call| !call.tls.chain.is_empty());
    let mut calls: Vec<&Call> = Vec::new();
    for call in with_one().filter(|call| call.tls.key_proven == Some(true)) {
        if calls.iter().all(|known| known.tls.chain != call.tls.chain) {
            calls.push(call);
        }
    }
    if calls.is_empty() {
        calls.extend(with_one().next());
    }
    let weight = |judged: &Judged| judged.findings.iter().map(|found| found.severity).max();
    let all = calls.into_iter().filter_map(|call| of_call(heard, call));
    // Of those that weigh the same, the one that got furthest.
    let mut worst = all.reduce(|worst, next| {
        if weight(&next) > weight(&worst) {
            next
        } else {
            worst
        }
    })?;
    if heard.calls.iter().any(|call| lacks_one(heard, call)) {
        worst.findings.push(no_certificate(heard));
    }
    Some(worst)
}

/// Whether a caller that was asked for a certificate showed none on this connection, and was no mere
/// look at the port.
fn lacks_one(heard: &Heard<'_>, call: &Call) -> bool {
    let is_bare = heard.facts.partner.demand != Demand::None && call.tls.chain.is_empty();
    is_bare
        && match call.tls.outcome {
            CallOutcome::Finished => speaks_for(call, &heard.terms.domain),
            CallOutcome::NoCertificate => means(call, heard.facts),
            _ => false,
        }
}

fn no_certificate(heard: &Heard<'_>) -> Finding {
    let named = if heard.facts.partner.named_authorities {
        "yes"
    } else {
        "no"
    };
    Finding::new(&CALL_NO_CERTIFICATE).with("named", named)
}

fn of_call(heard: &Heard<'_>, call: &Call) -> Option<Judged> {
    let endpoint = endpoint(call, fqdn(heard, call)?);
    let published = Published {
        addresses: Vec::new(),
        endpoints: vec![&endpoint],
    };
    let mut judged = certificate::judge(&published, heard.terms);
    // As a client it is all right.
    let is_for_clients = is_for_clients(call);
    let mut found = judged.findings.iter_mut();
    let of_servers = found.find(|finding| finding.rule == &certificate::CERT_NO_SERVER_AUTH);
    if let Some(finding) = of_servers.filter(|_| is_for_clients) {
        finding.severity = Severity::Warn;
    }
    let unproven = match call.tls.key_proven {
        Some(true) => None,
        Some(false) => Some(("disproven", Severity::Fail)),
        None => Some(("unknown", Severity::Unknown)),
    };
    judged.findings.extend(unproven.map(|(why, severity)| {
        let finding = Finding::new(&CALL_KEY_UNPROVEN).with("why", why);
        finding.weighing(severity)
    }));
    Some(judged)
}

/// Whether it says that the certificate is for servers only, or for clients only.
pub(super) fn is_of_use(finding: &Finding) -> bool {
    let is_of_clients =
        finding.rule == &certificate::CERT_NO_SERVER_AUTH && finding.severity == Severity::Warn;
    finding.rule == &certificate::CERT_NO_CLIENT_AUTH || is_of_clients
}

/// Whether the certificate, and all that stand above it, are for clients and not for servers.
fn is_for_clients(call: &Call) -> bool {
    let leaf = call.tls.chain.first();
    let leaf = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    let purposes = leaf.and_then(|leaf| leaf.purposes);
    purposes.is_some_and(|purposes| purposes.client_auth && !purposes.server_auth)
}

/// The name that a partner expects in it: the server that the SRV record of the domain leads to. Where
/// none is known, it can only be held to its own name, which lies in the domain in any case.
fn fqdn(heard: &Heard<'_>, call: &Call) -> Option<Fqdn> {
    let targets = heard.srv.map(|srv| srv.servers(heard.terms));
    let targets = targets.unwrap_or_default();
    let names = names(call);
    let is_named = |target: &&Fqdn| {
        let mut names = names.iter();
        names.any(|name| name.eq_ignore_ascii_case(target.as_str()))
    };
    let target = targets.iter().find(is_named).or(targets.first());
    let mut within = names.iter().filter(|name| is_of(name, &heard.terms.domain));
    let own = || within.find_map(|name| Fqdn::parse(name).ok());
    let suggested = || Fqdn::parse(&format!("xphone.{}", heard.terms.domain)).ok();
    target.cloned().or_else(own).or_else(suggested)
}

/// The caller as if it were the server that it is for others.
fn endpoint(call: &Call, fqdn: Fqdn) -> EndpointFacts {
    let address = SocketAddr::new(call.from.ip(), FEDERATION_PORT);
    let connected = TcpOutcome::Connected(Micros(0));
    EndpointFacts {
        tls: Some(TlsFacts {
            server_hello: true,
            version: call.tls.version,
            chain: call.tls.chain.clone(),
            key_proven: call.tls.key_proven,
            trust: call.tls.trust.clone(),
            ..TlsFacts::begun(TlsOutcome::Finished)
        }),
        revocation: call.tls.revocation.clone(),
        ..EndpointFacts::new(fqdn, Some(address.ip()), address, connected)
    }
}
