//! Finds the paths from the leaf to the roots, and the best one among them.

use std::collections::HashMap;

use super::check::{self, Reached, Step};
use super::{
    Anchor, MAX_CERTIFICATES, MAX_COMPARISONS, MAX_DEPTH, MAX_SIGNATURES, MAX_STEPS, PathCert,
    Standing,
};
use crate::facts::{
    About, Der, Disputed, Gap, GapReason, Partner, PathCertificate, PathFacts, PathRemark,
    PathVerdict, Place, Unverifiable,
};
use crate::pki::algorithm::PublicKey;
use crate::pki::names::Name;
use crate::pki::signature::{Checked, verify};

/// GnuTLS refuses whatever is sent with more certificates than this, the leaf included (measured with 3.7).
const MOST_FOR_GNUTLS: usize = 16;

/// The same for Java (jdk.tls.maxCertificateChainLength, since 2019; measured with 25).
const MOST_FOR_JAVA: usize = 10;

/// A search under way.
pub(super) struct Search<'a> {
    /// The certificates sent that can be read, with the places they have; behind them those given
    /// that are no roots, where these count.
    pub(super) sent: Vec<(Place, PathCert)>,
    unreadable: usize,
    /// How many certificates came, whatever they are.
    count: usize,
    pub(super) anchors: &'a [Anchor],
    pub(super) now: i64,
    /// The signature of a certificate sent, by a key.
    checked: HashMap<(usize, PublicKey), Checked>,
    signatures: usize,
    steps: usize,
    /// So many comparisons of names are left.
    comparisons: usize,
    pub(super) limit: Option<Unverifiable>,
    pub(super) best: Option<Found>,
    /// The longest way that leads nowhere.
    dead_end: Option<DeadEnd>,
    /// The leaf has issued itself, and is one of the roots.
    pinned: bool,
    /// Intermediates that were given count as sent, and as roots where their issuers were not given.
    helped: bool,
}

pub(super) struct Found {
    pub(super) path: Vec<PathCertificate>,
    pub(super) reached: Reached,
}

struct DeadEnd {
    path: Vec<PathCertificate>,
    gap: Gap,
}

/// A certificate that may have issued another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Issuer {
    Sent(usize),
    Root(usize),
}

impl<'a> Search<'a> {
    pub(super) fn new(chain: &[Der], anchors: &'a [Anchor], now: i64) -> Option<Self> {
        let mut sent: Vec<(Place, PathCert)> = Vec::new();
        let mut unreadable = 0;
        for (index, der) in chain.iter().take(MAX_CERTIFICATES).enumerate() {
            if chain[..index].contains(der) {
                continue;
            }
            match PathCert::parse(&der.0) {
                Some(certificate) => sent.push((Place::Sent(index + 1), certificate)),
                None if index == 0 => return None,
                None => unreadable += 1,
            }
        }
        let leaf = &sent.first()?.1;
        let now = leaf
            .validity
            .as_ref()
            .map_or(now, |(from, until)| now.min(*until).max(*from));
        let pinned = anchors.iter().any(|anchor| {
            let certificate = anchor.certificate.as_ref();
            leaf.is_self_issued()
                && certificate.is_some_and(|root| {
                    root.signed == leaf.signed && root.signature == leaf.signature
                })
        });
        Some(Self {
            unreadable,
            count: chain.len(),
            anchors,
            now,
            checked: HashMap::new(),
            signatures: 0,
            steps: 0,
            comparisons: MAX_COMPARISONS,
            limit: (chain.len() >= MAX_CERTIFICATES)
                .then_some(Unverifiable::Certificates(MAX_CERTIFICATES)),
            best: None,
            dead_end: None,
            pinned,
            helped: false,
            sent,
        })
    }

