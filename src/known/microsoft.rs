//! Microsoft's clouds, by the names that they use in DNS.

use crate::facts::{Data, Lookup};
use crate::model::names::Fqdn;

/// A Microsoft cloud; each federates by an edge of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        match self {
            Self::Worldwide => "worldwide",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
            Self::China => "china",
        }
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

/// What the TXT record begins with by which a tenant proves that a domain is its own.
const PROOF: &str = "MS=";
/// No proof is longer, in characters.
const MAX_PROOF: usize = 43;

/// What shows that a Microsoft 365 tenant holds a domain, each as a zone file would have it: by its
/// mail servers, its TXT records, and A of names that Microsoft's clients look for.
pub fn traces(mx: &Lookup, txt: Option<&Lookup>, services: &[Lookup]) -> Vec<String> {
    let mail = mx
        .mail_servers()
        .into_iter()
        .filter(|exchange| is_below(exchange, &MAIL))
        .map(|exchange| format!("MX {exchange}"));
    let texts = txt.into_iter().flat_map(Lookup::records);
    let proofs = texts.filter_map(|record| {
        let Data::Txt(string) = &record.data else {
            return None;
        };
        let (mark, _) = string.split_at_checked(PROOF.len())?;
        let shown = || string.chars().take(MAX_PROOF).collect::<String>();
        mark.eq_ignore_ascii_case(PROOF)
            .then(|| format!("TXT {}", shown()))
    });
    let services = services.iter().filter_map(|lookup| {
        // Some of the targets no longer exist: an alias that leads nowhere is a trace, too.
        let alias = lookup.aliases().first()?;
        let own = lookup.name.split('.').next().unwrap_or(&lookup.name);
        is_below(&alias.target, &SERVICES).then(|| format!("{own} CNAME {}", alias.target))
    });
    mail.chain(proofs).chain(services).collect()
}

/// Whether a name is one of these or lies below one, label by label.
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
    fn each_cloud_has_its_edges() {
        for (edge, cloud) in [
            ("sipfed.online.lync.com", Some("worldwide")),
            ("SIPFED.online.gov.skypeforbusiness.us", Some("gcc-high")),
            ("sipfed.online.dod.skypeforbusiness.us", Some("dod")),
            ("sipfed.online.partner.lync.cn", Some("china")),
            ("xphone.zahnfee.de", None),
            ("sipfed.notlync.com", None),
        ] {
            let own = Cloud::of(&Fqdn::parse(edge).expect(edge)).map(Cloud::key);
            assert_eq!(own, cloud, "{edge}");
        }
    }
}
