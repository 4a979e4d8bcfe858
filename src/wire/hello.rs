//! Hand-made ClientHellos for servers that the TLS library cannot talk to, and a reader of the
//! plain text that a server up to TLS 1.2 answers before anything is encrypted.
//!
//! A pure codec: bytes in, facts out. It never finishes a handshake and holds no key. Whatever a
//! server sends is an answer, at worst [`HelloOutcome::Malformed`], and bounded in every direction.

use crate::facts::{Alert, CertificateRequest, Der, HelloFacts, HelloOutcome, TlsVersion};
use crate::model::limits::{MAX_ANSWER, MAX_CHAIN};
use crate::pki::x509;

/// The largest record that any version allows (RFC 5246 §6.2.3), in bytes.
const MAX_RECORD: usize = 18_432;
const RECORD_HEADER: usize = 5;
const MESSAGE_HEADER: usize = 4;

/// How much of an answer that is not TLS is kept: enough to name a protocol.
const KEPT: usize = 256;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// TLS 1.2 with every cipher suite and curve that was ever in use. A server that speaks
    /// something older only may answer with that.
    Wide,
    /// TLS 1.2 with what Windows and today's libraries have in common: ECDHE with AES, CBC included.
    Windows,
    /// TLS 1.0 with the cipher suites of its time, for servers that answer nothing newer.
    Old,
}

