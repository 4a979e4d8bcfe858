//! The tree is the architecture: an import goes down, never up, never to a neighbour; files do not
//! import each other in circles; what judges or decodes neither waits nor looks at the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, UseTree};

/// The folders of `src`, from the top down. A folder may import what stands on the lines below its
/// own; those on one line do not know each other.
const LAYERS: [&[&str]; 12] = [
    &["app"],
    &["cli", "serve"],
    &["config"],
    &["render"],
    &["compare", "engine", "text"],
    &["probe", "report"],
    &["judge", "setup"],
    &["wire"],
    &["pki"],
    &["facts"],
    &["known"],
    &["model"],
];

/// The only files beside the folders.
const ROOT: [&str; 2] = ["main", "lib"];

/// No network, no clock, no waiting in here.
const PURE: [&str; 9] = [
    "compare", "report", "judge", "setup", "wire", "pki", "facts", "known", "model",
];

const IMPURE: [&str; 9] = [
    "async",
    "await",
    "tokio",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "Instant",
    "SystemTime",
    "now_utc",
];

/// A file of `src` without its tests.
struct Source {
    /// Its module, such as `["judge", "srv"]`; empty for `lib.rs`.
    module: Vec<String>,
    /// The paths that it names, from the crate's root.
    paths: BTreeSet<Vec<String>>,
    /// All its words.
    words: BTreeSet<String>,
}

impl Source {
    fn read(path: &str, code: &str) -> Self {
        let mut module: Vec<String> = path
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        if let Some("mod" | "lib" | "main") = module.last().map(String::as_str) {
            module.pop();
        }
        let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut reader = Reader {
            module: module.clone(),
            paths: BTreeSet::new(),
            words: BTreeSet::new(),
        };
        reader.visit_file(&file);
        Self {
            module,
            paths: reader.paths,
            words: reader.words,
        }
    }

    fn name(&self) -> String {
        self.module.join("::")
    }

    fn folder(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }
}

struct Reader {
    module: Vec<String>,
    paths: BTreeSet<Vec<String>>,
    words: BTreeSet<String>,
}

impl Reader {
    /// Takes a path that starts at `crate`, `self` or `super`; others lead to other crates, or to
    /// what was imported by a path that is seen anyway.
    fn take(&mut self, path: &[String]) {
        let mut absolute = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => return,
        };
        for segment in path {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => {
                    absolute.pop();
                }
                name => absolute.push(name.to_owned()),
            }
        }
        self.paths.insert(absolute);
    }

    fn take_tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.take_tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.take(&with(&name.ident)),
            UseTree::Rename(name) => self.take(&with(&name.ident)),
            UseTree::Glob(_) => self.take(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_tree(before, tree);
                }
            }
        }
    }

    /// Macros hold tokens, not paths; `crate :: name` is a path all the same.
    fn take_tokens(&mut self, tokens: &str) {
        let words: Vec<&str> = tokens.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            if ["crate", "super"].contains(word) {
                let mut path = vec![(*word).to_owned()];
                let mut rest = words[at + 1..].chunks(2);
                while let Some(["::", name]) = rest.next() {
                    path.push((*name).to_owned());
                }
                self.take(&path);
            }
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) {
            return;
        }
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.take_tree(&[], &item.tree);
        visit::visit_item_use(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.take(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let tokens = item.tokens.to_string();
        self.take_tokens(&tokens);
        let words = tokens.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.words.extend(words.map(str::to_owned));
        visit::visit_macro(self, item);
    }

    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.words.insert(ident.to_string());
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.words.insert("async".to_owned());
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_await(&mut self, wait: &'ast syn::ExprAwait) {
        self.words.insert("await".to_owned());
        visit::visit_expr_await(self, wait);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if signature.asyncness.is_some() {
            self.words.insert("async".to_owned());
        }
        visit::visit_signature(self, signature);
    }
}

fn layer(folder: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&folder))
}

/// Files that stand nowhere in the list, and imports that the list does not allow.
fn forbidden_imports(sources: &[Source]) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for source in sources {
        let Some(folder) = source.folder() else {
            continue;
        };
        let Some(own) = layer(folder) else {
            faults.insert(format!("{folder} is in no layer"));
            continue;
        };
        for path in &source.paths {
            // What is no folder is an item of `lib.rs`: the façade, or a macro.
            let Some(used) = path.first().filter(|used| layer(used).is_some()) else {
                continue;
            };
            if used != folder && layer(used) <= Some(own) {
                faults.insert(format!("{} uses {}", source.name(), path.join("::")));
            }
        }
    }
    faults.into_iter().collect()
}

/// Files that import each other, directly or round about. A folder's `mod.rs` gathers what its files
/// hold, so a file may use what its own `mod.rs` declares.
fn circles(sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let holder = |path: &[String]| -> Option<Vec<String>> {
        (1..=path.len())
            .rev()
            .map(|length| &path[..length])
            .find(|module| modules.contains(module))
            .map(<[String]>::to_vec)
    };
    let mut imports: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.module.is_empty()) {
        let used = source.paths.iter().filter_map(|path| holder(path));
        let used = used.filter(|used| !source.module.starts_with(used));
        imports.insert(source.module.clone(), used.collect());
    }
    let reaches = |from: &Vec<String>, to: &Vec<String>| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(module) = next.pop() {
            for used in imports.get(module).into_iter().flatten() {
                if used == to {
                    return true;
                }
                if seen.insert(used) {
                    next.push(used);
                }
            }
        }
        false
    };
    imports
        .iter()
        .flat_map(|(module, used)| used.iter().map(move |used| (module, used)))
        .filter(|(module, used)| reaches(used, module))
        .map(|(module, used)| format!("{} ↔ {}", module.join("::"), used.join("::")))
        .collect()
}

