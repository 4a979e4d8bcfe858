//! A server's answer to a hello, up to the end of its first flight.

use super::suites::{GROUPS, MODERN_GROUPS, MODERN_SUITES, SUITES, name_in};
use super::write::kind;
use super::{
    MAJOR, MESSAGE_HEADER, RECORD_HEADER, WARNING, content, handshake, handshake_name, is_foreign,
    version,
};
use crate::facts::{Alert, CertificateRequest, Der, HelloFacts, HelloOutcome, TlsVersion};
use crate::known::windows::LONGEST_MESSAGE;
use crate::model::limits::{MAX_CHAIN, MAX_CONNECTION};
use crate::pki::{possession, x509};
use crate::wire::server_hello::is_marked;

/// The largest record that any version allows (RFC 5246 §6.2.3), in bytes.
const MAX_RECORD: usize = 18_432;

/// How much of an answer that is not TLS is kept: enough to name a protocol.
const KEPT: usize = 256;

/// The alert that ends a connection in good order.
const CLOSE_NOTIFY: u8 = 0;

/// OpenSSL passes over so many records of handshake messages that have nothing in them.
const EMPTY_RECORDS: usize = 32;

/// The curve of an ephemeral key is given by its name (RFC 8422 §5.4).
const NAMED_CURVE: u8 = 3;

/// Reads a server's answer as it arrives, up to ServerHelloDone.
#[derive(Debug, Default)]
pub struct Reader {
    /// What belongs to a record that is not complete yet.
    pub(super) records: Vec<u8>,
    /// What belongs to a handshake message that is not complete yet.
    pub(super) messages: Vec<u8>,
    total: usize,
    any_record: bool,
    /// How many records had nothing in them.
    empty: usize,
    outcome: Option<HelloOutcome>,
    facts: HelloFacts,
    /// The random numbers of both sides, which the server's signature is about.
    randoms: [[u8; 32]; 2],
}

impl Reader {
    /// For the answer to a hello with this random number.
    pub fn answering(random: [u8; 32]) -> Self {
        Self {
            randoms: [random, [0; 32]],
            ..Self::default()
        }
    }

    /// Takes bytes in; whether more of them can still matter.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        if self.outcome.is_none() {
            let room = (MAX_CONNECTION - self.total).min(bytes.len());
            self.records.extend_from_slice(&bytes[..room]);
            self.total += room;
            self.outcome = self.read_records().err();
            if room < bytes.len() && self.outcome.is_none() {
                self.outcome = Some(HelloOutcome::TooMuch);
            }
        }
        self.outcome.is_none()
    }

    /// What the answer was. `ended` is how the connection ended, for an answer without an end.
    pub fn finish(self, ended: HelloOutcome) -> HelloFacts {
        HelloFacts {
            outcome: self.outcome.unwrap_or(ended),
            ..self.facts
        }
    }

    fn read_records(&mut self) -> Result<(), HelloOutcome> {
        loop {
            if !self.any_record && is_foreign(&self.records) {
                let kept = self.records.len().min(KEPT);
                return Err(HelloOutcome::NotTls(self.records[..kept].to_vec()));
            }
            let Some((&[kind, major, _, high, low], rest)) =
                self.records.split_first_chunk::<RECORD_HEADER>()
            else {
                return Ok(());
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let is_empty = length == 0;
            if is_empty && kind == content::HANDSHAKE {
                self.empty += 1;
            }
            if !matches!(kind, content::ALERT | content::HANDSHAKE)
                || major != MAJOR
                || is_empty && kind == content::ALERT
                || self.empty > EMPTY_RECORDS
            {
                return Err(malformed("record"));
            }
            if length > MAX_RECORD {
                return Err(HelloOutcome::TooMuch);
            }
            let Some(fragment) = rest.get(..length) else {
                return Ok(());
            };
            let fragment = fragment.to_vec();
            self.records.drain(..RECORD_HEADER + length);
            self.any_record = true;
            if kind == content::ALERT {
                read_alerts(&fragment)?;
            } else {
                self.messages.extend(fragment);
                self.read_messages()?;
            }
        }
    }

    fn read_messages(&mut self) -> Result<(), HelloOutcome> {
        loop {
            let Some((&[kind, high, middle, low], rest)) =
                self.messages.split_first_chunk::<MESSAGE_HEADER>()
            else {
                return Ok(());
            };
            let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            if length > MAX_CONNECTION {
                return Err(HelloOutcome::TooMuch);
            }
            if length > LONGEST_MESSAGE && self.facts.oversized.is_none() {
                self.facts.oversized = handshake_name(kind).map(str::to_owned);
            }
            let Some(body) = rest.get(..length) else {
                return Ok(());
            };
            let body = body.to_vec();
            self.messages.drain(..MESSAGE_HEADER + length);
            self.read_message(kind, &body)?;
        }
    }

    fn read_message(&mut self, kind: u8, body: &[u8]) -> Result<(), HelloOutcome> {
        let facts = &mut self.facts;
        let greeted = facts.version.is_some();
        match kind {
            // May come at any time and asks for nothing new.
            handshake::HELLO_REQUEST => Ok(()),
            handshake::SERVER_HELLO if !greeted => {
                self.randoms[1] = read_server_hello(body, facts).ok_or(malformed("ServerHello"))?;
                // What follows in TLS 1.3 is encrypted.
                if facts.version == Some(TlsVersion::Tls13) {
                    return Err(HelloOutcome::Complete);
                }
                Ok(())
            }
            handshake::CERTIFICATE if greeted && facts.chain.is_empty() => {
                read_certificates(body, facts).ok_or(malformed("Certificate"))
            }
            handshake::SERVER_KEY_EXCHANGE if greeted => {
                facts.group = read_group(body);
                facts.prime = read_prime(body, facts);
                read_signature(body, self.randoms, facts);
                Ok(())
            }
            handshake::CERTIFICATE_REQUEST if greeted && facts.request.is_none() => {
                // A demand is a demand, even one that cannot be read.
                let request = read_request(body, facts.version);
                let readable = request.is_some();
                facts.request = Some(request.unwrap_or_default());
                if readable {
                    Ok(())
                } else {
                    Err(malformed("CertificateRequest"))
                }
            }
            handshake::SERVER_HELLO_DONE if greeted => Err(HelloOutcome::Complete),
            // Of no interest here.
            handshake::CERTIFICATE_STATUS | handshake::SUPPLEMENTAL_DATA if greeted => Ok(()),
            _ => Err(malformed("handshake message")),
        }
    }
}

