//! What a process took: time, CPU, and the most memory that it had at a time.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Linux counts CPU by these, whatever its timer does.
const TICKS_PER_SECOND: f64 = 100.0;
/// A run of seconds grows slowly enough to be seen by this.
const LOOK: Duration = Duration::from_millis(10);

pub struct Measured {
    pub elapsed: Duration,
    pub cpu_seconds: f64,
    pub most_memory_mb: f64,
}

impl Measured {
    #[allow(clippy::cast_precision_loss, reason = "a million fits")]
    pub fn rate(&self, count: usize) -> f64 {
        count as f64 / self.elapsed.as_secs_f64()
    }

    /// In milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "a million fits")]
    pub fn cpu_of_each(&self, count: usize) -> f64 {
        self.cpu_seconds * 1000.0 / count as f64
    }
}

/// Runs a command to its end, and shows each line that it prints. Returns its exit code, too.
pub fn measure(command: &mut Command, mut line: impl FnMut(&str)) -> (Measured, Option<i32>) {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let process = child.id();
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let is_done = AtomicBool::new(false);
    let most_memory_mb = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most: f64 = 0.0;
            while !is_done.load(Ordering::Relaxed) {
                most = most.max(memory_mb(process));
                thread::sleep(LOOK);
            }
            most
        });
        for next in stdout.lines() {
            line(&next.expect("it prints text"));
        }
        is_done.store(true, Ordering::Relaxed);
        watch.join().expect("it only looks")
    });
    // Until it is waited for, what it took can be read.
    let cpu_seconds = loop {
        let (state, seconds) = cpu(process);
        if state == "Z" {
            break seconds;
        }
        thread::sleep(LOOK);
    };
    let elapsed = start.elapsed();
    let status = child.wait().expect("it is our own");
    let measured = Measured {
        elapsed,
        cpu_seconds,
        most_memory_mb,
    };
    (measured, status.code())
}

/// 0 once it has ended.
pub fn memory_mb(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|most| most.trim().strip_suffix(" kB"));
    let kib: f64 = most.and_then(|most| most.parse().ok()).unwrap_or_default();
    kib / 1024.0
}

/// State and CPU of a process that was not waited for.
fn cpu(process: u32) -> (String, f64) {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it is there");
    let (_, rest) = stat.rsplit_once(") ").expect("its name is in brackets");
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    (
        fields[0].to_owned(),
        (ticks(11) + ticks(12)) / TICKS_PER_SECOND,
    )
}
