//! What `xfed cert --format json` prints. The types inside the program may change freely, and these
//! may not: fields are only added.

use serde::Serialize;

/// What a server shows.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    /// Version of this contract.
    pub(super) schema: u32,
    pub(super) tool: Tool,
    /// Name or address, and port.
    pub(super) server: String,
    /// The name that was asked for (SNI).
    pub(super) name: Option<String>,
    /// When, RFC 3339.
    pub(super) made_at: String,
    /// What DNS said, where a name was given.
    pub(super) dns: Vec<Question>,
    pub(super) addresses: Vec<Shown>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Question {
    pub(super) record: &'static str,
    pub(super) answer: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
}

/// What is shown at one address.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) address: String,
    /// `connected`, `refused`, `timed-out` …
    pub(super) tcp: &'static str,
    pub(super) tls: Option<Tls>,
    /// The certificates as sent, that of the server first.
    pub(super) chain: Vec<Sent>,
    pub(super) trust: Option<Trust>,
    pub(super) revocation: Option<Revocation>,
    /// The stapled OCSP answer.
    pub(super) staple: Option<Revocation>,
    /// The certificate that is shown without a name, where it is another one: its SHA-256.
    pub(super) without_name: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tls {
    /// `finished`, or how it ended.
    pub(super) ended: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
    pub(super) version: Option<&'static str>,
    pub(super) cipher: Option<String>,
    /// The first line of what came in plain text instead.
    pub(super) plain_text: Option<String>,
    /// Whether a certificate was asked of the client; `None` where it did not get that far.
    pub(super) asks_for_certificate: Option<bool>,
    /// The authorities named with it.
    pub(super) accepted_authorities: Vec<String>,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub(super) struct Sent {
    /// Whether it can be read; what else there is to say is empty if not.
    pub(super) readable: bool,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) names: Vec<String>,
    /// Whether it is issued to the name that was asked for: `exactly`, `by-wildcard` or `no`.
    pub(super) names_server: Option<&'static str>,
    pub(super) not_before: Option<String>,
    pub(super) not_after: Option<String>,
    /// Whole days; negative once it has expired.
    pub(super) days_left: Option<i64>,
    /// `null` allows every purpose.
    pub(super) purposes: Option<Vec<String>>,
    pub(super) key: String,
    pub(super) signed_with: String,
    pub(super) serial: String,
    /// The thumbprint as Windows has it.
    pub(super) sha1: String,
    pub(super) sha256: String,
    pub(super) self_signed: bool,
    pub(super) is_ca: bool,
    pub(super) must_staple: bool,
    pub(super) crl_urls: Vec<String>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) issuer_url: Option<String>,
}

/// Where the chain leads.
#[derive(Debug, Serialize)]
pub(super) struct Trust {
    /// `trusted`, `unknown-issuer`, `refused`, `not-verifiable`, `no-roots` …
    pub(super) verdict: &'static str,
    /// `public`, or `given` by `--ca-file`.
    pub(super) roots: &'static str,
    /// Whether this machine's own store trusts it, asked only where the public roots do not.
    pub(super) trusted_here: Option<bool>,
    /// The root that it leads to.
    pub(super) root: Option<String>,
    /// The issuer that was not found.
    pub(super) missing: Option<String>,
    /// Why it is refused: a key and the certificate.
    pub(super) faults: Vec<Fault>,
    /// The places of the certificates sent in the order in which they lead up; right is 1, 2, 3 …
    pub(super) order: Vec<usize>,
    /// The places of those that are not needed.
    pub(super) not_needed: Vec<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Fault {
    pub(super) what: &'static str,
    pub(super) subject: String,
}

/// What a list or an OCSP answer says.
#[derive(Debug, Serialize)]
pub(super) struct Revocation {
    /// `good`, `revoked` or `unknown`.
    pub(super) status: &'static str,
    pub(super) url: Option<String>,
    /// When it was revoked, RFC 3339.
    pub(super) at: Option<String>,
    /// Why it was revoked, or why it is unknown.
    pub(super) reason: Option<String>,
    /// What the server of the list said instead.
    pub(super) http_status: Option<u16>,
}
