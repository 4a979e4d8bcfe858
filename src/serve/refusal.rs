//! What a request is refused for, in one sentence: what was wrong, and what was expected.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::store::Entry;
use super::words;
use crate::config;
use crate::model::names::InputError;
use crate::text::Lang;

/// What is answered under `/api/`.
pub(super) const JSON: [(header::HeaderName, &str); 1] =
    [(header::CONTENT_TYPE, "application/json")];

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// The query is none of this path, in the parser's words.
    Query(String),
    /// The query asks for a result in a way that there is not, in the parser's words.
    Wanted(String),
    NoTarget,
    /// The target is no domain.
    Target(String, InputError),
    /// No module has this name; those that there are.
    Module(String, Vec<String>),
    /// The module says nothing of the server that it needs.
    NeedsFqdn,
    /// Less time than any check takes, as the header says it.
    Hasty(String),
    /// A name that this service is not called by.
    Host(String),
    /// Another web site makes a browser ask.
    CrossSite,
    /// Without a token, or with another.
    Token,
    /// Nothing is here.
    Path,
    /// Not in this way.
    Method,
    /// The body is not what this path takes, in the parser's words.
    Body(String),
    /// The body is longer than anything that could be asked for.
    LongBody,
    /// The body does not come.
    SlowBody,
    /// The body is said to be something else than JSON.
    Kind,
    /// No result has this name.
    NoResult,
    /// One who asks for too much; how long to wait.
    TooOften(Duration),
    /// The domain was checked just now; how long to wait, and what came of it.
    TooSoon {
        wait: Duration,
        /// How old the last result is.
        age: Duration,
        last: Entry,
    },
    /// A check was not made in time.
    Late,
    /// The results cannot be read or written.
    Store,
    /// Too many wait.
    Crowded,
    /// Somebody wants the end.
    Ending,
    /// A check crashed.
    Crashed,
    /// The configuration cannot be used; a sentence that says why.
    Unusable(String),
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Query(_)
            | Self::Wanted(_)
            | Self::NoTarget
            | Self::Target(..)
            | Self::Module(..)
            | Self::NeedsFqdn
            | Self::Hasty(_)
            | Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::LongBody => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::Kind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooOften(_) | Self::TooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Host(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Path | Self::NoResult => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Crowded | Self::Ending => StatusCode::SERVICE_UNAVAILABLE,
            Self::Crashed | Self::Store | Self::Unusable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn sentence(&self, lang: Lang) -> String {
        words::with(lang, |texts| match self {
            Self::Query(detail) => texts.say("serve-query", &[("detail", detail)]),
            Self::Wanted(detail) => texts.say("serve-wanted", &[("detail", detail)]),
            Self::NoTarget => texts.plain("serve-no-target"),
            Self::Target(input, error) => {
                config::Error::Input(input.clone(), error.clone()).describe(texts)
            }
            Self::Module(name, known) if known.is_empty() => {
                texts.say("serve-no-modules", &[("name", name)])
            }
            Self::Module(name, known) => texts.say(
                "serve-module",
                &[("name", name), ("known", &known.join(", "))],
            ),
            Self::NeedsFqdn => texts.plain("serve-needs-fqdn"),
            Self::Hasty(given) => texts.say("serve-hasty", &[("given", given)]),
            Self::Host(name) => texts.say("serve-host", &[("name", name)]),
            Self::CrossSite => texts.plain("serve-cross-site"),
            Self::Token => texts.plain("serve-token"),
            Self::Path => texts.plain("serve-path"),
            Self::Method => texts.plain("serve-method"),
            Self::Body(detail) => texts.say("serve-body", &[("detail", detail)]),
            Self::LongBody => texts.plain("serve-long-body"),
            Self::SlowBody => texts.plain("serve-slow-body"),
            Self::Kind => texts.plain("serve-kind"),
            Self::NoResult => texts.plain("serve-no-result"),
            Self::TooOften(wait) => texts.say("serve-too-often", &[("wait", &seconds(*wait))]),
            Self::TooSoon { wait, .. } => texts.say("serve-too-soon", &[("wait", &seconds(*wait))]),
            Self::Late => texts.plain("serve-late"),
            Self::Store => texts.plain("serve-store"),
            Self::Crowded => texts.plain("serve-crowded"),
            Self::Ending => texts.plain("serve-ending"),
            Self::Crashed => texts.plain("serve-crashed"),
            Self::Unusable(why) => why.clone(),
        })
    }

    /// As it is answered. Until it comes to the door, nobody knows the language.
    pub(super) fn said(&self, lang: Lang, in_json: bool) -> Response {
        let sentence = self.sentence(lang);
        let mut response = if in_json {
            let mut said = json!({"error": sentence});
            if let Self::TooSoon { wait, age, last } = self {
                said["retry_after"] = wait.as_secs().into();
                said["last"] = summary(last, *age);
            }
            (self.status(), JSON, said.to_string() + "\n").into_response()
        } else {
            (self.status(), sentence + "\n").into_response()
        };
        let headers = response.headers_mut();
        match self {
            Self::Token => {
                let ask = HeaderValue::from_static("Basic realm=\"xfed\", charset=\"UTF-8\"");
                headers.insert(header::WWW_AUTHENTICATE, ask);
            }
            Self::TooOften(wait) | Self::TooSoon { wait, .. } => {
                headers.insert(header::RETRY_AFTER, wait.as_secs().into());
            }
            Self::Crowded | Self::Ending => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            _ => {}
        }
        response
    }
}

fn summary(last: &Entry, age: Duration) -> Value {
    json!({
        "id": last.id.to_string(),
        "made_at": last.made_at.format(&Rfc3339).unwrap_or_default(),
        "age_seconds": age.as_secs(),
        "verdict": last.verdict,
        "result": format!("/r/{}", last.id),
    })
}

fn seconds(wait: Duration) -> String {
    wait.as_secs().to_string()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Body::empty()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
