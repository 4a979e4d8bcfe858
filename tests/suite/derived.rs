//! Files of the repository that are made by the program: the reference, the snapshots, the samples
//! of the READMEs. Tests compare them with what the program says now; `UPDATE=1 cargo test` writes
//! those that differ, and passes.

use std::path::{Path, PathBuf};

/// Whether files that differ are to be written.
pub fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Where a file of the repository is.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Asserts that a file of the repository (by its path from the root) holds this text, however its
/// lines end; with `UPDATE=1` writes it.
#[track_caller]
pub fn compare_or_write(file: &str, expected: &str) {
    let kept = std::fs::read_to_string(path(file)).unwrap_or_default();
    let kept = kept.replace("\r\n", "\n");
    if kept == expected {
        return;
    }
    if is_update() {
        std::fs::write(path(file), expected)
            .unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
        return;
    }
    panic!(
        "{file} is not what the program says now{}; UPDATE=1 cargo test writes it",
        first_difference(&kept, expected)
    );
}

fn first_difference(kept: &str, expected: &str) -> String {
    let mut pairs = kept.lines().zip(expected.lines()).enumerate();
    match pairs.find(|(_, (kept, expected))| kept != expected) {
        Some((index, (kept, expected))) => {
            format!(", from line {}:\n-{kept}\n+{expected}\n", index + 1)
        }
        None => ": one ends where the other goes on".to_owned(),
    }
}

/// As `insta::assert_snapshot`, with a name. With `UPDATE=1` the snapshot is written first.
macro_rules! assert_snapshot {
    ($name:expr, $text:expr) => {{
        let (name, text): (&str, &str) = (&$name, &$text);
        $crate::derived::update_snapshot(file!(), module_path!(), name, text);
        insta::assert_snapshot!(name, text);
    }};
}

pub(crate) use assert_snapshot;

/// Writes the snapshot that insta will read, where that is wanted. insta itself would have to be
/// told by a variable of its own, which a test cannot set for its process.
pub fn update_snapshot(source: &str, module: &str, name: &str, text: &str) {
    if !is_update() {
        return;
    }
    let folder = Path::new(source).parent().expect("a file is in a folder");
    let name = format!("{}__{name}.snap", module.replace("::", "__"));
    let file = folder.join("snapshots").join(name);
    let file = file.to_str().expect("names of modules are ASCII");
    let kept = std::fs::read_to_string(path(file)).unwrap_or_default();
    let head = match kept.split_once("\n---\n") {
        Some((head, _)) => head.to_owned(),
        None => format!("---\nsource: {source}"),
    };
    compare_or_write(file, &format!("{head}\n---\n{}\n", text.trim_end()));
}

#[test]
fn a_file_that_differs_is_named_with_its_first_difference() {
    assert_eq!(
        first_difference("one\ntwo\n", "one\nzwei\n"),
        ", from line 2:\n-two\n+zwei\n"
    );
    assert_eq!(
        first_difference("one\n", "one\ntwo\n"),
        ": one ends where the other goes on"
    );
}
