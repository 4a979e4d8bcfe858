//! The configuration file: which one, what wins, what is wrong with it.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Parser;
use time::OffsetDateTime;
use xfed::internals::{
    Cli, ColorChoice, Command, Configuration, Policy, Settings, resolve, targets,
};

use crate::derived::assert_snapshot;
use crate::faults::Fault;
use crate::stage::{Folder, Run, Stage};

fn configured(content: &str) -> Folder {
    Folder::new().with("xfed.toml", content)
}

/// A check with nothing but what the file says.
fn check(folder: &Folder) -> Run {
    Run::new("check").nowhere().within(folder.path())
}

#[test]
fn command_line_then_environment_then_file_then_default() {
    let folder = configured("lang = \"de\"\n");
    let title = |run: Run| run.arg("srv-missing").text().1;
    let file = || Run::new("explain").within(folder.path());
    assert!(
        title(Run::new("explain")).contains("Severity"),
        "the default"
    );
    assert!(title(file()).contains("Schwere"), "the file");
    assert!(title(file().env("XFED_LANG", "en")).contains("Severity"));
    let given = file().env("XFED_LANG", "en").arg("--lang=de");
    assert!(title(given).contains("Schwere"), "the command line");
}

/// The same for a switch, through the table of a domain.
#[test]
fn what_goes_with_a_domain_wins_over_the_file_and_loses_to_the_command_line() {
    let stage = Stage::with_srv("");
    let dns = stage.dns.address();
    let folder = configured(&format!(
        "resolver = [\"{dns}\"]\nformat = \"json\"\nipv4 = true\n
        [[domain]]\nname = \"ZahnFee.de.\"\nmode = \"partner\"\n"
    ));
    let mode = |run: Run| run.run().report()["mode"].clone();
    assert_eq!(mode(check(&folder)), "partner", "without arguments");
    assert_eq!(mode(check(&folder).arg("info@zahnfee.de")), "partner");
    assert_eq!(
        mode(check(&folder).arg("www.zahnfee.de")),
        "open",
        "another one"
    );
    let environment = || check(&folder).env("XFED_PARTNER", "0");
    assert_eq!(mode(environment()), "open");
    assert_eq!(mode(environment().arg("--partner")), "partner");
    assert_eq!(mode(check(&folder).arg("--partner=false")), "open");
    let direct = check(&folder).args(&["--direct", "--fqdn=xphone.zahnfee.de"]);
    let both = direct.run().report().clone();
    assert_eq!(both["mode"], "partner");
    assert_eq!(both["direct"], true, "one does not take the other away");
    let family = |run: Run| run.run().report()["terms"]["family"].clone();
    assert_eq!(family(check(&folder)), "v4");
    assert_eq!(family(check(&folder).arg("-6")), "v6");
}

#[test]
fn every_domain_has_its_own() {
    let stage = Stage::new();
    let server = stage.server().start();
    let (dns, address) = (stage.dns.address(), server.address());
    let roots = std::fs::read(stage.roots()).expect("the stage wrote it");
    let folder = Folder::new().with("pki/ca.pem", roots).with(
        "settings.toml",
        format!(
            "resolver = [\"{dns}\"]\nca-file = \"pki/ca.pem\"\nformat = \"json\"
            [[domain]]\nname = \"zahnfee.de\"\nconnect-to = [\"{address}\"]
            [[domain]]\nname = \"www.zahnfee.de\"\nmode = \"direct\"\nfqdn = \"nowhere.zahnfee.de\"\n"
        ),
    );
    // Files are looked for beside the file that names them, wherever xfed runs.
    let run = Run::new("check").nowhere().arg("--config");
    let outcome = run.arg(folder.file("settings.toml")).run();
    assert_eq!(outcome.stderr, "", "a named file is not named again");
    let reports = outcome.json["reports"].as_array().expect("reports");
    let [one, other] = reports.as_slice() else {
        panic!("two reports: {outcome}");
    };
    assert_eq!(
        (&one["verdict"], &one["mode"]),
        (&"ready".into(), &"open".into())
    );
    assert_eq!(other["terms"]["fqdn"], "nowhere.zahnfee.de");
    assert_eq!(other["mode"], "direct");
    let reservations = other["reservations"].to_string();
    assert!(!reservations.contains("--connect-to"), "{reservations}");
}

#[test]
fn a_file_that_nobody_named_is_named() {
    let home = Folder::new().with(".config/xfed/xfed.toml", "lang = \"de\"\n");
    let folder = configured("lang = \"en\"\n");
    let stage = Stage::with_srv("");
    let run = || {
        let run = stage.check().nowhere().arg("--format=table");
        run.env(
            "XDG_CONFIG_HOME",
            &home.file(".config").display().to_string(),
        )
    };
    let (_, stdout, stderr) = run().text();
    assert!(stdout.contains("XPhone-Domäne"), "the user's own: {stdout}");
    assert!(stderr.starts_with("xfed: Einstellungen aus "), "{stderr}");
    let (_, stdout, stderr) = run().within(folder.path()).text();
    assert!(stdout.contains("XPhone domain"), "the folder's: {stdout}");
    assert_eq!(stderr, "xfed: settings from xfed.toml\n");
    let named = home.file(".config/xfed/xfed.toml");
    let run = run().within(folder.path());
    let (_, stdout, stderr) = run.env("XFED_CONFIG", &named.display().to_string()).text();
    assert!(stdout.contains("XPhone-Domäne"), "the named one: {stdout}");
    assert_eq!(stderr, "");
    let (code, _, stderr) = Run::new("explain")
        .args(&["srv", "--config=no.toml"])
        .text();
    assert!(code == 2 && stderr.contains("no.toml"), "{stderr}");
}

