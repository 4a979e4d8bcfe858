//! A machine of the small internet, with a shell.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::path;
use crate::internet::Internet;
use crate::stage::Folder;

/// A command that has not ended by then never will, in seconds.
const LONGEST: &str = "60";

/// A shell on a machine of the small internet.
pub(in super::super) struct Machine {
    folder: Folder,
    roots: PathBuf,
}

impl Machine {
    pub(super) fn new(world: &Internet) -> Self {
        Self::configured(world, "nameserver 127.0.0.53\n")
    }

    /// One with this `/etc/resolv.conf`.
    pub(in super::super) fn configured(world: &Internet, resolv_conf: &str) -> Self {
        let folder = Folder::new().with("resolv.conf", resolv_conf);
        let bin = folder.file("bin");
        std::fs::create_dir(&bin).expect("a new directory");
        let program = Path::new(env!("CARGO_BIN_EXE_xfed"));
        std::os::unix::fs::symlink(program, bin.join("xfed")).expect("a new link");
        Self {
            folder,
            roots: world.roots().to_owned(),
        }
    }

    /// What a command says, on standard output and standard error.
    pub(in super::super) fn says(&self, line: &str) -> String {
        let mut programs = self.folder.file("bin").into_os_string();
        programs.push(":");
        programs.push(path());
        let asks_our_resolver = "mount --bind \"$0\" /etc/resolv.conf && eval \"$1\" 2>&1";
        let output = Command::new("unshare")
            .args([
                "--mount",
                "timeout",
                LONGEST,
                "bash",
                "-c",
                asks_our_resolver,
            ])
            .arg(self.folder.file("resolv.conf"))
            .arg(line)
            .env_clear()
            .env("PATH", programs)
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("XFED_CA_FILE", &self.roots)
            .env("SSL_CERT_FILE", &self.roots)
            // Nobody types anything: what waits for it would never end.
            .stdin(Stdio::null())
            .output()
            .expect("unshare (util-linux)");
        assert_ne!(output.status.code(), Some(124), "{line} does not end");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
