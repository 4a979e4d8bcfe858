//! Fills the contract from what was seen; the page for people is made of the same.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::contract::{Document, Fault, Question, Revocation, Sent, Shown, Tls, Tool, Trust};
use super::{SCHEMA, Visit};
use crate::facts::{
    ChainVerdict, Der, PathFault, PathVerdict, Place, RevocationFacts, RevocationOutcome,
    SecondLookFacts, ServerFacts, StapleFault, StapleOutcome, TlsVersion, TrustFacts, Unchecked,
};
use crate::model::names::Fqdn;
use crate::pki::details::Details;
use crate::pki::prints::{Prints, fingerprint};
use crate::pki::wildcard::covers;
use crate::pki::x509::Certificate;
use crate::render::outcomes::{Ending, no_answer_key, tcp_key, text};

pub(super) fn document(visit: &Visit<'_>) -> Document {
    let lookups = visit.exhibit.lookups.iter();
    Document {
        schema: SCHEMA,
        tool: Tool::this(),
        server: visit.peer.to_string(),
        name: visit.peer.server_name().map(Fqdn::to_string),
        made_at: written(visit.now),
        dns: lookups
            .map(|lookup| {
                let (answer, detail) = no_answer_key(lookup.answer());
                Question {
                    record: lookup.record.name(),
                    answer,
                    detail,
                }
            })
            .collect(),
        addresses: visit
            .exhibit
            .servers
            .iter()
            .map(|server| shown(visit, server))
            .collect(),
    }
}

/// What is shown at one address.
pub(super) fn shown(visit: &Visit<'_>, server: &ServerFacts) -> Shown {
    let chain = server.shown().map_or(&[][..], |shown| shown.chain);
    let trust = server.shown().and_then(|shown| shown.trust);
    let staple = server.tls.as_ref().and_then(|tls| tls.staple.as_ref());
    let name = visit.peer.server_name();
    let without_name = server
        .without_sni
        .as_ref()
        .filter(|other| chain.first() != Some(other));
    Shown {
        address: server.address.to_string(),
        tcp: tcp_key(server.tcp),
        tls: tls(server),
        chain: chain.iter().map(|der| sent(der, name, visit.now)).collect(),
        trust: trust.map(|facts| trusted(facts, chain.len(), visit.own_roots)),
        revocation: server.revocation.as_ref().map(listed),
        staple: staple.map(stapled),
        without_name: without_name.map(|der| fingerprint(&der.0)),
    }
}

fn tls(server: &ServerFacts) -> Option<Tls> {
    let tls = server.tls.as_ref()?;
    let ended = Ending::of_tls(&tls.outcome);
    let (version, cipher) = server.agreed();
    let authorities = server.accepted_authorities();
    let second_look = server.second_look.as_ref();
    Some(Tls {
        ended: ended.how,
        detail: ended.detail,
        version: version.map(TlsVersion::name),
        cipher: cipher.map(ToOwned::to_owned),
        plain_text: second_look.and_then(SecondLookFacts::plain_text).map(text),
        asks_for_certificate: match authorities {
            Some(_) => Some(true),
            // A demand stands before the end of a handshake.
            None => (ended.how == "finished").then_some(false),
        },
        accepted_authorities: authorities.unwrap_or_default().to_vec(),
    })
}

/// A certificate, for a server of this name.
pub(super) fn sent(der: &Der, name: Option<&Fqdn>, now: OffsetDateTime) -> Sent {
    let details = Details::read(&der.0);
    let prints = Prints::of(&der.0);
    let read = Certificate::parse(&der.0).ok();
    let names: Vec<String> = read
        .iter()
        .flat_map(Certificate::dns_names)
        .cloned()
        .collect();
    let addresses = details.addresses.iter().map(ToString::to_string);
    let moment = |of: fn(&Certificate) -> OffsetDateTime| read.as_ref().map(of);
    let (not_before, not_after) = (
        moment(|read| read.not_before),
        moment(|read| read.not_after),
    );
    Sent {
        readable: read.is_some(),
        subject: read
            .as_ref()
            .map(|read| read.subject.clone())
            .unwrap_or_default(),
        issuer: read
            .as_ref()
            .map(|read| read.issuer.clone())
            .unwrap_or_default(),
        names_server: read.as_ref().zip(name).map(|(read, name)| {
            let wildcard = || names.iter().any(|one| covers(one, name));
            if read.names_exactly(name.as_str()) {
                "exactly"
            } else if wildcard() {
                "by-wildcard"
            } else {
                "no"
            }
        }),
        names: names.iter().cloned().chain(addresses).collect(),
        not_before: not_before.map(written),
        not_after: not_after.map(written),
        days_left: not_after.map(|until| (until - now).whole_days()),
        purposes: details.purposes,
        key: read
            .as_ref()
            .map(|read| read.key.name())
            .unwrap_or_default(),
        signed_with: details.signed_with,
        serial: prints.serial,
        sha1: prints.sha1,
        sha256: prints.sha256,
        self_signed: read.as_ref().is_some_and(|read| read.self_signed),
        is_ca: details.is_ca,
        must_staple: read.as_ref().is_some_and(|read| read.must_staple),
        crl_urls: read
            .as_ref()
            .and_then(|read| read.crl_urls.clone())
            .unwrap_or_default(),
        ocsp_urls: details.ocsp_urls,
        issuer_url: read.and_then(|read| read.issuer_url),
    }
}

