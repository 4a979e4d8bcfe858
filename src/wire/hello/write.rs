//! The hellos, as bytes.

use std::net::IpAddr;

use super::suites::{
    GROUPS, MODERN_GROUPS, MODERN_SUITES, PKCS1, RENEGOTIATION_SCSV, SIGNATURES, SUITES,
};
use super::{MAJOR, MESSAGE_HEADER, content, handshake, version};
use crate::facts::HelloPart;
use crate::known::windows;

/// The extensions of a hello, by their IANA numbers.
pub(super) mod kind {
    /// RFC 6066 §3.
    pub(in crate::wire::hello) const SERVER_NAME: u16 = 0;
    /// RFC 6066 §8.
    pub(in crate::wire::hello) const STATUS_REQUEST: u16 = 5;
    /// RFC 8422 §5.1.1.
    pub(in crate::wire::hello) const SUPPORTED_GROUPS: u16 = 10;
    /// RFC 8422 §5.1.2.
    pub(super) const EC_POINT_FORMATS: u16 = 11;
    /// RFC 5246 §7.4.1.4.1.
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    /// RFC 7685.
    pub(in crate::wire::hello) const PADDING: u16 = 21;
    /// RFC 7627.
    pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
    /// RFC 5077.
    pub(super) const SESSION_TICKET: u16 = 35;
    /// RFC 8446 §4.2.1.
    pub(in crate::wire::hello) const SUPPORTED_VERSIONS: u16 = 43;
    /// RFC 8446 §4.2.8.
    pub(in crate::wire::hello) const KEY_SHARE: u16 = 51;
    /// RFC 5746.
    pub(super) const RENEGOTIATION_INFO: u16 = 0xff01;
}

/// A type of server name (RFC 6066 §3).
const HOST_NAME: u8 = 0;

/// Some old load balancers hang on hellos of these lengths (RFC 7685).
const HANGING_LENGTHS: std::ops::Range<usize> = 256..512;

/// One of them that the widest hello has not reached on its way there, unless the name is very long.
const HANGING_LENGTH: usize = 500;

/// With a share of X25519MLKEM768 (1216 bytes) the hello of OpenSSL 3.5 and later has 1556 bytes or more, and
/// that of Chrome about 1800.
pub(super) const LARGE: usize = 1700;

/// Asks for an OCSP answer, of any responder (RFC 6066 §8).
const ANY_RESPONDER: [u8; 5] = [1, 0, 0, 0, 0];

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// TLS 1.2 with every cipher suite and curve that was ever in use. A server that speaks
    /// something older only may answer with that.
    Wide,
    /// The same with one thing more that hellos of partners have.
    With(HelloPart),
    /// TLS 1.2 with what every Windows Server offers: ECDHE with AES, CBC included, and behind that
    /// DHE and RSA key exchange.
    Windows,
    /// The same, as long as hellos that have a share of ML-KEM: no TCP segment holds it.
    Large,
    /// The same as Windows Server 2016 has it: no signature with PSS.
    Windows2016,
    /// The same as Windows Server 2016 without the suites that have DHE with a prime.
    WindowsWithoutDhe,
    /// TLS 1.0 with the cipher suites of its time, for servers that answer nothing newer.
    Old,
    /// TLS 1.3 with every cipher suite and group that it knows, and no key: the server has to ask
    /// for one, and tells what it would take (RFC 8446 §4.1.4 and §4.2.8).
    Modern,
}

impl Hello {
    /// The hello as one record, for a server of this name, or for an address.
    pub fn to_record(self, server_name: &str, random: [u8; 32]) -> Vec<u8> {
        let version = match self {
            Self::Wide
            | Self::With(_)
            | Self::Windows
            | Self::Large
            | Self::Windows2016
            | Self::WindowsWithoutDhe
            | Self::Modern => version::TLS_1_2,
            Self::Old => version::TLS_1_0,
        };
        let mut body = version.to_be_bytes().to_vec();
        body.extend(random);
        // No session to resume; no compression.
        body.push(0);
        body.extend(listed(self.suite_codes()));
        body.extend([1, 0]);
        let mut extensions = self.extensions(server_name);
        let before = MESSAGE_HEADER + body.len() + 2;
        let hangs = HANGING_LENGTHS.contains(&(before + extensions.len()));
        if self == Self::With(HelloPart::Length) {
            pad(&mut extensions, before, HANGING_LENGTH);
        } else if self == Self::Large {
            pad(&mut extensions, before, LARGE);
        } else if hangs {
            pad(&mut extensions, before, HANGING_LENGTHS.end);
        }
        body.extend(sized(&extensions));
        let [_, high, middle, low] = be32(body.len());
        let header = [handshake::CLIENT_HELLO, high, middle, low];
        let message = [&header, body.as_slice()].concat();
        // TLS 1.0 in the record, whatever the hello says: some servers insist (RFC 5246 §E.1).
        [&[content::HANDSHAKE, MAJOR, 1], sized(&message).as_slice()].concat()
    }

