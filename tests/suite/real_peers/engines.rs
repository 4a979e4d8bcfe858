//! The engines in `examples/engines/`, which spread a list over processes and machines: whoever dies
//! in the middle, no domain is lost and none is there twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::peer::{Peer, Place};
use super::{left_out, path, yaml};
use crate::stage::{Folder, say_left_out};
use crate::world::{Behaviour, Dns, RecordType};

/// Each answer of the name server takes so long that whoever is killed is in the middle of it.
const DELAY: Duration = Duration::from_millis(300);

fn engine(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/engines");
    folder.join(name)
}

fn domain(index: usize) -> String {
    format!("d{index}.example")
}

/// A list of domains, a name server that knows none of them, and a folder with `xfed` on the path.
struct Campaign {
    folder: Folder,
    dns: Dns,
    count: usize,
}

impl Campaign {
    fn of(count: usize) -> Self {
        let folder = Folder::new();
        let list: String = (0..count).map(|index| domain(index) + "\n").collect();
        folder.write("list", &format!("# ours\n\n{list}"));
        Self {
            folder,
            dns: Dns::zone("example", "").delay(DELAY),
            count,
        }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let xfed = Path::new(env!("CARGO_BIN_EXE_xfed"));
        let bin = xfed.parent().expect("it lies in a folder");
        let mut paths = bin.as_os_str().to_owned();
        paths.push(":");
        paths.push(path());
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", paths)
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .env("XFED_RESOLVER", self.dns.address().to_string())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// As soon as this domain is being checked.
    fn await_check_of(&self, index: usize) {
        let name = format!("_sipfederationtls._tcp.{}", domain(index));
        self.dns.await_question(&name, RecordType::SRV, 1);
    }

    /// Lets nobody have an answer about this domain, so that its check goes on, or lets them.
    fn holds(&self, domain: &str, is_held: bool) {
        let behaviour = if is_held {
            Behaviour::Silent
        } else {
            Behaviour::Normal
        };
        self.dns.now(domain, RecordType::ANY, behaviour);
    }

    /// Each domain of the list has one report.
    fn is_whole(&self, results: &str) {
        let mut reports: BTreeMap<String, usize> = BTreeMap::new();
        for line in results.lines() {
            let line: Value = serde_json::from_str(line).expect("whole lines of JSON");
            let domain = line["report"]["domain"].as_str().expect("a domain");
            *reports.entry(domain.to_owned()).or_default() += 1;
        }
        let expected = (0..self.count).map(|index| (domain(index), 1));
        assert_eq!(reports, expected.collect());
    }

    /// Something was begun that had to be begun again.
    fn was_disturbed(&self) {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let questions = self.dns.questions();
        for (name, _) in questions
            .iter()
            .filter(|(_, kind)| *kind == RecordType::SRV)
        {
            *asked.entry(name.clone()).or_default() += 1;
        }
        let (least, most) = (asked.values().min(), asked.values().max());
        assert!(least < most, "{asked:?}");
    }
}

/// Ends with its test.
struct Started(Child);

impl Started {
    fn kill(&self) {
        kill(Pid::from_child(&self.0));
    }

    /// Kills one of the checks that this has started, if there is one.
    fn kill_a_check(&self) -> bool {
        let own = Pid::from_child(&self.0).as_raw_nonzero().get();
        let mut processes = BTreeMap::new();
        for entry in std::fs::read_dir("/proc").expect("Linux has it").flatten() {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            // PID (NAME) STATE PARENT …
            if let Some((head, rest)) = stat.rsplit_once(") ")
                && let Some((pid, name)) = head.split_once(" (")
            {
                let number = |text: &str| text.parse::<i32>().expect("a number");
                let parent = rest.split(' ').nth(1).map_or(0, number);
                processes.insert(number(pid), (name.to_owned(), parent));
            }
        }
        let is_below = |mut pid: i32| {
            while pid != own {
                match processes.get(&pid) {
                    Some((_, parent)) => pid = *parent,
                    None => return false,
                }
            }
            true
        };
        let mut checks = processes.iter().filter(|(_, (name, _))| name == "xfed");
        let check = checks.find(|(pid, _)| is_below(**pid));
        let check = check.and_then(|(pid, _)| Pid::from_raw(*pid));
        check.inspect(|check| kill(*check)).is_some()
    }

