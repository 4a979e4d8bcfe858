//! How the certificates are written that were sent, needed or not: what TLS libraries cannot read ends the
//! handshake.

use super::path::{Who, about_leaf, about_sent};
use super::{CERT_MALFORMED, CERT_REFUSED_BY_SOME};
use crate::facts::{
    Der, EndpointFacts, Partner, PathFacts, PathVerdict, Place, ShownChain, TlsVersion,
};
use crate::model::finding::{Finding, Rule, Severity};
use crate::pki::reading::{Reading, Unread};
use crate::pki::x509::{Certificate, Unreadable};

/// A certificate as it was sent.
struct Sent<'a> {
    der: &'a Der,
    number: usize,
    /// It is part of the path that was found, as this.
    part: Option<Who>,
    /// There is a path that holds without it, or would with other changes.
    is_beside: bool,
    reading: Reading,
}

pub(super) fn judge(endpoint: &EndpointFacts, tls: ShownChain<'_>) -> Vec<Finding> {
    let version = endpoint.tls.as_ref().and_then(|tls| tls.version);
    let wants_keys = version.is_some_and(|version| version != TlsVersion::Tls13);
    let path = tls.trust.and_then(|trust| trust.path.as_ref());
    let sent = tls.chain.iter().enumerate().map(|(index, der)| {
        let part = part(path, index + 1);
        let mut reading = Reading::of(&der.0);
        // What it is in the path is said there.
        if wants_keys && reading.has_unread_key && part.is_none() {
            reading.gnutls.get_or_insert(Unread::Key);
        }
        let has_path = path.is_some_and(|path| !matches!(path.verdict, PathVerdict::NoPath(_)));
        Sent {
            der,
            number: index + 1,
            is_beside: has_path && part.is_none(),
            part,
            reading,
        }
    });
    sent.filter_map(|sent| sent.judge()).collect()
}

/// Of a leaf that cannot be read here: what others make of it.
pub(super) fn of_leaf(leaf: Option<&Der>, reason: &Unreadable) -> Finding {
    let reading = leaf.map_or_else(Reading::default, |leaf| Reading::of(&leaf.0));
    let subject = reading.subject.clone().unwrap_or_default();
    let finding = told(about_leaf(&CERT_MALFORMED, &subject), reason, &reading);
    let others_read_it = leaf.is_some() && !reading.is_refused_by_both();
    if others_read_it && *reason == Unreadable::NoCertificate {
        return finding.weighing(Severity::Unknown);
    }
    finding
}

fn part(path: Option<&PathFacts>, number: usize) -> Option<Who> {
    if number == 1 {
        return Some(Who::Leaf);
    }
    let mut steps = path?.path.iter();
    steps
        .any(|step| step.place == Place::Sent(number))
        .then_some(Who::Intermediate)
}

fn told(finding: Finding, reason: &Unreadable, reading: &Reading) -> Finding {
    let (what, detail) = match reason {
        Unreadable::NoCertificate if reading.is_request => ("request", String::new()),
        reason => reason.keys(),
    };
    finding.with("what", what).with("detail", detail)
}

impl Sent<'_> {
    fn judge(&self) -> Option<Finding> {
        let parsed = Certificate::parse(&self.der.0);
        let (unread, by) = match (&self.reading.openssl, &self.reading.gnutls) {
            (Some(_), Some(_)) => {
                let reason = parsed.err().unwrap_or(Unreadable::NoCertificate);
                return Some(told(self.about(&CERT_MALFORMED), &reason, &self.reading));
            }
            (Some(unread), None) => (unread, Partner::OpenSsl),
            (None, Some(unread)) => (unread, Partner::GnuTls),
            (None, None) => return self.judge_read(parsed.err().as_ref()),
        };
        // What cannot be read here may be what is missing.
        if let Err(reason @ Unreadable::Date(_)) = &parsed
            && !self.is_beside
        {
            return Some(told(self.about(&CERT_MALFORMED), reason, &self.reading));
        }
        if self.part.is_some() && is_told_in_path(unread) {
            return None;
        }
        let (what, detail) = keys(unread);
        let finding = self.about(&CERT_REFUSED_BY_SOME).with("what", what);
        Some(finding.with("detail", detail).with("by", by.name()))
    }

    /// What both go on with.
    fn judge_read(&self, reason: Option<&Unreadable>) -> Option<Finding> {
        let about = || self.about(&CERT_MALFORMED);
        let warn = |finding: Finding| Some(finding.weighing(Severity::Warn));
        match reason {
            // Seen where it is in the path; elsewhere nobody looks at it.
            Some(Unreadable::Extension(_)) => return None,
            Some(reason @ Unreadable::Date(_)) if !self.is_beside => {
                return Some(told(about(), reason, &self.reading));
            }
            Some(reason) => return warn(told(about(), reason, &self.reading)),
            None => {}
        }
        if self.reading.has_odd_lengths {
            return warn(about().with("what", "lengths").with("detail", ""));
        }
        let version = self.reading.odd_version.filter(|_| self.part.is_some())?;
        let version = version.to_string();
        warn(about().with("what", "version").with("detail", version))
    }

    fn about(&self, rule: &'static Rule) -> Finding {
        let subject = self.reading.subject.as_deref().unwrap_or_default();
        match self.part {
            Some(who) => Finding::new(rule)
                .with("who", who.key())
                .with("subject", subject),
            None => about_sent(
                rule,
                i64::try_from(self.number).unwrap_or(i64::MAX),
                subject,
            ),
        }
    }
}

/// Whether what is looked at in a path says the same.
fn is_told_in_path(unread: &Unread) -> bool {
    match unread {
        Unread::PaddedSerial
        | Unread::NameString
        | Unread::Repeated(_)
        | Unread::Extension(_)
        | Unread::OldVersion
        | Unread::Date(_)
        | Unread::TwoAlgorithms => true,
        Unread::Structure
        | Unread::EmptySerial
        | Unread::Bits
        | Unread::Identifier
        | Unread::UniqueIdentifier
        | Unread::Open
        | Unread::Key => false,
    }
}

/// What a library cannot read, as a key of the texts.
fn keys(unread: &Unread) -> (&'static str, &str) {
    match unread {
        Unread::Structure => ("structure", ""),
        Unread::EmptySerial => ("serial-empty", ""),
        Unread::PaddedSerial => ("serial", ""),
        Unread::Bits => ("bits", ""),
        Unread::Identifier => ("identifier", ""),
        Unread::NameString => ("name-string", ""),
        Unread::Repeated(oid) => ("repeated", oid),
        Unread::Extension(oid) => ("extension", oid),
        Unread::OldVersion => ("version", ""),
        Unread::UniqueIdentifier => ("unique", ""),
        Unread::Date(written) => ("date", written),
        Unread::TwoAlgorithms => ("algorithms", ""),
        Unread::Open => ("open", ""),
        Unread::Key => ("key", ""),
    }
}
