//! Step 7: the certificate that the caller presents as a client. What its server shows is taken for
//! it, since XPhone has one for both; what a test partner has seen of it counts before that.

use super::evidence::presented;
use super::{Beside, Direction, Hearing};
use crate::facts::{Der, EndpointFacts, Facts};
use crate::judge::certificate::{
    CERT_EXTRA_WILDCARD, CERT_MUST_STAPLE, CERT_NO_CLIENT_AUTH, CERT_OTHER_FOR_RSA,
    CERT_OTHER_FOR_WINDOWS, CERT_STAPLE_UNUSABLE,
};
use crate::judge::outbound::CALL_SRV_MISSING;
use crate::model::finding::{Finding, Judged, Note, Rule, Severity, Skip, StepId, Value, rules};
use crate::pki::path::PathCert;
use crate::pki::x509::Certificate;

rules! {
    PAIR_CALLER_REFUSED = "pair-caller-refused", Fail, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_DOUBTFUL = "pair-caller-doubtful", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_UNKNOWN = "pair-caller-unknown", Unknown, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_OTHER = "pair-caller-other", Warn, [XphoneAdmin] (as partner: XphoneAdmin), [];
    PAIR_CALLER_INFERRED = "pair-caller-inferred", Info, [], [];
    PAIR_EVIDENCE_LATEST = "pair-evidence-latest", Info, [], [];
    PAIR_EVIDENCE_DISPUTED = "pair-evidence-disputed", Unknown, [XphoneAdmin] (as partner: XphoneAdmin), [];
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
#[derive(Clone, Copy)]
enum Known<'a> {
    /// Somebody was called, who has reported this.
    Measured(&'a Hearing<'a>),
    /// From its server.
    Inferred,
}

impl Known<'_> {
    fn key(self) -> &'static str {
        match self {
            Self::Measured(_) => "measured",
            Self::Inferred => "inferred",
        }
    }
}

pub(super) fn judge(direction: &Direction<'_>) -> Judged {
    let mut measured = direction.heard.iter().filter(|heard| heard.is_measured());
    let Some(latest) = measured.next() else {
        return unmeasured(direction);
    };
    let mut judged = of(direction, Known::Measured(latest), &latest.steps);
    if let Some(rival) = measured.find(|earlier| latest.contradicts(earlier)) {
        judged.findings = vec![disputed(direction, latest, rival)];
    } else if direction.heard.len() > 1 {
        let count = i64::try_from(direction.heard.len()).unwrap_or(i64::MAX);
        let finding = direction.found_there(&PAIR_EVIDENCE_LATEST);
        let finding = finding.with("count", count);
        judged
            .findings
            .push(finding.with("heard", latest.made_at()));
    }
    judged.findings.extend(contradicted(direction, latest));
    judged
}

/// Two test partners heard the server at the same time, and it kept itself out at one of them only.
fn disputed(direction: &Direction<'_>, latest: &Hearing<'_>, rival: &Hearing<'_>) -> Finding {
    let all = latest.findings().chain(rival.findings());
    let codes = codes(all, Severity::Fail);
    direction
        .found_there(&PAIR_EVIDENCE_DISPUTED)
        .with("codes", Value::Codes(codes))
        .with("heard", Value::Time(latest.made_at()))
        .with("other", Value::Time(rival.made_at()))
}

/// Where no test partner has found out: by what its own server shows. What would keep that out does so
/// whether or not anybody has listened.
fn unmeasured(direction: &Direction<'_>) -> Judged {
    let open = direction.heard.first().and_then(|heard| {
        let codes = codes(heard.findings(), Severity::Unknown);
        (!codes.is_empty()).then(|| unknown(direction, Known::Measured(heard), codes))
    });
    if direction.is_from_teams() {
        return Judged {
            skip: open.is_none().then_some(Skip::NotApplicable),
            ..Judged::new(
                direction.seen("seen-pair-caller-teams"),
                open.into_iter().collect(),
            )
        };
    }
    let own: Vec<&Beside<'_>> = direction
        .own
        .iter()
        .filter(|beside| beside.step == StepId::Certificate)
        .collect();
    if !own.iter().any(|beside| beside.is_judged) {
        let finding = open.unwrap_or_else(|| unknown(direction, Known::Inferred, Vec::new()));
        return Judged::new(direction.seen("seen-pair-caller-unseen"), vec![finding]);
    }
    let mut judged = of(direction, Known::Inferred, own);
    let is_open = |finding: &Finding| finding.severity == Severity::Unknown;
    if let Some(open) = open {
        judged.findings.retain(|finding| !is_open(finding));
        judged.findings.push(open);
    } else if !judged.findings.iter().any(is_open) {
        let finding = direction.found_there(&PAIR_CALLER_INFERRED);
        judged.findings.push(finding);
    }
    judged
}

