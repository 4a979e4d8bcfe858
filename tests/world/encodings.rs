//! Certificates that are not written as DER has it, or with a field as nobody writes it, and which of the
//! libraries reads them all the same.

use super::made::{self, Draft, Hash, Key};

/// The elements of a TBSCertificate, in order.
pub const VERSION: usize = 0;
pub const SERIAL: usize = 1;
pub const DATES: usize = 4;
pub const SUBJECT: usize = 5;
pub const KEY: usize = 6;
pub const EXTENSIONS: usize = 7;

/// Who reads a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    All,
    OpenSsl,
    GnuTls,
    Nobody,
}

/// One certificate that is written so.
pub struct Written {
    /// What of it is told, where somebody cannot read it.
    pub words: &'static str,
    pub der: Vec<u8>,
    pub readers: Readers,
}

/// The elements within an element.
pub fn parts(element: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = content(element);
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let whole = header(rest) + content(rest).len();
        parts.push(rest[..whole].to_vec());
        rest = &rest[whole..];
    }
    parts
}

/// The length of tag and length, which are DER.
fn header(element: &[u8]) -> usize {
    match element[1] {
        long @ 0x81.. => 2 + usize::from(long & 0x7f),
        _ => 2,
    }
}

fn content(element: &[u8]) -> &[u8] {
    let header = header(element);
    let length = match header {
        2 => usize::from(element[1]),
        _ => element[2..header]
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    &element[header..header + length]
}

/// A certificate with other elements, signed anew.
pub fn with(certificate: &[u8], key: &Key, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let mut elements = parts(&parts(certificate)[0]);
    change(&mut elements);
    let signed = made::der(0x30, &elements.concat());
    let (algorithm, signature) = key.sign(Hash::Sha256, &signed);
    let signature = made::der(3, &[&[0][..], &signature].concat());
    made::sequence(&[&signed, &algorithm, &signature])
}

/// With one element in place of another.
pub fn with_one(certificate: &[u8], key: &Key, at: usize, element: &[u8]) -> Vec<u8> {
    with(certificate, key, |elements| elements[at] = element.to_vec())
}

/// With a byte of length more than needed.
pub fn with_long_length(element: &[u8]) -> Vec<u8> {
    let content = content(element);
    let [.., high, low] = content.len().to_be_bytes();
    [&[element[0], 0x83, 0, high, low], content].concat()
}

/// Without a length, but with a mark at its end.
pub fn with_open_length(element: &[u8]) -> Vec<u8> {
    [&[element[0], 0x80], content(element), &[0, 0]].concat()
}

/// A key on P-256 whose curve is written out in numbers (SEC 1, C.2).
pub fn explicit_key(point: &[u8]) -> Vec<u8> {
    let hex = |text: &str| -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16))
            .collect::<Result<_, _>>()
            .expect("hexadecimal digits")
    };
    let prime = hex("00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let a = hex("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc");
    let b = hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    let base = hex(concat!(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    ));
    let order = hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let field = made::sequence(&[&made::oid("1.2.840.10045.1.1"), &made::der(2, &prime)]);
    let curve = made::sequence(&[&made::der(4, &a), &made::der(4, &b)]);
    let parameters = made::sequence(&[
        &[2, 1, 1],
        &field,
        &curve,
        &made::der(4, &base),
        &made::der(2, &order),
        &[2, 1, 1],
    ]);
    let algorithm = made::sequence(&[&made::oid("1.2.840.10045.2.1"), &parameters]);
    made::sequence(&[&algorithm, &made::der(3, &[&[0], point].concat())])
}

/// A request for a certificate in place of one.
fn request(key: &Key) -> Vec<u8> {
    let info = |key: &[u8]| {
        let subject = made::name("CN=Nobody Needs It", made::UTF8);
        made::sequence(&[&[2, 1, 0], &subject, key, &[0xa0, 0]])
    };
    let certificate = Draft::authority("CN=Any", time::OffsetDateTime::now_utc()).self_signed(key);
    let info = info(&parts(&parts(&certificate)[0])[KEY]);
    let (algorithm, signature) = key.sign(Hash::Sha256, &info);
    made::sequence(&[
        &info,
        &algorithm,
        &made::der(3, &[&[0][..], &signature].concat()),
    ])
}

