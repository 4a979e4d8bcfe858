//! Both languages have every text that the program can ask for, and no other.

mod foreign;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{self, Entry};

use super::*;
use crate::judge::all_rules;
use crate::known::ms_diagnostics::DIAGNOSTICS;
use crate::known::subjects::{DIFFERENCES, GUIDE, SUBJECTS};
use crate::model::finding::{NOT_JUDGED, Owner, StepId};
use crate::report::{Status, Verdict};

/// How the name of a text that stands within another one is told from that of a variable.
const REFERENCE: &str = "the text ";

/// Every pattern of a language by `id` or `id.attribute`, with the variables it names.
fn variables(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let resource = fluent_syntax::parser::parse(lang.source()).expect("the texts are well-formed");
    let mut patterns = BTreeMap::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let mut add = |id: String, pattern: &ast::Pattern<&str>| {
            let mut names = BTreeSet::new();
            of_pattern(pattern, &mut names);
            assert!(
                patterns.insert(id.clone(), names).is_none(),
                "{id} appears twice in {lang:?}"
            );
        };
        if let Some(value) = &message.value {
            add(message.id.name.to_owned(), value);
        }
        for attribute in &message.attributes {
            add(
                format!("{}.{}", message.id.name, attribute.id.name),
                &attribute.value,
            );
        }
    }
    patterns
}

fn of_pattern(pattern: &ast::Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            of_expression(expression, names);
        }
    }
}

fn of_expression(expression: &ast::Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => of_inline(inline, names),
        ast::Expression::Select { selector, variants } => {
            of_inline(selector, names);
            for variant in variants {
                of_pattern(&variant.value, names);
            }
        }
    }
}

fn of_inline(inline: &ast::InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        ast::InlineExpression::MessageReference { id, .. } => {
            names.insert(format!("{REFERENCE}{}", id.name));
        }
        ast::InlineExpression::Placeable { expression } => of_expression(expression, names),
        _ => {}
    }
}

#[test]
fn all_languages_say_the_same_with_the_same_arguments() {
    let english = variables(Lang::En);
    for lang in Lang::ALL {
        let texts = variables(lang);
        let ids = |texts: &BTreeMap<String, _>| texts.keys().cloned().collect::<BTreeSet<String>>();
        let (here, there) = (ids(&texts), ids(&english));
        let single: Vec<&String> = here.symmetric_difference(&there).collect();
        assert!(
            single.is_empty(),
            "not in both, English and {lang:?}: {single:?}"
        );
        for (id, names) in &texts {
            assert_eq!(names, &english[id], "{id} in {lang:?}");
        }
    }
}

/// The ids of a language, without attributes.
fn ids(lang: Lang) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = variables(lang).into_keys().collect();
    ids.retain(|id| !id.contains('.'));
    ids
}

/// Ids that are declared in the catalogues: of rules, of diagnostics, of other subjects and of what
/// is not judged.
fn declared() -> BTreeSet<String> {
    let codes = all_rules().map(|(_, rule)| rule.code);
    let diagnostics = DIAGNOSTICS.iter().map(|diagnostic| diagnostic.text);
    let subjects = SUBJECTS.iter().map(|subject| subject.text);
    let differences = DIFFERENCES.iter().map(|difference| difference.text);
    let ids = codes.chain(diagnostics).chain(NOT_JUDGED);
    let ids = ids.chain(subjects).chain(differences);
    ids.map(str::to_owned).collect()
}

/// Ids that are composed of a prefix and the id of an enum's variant.
fn composed() -> BTreeSet<String> {
    let severities = [
        Severity::Info,
        Severity::Warn,
        Severity::Unknown,
        Severity::Fail,
    ];
    let owners = [
        Owner::XphoneAdmin,
        Owner::DnsAdmin,
        Owner::Network,
        Owner::Partner,
    ];
    let with = |prefix: &str, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{prefix}{name}")).collect()
    };
    let verdicts = Verdict::ALL.map(Verdict::id);
    [
        with("step-", &StepId::ALL.map(StepId::id)),
        with("step-", &StepId::OUTBOUND.map(StepId::id)),
        with("step-", &StepId::PAIR.map(StepId::id)),
        with("status-", &Status::ALL.map(Status::id)),
        with("severity-", &severities.map(Severity::id)),
        with("owner-", &owners.map(Owner::id)),
        with("verdict-", &verdicts),
        with("verdict-partner-", &verdicts),
        with("verdict-zone-file-", &verdicts),
        with("verdict-outbound-", &verdicts),
        with("verdict-pair-", &verdicts),
    ]
    .concat()
    .into_iter()
    .collect()
}