fn impurities(sources: &[Source]) -> Vec<String> {
    let is_pure = |source: &&Source| source.folder().is_some_and(|folder| PURE.contains(&folder));
    sources
        .iter()
        .filter(is_pure)
        .flat_map(|source| {
            let words = IMPURE.iter().filter(|word| source.words.contains(**word));
            words.map(|word| format!("{} contains {word}", source.name()))
        })
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&root).expect("it was found below");
        let inside: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        // A file that holds nothing but the tests of its folder.
        if inside.last().is_some_and(|file| file == "tests.rs") {
            return None;
        }
        let code = std::fs::read_to_string(&path).expect("a source file");
        Some(Source::read(&inside.join("/"), &code))
    };
    files(&root).into_iter().filter_map(read).collect()
}

#[test]
fn imports_go_down() {
    assert_eq!(forbidden_imports(&sources()), Vec::<String>::new());
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    assert_eq!(circles(&sources()), Vec::<String>::new());
}

#[test]
fn judges_and_codecs_neither_wait_nor_look_at_the_clock() {
    assert_eq!(impurities(&sources()), Vec::<String>::new());
}

#[test]
fn nothing_else_stands_at_the_top_of_src() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = std::fs::read_dir(root).expect("the sources");
    let found: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let folders = LAYERS.iter().copied().flatten();
    let expected: BTreeSet<String> = folders
        .filter(|folder| !ROOT.contains(folder))
        .map(|folder| (*folder).to_owned())
        .chain(ROOT.iter().map(|file| format!("{file}.rs")))
        .collect();
    assert_eq!(found, expected);
}

/// The tests above can fail: each kind of import that the list does not allow is seen.
#[test]
fn forbidden_imports_are_seen() {
    for (file, code) in [
        ("judge/srv.rs", "use crate::probe::dns;"),
        ("judge/srv.rs", "use crate::{facts::Srv, probe::dns};"),
        ("judge/srv.rs", "use crate::{self, setup as other};"),
        ("judge/srv.rs", "use super::super::report::Report;"),
        ("judge/mod.rs", "use super::text::Texts;"),
        ("probe/dns/mod.rs", "use crate::report::Report;"),
        ("engine.rs", "use crate::text::*;"),
        ("judge/srv.rs", "fn f() { crate::app::run(); }"),
        (
            "judge/srv.rs",
            "fn f() -> super::super::render::Look { g() }",
        ),
        (
            "judge/srv.rs",
            "fn f() { println!(\"{}\", crate::text::SAY); }",
        ),
        ("helpers/mod.rs", "use crate::facts::Srv;"),
    ] {
        let faults = forbidden_imports(&[Source::read(file, code)]);
        assert_eq!(faults.len(), 1, "{file}: {code}: {faults:?}");
    }
    for (file, code) in [
        ("judge/srv.rs", "use crate::facts::Srv; use super::lookup;"),
        (
            "judge/srv.rs",
            "#[cfg(test)] mod tests { use crate::app::run; }",
        ),
        (
            "judge/srv.rs",
            "// use crate::app::run;\nconst A: &str = \"crate::app\";",
        ),
        ("engine.rs", "use crate::probe::gather; use crate::Error;"),
        ("lib.rs", "pub use app::main; use crate::model::names;"),
    ] {
        let faults = forbidden_imports(&[Source::read(file, code)]);
        assert_eq!(faults, Vec::<String>::new(), "{file}: {code}");
    }
}

#[test]
fn circles_are_seen() {
    let read = |files: &[(&str, &str)]| -> Vec<Source> {
        let read = |(file, code): &(&str, &str)| Source::read(file, code);
        files.iter().map(read).collect()
    };
    let direct = read(&[
        ("judge/mod.rs", ""),
        ("judge/tcp.rs", "use super::address::is_inside;"),
        ("judge/address.rs", "use crate::judge::{tcp::is_open};"),
    ]);
    assert_eq!(circles(&direct).len(), 2);
    let round_about = read(&[
        ("a/b.rs", "use crate::a::c::x;"),
        ("a/c.rs", "use crate::a::d::{self, y};"),
        ("a/d.rs", "use super::b::z;"),
    ]);
    assert_eq!(circles(&round_about).len(), 3);
    let gathered = read(&[
        ("a/mod.rs", "mod b; use b::x; use self::b::z;"),
        ("a/b.rs", "use super::y;"),
        ("a/c.rs", "use super::b::x;"),
    ]);
    assert_eq!(circles(&gathered), Vec::<String>::new());
}

#[test]
fn impurities_are_seen() {
    for code in [
        "async fn f() {}",
        "fn f() { let _ = async {}; }",
        "use tokio::net::TcpStream;",
        "fn f() { let now = OffsetDateTime::now_utc(); }",
        "fn f() { println!(\"{:?}\", std::time::Instant::now()); }",
    ] {
        let faults = impurities(&[Source::read("judge/srv.rs", code)]);
        assert!(!faults.is_empty(), "{code}");
        assert_eq!(
            impurities(&[Source::read("probe/dns.rs", code)]),
            Vec::<String>::new()
        );
    }
    let code = "// async\nuse tokio_rustls::rustls; const A: &str = \"await\";";
    let faults = impurities(&[Source::read("pki/roots.rs", code)]);
    assert_eq!(faults, Vec::<String>::new());
}
