//! Tables about the world outside, each with its source: address ranges, certificate authorities,
//! lifetimes of certificates, Microsoft's cloud and its diagnostic codes, what Windows offers in TLS,
//! the extensions of TLS by their names,
//! the subjects that can be explained, names of inner networks,
//! certificates that devices make for themselves, names that servers often have.

pub mod devices;
pub mod extensions;
pub mod hosts;
pub mod inside;
pub mod issuers;
pub mod lifetimes;
pub mod microsoft;
pub mod ms_diagnostics;
pub mod offer;
pub mod preset;
pub mod ranges;
pub mod subjects;
pub mod windows;
