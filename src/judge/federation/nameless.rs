//! What those meet who do not name the server (SNI), where it is something else than others meet.
//!
//! Windows names it: Schannel does so wherever a program gives it a host name, .NET included, and not for
//! an address (dotnet/corefx 17427, dotnet/runtime 81590). What the Edge of Skype for Business gives it is
//! not documented. OpenSIPS names none unless it is set up so (OpenSIPS/opensips 3529), nor do others of
//! the field. So a server that wants the name serves most partners, and not all: a warning.

use super::TLS_NEEDS_SERVER_NAME;
use super::handshake::ending;
use crate::facts::{AgainFacts, EndpointFacts};
use crate::judge::certificate;
use crate::model::finding::{Finding, Value};
use crate::model::plan::Terms;

/// Nothing, where what they meet is right as well.
pub(super) fn judge(
    endpoint: &EndpointFacts,
    other: &AgainFacts,
    mut worse: Vec<String>,
    terms: &Terms,
) -> Option<Finding> {
    let (how, detail) = match &other.tls {
        Some(tls) if other.is_refused() => ending(&tls.outcome),
        Some(_) => ("other", String::new()),
        None => ("closed", String::new()),
    };
    if how == "other" {
        worse.extend(certificate::failing_at(
            &endpoint.as_met(other),
            endpoint,
            terms,
        ));
        worse.sort();
        worse.dedup();
        if worse.is_empty() {
            return None;
        }
    }
    Some(
        Finding::new(&TLS_NEEDS_SERVER_NAME)
            .with("how", how)
            .with("detail", detail)
            .with("codes", Value::Codes(worse)),
    )
}