/// The cipher suites of [`Hello::Wide`] by their IANA names, the best first and RC4 last: a
/// server that leaves the choice to the client takes the first one it has.
const SUITES: [(u16, &str); 54] = [
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0x00a2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00a3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x006a, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc09c, "TLS_RSA_WITH_AES_128_CCM"),
    (0xc09d, "TLS_RSA_WITH_AES_256_CCM"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"),
    (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
];

/// Says "no renegotiation here" without an extension (RFC 5746 §3.3); never chosen by a server.
const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// Curves by their IANA names, the usual ones first. No group for finite-field Diffie-Hellman: a
/// server would have to keep to it (RFC 7919 §4), and old ones have their own.
const GROUPS: [(u16, &str); 9] = [
    (29, "x25519"),
    (23, "secp256r1"),
    (24, "secp384r1"),
    (25, "secp521r1"),
    (30, "x448"),
    (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"),
    (28, "brainpoolP512r1"),
    (21, "secp224r1"),
];

/// The first of them are those that Windows offers by default.
const WINDOWS_GROUPS: usize = 3;

/// ECDSA, PSS, Ed25519, PKCS #1 and DSA, with SHA-2 and, last, SHA-1.
const SIGNATURES: [u16; 18] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
    0x0601, 0x0301, 0x0402, 0x0203, 0x0201, 0x0202,
];

impl Hello {
    /// The hello as one record, for a server of this name.
    pub fn to_record(self, server_name: &str, random: [u8; 32]) -> Vec<u8> {
        let version: u16 = match self {
            Self::Wide | Self::Windows => 0x0303,
            Self::Old => 0x0301,
        };
        let mut suites: Vec<u16> = self.suites().map(|(code, _)| code).collect();
        let mut extensions = extension(0, &server_names(server_name));
        extensions.extend(extension(10, &listed(self.groups())));
        // Uncompressed points only.
        extensions.extend(extension(11, &[1, 0]));
        if self == Self::Old {
            suites.push(RENEGOTIATION_SCSV);
        } else {
            extensions.extend(extension(13, &listed(SIGNATURES)));
            extensions.extend(extension(23, &[]));
            extensions.extend(extension(0xff01, &[0]));
        }
        let mut body = version.to_be_bytes().to_vec();
        body.extend(random);
        // No session to resume; no compression.
        body.push(0);
        body.extend(listed(suites));
        body.extend([1, 0]);
        pad(&mut extensions, MESSAGE_HEADER + body.len() + 2);
        body.extend(sized(&extensions));
        let [_, high, middle, low] = be32(body.len());
        let message = [&[1, high, middle, low], body.as_slice()].concat();
        // TLS 1.0 in the record, whatever the hello says: some servers insist (RFC 5246 §E.1).
        [&[HANDSHAKE, 3, 1], sized(&message).as_slice()].concat()
    }

    fn suites(self) -> impl Iterator<Item = (u16, &'static str)> {
        SUITES.into_iter().filter(move |(_, name)| match self {
            Self::Wide => true,
            Self::Windows => is_windows_suite(name),
            Self::Old => !needs_tls12(name),
        })
    }

    fn groups(self) -> impl Iterator<Item = u16> {
        let count = match self {
            Self::Wide | Self::Old => GROUPS.len(),
            Self::Windows => WINDOWS_GROUPS,
        };
        GROUPS.into_iter().take(count).map(|(code, _)| code)
    }
}

/// Whether this is an answer that Windows would get as well: TLS 1.2 with a cipher suite and a
/// curve that it offers by default, in every version that is still in service.
pub fn is_for_windows(answer: &HelloFacts) -> bool {
    let mut usual = GROUPS.iter().take(WINDOWS_GROUPS);
    let group = answer.group.as_deref();
    answer.version == Some(TlsVersion::Tls12)
        && answer.cipher.as_deref().is_some_and(is_windows_suite)
        && group.is_none_or(|group| usual.any(|(_, name)| *name == group))
}

fn is_windows_suite(name: &str) -> bool {
    name.starts_with("TLS_ECDHE_") && name.contains("_AES_") && !name.contains("_CCM")
}

/// AEAD, and MACs beyond SHA-1, came with TLS 1.2 (RFC 5246 §1.2).
fn needs_tls12(name: &str) -> bool {
    ["_SHA256", "_SHA384", "_CCM"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn server_names(name: &str) -> Vec<u8> {
    let entry = [&[0], sized(name.as_bytes()).as_slice()].concat();
    sized(&entry)
}

fn listed(codes: impl IntoIterator<Item = u16>) -> Vec<u8> {
    let bytes: Vec<u8> = codes.into_iter().flat_map(u16::to_be_bytes).collect();
    sized(&bytes)
}

fn extension(code: u16, body: &[u8]) -> Vec<u8> {
    [code.to_be_bytes().as_slice(), &sized(body)].concat()
}

/// Behind their length in two bytes. Nothing that is made here comes near 64 KiB.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = be32(bytes.len());
    [&[high, low], bytes].concat()
}

fn be32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// Some old load balancers hang on hellos of 256 to 511 bytes (RFC 7685).
fn pad(extensions: &mut Vec<u8>, before: usize) {
    let length = before + extensions.len();
    if (256..512).contains(&length) {
        let zeros = (512 - length).saturating_sub(MESSAGE_HEADER);
        extensions.extend(extension(21, &vec![0; zeros]));
    }
}

/// Reads a server's answer as it arrives, up to ServerHelloDone.
#[derive(Debug, Default)]
pub struct Reader {
    /// What belongs to a record that is not complete yet.
    records: Vec<u8>,
    /// What belongs to a handshake message that is not complete yet.
    messages: Vec<u8>,
    total: usize,
    any_record: bool,
    outcome: Option<HelloOutcome>,
    facts: HelloFacts,
}

/// Why reading ends here.
type End = HelloOutcome;

impl Reader {
    /// Takes bytes in; says whether more of them can still matter.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        if self.outcome.is_none() {
            let room = (MAX_ANSWER - self.total).min(bytes.len());
            self.records.extend_from_slice(&bytes[..room]);
            self.total += room;
            self.outcome = self.read_records().err();
            if room < bytes.len() && self.outcome.is_none() {
                self.outcome = Some(HelloOutcome::TooMuch);
            }
        }
        self.outcome.is_none()
    }

    /// What the answer was, which ended like this unless it had come to an end of its own.
    pub fn finish(self, ended: HelloOutcome) -> HelloFacts {
        HelloFacts {
            outcome: self.outcome.unwrap_or(ended),
            ..self.facts
        }
    }

    fn read_records(&mut self) -> Result<(), End> {
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
            if !matches!(kind, ALERT | HANDSHAKE) || major != 3 || length == 0 {
                return Err(malformed("record"));
            }
            if length > MAX_RECORD {
                return Err(HelloOutcome::TooMuch);
            }
            let Some(content) = rest.get(..length) else {
                return Ok(());
            };
            let content = content.to_vec();
            self.records.drain(..RECORD_HEADER + length);
            self.any_record = true;
            if kind == ALERT {
                read_alerts(&content)?;
            } else {
                self.messages.extend(content);
                self.read_messages()?;
            }
        }
    }

    fn read_messages(&mut self) -> Result<(), End> {
        loop {
            let Some((&[kind, high, middle, low], rest)) =
                self.messages.split_first_chunk::<MESSAGE_HEADER>()
            else {
                return Ok(());
            };
            let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            if length > MAX_ANSWER {
                return Err(HelloOutcome::TooMuch);
            }
            let Some(body) = rest.get(..length) else {
                return Ok(());
            };
            let body = body.to_vec();
            self.messages.drain(..MESSAGE_HEADER + length);
            self.read_message(kind, &body)?;
        }
    }

    fn read_message(&mut self, kind: u8, body: &[u8]) -> Result<(), End> {
        let facts = &mut self.facts;
        let greeted = facts.version.is_some();
        match kind {
            // HelloRequest: may come at any time and asks for nothing new.
            0 => Ok(()),
            2 if !greeted => read_server_hello(body, facts).ok_or(malformed("ServerHello")),
            11 if greeted && facts.chain.is_empty() => {
                read_certificates(body, facts).ok_or(malformed("Certificate"))
            }
            12 if greeted => {
                facts.group = read_group(body);
                Ok(())
            }
            13 if greeted && facts.request.is_none() => {
                // A demand is a demand, even one that cannot be read.
                let authorities = read_authorities(body, facts.version);
                let broken = authorities.is_none();
                let authorities = authorities.unwrap_or_default();
                facts.request = Some(CertificateRequest { authorities });
                if broken {
                    Err(malformed("CertificateRequest"))
                } else {
                    Ok(())
                }
            }
            14 if greeted => Err(HelloOutcome::Complete),
            // CertificateStatus and SupplementalData: of no interest here.
            22 | 23 if greeted => Ok(()),
            _ => Err(malformed("handshake message")),
        }
    }
}

