//! Certificates: what is in them, which roots they lead to, and who revokes them.

pub(crate) mod algorithm;
mod ber;
pub(crate) mod certs_only;
pub(crate) mod container;
pub mod crl;
pub(crate) mod der;
pub mod details;
pub(crate) mod kinds;
pub(crate) mod names;
pub mod ocsp;
pub(crate) mod path;
pub(crate) mod possession;
pub mod prints;
pub(crate) mod reading;
mod remembered;
pub mod roots;
pub(crate) mod signature;
pub(crate) mod wildcard;
pub mod x509;
