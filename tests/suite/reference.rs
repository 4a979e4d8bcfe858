//! `xfed explain`, one by one and all at once: what is in the catalogue is in the reference.

use std::collections::BTreeSet;

use pulldown_cmark::HeadingLevel;
use xfed::internals::{DIAGNOSTICS, Kind, Lang, SUBJECTS, StepId, Texts, all_rules};

use crate::derived::{assert_snapshot, compare_or_write};
use crate::document::Document;
use crate::stage::Run;

/// The languages, and the file that holds the reference in each.
const FILES: [(&str, Lang, &str); 2] = [
    ("en", Lang::En, ".github/REFERENCE.md"),
    ("de", Lang::De, ".github/REFERENCE.de.md"),
];

fn explained(lang: &str, args: &[&str]) -> String {
    let run = Run::new("explain").args(&["--lang", lang]).args(args);
    let (code, stdout, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

fn reference(lang: &str) -> Document {
    Document::parse(&explained(lang, &["--all", "--format=markdown"]))
}

#[test]
fn every_code_step_and_number_has_its_heading_in_the_reference() {
    for (lang, texts, _) in FILES.map(|(lang, of, _)| (lang, Texts::new(of), of)) {
        let document = reference(lang);
        let at = |level| {
            let headings = document.headings.iter();
            headings
                .filter(move |heading| heading.level == level)
                .map(|heading| heading.text.clone())
                .collect::<Vec<_>>()
        };
        let codes = all_rules().map(|(_, rule)| rule.code.to_owned());
        let numbers = DIAGNOSTICS.iter();
        let numbers = numbers.map(|one| format!("ms-diagnostics {}", one.number));
        let of_kind = |kind| SUBJECTS.iter().filter(move |subject| subject.kind == kind);
        let subjects = Kind::ALL.into_iter().flat_map(of_kind);
        let subjects = subjects.map(|subject| subject.name.to_owned());
        assert_eq!(
            at(HeadingLevel::H3),
            codes.chain(numbers).chain(subjects).collect::<Vec<_>>(),
            "{lang}: all of them, in the order of the checklist"
        );
        let steps: Vec<String> = StepId::ALL
            .map(|step| {
                let name = texts.plain(&format!("step-{}", step.id()));
                format!("{} {name}", step.number())
            })
            .to_vec();
        assert_eq!(at(HeadingLevel::H2)[..6], steps, "{lang}");
        assert_eq!(at(HeadingLevel::H1).len(), 1, "{lang}: one title");
    }
}

#[test]
fn a_code_is_its_own_anchor_and_every_link_leads_somewhere() {
    for (lang, ..) in FILES {
        let document = reference(lang);
        for (_, rule) in all_rules() {
            assert!(document.has_anchor(rule.code), "{lang}: {}", rule.code);
        }
        let anchors: BTreeSet<&str> = document
            .headings
            .iter()
            .map(|heading| heading.anchor.as_str())
            .collect();
        assert_eq!(anchors.len(), document.headings.len(), "{lang}: one each");
        let (inside, outside): (Vec<&String>, Vec<&String>) = document
            .links
            .iter()
            .partition(|link| link.starts_with('#'));
        for link in inside {
            assert!(document.has_anchor(&link[1..]), "{lang}: {link}");
        }
        for link in outside {
            let number = link.strip_prefix("https://www.rfc-editor.org/rfc/rfc");
            let digits = number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
            assert!(digits, "{lang}: {link}");
        }
    }
}

/// Whatever stands in a text – `<domain>`, `*.`, `_tcp`, backslashes – is read as it was written.
#[test]
fn no_text_gets_lost_in_markdown() {
    for (lang, of, _) in FILES {
        let texts = Texts::new(of);
        let document = reference(lang);
        assert_eq!(document.html, Vec::<String>::new(), "{lang}");
        let said = |text: &str| {
            let found = document.paragraphs.iter().any(|own| own.ends_with(text));
            assert!(found, "{lang}: {text}");
        };
        let steps = StepId::ALL.map(|step| format!("step-{}", step.id()));
        let codes = all_rules().map(|(_, rule)| rule.code.to_owned());
        for id in codes.chain(steps) {
            for part in ["what", "why", "mend", "source"] {
                let text = texts.attribute(&id, part);
                said(&text.unwrap_or_else(|| panic!("{id}.{part}")));
            }
        }
        for text in texts.not_judged(false) {
            said(&text);
        }
        for diagnostic in &DIAGNOSTICS {
            said(&texts.plain(diagnostic.text));
        }
        for subject in &SUBJECTS {
            for part in ["what", "why", "mend", "unknown", "source"] {
                if let Some(text) = texts.attribute(subject.text, part) {
                    said(&text);
                }
            }
        }
    }
}

#[test]
fn commands_stand_in_blocks_to_be_copied() {
    let document = Document::parse(&explained("en", &["srv-missing", "--format=markdown"]));
    let command = "nslookup -nosearch -type=SRV _sipfederationtls._tcp.<domain>.\n";
    assert!(
        document
            .blocks
            .contains(&("text".to_owned(), command.to_owned())),
        "{:?}",
        document.blocks
    );
}

#[test]
fn one_topic_as_markdown_leads_nowhere_that_is_not_there() {
    for topic in [
        "cert-wildcard",
        "certificate",
        "1009",
        "step-crashed",
        "guide",
    ] {
        let document = Document::parse(&explained("de", &[topic, "--format=markdown"]));
        assert_eq!(document.headings.len(), 1, "{topic}");
        assert_eq!(document.headings[0].level, HeadingLevel::H1, "{topic}");
        let inside = document.links.iter().find(|link| link.starts_with('#'));
        assert_eq!(inside, None, "{topic}");
    }
}

#[test]
fn all_in_plain_text_is_every_topic_in_a_row() {
    for (lang, ..) in FILES {
        let all = explained(lang, &["--all"]);
        let steps = StepId::ALL.map(|step| step.id().to_owned());
        let codes = all_rules().map(|(_, rule)| rule.code.to_owned());
        let numbers = DIAGNOSTICS.iter().map(|one| one.number.to_string());
        let mut last = 0;
        let of_kind = |kind| SUBJECTS.iter().filter(move |subject| subject.kind == kind);
        let subjects = Kind::ALL.into_iter().flat_map(of_kind);
        let subjects = subjects.map(|subject| subject.name.to_owned());
        for topic in codes.chain(numbers).chain(subjects) {
            let own = explained(lang, &[&topic]);
            let start = all.find(&own).unwrap_or_else(|| panic!("{lang}: {topic}"));
            assert!(start >= last, "{lang}: {topic} in its place");
            last = start;
        }
        for step in steps {
            assert!(all.contains(&explained(lang, &[&step])), "{lang}: {step}");
        }
        let texts = Texts::new(if lang == "de" { Lang::De } else { Lang::En });
        assert!(all[last..].contains(&texts.plain("not-judged-title")));
    }
}

/// Umlauts take two columns each then; commands are never wrapped.
#[test]
fn lines_spelt_out_in_ascii_still_fit() {
    let run = Run::new("explain").args(&["--all", "--lang=de"]);
    let (_, stdout, _) = run.env("LANG", "C").text();
    assert!(stdout.is_ascii());
    let tools = ["openssl", "nslookup", "Test-", "xfed cert"];
    for line in stdout.lines().filter(|line| line.starts_with("  ")) {
        let command = tools.iter().any(|tool| line.contains(tool));
        assert!(command || line.len() <= 80, "{line}");
    }
}

#[test]
fn a_topic_or_all() {
    let (code, stdout, stderr) = Run::new("explain").args(&["--all", "srv"]).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("[TOPIC]"), "{stderr}");
}

/// What the READMEs link into is what the program says.
#[test]
fn the_reference_in_the_repository_is_up_to_date() {
    for (lang, _, file) in FILES {
        let now = explained(lang, &["--all", "--format=markdown"]);
        compare_or_write(file, &now);
    }
}

/// Codes are forever: a renamed or vanished one shows here.
#[test]
fn codes_are_forever() {
    let codes: Vec<String> = all_rules()
        .map(|(step, rule)| {
            let step = step.map_or("any", StepId::id);
            format!("{step} {} {}", rule.code, rule.severity.id())
        })
        .collect();
    assert_snapshot!("codes", codes.join("\n"));
}
