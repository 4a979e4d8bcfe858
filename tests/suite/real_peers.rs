//! xfed against programs and kernels that nobody wrote for it: BIND, Unbound, Kamailio, OpenSSL,
//! nginx, Chromium, the routing of Linux, and the readers of the formats. They run where
//! `XFED_REAL_PEERS` is 1 (`.ci/run` sets it); a program that is missing there is a failure.

mod bind;
mod browser;
mod callers;
mod chromium;
mod commands;
mod encodings;
mod engines;
mod handshakes;
mod kamailio;
pub mod monitoring;
pub mod network;
mod nginx;
mod openssl;
mod packages;
mod pages;
mod paths;
mod peer;
pub mod pfx;
mod pipelines;
mod platform;
mod readers;
pub mod recipes;
mod resolvers;
mod schema;
mod scraping;
mod shell;
mod ssh;
mod suffixes;
mod unbound;
mod witnesses;
mod zone_files;
mod zone_lines;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::stage::{FQDN, Run, file, real_peers_are_wanted, say_left_out};
use crate::world::{Authority, Identity};

/// Whether real peers are not wanted here; says so where they are not.
#[track_caller]
fn left_out() -> bool {
    let wanted = real_peers_are_wanted();
    if !wanted {
        say_left_out("XFED_REAL_PEERS is not 1");
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
    certificate: NamedTempFile,
    key: NamedTempFile,
}

impl ClientFiles {
    fn new(identity: &Identity) -> Self {
        Self {
            certificate: file(&identity.chain_pem()),
            key: file(&identity.key_pem()),
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
