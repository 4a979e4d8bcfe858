//! The TLS handshake, recorded however it ends: the chain, the demand for a client certificate, the
//! point where it ended.
//!
//! The verifier accepts every certificate, so that verification never cuts a handshake short;
//! trust is looked at afterwards. Nothing confidential is ever sent over such a connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    DigitallySignedStruct, Error, KeyLog, ProtocolVersion, SignatureScheme, SupportedCipherSuite,
};

use super::channel::{Channel, End};
use super::greeting::Greeting;
use super::shared::Shared;
use super::{Context, LimitHit, as_sent, elapsed_us, marks, tcp};
use crate::facts::{
    Alert, Breach, CertificateRequest, ChainVerdict, Der, HelloFacts, StapleOutcome, TlsFacts,
    TlsOutcome, TlsVersion, TrustFacts,
};
use crate::known::issuers::{self, is_public};
use crate::model::limits::MAX_CHAIN;
use crate::model::names::Fqdn;
use crate::pki::roots::Roots;
use crate::pki::x509::{self, Certificate, top_of_chain};
use crate::pki::{ocsp, possession};
use crate::wire::hello::asked_for;
use crate::wire::records::Records;
use crate::wire::sealed;
use crate::wire::server_hello::{Renegotiation, renegotiation, unasked};

/// Shakes hands with a server of this name, on a connection that may have been reset already, or at this address where it has none; tells as soon as it
/// has said anything, and leaves the trust to be filled in later.
pub(super) async fn handshake(
    cx: &Context,
    host: &str,
    stream: impl Into<Option<TcpStream>>,
    heard: &Notify,
) -> (TlsFacts, Option<Channel>) {
    let shaken = shake_hands(cx, host, stream.into(), heard, Greeting::Usual).await;
    (shaken.facts, shaken.session)
}

/// The same, with another greeting.
pub(super) async fn handshake_as(
    cx: &Context,
    host: &str,
    stream: impl Into<Option<TcpStream>>,
    greeting: Greeting,
) -> (TlsFacts, Option<Channel>) {
    let shaken = shake_hands(cx, host, stream.into(), &Notify::new(), greeting).await;
    (shaken.facts, shaken.session)
}

/// What the certificate of `--client-cert` was sent without, where it needs it.
fn unsent_issuer(cx: &Context) -> Option<String> {
    let sent = &cx.shared.client.as_ref()?.cert;
    let sent: Vec<Der> = sent.iter().map(|der| Der(der.to_vec())).collect();
    let now = cx.plan.terms.now.unix_timestamp();
    if cx.shared.roots.verify(&sent, now) != ChainVerdict::UnknownIssuer {
        return None;
    }
    let top = top_of_chain(&sent).filter(|top| !top.self_signed)?;
    let is_public = top.issuer_organisation.as_deref().is_some_and(is_public);
    (is_public || top.issuer_url.is_some()).then_some(top.issuer)
}

/// What came of a handshake.
pub(super) struct Shaken {
    pub(super) facts: TlsFacts,
    /// What was said to a long hello, in the clear.
    pub(super) hello: Option<HelloFacts>,
    /// The connection, where both sides finished.
    pub(super) session: Option<Channel>,
}

impl Shaken {
    /// Of a connection that was reset already.
    fn reset(cx: &Context) -> Self {
        let facts = TlsFacts {
            limit: Some(tcp::millis(cx.plan.limits.tls)),
            ..TlsFacts::begun(TlsOutcome::Reset)
        };
        Self {
            facts,
            hello: None,
            session: None,
        }
    }
}

/// The client certificate that is shown with this greeting, if one is.
fn client_of(cx: &Context, greeting: Greeting) -> Option<Arc<CertifiedKey>> {
    let client = cx.shared.client.clone();
    let client = client.filter(|_| greeting.shows_certificate())?;
    Some(if greeting.is_long() {
        Arc::new(as_sent::signing_as_sent(&client))
    } else {
        client
    })
}

