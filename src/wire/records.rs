//! What can be told of the server's side of a TLS connection from outside: its records, and its
//! messages for as long as they are not encrypted (RFC 8446 §5.1, RFC 5246 §6.2).
//!
//! A pure codec beside the TLS library, which tells neither what was on its way when a connection
//! ended nor what a warning said.

use super::hello::{
    MAJOR, MESSAGE_HEADER, RECORD_HEADER, WARNING, content, handshake_name, is_foreign,
};
use crate::facts::{Alert, Cut};

/// How many of the first bytes are kept: enough to name a protocol.
const KEPT: usize = 256;

/// How much of the first handshake messages is kept: more than those of TLS 1.2 need.
const HELLO: usize = 32 * 1024;

/// How much is kept of what TLS 1.3 encrypts: more than the first messages need.
const SEALED: usize = 32 * 1024;

/// What a record that is not encrypted may hold (RFC 8446 §5.1, RFC 5246 §6.2.1).
const MOST: usize = 1 << 14;

/// How often our library bears ChangeCipherSpec in TLS 1.3.
const CHANGES: usize = 2;

/// The alert by which a side refuses to negotiate anew (RFC 5246 §7.2.2).
const NO_RENEGOTIATION: u8 = 100;

/// A HelloRequest, which has nothing but a header (RFC 5246 §7.4.1.1).
const HELLO_REQUEST: [u8; MESSAGE_HEADER] = [0; MESSAGE_HEADER];

/// The minor version of every record after the first, in TLS 1.2 and 1.3.
const MINOR: u8 = 3;

/// Follows the records of one side as they arrive.
#[derive(Debug, Default)]
pub struct Records {
    start: Vec<u8>,
    total: usize,
    /// How many records have begun.
    count: usize,
    /// The header of the record that arrives, as far as it has.
    header: Vec<u8>,
    /// What is still to come of that record.
    left: usize,
    message: Message,
    /// The handshake messages, until the first thing that is encrypted.
    handshake: Vec<u8>,
    alert: Vec<u8>,
    warning: Option<Alert>,
    /// One of the warnings was a refusal to negotiate anew, …
    refuses_renegotiation: bool,
    /// … and one said that nothing more comes, before our turn.
    takes_leave: bool,
    /// More came after all that comes before the client's turn in TLS 1.2: the turn was taken.
    goes_on: bool,
    /// A record that was not encrypted is longer than it may be, …
    long: bool,
    /// … or one with handshake messages has nothing in it.
    empty: bool,
    /// How often ChangeCipherSpec came as it should be, and whether it once came otherwise.
    changes: usize,
    odd_change: bool,
    encrypted: bool,
    /// The first records of application data, which is what those of TLS 1.3 pretend to be.
    sealed: Vec<u8>,
    encrypted_handshakes: usize,
    strange: bool,
}

/// The handshake message that arrives.
#[derive(Debug, Default)]
struct Message {
    header: Vec<u8>,
    left: usize,
    /// Whether the last one before the client's turn has begun, in TLS 1.2.
    is_last: bool,
    /// Whether one was a HelloRequest before that.
    is_requested: bool,
}

impl Records {
    /// Takes bytes in.
    pub fn take(&mut self, mut bytes: &[u8]) {
        let room = (KEPT - self.start.len()).min(bytes.len());
        self.start.extend_from_slice(&bytes[..room]);
        self.total += bytes.len();
        while !bytes.is_empty() && !self.strange {
            if self.header.len() < RECORD_HEADER {
                let front = front(&mut bytes, RECORD_HEADER - self.header.len());
                self.header.extend_from_slice(front);
                self.begin_record();
            } else {
                let fragment = front(&mut bytes, self.left);
                self.left -= fragment.len();
                self.take_fragment(fragment);
            }
            if self.header.len() == RECORD_HEADER && self.left == 0 {
                self.header.clear();
            }
        }
    }

