//! A program started for one test, and what it needs: a folder, ports. All of it ends with the test.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tokio::net::TcpSocket;

use super::path;
use crate::stage::Folder;

/// How long a program may take to start; it takes some 30 ms.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program until standard input ends, and then kills it with all its children: its own
/// process group. Standard input ends with the test, however that may end.
const GUARD: &str = r#"
    "$@" &
    exec 2>&-
    cat
    kill -s KILL 0
"#;

/// A program in the foreground that logs to standard error.
pub struct Peer {
    name: &'static str,
    guard: Child,
    log: Receiver<String>,
    read: Vec<String>,
}

impl Peer {
    pub fn start(name: &'static str, args: &[&str]) -> Self {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh", name])
            .args(args)
            .env("PATH", path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("every Linux has a shell");
        let stderr = guard.stderr.take().expect("it was asked for");
        let (sender, log) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(stderr).split(b'\n').map_while(Result::ok);
            // Reads on when nobody listens any more: a full pipe would stop the program.
            for line in lines {
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self {
            name,
            guard,
            log,
            read: Vec::new(),
        }
    }

    /// Waits until it logs such a line, and returns that.
    pub fn logs(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.read.push(line.clone());
            if wanted(&line) {
                return line;
            }
        }
        panic!(
            "{} does not get there; its log:\n{}",
            self.name,
            self.read.join("\n")
        );
    }
}

impl Drop for Peer {
    /// To wait is to close standard input first.
    fn drop(&mut self) {
        let _ = self.guard.wait();
    }
}

/// What other programs need to be told of: files, by their paths as text.
impl Folder {
    /// Writes a file, and returns its path.
    pub fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.file(name), content).expect("the target directory is writable");
        self.utf8(name)
    }

    /// The path of a file in it.
    pub fn utf8(&self, name: &str) -> String {
        let path = self.file(name);
        path.to_str().expect("configuration is UTF-8").to_owned()
    }
}

/// An address for a program to listen at.
pub struct Place {
    pub address: SocketAddr,
    _reserved: Option<TcpSocket>,
}

impl Place {
    /// A free TCP port on 127.0.0.1. It stays bound here, not listening, so that nobody else is
    /// given it; a program that sets `SO_REUSEADDR`, as servers do, may listen there nevertheless.
    pub fn free() -> Self {
        let socket = TcpSocket::new_v4().expect("IPv4 is there");
        socket
            .set_reuseaddr(true)
            .and_then(|()| socket.bind(([127, 0, 0, 1], 0).into()))
            .expect("loopback has a free port");
        Self {
            address: socket.local_addr().expect("a bound socket has an address"),
            _reserved: Some(socket),
        }
    }

    /// This one, in a network where nobody else is.
    pub fn at(ip: impl Into<IpAddr>, port: u16) -> Self {
        Self {
            address: (ip, port).into(),
            _reserved: None,
        }
    }
}
