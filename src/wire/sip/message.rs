//! A SIP message: start line, headers, body (RFC 3261 §7). Read by [`super::framer`].

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What kind of message it is.
    pub start: Start,
    /// The headers in their order, by their long names.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Vec<u8>,
}

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Something is asked for.
    Request {
        /// What: names of methods are case-sensitive.
        method: String,
        /// Of whom.
        uri: String,
    },
    /// Something is answered.
    Response {
        /// 100 to 699; 0 where it cannot be read.
        status: u16,
        /// In words.
        reason: String,
    },
}

impl Message {
    /// The method, where it is a request.
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The first header of this long name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Every header of this long name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.headers.iter();
        headers
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The elements of a header that is a list, over all its lines.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.all(name).flat_map(|value| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether such a list names this option.
    pub fn names(&self, list: &str, option: &str) -> bool {
        self.list(list).any(|own| own.eq_ignore_ascii_case(option))
    }

    /// The media type of the body in lower case, without its parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.header("Content-Type")?;
        let media_type = value.split(';').next().unwrap_or_default();
        Some(media_type.trim().to_ascii_lowercase())
    }

    /// Number and method of its CSeq; `None` where they cannot be read (RFC 3261 §8.1.1.5).
    pub fn sequence(&self) -> Option<(u32, &str)> {
        let mut parts = self.header("CSeq")?.split_whitespace();
        let number = parts.next()?;
        let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
        let number: u32 = number.parse().ok().filter(|_| is_number)?;
        let method = parts.next()?;
        (number < 1 << 31 && parts.next().is_none()).then_some((number, method))
    }
}

/// Headers that have a short name, too (RFC 3261 §7.3.3, RFC 6665, RFC 4028).
const COMPACT: [(&str, &str); 14] = [
    ("a", "Accept-Contact"),
    ("b", "Referred-By"),
    ("c", "Content-Type"),
    ("e", "Content-Encoding"),
    ("f", "From"),
    ("i", "Call-ID"),
    ("k", "Supported"),
    ("l", "Content-Length"),
    ("m", "Contact"),
    ("o", "Event"),
    ("s", "Subject"),
    ("t", "To"),
    ("u", "Allow-Events"),
    ("v", "Via"),
];

/// The methods that anybody has defined (IANA; [MS-SIPCOMP], [MS-SIP], [MS-CONMGMT]).
const METHODS: [&str; 17] = [
    "ACK",
    "BENOTIFY",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NEGOTIATE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SERVICE",
    "SUBSCRIBE",
    "UPDATE",
];

/// The method, if it is one. What looks like another may be the rest of a text whose length was wrong.
pub(super) fn known_method(method: &str) -> Option<&str> {
    METHODS.contains(&method).then_some(method)
}

/// The long name of a header.
pub(super) fn long_name(name: &str) -> &str {
    let compact = COMPACT.iter();
    let mut known = compact.filter(|(short, _)| short.eq_ignore_ascii_case(name));
    match known.next() {
        Some((_, long)) => long,
        None if name.eq_ignore_ascii_case("x") => "Session-Expires",
        None => name,
    }
}

/// Whether this is a token (RFC 3261 §25.1): a method, the name of a header.
pub(super) fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}