    fn begin_record(&mut self) {
        let [kind, major, minor, high, low] = self.header[..] else {
            return;
        };
        self.count += 1;
        self.left = u16::from_be_bytes([high, low]).into();
        // The first record may bear an older version (RFC 5246 §E.1); what follows may not, and
        // OpenSSL hangs up on it.
        let is_version = major == MAJOR && (minor == MINOR || self.count == 1);
        self.strange = is_foreign(&self.header) || !is_version;
        let is_plain = !self.encrypted && !self.strange && kind != content::APPLICATION_DATA;
        self.long |= is_plain && self.left > MOST;
        self.empty |= is_plain && kind == content::HANDSHAKE && self.left == 0;
        self.odd_change |= kind == content::CHANGE_CIPHER_SPEC && self.left != 1;
        let is_further = matches!(kind, content::HANDSHAKE | content::CHANGE_CIPHER_SPEC);
        self.goes_on |= is_further && self.message.is_last && self.message.header.is_empty();
        match kind {
            content::CHANGE_CIPHER_SPEC | content::APPLICATION_DATA => self.encrypted = true,
            content::HANDSHAKE if self.encrypted => self.encrypted_handshakes += 1,
            _ => {}
        }
        if kind == content::APPLICATION_DATA && self.sealed.len() < SEALED {
            self.sealed.extend_from_slice(&self.header);
        }
        self.alert.clear();
    }

    fn take_fragment(&mut self, fragment: &[u8]) {
        match self.header.first() {
            Some(&content::HANDSHAKE) if !self.encrypted => {
                self.message.take(fragment);
                let room = (HELLO - self.handshake.len()).min(fragment.len());
                self.handshake.extend_from_slice(&fragment[..room]);
            }
            Some(&content::APPLICATION_DATA) => {
                let room = SEALED.saturating_sub(self.sealed.len()).min(fragment.len());
                self.sealed.extend_from_slice(&fragment[..room]);
            }
            Some(&content::ALERT) if !self.encrypted => {
                self.alert.extend_from_slice(fragment);
                if let [WARNING, description] = self.alert[..] {
                    let alert = Alert(description);
                    self.warning = Some(alert);
                    self.refuses_renegotiation |= description == NO_RENEGOTIATION;
                    self.takes_leave |= alert.is_close() && !self.message.is_last;
                }
            }
            Some(&content::CHANGE_CIPHER_SPEC) => match fragment {
                [1] => self.changes += 1,
                _ => self.odd_change |= !fragment.is_empty(),
            },
            _ => {}
        }
    }

    /// The first bytes.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// The first handshake messages as one record, whatever records they came in.
    pub fn hello(&self) -> Vec<u8> {
        let length = u16::try_from(self.handshake.len()).unwrap_or(u16::MAX);
        let [high, low] = length.to_be_bytes();
        let header = [content::HANDSHAKE, MAJOR, MINOR, high, low];
        [&header[..], &self.handshake].concat()
    }

    /// The types of certificates in a demand for one, in TLS 1.2 (RFC 5246 §7.4.4).
    pub fn certificate_types(&self) -> Option<Vec<u8>> {
        let (count, types) = self.request()?.split_first()?;
        types.get(..usize::from(*count)).map(<[u8]>::to_vec)
    }

    /// The signature schemes in it, which stand behind them.
    pub fn client_schemes(&self) -> Option<Vec<u16>> {
        let (count, rest) = self.request()?.split_first()?;
        let (length, rest) = rest.get(usize::from(*count)..)?.split_first_chunk::<2>()?;
        let (schemes, _) = rest
            .get(..u16::from_be_bytes(*length).into())?
            .as_chunks::<2>();
        Some(schemes.iter().copied().map(u16::from_be_bytes).collect())
    }

    /// The demand for a client certificate, where it can be read.
    fn request(&self) -> Option<&[u8]> {
        let mut rest = self.handshake.as_slice();
        loop {
            let ([kind, high, middle, low], behind) = rest.split_first_chunk::<MESSAGE_HEADER>()?;
            let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
            let (body, behind) = behind.split_at_checked(length)?;
            if handshake_name(*kind) == Some("CertificateRequest") {
                return Some(body);
            }
            rest = behind;
        }
    }