/// A string literal in the sources that could be the id of a text.
struct Literal {
    file: String,
    text: String,
    /// Whether it is the argument of a function that takes the id of a text.
    is_asked_for: bool,
    /// Whether it is the end of an id that begins with `expected-`.
    is_kind: bool,
}

/// The literals of all sources, without comments and tests.
fn literals() -> Vec<Literal> {
    let mut found = Vec::new();
    read_folder(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

fn read_folder(folder: &Path, found: &mut Vec<Literal>) {
    each_source(folder, &mut |file, code| read_code(file, code, found));
}

/// Every source, without comments and tests.
fn each_source(folder: &Path, look: &mut dyn FnMut(&str, &str)) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        let is_tests = |name: &str| path.ends_with(name);
        if path.is_dir() {
            if !is_tests("tests") {
                each_source(&path, look);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !is_tests("tests.rs")
        {
            let source = std::fs::read_to_string(&path).expect("a source file");
            let code = source.split("#[cfg(test)]").next().unwrap_or_default();
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            let code: Vec<&str> = code.lines().filter(is_code).collect();
            look(&path.display().to_string(), &code.join("\n"));
        }
    }
}

fn read_code(file: &str, code: &str, found: &mut Vec<Literal>) {
    let is_of_an_id = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    for (at, _) in code.match_indices('"') {
        let (before, rest) = (code[..at].trim_end(), &code[at + 1..]);
        let end = rest.find(|letter| !is_of_an_id(letter) && letter != '-');
        let text = &rest[..end.unwrap_or(rest.len())];
        let is_whole = text.starts_with(is_of_an_id) && text.ends_with(is_of_an_id);
        if is_whole && rest[text.len()..].starts_with('"') {
            let doors = [".plain(", ".say(", ".attribute(", "Note::new("];
            found.push(Literal {
                file: file.to_owned(),
                text: text.to_owned(),
                is_asked_for: doors.iter().any(|door| before.ends_with(door)),
                is_kind: before.ends_with("Kind("),
            });
        }
    }
}

/// The word that an id begins with: texts on one subject share it.
fn family(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}

/// A literal of several words is taken for an id if it begins like one: `"plan-titel"` is found
/// wherever it is written.
#[test]
fn every_id_in_the_sources_is_a_text_in_both_languages() {
    let declared = declared();
    for lang in Lang::ALL {
        let ids = ids(lang);
        let families: BTreeSet<&str> = ids
            .iter()
            .filter(|id| !declared.contains(*id))
            .map(|id| family(id))
            // Everyday words, with which the names of outcomes begin as well.
            .filter(|family| !["name", "not"].contains(family))
            .collect();
        let mut missing: Vec<String> = Vec::new();
        for literal in literals() {
            let Literal { file, text, .. } = &literal;
            let looks_like_one = text.contains('-') && families.contains(family(text));
            if (literal.is_asked_for || looks_like_one) && !ids.contains(text) {
                missing.push(format!("{file}: {text}"));
            }
            if literal.is_kind && !ids.contains(&format!("expected-{text}")) {
                missing.push(format!("{file}: expected-{text}"));
            }
        }
        assert!(missing.is_empty(), "{lang:?} lacks {missing:#?}");
        let made = declared.union(&composed()).cloned().collect();
        let missing: Vec<&String> = BTreeSet::difference(&made, &ids).collect();
        assert!(missing.is_empty(), "{lang:?} lacks {missing:?}");
    }
}

#[test]
fn every_text_is_used() {
    let literals: BTreeSet<String> = literals().into_iter().map(|literal| literal.text).collect();
    let made: BTreeSet<String> = declared().union(&composed()).cloned().collect();
    let within: BTreeSet<String> = variables(Lang::En).into_values().flatten().collect();
    let is_used = |id: &&String| {
        let kind = id.strip_prefix("expected-");
        within.contains(&format!("{REFERENCE}{id}"))
            || made.contains(*id)
            || literals.contains(*id)
            || kind.is_some_and(|kind| literals.contains(kind))
    };
    let ids = ids(Lang::En);
    let unused: Vec<&String> = ids.iter().filter(|id| !is_used(id)).collect();
    assert!(unused.is_empty(), "nothing asks for {unused:?}");
}

/// The first line of every format, and the subject of a ticket.
#[test]
fn every_rule_has_a_short_headline_in_both_languages() {
    let mut args = FluentArgs::new();
    for (name, value) in [
        ("port", "5061"),
        ("version", "TLS 1.1"),
        ("record", "SRV"),
        ("hash", "SHA-224"),
        ("proxy", "Cloudflare"),
        ("source", "dns"),
        ("key", "Ed25519"),
        ("why", "edns"),
        ("rcode", "ALIASES"),
        ("how", "refused"),
        ("top", "open"),
        ("kind", "AAAA"),
        ("lesser", "yes"),
        ("excuse", "no-certificate"),
        ("codes", "cert-expired"),
        ("what", "encoding"),
        ("codes_first", "the certificate has expired"),
        ("reach", "none"),
        ("status", "400"),
        ("marked", "no"),
        ("partner", "no"),
    ] {
        args.set(name, value);
    }
    for (lang, who, device) in Lang::ALL
        .iter()
        .flat_map(|lang| [(*lang, "leaf", "none"), (*lang, "root", "FRITZ!Box")])
    {
        let texts = Texts::new(lang);
        args.set("who", who);
        args.set("device", device);
        for (_, rule) in all_rules() {
            let code = rule.code;
            let headline = texts
                .format(code, Some("headline"), &args)
                .unwrap_or_else(|| panic!("{lang:?} lacks {code}.headline"));
            let length = headline.chars().count();
            assert!(
                length <= 60,
                "{lang:?}: {code}.headline has {length}: {headline}"
            );
            assert!(
                !headline.ends_with('.'),
                "it is part of a sentence: {headline}"
            );
        }
    }
}

#[test]
fn every_rule_and_step_is_explained_in_both_languages() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        let patterns = variables(lang);
        let explained = |id: &str| {
            for part in ["what", "why", "mend", "source"] {
                let text = texts.attribute(id, part);
                assert!(text.is_some(), "{lang:?} lacks {id}.{part}");
            }
        };
        for (_, rule) in all_rules() {
            explained(rule.code);
            let fix = patterns.contains_key(&format!("{}.fix", rule.code));
            let needs_none = rule.severity == Severity::Info;
            assert!(fix || needs_none, "{lang:?} lacks {}.fix", rule.code);
        }
        for subject in &SUBJECTS {
            let others: &[&str] = if subject.name == GUIDE {
                &[]
            } else {
                &["mend"]
            };
            for part in ["what", "source"].iter().chain(others) {
                let text = texts.attribute(subject.text, part);
                assert!(text.is_some(), "{lang:?} lacks {}.{part}", subject.text);
            }
        }
        for difference in &DIFFERENCES {
            let text = texts.attribute(difference.text, "what");
            assert!(text.is_some(), "{lang:?} lacks {}.what", difference.text);
        }
        for step in [&StepId::ALL[..], &StepId::OUTBOUND, &StepId::PAIR].concat() {
            explained(&format!("step-{}", step.id()));
        }
    }
}