/// What is told of it, who reads it, and its bytes.
type Row = (&'static str, Readers, Vec<u8>);

fn read_by_nobody(sound: &[u8], key: &Key) -> Vec<Row> {
    let one = |at: usize, element: &[u8]| with_one(sound, key, at, element);
    let rows = [
        ("", one(VERSION, &[0xa0, 4, 2, 2, 0, 2])),
        ("", one(SERIAL, &[4, 1, 5])),
        ("", one(KEY, &[0x30, 9, 0x30, 9, 6, 3, 0x2a, 3, 4, 6, 3])),
        ("", made::sequence(&[content(sound), &[5, 0]])),
        ("(CSR)", request(key)),
    ];
    rows.map(|(words, der)| (words, Readers::Nobody, der))
        .into()
}

/// All of them, each a certificate that stands for itself. Measured with OpenSSL 3.0 and GnuTLS 3.7.
pub fn all(now: time::OffsetDateTime) -> Vec<Written> {
    use Readers::{All, GnuTls, OpenSsl};
    let key = Key::p256(9);
    let draft = Draft::authority("CN=Nobody Needs It", now);
    let sound = draft.self_signed(&key);
    let one = |at: usize, element: &[u8]| with_one(&sound, &key, at, element);
    let beside = |oid: &str, value: &[u8]| draft.clone().again(oid, false, value.to_vec());
    let extended = |oid: &str, value: &[u8]| beside(oid, value).self_signed(&key);
    let names = |names: &[u8]| extended(made::ALTERNATIVES, &made::der(0x30, names));
    let dated = |date: &[u8]| {
        let dates = made::sequence(&[&made::der(0x17, date), &made::utc(now)]);
        one(DATES, &dates)
    };
    let mut other_algorithm = parts(&sound);
    other_algorithm[1] = made::sequence(&[&made::oid("1.2.840.10045.4.3.3")]);
    let common = |tag: u8, text: &[u8]| {
        let attribute = made::sequence(&[&made::oid("2.5.4.3"), &made::der(tag, text)]);
        one(SUBJECT, &made::sequence(&[&made::der(0x31, &attribute)]))
    };
    let unknown = beside("1.2.3.4", &[5, 0]);
    let twice = unknown.again("1.2.3.4", false, vec![5, 0]);
    let rows: Vec<Row> = vec![
        ("", All, sound.clone()),
        ("", All, one(SERIAL, &[2, 1, 0xf5])),
        ("", All, one(VERSION, &[0xa0, 3, 2, 1, 3])),
        ("", All, names(&[])),
        ("", All, names(&made::der(0x87, b"abc"))),
        ("", All, extended("2.5.29.14", &[4, 0x25, 1])),
        ("", All, one(KEY, &explicit_key(&key.bytes()))),
        (
            "more bytes than it needs",
            GnuTls,
            one(SERIAL, &[2, 3, 0, 0, 5]),
        ),
        (
            "more bytes than it needs",
            GnuTls,
            one(SERIAL, &[2, 2, 0xff, 0x80]),
        ),
        ("without any digit", GnuTls, one(SERIAL, &[2, 0])),
        ("not what it claims", GnuTls, common(12, b"\xe4")),
        ("not what it claims", GnuTls, common(2, &[5])),
        ("ends in the middle", GnuTls, {
            let odd = made::sequence(&[&[6, 2, 0x2a, 0x84], &[4, 0]]);
            one(EXTENSIONS, &made::der(0xa3, &made::sequence(&[&odd])))
        }),
        ("more than once", OpenSsl, twice.self_signed(&key)),
        (
            "cannot read (2.5.29.17)",
            OpenSsl,
            names(&made::der(0x89, b"abc")),
        ),
        (
            "cannot read (2.5.29.17)",
            OpenSsl,
            names(&made::der(0x82, b"")),
        ),
        (
            "cannot read (2.5.29.17)",
            OpenSsl,
            names(&made::der(0xa4, b"abc")),
        ),
        (
            "cannot read (2.5.29.17)",
            OpenSsl,
            extended(made::ALTERNATIVES, b"\x30\x05abc"),
        ),
        (
            "cannot read (2.5.29.18)",
            OpenSsl,
            extended("2.5.29.18", b"\x30\x05abc"),
        ),
        ("version 1 or 2", OpenSsl, one(VERSION, &[0xa0, 3, 2, 1, 0])),
        ("version 1 or 2", OpenSsl, one(VERSION, &[])),
        (
            "version 1 or 2",
            OpenSsl,
            one(VERSION, &[0xa0, 4, 2, 2, 1, 0x2c]),
        ),
        ("the date", OpenSsl, dated(b"")),
        ("the date", OpenSsl, dated(b"260101000000+0100")),
        ("the date", OpenSsl, dated(b"261301000000Z")),
        (
            "signature algorithm inside",
            OpenSsl,
            made::der(0x30, &other_algorithm.concat()),
        ),
        ("open lengths", OpenSsl, with_open_length(&sound)),
    ];
    let rows = rows.into_iter().chain(read_by_nobody(&sound, &key));
    rows.map(|(words, readers, der)| Written {
        words,
        der,
        readers,
    })
    .collect()
}