pub(super) fn malformed(place: &str) -> HelloOutcome {
    HelloOutcome::Malformed(place.to_owned())
}

/// Warnings are passed over, such as "unrecognized name" before a ServerHello (RFC 6066 §3).
fn read_alerts(fragment: &[u8]) -> Result<(), HelloOutcome> {
    let (alerts, []) = fragment.as_chunks::<2>() else {
        return Err(malformed("alert"));
    };
    for [level, description] in alerts {
        match (level, description) {
            (&WARNING, &CLOSE_NOTIFY) => return Err(HelloOutcome::Closed),
            (&WARNING, _) => {}
            (_, description) => return Err(HelloOutcome::Alert(Alert(*description))),
        }
    }
    Ok(())
}

/// Returns the server's random number.
fn read_server_hello(body: &[u8], facts: &mut HelloFacts) -> Option<[u8; 32]> {
    let mut rest = body;
    let version = match u16(&mut rest)? {
        version::SSL_3_0 => TlsVersion::Ssl30,
        version::TLS_1_0 => TlsVersion::Tls10,
        version::TLS_1_1 => TlsVersion::Tls11,
        version::TLS_1_2 => TlsVersion::Tls12,
        _ => return None,
    };
    let random = array(&mut rest)?;
    let [session] = array(&mut rest)?;
    let _session = split(&mut rest, session.into())?;
    let suite = u16(&mut rest)?;
    let [_compression] = array(&mut rest)?;
    let version = read_extensions(rest, facts).unwrap_or(version);
    facts.cipher = Some(if version == TlsVersion::Tls13 {
        name_in(&MODERN_SUITES, suite)
    } else {
        name_in(&SUITES, suite)
    });
    facts.version = Some(version);
    facts.knows_tls13 = version < TlsVersion::Tls13 && is_marked(&random);
    Some(random)
}

/// The version that TLS 1.3 names in an extension, and the group that it wants a key of, or has
/// one of (RFC 8446 §4.2.1 and §4.2.8).
fn read_extensions(mut rest: &[u8], facts: &mut HelloFacts) -> Option<TlsVersion> {
    let length = u16(&mut rest)?;
    let mut extensions = split(&mut rest, length.into())?;
    let mut version = None;
    while !extensions.is_empty() {
        let kind = u16(&mut extensions)?;
        let length = u16(&mut extensions)?;
        let mut body = split(&mut extensions, length.into())?;
        match kind {
            kind::SUPPORTED_VERSIONS if u16(&mut body)? == version::TLS_1_3 => {
                version = Some(TlsVersion::Tls13);
            }
            kind::KEY_SHARE => {
                let group = u16(&mut body)?;
                let known = GROUPS.into_iter().chain(MODERN_GROUPS);
                facts.group = Some(name_in(&known.collect::<Vec<_>>(), group));
            }
            _ => {}
        }
    }
    version
}

