//! The steps of the checklist.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The steps of the guide's checklist (chapter 12), in its order.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "each is one row of the checklist, explained by its texts"
)]
pub enum StepId {
    Domain = 1,
    Address,
    Srv,
    Tcp,
    Certificate,
    Federation,
}

impl StepId {
    /// All steps, in the guide's order.
    pub const ALL: [Self; Self::VARIANTS.len()] =
        *Self::VARIANTS.first_chunk().expect("it has its own length");

    /// The step's name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// The step's number in the guide, 1 to 6.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// What no check from outside can judge, by its texts: always listed.
pub const NOT_JUDGED: [&str; 3] = [
    "not-judged-outbound",
    "not-judged-policy",
    "not-judged-licences",
];
