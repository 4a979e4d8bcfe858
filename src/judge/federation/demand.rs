//! A demand for a client certificate that hardly any certificate can meet: whoever shows one signs
//! the handshake with its key, in a scheme that the server has to name; and many show none that is of
//! another type or by another CA than it names.

use super::MTLS_UNANSWERABLE;
use crate::facts::{CertificateRequest, ChainVerdict, ShownChain, TlsVersion};
use crate::model::finding::{Finding, Severity};
use crate::model::limits::clipped;
use crate::pki::x509::{Certificate, path_of_chain};

/// In which schemes an RSA key signs: TLS 1.3 has no PKCS #1 in a handshake (RFC 8446 §4.2.3), and Windows Server
/// 2016 has no PSS.
const RSA_PSS: [u16; 3] = [0x0804, 0x0805, 0x0806];
const RSA_PKCS1: [u16; 3] = [0x0401, 0x0501, 0x0601];

/// And a key on a curve of NIST. Certificates of public CAs have one of the two, and name an RSA key by no other
/// object identifier than rsaEncryption (CA/Browser Forum, Baseline Requirements, sections 6.1.1.5 and 7.1.3.1):
/// there are none for EdDSA, DSA, GOST, SM2, the curves of brainpool, or rsa_pss_pss. OpenSSL 3 and GnuTLS 3.7 with
/// an RSA or a P-256 key get no handshake where nothing else is taken, nor where it is MD5.
const ECDSA: [u16; 3] = [0x0403, 0x0503, 0x0603];

/// SHA-1, with a key of either kind, is given up (RFC 9155): in TLS 1.2 Windows and GnuTLS still sign with it,
/// OpenSSL 3 does not.
const SHA_1: [u16; 2] = [0x0201, 0x0203];

/// OpenSSL 3 still signs with SHA-224 in TLS 1.2. Windows has none, and GnuTLS hangs up.
const SHA_224: [u16; 2] = [0x0301, 0x0303];

/// Windows cannot use such keys either.
const EDDSA: [u16; 2] = [0x0807, 0x0808];

/// A message has room for so many schemes.
const SHOWN: usize = 6;

/// And for so many names of so many characters.
const AUTHORITIES: usize = 2;
const LENGTH: usize = 80;

/// The types of certificates with an RSA key, and with one on a curve (RFC 5246 §7.4.4, RFC 8422 §5.5).
const RSA_SIGN: u8 = 1;
const ECDSA_SIGN: u8 = 64;

/// What no usual certificate can meet. Where whoever shows none is turned away, and no key that a public CA
/// certifies can sign, nobody gets in. Types of certificates weigh less: Java and Go go by them, OpenSSL shows
/// what it has whatever they are. So do names of CAs, which Windows and .NET go by when they choose;
/// certificates shown by the server tell whose names they are.
pub(super) fn judge(
    request: &CertificateRequest,
    version: Option<TlsVersion>,
    shown: Option<ShownChain<'_>>,
    is_enforced: bool,
) -> Option<Finding> {
    let found = |what: &'static str, named: Vec<String>| {
        let finding = Finding::new(&MTLS_UNANSWERABLE).with("what", what);
        finding.with("schemes", named)
    };
    let by_type = || {
        let types = request.types.as_ref()?;
        let names = types.iter().take(SHOWN).copied().map(type_name).collect();
        let what = if types.contains(&ECDSA_SIGN) {
            "types"
        } else {
            "types-neither"
        };
        (!types.contains(&RSA_SIGN)).then(|| found(what, names))
    };
    let by_authority = || {
        // A name may be one of nothing.
        let names = request.authorities.iter().filter(|name| !name.is_empty());
        let names = names.take(AUTHORITIES);
        let names = names.map(|name| clipped(name, LENGTH)).collect();
        let what = shown.and_then(|shown| of_own(request, shown));
        let what = what.unwrap_or("authorities");
        (request.names_usual == Some(false)).then(|| found(what, names))
    };
    // Partners have certificates of many.
    let by_one = || {
        let only = request.only_public.as_deref()?;
        Some(found("one", vec![clipped(only, LENGTH)]))
    };
    by_scheme(request, version, is_enforced)
        .or_else(by_type)
        .or_else(by_authority)
        .or_else(by_one)
}

