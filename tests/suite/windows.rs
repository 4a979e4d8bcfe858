//! What only Windows has: its paths, its console, its resolver and its certificate store. Where
//! `XFED_WINDOWS` is not set, all of it is left out.

mod recipes;
mod store;
mod suffixes;

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::internet::Internet;
use crate::output::EVERY_STATUS;
use crate::real_peers::network::inside;
use crate::stage::{ALL_PASS, Outcome, Run, Stage, say_left_out};
use crate::wine::Wine;
use crate::world::Server;

/// The Windows that is tested; says so where there is none.
#[track_caller]
fn windows() -> Option<&'static Wine> {
    let wine = Wine::wanted();
    if wine.is_none() {
        say_left_out("XFED_WINDOWS is not set");
    }
    wine
}

#[test]
fn reports_are_written_to_paths_of_windows() {
    let Some(windows) = windows() else { return };
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = r"C:\Übergabe für Müller";
    fs::create_dir(windows.file(folder)).expect("a new folder");
    let check = |[one, other]: [&str; 2]| {
        let run = stage.check().connect_to(&server);
        run.args(&["--report", one, "--report", other]).run()
    };
    let outcome = check([
        r"json=C:\Übergabe für Müller\größe.json",
        r"html=C:/Übergabe für Müller/größe.html",
    ]);
    outcome.stands(ALL_PASS, "ready", 0);
    let written = windows.file(&format!(r"{folder}\größe.json"));
    let written = fs::read_to_string(written).expect("it was written");
    let written: Value = serde_json::from_str(&written).expect("a whole document");
    assert_eq!(written, outcome.json);
    let html = windows.file(&format!(r"{folder}\größe.html"));
    let html = fs::read_to_string(html).expect("it was written");
    assert!(html.trim_end().ends_with("</html>"), "{html}");
    // Again, over what is there already.
    check([
        r"json=C:\Übergabe für Müller\größe.json",
        r"html=\\?\C:\Übergabe für Müller\größe.html",
    ]);
    let left = fs::read_dir(windows.file(folder)).expect("it is there");
    assert_eq!(left.count(), 2, "nothing else is left behind");
}