    pub(super) fn run(mut self) -> PathFacts {
        if self.pinned {
            self.arrive(&[(Issuer::Sent(0), Checked::Good)]);
            return self.facts();
        }
        self.climb(&mut vec![(Issuer::Sent(0), Checked::Good)]);
        let misleading = self.misleading();
        let crowd = self.crowd();
        let mut facts = self.facts();
        facts.remarks.extend(misleading);
        if !matches!(facts.verdict, PathVerdict::NoPath(_)) {
            facts.remarks.extend(crowd);
        }
        facts
    }

    /// More certificates than Java bears to be sent, or GnuTLS, which bears more.
    fn crowd(&self) -> Option<About<PathRemark>> {
        let by = match self.count {
            count if count > MOST_FOR_GNUTLS => Partner::GnuTls,
            count if count > MOST_FOR_JAVA => Partner::Java,
            _ => return None,
        };
        Some(About {
            certificate: self.place(Issuer::Sent(0)),
            what: PathRemark::Disputed {
                what: Disputed::Crowd(self.count),
                by,
            },
        })
    }

    /// As if the server had sent what was given as a root and is none.
    pub(super) fn with_given_intermediates(mut self) -> Self {
        let given = self
            .anchors
            .iter()
            .filter(|anchor| anchor.standing != Standing::Root);
        let given = given.filter_map(|anchor| anchor.certificate.as_deref().cloned());
        self.sent
            .extend(given.map(|certificate| (Place::Root, certificate)));
        self.helped = true;
        self
    }

    /// What the server would have had to send, where a path leads over what was given.
    pub(super) fn gap(mut self) -> Option<PathFacts> {
        self.climb(&mut vec![(Issuer::Sent(0), Checked::Good)]);
        let unreadable = self.unreadable;
        let mut path = self.best?.path;
        let last = path.last()?;
        let is_root =
            |anchor: &Anchor| anchor.standing == Standing::Root && anchor.text == last.subject;
        if self.anchors.iter().any(is_root) {
            path.pop();
        }
        let sent = path
            .iter()
            .take_while(|one| one.place != Place::Root)
            .count();
        let missing: Vec<String> = path.drain(sent..).map(|one| one.subject).collect();
        let gap = Gap {
            top: path.last()?.clone(),
            issuer: missing.join(" + "),
            why: GapReason::OnlyGiven,
            unreadable,
        };
        Some(PathFacts {
            verdict: PathVerdict::NoPath(gap),
            path,
            remarks: Vec::new(),
        })
    }

    fn facts(self) -> PathFacts {
        let leaf = self.place(Issuer::Sent(0));
        let limit = self.limit.map(|what| {
            let certificate = leaf.clone();
            PathVerdict::NotVerifiable(vec![About { certificate, what }])
        });
        if let Some(Found { path, reached }) = self.best {
            // Where a bound of ours ended the search, a better path may not have been seen.
            let verdict = match (reached.faults.is_empty(), reached.unverifiable.is_empty()) {
                (true, true) => PathVerdict::Trusted,
                (true, false) => limit.unwrap_or(PathVerdict::NotVerifiable(reached.unverifiable)),
                (false, _) => limit.unwrap_or(PathVerdict::Refused(reached.faults)),
            };
            return PathFacts {
                verdict,
                path,
                remarks: reached.remarks,
            };
        }
        let (path, gap) = match self.dead_end {
            Some(DeadEnd { path, gap }) => (path, PathVerdict::NoPath(gap)),
            None => (vec![leaf], PathVerdict::NotVerifiable(Vec::new())),
        };
        PathFacts {
            verdict: limit.unwrap_or(gap),
            path,
            remarks: Vec::new(),
        }
    }

