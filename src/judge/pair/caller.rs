//! Step 7: the certificate that the caller presents as a client. What its server shows is taken for
//! it, since XPhone has one for both; what a test partner has seen of it counts before that.

use super::{Beside, Direction};
use crate::facts::{Call, Der, EndpointFacts, Facts};
use crate::judge::certificate::{
    CERT_EXTRA_WILDCARD, CERT_MUST_STAPLE, CERT_NO_CLIENT_AUTH, CERT_OTHER_FOR_RSA,
    CERT_OTHER_FOR_WINDOWS, CERT_STAPLE_UNUSABLE,
};
use crate::judge::outbound::CALL_SRV_MISSING;
use crate::model::finding::{Finding, Judged, Note, Rule, Severity, Skip, StepId, rules};
use crate::pki::x509::Certificate;

rules! {
    PAIR_CALLER_REFUSED = "pair-caller-refused", Fail, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_DOUBTFUL = "pair-caller-doubtful", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_UNKNOWN = "pair-caller-unknown", Unknown, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_OTHER = "pair-caller-other", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_INFERRED = "pair-caller-inferred", Info, [], [];
}

/// What matters for a server only.
static OF_SERVERS: [&Rule; 5] = [
    &CERT_EXTRA_WILDCARD,
    &CERT_MUST_STAPLE,
    &CERT_STAPLE_UNUSABLE,
    &CERT_OTHER_FOR_RSA,
    &CERT_OTHER_FOR_WINDOWS,
];

/// How it is known what the caller presents.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Somebody was called.
    Measured,
    /// From its server.
    Inferred,
}

impl Known {
    fn key(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Inferred => "inferred",
        }
    }
}

pub(super) fn judge(direction: &Direction<'_>) -> Judged {
    if direction.is_from_teams() && direction.heard.is_empty() {
        return Judged {
            skip: Some(Skip::NotApplicable),
            ..Judged::new(direction.seen("seen-pair-caller-teams"), Vec::new())
        };
    }
    if is_measured(&direction.heard) {
        let mut judged = of(direction, Known::Measured, &direction.heard);
        judged.findings.extend(contradicted(direction));
        return judged;
    }
    let own: Vec<&Beside<'_>> = direction
        .own
        .iter()
        .filter(|beside| beside.step == StepId::Certificate)
        .collect();
    if !own.iter().any(|beside| beside.is_judged) {
        let finding = direction
            .found_there(&PAIR_CALLER_UNKNOWN)
            .with("how", Known::Inferred.key())
            .with("codes", Vec::<String>::new());
        return Judged::new(direction.seen("seen-pair-caller-unseen"), vec![finding]);
    }
    let mut judged = of(direction, Known::Inferred, own);
    let is_open = |finding: &Finding| finding.severity == Severity::Unknown;
    if !judged.findings.iter().any(is_open) {
        judged
            .findings
            .push(direction.found_there(&PAIR_CALLER_INFERRED));
    }
    judged
}

/// Whether a test partner has found out: not where it did not ask for a certificate.
fn is_measured(heard: &[Beside<'_>]) -> bool {
    let is_seen =
        |beside: &Beside<'_>| beside.step == StepId::OutboundCertificate && beside.is_judged;
    let mut found = heard.iter().flat_map(|beside| beside.findings);
    heard.iter().any(is_seen) || found.any(|finding| finding.severity > Severity::Warn)
}

/// By what these steps have found.
fn of<'a, 'b: 'a>(
    direction: &Direction<'_>,
    known: Known,
    steps: impl IntoIterator<Item = &'a Beside<'b>>,
) -> Judged {
    let found: Vec<&Finding> = steps
        .into_iter()
        .flat_map(|beside| beside.findings)
        .filter(|finding| matters(direction, finding))
        .collect();
    let with = |severity: Severity| -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for finding in found.iter().filter(|finding| finding.severity == severity) {
            let code = finding.rule.code.to_owned();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    };
    let rules = [
        (Severity::Fail, &PAIR_CALLER_REFUSED),
        (Severity::Unknown, &PAIR_CALLER_UNKNOWN),
        (Severity::Warn, &PAIR_CALLER_DOUBTFUL),
    ];
    let mut findings = Vec::new();
    for (severity, rule) in rules {
        let codes = with(severity);
        if !codes.is_empty() {
            let finding = direction.found_there(rule).with("how", known.key());
            findings.push(finding.with("codes", codes));
        }
    }
    Judged::new(seen(direction, known), findings)
}

