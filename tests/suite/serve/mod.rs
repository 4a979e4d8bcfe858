//! `xfed serve`: what is answered, to whom, and how it begins and ends.

pub mod api;
pub mod client;
mod contact;
pub mod door;
mod load;
mod page;
mod public;
pub mod running;
mod scrape;
mod watch;
