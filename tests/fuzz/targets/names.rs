//! Domains as people type them, names as DNS and reports carry them, and text on its way to a terminal.
#![no_main]

use xfed::internals::{is_harmful, printable, Domain, Fqdn};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(domain) = Domain::parse(text) {
        assert_eq!(Domain::parse(domain.as_str()), Ok(domain));
    }
    if let Ok(fqdn) = Fqdn::parse(text) {
        assert_eq!(Fqdn::parse(fqdn.as_str()), Ok(fqdn));
    }
    assert!(!printable(text).contains(is_harmful));
});
