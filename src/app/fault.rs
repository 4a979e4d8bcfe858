//! What is wrong in a file that the user wrote, in the user's language: file, line, what stands
//! there, what belongs there.

use crate::config::{Expected, Fault, Wrong};
use crate::text::Texts;

/// One line.
pub(super) fn describe(fault: &Fault, texts: &Texts) -> String {
    let Fault { file, line, wrong } = fault;
    let place = format!("{}:{line}", file.display());
    let what = describe_wrong(wrong, texts);
    texts.say("fault", &[("place", &place), ("what", &what)])
}

fn describe_wrong(wrong: &Wrong, texts: &Texts) -> String {
    match wrong {
        Wrong::Syntax(detail) => texts.say("fault-syntax", &[("detail", detail.as_str())]),
        Wrong::Encoding => texts.plain("fault-encoding"),
        Wrong::Key { key, nearest } => {
            texts.say("fault-key", &[("key", key), ("nearest", nearest)])
        }
        Wrong::OfDomain(key) => {
            let own = if ["direct", "partner"].contains(&key.as_str()) {
                "mode"
            } else {
                key
            };
            texts.say("fault-of-domain", &[("key", key), ("own", own)])
        }
        Wrong::Missing { table, key } => {
            texts.say("fault-missing", &[("table", table), ("key", key)])
        }
        Wrong::Value { key, expected } => {
            let expected = match expected {
                Expected::Kind(kind) => texts.plain(&format!("expected-{kind}")),
                Expected::OneOf(words) => {
                    texts.say("expected-one-of", &[("words", &words.join(", "))])
                }
            };
            texts.say("fault-value", &[("key", key), ("expected", &expected)])
        }
        Wrong::Domain(input, error) => {
            let shown: String = input.chars().take(60).collect();
            texts.say(
                error.code(),
                &[("input", &shown), ("detail", &error.detail())],
            )
        }
        Wrong::Code { code, nearest } => {
            texts.say("fault-code", &[("code", code), ("nearest", nearest)])
        }
        Wrong::Immune(code) => texts.say("fault-immune", &[("code", code)]),
        Wrong::Twice(name) => texts.say("fault-twice", &[("name", name)]),
        Wrong::Repeated(key) => texts.say("fault-repeated", &[("key", key)]),
        Wrong::Together(key, other) => {
            texts.say("fault-together", &[("key", key), ("other", other)])
        }
        Wrong::DirectNeedsFqdn(name) => texts.say("fault-direct-needs-fqdn", &[("name", name)]),
        Wrong::NoPair(word) => texts.say("fault-no-pair", &[("word", word)]),
        Wrong::Empty => texts.plain("fault-empty"),
    }
}
