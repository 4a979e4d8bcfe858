//! Which kinds of third-party data a report contains, so that users know what they pass on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::ViewAnswer;
use crate::model::plan::View;
use crate::report::Report;
use crate::report::redact::holds_local;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
// The name in the JSON Schema, which is part of the contract.
#[schemars(rename = "Holds")]
pub(super) enum Contents {
    /// The domain, the server's names, and what DNS says of them.
    Names,
    /// Addresses that DNS publishes or that were connected to.
    Addresses,
    /// Which resolvers were asked.
    Resolvers,
    /// The certificates that servers showed.
    Certificates,
    /// What servers said of themselves in TLS and SIP.
    ServerAnswers,
    /// Resolvers or addresses of the network that the report was made in, an address that was
    /// typed, labels, or why a finding is accepted; absent once redacted.
    Local,
}

impl Contents {
    /// The kinds of data in this report.
    pub(super) fn of(report: &Report) -> Vec<Self> {
        let facts = report.facts();
        let endpoints = || facts.endpoints.iter().flatten();
        let addresses = facts
            .lookups()
            .iter()
            .any(|lookup| lookup.addresses().next().is_some());
        let asked = |answer: &ViewAnswer| answer.server.is_some() || answer.view != View::System;
        let resolvers = facts
            .lookups()
            .iter()
            .any(|lookup| lookup.answers.iter().any(asked));
        let tls = || endpoints().filter_map(|endpoint| endpoint.tls.as_ref());
        let typed = report.check.input != report.terms().domain.as_str();
        let labelled = !report.check.labels.is_empty();
        let accept = &report.terms().policy.accept;
        let reasons = accept
            .iter()
            .any(|acceptance| !acceptance.reason.is_empty());
        [
            (true, Self::Names),
            (addresses || endpoints().next().is_some(), Self::Addresses),
            (resolvers, Self::Resolvers),
            (
                endpoints().any(|endpoint| endpoint.shown().is_some()),
                Self::Certificates,
            ),
            (tls().next().is_some(), Self::ServerAnswers),
            (
                typed || labelled || reasons || holds_local(&report.check),
                Self::Local,
            ),
        ]
        .into_iter()
        .filter_map(|(is_there, kind)| is_there.then_some(kind))
        .collect()
    }

    /// The id of its name in the texts.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Names => "holds-names",
            Self::Addresses => "holds-addresses",
            Self::Resolvers => "holds-resolvers",
            Self::Certificates => "holds-certificates",
            Self::ServerAnswers => "holds-server-answers",
            Self::Local => "holds-local",
        }
    }
}
