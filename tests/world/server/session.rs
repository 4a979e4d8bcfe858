//! One TLS connection, with rustls driven by hand: only so can the server fall silent inside the
//! handshake.

use std::io::{self, Read, Write};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{
    ClientHello, NoClientAuth, ResolvesServerCert, WebPkiClientVerifier,
};
use tokio_rustls::rustls::sign::{CertifiedKey, Signer, SigningKey};
use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, NamedGroup, ProtocolVersion, RootCertStore,
    ServerConfig, ServerConnection, SignatureAlgorithm, SignatureScheme, SupportedCipherSuite,
};

use super::super::certificates::Identity;
use super::super::pause;
use super::{ClientAuth, Farewell, Methods, Refusal, Seen, Sip, Tls, acts, alert, close, unasked};

pub(super) fn config(habits: &Tls) -> ServerConfig {
    let provider = provider(habits.only);
    let provider = Arc::new(if habits.staples_to_all {
        unasked::hearing(provider)
    } else {
        provider
    });
    // Not checked against the key, so that the leaf may be anything.
    let certified = |identity: &Identity| {
        let key = provider
            .key_provider
            .load_private_key(identity.key.clone_key());
        let key = key.expect("ring loads the keys of the world");
        let key = match habits.only {
            Some(Methods::Pss) => Arc::new(Signing { key, pss: true }),
            Some(Methods::Pkcs1) => Arc::new(Signing { key, pss: false }),
            _ => key,
        };
        let mut certified = CertifiedKey::new(identity.chain.clone(), key);
        certified.ocsp.clone_from(&habits.staple);
        Arc::new(certified)
    };
    let shown = ByName {
        named: certified(&habits.identity),
        nameless: certified(habits.nameless.as_ref().unwrap_or(&habits.identity)),
        for_rsa: habits.for_rsa.as_ref().map(certified),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&habits.versions)
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_client_cert_verifier(verifier(habits, &provider))
        .with_cert_resolver(Arc::new(shown));
    config.enable_secret_extraction = true;
    config.send_tls13_tickets = habits.tickets;
    config.max_fragment_size = habits.fragment;
    config
}

fn provider(only: Option<Methods>) -> CryptoProvider {
    let mut provider = ring::default_provider();
    let is_wanted = |suite: &SupportedCipherSuite| {
        let name = suite.suite().as_str().unwrap_or_default();
        name.starts_with("TLS13_") || name.contains("CHACHA20")
    };
    match only {
        Some(Methods::ChaCha) => provider.cipher_suites.retain(is_wanted),
        Some(Methods::X25519) => keep(&mut provider, NamedGroup::X25519),
        Some(Methods::P256) => keep(&mut provider, NamedGroup::secp256r1),
        Some(Methods::P384) => keep(&mut provider, NamedGroup::secp384r1),
        Some(Methods::Pss | Methods::Pkcs1) | None => {}
    }
    provider
}

fn keep(provider: &mut CryptoProvider, group: NamedGroup) {
    provider.kx_groups.retain(|known| known.name() == group);
}

/// An RSA key that signs with PSS only, or never.
#[derive(Debug)]
struct Signing {
    key: Arc<dyn SigningKey>,
    pss: bool,
}

impl SigningKey for Signing {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let is_its_own = |scheme: &SignatureScheme| {
            let name = scheme.as_str();
            name.is_some_and(|name| name.starts_with("RSA_PSS_")) == self.pss
        };
        let offered = offered.iter().copied().filter(is_its_own);
        self.key.choose_scheme(&offered.collect::<Vec<_>>())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

fn verifier(habits: &Tls, provider: &Arc<CryptoProvider>) -> Arc<dyn ClientCertVerifier> {
    let mandatory = match habits.client_auth {
        ClientAuth::Off => return Arc::new(NoClientAuth),
        ClientAuth::Optional => false,
        ClientAuth::Required => true,
    };
    let Some(root) = &habits.trusted else {
        return Arc::new(AnyClient {
            mandatory,
            accepts: habits.accepts.clone(),
            provider: Arc::clone(provider),
        });
    };
    let mut roots = RootCertStore::empty();
    roots
        .add(root.clone())
        .expect("a root made by rcgen is one");
    let builder = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    let builder = if mandatory {
        builder
    } else {
        builder.allow_unauthenticated()
    };
    builder.build().expect("there is one root and no CRL")
}

/// One certificate for every name, one for those who name none, and perhaps one for those who can use
/// RSA keys only.
#[derive(Debug)]
struct ByName {
    named: Arc<CertifiedKey>,
    nameless: Arc<CertifiedKey>,
    for_rsa: Option<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let curves = hello.signature_schemes().iter().any(|scheme| {
            let name = scheme.as_str();
            name.is_some_and(|name| name.starts_with("ECDSA"))
        });
        let chosen = if !curves && let Some(for_rsa) = &self.for_rsa {
            for_rsa
        } else if hello.server_name().is_some() {
            &self.named
        } else {
            &self.nameless
        };
        Some(Arc::clone(chosen))
    }
}

