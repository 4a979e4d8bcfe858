//! A world of a million domains, each with an address and a certificate of its own: the certificates are
//! made when they are first shown, and the same until nobody asks for long.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, SOA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::{
    ClientHello, ResolvesServerCert, ResolvesServerCertUsingSni, WebPkiClientVerifier,
};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::world::{Authority, Port};

const MILLION: usize = 1_000_000;
/// Certificates that are kept.
const KEPT: usize = 4096;
/// The server of the first domain; the others follow.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 64, 0, 0);
/// Public, and reached by `--connect-to`.
const PUBLISHED: Ipv4Addr = Ipv4Addr::new(81, 2, 3, 4);

/// The names of the domains.
pub fn domain(index: usize) -> String {
    format!("d{index}.example")
}

/// The address of a domain's server, which has its certificate for whoever connects to it, by name or
/// not.
fn address_of(index: usize) -> Ipv4Addr {
    let index = u32::try_from(index).expect("at most a million");
    Ipv4Addr::from(u32::from(FIRST) + index)
}

fn index_of(address: IpAddr) -> Option<usize> {
    let IpAddr::V4(address) = address else {
        return None;
    };
    let index = u32::from(address).checked_sub(u32::from(FIRST))?;
    usize::try_from(index).ok().filter(|index| *index < MILLION)
}

/// Where the servers of a world listen.
pub struct Addresses {
    pub dns: SocketAddr,
    /// All servers listen on this one port.
    port: u16,
    /// Where nobody ever answers.
    pub silent: SocketAddr,
}

impl Addresses {
    pub fn server(&self, index: usize) -> SocketAddr {
        SocketAddr::from((address_of(index), self.port))
    }

    /// What [`serve`] says first, and the root of its certificates.
    pub fn read(from: impl Read) -> (Self, String) {
        let mut lines = BufReader::new(from).lines();
        let mut address = || -> SocketAddr {
            let line = lines.next().expect("an address").expect("text");
            line.parse().expect("an address")
        };
        let (dns, server, silent) = (address(), address(), address());
        let root: Vec<String> = lines
            .map(|line| line.expect("text"))
            .take_while(|line| !line.is_empty())
            .collect();
        let addresses = Self {
            dns,
            port: server.port(),
            silent,
        };
        (addresses, root.join("\n"))
    }
}

/// Serves until standard input ends.
pub fn serve() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let authority = Authority::new("Tooth Fairy Root CA");
    let root = authority.root_pem();
    let silent = Port::filtered();
    runtime.block_on(async {
        let dns = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let tls = listen().expect("a port");
        let addresses = [dns.local_addr(), tls.local_addr()].map(|address| address.expect("bound"));
        let [names, server] = addresses;
        println!("{names}\n{server}\n{}\n{root}\n", silent.address());
        // A resolver is slowed by no server's handshakes: behind those, questions would be dropped.
        thread::spawn(move || answer(&dns));
        tokio::spawn(accept(tls, authority));
        let ended = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
        let _ = ended.await;
    });
    runtime.shutdown_background();
}

/// At all addresses of the loopback device, and at no other.
fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind_device(Some(b"lo"))?;
    socket.bind((Ipv4Addr::UNSPECIFIED, 0).into())?;
    socket.listen(4096)
}

fn answer(socket: &UdpSocket) {
    let mut buffer = [0; 512];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let Ok(question) = Message::from_vec(&buffer[..length]) else {
            continue;
        };
        if let Ok(answer) = answer_to(question).to_vec() {
            let _ = socket.send_to(&answer, from);
        }
    }
}

