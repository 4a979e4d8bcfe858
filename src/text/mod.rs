//! Makes sentences of findings and notes, in English and German.
//!
//! The only place where names from DNS, certificates or SIP become text for people: whatever a
//! peer chose is made harmless here, so that no format can forget it.

mod commands;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use unic_langid::LanguageIdentifier;

use crate::model::finding::{Args, Finding, Note, Severity, Value};
use crate::model::names::SRV_PREFIX;
use crate::report::Report;

pub use commands::{verify, verify_by_rule};

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// German.
    De,
}

impl Lang {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The language of a locale such as `de_AT.UTF-8` or `de-DE`; English when it is neither.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale
            .split(['-', '_', '.', '@'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("de") {
            Self::De
        } else {
            Self::En
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("en.ftl"),
            Self::De => include_str!("de.ftl"),
        }
    }

    fn id(self) -> LanguageIdentifier {
        let tag = match self {
            Self::En => "en",
            Self::De => "de",
        };
        tag.parse().expect("both are well-formed language tags")
    }

    /// Dates as the language writes them: `2026-11-22`, `22.11.2026`.
    fn date_format(self) -> &'static [BorrowedFormatItem<'static>] {
        match self {
            Self::En => format_description!("[year]-[month]-[day]"),
            Self::De => format_description!("[day].[month].[year]"),
        }
    }
}

/// All texts of one language.
pub struct Texts {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

/// What every finding of a report may name besides its own arguments.
#[derive(Clone, Debug)]
pub struct Context {
    /// The XPhone domain.
    pub domain: String,
    /// The server's name, or a good one for it while there is none.
    pub server: String,
}

impl Context {
    /// The names of this report.
    pub fn of(report: &Report) -> Self {
        let suggested = || format!("xphone.{}", report.terms().domain);
        let server = report
            .fqdns
            .first()
            .map_or_else(suggested, ToString::to_string);
        Self {
            domain: report.terms().domain.to_string(),
            server,
        }
    }

    /// Names to fill in, where there is no report.
    pub fn placeholder() -> Self {
        Self {
            domain: "<domain>".to_owned(),
            server: "<FQDN>".to_owned(),
        }
    }

    fn srv_name(&self) -> String {
        format!("{SRV_PREFIX}{}", self.domain)
    }
}

impl Texts {
    /// The texts of this language.
    pub fn new(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new(vec![lang.id()]);
        // The marks that isolate arguments confuse terminals and everything that parses.
        bundle.set_use_isolating(false);
        // Both files are compiled in and tested; what parses of a broken one is still of use.
        let resource = FluentResource::try_new(lang.source().to_owned())
            .unwrap_or_else(|(usable, _errors)| usable);
        bundle.add_resource_overriding(resource);
        Self { lang, bundle }
    }

