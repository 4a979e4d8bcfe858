//! A certification authority with an intermediate, and the certificates it issues: by default what
//! a public authority would give to an Edge server, and then spoilt on purpose, one builder call
//! per defect.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CrlIssuingDistributionPoint, CustomExtension, DistinguishedName, DnType,
    DnValue, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RevokedCertParams,
    SanType, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub use rcgen::{CrlScope, ExtendedKeyUsagePurpose as Purpose, RevocationReason};

/// ring loads RSA keys but cannot make them. The key protects nothing.
const RSA_KEY: &str = include_str!("rsa-2048.pem");

/// A root and an intermediate; leaves are signed by the intermediate.
pub struct Authority {
    now: OffsetDateTime,
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// An authority whose certificates are dated relative to the real now.
    pub fn new(common_name: &str) -> Self {
        Self::at(common_name, OffsetDateTime::now_utc())
    }

    /// An authority whose certificates are dated relative to `now`.
    pub fn at(common_name: &str, now: OffsetDateTime) -> Self {
        Self::made(common_name, None, now, None)
    }

    /// An authority of this organisation, as its certificates say.
    pub fn of(organisation: &str) -> Self {
        Self::of_at(organisation, OffsetDateTime::now_utc())
    }

    /// An authority of this organisation whose certificates are dated relative to `now`.
    pub fn of_at(organisation: &str, now: OffsetDateTime) -> Self {
        Self::made("Tooth Fairy Root CA", Some(organisation), now, None)
    }

    /// An authority whose intermediate names this list of its root.
    pub fn listed(url: &str) -> Self {
        let now = OffsetDateTime::now_utc();
        Self::made("Tooth Fairy Root CA", None, now, Some(url))
    }

    fn made(
        common_name: &str,
        organisation: Option<&str>,
        now: OffsetDateTime,
        list: Option<&str>,
    ) -> Self {
        let issuer = |common_name: &str, depth| {
            let mut params = issuer(common_name, now, depth);
            if let Some(organisation) = organisation {
                let name = &mut params.distinguished_name;
                name.push(DnType::OrganizationName, organisation);
            }
            params
        };
        let root = CertifiedIssuer::self_signed(
            issuer(common_name, BasicConstraints::Unconstrained),
            new_key(),
        )
        .expect("the root signs itself");
        let mut params = issuer(
            &format!("{common_name} - Issuing"),
            BasicConstraints::Constrained(0),
        );
        let point = |url: &str| CrlDistributionPoint {
            uris: vec![url.to_owned()],
        };
        params.crl_distribution_points = list.into_iter().map(point).collect();
        let intermediate = CertifiedIssuer::signed_by(params, new_key(), &root)
            .expect("the root signs the intermediate");
        Self {
            now,
            root,
            intermediate,
        }
    }

    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    pub fn root_der(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    pub fn intermediate_der(&self) -> CertificateDer<'static> {
        self.intermediate.der().clone()
    }

    /// Begins a revocation list of the intermediate: current, empty, without a scope.
    pub fn crl(&self) -> Crl<'_> {
        Crl {
            authority: self,
            params: CertificateRevocationListParams {
                this_update: self.now - Duration::days(1),
                next_update: self.now + Duration::days(7),
                crl_number: SerialNumber::from(1),
                issuing_distribution_point: None,
                revoked_certs: Vec::new(),
                key_identifier_method: KeyIdMethod::Sha256,
            },
            by_root: false,
        }
    }

    /// Begins a certificate for `name`: common name and only SAN, server and client authentication,
    /// EC P-256, issued 30 days ago for 90 days, sent with the intermediate.
    pub fn certificate(&self, name: &str) -> Request<'_> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![Purpose::ServerAuth, Purpose::ClientAuth];
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec!["http://crl.tooth-fairy.example/issuing.crl".to_owned()],
        }];
        Request {
            authority: self,
            params,
            signer: Signer::Intermediate,
            rsa: false,
            leaf: None,
        }
        .common_name(name)
        .names(&[name])
        .valid(-30, 60)
    }
}

/// A revocation list not yet signed.
pub struct Crl<'a> {
    authority: &'a Authority,
    params: CertificateRevocationListParams,
    by_root: bool,
}

