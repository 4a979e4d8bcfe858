//! README and manual: what they show is what the program prints, what they tell to type is understood,
//! where they lead is something, and the German pages say the same as the English ones.
//!
//! `UPDATE=1 cargo test readme` writes the samples anew, and with `XFED_REAL_PEERS=1` draws the
//! pictures, too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::error::ErrorKind;
use pulldown_cmark::{Event, Parser, Tag};
use xfed::internals::Cli;

use crate::derived::{compare_or_write, is_update};
use crate::document::Document;
use crate::stage::{Folder, Run, Stage, ZONE, demanding};
use crate::world::{Authority, Dns, Identity};

/// The languages, and how the footer begins in each: where nothing is in the way, and elsewhere.
const LANGUAGES: [(&str, [&str; 2]); 2] = [
    (
        "en",
        [
            "What cannot be seen from outside:",
            "Not visible from outside:",
        ],
    ),
    (
        "de",
        [
            "Was von außen nicht zu sehen ist:",
            "Von außen nicht zu sehen:",
        ],
    ),
];
const READMES: [&str; 2] = ["README.md", ".github/manual/de/README.md"];
const CHECK: [&str; 2] = [".github/manual/en/check.md", ".github/manual/de/check.md"];

/// The saved report that the READMEs show.
const KEPT: &str = "examples/not-ready.json";

/// Where it shows a server: as published, and by a resolver of the documentation.
const PUBLISHED: &str = "81.2.3.4";
const RESOLVER: &str = "192.0.2.53:53";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    let text = std::fs::read_to_string(root().join(file));
    let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
    text.replace("\r\n", "\n")
}

fn read(file: &str) -> Document {
    Document::parse(&text(file))
}

