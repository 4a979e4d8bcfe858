//! One address of one FQDN: TCP, TLS and SIP, as far as each got.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{
    AgainFacts, BareFacts, ComparedFacts, Der, IssuerFacts, IssuerRevocation, PrimeFacts,
    RefusedOffer, RevocationFacts, RevokedBeside, SecondLookFacts, SipFacts, StapleOutcome,
    TlsFacts, TlsOutcome, TrustFacts, WindowsFacts,
};
use crate::model::names::Fqdn;

/// What one address of one FQDN does on the federation port: one connection, all the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointFacts {
    /// The name this address was found for; the server name (SNI) of the handshake.
    pub fqdn: Fqdn,
    /// The address that DNS publishes; `None` when only `--connect-to` named one.
    pub published: Option<IpAddr>,
    /// Where the connection went.
    pub address: SocketAddr,
    /// How near this machine is to it, where no router is between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Near>,
    /// Outcome of the TCP connect.
    pub tcp: TcpOutcome,
    /// TLS handshake; `None` without a TCP connection.
    pub tls: Option<TlsFacts>,
    /// What further connections showed, when TLS ended before it had begun.
    #[serde(default, rename = "explained")]
    pub second_look: Option<SecondLookFacts>,
    /// How the other attempts of xfed's own handshake ended, where it was made more than once.
    #[serde(default)]
    pub other_attempts: Vec<TlsOutcome>,
    /// How the handshake ended that offers TLS 1.3, where one that offers TLS 1.2 only is served; that
    /// is the one in `tls` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_modern: Option<TlsOutcome>,
    /// What further connections showed that were made for nothing but that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<AgainFacts>,
    /// What hellos by hand show, where Windows Server 2016 was turned away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<WindowsFacts>,
    /// How one without a client certificate is met, where Windows Server 2016 was turned away with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<BareFacts>,
    /// How the handshake ended whose hello came in two TCP segments, where that is the reason: the same one
    /// is served in one segment, and two by hand that are longer than a segment are not. Or a long one that was
    /// sent at once, and not the short ones in TLS 1.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_large: Option<TlsOutcome>,
    /// Whether such a hello is served after all where it comes in small pieces: packets of full size are lost
    /// on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses_full_size: bool,
    /// What the server chose of all that Windows offers in TLS 1.2, where that is DHE with a prime that some
    /// hang up on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_prime: Option<PrimeFacts>,
    /// The first message of TLS 1.2, by its name, that is longer than Windows reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversized: Option<String>,
    /// An extension, by its IANA number, that the server sends in TLS 1.2 to those as well that do not ask for
    /// it, as xfed does elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unasked: Option<u16>,
    /// How whoever offers all that Windows does in TLS 1.2 is turned away, where less is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_offer: Option<RefusedOffer>,
    /// Answer to OPTIONS; `None` without a TLS session.
    pub sip: Option<SipFacts>,
    /// The answer of the revocation list that the certificate names, when it was asked.
    #[serde(default)]
    pub revocation: Option<RevocationFacts>,
    /// The answers of the lists that the intermediates on the way to a root name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuer_revocations: Vec<IssuerRevocation>,
    /// What lists and responders say against other certificates that it shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked_beside: Vec<RevokedBeside>,
    /// The leaf that is shown to a client without SNI. Only looked at where the leaf shown for this
    /// name is not issued to it.
    #[serde(default)]
    pub without_sni: Option<Der>,
    /// What a client gets that can use RSA certificates only, where that is another certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_rsa: Option<OtherChain>,
    /// How such a client is met in all of a handshake and behind it. The certificates are left out here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_rsa: Option<AgainFacts>,
    /// The issuer's certificate from the address that the chain names, when it was fetched.
    #[serde(default)]
    pub issuer: Option<IssuerFacts>,
    /// The certificate of the same address on the port to compare with, when that was looked at.
    #[serde(default)]
    pub compared: Option<ComparedFacts>,
}

/// Where the firewall that partners meet is not on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Near {
    /// The address is one of this machine's own.
    SameMachine,
    /// The address is in a network that this machine is in, too: there is no router on the way.
    SameNetwork,
}

impl Near {
    /// The key in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::SameMachine => "machine",
            Self::SameNetwork => "network",
        }
    }
}

impl EndpointFacts {
    /// An endpoint at which nothing is known but how the TCP connect ended.
    pub fn new(
        fqdn: Fqdn,
        published: Option<IpAddr>,
        address: SocketAddr,
        tcp: TcpOutcome,
    ) -> Self {
        Self {
            fqdn,
            published,
            address,
            near: None,
            tcp,
            tls: None,
            second_look: None,
            other_attempts: Vec::new(),
            refused_modern: None,
            again: Vec::new(),
            windows: None,
            bare: None,
            refused_large: None,
            loses_full_size: false,
            short_prime: None,
            oversized: None,
            unasked: None,
            refused_offer: None,
            sip: None,
            revocation: None,
            issuer_revocations: Vec::new(),
            revoked_beside: Vec::new(),
            without_sni: None,
            for_rsa: None,
            with_rsa: None,
            issuer: None,
            compared: None,
        }
    }

