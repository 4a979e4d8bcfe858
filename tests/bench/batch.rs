//! How fast xfed is with many domains: `cargo bench --bench batch`. The world they live in is a process
//! of its own (this program once more), so that the time of the client and that of the servers are told
//! apart. Beside it stands what OpenSSL does on the same server: a handshake, of the five things that a
//! check is. Asserts no time, but that every domain is ready.
//!
//! `XFED_BENCH_DOMAINS=1000,1000000` measures other numbers of domains. Of Linux, for `/proc`.

#![allow(clippy::print_stdout, reason = "a table is all that comes of it")]

#[cfg(target_os = "linux")]
#[path = "batch/measured.rs"]
mod measured;
#[cfg(target_os = "linux")]
#[path = "batch/million.rs"]
mod million;
#[cfg(target_os = "linux")]
#[path = "../world/mod.rs"]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("world") => million::serve(),
        // `cargo test --benches` runs this as well, and is no time to measure.
        _ if std::env::args().any(|arg| arg == "--bench") => race::run(),
        _ => {}
    }
}

#[cfg(target_os = "linux")]
mod race {
    use std::fmt::Write;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use super::measured::{Measured, measure};
    use super::million::{self, Addresses};

    /// The least of these is the yardstick for the memory of the others.
    const DOMAINS: &str = "1000,10000,100000";
    /// So long OpenSSL connects.
    const SECONDS: u8 = 5;

    pub fn run() {
        let world = World::start();
        let own = std::env::var("XFED_BENCH_DOMAINS");
        let counts = own.as_deref().unwrap_or(DOMAINS).split(',');
        let counts: Vec<usize> = counts
            .map(|count| count.parse().expect("numbers with commas between them"))
            .collect();
        println!(
            "{:>10}{:>12}{:>16}{:>12}",
            "domains", "a second", "CPU of each", "memory"
        );
        let mut first: Option<f64> = None;
        let mut last = None;
        for count in counts {
            let measured = world.check(count);
            let memory = measured.most_memory_mb;
            let grown = memory / *first.get_or_insert(memory);
            println!(
                "{count:>10}{:>12.0}{:>13.2} ms{memory:>9.0} MB  {grown:.2}",
                measured.rate(count),
                measured.cpu_of_each(count),
            );
            last = Some((count, measured));
        }
        let (count, check) = last.expect("at least one number of domains");
        let Some((connections, handshake)) = world.openssl() else {
            println!("  openssl left out: it is not there, or could not connect");
            return;
        };
        println!(
            "{:>10}{:>12.0}{:>13.2} ms",
            "openssl",
            handshake.rate(connections),
            handshake.cpu_of_each(connections),
        );
        let rate = check.rate(count) / handshake.rate(connections);
        let cpu = check.cpu_of_each(count) / handshake.cpu_of_each(connections);
        println!(
            "xfed / openssl s_time: {rate:.2} as many domains as handshakes, {cpu:.2} the CPU"
        );
    }

    /// A process with a name server that knows a million domains, and a server for all of them.
    struct World {
        process: Child,
        addresses: Addresses,
        roots: PathBuf,
    }

    impl World {
        fn start() -> Self {
            let itself = std::env::current_exe().expect("it runs");
            let mut process = Command::new(itself)
                .arg("world")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("it is this program");
            let stdout = process.stdout.take().expect("piped");
            let (addresses, root) = Addresses::read(stdout);
            Self {
                process,
                addresses,
                roots: write("batch-roots.pem", &root),
            }
        }

        fn check(&self, count: usize) -> Measured {
            let mut list = String::new();
            let server = self.addresses.server;
            for index in 0..count {
                let domain = million::domain(index);
                writeln!(list, "{domain} connect-to={server}").expect("memory is there");
            }
            let list = write("batch-list.txt", &list);
            let mut check = Command::new(env!("CARGO_BIN_EXE_xfed"));
            check.env_clear().env("LANG", "C.UTF-8");
            check.arg("check").arg("--targets").arg(list);
            check.args(["--format=jsonl", "--jobs=32", "--resolver"]);
            check.arg(self.addresses.dns.to_string());
            check.arg("--ca-file").arg(&self.roots);
            check.args(["--no-authority", "--no-revocation", "--no-compare"]);
            // A busy machine is no defect.
            check.args(["--timeout=1m", "--deadline=5m"]);
            let mut ready = 0;
            let measured = measure(&mut check, |line| {
                ready += usize::from(line.contains(r#""verdict":"ready""#));
            });
            assert_eq!(ready, count, "every domain is ready");
            measured
        }

        /// New handshakes one after the other, and how many there were.
        fn openssl(&self) -> Option<(usize, Measured)> {
            let mut openssl = Command::new("openssl");
            openssl.args(["s_time", "-new", "-time", &SECONDS.to_string(), "-connect"]);
            openssl.arg(self.addresses.server.to_string());
            let mut connections = None;
            let mut measured = measure(&mut openssl, |line| {
                // "2541 connections in 6 real seconds, 0 bytes read per connection"
                if let Some((count, _)) = line.split_once(" connections in ")
                    && line.contains("real seconds")
                {
                    connections = count.parse().ok();
                }
            });
            // It counts to the end of a second of the clock.
            measured.elapsed = measured.elapsed.max(Duration::from_secs(SECONDS.into()));
            connections.map(|connections| (connections, measured))
        }
    }

    impl Drop for World {
        /// It ends with its standard input.
        fn drop(&mut self) {
            drop(self.process.stdin.take());
            let _ = self.process.wait();
        }
    }

    fn write(name: &str, content: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, content).expect("the target directory is writable");
        path
    }
}
