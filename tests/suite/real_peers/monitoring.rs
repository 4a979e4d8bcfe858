//! The examples for monitoring, each read by the system that it is for, and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::peer::Peer;
use super::shell::Shell;
use super::{left_out, path};
use crate::stage::{FQDN, Stage, demanding};
use crate::world::Server;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/monitoring")
        .join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(example(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a program that has to like what it reads.
#[track_caller]
fn content(program: &str, args: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(program)
        .args(args)
        .env("PATH", path())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    assert!(status.success(), "{program}: {said}");
    said
}

/// Three worlds, with the state that a plugin gives each.
pub fn each_state(check: impl Fn(&Stage, &Server, i32)) {
    let ready = Stage::new();
    check(&ready, &ready.server().start(), 0);
    let warned = Stage::new();
    let identity = warned.authority.certificate(FQDN).rsa();
    let server = demanding(identity.server_auth_only().issue()).start();
    check(&warned, &server, 1);
    let failing = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    check(&failing, &failing.server().start(), 2);
}

const STATES: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

#[test]
fn nagios_takes_the_example_and_its_command_runs() {
    if left_out() {
        return;
    }
    let config = text("nagios.cfg");
    let line = config
        .lines()
        .find_map(|line| line.trim().strip_prefix("command_line"))
        .expect("a command");
    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server);
        let command = line.trim().replace("$ARG1$", "zahnfee.de");
        let said = shell.run(&command.replace("/usr/bin/xfed", "xfed"));
        assert_eq!(said.code, state, "{said}");
        let name = STATES[usize::try_from(state).expect("no signal")];
        let begin = format!("XFED {name} - zahnfee.de");
        assert!(said.stdout.starts_with(&begin), "{said}");
        let numbers = said
            .stdout
            .lines()
            .next()
            .and_then(|line| line.split_once(" | "));
        assert!(
            numbers.is_some_and(|(_, numbers)| numbers.contains("days_left'=")),
            "{said}"
        );
    });
    let stage = Stage::new();
    let shell = Shell::in_world(&stage, &stage.server().start());
    // What every installation has, and the example leaves to it.
    let around = "define timeperiod {\n timeperiod_name always\n alias always\n sunday 00:00-24:00\n }\n\
        define contact {\n contact_name nobody\n host_notification_period always\n service_notification_period always\n \
        host_notification_options n\n service_notification_options n\n \
        host_notification_commands check_xfed\n service_notification_commands check_xfed\n }\n";
    let around = shell.write("around.cfg", around);
    let main = format!(
        "log_file={log}\ncheck_result_path={here}\ncfg_file={example}\ncfg_file={around}\nillegal_macro_output_chars=`\nnagios_user={}\nnagios_group={}\n",
        content("id", &["-un"]).trim(),
        content("id", &["-gn"]).trim(),
        log = shell.path("log"),
        here = shell.path(""),
        example = example("nagios.cfg").display(),
    );
    let said = content("nagios4", &["-v", &shell.write("nagios.cfg", &main)]);
    assert!(said.contains("Total Warnings: 0"), "{said}");
    assert!(said.contains("Total Errors:   0"), "{said}");
}

/// Icinga itself builds the command line from the example, runs it, and says what it ended with.
#[test]
fn icinga_takes_the_example_and_runs_its_check() {
    if left_out() {
        return;
    }
    let config = text("icinga2.conf");
    let load = |shell: &Shell, config: &str| {
        let own = shell.write("xfed.conf", config);
        let main = format!(
            "include <itl>\nconst NodeName = \"here\"\nobject CheckerComponent \"checker\" {{ }}\ninclude \"{own}\"\n"
        );
        shell.write("icinga2.conf", &main)
    };
    let folders = |shell: &Shell| {
        let mut args = vec!["daemon".to_owned()];
        for folder in ["DataDir", "CacheDir", "InitRunDir", "LogDir", "SpoolDir"] {
            args.extend(["-D".to_owned(), format!("{folder}={}", shell.path(""))]);
        }
        args
    };
    let user = content("id", &["-un"]);
    let group = content("id", &["-gn"]);
    let as_is = [
        format!("ICINGA2_USER={}", user.trim()),
        format!("ICINGA2_GROUP={}", group.trim()),
        "icinga2".to_owned(),
    ];
    let words = |lists: &[&[String]]| -> Vec<String> { lists.concat() };

    let stage = Stage::new();
    let shell = Shell::in_world(&stage, &stage.server().start());
    let file = load(&shell, &config);
    let only_read = ["-C".to_owned(), "-c".to_owned(), file];
    let args = words(&[&as_is, &folders(&shell), &only_read]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = content("env", &args);
    assert!(said.contains("Instantiated 2 Services"), "{said}");
    assert!(!said.contains("warning/"), "{said}");

    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server);
        // The partner of the example is not of this world, and an hour is long.
        let here: String = config
            .lines()
            .filter(|line| !line.contains("toothfairy.uk"))
            .map(|line| line.to_owned() + "\n")
            .collect();
        let here = here
            .replace("/usr/bin/xfed", &shell.path("bin/xfed"))
            .replace("check_interval = 1h", "check_interval = 1s");
        let file = load(&shell, &here);
        let own = shell.variables();
        let log_to_stderr = ["sh", "-c", "exec \"$@\" >&2", "sh", "icinga2"].map(str::to_owned);
        let rest = ["-x", "notice", "-c", &file].map(str::to_owned);
        let args = words(&[&as_is[..2], &own, &log_to_stderr, &folders(&shell), &rest]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut icinga = Peer::start("env", &args);
        let ended = icinga.logs(|line| line.contains("terminated with exit code"));
        assert!(
            ended.contains("'--format' 'nagios' '--lang' 'de'"),
            "{ended}"
        );
        assert!(ended.contains("'check' 'zahnfee.de'"), "{ended}");
        assert!(
            ended.trim_end().ends_with(&format!("exit code {state}")),
            "{ended}"
        );
    });
}

