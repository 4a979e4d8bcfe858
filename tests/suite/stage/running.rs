//! The program while it runs.

use std::io::{Read, Write};
use std::process::Child;

/// The program while it runs; it ends with its test.
pub struct Running(pub(super) Child);

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
