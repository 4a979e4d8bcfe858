//! Somebody in between who changes the records of the server.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Server, close};

/// What becomes of a record, by its number from 1 on. Where nothing does, the connection ends.
pub type Edit = fn(usize, Vec<u8>) -> Vec<u8>;

/// Starts somebody in between a client and this server.
pub fn edited(server: &Server, edit: Edit) -> Server {
    let to = server.address();
    Server::start(([127, 0, 0, 1], 0).into(), move |client, _| {
        pass(client, to, edit)
    })
}

async fn pass(mut client: TcpStream, to: SocketAddr, edit: Edit) -> io::Result<()> {
    let mut server = TcpStream::connect(to).await?;
    server.set_nodelay(true)?;
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    let (mut number, mut came) = (0, Vec::new());
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read? {
                0 => return Ok(()),
                count => server.write_all(&up[..count]).await?,
            },
            read = server.read(&mut down) => {
                let count = read?;
                if count == 0 {
                    return close(&mut client).await;
                }
                came.extend_from_slice(&down[..count]);
                while let Some(length) = whole(&came) {
                    let rest = came.split_off(length);
                    number += 1;
                    let record = edit(number, came);
                    if record.is_empty() {
                        return close(&mut client).await;
                    }
                    client.write_all(&record).await?;
                    came = rest;
                }
            }
        }
    }
}

/// How long the first record is, once all of it is here.
fn whole(came: &[u8]) -> Option<usize> {
    let header = came.get(..5)?;
    let length = 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
    (came.len() >= length).then_some(length)
}
