//! A server that calls a partner: TLS as a client, with a certificate or without, and whatever it
//! says then. Blocking; one connection each.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    StreamOwned,
};

use super::{Authority, Identity, PATIENCE, stays_here};

/// How it calls.
pub struct Call<'a> {
    to: SocketAddr,
    name: String,
    identity: Option<Identity>,
    trusts: Option<&'a Authority>,
}

impl<'a> Call<'a> {
    /// To this address, by this name, without a certificate, trusting everybody.
    pub fn new(to: SocketAddr, name: &str) -> Self {
        Self {
            to,
            name: name.to_owned(),
            identity: None,
            trusts: None,
        }
    }

    pub fn presenting(self, identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Takes certificates of this authority, and no others.
    pub fn trusting(self, authority: &'a Authority) -> Self {
        Self {
            trusts: Some(authority),
            ..self
        }
    }

    fn begin(self) -> (ClientConnection, SocketAddr) {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring speaks both");
        let builder = match self.trusts {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.root_der()).expect("a certificate");
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_webpki_verifier(verifier.build().expect("there is a root"))
            }
            None => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Everybody)),
        };
        let config = match self.identity {
            // Not looked at: a test may show a certificate with another's key.
            Some(Identity { chain, key }) => {
                let key = ring::default_provider().key_provider.load_private_key(key);
                let shown = CertifiedKey::new(chain, key.expect("a key"));
                builder.with_client_cert_resolver(Arc::new(Shows(Arc::new(shown))))
            }
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from(self.name).expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a connection");
        (tls, self.to)
    }

    /// Says hello, hears the first of the answer, says this, and hangs up once the other side has.
    pub fn greet(self, then: &[u8]) {
        let (mut tls, to) = self.begin();
        let mut stream = plain(to).expect("it is open");
        tls.write_tls(&mut stream).expect("it listens");
        stream.read_exact(&mut [0; 5]).expect("it answers");
        stream.write_all(then).expect("it listens");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let _ = stream.read_to_end(&mut Vec::new());
    }

    /// Shakes hands. With TLS 1.3 the other side may still refuse it.
    pub fn connect(self) -> io::Result<Caller> {
        let (mut tls, to) = self.begin();
        let mut stream = plain(to)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut stream)?;
        }
        Ok(Caller {
            stream: StreamOwned::new(tls, stream),
            heard: Vec::new(),
        })
    }
}

/// A connection without TLS.
pub fn plain(to: SocketAddr) -> io::Result<TcpStream> {
    stays_here(to);
    let stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A connection with TLS.
pub struct Caller {
    stream: StreamOwned<ClientConnection, TcpStream>,
    heard: Vec<u8>,
}

impl Caller {
    /// Says these lines, which end as SIP wants it.
    pub fn say(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        self.stream.write_all(text.as_bytes()).expect("it listens");
        self.stream.flush().expect("it listens");
    }

    /// The same, unless the other side has ended the connection.
    pub fn try_to_say(&mut self, text: &str) -> bool {
        let text = text.replace('\n', "\r\n");
        let said = self.stream.write_all(text.as_bytes());
        said.and_then(|()| self.stream.flush()).is_ok()
    }

    /// Says these bytes, in a record of their own.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("it listens");
        self.stream.flush().expect("it listens");
    }

    /// Ends the connection, and waits until the other side has done the same.
    pub fn finish(mut self) {
        self.stream.conn.send_close_notify();
        let _ = self.stream.flush();
        let _ = self.stream.sock.shutdown(Shutdown::Write);
        let _ = self.stream.sock.read_to_end(&mut Vec::new());
    }

    /// The next message; nothing where the other side has ended the connection.
    pub fn hear(&mut self) -> Option<String> {
        loop {
            if let Some(message) = self.whole() {
                return Some(message);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(count) if count > 0 => self.heard.extend(&buffer[..count]),
                _ => return None,
            }
        }
    }

    fn whole(&mut self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.heard).into_owned();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        let end = head.len() + 4 + length;
        let message = text.get(..end)?.to_owned();
        self.heard.drain(..end);
        Some(message)
    }

    /// Says something and hears the answer.
    pub fn ask(&mut self, text: &str) -> String {
        self.say(text);
        self.hear().expect("an answer")
    }
}

/// Shows this certificate, whatever is asked for.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Trusts everybody.
#[derive(Debug)]
struct Everybody;

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
