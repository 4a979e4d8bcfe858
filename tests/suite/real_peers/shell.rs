//! A shell for what users copy: snippets and scripts as they stand, with `xfed` on the path and one
//! test's world in its environment.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use super::path;
use crate::stage::{Folder, Stage};
use crate::world::Server;

pub struct Shell {
    directory: Folder,
    environment: Vec<(String, OsString)>,
}

pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Shell {
    /// Checks of zahnfee.de stay in this world: nothing published there is connected to.
    pub fn in_world(stage: &Stage, server: &Server) -> Self {
        let directory = Folder::new();
        let bin = directory.utf8("bin");
        std::fs::create_dir(&bin).expect("a new directory");
        symlink(env!("CARGO_BIN_EXE_xfed"), format!("{bin}/xfed")).expect("a new link");
        let mut path_here = OsString::from(bin + ":");
        path_here.push(path());
        let connect_to = server.address().to_string();
        Self {
            directory,
            environment: Vec::new(),
        }
        .with("PATH", path_here)
        .with("LANG", "C.UTF-8")
        .with("XFED_RESOLVER", stage.dns.address().to_string())
        .with("XFED_CA_FILE", stage.roots())
        .with("XFED_CONNECT_TO", connect_to)
    }

    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// What is in the environment, as `env` takes it.
    pub fn variables(&self) -> Vec<String> {
        let pairs = self.environment.iter();
        pairs
            .map(|(name, value)| format!("{name}={}", value.to_string_lossy()))
            .collect()
    }

    /// A path in the directory that scripts run in.
    pub fn path(&self, name: &str) -> String {
        self.directory.utf8(name)
    }

    pub fn write(&self, name: &str, content: &str) -> String {
        self.directory.write(name, content)
    }

    /// The file's content; empty if nobody wrote it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs a script as `bash -e` does, which is what CI systems call.
    pub fn run(&self, script: &str) -> Said {
        self.command(Command::new("bash").args(["-e", "-c", script]))
    }

    /// Runs a file as it is: it has to be executable.
    pub fn run_file(&self, file: &Path) -> Said {
        self.command(&mut Command::new(file))
    }

    fn command(&self, command: &mut Command) -> Said {
        let output = command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Said {
            code: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {}\n{}\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