#[test]
fn what_cannot_be_written_is_named_as_it_was_typed() {
    if windows().is_none() {
        return;
    }
    for (path, says) in [
        (r"C:\no\such\report.json", "not found"),
        (r"C:\windows\", "irectory"),
        (r"C:\windows", "irectory"),
    ] {
        let report = format!("json={path}");
        let run = Run::new("replay").args(&[EVERY_STATUS, "--lang=en", "--report", &report]);
        let (code, stdout, stderr) = run.text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{path}");
        let line = stderr.lines().next().expect("a message");
        let named = line.starts_with(&format!("xfed: --report {report}: "));
        assert!(named && line.contains(says), "{stderr}");
    }
}

/// A configuration and a list as Notepad saves them.
#[test]
fn files_are_read_as_windows_writes_them() {
    let Some(windows) = windows() else { return };
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = r"C:\Prüfung";
    fs::create_dir(windows.file(folder)).expect("a new folder");
    let write = |name: &str, text: &str| {
        let path = format!(r"{folder}\{name}");
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        fs::write(windows.file(&path), text).expect("the folder was just made");
        path
    };
    let list = write("Domänen.txt", "# Kunden\nzahnfee.de\n");
    let configuration = format!(
        "format = \"json\"\nreport = ['markdown=Ticket.md']\nresolver = ['{}']\nca-file = 'Wurzel.pem'\n",
        stage.dns.address()
    );
    let configuration = write("xfed.toml", &configuration);
    write("Wurzel.pem", &stage.authority.root_pem());
    let run = Run::new("check").args(&["--config", &configuration, "--targets", &list]);
    let outcome = run.connect("81.2.3.4", server.address()).run();
    outcome.stands(ALL_PASS, "ready", 0);
    let ticket = fs::read_to_string(windows.file(&format!(r"{folder}\Ticket.md")));
    let ticket = ticket.expect("beside the configuration");
    assert!(ticket.contains("zahnfee.de"), "{ticket}");
}

/// What stands on a console of Windows, without line breaks.
fn on_console(windows: &Wine, args: &str, environment: &[(&str, &str)]) -> String {
    let line = format!("'{}' {args}", windows.launcher().display());
    let output = Command::new("script")
        .args(["--quiet", "--command", &line, "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("script (bsdutils)");
    let shown = String::from_utf8(output.stdout).expect("a console in UTF-8");
    assert!(output.status.success(), "{shown}");
    shown.replace(['\r', '\n'], "")
}

#[test]
fn the_classic_console_gets_signs_that_it_has() {
    let Some(windows) = windows() else { return };
    let args = format!("replay {EVERY_STATUS} --lang de --color never");
    for (environment, shown, missing) in [
        (&[][..], ["√", "×", "ü"], "✔"),
        (&[("TERM", "cygwin")], ["√", "×", "ü"], "✘"),
        (&[("WT_SESSION", "1")], ["✔", "✘", "ü"], "√"),
        (&[("TERM", "dumb")], ["+ ok", "x ", "ue"], "ü"),
        (&[("XFED_ASCII", "true")], ["+ ok", "x ", "ue"], "ü"),
    ] {
        let console = on_console(windows, &args, environment);
        for sign in shown {
            assert!(console.contains(sign), "{environment:?}: {sign}: {console}");
        }
        assert!(!console.contains(missing), "{environment:?}: {console}");
    }
}

/// A small internet whose machine is a Windows: its own resolver, and nothing yet in its store.
const HOME: &str = r#"
    ip link set lo up
    for address in 81.2.3.4 81.2.3.53 81.2.3.54; do
        ip address add $address/32 dev lo
    done
    ip link add cable type veth peer name end
    ip address add 10.0.0.2/24 dev cable
    ip link set cable up
    ip link set end up
    exec unshare --mount sh -euc '
        mount -t tmpfs none /etc/ssl/certs
        echo "nameserver 127.0.0.53" > /etc/ssl/certs/resolv.conf
        mount --bind /etc/ssl/certs/resolv.conf /etc/resolv.conf
        exec "$@"
    ' sh "$@"
"#;

/// A healthy server whose authority is none that the public knows.
fn the_private_server(world: &Internet) -> Server {
    world.tls("81.2.3.4").start()
}

#[test]
fn windows_is_asked_for_its_resolver_and_its_certificates() {
    // The variable, since a Windows outside is of no use in there.
    if std::env::var_os(crate::wine::VARIABLE).is_none() {
        return say_left_out("XFED_WINDOWS is not set");
    }
    inside(HOME, || {
        let mounts = fs::read_to_string("/proc/self/mounts").expect("every Linux has it");
        assert!(mounts.contains("none /etc/ssl/certs tmpfs"), "{mounts}");
        let world = Internet::without_server(crate::internet::ZONE);
        let _server = the_private_server(&world);
        // Wine takes these over into the store when it starts, which it does with the first run.
        let store = "/etc/ssl/certs/ca-certificates.crt";
        fs::write(store, world.authority.root_pem()).expect("our own folder");
        let check = || {
            let check = Run::new("check").args(&["zahnfee.de", "--no-compare", "--format=json"]);
            check.nowhere()
        };
        // On a busy machine Wine has not taken them all over when its first program asks.
        let is_taken_over = |outcome: &Outcome| {
            outcome
                .report()
                .to_string()
                .contains("cert-locally-trusted-only")
        };
        let mut outcome = check().run();
        for _ in 0..3 {
            if is_taken_over(&outcome) {
                break;
            }
            outcome = check().run();
        }
        outcome
            .shows("certificate", "cert-locally-trusted-only", "fail")
            .stands("pass pass pass pass fail pass", "not-ready", 1);
        let asked = outcome.report()["facts"].to_string();
        assert!(asked.contains("127.0.0.53"), "{asked}");
        check()
            .arg("--ca-file")
            .arg(world.roots())
            .run()
            .stands(ALL_PASS, "ready", 0);
    });
}
