//! Public keys of OpenSSH, as they are handed on.

use std::path::Path;

use super::error::Error;
use super::input::Content;
use crate::wire::encoding::decoded;

/// What public keys of OpenSSH begin with.
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Why a file holds no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoKey {
    /// It is the key that never leaves its machine.
    Private,
    /// Several lines.
    Several,
    /// None of the above.
    Other,
}

impl NoKey {
    /// As the text selects by.
    fn id(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Several => "several",
            Self::Other => "other",
        }
    }
}

/// The one public key in this file, `-` for standard input: kind, key and comment in a line.
///
/// # Errors
///
/// [`Error`] for a file that cannot be read or holds anything else.
pub fn public_key(file: &Path) -> Result<String, Error> {
    let content = Content::Key.read_or_stdin(file)?;
    let content = decoded(&content);
    let text = String::from_utf8_lossy(&content);
    key_in(&text).map_err(|why| Error::PublicKey(file.to_owned(), why.id()))
}

/// `KIND BASE64 [COMMENT]`; options in front of it would speak into ours.
fn key_in(text: &str) -> Result<String, NoKey> {
    if text.contains("PRIVATE KEY") {
        return Err(NoKey::Private);
    }
    let lines = text.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or(NoKey::Other)?;
    if lines.next().is_some() {
        return Err(NoKey::Several);
    }
    let mut words = line.split_ascii_whitespace();
    let (Some(kind), Some(blob)) = (words.next(), words.next()) else {
        return Err(NoKey::Other);
    };
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let is_key = KINDS.contains(&kind) && blob.starts_with("AAAA") && blob.bytes().all(is_base64);
    let is_plain = !line.chars().any(char::is_control);
    if is_key && is_plain {
        Ok(line.to_owned())
    } else {
        Err(NoKey::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0n admin@zahnfee";

    #[test]
    fn a_public_key_and_nothing_else() {
        assert_eq!(key_in(KEY), Ok(KEY.to_owned()));
        assert_eq!(
            key_in(&format!("# mine\r\n\n{KEY}\r\n")),
            Ok(KEY.to_owned())
        );
        for (text, why) in [
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n",
                NoKey::Private,
            ),
            (&format!("{KEY}\n{KEY}\n"), NoKey::Several),
            ("", NoKey::Other),
            ("ssh-ed25519", NoKey::Other),
            (&format!("command=\"sh\" {KEY}"), NoKey::Other),
            ("ssh-dss AAAAB3NzaC1kc3MAAACB x", NoKey::Other),
            ("ssh-ed25519 AAAA\"x,\"y z", NoKey::Other),
            (&format!("{KEY} \u{1b}[2J"), NoKey::Other),
            ("---- BEGIN SSH2 PUBLIC KEY ----", NoKey::Other),
        ] {
            assert_eq!(key_in(text), Err(why), "{text}");
        }
    }
}
