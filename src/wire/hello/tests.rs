//! Hellos as another library reads them, and answers as servers give them.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tokio_rustls::rustls::server::Acceptor;

use super::content::{ALERT, HANDSHAKE};
use super::read::malformed;
use super::suites::{RENEGOTIATION_SCSV, SUITES};
use super::write::{be32, sized};
use super::*;
use crate::facts::{
    Alert, CertificateRequest, Der, HelloFacts, HelloOutcome, HelloPart, TlsVersion,
};
use crate::known::windows;
use crate::model::limits::{MAX_CHAIN, MAX_CONNECTION};

const HELLOS: [Hello; 9] = [
    Hello::Wide,
    Hello::With(HelloPart::SessionTicket),
    Hello::With(HelloPart::StatusRequest),
    Hello::With(HelloPart::SupportedVersions),
    Hello::Windows,
    Hello::Large,
    Hello::Windows2016,
    Hello::Old,
    Hello::Modern,
];

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

/// The extensions of a hello without a session, each by its number, and the length of its record.
fn shape(hello: Hello, name: &str) -> (Vec<u16>, usize) {
    let record = hello.to_record(name, [9; 32]);
    let pair = |at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
    let mut at = 44 + 2 + usize::from(pair(44)) + 2 + 2;
    let mut kinds = Vec::new();
    while at < record.len() {
        kinds.push(pair(at));
        at += 4 + usize::from(pair(at + 2));
    }
    (kinds, record.len() - RECORD_HEADER)
}

/// As Windows Server 2016 and 2019 were recorded.
#[test]
fn windows_introduces_itself_like_windows() {
    for hello in [Hello::Windows2016, Hello::Windows] {
        let (kinds, length) = shape(hello, "xphone.zahnfee.de");
        assert_eq!(kinds, [0, 10, 11, 13, 35, 23, 0xff01], "{hello:?}");
        assert!(length < 256, "{hello:?}: {length}");
    }
}

#[test]
fn one_part_is_added_to_the_widest_hello() {
    for name in ["a.de", "xphone.zahnfee.de"] {
        let with = |part| shape(Hello::With(part), name);
        assert!(with(HelloPart::SessionTicket).0.contains(&35));
        assert!(with(HelloPart::StatusRequest).0.contains(&5));
        assert!(with(HelloPart::SupportedVersions).0.contains(&43));
        let (kinds, length) = with(HelloPart::Length);
        assert!((256..512).contains(&length), "{length}");
        assert!(!kinds.contains(&35) && !kinds.contains(&5));
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
    for (_, name) in SUITES {
        let offered = of(Hello::Windows).contains(&name);
        let expected = windows::offers_suite(name) || windows::offers_suite_last(name);
        assert_eq!(offered, expected, "{name}");
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
                schemes: (code == 0x0303).then(|| vec![0x0401]),
                other_schemes: None,
                types: Some(vec![1]),
                names_usual: None,
                only_public: None,
            }),
            ..HelloFacts::default()
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

/// A HelloRetryRequest of TLS 1.3 (RFC 8446 §4.1.4) tells suite and group; what follows is encrypted.
#[test]
fn what_a_server_would_take_in_tls_13_is_read() {
    let extensions = [
        [&[0, 43][..], &sized(&[3, 4])].concat(),
        [&[0, 51][..], &sized(&[0, 25])].concat(),
    ];
    let hello = [
        &[3, 3][..],
        &[7; 32],
        &[0, 0x13, 0x04, 0],
        &sized(&extensions.concat()),
    ];
    let facts = read(&record(HANDSHAKE, &message(2, &hello.concat())));
    assert_eq!(facts.outcome, HelloOutcome::Complete);
    assert_eq!(facts.version, Some(TlsVersion::Tls13));
    assert_eq!(facts.cipher.as_deref(), Some("TLS_AES_128_CCM_SHA256"));
    assert_eq!(facts.group.as_deref(), Some("secp521r1"));
    assert!(!facts.has_our_suite() && !facts.has_our_group());
}

#[test]
fn the_scheme_of_a_signature_is_read() {
    for (suite, exchange, expected) in [
        (0xc02f, &[3, 0, 29, 1, 9, 2, 1, 0, 1, 7][..], Some(0x0201)),
        (0xc02f, &[3, 0, 29, 1, 9, 8, 4, 0, 1, 7], Some(0x0804)),
        (
            0x009e,
            &[0, 1, 7, 0, 1, 2, 0, 1, 9, 4, 1, 0, 1, 7],
            Some(0x0401),
        ),
        (0xc02f, &[3, 0, 29, 9, 9], None),
        (0x009e, &[0, 9, 7], None),
    ] {
        let hello = [server_hello(0x0303, suite), message(12, exchange)].concat();
        let facts = read(&record(HANDSHAKE, &hello));
        assert_eq!(facts.signature, expected, "{exchange:?}");
        assert_eq!(facts.is_signed_with_sha1(), expected == Some(0x0201));
        assert_eq!(facts.key_proven, None, "there is no certificate");
    }
}

#[test]
fn what_is_larger_than_others_read_is_named() {
    let many = certificates(&vec![&[7; 4000][..]; 20]);
    let hello = [server_hello(0x0303, 0x002f), many, message(14, &[])].concat();
    let records: Vec<u8> = hello
        .chunks(1 << 14)
        .flat_map(|part| record(HANDSHAKE, part))
        .collect();
    let facts = read(&records);
    assert_eq!(facts.outcome, HelloOutcome::Complete);
    assert_eq!(facts.oversized.as_deref(), Some("Certificate"));
    assert_eq!(facts.chain.len(), 20);
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
        (record(HANDSHAKE, &[]), Silent),
        (record(HANDSHAKE, &[]).repeat(32), Silent),
        (record(HANDSHAKE, &[]).repeat(33), malformed("record")),
        (record(ALERT, &[]), malformed("record")),
        (b"\x16\x03\x03\x48\x01".to_vec(), TooMuch),
        (b"\x16\x03\x03\x48\x00".to_vec(), Silent),
        (record(HANDSHAKE, &[11, 4, 0, 1]), TooMuch),
        (record(HANDSHAKE, &[11, 4, 0, 0]), Silent),
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
    let endless = record(HANDSHAKE, &message(0, &[])).repeat(40_000);
    assert!(endless.len() > MAX_CONNECTION);
    assert_eq!(outcome(&endless), HelloOutcome::TooMuch);
    let mut reader = Reader::default();
    let taken = endless.chunks(4096).take_while(|chunk| reader.take(chunk));
    assert_eq!(taken.count(), MAX_CONNECTION / 4096);
    assert!(reader.records.len() + reader.messages.len() < MAX_CONNECTION);
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
