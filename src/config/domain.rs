//! A domain to be checked, and what goes with it alone: the keys of a `[[domain]]` table and of a
//! line in a list.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;

use super::fault::Wrong;
use super::layer::{Key, Layer};
use super::nearest::nearest;
use super::values::{fqdn, name_server, redirect};
use crate::model::labels::Labels;
use crate::model::names::{Domain, Fqdn, InputError};
use crate::model::plan::{Federation, Redirect};

/// Keys and options that go with a domain; `mode` stands for the last two.
pub(super) const OF_DOMAIN: [&str; 6] = [
    "fqdn",
    "mode",
    "connect-to",
    "authority",
    "direct",
    "partner",
];

/// A key that is not among these.
pub(super) fn unknown_key(key: &str, known: &[String]) -> Wrong {
    let nearest = nearest_key(key, known);
    let key = key.to_owned();
    Wrong::Key { key, nearest }
}

/// Which of these keys was meant.
pub(super) fn nearest_key(key: &str, known: &[String]) -> String {
    // An option of the command line may be a choice of another key here.
    let meant = key_in_table(key);
    if known.iter().any(|known| known == meant) {
        meant.to_owned()
    } else {
        nearest(key, known).cloned().unwrap_or_default()
    }
}

/// A key that belongs in the table of a domain.
pub(super) fn misplaced_key(key: &str) -> Wrong {
    Wrong::OfDomain {
        key: key.to_owned(),
        in_table: key_in_table(key).to_owned(),
    }
}

/// The key in the table of a domain that does what this option does.
fn key_in_table(option: &str) -> &str {
    match option {
        "direct" | "partner" => "mode",
        key => key,
    }
}

/// A domain to be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What was typed.
    pub input: String,
    /// The domain that was understood.
    pub domain: Domain,
    /// The options that stand behind it in a list.
    pub(super) line: Layer,
    /// The labels that stand there, too.
    pub(super) labels: Labels,
}

impl Target {
    /// A domain alone.
    pub(super) fn parse(input: &str) -> Result<Self, InputError> {
        Ok(Self {
            input: input.to_owned(),
            domain: Domain::parse(input)?,
            line: Layer::default(),
            labels: Labels::default(),
        })
    }

    /// The same, where it was read already.
    pub(super) fn of(domain: &Domain) -> Self {
        Self {
            input: domain.to_string(),
            domain: domain.clone(),
            line: Layer::default(),
            labels: Labels::default(),
        }
    }

    /// A domain that another xfed asks for: mode and server are as it says, whatever a table says.
    pub fn asked_for(
        domain: &Domain,
        federation: Federation,
        partner: bool,
        fqdn: Option<&Fqdn>,
    ) -> Self {
        let mut line = Layer::default();
        line.switch("direct", federation == Federation::Direct);
        line.switch("partner", partner);
        let target = Self {
            line,
            ..Self::of(domain)
        };
        match fqdn {
            Some(fqdn) => target.of_server(fqdn),
            None => target,
        }
    }

    /// The same domain with a server of this name.
    pub(super) fn with_server(self, fqdn: &str) -> Result<Self, InputError> {
        Ok(self.of_server(&Fqdn::parse(fqdn)?))
    }

    fn of_server(mut self, fqdn: &Fqdn) -> Self {
        let keys = Key::all::<DomainOptions>();
        let key = keys.iter().find(|key| key.id() == "fqdn");
        let key = key.expect("it goes with a domain");
        self.line.set(key, vec![fqdn.to_string().into()]);
        self
    }
}

/// A domain with what goes with it alone.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct DomainTable {
    /// XPhone domain
    #[schemars(with = "String")]
    pub name: Domain,
    /// Options of `xfed check` that go with it.
    #[schemars(flatten, with = "DomainOptions")]
    pub options: Layer,
    /// What you know it by, such as the customer's number: passed on in every format, and
    /// judged by nothing
    #[schemars(default)]
    pub labels: Labels,
}

/// What goes with one domain only.
#[derive(Args, Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct DomainOptions {
    /// Public name of the XPhone server
    #[arg(long, value_parser = fqdn)]
    #[schemars(with = "Option<String>")]
    pub fqdn: Option<Fqdn>,
    /// How partners find the server, and whether it is a partner's [default: open]
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
    /// Connect here instead of to the published address, as --connect-to
    #[arg(long, value_parser = redirect)]
    #[schemars(with = "Vec<String>", default, extend("default" = []))]
    pub connect_to: Vec<Redirect>,
    /// Take this for one of the zone's own servers, as --authority
    #[arg(long, value_parser = name_server)]
    #[schemars(with = "Vec<String>", default)]
    pub authority: Vec<SocketAddr>,
}

/// The choices of `mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Mode {
    /// Open federation: by the SRV record
    Open,
    /// Direct federation: by a route entered by hand
    Direct,
    /// The domain is a partner's, in open federation
    Partner,
    /// The domain is a partner's, in direct federation
    #[value(name = "direct+partner")]
    #[schemars(rename = "direct+partner")]
    DirectPartner,
}

impl Mode {
    pub(super) fn is_direct(self) -> bool {
        matches!(self, Self::Direct | Self::DirectPartner)
    }

    pub(super) fn is_partner(self) -> bool {
        matches!(self, Self::Partner | Self::DirectPartner)
    }
}

/// The keys of [`DomainOptions`] as options of `xfed check`. Direct federation has no SRV record
/// that names the server, so it needs `fqdn`.
pub(super) fn as_options(domain: &str, mut keys: Layer) -> Result<Layer, Wrong> {
    let DomainOptions { fqdn, mode, .. } = keys.parse();
    if let Some(mode) = mode {
        if mode.is_direct() && fqdn.is_none() {
            return Err(Wrong::DirectNeedsFqdn(domain.to_owned()));
        }
        keys.remove("mode");
        keys.switch("direct", mode.is_direct());
        keys.switch("partner", mode.is_partner());
    }
    Ok(keys)
}