    /// The first records that are encrypted, in TLS 1.3.
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// How many bytes have come in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether the handshake begins with a ServerHello. Warnings may come before it.
    pub fn is_server_hello(&self) -> bool {
        let first = self.handshake.first();
        first.is_some_and(|kind| handshake_name(*kind) == Some("ServerHello"))
    }

    /// Whether the first thing that came is not a TLS record.
    pub fn is_foreign(&self) -> bool {
        is_foreign(&self.start)
    }

    /// Whether something came amid the records that is none.
    pub fn is_strange(&self) -> bool {
        self.strange && !self.is_foreign()
    }

    /// The last warning that was not encrypted.
    pub fn warning(&self) -> Option<Alert> {
        self.warning
    }

    /// Whether it was said that nothing more comes, before our turn came.
    pub fn takes_leave(&self) -> bool {
        self.takes_leave
    }

    /// Whether what the client said in its turn was taken in TLS 1.2: NewSessionTicket and
    /// ChangeCipherSpec follow only on that (RFC 5077 §3.1).
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Whether a warning refused to negotiate anew, which nobody asks for in a handshake.
    pub fn refuses_renegotiation(&self) -> bool {
        self.refuses_renegotiation
    }

    /// Whether a record that was not encrypted is longer than it may be.
    pub fn has_long_record(&self) -> bool {
        self.long
    }

    /// Whether a record with handshake messages had nothing in it, before anything was encrypted.
    pub fn has_empty_record(&self) -> bool {
        self.empty
    }

    /// Whether a HelloRequest came before our turn.
    pub fn is_requested(&self) -> bool {
        self.message.is_requested
    }

    /// Whether nothing is wrong with ChangeCipherSpec but that it comes more often than our library
    /// bears.
    pub fn has_spare_changes(&self) -> bool {
        self.changes > CHANGES && !self.odd_change
    }

    /// Whether the message on its way is none of those that may be long.
    pub fn is_out_of_place(&self) -> bool {
        !self.encrypted && !self.message.header.is_empty() && !self.message.may_be_long()
    }

    /// Whether a handshake message followed the Finished of TLS 1.2: a HelloRequest, since nothing
    /// else may.
    pub fn asks_for_renegotiation(&self) -> bool {
        self.encrypted_handshakes > 1
    }

    /// Whether a record is on its way and not complete.
    pub fn is_within_record(&self) -> bool {
        !self.header.is_empty()
    }

    /// Where it broke off, if this was its end and not the end of a record and a message.
    pub fn cut(&self) -> Option<Cut> {
        let within_message = !self.encrypted && !self.message.header.is_empty();
        (self.is_within_record() || within_message).then(|| Cut {
            received: u64::try_from(self.total).unwrap_or(u64::MAX),
            message: self.message.name().filter(|_| within_message),
        })
    }
}

impl Message {
    fn take(&mut self, mut fragment: &[u8]) {
        while !fragment.is_empty() {
            if self.header.len() < MESSAGE_HEADER {
                let front = front(&mut fragment, MESSAGE_HEADER - self.header.len());
                self.header.extend_from_slice(front);
                if let [_, high, middle, low] = self.header[..] {
                    self.left =
                        usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                    self.is_requested |= self.header == HELLO_REQUEST && !self.is_last;
                    self.is_last |= self.name().as_deref() == Some("ServerHelloDone");
                }
            } else {
                self.left -= front(&mut fragment, self.left).len();
            }
            if self.header.len() == MESSAGE_HEADER && self.left == 0 {
                self.header.clear();
            }
        }
    }

    fn may_be_long(&self) -> bool {
        let long = [
            "Certificate",
            "ServerKeyExchange",
            "CertificateRequest",
            "CertificateStatus",
        ];
        self.name()
            .is_some_and(|name| long.contains(&name.as_str()))
    }