/// Where a chain of so many certificates leads.
pub(super) fn trusted(facts: &TrustFacts, count: usize, own_roots: bool) -> Trust {
    let path = facts.path.as_ref();
    let certificates = path.map_or(&[][..], |path| path.path.as_slice());
    let root = certificates.iter().find(|one| one.place == Place::Root);
    let order: Vec<usize> = certificates
        .iter()
        .filter_map(|one| match one.place {
            Place::Sent(place) => Some(place),
            Place::Root => None,
        })
        .collect();
    let missing = path.and_then(|path| match &path.verdict {
        PathVerdict::NoPath(gap) => Some(gap.issuer.clone()),
        _ => None,
    });
    let faults = path.map_or(Vec::new(), |path| match &path.verdict {
        PathVerdict::Refused(faults) => faults
            .iter()
            .map(|fault| Fault {
                what: fault_key(&fault.what),
                subject: fault.certificate.subject.clone(),
            })
            .collect(),
        _ => Vec::new(),
    });
    Trust {
        verdict: verdict_key(&facts.verdict),
        roots: if own_roots { "given" } else { "public" },
        trusted_here: facts
            .local
            .as_ref()
            .map(|local| *local == ChainVerdict::Trusted),
        root: root.map(|root| root.subject.clone()),
        missing,
        faults,
        // Nothing is known to be of no use where the way was not seen to its end.
        not_needed: (1..=count)
            .filter(|place| facts.verdict != ChainVerdict::NotVerifiable && !order.contains(place))
            .collect(),
        order,
    }
}

/// The key of a verdict, as texts select by it.
pub(super) fn verdict_key(verdict: &ChainVerdict) -> &'static str {
    match verdict {
        ChainVerdict::Trusted => "trusted",
        ChainVerdict::UnknownIssuer => "unknown-issuer",
        ChainVerdict::IssuerOutOfDate => "issuer-out-of-date",
        ChainVerdict::Rejected(_) => "rejected",
        ChainVerdict::Refused => "refused",
        ChainVerdict::NotVerifiable => "not-verifiable",
        ChainVerdict::NoRoots => "no-roots",
    }
}

fn fault_key(fault: &PathFault) -> &'static str {
    match fault {
        PathFault::Expired(_) => "expired",
        PathFault::NotYetValid(_) => "not-yet-valid",
        PathFault::NotCa => "not-ca",
        PathFault::NoCertSign => "no-cert-sign",
        PathFault::NoTlsUsage => "no-tls-usage",
        PathFault::PathLength { .. } => "path-length",
        PathFault::NoServerAuth { .. } => "no-server-auth",
        PathFault::NameNotPermitted { .. } | PathFault::NameExcluded { .. } => "name",
        PathFault::WeakKey(_) => "weak-key",
        PathFault::WeakSignature(_) => "weak-signature",
        PathFault::WrongSignature => "wrong-signature",
        PathFault::OtherIssuerKey(_) => "other-issuer-key",
        PathFault::CriticalExtension(_) => "critical-extension",
        PathFault::RepeatedExtension(_)
        | PathFault::BrokenExtension(_)
        | PathFault::BrokenDate(_)
        | PathFault::TwoAlgorithms => "malformed",
    }
}

fn listed(facts: &RevocationFacts) -> Revocation {
    let said = match &facts.outcome {
        RevocationOutcome::NotListed => Revocation::of("good"),
        RevocationOutcome::Revoked { at, reason } => Revocation::revoked(*at, reason.clone()),
        RevocationOutcome::Unknown(why) => Revocation {
            reason: Some(why.key().to_owned()),
            http_status: match why {
                Unchecked::HttpStatus(status) => Some(*status),
                _ => None,
            },
            ..Revocation::of("unknown")
        },
    };
    Revocation {
        url: Some(facts.url.clone()),
        ..said
    }
}

fn stapled(outcome: &StapleOutcome) -> Revocation {
    match outcome {
        StapleOutcome::Good => Revocation::of("good"),
        StapleOutcome::Revoked { at, reason } => Revocation::revoked(*at, reason.clone()),
        StapleOutcome::Unknown => Revocation::of("unknown"),
        StapleOutcome::Unusable(fault) => Revocation {
            reason: Some(staple_key(fault).to_owned()),
            ..Revocation::of("unusable")
        },
    }
}

impl Tool {
    pub(super) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

impl Shown {
    /// Where the certificate for the name that was asked for stands, counted from 0.
    pub(super) fn own_place(&self) -> Option<usize> {
        let mut chain = self.chain.iter();
        chain.position(|sent| sent.names_server == Some("exactly"))
    }
}

impl Revocation {
    fn of(status: &'static str) -> Self {
        Self {
            status,
            url: None,
            at: None,
            reason: None,
            http_status: None,
        }
    }

    fn revoked(at: i64, reason: Option<String>) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(at).ok();
        Self {
            at: at.map(written),
            reason,
            ..Self::of("revoked")
        }
    }
}

fn staple_key(fault: &StapleFault) -> &'static str {
    match fault {
        StapleFault::Malformed => "malformed",
        StapleFault::NotSuccessful(_) => "not-successful",
        StapleFault::OtherCertificate => "other-certificate",
        StapleFault::Expired(_) => "expired",
        StapleFault::NotYetValid(_) => "not-yet-valid",
        StapleFault::NotVerified => "not-verified",
        StapleFault::NotVerifiable(_) => "not-verifiable",
    }
}

pub(super) fn written(moment: OffsetDateTime) -> String {
    let to_the_second = moment.replace_nanosecond(0).unwrap_or(moment);
    to_the_second.format(&Rfc3339).unwrap_or_default()
}
