//! Who issues certificates, by name: public CAs and firewalls that re-sign what passes them. Names
//! only hint at a cause; what is trusted is decided by signatures.

/// Organisations that appear as issuers below a public root, lower-case. The roots often bear
/// another name: Let's Encrypt's are those of the Internet Security Research Group.
const PUBLIC: [&str; 36] = [
    "actalis s.p.a.",
    "amazon",
    "asseco data systems s.a.",
    "buypass as-983163327",
    "certum",
    "comodo ca limited",
    "corporation service company",
    "cpanel, llc",
    "d-trust gmbh",
    "deutsche telekom security gmbh",
    "digicert inc",
    "digicert, inc.",
    "entrust limited",
    "entrust, inc.",
    "gandi",
    "gandi sas",
    "geant vereniging",
    "geotrust inc.",
    "globalsign nv-sa",
    "godaddy.com, inc.",
    "google trust services",
    "google trust services llc",
    "hellenic academic and research institutions ca",
    "identrust",
    "internet security research group",
    "let's encrypt",
    "microsoft corporation",
    "quovadis limited",
    "sectigo limited",
    "ssl corporation",
    "starfield technologies, inc.",
    "swisssign ag",
    "t-systems international gmbh",
    "telekom security",
    "the trustico group ltd",
    "zerossl",
];

/// Makers of firewalls and scanners that inspect TLS, and words of their own CAs, lower-case.
const INSPECTORS: [&str; 33] = [
    "avast",
    "barracuda",
    "bitdefender",
    "blue coat",
    "cato networks",
    "check point",
    "cisco umbrella",
    "eset ssl filter",
    "firepower",
    "forcepoint",
    "fortigate",
    "fortinet",
    "gateway ca - cloudflare",
    "genua",
    "goskope",
    "iwsva",
    "kaspersky",
    "mcafee web gateway",
    "mitmproxy",
    "netskope",
    "opnsense",
    "palo alto",
    "pfsense",
    "securepoint",
    "skyhigh",
    "sonicwall",
    "sophos",
    "stormshield",
    "trend micro",
    "untangle",
    "watchguard",
    "zscaler",
    "lancom",
];

/// Organisations whose CAs are one: the roots of Let's Encrypt bear the other name.
const ISRG: [&str; 2] = ["internet security research group", "let's encrypt"];

/// True if the CAs of both organisations are one, however they write it (DigiCert Inc, DigiCert, Inc.).
pub fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(str::to_ascii_lowercase);
    let first_word = |name: &str| -> String {
        let letters = name.chars().take_while(|letter| letter.is_alphanumeric());
        letters.collect()
    };
    let is_isrg = |name: &String| ISRG.contains(&name.as_str());
    first_word(&one) == first_word(&other) || is_isrg(&one) && is_isrg(&other)
}

/// True if an issuer of this organisation is known as a public CA.
pub fn is_public(organisation: &str) -> bool {
    PUBLIC.contains(&organisation.to_ascii_lowercase().as_str())
}

/// An issuer of certificates that nobody trusts, by design: it is for trying out (the staging environment of
/// Let's Encrypt), or for one's own servers only (Cloudflare between itself and whoever is behind it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// <https://letsencrypt.org/docs/staging-environment/>
    Staging,
    /// <https://developers.cloudflare.com/ssl/origin-configuration/origin-ca/>
    CloudflareOrigin,
}

impl Untrusted {
    /// The one of this name.
    pub fn of(issuer: &str) -> Option<Self> {
        let issuer = issuer.to_ascii_lowercase();
        if issuer.contains("(staging)") {
            Some(Self::Staging)
        } else if issuer.contains("cloudflare origin") {
            Some(Self::CloudflareOrigin)
        } else {
            None
        }
    }
}

/// True if an issuer of this organisation gives nearly all its certificates to programs that renew
/// them by themselves (ACME, RFC 8555).
pub fn is_automatic(organisation: &str) -> bool {
    ["let's encrypt", "google trust services", "zerossl"]
        .contains(&organisation.to_ascii_lowercase().as_str())
}

/// A public CA as CAA records know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    /// As people call it.
    pub name: &'static str,
    /// Each of these lets it issue; the first is the one to enter (its CP/CPS, and CCADB).
    pub domains: &'static [&'static str],
    /// How the organisations of its issuers begin, lower-case.
    organisations: &'static [&'static str],
}

impl Authority {
    /// The one of this organisation; the guide's for whoever has none that is known.
    pub fn of(organisation: Option<&str>) -> Self {
        let organisation = organisation.map(str::to_ascii_lowercase);
        let known = AUTHORITIES.iter().find(|authority| {
            let mut organisations = authority.organisations.iter();
            let organisation = organisation.as_deref();
            organisation.is_some_and(|own| organisations.any(|known| own.starts_with(known)))
        });
        *known.unwrap_or(&AUTHORITIES[0])
    }
}

