//! A server older than rustls speaks, or with other cipher suites: made of bytes, up to
//! ServerHelloDone.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::{Identity, Refusal, Server, alert, close, hold};

const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

/// An old server not yet started.
#[derive(Clone)]
pub struct Old {
    chain: Vec<CertificateDer<'static>>,
    version: u16,
    suites: Vec<u16>,
    group: Option<u16>,
    asks: bool,
    insists: bool,
    refusal: Refusal,
    fragment: usize,
    connections_answered: Option<usize>,
}

impl Old {
    pub(super) fn new(identity: Identity, version: u16, suites: &[u16]) -> Self {
        Self {
            chain: identity.chain,
            version,
            suites: suites.to_vec(),
            group: None,
            asks: true,
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
        Server::start(super::address("127.0.0.1"), move |stream, seen| {
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
        let is_new = offer.version > self.version && (self.insists || offer.is_modern);
        let refusal = if offer.version < self.version || is_new && self.version < 0x0303 {
            Err(PROTOCOL_VERSION)
        } else {
            let curve = self.group.is_none_or(|group| offer.groups.contains(&group));
            suite.filter(|_| curve).ok_or(HANDSHAKE_FAILURE)
        };
        match (refusal, self.refusal) {
            (Ok(suite), _) => {
                for part in self.flight(*suite).chunks(self.fragment) {
                    let [high, low] = self.version.to_be_bytes();
                    stream.write_all(&[22, high, low]).await?;
                    stream.write_all(&sized(part, 2)).await?;
                }
                hold(&mut stream).await
            }
            (Err(code), Refusal::Alert) => {
                stream.write_all(&alert(2, code)).await?;
                close(&mut stream).await
            }
            (Err(_), Refusal::Close) => close(&mut stream).await,
            (Err(_), Refusal::Reset) => stream.set_zero_linger(),
        }
    }

    /// ServerHello, Certificate, ServerKeyExchange and CertificateRequest if need be,
    /// ServerHelloDone.
    fn flight(&self, suite: u16) -> Vec<u8> {
        let mut hello = self.version.to_be_bytes().to_vec();
        hello.extend([0x5a; 32]);
        hello.push(0);
        hello.extend(suite.to_be_bytes());
        hello.push(0);
        let list: Vec<u8> = self.chain.iter().flat_map(|der| sized(der, 3)).collect();
        let mut flight = message(2, &hello);
        flight.extend(message(11, &sized(&list, 3)));
        if let Some(group) = self.group {
            let key = [&[3][..], &group.to_be_bytes(), &[4; 66]].concat();
            flight.extend(message(12, &key));
        }
        if self.asks {
            let signatures: &[u8] = if self.version == 0x0303 {
                &[0, 2, 4, 1]
            } else {
                &[]
            };
            flight.extend(message(13, &[&[1, 1], signatures, &[0, 0]].concat()));
        }
        flight.extend(message(14, &[]));
        flight
    }
}

/// What a client offers.
struct Offer {
    version: u16,
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
        take(&mut rest, 32);
        take_sized(&mut rest, 1);
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
