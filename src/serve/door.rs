//! Who may come in: nobody by a name that is not ours, no web site through a browser of the house,
//! and where there is a lock, nobody without a token.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use subtle::{Choice, ConstantTimeEq};

use super::refusal::Refusal;
use super::service::Service;
use crate::config::WebConfig;

/// What anybody may see who runs or watches machines: that it is alive.
const ALWAYS_OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// What an instance for strangers shows everybody: the pages, and what they watch a check by. The names
/// of results cannot be guessed.
const FOR_ALL: [&str; 6] = [
    "/",
    "/check",
    "/r/{name}",
    "/api/v1/checks/{id}",
    "/api/v1/checks/{id}/events",
    "/api/v1/schema",
];

/// Nothing here is for search engines, for other sites, or to be kept.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Lets a request in, or says why not.
pub(super) async fn pass(
    State(service): State<Arc<Service>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let path = path.as_ref().map(MatchedPath::as_str);
    let web = &service.current().web;
    let needs_token = if service.is_public {
        path.is_some_and(|path| !FOR_ALL.contains(&path))
    } else {
        !web.tokens.is_empty()
    };
    let let_in = admit(&request, web, needs_token);
    let mut response = match let_in {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = refusal.said(service.lang, is_api);
    }
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(value);
    }
    let path = path.unwrap_or("other");
    service.meters.note_request(path, response.status());
    response
}

fn admit(request: &Request, web: &WebConfig, needs_token: bool) -> Result<(), Refusal> {
    let headers = request.headers();
    let host = host(request.uri(), headers)?;
    if !is_ours(host, &web.hosts) {
        return Err(Refusal::Host(host.to_owned()));
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_from_elsewhere(headers, host, is_read) && !is_followed(request) {
        return Err(Refusal::CrossSite);
    }
    let is_open = !needs_token || ALWAYS_OPEN.contains(&request.uri().path());
    if is_open || is_key(headers, &web.tokens) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

/// The name that the service was called by, with its port.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
    let mut named = headers.get_all(header::HOST).iter();
    let (host, more) = (named.next(), named.next());
    let host = host.and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(Authority::as_str));
    host.filter(|_| more.is_none())
        .ok_or_else(|| Refusal::Host(String::new()))
}

/// Whether this is a name of ours. A web site that has its own name lead to us sends that; behind an
/// address as it is there is nobody but us.
fn is_ours(host: &str, ours: &[String]) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let bare = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_v6 = bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok());
    is_v6 || name.parse::<Ipv4Addr>().is_ok() || name == "localhost" || ours.contains(&name)
}

/// Whether a web site other than this one makes a browser ask. What is no browser says nothing of
/// that.
fn is_from_elsewhere(headers: &HeaderMap, host: &str, is_read: bool) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let site = said("sec-fetch-site");
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return true;
    }
    let origin = said("origin").filter(|_| !is_read);
    origin.is_some_and(|origin| {
        let origin = std::str::from_utf8(origin).unwrap_or_default();
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    })
}

/// Whether somebody follows a link to a result, or to the page that everybody begins at: whoever made that
/// link learns nothing by it, and nothing is done.
fn is_followed(request: &Request) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    let is_navigation = mode.is_some_and(|mode| mode == "navigate");
    let path = request.uri().path();
    let is_page = path == "/" || path.starts_with("/r/");
    is_navigation && is_page && *request.method() == Method::GET
}

/// Whether it brings one of the tokens: as a bearer, or as the password of a browser. All are
/// compared, each to its end.
fn is_key(headers: &HeaderMap, tokens: &[[u8; 32]]) -> bool {
    let said = headers.get(header::AUTHORIZATION);
    let token = said
        .and_then(|said| said.to_str().ok())
        .and_then(token)
        .unwrap_or_default();
    let hashed = digest(&SHA256, &token);
    let any = tokens.iter().fold(Choice::from(0), |any, token| {
        any | hashed.as_ref().ct_eq(token.as_slice())
    });
    any.into()
}

fn token(said: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = said.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = BASE64_STANDARD.decode(rest).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(pair[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_and_others() {
        let ours = ["xfed.example".to_owned()];
        for host in [
            "127.0.0.1",
            "127.0.0.1:9533",
            "[::1]:9533",
            "[2001:db8::1]",
            "localhost",
            "LocalHost:80",
            "XFED.example:443",
        ] {
            assert!(is_ours(host, &ours), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "xfed.example.evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "[::1].evil.example",
            "localhost:80@evil.example",
            "127.1",
            "xfed",
        ] {
            assert!(!is_ours(host, &ours), "{host}");
        }
    }

    #[test]
    fn a_browser_is_sent_by_nobody_else() {
        let asked = |site: Option<&'static str>, origin: Option<&'static str>, is_read| {
            let mut headers = HeaderMap::new();
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            is_from_elsewhere(&headers, "127.0.0.1:9533", is_read)
        };
        let own = Some("http://127.0.0.1:9533");
        for (site, origin, is_read, elsewhere) in [
            (None, None, false, false),
            (Some("none"), None, true, false),
            (Some("same-origin"), own, false, false),
            (Some("same-site"), None, true, true),
            (Some("cross-site"), None, true, true),
            (None, own, false, false),
            (None, Some("http://127.0.0.1:3000"), false, true),
            (None, Some("https://evil.example"), false, true),
            (None, Some("null"), false, true),
            (
                None,
                Some("http://127.0.0.1:9533.evil.example"),
                false,
                true,
            ),
        ] {
            assert_eq!(
                asked(site, origin, is_read),
                elsewhere,
                "{site:?} {origin:?}"
            );
        }
    }
}
