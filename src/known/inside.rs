//! Names that only a company's own DNS can have.

/// Top-level domains that do not exist on the internet, and are in use inside of networks (RFC 6762,
/// appendix G; `internal` is set aside for it by ICANN).
const INSIDE: [&str; 7] = [
    "corp", "home", "internal", "intranet", "lan", "local", "private",
];

/// Whether this is one of these top-level domains.
pub fn is_top_level(label: &str) -> bool {
    INSIDE
        .iter()
        .any(|inside| label.eq_ignore_ascii_case(inside))
}

/// Whether a name lies below one of them.
pub fn is_inside(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.rsplit_once('.')
        .is_some_and(|(_, top)| is_top_level(top))
}