    /// True if it accepted TCP.
    pub fn is_open(&self) -> bool {
        matches!(self.tcp, TcpOutcome::Connected(_))
    }

    /// True if the server itself was heard from.
    pub fn is_met(&self) -> bool {
        self.is_open() && self.loss().is_none()
    }

    /// How it was lost, if it was not heard from in any connection.
    pub fn loss(&self) -> Option<Loss> {
        if !self.is_open() {
            return self.tcp.loss();
        }
        let tls = self.tls.as_ref()?;
        let second_look = self.second_look.as_ref();
        let is_wordless = tls.is_wordless()
            && second_look.is_none_or(SecondLookFacts::is_without_answer)
            && self.other_attempts.iter().all(|it| it.loss().is_some());
        tls.outcome.loss().filter(|_| is_wordless)
    }

    /// The same endpoint, of which nothing is known but why.
    pub fn untested(&self, tcp: TcpOutcome) -> Self {
        let near = self.near;
        let untested = Self::new(self.fqdn.clone(), self.published, self.address, tcp);
        Self { near, ..untested }
    }

    /// True if the connection went elsewhere than partners would go.
    pub fn is_redirected(&self) -> bool {
        self.published != Some(self.address.ip())
            || self.address.port() != crate::model::limits::FEDERATION_PORT
    }

    /// True if the address serves other names than this one, which it turns away.
    pub fn serves_other_names_only(&self) -> bool {
        let second_look = self.second_look.as_ref();
        second_look.is_some_and(|second_look| second_look.serves_another_name)
    }

    /// The certificates that were shown, in whichever handshake. Those that are for other names, where this
    /// one is not served, are not the server's.
    pub fn shown(&self) -> Option<ShownChain<'_>> {
        let tls = self
            .tls
            .as_ref()
            .filter(|_| !self.serves_other_names_only())?;
        ShownChain::among(tls, self.second_look.as_ref())
    }

    /// How a client is met that can use RSA only, where it gets another certificate.
    pub fn met_with_rsa(&self) -> Option<AgainFacts> {
        let mut again = self.with_rsa.clone()?;
        if let (Some(tls), Some(shown)) = (&mut again.tls, &self.for_rsa) {
            tls.chain.clone_from(&shown.chain);
            tls.trust.clone_from(&shown.trust);
        }
        Some(again)
    }

    /// This endpoint as if a client that can use RSA only had been the first, where such a one is shown other
    /// certificates.
    pub fn as_met_with_rsa(&self) -> Option<Self> {
        let other = self.for_rsa.as_ref()?;
        let tls = TlsFacts {
            chain: other.chain.clone(),
            trust: other.trust.clone(),
            staple: other.staple.clone(),
            ..TlsFacts::begun(TlsOutcome::Finished)
        };
        Some(Self {
            tls: Some(tls),
            issuer: self.issuer.clone(),
            revoked_beside: self.revoked_beside.clone(),
            ..Self::new(self.fqdn.clone(), self.published, self.address, self.tcp)
        })
    }

    /// True if the deadline came before everything about TLS was seen.
    pub fn is_cut_short(&self) -> bool {
        let Some(tls) = &self.tls else {
            return true;
        };
        let second_look = self.second_look.as_ref();
        tls.outcome == TlsOutcome::Deadline
            || second_look.is_some_and(SecondLookFacts::is_cut_short)
    }
}

/// A chain that a server has beside the one that it showed first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherChain {
    /// The certificates as sent, leaf first; at least one.
    pub chain: Vec<Der>,
    /// What the trust stores say of them.
    pub trust: Option<TrustFacts>,
    /// What the OCSP answer says that the server stapled to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staple: Option<StapleOutcome>,
}

/// A chain that a server showed, and what the trust stores said of it.
#[derive(Clone, Copy, Debug)]
pub struct ShownChain<'a> {
    /// The certificates as sent, leaf first; at least one.
    pub chain: &'a [Der],
    /// What the trust stores said of them.
    pub trust: Option<&'a TrustFacts>,
}

impl<'a> ShownChain<'a> {
    pub(super) fn among(
        tls: &'a TlsFacts,
        second_look: Option<&'a SecondLookFacts>,
    ) -> Option<Self> {
        let chain = if tls.chain.is_empty() {
            second_look?.chain()?
        } else {
            tls.chain.as_slice()
        };
        let trust = tls.trust.as_ref();
        Some(Self { chain, trust })
    }
}

