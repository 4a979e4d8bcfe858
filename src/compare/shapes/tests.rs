//! No field of the facts is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::{Attribute, Fields, Item, LitStr};

use super::*;

/// The fields of every structure of the facts, by their names in a report.
fn declared() -> BTreeMap<String, BTreeSet<String>> {
    let mut structures = BTreeMap::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facts"),
        &mut structures,
    );
    structures
}

fn read(folder: &Path, structures: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, structures);
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source file");
        for item in syn::parse_file(&source).expect("Rust").items {
            let Item::Struct(item) = item else { continue };
            let Fields::Named(fields) = &item.fields else {
                continue;
            };
            let names = fields.named.iter().map(|field| {
                let name = field.ident.as_ref().expect("a named field").to_string();
                renamed(&field.attrs).unwrap_or(name)
            });
            structures.insert(item.ident.to_string(), names.collect());
        }
    }
}

fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if let Ok(value) = meta.value() {
                let _ = value.parse::<syn::Expr>();
            }
            Ok(())
        });
    }
    name
}

/// A new field of the facts counts as a fact without a name until somebody says here what it is:
/// how it is compared, and what it is called.
#[test]
fn every_field_of_the_facts_is_classified() {
    let declared = declared();
    for (structure, shape) in ALL {
        let fields = &declared[structure];
        let known: BTreeSet<String> = shape
            .fields
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(fields, &known, "{structure}");
    }
}