    /// Follows every way up from the last certificate of this path.
    fn climb(&mut self, path: &mut Vec<(Issuer, Checked)>) {
        let top = path.last().expect("the leaf is there").0;
        let Issuer::Sent(child) = top else {
            self.arrive(path);
            return;
        };
        if path.len() >= MAX_DEPTH {
            self.limit = Some(Unverifiable::Depth(MAX_DEPTH));
            return;
        }
        let mut followed = false;
        let mut other_key = None;
        for issuer in self.issuers(child) {
            if self.is_done() || self.is_in(path, issuer) {
                continue;
            }
            self.steps += 1;
            if self.steps > MAX_STEPS {
                self.limit = Some(Unverifiable::Signatures(self.signatures));
                return;
            }
            let Some(checked) = self.check(child, issuer) else {
                return;
            };
            if checked == Checked::Bad && !self.is_meant(child, issuer) {
                other_key = other_key.or(Some(issuer));
                continue;
            }
            followed = true;
            path.push((issuer, checked));
            self.climb(path);
            path.pop();
        }
        if !followed {
            self.end(path, child, other_key);
        }
    }

    /// Nothing better can be found.
    fn is_done(&self) -> bool {
        let best = self.best.as_ref();
        best.is_some_and(|best| best.reached.weight() == (0, 0, 0))
    }

    /// What has the name of a certificate's issuer: roots first, then what was sent.
    fn issuers(&self, child: usize) -> Vec<Issuer> {
        let name = &self.sent[child].1.issuer;
        let roots = (0..self.anchors.len())
            .filter(|root| self.anchors[*root].name == *name && self.is_end(*root))
            .map(Issuer::Root);
        let sent = (0..self.sent.len())
            .filter(|sent| self.sent[*sent].1.subject == *name)
            .map(Issuer::Sent);
        roots.chain(sent).collect()
    }

    /// Whether a path may end at this root. An intermediate that was given ends one only where the
    /// server sends it: partners do not have the file it was given in.
    pub(super) fn is_end(&self, root: usize) -> bool {
        match self.anchors[root].standing {
            Standing::Root => true,
            Standing::Intermediate => false,
            Standing::Alone => {
                let own = self.identity(Issuer::Root(root));
                let mut sent = (0..self.sent.len()).map(Issuer::Sent);
                self.helped || sent.any(|sent| self.identity(sent) == own)
            }
        }
    }

    /// Whether a certificate of the same name and key is in the path already.
    fn is_in(&self, path: &[(Issuer, Checked)], issuer: Issuer) -> bool {
        let own = self.identity(issuer);
        path.iter().any(|(step, _)| self.identity(*step) == own)
    }

    pub(super) fn identity(&self, issuer: Issuer) -> (&Name, &PublicKey) {
        match issuer {
            Issuer::Sent(sent) => (&self.sent[sent].1.subject, &self.sent[sent].1.key),
            Issuer::Root(root) => (&self.anchors[root].name, &self.anchors[root].key),
        }
    }

    /// The certificate of an issuer, where that is at hand.
    pub(super) fn certificate(&self, issuer: Issuer) -> Option<&PathCert> {
        match issuer {
            Issuer::Sent(sent) => Some(&self.sent[sent].1),
            Issuer::Root(root) => self.anchors[root].certificate.as_deref(),
        }
    }

    /// The signature of a certificate by an issuer; `None` where too many have been verified.
    pub(super) fn check(&mut self, child: usize, issuer: Issuer) -> Option<Checked> {
        let key = self.identity(issuer).1.clone();
        if let Some(checked) = self.checked.get(&(child, key.clone())) {
            return Some(checked.clone());
        }
        if self.signatures >= MAX_SIGNATURES {
            self.limit = Some(Unverifiable::Signatures(MAX_SIGNATURES));
            return None;
        }
        self.signatures += 1;
        let certificate = &self.sent[child].1;
        let checked = verify(
            &key,
            &certificate.algorithm,
            &certificate.signed,
            &certificate.signature,
        );
        self.checked.insert((child, key), checked.clone());
        Some(checked)
    }

