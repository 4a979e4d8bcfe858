//! As much of HTTP/1.1 as one bounded GET or POST needs (RFC 9110, RFC 9112): the request for a URL,
//! and the body out of the response.
//!
//! A pure codec: what is malformed, too large or not plainly there is an answer, never a panic. No
//! redirects, no compression; a GET for a stranger's URL goes to no other port than 80, and TLS is
//! its user's business.

mod head;
mod request;
mod response;

pub(crate) use head::{Head, MAX_HEAD, SoFar};
pub(crate) use request::{Connect, Post, Url};
pub use response::{Reader, Refused};

/// What DNS questions and answers are called in HTTP (RFC 8484 §6).
pub(crate) const MEDIA_TYPE_DNS: &str = "application/dns-message";
