//! The judges: pure functions from facts and terms to findings.
//!
//! No I/O, no clock, no texts for people in here. "Could not find out" never becomes "failed".

pub mod address;
mod any_step;
mod catalogue;
pub mod certificate;
mod consequences;
pub mod domain;
mod endpoints;
pub mod federation;
mod lookup;
mod our_way;
pub(crate) mod outbound;
pub(crate) mod pair;
pub(crate) mod places;
pub mod renewal;
pub mod srv;
mod suffixes;
pub mod tcp;

pub(crate) use any_step::{RULES as ANY_STEP, STEP_CRASHED};
pub(crate) use catalogue::rules_of;
pub use catalogue::{Judge, STEPS, Step, all_rules};
pub(crate) use certificate::judge_offer;
pub(crate) use consequences::settle;
pub(crate) use places::RULES as PLACES;
pub(crate) use renewal::RULES as RENEWAL;