/// A file that is still being written must not keep its schema from an editor.
#[test]
fn a_broken_file_stops_no_schema() {
    let folder = configured("lang = ");
    let (code, ..) = Run::new("schema")
        .within(folder.path())
        .arg("config")
        .text();
    assert_eq!(code, 0);
    let (code, ..) = Run::new("explain").within(folder.path()).arg("srv").text();
    assert_eq!(code, 2);
}

#[test]
fn what_is_wrong_is_named_by_file_line_and_key() {
    let mut faults = Fault::table(include_str!("faults/configuration.txt"));
    // What a terminal would obey is no text for a table.
    let escape = "lang = \"de\"\n\"\u{1b}[31m\" = 1";
    faults.push(Fault::new(
        escape,
        2,
        "not valid TOML",
        "kein gültiges TOML",
    ));
    for fault in faults {
        let folder = configured(&fault.content);
        fault.is_named("xfed.toml", || check(&folder));
    }
}

#[test]
fn as_windows_saves_it() {
    let text = "# Zähne\r\nlang = \"de\"\r\ntimeuot = 1\r\n";
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for content in [format!("\u{feff}{text}").into_bytes(), utf16] {
        let folder = Folder::new().with("xfed.toml", content);
        let (_, _, stderr) = check(&folder).text();
        assert!(stderr.contains("xfed.toml:3: "), "{stderr}");
    }
    let latin = Folder::new().with("xfed.toml", b"lang = \"de\"\n# Z\xe4hne\n");
    let (code, _, stderr) = check(&latin).text();
    assert!(
        code == 2 && stderr.contains("xfed.toml:2: neither UTF-8"),
        "{stderr}"
    );
}

#[test]
fn a_plan_is_made_with_what_the_file_says() {
    let stage = Stage::new();
    let folder = configured(&format!(
        "resolver = [\"{}\"]\nno-authority = true\n[[domain]]\nname = \"zahnfee.de\"\nfqdn = \"chat.zahnfee.de\"\n",
        stage.dns.address()
    ));
    let run = || {
        let run = Run::new("plan").within(folder.path());
        run.args(&["zahnfee.de", "--config=xfed.toml"])
    };
    let (code, stdout, stderr) = run().text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("chat.zahnfee.de"), "{stdout}");
    let (_, stdout, _) = run().arg("--fqdn=server.zahnfee.de").text();
    assert!(!stdout.contains("chat.zahnfee.de"), "{stdout}");
}

#[test]
fn quiet_is_the_verdict_and_what_it_rests_on() {
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = configured("verbose = true\n");
    let run = stage.check_domain("info@zahnfee.de").connect_to(&server);
    let run = run.within(folder.path()).args(&["--format=table", "-q"]);
    let (code, stdout, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(
        stdout.lines().next(),
        Some("zahnfee.de is ready for federation")
    );
    assert!(!stdout.contains("XPhone domain"), "{stdout}");
    assert!(stdout.contains("SIP was not tested"), "{stdout}");
}

/// It may have come with somebody else's project.
#[test]
fn a_file_that_lay_there_cannot_keep_quiet_about_itself() {
    let stage = Stage::with_srv("");
    let folder = configured("quiet = true\n");
    let home = Folder::new().with(".config/xfed/xfed.toml", "quiet = true\n");
    let run = || stage.check().nowhere().arg("--format=table");
    let (_, stdout, stderr) = run().within(folder.path()).text();
    assert_eq!(stderr, "xfed: settings from xfed.toml\n");
    assert!(!stdout.contains("XPhone domain"), "{stdout}");
    let (_, _, stderr) = run().within(folder.path()).arg("-q").text();
    assert_eq!(stderr, "", "whoever runs it wants it so");
    let own = home.file(".config").display().to_string();
    let (_, stdout, stderr) = run().env("XDG_CONFIG_HOME", &own).text();
    assert!(!stdout.contains("XPhone domain"), "{stdout}");
    assert_eq!(stderr, "", "and so does the owner of this file");
}

#[test]
fn a_file_that_lay_there_writes_nowhere_else() {
    let away = Folder::new();
    let absolute = away.file("report.txt").display().to_string();
    let content = |file: &str| format!("\nreport = ['json=here.json', 'table={file}']\n");
    let stage = Stage::with_srv("");
    let run = |folder: &Folder| {
        let run = stage.check().nowhere().within(folder.path()).arg("-q");
        run.arg("--format=table")
    };
    let mut files = vec![absolute.as_str(), "../report.txt", "sub/../../report.txt"];
    if cfg!(unix) {
        files.extend(["link", "folder/report.txt"]);
    }
    for file in files {
        let folder = configured(&content(file));
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(&absolute, folder.file("link")).expect("a link to nothing yet");
            symlink(away.path(), folder.file("folder")).expect("a link to a folder");
        }
        let (code, stdout, stderr) = run(&folder).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{file}");
        let says = "xfed: xfed.toml:2: report: expected files below the working directory";
        assert!(stderr.starts_with(says), "{file}: {stderr}");
        assert!(!Path::new(&absolute).exists(), "{file}");
        assert!(!folder.file("here.json").exists(), "{file}");
    }
    // Whoever names the file wants it.
    let folder = configured(&content(&absolute));
    let (_, _, stderr) = run(&folder).arg("--config=xfed.toml").text();
    assert_eq!(stderr, "");
    assert!(Path::new(&absolute).exists() && folder.file("here.json").exists());
    let folder = configured(&content("./sub/report.txt")).with("sub/old", "");
    let (_, _, stderr) = run(&folder).text();
    assert_eq!(stderr, "");
    assert!(folder.file("sub/report.txt").exists());
}

