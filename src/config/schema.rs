//! The JSON Schema of `xfed.toml`, for editors.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

use super::domain::DomainTable;
use super::file::codes;
use super::module::Module;
use super::options::Options;
use super::output::{ColorChoice, LangChoice};
use super::standing::Standing;
use crate::model::policy::Policy;

/// What `xfed.toml` says. The keys are called as the long options.
#[derive(JsonSchema)]
#[schemars(title = "xfed.toml", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
struct Keys {
    /// Language of the texts
    lang: Option<LangChoice>,
    /// When to use colours
    color: Option<ColorChoice>,
    /// Only ASCII in what is for people
    ascii: Option<bool>,
    /// What holds for every domain.
    #[schemars(flatten)]
    options: Options,
    /// The domains that `xfed check` without arguments checks, and what goes with each of them
    domain: Vec<DomainTable>,
    /// How `xfed serve` checks the targets of requests, by the names that they choose by
    module: BTreeMap<String, Module>,
    /// What `xfed serve` does by itself
    serve: Standing,
    /// What the user decided about findings.
    #[schemars(flatten)]
    policy: Policy,
}

/// Writes the schema of the configuration file: its keys are those that are read, and no others.
///
/// # Errors
///
/// Those of the writer.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &schema())?;
    writeln!(out)
}

fn schema() -> Value {
    let mut schema = schema_for!(Keys).to_value();
    let codes: Vec<&str> = codes().collect();
    let weights = codes.iter().map(|code| {
        let weight = json!({"$ref": "#/$defs/Weight"});
        ((*code).to_owned(), weight)
    });
    let weights: Map<String, Value> = weights.collect();
    let tables = &mut schema["$defs"];
    tables["Module"]["properties"]["severity"]["properties"] = weights.clone().into();
    tables["Module"]["properties"]["severity"]["additionalProperties"] = false.into();
    schema["properties"]["severity"]["properties"] = weights.into();
    schema["properties"]["severity"]["additionalProperties"] = false.into();
    let tables = &mut schema["$defs"];
    tables["Acceptance"]["properties"]["code"]["enum"] = codes.into();
    tables["Acceptance"]["properties"]["until"]["format"] = "date".into();
    for table in ["DomainTable", "Acceptance", "Module", "Standing"] {
        tables[table]["additionalProperties"] = false.into();
    }
    // Nothing has to be there.
    for table in ["Module", "Standing"] {
        tables[table]["required"] = json!([]);
    }
    schema["required"] = json!([]);
    schema["additionalProperties"] = false.into();
    without_null(&mut schema);
    schema
}

/// TOML has no null: what is not set is absent.
fn without_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
            for key in ["type", "anyOf"] {
                let Some(Value::Array(kinds)) = fields.get_mut(key) else {
                    continue;
                };
                kinds.retain(|kind| !is_null(kind));
                let [only] = kinds.as_slice() else { continue };
                match only.clone() {
                    Value::Object(only) => {
                        fields.remove(key);
                        fields.extend(only);
                    }
                    name => drop(fields.insert(key.to_owned(), name)),
                }
            }
            fields.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::file::keys;
    use crate::config::layer::Key;

    #[test]
    fn the_schema_names_the_options_that_are_read() {
        let schema = schema();
        let properties = schema["properties"].as_object().expect("keys");
        let named: BTreeSet<String> = properties.keys().cloned().collect();
        let tables =
            BTreeSet::from(["accept", "domain", "module", "serve", "severity"].map(str::to_owned));
        let read: BTreeSet<String> = keys().iter().map(Key::name).collect();
        assert_eq!(&named - &tables, read);
    }
}
