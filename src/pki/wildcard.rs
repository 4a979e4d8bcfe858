//! Names of certificates that stand for many.

use crate::model::names::Fqdn;

/// True for a name with a wildcard in it, wherever it stands.
pub(crate) fn is_wildcard(name: &str) -> bool {
    name.contains('*')
}

/// True if a wildcard name would match: `*` stands for the whole first label (RFC 9525 §6.3).
pub(crate) fn covers(name: &str, fqdn: &Fqdn) -> bool {
    let rest = fqdn.as_str().split_once('.').map(|(_, rest)| rest);
    name.strip_prefix("*.")
        .is_some_and(|zone| rest.is_some_and(|rest| zone.eq_ignore_ascii_case(rest)))
}
