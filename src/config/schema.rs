//! The JSON Schema of `xfed.toml`, for editors.

use std::io::{self, Write};

use schemars::schema_for;
use serde_json::{Map, Value, json};

use super::file::{Configuration, codes};

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
    let mut schema = schema_for!(Configuration).to_value();
    let codes: Vec<&str> = codes().collect();
    let weights = codes.iter().map(|code| {
        let weight = json!({"$ref": "#/$defs/Weight"});
        ((*code).to_owned(), weight)
    });
    let weights: Map<String, Value> = weights.collect();
    schema["properties"]["severity"]["properties"] = weights.into();
    schema["properties"]["severity"]["additionalProperties"] = false.into();
    let tables = &mut schema["$defs"];
    tables["Acceptance"]["properties"]["code"]["enum"] = codes.into();
    tables["Acceptance"]["properties"]["until"]["format"] = "date".into();
    for table in ["DomainTable", "Acceptance"] {
        tables[table]["additionalProperties"] = false.into();
    }
    schema["additionalProperties"] = false.into();
    // Nothing has to be there.
    schema["required"] = json!([]);
    without_null(&mut schema);
    schema
}

/// TOML has no null: what is not set is not there.
fn without_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_null = |one: &Value| one == "null" || one["type"] == "null";
            for key in ["type", "anyOf"] {
                let Some(Value::Array(kinds)) = fields.get_mut(key) else {
                    continue;
                };
                kinds.retain(|one| !is_null(one));
                let [only] = kinds.as_slice() else { continue };
                let only = only.clone();
                match only {
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
