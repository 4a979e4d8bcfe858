//! What `xfed serve` does by itself: the table `[serve]` of `xfed.toml`.

use std::time::Duration;

use schemars::JsonSchema;
use toml::de::DeValue;

use super::fault::{Expected, Faults};
use super::toml::{Table, decimal_of};
use super::values::interval;

/// Longer than anybody would keep a result, in days.
const MOST_DAYS: u32 = 3650;
/// A terabyte, in MiB.
const MOST_MIB: u32 = 1024 * 1024;

/// What a service does by itself.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct Standing {
    /// Check the domains of this file so often, for /metrics [default: not at all]
    #[schemars(with = "Option<String>")]
    pub interval: Option<Duration>,
    /// Days that results are kept [default: 90]
    #[schemars(with = "Option<u32>", range(min = 1, max = MOST_DAYS))]
    pub keep_days: u32,
    /// MiB that results take up at most [default: 1024; in memory, without --store, 64]
    #[schemars(range(min = 1, max = MOST_MIB))]
    pub keep_mib: Option<u32>,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            interval: None,
            keep_days: 90,
            keep_mib: None,
        }
    }
}

impl Standing {
    pub(super) fn read(mut table: Table<'_>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let default = Self::default();
        let interval = faults.sift(table.read("interval", |value| {
            interval(value.as_str().unwrap_or_default())
        }));
        let keep_days = faults.sift(table.read("keep-days", days));
        let keep_mib = faults.sift(table.read("keep-mib", mib));
        faults.sift(table.finish(&[]));
        faults.end(Self {
            interval,
            keep_days: keep_days.unwrap_or(default.keep_days),
            keep_mib,
        })
    }
}

fn days(value: &DeValue<'_>) -> Result<u32, Expected> {
    up_to(value, MOST_DAYS).ok_or(Expected::Form("keep-days"))
}

fn mib(value: &DeValue<'_>) -> Result<u32, Expected> {
    up_to(value, MOST_MIB).ok_or(Expected::Form("keep-mib"))
}

fn up_to(value: &DeValue<'_>, most: u32) -> Option<u32> {
    let number = decimal_of(value)?.parse().ok()?;
    (1..=most).contains(&number).then_some(number)
}
