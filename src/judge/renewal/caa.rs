//! Who may issue a certificate for the server's name (CAA, RFC 8659).

use super::{
    RENEWAL_CAA_BOUND, RENEWAL_CAA_FORBIDS, RENEWAL_CAA_METHOD, RENEWAL_UNTESTED, about, dns_fails,
};
use crate::facts::{Caa, Lookup, Permission, Rcode, RelevantCaa, RenewalServer};
use crate::known::issuers::Authority;
use crate::model::finding::Finding;

/// The way of validation that the guide's recipe uses (RFC 8555 §8.3).
const METHOD: &str = "http-01";

/// `a` are the addresses of the server.
pub(super) fn judge(
    server: &RenewalServer,
    a: Option<&Lookup>,
    authority: Authority,
) -> Vec<Finding> {
    let untested = |what| vec![about(&RENEWAL_UNTESTED, server).with("what", what)];
    let (name, records) = match server.relevant_caa(a) {
        RelevantCaa::None => return Vec::new(),
        RelevantCaa::Unknown => return untested("caa"),
        RelevantCaa::Unproven => return untested("caa-proof"),
        RelevantCaa::Failed(name, errors) => {
            let is_other = |rcode: &&Rcode| **rcode != Rcode::ServFail;
            let others = errors.iter().filter(is_other).map(Rcode::to_string);
            let others: Vec<String> = others.collect();
            let why = if others.is_empty() {
                "servfail"
            } else {
                "errors"
            };
            return vec![dns_fails(name, "CAA", why).with("errors", others)];
        }
        RelevantCaa::At(name, records) => (name, records),
    };
    let issue: Vec<Permission> = records.iter().filter_map(Caa::permission).collect();
    let allowed: Vec<String> = issue
        .iter()
        .map(|permission| permission.authority.clone())
        .filter(|authority| !authority.is_empty())
        .collect();
    let about = |rule| {
        about(rule, server)
            .with("at", name)
            .with("name", name)
            .with("ca", authority.name)
            .with("expected", authority.domains[0])
            .with("allowed", allowed.clone())
    };
    let stranger = records.iter().find(|caa| caa.critical && !caa.is_known());
    if let Some(stranger) = stranger {
        let finding = about(&RENEWAL_CAA_FORBIDS).with("why", "critical");
        return vec![finding.with("tag", stranger.tag.as_str())];
    }
    let own: Vec<&Permission> = issue
        .iter()
        .filter(|permission| authority.domains.contains(&permission.authority.as_str()))
        .collect();
    // Without any issue record, single names are nobody's business (RFC 8659 §4.2).
    if !issue.is_empty() && own.is_empty() {
        let why = if allowed.is_empty() {
            "nobody"
        } else {
            "others"
        };
        return vec![about(&RENEWAL_CAA_FORBIDS).with("why", why).with("tag", "")];
    }
    let by_http = |permission: &&&Permission| {
        let methods = &permission.methods;
        methods.is_empty()
            || methods
                .iter()
                .any(|method| method.eq_ignore_ascii_case(METHOD))
    };
    if !own.is_empty() && !own.iter().any(|permission| by_http(&permission)) {
        let methods: Vec<String> = own.iter().flat_map(|one| one.methods.clone()).collect();
        return vec![about(&RENEWAL_CAA_METHOD).with("methods", methods)];
    }
    let accounts: Vec<String> = own
        .iter()
        .filter_map(|permission| permission.account.clone())
        .collect();
    if !own.is_empty() && accounts.len() == own.len() {
        return vec![about(&RENEWAL_CAA_BOUND).with("accounts", accounts)];
    }
    Vec::new()
}