#[test]
fn the_local_check_for_checkmk_says_a_line_per_domain() {
    if left_out() {
        return;
    }
    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server);
        let domains = shell.write("domains", "# ours\n\nzahnfee.de --lang en\n");
        let shell = shell
            .with("FEDERATION_DOMAINS", domains)
            .with("XFED", "xfed");
        let said = shell.run_file(&example("checkmk"));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said}");
        let line = said.stdout.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{said}");
        let rest = line
            .strip_prefix(&format!("{state} \"Federation zahnfee.de\" "))
            .unwrap_or_else(|| panic!("{said}"));
        let (metrics, words) = rest.split_once(' ').expect("metrics");
        for metric in metrics.split('|') {
            let (name, value) = metric.split_once('=').unwrap_or_else(|| panic!("{line}"));
            assert!(
                name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
                "{line}"
            );
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
        assert!(metrics.starts_with("days_left="), "{line}");
        assert!(words.starts_with("zahnfee.de"), "{line}");
    });
}

/// A domain that is left out or in no state is one that nobody watches.
#[test]
fn the_local_check_for_checkmk_leaves_no_domain_out() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let said = |xfed: &str, domains: &str| {
        let shell = Shell::in_world(&stage, &stage.server().start());
        let domains = shell.write("domains", domains);
        let script = shell.write("said.sh", xfed);
        let xfed = shell.run(&format!("chmod +x {script}"));
        assert_eq!(xfed.code, 0, "{xfed}");
        let shell = shell
            .with("FEDERATION_DOMAINS", domains)
            .with("XFED", script);
        shell.run_file(&example("checkmk")).stdout
    };
    let expired = "#!/bin/sh\necho \"XFED CRITICAL - it ended | 'days_left'=-3;30:;0: 'check_time'=0.1s;;;0\"\nexit 2\n";
    assert_eq!(
        said(expired, "zahnfee.de\nelhada.es"),
        "2 \"Federation zahnfee.de\" days_left=-3|check_time=0.1 it ended\n\
         2 \"Federation elhada.es\" days_left=-3|check_time=0.1 it ended\n"
    );
    let killed = said("#!/bin/sh\nkill -9 $$\n", "zahnfee.de\n");
    assert!(
        killed.starts_with("3 \"Federation zahnfee.de\" - ") && killed.contains("137"),
        "{killed}"
    );
}

#[test]
fn the_textfile_collector_gets_metrics_that_raise_the_alerts() {
    if left_out() {
        return;
    }
    let service = text("prometheus/xfed.service");
    let setting = |name: &str| {
        let line = service.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    let codes = setting("SuccessExitStatus=");
    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server);
        shell.write("xfed.toml", "[[domain]]\nname = \"zahnfee.de\"\n");
        let command = setting("ExecStart=")
            .replace("/usr/bin/", "")
            .replace("/etc/xfed/", "")
            .replace("/var/lib/prometheus/node-exporter/", "");
        let said = shell.run(&command);
        let fine = said.code == 0 || codes.split(' ').any(|code| code == said.code.to_string());
        assert!(fine, "{said}");
        let metrics = shell.read("xfed.prom");
        let verdict = ["ready", "ready-with-warnings", "not-ready"]
            [usize::try_from(state).expect("no signal")];
        let line = format!("xfed_verdict{{domain=\"zahnfee.de\",verdict=\"{verdict}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
        let checked = shell.run("promtool check metrics <xfed.prom");
        assert_eq!(checked.code, 0, "{checked}");
        // Alerts look at what is there, by names that it has.
        let rules = text("prometheus/alerts.yml");
        for name in rules.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            if name.starts_with("xfed_") {
                assert!(
                    metrics.contains(&format!("# TYPE {name} gauge\n")),
                    "{name}"
                );
            }
        }
    });
    let rules = example("prometheus/alerts.yml");
    let said = content(
        "promtool",
        &["check", "rules", &rules.display().to_string()],
    );
    assert!(said.contains("4 rules found"), "{said}");
    let raised = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts.yml");
    content(
        "promtool",
        &["test", "rules", &raised.display().to_string()],
    );
}

#[test]
fn systemd_takes_service_and_timer() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let shell = Shell::in_world(&stage, &stage.server().start());
    let service = text("prometheus/xfed.service").replace("/usr/bin/xfed", &shell.path("bin/xfed"));
    let service = shell.write("xfed.service", &service);
    let timer = shell.write("xfed.timer", &text("prometheus/xfed.timer"));
    // The manual page is in the package.
    let said = content("systemd-analyze", &["--man=no", "verify", &service, &timer]);
    assert_eq!(said, "");
}