/// The same, and tells as soon as anything was heard.
pub(super) async fn shake_hands(
    cx: &Context,
    host: &str,
    stream: Option<TcpStream>,
    heard: &Notify,
    greeting: Greeting,
) -> Shaken {
    let Some(stream) = stream else {
        heard.notify_one();
        return Shaken::reset(cx);
    };
    let recorder = Arc::new(Recorder {
        client: client_of(cx, greeting),
        schemes: greeting.schemes(),
        ..Recorder::new(cx)
    });
    let start = Instant::now();
    let mut channel = open(cx, host, stream, &recorder, greeting);
    let shaking = channel.shake_hands(heard);
    let ended = cx.within(cx.plan.limits.tls, shaking).await;
    let mut record = recorder.taken();
    let records = channel.records();
    if let Some(request) = &mut record.request {
        complete(request, records);
    }
    let outcome = outcome(ended, records);
    let hello = records.hello();
    let asked = asked_for(channel.sent());
    let sealed = match channel.tls().negotiated_cipher_suite() {
        Some(suite) if !record.secret.is_empty() => {
            let suite = u16::from(suite.suite());
            sealed::faults(suite, &record.secret, records.sealed(), &asked)
        }
        _ => sealed::Faults::default(),
    };
    let overlooked = match record.version {
        Some(TlsVersion::Tls12) => marks::overlooked(&hello, greeting.knows_tls13())
            .or(record.names_unreadable.then_some(Breach::Malformed)),
        _ => sealed.misplaced.then_some(Breach::ExtensionOutOfPlace),
    };
    let outcome = match overlooked {
        _ if let Some(breach) = marks::unbearable(records, &hello) => {
            TlsOutcome::Misbehaved(breach)
        }
        // Whatever follows, others have hung up by then.
        _ if records.takes_leave() && matches!(outcome, TlsOutcome::Alert(_)) => TlsOutcome::Closed,
        _ if outcome != TlsOutcome::Finished => {
            marks::looked_into(outcome, records, &hello, sealed)
        }
        // Whatever follows, others have hung up by then.
        _ if records.warning().is_some_and(Alert::is_close) => {
            TlsOutcome::Misbehaved(Breach::CloseNotify)
        }
        Some(breach) => TlsOutcome::Misbehaved(breach),
        None => outcome,
    };
    let tls = channel.tls();
    let facts = TlsFacts {
        server_hello: records.is_server_hello(),
        version: tls
            .protocol_version()
            .filter(|_| outcome == TlsOutcome::Finished)
            .and_then(known_version)
            .or(record.version),
        cipher: tls
            .negotiated_cipher_suite()
            .filter(|_| outcome == TlsOutcome::Finished || record.version.is_some())
            .and_then(suite_name),
        secure_renegotiation: renegotiation(&hello).map(|said| said != Renegotiation::Unknown),
        signature: record.signature,
        key_of: record.key_of,
        still_coming: outcome == TlsOutcome::Silent
            && records.total() > 0
            && channel.heard().elapsed() < cx.plan.limits.tls / 4,
        unasked: unasked(&hello, &asked).or(sealed.unasked),
        oddities: marks::oddities(
            &outcome,
            [channel.sent(), &hello],
            sealed,
            record.names_unreadable,
        ),
        staple: staple_of(cx, &record),
        chain: record.chain,
        request: record.request,
        presented: record.presented,
        unsent_issuer: record.presented.then(|| unsent_issuer(cx)).flatten(),
        key_proven: record.key_proven,
        elapsed_us: elapsed_us(start),
        limit: Some(tcp::millis(cx.plan.limits.tls)),
        warning: records.warning(),
        // The server's signature is looked at with the last message before our turn in TLS 1.2; in
        // TLS 1.3 our turn comes last. What has been taken is refused no more.
        our_turn: Some(
            outcome == TlsOutcome::Finished
                || record.version == Some(TlsVersion::Tls12)
                    && !records.takes_leave()
                    && !records.goes_on(),
        ),
        cut: records.cut().filter(|_| outcome != TlsOutcome::Finished),
        ..TlsFacts::begun(outcome)
    };
    let hello = channel.said(&facts.outcome);
    let session = (facts.outcome == TlsOutcome::Finished).then_some(channel);
    Shaken {
        facts,
        hello,
        session,
    }
}

