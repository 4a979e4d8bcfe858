//! The file of `xfed serve --web-config`: who may come in, and by which certificate they know us.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ipnet::IpNet;
use tokio_rustls::rustls::sign::CertifiedKey;
use toml::de::DeValue;

use super::error::Error;
use super::fault::{Expected, Faults};
use super::input::Content;
use super::pem::read_client;
use super::toml::{Source, Table, text, words};

/// The bytes of a SHA-256.
const DIGEST: usize = 32;

/// Who may come in. Without a file: whoever reaches the socket.
#[derive(Clone, Default)]
pub struct WebConfig {
    /// The certificate that is shown, and its key.
    pub pair: Option<Arc<CertifiedKey>>,
    /// The SHA-256 of each token that opens the door; none where there is no lock.
    pub tokens: Vec<[u8; DIGEST]>,
    /// The names that this service is called by, besides `localhost` and addresses.
    pub hosts: Vec<String>,
    /// Whose word counts for where a request comes from.
    pub proxies: Vec<IpNet>,
}

impl WebConfig {
    /// Reads the file; none is one that says nothing.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that cannot be used.
    pub fn read(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let bytes = Content::Configuration.read(file)?;
        let said = parse(file, &text(file, &bytes)?)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let beside = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        let (certificate, key) = (beside(said.certificate), beside(said.key));
        let pair = read_client(certificate.as_deref(), key.as_deref());
        Ok(Self {
            pair: pair.map_err(|error| match error {
                Error::ClientPair => Error::WebPair(file.to_owned()),
                Error::ClientMismatch => Error::WebMismatch(file.to_owned()),
                error => error,
            })?,
            tokens: said.tokens,
            hosts: said.hosts,
            proxies: said.proxies,
        })
    }

    /// Whether strangers see nothing on the way, and are not let in unless they are meant to be.
    pub fn is_guarded(&self, is_public: bool) -> bool {
        self.pair.is_some() && (is_public || !self.tokens.is_empty())
    }
}

/// Keys and tokens are nothing for a log.
impl fmt::Debug for WebConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebConfig").finish_non_exhaustive()
    }
}

/// What the file says.
struct Said {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    tokens: Vec<[u8; DIGEST]>,
    hosts: Vec<String>,
    proxies: Vec<IpNet>,
}

fn parse(file: &Path, text: &str) -> Result<Said, Faults> {
    let source = Source { file, text };
    let entries = source.entries()?;
    let mut table = Table::new(source, entries.get_ref(), 0);
    let mut faults = Faults::default();
    let path = |words: Option<String>| words.map(PathBuf::from);
    let said = Said {
        certificate: path(faults.sift(table.read("cert", words))),
        key: path(faults.sift(table.read("key", words))),
        tokens: faults.sift(table.list("token-sha256", digest)),
        hosts: faults.sift(table.list("hosts", host)),
        proxies: faults.sift(table.list("trusted-proxies", network)),
    };
    faults.sift(table.finish(&[]));
    faults.end(said)
}

/// 64 hexadecimal digits.
fn digest(value: &DeValue<'_>) -> Result<[u8; DIGEST], Expected> {
    let expected = Expected::Form("sha256");
    let text = value.as_str().filter(|text| text.len() == 2 * DIGEST);
    let text = text.ok_or_else(|| expected.clone())?;
    let mut digest = [0; DIGEST];
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = pair.iter().all(u8::is_ascii_hexdigit).then_some(pair);
        let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        let read = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = read.ok_or_else(|| expected.clone())?;
    }
    Ok(digest)
}

/// A name as browsers send it, without the port.
fn host(value: &DeValue<'_>) -> Result<String, Expected> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    let name = value.as_str().filter(|name| !name.is_empty());
    let name = name.filter(|name| name.bytes().all(is_plain));
    name.map(str::to_ascii_lowercase)
        .ok_or(Expected::Form("host"))
}

/// An address, or a network such as `10.0.0.0/8`.
fn network(value: &DeValue<'_>) -> Result<IpNet, Expected> {
    let text = value.as_str().unwrap_or_default();
    let one = text.parse::<IpAddr>().map(IpNet::from).ok();
    let network = one.or_else(|| text.parse().ok());
    network.ok_or(Expected::Form("network"))
}
