#![no_main]

use libfuzzer_sys::fuzz_target;
use xfed::internals::HelloOutcome;
use xfed::internals::hello::Reader;

// The first byte says how large the pieces are in which the rest arrives.
fuzz_target!(|bytes: &[u8]| {
    let Some((size, rest)) = bytes.split_first() else {
        return;
    };
    let mut reader = Reader::default();
    for piece in rest.chunks(usize::from(*size).max(1)) {
        let _ = reader.take(piece);
    }
    let _ = reader.finish(HelloOutcome::Closed);
});
