//! The cases of x509-limbo, which many libraries are held against, judged without network: where the
//! verdict is another one, the reason stands here.

use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::CertificateDer;
use xfed::internals::{Der, Fqdn, Roots};

use crate::certificate_row::{endpoint, judged};

/// One case, as it stands in the file.
#[derive(Default)]
struct Case {
    id: &'static str,
    for_server: bool,
    good: bool,
    at: i64,
    peer: &'static str,
    roots: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    leaf: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let lines = include_str!("../fixtures/limbo.txt").lines();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("a word");
        let kind = word();
        if kind == "case" {
            cases.push(Case {
                id: word(),
                for_server: word() == "SERVER",
                good: word() == "SUCCESS",
                at: word().parse().expect("seconds"),
                peer: word(),
                ..Case::default()
            });
            continue;
        }
        let text = word();
        let der = pem::parse(format!(
            "-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
        ));
        let der = der.expect("Base64").into_contents();
        let case = cases.last_mut().expect("a case before its certificates");
        match kind {
            "root" => case.roots.push(der),
            "sent" => case.sent.push(der),
            "leaf" => case.leaf = der,
            _ => panic!("{kind}"),
        }
    }
    cases
}

impl Case {
    fn chain(&self) -> Vec<Der> {
        let leaf = std::iter::once(&self.leaf);
        leaf.chain(&self.sent).cloned().map(Der).collect()
    }

    fn roots(&self) -> Roots {
        Roots::from_certificates(self.roots.iter().cloned().map(CertificateDer::from))
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.at).expect("a moment")
    }

    /// What is found of it as the certificate of a server, each by code and severity. What it says of
    /// names counts only where the peer has a name as servers have here.
    fn found(&self) -> Vec<(String, &'static str)> {
        let name = self.peer.strip_prefix("DNS:").filter(|_| self.for_server);
        let name = name.filter(|name| Fqdn::parse(name).is_ok());
        let chain = self.chain();
        let endpoint = endpoint(name.unwrap_or(OTHER), chain, &self.roots(), self.now());
        let [row, _] = judged(&endpoint, "zahnfee.de", self.now());
        let findings = row.findings.iter().filter(|finding| {
            let of_name = ["cert-name-mismatch", "cert-wildcard", "cert-no-san"];
            let code = finding.rule.code;
            // That the subject is the FQDN, too, is asked by XPhone, not by RFC 5280.
            code != "cert-subject-differs"
                && (name.is_some() || !of_name.contains(&code))
                && (self.for_server || code != "cert-no-server-auth")
        });
        findings
            .map(|finding| (finding.rule.code.to_owned(), finding.severity.id()))
            .collect()
    }
}

/// The server's name where the peer of a case has none.
const OTHER: &str = "server.example";

/// Cases that are judged otherwise here, all for one reason.
struct Differs {
    reason: &'static str,
    /// What is said all the same, as a warning or a failure.
    said: Option<&'static str>,
    cases: &'static [&'static str],
}

