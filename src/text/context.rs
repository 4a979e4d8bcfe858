//! The names that every text about a domain can use.

use crate::model::names::SRV_PREFIX;
use crate::model::plan::Federation;
use crate::report::Report;

/// Names that the texts of all findings and notes can use besides their own arguments.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The XPhone domain.
    pub(crate) domain: String,
    /// The server's FQDN, or a suggested one if none is known.
    pub(crate) server: String,
    /// False if it is a suggestion.
    pub(crate) is_server_known: bool,
    /// Partners enter the server by hand: no SRV record names it.
    pub(crate) is_direct: bool,
}

impl Context {
    /// The names in this report.
    pub(crate) fn of(report: &Report) -> Self {
        let suggested = || format!("xphone.{}", report.terms().domain);
        let server = report
            .fqdns
            .first()
            .map_or_else(suggested, ToString::to_string);
        Self {
            domain: report.terms().domain.to_string(),
            server,
            is_server_known: !report.fqdns.is_empty(),
            is_direct: report.terms().federation == Federation::Direct,
        }
    }

    /// Placeholders, for explanations without a report.
    pub(crate) fn placeholder() -> Self {
        Self {
            domain: "<domain>".to_owned(),
            server: "<FQDN>".to_owned(),
            is_server_known: false,
            is_direct: false,
        }
    }

    /// The owner name of the SRV record.
    pub(super) fn srv_name(&self) -> String {
        format!("{SRV_PREFIX}{}", self.domain)
    }
}
