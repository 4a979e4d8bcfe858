//! Packs the texts: as they stand in their files they would be a fourteenth of the program.

use std::env;
use std::fs;
use std::io;
use std::path::Path;

const TEXTS: &str = "src/text";
/// The most that the format can do.
const LEVEL: u8 = 10;

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    println!("cargo::rerun-if-changed={TEXTS}");
    for entry in fs::read_dir(TEXTS)? {
        let source = entry?.path();
        let Some(name) = source
            .file_name()
            .filter(|_| source.extension() == Some("ftl".as_ref()))
        else {
            continue;
        };
        let packed = miniz_oxide::deflate::compress_to_vec(&fs::read(&source)?, LEVEL);
        fs::write(Path::new(&out).join(name), packed)?;
    }
    Ok(())
}