impl Crl<'_> {
    /// Lists the leaf, revoked ten days ago.
    pub fn revoking(self, identity: &Identity, reason: Option<RevocationReason>) -> Self {
        self.listing(SerialNumber::from_slice(&identity.serial()), reason)
    }

    /// Lists the intermediate.
    pub fn revoking_intermediate(self) -> Self {
        let der = self.authority.intermediate_der();
        let read = webpki::EndEntityCert::try_from(&der);
        let serial = read.expect("it is a certificate").serial().to_vec();
        self.listing(SerialNumber::from_slice(&serial), None)
    }

    /// Lists `count` other certificates.
    pub fn crowded(mut self, count: u64) -> Self {
        for number in 0..count {
            self = self.listing(SerialNumber::from(1 << 40 | number), None);
        }
        self
    }

    fn listing(mut self, serial_number: SerialNumber, reason: Option<RevocationReason>) -> Self {
        self.params.revoked_certs.push(RevokedCertParams {
            serial_number,
            revocation_time: self.authority.now - Duration::days(10),
            reason_code: reason,
            invalidity_date: None,
        });
        self
    }

    /// Made `start` days from the authority's now, the next due after `end`.
    pub fn valid(mut self, start: i64, end: i64) -> Self {
        self.params.this_update = self.authority.now + Duration::days(start);
        self.params.next_update = self.authority.now + Duration::days(end);
        self
    }

    /// Made so long after the authority's now.
    pub fn made_in(mut self, time: Duration) -> Self {
        self.params.this_update = self.authority.now + time;
        self
    }

    /// Says that it is the list of this distribution point, as the shards of public CAs do.
    pub fn for_url(mut self, url: &str) -> Self {
        self.params.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint {
                uris: vec![url.to_owned()],
            },
            scope: None,
        });
        self
    }

    /// The same, and that it is for certificates of this kind only (RFC 5280, section 5.2.5).
    pub fn only_for(self, url: &str, scope: CrlScope) -> Self {
        let mut list = self.for_url(url);
        if let Some(point) = &mut list.params.issuing_distribution_point {
            point.scope = Some(scope);
        }
        list
    }

    /// Signed by the root, for certificates of the root.
    pub fn by_root(mut self) -> Self {
        self.by_root = true;
        self
    }

    pub fn der(&self) -> Vec<u8> {
        let Authority {
            root, intermediate, ..
        } = self.authority;
        let issuer = if self.by_root { root } else { intermediate };
        let crl = self.params.signed_by(issuer);
        crl.expect("the authority may sign lists").der().to_vec()
    }

    pub fn pem(&self) -> String {
        pem("X509 CRL", &self.der())
    }
}

/// A certificate not yet issued.
pub struct Request<'a> {
    authority: &'a Authority,
    params: CertificateParams,
    signer: Signer,
    rsa: bool,
    leaf: Option<Vec<u8>>,
}

enum Signer {
    Intermediate,
    /// Signed by the intermediate, which is then not sent.
    IntermediateNotSent,
    /// Signed by the intermediate; intermediate and root are sent.
    IntermediateWithRoot,
    Root,
    Own,
}

