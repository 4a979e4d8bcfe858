//! The TLS handshake, recorded however it ends: the chain, the demand for a client certificate, the
//! point where it ended.
//!
//! The verifier accepts every certificate, so that verification never cuts a handshake short;
//! trust is looked at afterwards. Nothing confidential is ever sent over such a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{ResolvesClientCert, Resumption};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error,
    ProtocolVersion, SignatureScheme, version,
};

use super::tap::{Opening, Tap};
use super::{Context, LimitHit, elapsed_us, tcp};
use crate::facts::{
    Alert, CertificateRequest, ChainVerdict, Der, StapleOutcome, TlsFacts, TlsOutcome, TlsVersion,
    TrustFacts,
};
use crate::model::limits::MAX_CHAIN;
use crate::model::names::Fqdn;
use crate::pki::ocsp;
use crate::pki::x509::{self, Certificate};
use crate::wire::hello::{ALERT_RECORD, plain_alert};
use crate::wire::renegotiation;

/// An established connection.
pub(super) type Session = TlsStream<Tap<TcpStream>>;

/// Shakes hands; leaves the trust to be filled in later.
pub(super) async fn handshake(
    cx: &Context,
    fqdn: &Fqdn,
    stream: TcpStream,
) -> (TlsFacts, Option<Session>) {
    let recorder = Arc::new(Recorder::new(cx));
    let (tap, opening) = Tap::new(stream);
    let start = Instant::now();
    let ended = match server_name(fqdn).and_then(|name| Ok((name, configure(cx, &recorder)?))) {
        Ok((name, config)) => {
            let connecting = TlsConnector::from(Arc::new(config))
                .connect(name, tap)
                .into_fallible();
            let connecting = async {
                match connecting.await {
                    Err((error, tap)) => Err(last_word(error, tap).await),
                    Ok(session) => Ok(session),
                }
            };
            cx.within(cx.plan.limits.tls, connecting).await
        }
        Err(error) => Ok(Err(io::Error::other(error))),
    };
    let elapsed_us = elapsed_us(start);
    let opening = opening
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let record = recorder.taken();
    let (outcome, session) = match ended {
        Ok(Ok(session)) => (TlsOutcome::Finished, Some(session)),
        Ok(Err(error)) => (failure(&error, &opening), None),
        // A plain-text peer that waits for more than a hello is silent to rustls, not to the tap.
        Err(_) if opening.is_foreign() => (TlsOutcome::NotTls(opening.start.clone()), None),
        Err(LimitHit::Operation) => (TlsOutcome::Silent, None),
        Err(LimitHit::Deadline) => (TlsOutcome::Deadline, None),
    };
    let agreed = session.as_ref().map(|session| session.get_ref().1);
    let facts = TlsFacts {
        outcome,
        server_hello: opening.is_server_hello(),
        version: agreed
            .and_then(|connection| connection.protocol_version())
            .and_then(known_version)
            .or(record.version),
        cipher: agreed
            .and_then(|connection| connection.negotiated_cipher_suite())
            .and_then(|suite| suite.suite().as_str().map(str::to_owned)),
        secure_renegotiation: renegotiation::is_secure(&opening.start),
        staple: staple_of(cx, &record),
        chain: record.chain,
        request: record.request,
        presented: record.presented,
        key_proven: record.key_proven,
        trust: None,
        elapsed_us,
    };
    (facts, session)
}

/// A write that fails says less than the alert that may still be read: a server that refuses our
/// certificate closes while the rest of our flight is on its way, and its reset overtakes us.
async fn last_word(error: io::Error, mut tap: Tap<TcpStream>) -> io::Error {
    if !matches!(Broken::from(&error), Broken::Reset) {
        return error;
    }
    let mut record = [0; ALERT_RECORD];
    let alert = tap.read_exact(&mut record).await;
    match alert.ok().and_then(|_| plain_alert(record)) {
        Some(alert) => io::Error::other(Error::AlertReceived(AlertDescription::from(alert.0))),
        None => error,
    }
}

/// The certificates that a service shows, leaf first; empty when none came. No certificate of ours is
/// offered.
pub(super) async fn chain(cx: &Context, fqdn: &Fqdn, stream: TcpStream) -> Vec<Der> {
    chain_shown(cx, fqdn, stream, true).await
}

/// The leaf that a client without SNI gets, by one more connection. Asked only where the certificate
/// for this name is not issued to it: some servers choose by name, and some choose wrong.
pub(super) async fn without_sni(
    cx: &Context,
    fqdn: &Fqdn,
    address: SocketAddr,
    chain: &[Der],
) -> Option<Der> {
    let leaf = Certificate::parse(&chain.first()?.0).ok()?;
    if leaf.names_exactly(fqdn.as_str()) {
        return None;
    }
    let (_, stream) = tcp::connect(cx, address).await;
    chain_shown(cx, fqdn, stream?, false)
        .await
        .into_iter()
        .next()
}

