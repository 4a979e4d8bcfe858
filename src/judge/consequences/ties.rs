//! The ties: every cause, how far it reaches, and what of the other findings follows from it.
//!
//! One entry says one sentence of the kind "where the domain does not exist, nobody needs to hear
//! that its SRV record is missing". The order has no meaning, and there are no circles.

use super::ours::{BY_ADDRESS, BY_DATES};
use super::reach::Reach::{self, Everything, Given, Name, NameServers, Place, Record};
use crate::judge::address::{
    self, ADDRESS_ALIAS_LOOP, ADDRESS_AT_MICROSOFT, ADDRESS_BEHIND_CDN, ADDRESS_FROM_WILDCARD,
    ADDRESS_SPLIT_VIEW, ADDRESS_STALE, FQDN_FOREIGN_DOMAIN, FQDN_NO_A_RECORD, FQDN_NOT_FOUND,
    FQDN_TOO_DEEP,
};
use crate::judge::certificate::{
    self, CERT_EXTRA_WILDCARD, CERT_INTERCEPTED, CERT_NAME_MISMATCH, CERT_NO_SAN,
    CERT_NO_SIP_DOMAIN, CERT_NO_SUBJECT, CERT_SUBJECT_DIFFERS, CERT_WILDCARD,
};
use crate::judge::domain::{
    AUTHORITY_FAILS, AUTHORITY_LOST, CLOCK_WRONG, DNS_UNREACHABLE, DOMAIN_ABOVE_HAS_RECORD,
    DOMAIN_DELEGATION_DIFFERS, DOMAIN_DELEGATION_LACKS, DOMAIN_DNS_BROKEN, DOMAIN_IS_A_HOST,
    DOMAIN_LOOKUP_FAILED, DOMAIN_NOT_FOUND, DOMAIN_SERVERS_LOST, NETWORK_ALTERS_DNS,
    RESOLVER_ASTRAY, RESOLVER_GETS_NOTHING, SERVERS_ANSWER_BY_SOURCE, ZONE_FILE_INCOMPLETE,
};
use crate::judge::federation::{
    self, MTLS_NOT_REQUESTED, SIP_NOT_SIP, TLS_CLOSED, TLS_NEEDS_SERVER_NAME,
    TLS_NO_SECURE_RENEGOTIATION, TLS_NOT_SPOKEN, TLS_REFUSES_LONG_HELLO, TLS_SILENT,
    TLS_WORSE_FOR_WINDOWS,
};
use crate::judge::places::{PLACE_NO_WAY_OUT, PLACE_OPEN_HERE_ONLY};
use crate::judge::srv::{
    SRV_DIFFERS_FROM_FQDN, SRV_FIELDS_SWAPPED, SRV_MISSING, SRV_MIXED_PLATFORMS,
    SRV_NOT_YET_VISIBLE, SRV_POINTS_TO_MICROSOFT, SRV_STALE, SRV_TARGET_DOUBLED,
    SRV_TARGET_IS_ADDRESS, SRV_TARGET_MALFORMED, SRV_TARGET_PROXIED, SRV_WRONG_PORT,
};
use crate::judge::tcp::{
    self, TCP_CONNECTED_ELSEWHERE, TCP_FILTERED, TCP_PARTLY_OPEN, TCP_REFUSED, TCP_UNREACHABLE,
};
use crate::model::finding::{Finding, Rule, Severity};

/// One cause and its consequences.
pub(super) struct Tie {
    pub(super) cause: &'static Rule,
    /// It is the cause only where one of these was seen at the same address; none: always.
    pub(super) given: Rules,
    /// And only where it is such a one.
    pub(super) such: fn(&Finding) -> bool,
    pub(super) reach: Reach,
    pub(super) effect: Effect,
    pub(super) on: Vec<&'static Rule>,
}

/// What becomes of a consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is said no more.
    Folds,
    /// It is said, but what to do about it is done with the cause.
    Settles,
}

type Rules = &'static [&'static Rule];

/// That the name has no record, or none that counts.
static NO_ADDRESS: Rules = &[&FQDN_NOT_FOUND, &FQDN_NO_A_RECORD, &ADDRESS_ALIAS_LOOP];

/// A resolver has an older answer than the servers of the zone.
static OLDER: Rules = &[&SRV_NOT_YET_VISIBLE, &SRV_STALE, &ADDRESS_STALE];

/// The certificate is not issued to exactly this name.
static OTHER_NAMES: Rules = &[
    &CERT_NAME_MISMATCH,
    &CERT_WILDCARD,
    &CERT_NO_SAN,
    &CERT_SUBJECT_DIFFERS,
];

