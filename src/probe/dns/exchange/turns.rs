//! Servers that give one record after the other, by turns.

use tokio::time::Instant;

use super::plain::RESEND;
use super::transport::Server;
use crate::facts::{AuthorityFacts, DnsOutcome, HandedBy, Lookup, Marks, RecordType, ServerAnswer};
use crate::probe::dns::claims::counted;
use crate::probe::dns::{GRACE, exchange};
use crate::probe::manners::Host;
use crate::probe::{Context, elapsed_us};
use crate::wire::dns::{Question, Role};

/// Asks one of the servers that gave the same records for them once more, and tells whether it
/// gives something else then. What it says itself is added. One question shows what is given by turns,
/// even where all servers and resolvers are at the same turn. A missing AAAA record shuts nobody out.
pub(crate) async fn ask_once_more(
    cx: &Context,
    domain: Option<&AuthorityFacts>,
    lookup: &mut Lookup,
) -> bool {
    let gave =
        |answer: &&ServerAnswer| answer.led_by.is_none() && !answer.outcome.records().is_empty();
    let gave: Vec<&ServerAnswer> = lookup.authority.iter().filter(gave).collect();
    // Each look-up asks another one.
    let chosen = match (lookup.record, gave.as_slice()) {
        (RecordType::A, [_, .., last]) => *last,
        (RecordType::A, [only]) if !lookup.given => *only,
        (RecordType::Srv, [first, _, ..]) => *first,
        _ => return false,
    };
    let entitled = lookup.handovers.last().map_or(domain, |it| it.to.as_ref());
    let Some(entitled) = entitled else {
        return false;
    };
    // The server knows the end of the aliases that led to its zone, not their beginning.
    let aliases = chosen.outcome.aliases();
    let by_alias = lookup.handovers.iter().rev();
    let mut by_alias = by_alias.filter(|handover| handover.by == HandedBy::Alias);
    let end = by_alias.next().map_or(0, |handover| {
        let led = aliases.iter().position(|alias| alias.name == handover.at);
        led.map_or(0, |position| position + 1)
    });
    let (before, _) = aliases.split_at(end);
    let question = Question {
        name: before.last().map_or(&lookup.name, |alias| &alias.target),
        record: lookup.record,
        role: Role::Authority,
    };
    cx.turn([Host::NameServer(chosen.server.address.ip())])
        .await;
    let start = Instant::now();
    let asking = exchange::ask(cx, Server::plain(chosen.server.address), question);
    // It has answered just now.
    let limit = (RESEND + GRACE).min(cx.plan.limits.dns);
    let Ok(said) = cx.within(limit, asking).await else {
        return false;
    };
    let said = counted(cx, entitled, said).await;
    let outcome = said.outcome.within(&entitled.apex).after(before);
    // An alias out of the zone says by itself not where it leads.
    let leads_out =
        matches!(&outcome, DnsOutcome::Elsewhere { aliases, .. } if aliases.len() > before.len());
    let differs = outcome.is_conclusive() && !outcome.agrees_with(&chosen.outcome);
    if !differs && outcome.is_conclusive() {
        let chosen = chosen.clone();
        add_marks(lookup, &chosen, said.marks.as_ref());
    } else if differs {
        let again = ServerAnswer {
            outcome,
            marks: said.marks,
            elapsed_us: elapsed_us(start),
            ..chosen.clone()
        };
        lookup.authority.push(again);
    }
    differs || leads_out
}

/// Notes that the server has given the same without signatures once.
pub(in crate::probe::dns) fn add_marks(
    lookup: &mut Lookup,
    same: &ServerAnswer,
    marks: Option<&Marks>,
) {
    let is_signed = |marks: Option<&Marks>| marks.is_some_and(|marks| marks.signed);
    if is_signed(marks) {
        return;
    }
    let known = lookup.authority.iter_mut();
    let mut known = known.filter(|it| it.server == same.server && it.led_by == same.led_by);
    let known = known.find(|it| it.outcome.agrees_with(&same.outcome));
    if let Some(marks) = known.and_then(|known| known.marks.as_mut()) {
        marks.signed = false;
    }
}
