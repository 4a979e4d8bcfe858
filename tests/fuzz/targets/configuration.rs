#![no_main]

#[path = "../promises/configuration.rs"]
mod promise;

libfuzzer_sys::fuzz_target!(|text: &str| promise::holds(text));