/// Whether this is not the beginning of a TLS record.
pub fn is_foreign(start: &[u8]) -> bool {
    match start {
        [] => false,
        [kind] => !matches!(kind, 0x14..=0x17),
        [kind, version, ..] => !matches!(kind, 0x14..=0x17) || *version != 3,
    }
}

fn malformed(place: &str) -> HelloOutcome {
    HelloOutcome::Malformed(place.to_owned())
}

/// Warnings are passed over, such as "unrecognized name" before a ServerHello (RFC 6066 §3).
fn read_alerts(content: &[u8]) -> Result<(), End> {
    let (alerts, []) = content.as_chunks::<2>() else {
        return Err(malformed("alert"));
    };
    for [level, description] in alerts {
        match (level, description) {
            (1, 0) => return Err(HelloOutcome::Closed),
            (1, _) => {}
            (_, description) => return Err(HelloOutcome::Alert(Alert(*description))),
        }
    }
    Ok(())
}

fn read_server_hello(body: &[u8], facts: &mut HelloFacts) -> Option<()> {
    let mut rest = body;
    let version = match u16(&mut rest)? {
        0x0300 => TlsVersion::Ssl30,
        0x0301 => TlsVersion::Tls10,
        0x0302 => TlsVersion::Tls11,
        0x0303 => TlsVersion::Tls12,
        _ => return None,
    };
    let _random = split(&mut rest, 32)?;
    let [session] = array(&mut rest)?;
    let _session = split(&mut rest, session.into())?;
    let suite = u16(&mut rest)?;
    let [_compression] = array(&mut rest)?;
    let known = SUITES.iter().find(|(code, _)| *code == suite);
    facts.cipher = Some(known.map_or_else(|| hexadecimal(suite), |(_, name)| (*name).to_owned()));
    facts.version = Some(version);
    Some(())
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

/// The curve of an ephemeral key (RFC 8422 §5.4). What else the message may hold looks otherwise.
fn read_group(body: &[u8]) -> Option<String> {
    let [3, high, low, ..] = *body else {
        return None;
    };
    let code = u16::from_be_bytes([high, low]);
    let known = GROUPS.iter().find(|(group, _)| *group == code);
    Some(known.map_or_else(|| hexadecimal(code), |(_, name)| (*name).to_owned()))
}

fn read_authorities(body: &[u8], version: Option<TlsVersion>) -> Option<Vec<String>> {
    let mut rest = body;
    let [types] = array(&mut rest)?;
    split(&mut rest, types.into())?;
    if version == Some(TlsVersion::Tls12) {
        let signatures = u16(&mut rest)?;
        split(&mut rest, signatures.into())?;
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
    Some(authorities)
}

fn hexadecimal(code: u16) -> String {
    format!("0x{code:04X}")
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use tokio_rustls::rustls::server::Acceptor;

    use super::*;

    const HELLOS: [Hello; 3] = [Hello::Wide, Hello::Windows, Hello::Old];

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        [&[kind, 3, 1], sized(content).as_slice()].concat()
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let [_, high, middle, low] = be32(body.len());
        [&[kind, high, middle, low], body].concat()
    }

    fn server_hello(version: u16, suite: u16) -> Vec<u8> {
        let suite = suite.to_be_bytes();
        let body = [
            &version.to_be_bytes()[..],
            &[7; 32],
            &[2, 8, 8],
            &suite,
            &[0],
        ]
        .concat();
        message(2, &body)
    }

    fn certificates(chain: &[&[u8]]) -> Vec<u8> {
        let three = |length: usize| be32(length)[1..].to_vec();
        let list: Vec<u8> = chain
            .iter()
            .flat_map(|der| [three(der.len()), der.to_vec()].concat())
            .collect();
        message(11, &[three(list.len()), list].concat())
    }

    /// CN=A, and what is no name at all.
    const NAME: &[u8] = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01A";
    const NO_NAME: &[u8] = b"\x04\x01A";

    fn certificate_request(version: u16) -> Vec<u8> {
        let signatures = [0, 2, 4, 1];
        let signatures = if version == 0x0303 {
            &signatures[..]
        } else {
            &[]
        };
        let names = [sized(NAME), sized(NO_NAME)].concat();
        message(13, &[&[1, 1], signatures, &sized(&names)].concat())
    }

    /// All that a server can say before ServerHelloDone.
    fn flight(version: u16, suite: u16) -> Vec<u8> {
        [
            message(0, &[]),
            server_hello(version, suite),
            certificates(&[b"leaf", b"issuer"]),
            message(22, b"status"),
            message(12, &[3, 0, 25, 1, 2]),
            certificate_request(version),
            message(14, &[]),
        ]
        .concat()
    }

    fn read(bytes: &[u8]) -> HelloFacts {
        let mut reader = Reader::default();
        reader.take(bytes);
        reader.finish(HelloOutcome::Silent)
    }

    fn outcome(bytes: &[u8]) -> HelloOutcome {
        read(bytes).outcome
    }

    /// A hello as another library understands it.
    #[test]
    fn hellos_are_well_formed() {
        for hello in HELLOS {
            let long = format!("{}de", format!("{}.", "x".repeat(60)).repeat(4));
            for name in ["a.de", "xphone.zahnfee.de", &long] {
                let record = hello.to_record(name, [9; 32]);
                let length = record.len() - RECORD_HEADER;
                assert!(!(256..512).contains(&length), "{hello:?}: {length}");
                let version = if hello == Hello::Old { 1 } else { 3 };
                assert_eq!(record[9..11], [3, version], "{hello:?}");
                let mut acceptor = Acceptor::default();
                acceptor.read_tls(&mut &record[..]).expect("in memory");
                match acceptor.accept() {
                    Ok(Some(accepted)) => {
                        let seen = accepted.client_hello();
                        let suites: Vec<u16> = hello.suites().map(|(code, _)| code).collect();
                        let offered = seen.cipher_suites().iter().map(|suite| u16::from(*suite));
                        let offered: Vec<u16> = offered
                            .filter(|suite| *suite != RENEGOTIATION_SCSV)
                            .collect();
                        assert_eq!(offered, suites, "{hello:?}");
                        assert!(seen.server_name() == Some(name));
                    }
                    Ok(None) => panic!("{hello:?} is not complete"),
                    // rustls wants signature algorithms, which came with TLS 1.2.
                    Err((error, _)) => {
                        assert_eq!(hello, Hello::Old, "{error}");
                        assert!(error.to_string().contains("SignatureAlgorithms"), "{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn suites_fit_the_hello_that_offers_them() {
        let codes: HashSet<u16> = SUITES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), SUITES.len(), "none stands twice");
        let of = |hello: Hello| hello.suites().map(|(_, name)| name).collect::<Vec<_>>();
        let wide = of(Hello::Wide);
        let first = wide.iter().position(|name| name.contains("_RC4_"));
        let first = first.expect("RC4 is offered");
        assert!(wide[first..].iter().all(|name| name.contains("_RC4_")));
        for family in [
            "_DHE_RSA_",
            "TLS_RSA_",
            "_GCM_",
            "_CBC_",
            "CHACHA20",
            "3DES",
        ] {
            assert!(wide.iter().any(|name| name.contains(family)), "{family}");
        }
        for name in of(Hello::Old) {
            assert!(name.ends_with("_SHA") || name.ends_with("_MD5"), "{name}");
        }
        for (name, windows) in [
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true),
            ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", true),
            ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", false),
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false),
            ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false),
            ("TLS_RSA_WITH_AES_128_CBC_SHA", false),
            ("0x1301", false),
        ] {
            let chosen = |group: Option<&str>| HelloFacts {
                version: Some(TlsVersion::Tls12),
                cipher: Some(name.to_owned()),
                group: group.map(str::to_owned),
                ..HelloFacts::default()
            };
            for usual in [None, Some("x25519"), Some("secp384r1")] {
                assert_eq!(is_for_windows(&chosen(usual)), windows, "{name}");
            }
            assert!(!is_for_windows(&chosen(Some("secp521r1"))), "{name}");
            assert_eq!(of(Hello::Windows).contains(&name), windows, "{name}");
        }
    }

    #[test]
    fn a_whole_flight_is_read() {
        for (code, version) in [
            (0x0300, TlsVersion::Ssl30),
            (0x0301, TlsVersion::Tls10),
            (0x0302, TlsVersion::Tls11),
            (0x0303, TlsVersion::Tls12),
        ] {
            let expected = HelloFacts {
                outcome: HelloOutcome::Complete,
                version: Some(version),
                cipher: Some("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA".to_owned()),
                group: Some("secp521r1".to_owned()),
                chain: vec![Der(b"leaf".to_vec()), Der(b"issuer".to_vec())],
                request: Some(CertificateRequest {
                    authorities: vec!["CN=A".to_owned()],
                }),
            };
            assert_eq!(read(&record(HANDSHAKE, &flight(code, 0xc013))), expected);
        }
    }

    #[test]
    fn what_is_unknown_is_shown_by_its_number() {
        let hello = [
            server_hello(0x0303, 0xabcd),
            message(12, &[3, 0x12, 0x34]),
            message(14, &[]),
        ];
        let facts = read(&record(HANDSHAKE, &hello.concat()));
        assert_eq!(facts.cipher.as_deref(), Some("0xABCD"));
        assert_eq!(facts.group.as_deref(), Some("0x1234"));
        // An ephemeral key without a curve: finite-field Diffie-Hellman.
        let dhe = [server_hello(0x0303, 0x0033), message(12, &[1, 0, 7])];
        assert_eq!(read(&record(HANDSHAKE, &dhe.concat())).group, None);
    }

    #[test]
    fn a_long_chain_is_cut() {
        let chain = vec![&b"certificate"[..]; MAX_CHAIN + 4];
        let hello = [server_hello(0x0303, 0x002f), certificates(&chain)].concat();
        let facts = read(&record(HANDSHAKE, &hello));
        assert_eq!(facts.chain.len(), MAX_CHAIN);
        assert_eq!(facts.outcome, HelloOutcome::Silent);
    }

    #[test]
    fn whatever_comes_is_an_answer() {
        use HelloOutcome::{Alert as Fatal, Closed, Silent, TooMuch};
        let hello = server_hello(0x0303, 0x002f);
        let after = |rest: &[u8]| record(HANDSHAKE, &[&hello, rest].concat());
        let foreign = |bytes: &[u8]| HelloOutcome::NotTls(bytes.to_vec());
        let alert = |level, code| record(ALERT, &[level, code]);
        let request_without_end = message(13, &[1, 1, 0, 2, 4, 1, 0, 9, 0, 7]);
        for (bytes, expected) in [
            (Vec::new(), Silent),
            (b"SSH-2.0-x\r\n".to_vec(), foreign(b"SSH-2.0-x\r\n")),
            (b"\x16".to_vec(), Silent),
            (b"\x16\x02".to_vec(), foreign(b"\x16\x02")),
            (alert(2, 40), Fatal(Alert(40))),
            (alert(2, 70), Fatal(Alert(70))),
            (alert(1, 0), Closed),
            (alert(1, 112), Silent),
            ([alert(1, 112), alert(2, 80)].concat(), Fatal(Alert(80))),
            (record(ALERT, &[2]), malformed("alert")),
            (record(20, &[1]), malformed("record")),
            (record(23, b"x"), malformed("record")),
            (record(HANDSHAKE, &[]), malformed("record")),
            (b"\x16\x03\x03\x48\x01".to_vec(), TooMuch),
            (b"\x16\x03\x03\x48\x00".to_vec(), Silent),
            (record(HANDSHAKE, &[11, 1, 0, 1]), TooMuch),
            (record(HANDSHAKE, &[11, 1, 0, 0]), Silent),
            (
                record(HANDSHAKE, &certificates(&[])),
                malformed("handshake message"),
            ),
            (
                record(HANDSHAKE, &message(14, &[])),
                malformed("handshake message"),
            ),
            (
                record(HANDSHAKE, &server_hello(0x0304, 1)),
                malformed("ServerHello"),
            ),
            (
                record(HANDSHAKE, &message(2, &[3, 3])),
                malformed("ServerHello"),
            ),
            (record(HANDSHAKE, &hello), Silent),
            (after(&hello), malformed("handshake message")),
            (after(&message(20, &[])), malformed("handshake message")),
            (
                after(&message(11, &[0, 0, 5, 0, 0, 9, 1, 2])),
                malformed("Certificate"),
            ),
            (
                after(&message(11, &[0, 0, 9, 0, 0, 1])),
                malformed("Certificate"),
            ),
            (after(&message(13, &[9])), malformed("CertificateRequest")),
            (after(&request_without_end), malformed("CertificateRequest")),
        ] {
            assert_eq!(outcome(&bytes), expected, "{}", bytes.escape_ascii());
        }
        // Even a demand that cannot be read is one.
        assert!(read(&after(&request_without_end)).request.is_some());
    }

    #[test]
    fn an_answer_without_end_is_cut() {
        let endless = record(HANDSHAKE, &message(0, &[])).repeat(10_000);
        assert!(endless.len() > MAX_ANSWER);
        assert_eq!(outcome(&endless), HelloOutcome::TooMuch);
        let mut reader = Reader::default();
        let taken = endless.chunks(4096).take_while(|chunk| reader.take(chunk));
        assert_eq!(taken.count(), MAX_ANSWER / 4096);
        assert!(reader.records.len() + reader.messages.len() < MAX_ANSWER);
    }

    /// Flights in records of any size.
    fn flights() -> impl Strategy<Value = Vec<u8>> {
        let version = select(vec![0x0300, 0x0301, 0x0302, 0x0303]);
        (version, any::<u16>(), 1..200_usize).prop_map(|(version, suite, size)| {
            let flight = flight(version, suite);
            flight
                .chunks(size)
                .flat_map(|part| record(HANDSHAKE, part))
                .collect()
        })
    }

    fn mutated() -> impl Strategy<Value = Vec<u8>> {
        let changes = vec((any::<Index>(), any::<u8>()), 0..4);
        (flights(), changes, any::<Index>(), any::<bool>()).prop_map(
            |(mut flight, changes, end, cut)| {
                for (place, byte) in changes {
                    *place.get_mut(&mut flight) = byte;
                }
                if cut {
                    flight.truncate(end.index(flight.len()));
                }
                flight
            },
        )
    }

    fn in_chunks(bytes: &[u8], size: usize) -> HelloFacts {
        let mut reader = Reader::default();
        let mut open = true;
        for chunk in bytes.chunks(size) {
            if !open {
                break;
            }
            open = reader.take(chunk);
        }
        reader.finish(HelloOutcome::Closed)
    }

    /// How much of a foreign answer had arrived is the network's choice.
    fn without_start(mut facts: HelloFacts) -> HelloFacts {
        if let HelloOutcome::NotTls(start) = &mut facts.outcome {
            start.clear();
        }
        facts
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read(bytes in vec(any::<u8>(), 0..2000), size in 1..64_usize) {
            let whole = in_chunks(&bytes, usize::MAX);
            prop_assert_eq!(without_start(in_chunks(&bytes, size)), without_start(whole));
        }

        #[test]
        fn arbitrary_messages_are_read(kind in 0..25_u8, body in vec(any::<u8>(), 0..300)) {
            let after = [server_hello(0x0303, 0x002f), message(kind, &body)].concat();
            let facts = read(&record(HANDSHAKE, &after));
            prop_assert!(facts.chain.len() <= MAX_CHAIN);
        }

        #[test]
        fn a_flight_in_pieces_is_a_flight(bytes in flights(), size in 1..100_usize) {
            let facts = in_chunks(&bytes, size);
            prop_assert_eq!(&facts.outcome, &HelloOutcome::Complete);
            prop_assert_eq!(facts.chain.len(), 2);
            prop_assert!(facts.request.is_some());
        }

        #[test]
        fn a_spoilt_flight_is_an_answer(bytes in mutated(), size in 1..100_usize) {
            let whole = in_chunks(&bytes, usize::MAX);
            prop_assert_eq!(without_start(in_chunks(&bytes, size)), without_start(whole));
        }
    }
}
