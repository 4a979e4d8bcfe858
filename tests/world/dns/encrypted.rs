//! The name server behind TLS (RFC 7858) and behind HTTPS (RFC 8484), and what else may answer
//! there.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

use super::super::{Identity, pause, server::Server};
use super::{Dns, Reply, State, reply};

/// What comes back for a question.
#[derive(Clone, Debug)]
pub enum Envelope {
    /// The name server's answer, by HTTPS with its length.
    Answer,
    /// The same by HTTPS in chunks.
    Chunked,
    /// These bytes in the answer's place, by HTTPS in that of the whole response.
    Raw(Vec<u8>),
    /// An answer without end.
    Endless,
    /// The end of the connection.
    Close,
    /// Speaks HTTP/2 only, so that no connection is established.
    Http2,
}

impl Dns {
    /// Answers by TLS as well, at an address of its own, while the name server lives.
    pub fn by_tls(&self, identity: Identity, envelope: Envelope) -> Server {
        let acceptor = acceptor(identity, &[]);
        let state = Arc::clone(&self.state);
        Server::start(([127, 0, 0, 1], 0).into(), move |stream, _seen| {
            let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
            serve_tls(acceptor, stream, state, envelope.clone())
        })
    }

    /// Answers by HTTPS as well, in the same way; the heads of the requests are those of
    /// [`Server::requests`].
    pub fn by_https(&self, identity: Identity, envelope: Envelope) -> Server {
        let speaks_2 = matches!(envelope, Envelope::Http2);
        let acceptor = acceptor(identity, if speaks_2 { b"h2" } else { b"http/1.1" });
        let state = Arc::clone(&self.state);
        Server::start(([127, 0, 0, 1], 0).into(), move |stream, seen| {
            let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
            let envelope = envelope.clone();
            async move {
                let mut stream = acceptor.accept(stream).await?;
                let (head, question) = read_request(&mut stream).await?;
                seen.note(head);
                let response = respond(&state, &question, &envelope).await;
                deliver(&mut stream, response, &envelope).await
            }
        })
    }
}

fn acceptor(identity: Identity, protocol: &[u8]) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .expect("key and certificate of an identity fit");
    if !protocol.is_empty() {
        config.alpn_protocols = vec![protocol.to_vec()];
    }
    Arc::new(config).into()
}

async fn serve_tls(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    state: Arc<Mutex<State>>,
    envelope: Envelope,
) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    loop {
        let mut question = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut question).await?;
        let answer = match &envelope {
            Envelope::Raw(bytes) => bytes.clone(),
            Envelope::Close => return deliver(&mut stream, Vec::new(), &envelope).await,
            _ => answer(&state, &question).await,
        };
        let length = u16::try_from(answer.len()).expect("an answer is below 64 KiB");
        let framed = [&length.to_be_bytes(), &answer[..]].concat();
        stream.write_all(&framed).await?;
        stream.flush().await?;
    }
}

async fn answer(state: &Mutex<State>, question: &[u8]) -> Vec<u8> {
    let (reply, delay) = reply(state, question, false);
    pause(delay).await;
    match reply {
        Reply::Send(bytes) => bytes,
        Reply::Nothing | Reply::Reset => std::future::pending().await,
    }
}

/// The head of a request, and a body of the length that it announces.
async fn read_request(stream: &mut TlsStream<TcpStream>) -> io::Result<(String, Vec<u8>)> {
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n\r\n") {
        received.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&received).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok((head, body))
}

async fn respond(state: &Mutex<State>, question: &[u8], envelope: &Envelope) -> Vec<u8> {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n";
    match envelope {
        Envelope::Answer | Envelope::Http2 => {
            let answer = answer(state, question).await;
            let head = format!("{HEAD}Content-Length: {}\r\n\r\n", answer.len());
            [head.as_bytes(), &answer].concat()
        }
        Envelope::Chunked => {
            let mut response = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
            for chunk in answer(state, question).await.chunks(20) {
                response.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                response.extend_from_slice(chunk);
                response.extend_from_slice(b"\r\n");
            }
            response.extend_from_slice(b"0\r\n\r\n");
            response
        }
        Envelope::Raw(bytes) => bytes.clone(),
        Envelope::Endless => format!("{HEAD}\r\n").into_bytes(),
        Envelope::Close => Vec::new(),
    }
}

async fn deliver(
    stream: &mut TlsStream<TcpStream>,
    response: Vec<u8>,
    envelope: &Envelope,
) -> io::Result<()> {
    stream.write_all(&response).await?;
    if matches!(envelope, Envelope::Endless) {
        loop {
            stream.write_all(&[0; 8 * 1024]).await?;
        }
    }
    stream.shutdown().await
}