/// Whether it matters to the one who is called.
fn matters(direction: &Direction<'_>, finding: &Finding) -> bool {
    // Microsoft takes certificates that are for servers only; the record is looked at in step 9.
    let is_taken = finding.rule == &CERT_NO_CLIENT_AUTH && direction.is_to_teams();
    let is_elsewhere = finding.rule == &CALL_SRV_MISSING;
    !is_taken && !is_elsewhere && !OF_SERVERS.contains(&finding.rule)
}

fn seen(direction: &Direction<'_>, known: Known) -> Note {
    let leaf = match known {
        Known::Measured => presented(direction).first().map(|call| &call.tls.chain[0]),
        Known::Inferred => shown(&direction.caller.own.facts).first().copied(),
    };
    let read = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    match read {
        Some(read) => {
            let names = read.common_names.first().or(read.dns_names().first());
            Note::new("seen-pair-caller")
                .with("how", known.key())
                .with("name", names.cloned().unwrap_or_default())
                .with("issuer", read.issuer_name.clone())
                .with("until", read.not_after)
        }
        None => direction.seen("seen-pair-caller-unseen"),
    }
}

/// That a test partner was shown another certificate than the one that the server shows now.
fn contradicted(direction: &Direction<'_>) -> Option<Finding> {
    let presented: Vec<&Der> = presented(direction)
        .iter()
        .map(|call| &call.tls.chain[0])
        .collect();
    let shown = shown(&direction.caller.own.facts);
    if presented.iter().any(|leaf| shown.contains(leaf)) {
        return None;
    }
    let read = |leaf: &&Der| Certificate::parse(&leaf.0).ok();
    let (presented, shown) = (read(presented.first()?)?, read(shown.first()?)?);
    let heard_at = direction.caller.evidence.as_ref()?.terms.made_at;
    let is_newer = shown.not_before > heard_at;
    let finding = direction
        .found_there(&PAIR_CALLER_OTHER)
        .with("why", if is_newer { "renewed" } else { "other" })
        .with("presented", presented.issuer_name.clone())
        .with("presented_until", presented.not_after)
        .with("shown", shown.issuer_name.clone())
        .with("shown_until", shown.not_after);
    Some(finding.with("heard", heard_at))
}

/// The calls of the caller's server in which it presented a certificate.
fn presented<'a>(direction: &'a Direction<'_>) -> Vec<&'a Call> {
    let evidence = direction.caller.evidence.as_ref();
    let calls = evidence.and_then(|evidence| evidence.facts.calls.as_ref());
    let calls = calls
        .map(|calls| calls.calls.as_slice())
        .unwrap_or_default();
    let domain = &direction.caller.own.terms.domain;
    let is_theirs = |call: &&Call| {
        let leaf = call.tls.chain.first();
        let read = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
        read.is_some_and(|read| {
            let mut names = read.dns_names().iter();
            names.any(|name| crate::facts::is_within(&name.to_ascii_lowercase(), domain.as_str()))
        })
    };
    calls.iter().filter(is_theirs).collect()
}

/// The certificates that its server shows.
fn shown(facts: &Facts) -> Vec<&Der> {
    let endpoints = facts.endpoints.iter().flatten();
    let shown = endpoints.filter_map(EndpointFacts::shown);
    shown.filter_map(|shown| shown.chain.first()).collect()
}
