//! The program on its way, as a user would call it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use super::files::FILES;
use super::outcome::Outcome;
use super::running::Running;
use crate::world::Server;

/// The program as it was built for this test.
const XFED: &str = env!("CARGO_BIN_EXE_xfed");

/// How often Wine is given another chance to start it, and how long it has to recover before.
const STARTS: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// The program that is tested.
#[cfg(target_os = "linux")]
fn program() -> &'static Path {
    crate::wine::Wine::wanted().map_or(Path::new(XFED), crate::wine::Wine::launcher)
}

#[cfg(not(target_os = "linux"))]
fn program() -> &'static Path {
    Path::new(XFED)
}

/// The program on its way, in an environment of its own. A check must say how it stays on this
/// machine: by a connection elsewhere, or because its zone publishes nothing to connect to.
pub struct Run {
    command: Command,
    stays_here: bool,
    input: Vec<u8>,
}

impl Run {
    pub fn new(subcommand: &str) -> Self {
        Self::by(program(), subcommand)
    }

    fn by(program: &Path, subcommand: &str) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("LANG", "C.UTF-8").arg(subcommand);
        // No configuration file of this machine speaks into a test.
        let nowhere = Path::new(FILES).join("no-configuration");
        for name in ["HOME", "XDG_CONFIG_HOME", "USERPROFILE", "APPDATA"] {
            command.env(name, &nowhere);
        }
        command.current_dir(FILES);
        // Windows opens no socket without it.
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        Self {
            command,
            stays_here: !matches!(subcommand, "check" | "pair"),
            input: Vec::new(),
        }
    }

    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// By a shell that says this first, such as `ulimit -n 64`.
    #[cfg(unix)]
    pub fn after(self, says: &str) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &format!("{says} && exec \"$0\" \"$@\"")])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .current_dir(self.command.get_current_dir().expect("it has one"));
        for (name, value) in self.command.get_envs() {
            shell.env(name, value.expect("nothing is taken away"));
        }
        Self {
            command: shell,
            ..self
        }
    }

    /// In this folder.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn connect_to(self, server: &Server) -> Self {
        self.connect_to_address(server.address())
    }

    pub fn connect_to_address(self, address: SocketAddr) -> Self {
        assert!(
            address.ip().is_loopback(),
            "{address} is not on this machine"
        );
        Self {
            stays_here: true,
            ..self.arg("--connect-to").arg(address.to_string())
        }
    }

    /// Connects to `to` instead of to this published address, and to nothing else.
    pub fn connect(self, published: &str, to: SocketAddr) -> Self {
        assert!(to.ip().is_loopback(), "{to} is not on this machine");
        Self {
            stays_here: true,
            ..self.arg("--connect-to").arg(format!("{published}={to}"))
        }
    }

    /// The zone publishes no address that would be connected to, or the test has a network of its
    /// own, which no packet leaves.
    pub fn nowhere(self) -> Self {
        Self {
            stays_here: true,
            ..self
        }
    }

    /// Runs it. A check is also held to what every replay of its report has to keep.
    pub fn run(self) -> Outcome {
        let replays = self.replays();
        let output = self.output();
        let outcome = Outcome::of(&output);
        if let Some(replays) = replays {
            a_replay_judges_the_same(&outcome, &output.stdout, replays);
        }
        outcome
    }

    /// How the report of this check is judged again; `None` for any other command.
    pub fn replays(&self) -> Option<Replays> {
        let mut args = self.command.get_args().map(|arg| arg.to_string_lossy());
        let is_of_reports = |command: &str| matches!(command, "check" | "pair");
        if !args.next().is_some_and(|command| is_of_reports(&command)) {
            return None;
        }
        // A report is judged the same wherever it was made.
        let replay = || Self::by(Path::new(XFED), "replay");
        let mut plain = replay().args(&["-", "--format=json"]);
        while let Some(arg) = args.next() {
            if arg == "--fail-on" || arg == "--lang" {
                let value = args.next().expect("it has a value");
                plain = plain.arg(&*arg).arg(&*value);
            }
        }
        let mut redacted = replay().args(&["-", "--redact"]);
        redacted.command.args(plain.command.get_args().skip(2));
        let settings = self.command.get_envs();
        for (name, value) in settings.filter_map(|(name, value)| Some((name, value?))) {
            plain.command.env(name, value);
            redacted.command.env(name, value);
        }
        Some(Replays { plain, redacted })
    }

    /// With this on standard input.
    pub fn fed(mut self, input: &[u8]) -> Self {
        self.input = input.to_vec();
        self
    }

    /// Exit code, standard output, standard error.
    pub fn text(self) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.output();
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        (
            status.code().expect("it ended by itself"),
            text(stdout),
            text(stderr),
        )
    }

    /// Exit code and standard error, with standard output going there.
    pub fn text_into(mut self, stdout: impl Into<Stdio>) -> (i32, String) {
        assert!(self.stays_here, "this check might leave the machine");
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built for this test");
        let output = child.wait_with_output().expect("it ends");
        (
            output.status.code().expect("it ended by itself"),
            String::from_utf8(output.stderr).expect("messages are UTF-8"),
        )
    }

    /// Starts it, for a test that reads what it writes while it runs.
    pub fn start(mut self) -> Running {
        Running(self.spawn())
    }

    fn spawn(&mut self) -> Child {
        assert!(self.stays_here, "this check might leave the machine");
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built for this test")
    }

    #[allow(
        clippy::print_stderr,
        reason = "shown where the test fails all the same"
    )]
    fn output(mut self) -> Output {
        let mut output = self.output_once();
        for _ in 0..STARTS {
            // Wine on a busy machine now and then does not get a program to start, and says nothing, or dies of
            // a signal itself, which no program for Windows can. xfed never fails without a word.
            let says_nothing = output.stdout.is_empty() && output.stderr.is_empty();
            let is_wine = self.command.get_program() != XFED;
            let has_died = output.status.code().is_none();
            let is_to_blame = has_died || says_nothing && !output.status.success();
            if !is_wine || !is_to_blame {
                break;
            }
            eprintln!("Wine failed ({}): once more", output.status);
            thread::sleep(PAUSE);
            output = self.output_once();
        }
        output
    }

    fn output_once(&mut self) -> Output {
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().expect("piped");
        // The program may write before it has read all of it; one that does not care has closed it.
        let input = &self.input;
        thread::scope(|scope| {
            scope.spawn(move || {
                let _ = stdin.write_all(input);
            });
            let output = child.wait_with_output();
            output.expect("it ends")
        })
    }
}

/// The commands that judge the report of a check again.
pub struct Replays {
    plain: Run,
    redacted: Run,
}

/// The invariant of reports, which every check of the suite is held to: judged again, a report says
/// the same; judged again without what is local, it weighs the same.
#[track_caller]
pub fn a_replay_judges_the_same(outcome: &Outcome, report: &[u8], replays: Replays) {
    outcome.speaks_to_people();
    outcome.says_the_same_again(&replays.plain.fed(report).run());
    outcome.says_the_same_redacted(&replays.redacted.fed(report).run());
}
