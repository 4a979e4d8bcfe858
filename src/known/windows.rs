//! What Windows offers by default in TLS 1.2 (Schannel), in every version that is still in service
//! (<https://learn.microsoft.com/windows/win32/secauthn/cipher-suites-in-schannel>).
//!
//! It decides what a failure is: a server that Windows Server 2016 and 2019 get nothing from turns most
//! partners away, since those know no TLS 1.3, and Microsoft's own list for SIP with Teams is of TLS 1.2
//! as well. One that they get in with, and others do not, works for some partners.

/// The curves, the preferred one first, from Windows Server 2016 (version 1607) on
/// (<https://learn.microsoft.com/windows/win32/secauthn/tls-elliptic-curves-in-windows-10-1607-and-later>).
const GROUPS: [&str; 3] = ["x25519", "secp256r1", "secp384r1"];

/// Those that Windows has offered for longest: Windows Server 2012 R2 has no others, and later ones neither in
/// FIPS mode or where an administrator has kept to the curves of NIST.
const OLDER_GROUPS: [&str; 2] = ["secp256r1", "secp384r1"];

/// Windows hangs up on a shorter prime of DHE, in bits (MS15-055); so do OpenSSL and GnuTLS.
pub const SHORTEST_PRIME: u32 = 1024;

/// OpenSSL hangs up on a shorter one on Debian and Ubuntu, and everywhere from version 3.2 on (security
/// level 2); Windows and GnuTLS go along.
pub const USUAL_PRIME: u32 = 2048;

/// Windows hangs up on a longer message of the handshake, in bytes, unless it was set up otherwise
/// (MessageLimitClient, <https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings>); so does
/// Java (jdk.tls.maxHandshakeMessageSize).
pub const LONGEST_MESSAGE: usize = 0x8000;

/// The cipher suites that Windows Server 2016 and 2019 offer, in their order, by their IANA numbers; without
/// 3DES, which some still offer last. Recorded hellos (JA3) of Windows and .NET show the same: 49196-49195-
/// 49200-49199-159-158-49188-49187-49192-49191-49162-49161-49172-49171-157-156-61-60-53-47, with the
/// extensions 0-10-11-13-35-23-65281 in this order, and status_request behind the first where the program
/// checks for revocation.
pub const SUITES: [u16; 20] = [
    0xc02c, 0xc02b, 0xc030, 0xc02f, 0x009f, 0x009e, 0xc024, 0xc023, 0xc028, 0xc027, 0xc00a, 0xc009,
    0xc014, 0xc013, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f,
];

/// The signature schemes that Windows Server 2016 offers, which has none with PSS: PKCS #1, ECDSA, DSA, by
/// their IANA numbers, in its order.
pub const SIGNATURES_2016: [u16; 9] = [
    0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0202, 0x0601, 0x0603,
];

/// The same for Windows Server 2019 and later, which have PSS as well.
pub const SIGNATURES: [u16; 12] = [
    0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0202, 0x0601, 0x0603,
];

/// Whether it offers this cipher suite, by its IANA name, among those that today's libraries have as
/// well: ECDHE with AES, CBC included.
pub fn offers_suite(name: &str) -> bool {
    name.starts_with("TLS_ECDHE_") && name.contains("_AES_") && !name.contains("_CCM")
}

/// Whether it is one of those that have CBC: Windows has them behind AES-GCM, many libraries of today not
/// at all.
pub fn is_with_cbc(name: &str) -> bool {
    name.contains("_CBC_")
}

/// Whether every Windows Server offers this cipher suite, behind all of those: RSA key exchange with AES,
/// and DHE with AES-GCM. OpenSSL and GnuTLS have them, too; Microsoft's list for SIP with Teams and many
/// libraries of today do not.
pub fn offers_suite_last(name: &str) -> bool {
    let is_static = name.starts_with("TLS_RSA_WITH_AES_");
    let is_prime = name.starts_with("TLS_DHE_RSA_WITH_AES_") && name.contains("_GCM_");
    (is_static || is_prime) && !name.contains("_CCM")
}

/// Whether it offers this curve, by its IANA name.
pub fn offers_group(name: &str) -> bool {
    GROUPS.contains(&name)
}

/// Whether every version in service offers this curve, however it is set up.
pub fn offers_group_always(name: &str) -> bool {
    OLDER_GROUPS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_and_groups() {
        for (name, offered) in [
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true),
            ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", true),
            ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", false),
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false),
            ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", false),
            ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false),
            ("TLS_RSA_WITH_AES_128_CBC_SHA", false),
            ("0x1301", false),
        ] {
            assert_eq!(offers_suite(name), offered, "{name}");
        }
        for (name, offered) in [
            ("TLS_RSA_WITH_AES_128_CBC_SHA", true),
            ("TLS_RSA_WITH_AES_256_GCM_SHA384", true),
            ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", true),
            ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", false),
            ("TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", false),
            ("TLS_RSA_WITH_AES_128_CCM", false),
            ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", false),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", false),
        ] {
            assert_eq!(offers_suite_last(name), offered, "{name}");
        }
        assert!(offers_group("x25519"));
        assert!(!offers_group("secp521r1"));
        assert!(offers_group_always("secp384r1"));
        assert!(!offers_group_always("x25519"));
    }
}
