//! The vocabulary that everything else is written in: names, the plan of a check, findings and
//! what the user decided about them. No network, no clock, no text for people.

pub mod finding;
pub(crate) mod json;
pub mod labels;
pub mod limits;
pub mod names;
pub mod peer;
pub mod plan;
pub mod policy;
pub(crate) mod presentation;
pub mod vantage;