fn unknown(direction: &Direction<'_>, known: Known<'_>, codes: Vec<String>) -> Finding {
    direction
        .found_there(&PAIR_CALLER_UNKNOWN)
        .with("how", known.key())
        .with("codes", Value::Codes(codes))
}

/// The codes of these findings that weigh so much, each once.
fn codes<'a>(findings: impl Iterator<Item = &'a Finding>, severity: Severity) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for finding in findings.filter(|finding| finding.severity == severity) {
        let code = finding.rule.code.to_owned();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// By what these steps have found.
fn of<'a, 'b: 'a>(
    direction: &Direction<'_>,
    known: Known<'_>,
    steps: impl IntoIterator<Item = &'a Beside<'b>>,
) -> Judged {
    let found: Vec<&Finding> = steps
        .into_iter()
        .flat_map(|beside| beside.findings)
        .filter(|finding| matters(direction, finding))
        .collect();
    let rules = [
        (Severity::Fail, &PAIR_CALLER_REFUSED),
        (Severity::Unknown, &PAIR_CALLER_UNKNOWN),
        (Severity::Warn, &PAIR_CALLER_DOUBTFUL),
    ];
    let mut findings = Vec::new();
    for (severity, rule) in rules {
        let codes = codes(found.iter().copied(), severity);
        if !codes.is_empty() {
            let finding = direction.found_there(rule).with("how", known.key());
            findings.push(finding.with("codes", Value::Codes(codes)));
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

fn seen(direction: &Direction<'_>, known: Known<'_>) -> Note {
    let domain = &direction.caller.own.terms.domain;
    let leaf = match known {
        Known::Measured(heard) => presented(heard.evidence, domain).first().copied(),
        Known::Inferred => shown(&direction.caller.own.facts).first().copied(),
    };
    let read = leaf.and_then(|leaf| Certificate::parse(&leaf.0).ok());
    match read {
        Some(read) => {
            let names = read.common_names.first().or(read.dns_names().first());
            let note = Note::new("seen-pair-caller")
                .with("how", known.key())
                .with("name", names.cloned().unwrap_or_default())
                .with("issuer", read.issuer_name.clone())
                .with("until", read.not_after);
            match known {
                Known::Measured(heard) => note.with("heard", heard.made_at()),
                Known::Inferred => note,
            }
        }
        None => direction.seen("seen-pair-caller-unseen"),
    }
}

/// That a test partner was shown another certificate than the one that the server shows now.
fn contradicted(direction: &Direction<'_>, heard: &Hearing<'_>) -> Option<Finding> {
    let presented = presented(heard.evidence, &direction.caller.own.terms.domain);
    let shown = shown(&direction.caller.own.facts);
    if presented.iter().any(|leaf| shown.contains(leaf)) {
        return None;
    }
    let (presented, shown) = (presented.first()?, shown.first()?);
    let heard_at = heard.made_at();
    let is_newer = Certificate::parse(&shown.0).ok()?.not_before > heard_at;
    let finding = direction
        .found_there(&PAIR_CALLER_OTHER)
        .with("why", if is_newer { "renewed" } else { "other" })
        .with("presented", told_apart(presented)?)
        .with("shown", told_apart(shown)?);
    Some(finding.with("heard", heard_at))
}

/// What people tell one certificate from another by, as the store of Windows shows it.
fn told_apart(leaf: &Der) -> Option<Vec<String>> {
    let read = Certificate::parse(&leaf.0).ok()?;
    let serial = PathCert::parse(&leaf.0)?.serial_text();
    let days = format!("{} – {}", read.not_before.date(), read.not_after.date());
    Some(vec![read.issuer_name, serial, days])
}

/// The certificates that its server shows.
fn shown(facts: &Facts) -> Vec<&Der> {
    let endpoints = facts.endpoints.iter().flatten();
    let shown = endpoints.filter_map(EndpointFacts::shown);
    shown.filter_map(|shown| shown.chain.first()).collect()
}
