//! A handshake whose hello is sent otherwise than the TLS library wrote it.
//!
//! Both sides prove at its end that they saw the same messages (RFC 5246 §7.4.9), and a client certificate is
//! proven by a signature over them. So the hash over them takes the hello as it was sent, and so does the key
//! that signs.

use std::sync::{Arc, LazyLock};

use tokio_rustls::rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use tokio_rustls::rustls::crypto::ring::cipher_suite as suites;
use tokio_rustls::rustls::pki_types::SubjectPublicKeyInfoDer;
use tokio_rustls::rustls::sign::{CertifiedKey, Signer, SigningKey};
use tokio_rustls::rustls::{
    CipherSuiteCommon, Error, SignatureAlgorithm, SignatureScheme, SupportedCipherSuite,
    Tls12CipherSuite,
};

use crate::wire::hello::of_partner;

/// The suites that Windows offers and the library has, in the order of Windows.
pub(super) static SUITES: LazyLock<Vec<SupportedCipherSuite>> = LazyLock::new(|| {
    let all = [
        suites::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suites::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];
    all.into_iter().filter_map(hashing_as_sent).collect()
});

/// The library wants what lives as long as the program; this is made once.
fn hashing_as_sent(suite: SupportedCipherSuite) -> Option<SupportedCipherSuite> {
    let SupportedCipherSuite::Tls12(suite) = suite else {
        return None;
    };
    let hash = AsSent(suite.common.hash_provider);
    let suite = Tls12CipherSuite {
        common: CipherSuiteCommon {
            suite: suite.common.suite,
            hash_provider: Box::leak(Box::new(hash)),
            confidentiality_limit: suite.common.confidentiality_limit,
        },
        prf_provider: suite.prf_provider,
        kx: suite.kx,
        sign: suite.sign,
        aead_alg: suite.aead_alg,
    };
    Some(SupportedCipherSuite::Tls12(Box::leak(Box::new(suite))))
}

struct AsSent(&'static dyn Hash);

impl Hash for AsSent {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Transcript {
            hash: self.0.start(),
            is_begun: false,
        })
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.0.hash(data)
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }
}

/// The hello is what the library begins with.
struct Transcript {
    hash: Box<dyn Context>,
    is_begun: bool,
}

impl Context for Transcript {
    fn fork_finish(&self) -> Output {
        self.hash.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self {
            hash: self.hash.fork(),
            is_begun: self.is_begun,
        })
    }

    fn finish(self: Box<Self>) -> Output {
        self.hash.finish()
    }

    fn update(&mut self, data: &[u8]) {
        if std::mem::replace(&mut self.is_begun, true) {
            self.hash.update(data);
        } else {
            self.hash.update(&of_partner(data));
        }
    }
}

/// A client certificate that is proven in such a handshake.
pub(super) fn signing_as_sent(client: &CertifiedKey) -> CertifiedKey {
    CertifiedKey {
        cert: client.cert.clone(),
        key: Arc::new(Key(Arc::clone(&client.key))),
        ocsp: client.ocsp.clone(),
    }
}

#[derive(Debug)]
struct Key(Arc<dyn SigningKey>);

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.0.choose_scheme(offered)?;
        Some(Box::new(Signature(signer)))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.0.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

#[derive(Debug)]
struct Signature(Box<dyn Signer>);

impl Signer for Signature {
    /// What is signed are the messages from the hello on (RFC 5246 §7.4.8).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign(&of_partner(message))
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}
