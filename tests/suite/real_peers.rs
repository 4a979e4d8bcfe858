//! xfed against programs and kernels that nobody wrote for it: BIND, Unbound, Kamailio, OpenSSL,
//! nginx, Chromium, the routing of Linux, and the readers of the formats. They run where `XFED_REAL_PEERS` is 1 (`.ci/run` sets it); a
//! program that is missing there is a failure.

mod bind;
mod browser;
mod chromium;
mod desk;
mod kamailio;
mod monitoring;
mod network;
mod nginx;
mod openssl;
mod packages;
mod paths;
mod peer;
mod pipelines;
mod readers;
mod resolvers;
mod schema;
mod shell;

use std::ffi::OsString;
use std::io::Write;
use std::panic::Location;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::stage::{FQDN, File, Run};
use crate::world::{Authority, Identity};

const ALL_PASS: &str = "pass pass pass pass pass pass";

/// Whether real peers are not wanted here. Says so past the capture of the test harness: who reads
/// "ok" should know what it covers.
#[track_caller]
fn left_out() -> bool {
    let wanted = std::env::var_os("XFED_REAL_PEERS").is_some_and(|value| value == "1");
    if !wanted {
        let place = Location::caller();
        let line = format!("{place}: left out, XFED_REAL_PEERS is not 1\n");
        // In one piece: other tests write, too. Nobody is left to tell when it fails.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    !wanted
}

/// `PATH`, and the places of what only administrators are supposed to run.
fn path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

/// A certificate for the clients of a server, as files.
struct ClientFiles {
    certificate: File,
    key: File,
}

impl ClientFiles {
    fn new(identity: &Identity) -> Self {
        Self {
            certificate: File::new(&identity.chain_pem()),
            key: File::new(&identity.key_pem()),
        }
    }

    fn presented_by(&self, run: Run) -> Run {
        run.arg("--client-cert")
            .arg(self.certificate.path())
            .arg("--client-key")
            .arg(self.key.path())
    }
}

/// What a healthy server shows. Kamailio loads RSA keys in every version.
fn server_identity(authority: &Authority) -> Identity {
    authority.certificate(FQDN).rsa().issue()
}

/// A YAML file as Debian's Python reads it.
fn yaml(file: &Path) -> Value {
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let output = Command::new("/usr/bin/python3")
        .args(["-c", program])
        .stdin(
            std::fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        )
        .stderr(Stdio::inherit())
        .output()
        .expect("python3 is there");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
