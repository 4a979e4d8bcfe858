//! xfed as its users run it: the binary, against the embedded world on loopback.

#[path = "../world/mod.rs"]
mod world;

mod stage;

mod address;
mod bad_days;
mod certificate;
mod coverage;
mod domain;
mod federation;
mod input;
mod layers;
mod output;
mod ready;
mod srv;
mod tcp;
