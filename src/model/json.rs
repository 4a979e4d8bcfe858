//! What is said of JSON that is not what was expected, without the names that its types have in here.

/// How the reader of JSON calls what it expected, and how a person does. The name of a type follows.
const KINDS: [(&str, &str); 9] = [
    ("internally tagged enum ", "an object"),
    ("adjacently tagged enum ", "an object"),
    ("struct variant ", "an object"),
    ("tuple variant ", "a list"),
    ("tuple struct ", "a list"),
    ("newtype struct ", "another value"),
    ("unit struct ", "null"),
    ("struct ", "an object"),
    ("enum ", "a name or an object"),
];

/// What is wrong, in words.
pub(crate) fn complaint(error: &serde_json::Error) -> String {
    const EXPECTED: &str = "expected ";
    let said = error.to_string();
    let Some(at) = said.rfind(EXPECTED) else {
        return said;
    };
    let (before, expected) = said.split_at(at + EXPECTED.len());
    for (kind, word) in KINDS {
        if let Some(named) = expected.strip_prefix(kind) {
            let is_of_name = |letter: char| letter.is_alphanumeric() || "_:<>".contains(letter);
            return format!("{before}{word}{}", named.trim_start_matches(is_of_name));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inner(u8, u8);

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    enum Choice {
        One,
        Other { inner: u8 },
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        inner: Option<Inner>,
        choice: Option<Choice>,
        number: u8,
    }

    #[test]
    fn types_are_called_by_what_people_call_them() {
        for (json, expected) in [
            ("7", "invalid type: integer `7`, expected an object"),
            (
                r#"{"inner": 7}"#,
                "invalid type: integer `7`, expected a list",
            ),
            (
                r#"{"inner": [7]}"#,
                "invalid length 1, expected a list with 2 elements",
            ),
            (
                r#"{"choice": {"Other": 7}}"#,
                "invalid type: integer `7`, expected an object",
            ),
            (
                r#"{"choice": "None"}"#,
                "unknown variant `None`, expected `One` or `Other`",
            ),
            (
                r#"{"number": "a struct"}"#,
                "invalid type: string \"a struct\", expected u8",
            ),
            ("{}", "missing field `number`"),
        ] {
            let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
            let error = Outer::deserialize(&value).expect_err("it does not fit");
            assert_eq!(complaint(&error), expected, "{json}");
        }
    }
}
