//! The server's side of a handshake: every certificate is recorded and taken, as long as the caller
//! proves that its key is its own. Whether anybody should trust it is looked at afterwards.

use std::io;
use std::sync::{Arc, Mutex};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    ServerConfig, SignatureScheme, version,
};
use tokio_rustls::server::TlsStream;

use super::Post;
use super::stream::Begun;
use crate::facts::{
    Alert, Breach, CallHello, CallOutcome, CallTls, Demand, Der, Lacking, TlsVersion,
};
use crate::known::offer;
use crate::model::limits::MAX_CHAIN;
use crate::pki::possession;
use crate::probe::channel::End;
use crate::probe::locked;
use crate::probe::shared::Shared;
use crate::probe::tls::{known_version, suite_name};

/// What is the same for every handshake.
pub(super) struct Terms {
    provider: Arc<CryptoProvider>,
    certificate: Arc<CertifiedKey>,
    demand: Demand,
    authorities: Arc<[DistinguishedName]>,
}

impl Terms {
    pub(super) fn new(post: &Post, shared: &Shared) -> Self {
        let roots = shared.roots.anchors().iter();
        let authorities = roots
            .filter(|_| post.names_authorities)
            .map(|root| DistinguishedName::in_sequence(&root.subject));
        Self {
            provider: Arc::clone(&shared.provider),
            certificate: Arc::clone(&post.certificate),
            demand: post.demand,
            authorities: authorities.collect(),
        }
    }

    fn config(&self, recorder: &Arc<Recorder>) -> ServerConfig {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("ring speaks both")
            .with_client_cert_verifier(recorder.clone())
            .with_cert_resolver(Arc::new(Always(Arc::clone(&self.certificate))));
        // A resumed session shows no certificates.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config
    }
}

/// Shakes hands with a caller that has said this.
pub(super) async fn accept(
    terms: &Terms,
    stream: Begun,
    hello: Option<&CallHello>,
) -> (CallTls, Option<TlsStream<Begun>>) {
    let recorder = Arc::new(Recorder {
        record: Mutex::default(),
        demand: terms.demand,
        authorities: Arc::clone(&terms.authorities),
        schemes: schemes(),
    });
    let acceptor = TlsAcceptor::from(Arc::new(terms.config(&recorder)));
    let accepted = acceptor.accept(stream).await;
    let record = std::mem::take(&mut *locked(&recorder.record));
    let outcome = match &accepted {
        Ok(_) => CallOutcome::Finished,
        Err(_) if record.key_proven == Some(false) => CallOutcome::KeyDisproven,
        Err(error) => outcome(error, hello),
    };
    let stream = accepted.ok();
    let session = stream.as_ref().map(|stream| stream.get_ref().1);
    let version = session.and_then(|session| session.protocol_version());
    let cipher = session.and_then(|session| session.negotiated_cipher_suite());
    let facts = CallTls {
        version: version.and_then(known_version),
        cipher: cipher.and_then(suite_name),
        chain: record.chain,
        key_proven: record.key_proven,
        ..CallTls::ended(outcome)
    };
    (facts, stream)
}

/// The signatures that a caller may make: all that anybody makes today, also those that cannot be
/// verified here. Whoever has another key only would else present nothing.
fn schemes() -> Vec<SignatureScheme> {
    let all = possession::OFFERED.into_iter().chain([possession::ED448]);
    all.map(SignatureScheme::from).collect()
}

fn outcome(error: &io::Error, hello: Option<&CallHello>) -> CallOutcome {
    let of_tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    let newest = hello.and_then(CallHello::newest);
    match of_tls {
        Some(Error::AlertReceived(alert)) => CallOutcome::Alert(Alert(u8::from(*alert))),
        Some(_) if newest.is_some_and(|newest| newest < TlsVersion::Tls12) => CallOutcome::TooOld,
        Some(Error::PeerIncompatible(what)) => CallOutcome::NothingInCommon(lacking(what, hello)),
        Some(Error::NoCertificatesPresented) => CallOutcome::NoCertificate,
        Some(error) => match End::from(error) {
            End::TooMuch => CallOutcome::TooMuch,
            End::Breach(breach) => CallOutcome::Misbehaved(breach),
            _ => CallOutcome::Misbehaved(Breach::Other),
        },
        None if error.kind() == io::ErrorKind::UnexpectedEof => CallOutcome::Closed,
        None => CallOutcome::Reset,
    }
}

fn lacking(what: &PeerIncompatible, hello: Option<&CallHello>) -> Lacking {
    // The library looks for what belongs to the suites that it has, first.
    if hello.is_some_and(|hello| !hello.suites.is_empty() && !knows_a_suite(hello)) {
        return Lacking::Suites;
    }
    match what {
        // The former where it has the suite, but no certificate that goes with it.
        PeerIncompatible::NoCipherSuitesInCommon | PeerIncompatible::NoSignatureSchemesInCommon => {
            Lacking::Key
        }
        PeerIncompatible::NoKxGroupsInCommon => Lacking::Groups,
        _ => Lacking::Other,
    }
}

/// Whether the test partner knows one of the suites offered.
fn knows_a_suite(hello: &CallHello) -> bool {
    hello.suites.iter().any(|name| offer::has_suite(name))
}

/// The same certificate, whatever name is asked for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// What the handshake showed.
#[derive(Debug, Default)]
struct Record {
    chain: Vec<Der>,
    key_proven: Option<bool>,
}

/// Sits in the place where rustls shows the certificates.
#[derive(Debug)]
struct Recorder {
    record: Mutex<Record>,
    demand: Demand,
    authorities: Arc<[DistinguishedName]>,
    schemes: Vec<SignatureScheme>,
}

impl Recorder {
    fn prove(
        &self,
        version: TlsVersion,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let scheme = u16::from(signature.scheme);
        let signed = signature.signature();
        let proof = possession::proof(version, certificate, scheme, message, signed);
        locked(&self.record).key_proven = proof;
        if proof == Some(false) {
            return Err(CertificateError::BadSignature.into());
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ClientCertVerifier for Recorder {
    fn offer_client_auth(&self) -> bool {
        self.demand != Demand::None
    }

    fn client_auth_mandatory(&self) -> bool {
        self.demand == Demand::Require
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.authorities
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let sent = std::iter::once(end_entity).chain(intermediates);
        let chain = sent.take(MAX_CHAIN).map(|der| Der(der.to_vec()));
        locked(&self.record).chain = chain.collect();
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.prove(TlsVersion::Tls12, message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.prove(TlsVersion::Tls13, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
