//! One SRV record: target, port, and the record as a whole as it should be.

use super::{
    SRV_FIELDS_SWAPPED, SRV_SERVICE_DISABLED, SRV_TARGET_DOUBLED, SRV_TARGET_IS_ADDRESS,
    SRV_TARGET_MALFORMED, SRV_TARGET_PROXIED, SRV_WRONG_PORT,
};
use crate::facts::{Srv, Target};
use crate::model::finding::{Finding, Rule};
use crate::model::limits::FEDERATION_PORT;
use crate::model::names::Fqdn;
use crate::model::plan::Terms;

/// What is wrong with the record by itself.
pub(super) fn judge(srv: &Srv, target: &Target, terms: &Terms) -> Vec<Finding> {
    let target_fault = judge_target(srv, target, terms);
    let findings = target_fault
        .into_iter()
        .chain(judge_port(srv, target, terms));
    findings
        .map(|finding| finding.with("entry", srv.to_string()))
        .collect()
}

fn judge_target(srv: &Srv, target: &Target, terms: &Terms) -> Option<Finding> {
    let about = |rule: &'static Rule| {
        Finding::new(rule)
            .with("target", srv.target.as_str())
            .with("expected", expected(srv, target.meant(), terms))
    };
    match target {
        Target::None => Some(about(&SRV_SERVICE_DISABLED)),
        Target::Address(address) => {
            let family = if address.is_ipv4() { "v4" } else { "v6" };
            let host = host_for(None, terms);
            Some(
                about(&SRV_TARGET_IS_ADDRESS)
                    .with("address", address.to_string())
                    .with("family", family)
                    .with("host", host),
            )
        }
        Target::Proxied => Some(about(&SRV_TARGET_PROXIED)),
        Target::Unencoded(meant) => Some(
            Finding::new(&SRV_TARGET_MALFORMED)
                .with("target", srv.target.as_str())
                .with("expected", expected(srv, Some(meant), terms))
                .with("why", "encoding")
                .with("meant", ""),
        ),
        Target::Unfinished(edge) => Some(
            about(&SRV_TARGET_MALFORMED)
                .with("why", "dot")
                .with("meant", edge.as_str()),
        ),
        Target::Malformed => Some(
            about(&SRV_TARGET_MALFORMED)
                .with("why", "form")
                .with("meant", ""),
        ),
        Target::Doubled(meant) => {
            Some(about(&SRV_TARGET_DOUBLED).with("meant", host_for(Some(meant), terms)))
        }
        Target::Microsoft(_) | Target::Host(_) => None,
    }
}

fn judge_port(srv: &Srv, target: &Target, terms: &Terms) -> Option<Finding> {
    // "Not available" needs no port, and RFC 2782 suggests 0 there.
    if srv.port == FEDERATION_PORT || *target == Target::None {
        return None;
    }
    // Whose server it is, is another question.
    let meant = match target {
        Target::Microsoft(fqdn) => Some(fqdn),
        target => target.meant(),
    };
    // A server outside of the domain must not be the target, whatever its port.
    let is_allowed = |fqdn: &&Fqdn| terms.partner || fqdn.labels_below(&terms.domain).is_some();
    let host = host_for(meant.filter(is_allowed), terms);
    let swapped = [srv.priority, srv.weight].contains(&FEDERATION_PORT);
    if swapped {
        return Some(
            Finding::new(&SRV_FIELDS_SWAPPED)
                .with("record", srv.to_string())
                .with("port", srv.port)
                .with("target", srv.target.as_str())
                .with("expected", written(0, 0, &host, terms)),
        );
    }
    let used_for = match srv.port {
        5060 => "sip",
        443 => "sign-in",
        5269 => "xmpp",
        _ => "other",
    };
    Some(
        Finding::new(&SRV_WRONG_PORT)
            .with("port", srv.port)
            .with("use", used_for)
            .with("target", srv.target.as_str())
            .with("expected", written(srv.priority, srv.weight, &host, terms)),
    )
}

/// The record as a zone file should have it, with the server that it was meant to name, if that is
/// known.
pub(super) fn expected(srv: &Srv, meant: Option<&Fqdn>, terms: &Terms) -> String {
    // Where the port is wrong, the other figures are not to be trusted either.
    let (priority, weight) = if srv.port == FEDERATION_PORT {
        (srv.priority, srv.weight)
    } else {
        (0, 0)
    };
    written(priority, weight, &host_for(meant, terms), terms)
}

pub(super) fn written(priority: u16, weight: u16, host: &str, terms: &Terms) -> String {
    let name = terms.domain.srv_name();
    format!("{name}. SRV {priority} {weight} {FEDERATION_PORT} {host}.")
}

/// The FQDN that the user gave, else the one that was found, else a suggestion.
pub(super) fn host_for(found: Option<&Fqdn>, terms: &Terms) -> String {
    let chosen = terms.fqdn.as_ref().or(found);
    chosen.map_or_else(|| format!("xphone.{}", terms.domain), Fqdn::to_string)
}
