//! The program `xfed`; all of it is in the library, where the tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    xfed::main()
}
