//! A TLS connection of ours, driven by hand, so that nothing that came is lost: what the server said
//! is handed out to its end before the end of the connection, a limit of ours or an error is
//! looked at.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use crate::facts::{Alert, Breach, HelloFacts, HelloOutcome, TlsOutcome};
use crate::model::limits::MAX_CONNECTION;
use crate::wire::hello::{self, Reader};
use crate::wire::records::Records;

/// How many of our own first bytes are kept: more than a ClientHello has.
const KEPT: usize = 4096;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a fatal alert of the server's.
    Alert(Alert),
    /// The server closed it.
    Closed,
    /// The server reset it.
    Reset,
    /// Our side cannot go on after what came.
    Breach(Breach),
    /// Our side reads no more than this.
    TooMuch,
}

/// The connection, from the first byte on.
#[derive(Debug)]
pub(super) struct Channel {
    tcp: TcpStream,
    tls: ClientConnection,
    records: Records,
    /// The first bytes of our own.
    sent: Vec<u8>,
    /// When the server was last heard.
    heard: Instant,
    /// What was decrypted and not yet handed out.
    plain: Vec<u8>,
    end: Option<End>,
    /// Whether the way to the server is gone. What it said before may still be read.
    is_mute: bool,
    /// Whether what is sent next goes out in two segments.
    is_in_two: bool,
    /// Whether what is sent next is the hello, and another one goes out instead.
    is_long: bool,
    /// Reads what comes for that, as the library goes no further than it can go on.
    reader: Option<Reader>,
}

/// All of a server's first flight comes at once; so long is waited for what the library gave up.
const FLIGHT: Duration = Duration::from_secs(1);

/// What is sent in two segments arrives so: the second one comes after the first one was read, as this is
/// longer than any server takes to turn to it.
pub(super) const BETWEEN_SEGMENTS: Duration = Duration::from_millis(50);

impl Channel {
    pub(super) fn new(
        tcp: TcpStream,
        config: ClientConfig,
        name: ServerName<'static>,
    ) -> Result<Self, Error> {
        Ok(Self {
            tcp,
            tls: ClientConnection::new(Arc::new(config), name)?,
            records: Records::default(),
            sent: Vec::new(),
            heard: Instant::now(),
            plain: Vec::new(),
            end: None,
            is_mute: false,
            is_in_two: false,
            is_long: false,
            reader: None,
        })
    }

    /// The same, with a long hello that has all cipher suites of Windows.
    pub(super) fn long(mut self) -> Self {
        self.is_long = true;
        self
    }

    /// The same, with its hello in two TCP segments.
    pub(super) fn in_two(mut self) -> Self {
        self.is_in_two = true;
        self
    }

    /// Shakes hands, to the last byte of our own. Tells as soon as anything was heard.
    pub(super) async fn shake_hands(&mut self, heard: &Notify) -> Result<(), End> {
        loop {
            self.flush().await;
            if !self.tls.is_handshaking() {
                return Ok(());
            }
            let read = self.read().await;
            heard.notify_one();
            if read.is_err() {
                let _ = timeout(FLIGHT, self.read_out()).await;
                self.flush().await;
                // What came right behind the last message of the handshake ends the conversation, which
                // is told when that is read: whether both arrived in one piece is chance.
                return if self.tls.is_handshaking() {
                    read
                } else {
                    Ok(())
                };
            }
        }
    }

    /// Reads the rest of what the server said to the hello, where the library does not.
    async fn read_out(&mut self) {
        let Some(reader) = &mut self.reader else {
            return;
        };
        let is_given_up = matches!(self.end, Some(End::Breach(_) | End::TooMuch));
        let mut is_open = is_given_up && reader.take(&[]);
        let mut buffer = vec![0; 4096];
        while is_open {
            is_open = match self.tcp.read(&mut buffer).await {
                Ok(count @ 1..) => reader.take(&buffer[..count]),
                Ok(0) | Err(_) => false,
            };
        }
    }

