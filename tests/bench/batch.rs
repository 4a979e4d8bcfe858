//! How fast xfed is with many domains: `cargo bench --bench batch`. The world they live in is a process
//! of its own (this program once more), so that the time of the client and that of the servers are told
//! apart. Beside it stands what OpenSSL does on the same server: a handshake, of the five things that a
//! check is; the same list where every tenth address is silent; and a service that is scraped by two hundred
//! at a time. Asserts no time, but that every
//! other domain is ready.
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
#[path = "batch/scrapes.rs"]
mod scrapes;
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
    use super::scrapes;

    /// The least of these is the yardstick for the memory of the others.
    const DOMAINS: &str = "1000,10000,100000";
    /// A list in which one of so many is silent, and how long it is: the last of those may be waited for
    /// when all others are done.
    const SILENT_EACH: usize = 10;
    const BESIDE_SILENCE: usize = 5000;
    /// So long a service is scraped, in seconds.
    const SCRAPED: u64 = 60;
    /// So long OpenSSL connects.
    const SECONDS: u8 = 5;

    pub fn run() {
        let world = World::start();
        scrapes::run(
            &world.addresses,
            &world.roots,
            &write("batch-serve.toml", ""),
            SCRAPED,
        );
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
            let measured = world.check(List {
                count,
                jobs: Some(32),
                silent: false,
            });
            let memory = measured.most_memory_mb;
            let grown = memory / *first.get_or_insert(memory);
            println!(
                "{count:>10}{:>12.0}{:>13.2} ms{memory:>9.0} MB  {grown:.2}",
                measured.rate(count),
                measured.cpu_of_each(count),
            );
            last = Some((count, measured));
        }
        beside_silence(&world);
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

    /// How much of the pace is left where one of ten is silent.
    fn beside_silence(world: &World) {
        println!(
            "{:>10}{:>12}{:>16}{:>12}",
            "--jobs", "a second", "a tenth silent", "ratio"
        );
        for jobs in [None, Some(32), Some(64)] {
            let [without, with] = [false, true].map(|silent| {
                let count = BESIDE_SILENCE;
                let list = List {
                    count,
                    jobs,
                    silent,
                };
                world.check(list).rate(count)
            });
            let said = jobs.map_or_else(|| "none".to_owned(), |jobs| jobs.to_string());
            println!(
                "{said:>10}{without:>12.0}{with:>16.0}{:>12.2}",
                with / without
            );
        }
    }

    /// What is checked at a time.
    #[derive(Clone, Copy)]
    struct List {
        count: usize,
        /// `--jobs`.
        jobs: Option<usize>,
        /// One of ten is silent.
        silent: bool,
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

        fn check(&self, asked: List) -> Measured {
            let mut list = String::new();
            let is_silent = |index: usize| asked.silent && index.is_multiple_of(SILENT_EACH);
            for index in 0..asked.count {
                let domain = million::domain(index);
                let address = if is_silent(index) {
                    self.addresses.silent
                } else {
                    self.addresses.server(index)
                };
                writeln!(list, "{domain} connect-to={address}").expect("memory is there");
            }
            let list = write("batch-list.txt", &list);
            let mut check = Command::new(env!("CARGO_BIN_EXE_xfed"));
            check.env_clear().env("LANG", "C.UTF-8");
            check.arg("check").arg("--targets").arg(list);
            if let Some(jobs) = asked.jobs {
                check.arg(format!("--jobs={jobs}"));
            }
            check.args(["--format=jsonl", "--resolver"]);
            check.arg(self.addresses.dns.to_string());
            check.arg("--ca-file").arg(&self.roots);
            check.args(["--no-authority", "--no-revocation", "--no-compare"]);
            // A busy machine is no defect; but that silence is waited for is what it is about.
            if !asked.silent {
                check.args(["--timeout=1m", "--deadline=5m"]);
            }
            let mut ready = 0;
            let (measured, code) = measure(&mut check, |line| {
                ready += usize::from(line.contains(r#""verdict":"ready""#));
            });
            let silent = (0..asked.count).filter(|index| is_silent(*index)).count();
            assert_eq!(ready + silent, asked.count, "every domain is ready");
            assert_eq!(code, Some(i32::from(silent > 0)), "{check:?}");
            measured
        }

        /// New handshakes one after the other, and how many there were.
        fn openssl(&self) -> Option<(usize, Measured)> {
            let mut openssl = Command::new("openssl");
            openssl.args(["s_time", "-new", "-time", &SECONDS.to_string(), "-connect"]);
            openssl.arg(self.addresses.server(0).to_string());
            let mut connections = None;
            let (mut measured, code) = measure(&mut openssl, |line| {
                // "2541 connections in 6 real seconds, 0 bytes read per connection"
                if let Some((count, _)) = line.split_once(" connections in ")
                    && line.contains("real seconds")
                {
                    connections = count.parse().ok();
                }
            });
            assert_eq!(code, Some(0), "{openssl:?}");
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
