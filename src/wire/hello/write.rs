//! The hellos, as bytes.

use std::net::IpAddr;

use super::suites::{GROUPS, MODERN_GROUPS, MODERN_SUITES, RENEGOTIATION_SCSV, SIGNATURES, SUITES};
use super::{MAJOR, MESSAGE_HEADER, content, handshake, version};
use crate::known::windows;

/// The extensions of a hello, by their IANA numbers.
pub(super) mod kind {
    /// RFC 6066 §3.
    pub(in crate::wire::hello) const SERVER_NAME: u16 = 0;
    /// RFC 8422 §5.1.1.
    pub(in crate::wire::hello) const SUPPORTED_GROUPS: u16 = 10;
    /// RFC 8422 §5.1.2.
    pub(super) const EC_POINT_FORMATS: u16 = 11;
    /// RFC 5246 §7.4.1.4.1.
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    /// RFC 7685.
    pub(super) const PADDING: u16 = 21;
    /// RFC 7627.
    pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
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

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// TLS 1.2 with every cipher suite and curve that was ever in use. A server that speaks
    /// something older only may answer with that.
    Wide,
    /// TLS 1.2 with what every Windows Server offers: ECDHE with AES, CBC included, and behind that
    /// DHE and RSA key exchange.
    Windows,
    /// The same as Windows Server 2016 has it: no curve but those of NIST, no signature with PSS.
    Windows2016,
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
            Self::Wide | Self::Windows | Self::Windows2016 | Self::Modern => version::TLS_1_2,
            Self::Old => version::TLS_1_0,
        };
        let mut body = version.to_be_bytes().to_vec();
        body.extend(random);
        // No session to resume; no compression.
        body.push(0);
        body.extend(listed(self.suite_codes()));
        body.extend([1, 0]);
        let mut extensions = self.extensions(server_name);
        pad(&mut extensions, MESSAGE_HEADER + body.len() + 2);
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
                Self::Windows2016 => listed(windows::SIGNATURES_2016),
                _ => listed(SIGNATURES),
            };
            extensions.extend(extension(kind::SIGNATURE_ALGORITHMS, &signatures));
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

    fn suite_codes(self) -> Vec<u16> {
        let mut codes: Vec<u16> = self.suites().map(|(code, _)| code).collect();
        if self == Self::Old {
            codes.push(RENEGOTIATION_SCSV);
        }
        codes
    }

    pub(super) fn suites(self) -> impl Iterator<Item = (u16, &'static str)> {
        let of_before = SUITES.into_iter().filter(move |(_, name)| match self {
            Self::Wide => true,
            Self::Modern => false,
            Self::Windows | Self::Windows2016 => {
                windows::offers_suite(name) || windows::offers_suite_last(name)
            }
            Self::Old => !needs_tls12(name),
        });
        let modern = MODERN_SUITES.into_iter();
        of_before.chain(modern.filter(move |_| self == Self::Modern))
    }

    fn groups(self) -> impl Iterator<Item = (u16, &'static str)> {
        let of_before = GROUPS.into_iter().filter(move |(_, name)| match self {
            Self::Wide | Self::Old | Self::Modern => true,
            Self::Windows => windows::offers_group(name),
            Self::Windows2016 => windows::offered_group_in_2016(name),
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

fn pad(extensions: &mut Vec<u8>, before: usize) {
    let length = before + extensions.len();
    if HANGING_LENGTHS.contains(&length) {
        let zeros = (HANGING_LENGTHS.end - length).saturating_sub(MESSAGE_HEADER);
        extensions.extend(extension(kind::PADDING, &vec![0; zeros]));
    }
}
