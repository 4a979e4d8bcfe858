//! The steps of the checklists.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The steps of the guide's checklist (chapter 12), in its order, those of the checklist for the
/// other direction, and what it takes beside a server that is ready for one domain to reach another.
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
    Domain,
    Address,
    Srv,
    Tcp,
    Certificate,
    Federation,
    OutboundConnection,
    OutboundTls,
    OutboundCertificate,
    OutboundAcceptance,
    OutboundSip,
    OutboundChat,
    OutboundReply,
    PairCaller,
    PairTeams,
    PairRoute,
}

/// A step of the guide's checklist (chapter 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as of [`StepId`]")]
pub enum GuideStep {
    Domain,
    Address,
    Srv,
    Tcp,
    Certificate,
    Federation,
}

impl StepId {
    /// The steps of the guide, in its order.
    pub const ALL: [Self; 6] = *Self::VARIANTS.first_chunk().expect("they come first");

    /// The steps of the other direction, in the order in which a call goes.
    pub const OUTBOUND: [Self; Self::VARIANTS.len() - 9] = *Self::VARIANTS
        .split_at(6)
        .1
        .first_chunk()
        .expect("they come next");

    /// What follows the steps of the guide where one domain is to reach another.
    pub const PAIR: [Self; 3] = *Self::VARIANTS.last_chunk().expect("they come last");

    /// The step's name in the machine formats.
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// The step's number in its checklist, from 1.
    pub fn number(self) -> u8 {
        let own = if self.is_outbound() {
            &[&Self::OUTBOUND[..]][..]
        } else {
            &[&Self::ALL[..], &Self::PAIR[..]]
        };
        let own = own.iter().copied().flatten();
        let before = own.take_while(|step| **step != self);
        before.fold(1, |number, _| number + 1)
    }

    /// Which step of the guide it is; `None` where it is of the other direction, or of a pair.
    pub fn of_guide(self) -> Option<GuideStep> {
        match self {
            Self::Domain => Some(GuideStep::Domain),
            Self::Address => Some(GuideStep::Address),
            Self::Srv => Some(GuideStep::Srv),
            Self::Tcp => Some(GuideStep::Tcp),
            Self::Certificate => Some(GuideStep::Certificate),
            Self::Federation => Some(GuideStep::Federation),
            Self::OutboundConnection
            | Self::OutboundTls
            | Self::OutboundCertificate
            | Self::OutboundAcceptance
            | Self::OutboundSip
            | Self::OutboundChat
            | Self::OutboundReply
            | Self::PairCaller
            | Self::PairTeams
            | Self::PairRoute => None,
        }
    }

    /// Whether it is of the other direction.
    pub fn is_outbound(self) -> bool {
        Self::OUTBOUND.contains(&self)
    }
}

/// What no check from outside can judge, by its texts: always listed.
pub const NOT_JUDGED: [&str; 3] = [
    "not-judged-outbound",
    "not-judged-policy",
    "not-judged-licences",
];
