//! An endpoint met once more. One connection sees one server, and behind an address there may be
//! several that take turns.

use serde::{Deserialize, Serialize};

use super::{
    Alert, Breach, Der, EndpointFacts, HelloFacts, SipFacts, SipOutcome, TcpOutcome, TlsFacts,
    TlsOutcome, TlsVersion,
};

/// A further connection to an endpoint, as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainFacts {
    /// Outcome of the TCP connect.
    pub tcp: TcpOutcome,
    /// TLS handshake; `None` without a TCP connection.
    pub tls: Option<TlsFacts>,
    /// Whether the certificates are those of the first connection. They are left out here then.
    pub same_chain: bool,
    /// Answer to OPTIONS; `None` where it was not asked.
    pub sip: Option<SipFacts>,
    /// Whether the first connection was still open.
    pub beside: bool,
    /// Whether it was made as Windows Server 2016 makes it: in TLS 1.2, with what that offers. Otherwise
    /// it was like the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_windows: bool,
    /// Whether it did not name the server (SNI).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nameless: bool,
    /// Whether its hello was longer than a TCP segment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub long: bool,
}

/// What hellos by hand show of a server that turns away Windows Server 2016, each asked only where the
/// one before it was not served, or with what Windows offers last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowsFacts {
    /// Asked as Windows Server 2016, with all of its cipher suites: those with CBC included, which
    /// xfed's own handshake has not.
    pub same: HelloFacts,
    /// Whether that offered the curve X25519 as well, which Windows Server 2016 has unless somebody has
    /// kept it to the curves of NIST. In older reports it did not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub same_has_x25519: bool,
    /// With what newer ones have beside it: signatures with PSS, and X25519 for certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer: Option<HelloFacts>,
    /// In TLS 1.2 with everything that there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wide: Option<HelloFacts>,
    /// Whether the answer to the first of them came, and later than an answer is waited for elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_slow: bool,
}

/// A key of finite-field Diffie-Hellman (DHE) that a server chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimeFacts {
    /// The cipher suite, by its IANA name.
    pub cipher: String,
    /// The length of the prime, in bits.
    pub bits: u32,
}

/// An offer that is turned away however long it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOffer {
    /// How it ended.
    pub outcome: TlsOutcome,
    /// What it is for.
    pub part: OfferPart,
}

/// What in an offer of TLS 1.2 makes the server turn it away, where ECDHE with AES-GCM alone is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferPart {
    /// The suites with DHE: without them, all the others are served.
    Dhe,
    /// Other suites of Windows.
    Suites,
    /// What Windows Server 2016 has not: it is served.
    Newer,
}

impl WindowsFacts {
    /// Whether none of those hellos was answered as it should be, which may be for their number alone.
    pub fn serves_nobody(&self) -> bool {
        let further = [&self.newer, &self.wide].into_iter().flatten();
        std::iter::once(&self.same)
            .chain(further)
            .all(|hello| !hello.is_served())
    }
}

/// How a client is met that has no more than Windows Server 2016 and shows no certificate, where one that
/// shows xfed's is turned away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BareFacts {
    /// How the handshake ended; `None` without a TCP connection.
    pub tls: Option<TlsOutcome>,
    /// What came for OPTIONS.
    pub sip: Option<SipOutcome>,
}

impl BareFacts {
    /// How the server turns it away; `None` where it does not, or nobody knows.
    pub fn ending(&self) -> Option<Ending> {
        ending(self.tls.as_ref()?, self.sip.as_ref())
    }
}

/// How a client is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this alert.
    Alert(Alert),
    /// Without a word.
    Wordless,
}

/// How a client is turned away; `None` where it is not.
fn ending(tls: &TlsOutcome, sip: Option<&SipOutcome>) -> Option<Ending> {
    match (tls, sip) {
        (TlsOutcome::Finished, Some(SipOutcome::Alert(alert))) | (TlsOutcome::Alert(alert), _) => {
            Some(Ending::Alert(*alert))
        }
        (TlsOutcome::Finished, Some(SipOutcome::Closed | SipOutcome::Reset))
        | (TlsOutcome::Closed | TlsOutcome::Reset, _) => Some(Ending::Wordless),
        _ => None,
    }
}

impl AgainFacts {
    /// How the server turns away whoever shows the certificate of `--client-cert`; `None` where it does
    /// not.
    pub fn ending_with_certificate(&self) -> Option<Ending> {
        let tls = self.tls.as_ref().filter(|tls| tls.presented)?;
        let is_our_turn = tls.our_turn == Some(true);
        let sip = self.sip.as_ref().map(|sip| &sip.outcome);
        ending(&tls.outcome, sip).filter(|_| is_our_turn)
    }

