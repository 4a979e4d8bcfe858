//! What xfed's own TLS handshake offers, as today's libraries do. What a server chooses beyond it is
//! proven not to be in common; what it chooses within it explains nothing.

/// The cipher suites of TLS 1.3 and 1.2, by their IANA names.
const SUITES: [&str; 9] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// The groups, by their IANA names.
const GROUPS: [&str; 3] = ["x25519", "secp256r1", "secp384r1"];

/// Whether it offers this cipher suite.
pub fn has_suite(name: &str) -> bool {
    SUITES.contains(&name)
}

/// Whether it offers this group.
pub fn has_group(name: &str) -> bool {
    GROUPS.contains(&name)
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::crypto::ring::default_provider;

    use super::*;

    /// The library decides what is offered; this table says it.
    #[test]
    fn it_is_what_the_library_offers() {
        let provider = default_provider();
        let suites = provider.cipher_suites.iter();
        let suites: Vec<String> = suites
            .filter_map(|suite| suite.suite().as_str())
            .map(|name| name.replace("TLS13_", "TLS_"))
            .collect();
        assert_eq!(suites.len(), SUITES.len());
        assert!(suites.iter().all(|name| has_suite(name)), "{suites:?}");
        let groups = provider.kx_groups.iter();
        let groups: Vec<String> = groups
            .map(|group| format!("{:?}", group.name()).to_lowercase())
            .collect();
        assert_eq!(groups.len(), GROUPS.len());
        assert!(groups.iter().all(|name| has_group(name)), "{groups:?}");
    }
}