/// Of less weight, but orders for a certificate as well.
static MORE_NAMES: Rules = &[&CERT_EXTRA_WILDCARD, &CERT_NO_SUBJECT, &CERT_NO_SIP_DOMAIN];

/// Nobody takes connections.
static CLOSED: Rules = &[
    &TCP_REFUSED,
    &TCP_FILTERED,
    &TCP_UNREACHABLE,
    &TCP_PARTLY_OPEN,
];

/// Whoever shows this is not the XPhone server of this name, or nobody is there.
static SOMEBODY_ELSE: Rules = &[
    &TCP_REFUSED,
    &TCP_FILTERED,
    &TCP_UNREACHABLE,
    &TCP_PARTLY_OPEN,
    &TLS_NOT_SPOKEN,
    &TLS_SILENT,
    &TLS_CLOSED,
    &SIP_NOT_SIP,
    &CERT_NAME_MISMATCH,
];

/// All ties.
pub(super) fn ties() -> Vec<Tie> {
    // Who it is that shows one is said in any case.
    let certificates = certificate::RULES.iter().copied();
    let certificates: Vec<_> = certificates
        .filter(|rule| *rule != &CERT_INTERCEPTED)
        .collect();
    let mut ties = vec![
        // Without a clock nobody knows whether a date has passed.
        cause(&CLOCK_WRONG).folds(Everything, &[BY_DATES]),
        // The address is another one outside of this network.
        cause(&NETWORK_ALTERS_DNS).folds(Name, &[BY_ADDRESS]),
        // The domain is not the one that was meant: nothing is to be created below it.
        cause(&DOMAIN_NOT_FOUND).folds(
            Everything,
            &[
                NO_ADDRESS,
                &[
                    &FQDN_FOREIGN_DOMAIN,
                    &FQDN_TOO_DEEP,
                    &ADDRESS_FROM_WILDCARD,
                    &SRV_MISSING,
                ],
            ],
        ),
        // The servers of the domain do not answer; that its resolver does not for them, follows.
        cause(&DOMAIN_LOOKUP_FAILED).folds(Everything, &[&[&DNS_UNREACHABLE]]),
        cause(&DOMAIN_IS_A_HOST).folds(Everything, &[&[&DOMAIN_NOT_FOUND, &SRV_MISSING]]),
        // A resolver that is led to other servers will not see what these publish, however long it
        // is waited for.
        cause(&DOMAIN_DELEGATION_DIFFERS).settles(Everything, &[OLDER]),
        // Where it goes to servers that nobody can ask, it gets nothing.
        cause(&DOMAIN_DELEGATION_DIFFERS)
            .such(Finding::is_of_unaskable_servers)
            .settles(Everything, &[&[&RESOLVER_GETS_NOTHING]]),
        // Servers that do not serve the zone serve no name in it.
        cause(&DOMAIN_DNS_BROKEN).settles(NameServers, &[&[&AUTHORITY_FAILS]]),
        // Who finds no server of the zone finds none for any name in it.
        cause(&DOMAIN_SERVERS_LOST).settles(NameServers, &[&[&AUTHORITY_LOST]]),
        // The record is there, at servers that nobody asks.
        cause(&DOMAIN_DELEGATION_LACKS).settles(Everything, &[NO_ADDRESS, &[&SRV_MISSING]]),
        // Nor will a resolver see it that is led to servers of its own.
        cause(&RESOLVER_ASTRAY).settles(Everything, &[OLDER]),
        // Nor does it run out what they tell others each time.
        cause(&SERVERS_ANSWER_BY_SOURCE).folds(Everything, &[OLDER, &[&ADDRESS_SPLIT_VIEW]]),
        cause(&DOMAIN_ABOVE_HAS_RECORD).folds(Everything, &[&[&SRV_MISSING]]),
        // The server must not be called so: that name needs neither record nor certificate.
        cause(&FQDN_FOREIGN_DOMAIN).folds(
            Name,
            &[
                NO_ADDRESS,
                &[&ZONE_FILE_INCOMPLETE],
                OTHER_NAMES,
                MORE_NAMES,
            ],
        ),
        // So is a certificate for others, whatever else it lacks.
        cause(&FQDN_FOREIGN_DOMAIN)
            .given(OTHER_NAMES)
            .folds(Name, &[certificate::RULES]),
        // Nothing of what Microsoft's servers show is to be mended here.
        cause(&ADDRESS_AT_MICROSOFT)
            .folds(Name, &[tcp::RULES, certificate::RULES, federation::RULES]),
        // The record that the proxy stands before is that of all other names.
        cause(&ADDRESS_FROM_WILDCARD).folds(Name, &[&[&ADDRESS_BEHIND_CDN]]),
        // The record leads to another server than the one that the user named.
        cause(&SRV_DIFFERS_FROM_FQDN).folds(
            Name,
            &[
                address::RULES,
                tcp::RULES,
                certificate::RULES,
                federation::RULES,
            ],
        ),
        // And that one is not there: more likely it was mistyped than forgotten.
        cause(&SRV_DIFFERS_FROM_FQDN).folds(Given, &[NO_ADDRESS]),
        // DNS leads to a machine that is not XPhone's, and that machine is not to be changed.
        cause(&ADDRESS_FROM_WILDCARD)
            .given(SOMEBODY_ELSE)
            .folds(Place, &[tcp::RULES, certificate::RULES, federation::RULES]),
        cause(&ADDRESS_BEHIND_CDN).folds(Place, &[CLOSED]),
        // Another place got in: it is known on which stretch the way is closed.
        cause(&PLACE_OPEN_HERE_ONLY).folds(Place, &[CLOSED]),
        cause(&PLACE_NO_WAY_OUT).folds(Place, &[CLOSED]),
        // Another program holds the port. What that lacks is no matter, and a certificate that is
        // not for this name is not XPhone's.
        cause(&SIP_NOT_SIP).folds(
            Place,
            &[&[
                &MTLS_NOT_REQUESTED,
                &TLS_NO_SECURE_RENEGOTIATION,
                &TLS_NEEDS_SERVER_NAME,
                &TLS_REFUSES_LONG_HELLO,
                &TLS_WORSE_FOR_WINDOWS,
            ]],
        ),
        cause(&SIP_NOT_SIP)
            .given(OTHER_NAMES)
            .folds(Place, &[&certificates]),
        // A device answers by itself: nothing of what it shows is to be mended there.
        cause(&CERT_INTERCEPTED)
            .such(Finding::is_of_a_device)
            .folds(Place, &[&certificates, federation::RULES]),
    ];
    // The record is entered anew, as a whole.
    let record_at_fault = [
        &SRV_TARGET_DOUBLED,
        &SRV_TARGET_IS_ADDRESS,
        &SRV_TARGET_MALFORMED,
        &SRV_TARGET_PROXIED,
        &SRV_POINTS_TO_MICROSOFT,
        &SRV_MIXED_PLATFORMS,
    ];
    let settling = |rule| cause(rule).settles(Record, &[&[&SRV_FIELDS_SWAPPED, &SRV_WRONG_PORT]]);
    ties.extend(record_at_fault.map(settling));
    ties
}

