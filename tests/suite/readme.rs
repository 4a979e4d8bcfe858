//! The READMEs: what they show is what the program prints, where they lead is something, and the
//! German one says the same as the English one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::stage::{Stage, ZONE, demanding};
use crate::world::{Authority, Dns};

const READMES: [(&str, &str); 2] = [("en", "README.md"), ("de", "README.de.md")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> Document {
    let text = std::fs::read_to_string(root().join(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Document::parse(&text.replace("\r\n", "\n"))
}

fn both() -> [Document; 2] {
    READMES.map(|(_, file)| read(Path::new(file)))
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
    text.trim_end().chars().map(figure).collect()
}

#[test]
fn the_samples_are_what_the_program_prints() {
    let lines: Vec<&str> = ZONE.lines().map(str::trim).collect();
    let dns = Dns::zone("zahnfee.de", &lines.join("\n"));
    let stage = Stage::with_authority(dns, Authority::new("Molar Trust Root CA"));
    let wildcard = stage.authority.certificate("*.zahnfee.de");
    let servers = [
        demanding(wildcard.rsa().server_auth_only().issue()).start(),
        stage.server().start(),
    ];
    for ((lang, file), document) in READMES.into_iter().zip(both()) {
        let samples: Vec<&String> = document
            .blocks
            .iter()
            .map(|(_, text)| text)
            .filter(|text| text.starts_with("$ xfed check"))
            .collect();
        assert_eq!(samples.len(), servers.len(), "{file}");
        for (server, sample) in servers.iter().zip(samples) {
            let run = stage.check().connect("81.2.3.4", server.address());
            let run = run.args(&["--format=table", "--lang", lang]);
            let printed = without_figures(&run.text().1);
            let (_, shown) = sample.split_once("\n\n").expect("a command and its output");
            let shown = without_figures(shown);
            assert!(
                printed.starts_with(&shown),
                "{file} shows\n{shown}\nbut the program prints\n{printed}"
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for file in [
        "README.md",
        "README.de.md",
        ".github/CONTRIBUTING.md",
        ".github/REFERENCE.md",
        ".github/REFERENCE.de.md",
    ] {
        let document = read(Path::new(file));
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        for link in &document.links {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = folder.join(path);
            let there = path.is_empty() || root().join(&target).exists();
            assert!(there, "{file}: {link}");
            let known = match (path, anchor) {
                (_, "") => true,
                ("", anchor) => document.has_anchor(anchor),
                (_, anchor) => read(&target).has_anchor(anchor),
            };
            assert!(known, "{file}: {link}");
        }
    }
}

#[test]
fn each_readme_leads_to_the_other_at_once() {
    let [english, german] = both();
    assert_eq!(
        english.links.first().map(String::as_str),
        Some("README.de.md")
    );
    assert_eq!(german.links.first().map(String::as_str), Some("README.md"));
}

#[test]
fn both_readmes_have_the_same_parts() {
    let [english, german] = both();
    let levels = |document: &Document| -> Vec<_> {
        let headings = document.headings.iter();
        headings.map(|heading| heading.level).collect()
    };
    assert_eq!(levels(&english), levels(&german), "headings");
    assert_eq!(english.rows.len(), german.rows.len(), "rows of tables");
    for (one, other) in english.rows.iter().zip(&german.rows) {
        assert_eq!(one.len(), other.len(), "{one:?} {other:?}");
        if one[0].starts_with("xfed ") || one[0].starts_with("--") {
            assert_eq!(one[0], other[0], "what is typed is typed alike");
        }
    }
    let leads = |document: &Document| -> Vec<String> {
        let links = document.links.iter().skip(1);
        let files = links.map(|link| link.split('#').next().unwrap_or_default());
        files.map(|file| file.replace(".de.md", ".md")).collect()
    };
    assert_eq!(leads(&english), leads(&german), "links");
}

#[test]
fn both_readmes_have_the_same_commands() {
    let [english, german] = both();
    assert_eq!(english.blocks.len(), german.blocks.len());
    let blocks = english.blocks.iter().zip(&german.blocks);
    for ((language, text), (other_language, other)) in blocks {
        assert_eq!(language, other_language);
        // Those are another test's.
        if !text.starts_with("$ xfed check") {
            assert_eq!(without_remarks(text), without_remarks(other));
        }
    }
    let typed = |document: &Document| -> BTreeSet<String> {
        let code = document.code.iter();
        code.filter(|code| code.starts_with('-') || code.starts_with("XFED_"))
            .cloned()
            .collect()
    };
    assert_eq!(typed(&english), typed(&german), "options and variables");
}

fn without_remarks(block: &str) -> Vec<&str> {
    block
        .lines()
        .map(|line| line.split(" #").next().unwrap_or(line).trim_end())
        .collect()
}
