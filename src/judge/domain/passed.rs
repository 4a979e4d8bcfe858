//! Zones on the way to the servers that the verdict rests on, at which not every resolver gets past.

use super::lost::{answering, name_is_alias};
use super::{AUTHORITY_REJECTS_EDNS, edns, lookups, name_of};
use crate::facts::{
    AddressFacts, Minding, Passed, RecordType, SrvFacts, ToCookie, Unheard, ZoneFacts,
};
use crate::model::finding::Finding;

pub(super) fn judge(zone: &ZoneFacts, srv: &SrvFacts, addresses: &[AddressFacts]) -> Vec<Finding> {
    let mut known: Vec<&Passed> = Vec::new();
    for passed in answering(zone, srv, addresses).flat_map(|authority| &authority.passed) {
        let is_it = |it: &&Passed| it.zone.eq_ignore_ascii_case(&passed.zone);
        if !known.iter().any(is_it) {
            known.push(passed);
        }
    }
    // Of the domain's own zone, all of its servers tell.
    let own = zone.authority.as_ref().map(|own| own.apex.as_str());
    known.retain(|passed| own.is_none_or(|own| !passed.zone.eq_ignore_ascii_case(own)));
    // What meets all questions from here is not theirs.
    let is_ours =
        lookups(zone, srv, addresses).any(|lookup| lookup.unheard == Some(Unheard::OnTheWay));
    let judged = known.into_iter().flat_map(|passed| {
        let alias = passed.aliased.first();
        let alias = alias.map(|alias| name_is_alias(&passed.zone, alias, true));
        let minding = judge_minding(passed).filter(|_| !is_ours);
        minding.into_iter().chain(alias)
    });
    judged.collect()
}

fn judge_minding(passed: &Passed) -> Option<Finding> {
    let of = |said: fn(&Minding) -> Option<String>| {
        let minding = passed.minding.iter();
        let said = minding.filter_map(|it| Some((it, said(it)?)));
        said.collect::<Vec<_>>()
    };
    let to_edns = of(|it| {
        let rcode = it.to_edns.as_ref()?;
        Some(format!("{}: {rcode}", name_of(&it.server)))
    });
    let to_cookie = of(|it| Some(edns::said(name_of(&it.server), it.to_cookie.as_ref()?)));
    let options = of(|it| it.malformed_option.map(|_| name_of(&it.server)));
    let (why, minding) = if !to_edns.is_empty() {
        ("edns", to_edns)
    } else if !to_cookie.is_empty() {
        let minding = passed.minding.iter();
        let why = edns::why(minding.filter_map(|it| it.to_cookie.as_ref()));
        (why, to_cookie)
    } else {
        ("option", options)
    };
    let is_foreign = |it: &Minding| it.to_cookie == Some(ToCookie::Foreign);
    let is_whole = why == "edns" || !passed.minding.iter().any(is_foreign);
    let (servers, said): (Vec<&Minding>, Vec<String>) = minding.into_iter().unzip();
    let asked = servers.iter().map(|it| it.server.address.to_string());
    let option = servers.iter().find_map(|it| it.malformed_option);
    (!said.is_empty()).then(|| {
        Finding::new(&AUTHORITY_REJECTS_EDNS)
            .with("servers", said)
            .with("why", why)
            .with("whole", edns::whole(is_whole))
            .with("option", i64::from(option.unwrap_or_default()))
            .with("zone", passed.zone.as_str())
            .with("name", passed.zone.as_str())
            .with("record", RecordType::Ns.name())
            .with("asked", asked.collect::<Vec<_>>())
    })
}
