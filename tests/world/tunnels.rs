//! The proxy of a network: leads whoever asks it for a tunnel to one place, or says no.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::proxy::pass;
use super::server::{Server, close, hold};

/// Starts a proxy that leads everybody here, wherever they want to go. Its requests are the heads of what
/// it was asked.
pub fn leading_to(to: SocketAddr) -> Server {
    Server::start(
        ([127, 0, 0, 1], 0).into(),
        move |mut client, seen| async move {
            seen.note(head(&mut client).await?);
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            pass(client, to, None).await
        },
    )
}

/// Starts one that answers so, and hangs up.
pub fn saying(answer: &'static str) -> Server {
    Server::start(
        ([127, 0, 0, 1], 0).into(),
        move |mut client, seen| async move {
            seen.note(head(&mut client).await?);
            client.write_all(answer.as_bytes()).await?;
            close(&mut client).await
        },
    )
}

/// Starts one that takes what it is asked, and says nothing.
pub fn silent() -> Server {
    Server::start(
        ([127, 0, 0, 1], 0).into(),
        move |mut client, seen| async move {
            seen.note(head(&mut client).await?);
            hold(&mut client).await
        },
    )
}

/// A request up to its empty line, byte by byte: what comes behind it is for somebody else.
async fn head(client: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
