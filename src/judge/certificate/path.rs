//! What the certificates between leaf and root say against the path: each by its own name, and by
//! what has to be changed of it.

use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

use super::{
    CERT_AUTHORITY_KEY_DIFFERS, CERT_CRITICAL_EXTENSION, CERT_EXPIRED, CERT_EXPIRES_SOON,
    CERT_ISSUER_NO_CERT_SIGN, CERT_ISSUER_NOT_CA, CERT_KEY_UNSUPPORTED, CERT_MALFORMED,
    CERT_MISLEADING_ISSUER, CERT_NAME_NOT_PERMITTED, CERT_NO_CLIENT_AUTH,
    CERT_NO_DIGITAL_SIGNATURE, CERT_NO_SERVER_AUTH, CERT_NO_TLS_USAGE, CERT_NOT_VERIFIABLE,
    CERT_NOT_YET_VALID, CERT_PATH_TOO_LONG, CERT_REFUSED_BY_SOME, CERT_WEAK_KEY,
    CERT_WEAK_SIGNATURE, CERT_WRONG_SIGNATURE,
};
use crate::facts::{
    About, Astray, Disputed, IssuerMark, Partner, PathCertificate, PathFacts, PathFault,
    PathRemark, PathVerdict, Place, Unverifiable,
};
use crate::known::lifetimes;
use crate::model::finding::{Finding, Rule, Severity};
use crate::pki::algorithm::OWN_CURVE;

/// Which certificate of a path a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Who {
    Leaf,
    Intermediate,
    Root,
}

impl Who {
    fn of(certificate: &PathCertificate) -> Self {
        match certificate.place {
            Place::Sent(1) => Self::Leaf,
            Place::Sent(_) => Self::Intermediate,
            Place::Root => Self::Root,
        }
    }

    /// The key of the message's variant in the texts.
    pub(super) fn key(self) -> &'static str {
        self.into()
    }
}

/// A finding about the leaf itself, by a rule that also fits the certificates above it.
pub(super) fn about_leaf(rule: &'static Rule, subject: &str) -> Finding {
    Finding::new(rule)
        .with("who", Who::Leaf.key())
        .with("subject", subject)
}

/// About what was sent as this number, and is not part of a path. Some of it has no subject.
pub(super) fn about_sent(rule: &'static Rule, number: i64, subject: &str) -> Finding {
    Finding::new(rule)
        .with("who", "sent")
        .with("subject", subject)
        .with("named", if subject.is_empty() { "no" } else { "yes" })
        .with("number", number)
}

fn about(rule: &'static Rule, certificate: &PathCertificate) -> Finding {
    Finding::new(rule)
        .with("who", Who::of(certificate).key())
        .with("subject", certificate.subject.as_str())
}

/// Everything that was said of a path.
pub(super) fn judge(path: &PathFacts, now: OffsetDateTime) -> Vec<Finding> {
    let mut findings: Vec<Finding> = match &path.verdict {
        PathVerdict::Refused(faults) => faults.iter().map(|fault| refused(fault, now)).collect(),
        PathVerdict::NotVerifiable(what) => what.iter().map(not_verifiable).collect(),
        PathVerdict::Trusted | PathVerdict::NoPath(_) => Vec::new(),
    };
    let (misleading, others): (Vec<_>, Vec<_>) = path
        .remarks
        .iter()
        .partition(|remark| matches!(remark.what, PathRemark::Misleading { .. }));
    let others = others.into_iter();
    findings.extend(others.filter_map(|remark| remarked(remark, path, now)));
    findings.extend(misled(&misleading));
    findings
}

/// What leads some partners astray: the first in full, and by which marks the others are found. They
/// are removed together.
fn misled(all: &[&About<PathRemark>]) -> Option<Finding> {
    let (first, others) = all.split_first()?;
    let PathRemark::Misleading {
        issuer,
        serial,
        to,
        by,
    } = &first.what
    else {
        return None;
    };
    let others = others.iter().filter_map(|other| match &other.what {
        PathRemark::Misleading { serial, .. } => Some(serial.clone()),
        _ => None,
    });
    let finding = about(&CERT_MISLEADING_ISSUER, &first.certificate)
        .with("number", number_sent(&first.certificate))
        .with("issuer", issuer.as_str())
        .with("serial", serial.as_str())
        .with("to", astray(to))
        .with("by", partners(by));
    Some(finding.with("others", others.collect::<Vec<_>>()))
}