/// The pages of the manual, by their names.
fn manual(lang: &str) -> BTreeSet<String> {
    let folder = root().join(".github/manual").join(lang);
    let files = std::fs::read_dir(folder).expect("a folder for each language");
    files
        .map(|file| file.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name in ASCII"))
        .filter(|name| name != "README.md" && name.contains(".md"))
        .collect()
}

/// Each page in English and German, the READMEs first.
fn pages() -> Vec<[String; 2]> {
    let names = manual("en");
    assert_eq!(names, manual("de"), "one page a subject, in each language");
    let manual = names
        .iter()
        .map(|name| ["en", "de"].map(|lang| format!(".github/manual/{lang}/{name}")));
    [READMES.map(str::to_owned)]
        .into_iter()
        .chain(manual)
        .collect()
}

/// Ports and dates are of the day.
fn without_figures(text: &str) -> String {
    let figure = |character: char| {
        if character.is_ascii_digit() {
            '0'
        } else {
            character
        }
    };
    text.chars().map(figure).collect()
}

/// The table as the samples show it, without the footer.
fn shown(run: Run, (lang, footers): (&str, [&str; 2])) -> String {
    let (code, table, stderr) = run.args(&["--format=table", "--lang", lang]).text();
    assert!(stderr.is_empty() && [0, 1].contains(&code), "{stderr}");
    let end = footers.iter().find_map(|footer| table.find(footer));
    table[..end.expect("a footer")].trim_end().to_owned()
}

/// Asserts that each sample of this file shows such a table, or writes it there.
fn assert_samples(file: &str, tables: &[String], same: impl Fn(&str, &str) -> bool) {
    let blocks = read(file).blocks.into_iter().map(|(_, text)| text);
    let samples: Vec<String> = blocks
        .filter(|text| text.starts_with("$ xfed check"))
        .collect();
    assert_eq!(samples.len(), tables.len(), "{file}");
    let mut now = text(file);
    let mut from = 0;
    for (sample, table) in samples.iter().zip(tables) {
        let (command, shown) = sample.split_once("\n\n").expect("a command and its output");
        let shown = shown.trim_end();
        let at = from + now[from..].find(sample).expect("it was read there");
        from = at + sample.len();
        if is_update() && !same(shown, table) {
            let anew = format!("{command}\n\n{table}\n");
            now.replace_range(at..from, &anew);
            from = at + anew.len();
            compare_or_write(file, &now);
        } else {
            assert!(
                same(shown, table),
                "{file} shows\n{shown}\nbut the program prints\n{table}"
            );
        }
    }
}

fn stage() -> Stage {
    let lines: Vec<&str> = ZONE.lines().map(str::trim).collect();
    let dns = Dns::zone("zahnfee.de", &lines.join("\n"));
    Stage::with_authority(dns, Authority::new("Molar Trust Root CA"))
}

/// The check of a domain whose own servers can be asked, as they can on the internet.
fn check(stage: &Stage) -> Run {
    let servers = stage.dns.address().to_string();
    stage.check().arg("--authority").arg(servers)
}

#[test]
fn the_samples_of_the_manual_are_what_the_program_prints() {
    let stage = stage();
    let wildcard = stage.authority.certificate("*.zahnfee.de");
    let servers = [
        demanding(wildcard.rsa().server_auth_only().issue()).start(),
        stage.server().start(),
    ];
    for (lang, file) in LANGUAGES.into_iter().zip(CHECK) {
        let tables = servers.each_ref().map(|server| {
            let run = check(&stage).connect(PUBLISHED, server.address());
            shown(run, lang)
        });
        let same = |shown: &str, printed: &str| without_figures(shown) == without_figures(printed);
        assert_samples(file, &tables, same);
    }
}

/// A report of a server on loopback, with the address that it stands for in place of its own: so it
/// would be if the server stood there.
fn as_if_published(stage: &Stage, identity: Identity) -> String {
    let server = demanding(identity).start();
    let outcome = check(stage).connect(PUBLISHED, server.address()).run();
    outcome
        .json
        .to_string()
        .replace(&server.address().to_string(), &format!("{PUBLISHED}:5061"))
        .replace(&stage.dns.address().to_string(), RESOLVER)
}

/// What the READMEs show first is the kept report, to the letter; and the kept report is what a
/// check of today sees.
#[test]
fn the_first_example_is_what_the_program_prints() {
    let stage = stage();
    let wildcard = stage.authority.certificate("*.zahnfee.de").rsa().issue();
    let fresh = as_if_published(&stage, wildcard);
    let replay = |report: &str| Run::new("replay").arg("-").fed(report.as_bytes());
    let table = |report: &str| LANGUAGES.map(|lang| shown(replay(report), lang));
    let kept = || std::fs::read_to_string(root().join(KEPT)).unwrap_or_default();
    let is_of_today = |kept: &str| {
        table(kept).map(|it| without_figures(&it)) == table(&fresh).map(|it| without_figures(&it))
    };

    if is_update() && (kept().is_empty() || !is_of_today(&kept())) {
        let (_, json, _) = replay(&fresh).args(&["--format=json", "--lang=en"]).text();
        compare_or_write(KEPT, &json);
    }
    assert!(is_of_today(&kept()), "{KEPT} shows\n{:?}", table(&kept()));
    for (table, file) in table(&kept()).into_iter().zip(READMES) {
        for clutter in ["--connect-to", "--client-cert", "127.0.0.1"] {
            assert!(!table.contains(clutter), "{clutter}: {table}");
        }
        assert_samples(file, &[table], |shown, printed| shown == printed);
    }
    if is_update() && std::env::var_os("XFED_REAL_PEERS").is_some_and(|value| value == "1") {
        for ((lang, _), file) in LANGUAGES.into_iter().zip(READMES) {
            draw(lang, &root().join(&pictures(file)[0].0));
        }
    }
}

/// Where the pictures of a file are, each with what it says to those who do not see it.
fn pictures(file: &str) -> Vec<(String, String)> {
    let text = text(file);
    let mut pictures = Vec::new();
    let mut events = Parser::new(&text);
    while let Some(event) = events.next() {
        if let Event::Start(Tag::Image { dest_url, .. }) = event {
            let said = events.by_ref().map_while(|event| match event {
                Event::Text(text) => Some(text.to_string()),
                Event::SoftBreak => Some(" ".to_owned()),
                _ => None,
            });
            pictures.push((beside(file, &dest_url), said.collect()));
        }
    }
    pictures
}

/// What this path means in that file.
fn beside(file: &str, path: &str) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut parts: Vec<String> = Vec::new();
    for part in &folder.join(path) {
        let part = part.to_str().expect("ASCII");
        if part == ".." {
            assert!(parts.pop().is_some(), "{file}: {path} leads out of here");
        } else {
            parts.push(part.to_owned());
        }
    }
    parts.join("/")
}

#[test]
fn the_picture_is_a_small_one_and_says_what_it_shows() {
    for file in READMES {
        let pictures = pictures(file);
        let [(picture, said)] = &pictures[..] else {
            panic!("{file}: {pictures:?}");
        };
        assert!(said.contains("zahnfee.de"), "{file}: {said}");
        let image = std::fs::read(root().join(picture))
            .unwrap_or_else(|error| panic!("{picture}: {error}"));
        assert!(image.starts_with(b"\x89PNG\r\n\x1a\n"), "{picture}");
        let number = |at: usize| u32::from_be_bytes(image[at..at + 4].try_into().expect("four"));
        let (width, height) = (number(16), number(20));
        assert!((1000..=2400).contains(&width), "{picture}: {width} wide");
        assert!((600..=2400).contains(&height), "{picture}: {height} high");
        assert!(image.len() < 200_000, "{picture}: {} bytes", image.len());
    }
}

