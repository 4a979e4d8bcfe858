//! A server older than rustls speaks, or with other cipher suites: made of bytes, up to
//! ServerHelloDone, or in TLS 1.3 to the wish for another key.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::sign::SigningKey;

use super::{Identity, Refusal, Server, alert, close, hold};

const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;
const X25519: u16 = 29;
/// The cipher suites of tests that have a key of finite-field Diffie-Hellman.
const FINITE: [u16; 2] = [0x0033, 0x009e];
const TLS_1_3: u16 = 0x0304;

/// The random number that makes a ServerHello of it: SHA-256 of "HelloRetryRequest".
const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// An old server not yet started.
#[derive(Clone)]
pub struct Old {
    chain: Vec<CertificateDer<'static>>,
    key: Option<Arc<dyn SigningKey>>,
    claims: Option<u16>,
    ends_with: Option<u8>,
    authorities: Vec<Vec<u8>>,
    extensions: Vec<u8>,
    requests: bool,
    version: u16,
    suites: Vec<u16>,
    group: Option<u16>,
    prime: usize,
    asks: bool,
    types: Vec<u8>,
    schemes: Vec<u16>,
    insists: bool,
    refusal: Refusal,
    fragment: usize,
    connections_answered: Option<usize>,
}

impl Old {
    pub(super) fn new(identity: Identity, version: u16, suites: &[u16]) -> Self {
        Self {
            chain: identity.chain,
            // One that this library does not know proves nothing.
            key: any_supported_type(&identity.key).ok(),
            claims: None,
            ends_with: None,
            authorities: Vec::new(),
            extensions: Vec::new(),
            requests: false,
            version,
            suites: suites.to_vec(),
            group: None,
            prime: 2048,
            asks: true,
            types: vec![1],
            schemes: vec![0x0401],
            insists: false,
            refusal: Refusal::Alert,
            fragment: 1 << 14,
            connections_answered: None,
        }
    }

    /// Has an ephemeral key on this curve, and no other.
    pub fn group(mut self, group: u16) -> Self {
        self.group = Some(group);
        self
    }

    /// Has a prime of so many bits, where its key is one of finite-field Diffie-Hellman.
    pub fn prime(mut self, bits: usize) -> Self {
        self.prime = bits;
        self
    }

    /// Names this scheme for its signature, and has none.
    pub fn claims(mut self, scheme: u16) -> Self {
        self.claims = Some(scheme);
        self
    }

    /// Ends with this alert once the client has answered.
    pub fn ends_with(mut self, alert: u8) -> Self {
        self.ends_with = Some(alert);
        self
    }

    /// Names these authorities when it asks for a client certificate, in DER.
    pub fn authorities(mut self, names: Vec<Vec<u8>>) -> Self {
        self.authorities = names;
        self
    }

    /// Has this extension in its ServerHello, without content.
    pub fn extension(mut self, kind: u16) -> Self {
        self.extensions.extend(kind.to_be_bytes());
        self.extensions.extend([0, 0]);
        self
    }

    /// Names these types of certificates when it asks for one.
    pub fn types(mut self, types: &[u8]) -> Self {
        self.types = types.to_vec();
        self
    }

    /// Names these signature schemes there.
    pub fn accepting(mut self, schemes: &[u16]) -> Self {
        self.schemes = schemes.to_vec();
        self
    }

    /// Sends a HelloRequest first.
    pub fn requests_first(mut self) -> Self {
        self.requests = true;
        self
    }

    /// Does not ask for a client certificate.
    pub fn no_client_auth(mut self) -> Self {
        self.asks = false;
        self
    }

    /// Refuses a client that offers anything newer, instead of answering with what it has.
    pub fn insists(mut self) -> Self {
        self.insists = true;
        self
    }

    /// How it refuses a client that it has nothing in common with.
    pub fn refuse(mut self, refusal: Refusal) -> Self {
        self.refusal = refusal;
        self
    }

    /// Sends records of at most `size` bytes.
    pub fn fragment(mut self, size: usize) -> Self {
        self.fragment = size;
        self
    }

    /// Ignores every connection after the first few.
    pub fn answers_only(mut self, connections: usize) -> Self {
        self.connections_answered = Some(connections);
        self
    }

    pub fn start(self) -> Server {
        self.start_at("127.0.0.1")
    }