fn refused(fault: &About<PathFault>, now: OffsetDateTime) -> Finding {
    let about = |rule| about(rule, &fault.certificate);
    match &fault.what {
        PathFault::Expired(until) => about(&CERT_EXPIRED)
            .with("until", date(*until))
            .with("days", (now - date(*until)).whole_days())
            .with("long", "no"),
        PathFault::NotYetValid(from) => about(&CERT_NOT_YET_VALID)
            .with("from", date(*from))
            .with("days", (date(*from) - now).whole_days()),
        PathFault::NotCa => about(&CERT_ISSUER_NOT_CA),
        PathFault::NoCertSign => about(&CERT_ISSUER_NO_CERT_SIGN),
        PathFault::NoTlsUsage => about(&CERT_NO_TLS_USAGE),
        PathFault::PathLength {
            allowed,
            found,
            below,
        } => about(&CERT_PATH_TOO_LONG)
            .with("allowed", *allowed)
            .with("found", *found)
            .with("below", below.as_str()),
        PathFault::NoServerAuth { any } => {
            about(&CERT_NO_SERVER_AUTH).with("purposes", purposes(*any))
        }
        PathFault::NameNotPermitted { name, permitted } => about(&CERT_NAME_NOT_PERMITTED)
            .with("how", "permitted")
            .with("name", name.as_str())
            .with("names", permitted.clone()),
        PathFault::NameExcluded { name, excluded } => about(&CERT_NAME_NOT_PERMITTED)
            .with(
                "how",
                if excluded.is_empty() {
                    "all"
                } else {
                    "excluded"
                },
            )
            .with("name", name.as_str())
            .with("names", vec![excluded.clone()]),
        PathFault::WeakKey(key) => about(&CERT_WEAK_KEY).with("key", key.as_str()),
        PathFault::WeakSignature(hash) => about(&CERT_WEAK_SIGNATURE).with("hash", hash.as_str()),
        PathFault::WrongSignature => about(&CERT_WRONG_SIGNATURE),
        PathFault::OtherIssuerKey(issuer) => other_issuer(&fault.certificate, "key", issuer),
        PathFault::CriticalExtension(oid) => {
            about(&CERT_CRITICAL_EXTENSION).with("oid", oid.as_str())
        }
        PathFault::RepeatedExtension(oid) => malformed(fault, "repeated", oid),
        PathFault::BrokenExtension(oid) => malformed(fault, "extension", oid),
        PathFault::BrokenDate(written) => malformed(fault, "date", written),
        PathFault::TwoAlgorithms => malformed(fault, "algorithms", ""),
    }
}

fn date(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// What an extendedKeyUsage without serverAuth says instead, as a key of the texts.
pub(super) fn purposes(any: bool) -> &'static str {
    if any { "any" } else { "others" }
}

fn malformed(fault: &About<PathFault>, what: &'static str, detail: &str) -> Finding {
    about(&CERT_MALFORMED, &fault.certificate)
        .with("what", what)
        .with("detail", detail)
}

fn not_verifiable(about: &About<Unverifiable>) -> Finding {
    let number = |limit: &usize| limit.to_string();
    let (what, detail) = match &about.what {
        Unverifiable::Signature(algorithm) => ("signature", algorithm.clone()),
        Unverifiable::NameConstraint(kind) => ("constraint", kind.clone()),
        Unverifiable::Policies => ("policies", String::new()),
        Unverifiable::Certificates(limit) => ("certificates", number(limit)),
        Unverifiable::Depth(limit) => ("depth", number(limit)),
        Unverifiable::Signatures(limit) => ("signatures", number(limit)),
        Unverifiable::Comparisons(limit) => ("comparisons", number(limit)),
        Unverifiable::NoRoot(issuer) => ("root", issuer.clone()),
    };
    self::about(&CERT_NOT_VERIFIABLE, &about.certificate)
        .with("what", what)
        .with("detail", detail)
}

fn remarked(remark: &About<PathRemark>, path: &PathFacts, now: OffsetDateTime) -> Option<Finding> {
    let about = |rule| about(rule, &remark.certificate);
    Some(match &remark.what {
        PathRemark::NoClientAuth => about(&CERT_NO_CLIENT_AUTH).with("issuer", ""),
        PathRemark::NoDigitalSignature => about(&CERT_NO_DIGITAL_SIGNATURE),
        PathRemark::UnusualKey(key) => about(&CERT_KEY_UNSUPPORTED)
            .with("key", key.as_str())
            .with("curve", curve(key)),
        PathRemark::BrokenExtension(oid) => about(&CERT_MALFORMED)
            .with("what", "extension")
            .with("detail", oid.as_str())
            .weighing(Severity::Warn),
        PathRemark::EndsBeforeLeaf(until) => {
            let until = date(*until);
            let left = until - now;
            let is_soon = (Duration::ZERO..lifetimes::NOTICE).contains(&left);
            let finding = about(&CERT_EXPIRES_SOON).with("until", until);
            return is_soon.then(|| finding.with("days", left.whole_days()));
        }
        PathRemark::Misleading { .. } => return None,
        PathRemark::Disputed { what, by } => {
            let (what, detail) = disputed(what);
            about(&CERT_REFUSED_BY_SOME)
                .with("what", what)
                .with("detail", detail)
                .with("by", by.name())
        }
        PathRemark::OtherIssuer(mark) => {
            let own = path
                .path
                .iter()
                .position(|step| *step == remark.certificate);
            let above = own.and_then(|at| path.path.get(at + 1));
            let issuer = above.map_or("", |above| above.subject.as_str());
            let (how, severity) = match mark {
                IssuerMark::Key => ("key", Severity::Fail),
                IssuerMark::Serial => ("serial", Severity::Warn),
                IssuerMark::EmptyKey => ("empty-key", Severity::Warn),
            };
            other_issuer(&remark.certificate, how, issuer).weighing(severity)
        }
    })
}

