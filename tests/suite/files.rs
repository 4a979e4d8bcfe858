//! `--report FORMAT=FILE`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::output::EVERY_STATUS;
use crate::stage::{Folder, Run, Stage};

fn replay() -> Run {
    Run::new("replay").arg(EVERY_STATUS).arg("--lang=en")
}

fn report(run: Run, format: &str, file: &Path) -> Run {
    run.arg("--report")
        .arg(format!("{format}={}", file.display()))
}

fn verdicts(json: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(json).expect("a whole document");
    let reports = document["reports"].as_array().expect("reports");
    reports
        .iter()
        .map(|report| report["verdict"].as_str().expect("a verdict").to_owned())
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn several_reports_of_one_run() {
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = Folder::new();
    let [json, table] = ["report.json", "report.txt"].map(|name| folder.file(name));
    let run = stage.check().connect_to(&server);
    let run = run.args(&["--lang=en", "--format=table", "--color=always"]);
    let (code, stdout, stderr) = report(report(run, "json", &json), "table", &table).text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains('\u{1b}'), "colours where they are wanted");
    let json = fs::read_to_string(json).expect("it was written");
    assert_eq!(verdicts(&json), ["ready"]);
    let table = fs::read_to_string(table).expect("it was written");
    assert!(table.starts_with("zahnfee.de is ready") && table.contains('✔'));
    assert!(!table.contains('\u{1b}'), "no colours in a file");
    assert_eq!(names(folder.path()), ["report.json", "report.txt"]);
}

#[test]
fn by_the_environment() {
    let folder = Folder::new();
    let [json, table] = ["a.json", "a.txt"].map(|name| folder.file(name));
    let list = format!("json={},table={}", json.display(), table.display());
    let (code, _, _) = replay().env("XFED_REPORT", &list).text();
    assert_eq!(code, 1);
    assert!(json.exists() && table.exists());
}

/// What another process may be reading is never half a report.
#[test]
fn an_old_file_is_replaced_as_a_whole() {
    let folder = Folder::new();
    let file = folder.file("report.json");
    fs::write(&file, "x".repeat(1_000_000)).expect("a file");
    report(replay(), "json", &file).text();
    let json = fs::read_to_string(&file).expect("it was written");
    assert_eq!(verdicts(&json).len(), 3);
    assert_eq!(names(folder.path()), ["report.json"]);
}