    /// On this address, and port if need be.
    pub fn start_at(self, host: &str) -> Server {
        Server::start(super::address(host), move |stream, seen| {
            let (old, seen) = (self.clone(), Arc::clone(&seen));
            async move {
                let number = seen.connections.load(std::sync::atomic::Ordering::SeqCst);
                old.serve(stream, number).await
            }
        })
    }

    async fn serve(self, mut stream: TcpStream, number: usize) -> io::Result<()> {
        let mut header = [0; 5];
        stream.read_exact(&mut header).await?;
        let mut hello = vec![0; u16::from_be_bytes([header[3], header[4]]).into()];
        stream.read_exact(&mut hello).await?;
        if self.connections_answered.is_some_and(|some| number > some) {
            return hold(&mut stream).await;
        }
        let offer = Offer::read(&hello);
        let suite = self
            .suites
            .iter()
            .find(|suite| offer.suites.contains(suite));
        if self.version == TLS_1_3 {
            return self.serve_modern(stream, &offer).await;
        }
        let is_new = offer.version > self.version && (self.insists || offer.is_modern);
        let refusal = if offer.version < self.version || is_new && self.version < 0x0303 {
            Err(PROTOCOL_VERSION)
        } else {
            let curve = self.group.is_none_or(|group| offer.groups.contains(&group));
            suite.filter(|_| curve).ok_or(HANDSHAKE_FAILURE)
        };
        match (refusal, self.refusal) {
            (Ok(suite), _) => {
                for part in self.flight(*suite, &offer.random).chunks(self.fragment) {
                    let [high, low] = self.version.to_be_bytes();
                    stream.write_all(&[22, high, low]).await?;
                    stream.write_all(&sized(part, 2)).await?;
                }
                if let Some(code) = self.ends_with {
                    if stream.read(&mut hello).await? == 0 {
                        return Ok(());
                    }
                    stream.write_all(&alert(2, code)).await?;
                    return close(&mut stream).await;
                }
                hold(&mut stream).await
            }
            (Err(code), Refusal::Alert | Refusal::GnuTls) => {
                stream.write_all(&alert(2, code)).await?;
                close(&mut stream).await
            }
            (Err(_), Refusal::Close) => close(&mut stream).await,
            (Err(_), Refusal::Reset) => stream.set_zero_linger(),
        }
    }

    /// A HelloRetryRequest (RFC 8446 §4.1.4), or a refusal.
    async fn serve_modern(self, mut stream: TcpStream, offer: &Offer) -> io::Result<()> {
        let mut suites = self.suites.iter();
        let suite = suites.find(|suite| offer.suites.contains(suite));
        let group = self.group.unwrap_or(X25519);
        let code = match suite {
            _ if !offer.is_modern => PROTOCOL_VERSION,
            Some(suite) if offer.groups.contains(&group) => {
                let extensions = [
                    [&[0, 43][..], &sized(&TLS_1_3.to_be_bytes(), 2)].concat(),
                    [&[0, 51][..], &sized(&group.to_be_bytes(), 2)].concat(),
                ];
                let hello = [
                    &[3, 3][..],
                    &HELLO_RETRY_REQUEST,
                    &sized(&offer.session, 1),
                    &suite.to_be_bytes(),
                    &[0],
                    &sized(&extensions.concat(), 2),
                ];
                let hello = message(2, &hello.concat());
                let record = [&[22, 3, 3][..], &sized(&hello, 2)].concat();
                stream.write_all(&record).await?;
                return hold(&mut stream).await;
            }
            _ => HANDSHAKE_FAILURE,
        };
        stream.write_all(&alert(2, code)).await?;
        close(&mut stream).await
    }

