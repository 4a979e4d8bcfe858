//! A small HTTP client, and the service that it talks to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::probe::Place;
use crate::stage::{Run, Running};
use crate::world::Authority;

/// `xfed serve` while it runs.
pub struct Service {
    pub running: Running,
    pub address: SocketAddr,
}

/// `xfed serve` as this place has it, on a port that is free.
pub fn serve(place: &Place) -> Run {
    Run::new("serve")
        .args(&["--listen", "127.0.0.1:0", "--config"])
        .arg(place.folder.file("xfed.toml"))
}

impl Service {
    pub fn of(place: &Place) -> Self {
        Self::started(serve(place))
    }

    /// Once it says where it listens.
    pub fn started(run: Run) -> Self {
        let mut running = run.start();
        let line = running.message();
        let address = line.trim_end().rsplit("://").next();
        let address = address.and_then(|address| address.parse().ok());
        Self {
            running,
            address: address.unwrap_or_else(|| panic!("{line}")),
        }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// A request with these headers besides its host.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::to(&self.called(method, path, headers), self.connect())
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("it listens")
    }

    /// From this address of the same machine.
    #[cfg(target_os = "linux")]
    pub fn connect_from(&self, address: std::net::IpAddr) -> TcpStream {
        use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

        let own = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&own, &SocketAddr::new(address, 0)).expect("it is this machine's");
        connect(&own, &self.address).expect("it listens");
        own.into()
    }

    /// The same by TLS, trusting this authority.
    pub fn ask_by_tls(&self, by: &Authority, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut roots = RootCertStore::empty();
        roots.add(by.root_der()).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(
            tokio_rustls::rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .expect("the library has its own versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
        let name = ServerName::try_from("xfed.example").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a client");
        let stream = StreamOwned::new(tls, self.connect());
        Answer::to(&self.called("GET", path, headers), stream)
    }

    fn called(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let own = ("Host", self.address.to_string());
        let has_host = headers.iter().any(|(name, _)| *name == "Host");
        let own = (!has_host).then_some((own.0, own.1.as_str()));
        let lines = own.iter().chain(headers);
        let lines = lines.map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n")
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// What is answered to this.
    pub fn to(request: &str, mut stream: impl Read + Write) -> Self {
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut all = Vec::new();
        // Some peers end a connection without saying so.
        let _ = stream.read_to_end(&mut all);
        let all = String::from_utf8(all).expect("UTF-8");
        let (head, body) = all.split_once("\r\n\r\n").unwrap_or((&all, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer to {request}: {all}")),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// The header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The value of this sample, as it is written.
    #[track_caller]
    pub fn sample(&self, name: &str) -> &str {
        let value = self.find(name);
        value.unwrap_or_else(|| panic!("no {name}:\n{}", self.body))
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        let mut lines = self.body.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
    }
}
