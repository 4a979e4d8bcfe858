//! What can be a label behind a domain, and what is more likely a slip in an option.

use std::ffi::OsStr;

use super::domain::{DomainOptions, nearest_key};
use super::fault::{Expected, Wrong};
use super::layer::Key;
use super::options::Options;
use super::output::GlobalOptions;
use crate::model::labels::NoLabel;

/// What is wrong with a label of this name.
pub(super) fn wrong_label(name: &str, no_label: NoLabel) -> Wrong {
    let expected = match no_label {
        NoLabel::Name => return Wrong::LabelName(name.to_owned()),
        NoLabel::Value => Expected::Form("label"),
        NoLabel::TooMany => Expected::Form("labels"),
    };
    let key = name.to_owned();
    Wrong::Value { key, expected }
}

/// The names that mean something: whatever looks like one of them is no label, or the option that
/// was meant would be missing without a word.
pub(super) struct Known {
    /// What may stand behind a domain.
    pub(super) keys: Vec<Key>,
    /// The names of those.
    names: Vec<String>,
    /// The options of `xfed check` that may not.
    others: Vec<String>,
}

impl Known {
    pub(super) fn new() -> Self {
        let keys = Key::all::<DomainOptions>();
        let names: Vec<String> = keys.iter().map(Key::name).collect();
        let options = Key::all::<Options>().into_iter();
        let options = options.chain(Key::all::<GlobalOptions>());
        let others = options.map(|key| key.name());
        Self {
            others: others.filter(|name| !names.contains(name)).collect(),
            keys,
            names,
        }
    }

    pub(super) fn refuse_as_label(&self, name: &str, value: &str) -> Result<(), Wrong> {
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let of_domain = self.names.iter().map(String::as_str);
        let mut meant = of_domain.chain(["direct", "partner"]);
        let mode = self.keys.iter().find(|key| key.name() == "mode");
        let is_mode = mode.is_some_and(|mode| mode.check(OsStr::new(value)).is_ok());
        if is_mode || meant.any(|known| is_slip_of(known, &plain)) {
            // Nothing but `mode` takes such a value.
            let wanted = if is_mode { "mode" } else { &plain };
            return Err(Wrong::Key {
                key: name.to_owned(),
                nearest: nearest_key(wanted, &self.names),
            });
        }
        if self.others.contains(&plain) {
            return Err(Wrong::OptionOfAll(plain));
        }
        Ok(())
    }
}

/// Whether somebody who typed `name` may well have meant the option `known`: it is a letter or two
/// away from it, or its beginning.
fn is_slip_of(known: &str, name: &str) -> bool {
    let distance = strsim::osa_distance(known, name);
    // A letter is much of a short name.
    let most = if known.len() > 7 { 2 } else { 1 };
    distance <= most || (name.len() >= 3 && known.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_slip_is_no_label() {
        let known = Known::new();
        for (word, nearest) in [
            ("fqnd=xphone.zahnfee.de", "fqdn"),
            ("FQDN=xphone.zahnfee.de", "fqdn"),
            ("fqdns=xphone.zahnfee.de", "fqdn"),
            ("mdoe=partner", "mode"),
            ("modus=direct", "mode"),
            ("art=partner", "mode"),
            ("mod=1", "mode"),
            ("direct=true", "mode"),
            ("Partner=ja", "mode"),
            ("connect=10.0.0.5", "connect-to"),
            ("connect_to=10.0.0.5", "connect-to"),
            ("conect-to=10.0.0.5", "connect-to"),
            ("autority=192.0.2.53", "authority"),
        ] {
            let (name, value) = word.split_once('=').expect("a pair");
            let Err(Wrong::Key { nearest: meant, .. }) = known.refuse_as_label(name, value) else {
                panic!("{word} is a label");
            };
            assert_eq!(meant, nearest, "{word}");
        }
        for option in ["timeout", "ca_file", "Lang", "no-authority"] {
            let refused = known.refuse_as_label(option, "1");
            assert!(matches!(refused, Err(Wrong::OptionOfAll(_))), "{option}");
        }
        for label in [
            "kunde",
            "kundennummer",
            "customer",
            "contact",
            "contract",
            "ort",
            "team",
            "techniker",
            "land",
            "region",
            "standort",
            "vertrag",
            "sla",
            "ticket",
            "partnernr",
        ] {
            assert_eq!(known.refuse_as_label(label, "4711"), Ok(()), "{label}");
        }
    }
}