fn cause(rule: &'static Rule) -> Tie {
    Tie {
        cause: rule,
        given: &[],
        such: |_| true,
        reach: Everything,
        effect: Effect::Folds,
        on: Vec::new(),
    }
}

impl Tie {
    /// It is a cause only where one of these was seen at the same address.
    fn given(self, given: Rules) -> Self {
        Self { given, ..self }
    }

    /// It is a cause only where it is such a one.
    fn such(self, such: fn(&Finding) -> bool) -> Self {
        Self { such, ..self }
    }

    fn folds(self, reach: Reach, on: &[&[&'static Rule]]) -> Self {
        Self {
            reach,
            effect: Effect::Folds,
            on: on.concat(),
            ..self
        }
    }

    fn settles(self, reach: Reach, on: &[&[&'static Rule]]) -> Self {
        Self {
            effect: Effect::Settles,
            ..self.folds(reach, on)
        }
    }

    /// True if this finding is the cause of others, beside these.
    pub(super) fn is_caused_by<'a>(
        &self,
        finding: &Finding,
        mut beside: impl Iterator<Item = &'a Finding>,
    ) -> bool {
        // What the user lowered or accepted is no cause of anything.
        let counts = finding.severity > Severity::Info && finding.standing.is_none();
        let mut is_given = || beside.any(|other| self.given.contains(&other.rule));
        finding.rule == self.cause
            && (self.such)(finding)
            && counts
            && (self.given.is_empty() || is_given())
    }

    /// True if this finding is one of the consequences, wherever it was made.
    pub(super) fn is_on(&self, finding: &Finding) -> bool {
        // How the check was made follows from nothing.
        self.on.contains(&finding.rule) && finding.rule != &TCP_CONNECTED_ELSEWHERE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cause that follows from its own consequence would leave nothing to be said.
    #[test]
    fn there_are_no_circles() {
        fn reaches(from: &Rule, to: &Rule, left: usize) -> bool {
            let ties = ties().into_iter().filter(|tie| tie.cause == from);
            let mut next = ties.flat_map(|tie| tie.on);
            left > 0 && next.any(|rule| rule == to || reaches(rule, to, left - 1))
        }
        let ties = ties();
        for tie in &ties {
            let code = tie.cause.code;
            assert!(!reaches(tie.cause, tie.cause, ties.len()), "{code}");
        }
    }
}
