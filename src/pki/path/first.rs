//! Partners that never turn back: at each step they take the first issuer that fits by its name, and
//! where that one leads to no root they refuse, though a right one was sent as well. How OpenSSL 3.0
//! and GnuTLS 3.7 choose was measured; RFC 4158 wants a program to try the others.

use super::MAX_DEPTH;
use super::certificate::PathCert;
use super::check::Reached;
use super::search::{Issuer, Search};
use crate::facts::{About, Astray, Partner, PathCertificate, PathFault, PathRemark};
use crate::pki::signature::Checked;

/// As many certificates that mislead are told of.
const MOST: usize = 8;

/// The way that a partner takes.
struct Way {
    path: Vec<(Issuer, Checked)>,
    /// It ends at a root.
    arrives: bool,
}

impl Search<'_> {
    /// The certificates sent beside a good path that lead some partners astray.
    pub(super) fn misleading(&mut self) -> Vec<About<PathRemark>> {
        let Some(best) = self
            .best
            .as_ref()
            .filter(|best| best.reached.faults.is_empty())
        else {
            return Vec::new();
        };
        if self.limit.is_some() {
            return Vec::new();
        }
        let good = best.path.clone();
        let for_clients = !lacks_client_auth(&best.reached);
        let mut found: Vec<(Issuer, Astray, Vec<Partner>)> = Vec::new();
        for partner in [Partner::OpenSsl, Partner::GnuTls] {
            let mut without = Vec::new();
            while without.len() < MOST
                && let Some((beside, to)) = self.astray(partner, &good, for_clients, &without)
            {
                without.push(beside);
                match found.iter_mut().find(|(other, ..)| *other == beside) {
                    Some((_, _, by)) => by.push(partner),
                    None => found.push((beside, to, vec![partner])),
                }
            }
        }
        // A bound that is reached here ends only this look.
        self.limit = None;
        let told = found.into_iter().map(|(beside, to, by)| {
            let marks = self.certificate(beside).map(PathCert::marks);
            let (issuer, serial) = marks.unwrap_or_default();
            About {
                certificate: self.place(beside),
                what: PathRemark::Misleading {
                    issuer,
                    serial,
                    to,
                    by,
                },
            }
        });
        told.collect()
    }

    /// The first certificate beside the good path on a way that ends badly, and where it leads. That may
    /// be a root as well: who has it takes it, whatever its dates and its constraints say.
    fn astray(
        &mut self,
        partner: Partner,
        good: &[PathCertificate],
        for_clients: bool,
        without: &[Issuer],
    ) -> Option<(Issuer, Astray)> {
        let way = self.way(partner, without)?;
        let steps = way.path.iter().map(|(step, _)| *step);
        let is_beside = |step: &Issuer| !good.contains(&self.place(*step));
        let is_known = |step: &Issuer| self.certificate(*step).is_some();
        let beside = steps.filter(is_beside).find(is_known)?;
        // Measured: GnuTLS passes over such a root, and OpenSSL does not.
        if partner == Partner::GnuTls && matches!(beside, Issuer::Root(_)) {
            return None;
        }
        if !way.arrives {
            return Some((beside, Astray::Nowhere));
        }
        let reached = self.look_at(&way.path);
        let own = self.place(beside);
        let mut faults = reached.faults.iter();
        let fault = faults
            .clone()
            .find(|fault| fault.certificate == own)
            .or(faults.next());
        // It turns back from such a one, to the root of the same name and key.
        let is_passed_over = |what: &PathFault| {
            matches!(
                what,
                PathFault::Expired(_) | PathFault::WeakSignature(_) | PathFault::WeakKey(_)
            )
        };
        if partner == Partner::GnuTls
            && self.is_also_root(beside)
            && fault.is_some_and(|fault| is_passed_over(&fault.what))
        {
            return None;
        }
        match fault {
            // The signature of the one below is right, but by another key.
            Some(fault) if fault.what == PathFault::WrongSignature => {
                Some((beside, Astray::Refused(PathFault::WrongSignature)))
            }
            Some(fault) if fault.certificate == own => {
                Some((beside, Astray::Refused(fault.what.clone())))
            }
            Some(_) => Some((beside, Astray::Nowhere)),
            None => {
                let lost = for_clients && lacks_client_auth(&reached);
                (lost && partner == Partner::OpenSsl).then_some((beside, Astray::NoClientAuth))
            }
        }
    }

    /// The way that a partner takes, without these certificates; `None` where a bound of ours ends it.
    fn way(&mut self, partner: Partner, without: &[Issuer]) -> Option<Way> {
        let mut path = vec![(Issuer::Sent(0), Checked::Good)];
        let mut child = 0;
        while path.len() < MAX_DEPTH {
            let Some(next) = self.choice(partner, child, &path, without) else {
                return Some(Way {
                    path,
                    arrives: false,
                });
            };
            let checked = self.check(child, next)?;
            path.push((next, checked));
            match next {
                Issuer::Root(_) => {
                    return Some(Way {
                        path,
                        arrives: true,
                    });
                }
                Issuer::Sent(sent) => child = sent,
            }
        }
        None
    }

    /// What a partner takes for the issuer of a certificate sent.
    fn choice(
        &self,
        partner: Partner,
        child: usize,
        path: &[(Issuer, Checked)],
        without: &[Issuer],
    ) -> Option<Issuer> {
        let below = &self.sent[child].1;
        let root = || self.root_for(partner, below, without);
        let sent = (1..self.sent.len()).filter(|sent| {
            let unused = path.iter().all(|(step, _)| *step != Issuer::Sent(*sent));
            unused
                && !without.contains(&Issuer::Sent(*sent))
                && fits(partner, below, &self.sent[*sent].1)
        });
        match partner {
            Partner::OpenSsl => {
                // What has issued itself ends the way, unless it is a root.
                let ends = below.is_self_issued() && fits(partner, below, below);
                let sent: Vec<usize> = sent.collect();
                let valid = sent
                    .iter()
                    .find(|sent| self.sent[**sent].1.is_valid_at(self.now));
                let latest = sent
                    .iter()
                    .max_by_key(|sent| self.sent[**sent].1.last_moment());
                let first = valid.or(latest).filter(|_| !ends);
                root().or_else(|| first.copied().map(Issuer::Sent))
            }
            Partner::GnuTls => {
                // Of what was sent it leaves out all behind the first that is a root by name and key; that
                // one, too, unless another root has issued it. And one at the end that has issued itself.
                if child > 0 && self.is_also_root(Issuer::Sent(child)) {
                    return root();
                }
                let sent: Vec<usize> = sent.collect();
                let first = sent.first().copied().filter(|first| {
                    let own = Issuer::Sent(*first);
                    let first = &self.sent[*first].1;
                    if self.is_also_root(own) {
                        let above = self.root_for(partner, first, without);
                        let own = self.identity(own);
                        return above.is_some_and(|above| self.identity(above) != own);
                    }
                    let goes_on = sent
                        .iter()
                        .skip(1)
                        .any(|next| fits(partner, first, &self.sent[*next].1));
                    goes_on || !fits(partner, first, first)
                });
                let first = first.map(Issuer::Sent).or_else(root);
                first.or_else(|| sent.first().copied().map(Issuer::Sent))
            }
            // It tries all ways, and its first one decides nothing.
            Partner::Java => None,
        }
    }

    /// Whether a root has the name and the key of this one.
    fn is_also_root(&self, issuer: Issuer) -> bool {
        let own = self.identity(issuer);
        let mut roots = (0..self.anchors.len()).map(Issuer::Root);
        roots.any(|root| self.identity(root) == own)
    }

    /// The root that a partner takes for the issuer of a certificate.
    fn root_for(&self, partner: Partner, below: &PathCert, without: &[Issuer]) -> Option<Issuer> {
        let named = (0..self.anchors.len()).filter(|root| {
            let anchor = &self.anchors[*root];
            let own = anchor.certificate.as_deref();
            anchor.name == below.issuer
                && !without.contains(&Issuer::Root(*root))
                && self.is_end(*root)
                && own.is_none_or(|own| fits(partner, below, own))
        });
        // Which roots partners have is not known: the better one, where there are two of a name.
        named
            .max_by_key(|root| {
                let anchor = &self.anchors[*root];
                let signed = below.is_signed_with(&anchor.key) != Checked::Bad;
                let own = anchor.certificate.as_deref();
                (signed, own.is_none_or(|own| own.is_valid_at(self.now)))
            })
            .map(Issuer::Root)
    }
}

/// Whether a partner takes one certificate for the issuer of another: by its name, and by what the
/// authorityKeyIdentifier says.
fn fits(partner: Partner, below: &PathCert, issuer: &PathCert) -> bool {
    let is_strict = partner == Partner::OpenSsl;
    let other_serial = || below.names_empty_key(issuer) || below.names_other_serial(issuer);
    let is_other = below.names_other_key(issuer) || is_strict && other_serial();
    below.is_issued_by(issuer) && !is_other
}

fn lacks_client_auth(reached: &Reached) -> bool {
    let mut remarks = reached.remarks.iter();
    remarks.any(|remark| remark.what == PathRemark::NoClientAuth)
}
