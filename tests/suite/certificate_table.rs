//! Step 5 as a table: the full product of what a certificate can be, judged without network, process
//! or clock. Its dates, second by second, are in `certificate_ages.rs`.
//!
//! What is expected is written from what the guide and the rules for certificates ask, dimension by
//! dimension, never from the judge.

use time::OffsetDateTime;
use time::macros::datetime;
use xfed::internals::{
    Der, Domain, EndpointFacts, Fqdn, Held, Offers, Roots, Row, Terms, TrustFacts, offers,
    read_certificates,
};

use crate::certificate_row;
use crate::stage::FQDN;
use crate::world::certificates::Purpose;
use crate::world::{Authority, Identity};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);
pub(crate) const DOMAIN: &str = "zahnfee.de";
const WILDCARD: &str = "*.zahnfee.de";

/// Declares a dimension of the table with all its values.
macro_rules! dimension {
    ($name:ident: $($value:ident),+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum $name { $($value),+ }

        impl $name {
            const ALL: &[Self] = &[$(Self::$value),+];
        }
    };
}

dimension!(Subject: Exact, Missing, Wildcard, Other);
dimension!(San: Exact, ExactAndWildcard, Wildcard, Other, Missing);
dimension!(Eku: Both, Server, Client, Missing);
dimension!(Key: Rsa, Ec);
dimension!(Chain: Full, NoIntermediate, NoIntermediateButAia, NoIntermediateOfPublicCa, SelfSigned, Stranger);
dimension!(Dates: Sound, Expired, NotYet, Soon);

/// One cell; a failure prints it.
#[derive(Clone, Copy, Debug)]
struct Case {
    subject: Subject,
    san: San,
    eku: Eku,
    key: Key,
    chain: Chain,
    dates: Dates,
}

/// Everything with everything; only the chain that differs by the name of its CA alone is left out
/// but for one purpose and one key, to save the time.
fn product() -> Vec<Case> {
    let mut cases = Vec::new();
    for &subject in Subject::ALL {
        for &san in San::ALL {
            for &eku in Eku::ALL {
                for &key in Key::ALL {
                    for &chain in Chain::ALL {
                        cases.extend(Dates::ALL.iter().map(|&dates| Case {
                            subject,
                            san,
                            eku,
                            key,
                            chain,
                            dates,
                        }));
                    }
                }
            }
        }
    }
    cases.retain(|case| {
        case.chain != Chain::NoIntermediateOfPublicCa
            || (case.eku == Eku::Both && case.key == Key::Rsa)
    });
    cases
}

// What is asked for, one dimension at a time.

/// The two names go together: which SAN counts depends on the subject and the other way round.
/// Without a SAN, `cert-no-san` stands for the missing equality where the subject would have been
/// right; where only a wildcard matches, `cert-wildcard` does.
fn expected_of_names(subject: Subject, san: San) -> Vec<&'static str> {
    let right = matches!(san, San::Exact | San::ExactAndWildcard);
    let nothing_matches = match san {
        San::Exact | San::ExactAndWildcard | San::Wildcard => false,
        San::Other => true,
        San::Missing => matches!(subject, Subject::Missing | Subject::Other),
    };
    chosen(&[
        ("cert-name-mismatch", nothing_matches),
        (
            "cert-wildcard",
            subject == Subject::Wildcard || san == San::Wildcard,
        ),
        (
            "cert-extra-wildcard",
            subject == Subject::Exact && san == San::ExactAndWildcard,
        ),
        ("cert-no-san", san == San::Missing),
        ("cert-subject-differs", right && subject == Subject::Other),
        ("cert-no-subject", right && subject == Subject::Missing),
    ])
}

/// Only the other SAN of this table has the bare domain.
fn expected_of_domain(san: San) -> Vec<&'static str> {
    chosen(&[("cert-no-sip-domain", san != San::Other)])
}

fn expected_of_eku(eku: Eku) -> Vec<&'static str> {
    match eku {
        Eku::Both | Eku::Missing => vec![],
        Eku::Server => vec!["cert-no-client-auth"],
        Eku::Client => vec!["cert-no-server-auth"],
    }
}

fn expected_of_key(key: Key) -> Vec<&'static str> {
    chosen(&[("cert-ecdsa", key == Key::Ec)])
}

/// A lone leaf of an unknown CA may lack an intermediate or come from a private CA; only an AIA
/// address or the name of a public CA speaks for the former.
fn expected_of_chain(chain: Chain) -> Vec<&'static str> {
    match chain {
        Chain::Full => vec![],
        Chain::NoIntermediateButAia | Chain::NoIntermediateOfPublicCa => {
            vec!["cert-chain-incomplete"]
        }
        Chain::SelfSigned => vec!["cert-self-signed"],
        Chain::NoIntermediate | Chain::Stranger => vec!["cert-untrusted-issuer"],
    }
}

