//! Microsoft's `ms-diagnostics` codes, and which findings explain them ([MS-OCER] §8.2).

use crate::model::finding::StepId;

/// What support sees on the Microsoft side.
#[derive(Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The number in the `ms-diagnostics` header.
    pub number: u16,
    /// The text in the catalogue of messages.
    pub text: &'static str,
    /// Microsoft's own words; empty where no source has them.
    pub reason: &'static str,
    /// The steps to look at.
    pub steps: &'static [StepId],
    /// The findings that explain it.
    pub codes: &'static [&'static str],
}

/// The diagnostic of this number.
pub fn find(number: u16) -> Option<&'static Diagnostic> {
    DIAGNOSTICS
        .iter()
        .find(|diagnostic| diagnostic.number == number)
}

/// Every known diagnostic, by number.
pub static DIAGNOSTICS: [Diagnostic; 17] = [
    Diagnostic {
        number: 1002,
        text: "ms-1002",
        reason: "From URI not authorized to communicate with federated partners",
        steps: &[],
        codes: &[],
    },
    Diagnostic {
        number: 1003,
        text: "ms-1003",
        reason: "User does not exist",
        steps: &[],
        codes: &[],
    },
    Diagnostic {
        number: 1005,
        text: "ms-1005",
        reason: "Cannot route to destination domain",
        steps: &[StepId::Srv],
        codes: &[
            "srv-missing",
            "srv-points-to-microsoft",
            "srv-service-disabled",
        ],
    },
    Diagnostic {
        number: 1007,
        text: "ms-1007",
        reason: "Temporarily cannot route",
        steps: &[StepId::Tcp],
        codes: &[],
    },
    Diagnostic {
        number: 1008,
        text: "ms-1008",
        reason: "Unable to resolve DNS SRV record",
        steps: &[StepId::Srv],
        codes: &[
            "srv-missing",
            "srv-name-typo",
            "srv-owner-doubled",
            "srv-wrong-type",
            "srv-target-malformed",
            "domain-lookup-failed",
        ],
    },
    Diagnostic {
        number: 1009,
        text: "ms-1009",
        reason: "Conflicting SRV and host domains in DNS",
        steps: &[StepId::Address],
        codes: &["fqdn-foreign-domain", "fqdn-too-deep"],
    },
    Diagnostic {
        number: 1010,
        text: "ms-1010",
        reason: "Certificate trust with next-hop server could not be established",
        steps: &[StepId::Certificate],
        codes: &[
            "cert-chain-incomplete",
            "cert-untrusted-issuer",
            "cert-self-signed",
            "cert-locally-trusted-only",
            "cert-intercepted",
            "cert-name-mismatch",
            "cert-wildcard",
            "cert-no-san",
            "cert-subject-differs",
            "cert-expired",
            "cert-not-yet-valid",
            "cert-revoked",
            "cert-no-server-auth",
            "cert-wrong-order",
            "cert-weak-signature",
            "cert-weak-key",
            "cert-wrong-signature",
            "cert-issuer-not-ca",
            "cert-issuer-no-cert-sign",
            "cert-path-too-long",
            "cert-name-not-permitted",
            "cert-critical-extension",
        ],
    },
    Diagnostic {
        number: 1011,
        text: "ms-1011",
        reason: "Ms-Diagnostics header not provided by previous hop",
        steps: &[],
        codes: &[],
    },
    Diagnostic {
        number: 1012,
        text: "ms-1012",
        reason: "From URI is not authorized to communicate with users outside the enterprise",
        steps: &[],
        codes: &[],
    },
    Diagnostic {
        number: 1013,
        text: "ms-1013",
        reason: "Significant time skew detected",
        steps: &[StepId::Certificate],
        codes: &["cert-not-yet-valid", "cert-expired"],
    },
    Diagnostic {
        number: 1014,
        text: "ms-1014",
        reason: "Unable to resolve DNS A record",
        steps: &[StepId::Address],
        codes: &["fqdn-not-found", "fqdn-no-a-record"],
    },
    Diagnostic {
        number: 1027,
        text: "ms-1027",
        reason: "Cannot route this type of SIP request to or from federated partners",
        steps: &[StepId::Srv],
        codes: &["srv-points-to-microsoft", "srv-mixed-platforms"],
    },
    Diagnostic {
        number: 1034,
        text: "ms-1034",
        reason: "Previous hop federated peer did not report diagnostic information",
        steps: &[],
        codes: &[],
    },
    Diagnostic {
        number: 1036,
        text: "ms-1036",
        reason: "",
        steps: &[StepId::Srv, StepId::Tcp],
        codes: &[],
    },
    Diagnostic {
        number: 1038,
        text: "ms-1038",
        reason: "",
        steps: &[StepId::Srv, StepId::Tcp],
        codes: &[],
    },
    Diagnostic {
        number: 1046,
        text: "ms-1046",
        reason: "",
        steps: &[StepId::Tcp],
        codes: &[
            "tcp-filtered",
            "tcp-refused",
            "tcp-unreachable",
            "tcp-partly-open",
        ],
    },
    Diagnostic {
        number: 1047,
        text: "ms-1047",
        reason: "Failed to complete TLS negotiation with a federated peer server",
        steps: &[StepId::Certificate, StepId::Federation],
        codes: &[
            "cert-untrusted-issuer",
            "cert-no-client-auth",
            "tls-handshake-failed",
            "tls-worse-for-windows",
            "tls-closed",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::all_rules;

    #[test]
    fn every_finding_named_exists() {
        for diagnostic in &DIAGNOSTICS {
            assert_eq!(diagnostic.text, format!("ms-{}", diagnostic.number));
            for code in diagnostic.codes {
                assert!(
                    all_rules().any(|(_, rule)| rule.code == *code),
                    "{} names {code}",
                    diagnostic.number
                );
            }
        }
    }
}
