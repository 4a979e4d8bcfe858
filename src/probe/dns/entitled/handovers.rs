//! Where a question goes on from the servers of one zone: to the zone below that they hand it on to, past an
//! alias, or to whom the zone above names.

use std::net::IpAddr;

use super::between::Cut;
use super::glue;
use crate::facts::{
    Alias, AuthorityFacts, DnsOutcome, HandedBy, Handover, InternalZone, ServerAnswer, Unanswered,
};
use crate::probe::Context;
use crate::probe::dns::delegation;
use crate::probe::dns::delegation::delegated::Delegated;
use crate::probe::dns::servers;
use crate::probe::dns::servers::authority::{self, Found};
use crate::probe::dns::servers::located::{self, Care};
use crate::probe::dns::servers::told::Told;

/// Where a question goes from one zone.
pub(super) struct Next {
    pub(super) handover: Handover,
    /// The aliases on the way.
    pub(super) through: Vec<Alias>,
    pub(super) internal: Option<InternalZone>,
}

impl Next {
    /// By a delegation.
    pub(super) fn by(handover: Handover) -> Self {
        Self {
            handover,
            through: Vec::new(),
            internal: None,
        }
    }
}

/// Whom the servers of a zone hand the question to, where none of them answers it.
pub(super) async fn onward(
    cx: &Context,
    from: &AuthorityFacts,
    answers: &[ServerAnswer],
) -> Option<Next> {
    let tells = |answer: &&ServerAnswer| answer.outcome.is_conclusive();
    let telling: Vec<&ServerAnswer> = answers.iter().filter(tells).collect();
    // Those may speak for the zone below as well, to whose servers the others hand it on.
    let is_among = |servers: &[(String, Vec<IpAddr>)]| {
        let is_one = |answer: &&ServerAnswer| {
            let mut names = servers.iter().map(|(name, _)| name);
            names.any(|name| name.eq_ignore_ascii_case(&answer.server.name))
        };
        telling.iter().all(is_one)
    };
    let (aliases, zone, servers) = answers.iter().find_map(|answer| match &answer.outcome {
        DnsOutcome::Elsewhere {
            aliases,
            zone,
            servers,
        } if telling.is_empty() || zone.is_some() && is_among(servers) => {
            Some((aliases.clone(), zone.clone(), servers.clone()))
        }
        _ => None,
    })?;
    if let Some(zone) = zone {
        let said: Vec<&ServerAnswer> = answers.iter().collect();
        return Some(Next {
            through: aliases,
            ..Next::by(delegated(cx, from, (zone, servers), &said).await)
        });
    }
    by_alias(cx, from, aliases).await
}

/// The servers that a part of a zone is handed on to, wherever any of these answers says that they are.
pub(super) async fn delegated(
    cx: &Context,
    from: &AuthorityFacts,
    cut: Cut,
    answers: &[&ServerAnswer],
) -> Handover {
    let (servers, dispute) = glue::of_all(from, &cut, answers);
    let zone = cut.0;
    let delegated = Delegated::by(from, &zone, servers);
    let located = located::of(cx, &delegated, &[], (Care::All, Told::default())).await;
    let to = AuthorityFacts {
        dispute,
        ..servers::among(cx, &zone, located)
    };
    Handover {
        from: from.apex.clone(),
        at: zone,
        by: HandedBy::Delegation,
        proven: false,
        to: Some(to),
        failing: Vec::new(),
    }
}

/// Who is entitled at the end of aliases that lead out of this zone.
pub(super) async fn by_alias(
    cx: &Context,
    from: &AuthorityFacts,
    aliases: Vec<Alias>,
) -> Option<Next> {
    let last = aliases.last()?;
    let found = if from.speaks_for(&last.target) {
        Found {
            authority: Some(from.clone()),
            ..Found::default()
        }
    } else {
        authority::of(cx, &last.target).await
    };
    Some(Next {
        handover: Handover {
            from: from.apex.clone(),
            at: last.name.clone(),
            by: HandedBy::Alias,
            proven: !found.way.is_empty(),
            to: found.authority,
            failing: Vec::new(),
        },
        through: aliases,
        internal: found.internal,
    })
}

/// How the zone above hands this one on, where that is not to whom a resolver remembers, or where nobody
/// finds these.
pub(super) fn moved(asked: &AuthorityFacts) -> Option<Handover> {
    let delegation = asked.delegation.as_ref();
    let is_moved = delegation.is_some_and(|it| !it.servers.is_empty());
    let is_lost = asked.servers.is_empty() && !asked.lost.is_empty();
    let above = || {
        asked
            .apex
            .split_once('.')
            .map(|(_, above)| above.to_owned())
    };
    (is_moved || is_lost).then(|| Handover {
        from: delegation
            .map(|it| it.from.clone())
            .or_else(above)
            .unwrap_or_default(),
        at: asked.apex.clone(),
        by: HandedBy::Delegation,
        proven: false,
        to: Some(asked.clone()),
        failing: Vec::new(),
    })
}

/// That the servers to which the zone above hands this one on do not answer.
pub(super) fn silent(asked: &AuthorityFacts) -> Handover {
    let mut to = asked.clone();
    to.servers.retain(|server| !server.beside);
    to.unasked.clear();
    let above = asked.apex.split_once('.').map_or("", |(_, above)| above);
    Handover {
        from: above.to_owned(),
        at: asked.apex.clone(),
        by: HandedBy::Delegation,
        proven: false,
        to: Some(to),
        failing: Vec::new(),
    }
}

/// That a zone above leads to these servers, which do not answer: that zone does, so it is not the way from
/// here that is closed.
pub(super) async fn led_to(
    cx: &Context,
    asked: &AuthorityFacts,
    answers: &[ServerAnswer],
) -> Option<Handover> {
    if asked.given {
        return None;
    }
    let domain = cx.plan.terms.domain.as_str();
    // A port that is closed says so before the zones above have led anybody there. Whoever is silent has been
    // waited for as long as they have.
    let is_silent =
        |answer: &ServerAnswer| answer.outcome == DnsOutcome::Unanswered(Unanswered::TimedOut);
    if !answers.iter().all(is_silent) {
        Box::pin(delegation::walk(cx, domain)).await;
    }
    let way = cx.walk_to(domain)?;
    let last = way.last()?;
    let is_it = last.apex.eq_ignore_ascii_case(&asked.apex);
    is_it.then(|| Handover {
        from: last.from.clone(),
        at: asked.apex.clone(),
        by: HandedBy::Delegation,
        proven: false,
        to: Some(asked.clone()),
        failing: Vec::new(),
    })
}
