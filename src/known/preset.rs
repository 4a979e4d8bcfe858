//! Certificates that devices and programs make for themselves at installation, by what stands in them.
//! Whoever shows such a one answers in place of the server that is meant, or nobody has chosen another.

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A firewall, a router or another machine, which answers itself.
    Device(&'static str),
    /// A program or a service, mostly on the server itself.
    Program(&'static str),
}

/// Words of a subject or an issuer, lower-case, as the makers write them. Sources: OPNsense and pfSense
/// (`cert_create` of their web interfaces), Sophos Firewall help ("Certificates", built-in certificate),
/// Microsoft Learn ("Digital certificates and encryption in Exchange Server": WMSvc and Exchange).
const SUBJECTS: [(&str, Maker); 12] = [
    (
        "opnsense self-signed web certificate",
        Maker::Device("OPNsense"),
    ),
    ("cn=opnsense.", Maker::Device("OPNsense")),
    (
        "pfsense webconfigurator self-signed",
        Maker::Device("pfSense"),
    ),
    ("pfsense gui default self-signed", Maker::Device("pfSense")),
    ("cn=appliancecertificate", Maker::Device("Sophos Firewall")),
    ("o=vmware installer", Maker::Device("VMware ESXi")),
    ("cn=vigor router", Maker::Device("DrayTek Vigor")),
    ("o=ubiquiti inc", Maker::Device("UniFi")),
    ("cn=wmsvc-", Maker::Program("IIS Web Management Service")),
    (
        "cn=microsoft exchange server auth",
        Maker::Program("Microsoft Exchange"),
    ),
    (
        "cn=ssl_self_signed_fallback",
        Maker::Program("Microsoft SQL Server"),
    ),
    ("cn=localhost", Maker::Program("IIS Express / ASP.NET")),
];

/// Names that lead to routers only: within their own network, or by the dynamic DNS of their makers, for which
/// they get certificates of public CAs (MyFRITZ!, DrayDDNS, asuscomm.com). A FRITZ!Box enters several.
const ROUTERS: [(&str, &str); 9] = [
    ("fritz.box", "FRITZ!Box"),
    ("fritz.nas", "FRITZ!Box"),
    ("myfritz.net", "FRITZ!Box"),
    ("speedport.ip", "Speedport"),
    ("drayddns.com", "DrayTek Vigor"),
    ("routerlogin.net", "NETGEAR"),
    ("tplinkwifi.net", "TP-Link"),
    ("router.asus.com", "ASUS"),
    ("asuscomm.com", "ASUS"),
];

/// The router that this name leads to.
fn router(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is_within = |zone: &str| {
        let before = name.strip_suffix(zone);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let mut known = ROUTERS.iter();
    known
        .find(|(zone, _)| is_within(zone))
        .map(|(_, router)| *router)
}

/// Who made a certificate of this subject and issuer, for these names.
pub fn maker<'a>(
    subject: &str,
    issuer: &str,
    mut names: impl Iterator<Item = &'a String>,
) -> Option<Maker> {
    if let Some(router) = names.find_map(|name| router(name)) {
        return Some(Maker::Device(router));
    }
    let written = [subject, issuer].map(str::to_ascii_lowercase);
    let is_there = |word: &str| {
        let mut written = written.iter();
        written.any(|text| {
            text.match_indices(word).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + word.len()..].chars().next();
                // Names of attributes begin there; "localhost" is a name of its own.
                let begins = before.is_none_or(|before| !before.is_alphanumeric());
                begins && (word != "cn=localhost" || after.is_none_or(|after| after == ','))
            })
        })
    };
    let mut known = SUBJECTS.iter();
    known
        .find(|(word, _)| is_there(word))
        .map(|(_, maker)| *maker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_by_their_subjects() {
        let made = |subject: &str| maker(subject, "", [].iter());
        let device = |name| Some(Maker::Device(name));
        assert_eq!(
            made("C=NL, O=OPNsense self-signed web certificate, CN=OPNsense.localdomain"),
            device("OPNsense")
        );
        assert_eq!(
            made("O=pfSense webConfigurator Self-Signed Certificate, CN=pfSense-5f099cf870c18"),
            device("pfSense")
        );
        assert_eq!(
            made("O=NA, CN=ApplianceCertificate_C01001"),
            device("Sophos Firewall")
        );
        let program = Some(Maker::Program("IIS Express / ASP.NET"));
        assert_eq!(made("CN=localhost"), program);
        assert_eq!(made("CN=localhost.zahnfee.de"), None);
        assert_eq!(made("CN=xphone.zahnfee.de, O=Zahnfee"), None);
        assert_eq!(
            made("CN=Vigor Router, O=DrayTek Corp."),
            device("DrayTek Vigor")
        );
    }

    #[test]
    fn routers_by_their_names() {
        for (name, expected) in [
            ("abc123.myfritz.net", Some("FRITZ!Box")),
            ("Fritz.Box", Some("FRITZ!Box")),
            ("zahnfee.drayddns.com", Some("DrayTek Vigor")),
            ("notmyfritz.net", None),
            ("myfritz.net.zahnfee.de", None),
            ("xphone.zahnfee.de", None),
        ] {
            assert_eq!(router(name), expected, "{name}");
            let made = maker("", "", [name.to_owned()].iter());
            assert_eq!(made, expected.map(Maker::Device), "{name}");
        }
    }
}