    fn extensions(self, server_name: &str) -> Vec<u8> {
        let groups = self.groups().map(|(code, _)| code);
        // An address is no server name (RFC 6066 §3).
        let mut extensions = match server_name.parse::<IpAddr>() {
            Ok(_) => Vec::new(),
            Err(_) => extension(kind::SERVER_NAME, &server_names(server_name)),
        };
        extensions.extend(extension(kind::SUPPORTED_GROUPS, &listed(groups)));
        // Uncompressed points only.
        extensions.extend(extension(kind::EC_POINT_FORMATS, &[1, 0]));
        if self != Self::Old {
            let signatures = match self {
                Self::Windows2016 | Self::WindowsWithoutDhe => listed(windows::SIGNATURES_2016),
                Self::Windows | Self::Large => listed(windows::SIGNATURES),
                Self::With(HelloPart::OnlyPss) => {
                    let all = SIGNATURES.into_iter();
                    listed(all.filter(|scheme| !PKCS1.contains(scheme)))
                }
                _ => listed(SIGNATURES),
            };
            extensions.extend(extension(kind::SIGNATURE_ALGORITHMS, &signatures));
            if self.asks_for_ticket() {
                extensions.extend(extension(kind::SESSION_TICKET, &[]));
            }
            if self == Self::With(HelloPart::StatusRequest) {
                extensions.extend(extension(kind::STATUS_REQUEST, &ANY_RESPONDER));
            }
            if self == Self::With(HelloPart::SupportedVersions) {
                let [high, low] = version::TLS_1_2.to_be_bytes();
                extensions.extend(extension(kind::SUPPORTED_VERSIONS, &[2, high, low]));
            }
            extensions.extend(extension(kind::EXTENDED_MASTER_SECRET, &[]));
            extensions.extend(extension(kind::RENEGOTIATION_INFO, &[0]));
        }
        if self == Self::Modern {
            let [high, low] = version::TLS_1_3.to_be_bytes();
            extensions.extend(extension(kind::SUPPORTED_VERSIONS, &[2, high, low]));
            extensions.extend(extension(kind::KEY_SHARE, &[0, 0]));
        }
        extensions
    }

    fn asks_for_ticket(self) -> bool {
        matches!(
            self,
            Self::Windows
                | Self::Large
                | Self::Windows2016
                | Self::WindowsWithoutDhe
                | Self::With(HelloPart::SessionTicket)
        )
    }

    fn suite_codes(self) -> Vec<u16> {
        let mut codes: Vec<u16> = self.suites().map(|(code, _)| code).collect();
        if matches!(self, Self::Old | Self::With(HelloPart::RenegotiationSignal)) {
            codes.push(RENEGOTIATION_SCSV);
        }
        codes
    }

    pub(super) fn suites(self) -> impl Iterator<Item = (u16, &'static str)> {
        let suites: Vec<(u16, &'static str)> = match self {
            Self::With(HelloPart::OnlyPss) => {
                let all = SUITES.into_iter();
                all.filter(|(_, name)| name.contains("DHE_")).collect()
            }
            Self::Wide | Self::With(_) => SUITES.to_vec(),
            Self::Modern => MODERN_SUITES.to_vec(),
            Self::WindowsWithoutDhe => {
                let all = Self::Windows2016.suites();
                all.filter(|(_, name)| !name.starts_with("TLS_DHE_"))
                    .collect()
            }
            Self::Windows | Self::Large | Self::Windows2016 => {
                let known = |code: &u16| SUITES.into_iter().find(|(its, _)| its == code);
                windows::SUITES.iter().filter_map(known).collect()
            }
            Self::Old => {
                let all = SUITES.into_iter();
                all.filter(|(_, name)| !needs_tls12(name)).collect()
            }
        };
        suites.into_iter()
    }

    fn groups(self) -> impl Iterator<Item = (u16, &'static str)> {
        let of_before = GROUPS.into_iter().filter(move |(_, name)| match self {
            Self::Wide | Self::With(_) | Self::Old | Self::Modern => true,
            Self::Windows | Self::Large | Self::Windows2016 | Self::WindowsWithoutDhe => {
                windows::offers_group(name)
            }
        });
        let modern = MODERN_GROUPS.into_iter();
        of_before.chain(modern.filter(move |_| self == Self::Modern))
    }
}

/// AEAD, and MACs beyond SHA-1, came with TLS 1.2 (RFC 5246 §1.2).
fn needs_tls12(name: &str) -> bool {
    ["_SHA256", "_SHA384", "_CCM"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn server_names(name: &str) -> Vec<u8> {
    let entry = [&[HOST_NAME], sized(name.as_bytes()).as_slice()].concat();
    sized(&entry)
}

fn listed(codes: impl IntoIterator<Item = u16>) -> Vec<u8> {
    let bytes: Vec<u8> = codes.into_iter().flat_map(u16::to_be_bytes).collect();
    sized(&bytes)
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().as_slice(), &sized(body)].concat()
}

/// Prefixes the bytes with their length as a u16. Nothing that is made here comes near 64 KiB.
pub(super) fn sized(bytes: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = be32(bytes.len());
    [&[high, low], bytes].concat()
}

pub(super) fn be32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// To this length, or a little more.
pub(super) fn pad(extensions: &mut Vec<u8>, before: usize, wanted: usize) {
    let length = before + extensions.len();
    let zeros = wanted.saturating_sub(length + MESSAGE_HEADER);
    extensions.extend(extension(kind::PADDING, &vec![0; zeros]));
}