/// What the library does not tell of a demand in TLS 1.2.
fn complete(request: &mut CertificateRequest, records: &Records) {
    request.types = records.certificate_types();
    let known = request.schemes.as_deref().unwrap_or_default();
    let mut others = records.client_schemes().unwrap_or_default();
    others.retain(|other| !known.contains(other));
    request.other_schemes = (!others.is_empty()).then_some(others);
}

/// How it ended, as far as the library and the first bytes tell.
fn outcome(ended: Result<Result<(), End>, LimitHit>, records: &Records) -> TlsOutcome {
    match ended {
        Ok(Ok(())) => TlsOutcome::Finished,
        // A plain-text peer that waits for more than a hello is silent to TLS, not to us.
        Ok(Err(_)) | Err(_) if records.is_foreign() => TlsOutcome::NotTls(records.start().to_vec()),
        Ok(Err(End::Alert(alert))) => TlsOutcome::Alert(alert),
        Ok(Err(End::Closed)) => TlsOutcome::Closed,
        Ok(Err(End::Reset)) => TlsOutcome::Reset,
        Ok(Err(End::Breach(breach))) => TlsOutcome::Misbehaved(breach),
        // Only what may be said can be too long.
        Ok(Err(End::TooMuch)) if !records.is_server_hello() => {
            TlsOutcome::Misbehaved(Breach::OutOfPlace)
        }
        Ok(Err(End::TooMuch)) => TlsOutcome::TooMuch,
        Err(LimitHit::Operation) => TlsOutcome::Silent,
        Err(LimitHit::Deadline) => TlsOutcome::Deadline,
    }
}

/// The certificates that a service shows, leaf first; empty when none came. No certificate of ours is
/// offered.
pub(super) async fn chain(cx: &Context, fqdn: &Fqdn, stream: TcpStream) -> Vec<Der> {
    shown(cx, fqdn.as_str(), stream, Greeting::Usual)
        .await
        .chain
}

/// The leaf that a client without SNI gets, by one more connection. Asked only where the certificate
/// for this name is not issued to it: some servers choose by name, and some choose wrong. Where the leaf
/// is right, another connection shows whether it was chance.
pub(super) async fn without_sni(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    chain: &[Der],
) -> Option<Der> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    if leaf.names_exactly(host) {
        return None;
    }
    let (_, stream) = tcp::connect(cx, address).await;
    let other = shown(cx, host, stream?, Greeting::WithoutName).await;
    let other = other.chain.into_iter().next()?;
    let is_right = Certificate::parse(&other.0).is_ok_and(|leaf| leaf.names_exactly(host));
    if is_right {
        // Two servers that take turns show the same: who names it is shown the first one again, or it was
        // chance.
        let (_, stream) = tcp::connect(cx, address).await;
        let named = shown(cx, host, stream?, Greeting::Usual).await;
        if named.chain.first() != chain.first() {
            return None;
        }
    }
    Some(other)
}

async fn shown(cx: &Context, host: &str, stream: TcpStream, greeting: Greeting) -> Record {
    let recorder = Arc::new(Recorder {
        client: None,
        schemes: greeting.schemes(),
        ..Recorder::new(cx)
    });
    let mut channel = open(cx, host, stream, &recorder, greeting);
    // However it ends: what was shown until then was shown.
    let heard = Notify::new();
    let shaking = channel.shake_hands(&heard);
    let _ = cx.within(cx.plan.limits.tls, shaking).await;
    recorder.taken()
}

