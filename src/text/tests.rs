//! Both languages say the same.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{self, Entry};

use super::*;
use crate::judge::all_rules;
use crate::model::finding::StepId;

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
        assert_eq!(here, there, "{lang:?} and English differ");
        for (id, names) in &texts {
            assert_eq!(names, &english[id], "{id} in {lang:?}");
        }
    }
}

#[test]
fn every_rule_and_step_is_worded_and_explained() {
    let texts = Texts::new(Lang::En);
    let patterns = variables(Lang::En);
    for (_, rule) in all_rules() {
        assert!(patterns.contains_key(rule.code), "{}", rule.code);
        for part in ["what", "why", "mend", "source"] {
            assert!(
                texts.attribute(rule.code, part).is_some(),
                "{}.{part}",
                rule.code
            );
        }
        let fix = patterns.contains_key(&format!("{}.fix", rule.code));
        assert!(fix || rule.severity == Severity::Info, "{}.fix", rule.code);
    }
    for step in StepId::ALL {
        for part in ["what", "why", "mend", "source"] {
            let id = format!("step-{}", step.id());
            assert!(texts.attribute(&id, part).is_some(), "{id}.{part}");
        }
    }
}