fn example() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/xfed.toml");
    std::fs::read_to_string(file).expect("the example")
}

/// The example without the marks of its comments: defaults alone, or what has none, too.
pub fn uncommented(with_examples: bool) -> String {
    let is_setting = |line: &&str| {
        let key = line.split(" = ").next().unwrap_or_default();
        let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        line.starts_with('[') || (line.contains(" = ") && key.chars().all(is_key))
    };
    let example = example();
    let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
    let lines = lines.filter_map(|line| match line.strip_prefix("e.g. ") {
        Some(line) => Some(line).filter(|_| with_examples),
        None => Some(line),
    });
    lines.filter(is_setting).collect::<Vec<_>>().join("\n")
}

/// What a check is made of, with what this file says.
fn settings(file: Option<&Configuration>) -> String {
    // Only with --wait does the interval count.
    let cli = Cli::try_parse_from(["xfed", "check", "zahnfee.de", "--wait=1m"]);
    let Command::Check {
        domains, options, ..
    } = cli.expect("a command line").command
    else {
        unreachable!("this is the command");
    };
    let targets = targets(&domains, None, file).expect("a domain");
    let settings = Settings::new(&options, file, OffsetDateTime::UNIX_EPOCH);
    let Settings {
        planner,
        shared: _,
        jobs,
        wait,
        output,
        via,
    } = settings.expect("settings");
    assert!(via.is_empty());
    let mut plans = planner.plans(&targets).expect("plans");
    for plan in &mut plans {
        plan.terms.policy = Policy::default();
    }
    format!("{plans:#?} {jobs:?} {wait:?} {output:#?}")
}

#[test]
fn the_example_documents_the_defaults() {
    let file = Path::new("xfed.toml");
    let plain = Configuration::parse(file, &example()).expect("the example as it is");
    assert_eq!(
        plain,
        Configuration::parse(file, "").expect("an empty file"),
        "it sets nothing"
    );
    let example = Configuration::parse(file, &uncommented(false)).expect("its defaults");
    let plain_line = Cli::try_parse_from(["xfed", "explain", "srv"]).expect("a command line");
    let color = resolve(&plain_line.global, None, Some(&example)).color;
    assert_eq!(color.expect("it names one"), ColorChoice::default());
    assert_eq!(settings(Some(&example)), settings(None));
}

#[test]
fn the_example_names_every_key_that_the_schema_knows() {
    let text = uncommented(true);
    let example = Configuration::parse(Path::new("xfed.toml"), &text).expect("the example");
    assert_eq!((example.domain.len(), example.policy.accept.len()), (2, 1));
    let (code, schema, _) = Run::new("schema").arg("config").text();
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let keys = |schema: &serde_json::Value| -> BTreeSet<String> {
        let properties = schema["properties"].as_object().expect("keys");
        properties.keys().cloned().collect()
    };
    let tables = ["domain", "module", "serve", "severity", "accept"].map(str::to_owned);
    let mut known = keys(&schema);
    for table in &tables {
        assert!(known.remove(table), "{table}");
    }
    known.extend(keys(&schema["$defs"]["DomainTable"]));
    known.extend(keys(&schema["$defs"]["Acceptance"]));
    let of_module = keys(&schema["$defs"]["Module"]);
    let severity = BTreeSet::from(["severity".to_owned()]);
    assert_eq!(
        &of_module - &known,
        severity,
        "what a module says is said elsewhere, too"
    );
    known.extend(keys(&schema["$defs"]["Standing"]));
    let named = text.lines().filter_map(|line| line.split_once(" = "));
    let named: BTreeSet<String> = named.map(|(key, _)| key.to_owned()).collect();
    let code = BTreeSet::from(["cert-no-client-auth".to_owned()]);
    assert_eq!(&named - &code, known);
    assert_snapshot!("schema_config", format!("{schema:#}"));
}
