//! The aliases on the way to an answer: CNAME, and DNAME for whole subtrees (RFC 6672).

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{self, Name, RData};

use super::record::{presentation, subtree, wire_type};
use super::{Question, absolute};
use crate::facts::{Alias, Subtree, is_loop};
use crate::model::limits::MAX_ALIASES;

/// What an alias stands for is too long for a name (RFC 6672 §2.2).
pub(super) struct TooLong;

/// Where the aliases within an answer lead.
pub(super) struct Followed {
    pub(super) aliases: Vec<Alias>,
    /// The name at their end.
    pub(super) end: Name,
    /// It is an alias itself: no more of them are followed.
    pub(super) more: bool,
}

/// Follows the aliases within an answer.
pub(super) fn follow(message: &Message, question: Question<'_>) -> Result<Followed, TooLong> {
    let mut aliases: Vec<Alias> = Vec::new();
    let mut end = absolute(question.name).ok_or(TooLong)?;
    while let Some(target) = alias_of(message, &end)? {
        // Beside an alias there must be nothing else (RFC 1034 §3.6.2). Where there is, resolvers take
        // what comes first.
        if comes_first(message, &end, question) || is_loop(&aliases) {
            break;
        }
        if aliases.len() == MAX_ALIASES {
            return Ok(Followed {
                aliases,
                end,
                more: true,
            });
        }
        let subtree = subtree_of(message, &end, &target);
        aliases.push(Alias {
            name: presentation(&end),
            target: presentation(&target),
            // What follows from a DNAME record stands for whatever CNAME comes with it (RFC 6672 §3.1).
            others: if subtree.is_some() {
                Vec::new()
            } else {
                others(message, &end, &target)
            },
            subtree,
        });
        end = target;
    }
    Ok(Followed {
        aliases,
        end,
        more: false,
    })
}

/// What further CNAME records of a name name.
fn others(message: &Message, name: &Name, target: &Name) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for record in message.answers.iter().filter(|it| it.name == *name) {
        if let RData::CNAME(CNAME(other)) = &record.data
            && other != target
            && others.len() < MAX_ALIASES
        {
            let other = presentation(other);
            if !others.iter().any(|it| it.eq_ignore_ascii_case(&other)) {
                others.push(other);
            }
        }
    }
    others
}

/// Whether there are two different DNAME records at one name, where there may be one (RFC 6672 §2.4).
pub(super) fn has_two_subtrees(message: &Message) -> bool {
    let subtrees = message.answers.iter();
    let subtrees = subtrees.filter_map(|record| Some((&record.name, subtree(&record.data)?)));
    let subtrees: Vec<(&Name, Name)> = subtrees.collect();
    let differ = |one: &(&Name, Name)| subtrees.iter().any(|it| it.0 == one.0 && it.1 != one.1);
    subtrees.iter().any(differ)
}

/// Whether a record of the type asked for stands before the alias of the same name.
fn comes_first(message: &Message, name: &Name, question: Question<'_>) -> bool {
    let wanted = wire_type(question.record);
    let mut own = message
        .answers
        .iter()
        .filter(|record| record.name == *name)
        .map(rr::Record::record_type)
        .filter(|kind| *kind == wanted || *kind == rr::RecordType::CNAME);
    own.next()
        .is_some_and(|kind| kind == wanted && kind != rr::RecordType::CNAME)
}

/// What a name is an alias of, by this answer.
fn alias_of(message: &Message, name: &Name) -> Result<Option<Name>, TooLong> {
    let records = || message.answers.iter();
    // The CNAME that follows from a DNAME may be left to the asker (RFC 6672 §3.1). Resolvers make it
    // themselves, whatever stands beside.
    let above = records().find_map(|record| {
        let is_above = record.name.zone_of(name) && record.name != *name;
        let target = subtree(&record.data).filter(|_| is_above)?;
        Some(substituted(name, &record.name, &target))
    });
    if let Some(target) = above {
        return target.map(Some);
    }
    let own = records().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *name => Some(target.0.clone()),
        _ => None,
    });
    Ok(own)
}

/// The DNAME from which it follows that one name stands for the other.
fn subtree_of(message: &Message, name: &Name, stands_for: &Name) -> Option<Subtree> {
    let mut records = message.answers.iter();
    records.find_map(|record| {
        let is_above = record.name.zone_of(name) && record.name != *name;
        let target = subtree(&record.data).filter(|_| is_above)?;
        let follows = substituted(name, &record.name, &target);
        follows.is_ok_and(|it| it == *stands_for).then(|| Subtree {
            name: presentation(&record.name),
            target: presentation(&target),
        })
    })
}

/// The name with its end, from the owner on, replaced by the target.
pub(super) fn substituted(name: &Name, owner: &Name, target: &Name) -> Result<Name, TooLong> {
    // Not `num_labels`, which counts no wildcard.
    let kept = name.iter().count() - owner.iter().count();
    let labels = name.iter().take(kept).chain(target.iter());
    let mut name = Name::from_labels(labels).map_err(|_| TooLong)?;
    name.set_fqdn(true);
    Ok(name)
}
