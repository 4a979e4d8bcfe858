//! Two things that must agree: the catalogue, and what the tests make happen.

use std::path::Path;

/// Whether this source asserts that a finding with this code is there: by `shows` or `finding`, or by
/// what calls them: all fail without it. A code that is only mentioned does not count: in a comment, in a
/// table of severities, or because a test asserts that it is absent.
fn asserts(source: &str, code: &str) -> bool {
    let quoted = format!("\"{code}\"");
    source.match_indices(&quoted).any(|(at, _)| {
        let call = source[..at]
            .trim_end()
            .strip_suffix(',')
            .and_then(|before| before.rsplit_once('('));
        call.is_some_and(|(call, step)| {
            let is_one_argument = !step.contains([',', ')', ';', '{']);
            let is_positive = [".shows", ".finding", ".says", ".fails", ".warns"]
                .iter()
                .any(|name| call.ends_with(name));
            let is_code = !call.lines().next_back().unwrap_or_default().contains("//");
            is_one_argument && is_positive && is_code
        })
    })
}

#[test]
fn every_rule_is_made_to_happen_by_some_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of this file") {
            let path = entry.expect("an entry").path();
            let list = if path.is_dir() {
                &mut folders
            } else {
                &mut files
            };
            list.push(path);
        }
    }
    let sources: Vec<String> = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        // The samples below assert nothing.
        .filter(|path| !path.ends_with("coverage.rs"))
        .map(|path| std::fs::read_to_string(path).expect("a source file"))
        .collect();
    let is_asserted = |code: &str| sources.iter().any(|source| asserts(source, code));
    // No peer can make our own code crash: the engine's unit test does it.
    let missing: Vec<&str> = xfed::internals::all_rules()
        .map(|(_, rule)| rule.code)
        .filter(|code| *code != "step-crashed" && !is_asserted(code))
        .collect();
    assert!(
        missing.is_empty(),
        "no test asserts that these happen: {missing:?}"
    );
}

#[test]
fn an_assertion_counts_however_it_is_written() {
    for source in [
        r#"outcome.shows("srv", "srv-missing", "fail");"#,
        r#"outcome.shows(step, "srv-missing", "fail")"#,
        r#"let args = &outcome.finding("srv", "srv-missing")["args"];"#,
        "outcome\n    .shows(\n        \"srv\",\n        \"srv-missing\",\n        \"fail\",\n    );",
    ] {
        assert!(asserts(source, "srv-missing"), "{source}");
    }
}

#[test]
fn a_code_that_is_only_mentioned_does_not_count() {
    for source in [
        r#"outcome.lacks("srv-missing");"#,
        r#"outcome.shows("srv", "srv-stale", "warn").lacks("srv-missing");"#,
        r#"// outcome.shows("srv", "srv-missing", "fail");"#,
        r#"/// Not as with `shows("srv", "srv-missing", "fail")`."#,
        r#"assert!(!outcome.codes().contains(&"srv-missing"));"#,
        r#"for (code, severity) in [("srv-missing", "fail"), ("srv-stale", "warn")] {"#,
        r#"let content = accept("srv-missing", "2999-12-31", "");"#,
        r#"let severity = severity("srv", "srv-missing");"#,
        r#"outcome.shows("srv", "srv-missing-too", "fail");"#,
        r#"outcome.shows("srv-missing", "srv-stale", "fail");"#,
        r#"outcome.shows("srv", "srv-stale", "srv-missing");"#,
    ] {
        assert!(!asserts(source, "srv-missing"), "{source}");
    }
}
