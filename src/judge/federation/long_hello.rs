//! What those meet whose hello does not fit into one TCP segment, where it is something else than others meet.
//!
//! With a share of X25519MLKEM768 (1216 bytes) a hello is longer than that: OpenSSL sends one since its
//! version 3.5, Chrome and Firefox do, and Windows is about to. Servers that read once, and firewalls that look
//! into the first packet only, take it for none (<https://tldr.fail>). Skype for Business and XPhone on the
//! Windows of today send short ones, so that most partners are served: a warning.
//!
//! Where it is served in small pieces, it is the size of the packets that matters. Those of partners, with a
//! certificate to show, are as large; but they may come another way.
//!
//! A router by server name that reads the first packet only finds none in it, and leads it to its default.

use super::TLS_REFUSES_LONG_HELLO;
use super::handshake::ending;
use super::met::Apart;
use crate::facts::{AgainFacts, EndpointFacts};
use crate::model::finding::{Finding, Severity, Value};
use crate::model::limits::clipped;
use crate::pki::x509::Certificate;

/// A name in a certificate is shown up to here.
const SHOWN: usize = 80;

pub(super) fn judge(endpoint: &EndpointFacts) -> Option<Finding> {
    let (how, detail) = ending(endpoint.refused_large.as_ref()?);
    Some(if endpoint.loses_full_size {
        found("full-size", detail, None, Vec::new()).weighing(Severity::Unknown)
    } else {
        found(how, detail, None, Vec::new())
    })
}

/// Where they are led to somebody else.
pub(super) fn judge_apart(other: &AgainFacts, Apart { how, detail, codes }: Apart) -> Finding {
    found(how, detail, other_name(other), codes)
}

/// The name that the certificate there is for, where it is another.
fn other_name(other: &AgainFacts) -> Option<String> {
    let leaf = Certificate::parse(&other.other_leaf()?.0).ok()?;
    let name = leaf.dns_names().first().unwrap_or(&leaf.subject);
    Some(clipped(name, SHOWN))
}

fn found(how: &str, detail: String, certified: Option<String>, codes: Vec<String>) -> Finding {
    Finding::new(&TLS_REFUSES_LONG_HELLO)
        .with("how", how)
        .with("detail", detail)
        .with("certified", Vec::from_iter(certified))
        .with("codes", Value::Codes(codes))
}
