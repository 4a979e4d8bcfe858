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
const SUBJECTS: [(&str, Maker); 10] = [
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

/// Names that a FRITZ!Box enters in its own certificate, beside its MyFRITZ! name.
const FRITZ_BOX: [&str; 2] = ["fritz.box", "fritz.nas"];

/// Who made a certificate of this subject, issuer and alternative names.
pub fn maker(subject: &str, issuer: &str, names: &[String]) -> Option<Maker> {
    let is_fritz = |name: &String| FRITZ_BOX.contains(&name.to_ascii_lowercase().as_str());
    if names.iter().any(is_fritz) {
        return Some(Maker::Device("FRITZ!Box"));
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
        let made = |subject: &str| maker(subject, "", &[]);
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
        let names = ["abc123.myfritz.net", "fritz.box"].map(str::to_owned);
        assert_eq!(
            maker("CN=abc123.myfritz.net", "", &names),
            device("FRITZ!Box")
        );
        assert_eq!(maker("CN=abc123.myfritz.net", "", &names[..1]), None);
    }
}