fn answer_to(mut message: Message) -> Message {
    message.metadata.message_type = MessageType::Response;
    message.metadata.recursion_available = true;
    message.additionals.clear();
    let Some(query) = message.queries.first().cloned() else {
        return message;
    };
    let name = query.name().to_ascii().to_ascii_lowercase();
    let labels: Vec<&str> = name.trim_end_matches('.').rsplitn(3, '.').collect();
    let [top, own, below @ ..] = labels.as_slice() else {
        message.metadata.response_code = ResponseCode::NXDomain;
        return message;
    };
    let index = own
        .strip_prefix('d')
        .and_then(|index| index.parse::<usize>().ok());
    if *top != "example" || index.is_none_or(|index| index >= MILLION) {
        message.metadata.response_code = ResponseCode::NXDomain;
        return message;
    }
    let zone = parsed(&format!("{own}.{top}."));
    let server = parsed(&format!("xphone.{own}.{top}."));
    let data = match (
        below.first().copied().unwrap_or_default(),
        query.query_type(),
    ) {
        ("", RecordType::SOA) => Some(RData::SOA(soa(&zone))),
        ("_sipfederationtls._tcp", RecordType::SRV) => {
            Some(RData::SRV(SRV::new(0, 0, 5061, server)))
        }
        ("xphone", RecordType::A) => Some(RData::A(A(PUBLISHED))),
        ("" | "_sipfederationtls._tcp" | "_tcp" | "xphone", _) => None,
        _ => {
            message.metadata.response_code = ResponseCode::NXDomain;
            None
        }
    };
    if let Some(data) = data {
        let record = Record::from_rdata(query.name().clone(), 3600, data);
        message.answers.push(record);
    } else {
        let soa = RData::SOA(soa(&zone));
        message.authorities.push(Record::from_rdata(zone, 300, soa));
    }
    message
}

fn soa(zone: &Name) -> SOA {
    let server = parsed("ns.hoster.example.");
    let of_zone = zone.clone();
    SOA::new(server, of_zone, 1, 7200, 3600, 1_209_600, 300)
}

fn parsed(name: &str) -> Name {
    Name::from_ascii(name).expect("a name of this world")
}

async fn accept(listener: TcpListener, authority: Authority) {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.root_der()).expect("it is a root");
    // Asks for a certificate, as XPhone does.
    let anybody = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .expect("there is a root");
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_client_cert_verifier(anybody)
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    let certificates = Arc::new(Certificates {
        authority,
        kept: Mutex::default(),
    });
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let at = stream.local_addr().ok().and_then(|at| index_of(at.ip()));
            let mut config = config.clone();
            config.cert_resolver = Arc::new(OfOne {
                index: at.unwrap_or_default(),
                certificates: Arc::clone(&certificates),
            });
            let acceptor = TlsAcceptor::from(Arc::new(config));
            tokio::spawn(async move {
                // A client that leaves has seen enough.
                let _ = talk(acceptor, stream).await;
            });
        }
    }
}

/// Answers OPTIONS (RFC 3261 §8.2.6).
async fn talk(acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    let mut stream = acceptor.accept(stream).await?;
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => request.extend_from_slice(&buffer[..length]),
        }
    }
    let mut response = "SIP/2.0 200 OK\r\n".to_owned();
    for line in String::from_utf8_lossy(&request).lines() {
        let header = line.split(':').next().unwrap_or_default();
        let tag = match header.to_ascii_lowercase().as_str() {
            "to" => ";tag=tooth-fairy",
            "via" | "from" | "call-id" | "cseq" => "",
            _ => continue,
        };
        response = response + line + tag + "\r\n";
    }
    response += "Content-Length: 0\r\n\r\n";
    stream.write_all(response.as_bytes()).await?;
    stream.flush().await?;
    // Until the client leaves.
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// A certificate for each server.
struct Certificates {
    authority: Authority,
    kept: Mutex<Kept>,
}

type ByIndex = HashMap<usize, Arc<CertifiedKey>>;

/// Those of late, and those before them.
#[derive(Default)]
struct Kept(ByIndex, ByIndex);

impl Certificates {
    fn of(&self, index: usize) -> Option<Arc<CertifiedKey>> {
        let mut kept = self.kept.lock().expect("nothing panics while it holds it");
        if let Some(known) = kept.0.get(&index).or_else(|| kept.1.get(&index)) {
            return Some(Arc::clone(known));
        }
        if kept.0.len() >= KEPT {
            kept.1 = std::mem::take(&mut kept.0);
        }
        let name = format!("xphone.{}", domain(index));
        let identity = self.authority.certificate(&name).issue();
        let key = ring::sign::any_supported_type(&identity.key).ok()?;
        let certified = Arc::new(CertifiedKey::new(identity.chain, key));
        kept.0.insert(index, Arc::clone(&certified));
        Some(certified)
    }
}

/// What one server shows.
struct OfOne {
    index: usize,
    certificates: Arc<Certificates>,
}

impl std::fmt::Debug for OfOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfOne({})", self.index)
    }
}

impl ResolvesServerCert for OfOne {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificates.of(self.index)
    }
}