impl Request<'_> {
    /// Any text, control characters included.
    pub fn common_name(mut self, text: &str) -> Self {
        self.params.distinguished_name = DistinguishedName::new();
        self.params
            .distinguished_name
            .push(DnType::CommonName, DnValue::Utf8String(text.to_owned()));
        self
    }

    /// An empty subject.
    pub fn no_common_name(mut self) -> Self {
        self.params.distinguished_name = DistinguishedName::new();
        self
    }

    /// The SANs: addresses become iPAddress, `sip:` and `https://` URIs, all else dNSName (ASCII).
    pub fn names(mut self, names: &[&str]) -> Self {
        self.params.subject_alt_names = names.iter().map(|name| alternative_name(name)).collect();
        self
    }

    /// No SAN extension.
    pub fn no_names(self) -> Self {
        self.names(&[])
    }

    /// Valid from `start` to `end`, in days from the authority's now: `valid(-90, -1)` expired
    /// yesterday.
    pub fn valid(mut self, start: i64, end: i64) -> Self {
        self.params.not_before = self.authority.now + Duration::days(start);
        self.params.not_after = self.authority.now + Duration::days(end);
        self
    }

    /// Valid from one moment to another, whatever the authority's now; whole seconds.
    pub fn between(mut self, start: OffsetDateTime, end: OffsetDateTime) -> Self {
        self.params.not_before = start;
        self.params.not_after = end;
        self
    }

    pub fn eku(mut self, purposes: &[Purpose]) -> Self {
        self.params.extended_key_usages = purposes.to_vec();
        self
    }

    pub fn server_auth_only(self) -> Self {
        self.eku(&[Purpose::ServerAuth])
    }

    pub fn client_auth_only(self) -> Self {
        self.eku(&[Purpose::ClientAuth])
    }

    /// No extended key usage extension.
    pub fn no_eku(self) -> Self {
        self.eku(&[])
    }

    /// An RSA key of 2048 bits (always the same one) instead of a fresh EC P-256.
    pub fn rsa(mut self) -> Self {
        self.rsa = true;
        self.params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        self
    }

    /// The key may sign, and not encrypt.
    pub fn signing_only(mut self) -> Self {
        self.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        self
    }

    /// The key may encrypt, and not sign.
    pub fn encrypting_only(mut self) -> Self {
        self.params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
        self
    }

    /// Demands that an OCSP answer is stapled (RFC 7633).
    pub fn must_staple(mut self) -> Self {
        const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
        let feature = CustomExtension::from_oid_content(TLS_FEATURE, vec![0x30, 3, 2, 1, 5]);
        self.params.custom_extensions.push(feature);
        self
    }

    /// The CRL distribution point; there is one by default.
    pub fn crl(mut self, url: &str) -> Self {
        self.params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![url.to_owned()],
        }];
        self
    }

    /// A further one, for the case that the first is of no use.
    pub fn and_crl(mut self, url: &str) -> Self {
        let further = CrlDistributionPoint {
            uris: vec![url.to_owned()],
        };
        self.params.crl_distribution_points.push(further);
        self
    }

    /// Its serial number, which goes by the key otherwise.
    pub fn serial(mut self, number: u64) -> Self {
        self.params.serial_number = Some(SerialNumber::from(number));
        self
    }

    pub fn no_crl(mut self) -> Self {
        self.params.crl_distribution_points = Vec::new();
        self
    }

    /// Adds authority information access: where to get the issuer's certificate.
    pub fn aia(self, url: &str) -> Self {
        self.aia_of(&[url])
    }

    /// The same with several addresses.
    pub fn aia_of(mut self, urls: &[&str]) -> Self {
        const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
        const CA_ISSUERS: &[u8] = &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
        const URI: u8 = 0x86;
        const SEQUENCE: u8 = 0x30;
        let access = |url: &&str| {
            let access = [CA_ISSUERS, &der(URI, url.as_bytes())].concat();
            der(SEQUENCE, &access)
        };
        let all = urls.iter().map(access).collect::<Vec<_>>().concat();
        self.params
            .custom_extensions
            .push(CustomExtension::from_oid_content(
                AUTHORITY_INFO_ACCESS,
                der(SEQUENCE, &all),
            ));
        self
    }

    /// Marked as an authority's certificate, as `openssl req -x509` does by default.
    pub fn ca(mut self) -> Self {
        self.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    pub fn self_signed(mut self) -> Self {
        self.signer = Signer::Own;
        self.params.use_authority_key_identifier_extension = false;
        self
    }

    pub fn signed_by_root(mut self) -> Self {
        self.signer = Signer::Root;
        self
    }

    /// The classic misconfiguration: the leaf is sent alone.
    pub fn without_intermediate(mut self) -> Self {
        self.signer = Signer::IntermediateNotSent;
        self
    }

    /// Sends the root as well, which is needless.
    pub fn with_root(mut self) -> Self {
        self.signer = Signer::IntermediateWithRoot;
        self
    }

    /// Sends these bytes instead of the leaf, whether or not they are a certificate. The key does
    /// not belong to them: a client sees the bytes, and then a signature that it cannot verify.
    pub fn raw_der(mut self, der: Vec<u8>) -> Self {
        self.leaf = Some(der);
        self
    }

    pub fn issue(self) -> Identity {
        let key = if self.rsa {
            KeyPair::from_pem_and_sign_algo(RSA_KEY, &PKCS_RSA_SHA256).expect("ring loads this key")
        } else {
            new_key()
        };
        let Authority {
            root, intermediate, ..
        } = self.authority;
        let leaf = match self.signer {
            Signer::Own => self.params.self_signed(&key),
            Signer::Root => self.params.signed_by(&key, root),
            Signer::Intermediate | Signer::IntermediateNotSent | Signer::IntermediateWithRoot => {
                self.params.signed_by(&key, intermediate)
            }
        }
        .expect("every request can be signed");
        let mut chain = vec![self.leaf.map_or(leaf.into(), CertificateDer::from)];
        match self.signer {
            Signer::Own | Signer::Root | Signer::IntermediateNotSent => {}
            Signer::Intermediate => chain.push(intermediate.der().clone()),
            Signer::IntermediateWithRoot => {
                chain.extend([intermediate.der().clone(), root.der().clone()]);
            }
        }
        Identity {
            chain,
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }
}

/// A certificate chain, leaf first, and the leaf's private key. The chain may be rearranged at
/// will.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Identity {
    /// The serial number of the leaf.
    pub fn serial(&self) -> Vec<u8> {
        let leaf = webpki::EndEntityCert::try_from(&self.chain[0]);
        leaf.expect("the leaf is a certificate").serial().to_vec()
    }

    pub fn chain_pem(&self) -> String {
        self.chain
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    }

    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("ring makes P-256 keys")
}

fn issuer(common_name: &str, now: OffsetDateTime, depth: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(depth);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = now - Duration::days(3 * 365);
    params.not_after = now + Duration::days(7 * 365);
    params
}

fn alternative_name(name: &str) -> SanType {
    let ascii = || {
        name.try_into()
            .unwrap_or_else(|_| panic!("a SAN is ASCII, {name:?} is not"))
    };
    if let Ok(address) = name.parse::<IpAddr>() {
        SanType::IpAddress(address)
    } else if name.starts_with("sip:") || name.contains("://") {
        SanType::URI(ascii())
    } else {
        SanType::DnsName(ascii())
    }
}

/// One DER element of less than 128 bytes.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len())
        .ok()
        .filter(|length| *length < 128)
        .expect("a test URL is short");
    [&[tag, length], content].concat()
}

fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits = group
                .iter()
                .chain(&[0, 0])
                .take(3)
                .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
            for place in 0..4 {
                let sextet = bits >> (18 - 6 * place) & 63;
                let padding = place > group.len();
                text.push(if padding {
                    '='
                } else {
                    ALPHABET[sextet].into()
                });
            }
        }
        text.push('\n');
    }
    text + "-----END " + label + "-----\n"
}
