//! Names on the way to a record that are aliases of more than one other name.

use super::AUTHORITY_SEVERAL_ALIASES;
use crate::facts::{Alias, Lookup, is_within};
use crate::model::finding::Finding;
use crate::model::plan::Terms;

/// Several CNAME records at one name: Unbound follows the first of them, BIND takes no answer that has more
/// than one. `records` are what should stand in the place of an alias of the name asked for, where it should
/// be none.
pub(in crate::judge) fn judge_several_aliases(
    lookup: &Lookup,
    terms: &Terms,
    records: Vec<String>,
) -> Option<Finding> {
    let several = |aliases: &[Alias]| aliases.iter().find(|it| !it.others.is_empty()).cloned();
    let given = lookup.counting().filter_map(|answer| {
        let alias = several(answer.outcome.aliases())?;
        Some((answer.server.address.to_string(), alias))
    });
    let (mut servers, aliases): (Vec<String>, Vec<Alias>) = given.unzip();
    let alias = aliases.into_iter().next();
    let alias = alias.or_else(|| several(lookup.aliases()))?;
    // Who answers at the end may not be who gave the alias.
    if !lookup.handovers.is_empty() {
        servers.clear();
    }
    let leads_to = lookup.answer().records().first();
    let leads_to = leads_to.map_or("none".to_owned(), |record| record.data.to_string());
    let is_on_the_way = !alias.name.eq_ignore_ascii_case(&lookup.name);
    let yes_or_no = |is: bool| if is { "yes" } else { "no" };
    let is_own = is_within(&alias.name, terms.domain.as_str());
    Some(
        Finding::new(&AUTHORITY_SEVERAL_ALIASES)
            .with("name", alias.name.as_str())
            .with("record", "CNAME")
            .with("asked", servers)
            .with("kept", alias.target.as_str())
            .with("others", alias.others.clone())
            .with("question", lookup.name.as_str())
            .with("kind", lookup.record.name())
            .with("way", yes_or_no(is_on_the_way))
            .with("end", leads_to)
            .with("own", yes_or_no(is_own))
            .with("records", records),
    )
}