async fn chain_shown(cx: &Context, fqdn: &Fqdn, stream: TcpStream, sni: bool) -> Vec<Der> {
    let recorder = Arc::new(Recorder {
        client: None,
        ..Recorder::new(cx)
    });
    let (tap, _opening) = Tap::new(stream);
    if let Ok(name) = server_name(fqdn)
        && let Ok(mut config) = configure(cx, &recorder)
    {
        config.enable_sni = sni;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, tap);
        // However it ends: what was shown until then was shown.
        let _ = cx.within(cx.plan.limits.tls, connecting).await;
    }
    recorder.taken().chain
}

fn server_name(fqdn: &Fqdn) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(fqdn.as_str().to_owned())
        .map_err(|error| Error::General(error.to_string()))
}

fn configure(cx: &Context, recorder: &Arc<Recorder>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&cx.shared.provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_client_cert_resolver(recorder.clone());
    // A resumed session shows no certificates.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn known_version(version: ProtocolVersion) -> Option<TlsVersion> {
    match version {
        ProtocolVersion::TLSv1_2 => Some(TlsVersion::Tls12),
        ProtocolVersion::TLSv1_3 => Some(TlsVersion::Tls13),
        _ => None,
    }
}

fn failure(error: &io::Error, opening: &Opening) -> TlsOutcome {
    if opening.is_foreign() {
        return TlsOutcome::NotTls(opening.start.clone());
    }
    if opening.is_too_much() {
        return TlsOutcome::TooMuch;
    }
    match Broken::from(error) {
        Broken::Alert(alert) => TlsOutcome::Alert(alert),
        Broken::Closed => TlsOutcome::Closed,
        Broken::Reset => TlsOutcome::Reset,
        Broken::Other(reason) => TlsOutcome::Misbehaved(reason),
    }
}

/// How a TLS connection broke.
pub(super) enum Broken {
    Alert(Alert),
    Closed,
    Reset,
    Other(String),
}

impl From<&io::Error> for Broken {
    fn from(error: &io::Error) -> Self {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>());
        match (inner, error.kind()) {
            (Some(Error::AlertReceived(alert)), _) => Self::Alert(Alert(u8::from(*alert))),
            (Some(other), _) => Self::Other(other.to_string()),
            (None, io::ErrorKind::UnexpectedEof) => Self::Closed,
            (
                None,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe,
            ) => Self::Reset,
            (None, _) => Self::Other(error.to_string()),
        }
    }
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
    Some(TrustFacts {
        verdict,
        local,
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
    key_proven: Option<bool>,
}

/// Sits in the places where rustls shows the certificates and the demand for one of ours.
#[derive(Debug)]
struct Recorder {
    record: Mutex<Record>,
    provider: Arc<CryptoProvider>,
    client: Option<Arc<CertifiedKey>>,
}

impl Recorder {
    fn new(cx: &Context) -> Self {
        Self {
            record: Mutex::default(),
            provider: Arc::clone(&cx.shared.provider),
            client: cx.shared.client.clone(),
        }
    }

    fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Only a signature that was checked and does not fit speaks against the server. An algorithm or
    /// a key that this client does not know proves nothing.
    fn note_proof(&self, verified: &Result<HandshakeSignatureValid, Error>) {
        let proven = match verified {
            Ok(_) => Some(true),
            Err(Error::InvalidCertificate(CertificateError::BadSignature)) => Some(false),
            Err(_) => None,
        };
        self.note(|record| record.key_proven = proven);
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
        self.note(|record| record.version = Some(TlsVersion::Tls12));
        let algorithms = &self.provider.signature_verification_algorithms;
        self.note_proof(&verify_tls12_signature(
            message,
            certificate,
            signature,
            algorithms,
        ));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note(|record| record.version = Some(TlsVersion::Tls13));
        let algorithms = &self.provider.signature_verification_algorithms;
        self.note_proof(&verify_tls13_signature(
            message,
            certificate,
            signature,
            algorithms,
        ));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
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
            let authorities = authorities
                .iter()
                .filter_map(|der| x509::read_name(der))
                .collect();
            record.request = Some(CertificateRequest { authorities });
            record.presented = client.is_some();
        });
        client
    }

    /// True even without one: rustls asks `resolve` only then, and that is how a demand is seen.
    fn has_certs(&self) -> bool {
        true
    }
}
