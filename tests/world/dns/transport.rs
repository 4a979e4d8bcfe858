//! UDP and TCP on one port.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::{listen, pause};
use super::{Reply, State, reply};

pub(super) async fn serve_udp(socket: UdpSocket, state: Arc<Mutex<State>>) {
    let socket = tokio::net::UdpSocket::from_std(socket).expect("the runtime has an event queue");
    let socket = Arc::new(socket);
    let mut buffer = [0; 4096];
    loop {
        // Windows reports here that an earlier answer found its asker gone.
        let Ok((length, asker)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let (reply, delay) = reply(&state, &buffer[..length], true);
        if let Reply::Send(bytes) = reply {
            let socket = Arc::clone(&socket);
            tokio::spawn(async move {
                pause(delay).await;
                let _ = socket.send_to(&bytes, asker).await;
            });
        }
    }
}

pub(super) async fn serve_tcp(listener: std::net::TcpListener, state: Arc<Mutex<State>>) {
    let listener = TcpListener::from_std(listener).expect("the runtime has an event queue");
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve_stream(stream, Arc::clone(&state)));
        }
    }
}

async fn serve_stream(mut stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    loop {
        let mut request = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut request).await?;
        let (reply, delay) = reply(&state, &request, false);
        pause(delay).await;
        match reply {
            Reply::Send(bytes) => {
                let length = u16::try_from(bytes.len()).expect("an answer is below 64 KiB");
                let framed = [&length.to_be_bytes(), &bytes[..]].concat();
                stream.write_all(&framed).await?;
            }
            Reply::Nothing => {}
            Reply::Reset => return stream.set_zero_linger(),
        }
    }
}

/// UDP and TCP on one port: the number that TCP got may be taken on UDP, so try some.
pub(super) fn bind_both() -> (std::net::TcpListener, UdpSocket, SocketAddr) {
    for _ in 0..100 {
        let (tcp, address) = listen((Ipv4Addr::LOCALHOST, 0).into());
        if let Ok(udp) = UdpSocket::bind(address) {
            udp.set_nonblocking(true)
                .expect("every socket can be non-blocking");
            return (tcp, udp, address);
        }
    }
    panic!("no port is free on both UDP and TCP");
}
