//! Certificates: what is in them, which roots they lead to, and whether a list revokes them.

pub mod crl;
pub mod roots;
pub mod x509;