#[test]
fn what_cannot_be_written_is_said_before_anybody_is_asked() {
    let stage = Stage::new();
    let folder = Folder::new();
    let plain = folder.file("plain");
    fs::write(&plain, "").expect("a file");
    let inside = |name: &str| folder.file(name).display().to_string();
    for (reports, says) in [
        (vec!["json".to_owned()], "FORMAT=FILE"),
        (vec!["json=".to_owned()], "FORMAT=FILE"),
        (vec!["json=-".to_owned()], "--format"),
        (vec!["jsno=x".to_owned()], "json, "),
        (vec![format!("json={}", inside("no/such"))], "no/such"),
        (vec![format!("json={}", inside("plain/x"))], "plain/x"),
        (vec![format!("json={}", inside(""))], "irectory"),
        (
            vec![
                format!("json={}", inside("one")),
                format!("table={}", inside("./one")),
            ],
            "another report",
        ),
    ] {
        let mut run = stage.check().nowhere().arg("--lang=en");
        for report in &reports {
            run = run.args(&["--report", report]);
        }
        let (code, stdout, stderr) = run.text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{reports:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let value = reports.last().expect("one at least");
        let named = stderr.contains("--report") && stderr.contains(value.as_str());
        assert!(named && stderr.contains(says), "{stderr}");
    }
    assert_eq!(stage.dns.questions(), [], "before anybody is asked");
    assert_eq!(names(folder.path()), ["plain"], "nothing is left behind");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::{Command, Stdio};

    use super::*;

    fn mode(file: &Path) -> u32 {
        let metadata = fs::metadata(file).expect("it was written");
        metadata.permissions().mode() & 0o7777
    }

    fn under(shell: &str, folder: &Folder) -> Command {
        let mut command = Command::new("sh");
        command
            .current_dir(folder.path())
            .args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_xfed"))
            .args(["replay", EVERY_STATUS])
            .args(["--report", "json=report.json"]);
        command
    }

    #[test]
    fn rights_are_those_of_the_umask_or_of_the_file_that_was_there() {
        for (umask, expected) in [("umask 022", 0o644), ("umask 077", 0o600)] {
            let folder = Folder::new();
            let output = under(umask, &folder).output().expect("there is a shell");
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            assert_eq!(mode(&folder.file("report.json")), expected);
        }
        let folder = Folder::new();
        let file = folder.file("report.json");
        fs::write(&file, "old").expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).expect("our own file");
        report(replay(), "json", &file).text();
        assert_eq!(mode(&file), 0o664);
    }

    /// A program that is killed while it writes, here by a limit on the size of files.
    #[test]
    fn a_run_that_is_killed_leaves_the_old_report() {
        let folder = Folder::new();
        let file = folder.file("report.json");
        fs::write(&file, "old").expect("a file");
        let limit = "ulimit -c 0; ulimit -f 1";
        let output = under(limit, &folder).output().expect("there is a shell");
        assert_ne!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(fs::read_to_string(&file).expect("still there"), "old");
    }

    #[test]
    fn behind_a_link_the_target_is_replaced() {
        let folder = Folder::new();
        let [target, link, further, dangling, new] =
            ["target", "link", "further", "dangling", "new"].map(|name| folder.file(name));
        fs::write(&target, "old").expect("a file");
        symlink("target", &link).expect("a link");
        symlink(&link, &further).expect("a link");
        symlink("new", &dangling).expect("a link");
        let run = report(replay(), "json", &further);
        let (code, _, stderr) = report(run, "json", &dangling).text();
        assert_eq!((code, stderr.as_str()), (1, ""));
        for link in [link, further.clone(), dangling] {
            assert!(link.is_symlink(), "{link:?}");
        }
        for file in [target.clone(), new] {
            let json = fs::read_to_string(file).expect("it was written");
            assert_eq!(verdicts(&json).len(), 3);
        }
        let run = report(report(replay(), "json", &target), "table", &further);
        assert_eq!(run.text().0, 2, "two names of one file");
        let circle = folder.file("circle");
        symlink("circle", &circle).expect("a link");
        assert_eq!(report(replay(), "json", &circle).text().0, 2);
    }

    #[test]
    fn what_is_no_file_is_written_to() {
        let (_, _, stderr) = report(replay(), "json", Path::new("/dev/stderr")).text();
        assert_eq!(verdicts(&stderr).len(), 3);
        let (code, _, _) = report(replay(), "json", Path::new("/dev/null")).text();
        assert_eq!(code, 1);
        assert!(!fs::metadata("/dev/null").expect("a device").is_file());
        // Two names of what is open already, and a file behind it that others write to as well.
        let folder = Folder::new();
        let log = folder.file("log");
        let mut command = under("echo before >log; exec 2>>log; echo and >&2", &folder);
        command.args(["--report", "json=/dev/stderr"]);
        command
            .args(["--report", "json=/dev/fd/2"])
            .stdout(Stdio::null());
        assert_eq!(command.status().expect("a shell").code(), Some(1));
        let log = fs::read_to_string(log).expect("it was written");
        let json = log.strip_prefix("before\nand\n").expect("nothing is lost");
        assert_eq!(json.matches("\"schema\": 1").count(), 2);
    }

    #[test]
    fn a_fifo_is_written_to() {
        let folder = Folder::new();
        let fifo = folder.file("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status();
        assert!(made.expect("there is a shell").success());
        let (json, code) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| fs::read_to_string(&fifo).expect("a whole report"));
            let (code, _, _) = report(replay(), "json", &fifo).text();
            (reader.join().expect("it reads"), code)
        });
        assert_eq!((verdicts(&json).len(), code), (3, 1));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_that_cannot_be_written_does_not_keep_the_others() {
        let folder = Folder::new();
        let file = folder.file("report.txt");
        let run = report(replay(), "json", Path::new("/dev/full"));
        let (code, stdout, stderr) = report(run, "table", &file).text();
        assert_eq!(code, 2);
        assert!(stdout.contains("zahnfee.de is not ready"), "{stdout}");
        assert!(stderr.contains("--report json=/dev/full"), "{stderr}");
        let table = fs::read_to_string(file).expect("it was written");
        assert_eq!(table, stdout);
    }
}
