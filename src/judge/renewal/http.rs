//! Port 80: who answers there to the question of a CA, and whether a challenge could be found.
//!
//! Nobody has laid down the challenge that was asked for. So "not found" is the right answer, and
//! "found" is a wrong one.

use super::{
    RENEWAL_ANSWERED, RENEWAL_ANSWERS_ANYTHING, RENEWAL_IPV6_DEAD, RENEWAL_IPV6_DIFFERS,
    RENEWAL_NOT_HTTP, RENEWAL_OTHER_DEVICE, RENEWAL_PORT_CLOSED, RENEWAL_PORT_FILTERED,
    RENEWAL_REDIRECTED_AWAY, RENEWAL_REFUSED, RENEWAL_UNTESTED, about,
};
use crate::facts::{
    ChallengeAnswer, ChallengeOutcome, ChallengeVisit, Redirection, RenewalServer, TcpOutcome,
};
use crate::known::devices::device;
use crate::model::finding::{Finding, Rule};

pub(super) fn judge(server: &RenewalServer) -> Vec<Finding> {
    let visits: Vec<&ChallengeVisit> = server.visits.iter().collect();
    let (v4, v6): (Vec<&ChallengeVisit>, Vec<&ChallengeVisit>) =
        visits.iter().partition(|visit| visit.published.is_ipv4());
    let mut findings = Vec::new();
    let answers_by_v4 = v4.iter().find_map(|visit| visit.answer());
    for visit in v4 {
        findings.push(judge_visit(server, visit));
    }
    for visit in v6 {
        findings.push(match (&visit.outcome, answers_by_v4) {
            (ChallengeOutcome::NotConnected(tcp), Some(_)) if is_dead(*tcp) => {
                at(&RENEWAL_IPV6_DEAD, server, visit).with("how", how(*tcp))
            }
            (ChallengeOutcome::Answered(answer), Some(other)) if differ(answer, other) => {
                at(&RENEWAL_IPV6_DIFFERS, server, visit)
                    .with("says", said(answer))
                    .with("others", said(other))
            }
            _ => judge_visit(server, visit),
        });
    }
    if findings.is_empty() {
        findings.push(untested(server, "no-address"));
    }
    // Several addresses of one machine say the same once.
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        if !told.contains(&finding) {
            told.push(finding);
        }
    }
    told
}

fn at(rule: &'static Rule, server: &RenewalServer, visit: &ChallengeVisit) -> Finding {
    about(rule, server).with("address", visit.published.to_string())
}

fn untested(server: &RenewalServer, what: &'static str) -> Finding {
    about(&RENEWAL_UNTESTED, server).with("what", what)
}

fn judge_visit(server: &RenewalServer, visit: &ChallengeVisit) -> Finding {
    let at = |rule| at(rule, server, visit);
    match &visit.outcome {
        ChallengeOutcome::Answered(answer) => judge_answer(server, visit, answer),
        ChallengeOutcome::NotConnected(TcpOutcome::Refused) => at(&RENEWAL_PORT_CLOSED),
        ChallengeOutcome::NotConnected(TcpOutcome::TimedOut(_)) => {
            at(&RENEWAL_PORT_FILTERED).with("how", "timed-out")
        }
        ChallengeOutcome::NotConnected(TcpOutcome::Unreachable) => {
            at(&RENEWAL_PORT_FILTERED).with("how", "unreachable")
        }
        ChallengeOutcome::NotConnected(_) if visit.published.is_ipv6() => untested(server, "ipv6"),
        ChallengeOutcome::NotConnected(_) | ChallengeOutcome::Deadline => untested(server, "here"),
        ChallengeOutcome::LeftOut => untested(server, "left-out"),
        ChallengeOutcome::NotPublic => untested(server, "not-public"),
        ChallengeOutcome::Silent => at(&RENEWAL_NOT_HTTP).with("how", "silent").with("said", ""),
        ChallengeOutcome::Closed => at(&RENEWAL_NOT_HTTP).with("how", "closed").with("said", ""),
        ChallengeOutcome::NotHttp(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let line = text.lines().next().unwrap_or_default().to_owned();
            at(&RENEWAL_NOT_HTTP)
                .with("how", "other")
                .with("said", line)
        }
    }
}

fn judge_answer(
    server: &RenewalServer,
    visit: &ChallengeVisit,
    answer: &ChallengeAnswer,
) -> Finding {
    let at = |rule| {
        at(rule, server, visit)
            .with("status", i64::from(answer.status))
            .with(
                "server_field",
                answer.server.iter().cloned().collect::<Vec<_>>(),
            )
    };
    let marks = [&answer.server, &answer.realm];
    if let Some(device) = marks.into_iter().flatten().find_map(|mark| device(mark)) {
        return at(&RENEWAL_OTHER_DEVICE).with("device", device);
    }
    let away =
        |why: &'static str, to: &str| at(&RENEWAL_REDIRECTED_AWAY).with("why", why).with("to", to);
    let name = server.fqdn.as_str();
    match answer.redirection(name) {
        Redirection::Elsewhere(host) => return away("elsewhere", host),
        Redirection::Refused(location) => return away("refused", location),
        Redirection::Same { https: true } => {
            let is_open = matches!(visit.https, Some(TcpOutcome::Connected(_)));
            return if is_open {
                at(&RENEWAL_ANSWERED).with("how", "https")
            } else {
                away("https-closed", name)
            };
        }
        Redirection::Same { https: false } | Redirection::None => {}
    }
    match answer.status {
        200..=299 => at(&RENEWAL_ANSWERS_ANYTHING),
        // Nobody laid it down, so it is not there: as it should be.
        404 | 410 => at(&RENEWAL_ANSWERED).with("how", "not-found"),
        300..=399 => at(&RENEWAL_ANSWERED).with("how", "redirect"),
        _ => at(&RENEWAL_REFUSED),
    }
}

fn is_dead(tcp: TcpOutcome) -> bool {
    matches!(
        tcp,
        TcpOutcome::Refused | TcpOutcome::TimedOut(_) | TcpOutcome::Unreachable
    )
}

fn how(tcp: TcpOutcome) -> &'static str {
    match tcp {
        TcpOutcome::Refused => "refused",
        TcpOutcome::Unreachable => "unreachable",
        _ => "timed-out",
    }
}

/// Whether two machines seem to stand behind the two families.
fn differ(one: &ChallengeAnswer, other: &ChallengeAnswer) -> bool {
    one.status != other.status || one.server != other.server
}

/// An answer in a few words: `404, Microsoft-IIS/10.0`.
fn said(answer: &ChallengeAnswer) -> String {
    match &answer.server {
        Some(server) => format!("{}, {server}", answer.status),
        None => answer.status.to_string(),
    }
}