/// Draws the page of the kept report, as a browser shows it. Only where it is asked for: no two
/// machines have the same fonts.
fn draw(lang: &str, place: &Path) {
    let report = root().join(KEPT);
    let run = Run::new("replay").arg(report);
    let (_, page, _) = run.args(&["--format=html", "--lang", lang]).text();
    let folder = Folder::new().with("page.html", page);
    let status = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-background-networking", "--hide-scrollbars"])
        .args(["--force-device-scale-factor=1.5", "--window-size=1000,560"])
        .arg(format!(
            "--user-data-dir={}",
            folder.file("profile").display()
        ))
        .arg(format!("--screenshot={}", place.display()))
        .arg(format!("file://{}", folder.file("page.html").display()))
        // It misses a desktop.
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("chromium is there").success());
}

#[test]
fn the_readme_is_a_door() {
    for file in READMES {
        let lines = text(file).lines().count();
        assert!(lines <= 140, "{file}: {lines} lines");
    }
}

/// From each README to every page of its manual, and from each page back.
#[test]
fn every_page_is_found() {
    for (lang, readme) in [("en", READMES[0]), ("de", READMES[1])] {
        let links = |file: &str| -> BTreeSet<String> {
            let links = read(file).links;
            links
                .iter()
                .map(|link| beside(file, link.split('#').next().unwrap_or(link)))
                .collect()
        };
        let found = links(readme);
        for name in manual(lang) {
            let page = format!(".github/manual/{lang}/{name}");
            assert!(found.contains(&page), "{readme} does not lead to {page}");
            assert!(links(&page).contains(readme), "{page} does not lead back");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let others = [
        ".github/CONTRIBUTING.md",
        ".github/REFERENCE.md",
        ".github/REFERENCE.de.md",
    ];
    for file in pages().concat().iter().map(String::as_str).chain(others) {
        let document = read(file);
        for link in &document.links {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => file.to_owned(),
                path => beside(file, path),
            };
            assert!(root().join(&target).exists(), "{file}: {link}");
            let known = anchor.is_empty() || read(&target).has_anchor(anchor);
            assert!(known, "{file}: {link}");
        }
    }
}

#[test]
fn each_page_leads_to_the_other_language_at_once() {
    for [english, german] in pages() {
        for (one, other) in [(&english, &german), (&german, &english)] {
            let links = read(one).links;
            let first = links.first().map(|link| beside(one, link));
            assert_eq!(first.as_ref(), Some(other), "{one}");
        }
    }
}

/// A place by what both languages call it.
fn without_language(file: &str, link: &str) -> String {
    // The vendor's help has a page in each language, too.
    if link.contains("://") {
        return link.replace("/doc/de/", "/doc/en/");
    }
    let path = link.split('#').next().unwrap_or(link);
    if path.is_empty() {
        return String::new();
    }
    let place = beside(file, path).replace(READMES[1], READMES[0]);
    place
        .replace(".de.md", ".md")
        .replace("manual/de/", "manual/en/")
}

#[test]
fn both_languages_have_the_same_parts() {
    for files in pages() {
        let [english, german] = files.each_ref().map(|file| read(file));
        let name = &files[1];
        let levels = |document: &Document| -> Vec<_> {
            let headings = document.headings.iter();
            headings.map(|heading| heading.level).collect()
        };
        assert_eq!(levels(&english), levels(&german), "{name}: headings");
        assert_eq!(english.rows.len(), german.rows.len(), "{name}: rows");
        for (one, other) in english.rows.iter().zip(&german.rows) {
            assert_eq!(one.len(), other.len(), "{name}: {one:?} {other:?}");
            if one[0].starts_with("xfed ") || one[0].starts_with("--") {
                assert_eq!(one[0], other[0], "{name}: what is typed is typed alike");
            }
        }
        // The first leads to the other language.
        let leads = |document: &Document, file: &str| -> Vec<String> {
            let links = document.links.iter().skip(1);
            links.map(|link| without_language(file, link)).collect()
        };
        assert_eq!(
            leads(&english, &files[0]),
            leads(&german, &files[1]),
            "{name}: links"
        );
    }
}

#[test]
fn both_languages_have_the_same_commands() {
    for files in pages() {
        let [english, german] = files.each_ref().map(|file| read(file));
        let name = &files[1];
        assert_eq!(english.blocks.len(), german.blocks.len(), "{name}: blocks");
        let blocks = english.blocks.iter().zip(&german.blocks);
        for ((language, text), (other_language, other)) in blocks {
            assert_eq!(language, other_language, "{name}");
            // Those are another test's.
            if !text.starts_with("$ xfed check") {
                assert_eq!(without_remarks(text), without_remarks(other), "{name}");
            }
        }
        let typed = |document: &Document| -> BTreeSet<String> {
            let code = document.code.iter();
            code.filter(|code| code.starts_with(['-', '/', '.']) || code.starts_with("XFED_"))
                .cloned()
                .collect()
        };
        assert_eq!(
            typed(&english),
            typed(&german),
            "{name}: options, variables"
        );
    }
}

fn without_remarks(block: &str) -> Vec<&str> {
    let lines = block.lines();
    lines
        .map(|line| line.split(" #").next().unwrap_or(line).trim_end())
        .collect()
}

/// The program need not be run to know that it would take the command.
#[test]
fn what_is_to_be_typed_is_understood() {
    let mut count = 0;
    for file in pages().concat() {
        let document = read(&file);
        let scripts = document
            .blocks
            .iter()
            .filter(|(language, _)| language == "sh");
        let lines = scripts.flat_map(|(_, text)| text.lines());
        let commands = lines.chain(document.code.iter().map(String::as_str));
        for command in commands.filter(|line| line.starts_with("xfed ")) {
            // Up to what the shell takes for itself, and what stands for something else.
            let end = [" #", " |", " >"].map(|end| command.find(end).unwrap_or(command.len()));
            let command = &command[..end.into_iter().min().unwrap_or_default()];
            if command.contains(['…', '|', '<']) {
                continue;
            }
            // No argument that is quoted here holds a blank.
            let words = command.split_whitespace();
            let words = words.map(|word| word.trim_matches('\'').into());
            if let Err(error) = Cli::read(words) {
                // A command that is only named, and one that asks for help.
                let harmless = [
                    ErrorKind::MissingRequiredArgument,
                    ErrorKind::DisplayHelp,
                    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                ];
                assert!(
                    harmless.contains(&error.kind()),
                    "{file}: {command}\n{error}"
                );
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count} commands");
}

/// The block of this page that holds this.
fn block(page: &str, with: &str) -> String {
    let blocks = read(page).blocks;
    let block = blocks.into_iter().find(|(_, text)| text.contains(with));
    block.unwrap_or_else(|| panic!("{page}: {with}")).1
}

/// Nobody publishes anything here, so nothing is connected to.
fn checks_nothing(run: Run) -> serde_json::Value {
    let dns = Dns::empty();
    let run = run.arg("--resolver").arg(dns.address().to_string());
    let (_, json, stderr) = run.nowhere().arg("--format=json").text();
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

#[test]
fn the_configuration_is_read() {
    let file = block(".github/manual/en/configuration.md", "[[accept]]");
    let folder = Folder::new().with("xfed.toml", file);
    let document = checks_nothing(Run::new("check").within(folder.path()));
    let report = &document["reports"][0];
    assert_eq!(report["domain"], "zahnfee.de");
    assert_eq!(report["direct"], true);
    assert_eq!(report["fqdns"][0], "xphone.zahnfee.de");
    assert_eq!(report["acceptances"][0]["code"], "cert-wildcard");
    assert_eq!(report["labels"]["customer"], "4711");
}

#[test]
fn the_list_of_domains_is_read() {
    let list = block(CHECK[0], "# list.txt");
    let folder = Folder::new().with("list.txt", list);
    let run = Run::new("check").args(&["--targets", "list.txt"]);
    let document = checks_nothing(run.within(folder.path()));
    let reports = document["reports"].as_array().expect("reports");
    let modes = reports.iter().map(|report| &report["mode"]);
    let modes: Vec<_> = modes.collect();
    assert_eq!(modes, ["open", "direct", "partner", "open"]);
    assert_eq!(reports[3]["labels"]["name"], "Dr. Hammer, Ulm");
}

#[test]
fn the_action_has_the_inputs_that_are_shown() {
    let step = block(".github/manual/en/automation.md", "actions/check@");
    let (_, inputs) = step.split_once("with:\n").expect("inputs");
    let action = text(".github/actions/check/action.yml");
    for input in inputs.lines() {
        let (name, _) = input.trim().split_once(':').expect("an input");
        assert!(action.contains(&format!("\n  {name}:\n")), "{name}");
    }
}