    /// The language of these texts.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A text without arguments.
    pub fn plain(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// A text with arguments.
    pub fn say(&self, id: &str, named: &[(&'static str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in named {
            args.set(*name, printable(value));
        }
        self.format(id, None, &args)
            .unwrap_or_else(|| id.to_owned())
    }

    /// The attribute of a text that needs no arguments, such as `why` of a rule.
    pub fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        self.format(id, Some(attribute), &FluentArgs::new())
    }

    /// A remark of a row.
    pub fn note(&self, note: &Note, context: &Context) -> String {
        let args = self.arguments(&note.args, context);
        self.format(note.id, None, &args)
            .unwrap_or_else(|| note.id.to_owned())
            .trim_end()
            .to_owned()
    }

    /// The same in a few words, where there is a wording for that.
    pub fn brief(&self, note: &Note, context: &Context) -> Option<String> {
        let args = self.arguments(&note.args, context);
        self.format(note.id, Some("brief"), &args)
    }

    /// What was found: observed and expected, and what the user's policy makes of it.
    pub fn message(&self, finding: &Finding, context: &Context) -> String {
        let args = self.arguments(&finding.args, context);
        let code = finding.rule.code;
        let message = self.format(code, None, &args);
        let mut message =
            message.map_or_else(|| code.to_owned(), |message| message.trim_end().to_owned());
        // Here, so that no format can forget it.
        for standing in self.standing(finding) {
            message = format!("{message} ({standing})");
        }
        message
    }

    fn standing(&self, finding: &Finding) -> Vec<String> {
        let severity = |severity: Severity| self.plain(&format!("severity-{}", severity.id()));
        let by_default = finding.by_default();
        let mut standing = Vec::new();
        let set = finding
            .accepted()
            .map_or(finding.severity, |accepted| accepted.instead_of);
        if set != by_default {
            let (set, by_default) = (severity(set), severity(by_default));
            standing.push(self.say("standing-set", &[("set", &set), ("default", &by_default)]));
        }
        if let Some(accepted) = finding.accepted() {
            let until = self.date(accepted.until.midnight().assume_utc());
            standing.push(if accepted.reason.is_empty() {
                self.say("standing-accepted-plain", &[("until", &until)])
            } else {
                let reason = accepted.reason.as_str();
                self.say(
                    "standing-accepted",
                    &[("until", &until), ("reason", reason)],
                )
            });
        }
        standing
    }

    /// What to do about it, where there is something to do.
    pub fn fix(&self, finding: &Finding, context: &Context) -> Option<String> {
        self.format(
            finding.rule.code,
            Some("fix"),
            &self.arguments(&finding.args, context),
        )
    }

    fn arguments(&self, args: &Args, context: &Context) -> FluentArgs<'static> {
        let mut fluent = FluentArgs::new();
        fluent.set("domain", context.domain.clone());
        fluent.set("srv_name", context.srv_name());
        fluent.set("server", context.server.clone());
        for (name, value) in args.iter() {
            match value {
                Value::Text(text) => fluent.set(name, printable(text)),
                Value::Number(number) => fluent.set(name, *number),
                Value::Date(moment) => fluent.set(name, self.date(*moment)),
                Value::Time(moment) => fluent.set(name, time_of_day(*moment)),
                Value::List(list) => {
                    let listed: Vec<String> = list.iter().map(|item| printable(item)).collect();
                    fluent.set(format!("{name}_count"), FluentValue::from(listed.len()));
                    fluent.set(name, listed.join(", "));
                }
            }
        }
        fluent
    }

    /// A date as this language writes it.
    pub fn date(&self, moment: time::OffsetDateTime) -> String {
        moment
            .format(self.lang.date_format())
            .unwrap_or_else(|_| moment.unix_timestamp().to_string())
    }

    fn format(&self, id: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(args), &mut errors)
            .into_owned();
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        Some(text)
    }
}

/// A time of day that means the same everywhere.
fn time_of_day(moment: time::OffsetDateTime) -> String {
    let moment = moment.to_offset(time::UtcOffset::UTC);
    format!("{:02}:{:02} UTC", moment.hour(), moment.minute())
}

/// Text from a stranger, fit for a terminal and every format behind it: control characters,
/// direction marks and invisible characters are written as escapes.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Whether a character can change how a terminal shows what stands around it.
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast::{self, Entry};

    use super::*;
    use crate::judge::all_rules;
    use crate::model::finding::{Severity, StepId};

    /// Every pattern of a language by `id` or `id.attribute`, with the variables it names.
    fn variables(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
        let resource =
            fluent_syntax::parser::parse(lang.source()).expect("the texts are well-formed");
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
                    "{id} stands twice in {lang:?}"
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
            let own = variables(lang);
            let missing: Vec<_> = english.keys().filter(|id| !own.contains_key(*id)).collect();
            let foreign: Vec<_> = own.keys().filter(|id| !english.contains_key(*id)).collect();
            assert!(
                missing.is_empty() && foreign.is_empty(),
                "{lang:?} lacks {missing:?}, alone has {foreign:?}"
            );
            for (id, names) in &own {
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

    #[test]
    fn locales_choose_a_language() {
        for (locale, lang) in [
            ("de", Lang::De),
            ("de-CH", Lang::De),
            ("de_AT.UTF-8", Lang::De),
            ("DE", Lang::De),
            ("en_US.UTF-8", Lang::En),
            ("den", Lang::En),
            ("C.UTF-8", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }

    #[test]
    fn what_a_stranger_wrote_is_made_harmless() {
        for (written, shown) in [
            ("xphone.zahnfee.de", "xphone.zahnfee.de"),
            ("Zähne", "Zähne"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{9b}31mb", "a\\u{9b}31mb"),
            ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\u{200b}\u{feff}b", "a\\u{200b}\\u{feff}b"),
        ] {
            assert_eq!(printable(written), shown);
        }
    }
}
