//! Step 4: who takes this client, by kind of partner. Inferred from the certificate and from what is
//! published; only a partner itself can prove it.

use super::certificate::{is_of_use, of_chain};
use super::peer::names;
use super::{Heard, waits_for};
use crate::judge::certificate::{CERT_NO_CLIENT_AUTH, CERT_NO_SERVER_AUTH};
use crate::model::finding::{Finding, Judged, Note, Severity, StepId, rules};

rules! {
    CALL_ACCEPTED_BY = "call-accepted-by", Info, [], [];
    CALL_SRV_MISSING = "call-srv-missing", Warn, [DnsAdmin], [LookupSrv];
}

/// Whether a kind of partner takes the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Yes,
    No,
    Unknown,
}

impl Takes {
    fn key(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

pub(super) fn judge(heard: &Heard<'_>) -> Judged {
    let Some(judged) = of_chain(heard) else {
        return waits_for(StepId::OutboundCertificate);
    };
    let worst = judged.findings.iter().map(|finding| finding.severity).max();
    if worst >= Some(Severity::Unknown) {
        return waits_for(StepId::OutboundCertificate);
    }
    let mut findings = Vec::new();
    let of_use = judged.findings.into_iter().find(is_of_use);
    let rule = of_use.as_ref().map(|finding| finding.rule);
    let by_name = match by_name(heard) {
        // What Microsoft's servers make of one that is for clients only is not known.
        Takes::Yes if rule == Some(&CERT_NO_SERVER_AUTH) => Takes::Unknown,
        by_name => by_name,
    };
    let strict = if rule == Some(&CERT_NO_CLIENT_AUTH) {
        Takes::No
    } else {
        Takes::Yes
    };
    findings.push(
        Finding::new(&CALL_ACCEPTED_BY)
            .with("edge", by_name.key())
            .with("teams", by_name.key())
            .with("strict", strict.key()),
    );
    findings.extend(of_use);
    if by_name == Takes::No {
        findings.push(Finding::new(&CALL_SRV_MISSING));
    }
    let seen = Note::new("seen-outbound-acceptance")
        .with("edge", by_name.key())
        .with("strict", strict.key());
    Judged::new(seen, findings)
}

/// What a partner says that asks for the SRV record of the sender's domain, and expects the server
/// that it leads to in the certificate, as the Edge of Skype for Business does.
fn by_name(heard: &Heard<'_>) -> Takes {
    let Some(srv) = heard.srv else {
        return Takes::Unknown;
    };
    let targets = srv.servers(heard.terms);
    let names: Vec<String> = heard.calls.iter().flat_map(|call| names(call)).collect();
    let is_named = targets.iter().any(|target| {
        let mut names = names.iter();
        names.any(|name| name.eq_ignore_ascii_case(target.as_str()))
    });
    match (is_named, srv.lookup.answer().is_no()) {
        (true, _) => Takes::Yes,
        (false, true) => Takes::No,
        (false, false) => Takes::Unknown,
    }
}