/// A connection that is about to shake hands, and to write down what it sees.
fn open(
    cx: &Context,
    host: &str,
    stream: TcpStream,
    recorder: &Arc<Recorder>,
    greeting: Greeting,
) -> Channel {
    // A name that TLS cannot carry is not sent, as an address is not.
    let name = ServerName::try_from(host.to_owned())
        .unwrap_or(ServerName::IpAddress(Ipv4Addr::UNSPECIFIED.into()));
    let mut config = cx.shared.patterns.of(greeting, cx);
    config
        .dangerous()
        .set_certificate_verifier(recorder.clone());
    config.client_auth_cert_resolver = recorder.clone();
    config.key_log = recorder.clone();
    let channel = Channel::new(stream, config, name).expect("the system gives random bytes");
    if greeting.is_long() {
        channel.long()
    } else if greeting.is_in_two() {
        channel.in_two()
    } else {
        channel
    }
}

pub(super) fn known_version(version: ProtocolVersion) -> Option<TlsVersion> {
    match version {
        ProtocolVersion::TLSv1_2 => Some(TlsVersion::Tls12),
        ProtocolVersion::TLSv1_3 => Some(TlsVersion::Tls13),
        _ => None,
    }
}

/// The name that a cipher suite is registered under. The library calls those of TLS 1.3 otherwise.
pub(super) fn suite_name(suite: SupportedCipherSuite) -> Option<String> {
    let name = suite.suite().as_str()?;
    Some(name.replace("TLS13_", "TLS_"))
}

/// The public roots first; this machine's own store only where they say no.
pub(super) async fn trust_of(cx: &Context, chain: &[Der]) -> Option<TrustFacts> {
    if chain.is_empty() {
        return None;
    }
    let now = cx.plan.terms.now.unix_timestamp();
    let path = cx.shared.roots.look_at(chain, now);
    let verdict = cx.shared.roots.verdict(path.as_ref());
    let ask_local = verdict != ChainVerdict::Trusted && !cx.plan.terms.own_roots;
    let local = if ask_local {
        let roots = cx.in_time(cx.shared.local_roots()).await;
        roots.map(|roots| roots.verify(chain, now))
    } else {
        None
    };
    let ask_public = verdict == ChainVerdict::Trusted && cx.plan.terms.own_roots;
    let public = ask_public.then(|| Roots::public().verify(chain, now));
    Some(TrustFacts {
        verdict,
        local,
        public,
        path,
    })
}

/// What the server itself says of its certificate.
fn staple_of(cx: &Context, record: &Record) -> Option<StapleOutcome> {
    let now = cx.plan.terms.now.unix_timestamp();
    let response = record.staple.as_slice();
    let stapled = !response.is_empty() && !record.chain.is_empty();
    stapled.then(|| ocsp::judge(response, &record.chain, &cx.shared.roots, now))
}

/// So many certificates behind the first one are tried for the key that signed the handshake.
const OTHERS: usize = 8;

/// What the handshake showed.
#[derive(Clone, Debug, Default)]
struct Record {
    /// Known from the server's signature on, also when it then refuses us.
    version: Option<TlsVersion>,
    chain: Vec<Der>,
    /// The OCSP response stapled to it; empty without one.
    staple: Vec<u8>,
    request: Option<CertificateRequest>,
    presented: bool,
    /// An authority that it names as one whose certificates it takes is no name at all.
    names_unreadable: bool,
    key_proven: Option<bool>,
    /// The server's secret for the handshake, in TLS 1.3.
    secret: Vec<u8>,
    /// The scheme of the server's signature, where it was not offered.
    signature: Option<u16>,
    /// The number of the certificate whose key it is, where that is not the first.
    key_of: Option<usize>,
}

