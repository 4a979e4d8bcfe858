//! What those meet whose hello does not fit into one TCP segment, where it is something else than others meet.
//!
//! With a share of X25519MLKEM768 (1216 bytes) a hello is longer than that: OpenSSL sends one since its
//! version 3.5, Chrome and Firefox do, and Windows is about to. Servers that read once, and firewalls that look
//! into the first packet only, take it for none (<https://tldr.fail>). Skype for Business and XPhone on the
//! Windows of today send short ones, so that most partners are served: a warning.

//!
//! Where it is served in small pieces, it is the size of the packets that matters. Those of partners, with a
//! certificate to show, are as large; but they may come another way.

use super::TLS_REFUSES_LONG_HELLO;
use super::handshake::ending;
use crate::facts::EndpointFacts;
use crate::model::finding::{Finding, Severity};

pub(super) fn judge(endpoint: &EndpointFacts) -> Option<Finding> {
    let (how, detail) = ending(endpoint.refused_large.as_ref()?);
    let finding = Finding::new(&TLS_REFUSES_LONG_HELLO).with("detail", detail);
    Some(if endpoint.loses_full_size {
        finding.with("how", "full-size").weighing(Severity::Unknown)
    } else {
        finding.with("how", how)
    })
}
