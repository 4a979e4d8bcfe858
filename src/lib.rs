//! xfed.
pub mod catalogue;
pub mod checks;
pub mod engine;
pub mod facts;
pub mod names;
pub mod plan;
pub mod probe;
pub mod ranges;
pub mod report;
pub mod sip;
pub mod trust;
pub mod x509;