/// Whether names of CAs are those of the server's own certificates, which some give in their place: its
/// issuers, of whom others have certificates as well, or the certificate itself, which nobody else has.
fn of_own(request: &CertificateRequest, shown: ShownChain<'_>) -> Option<&'static str> {
    let trust = shown.trust.map(|trust| &trust.verdict);
    let path = path_of_chain(shown.chain).into_iter();
    let path: Vec<Certificate> = path
        .filter_map(|der| Certificate::parse(&der.0).ok())
        .collect();
    let named = &request.authorities;
    let is_issuer = path.iter().any(|one| named.contains(&one.issuer));
    if is_issuer && trust == Some(&ChainVerdict::Trusted) {
        return Some("issuer");
    }
    let leaf = path.first()?;
    let is_leaf = !named.is_empty() && named.iter().all(|name| *name == leaf.subject);
    is_leaf.then_some("own")
}

/// As IANA names it, or by its number.
fn type_name(kind: u8) -> String {
    let known = match kind {
        2 => "dss_sign",
        3 => "rsa_fixed_dh",
        4 => "dss_fixed_dh",
        64 => "ecdsa_sign",
        65 => "rsa_fixed_ecdh",
        66 => "ecdsa_fixed_ecdh",
        _ => return kind.to_string(),
    };
    known.to_owned()
}

/// Microsoft's certificates for SIP have RSA keys, and so have most of the others.
fn by_scheme(
    request: &CertificateRequest,
    version: Option<TlsVersion>,
    is_enforced: bool,
) -> Option<Finding> {
    let schemes = request.schemes.as_ref()?;
    let others = request.other_schemes.iter().flatten();
    let schemes: Vec<u16> = schemes.iter().chain(others).copied().collect();
    let has_pkcs1 = version != Some(TlsVersion::Tls13);
    let takes = |ones: &[u16]| schemes.iter().any(|scheme| ones.contains(scheme));
    let is_with_pkcs1 = takes(&RSA_PKCS1) || takes(&SHA_1[..1]);
    if takes(&RSA_PSS) && (!has_pkcs1 || is_with_pkcs1) || has_pkcs1 && takes(&RSA_PKCS1) {
        return None;
    }
    let what = if schemes.is_empty() {
        "none"
    } else if takes(&RSA_PSS) {
        "pss"
    } else if takes(&ECDSA) {
        "no-rsa"
    } else if has_pkcs1 && takes(&SHA_1) {
        "old"
    } else if has_pkcs1 && takes(&SHA_224) {
        "sha224"
    } else if schemes.iter().all(|scheme| EDDSA.contains(scheme)) {
        "eddsa"
    } else {
        "unusable"
    };
    let named: Vec<String> = schemes.iter().take(SHOWN).copied().map(name).collect();
    let finding = Finding::new(&MTLS_UNANSWERABLE)
        .with("what", what)
        .with("schemes", named);
    let is_for_nobody = matches!(what, "sha224" | "eddsa" | "unusable");
    Some(if is_for_nobody && is_enforced {
        finding.weighing(Severity::Fail)
    } else {
        finding
    })
}

/// As IANA names it, or by its number.
fn name(scheme: u16) -> String {
    let known = match scheme {
        0x0101 => "rsa_pkcs1_md5",
        0x0201 => "rsa_pkcs1_sha1",
        0x0202 => "dsa_sha1",
        0x0203 => "ecdsa_sha1",
        0x0301 => "rsa_pkcs1_sha224",
        0x0302 => "dsa_sha224",
        0x0303 => "ecdsa_sha224",
        0x0401 => "rsa_pkcs1_sha256",
        0x0402 => "dsa_sha256",
        0x0502 => "dsa_sha384",
        0x0602 => "dsa_sha512",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0601 => "rsa_pkcs1_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        _ => return format!("0x{scheme:04x}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Value;

    #[test]
    fn an_rsa_key_can_answer_some_demands_only() {
        let (old, new) = (TlsVersion::Tls12, TlsVersion::Tls13);
        for (schemes, version, expected) in [
            (&[][..], old, Some("none")),
            (&[0x0401], old, None),
            (&[0x0804], old, Some("pss")),
            (&[0x0804, 0x0403], old, Some("pss")),
            (&[0x0804, 0x0501], old, None),
            (&[0x0804, 0x0201], old, None),
            (&[0x0804], new, None),
            (&[0x0401], new, Some("unusable")),
            (&[0x0403, 0x0503], old, Some("no-rsa")),
            (&[0x0403], new, Some("no-rsa")),
            (&[0x0807], old, Some("eddsa")),
            (&[0x0807, 0x0403], old, Some("no-rsa")),
            (&[0x0201, 0x0203], old, Some("old")),
            (&[0x0201, 0x0202, 0x0807], old, Some("old")),
            (&[0x0203], new, Some("unusable")),
            (&[0x0301, 0x0402], old, Some("sha224")),
            (&[0x0303], new, Some("unusable")),
            (&[0x0201, 0x0301], old, Some("old")),
            (&[0x0101], old, Some("unusable")),
            (&[0x0402, 0x0807], old, Some("unusable")),
            (&[0xeeee], old, Some("unusable")),
            (&[0x081a], new, Some("unusable")),
            (&[0x0201, 0x0601], old, None),
            (&[0x0809], new, Some("unusable")),
            (&[0x0809], old, Some("unusable")),
            (&[0x0603], new, Some("no-rsa")),
        ] {
            let request = CertificateRequest {
                schemes: Some(schemes.to_vec()),
                ..CertificateRequest::default()
            };
            let found = judge(&request, Some(version), None, true);
            let what = found.as_ref().and_then(|finding| {
                let mut args = finding.args.iter();
                args.find(|(name, _)| *name == "what")
            });
            let expected = expected.map(Value::from);
            assert_eq!(
                what.map(|(_, value)| value),
                expected.as_ref(),
                "{schemes:x?} {version:?}"
            );
        }
    }
}
