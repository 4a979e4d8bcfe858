//! Sockets for questions by UDP. Each question leaves from a port of its own that nobody can guess, or
//! others could answer it (RFC 5452 §9.2); but not each needs a socket of its own, which is half of
//! what the system has to do for it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Mutex;

use tokio::net::UdpSocket;

use crate::probe::locked;

/// As many of a family wait for the next questions.
const MOST: usize = 256;

/// Sockets whose question was answered.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    v4: Mutex<Vec<UdpSocket>>,
    v6: Mutex<Vec<UdpSocket>>,
}

impl Sockets {
    /// A connected socket, at a port that the system has just chosen: it takes answers from this server
    /// only, and hears of a closed port.
    pub(in crate::probe::dns) async fn connected(
        &self,
        server: SocketAddr,
    ) -> io::Result<UdpSocket> {
        let kept = locked(self.of(server)).pop();
        let socket = match kept.filter(is_free) {
            Some(socket) => socket,
            None => new(server).await?,
        };
        socket.connect(server).await?;
        Ok(socket)
    }

    /// Keeps a socket for another question.
    pub(in crate::probe::dns) fn keep(&self, server: SocketAddr, socket: UdpSocket) {
        let mut kept = locked(self.of(server));
        if CAN_BE_FREED && kept.len() < MOST {
            kept.push(socket);
        }
    }

    fn of(&self, server: SocketAddr) -> &Mutex<Vec<UdpSocket>> {
        if server.is_ipv4() { &self.v4 } else { &self.v6 }
    }
}

async fn new(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    UdpSocket::bind((any, 0)).await
}

/// Linux gives a port back that it has chosen itself, when a socket is not connected any more.
const CAN_BE_FREED: bool = cfg!(target_os = "linux");

/// Gives the port back, and forgets what came to it late. Whether that went well.
#[cfg(target_os = "linux")]
fn is_free(socket: &UdpSocket) -> bool {
    let freed = rustix::net::connect_unspec(socket).is_ok();
    while socket.try_recv(&mut [0]).is_ok() {}
    freed && socket.local_addr().is_ok_and(|own| own.port() == 0)
}

#[cfg(not(target_os = "linux"))]
fn is_free(_socket: &UdpSocket) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn each_question_has_a_port_of_its_own() {
        let sockets = Sockets::default();
        let server = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = server.local_addr().expect("bound");
        let (mut ports, mut buffer) = (HashSet::new(), [0; 8]);
        for _ in 0..100 {
            let socket = sockets.connected(address).await.expect("loopback");
            socket.send(b"question").await.expect("sent");
            let (_, from) = server.recv_from(&mut buffer).await.expect("received");
            ports.insert(from.port());
            server.send_to(b"answer", from).await.expect("sent");
            let length = socket.recv(&mut buffer).await.expect("answered");
            assert_eq!(&buffer[..length], b"answer");
            // What comes late is not for the next.
            server.send_to(b"late", from).await.expect("sent");
            sockets.keep(address, socket);
        }
        assert!(locked(&sockets.v4).len() <= 1, "one after the other");
        // Of some thousands that the system may choose, two may be the same by chance.
        assert!(ports.len() > 90, "{}", ports.len());
    }
}
