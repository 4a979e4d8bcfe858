//! The program `xfed`; all of it is in the library, where the tests reach it.

use std::process::ExitCode;

/// The allocator of musl has one lock for all threads; a check allocates thousands of times.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xfed::main()
}