fn expected_of_dates(dates: Dates) -> Vec<&'static str> {
    match dates {
        Dates::Sound => vec![],
        Dates::Expired => vec!["cert-expired"],
        Dates::NotYet => vec!["cert-not-yet-valid"],
        Dates::Soon => vec!["cert-expires-soon"],
    }
}

fn chosen(codes: &[(&'static str, bool)]) -> Vec<&'static str> {
    let codes = codes.iter().filter(|(_, holds)| *holds);
    codes.map(|(code, _)| *code).collect()
}

fn expected(case: Case) -> Vec<&'static str> {
    [
        expected_of_names(case.subject, case.san),
        expected_of_domain(case.san),
        expected_of_eku(case.eku),
        expected_of_key(case.key),
        expected_of_chain(case.chain),
        expected_of_dates(case.dates),
    ]
    .concat()
}

/// An extra wildcard is named even where the subject is wrong: no fault hides another one.
fn beside_the_subject(case: Case) -> Option<&'static str> {
    let wrong = matches!(case.subject, Subject::Missing | Subject::Other);
    (wrong && case.san == San::ExactAndWildcard).then_some("cert-extra-wildcard")
}

/// How much a code weighs, in the view of the owner or of a partner.
fn severity(code: &str, partner: bool) -> &'static str {
    match (code, partner) {
        (
            "cert-name-mismatch"
            | "cert-no-san"
            | "cert-expired"
            | "cert-not-yet-valid"
            | "cert-self-signed"
            | "cert-untrusted-issuer"
            | "cert-chain-incomplete"
            | "cert-no-server-auth",
            _,
        )
        | ("cert-wildcard" | "cert-subject-differs", false) => "fail",
        ("cert-expires-soon", _)
        | ("cert-wildcard", true)
        | (
            "cert-extra-wildcard"
            | "cert-no-subject"
            | "cert-no-client-auth"
            | "cert-not-reselected",
            false,
        ) => "warn",
        ("cert-ecdsa" | "cert-no-sip-domain" | "cert-too-long", _)
        | (
            "cert-subject-differs"
            | "cert-extra-wildcard"
            | "cert-no-subject"
            | "cert-no-client-auth"
            | "cert-not-reselected",
            true,
        ) => "info",
        _ => panic!("{code} is not in this table"),
    }
}

/// A row as it is compared: its status, and its findings with their severities in the codes' order.
/// A code that stands twice shows twice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    status: &'static str,
    findings: Vec<(&'static str, &'static str)>,
}