    /// Whether nothing at all came.
    pub fn is_silent(&self) -> bool {
        let tls = self.tls.as_ref();
        tls.is_some_and(|tls| {
            tls.outcome == TlsOutcome::Silent
                && !tls.server_hello
                && tls.warning.is_none()
                && tls.cut.is_none()
        })
    }

    /// Whether the server ended it before it had begun, with an alert that says no more than that it fails.
    pub fn is_refused_by_alert(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| {
            !tls.server_hello && matches!(tls.outcome, TlsOutcome::Alert(Alert(40 | 71 | 80)))
        })
    }

    /// Whether it was met as the first was: shown the same certificates, asked for one of ours or not,
    /// served or not, and answered alike where both were. Who is answered without a certificate of its own
    /// is not met like one that is turned away for want of it.
    pub fn is_like(&self, tls: &TlsFacts, sip: Option<&SipFacts>) -> bool {
        let Some(again) = &self.tls else {
            return false;
        };
        let none_shown = again.chain.is_empty() && tls.chain.is_empty();
        let own = self.sip.as_ref();
        let is_answered = [own, sip].iter().flatten().any(|sip| sip.is_answered());
        let (met, first) = (Meeting::of(again, own), Meeting::of(tls, sip));
        let is_met_alike = match (met, first) {
            (Meeting::Served, Meeting::Wanted) | (Meeting::Wanted, Meeting::Served) => !is_answered,
            (met, first) => met == first,
        };
        (self.same_chain || none_shown)
            && is_met_alike
            && again.request.is_some() == tls.request.is_some()
            && match (&self.sip, sip) {
                (Some(again), Some(first)) => kind(&again.outcome) == kind(&first.outcome),
                _ => true,
            }
    }

    /// The certificate that was shown, where it is another than the first connection's.
    pub fn other_leaf(&self) -> Option<&Der> {
        self.tls.as_ref()?.chain.first()
    }

    /// Whether the server chose something of what was offered, and broke the protocol before it showed a
    /// certificate.
    pub fn breaks_what_it_chose(&self) -> bool {
        let is_broken = |tls: &TlsFacts| match tls.outcome {
            TlsOutcome::Misbehaved(breach) => !matches!(
                breach,
                Breach::NotOffered | Breach::OldVersion | Breach::Lost
            ),
            _ => false,
        };
        self.is_refused() && self.tls.as_ref().is_some_and(is_broken)
    }

    /// Whether it ended, or nothing more came, and the server gave no reason that is about this client.
    pub fn is_lost(&self) -> bool {
        let Some(tls) = &self.tls else {
            return true;
        };
        let is_cut = match (&tls.outcome, self.sip.as_ref().map(|sip| &sip.outcome)) {
            (
                TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent | TlsOutcome::Deadline,
                _,
            ) => true,
            (TlsOutcome::Finished, Some(sip)) => matches!(
                sip,
                SipOutcome::Closed | SipOutcome::Reset | SipOutcome::Silent | SipOutcome::Deadline
            ),
            _ => false,
        };
        is_cut && (self.same_chain || self.is_refused()) || self.is_refused_by_alert()
    }

    /// Whether one that was shown no certificate ended like another.
    pub fn is_ended_like(&self, other: &Self) -> bool {
        let outcome = |again: &Self| again.tls.as_ref().map(|tls| tls.outcome.clone());
        self.is_refused() && other.is_refused() && outcome(self) == outcome(other)
    }

    /// The less of the server was seen, the more: 0 with a certificate, 1 with words, 2 without any.
    pub fn loss(&self) -> u8 {
        match (self.is_refused(), self.is_lost()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        }
    }

    /// Whether no certificate was shown.
    pub fn is_refused(&self) -> bool {
        let tls = self.tls.as_ref();
        !self.same_chain && tls.is_none_or(|tls| tls.chain.is_empty())
    }
}

/// How a client fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meeting {
    /// It gets in.
    Served,
    /// It is turned away for want of a certificate, as it may be.
    Wanted,
    /// The certificate that it shows is refused.
    Refused,
    /// Anything else.
    Broken,
}

