//! The head of a response by itself, whatever its status: who answered, and where it sends to.

/// The longest head that is read, in bytes.
pub(crate) const MAX_HEAD: usize = 16 * 1024;
/// The longest value of a field that is kept, in characters.
const MAX_VALUE: usize = 200;

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
}

/// What the bytes so far are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SoFar {
    /// A whole head.
    Head(Head),
    /// The beginning of one.
    More,
    /// No HTTP.
    NotHttp,
}

impl Head {
    /// Reads what has come so far; interim responses (1xx) are passed over.
    pub(crate) fn read(mut bytes: &[u8]) -> SoFar {
        loop {
            let begins = b"HTTP/".iter().zip(bytes).all(|(one, other)| one == other);
            if !begins {
                return SoFar::NotHttp;
            }
            let looked_at = &bytes[..bytes.len().min(MAX_HEAD)];
            let Some(end) = looked_at.windows(4).position(|end| end == b"\r\n\r\n") else {
                return if bytes.len() < MAX_HEAD {
                    SoFar::More
                } else {
                    SoFar::NotHttp
                };
            };
            let Some(head) = Self::parse(&String::from_utf8_lossy(&bytes[..end])) else {
                return SoFar::NotHttp;
            };
            if !(100..200).contains(&head.status) {
                return SoFar::Head(head);
            }
            bytes = &bytes[end + 4..];
        }
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?;
        let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        let fields = lines.filter_map(|line| line.split_once(':'));
        Some(Self {
            status: status.parse().ok().filter(|_| is_status)?,
            fields: fields
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
        })
    }

    /// The first value of a field, by its name in lower case.
    pub(crate) fn field(&self, wanted: &str) -> Option<String> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(name, _)| name == wanted)?;
        Some(value.chars().take(MAX_VALUE).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_every_status() {
        let response = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 301 Moved\r\nServer: nginx\r\n\
                        LOCATION:  https://x.example/ \r\n\r\n<html>";
        for end in 0..response.len() - 10 {
            let so_far = Head::read(&response.as_bytes()[..end]);
            assert!(matches!(so_far, SoFar::More), "{end}: {so_far:?}");
        }
        let SoFar::Head(head) = Head::read(response.as_bytes()) else {
            panic!("it is whole");
        };
        assert_eq!(head.status, 301);
        assert_eq!(
            head.field("location").as_deref(),
            Some("https://x.example/")
        );
        assert_eq!(head.field("server").as_deref(), Some("nginx"));
        assert_eq!(head.field("date"), None);
    }

    #[test]
    fn what_is_no_http() {
        for bytes in [
            &b"SSH-2.0-OpenSSH\r\n"[..],
            b"HTTP/1.1 abc Ok\r\n\r\n",
            b"HTTP/1.1 20000 Ok\r\n\r\n",
            b"\x15\x03\x01\x00\x02\x02\x28",
        ] {
            assert_eq!(Head::read(bytes), SoFar::NotHttp, "{bytes:?}");
        }
        let endless = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'a'; MAX_HEAD]].concat();
        assert_eq!(Head::read(&endless), SoFar::NotHttp);
    }
}