fn read_certificates(body: &[u8], facts: &mut HelloFacts) -> Option<()> {
    let mut rest = body;
    let length = u24(&mut rest)?;
    if length != rest.len() {
        return None;
    }
    while !rest.is_empty() && facts.chain.len() < MAX_CHAIN {
        let length = u24(&mut rest)?;
        facts.chain.push(Der(split(&mut rest, length)?.to_vec()));
    }
    Some(())
}

/// The curve of an ephemeral key. Messages without a curve do not begin like this.
fn read_group(body: &[u8]) -> Option<String> {
    let [NAMED_CURVE, high, low, ..] = *body else {
        return None;
    };
    Some(name_in(&GROUPS, u16::from_be_bytes([high, low])))
}

/// The length of a prime that finite-field Diffie-Hellman is made with (RFC 5246 §7.4.3).
fn read_prime(mut body: &[u8], facts: &HelloFacts) -> Option<u32> {
    let suite = facts.cipher.as_deref()?;
    suite.starts_with("TLS_DHE_").then_some(())?;
    let length = u16(&mut body)?;
    let prime = split(&mut body, length.into())?;
    let zeros = prime.iter().take_while(|byte| **byte == 0).count();
    let used = prime.get(zeros..)?;
    let unused = used.first()?.leading_zeros();
    Some(u32::try_from(used.len()).ok()? * 8 - unused)
}

/// The signature at the end of a ServerKeyExchange of TLS 1.2, and whether it is the certificate's
/// key that made it (RFC 5246 §7.4.3, RFC 8422 §5.4).
fn read_signature(body: &[u8], [client, server]: [[u8; 32]; 2], facts: &mut HelloFacts) {
    if facts.version != Some(TlsVersion::Tls12) {
        return;
    }
    let suite = facts.cipher.as_deref().unwrap_or_default();
    let parameters = if suite.starts_with("TLS_ECDHE_") {
        after_curve(body)
    } else {
        after_group(body)
    };
    let Some(mut rest) = parameters else {
        return;
    };
    let signed = &body[..body.len() - rest.len()];
    let Some(scheme) = u16(&mut rest) else {
        return;
    };
    facts.signature = Some(scheme);
    if let Some(length) = u16(&mut rest)
        && let Some(signature) = split(&mut rest, length.into())
        && let Some(leaf) = facts.chain.first()
    {
        let message = [&client[..], &server, signed].concat();
        facts.key_proven =
            possession::proof(TlsVersion::Tls12, &leaf.0, scheme, &message, signature);
    }
}

/// What follows a key on a named curve.
fn after_curve(mut rest: &[u8]) -> Option<&[u8]> {
    let [NAMED_CURVE, _, _, length] = array(&mut rest)? else {
        return None;
    };
    split(&mut rest, length.into())?;
    Some(rest)
}

/// What follows a key of finite-field Diffie-Hellman: prime, generator, key.
fn after_group(mut rest: &[u8]) -> Option<&[u8]> {
    for _ in 0..3 {
        let length = u16(&mut rest)?;
        split(&mut rest, length.into())?;
    }
    Some(rest)
}

fn read_request(body: &[u8], version: Option<TlsVersion>) -> Option<CertificateRequest> {
    let mut rest = body;
    let [types] = array(&mut rest)?;
    let types = split(&mut rest, types.into())?;
    let mut schemes = None;
    if version == Some(TlsVersion::Tls12) {
        let length = u16(&mut rest)?;
        let (pairs, _) = split(&mut rest, length.into())?.as_chunks::<2>();
        schemes = Some(pairs.iter().copied().map(u16::from_be_bytes).collect());
    }
    let length = u16(&mut rest)?;
    if usize::from(length) != rest.len() {
        return None;
    }
    let mut authorities = Vec::new();
    while !rest.is_empty() {
        let length = u16(&mut rest)?;
        authorities.extend(x509::read_name(split(&mut rest, length.into())?));
    }
    Some(CertificateRequest {
        authorities,
        schemes,
        other_schemes: None,
        types: Some(types.to_vec()),
        names_usual: None,
        only_public: None,
    })
}

fn split<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(length)?;
    *rest = back;
    Some(front)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (front, back) = rest.split_first_chunk()?;
    *rest = back;
    Some(*front)
}

fn u16(rest: &mut &[u8]) -> Option<u16> {
    array(rest).map(u16::from_be_bytes)
}

fn u24(rest: &mut &[u8]) -> Option<usize> {
    let [high, middle, low] = array(rest)?;
    Some(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
}
