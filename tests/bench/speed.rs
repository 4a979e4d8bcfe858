//! How fast xfed is: `cargo bench`. Runs the release build as its users do, whole processes against
//! the embedded world on loopback, and prints medians beside their goals. Asserts no time: a busy
//! machine is no defect. Contestants take turns, so that what else goes on meets all of them alike.

#![allow(clippy::print_stdout, reason = "a table is all that comes of it")]

#[path = "../world/mod.rs"]
mod world;

use std::ffi::OsStr;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use world::{Authority, Dns, Server};

const DOMAIN: &str = "zahnfee.de";
const FQDN: &str = "xphone.zahnfee.de";
const SRV_NAME: &str = "_sipfederationtls._tcp.zahnfee.de";
/// Publishes an address that is public, as it must be, and reached by `--connect-to`.
const ZONE: &str = "
@ MX 10 mail
mail A 81.2.3.5
_sipfederationtls._tcp SRV 0 0 5061 xphone
xphone A 81.2.3.4
";

/// What each answer of the distant world waits for.
const DELAY: Duration = Duration::from_millis(20);
/// SRV, A, TLS 1.3, OPTIONS. The fifth, TCP connect, is the kernel's to answer and not delayed.
const DELAYED_ROUND_TRIPS: u32 = 4;
/// Asks for the SOA record of the domain.
const QUESTION: &[u8] = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x07zahnfee\x02de\0\0\x06\0\x01";

fn main() {
    // `cargo test --benches` runs this as well, and is no time to measure.
    if std::env::args().any(|arg| arg == "--bench") {
        println!("{:48}{:>10}{:>10}", "medians", "measured", "goal");
        on_loopback();
        at_a_distance();
        with_authority();
        start();
        size();
    }
}

fn on_loopback() {
    println!("a healthy domain on loopback");
    let world = World::new(Duration::ZERO);
    let mut commands = vec![world.check()];
    for mut tool in world.tools() {
        match quiet(&mut tool).status() {
            Ok(status) if status.success() => commands.push(tool),
            Ok(status) => println!("  {} left out: {status}", name(&tool)),
            Err(error) => println!("  {} left out: {error}", name(&tool)),
        }
    }
    let medians = race(40, &mut commands);
    row(&name(&commands[0]), ms(medians[0]), Some(15.0), "ms");
    for (tool, median) in commands.iter().zip(&medians).skip(1) {
        row(&name(tool), ms(*median), None, "ms");
    }
    let tools: Duration = medians[1..].iter().sum();
    if !tools.is_zero() {
        row("these tools one after the other", ms(tools), None, "ms");
        row("xfed / tools", ms(medians[0]) / ms(tools), Some(0.2), "");
    }
}

fn at_a_distance() {
    println!("the same with {} ms on each answer", ms(DELAY));
    let world = World::new(DELAY);
    let measured = race(20, &mut [world.check()])[0];
    let round_trip = world.round_trip();
    let path = round_trip * DELAYED_ROUND_TRIPS;
    row("xfed check", ms(measured), None, "ms");
    row(
        "a round trip: one bare DNS question",
        ms(round_trip),
        None,
        "ms",
    );
    row("four: SRV, A, TLS 1.3, OPTIONS", ms(path), None, "ms");
    row(
        "xfed beyond them",
        ms(measured) - ms(path),
        Some(15.0),
        "ms",
    );
}

/// The walk to the zone's own servers is beside the path to the server, never in front of it.
fn with_authority() {
    println!("the same, with and without the zone's own servers");
    let world = World::new(DELAY);
    let (mut with, mut without) = (world.check(), world.check());
    with.arg("--authority").arg(world.dns.address().to_string());
    without.arg("--no-authority");
    let medians = race(20, &mut [with, without]);
    row("xfed check --authority", ms(medians[0]), None, "ms");
    row("xfed check --no-authority", ms(medians[1]), None, "ms");
    let ratio = ms(medians[0]) / ms(medians[1]);
    row("with / without", ratio, Some(1.2), "");
}

fn start() {
    println!("start");
    let mut version = xfed();
    version.arg("--version");
    let medians = race(200, &mut [version, empty_program()]);
    row("xfed --version", ms(medians[0]), None, "ms");
    row("a program that does nothing", ms(medians[1]), None, "ms");
    row(
        "difference",
        ms(medians[0]) - ms(medians[1]),
        Some(2.0),
        "ms",
    );
}

