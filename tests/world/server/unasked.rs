//! A server that takes every client for one that asks for a stapled OCSP answer. The library answers only what was
//! asked for; so the question is put into the hello before it reads it, and taken out of what both sides prove
//! to have seen (RFC 5246 §7.4.9, RFC 8446 §4.4.1).

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use tokio_rustls::rustls::{
    CipherSuiteCommon, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

/// status_request (RFC 6066 §8) of any responder, with an extension of the question by which it is known again.
const QUESTION: [u8; 11] = [0, 5, 0, 7, 1, 0, 0, 0, 2, 0x0b, 0xad];
const STATUS_REQUEST: [u8; 2] = [0, 5];
const RECORD_HEADER: usize = 5;
/// Of the message up to the session identifier.
const BEFORE_SESSION: usize = 4 + 2 + 32;

/// The first record of a client, with that question in its hello; `None` until it is whole.
pub(super) fn asking(record: &[u8]) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes([*record.get(3)?, *record.get(4)?]));
    let (record, behind) = record.split_at_checked(RECORD_HEADER + length)?;
    let (header, message) = record.split_at(RECORD_HEADER);
    let at = extensions(message).expect("it is a hello");
    let mut asked = message[at + 2..].to_vec();
    let mut kinds = Vec::new();
    let mut rest = asked.as_slice();
    while let [a, b, high, low, more @ ..] = rest {
        kinds.push([*a, *b]);
        rest = &more[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    if !kinds.contains(&STATUS_REQUEST) {
        asked.extend(QUESTION);
    }
    let message = message_of(&message[..at], &asked);
    Some([&header[..3], &sized(message.len()), &message, behind].concat())
}

/// The provider whose hashes are of the hello as it came.
pub(super) fn hearing(mut provider: CryptoProvider) -> CryptoProvider {
    let suites = provider.cipher_suites.iter();
    provider.cipher_suites = suites.copied().map(as_it_came).collect();
    provider
}

/// The library wants what lives as long as the program; a test makes a few.
fn as_it_came(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: Box::leak(Box::new(AsItCame(common.hash_provider))),
        confidentiality_limit: common.confidentiality_limit,
    };
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: suite.aead_alg,
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: suite.hkdf_provider,
                aead_alg: suite.aead_alg,
                quic: suite.quic,
            })))
        }
    }
}

struct AsItCame(&'static dyn Hash);

impl Hash for AsItCame {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Transcript(self.0.start()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.0.hash(&without_question(data))
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }
}

struct Transcript(Box<dyn Context>);

impl Context for Transcript {
    fn fork_finish(&self) -> Output {
        self.0.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.fork()))
    }

    fn finish(self: Box<Self>) -> Output {
        self.0.finish()
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(&without_question(data));
    }
}

fn without_question(message: &[u8]) -> Vec<u8> {
    match (message.strip_suffix(&QUESTION), extensions(message)) {
        (Some(kept), Some(at)) => message_of(&message[..at], &kept[at + 2..]),
        _ => message.to_vec(),
    }
}

/// Where the length of the extensions stands in a ClientHello.
fn extensions(message: &[u8]) -> Option<usize> {
    let session = BEFORE_SESSION + 1 + usize::from(*message.get(BEFORE_SESSION)?);
    let suites = u16::from_be_bytes([*message.get(session)?, *message.get(session + 1)?]);
    let compressions = session + 2 + usize::from(suites);
    Some(compressions + 1 + usize::from(*message.get(compressions)?))
}

/// A ClientHello of what stands before its extensions, and these.
fn message_of(before: &[u8], extensions: &[u8]) -> Vec<u8> {
    let body = [&before[4..], &sized(extensions.len()), extensions].concat();
    [&[1, 0], &sized(body.len())[..], &body].concat()
}

fn sized(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("a short hello").to_be_bytes()
}