    fn end(mut self) -> (Option<i32>, String, String) {
        let read = |from: Option<&mut dyn std::io::Read>| {
            let mut text = String::new();
            let from = from.expect("piped");
            from.read_to_string(&mut text).expect("UTF-8");
            text
        };
        let stdout = read(self.0.stdout.as_mut().map(|it| it as _));
        let stderr = read(self.0.stderr.as_mut().map(|it| it as _));
        let status = self.0.wait().expect("it is our own");
        (status.code(), stdout, stderr)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn kill(process: Pid) {
    kill_process(process, Signal::KILL).expect("it runs, and is our own");
}

#[test]
fn gnu_parallel_does_the_block_of_a_worker_that_was_killed_again() {
    if left_out() {
        return;
    }
    let campaign = Campaign::of(24);
    let run = || {
        let mut command = campaign.command(engine("parallel.sh"));
        command
            .args(["list", "out", "--no-authority"])
            .env("BLOCK", "6");
        Started(command.spawn().expect("a script"))
    };
    let started = run();
    campaign.await_check_of(3);
    assert!(started.kill_a_check());
    let (code, _, stderr) = started.end();
    assert_eq!(code, Some(0), "{stderr}");
    let results = || std::fs::read_to_string(campaign.folder.file("out/results.jsonl"));
    campaign.is_whole(&results().expect("it was written"));
    campaign.was_disturbed();
    // Called again, there is nothing left to do, and a block that is missing is made up for.
    let before = campaign.dns.questions().len();
    assert_eq!(run().end().0, Some(0));
    assert_eq!(campaign.dns.questions().len(), before);
    std::fs::remove_file(campaign.folder.file("out/blocks/aaaaab.jsonl")).expect("it is there");
    assert_eq!(run().end().0, Some(0));
    campaign.is_whole(&results().expect("it was written"));
}

/// What cannot run is not called checked.
#[test]
fn gnu_parallel_says_which_blocks_are_missing() {
    if left_out() {
        return;
    }
    let campaign = Campaign::of(2);
    let mut command = campaign.command(engine("parallel.sh"));
    command.args(["list", "out", "--jobs=none"]);
    let (code, _, stderr) = Started(command.spawn().expect("a script")).end();
    assert_eq!(code, Some(3), "{stderr}");
    assert!(
        stderr.contains("not checked: out/blocks/aaaaaa"),
        "{stderr}"
    );
    assert!(!campaign.folder.file("out/results.jsonl").exists());
}

/// A Python that knows `nats-py`: `.ci/run` makes it.
fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let python = target
        .expect("the target directory")
        .join("nats/bin/python3");
    let is_there = python.exists();
    if !is_there {
        say_left_out("there is no Python with nats-py");
    }
    is_there.then_some(python)
}

#[test]
fn jetstream_gives_the_lines_of_a_worker_that_was_killed_to_another() {
    if left_out() {
        return;
    }
    let Some(python) = python() else { return };
    let campaign = Campaign::of(40);
    let watched = domain(35);
    campaign.holds(&watched, true);
    let place = Place::free();
    let port = place.address.port().to_string();
    let store = campaign.folder.utf8("store");
    let mut server = Peer::start(
        "nats-server",
        &["-js", "-sd", &store, "-a", "127.0.0.1", "-p", &port],
    );
    server.logs(|line| line.contains("Server is ready"));
    let run = |args: &[&str]| {
        let mut command = campaign.command(&python);
        command.arg(engine("jetstream.py")).args(args);
        command.env("NATS_URL", format!("nats://{}", place.address));
        command.env("ACK_WAIT", "5");
        Started(command.spawn().expect("Python is there"))
    };
    // Twice the same list is once.
    for _ in 0..2 {
        let (code, _, stderr) = run(&["fill", "list"]).end();
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
    }
    // Who is held waits until the other answers come, and on a slow machine as long.
    let work = || run(&["work", "--no-authority", "--timeout=20s", "--deadline=40s"]);
    let killed = work();
    campaign.await_check_of(5);
    killed.kill();
    let (one, other) = (work(), work());
    campaign.await_check_of(35);
    assert!(one.kill_a_check() || other.kill_a_check());
    campaign.holds(&watched, false);
    for worker in [one, other] {
        let (code, _, stderr) = worker.end();
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
    }
    let (code, results, stderr) = run(&["collect"]).end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    campaign.is_whole(&results);
    campaign.was_disturbed();
}

/// Runs the script of one part with a program in the place of xfed that says how it was called, and
/// ends with this code.
fn part(run: impl FnOnce(&mut Command), code: i32) -> (Option<i32>, String) {
    let folder = Folder::new();
    let bin = folder.utf8("bin");
    std::fs::create_dir(&bin).expect("a new directory");
    let xfed = folder.write(
        "bin/xfed",
        &format!("#!/bin/sh\necho \"$@\" >called\nexit {code}\n"),
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(xfed, executable).expect("our own");
    folder.write("list.txt", "zahnfee.de\n");
    let mut command = Command::new("bash");
    let mut paths = std::ffi::OsString::from(bin + ":");
    paths.push(path());
    command
        .env_clear()
        .env("PATH", paths)
        .current_dir(folder.path());
    run(&mut command);
    let ended = command.status().expect("it runs");
    let called = std::fs::read_to_string(folder.file("called"));
    (ended.code(), called.unwrap_or_default())
}

/// What came of the domains is no failure of the job; that they could not be checked is one.
const CODES: [(i32, i32); 5] = [(0, 0), (1, 0), (3, 0), (2, 2), (137, 137)];

#[test]
fn slurm_checks_a_part_for_each_task() {
    for (ended, code) in CODES {
        let slurm = |command: &mut Command| {
            command.arg(engine("slurm.sh"));
            command.args(["list.txt", "out", "--no-authority"]);
            command.env("SLURM_ARRAY_TASK_MIN", "1");
            command.env("SLURM_ARRAY_TASK_ID", "3");
            command.env("SLURM_ARRAY_TASK_COUNT", "16");
        };
        let (status, called) = part(slurm, ended);
        assert_eq!(status, Some(code));
        let expected =
            "check - --format jsonl --shard 3/16 --out out/3.jsonl --resume --no-authority\n";
        assert_eq!(called, expected);
    }
}

#[test]
fn kubernetes_checks_a_part_for_each_index() {
    if left_out() {
        return;
    }
    let job = yaml(&engine("kubernetes.yaml"));
    assert_eq!(job["spec"]["completionMode"], "Indexed");
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    // Parts and pods are as many.
    let parts = &container["env"][0];
    assert_eq!(parts["name"], "PARTS");
    assert_eq!(parts["value"], job["spec"]["completions"].to_string());
    let words: Vec<String> = ["command", "args"]
        .iter()
        .flat_map(|key| container[key].as_array().expect("words"))
        .map(text)
        .collect();
    let [shell, flag, script] = words.as_slice() else {
        panic!("{words:?}");
    };
    assert_eq!((shell.as_str(), flag.as_str()), ("/bin/sh", "-c"));
    for (ended, code) in CODES {
        let pod = |command: &mut Command| {
            // Debian's, as in the image.
            command.args(["-c", "exec /bin/sh -c \"$0\"", script]);
            command.env("PARTS", "16").env("JOB_COMPLETION_INDEX", "2");
        };
        let (status, called) = part(pod, ended);
        assert_eq!(status, Some(code));
        let expected = "check - --format jsonl --shard 3/16 --out 3.jsonl --resume\n";
        assert_eq!(called, expected);
    }
}

/// The parts of a list, one of which was killed and is started again, as Slurm does with `--requeue`.
#[test]
fn the_parts_of_a_list_are_all_of_it() {
    if left_out() {
        return;
    }
    let campaign = Campaign::of(12);
    let part = |number: &str| {
        let mut command = campaign.command(engine("slurm.sh"));
        command.args(["list", "out", "--no-authority", "--jobs=1"]);
        command.env("SLURM_ARRAY_TASK_MIN", "1");
        command.env("SLURM_ARRAY_TASK_ID", number);
        command.env("SLURM_ARRAY_TASK_COUNT", "3");
        Started(command.spawn().expect("a script"))
    };
    let begun = part("1");
    while campaign.dns.questions().is_empty() {
        std::thread::yield_now();
    }
    assert!(begun.kill_a_check());
    let (code, _, stderr) = begun.end();
    assert!(
        code.is_some_and(|code| code != 0),
        "it was killed: {stderr}"
    );
    for number in ["1", "2", "3"] {
        let (code, _, stderr) = part(number).end();
        assert_eq!(code, Some(0), "{stderr}");
    }
    let read =
        |number| std::fs::read_to_string(campaign.folder.file(&format!("out/{number}.jsonl")));
    let results: String = (1..=3)
        .map(|number| read(number).expect("it was written"))
        .collect();
    campaign.is_whole(&results);
}

/// Short enough to be read before it is run, and without what ShellCheck finds.
#[test]
fn the_scripts_are_short_and_sound() {
    if left_out() {
        return;
    }
    let folder = engine("");
    for entry in std::fs::read_dir(&folder).expect("the engines").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("text");
        assert!(text.lines().count() <= 60, "{}", entry.path().display());
    }
    let mut shellcheck = Command::new("shellcheck");
    shellcheck.args([engine("parallel.sh"), engine("slurm.sh")]);
    let output = shellcheck.output().expect("it is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}