    /// Sends. That it could not be sent shows in what is received.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // Kept in memory, and small.
        let _ = self.tls.writer().write_all(bytes);
        self.flush().await;
    }

    /// Adds what has come; the end only when nothing is left before it.
    pub(super) async fn receive(&mut self, received: &mut Vec<u8>) -> Result<(), End> {
        while self.plain.is_empty() {
            let read = self.read().await;
            self.flush().await;
            if self.plain.is_empty() {
                read?;
            }
        }
        received.append(&mut self.plain);
        Ok(())
    }

    /// What could be seen from outside.
    pub(super) fn records(&self) -> &Records {
        &self.records
    }

    /// Our own first bytes.
    pub(super) fn sent(&self) -> &[u8] {
        &self.sent
    }

    /// What the server said to a long hello, where one was sent, and the connection ended like this.
    pub(super) fn said(&mut self, ended: &TlsOutcome) -> Option<HelloFacts> {
        let ended = match ended {
            TlsOutcome::Alert(alert) => HelloOutcome::Alert(*alert),
            TlsOutcome::Closed => HelloOutcome::Closed,
            TlsOutcome::Reset => HelloOutcome::Reset,
            TlsOutcome::Silent => HelloOutcome::Silent,
            TlsOutcome::NotTls(start) => HelloOutcome::NotTls(start.clone()),
            TlsOutcome::TooMuch => HelloOutcome::TooMuch,
            TlsOutcome::Deadline => HelloOutcome::Deadline,
            TlsOutcome::Finished | TlsOutcome::Misbehaved(_) => {
                HelloOutcome::Malformed("handshake message".to_owned())
            }
        };
        self.reader.take().map(|reader| reader.finish(ended))
    }

    /// When the server was last heard, or the connection began.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// What the library says of the connection.
    pub(super) fn tls(&self) -> &ClientConnection {
        &self.tls
    }

    async fn read(&mut self) -> Result<(), End> {
        if let Some(end) = self.end {
            return Err(end);
        }
        let mut buffer = [0; 4096];
        let read = match self.tcp.read(&mut buffer).await {
            Ok(0) if self.is_mute => Err(End::Reset),
            Ok(0) => Err(End::Closed),
            Ok(count) => self.take_in(&buffer[..count]),
            Err(error) if is_reset(&error) => Err(End::Reset),
            // Only what is theirs can be a refusal.
            Err(_) => Err(End::Breach(Breach::Lost)),
        };
        self.end = read.err();
        read
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.heard = Instant::now();
        self.records.take(bytes);
        if let Some(reader) = &mut self.reader {
            reader.take(bytes);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            // Reads from memory; only a message beyond the library's limit fills what it keeps.
            if self.tls.read_tls(&mut rest).is_err() {
                return Err(End::TooMuch);
            }
            let processed = self.tls.process_new_packets();
            // Says that there is nothing more, in one way or another.
            let _ = self.tls.reader().read_to_end(&mut self.plain);
            match processed {
                Ok(state) if state.peer_has_closed() => return Err(End::Closed),
                Ok(_) => {}
                Err(_) if self.records.is_strange() => return Err(End::Breach(Breach::NotTls)),
                Err(error) => return Err(End::from(&error)),
            }
        }
        if self.records.is_strange() {
            return Err(End::Breach(Breach::NotTls));
        }
        if self.records.total() > MAX_CONNECTION {
            return Err(End::TooMuch);
        }
        Ok(())
    }

    async fn flush(&mut self) {
        let mut bytes = Vec::new();
        while self.tls.wants_write() {
            // Writes to memory.
            let _ = self.tls.write_tls(&mut bytes);
        }
        if self.is_long && !bytes.is_empty() {
            self.is_long = false;
            self.reader = hello::random(&bytes).map(Reader::answering);
            bytes = hello::record_of_partner(&bytes);
        }
        let room = KEPT.saturating_sub(self.sent.len()).min(bytes.len());
        self.sent.extend_from_slice(&bytes[..room]);
        if self.is_mute || bytes.is_empty() {
            return;
        }
        let mut rest = bytes.as_slice();
        if std::mem::take(&mut self.is_in_two) {
            let (first, second) = rest.split_at(rest.len() / 2);
            self.is_mute = self.tcp.write_all(first).await.is_err();
            sleep(BETWEEN_SEGMENTS).await;
            rest = second;
        }
        self.is_mute = self.is_mute || self.tcp.write_all(rest).await.is_err();
    }
}

/// Whether this error is how a reset of the other side looks.
pub(super) fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

impl From<&Error> for End {
    fn from(error: &Error) -> Self {
        let breach = match error {
            Error::AlertReceived(alert) => return Self::Alert(Alert(u8::from(*alert))),
            Error::InvalidMessage(
                InvalidMessage::HandshakePayloadTooLarge
                | InvalidMessage::CertificatePayloadTooLarge,
            ) => return Self::TooMuch,
            Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => Breach::Malformed,
            Error::DecryptError => Breach::Undecryptable,
            Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
                Breach::OutOfPlace
            }
            Error::NoCertificatesPresented => Breach::NoCertificate,
            Error::PeerMisbehaved(breach) => of_misbehaviour(breach),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Breach::OldVersion,
            Error::PeerIncompatible(
                PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon,
            ) => Breach::NoClientScheme,
            _ => Breach::Other,
        };
        Self::Breach(breach)
    }
}

fn of_misbehaviour(breach: &PeerMisbehaved) -> Breach {
    use PeerMisbehaved as By;
    match breach {
        By::AttemptedDowngradeToTls12WhenTls13IsSupported => Breach::Downgraded,
        By::UnsolicitedServerHelloExtension => Breach::UnknownExtension,
        By::IllegalMiddleboxChangeCipherSpec => Breach::SpareChanges,
        By::UnsolicitedEncryptedExtension => Breach::EncryptedExtension,
        By::TooManyEmptyFragments
        | By::TooManyKeyUpdateRequests
        | By::TooManyRenegotiationRequests
        | By::TooManyWarningAlertsReceived => Breach::Endless,
        By::SelectedUnofferedApplicationProtocol
        | By::SelectedUnofferedCertCompression
        | By::SelectedUnofferedCipherSuite
        | By::SelectedUnofferedCompression
        | By::SelectedUnofferedKxGroup
        | By::SelectedUnofferedPsk
        | By::SelectedUnusableCipherSuiteForVersion
        | By::SignedKxWithWrongAlgorithm
        | By::SignedHandshakeWithUnadvertisedSigScheme
        | By::WrongGroupForKeyShare
        | By::IllegalHelloRetryRequestWithOfferedGroup
        | By::IllegalHelloRetryRequestWithUnofferedCipherSuite
        | By::IllegalHelloRetryRequestWithUnofferedNamedGroup
        | By::IllegalHelloRetryRequestWithUnsupportedVersion => Breach::NotOffered,
        By::KeyEpochWithPendingFragment | By::MessageInterleavedWithHandshakeMessage => {
            Breach::OutOfPlace
        }
        _ => Breach::Other,
    }
}
