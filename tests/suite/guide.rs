//! The guide, chapter by chapter: `guide/statements.txt` has each of its statements, the command whose
//! output answers it, and the words to be found there, in both languages.

use std::collections::BTreeMap;
use std::path::Path;

use crate::stage::{Run, Stage, demanding};
use crate::world::Dns;

const STATEMENTS: &str = include_str!("guide/statements.txt");

const LANGS: [&str; 2] = ["en", "de"];

/// Fewer statements than these, and the guide was not walked.
const STATEMENTS_AT_LEAST: usize = 40;

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
const TEAMS: &str = "\
@ MX 10 toothfairy-uk.mail.protection.outlook.com.
@ TXT MS=ms12345678
_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.
";

/// What the guide says, and where xfed answers it.
#[derive(Debug, Default)]
struct Statement {
    chapter: &'static str,
    says: &'static str,
    /// Without the name of the program.
    command: &'static str,
    /// The language, and words to be found.
    words: Vec<(&'static str, &'static str)>,
}

fn statements() -> Vec<Statement> {
    let mut chapter = "";
    let mut found: Vec<Statement> = Vec::new();
    for line in STATEMENTS.lines() {
        if let Some(number) = line.strip_prefix("== ") {
            chapter = number;
        } else if let Some(words) = line.strip_prefix("    ") {
            let statement = found.last_mut().expect("words belong to a statement");
            match words.split_once("  ") {
                Some((lang, words)) => statement.words.push((lang, words)),
                None => statement.command = words.strip_prefix("xfed ").expect("a command"),
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            found.push(Statement {
                chapter,
                says: line,
                ..Statement::default()
            });
        }
    }
    found
}

/// What a command prints in a language.
fn answer(command: &str, lang: &str) -> String {
    let args: Vec<&str> = command.split(' ').collect();
    let run = Run::new(args[0]).args(&args[1..]).args(&["--lang", lang]);
    let said = |run: Run| {
        let (_, stdout, stderr) = run.text();
        assert!(!stdout.is_empty(), "xfed {command}: {stderr}");
        stdout
    };
    match args[..] {
        ["plan", domain, ..] => {
            let zone = if domain == "toothfairy.uk" {
                TEAMS
            } else {
                MAIL
            };
            let dns = Dns::zone(domain, zone);
            said(run.args(&["--resolver", &dns.address().to_string()]))
        }
        ["check", ..] => {
            let stage = Stage::new();
            let server = demanding(stage.identity()).start();
            let resolver = stage.dns.address().to_string();
            let run = run.args(&["--resolver", &resolver, "--ca-file"]);
            said(run.arg(stage.roots()).connect_to(&server))
        }
        _ => said(run),
    }
}

/// The text with its wraps undone.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_statement_of_the_guide_has_its_answer() {
    let mut missing = Vec::new();
    let mut answers: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for Statement {
        chapter,
        says,
        command,
        words,
    } in &statements()
    {
        for lang in LANGS {
            assert!(words.iter().any(|(of, _)| *of == lang), "{says}: {lang}");
        }
        for (lang, words) in words {
            let key = (*command, *lang);
            let answer = answers
                .entry(key)
                .or_insert_with(|| flat(&answer(command, lang)));
            if !answer.contains(words) {
                missing.push(format!("{chapter}, {says}: xfed {command} lacks {words:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// No chapter is left out, and each comes in its place.
#[test]
fn the_guide_is_walked_from_end_to_end() {
    let statements = statements();
    assert!(statements.len() >= STATEMENTS_AT_LEAST);
    let mut chapters: Vec<&str> = statements.iter().map(|one| one.chapter).collect();
    chapters.dedup();
    let numbers = (1..=13).map(|number: u32| number.to_string());
    let expected: Vec<String> = numbers.chain(["imprint".to_owned()]).collect();
    assert_eq!(chapters, expected);
}

/// Every point in which xfed differs from the guide is on the page of the manual, by its findings.
#[test]
fn the_page_on_differences_names_every_finding_concerned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let differences = &xfed::internals::DIFFERENCES;
    for lang in LANGS {
        let page = root.join(format!(".github/manual/{lang}/differences.md"));
        let page = std::fs::read_to_string(page).expect("a page");
        let explained = answer("explain guide", lang);
        let codes: Vec<&str> = differences
            .iter()
            .flat_map(|difference| difference.codes)
            .copied()
            .collect();
        assert!(codes.len() > differences.len());
        for code in codes {
            assert!(page.contains(&format!("#{code})")), "{lang}: {code}");
            assert!(
                explained.contains(&format!("xfed explain {code}")),
                "{code}"
            );
            let own = answer(&format!("explain {code}"), lang);
            assert!(own.contains("xfed explain guide"), "{lang}: {code}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| ")).count();
        assert_eq!(rows, differences.len() + 1, "{lang}: and the heading");
    }
}