fn size() {
    println!("size");
    let file = std::fs::metadata(env!("CARGO_BIN_EXE_xfed")).expect("it was built for this");
    let megabytes = Duration::from_micros(file.len()).as_secs_f64();
    row("binary", megabytes, Some(8.0), "MB");
}

/// The name server and the XPhone server of a healthy domain.
struct World {
    dns: Dns,
    server: Server,
    roots: PathBuf,
}

impl World {
    fn new(delay: Duration) -> Self {
        let authority = Authority::new("Tooth Fairy Root CA");
        let identity = authority.certificate(FQDN).rsa().issue();
        Self {
            dns: Dns::zone(DOMAIN, ZONE).delay(delay),
            server: Server::tls(identity).delay(delay).start(),
            roots: write("roots.pem", &authority.root_pem()),
        }
    }

    fn check(&self) -> Command {
        let mut check = xfed();
        check
            .args(["check", DOMAIN, "--resolver"])
            .arg(self.dns.address().to_string())
            .arg("--connect-to")
            .arg(self.server.address().to_string())
            .arg("--ca-file")
            .arg(&self.roots);
        check
    }

    /// The delay as this machine's timers keep it: a millisecond or two more.
    fn round_trip(&self) -> Duration {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let connected = socket.connect(self.dns.address());
        connected.expect("the name server is on loopback, too");
        let mut times = [(); 20].map(|()| {
            let start = Instant::now();
            let sent = socket.send(QUESTION);
            sent.and_then(|_| socket.recv(&mut [0; 512]))
                .expect("the name server answers");
            start.elapsed()
        });
        median(&mut times)
    }

    /// The same work by hand; nobody types OPTIONS.
    fn tools(&self) -> [Command; 4] {
        let (dns, server) = (self.dns.address(), self.server.address());
        let look_up = |kind: &str, name: &str| {
            let mut nslookup = Command::new("nslookup");
            nslookup
                .arg(format!("-type={kind}"))
                .arg(format!("-port={}", dns.port()))
                .arg(format!("{name}."))
                .arg(dns.ip().to_string());
            nslookup
        };
        let mut nc = Command::new("nc");
        nc.arg("-z")
            .arg(server.ip().to_string())
            .arg(server.port().to_string());
        let mut openssl = Command::new("openssl");
        openssl
            .args(["s_client", "-servername", FQDN, "-connect"])
            .arg(server.to_string())
            .arg("-CAfile")
            .arg(&self.roots);
        [look_up("A", FQDN), look_up("SRV", SRV_NAME), nc, openssl]
    }
}

/// xfed in an environment of its own.
fn xfed() -> Command {
    let mut xfed = Command::new(env!("CARGO_BIN_EXE_xfed"));
    xfed.env_clear().env("LANG", "C.UTF-8");
    // Windows opens no socket without it.
    if let Some(root) = std::env::var_os("SystemRoot") {
        xfed.env("SystemRoot", root);
    }
    xfed
}

/// What it costs to start any Rust program; without a compiler, any program.
fn empty_program() -> Command {
    let source = write("empty.rs", "fn main() {}\n");
    let program = source.with_extension(std::env::consts::EXE_EXTENSION);
    let built = Command::new("rustc")
        .args([OsStr::new("-O"), OsStr::new("-o")])
        .args([&program, &source])
        .status();
    if built.is_ok_and(|status| status.success()) {
        Command::new(program)
    } else {
        println!("  no rustc: /bin/true is the program that does nothing");
        Command::new("/bin/true")
    }
}

fn write(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("the target directory is writable");
    path
}

/// Runs all commands in turn, so many times, and returns the median of each.
fn race(runs: usize, commands: &mut [Command]) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(runs); commands.len()];
    for _ in 0..runs {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            let start = Instant::now();
            let status = quiet(command).status();
            times.push(start.elapsed());
            let succeeded = status.as_ref().is_ok_and(std::process::ExitStatus::success);
            assert!(succeeded, "{command:?}: {status:?}");
        }
    }
    times.iter_mut().map(|times| median(times)).collect()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// Program and first argument: `nslookup -type=A`.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem();
    let words = program.into_iter().chain(command.get_args().next());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn row(what: &str, measured: f64, goal: Option<f64>, unit: &str) {
    let shown = |value: f64| format!("{value:.2} {unit:2}");
    let missed = if goal.is_some_and(|goal| measured > goal) {
        "  missed"
    } else {
        ""
    };
    let goal = goal.map(shown).unwrap_or_default();
    println!("  {what:45}{:>11}{goal:>10}{missed}", shown(measured));
}
