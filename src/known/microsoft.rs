//! Microsoft's clouds, by the names that they use in DNS.

use strum::IntoStaticStr;

use crate::model::names::Fqdn;

/// A Microsoft cloud; each federates by an edge of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Cloud {
    /// For everybody, and for the American authorities of GCC.
    Worldwide,
    /// GCC High.
    GccHigh,
    /// The American Department of Defense.
    Dod,
    /// Operated by 21Vianet in China.
    China,
}

impl Cloud {
    /// The cloud whose edge has this name.
    pub fn of(edge: &Fqdn) -> Option<Self> {
        let name = edge.as_str();
        if is_below(name, &["skypeforbusiness.us"]) {
            let is_dod = name.split('.').any(|label| label == "dod");
            Some(if is_dod { Self::Dod } else { Self::GccHigh })
        } else if is_below(name, &["lync.cn"]) {
            Some(Self::China)
        } else {
            is_below(name, &["lync.com"]).then_some(Self::Worldwide)
        }
    }

    /// The key of its name in the texts.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Where mail for Microsoft 365 arrives, in all its clouds; the second is the default for domains
/// since July 2026.
const MAIL: [&str; 4] = [
    "mail.protection.outlook.com",
    "mx.microsoft",
    "mail.protection.office365.us",
    "mail.protection.partner.outlook.cn",
];

/// Where the names that Microsoft's clients look for lead, when they lead to Microsoft 365.
const SERVICES: [&str; 6] = [
    "outlook.com",
    "lync.com",
    "office365.us",
    "skypeforbusiness.us",
    "partner.outlook.cn",
    "lync.cn",
];

/// Filters that take mail for others and hand it on to the mail servers behind them: Hornetsecurity, Proofpoint,
/// Mimecast, Barracuda, Broadcom, Cisco, Retarus.
const FILTERS: [&str; 9] = [
    "hornetsecurity.com",
    "antispameurope.com",
    "pphosted.com",
    "ppe-hosted.com",
    "mimecast.com",
    "barracudanetworks.com",
    "messagelabs.com",
    "iphmx.com",
    "retarus.com",
];

/// What the SPF record of a domain names whose mail Microsoft 365 sends.
const SENDERS: [&str; 3] = [
    "spf.protection.outlook.com",
    "spf.protection.office365.us",
    "spf.protection.partner.outlook.cn",
];

/// The beginning of the TXT record by which a tenant proves that it holds a domain.
const PROOF: &str = "MS=";
/// The longest proof, in characters.
const MAX_PROOF: usize = 43;

/// True for a server that takes mail for Microsoft 365.
pub fn is_mail_server(name: &str) -> bool {
    is_below(name, &MAIL)
}

/// True for a server that takes mail for others behind it.
pub fn is_mail_filter(name: &str) -> bool {
    is_below(name, &FILTERS)
}

/// True for a name at Microsoft 365 that its clients are led to.
pub fn is_service(name: &str) -> bool {
    is_below(name, &SERVICES)
}

/// As much of a TXT record as is worth showing, if it proves that a tenant holds the domain.
pub fn proof(text: &str) -> Option<String> {
    let (beginning, _) = text.split_at_checked(PROOF.len())?;
    let is_proof = beginning.eq_ignore_ascii_case(PROOF);
    is_proof.then(|| text.chars().take(MAX_PROOF).collect())
}

/// The part of an SPF record (RFC 7208 §5.2, §6.1) that lets Microsoft 365 send mail from the domain, which it does for
/// a tenant that holds the domain. Such a part is often left where the tenant is gone.
pub fn sender(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let mut terms = text.split_ascii_whitespace();
    if terms.next() != Some("v=spf1") {
        return None;
    }
    let is_microsoft = |term: &&str| {
        let term = term.trim_start_matches(['+', '?', '~', '-']);
        let name = term
            .strip_prefix("include:")
            .or_else(|| term.strip_prefix("redirect="));
        name.is_some_and(|name| SENDERS.contains(&name.trim_end_matches('.')))
    };
    let term = terms.find(is_microsoft)?;
    Some(format!("v=spf1 … {term}"))
}

/// True if a name is one of these or lies below one; the comparison is label by label.
fn is_below(name: &str, zones: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    zones.iter().any(|zone| {
        name.strip_suffix(zone)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_microsoft_send_mail() {
        for (text, found) in [
            (
                "v=spf1 include:spf.hornetsecurity.com include:spf.protection.outlook.com -all",
                Some("v=spf1 … include:spf.protection.outlook.com"),
            ),
            (
                "V=SPF1 ?Include:SPF.protection.Outlook.com. ~all",
                Some("v=spf1 … ?include:spf.protection.outlook.com."),
            ),
            (
                "v=spf1 redirect=spf.protection.office365.us",
                Some("v=spf1 … redirect=spf.protection.office365.us"),
            ),
            ("v=spf1 include:notspf.protection.outlook.com -all", None),
            ("v=spf10 include:spf.protection.outlook.com", None),
            ("spf.protection.outlook.com", None),
        ] {
            assert_eq!(sender(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn each_cloud_has_its_edges() {
        for (edge, cloud) in [
            ("sipfed.online.lync.com", Some("worldwide")),
            ("SIPFED.online.gov.skypeforbusiness.us", Some("gcc-high")),
            ("sipfed.online.dod.skypeforbusiness.us", Some("dod")),
            ("sipfed.online.partner.lync.cn", Some("china")),
            ("xphone.zahnfee.de", None),
            ("sipfed.notlync.com", None),
        ] {
            let key = Cloud::of(&Fqdn::parse(edge).expect(edge)).map(Cloud::key);
            assert_eq!(key, cloud, "{edge}");
        }
    }
}
