//! An extension in the server's answer that the client had not asked for. Whoever knows it has to hang up (RFC 5246
//! §7.4.1.4), and OpenSSL and GnuTLS do.
//!
//! xfed asks for a stapled OCSP answer wherever it would like one, and does not in one connection of TLS 1.2: there it
//! sees whether it is sent unasked. Those that do not ask are the most of the field: programs with OpenSSL, and
//! those on Windows that leave revocation alone. So no less than a failure.

use super::TLS_REFUSED_BY_SOME;
use crate::facts::EndpointFacts;
use crate::known::extensions;
use crate::model::finding::{Finding, Severity};

pub(super) fn judge(endpoint: &EndpointFacts) -> Option<Finding> {
    let number = endpoint.unasked?;
    let finding = Finding::new(&TLS_REFUSED_BY_SOME)
        .with("what", "unasked")
        .with("extension", extensions::name(number));
    Some(finding.weighing(Severity::Fail))
}
