//! `xfed serve`: what is answered, to whom, and how it begins and ends.

mod api;
pub mod client;
mod door;
mod page;
mod running;
mod scrape;
