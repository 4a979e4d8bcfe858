//! Unbound as a resolver.

use std::net::Ipv4Addr;

use super::peer::Peer;
use crate::stage::Folder;

/// A running `unbound`.
pub struct Unbound {
    _peer: Peer,
    _directory: Folder,
}

impl Unbound {
    /// At this address, port 53. All it knows it finds from the server of one zone and below; these
    /// lines are about its own behaviour.
    pub fn start(address: Ipv4Addr, (zone, server): (&str, Ipv4Addr), lines: &str) -> Self {
        let directory = Folder::new();
        let config = format!(
            r#"
            server:
                directory: "{}"
                chroot: ""
                username: ""
                pidfile: ""
                use-syslog: no
                verbosity: 1
                do-daemonize: no
                do-ip6: no
                interface: {address}
                {lines}
            stub-zone:
                name: "{zone}"
                stub-addr: {server}
            remote-control:
                control-enable: no
            "#,
            directory.utf8(""),
        );
        let config = directory.write("unbound.conf", &config);
        let mut peer = Peer::start("unbound", &["-d", "-p", "-c", &config]);
        peer.logs(|line| line.contains("start of service"));
        Self {
            _peer: peer,
            _directory: directory,
        }
    }
}
