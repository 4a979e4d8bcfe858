//! What every certificate of one path says for and against it.

use super::MAX_COMPARISONS;
use super::certificate::PathCert;
use super::constraints::{Constraints, Refusal};
use super::policies::Policies;
use crate::facts::{
    About, Disputed, IssuerMark, Partner, PathCertificate, PathFault, PathRemark, Place,
    Unverifiable,
};
use crate::pki::algorithm::{KeyKind, PublicKey};
use crate::pki::signature::Checked;

/// One certificate of a path.
pub(super) struct Step<'a> {
    /// The certificate; of some roots only name and key are known.
    pub(super) certificate: Option<&'a PathCert>,
    pub(super) key: &'a PublicKey,
    pub(super) constraints: Option<&'a Constraints>,
    pub(super) place: PathCertificate,
    /// Its signature on the certificate below it.
    pub(super) issued: &'a Checked,
}

/// What was found on a path that reaches a root.
#[derive(Default)]
pub(super) struct Reached {
    pub(super) faults: Vec<About<PathFault>>,
    pub(super) unverifiable: Vec<About<Unverifiable>>,
    pub(super) remarks: Vec<About<PathRemark>>,
}

impl Reached {
    /// The less of it, the better the path.
    pub(super) fn weight(&self) -> (usize, usize, usize) {
        (
            self.faults.len(),
            self.unverifiable.len(),
            self.remarks.len(),
        )
    }

    fn fault(&mut self, step: &Step<'_>, what: PathFault) {
        let certificate = step.place.clone();
        self.faults.push(About { certificate, what });
    }

    fn unverifiable(&mut self, step: &Step<'_>, what: Unverifiable) {
        let certificate = step.place.clone();
        self.unverifiable.push(About { certificate, what });
    }

    fn remark(&mut self, step: &Step<'_>, what: PathRemark) {
        let certificate = step.place.clone();
        self.remarks.push(About { certificate, what });
    }
}

