//! The two requests: GET for a stranger's URL, and POST to a server that the user chose.

use std::net::IpAddr;

/// Longer URLs are refused (RFC 9110 §4.1 asks for 8000 octets; no CA comes near a quarter of it).
const MAX_URL: usize = 2048;

/// A URL that can be fetched without thinking: `http`, port 80, nobody's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Host name, or address in square brackets where it has colons.
    host: String,
    /// Path and query.
    target: String,
}

impl Url {
    /// Reads a URL; `None` for anything else than plain HTTP on port 80.
    pub fn parse(text: &str) -> Option<Self> {
        // Nothing but visible ASCII: no line end can sneak into the request.
        if text.len() > MAX_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let host = authority.strip_suffix(":80").unwrap_or(authority);
        let host = host.strip_suffix('.').unwrap_or(host);
        let known = scheme.eq_ignore_ascii_case("http") && (is_name(host) || is_bracketed(host));
        known.then(|| Self {
            host: host.to_ascii_lowercase(),
            target: if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("/{target}")
            },
        })
    }

    /// The host name, or the address as it stands in the URL.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, where the URL names one instead of a host.
    pub fn address(&self) -> Option<IpAddr> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare.parse().ok()
    }

    /// The GET for it. The connection carries nothing else.
    pub fn request(&self) -> String {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: xfed/{}\r\nAccept: */*\r\n\
             Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
            self.target,
            self.host,
            env!("CARGO_PKG_VERSION")
        )
    }

    /// The POST of this to it: the media type of what is sent, and that of the answer.
    pub fn post(&self, [sent, wanted]: [&str; 2], body: &[u8]) -> Vec<u8> {
        let post = Post {
            authority: self.host.clone(),
            path: self.target.clone(),
            token: None,
        };
        post.request_for(sent, wanted, body)
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_bracketed(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// A host name or address, and the port where there is one.
fn authority(host: &str, port: Option<u16>) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    host + &port.map(|port| format!(":{port}")).unwrap_or_default()
}

/// What a proxy is asked for: a tunnel to a host (RFC 9110 §9.3.6).
pub(crate) struct Connect<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    /// The value of `Proxy-Authorization`, for a proxy that asks for a login.
    pub(crate) login: Option<&'a str>,
}

impl Connect<'_> {
    pub(crate) fn request(&self) -> Vec<u8> {
        let to = authority(self.host, Some(self.port));
        let login = self
            .login
            .map(|login| format!("Proxy-Authorization: {login}\r\n"));
        let head = format!(
            "CONNECT {to} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: xfed/{}\r\n{}\r\n",
            env!("CARGO_PKG_VERSION"),
            login.unwrap_or_default()
        );
        head.into_bytes()
    }
}

/// Where to send something, and get something of the same type back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    /// Host and port as the Host field wants them.
    authority: String,
    path: String,
    /// `Bearer`, and what opens the door.
    token: Option<String>,
}

impl Post {
    /// To this host name or address, the port where it is not the usual one, and this path.
    pub(crate) fn new(host: &str, port: Option<u16>, path: &str) -> Self {
        Self {
            authority: authority(host, port),
            path: path.to_owned(),
            token: None,
        }
    }

    /// The same with this token: visible ASCII, as whoever read it has seen to.
    pub(crate) fn by(self, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self { token, ..self }
    }

    /// The request. The connection carries nothing else.
    pub(crate) fn request(&self, media_type: &str, body: &[u8]) -> Vec<u8> {
        self.request_for(media_type, media_type, body)
    }

    /// The same, for an answer of another type.
    fn request_for(&self, sent: &str, wanted: &str, body: &[u8]) -> Vec<u8> {
        let token = match &self.token {
            Some(token) => format!("Authorization: Bearer {token}\r\n"),
            None => String::new(),
        };
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: xfed/{}\r\nAccept: {wanted}\r\n\
             Accept-Encoding: identity\r\nContent-Type: {sent}\r\nContent-Length: {}\r\n\
             {token}Connection: close\r\n\r\n",
            self.path,
            self.authority,
            env!("CARGO_PKG_VERSION"),
            body.len()
        );
        [head.as_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_can_be_fetched() {
        for (text, host, target) in [
            ("http://crl.example/a.crl", "crl.example", "/a.crl"),
            ("HTTP://CRL.Example:80/a?b=c#d", "crl.example", "/a?b=c"),
            ("http://crl.example", "crl.example", "/"),
            ("http://crl.example.?x", "crl.example", "/?x"),
            ("http://81.2.3.9/a", "81.2.3.9", "/a"),
            ("http://[2a00:1450::1]:80/a", "[2a00:1450::1]", "/a"),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!((url.host(), url.target.as_str()), (host, target), "{text}");
            assert_eq!(
                url.address().is_some(),
                !host.ends_with("example"),
                "{text}"
            );
        }
    }

    #[test]
    fn urls_that_cannot() {
        for text in [
            "",
            "crl.example/a.crl",
            "https://crl.example/a.crl",
            "ldap://crl.example/a",
            "http:///a.crl",
            "http://crl.example:8080/a.crl",
            "http://crl.example:/a.crl",
            "http://user@crl.example/a.crl",
            "http://crl.example/a b",
            "http://crl.example/a\r\nHost: other",
            "http://crl.exämple/a",
            "http://[::1/a",
            "http://[crl.example]/a",
        ] {
            assert_eq!(Url::parse(text), None, "{text:?}");
        }
        assert_eq!(Url::parse(&format!("http://a/{}", "a".repeat(2048))), None);
    }
}