    fn name(&self) -> Option<String> {
        handshake_name(*self.header.first()?).map(str::to_owned)
    }
}

/// At most so many of the first bytes.
fn front<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (front, rest) = bytes.split_at(most.min(bytes.len()));
    *bytes = rest;
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_HELLO: &[u8] = &[22, 3, 3, 0, 8, 2, 0, 0, 4, 3, 3, 9, 9];
    const HALF_A_CERTIFICATE: &[u8] = &[22, 3, 3, 0, 6, 11, 0, 1, 0, 7, 7];
    const CHANGE: &[u8] = &[20, 3, 3, 0, 1, 1];
    const FINISHED: &[u8] = &[22, 3, 3, 0, 3, 1, 2, 3];

    /// In pieces of every size: what it is does not depend on how it arrives.
    fn after(parts: &[&[u8]]) -> Records {
        let bytes = parts.concat();
        let mut seen: Vec<Records> = Vec::new();
        for size in 1..=bytes.len().max(1) {
            let mut records = Records::default();
            bytes.chunks(size).for_each(|chunk| records.take(chunk));
            seen.push(records);
        }
        let told: Vec<String> = seen.iter().map(|records| format!("{records:?}")).collect();
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
        seen.remove(0)
    }

    #[test]
    fn it_is_known_what_was_on_its_way() {
        let cut = |received, message: Option<&str>| {
            let message = message.map(str::to_owned);
            Some(Cut { received, message })
        };
        for (parts, expected) in [
            (&[SERVER_HELLO][..], None),
            (&[&SERVER_HELLO[..3]], cut(3, None)),
            (&[&SERVER_HELLO[..10]], cut(10, Some("ServerHello"))),
            (
                &[SERVER_HELLO, HALF_A_CERTIFICATE],
                cut(24, Some("Certificate")),
            ),
            (&[SERVER_HELLO, CHANGE, FINISHED], None),
            (&[SERVER_HELLO, CHANGE, &FINISHED[..6]], cut(25, None)),
        ] {
            assert_eq!(after(parts).cut(), expected, "{parts:?}");
        }
    }

    #[test]
    fn warnings_and_requests_for_renegotiation_are_seen() {
        let warning: &[u8] = &[21, 3, 3, 0, 2, 1, 112];
        let fatal: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
        assert_eq!(after(&[warning]).warning(), Some(Alert(112)));
        assert_eq!(after(&[fatal]).warning(), None);
        let finished = [SERVER_HELLO, CHANGE, FINISHED];
        assert!(!after(&finished).asks_for_renegotiation());
        assert!(after(&[SERVER_HELLO, CHANGE, FINISHED, FINISHED]).asks_for_renegotiation());
    }

    /// One server may send what another sends at once in records of three bytes.
    #[test]
    fn a_hello_is_whole_however_small_its_records_are() {
        let warning: &[u8] = &[21, 3, 3, 0, 2, 1, 112];
        let message = &SERVER_HELLO[RECORD_HEADER..];
        let small = message.chunks(3).flat_map(|part| {
            let length = u8::try_from(part.len()).expect("three at most");
            [&[22, 3, 3, 0, length][..], part].concat()
        });
        let small: Vec<u8> = small.collect();
        assert_eq!(after(&[&small]).hello(), SERVER_HELLO);
        assert_eq!(after(&[warning, SERVER_HELLO]).hello(), SERVER_HELLO);
    }

    #[test]
    fn what_is_no_record_is_seen_wherever_it_stands() {
        assert!(after(&[b"HTTP/1.1 400"]).is_foreign());
        let amid = after(&[SERVER_HELLO, b"HTTP/1.1 400"]);
        assert!(amid.is_strange() && !amid.is_foreign());
        assert!(after(&[SERVER_HELLO, &[22, 3, 1, 0, 1, 0]]).is_strange());
        assert!(!after(&[&[22, 3, 1, 0, 1, 0], SERVER_HELLO]).is_strange());
    }
}
