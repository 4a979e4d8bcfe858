//! What opens the door of an `xfed serve` that is to look (`--via https://…`), and what it is known by.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use hyper::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::Configuration;
use super::command_line::CommandLine;
use super::error::Error;
use super::input::Content;
use super::options::ReachOptions;
use super::pem::read_roots;
use super::resolve::layer;
use crate::model::vantage::{Site, Vantage};
use crate::pki::roots::Roots;
use crate::wire::encoding::decoded;

/// A variable and no option: options are seen by everybody who lists the processes.
pub(crate) const TOKEN: &str = "XFED_TOKEN";
/// Longer ones would not fit into the head of a request, in bytes.
const LONGEST: usize = 4096;

/// What is brought along to an `xfed serve`.
#[derive(Debug, Default)]
pub struct SiteKeys {
    /// What opens the door.
    pub token: Option<Token>,
    /// By whom its certificate is to be, where not those count that this machine trusts.
    pub roots: Option<Roots>,
    /// The proxies of this network, by the variables that curl obeys, too.
    proxies: Option<Matcher>,
}

/// A token, which is never printed: visible ASCII.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub(crate) String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl SiteKeys {
    /// What these places ask for. By the options, the variable and the file: what is nearer to the
    /// user counts before.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file that cannot be read, or holds something else.
    pub fn read<O: Args>(
        places: &[Vantage],
        command: &CommandLine<O>,
        file: Option<&Configuration>,
    ) -> Result<Self, Error> {
        let is_site = |place: &Vantage| matches!(place, Vantage::Https(_));
        if !places.iter().any(is_site) {
            return Ok(Self::default());
        }
        let typed = layer(command, None, None)
            .parse::<ReachOptions>()
            .token_file;
        let settled: ReachOptions = layer(command, None, file).parse();
        let variable = || std::env::var(TOKEN).ok().filter(|said| !said.is_empty());
        let token = match (typed, variable()) {
            (Some(file), _) => Some(of_file(&file)?),
            (None, Some(said)) => Some(token(&said).ok_or(Error::Token(TOKEN.into()))?),
            (None, None) => settled.token_file.as_deref().map(of_file).transpose()?,
        };
        let roots = settled.via_ca_file.as_deref().map(read_roots);
        Ok(Self {
            token,
            roots: roots.transpose()?,
            proxies: Some(Matcher::from_env()),
        })
    }

    /// The proxy that leads to this place, where there is one on the way.
    pub fn proxy(&self, site: &Site) -> Option<Intercept> {
        let place = Vantage::Https(site.clone()).to_string();
        let uri: Uri = place.parse().ok()?;
        self.proxies.as_ref()?.intercept(&uri)
    }
}

fn of_file(file: &Path) -> Result<Token, Error> {
    let bytes = Content::Key.read(file)?;
    let text = decoded(&bytes).into_owned();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or_default();
    token(line).ok_or_else(|| Error::Token(PathBuf::from(file)))
}

/// What a line of a request can carry.
fn token(text: &str) -> Option<Token> {
    let text = text.trim();
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_token = is_visible && !text.is_empty() && text.len() <= LONGEST;
    is_token.then(|| Token(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_word_that_a_header_can_carry() {
        for (text, expected) in [
            ("tooth", Some("tooth")),
            (" c2VjcmV0+/=:\r", Some("c2VjcmV0+/=:")),
            ("", None),
            (" ", None),
            ("two words", None),
            ("tooth\r\nHost: other", None),
            ("zähne", None),
            (&"x".repeat(LONGEST + 1), None),
        ] {
            let expected = expected.map(|text| Token(text.to_owned()));
            assert_eq!(token(text), expected, "{text:?}");
        }
        assert_eq!(format!("{:?}", token("tooth")), "Some(Token)");
    }
}