    /// Whether a certificate means this issuer although its signature is not of that key: then it
    /// is the signature that is wrong, and not the issuer.
    fn is_meant(&self, child: usize, issuer: Issuer) -> bool {
        let meant = self.sent[child].1.issuer_key.as_ref();
        let own = match issuer {
            Issuer::Sent(sent) => self.sent[sent].1.own_identifier(),
            Issuer::Root(root) => match &self.anchors[root].certificate {
                Some(certificate) => certificate.own_identifier(),
                None => self.anchors[root].key.identifier(),
            },
        };
        match meant {
            Some(meant) => *meant == own,
            // Without a word about it, a certificate that was sent for the purpose is the one meant.
            None => matches!(issuer, Issuer::Sent(_)),
        }
    }

    /// A root is reached.
    fn arrive(&mut self, path: &[(Issuer, Checked)]) {
        let mut reached = self.look_at(path);
        reached.unverifiable.extend(self.without_root(path));
        let better = self.best.as_ref().is_none_or(|best| {
            (reached.weight(), path.len()) < (best.reached.weight(), best.path.len())
        });
        if better {
            let path = path.iter().map(|(issuer, _)| self.place(*issuer)).collect();
            self.best = Some(Found { path, reached });
        }
    }

    /// The intermediate that a path ends at, because it was given as a root. OpenSSL and Windows go on to a
    /// root that issued itself, and trust nothing below one that they do not have; GnuTLS stops there.
    fn without_root(&self, path: &[(Issuer, Checked)]) -> Option<About<Unverifiable>> {
        let (end, _) = path.last()?;
        let Issuer::Root(root) = *end else {
            return None;
        };
        let anchor = &self.anchors[root];
        let own = anchor.certificate.as_deref()?;
        (anchor.standing == Standing::Alone).then(|| About {
            certificate: self.place(*end),
            what: Unverifiable::NoRoot(own.issuer_text.clone()),
        })
    }

    /// What is said for and against a path that reaches a root.
    pub(super) fn look_at(&mut self, path: &[(Issuer, Checked)]) -> Reached {
        let mut comparisons = self.comparisons;
        let steps: Vec<Step<'_>> = path
            .iter()
            .map(|(issuer, checked)| Step {
                certificate: self.certificate(*issuer),
                key: self.identity(*issuer).1,
                constraints: match issuer {
                    Issuer::Sent(sent) => self.sent[*sent].1.constraints.as_ref(),
                    Issuer::Root(root) => self.anchors[*root].constraints.as_ref(),
                },
                place: self.place(*issuer),
                issued: checked,
            })
            .collect();
        let reached = check::look_at(&steps, self.now, &mut comparisons);
        self.comparisons = comparisons;
        reached
    }

    /// No issuer of the last certificate was found.
    fn end(&mut self, path: &[(Issuer, Checked)], child: usize, other_key: Option<Issuer>) {
        let longest = self.dead_end.as_ref();
        if longest.is_some_and(|longest| longest.path.len() >= path.len()) {
            return;
        }
        let certificate = &self.sent[child].1;
        let why = match other_key {
            _ if certificate.is_self_issued() && is_self_signed(certificate) => {
                GapReason::SelfSigned
            }
            Some(Issuer::Root(_)) => GapReason::RootHasOtherKey,
            Some(Issuer::Sent(_)) => GapReason::SentHasOtherKey,
            None => GapReason::Unknown,
        };
        self.dead_end = Some(DeadEnd {
            path: path.iter().map(|(issuer, _)| self.place(*issuer)).collect(),
            gap: Gap {
                top: self.place(Issuer::Sent(child)),
                issuer: certificate.issuer_text.clone(),
                why,
                unreadable: self.unreadable,
            },
        });
    }

    pub(super) fn place(&self, issuer: Issuer) -> PathCertificate {
        match issuer {
            Issuer::Sent(sent) => PathCertificate {
                subject: self.sent[sent].1.subject_text.clone(),
                place: self.sent[sent].0,
            },
            Issuer::Root(root) => PathCertificate {
                subject: self.anchors[root].text.clone(),
                place: Place::Root,
            },
        }
    }
}

/// A signature that cannot be verified here is no proof against it.
fn is_self_signed(certificate: &PathCert) -> bool {
    certificate.is_signed_with(&certificate.key) != Checked::Bad
}