const AUTHORITIES: [Authority; 13] = [
    Authority {
        name: "Let's Encrypt",
        domains: &["letsencrypt.org"],
        organisations: &["let's encrypt", "internet security research group"],
    },
    Authority {
        name: "DigiCert",
        domains: &[
            "digicert.com",
            "www.digicert.com",
            "geotrust.com",
            "rapidssl.com",
            "thawte.com",
            "symantec.com",
            "quovadisglobal.com",
        ],
        organisations: &["digicert", "geotrust", "quovadis"],
    },
    Authority {
        name: "Sectigo",
        domains: &[
            "sectigo.com",
            "comodoca.com",
            "comodo.com",
            "usertrust.com",
            "trust-provider.com",
            "zerossl.com",
        ],
        organisations: &[
            "sectigo",
            "comodo",
            "zerossl",
            "the trustico",
            "gandi",
            "cpanel",
        ],
    },
    Authority {
        name: "GlobalSign",
        domains: &["globalsign.com"],
        organisations: &["globalsign"],
    },
    Authority {
        name: "Google Trust Services",
        domains: &["pki.goog"],
        organisations: &["google trust services"],
    },
    Authority {
        name: "GoDaddy",
        domains: &["godaddy.com", "starfieldtech.com"],
        organisations: &["godaddy", "starfield"],
    },
    Authority {
        name: "D-Trust",
        domains: &["d-trust.net", "dtrust.de"],
        organisations: &["d-trust"],
    },
    Authority {
        name: "Telekom Security",
        domains: &["telesec.de"],
        organisations: &["deutsche telekom security", "telekom security", "t-systems"],
    },
    Authority {
        name: "SwissSign",
        domains: &["swisssign.com", "swisssign.net"],
        organisations: &["swisssign"],
    },
    Authority {
        name: "Certum",
        domains: &["certum.pl", "certum.eu"],
        organisations: &["certum", "asseco"],
    },
    Authority {
        name: "Actalis",
        domains: &["actalis.it"],
        organisations: &["actalis"],
    },
    Authority {
        name: "SSL.com",
        domains: &["ssl.com"],
        organisations: &["ssl corporation"],
    },
    Authority {
        name: "HARICA",
        domains: &["harica.gr"],
        organisations: &["hellenic academic", "geant"],
    },
];

/// True if an issuer of this name is known to re-sign what passes a firewall or a scanner.
pub fn is_inspector(issuer: &str) -> bool {
    let issuer = issuer.to_ascii_lowercase();
    INSPECTORS
        .iter()
        .any(|inspector| has_words(&issuer, inspector))
}

/// Whether they stand there as words: "Sophos Limited", not "Sophosis".
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + words.len()..].chars().next();
        [before, behind]
            .into_iter()
            .flatten()
            .all(|letter| !letter.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hint_at_their_owners() {
        assert!(is_public("Let's Encrypt") && is_public("DigiCert Inc"));
        assert!(is_automatic("Let's Encrypt") && !is_automatic("DigiCert Inc"));
        assert!(!is_public("Zahnfee Global Services AG") && !is_public(""));
        assert!(
            is_inspector("C=US, O=Fortinet, CN=FG100FTK19001234")
                && is_inspector("CN=Zscaler Root CA")
        );
        for device in [
            "O=McAfee Web Gateway, CN=McAfee Web Gateway",
            "O=Zahnfee, CN=ca.zahnfee.goskope.com",
            "O=Trend Micro, CN=IWSVA.TREND",
            "C=US, O=Cloudflare, Inc., CN=Gateway CA - Cloudflare Managed G1",
            "O=LANCOM SYSTEMS, CN=LANCOM_UF_SSL_Proxy_CA",
            "OU=FortiGate, CN=Fortinet_CA_SSL",
        ] {
            assert!(is_inspector(device), "{device}");
        }
        for other in [
            "C=US, O=Let's Encrypt, CN=YR1",
            "O=Sophosis Klinik, CN=Sophosis CA",
            "O=Bitdefenders Verein, CN=CA",
            "O=Untangled GmbH, CN=Untangled CA",
        ] {
            assert!(!is_inspector(other), "{other}");
        }
        for (one, other, is_one) in [
            ("DigiCert Inc", "DigiCert, Inc.", true),
            ("Let's Encrypt", "Internet Security Research Group", true),
            ("Let's Encrypt", "Sectigo Limited", false),
        ] {
            assert_eq!(is_same(one, other), is_one, "{one}, {other}");
        }
        assert_eq!(Untrusted::of("C=US, O=Let's Encrypt, CN=YR1"), None);
    }
}
