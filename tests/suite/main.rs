//! xfed as its users run it: the binary, against the embedded world on loopback.

#[path = "../world/mod.rs"]
mod world;

mod stage;

mod ready;
