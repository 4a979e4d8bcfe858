//! SIP URIs and the headers that hold one (RFC 3261 §19.1, §20.10), as far as a partner needs them.

/// A `sip:` or `sips:` URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipUri<'a> {
    /// Before the `@`.
    pub user: Option<&'a str>,
    /// The domain or the host, without a port.
    pub host: &'a str,
    /// The port, where one is named.
    pub port: Option<u16>,
}

/// Why a URI is none that can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadUri {
    /// Of another scheme.
    Scheme,
    /// Not a URI.
    Form,
}

impl<'a> SipUri<'a> {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`BadUri`].
    pub fn parse(uri: &'a str) -> Result<Self, BadUri> {
        let (scheme, rest) = uri.split_once(':').ok_or(BadUri::Form)?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            return Err(BadUri::Form);
        }
        if !["sip", "sips"]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(scheme))
        {
            return Err(BadUri::Scheme);
        }
        // A user may hold what ends a host, so it is cut off first.
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) => (Some(user.split(':').next().unwrap_or_default()), rest),
            None => (None, rest),
        };
        let end = rest.find([';', '?']).unwrap_or(rest.len());
        let (host, port) = split_port(&rest[..end]);
        let port = match port {
            Some(port) => Some(port.parse().map_err(|_| BadUri::Form)?),
            None => None,
        };
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if host.is_empty() || user == Some("") || !host.bytes().all(is_part) {
            return Err(BadUri::Form);
        }
        Ok(Self { user, host, port })
    }
}

fn split_port(place: &str) -> (&str, Option<&str>) {
    let after = place.rfind(']').map_or(0, |at| at + 1);
    match place[after..].find(':') {
        Some(at) => (&place[..after + at], Some(&place[after + at + 1..])),
        None => (place, None),
    }
}

/// A header that names somebody: the URI, and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddress<'a> {
    /// The URI, without angle brackets.
    pub uri: &'a str,
    /// The parameters of the header.
    params: &'a str,
}

impl<'a> NameAddress<'a> {
    /// Reads `"Name" <uri>;param` or `uri;param`; `None` where quotes or brackets do not close.
    pub fn parse(value: &'a str) -> Option<Self> {
        let mut quoted = false;
        let mut escaped = false;
        for (at, letter) in value.char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '<' if !quoted => {
                    let end = at + value[at..].find('>')?;
                    return Some(Self {
                        uri: value[at + 1..end].trim(),
                        params: &value[end + 1..],
                    });
                }
                _ => {}
            }
        }
        if quoted {
            return None;
        }
        let end = value.find(';').unwrap_or(value.len());
        Some(Self {
            uri: value[..end].trim(),
            params: &value[end..],
        })
    }

    /// A parameter of the header.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        parameter(self.params, name)
    }
}

/// A parameter among those behind a `;`.
pub fn parameter<'a>(params: &'a str, name: &str) -> Option<&'a str> {
    params.split(';').skip(1).find_map(|param| {
        let (own, value) = param.split_once('=').unwrap_or((param, ""));
        let is_it = own.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.trim())
    })
}
