//! Makes sentences of findings and notes, in English and German.
//!
//! The only place where names from DNS, certificates or SIP become text for people: all of them are
//! escaped here, so that no format can forget it.

mod clock;
mod commands;
mod context;
mod entries;
mod escape;
mod fix;
mod lang;
mod planned;
mod tools;

use fluent_bundle::{FluentArgs, FluentValue};
use time::OffsetDateTime;

use crate::model::finding::{Args, Finding, NOT_JUDGED, Note, Owner, Severity, Value};
use crate::model::limits::{MAX_ALIASES, clipped};

pub(crate) use clock::{Precision, time_of_day};
pub(crate) use commands::{verify, verify_by_rule};
pub(crate) use context::Context;
use entries::Entries;
pub use escape::{is_harmful, printable};
use fix::NEXT_ENTRY;
pub(crate) use fix::{Fix, Line};
pub use lang::Lang;

/// Most texts have no more arguments.
const CAPACITY: usize = 12;
/// The longest value in a sentence, in characters: longer than any name of DNS.
const LONGEST_VALUE: usize = 300;
/// A list of more items than this is cut after the first.
const MOST_LISTED: usize = 12;
const FIRST_LISTED: usize = 10;
/// Of many names so many are told, each cut here.
const FEW: usize = 3;
const LONG_NAME: usize = 100;

/// All texts of one language.
///
/// A text that the program asks for and that is missing is a bug: it fails in debug builds, and the
/// tests ask for every id in both languages. A release shows the English text instead, and nothing
/// if there is none either, but never the id.
pub struct Texts {
    lang: Lang,
    entries: Entries,
}