const DIFFERS: &[Differs] = &[
    Differs {
        reason: "a revocation list that this judge is not given: it is looked up by `judge_crl`",
        said: None,
        cases: &[
            "crl::crlnumber-critical",
            "crl::crlnumber-missing",
            "crl::issuer-missing-crlsign",
            "crl::revoked-certificate-with-crl",
        ],
    },
    Differs {
        reason: "a depth that the caller of a library sets; ours is 24 certificates",
        said: None,
        cases: &[
            "pathlen::max-chain-depth-0-exhausted",
            "pathlen::max-chain-depth-1-exhausted",
        ],
    },
    Differs {
        reason: "critical where RFC 5280 says it is not: OpenSSL refuses, GnuTLS takes it",
        said: Some("cert-refused-by-some"),
        cases: &[
            "rfc5280::aki::critical-aki",
            "rfc5280::ee-critical-aia-invalid",
        ],
    },
    Differs {
        reason: "an address that is none below constraints for addresses: OpenSSL refuses, GnuTLS takes it",
        said: Some("cert-refused-by-some"),
        cases: &["rfc5280::nc::nc-permits-invalid-ip-san"],
    },
    Differs {
        reason: "a root that names another certificate as its issuer: OpenSSL refuses, GnuTLS takes it",
        said: Some("cert-refused-by-some"),
        cases: &[
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-ski-mismatch",
        ],
    },
    Differs {
        reason: "a leaf whose key usage has no use of TLS: a path, and no handshake with it",
        said: Some("cert-no-tls-usage"),
        cases: &[
            "pathlen::validation-ignores-pathlen-in-leaf",
            "rfc5280::ca-as-leaf",
        ],
    },
    Differs {
        reason: "identifiers are not needed to verify (RFC 5280 §4.2.1.1 is for CAs that issue): all take it",
        said: None,
        cases: &[
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::ski::intermediate-missing-ski",
            "rfc5280::ski::root-missing-ski",
            "webpki::aki::root-with-aki-missing-keyidentifier",
        ],
    },
    Differs {
        reason: "a rule for what CAs issue, which RFC 5280 §6 does not ask of who verifies: all take it",
        said: None,
        cases: &[
            "rfc5280::leaf-ku-keycertsign",
            "rfc5280::nc::invalid-dnsname-leading-period",
            "rfc5280::nc::not-allowed-in-ee-critical",
            "rfc5280::nc::not-allowed-in-ee-noncritical",
            "rfc5280::nc::permitted-dns-match-noncritical",
            "rfc5280::pc::ica-noncritical-pc",
            "rfc5280::root-missing-basic-constraints",
            "rfc5280::root-non-critical-basic-constraints",
            "rfc5280::san::noncritical-with-empty-subject",
            "rfc5280::serial::too-long",
            "rfc5280::serial::zero",
        ],
    },
    Differs {
        reason: "a name that is malformed, beside none that is asked for: all take it",
        said: None,
        cases: &[
            "rfc5280::nc::nc-permits-invalid-dns-san",
            "rfc5280::nc::nc-permits-invalid-email-san",
            "rfc5280::san::ip-in-dns",
            "rfc5280::san::underscore-dns",
        ],
    },
    Differs {
        reason: "a rule of the CA/Browser Forum for public CAs only: all take it",
        said: None,
        cases: &[
            "webpki::cn::case-mismatch",
            "webpki::cn::ipv4-hex-mismatch",
            "webpki::cn::ipv4-leading-zeros-mismatch",
            "webpki::cn::ipv6-non-rfc5952-mismatch",
            "webpki::cn::ipv6-uncompressed-mismatch",
            "webpki::cn::ipv6-uppercase-mismatch",
            "webpki::cn::not-in-san",
            "webpki::cn::punycode-not-in-san",
            "webpki::cn::utf8-vs-punycode-mismatch",
            "webpki::ee-basicconstraints-ca",
            "webpki::eku::ee-anyeku",
            "webpki::eku::ee-critical-eku",
            "webpki::eku::ee-without-eku",
            "webpki::eku::root-has-eku",
            "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
            "webpki::forbidden-rsa-not-divisible-by-8-in-root",
            "webpki::malformed-aia",
            "webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences",
            "webpki::nc::intermediate-permitted-excluded-subtrees-both-null",
            "webpki::san::san-critical-with-nonempty-subject",
        ],
    },
    Differs {
        reason: "names of one label are no servers here",
        said: None,
        cases: &["webpki::san::san-wildcard-only-tld"],
    },
    Differs {
        reason: "an intermediate given as a root, which the server does not send: OpenSSL refuses it, too",
        said: Some("cert-chain-incomplete"),
        cases: &["rfc5280::root-and-intermediate-swapped"],
    },
    Differs {
        reason: "a root that another one issued, which was not given: OpenSSL goes on from there, and finds none",
        said: Some("cert-not-verifiable"),
        cases: &["cve::cve-2024-0567"],
    },
    Differs {
        reason: "a wildcard, which SIP does not know (RFC 5922 §7.2)",
        said: Some("cert-wildcard"),
        cases: &[
            "webpki::nc::nc-permits-dns-san-pattern",
            "webpki::san::leftmost-wildcard-san",
        ],
    },
];

#[test]
fn every_case_of_limbo_is_judged_alike_or_the_reason_is_known() {
    let cases = cases();
    assert_eq!(cases.len(), 187);
    let mut wrong = Vec::new();
    for case in &cases {
        let found = case.found();
        let weighty = |severity: &str| matches!(severity, "fail" | "unknown");
        let good = !found.iter().any(|(_, severity)| weighty(severity));
        let mut reasons = DIFFERS.iter();
        let differs = reasons.find(|differs| differs.cases.contains(&case.id));
        let told = |differs: &Differs| {
            differs.said.is_none_or(|code| {
                let mut found = found.iter();
                found.any(|(other, severity)| other == code && *severity != "info")
            })
        };
        let as_written = match differs {
            None => good == case.good,
            Some(differs) => good != case.good && told(differs),
        };
        if !as_written {
            let reason = differs.map(|differs| differs.reason);
            wrong.push(format!("{}: {found:?}, explained by {reason:?}", case.id));
        }
    }
    let known = |id: &&str| cases.iter().any(|case| case.id == *id);
    let mut explained = DIFFERS.iter().flat_map(|differs| differs.cases);
    assert!(explained.all(known), "a case that is not in the file");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