/// Looks at a path, leaf first and root last, at a moment in seconds since 1970, with so many
/// comparisons of names left.
pub(super) fn look_at(path: &[Step<'_>], now: i64, comparisons: &mut usize) -> Reached {
    let mut reached = Reached::default();
    for (at, step) in path.iter().enumerate() {
        if let Some(certificate) = step.certificate {
            form(&mut reached, step, certificate);
            if at == 0 {
                leaf(&mut reached, step, certificate);
            } else {
                issuer(&mut reached, step, certificate, now);
                feature(&mut reached, step, certificate, path.get(at - 1));
                ends_before(&mut reached, step, certificate, (path, now));
                root_of_another(&mut reached, step, certificate);
                path_length(&mut reached, path, at, certificate);
            }
        }
        key(&mut reached, step, at);
        if let Some(above) = path.get(at + 1) {
            signature(&mut reached, step, above);
            issuer_marks(&mut reached, step, above);
            spelling(&mut reached, step, above);
            resources(&mut reached, step, above);
        }
        constraints(&mut reached, path, at, comparisons);
    }
    policies(&mut reached, path);
    reached
}

/// What can be wrong with any certificate.
fn form(reached: &mut Reached, step: &Step<'_>, certificate: &PathCert) {
    for oid in &certificate.unknown_critical {
        reached.fault(step, PathFault::CriticalExtension(oid.clone()));
    }
    for oid in &certificate.repeated {
        reached.fault(step, PathFault::RepeatedExtension(oid.clone()));
    }
    for oid in &certificate.broken {
        reached.fault(step, PathFault::BrokenExtension(oid.clone()));
    }
    if let Err(written) = &certificate.validity {
        reached.fault(step, PathFault::BrokenDate(written.clone()));
    }
    if !certificate.one_algorithm {
        reached.fault(step, PathFault::TwoAlgorithms);
    }
    if let Some(what) = certificate.names.unreadable() {
        let by = Partner::GnuTls;
        reached.remark(step, PathRemark::Disputed { what, by });
    }
    for oid in &certificate.broken_unminded {
        reached.remark(step, PathRemark::BrokenExtension(oid.clone()));
    }
    for (what, by) in &certificate.written {
        let (what, by) = (what.clone(), *by);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
    for (oid, by) in &certificate.disputed_critical {
        let what = Disputed::CriticalExtension(oid.clone());
        reached.remark(step, PathRemark::Disputed { what, by: *by });
    }
}

/// The key of the leaf is looked at elsewhere, but for how it is written.
fn key(reached: &mut Reached, step: &Step<'_>, at: usize) {
    if at > 0 && step.key.is_weak() {
        reached.fault(step, PathFault::WeakKey(step.key.name()));
    }
    // OpenSSL and GnuTLS verify with it, Windows does not.
    if at > 0 && step.key.kind == KeyKind::Ed25519 {
        reached.remark(step, PathRemark::UnusualKey(step.key.name()));
    }
    if step.key.is_compressed() {
        let (what, by) = (Disputed::CompressedKey, Partner::GnuTls);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
}

fn leaf(reached: &mut Reached, step: &Step<'_>, certificate: &PathCert) {
    match certificate.usage {
        Some(usage) if usage.digital_signature => {}
        Some(usage) if usage.key_exchange => reached.remark(step, PathRemark::NoDigitalSignature),
        Some(_) => reached.fault(step, PathFault::NoTlsUsage),
        None => {}
    }
    // Only OpenSSL still asks for it, and of the leaf only.
    let what = match certificate.netscape {
        None | Some((true, true)) => return,
        Some((false, false)) => Disputed::NetscapeNeither,
        Some((false, true)) => Disputed::NetscapeNoServer,
        Some((true, false)) => Disputed::NetscapeNoClient,
    };
    let by = Partner::OpenSsl;
    reached.remark(step, PathRemark::Disputed { what, by });
}

/// What a certificate needs that issued another one (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.12).
fn issuer(reached: &mut Reached, step: &Step<'_>, certificate: &PathCert, now: i64) {
    match certificate.validity {
        Ok((_, until)) if now > until => reached.fault(step, PathFault::Expired(until)),
        Ok((from, _)) if now < from => reached.fault(step, PathFault::NotYetValid(from)),
        _ => {}
    }
    if !is_authority(step, certificate) {
        reached.fault(step, PathFault::NotCa);
    } else if certificate.usage.is_some_and(|usage| !usage.cert_sign) {
        reached.fault(step, PathFault::NoCertSign);
    }
    if let Some(purposes) = certificate.purposes {
        if !purposes.server_auth {
            let any = purposes.any;
            reached.fault(step, PathFault::NoServerAuth { any });
        } else if !purposes.client_auth {
            reached.remark(step, PathRemark::NoClientAuth);
        }
    }
}

/// GnuTLS wants what an issuer demands demanded below it (RFC 7633 §4.2.2).
fn feature(
    reached: &mut Reached,
    step: &Step<'_>,
    certificate: &PathCert,
    below: Option<&Step<'_>>,
) {
    let below = below.and_then(|below| below.certificate);
    if certificate.demands_staple && below.is_some_and(|below| !below.demands_staple) {
        let (what, by) = (Disputed::FeatureNotBelow, Partner::GnuTls);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
}

/// Nobody trusts the leaf any longer than what it leads to.
fn ends_before(
    reached: &mut Reached,
    step: &Step<'_>,
    certificate: &PathCert,
    (path, now): (&[Step<'_>], i64),
) {
    let leaf = path.first().and_then(|step| step.certificate);
    if let (Ok((_, until)), Some(Ok((_, last)))) =
        (&certificate.validity, leaf.map(|leaf| &leaf.validity))
        && (now..*last).contains(until)
    {
        reached.remark(step, PathRemark::EndsBeforeLeaf(*until));
    }
}

/// OpenSSL takes a root whose authorityKeyIdentifier points elsewhere for one that another issued.
fn root_of_another(reached: &mut Reached, step: &Step<'_>, root: &PathCert) {
    let elsewhere =
        root.names_other_key(root) || root.names_empty_key(root) || root.names_other_serial(root);
    if step.place.place == Place::Root && root.is_self_issued() && elsewhere {
        let (what, by) = (Disputed::RootOfAnother, Partner::OpenSsl);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
}

/// Says that it is a CA. Roots without basicConstraints are still about, and partners take those of
/// version 1, which has no extensions, and those whose keyUsage says it.
fn is_authority(step: &Step<'_>, certificate: &PathCert) -> bool {
    if let Some((ca, _)) = certificate.ca {
        return ca;
    }
    let may_sign = certificate.usage.is_some_and(|usage| usage.cert_sign);
    step.place.place == Place::Root && (certificate.version1 || may_sign)
}

/// Self-issued certificates do not count (RFC 5280 §4.2.1.9), as when a CA signs its new key with its
/// old one. OpenSSL goes by that; GnuTLS counts all of them.
fn path_length(reached: &mut Reached, path: &[Step<'_>], at: usize, certificate: &PathCert) {
    let Some((true, Some(allowed))) = certificate.ca else {
        return;
    };
    let between = path.get(1..at).unwrap_or_default();
    let counted = between.iter().filter(|step| {
        let certificate = step.certificate;
        certificate.is_some_and(|certificate| !certificate.is_self_issued())
    });
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let found = number(counted.count());
    let step = &path[at];
    if found <= allowed && number(between.len()) > allowed {
        let (what, by) = (Disputed::SelfIssuedCounted(allowed), Partner::GnuTls);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
    if found > allowed {
        let below = path[at - 1].place.subject.clone();
        reached.fault(
            step,
            PathFault::PathLength {
                allowed,
                found,
                below,
            },
        );
    }
}

/// The signature of a certificate by the one above it.
fn signature(reached: &mut Reached, step: &Step<'_>, above: &Step<'_>) {
    let Some(certificate) = step.certificate else {
        return;
    };
    if let Some(hash) = certificate.algorithm.weak_hash() {
        reached.fault(step, PathFault::WeakSignature(hash.to_owned()));
        return;
    }
    match above.issued {
        Checked::Good => {}
        Checked::Bad => reached.fault(step, PathFault::WrongSignature),
        // That the key is too weak to be trusted is known.
        Checked::Unable(_) if above.key.is_weak() => {}
        Checked::Unable(what) => {
            reached.unverifiable(step, Unverifiable::Signature(what.clone()));
        }
    }
}

/// What the authorityKeyIdentifier says of the issuer, where that can be compared.
fn issuer_marks(reached: &mut Reached, step: &Step<'_>, above: &Step<'_>) {
    let (Some(below), Some(issuer)) = (step.certificate, above.certificate) else {
        return;
    };
    // Measured: OpenSSL goes by all of it, GnuTLS by the key only.
    if below.names_other_key(issuer) {
        let subject = issuer.subject_text.clone();
        reached.fault(step, PathFault::OtherIssuerKey(subject));
    } else if below.names_empty_key(issuer) {
        reached.remark(step, PathRemark::OtherIssuer(IssuerMark::EmptyKey));
    } else if below.names_other_serial(issuer) {
        reached.remark(step, PathRemark::OtherIssuer(IssuerMark::Serial));
    }
}

/// GnuTLS compares the names of issuers letter by letter, and those of roots byte by byte; RFC 5280
/// §7.1 and OpenSSL do not.
fn spelling(reached: &mut Reached, step: &Step<'_>, above: &Step<'_>) {
    let (Some(below), Some(issuer)) = (step.certificate, above.certificate) else {
        return;
    };
    let ((text, der), (own_text, own_der)) = (&below.issuer_spelling, &issuer.subject_spelling);
    let is_root = above.place.place == Place::Root;
    if text != own_text || is_root && der != own_der {
        let (what, by) = (Disputed::IssuerSpelling, Partner::GnuTls);
        reached.remark(step, PathRemark::Disputed { what, by });
    }
}

/// OpenSSL wants what a certificate claims of the Internet's resources claimed above it (RFC 3779 §2.3);
/// others do not look.
fn resources(reached: &mut Reached, step: &Step<'_>, above: &Step<'_>) {
    let (Some(below), Some(issuer)) = (step.certificate, above.certificate) else {
        return;
    };
    for (oid, is_stated) in &below.resources {
        let is_above = issuer.resources.iter().any(|(above, _)| above == oid);
        if *is_stated && !is_above {
            let what = Disputed::ResourcesNotAbove((*oid).to_owned());
            let by = Partner::OpenSsl;
            reached.remark(step, PathRemark::Disputed { what, by });
        }
    }
}

/// The constraints of one certificate, on all below it; the self-issued ones between are let off
/// (RFC 5280 §6.1.3 b).
fn constraints(reached: &mut Reached, path: &[Step<'_>], at: usize, comparisons: &mut usize) {
    let Some(constraints) = path[at].constraints.filter(|_| at > 0) else {
        return;
    };
    let below = path.iter().enumerate().take(at);
    let bound: Vec<&PathCert> = below
        .filter_map(|(below, step)| Some((below, step.certificate?)))
        .filter(|(below, certificate)| *below == 0 || !certificate.is_self_issued())
        .map(|(_, certificate)| certificate)
        .collect();
    let step = &path[at];
    disputed_constraints(reached, step, constraints, &bound);
    if bound
        .iter()
        .any(|certificate| constraints.is_broken_for(&certificate.names))
    {
        let oid = NAME_CONSTRAINTS.to_owned();
        reached.fault(step, PathFault::BrokenExtension(oid));
        return;
    }
    for certificate in bound {
        let cost = constraints.cost(&certificate.names);
        let Some(left) = comparisons.checked_sub(cost) else {
            reached.unverifiable(step, Unverifiable::Comparisons(MAX_COMPARISONS));
            return;
        };
        *comparisons = left;
        match constraints.refusal(&certificate.names) {
            None => continue,
            Some(Refusal::NotPermitted { name, permitted }) => {
                reached.fault(step, PathFault::NameNotPermitted { name, permitted });
            }
            Some(Refusal::Excluded { name, excluded }) => {
                reached.fault(step, PathFault::NameExcluded { name, excluded });
            }
            Some(Refusal::Unable(kind)) => {
                reached.unverifiable(step, Unverifiable::NameConstraint(kind.to_owned()));
            }
        }
        return;
    }
}

const NAME_CONSTRAINTS: &str = "2.5.29.30";

/// What OpenSSL or GnuTLS refuses of constraints, and the other one does not.
fn disputed_constraints(
    reached: &mut Reached,
    step: &Step<'_>,
    constraints: &Constraints,
    bound: &[&PathCert],
) {
    let distant = |certificate: &&PathCert| constraints.has_distance_for(&certificate.names);
    let distance = bound.iter().any(distant);
    let distance = distance.then_some((Disputed::ConstraintDistance, Partner::OpenSsl));
    let unusable = constraints.unusable();
    let unusable = unusable.map(|what| (what, Partner::GnuTls));
    let mut names = bound.iter().map(|certificate| &certificate.names);
    let address = names
        .clone()
        .find_map(|names| constraints.incomparable(names));
    let address = address.map(|what| (what, Partner::OpenSsl));
    let family = names
        .clone()
        .find_map(|names| constraints.other_family(names));
    let family = family.map(|what| (what, Partner::OpenSsl));
    let dot = names.find_map(|names| constraints.final_dot(names));
    for (what, by) in [distance, unusable, address, family, dot]
        .into_iter()
        .flatten()
    {
        reached.remark(step, PathRemark::Disputed { what, by });
    }
}

fn policies(reached: &mut Reached, path: &[Step<'_>]) {
    let (Some(step), Some((_, below))) = (path.first(), path.split_last()) else {
        return;
    };
    let certificates = below.iter().filter_map(|step| step.certificate);
    let said: Vec<&Policies> = certificates
        .map(|certificate| &certificate.policies)
        .collect();
    if !Policies::hold(&said) {
        reached.unverifiable(step, Unverifiable::Policies);
    }
}
