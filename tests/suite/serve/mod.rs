//! `xfed serve`: what is answered, to whom, and how it begins and ends.

pub mod api;
pub mod client;
pub mod door;
mod page;
mod public;
mod running;
mod scrape;
mod watch;
