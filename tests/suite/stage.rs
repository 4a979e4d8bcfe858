//! A stage for one test: a zone, an authority, a server, and the program run against them.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

use crate::world::server::Tls;
use crate::world::{Authority, Dns, Identity, Refusal, Server};

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

/// Where the files of tests are: below the target directory.
pub const FILES: &str = env!("CARGO_TARGET_TMPDIR");

/// The program as it was built for this test.
const XFED: &str = env!("CARGO_BIN_EXE_xfed");

/// A file of this content; it goes with its test.
pub fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new_in(FILES).expect("the target directory is writable");
    let written = file.write_all(content.as_bytes());
    written.expect("the target directory is writable");
    file
}

/// A folder that goes with its test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        // The default begins with a dot, and hidden folders are special to some programs.
        builder.prefix("folder-");
        // For programs that give up their rights before they read it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
        Self(
            builder
                .tempdir_in(FILES)
                .expect("the target directory is writable"),
        )
    }

    /// With a file of this content; folders on the way to it are made.
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.file(name);
        let folder = path.parent().expect("it is in this folder");
        std::fs::create_dir_all(folder).expect("the target directory is writable");
        std::fs::write(&path, content).expect("the target directory is writable");
        self
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What is in it, in order.
    #[cfg(unix)]
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("it is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            let name = entry.expect("it stays there").file_name();
            name.to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}

/// How often Wine is given another chance to start it.
const STARTS: usize = 3;

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

    fn output(mut self) -> Output {
        let mut output = self.output_once();
        for _ in 0..STARTS {
            // Wine on a busy machine now and then does not get a program to start, and says nothing.
            // xfed never ends with 1 without a word.
            let says_nothing = output.stdout.is_empty() && output.stderr.is_empty();
            let is_wine = self.command.get_program() != XFED;
            if !(is_wine && says_nothing && output.status.code() == Some(1)) {
                break;
            }
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
    outcome.says_the_same_again(&replays.plain.fed(report).run());
    outcome.says_the_same_redacted(&replays.redacted.fed(report).run());
}

/// The program while it runs; it ends with its test.
pub struct Running(Child);

impl Running {
    /// The next line on standard output.
    pub fn line(&mut self) -> String {
        next_line(self.0.stdout.as_mut().expect("piped"))
    }

    /// The next line on standard error.
    #[cfg(unix)]
    pub fn message(&mut self) -> String {
        next_line(self.0.stderr.as_mut().expect("piped"))
    }

    /// Gives it this on standard input, which stays open.
    pub fn feed(&mut self, input: &[u8]) {
        let stdin = self.0.stdin.as_mut().expect("piped");
        stdin.write_all(input).expect("it reads");
    }

    /// Standard input ends.
    pub fn end_of_input(&mut self) {
        self.0.stdin = None;
    }

    /// The most memory that it has had so far, in KiB.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.expect("it runs");
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|most| most.trim().strip_suffix(" kB"));
        most.and_then(|most| most.parse().ok())
            .expect("a number of kB")
    }

    /// Sends it this signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let child = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(child, signal).expect("it is our own, and not waited for");
    }

    /// Exit code, and the rest of standard output and standard error.
    #[cfg(unix)]
    pub fn end(mut self) -> (i32, String, String) {
        let mut rest = (String::new(), String::new());
        let (stdout, stderr) = (self.0.stdout.take(), self.0.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                stdout
                    .expect("piped")
                    .read_to_string(&mut rest.0)
                    .expect("UTF-8")
            });
            stderr
                .expect("piped")
                .read_to_string(&mut rest.1)
                .expect("UTF-8");
        });
        let status = self.0.wait().expect("it is our own");
        (status.code().expect("it ended by itself"), rest.0, rest.1)
    }

    pub fn has_ended(&mut self) -> bool {
        let status = self.0.try_wait().expect("it is our own");
        status.is_some()
    }
}

