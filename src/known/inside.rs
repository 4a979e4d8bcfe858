//! Names that only a company's own DNS, or its network at a cloud provider, can have.

/// Top-level domains that do not exist on the internet, and are in use inside of networks (RFC 6762,
/// appendix G; `internal` is set aside for it by ICANN).
const INSIDE: [&str; 7] = [
    "corp", "home", "internal", "intranet", "lan", "local", "private",
];

/// The name servers that stand for zones of networks at cloud providers, which these networks alone see: in their
/// NS records, or as primary in their SOA record. Azure Private DNS; Cloud DNS (Google); Route 53 (AWS,
/// "Working with private hosted zones": four that are set aside for them).
const OF_CLOUDS: [&str; 6] = [
    "azureprivatedns.net",
    "ns-gcp-private.googledomains.com",
    "ns-0.awsdns-00.com",
    "ns-512.awsdns-00.net",
    "ns-1024.awsdns-00.org",
    "ns-1536.awsdns-00.co.uk",
];

/// Whether a name server with this name stands for such a zone.
pub fn is_of_cloud_network(server: &str) -> bool {
    let server = server.trim_end_matches('.');
    let mut known = OF_CLOUDS.iter();
    known.any(|known| server.eq_ignore_ascii_case(known))
}

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

/// Whether a name stands for the machine of whoever asks (RFC 6761, section 6.3).
pub fn is_own_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let top = name.rsplit('.').next();
    top.is_some_and(|top| top.eq_ignore_ascii_case("localhost"))
}
