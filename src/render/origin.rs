//! How a report came about: when, by which version, through which resolvers.

use super::words::Words;
use crate::facts::ViewAnswer;
use crate::model::finding::{Note, Value};
use crate::model::limits::clipped;
use crate::model::plan::{Scope, View};
use crate::text::{Texts, printable};

/// The name of a resolver is clipped here, in characters.
const NAME: usize = 300;

/// All of it, in one line.
pub(super) fn line(words: &Words<'_>) -> String {
    let moment = words.report.terms().made_at;
    let id = match words.report.terms().scope {
        Scope::Whole | Scope::Pair => "checked",
        Scope::ZoneFile => "checked-zone-file",
        Scope::Outbound => "checked-outbound",
    };
    let note = Note::new(id)
        .with("date", moment)
        .with("time", Value::Time(moment))
        .with("program", program())
        .with("resolvers", resolvers(words));
    let checked = words.texts.note(&note, &words.context);
    match from(words) {
        Some(from) => format!("{checked}. {from}"),
        None => checked,
    }
}

/// By which account and on which machine, where that is known.
pub(super) fn from(words: &Words<'_>) -> Option<String> {
    let here = words.report.facts().here.as_ref()?;
    let known = match (&here.account, &here.machine) {
        (Some(_), Some(_)) => "both",
        (Some(_), None) => "account",
        (None, Some(_)) => "machine",
        (None, None) => return None,
    };
    let named = |part: &Option<String>| clipped(part.as_deref().unwrap_or_default(), NAME);
    let (account, machine) = (named(&here.account), named(&here.machine));
    let named = [
        ("known", known),
        ("account", account.as_str()),
        ("machine", machine.as_str()),
    ];
    Some(words.texts.say("checked-from", &named))
}

/// The program and its version.
pub(super) fn program() -> String {
    format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// The resolvers that were asked, each once.
pub(super) fn resolvers(words: &Words<'_>) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for lookup in words.report.facts().lookups() {
        for answer in &lookup.answers {
            let name = resolver(answer, words.texts);
            if !named.contains(&name) {
                named.push(name);
            }
        }
    }
    named
}

/// A resolver by its name, with the server that answered for it.
pub(super) fn resolver(answer: &ViewAnswer, texts: &Texts) -> String {
    let server = answer.server.map(|server| server.to_string());
    let name = match &answer.view {
        View::System => texts.plain("system-resolver"),
        View::ZoneFile => texts.plain("zone-file"),
        View::Resolver(_) | View::Tls { .. } | View::Https { .. } => {
            clipped(&printable(&answer.view.to_string()), NAME)
        }
    };
    match server {
        Some(server) if server != name => format!("{name} ({server})"),
        _ => name,
    }
}
