//! A stage for one test: a zone, an authority, a server, and the program run against them.

use std::io::Write;
use std::panic::Location;
use std::path::Path;

use tempfile::NamedTempFile;

pub use self::files::{FILES, Folder, file};
pub use self::outcome::Outcome;
pub use self::run::{Run, a_replay_judges_the_same};
#[cfg(unix)]
pub use self::running::Running;
use crate::world::server::Tls;
use crate::world::{Authority, Dns, Identity, Refusal, Server};

mod files;
mod outcome;
mod run;
mod running;

/// The server's name throughout.
pub const FQDN: &str = "xphone.zahnfee.de";

/// What the healthy zone publishes; a public address, always reached by `--connect-to`.
pub const ZONE: &str = "\
@ MX 10 mail
mail A 81.2.3.5
_sipfederationtls._tcp SRV 0 0 5061 xphone
xphone A 81.2.3.4
";

/// The statuses of all six steps when nothing is wrong.
pub const ALL_PASS: &str = "pass pass pass pass pass pass";

/// The healthy zone without the lines that contain this.
pub fn zone_without(what: &str) -> String {
    let lines: Vec<&str> = ZONE.lines().filter(|line| !line.contains(what)).collect();
    lines.join("\n")
}

pub struct Stage {
    pub authority: Authority,
    pub dns: Dns,
    roots: NamedTempFile,
}

impl Stage {
    /// The healthy zone.
    pub fn new() -> Self {
        Self::with_zone(ZONE)
    }

    pub fn with_zone(zone: &str) -> Self {
        Self::with_dns(Dns::zone("zahnfee.de", zone))
    }

    /// The healthy zone without its SRV record, and with these lines.
    pub fn with_srv(lines: &str) -> Self {
        Self::with_zone(&format!("{}\n{lines}\n", zone_without("SRV")))
    }

    pub fn with_dns(dns: Dns) -> Self {
        Self::with_authority(dns, Authority::new("Tooth Fairy Root CA"))
    }

    pub fn with_authority(dns: Dns, authority: Authority) -> Self {
        let roots = file(&authority.root_pem());
        Self {
            authority,
            dns,
            roots,
        }
    }

    /// The file of this stage's roots.
    pub fn roots(&self) -> &Path {
        self.roots.path()
    }

    /// A certificate that is all right.
    pub fn identity(&self) -> Identity {
        self.authority.certificate(FQDN).rsa().issue()
    }

    /// A server with that certificate that demands one of its clients.
    pub fn server(&self) -> Tls {
        demanding(self.identity())
    }

    /// `xfed check zahnfee.de` through this stage's name server and roots.
    pub fn check(&self) -> Run {
        self.check_domain("zahnfee.de")
    }

    pub fn check_domain(&self, domain: &str) -> Run {
        self.check_without_roots(domain)
            .arg("--ca-file")
            .arg(self.roots.path())
    }

    /// The same, judging by the public roots.
    pub fn check_without_roots(&self, domain: &str) -> Run {
        Run::new("check")
            .arg(domain)
            .arg("--resolver")
            .arg(self.dns.address().to_string())
            .arg("--format=json")
    }

    /// The healthy zone, a server, and the check of both.
    pub fn meets(&self, server: &Server) -> Outcome {
        self.check().connect_to(server).run()
    }
}

/// Whether the environment demands the tests that not every machine can run.
pub fn real_peers_are_wanted() -> bool {
    std::env::var_os("XFED_REAL_PEERS").is_some_and(|value| value == "1")
}

/// Says why the calling test is left out, past the capture of the test harness: whoever reads "ok"
/// should know what it covers.
#[track_caller]
pub fn say_left_out(why: &str) {
    let line = format!("{}: left out, {why}\n", Location::caller());
    // In one piece: other tests write, too. Nobody is left to tell when it fails.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A server with this certificate that demands one of its clients.
pub fn demanding(identity: Identity) -> Tls {
    Server::tls(identity).refuse(Refusal::Alert)
}
