//! The modules of `xfed.toml`: how a target is checked that a request to `xfed serve` names.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;

use super::domain::Mode;
use super::layer::{Key, Layer};
use super::options::{AskOptions, CertificateOptions};
use super::values::{control, fqdn, limit};
use crate::model::names::Fqdn;
use crate::model::policy::Weight;

/// A table of a module.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct Module {
    /// How its targets are checked.
    #[schemars(flatten, with = "ModuleOptions")]
    pub(super) options: Layer,
    /// What a finding weighs, in place of what the file says elsewhere
    #[schemars(default)]
    pub(super) severity: BTreeMap<String, Weight>,
}

/// What a module may say. Everything else is as the rest of the file has it.
#[derive(Args, Clone, Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) struct ModuleOptions {
    /// Public name of the XPhone server
    #[arg(long, value_parser = fqdn)]
    #[schemars(with = "Option<String>")]
    fqdn: Option<Fqdn>,
    /// How partners find the server, and whether it is a partner's [default: open]
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// Whom to ask for names.
    #[command(flatten)]
    #[schemars(flatten)]
    ask: AskOptions,
    /// Certificates: ours, and what is looked up about theirs.
    #[command(flatten)]
    #[schemars(flatten)]
    certificates: CertificateOptions,
    /// A host that is known to answer on 5061: when it is silent too, the way out is closed
    #[arg(long, value_parser = control)]
    #[schemars(with = "Option<String>")]
    control: Option<(String, u16)>,
    /// Longest time for a single operation
    #[arg(long, value_parser = limit)]
    #[schemars(with = "Option<String>")]
    timeout: Option<Duration>,
    /// Hard limit for one check
    #[arg(long, value_parser = limit)]
    #[schemars(with = "Option<String>")]
    deadline: Option<Duration>,
}

impl Module {
    /// The keys of its table: all of its options but the one that goes with a single domain.
    pub(super) fn keys() -> Vec<Key> {
        let mut keys = Key::all::<ModuleOptions>();
        keys.retain(|key| key.id() != "authority");
        keys
    }

    /// Of these values. Its mode is the two switches of `xfed check`.
    pub(super) fn new(mut options: Layer, severity: BTreeMap<String, Weight>) -> Self {
        let ModuleOptions { mode, .. } = options.parse();
        if let Some(mode) = mode {
            options.remove("mode");
            options.switch("direct", mode.is_direct());
            options.switch("partner", mode.is_partner());
        }
        Self { options, severity }
    }
}
