//! What a verdict rests on, where that is less than it seems.

use super::{Report, Verdict};
use crate::facts::{ChainVerdict, TrustFacts};
use crate::judge::{domain, federation, tcp};
use crate::model::finding::{Finding, Note, Rule, Severity};
use crate::model::plan::Scope;
use crate::model::policy::AcceptanceState;
use crate::model::vantage::Vantage;

impl Report {
    /// Says what a verdict rests on: a "ready" without SIP having been seen, and anything that was
    /// seen on a way that partners do not take.
    pub fn reservations(&self) -> Vec<Note> {
        let any = |rule: &Rule, is_such: fn(&Finding) -> bool| {
            let mut findings = self.findings();
            findings.any(|finding| finding.rule == rule && is_such(finding))
        };
        let found = |rule| any(rule, |_| true);
        let mut reservations = Vec::new();
        if self.terms().scope == Scope::ZoneFile {
            reservations.push(Note::new("reservation-zone-file"));
        }
        if let Some(place) = &self.check.place {
            let beside = self.check.beside.iter();
            let (far, here): (Vec<&Vantage>, Vec<&Vantage>) = beside
                .map(|sight| &sight.place.at)
                .partition(|at| at.is_elsewhere());
            if place.at.is_elsewhere() || !far.is_empty() {
                let far: Vec<String> = far.into_iter().map(ToString::to_string).collect();
                let here = if here.is_empty() { "no" } else { "yes" };
                let note = Note::new("reservation-place").with("place", place.at.to_string());
                reservations.push(note.with("here", here).with("beside", far));
            }
        }
        let sip_unseen = found(&federation::MTLS_ENFORCED)
            || any(&federation::SIP_NOT_ANSWERED, |finding| {
                finding.by_default() == Severity::Info
            });
        let ready = matches!(self.verdict(), Verdict::Ready | Verdict::ReadyWithWarnings);
        if ready && sip_unseen {
            reservations.push(Note::new("reservation-sip-unseen"));
        }
        if ready && found(&domain::AUTHORITY_UNREACHABLE) {
            let is_off = any(&domain::AUTHORITY_UNREACHABLE, |finding| {
                finding.why() == Some("off")
            });
            let why = if is_off { "off" } else { "unreachable" };
            reservations.push(Note::new("reservation-resolver-only").with("why", why));
        }
        let zone = self.facts().zone.as_ref();
        if ready && zone.is_some_and(|zone| zone.soa.given && zone.signing.is_none()) {
            reservations.push(Note::new("reservation-signatures-unseen"));
        }
        let refused = [
            &federation::TLS_NO_COMMON_CIPHER,
            &federation::TLS_SHA1_SIGNATURE,
            &federation::TLS_HANDSHAKE_FAILED,
        ];
        if ready && refused.into_iter().any(found) {
            reservations.push(Note::new("reservation-tls-unseen"));
        }
        if found(&tcp::TCP_CONNECTED_ELSEWHERE) {
            reservations.push(Note::new("reservation-connected-elsewhere"));
        }
        if ready {
            reservations.extend(self.seen_from_inside());
            reservations.extend(self.trusted_by_own_roots());
        }
        let lowered = self.codes(Finding::is_lowered);
        let accepted = self.codes(Finding::is_accepted_failure);
        for (id, codes) in [
            ("reservation-lowered", lowered),
            ("reservation-accepted", accepted),
        ] {
            if !codes.is_empty() {
                reservations.push(Note::new(id).with("codes", codes));
            }
        }
        reservations.extend(self.doubtful_acceptances());
        if self.terms().now != self.terms().made_at {
            let note = Note::new("reservation-judged-at").with("judged", self.terms().now);
            reservations.push(note.with("seen", self.terms().made_at));
        }
        if self.check.redacted {
            reservations.push(Note::new("reservation-redacted"));
        }
        reservations
    }

    /// Where no firewall was on the way that partners meet.
    fn seen_from_inside(&self) -> Option<Note> {
        let inside = self
            .findings()
            .filter(|it| it.rule == &tcp::TCP_FROM_INSIDE);
        let mut addresses: Vec<String> = inside
            .filter_map(|finding| finding.endpoint.map(|endpoint| endpoint.ip().to_string()))
            .collect();
        addresses.sort();
        addresses.dedup();
        let note = || Note::new("reservation-from-inside").with("addresses", addresses.clone());
        (!addresses.is_empty()).then(note)
    }

    /// Where a root of `--ca-file` counts, and none of those that partners go by.
    fn trusted_by_own_roots(&self) -> Option<Note> {
        let endpoints = self.facts().endpoints.iter().flatten();
        let mut trust = endpoints.filter_map(|endpoint| endpoint.tls.as_ref()?.trust.as_ref());
        let is_own = |trust: &TrustFacts| {
            let by_public = trust.public.as_ref();
            by_public.is_some_and(|verdict| *verdict != ChainVerdict::Trusted)
        };
        let note = || Note::new("reservation-own-roots");
        trust.any(is_own).then(note)
    }

    /// The codes of such findings, each once. A "ready" does not hide what weighs less only because
    /// the user says so.
    fn codes(&self, is_such: fn(&Finding) -> bool) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for finding in self.findings().filter(|finding| is_such(finding)) {
            let code = finding.rule.code;
            if !codes.iter().any(|listed| listed == code) {
                codes.push(code.to_owned());
            }
        }
        codes
    }

    /// Acceptances that have no effect any more.
    fn doubtful_acceptances(&self) -> impl Iterator<Item = Note> {
        let all = self.terms().policy.accept.iter().zip(&self.acceptances);
        all.filter_map(|(acceptance, state)| {
            let id = match state {
                AcceptanceState::Expired => "reservation-acceptance-expired",
                AcceptanceState::Unused => "reservation-acceptance-unused",
                AcceptanceState::Applied
                | AcceptanceState::Elsewhere
                | AcceptanceState::Untested => return None,
            };
            let until = acceptance.until.midnight().assume_utc();
            let note = Note::new(id).with("code", acceptance.code.as_str());
            Some(note.with("until", until))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::StepId;
    use crate::report::tests::row;

    /// One of several servers is enough: the others may have been judged by what they did.
    #[test]
    fn sip_that_one_server_did_not_show_is_said() {
        let findings = [Severity::Warn, Severity::Info]
            .map(|severity| Finding::new(&federation::SIP_NOT_ANSWERED).weighing(severity));
        let mut row = row(StepId::Federation, Some(Severity::Warn), None);
        row.findings = findings.to_vec();
        assert_eq!(
            Report::of_rows(vec![row]).reservations(),
            [Note::new("reservation-sip-unseen")]
        );
    }
}