/// A duration in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Micros(pub u64);

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Millis(pub u64);

/// How a TCP connect ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Accepted, after this long.
    Connected(Micros),
    /// Answered with a reset: nothing listens, or nothing is forwarded.
    Refused,
    /// No answer within this limit.
    TimedOut(Millis),
    /// A router on the way said that there is no way, or that it is forbidden.
    Unreachable,
    /// This machine has no route to the address; nothing was sent.
    NoRoute,
    /// This machine could not make the attempt (forbidden by its own firewall).
    NotAttempted,
    /// This machine lets the process open no further socket.
    TooManyFiles,
    /// The deadline of the whole check came first.
    Deadline,
    /// It served others of this run, and then nobody any more: after so many connections.
    AfterOthers(u32),
    /// It was lost like this, and right afterwards so were servers in other networks that this run had
    /// reached before.
    WayOutClosed(Loss),
    /// It was lost like this, and so were the servers of all other domains of the run, in other networks.
    AllLost(Loss),
    /// More addresses are published than one run connects to.
    OverLimit,
}

impl TcpOutcome {
    /// How the server was lost, if it did not let us in.
    pub fn loss(self) -> Option<Loss> {
        match self {
            Self::TimedOut(_) => Some(Loss::Silent),
            Self::Refused => Some(Loss::Refused),
            Self::Unreachable => Some(Loss::Unreachable),
            Self::Connected(_)
            | Self::NoRoute
            | Self::NotAttempted
            | Self::TooManyFiles
            | Self::Deadline
            | Self::AfterOthers(_)
            | Self::WayOutClosed(_)
            | Self::AllLost(_)
            | Self::OverLimit => None,
        }
    }
}

/// How a server is lost of which nothing is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// It does not answer.
    Silent,
    /// It answers with a reset.
    Refused,
    /// A router on the way says that there is no way, or that it is forbidden.
    Unreachable,
    /// It accepts a connection, and says nothing.
    Mute,
    /// It accepts a connection, and ends it without a word.
    Ended,
}

impl Loss {
    /// Whether a connection was accepted.
    pub fn is_after_tcp(self) -> bool {
        matches!(self, Self::Mute | Self::Ended)
    }

    /// The loss that explains both, if one does. A router that rejects packets limits how often it says so, and
    /// drops the rest in silence (RFC 1812 §4.3.2.8).
    pub fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Silent, Self::Unreachable) | (Self::Unreachable, Self::Silent) => {
                Some(Self::Unreachable)
            }
            _ => (self == other).then_some(self),
        }
    }

    /// The key that texts select by.
    pub fn key(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Mute => "mute",
            Self::Ended => "ended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Alert, HelloFacts, HelloOutcome, PlainOutcome, TlsVersion};

    fn endpoint(second_look: Option<SecondLookFacts>) -> EndpointFacts {
        let tls = TlsFacts::begun(TlsOutcome::Alert(Alert(40)));
        EndpointFacts {
            tls: Some(tls),
            second_look,
            ..EndpointFacts::new(
                Fqdn::parse("xphone.zahnfee.de").expect("a name"),
                None,
                ([127, 0, 0, 1], 5061).into(),
                TcpOutcome::Connected(Micros(1)),
            )
        }
    }

    fn second_look() -> SecondLookFacts {
        let answer = HelloFacts {
            outcome: HelloOutcome::Complete,
            version: Some(TlsVersion::Tls10),
            chain: vec![Der(b"leaf".to_vec())],
            ..HelloFacts::default()
        };
        SecondLookFacts {
            wide: HelloFacts::default(),
            old: answer,
            windows: None,
            modern: None,
            plain: Some(PlainOutcome::Said(b"220 x".to_vec())),
            with_part: Vec::new(),
            refuses_name: false,
            serves_another_name: false,
            wide_before: None,
            elapsed_us: 2,
        }
    }

    #[test]
    fn the_chain_is_found_wherever_it_was_shown() {
        assert!(endpoint(None).shown().is_none());
        let second_look = endpoint(Some(second_look()));
        let shown = second_look.shown().expect("the old hello was answered");
        assert_eq!(shown.chain, [Der(b"leaf".to_vec())]);
    }

    #[test]
    fn a_second_look_survives_being_written_and_older_reports_have_none() {
        let facts = endpoint(Some(second_look()));
        let mut json = serde_json::to_value(&facts).expect("facts are JSON");
        let read = serde_json::from_value(json.clone());
        assert_eq!(facts, read.expect("what was written"));
        let fields = json.as_object_mut().expect("an object");
        fields.remove("explained").expect("it was written");
        let older: EndpointFacts = serde_json::from_value(json).expect("an older report");
        assert_eq!(older, endpoint(None));
    }
}
