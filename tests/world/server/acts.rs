//! A server after the handshake that does whatever a test says, and what no TLS library would: its
//! records are sealed by hand.

use std::io;
use std::time::Duration;

use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::rustls::{ConnectionTrafficSecrets, ProtocolVersion, ServerConnection};

use super::super::pause;
use super::{close, hold};

/// The content of a record (RFC 8446 §5.1).
const APPLICATION_DATA: u8 = 23;
const ALERT: u8 = 21;

/// One thing that a server does in answer to a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sends this as a record of application data.
    Say(Vec<u8>),
    /// Sends a good record of this content.
    Record(u8, Vec<u8>),
    /// Sends these bytes past TLS.
    Plain(Vec<u8>),
    Wait(Duration),
    /// Does what went before again and again, until the client has enough.
    Repeat,
    /// Says that it closes, and closes.
    CloseNotify,
    /// Closes without a word.
    Close,
    Reset,
}

impl Act {
    pub fn say(text: &str) -> Self {
        Self::Say(text.into())
    }

    pub fn wait(milliseconds: u64) -> Self {
        Self::Wait(Duration::from_millis(milliseconds))
    }
}

/// Does them in order, and then waits for the client to go.
pub(super) async fn perform(
    mut tcp: TcpStream,
    tls: ServerConnection,
    acts: &[Act],
) -> io::Result<()> {
    let mut sealer = Sealer::new(tls);
    let mut at = 0;
    while let Some(act) = acts.get(at) {
        at += 1;
        match act {
            Act::Say(text) => {
                for part in text.chunks(1 << 14) {
                    let record = sealer.seal(APPLICATION_DATA, part);
                    tcp.write_all(&record).await?;
                }
            }
            Act::Record(kind, content) => {
                let record = sealer.seal(*kind, content);
                tcp.write_all(&record).await?;
            }
            Act::Plain(bytes) => tcp.write_all(bytes).await?,
            Act::Wait(time) => pause(*time).await,
            Act::Repeat => at = 0,
            Act::CloseNotify => {
                let record = sealer.seal(ALERT, &[1, 0]);
                tcp.write_all(&record).await?;
                return close(&mut tcp).await;
            }
            Act::Close => return close(&mut tcp).await,
            Act::Reset => return tcp.set_zero_linger(),
        }
    }
    hold(&mut tcp).await
}

/// An alert of this level and description, behind what the TLS library has sent.
pub(super) fn sealed_alert(tls: ServerConnection, alert: [u8; 2]) -> Vec<u8> {
    Sealer::new(tls).seal(ALERT, &alert)
}

/// Seals records where the TLS library has left off.
struct Sealer {
    key: LessSafeKey,
    iv: [u8; 12],
    sequence: u64,
    is_tls12: bool,
}

impl Sealer {
    fn new(tls: ServerConnection) -> Self {
        let is_tls12 = tls.protocol_version() == Some(ProtocolVersion::TLSv1_2);
        let secrets = tls.dangerous_extract_secrets();
        let (sequence, secrets) = secrets.expect("the configuration allows it").tx;
        let (algorithm, key, iv) = match &secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
            _ => panic!("clients of the tests prefer AES"),
        };
        let key = UnboundKey::new(algorithm, key.as_ref()).expect("a key of its length");
        Self {
            key: LessSafeKey::new(key),
            iv: iv.as_ref().try_into().expect("twelve bytes"),
            sequence,
            is_tls12,
        }
    }

    /// A record as RFC 8446 §5.2 or RFC 5288 §3 has it.
    fn seal(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let number = self.sequence.to_be_bytes();
        self.sequence += 1;
        let mut nonce = self.iv;
        for (byte, with) in nonce[4..].iter_mut().zip(number) {
            *byte ^= with;
        }
        let length = |length: usize| u16::try_from(length).expect("a record").to_be_bytes();
        let mut sealed = content.to_vec();
        let (kind, explicit, aad) = if self.is_tls12 {
            let [high, low] = length(content.len());
            let header = [kind, 3, 3, high, low];
            (kind, &nonce[4..], [&number[..], &header].concat())
        } else {
            sealed.push(kind);
            let [high, low] = length(sealed.len() + AES_128_GCM.tag_len());
            let header = [APPLICATION_DATA, 3, 3, high, low];
            (APPLICATION_DATA, &[][..], header.to_vec())
        };
        let sealing = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(sealing, Aad::from(aad), &mut sealed)
            .expect("a record is short enough");
        let body = [explicit, &sealed].concat();
        let [high, low] = length(body.len());
        [&[kind, 3, 3, high, low], body.as_slice()].concat()
    }
}