impl Outcome {
    /// What becomes of these codes.
    fn of(codes: &[&'static str], partner: bool) -> Self {
        let weighed = codes.iter().map(|code| (*code, severity(code, partner)));
        let mut findings: Vec<_> = weighed.collect();
        findings.sort_unstable();
        let weighs = |wanted| findings.iter().any(|(_, severity)| *severity == wanted);
        let worst = ["fail", "warn"].into_iter().find(|wanted| weighs(*wanted));
        let status = worst.unwrap_or("pass");
        Self { status, findings }
    }
}

pub(crate) const VIEWS: [&str; 2] = ["own", "partner's"];

pub(crate) fn in_both_views(codes: &[&'static str]) -> [Outcome; 2] {
    [false, true].map(|partner| Outcome::of(codes, partner))
}

impl From<Row> for Outcome {
    fn from(row: Row) -> Self {
        let mut findings: Vec<_> = row
            .findings
            .iter()
            .map(|finding| (finding.rule.code, finding.severity.id()))
            .collect();
        findings.sort_unstable();
        Self {
            status: row.status.id(),
            findings,
        }
    }
}

/// An endpoint that showed this chain, as the probes would have written it down at `now`.
pub(crate) fn endpoint(identity: &Identity, roots: &Roots, now: OffsetDateTime) -> EndpointFacts {
    let chain = identity.chain.iter().map(|der| Der(der.to_vec()));
    certificate_row::endpoint(FQDN, chain.collect(), roots, now)
}

/// Judges once, and weighs it twice: as the owner's and as a partner's.
pub(crate) fn judged(endpoint: &EndpointFacts, now: OffsetDateTime) -> [Outcome; 2] {
    certificate_row::judged(endpoint, DOMAIN, now).map(Into::into)
}

/// The same certificates in a file with their key, as `xfed cert FILE` judges them.
fn judged_as_file(identity: &Identity, roots: &Roots) -> Outcome {
    let file = identity.key_pem() + &identity.chain_pem();
    let held = Held {
        source: "all.pem".to_owned(),
        contents: read_certificates(file.as_bytes()).expect("PEM"),
    };
    let fqdn = Fqdn::parse(FQDN).expect("a name");
    let mut found = offers(&[held], &fqdn);
    for offer in &mut found {
        let path = roots.look_at(&offer.chain, NOW.unix_timestamp());
        offer.trust = Some(TrustFacts {
            verdict: roots.verdict(path.as_ref()),
            local: None,
            public: None,
            path,
        });
    }
    let terms = Terms::new(Domain::parse(DOMAIN).expect("a domain"), NOW);
    let judged = Offers::judged(found, &fqdn, &terms);
    let [offer] = judged.offers.as_slice() else {
        panic!("one certificate is no CA's: {judged:?}");
    };
    let mut findings: Vec<_> = offer
        .findings
        .iter()
        .map(|finding| (finding.rule.code, finding.severity.id()))
        .collect();
    findings.sort_unstable();
    Outcome {
        status: offer.status.id(),
        findings,
    }
}

/// The authorities of the table: one that is trusted, two that are not.
struct Issuers {
    own: Authority,
    public: Authority,
    stranger: Authority,
}

impl Issuers {
    fn issue(&self, case: Case) -> Identity {
        let issuer = match case.chain {
            Chain::NoIntermediateOfPublicCa => &self.public,
            Chain::Stranger => &self.stranger,
            _ => &self.own,
        };
        let request = issuer.certificate(FQDN);
        let request = match case.subject {
            Subject::Exact => request,
            Subject::Missing => request.no_common_name(),
            Subject::Wildcard => request.common_name(WILDCARD),
            Subject::Other => request.common_name(DOMAIN),
        };
        let request = match case.san {
            San::Exact => request,
            San::ExactAndWildcard => request.names(&[WILDCARD, FQDN]),
            San::Wildcard => request.names(&[WILDCARD]),
            San::Other => request.names(&[DOMAIN, "www.zahnfee.de"]),
            San::Missing => request.no_names(),
        };
        let request = match case.eku {
            Eku::Both => request.eku(&[Purpose::ServerAuth, Purpose::ClientAuth]),
            Eku::Server => request.server_auth_only(),
            Eku::Client => request.client_auth_only(),
            Eku::Missing => request.no_eku(),
        };
        let request = match case.key {
            Key::Rsa => request.rsa(),
            Key::Ec => request,
        };
        let request = match case.chain {
            Chain::Full | Chain::Stranger => request,
            Chain::NoIntermediate | Chain::NoIntermediateOfPublicCa => {
                request.without_intermediate()
            }
            Chain::NoIntermediateButAia => request
                .without_intermediate()
                .aia("http://ca.toothfairy.example/issuing.crt"),
            Chain::SelfSigned => request.self_signed(),
        };
        let request = match case.dates {
            Dates::Sound => request.valid(-30, 60),
            Dates::Expired => request.valid(-91, -1),
            Dates::NotYet => request.valid(2, 92),
            Dates::Soon => request.valid(-70, 20),
        };
        request.issue()
    }
}

#[test]
fn every_combination_has_exactly_its_codes() {
    let issuers = Issuers {
        own: Authority::at("Tooth Fairy Root CA", NOW),
        public: Authority::of_at("DigiCert Inc", NOW),
        stranger: Authority::at("Caries Root CA", NOW),
    };
    let roots = Roots::from_certificates([issuers.own.root_der()]);
    let mut wrong = Vec::new();
    let cases = product();
    for &case in &cases {
        let identity = issuers.issue(case);
        let endpoint = endpoint(&identity, &roots, NOW);
        let mut codes = expected(case);
        codes.extend(beside_the_subject(case));
        let (expected, found) = (in_both_views(&codes), judged(&endpoint, NOW));
        let as_file = judged_as_file(&identity, &roots);
        if as_file != found[0] {
            wrong.push(format!(
                "{case:?} in a file\n  shown   {:?}\n  in file {as_file:?}",
                found[0]
            ));
        }
        for (view, (expected, found)) in VIEWS.iter().zip(expected.into_iter().zip(found)) {
            if found != expected {
                wrong.push(format!(
                    "{case:?} as {view}\n  expected {expected:?}\n  found    {found:?}"
                ));
            }
        }
    }
    assert_eq!(cases.len(), 4 * 5 * 4 * 2 * 5 * 4 + 4 * 5 * 4);
    assert!(
        wrong.is_empty(),
        "{} of {} rows are judged otherwise, the first of them:\n{}",
        wrong.len(),
        cases.len() * 2,
        wrong[..wrong.len().min(10)].join("\n")
    );
}