/// Takes any certificate whose key the client has.
#[derive(Debug)]
struct AnyClient {
    mandatory: bool,
    accepts: Option<Vec<SignatureScheme>>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let all = &self.provider.signature_verification_algorithms;
        let accepts = self.accepts.clone();
        accepts.unwrap_or_else(|| all.supported_schemes())
    }
}

pub(super) async fn serve(
    tcp: TcpStream,
    config: Arc<ServerConfig>,
    habits: Arc<Tls>,
    seen: Arc<Seen>,
) -> io::Result<()> {
    let mut session = Session {
        tcp,
        tls: ServerConnection::new(config).map_err(io::Error::other)?,
        first: habits.staples_to_all.then(Vec::new),
        habits,
    };
    match session.handshake().await? {
        Ok(()) => match session.farewell() {
            Some(farewell) => session.part(farewell).await,
            None => session.talk(&seen).await,
        },
        Err(error) => session.refuse(&error).await,
    }
}

struct Session {
    tcp: TcpStream,
    tls: ServerConnection,
    /// What came of the hello, where it is changed.
    first: Option<Vec<u8>>,
    habits: Arc<Tls>,
}

impl Session {
    async fn handshake(&mut self) -> io::Result<Result<(), Error>> {
        while self.tls.is_handshaking() {
            if let Err(error) = self.receive().await? {
                return Ok(Err(error));
            }
            // What TLS 1.3 sends after the client's last flight (tickets) keeps nobody waiting.
            let awaited = self.tls.is_handshaking()
                || self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_2);
            if awaited && self.tls.wants_write() {
                pause(self.habits.delay).await;
            }
            if self.tls.is_handshaking() || self.farewell().is_none() {
                self.flush().await?;
            }
        }
        Ok(Ok(()))
    }

    /// How this client is parted from, once the handshake is over.
    fn farewell(&self) -> Option<Farewell> {
        let shows_none = self.tls.peer_certificates().is_none();
        let farewell = self.habits.farewell?;
        (farewell.to_all || shows_none).then_some(farewell)
    }

    /// Says the last words of the handshake and the alert, and closes.
    async fn part(mut self, farewell: Farewell) -> io::Result<()> {
        let mut words = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut words)?;
        }
        if !farewell.after.is_zero() {
            self.tcp.write_all(&words).await?;
            words.clear();
            pause(farewell.after).await;
        }
        words.extend(acts::sealed_alert(self.tls, farewell.alert));
        self.tcp.write_all(&words).await?;
        close(&mut self.tcp).await
    }

    /// Ends a failed handshake, in the way asked for if the client's certificate is the reason.
    async fn refuse(mut self, error: &Error) -> io::Result<()> {
        let missing = *error == Error::NoCertificatesPresented;
        let refusal = match error {
            Error::NoCertificatesPresented | Error::InvalidCertificate(_) => self.habits.refusal,
            _ => Refusal::Alert,
        };
        match refusal {
            // rustls says 116 here too, which TLS 1.2 does not know.
            Refusal::Alert
                if missing && self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_2) =>
            {
                self.tcp.write_all(&alert(2, 40)).await?;
            }
            Refusal::GnuTls => self.tcp.write_all(&alert(2, 50)).await?,
            Refusal::Alert => self.flush().await?,
            Refusal::Close => {}
            Refusal::Reset => return self.tcp.set_zero_linger(),
        }
        close(&mut self.tcp).await
    }

    async fn talk(mut self, seen: &Seen) -> io::Result<()> {
        const LONGEST: u64 = 64 * 1024;
        let mut received = Vec::new();
        loop {
            // The reader reports an error when it is merely empty.
            let _ = self.tls.reader().take(LONGEST).read_to_end(&mut received);
            while let Some(end) = received.windows(4).position(|end| end == b"\r\n\r\n") {
                let request = received.drain(..end + 4).collect::<Vec<_>>();
                let request = String::from_utf8_lossy(&request).into_owned();
                let is_keep_alive = request.trim().is_empty();
                if is_keep_alive {
                    continue;
                }
                seen.note(request.clone());
                if let Sip::Acts(acts) = &self.habits.sip {
                    return acts::perform(self.tcp, self.tls, acts).await;
                }
                if self.answer(&request).await? == After::End {
                    return Ok(());
                }
            }
            if let Err(error) = self.receive().await? {
                return Err(io::Error::other(error));
            }
            self.flush().await?;
        }
    }

    async fn answer(&mut self, request: &str) -> io::Result<After> {
        pause(self.habits.delay).await;
        let habits = Arc::clone(&self.habits);
        match &habits.sip {
            Sip::Ok => self.respond(request, 200, "OK").await?,
            Sip::Status(code, reason) => self.respond(request, *code, reason).await?,
            Sip::Silent => {}
            Sip::Close => {
                self.tls.send_close_notify();
                self.flush().await?;
                close(&mut self.tcp).await?;
                return Ok(After::End);
            }
            Sip::Reset => {
                self.tcp.set_zero_linger()?;
                return Ok(After::End);
            }
            Sip::Http => {
                let page = "HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n\
                    Connection: close\r\nContent-Length: 0\r\n\r\n";
                self.send(page.as_bytes()).await?;
            }
            Sip::Raw(bytes) => self.send(bytes).await?,
            Sip::Acts(_) => unreachable!("they take the connection over"),
            Sip::Flood(megabytes) => {
                self.send(b"SIP/2.0 200 OK\r\n").await?;
                let line = format!("X-Flood: {}\r\n", "x".repeat(1024 - 11));
                for _ in 0..megabytes * 1024 {
                    self.send(line.as_bytes()).await?;
                }
            }
        }
        Ok(After::Next)
    }

    /// Responds with what RFC 3261 §8.2.6 takes from the request.
    async fn respond(&mut self, request: &str, code: u16, reason: &str) -> io::Result<()> {
        let mut response = format!("SIP/2.0 {code} {reason}\r\n");
        for line in request.lines() {
            let header = line.split(':').next().unwrap_or_default().trim();
            let header = header.to_ascii_lowercase();
            match header.as_str() {
                "to" | "t" if !line.contains(";tag=") => {
                    response += line;
                    response += ";tag=tooth-fairy\r\n";
                }
                "via" | "v" | "from" | "f" | "to" | "t" | "call-id" | "i" | "cseq" => {
                    response += line;
                    response += "\r\n";
                }
                _ => {}
            }
        }
        if let Some(software) = &self.habits.header {
            response += "Server: ";
            response += software;
            response += "\r\n";
        }
        response += "Content-Length: 0\r\n\r\n";
        self.send(response.as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(16 * 1024) {
            self.tls.writer().write_all(part)?;
            self.flush().await?;
        }
        Ok(())
    }

    /// Waits for bytes and takes them in. The outer error is the end of the connection, the inner
    /// what TLS objects to.
    async fn receive(&mut self) -> io::Result<Result<(), Error>> {
        let mut buffer = [0; 4096];
        let length = self.tcp.read(&mut buffer).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = &buffer[..length];
        let asking;
        if let Some(first) = &mut self.first {
            first.extend_from_slice(rest);
            let Some(whole) = unasked::asking(first) else {
                return Ok(Ok(()));
            };
            asking = whole;
            rest = &asking;
            self.first = None;
        }
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest)?;
            if let Err(error) = self.tls.process_new_packets() {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn flush(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut bytes)?;
        }
        self.tcp.write_all(&bytes).await
    }
}

#[derive(PartialEq, Eq)]
enum After {
    Next,
    End,
}
