//! Values and files without an end: each has a bound, and the message names it.

use std::path::Path;

use crate::stage::{Run, Stage, file};

/// Asserts that nothing is done but to say this.
#[track_caller]
fn refuses(run: Run, says: &[&str]) {
    let (code, stdout, stderr) = run.text();
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(says.iter().all(|part| stderr.contains(part)), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

fn check() -> Run {
    Run::new("check").nowhere().arg("zahnfee.de")
}

#[test]
fn no_limit_is_longer_than_a_day() {
    const AGES: &str = "300000000000y";
    let day = "at most one day (24h)";
    for (option, variable, most) in [
        ("--deadline", "XFED_DEADLINE", day),
        ("--timeout", "XFED_TIMEOUT", day),
        ("--interval", "XFED_INTERVAL", day),
        ("--wait", "XFED_WAIT", "at most seven days (168h)"),
    ] {
        refuses(check().arg(option).arg(AGES), &[option, AGES, most]);
        refuses(check().env(variable, AGES), &[AGES, most]);
        refuses(check().arg(option).arg("169h"), &[option, "169h", most]);
    }
    refuses(check().arg("--timeout=24h1s"), &["--timeout", day]);
    let plan = Run::new("plan").args(&["zahnfee.de", "--timeout", AGES]);
    refuses(plan, &["--timeout", day]);
}

#[test]
fn a_day_is_not_too_long() {
    let stage = Stage::new();
    let server = stage.server().start();
    let run = stage.check().connect_to(&server);
    let outcome = run.args(&["--timeout=24h", "--deadline=1day"]).run();
    assert_eq!(outcome.code, 0);
}

#[cfg(unix)]
#[test]
fn files_that_never_end_are_given_up() {
    let zero = "/dev/zero";
    for (run, most) in [
        (
            Run::new("check").nowhere().args(&["--targets", zero]),
            "4 MiB",
        ),
        (check().args(&["--config", zero]), "1 MiB"),
        (check().env("XFED_CONFIG", zero), "1 MiB"),
        (check().args(&["--ca-file", zero]), "16 MiB"),
        (
            check().args(&["--client-cert", zero, "--client-key", zero]),
            "16 MiB",
        ),
        (Run::new("replay").arg(zero), "64 MiB"),
    ] {
        refuses(run, &[zero, most]);
    }
    let folder = crate::stage::Folder::new();
    std::os::unix::fs::symlink(zero, folder.file("xfed.toml")).expect("a link");
    refuses(check().within(folder.path()), &["xfed.toml", "1 MiB"]);
}

/// What is larger than the bound by one byte, on standard input, too.
#[test]
fn a_list_has_room_up_to_its_bound() {
    let list = |size: usize| {
        let mut list = "zahnfee.de #".to_owned();
        list.extend(std::iter::repeat_n('x', size - list.len()));
        list
    };
    let most = 4 * 1024 * 1024;
    let stage = Stage::with_srv("");
    let run = |list: &Path| {
        let run = Run::new("check").nowhere().arg("--targets").arg(list);
        let resolver = stage.dns.address().to_string();
        run.args(&["--format=json", "--resolver", &resolver])
    };
    let outcome = run(file(&list(most)).path()).run();
    assert_eq!(outcome.report()["domain"], "zahnfee.de");
    refuses(run(file(&list(most + 1)).path()), &["4 MiB"]);
    refuses(
        run(Path::new("-")).fed(list(most + 1).as_bytes()),
        &["-", "4 MiB"],
    );
}

/// In the user's language.
#[cfg(unix)]
#[test]
fn the_bound_is_named_in_german() {
    let run = Run::new("replay").args(&["/dev/zero", "--lang=de"]);
    refuses(run, &["/dev/zero", "mehr als 64 MiB"]);
}
