//! Ports behind which nobody answers: closed (refused at once) and filtered (silence until the
//! timeout).

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use tokio::net::TcpSocket;

/// A port that nobody else can take while this value lives.
pub struct Port {
    address: SocketAddr,
    _hold: Hold,
}

/// What keeps the port as it is; dropped with the [`Port`].
enum Hold {
    Closed {
        _bound: TcpSocket,
    },
    Filtered {
        _full: TcpListener,
        _queue: Vec<TcpStream>,
    },
}

impl Port {
    /// Refuses every connection: bound but not listening, so that no other process gets the number.
    pub fn closed() -> Self {
        let (bound, address) = bind();
        Self {
            address,
            _hold: Hold::Closed { _bound: bound },
        }
    }

    /// Never answers a connection attempt, like a firewall that drops: a listener that accepts
    /// nobody and whose queue is full. Linux then ignores each further SYN; making one takes a
    /// tenth of a second, to see that it does.
    #[cfg(target_os = "linux")]
    pub fn filtered() -> Self {
        let (bound, address) = bind();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .expect("a runtime needs only an event queue from the system");
        let full = {
            let _context = runtime.enter();
            bound
                .listen(0)
                .and_then(tokio::net::TcpListener::into_std)
                .expect("a bound socket can listen")
        };
        let mut queue = Vec::new();
        let moment = std::time::Duration::from_millis(100);
        while let Ok(waiting) = TcpStream::connect_timeout(&address, moment) {
            queue.push(waiting);
            assert!(queue.len() < 100, "the queue of a backlog of 0 never fills");
        }
        Self {
            address,
            _hold: Hold::Filtered {
                _full: full,
                _queue: queue,
            },
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn bind() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("IPv4 is there");
    socket
        .bind((Ipv4Addr::LOCALHOST, 0).into())
        .expect("loopback has a free port");
    let address = socket.local_addr().expect("a bound socket has an address");
    (socket, address)
}
