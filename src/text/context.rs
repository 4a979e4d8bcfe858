//! The names that every text about a domain can use.

use std::net::SocketAddr;

use crate::facts::EndpointFacts;
use crate::model::names::SRV_PREFIX;
use crate::model::plan::{Federation, Scope};
use crate::report::Report;

/// Names that the texts of all findings and notes can use besides their own arguments.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The XPhone domain.
    pub(crate) domain: String,
    /// The owner name of the SRV record.
    pub(super) srv_name: String,
    /// The server's FQDN, or a suggested one if none is known.
    pub(crate) server: String,
    /// False if it is a suggestion.
    pub(crate) is_server_known: bool,
    /// Partners enter the server by hand: no SRV record names it.
    pub(crate) is_direct: bool,
    /// Nothing of it is published yet, so that no name server can be asked.
    pub(super) is_from_file: bool,
    /// The domain is somebody else's, and so is its server.
    pub(crate) is_partner: bool,
    /// Where connections went instead of to a published address, each with the FQDN it stands for.
    redirected: Vec<(String, SocketAddr)>,
    /// The domain, if there is a plan for it: with open federation, and where it is one's own.
    pub(super) planned: Option<String>,
    /// The FQDN that the user gave, where the plan would not come to it by itself.
    pub(super) given: Option<String>,
}

impl Context {
    /// These names.
    pub(crate) fn new(domain: String, server: String) -> Self {
        Self {
            srv_name: format!("{SRV_PREFIX}{domain}"),
            domain,
            server,
            is_server_known: true,
            is_direct: false,
            is_from_file: false,
            is_partner: false,
            redirected: Vec::new(),
            planned: None,
            given: None,
        }
    }

    /// The names in this report.
    pub(crate) fn of(report: &Report) -> Self {
        let suggested = || format!("xphone.{}", report.terms().domain);
        let server = report
            .fqdns
            .first()
            .map_or_else(suggested, ToString::to_string);
        let terms = report.terms();
        let has_plan = terms.federation == Federation::Open && !terms.partner;
        let given = terms.fqdn.as_ref();
        let endpoints = report.facts().endpoints.iter().flatten();
        let elsewhere = endpoints.filter(|endpoint| EndpointFacts::is_redirected(endpoint));
        Self {
            redirected: elsewhere
                .map(|endpoint| (endpoint.fqdn.to_string(), endpoint.address))
                .collect(),
            planned: has_plan.then(|| terms.domain.to_string()),
            given: given
                .map(ToString::to_string)
                .filter(|given| *given != suggested()),
            is_server_known: !report.fqdns.is_empty(),
            is_from_file: matches!(report.terms().scope, Scope::ZoneFile | Scope::Outbound),
            is_direct: report.terms().federation == Federation::Direct,
            is_partner: terms.partner,
            ..Self::new(report.terms().domain.to_string(), server)
        }
    }

    /// Placeholders, for explanations without a report.
    pub(crate) fn placeholder() -> Self {
        Self {
            is_server_known: false,
            ..Self::new("<domain>".to_owned(), "<FQDN>".to_owned())
        }
    }

    /// Where connections for this server went, if that was elsewhere than partners go.
    pub(super) fn redirected(&self, fqdn: &str) -> Vec<SocketAddr> {
        let own = self.redirected.iter().filter(|(name, _)| name == fqdn);
        let mut own: Vec<SocketAddr> = own.map(|(_, address)| *address).collect();
        own.sort_unstable();
        own.dedup();
        own
    }
}
