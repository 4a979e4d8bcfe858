//! What people want to read of a certificate beyond what the checklist judges. A pure codec; an
//! extension that cannot be read shows nothing.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_OCSP;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::algorithm::Algorithm;
use super::ber;

/// The rest of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The algorithm that its issuer signed it with: `RSA with SHA-256`.
    pub signed_with: String,
    /// Every purpose of the extended key usage, by its name in RFC 5280 or its OID; `None` without
    /// the extension, which allows all.
    pub purposes: Option<Vec<String>>,
    /// The iPAddresses among the subject alternative names.
    pub addresses: Vec<IpAddr>,
    /// Whom to ask about its revocation (AIA OCSP).
    pub ocsp_urls: Vec<String>,
    /// May issue others (basicConstraints).
    pub is_ca: bool,
}

impl Details {
    /// Reads a certificate in DER; of what is none there are no details.
    pub fn read(der: &[u8]) -> Self {
        let written = ber::in_der(der);
        let Ok((_, read)) = X509Certificate::from_der(&written) else {
            return Self::default();
        };
        let mut details = Self {
            signed_with: Algorithm::read(&read.signature_algorithm).name(),
            ..Self::default()
        };
        for extension in read.extensions() {
            details.note(extension.parsed_extension());
        }
        details
    }

    fn note(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::BasicConstraints(constraints) => self.is_ca = constraints.ca,
            ParsedExtension::SubjectAlternativeName(names) => {
                let addresses = names.general_names.iter().filter_map(address);
                self.addresses = addresses.collect();
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let urls = access
                    .iter()
                    .filter_map(|access| match &access.access_location {
                        GeneralName::URI(url)
                            if access.access_method == OID_PKIX_ACCESS_DESCRIPTOR_OCSP =>
                        {
                            Some((*url).to_owned())
                        }
                        _ => None,
                    });
                self.ocsp_urls = urls.collect();
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let named = [
                    (usage.server_auth, "serverAuth"),
                    (usage.client_auth, "clientAuth"),
                    (usage.any, "anyExtendedKeyUsage"),
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                let named = named.into_iter().filter(|(held, _)| *held);
                let named = named.map(|(_, name)| name.to_owned());
                let other = usage.other.iter().map(ToString::to_string);
                self.purposes = Some(named.chain(other).collect());
            }
            _ => {}
        }
    }
}

fn address(name: &GeneralName<'_>) -> Option<IpAddr> {
    let GeneralName::IPAddress(bytes) = name else {
        return None;
    };
    <[u8; 4]>::try_from(*bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
        .ok()
}
