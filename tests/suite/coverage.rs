//! Two things that must agree: the catalogue, and what the tests make happen.

use std::path::Path;

#[test]
fn every_rule_is_made_to_happen_by_some_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let sources: String = [&folder, &folder.join("real_peers")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("the folder of this file"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).expect("a source file"))
        .collect();
    // A crash of our own cannot be brought about from outside: the engine's own test does it.
    let missing: Vec<&str> = xfed::internals::all_rules()
        .map(|(_, rule)| rule.code)
        .filter(|code| *code != "step-crashed" && !sources.contains(&format!("\"{code}\"")))
        .collect();
    assert!(
        missing.is_empty(),
        "no test makes these happen: {missing:?}"
    );
}
