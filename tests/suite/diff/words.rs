//! How a comparison is said: languages, formats, the schema.

use serde_json::Value;

use super::{diff, said, situation};
use crate::derived::assert_snapshot;
use crate::stage::Run;

#[test]
fn both_languages_and_all_formats_say_it() {
    let (old, new) = (situation("ready"), situation("wrong-port-and-expired"));
    for (lang, first, worse, back) in [
        (
            "en",
            "zahnfee.de: ready → not ready",
            "Worse",
            "WENT BACKWARDS",
        ),
        (
            "de",
            "zahnfee.de: bereit → nicht bereit",
            "Schlechter",
            "ZURÜCKGEFALLEN",
        ),
    ] {
        let (code, table) = said(&old, &new, &["--lang", lang]);
        assert_eq!(code, 1);
        assert_eq!(table.lines().next(), Some(first));
        for words in [worse, back, "[srv-wrong-port]", "0 0 5060"] {
            assert!(table.contains(words), "{words}: {table}");
        }
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
        let (_, quiet) = said(&old, &new, &["--lang", lang, "--quiet"]);
        assert_eq!(quiet, format!("{first}\n"));
        let (_, ascii) = said(&old, &new, &["--lang", lang, "--ascii"]);
        assert!(ascii.is_ascii(), "{ascii}");
        let (code, markdown) = said(&old, &new, &["--lang", lang, "--format=markdown"]);
        assert_eq!(code, 1);
        let document = crate::document::Document::parse(&markdown);
        drop(document);
        assert!(markdown.starts_with(&format!("## {first}\n")), "{markdown}");
        assert!(markdown.contains(&format!("### {worse}\n")), "{markdown}");
        let (code, github) = said(&old, &new, &["--lang", lang, "--format=github"]);
        assert_eq!(code, 1);
        for line in github.lines() {
            let (kind, rest) = line[2..].split_once(' ').expect("a command");
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            assert!(rest.starts_with("title=") && rest.contains("::"), "{line}");
        }
        assert_eq!(github.matches("::error ").count(), 2, "{github}");
    }
}

/// Every field of the JSON is in the schema that the program prints.
#[test]
fn the_schema_of_a_comparison_names_every_field() {
    let (code, schema, _) = Run::new("schema").arg("diff").text();
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let (_, json) = diff(&situation("ready"), &situation("wrong-port-and-expired"));
    let check = |value: &Value, schema: &Value| {
        for name in value.as_object().expect("an object").keys() {
            assert!(schema["properties"].get(name).is_some(), "{name}");
        }
        for name in schema["required"].as_array().expect("required fields") {
            assert!(
                value.get(name.as_str().expect("a name")).is_some(),
                "{name}"
            );
        }
    };
    let of = |name: &str| &schema["$defs"][name];
    let difference = &json["differences"][0];
    check(&json, &schema);
    check(difference, of("JsonDifference"));
    check(&difference["before"], of("JsonSide"));
    check(&difference["findings"][0], of("JsonTurned"));
    check(&difference["findings"][0]["causes"][0], of("JsonCause"));
    check(&difference["facts"][0], of("JsonChange"));
    check(&json["summary"], of("JsonSummary"));
    check(&json["summary"]["transitions"][0], of("JsonTransition"));
    assert_snapshot!("schema_diff", format!("{schema:#}"));
}