/// Sits in the places where rustls shows the certificates and the demand for one of ours.
#[derive(Debug)]
struct Recorder {
    record: Mutex<Record>,
    client: Option<Arc<CertifiedKey>>,
    schemes: Vec<SignatureScheme>,
    shared: Arc<Shared>,
}

impl Recorder {
    fn new(cx: &Context) -> Self {
        Self {
            record: Mutex::default(),
            client: cx.shared.client.clone(),
            schemes: Greeting::Usual.schemes(),
            shared: Arc::clone(&cx.shared),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The version is known from here on, also when the server then refuses us.
    fn note_proof(
        &self,
        version: TlsVersion,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) {
        let scheme = u16::from(signature.scheme);
        let is_offered = self.schemes.contains(&signature.scheme);
        let proof = possession::proof(version, certificate, scheme, message, signature.signature());
        let proves = |der: &Der| {
            let signed = signature.signature();
            possession::proof(version, &der.0, scheme, message, signed) == Some(true)
        };
        self.note(|record| {
            let others = || record.chain.iter().skip(1).take(OTHERS).position(proves);
            if proof == Some(false) {
                record.key_of = others().map(|at| at + 2);
            }
            record.version = Some(version);
            record.signature = (!is_offered).then_some(scheme);
            record.key_proven = proof;
        });
    }

    fn taken(&self) -> Record {
        self.record
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let sent = std::iter::once(end_entity)
            .chain(intermediates)
            .take(MAX_CHAIN);
        self.note(|record| {
            record.chain = sent.map(|der| Der(der.to_vec())).collect();
            record.staple = ocsp_response.to_vec();
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note_proof(TlsVersion::Tls12, message, certificate, signature);
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note_proof(TlsVersion::Tls13, message, certificate, signature);
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// Whether partners have certificates of this CA, by its name in DER.
fn is_usual(roots: &Roots, name: &[u8]) -> bool {
    let is_public = || x509::organisation(name).is_some_and(|name| issuers::is_public(&name));
    roots.have(name) || Roots::public_have(name) || is_public()
}

/// The organisation that all of these CAs belong to that are public ones; `None` where there are several, or one
/// of `--ca-file`, which may be the only ones that there are.
fn only_public(roots: &Roots, authorities: &[&[u8]]) -> Option<String> {
    let is_given = |name: &&[u8]| roots.have(name) && !Roots::public_have(name);
    if authorities.iter().any(is_given) {
        return None;
    }
    let usual = authorities.iter().filter(|name| is_usual(roots, name));
    let mut organisations = usual.filter_map(|name| x509::organisation(name));
    let first = organisations.next()?;
    let is_same = |other: String| issuers::is_same(&first, &other);
    organisations.all(is_same).then_some(first)
}

impl KeyLog for Recorder {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        if label == "SERVER_HANDSHAKE_TRAFFIC_SECRET" {
            self.note(|record| record.secret = secret.to_vec());
        }
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let client = self
            .client
            .clone()
            .filter(|client| client.key.choose_scheme(schemes).is_some());
        self.note(|record| {
            let is_usual = |der: &&[u8]| is_usual(&self.shared.roots, der);
            let names_usual = (!authorities.is_empty()).then(|| authorities.iter().any(is_usual));
            let only_public = only_public(&self.shared.roots, authorities);
            record.names_unreadable = !authorities.iter().all(|der| x509::is_name(der));
            let authorities = authorities
                .iter()
                .filter_map(|der| x509::read_name(der))
                .collect();
            let schemes = schemes.iter().copied().map(u16::from).collect();
            record.request = Some(CertificateRequest {
                authorities,
                schemes: Some(schemes),
                other_schemes: None,
                types: None,
                names_usual,
                only_public,
            });
            record.presented = client.is_some();
        });
        client
    }

    /// True even without one: rustls asks `resolve` only then, and that is how a demand is seen.
    fn has_certs(&self) -> bool {
        true
    }
}
