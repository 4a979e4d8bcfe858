//! `xfed serve`: what is answered, to whom, and how it begins and ends.

pub mod client;
mod door;
mod running;
mod scrape;