impl Texts {
    /// The texts of this language.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            entries: Entries::of(lang),
        }
    }

    /// The language of these texts.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// A text without arguments.
    pub fn plain(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// A text with arguments.
    pub(crate) fn say(&self, id: &str, named: &[(&'static str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in named {
            args.set(*name, printable(value));
        }
        self.required(id, &args)
    }

    /// An attribute without arguments, such as `why` of a rule. Not every text has every attribute.
    pub fn attribute(&self, id: &str, attribute: &str) -> Option<String> {
        self.format(id, Some(attribute), &FluentArgs::new())
    }

    /// What no check from outside can judge. Who looks at a partner need not be told to.
    pub fn not_judged(&self, partner: bool) -> [String; 3] {
        let partner = if partner { "yes" } else { "no" };
        NOT_JUDGED.map(|id| self.say(id, &[("partner", partner)]))
    }

    /// The text of a note.
    pub(crate) fn note(&self, note: &Note, context: &Context) -> String {
        let args = self.arguments(&note.args, context, &context.server);
        self.required(note.id, &args).trim_end().to_owned()
    }

    /// A note in a few words, if there is a short wording.
    pub(crate) fn brief(&self, note: &Note, context: &Context) -> Option<String> {
        let args = self.arguments(&note.args, context, &context.server);
        self.format(note.id, Some("brief"), &args)
    }

    /// All that is said of a finding: the headline, the message, and what to do.
    pub(crate) fn told(&self, finding: &Finding, context: &Context) -> Told {
        let args = self.about(finding, context);
        Told {
            headline: self.headline_with(finding, &args),
            message: self.at_host(finding, self.message_with(finding, &args)),
            fix: self.fix_with(finding, context, &args),
        }
    }

    /// What was observed and what was expected, followed by what the user's policy says about it.
    pub(crate) fn message(&self, finding: &Finding, context: &Context) -> String {
        self.at_host(finding, self.bare_message(finding, context))
    }

    /// Where there are several servers, a message names its own.
    fn at_host(&self, finding: &Finding, message: String) -> String {
        let host = finding.host().filter(|host| !message.contains(host));
        match host {
            Some(host) => self.say("of-host", &[("host", host), ("message", &message)]),
            None => message,
        }
    }

    /// The same for a place that names the server.
    pub(crate) fn bare_message(&self, finding: &Finding, context: &Context) -> String {
        self.message_with(finding, &self.about(finding, context))
    }

    fn message_with(&self, finding: &Finding, args: &FluentArgs<'_>) -> String {
        let message = self.required(finding.rule.code, args);
        let mut message = message.trim_end().to_owned();
        // Added here, so that no format can forget it.
        for standing in self.standing(finding) {
            message = format!("{message} ({standing})");
        }
        message
    }

    /// What is wrong, in at most 60 characters: part of the sentence that begins with the domain.
    pub(crate) fn headline(&self, finding: &Finding, context: &Context) -> String {
        self.headline_with(finding, &self.about(finding, context))
    }

    fn headline_with(&self, finding: &Finding, args: &FluentArgs<'_>) -> String {
        self.format(finding.rule.code, Some("headline"), args)
            .unwrap_or_else(|| finding.rule.code.to_owned())
    }

    /// The headline of a code where there is no finding: `…` stands for what only a finding knows.
    pub(crate) fn headline_of_any(&self, code: &str) -> Option<String> {
        let mut args = FluentArgs::new();
        let names = [
            "port",
            "version",
            "record",
            "hash",
            "proxy",
            "key",
            "why",
            "rcode",
            "how",
            "top",
            "excuse",
            "codes",
            "codes_first",
            "kind",
            "lesser",
            "reach",
            "status",
            "what",
            "marked",
        ];
        for name in names {
            args.set(name, "…");
        }
        args.set("source", "dns");
        // The server's own certificate is what most are about.
        args.set("who", "leaf");
        args.set("device", "none");
        args.set("partner", "no");
        self.format(code, Some("headline"), &args)
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

    /// What to do about a finding, if there is anything to do.
    pub(crate) fn fix(&self, finding: &Finding, context: &Context) -> Option<Fix> {
        self.fix_with(finding, context, &self.about(finding, context))
    }

    fn fix_with(&self, finding: &Finding, context: &Context, args: &FluentArgs<'_>) -> Option<Fix> {
        if let Some(rule) = finding.settled_by {
            return Some(Fix::read(&self.say("settled-by", &[("code", rule.code)])));
        }
        if context.is_partner
            && finding.severity != Severity::Unknown
            && finding.remedy().is_none()
            && let Some(text) = self.format(finding.rule.code, Some("partner"), args)
        {
            return Some(Fix::read(&text));
        }
        if context.is_partner && finding.is_partners_business() {
            return None;
        }
        let text = match finding.remedy() {
            Some(remedy) => Some(self.required(remedy, args)),
            None => self.format(finding.rule.code, Some("fix"), args),
        }?;
        if context.is_partner && finding.owners(true) == [Owner::Partner] {
            return Some(Fix::read(&text).addressed_to_partner());
        }
        let Some(command) = planned::plan(finding, context) else {
            return Some(Fix::read(&text));
        };
        let hint = self.plain("fix-plan");
        Some(Fix::read(&format!(
            "{}\n{hint}{NEXT_ENTRY}{command}",
            text.trim_end()
        )))
    }

    /// A line of a fix, as those read it who may be somebody else.
    pub(crate) fn line(&self, line: &Line) -> String {
        match line.owner.filter(|_| line.is_first) {
            Some(owner) => format!("{}: {}", self.owner(owner), line.text),
            None => line.text.clone(),
        }
    }

    /// An owner, at the beginning of a line.
    pub(crate) fn owner(&self, owner: Owner) -> String {
        capitalised(&self.plain(&format!("owner-{}", owner.id())))
    }

    /// A date as this language writes it.
    pub(crate) fn date(&self, moment: OffsetDateTime) -> String {
        moment
            .format(self.lang.date_format())
            .unwrap_or_else(|_| moment.unix_timestamp().to_string())
    }

    /// What the texts of a finding can name. The server is its own where there are several.
    fn about<'a>(&self, finding: &'a Finding, context: &'a Context) -> FluentArgs<'a> {
        let server = finding.host().unwrap_or(&context.server);
        self.arguments(&finding.args, context, server)
    }

    fn arguments<'a>(
        &self,
        args: &'a Args,
        context: &'a Context,
        server: &'a str,
    ) -> FluentArgs<'a> {
        let mut fluent = FluentArgs::with_capacity(CAPACITY);
        fluent.set("domain", context.domain.as_str());
        fluent.set("srv_name", context.srv_name.as_str());
        fluent.set("server", server);
        let is_known = if context.is_server_known { "yes" } else { "no" };
        fluent.set("server_known", is_known);
        let source = if context.is_from_file { "file" } else { "dns" };
        fluent.set("source", source);
        let is_direct = if context.is_direct { "yes" } else { "no" };
        fluent.set("direct", is_direct);
        let is_partner = if context.is_partner { "yes" } else { "no" };
        fluent.set("partner", is_partner);
        for (name, value) in args.iter() {
            match value {
                Value::Text(text) => fluent.set(name, printable(&clipped(text, LONGEST_VALUE))),
                Value::Number(number) => fluent.set(name, *number),
                Value::Date(moment) => fluent.set(name, self.date(*moment)),
                Value::Time(moment) => fluent.set(name, time_of_day(*moment, Precision::Minutes)),
                Value::List(list) => self.set_list(&mut fluent, name, list),
                Value::Codes(codes) => {
                    let headlines = codes.iter().map(|code| {
                        let headline = self.headline_of_any(code);
                        headline.unwrap_or_else(|| code.clone())
                    });
                    let headlines: Vec<String> = headlines.collect();
                    let explain = codes.iter().map(|code| format!("xfed explain {code}"));
                    let explain = explain.collect::<Vec<_>>().join(NEXT_ENTRY);
                    fluent.set(format!("{name}_explain"), explain);
                    let first = headlines.first().cloned().unwrap_or_default();
                    fluent.set(format!("{name}_first"), first);
                    self.set_list(&mut fluent, name, &headlines);
                }
                Value::Said(said) => {
                    let said = said.iter().map(|said| match said.key {
                        Some(key) => {
                            let limit = MAX_ALIASES.to_string();
                            said.called(&self.say(key, &[("limit", &limit)]))
                        }
                        None => said.called(&said.what),
                    });
                    self.set_list(&mut fluent, name, &said.collect::<Vec<_>>());
                }
                Value::Names(names) => {
                    fluent.set(format!("{name}_count"), FluentValue::from(names.len()));
                    fluent.set(name, self.names(names));
                }
            }
        }
        fluent
    }

    fn set_list(&self, fluent: &mut FluentArgs<'_>, name: &'static str, list: &[String]) {
        let listed: Vec<String> = list
            .iter()
            .map(|item| printable(&clipped(item, LONGEST_VALUE)))
            .collect();
        fluent.set(format!("{name}_count"), FluentValue::from(listed.len()));
        fluent.set(format!("{name}_lines"), listed.join(NEXT_ENTRY));
        fluent.set(name, self.listed(&listed));
    }

    /// Strangers' names: each in quotes, so that its ends can be seen, and a few of many.
    fn names(&self, names: &[String]) -> String {
        let shown: Vec<String> = names
            .iter()
            .take(FEW)
            .map(|name| self.say("name-quoted", &[("name", &clipped(name, LONG_NAME))]))
            .collect();
        let shown = shown.join(", ");
        match names.len().saturating_sub(FEW) {
            0 => shown,
            more => self.say(
                "names-more",
                &[("names", &shown), ("more", &more.to_string())],
            ),
        }
    }

    /// The items in a row. Of very many only the first: a message is read, and a report holds them
    /// all.
    fn listed(&self, items: &[String]) -> String {
        if items.len() <= MOST_LISTED {
            return items.join(", ");
        }
        let (first, more) = items.split_at(FIRST_LISTED);
        let count = more.len().to_string();
        self.say(
            "list-more",
            &[("list", &first.join(", ")), ("count", &count)],
        )
    }

    /// A text that has to exist.
    fn required(&self, id: &str, args: &FluentArgs<'_>) -> String {
        self.format(id, None, args).unwrap_or_else(|| {
            debug_assert!(false, "there is no text {id} in {:?}", self.lang);
            fallback(id, args)
        })
    }

    fn format(&self, id: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
        self.entries.format(id, attribute, args)
    }
}

/// What is said of a finding.
pub(crate) struct Told {
    pub(crate) headline: String,
    pub(crate) message: String,
    pub(crate) fix: Option<Fix>,
}

/// Text as the beginning of a sentence.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What users see where a text is missing: the English one, or nothing.
fn fallback(id: &str, args: &FluentArgs<'_>) -> String {
    let english = Texts::new(Lang::En);
    english.format(id, None, args).unwrap_or_default()
}

#[cfg(test)]
mod tests;