    /// ServerHello, Certificate, ServerKeyExchange and CertificateRequest if need be,
    /// ServerHelloDone.
    fn flight(&self, suite: u16, client: &[u8]) -> Vec<u8> {
        let mut hello = self.version.to_be_bytes().to_vec();
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(suite.to_be_bytes());
        hello.push(0);
        if !self.extensions.is_empty() {
            hello.extend(sized(&self.extensions, 2));
        }
        let list: Vec<u8> = self.chain.iter().flat_map(|der| sized(der, 3)).collect();
        let mut flight = if self.requests {
            message(0, &[])
        } else {
            Vec::new()
        };
        flight.extend(message(2, &hello));
        flight.extend(message(11, &sized(&list, 3)));
        let is_ephemeral = matches!(suite >> 8, 0xc0 | 0xcc);
        let randoms = (client, &hello[2..34]);
        if is_ephemeral || self.group.is_some() {
            flight.extend(message(12, &self.signed(self.point(), randoms)));
        } else if FINITE.contains(&suite) {
            flight.extend(message(12, &self.signed(finite_field(self.prime), randoms)));
        }
        if self.asks {
            let schemes = self.schemes.iter().flat_map(|scheme| scheme.to_be_bytes());
            let signatures = if self.version == 0x0303 {
                sized(&schemes.collect::<Vec<u8>>(), 2)
            } else {
                Vec::new()
            };
            let names = self.authorities.iter().flat_map(|name| sized(name, 2));
            let names = sized(&names.collect::<Vec<u8>>(), 2);
            flight.extend(message(
                13,
                &[sized(&self.types, 1), signatures, names].concat(),
            ));
        }
        flight.extend(message(14, &[]));
        flight
    }

    /// A key on the group (RFC 8422 §5.4).
    fn point(&self) -> Vec<u8> {
        let group = self.group.unwrap_or(X25519);
        let point = vec![4; if group == X25519 { 32 } else { 133 }];
        [&[3][..], &group.to_be_bytes(), &sized(&point, 1)].concat()
    }

    /// With its signature, where there is a key to make one.
    fn signed(&self, mut exchange: Vec<u8>, (client, server): (&[u8], &[u8])) -> Vec<u8> {
        let message = [client, server, &exchange].concat();
        if let Some(scheme) = self.claims {
            exchange.extend(scheme.to_be_bytes());
            exchange.extend(sized(&[0x5a; 256], 2));
        } else if let Some(key) = &self.key {
            let offered = [
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::ECDSA_NISTP256_SHA256,
            ];
            let signer = key.choose_scheme(&offered).expect("one of them");
            exchange.extend(u16::from(signer.scheme()).to_be_bytes());
            exchange.extend(sized(&signer.sign(&message).expect("it signs"), 2));
        }
        exchange
    }
}

/// A prime, a generator and a key (RFC 5246 §7.4.3); none that anybody would calculate with.
fn finite_field(bits: usize) -> Vec<u8> {
    let bytes = bits / 8;
    [&vec![0xff; bytes][..], &[2], &vec![5; bytes]]
        .map(|part| sized(part, 2))
        .concat()
}

/// What a client offers.
struct Offer {
    version: u16,
    random: Vec<u8>,
    session: Vec<u8>,
    suites: Vec<u16>,
    groups: Vec<u16>,
    /// Whether it names the versions in an extension, as of TLS 1.3.
    is_modern: bool,
}

impl Offer {
    fn read(hello: &[u8]) -> Self {
        let pairs = |bytes: &[u8]| -> Vec<u16> {
            let pairs = bytes.chunks_exact(2);
            pairs
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect()
        };
        assert_eq!(hello[0], 1, "a client begins with ClientHello");
        let mut rest = &hello[4..];
        let version = pairs(take(&mut rest, 2))[0];
        let random = take(&mut rest, 32).to_vec();
        let session = take_sized(&mut rest, 1).to_vec();
        let suites = pairs(take_sized(&mut rest, 2));
        take_sized(&mut rest, 1);
        let mut extensions = take_sized(&mut rest, 2);
        assert!(rest.is_empty(), "nothing follows the extensions");
        let (mut groups, mut is_modern) = (Vec::new(), false);
        while !extensions.is_empty() {
            let code = pairs(take(&mut extensions, 2))[0];
            let mut body = take_sized(&mut extensions, 2);
            match code {
                10 => groups = pairs(take_sized(&mut body, 2)),
                43 => is_modern = true,
                _ => {}
            }
        }
        Self {
            version,
            random,
            session,
            suites,
            groups,
            is_modern,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (front, back) = rest.split_at(length);
    *rest = back;
    front
}

/// The bytes that follow their length, which takes `width` bytes itself.
fn take_sized<'a>(rest: &mut &'a [u8], width: usize) -> &'a [u8] {
    let length = take(rest, width)
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    take(rest, length)
}

fn sized(bytes: &[u8], width: usize) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    [&length[length.len() - width..], bytes].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], sized(body, 3).as_slice()].concat()
}
