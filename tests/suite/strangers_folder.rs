//! An `xfed.toml` that lies in the working directory may have come with somebody else's project.

use std::path::Path;

use crate::stage::{Folder, Run, Stage, demanding, file};
use crate::world::{Authority, Refusal, Server};

const LEFT_OUT: &str = "xfed: left out of xfed.toml: ";

/// The check of the healthy zone, and nothing said on the command line that a file could say.
fn check(stage: &Stage, folder: &Folder) -> Run {
    let run = Run::new("check").within(folder.path()).nowhere();
    run.args(&["zahnfee.de", "--format=json"])
        .env("XFED_RESOLVER", &stage.dns.address().to_string())
        .env("XFED_CA_FILE", &stage.roots().display().to_string())
}

/// A line of TOML that names this file.
fn names(key: &str, file: &Path) -> String {
    format!("{key} = '{}'\n", file.display())
}

/// The user's certificate is shown to whom the user says, and to nobody else.
#[test]
fn the_users_certificate_is_not_shown() {
    let stage = Stage::new();
    let clients = Authority::new("Clients");
    let own = clients.certificate("xphone.partner.example").rsa().issue();
    let (certificate, key) = (file(&own.chain_pem()), file(&own.key_pem()));
    let server = Server::tls(stage.identity()).refuse(Refusal::Alert).start();
    let keys = names("client-cert", certificate.path()) + &names("client-key", key.path());
    let folder = Folder::new().with("xfed.toml", keys);
    let outcome = check(&stage, &folder).connect_to(&server).run();
    outcome.shows("federation", "mtls-enforced", "info");
    assert_eq!(outcome.report()["terms"]["client_certificate"], false);
    assert!(
        outcome.stderr.contains(LEFT_OUT) && outcome.stderr.contains("client-cert, client-key"),
        "{}",
        outcome.stderr
    );
    let named = check(&stage, &folder).connect_to(&server);
    let outcome = named.arg("--config=xfed.toml").run();
    assert_eq!(outcome.report()["terms"]["client_certificate"], true);
    assert_eq!(outcome.stderr, "");
}

/// Neither whom to ask, nor where to connect, nor whose certificates to trust.
#[test]
fn whom_to_ask_and_where_to_go_is_not_said() {
    let stage = Stage::new();
    let strangers = Stage::with_zone("xphone A 81.2.3.66\n");
    let server = stage.server().start();
    let trap = demanding(strangers.identity()).start();
    let resolver = format!("resolver = [\"{}\"]\n", strangers.dns.address());
    let table = format!(
        "[[domain]]\nname = \"zahnfee.de\"\nconnect-to = [\"{}\"]\nauthority = [\"{}\"]\n",
        trap.address(),
        strangers.dns.address()
    );
    let control = format!("control = \"127.0.0.1:{}\"\n", trap.address().port());
    let content = resolver
        + &names("ca-file", strangers.roots())
        + &control
        + "allow-private = true\n"
        + &table;
    let folder = Folder::new().with("xfed.toml", content);
    let run = check(&stage, &folder).connect("81.2.3.4", server.address());
    let (code, stdout, stderr) = run.text();
    assert_eq!(code, 0, "{stdout}\n{stderr}");
    let keys = "ca-file, resolver, authority, connect-to, control, allow-private";
    for key in keys.split(", ") {
        assert!(stderr.contains(key), "{key}: {stderr}");
    }
    assert_eq!(trap.connections(), 0);
    assert_eq!(strangers.dns.questions(), []);
}

/// Even where the user wants quiet; and nothing is said of a key that changes nothing.
#[test]
fn it_is_said_however_quiet_it_shall_be() {
    let stage = Stage::new();
    let folder = Folder::new().with("xfed.toml", "resolver = [\"192.0.2.53\"]\n");
    let run = || {
        let run = Run::new("check").within(folder.path()).nowhere();
        run.args(&["zahnfee.de", "-q", "--connect-to=127.0.0.1:1"])
            .env("XFED_RESOLVER", &stage.dns.address().to_string())
    };
    let (_, _, stderr) = run().text();
    assert!(stderr.starts_with(LEFT_OUT), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let (_, _, stderr) = run().arg("--lang=de").text();
    assert!(
        stderr.starts_with("xfed: aus xfed.toml nicht übernommen: resolver"),
        "{stderr}"
    );
    let harmless = Folder::new().with("xfed.toml", "allow-private = false\n");
    let (_, _, stderr) = run().within(harmless.path()).text();
    assert_eq!(stderr, "");
}

/// In the user's own directory it counts, also when that happens to be the working directory.
#[test]
fn the_users_own_file_counts() {
    let stage = Stage::new();
    let content = format!("resolver = [\"{}\"]\n", stage.dns.address());
    let home = Folder::new().with("xfed/xfed.toml", content);
    let elsewhere = Folder::new();
    let own = home.file("xfed");
    for folder in [elsewhere.path(), own.as_path()] {
        let run = Run::new("check").within(folder).nowhere();
        let run = run
            .args(&["zahnfee.de", "--format=json", "--connect-to=127.0.0.1:1"])
            .env("XDG_CONFIG_HOME", &home.path().display().to_string());
        let (_, stdout, stderr) = run.text();
        assert!(stdout.contains("81.2.3.4"), "{stdout}");
        assert!(!stderr.contains(LEFT_OUT), "{stderr}");
    }
}

/// `xfed plan` asks whom the user says, too.
#[test]
fn a_plan_asks_whom_the_user_says() {
    let stage = Stage::new();
    let strangers = Stage::new();
    let content = format!("resolver = [\"{}\"]\n", strangers.dns.address());
    let folder = Folder::new().with("xfed.toml", content);
    let run = Run::new("plan").within(folder.path()).arg("zahnfee.de");
    let run = run.env("XFED_RESOLVER", &stage.dns.address().to_string());
    let (code, _, stderr) = run.text();
    assert_eq!(code, 0);
    assert!(stderr.contains(LEFT_OUT), "{stderr}");
    assert_eq!(strangers.dns.questions(), []);
    assert!(!stage.dns.questions().is_empty());
}