/// The list of `xfed explain` has all of them, and no finding to go by.
#[test]
fn every_headline_can_be_said_without_a_finding() {
    for lang in Lang::ALL {
        let texts = Texts::new(lang);
        for (_, rule) in all_rules() {
            // What it lacks would be said, in place of the headline, where it is formatted.
            let headline = texts.headline_of_any(rule.code);
            assert!(headline.is_some(), "{lang:?} lacks {}.headline", rule.code);
        }
    }
}

/// An attribute that nobody asks for is a misspelt one.
#[test]
fn attributes_are_the_ones_that_are_asked_for() {
    for key in variables(Lang::En).keys() {
        let Some((id, attribute)) = key.split_once('.') else {
            continue;
        };
        let asked_for: &[&str] = match family(id) {
            "reservation" => &["brief"],
            "topic" => &["what", "why", "mend", "unknown", "source"],
            _ => &[
                "headline", "fix", "partner", "what", "why", "mend", "source",
            ],
        };
        assert!(asked_for.contains(&attribute), "{key}");
    }
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "there is no text plan-titel in De")]
fn a_missing_text_fails_in_debug_builds() {
    Texts::new(Lang::De).plain("plan-titel");
}

#[test]
fn users_never_see_an_id() {
    let args = FluentArgs::new();
    let english = Texts::new(Lang::En).plain("status-pass");
    assert_eq!(fallback("status-pass", &args), english);
    assert_eq!(fallback("plan-titel", &args), "");
}

