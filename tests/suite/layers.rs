//! The layers hold: an import goes down, never up; the pure modules stay pure.

use std::path::{Path, PathBuf};

/// From the top down; a module may use what stands below its own line.
const LAYERS: [&[&str]; 7] = [
    &["main", "lib"],
    &["app"],
    &["cli", "config", "planning"],
    &["render", "engine", "text", "saved"],
    &["probe", "report"],
    &["checks", "advice"],
    &[
        "catalogue",
        "diagnostics",
        "trust",
        "x509",
        "sip",
        "legacy_hello",
        "facts",
        "plan",
        "policy",
        "names",
        "encoding",
        "ranges",
        "redact",
        "authorities",
        "microsoft",
        "variants",
        "revocation",
        "http",
    ],
];

/// No network, no clock, no waiting in here.
const PURE: [&str; 21] = [
    "advice",
    "checks",
    "catalogue",
    "diagnostics",
    "trust",
    "x509",
    "sip",
    "legacy_hello",
    "facts",
    "plan",
    "policy",
    "names",
    "encoding",
    "ranges",
    "microsoft",
    "variants",
    "redact",
    "revocation",
    "http",
    "report",
    "saved",
];

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("it was found below");
            let module = inside
                .iter()
                .next()
                .expect("it has a name")
                .to_string_lossy()
                .replace(".rs", "");
            let code = std::fs::read_to_string(&path).expect("a source file");
            // Tests beside the code, and prose, may look wherever they like.
            let code = code.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join(
                "
",
            );
            (module, code)
        })
        .collect()
}

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or_else(|| panic!("{module} is in no layer"))
}

#[test]
fn imports_go_down() {
    for (module, code) in sources() {
        for (_, rest) in code
            .match_indices("crate::")
            .map(|(at, name)| (at, &code[at + name.len()..]))
        {
            let used: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit())
                .collect();
            // Items of the crate's root are the error and the façade; `rules` is the catalogue's macro.
            let known = LAYERS.iter().any(|layer| layer.contains(&used.as_str()));
            if known && used != module {
                let siblings = layer(&used) == layer(&module) && layer(&module) != 4;
                assert!(
                    layer(&used) > layer(&module) || siblings,
                    "{module} uses {used}, which stands above it"
                );
            }
        }
    }
}

#[test]
fn judges_and_codecs_neither_wait_nor_look_at_the_clock() {
    for (module, code) in sources()
        .iter()
        .filter(|(module, _)| PURE.contains(&module.as_str()))
    {
        for word in [
            "async ",
            ".await",
            "tokio::",
            "std::net::Tcp",
            "std::net::Udp",
            "UdpSocket",
            "now_utc",
            "Instant",
            "SystemTime",
        ] {
            assert!(
                !code.contains(word) || word == "tokio::",
                "{module} contains {word:?}"
            );
        }
        assert!(
            !code.replace("tokio_rustls", "").contains("tokio::"),
            "{module} uses tokio"
        );
    }
}