/// How the curve of a key is given that hardly anybody can use, as a key of the texts.
pub(super) fn curve(key: &str) -> &'static str {
    if key == OWN_CURVE {
        "explicit"
    } else {
        "named"
    }
}

fn other_issuer(certificate: &PathCertificate, how: &'static str, issuer: &str) -> Finding {
    about(&CERT_AUTHORITY_KEY_DIFFERS, certificate)
        .with("how", how)
        .with("issuer", issuer)
}

/// As which number it was sent.
fn number_sent(certificate: &PathCertificate) -> i64 {
    match certificate.place {
        Place::Sent(number) => i64::try_from(number).unwrap_or(i64::MAX),
        Place::Root => 0,
    }
}

/// Where a certificate leads that is beside the path, as a key of the texts.
fn astray(to: &Astray) -> &'static str {
    match to {
        Astray::Nowhere | Astray::Refused(PathFault::OtherIssuerKey(_)) => "nowhere",
        Astray::NoClientAuth => "no-client-auth",
        Astray::Refused(PathFault::Expired(_) | PathFault::NotYetValid(_)) => "dates",
        Astray::Refused(PathFault::WrongSignature) => "other-key",
        Astray::Refused(PathFault::NoServerAuth { .. } | PathFault::NoTlsUsage) => "no-server-auth",
        Astray::Refused(PathFault::NotCa | PathFault::NoCertSign) => "no-authority",
        Astray::Refused(PathFault::WeakSignature(_)) => "weak-signature",
        Astray::Refused(PathFault::WeakKey(_)) => "weak-key",
        Astray::Refused(PathFault::PathLength { .. }) => "path-length",
        Astray::Refused(PathFault::NameNotPermitted { .. } | PathFault::NameExcluded { .. }) => {
            "names"
        }
        Astray::Refused(PathFault::CriticalExtension(_)) => "critical",
        Astray::Refused(
            PathFault::RepeatedExtension(_)
            | PathFault::BrokenExtension(_)
            | PathFault::BrokenDate(_)
            | PathFault::TwoAlgorithms,
        ) => "malformed",
    }
}

/// What some partners refuse, as a key of the texts.
fn disputed(what: &Disputed) -> (&'static str, String) {
    let (key, detail) = match what {
        Disputed::CriticalExtension(oid) => ("critical", oid.as_str()),
        Disputed::NetscapeNeither => ("netscape-neither", ""),
        Disputed::NetscapeNoServer => ("netscape-no-server", ""),
        Disputed::NetscapeNoClient => ("netscape-no-client", ""),
        Disputed::ConstraintDistance => ("distance", ""),
        Disputed::ConstraintAddress(bytes) => return ("constraint-address", bytes.to_string()),
        Disputed::ConstraintForm(form) => ("constraint-form", form.as_str()),
        Disputed::ConstraintDot(name) => ("constraint-dot", name.as_str()),
        Disputed::OtherFamily(address) => ("other-family", address.as_str()),
        Disputed::EmptyName(kind) => ("empty-name", kind.as_str()),
        Disputed::NameForm(kind) => ("odd-name", kind.as_str()),
        Disputed::AddressName(bytes) => return ("address-name", bytes.to_string()),
        Disputed::IssuerSpelling => ("spelling", ""),
        Disputed::RootOfAnother => ("root", ""),
        Disputed::CompressedKey => ("compressed", ""),
        Disputed::PaddedSerial => ("serial", ""),
        Disputed::NameString => ("name-string", ""),
        Disputed::OldVersion => ("version", ""),
        Disputed::ExtensionContent(oid) => ("extension", oid.as_str()),
        Disputed::ExtensionSurplus(oid) => ("surplus", oid.as_str()),
        Disputed::Crowd(count) => return ("crowd", count.to_string()),
        Disputed::FeatureNotBelow => ("feature", ""),
        Disputed::ResourcesNotAbove(oid) => ("resources", oid.as_str()),
        Disputed::SelfIssuedCounted(allowed) => return ("self-issued", allowed.to_string()),
    };
    (key, detail.to_owned())
}

/// Which partners, as a key of the texts.
fn partners(by: &[Partner]) -> &'static str {
    match by {
        [Partner::OpenSsl] => "openssl",
        [Partner::GnuTls] => "gnutls",
        _ => "both",
    }
}
