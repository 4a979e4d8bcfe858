//! `xfed serve` under two hundred scrapes at a time, each of a domain of its own, one of ten of which is
//! silent: whether all are answered rightly and in time, how long that takes beside a plain check, and
//! whether the memory stays as it is.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::measured::memory_mb;
use super::million::{self, Addresses};

/// So many at a time, and one of so many is silent.
const AT_ONCE: usize = 200;
const SILENT_EACH: usize = 10;
/// What Prometheus waits for, unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many checks are the yardstick.
const CHECKS: usize = 20;

/// An answer: whether it was right, and how long it took.
struct Scraped {
    is_silent: bool,
    is_right: bool,
    took: Duration,
}

/// Scrapes so long, and prints what came of it.
pub fn run(addresses: &Addresses, roots: &Path, config: &Path, seconds: u64) {
    let is_silent = |index: usize| index.is_multiple_of(SILENT_EACH);
    let mut text = format!(
        "resolver = [\"{}\"]\nca-file = \"{}\"\nno-authority = true\nno-revocation = true\n\
         no-compare = true\n",
        addresses.dns,
        roots.display()
    );
    for index in 0..AT_ONCE {
        let at = if is_silent(index) {
            addresses.silent
        } else {
            addresses.server(index)
        };
        let domain = million::domain(index);
        writeln!(
            text,
            "[[domain]]\nname = \"{domain}\"\nconnect-to = [\"{at}\"]"
        )
        .expect("memory");
    }
    std::fs::write(config, text).expect("the target directory is writable");
    let plain = plain(config);
    let service = Service::start(config);
    let end = Instant::now() + Duration::from_secs(seconds);
    let half = Instant::now() + Duration::from_secs(seconds / 2);
    let (all, early) = thread::scope(|scope| {
        let scrapers: Vec<_> = (0..AT_ONCE)
            .map(|index| {
                let service = &service;
                scope.spawn(move || {
                    let mut all = Vec::new();
                    while Instant::now() < end {
                        all.push(scrape(service.address, index, is_silent(index)));
                    }
                    all
                })
            })
            .collect();
        thread::sleep(half.saturating_duration_since(Instant::now()));
        let early = memory_mb(service.process.id());
        let all = scrapers.into_iter();
        let all = all.flat_map(|one| one.join().expect("it only asks"));
        (all.collect::<Vec<_>>(), early)
    });
    let late = memory_mb(service.process.id());
    let wrong = all.iter().filter(|one| !one.is_right).count();
    let beyond = all.iter().filter(|one| one.took > PATIENCE).count();
    let mut answering: Vec<Duration> = all
        .iter()
        .filter(|one| !one.is_silent)
        .map(|one| one.took)
        .collect();
    answering.sort_unstable();
    let at = |percent: usize| answering[(answering.len() - 1) * percent / 100];
    let ratio = |one: Duration| one.as_secs_f64() / plain.as_secs_f64();
    println!("{AT_ONCE} scrapes at a time, one of {SILENT_EACH} of a silent server, {seconds} s");
    println!(
        "  {} answers, {wrong} wrong, {beyond} beyond {} s; a plain check: {:.1} ms",
        all.len(),
        PATIENCE.as_secs(),
        plain.as_secs_f64() * 1000.0
    );
    println!(
        "  p50 {:.1} ms ({:.1} plain checks), p99 {:.1} ms ({:.1}); memory {early:.0} MB at half time, \
         {late:.0} MB at the end",
        at(50).as_secs_f64() * 1000.0,
        ratio(at(50)),
        at(99).as_secs_f64() * 1000.0,
        ratio(at(99)),
    );
    assert_eq!(wrong, 0, "every answer is right");
}

/// The median of some checks of one of the domains, one after the other.
fn plain(config: &Path) -> Duration {
    let mut took: Vec<Duration> = (0..CHECKS)
        .map(|_| {
            let began = Instant::now();
            let status = Command::new(env!("CARGO_BIN_EXE_xfed"))
                .env_clear()
                .args(["check", &million::domain(1), "-q", "--config"])
                .arg(config)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(status.expect("it runs").success());
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[took.len() / 2]
}

fn scrape(address: SocketAddr, index: usize, is_silent: bool) -> Scraped {
    let began = Instant::now();
    let domain = million::domain(index);
    let mut stream = TcpStream::connect(address).expect("it listens");
    let asked = format!(
        "GET /probe?target={domain} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         X-Prometheus-Scrape-Timeout-Seconds: {}\r\n\r\n",
        PATIENCE.as_secs()
    );
    stream.write_all(asked.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let success = u8::from(!is_silent);
    let is_right = answer.starts_with("HTTP/1.1 200")
        && answer.contains(&format!("\nprobe_success {success}\n"))
        && answer.contains(&format!("domain=\"{domain}\""));
    Scraped {
        is_silent,
        is_right,
        took: began.elapsed(),
    }
}

struct Service {
    process: Child,
    address: SocketAddr,
}

impl Service {
    fn start(config: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_xfed"))
            .env_clear()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let mut stderr = BufReader::new(process.stderr.take().expect("piped"));
        stderr.read_line(&mut line).expect("it says where");
        let address = line.trim_end().rsplit("://").next();
        let address = address.and_then(|address| address.parse().ok());
        Self {
            process,
            address: address.unwrap_or_else(|| panic!("{line}")),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
