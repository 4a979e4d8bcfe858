//! A web server with one page, whatever is asked for: it plays the host of a CA's revocation list.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Server, hold};

/// How the server answers.
#[derive(Clone, Debug)]
pub enum Page {
    /// This body, with its length.
    Length(Vec<u8>),
    /// This body, in chunks of a thousand bytes.
    Chunked(Vec<u8>),
    /// This body, until the connection closes.
    UntilClose(Vec<u8>),
    /// This body to a POST, and this status to anything else.
    ToPost(Vec<u8>, u16),
    /// This status, and a page about it.
    Status(u16, &'static str),
    /// Sends elsewhere.
    Redirect(String),
    /// A body without end.
    Endless,
    /// The announcement of a body of this many bytes, and no body.
    Announced(u64),
    /// Nothing at all.
    Silent,
    /// These bytes as they are.
    Raw(&'static [u8]),
}

impl Server {
    /// A web server on 127.0.0.1; its requests are those of [`Server::requests`].
    pub fn web(page: Page) -> Self {
        Self::web_at(([127, 0, 0, 1], 0).into(), page)
    }

    /// The same at another address.
    pub fn web_at(address: SocketAddr, page: Page) -> Self {
        Self::start(address, move |stream, seen| {
            let page = page.clone();
            async move {
                let mut stream = stream;
                let request = read_request(&mut stream).await?;
                let is_post = request.starts_with("POST ");
                seen.note(request);
                let page = match page {
                    Page::ToPost(body, _) if is_post => Page::Length(body),
                    Page::ToPost(_, status) => Page::Status(status, "Not This Way"),
                    page => page,
                };
                answer(&mut stream, &page).await
            }
        })
    }
}

async fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut received = Vec::new();
    while !is_whole(&received) {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&received).into_owned())
}

/// With all of the body that it announces.
fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().expect("a number"));
    request.len() >= end + 4 + length
}

async fn answer(stream: &mut TcpStream, page: &Page) -> io::Result<()> {
    match page {
        Page::Length(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).await?;
            // The client has to know by the length that this is all.
            hold(stream).await
        }
        Page::Chunked(body) => {
            let mut whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            for chunk in body.chunks(1000) {
                whole.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                whole.extend_from_slice(chunk);
                whole.extend_from_slice(b"\r\n");
            }
            whole.extend_from_slice(b"0\r\n\r\n");
            stream.write_all(&whole).await?;
            hold(stream).await
        }
        Page::UntilClose(body) => {
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await?;
            stream.write_all(body).await?;
            stream.shutdown().await
        }
        Page::Status(status, reason) => {
            let page = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: 4\r\n\r\nNope");
            stream.write_all(page.as_bytes()).await
        }
        Page::Redirect(to) => {
            let page = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n");
            stream.write_all(page.as_bytes()).await
        }
        Page::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[0x30; 8 * 1024]).await?;
            }
        }
        Page::Announced(length) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            hold(stream).await
        }
        Page::Silent => hold(stream).await,
        Page::ToPost(..) => unreachable!("it was made another one"),
        Page::Raw(bytes) => stream.write_all(bytes).await,
    }
}
