//! A configuration that cannot be used: what is wrong, in the user's language.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::fault::{Faults, describe_input};
use crate::model::names::{Fqdn, InputError};
use crate::render::Format;
use crate::text::{Lang, Texts, printable};

/// Why a run cannot begin. A bad value of an option is not among them: clap refuses it.
#[derive(Debug)]
pub enum Error {
    /// Not a domain.
    Input(String, InputError),
    /// Not a server: a name or an address, with a port or without.
    Server(String),
    /// A server and files at once, or several servers.
    Mixed,
    /// A certificate is to be judged, and no name was given to judge it for.
    NoName,
    /// A file of certificates gives nothing; the reason, as the text selects by.
    Closed(PathBuf, &'static str),
    /// A store of this machine cannot be read.
    Store(String, io::Error),
    /// A store of this machine has nothing for the server of this name.
    EmptyStore(String, Fqdn),
    /// No domain was given.
    NoDomain,
    /// `--direct` without `--fqdn`.
    DirectNeedsFqdn,
    /// `--direct` with nobody to federate with.
    NoPeer,
    /// `--peer` without what it is a peer of.
    PeerOfWhat,
    /// `--test-partner` with more than one caller, or with the name of its server.
    OneCaller,
    /// A domain that is named as two sides.
    SideTwice(String),
    /// A domain that is to be checked against itself.
    SameTwice(String),
    /// A domain of a pair that federates directly, and whose server nobody named.
    WhichServer(String),
    /// What stands behind the `=` of this domain is no name of a server, or nothing.
    ServerBehind(String, String),
    /// An address to connect to that would stand for the servers of both sides.
    WhichOfBoth,
    /// Standard input in the place of two files.
    StdinTwice,
    /// `--since` with a format that a comparison does not have.
    FormatOfComparison(String),
    /// An option that goes with one domain only, given for several.
    OneDomainOnly(&'static str),
    /// An option that does not go with `--via`, by its id.
    NotWithVia(&'static str),
    /// An option that says how this machine looks, which is not asked to; by its id.
    OnlyFromHere(&'static str),
    /// An option for reports that are written as they come, beside one that needs them all.
    OnlyStreamed {
        /// The option.
        option: &'static str,
        /// What needs them all, as the text selects by.
        rival: &'static str,
    },
    /// A format that plans are not written in.
    PlanFormat(Format),
    /// An option that goes with `--zone` only, by its id.
    OnlyWithZone(&'static str),
    /// An option that does not go with `--zone`, by its id.
    NotWithZone(&'static str),
    /// A format that has no place for what was judged: it would say of the server what is said of a file.
    ZoneFormat(Format),
    /// A zone file that does not say which zone it is of.
    NamelessZone(PathBuf),
    /// A zone file without a record: what is left of a transfer that was refused.
    EmptyZone(PathBuf),
    /// A domain that does not lie in the zone of the file.
    NotInZone {
        /// The domain.
        domain: String,
        /// The zone.
        zone: String,
    },
    /// What is wrong in the configuration file, in a list of targets or in a zone file.
    Faults(Faults),
    /// An address that other machines reach, without certificate and token; as it was typed.
    OpenToAll(String),
    /// The same, for an instance that strangers need no token for.
    OpenWithoutTls(String),
    /// Strangers could have anything in this network looked at.
    PublicPrivate,
    /// The file of `--web-config` names a certificate or a key, but not both.
    WebPair(PathBuf),
    /// Certificate and key in it do not fit each other.
    WebMismatch(PathBuf),
    /// A file, or the variable of this name, holds no token.
    Token(PathBuf),
    /// A file holds no public key of OpenSSH; the reason, as the text selects by.
    PublicKey(PathBuf, &'static str),
    /// A file cannot be read.
    ReadFile(PathBuf, io::Error),
    /// A file goes on where nothing of its kind does.
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The most that is read of it, in MiB.
        most: u64,
    },
    /// A file holds no certificate, or no private key, in PEM.
    Pem {
        /// The file.
        file: PathBuf,
        /// `certificate` or `key`, as the text selects by.
        expected: &'static str,
    },
    /// `--client-cert` without `--client-key`, or the other way round.
    ClientPair,
    /// The certificate and the key of a test partner do not fit each other.
    ServerPair,
    /// The key in this file needs a password.
    KeyEncrypted(PathBuf),
    /// The certificate that the key belongs to is not the first in this file.
    PairOrder(PathBuf),
    /// Client certificate and key do not fit each other.
    ClientMismatch,
    /// xfed cannot sign with the key of this file. Its certificate says what kind it is of.
    ClientKey {
        /// The file of the key.
        file: PathBuf,
        /// The kind, as `P-521`.
        kind: String,
    },
}

impl Error {
    /// What is wrong with an address that other machines reach, and nothing guards.
    pub(crate) fn exposed(is_public: bool) -> fn(String) -> Self {
        if is_public {
            Self::OpenWithoutTls
        } else {
            Self::OpenToAll
        }
    }

    /// In the user's language: a line that names the option or file, or one for each fault.
    pub fn describe(&self, texts: &Texts) -> String {
        match self {
            Self::Input(input, error) => describe_input(input, error, texts),
            Self::Server(input) => {
                let shown: String = input.chars().take(60).collect();
                texts.say("error-server", &[("input", &shown)])
            }
            Self::OnlyStreamed { option, rival } => texts.say(
                "error-only-streamed",
                &[("option", option), ("rival", rival)],
            ),
            Self::Mixed => texts.plain("error-cert-mixed"),
            Self::NoName => texts.plain("error-cert-no-name"),
            Self::Closed(file, why) => {
                texts.say("error-cert-file", &[("file", &shown(file)), ("why", why)])
            }
            Self::Store(store, error) if error.kind() == io::ErrorKind::Unsupported => {
                texts.say("error-no-store", &[("store", store)])
            }
            Self::Store(store, error) => texts.say(
                "error-store",
                &[("store", store), ("reason", &error.to_string())],
            ),
            Self::EmptyStore(store, fqdn) => texts.say(
                "error-empty-store",
                &[("store", store), ("fqdn", fqdn.as_str())],
            ),
            Self::NoDomain => texts.plain("error-no-domain"),
            Self::NoPeer => texts.plain("error-no-peer"),
            Self::PeerOfWhat => texts.plain("error-peer-of-what"),
            Self::OneCaller => texts.plain("error-one-caller"),
            Self::SideTwice(domain) => texts.say("error-side-twice", &[("domain", domain)]),
            Self::SameTwice(domain) => texts.say("error-same-twice", &[("domain", domain)]),
            Self::WhichServer(domain) => texts.say("error-which-server", &[("domain", domain)]),
            Self::ServerBehind(domain, fqdn) => {
                let fqdn = if fqdn.is_empty() { "none" } else { fqdn };
                texts.say("error-server-behind", &[("domain", domain), ("fqdn", fqdn)])
            }
            Self::WhichOfBoth => texts.plain("error-which-of-both"),
            Self::StdinTwice => texts.plain("error-stdin-twice"),
            Self::FormatOfComparison(format) => {
                texts.say("error-format-of-comparison", &[("format", format)])
            }
            Self::DirectNeedsFqdn => texts.plain("error-direct-needs-fqdn"),
            Self::OneDomainOnly(option) => {
                texts.say("error-one-domain-only", &[("option", option)])
            }
            Self::NotWithVia(id) => texts.say("error-not-with-via", &[("option", &option(id))]),
            Self::OnlyFromHere(id) => texts.say("error-only-from-here", &[("option", &option(id))]),
            Self::PlanFormat(format) => {
                texts.say("error-plan-format", &[("format", &name_of(*format))])
            }
            Self::ZoneFormat(format) => {
                texts.say("error-zone-format", &[("format", &name_of(*format))])
            }
            Self::OnlyWithZone(id) => texts.say("error-only-with-zone", &[("option", &option(id))]),
            Self::NotWithZone(id) => texts.say("error-not-with-zone", &[("option", &option(id))]),
            Self::NamelessZone(file) => texts.say("error-nameless-zone", &[("file", &shown(file))]),
            Self::EmptyZone(file) => texts.say("error-empty-zone", &[("file", &shown(file))]),
            Self::NotInZone { domain, zone } => {
                texts.say("error-not-in-zone", &[("domain", domain), ("zone", zone)])
            }
            Self::Faults(faults) => faults.describe(texts),
            Self::OpenToAll(listen) => texts.say("error-open-to-all", &[("listen", listen)]),
            Self::OpenWithoutTls(listen) => {
                texts.say("error-open-without-tls", &[("listen", listen)])
            }
            Self::PublicPrivate => texts.plain("error-public-private"),
            Self::WebPair(file) => texts.say("error-web-pair", &[("file", &shown(file))]),
            Self::WebMismatch(file) => texts.say("error-web-mismatch", &[("file", &shown(file))]),
            Self::Token(from) => texts.say("error-token", &[("from", &shown(from))]),
            Self::PublicKey(file, why) => {
                texts.say("error-public-key", &[("file", &shown(file)), ("why", why)])
            }
            Self::ReadFile(file, error) => texts.say(
                "error-read-file",
                &[("file", &shown(file)), ("reason", &error.to_string())],
            ),
            Self::TooLarge { file, most } => texts.say(
                "error-too-large",
                &[("file", &shown(file)), ("most", &most.to_string())],
            ),
            Self::Pem { file, expected } => texts.say(
                "error-pem",
                &[("file", &shown(file)), ("expected", expected)],
            ),
            Self::ServerPair => texts.plain("error-server-pair"),
            Self::KeyEncrypted(file) => texts.say("error-key-encrypted", &[("file", &shown(file))]),
            Self::PairOrder(file) => {
                let file = file.display().to_string();
                texts.say("error-pair-order", &[("file", &file)])
            }
            Self::ClientPair => texts.plain("error-client-pair"),
            Self::ClientMismatch => texts.plain("error-client-mismatch"),
            Self::ClientKey { file, kind } => texts.say(
                "error-client-key",
                &[("file", &shown(file)), ("kind", kind)],
            ),
        }
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// A format as it is typed.
fn name_of(format: Format) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// An option as it is typed.
fn option(id: &str) -> String {
    let hyphens = if id.len() == 1 { "-" } else { "--" };
    format!("{hyphens}{}", id.replace('_', "-"))
}

fn shown(file: &Path) -> String {
    printable(&file.display().to_string())
}

/// In English.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(&Texts::new(Lang::En)))
    }
}

impl std::error::Error for Error {}