impl Meeting {
    fn of(tls: &TlsFacts, sip: Option<&SipFacts>) -> Self {
        let is_demanded = tls.request.is_some();
        // In TLS 1.3 the refusal comes in place of an answer.
        let alert = match (&tls.outcome, sip.map(|sip| &sip.outcome)) {
            (TlsOutcome::Finished, Some(SipOutcome::Alert(alert))) => Some(alert),
            (TlsOutcome::Finished, Some(SipOutcome::Closed | SipOutcome::Reset)) => None,
            (TlsOutcome::Finished, _) => return Self::Served,
            (TlsOutcome::Alert(alert), _) if tls.our_turn == Some(true) => Some(alert),
            (TlsOutcome::Closed | TlsOutcome::Reset, _) if tls.our_turn == Some(true) => None,
            _ => return Self::Broken,
        };
        let is_late = tls.outcome == TlsOutcome::Finished;
        let is_for_want = alert.is_none_or(|alert| {
            let is_tls12 = tls.version == Some(TlsVersion::Tls12);
            alert.is_about_client_certificate() || is_tls12 && alert.is_about_no_certificate()
        });
        match is_demanded {
            true if tls.presented => Self::Refused,
            true if is_for_want => Self::Wanted,
            false if is_late => Self::Served,
            _ => Self::Broken,
        }
    }
}

/// How those are met who do not name the server (SNI), where that is each time otherwise than those who do.
pub fn met_without_name<'a>(
    first: &TlsFacts,
    sip: Option<&SipFacts>,
    again: &'a [AgainFacts],
) -> Option<&'a AgainFacts> {
    let is_like = |again: &&AgainFacts| again.is_like(first, sip);
    let (nameless, named): (Vec<&AgainFacts>, Vec<_>) =
        again.iter().partition(|again| again.nameless);
    let is_by_name = nameless.len() > 1
        && !nameless.iter().any(is_like)
        && !named.is_empty()
        && named.iter().all(is_like);
    is_by_name
        .then(|| nameless.into_iter().rev().min_by_key(|again| again.loss()))
        .flatten()
}

/// The same, where connections were lost: none that was heard had the name and was met otherwise than the
/// first, and none had it not and was met as the first.
fn met_without_name_beside_losses<'a>(
    first: &TlsFacts,
    sip: Option<&SipFacts>,
    again: &'a [AgainFacts],
) -> Option<&'a AgainFacts> {
    let is_like = |again: &AgainFacts| again.is_like(first, sip);
    let (nameless, named): (Vec<&AgainFacts>, Vec<_>) =
        again.iter().partition(|again| again.nameless);
    let heard = nameless.iter().rev().filter(|again| !again.is_lost());
    let other = *heard.min_by_key(|again| again.loss())?;
    let is_so = !nameless.iter().any(|again| is_like(again))
        && named
            .iter()
            .all(|again| is_like(again) || again.is_lost() && !again.is_ended_like(other));
    is_so.then_some(other)
}

/// An answer as one that means the same: its kind, and its status.
fn kind(outcome: &SipOutcome) -> (std::mem::Discriminant<SipOutcome>, Option<u16>) {
    let status = match outcome {
        SipOutcome::Answered(answer) => Some(answer.status),
        _ => None,
    };
    (std::mem::discriminant(outcome), status)
}

impl EndpointFacts {
    /// How those are met who do not name the server (SNI), where that is each time otherwise than those
    /// who do.
    pub fn met_without_name(&self) -> Option<&AgainFacts> {
        let (first, sip) = (self.tls.as_ref()?, self.sip.as_ref());
        met_without_name(first, sip, &self.again)
            .or_else(|| met_without_name_beside_losses(first, sip, &self.again))
    }

    /// How those are met whose hello is longer than a TCP segment, where that is each time otherwise than the
    /// first, and never so with a short one.
    pub fn met_with_long_hello(&self) -> Option<&AgainFacts> {
        let (first, sip) = (self.tls.as_ref()?, self.sip.as_ref());
        let is_like = |again: &&AgainFacts| again.is_like(first, sip);
        let (long, short): (Vec<&AgainFacts>, Vec<_>) =
            self.again.iter().partition(|again| again.long);
        let is_by_length = long.len() > 2
            && !long.iter().any(is_like)
            && short.len() > 2
            && short.iter().all(is_like);
        let gravest = || long.into_iter().rev().min_by_key(|again| again.loss());
        is_by_length.then(gravest).flatten()
    }

