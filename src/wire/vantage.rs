//! What xfed says to an xfed in another place (`xfed probe --stdio`): JSON, an object a line. The
//! far side greets, then each request is met with one answer. A request names a domain, how it
//! federates and its server, and nothing else: where to connect, whom to ask and whom to trust is
//! for the far side to decide.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::facts::Facts;
use crate::model::json;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Federation, Terms};
use crate::model::policy::Policy;

/// The version of this protocol. Within it, fields are only added to what the far side says.
pub(crate) const PROTOCOL: u32 = 1;

/// A request is no longer than this, in bytes: the longest names, and as much again.
pub(crate) const MAX_REQUEST: usize = 1024;

/// Where an `xfed serve` is asked: a request in a POST is answered by a greeting and an answer, each in
/// a line; refusals have a status of HTTP in their place.
pub(crate) const PATH: &str = "/api/v1/probe";

/// What the body of such a request is.
pub(crate) const MEDIA_TYPE: &str = "application/json";

/// What the body of its answer is: JSON, a line each.
pub(crate) const MEDIA_TYPE_LINES: &str = "application/x-ndjson";

/// The first line of the far side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// [`PROTOCOL`]; by this field a greeting is told from what a login says before it.
    #[serde(rename = "xfed-probe")]
    pub(crate) protocol: u32,
    /// The version of the program.
    pub(crate) version: String,
    /// The version of the facts that it will send.
    pub(crate) facts_schema: u32,
    /// Its clock.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) clock: OffsetDateTime,
}

impl Hello {
    /// The greeting of this program.
    pub(crate) fn own(facts_schema: u32, clock: OffsetDateTime) -> Self {
        Self {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            facts_schema,
            clock,
        }
    }
}

/// One domain to look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) domain: Domain,
    pub(crate) federation: Federation,
    /// The domain is somebody else's.
    pub(crate) partner: bool,
    /// The server's name, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fqdn: Option<Fqdn>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Seen(Box<Seen>),
    Refused(Refusal),
}

/// What was seen, and on which terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) terms: Terms,
    pub(crate) elapsed_us: u64,
    pub(crate) facts: Facts,
}

impl Seen {
    /// What the user of this machine thinks of findings is for no other place to know.
    pub(crate) fn by(terms: Terms, elapsed_us: u64, facts: Facts) -> Self {
        let policy = Policy::default();
        Self {
            terms: Terms { policy, ..terms },
            elapsed_us,
            facts,
        }
    }
}

/// Why nothing was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Refusal {
    /// Not a request as above, in the parser's words.
    NoRequest(String),
    /// Longer than [`MAX_REQUEST`].
    TooLong,
    /// As many domains as the place looks at in a while; it will again in so many seconds.
    TooOften(u64),
    /// As many requests as one connection takes.
    TooMany,
    /// The place cannot keep count of what it looks at, and so does not look.
    Uncounted,
    /// The configuration of the place cannot be used.
    Unsettled,
}

/// A line, without its end.
pub(crate) fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| json::complaint(&error))
}

/// The line of an answer. It becomes a value first, as a saved report does: facts are much code for each
/// way of reading them.
pub(crate) fn read_answer(line: &[u8]) -> Result<Answer, String> {
    let read = read::<Value>(line)?;
    Answer::deserialize(&read).map_err(|error| json::complaint(&error))
}

/// The line, with its end.
pub(crate) fn write<T: Serialize>(said: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_a_domain_its_mode_and_its_server() {
        let request: Request = read(
            br#"{"domain":"zahnfee.de","federation":"direct","partner":true,"fqdn":"xphone.zahnfee.de"}"#,
        )
        .expect("all it may name");
        assert_eq!(request.domain.as_str(), "zahnfee.de");
        assert_eq!(request.federation, Federation::Direct);
        let line = write(&request).expect("a request is JSON");
        assert_eq!(read::<Request>(&line), Ok(request));
    }

    #[test]
    fn nothing_else_can_be_asked_for() {
        for more in [
            r#""connect-to":"127.0.0.1""#,
            r#""connect_to":["127.0.0.1"]"#,
            r#""resolver":["10.0.0.1"]"#,
            r#""authority":["10.0.0.1"]"#,
            r#""control":"10.0.0.1:22""#,
            r#""allow-private":true"#,
            r#""ca-file":"/etc/shadow""#,
            r#""client-cert":"/etc/ssl/private/x.pem""#,
            r#""config":"/tmp/xfed.toml""#,
            r#""deadline":"24h""#,
        ] {
            let line =
                format!(r#"{{"domain":"zahnfee.de","federation":"open","partner":false,{more}}}"#);
            let refused = read::<Request>(line.as_bytes());
            assert!(
                refused.is_err_and(|why| why.contains("unknown field")),
                "{more}"
            );
        }
        for fqdn in ["10.0.0.5", "[::1]", "localhost", "-oProxyCommand=x", ""] {
            let line = format!(
                r#"{{"domain":"zahnfee.de","federation":"direct","partner":false,"fqdn":"{fqdn}"}}"#
            );
            assert!(read::<Request>(line.as_bytes()).is_err(), "{fqdn}");
        }
        for domain in ["10.0.0.5", "localhost", "127.1", ""] {
            let line = format!(r#"{{"domain":"{domain}","federation":"open","partner":false}}"#);
            assert!(read::<Request>(line.as_bytes()).is_err(), "{domain}");
        }
    }
}