/// Byte by byte: what comes behind the line is for whoever reads on.
fn next_line(from: &mut impl Read) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && from.read(&mut byte).expect("it writes") > 0 {
        line.push(byte[0]);
    }
    String::from_utf8(line).expect("output is UTF-8")
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What came of it.
pub struct Outcome {
    pub code: i32,
    pub json: Value,
    pub stderr: String,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        let stderr = String::from_utf8(stderr.clone()).expect("messages are UTF-8");
        let json = serde_json::from_slice(stdout).unwrap_or_else(|error| {
            panic!("{error}\n{}\n{stderr}", String::from_utf8_lossy(stdout))
        });
        Self {
            code: status.code().expect("it ended by itself"),
            json,
            stderr,
        }
    }

    #[track_caller]
    fn says_the_same_again(&self, again: &Self) {
        let exit = (again.code, again.stderr.as_str());
        assert_eq!(exit, (self.code, ""), "judged again");
        for (one, other) in self.reports().zip(again.reports()) {
            assert_eq!(one["steps"], other["steps"], "judged again");
        }
        assert_eq!(self.json, again.json, "the whole document");
    }

    /// Names, addresses and words may be others; nothing may weigh otherwise.
    #[track_caller]
    fn says_the_same_redacted(&self, redacted: &Self) {
        assert_eq!(redacted.code, self.code, "redacted: {redacted}");
        for (one, other) in self.reports().zip(redacted.reports()) {
            assert_eq!(other["redacted"], true);
            assert_eq!(one["verdict"], other["verdict"], "redacted");
            assert_eq!(gist(one), gist(other), "redacted");
            let holds = other["holds"].as_array().expect("kinds");
            assert!(!holds.iter().any(|kind| kind == "local"), "{holds:?}");
            // What DNS publishes stays, even where it is this machine's address.
            let published = one["facts"]["addresses"].to_string();
            assert!(
                published.contains(r#"{"address":"127."#)
                    || !other.to_string().contains("127.0.0.1"),
                "{redacted}"
            );
        }
    }

    fn reports(&self) -> impl Iterator<Item = &Value> {
        self.json["reports"].as_array().expect("reports").iter()
    }

    /// How long the first check took, as its report says.
    pub fn elapsed(&self) -> Duration {
        let elapsed = self.report()["elapsed_ms"].as_u64();
        Duration::from_millis(elapsed.expect("a number"))
    }

    pub fn report(&self) -> &Value {
        &self.json["reports"][0]
    }

    pub fn step(&self, id: &str) -> &Value {
        let steps = self.report()["steps"].as_array().expect("steps");
        steps
            .iter()
            .find(|step| step["id"] == id)
            .unwrap_or_else(|| panic!("step {id}"))
    }

    /// The finding of this code in this step.
    #[track_caller]
    pub fn finding(&self, step: &str, code: &str) -> &Value {
        let findings = self.step(step)["findings"].as_array().expect("findings");
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code}:\n{self}"))
    }

    /// All codes of all steps, in order.
    pub fn codes(&self) -> Vec<&str> {
        let steps = self.report()["steps"].as_array().expect("steps");
        let findings = steps
            .iter()
            .flat_map(|step| step["findings"].as_array().expect("findings"));
        findings
            .map(|finding| finding["code"].as_str().expect("a code"))
            .collect()
    }

    /// Asserts that this was found in this step with this severity.
    #[track_caller]
    pub fn shows(&self, step: &str, code: &str, severity: &str) -> &Self {
        assert_eq!(
            self.finding(step, code)["severity"],
            severity,
            "{code}:\n{self}"
        );
        self
    }

    /// Asserts that this was found nowhere.
    #[track_caller]
    pub fn lacks(&self, code: &str) -> &Self {
        assert!(!self.codes().contains(&code), "{code} found:\n{self}");
        self
    }

    /// Asserts the status of all six steps, in the guide's order, the verdict, and the exit code.
    #[track_caller]
    pub fn stands(&self, statuses: &str, verdict: &str, code: i32) -> &Self {
        let steps = self.report()["steps"].as_array().expect("steps");
        let seen: Vec<&str> = steps
            .iter()
            .map(|step| step["status"].as_str().expect("a status"))
            .collect();
        assert_eq!(seen.join(" "), statuses, "{self}");
        assert_eq!(self.report()["verdict"], verdict, "{self}");
        assert_eq!(self.code, code, "{self}");
        self
    }
}

/// Each step's status and codes with their severities.
fn gist(report: &Value) -> Vec<(&Value, Vec<(&Value, &Value)>)> {
    let steps = report["steps"].as_array().expect("steps");
    steps
        .iter()
        .map(|step| {
            let findings = step["findings"].as_array().expect("findings");
            let codes = findings.iter().map(|one| (&one["code"], &one["severity"]));
            (&step["status"], codes.collect())
        })
        .collect()
}

/// The report as a failed assertion shows it: without the facts, which are long.
impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps = serde_json::to_string_pretty(&self.report()["steps"]).expect("JSON stays JSON");
        write!(
            f,
            "exit code {}, {}\n{steps}\n{}",
            self.code,
            self.report()["verdict"],
            self.stderr
        )
    }
}