    /// Whether a client certificate is demanded in TLS 1.2 each time, and never in the handshake of TLS
    /// 1.3: so do servers that ask only after it (RFC 8446 §4.6.2).
    pub fn demands_in_tls12_only(&self) -> bool {
        let demands = |tls: &TlsFacts, version| {
            let is_so = tls.version == Some(version) && tls.our_turn == Some(true);
            is_so.then_some(tls.request.is_some())
        };
        let old = |again: &AgainFacts| demands(again.tls.as_ref()?, TlsVersion::Tls12);
        let new = |again: &AgainFacts| demands(again.tls.as_ref()?, TlsVersion::Tls13);
        let first = self.tls.as_ref().map(|tls| demands(tls, TlsVersion::Tls13));
        let mut again = self.again.iter();
        first.flatten() == Some(false)
            && again.clone().any(|again| old(again) == Some(true))
            && again.all(|again| old(again) != Some(false) && new(again) != Some(true))
    }

    /// Whether the server answered OPTIONS although it had asked for a client certificate and was shown
    /// none: whoever is turned away at the same point is not so for want of one, unless the server
    /// insists only there.
    pub fn answers_without_certificate(&self) -> bool {
        let is_shown_none = |tls: &TlsFacts| tls.request.is_some() && !tls.presented;
        self.tls.as_ref().is_some_and(is_shown_none)
            && self.sip.as_ref().is_some_and(SipFacts::is_answered)
    }

    /// This endpoint, where a reset took away what another connection heard: HTTP, or that the service is
    /// not available. It is a failure there, and would be one here.
    pub fn undoing_resets(&self) -> Option<Self> {
        let is_reset = |sip: &Option<SipFacts>| {
            let sip = sip.as_ref();
            sip.is_some_and(|sip| sip.outcome == SipOutcome::Reset)
        };
        let same = self.again.iter().filter(|again| again.same_chain);
        let mut said = self
            .sip
            .iter()
            .chain(same.filter_map(|again| again.sip.as_ref()));
        let heard = said.find(|sip| match &sip.outcome {
            SipOutcome::NotSip(_) => true,
            SipOutcome::Answered(answer) => answer.is_unavailable(),
            _ => false,
        })?;
        let mut whole = self.clone();
        let lost = whole.again.iter_mut().filter(|again| again.same_chain);
        let lost = lost.map(|again| &mut again.sip);
        let mut lost = std::iter::once(&mut whole.sip)
            .chain(lost)
            .filter(|sip| is_reset(sip))
            .peekable();
        lost.peek()?;
        lost.for_each(|sip| *sip = Some(heard.clone()));
        Some(whole)
    }

    /// Whether the second connection was silent for long after the first one had ended: whoever serves
    /// one client at a time would have turned to it.
    fn is_silent_on_its_own(&self, beside: &AgainFacts) -> bool {
        let (Some(first), Some(second)) = (&self.tls, &beside.tls) else {
            return false;
        };
        let asked = self.sip.as_ref().map_or(0, |sip| sip.elapsed_us);
        let first_ended = first.elapsed_us + asked;
        first.outcome == TlsOutcome::Finished && first_ended < second.elapsed_us / 2
    }

    /// The further connections that say something. A server that serves one client at a time keeps
    /// the second one waiting: that counts only where a third or a fourth was not served either, or where
    /// the first one had ended long since.
    pub fn met_again(&self) -> impl Iterator<Item = &AgainFacts> {
        let waited = self.again.iter().filter(|again| !again.beside);
        let is_served = |again: &AgainFacts| !again.is_silent() && again.tls.is_some();
        let is_kept_waiting = waited.clone().next().is_some() && waited.clone().all(is_served);
        let again = self.again.iter();
        let is_told = move |again: &&AgainFacts| {
            let may_wait = again.beside && again.is_silent() && is_kept_waiting;
            !may_wait || self.is_silent_on_its_own(again)
        };
        again.filter(is_told)
    }

    /// This endpoint as if such a connection had been the first. Where OPTIONS was not asked, as the handshake
    /// was all that mattered, it is taken to be answered like there.
    pub fn as_met(&self, again: &AgainFacts) -> Self {
        let mut tls = again.tls.clone();
        if let (true, Some(tls), Some(first)) = (again.same_chain, &mut tls, &self.tls) {
            tls.chain.clone_from(&first.chain);
            tls.trust.clone_from(&first.trust);
        }
        let is_finished = |tls: &TlsFacts| tls.outcome == TlsOutcome::Finished;
        let is_unasked = again.sip.is_none() && tls.as_ref().is_some_and(is_finished);
        let sip = if is_unasked { &self.sip } else { &again.sip };
        let fqdn = self.fqdn.clone();
        Self {
            tls,
            sip: sip.clone(),
            issuer: self.issuer.clone(),
            revoked_beside: self.revoked_beside.clone(),
            ..Self::new(fqdn, self.published, self.address, again.tcp)
        }
    }
}
