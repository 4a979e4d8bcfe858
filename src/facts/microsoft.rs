//! Traces of Microsoft 365 in DNS.

use super::{Data, Lookup, Survey, ZoneFacts};
use crate::known::microsoft;

impl ZoneFacts {
    /// Traces of a Microsoft 365 tenant that holds the domain, as a zone file would have them.
    pub fn microsoft_traces(&self) -> Vec<String> {
        traces(&self.mx, self.txt.as_ref(), &self.services)
    }
}

impl Survey {
    /// Traces of a Microsoft 365 tenant that holds the domain, as a zone file would have them.
    pub fn microsoft_traces(&self) -> Vec<String> {
        traces(&self.mx, Some(&self.txt), &self.services)
    }
}

/// Traces in the mail servers, in the TXT records, and in the aliases of the names that Microsoft's
/// clients look for.
fn traces(mx: &Lookup, texts: Option<&Lookup>, services: &[Lookup]) -> Vec<String> {
    let servers = mx.mail_servers();
    // Where the mailboxes are behind a filter, only the SPF record tells.
    let is_filtered = servers.iter().any(|it| microsoft::is_mail_filter(it));
    let mail = servers
        .into_iter()
        .filter(|exchange| microsoft::is_mail_server(exchange))
        .map(|exchange| format!("MX {exchange}"));
    let records = texts.into_iter().flat_map(Lookup::records);
    let proofs = records.filter_map(|record| match &record.data {
        Data::Txt(text) => {
            let sender = || microsoft::sender(text).filter(|_| is_filtered);
            let trace = microsoft::proof(text).or_else(sender)?;
            Some(format!("TXT {trace}"))
        }
        _ => None,
    });
    let services = services.iter().filter_map(|lookup| {
        // Some of the targets no longer exist: an alias that leads nowhere is a trace, too.
        let alias = lookup.aliases().first()?;
        let label = lookup.name.split('.').next().unwrap_or(&lookup.name);
        microsoft::is_service(&alias.target).then(|| format!("{label} CNAME {}", alias.target))
    });
    mail.chain(proofs).chain(services).collect()
}