/// Every wording of a pattern that a reader of the partner view can get: all variants, but of what
/// depends on whose domain it is, theirs. Texts within texts are put in.
fn wordings(pattern: &ast::Pattern<&str>, texts: &BTreeMap<String, ast::Pattern<&str>>) -> String {
    let parts = pattern.elements.iter().map(|element| match element {
        ast::PatternElement::TextElement { value } => (*value).to_owned(),
        ast::PatternElement::Placeable { expression } => wordings_of(expression, texts),
    });
    parts.collect()
}

fn wordings_of(
    expression: &ast::Expression<&str>,
    texts: &BTreeMap<String, ast::Pattern<&str>>,
) -> String {
    match expression {
        ast::Expression::Inline(ast::InlineExpression::MessageReference { id, .. }) => {
            wordings(&texts[id.name], texts)
        }
        ast::Expression::Inline(_) => "…".to_owned(),
        ast::Expression::Select { selector, variants } => {
            let is_of_partner = matches!(
                selector,
                ast::InlineExpression::VariableReference { id } if id.name == "partner"
            );
            let said = variants.iter().filter(|variant| match &variant.key {
                ast::VariantKey::Identifier { name } => !is_of_partner || *name == "yes",
                ast::VariantKey::NumberLiteral { .. } => true,
            });
            let said = said.map(|variant| wordings(&variant.value, texts));
            said.collect::<Vec<_>>().join(" | ")
        }
    }
}

/// What belongs to an XPhone server of one's own. A partner's may be of any make, and is not ours to
/// administer.
const OWN: [&str; 10] = [
    "XPhone administration",
    "XPhone-Administration",
    "XPhone server",
    "XPhone-Server",
    "XPhone Connect Server",
    "XPhone domain",
    "XPhone-Domäne",
    "in XPhone",
    "port forward",
    "Port-Forwarding",
];

#[test]
fn no_text_of_the_partner_view_speaks_of_a_server_of_ones_own() {
    for lang in Lang::ALL {
        let resource = fluent_syntax::parser::parse(lang.source()).expect("well-formed");
        let mut texts = BTreeMap::new();
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let id = message.id.name;
            for attribute in message.attributes {
                texts.insert(format!("{id}.{}", attribute.id.name), attribute.value);
            }
            if let Some(value) = message.value {
                texts.insert(id.to_owned(), value);
            }
        }
        let mut wrong = Vec::new();
        for (_, rule) in all_rules() {
            let code = rule.code;
            let own = format!("{code}.partner");
            // A remark on what is theirs asks for nothing.
            let is_theirs = rule.owners_as_partner == [Owner::Partner];
            let is_remark = rule.as_partner == Severity::Info && is_theirs;
            let fix = match (texts.contains_key(&own), is_remark) {
                (true, _) => Some(own),
                (false, true) => None,
                (false, false) => Some(format!("{code}.fix")),
            };
            let shown = [Some(code.to_owned()), Some(format!("{code}.headline")), fix];
            for id in shown.into_iter().flatten() {
                let Some(pattern) = texts.get(&id) else {
                    continue;
                };
                let said = wordings(pattern, &texts);
                let own = OWN.iter().filter(|words| said.contains(*words));
                wrong.extend(own.map(|words| format!("{lang:?} {id}: {words}")));
            }
        }
        for remedy in ["remedy-order", "remedy-choose", "remedy-settled"] {
            let said = wordings(&texts[remedy], &texts);
            let own = OWN.iter().filter(|words| said.contains(*words));
            wrong.extend(own.map(|words| format!("{lang:?} {remedy}: {words}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
